// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all connections over links together may hold: net.toy.link_mem, and
 * net.toy.max_orphans [W5, E4 of Documentation/protocol].
 *
 * Both are of the machine, so that nothing else may use links meanwhile.
 */
#include <sys/sysinfo.h>

#include "toy_cable.h"
#include "toy_test.h"

#define MANY	24
#define PORT	7100
#define BULK	300000
#define PIECE	10000
#define LARGE	150000

FIXTURE(ether_memory)
{
	struct toy_cable cable;
	char mem[32];
	char orphans[32];
	struct toy_name name;
	int listener;
	int from;
	int to;
};

FIXTURE_VARIANT(ether_memory)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_memory, VARIANTS_CONN & VARIANTS_TOY)

/* One more connection, from end 0 to the listener at end 1. */
static int join(const struct toy_cable *cable, struct toy_kind kind,
		const struct toy_name *name, int listener, int fd[2])
{
	fd[0] = toy_cable_socket(cable, 0, kind, 0);
	if (fd[0] < 0 || toy_connect(fd[0], name))
		return -1;
	fd[1] = toy_cable_answer(listener);
	toy_cable_enter(cable, TOY_CABLE_HOME);
	return fd[1] < 0 ? -1 : 0;
}

FIXTURE_SETUP(ether_memory)
{
	int fd[2];

	toy_guard(100);
	signal(SIGPIPE, SIG_IGN);
	snprintf(self->mem, sizeof(self->mem), "%s",
		 toy_sysctl_get("link_mem"));
	snprintf(self->orphans, sizeof(self->orphans), "%s",
		 toy_sysctl_get("max_orphans"));
	self->name = toy_cable_name(variant->kind, 1, PORT);
	self->listener = toy_cable_callable(&self->cable, variant->kind, PORT,
					    &self->from);
	ASSERT_OK(self->listener);
	toy_close(&self->from);
	ASSERT_OK(join(&self->cable, variant->kind, &self->name,
		       self->listener, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(ether_memory)
{
	toy_cable_enter(&self->cable, TOY_CABLE_HOME);
	EXPECT_OK(toy_sysctl_set("link_mem", self->mem));
	EXPECT_OK(toy_sysctl_set("max_orphans", self->orphans));
}

/* ------------------------------------------------------------------ knobs */

TEST_F(ether_memory, knobs__of_the_first_namespace_alone)
{
	EXPECT_LT(1000, atol(self->mem));
	EXPECT_LE(1024, atol(self->orphans));
	ASSERT_OK(toy_cable_enter(&self->cable, 0));
	EXPECT_STREQ("?", toy_sysctl_get("link_mem"));
	EXPECT_STREQ("?", toy_sysctl_get("max_orphans"));
	EXPECT_ERR(ENOENT, toy_sysctl_set("link_mem", "1"));
}

TEST_F(ether_memory, knobs__of_numbers)
{
	EXPECT_ERR(EINVAL, toy_sysctl_set("link_mem", "much"));
	EXPECT_ERR(EINVAL, toy_sysctl_set("max_orphans", "-1"));
	EXPECT_STREQ(self->mem, toy_sysctl_get("link_mem"));
	EXPECT_STREQ(self->orphans, toy_sysctl_get("max_orphans"));
}

/* ----------------------------------------------------------------- memory */

static long send_bulk(void *arg)
{
	int fd = *(int *)arg;
	static char buf[BULK];
	long sent = 0, n;

	toy_fill(buf, BULK, 7);
	while (sent < BULK) {
		n = send(fd, buf + sent, PIECE, 0);
		if (n <= 0)
			return -1;
		sent += n;
	}
	return sent;
}

/* Who reads goes on, whatever others hold. */
TEST_F(ether_memory, scarce__all_arrives_with_who_reads)
{
	static char buf[BULK];
	struct toy_thread thread;
	long got = 0, n;

	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	ASSERT_OK(toy_thread_start(&thread, send_bulk, &self->from));
	while (got < BULK) {
		n = recv(self->to, buf + got, BULK - got, 0);
		ASSERT_LT(0, n);
		got += n;
	}
	EXPECT_EQ(BULK, toy_thread_join(&thread));
	EXPECT_EQ(-1, toy_check(buf, BULK, 7));
}

static long send_large(void *arg)
{
	static char buf[LARGE];

	return send(*(int *)arg, buf, LARGE, 0);
}

/* Messages that are not whole take turns, so that all of them are in the end. */
TOY_TEST(ether_memory, scarce__large_messages_take_turns,
	 VARIANT_TOY_SEQPACKET)
{
	static char buf[LARGE];
	struct toy_thread thread[3];
	int fd[3][2], i;

	for (i = 0; i < 3; i++)
		ASSERT_OK(join(&self->cable, variant->kind, &self->name,
			       self->listener, fd[i]));
	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	for (i = 0; i < 3; i++)
		ASSERT_OK(toy_thread_start(&thread[i], send_large,
					   &fd[i][0]));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(LARGE, toy_recv(fd[i][1], buf, LARGE, 0, 60000));
		EXPECT_EQ(LARGE, toy_thread_join(&thread[i]));
	}
}

/* One that began to come while there was none is whole when there is some. */
TOY_TEST(ether_memory, scarce__large_message_then_not, VARIANT_TOY_SEQPACKET)
{
	static char buf[LARGE];
	struct toy_thread thread;

	ASSERT_EQ(0, toy_cable_run(&self->cable, 0,
				   "tc qdisc add dev toy0 root netem rate 4mbit limit 9999"));
	ASSERT_OK(toy_cable_enter(&self->cable, TOY_CABLE_HOME));
	ASSERT_OK(toy_thread_start(&thread, send_large, &self->from));
	toy_sleep(200);
	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	toy_sleep(100);
	ASSERT_OK(toy_sysctl_set("link_mem", self->mem));
	EXPECT_EQ(LARGE, toy_recv(self->to, buf, LARGE, 0, 60000));
	EXPECT_EQ(LARGE, toy_thread_join(&thread));
}

/* An empty message takes a buffer as well as any other. */
TOY_TEST(ether_memory, empty_messages__are_bounded, VARIANT_TOY_SEQPACKET)
{
	const int rcvbuf = toy_opt_get(self->to, SOL_SOCKET, SO_RCVBUF);
	int i;

	for (i = 0; i < 40; i++) {
		ASSERT_LE(0, toy_send_full(self->from, 0));
		toy_sleep(20);
	}
	EXPECT_LT(rcvbuf, toy_rmem(self->to));
	EXPECT_GT(3 * rcvbuf, toy_rmem(self->to));
}

/* Many small ones take much more memory than the bytes; and they are read. */
static int send_and_read(int from, int to)
{
	char c;
	int i;

	for (i = 0; i < 300; i++)
		if (send(from, "x", 1, 0) != 1)
			return -1;
	toy_sleep(200);
	for (i = 0; i < 300; i++)
		if (toy_recv(to, &c, 1, 0, 20000) != 1)
			return -1;
	return 0;
}

/* Who has been read empty counts for nothing, without another word of his. */
TEST_F(ether_memory, read__counts_no_more)
{
	int fd[6][2], i;

	for (i = 0; i < 6; i++) {
		ASSERT_OK(join(&self->cable, variant->kind, &self->name,
			       self->listener, fd[i]));
		ASSERT_OK(toy_opt_set(fd[i][0], SOL_TOY, TOY_NODELAY, 1));
		if (i < 5)
			ASSERT_OK(send_and_read(fd[i][0], fd[i][1]));
	}
	/* So there is room for somebody else; the count is behind by batches. */
	ASSERT_OK(toy_sysctl_set("link_mem", "600"));
	ASSERT_LT(0, toy_send_full(fd[5][0], 1000));
	toy_sleep(300);
	EXPECT_LT(3 * 4096, toy_rmem(fd[5][1]));
}

/* SO_RCVLOWAT waits for no more than there is room for. */
TEST_F(ether_memory, scarce__low_water_mark)
{
	if (toy_kind_is_msg(variant->kind))
		SKIP(return, "a message is as much as any");
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 50000));
	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	ASSERT_LT(20, toy_send_full(self->from, 1000));
	EXPECT_EQ(POLLIN, POLLIN & toy_poll(self->to, POLLIN, 20000));
}

/* Who does not read holds little. */
TEST_F(ether_memory, scarce__who_reads_not_holds_little)
{
	long sent;

	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	sent = toy_send_full(self->from, 1000);
	EXPECT_LT(20, sent);
	toy_sleep(300);
	/* A page, and what one segment more takes. */
	EXPECT_GT(3 * 4096, toy_rmem(self->to));
	EXPECT_LE(1, toy_rmem(self->to));
}

/* There is memory again: the window opens, at the next probe at the latest. */
TEST_F(ether_memory, scarce__and_no_more)
{
	char buf[1000];
	long sent, got = 0, n;

	ASSERT_OK(toy_sysctl_set("link_mem", "0"));
	sent = toy_send_full(self->from, sizeof(buf)) * sizeof(buf);
	ASSERT_LT(20000, sent);
	toy_sleep(300);
	ASSERT_OK(toy_sysctl_set("link_mem", self->mem));
	while (got < sent) {
		n = toy_recv(self->to, buf, sizeof(buf), 0, 20000);
		ASSERT_LT(0, n);
		got += n;
	}
	EXPECT_EQ(sent, got);
}

/* Many that read nothing hold together what they may, and then a page each. */
TEST_F(ether_memory, many__hold_together_what_they_may)
{
	const long limit = 1000000;
	int fd[MANY][2], i;
	long held = 0;

	ASSERT_OK(toy_sysctl_set("link_mem", "976"));
	for (i = 0; i < MANY; i++) {
		ASSERT_OK(join(&self->cable, variant->kind, &self->name,
			       self->listener, fd[i]));
		ASSERT_LT(0, toy_send_full(fd[i][0], 1000));
	}
	toy_sleep(500);
	for (i = 0; i < MANY; i++)
		held += toy_rmem(fd[i][1]);
	/* The count is behind by a batch for each processor. */
	EXPECT_LT(limit / 2, held);
	EXPECT_GT(limit + get_nprocs() * (128 << 10) + MANY * 3 * 4096, held);
	/* What is held counts until it is read or closed, then no more. */
	for (i = 0; i < MANY; i++) {
		toy_close(&fd[i][1]);
		toy_close(&fd[i][0]);
	}
	ASSERT_LT(0, toy_send_full(self->from, 1000));
	toy_sleep(300);
	EXPECT_LT(3 * 4096, toy_rmem(self->to));
}

/* ---------------------------------------------------------------- orphans */

/* Fills both ends: what an end has no room for at this moment it may have later. */
static int fill(int fd)
{
	int still = 0;
	long n;

	while (still < 4) {
		n = toy_send_full(fd, 1000);
		if (n < 0)
			return -1;
		still = n ? 0 : still + 1;
		toy_sleep(30);
	}
	return 0;
}

/* Closed with data that the peer has no window for: an orphan, as with TCP. */
static int orphan(const struct toy_cable *cable, struct toy_kind kind,
		  const struct toy_name *name, int listener)
{
	int fd[2];

	if (join(cable, kind, name, listener, fd))
		return -1;
	if (fill(fd[0]))
		return -1;
	toy_close(&fd[0]);
	return fd[1];
}

/* Reads to the end; 0: there was one, else errno. */
static int end_of(int fd)
{
	char buf[4096];
	ssize_t n;

	do {
		n = toy_recv(fd, buf, sizeof(buf), 0, 20000);
	} while (n > 0);
	return n ? errno : 0;
}

TEST_F(ether_memory, orphans__are_counted)
{
	int peer[6], i, ended = 0, reset = 0, err;

	ASSERT_OK(toy_sysctl_set("max_orphans", "4"));
	for (i = 0; i < 6; i++) {
		peer[i] = orphan(&self->cable, variant->kind, &self->name,
				 self->listener);
		ASSERT_OK(peer[i]);
	}
	EXPECT_EQ(2, toy_cable_stat(&self->cable, 0, "ToyResets"));
	for (i = 0; i < 6; i++) {
		err = end_of(peer[i]);
		ended += !err;
		reset += err == ECONNRESET;
		toy_close(&peer[i]);
	}
	EXPECT_EQ(4, ended);
	EXPECT_EQ(2, reset);
	/* They are over, and leave their place to others. */
	toy_sleep(300);
	for (i = 0; i < 4; i++) {
		peer[i] = orphan(&self->cable, variant->kind, &self->name,
				 self->listener);
		ASSERT_OK(peer[i]);
		EXPECT_EQ(0, end_of(peer[i]));
	}
	EXPECT_EQ(2, toy_cable_stat(&self->cable, 0, "ToyResets"));
}

/* A peer that has all, and does not close, takes no place from the others. */
TEST_F(ether_memory, orphans__that_have_sent_all_are_others)
{
	int fd[4][2], i, peer;

	ASSERT_OK(toy_sysctl_set("max_orphans", "2"));
	for (i = 0; i < 4; i++) {
		ASSERT_OK(join(&self->cable, variant->kind, &self->name,
			       self->listener, fd[i]));
		toy_close(&fd[i][0]);
		EXPECT_EQ(0, end_of(fd[i][1]));
		toy_sleep(100);
	}
	EXPECT_EQ(0, toy_cable_stat(&self->cable, 0, "ToyResets"));
	peer = orphan(&self->cable, variant->kind, &self->name, self->listener);
	ASSERT_OK(peer);
	EXPECT_EQ(0, end_of(peer));
	EXPECT_EQ(0, toy_cable_stat(&self->cable, 0, "ToyResets"));
}

TEST_F(ether_memory, orphans__none)
{
	int peer;

	ASSERT_OK(toy_sysctl_set("max_orphans", "0"));
	peer = orphan(&self->cable, variant->kind, &self->name, self->listener);
	ASSERT_OK(peer);
	EXPECT_EQ(ECONNRESET, end_of(peer));
}

TOY_TEST_MAIN

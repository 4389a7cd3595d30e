// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_RAW: who may, what is heard, what is sent. Frames are written out by
 * toy_frame.h, from the magic on.
 */
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "toy_fault.h"
#include "toy_frame.h"
#include "toy_test.h"

#define PORT	7001
#define FREE	7002	/* nobody's */
#define MS	10000

static const struct toy_kind TOY_RAW = { AF_TOY, SOCK_RAW };

FIXTURE(ether_raw)
{
	struct toy_cable cable;
	struct toy_name name;	/* of the receiver at end 1 */
	int fd[2];		/* datagram sockets of the ends, fd[1] bound */
	int raw[2];		/* raw ones */
};

FIXTURE_SETUP(ether_raw)
{
	int i;

	toy_guard(60);
	ASSERT_OK(toy_cable_make(&self->cable));
	self->name = toy_cable_name(TOY_DGRAM, 1, PORT);
	self->fd[1] = toy_cable_bound(&self->cable, 1, TOY_DGRAM, PORT);
	ASSERT_OK(self->fd[1]);
	self->fd[0] = toy_cable_bound(&self->cable, 0, TOY_DGRAM, PORT);
	ASSERT_OK(self->fd[0]);
	/* They know each other: no questions in what is heard from here on. */
	ASSERT_EQ(1, toy_sendto(self->fd[0], "a", 1, 0, &self->name));
	ASSERT_EQ(1, toy_recv(self->fd[1], &(char){ 0 }, 1, 0, MS));
	for (i = 0; i < 2; i++) {
		self->raw[i] = toy_cable_socket(&self->cable, i, TOY_RAW, 0);
		ASSERT_OK(self->raw[i]);
	}
}

FIXTURE_TEARDOWN(ether_raw)
{
}

/* A frame from a raw socket and who is said to have sent it. */
static int hear(int raw, struct toy_frame *f, struct toy_name *from)
{
	socklen_t len = sizeof(from->toy);
	ssize_t n;

	memset(f, 0, sizeof(*f));
	if (toy_poll(raw, POLLIN, MS) != POLLIN)
		return -1;
	n = recvfrom(raw, f->at, sizeof(f->at), MSG_DONTWAIT,
		     (struct sockaddr *)&from->toy, &len);
	if (n < 0)
		return -1;
	from->len = len;
	f->len = n;
	return 0;
}

/* Nothing is there but what came before. */
static bool silent(int raw)
{
	char c;

	return toy_recv(raw, &c, 1, 0, 100) == -1 && errno == ETIMEDOUT;
}

static int say(int raw, const struct toy_frame *f)
{
	return send(raw, f->at, f->len, 0) == (ssize_t)f->len ? 0 : -1;
}

/* A datagram of node 2's with one byte. */
static struct toy_frame datagram(__u32 to, __u16 port, char c)
{
	struct toy_frame f;

	toy_frame_init(&f, 2, 3);
	toy_frame_base(&f, FRAME_DATAGRAM, 2, to, PORT, port, 1);
	toy_frame_add(&f, &c, 1);
	return f;
}

/* ---------------------------------------------------------------- socket(2) */

/* As nobody: 0, or the errno. */
static int as_nobody(int namespaces)
{
	pid_t pid = fork();
	int fd;

	if (!pid) {
		if (setgid(65534) || setuid(65534) ||
		    (namespaces && unshare(namespaces)))
			_exit(255);
		fd = socket(toy_family(), SOCK_RAW, 0);
		_exit(fd < 0 ? errno : 0);
	}
	return toy_child_wait(pid);
}

TEST_F(ether_raw, socket__takes_a_capability)
{
	EXPECT_EQ(EPERM, as_nobody(0));
	/* Nor is it enough to rule over nobody's network but one's own. */
	EXPECT_EQ(EPERM, as_nobody(CLONE_NEWUSER));
	EXPECT_EQ(0, as_nobody(CLONE_NEWUSER | CLONE_NEWNET));
}

TEST_F(ether_raw, socket__protocol)
{
	int fd = socket(toy_family(), SOCK_RAW, TOY_FRAME_TYPE);

	ASSERT_OK(fd);
	EXPECT_EQ(TOY_FRAME_TYPE, toy_opt_get(fd, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(SOCK_RAW, toy_opt_get(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(0, toy_opt_get(self->raw[0], SOL_SOCKET, SO_PROTOCOL));
	EXPECT_ERR(EPROTONOSUPPORT, socket(toy_family(), SOCK_RAW, 1));
	EXPECT_ERR(EPROTONOSUPPORT, socket(toy_family(), SOCK_RAW, 0x800));
}

TEST_F(ether_raw, calls__that_it_has_not)
{
	struct toy_name name;
	int pair[2];

	EXPECT_ERR(EOPNOTSUPP, toy_connect(self->raw[0], &self->name));
	EXPECT_ERR(EOPNOTSUPP, listen(self->raw[0], 1));
	EXPECT_ERR(EOPNOTSUPP, accept(self->raw[0], NULL, NULL));
	EXPECT_ERR(EOPNOTSUPP, socketpair(toy_family(), SOCK_RAW, 0, pair));
	EXPECT_ERR(ENOTCONN, toy_name_of_peer(self->raw[0], &name));
	EXPECT_ERR(EOPNOTSUPP, send(self->raw[0], "a", 1, MSG_OOB));
}

/* ------------------------------------------------------------------ hearing */

TEST_F(ether_raw, hear__a_datagram_and_its_refusal)
{
	struct toy_name to = self->name, from;
	struct toy_frame f;
	char c;

	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &to));
	ASSERT_OK(hear(self->raw[1], &f, &from));
	EXPECT_EQ(21, f.len);
	EXPECT_EQ(0x5459, toy_frame_get(&f, 0, 2));
	EXPECT_EQ(FRAME_DATAGRAM, toy_frame_get(&f, 3, 1));
	EXPECT_EQ(2, toy_frame_get(&f, 4, 4));
	EXPECT_EQ(3, toy_frame_get(&f, 8, 4));
	EXPECT_EQ(PORT, toy_frame_get(&f, 12, 2));
	EXPECT_EQ(PORT, toy_frame_get(&f, 14, 2));
	EXPECT_EQ(1, toy_frame_get(&f, 16, 2));
	/* Over veth nobody computes it. */
	EXPECT_EQ(0, toy_frame_get(&f, 18, 2));
	EXPECT_EQ('x', f.at[20]);
	EXPECT_EQ(2, from.toy.stoy_node);
	EXPECT_EQ(PORT, from.toy.stoy_port);
	/* It arrived all the same. */
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	EXPECT_EQ('x', c);

	to.toy.stoy_port = FREE;
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &to));
	ASSERT_OK(hear(self->raw[0], &f, &from));
	EXPECT_EQ(FRAME_REFUSED, toy_frame_get(&f, 3, 1));
	EXPECT_EQ(20, f.len);
	EXPECT_EQ(3, from.toy.stoy_node);
	EXPECT_EQ(FREE, from.toy.stoy_port);
	/* What one sends oneself is not heard. */
	EXPECT_TRUE(silent(self->raw[0]));
}

TEST_F(ether_raw, hear__what_is_not_in_order)
{
	int packet = toy_frame_open(&self->cable, 0);
	struct toy_frame f, got;
	struct toy_name from;
	int i;

	ASSERT_OK(packet);
	/* The version, the type, the checksum, a source that cannot be. */
	for (i = 0; i < 4; i++) {
		f = datagram(3, PORT, '0' + i);
		if (i == 0)
			toy_frame_put(&f, 2, 1, 9);
		if (i == 1)
			toy_frame_put(&f, 3, 1, 99);
		if (i == 3)
			toy_frame_put(&f, 4, 4, 1);
		toy_frame_sum(&f);
		if (i == 2)
			toy_frame_put(&f, 18, 2, 0x1234);
		ASSERT_OK(toy_frame_send(packet, &f));
		ASSERT_OK(hear(self->raw[1], &got, &from));
		ASSERT_EQ(f.len, got.len);
		EXPECT_EQ(0, memcmp(f.at, got.at, f.len));
	}
	/* Too short, another protocol's. */
	f = datagram(3, PORT, 'x');
	f.len = 19;
	ASSERT_OK(toy_frame_send(packet, &f));
	f = datagram(3, PORT, 'x');
	toy_frame_put(&f, 0, 2, 0x5458);
	ASSERT_OK(toy_frame_send(packet, &f));
	EXPECT_TRUE(silent(self->raw[1]));
	EXPECT_TRUE(silent(self->fd[1]));
}

TEST_F(ether_raw, hear__by_several)
{
	int other = toy_cable_socket(&self->cable, 1, TOY_RAW, 0);
	struct toy_name from;
	struct toy_frame f;
	char c;

	ASSERT_OK(other);
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_OK(hear(other, &f, &from));
	EXPECT_OK(hear(self->raw[1], &f, &from));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	/* The first one goes, the other one stays. */
	toy_close(&self->raw[1]);
	ASSERT_EQ(1, toy_sendto(self->fd[0], "y", 1, 0, &self->name));
	EXPECT_OK(hear(other, &f, &from));
	EXPECT_EQ('y', f.at[20]);
}

static int bound(int raw, __u32 node, __u16 port)
{
	struct toy_name name = toy_name_toy(node, port);

	return toy_bind(raw, &name);
}

TEST_F(ether_raw, bind__is_what_it_hears)
{
	struct {
		__u32 node;
		__u16 port;
		bool hears;
	} t[] = {
		{ 2, 0, true }, { 3, 0, true }, { 4, 0, false },
		{ 0, PORT, true }, { 0, FREE, false },
		{ 2, PORT, true }, { 2, FREE, false }, { 4, PORT, false },
		/* Of a node that is nowhere, and for it alone. */
		{ TOY_NODE_BROADCAST, 0, false }, { 0, 0, true },
	};
	struct toy_name name, from;
	struct toy_frame f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_OK(bound(self->raw[1], t[i].node, t[i].port));
		ASSERT_OK(toy_name_of(self->raw[1], &name));
		EXPECT_EQ(t[i].node, name.toy.stoy_node);
		EXPECT_EQ(t[i].port, name.toy.stoy_port);
		ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
		EXPECT_TRUE(t[i].hears ? !hear(self->raw[1], &f, &from) :
					 silent(self->raw[1]));
	}
	name.len = 4;
	EXPECT_ERR(EINVAL, toy_bind(self->raw[1], &name));
	name = toy_name_toy(2, 1);
	name.toy.stoy_family = AF_UNIX;
	EXPECT_ERR(EAFNOSUPPORT, toy_bind(self->raw[1], &name));
}

TEST_F(ether_raw, bind__to_a_device)
{
	struct toy_name from;
	struct toy_frame f;

	ASSERT_OK(toy_cable_enter(&self->cable, 1));
	ASSERT_OK(toy_bind_device(self->raw[1], "lo"));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_TRUE(silent(self->raw[1]));
	ASSERT_OK(toy_bind_device(self->raw[1], "toy1"));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "y", 1, 0, &self->name));
	ASSERT_OK(hear(self->raw[1], &f, &from));
	EXPECT_EQ('y', f.at[20]);
	/* And sends by it alone: lo is no link. */
	ASSERT_OK(toy_bind_device(self->raw[1], "lo"));
	f = datagram(2, PORT, 'z');
	EXPECT_ERR(ENETUNREACH, say(self->raw[1], &f));
}

TEST_F(ether_raw, filter__sees_the_frame)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'x', 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };
	struct toy_info info;
	struct toy_name from;
	struct toy_frame f;

	ASSERT_OK(setsockopt(self->raw[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			     sizeof(prog)));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "y", 1, 0, &self->name));
	ASSERT_OK(hear(self->raw[1], &f, &from));
	EXPECT_EQ('y', f.at[20]);
	ASSERT_OK(toy_cable_info(self->raw[1], &info));
	EXPECT_EQ(1, info.toyi_drops[TOY_DROP_FILTER]);
	EXPECT_EQ(0, info.toyi_drops[TOY_DROP_FULL]);
	EXPECT_EQ(1, info.toyi_backend);
}

TEST_F(ether_raw, queue__full)
{
	const int sent = 100;
	struct toy_info info;
	char buf[64];
	int i, heard = 0;

	ASSERT_OK(toy_opt_set(self->raw[1], SOL_SOCKET, SO_RCVBUF, 4096));
	for (i = 0; i < sent; i++) {
		ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
		/* Nobody misses anything for the raw socket's sake. */
		ASSERT_EQ(1, toy_recv(self->fd[1], buf, 1, 0, MS));
	}
	while (recv(self->raw[1], buf, sizeof(buf), MSG_DONTWAIT) == 21)
		heard++;
	EXPECT_GE(heard, 1);
	EXPECT_LT(heard, sent);
	ASSERT_OK(toy_cable_info(self->raw[1], &info));
	EXPECT_EQ(sent - heard, info.toyi_drops[TOY_DROP_FULL]);
	EXPECT_EQ(0, info.toyi_drops[TOY_DROP_FILTER]);
	EXPECT_EQ(sent * 21 - (sent - heard) * 21, info.toyi_bytes_in);
	EXPECT_EQ(0, toy_cable_stat(&self->cable, 1, "ToyDroppedFull"));
	/* There is room again. */
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_EQ(21, toy_recv(self->raw[1], buf, sizeof(buf), 0, MS));
}

TEST_F(ether_raw, recv__truncates_and_peeks)
{
	char buf[64];

	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_EQ(2, toy_recv(self->raw[1], buf, 2, MSG_PEEK, MS));
	EXPECT_EQ(0, memcmp(buf, "TY", 2));
	EXPECT_EQ(21, toy_ioctl_int(self->raw[1], SIOCINQ));
	EXPECT_EQ(21, toy_recv(self->raw[1], buf, 2, MSG_TRUNC, MS));
	EXPECT_EQ(0, toy_ioctl_int(self->raw[1], SIOCINQ));
	EXPECT_ERR(EAGAIN, recv(self->raw[1], buf, 1, MSG_DONTWAIT));
	EXPECT_ERR(EOPNOTSUPP, recv(self->raw[1], buf, 1, MSG_OOB));
}

/* ------------------------------------------------------------------ sending */

TEST_F(ether_raw, say__a_datagram)
{
	struct toy_name from;
	struct toy_frame f;
	char c = 0;

	f = datagram(3, PORT, 'x');
	ASSERT_OK(say(self->raw[0], &f));
	ASSERT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	EXPECT_EQ('x', c);
	/* A sum of the program's own: right, then wrong. */
	f = datagram(3, PORT, 'y');
	toy_frame_sum(&f);
	ASSERT_OK(say(self->raw[0], &f));
	ASSERT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	EXPECT_EQ('y', c);
	toy_frame_put(&f, 18, 2, toy_frame_get(&f, 18, 2) ^ 1);
	ASSERT_OK(say(self->raw[0], &f));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->cable, 1,
					 "ToyDroppedChecksum", 1));
	EXPECT_TRUE(silent(self->fd[1]));
	/* And a source that is not us. */
	f = datagram(3, FREE, 'z');
	toy_frame_put(&f, 4, 4, 77);
	ASSERT_OK(say(self->raw[0], &f));
	ASSERT_OK(hear(self->raw[0], &f, &from));
	EXPECT_EQ(FRAME_REFUSED, toy_frame_get(&f, 3, 1));
	EXPECT_EQ(77, toy_frame_get(&f, 8, 4));
	EXPECT_EQ(0, toy_ioctl_int(self->raw[0], SIOCOUTQ));
}

TEST_F(ether_raw, say__what_was_heard)
{
	struct toy_name from;
	struct toy_frame f;
	char c = 0;

	/* From the cable to the socket and back to it: the sum is left open. */
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	ASSERT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	ASSERT_OK(hear(self->raw[1], &f, &from));
	ASSERT_OK(say(self->raw[0], &f));
	ASSERT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
}

TEST_F(ether_raw, say__to_everybody_or_another)
{
	struct toy_name all = toy_name_toy(TOY_NODE_BROADCAST, 0);
	struct toy_name other = toy_name_toy(3, 0), from;
	struct toy_frame f = datagram(TOY_NODE_BROADCAST, PORT, 'x');
	char c;

	ASSERT_OK(say(self->raw[0], &f));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	/* A frame for node 4 to the station of node 3. */
	ASSERT_OK(hear(self->raw[1], &f, &from));
	f = datagram(4, PORT, 'y');
	ASSERT_EQ(21, toy_sendto(self->raw[0], f.at, f.len, 0, &other));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->cable, 1, "ToyDroppedNotOurs",
					 1));
	/* One for node 3 to everybody. */
	f = datagram(3, PORT, 'z');
	ASSERT_EQ(21, toy_sendto(self->raw[0], f.at, f.len, 0, &all));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->cable, 1,
					 "ToyDroppedBroadcast", 1));
	/* A question goes to everybody unless something else is said. */
	toy_frame_init(&f, 2, 3);
	toy_frame_base(&f, FRAME_WHO_HAS, 2, 3, 0, 0, 0);
	while (!silent(self->raw[0]))
		;
	ASSERT_OK(say(self->raw[0], &f));
	ASSERT_OK(hear(self->raw[0], &f, &from));
	EXPECT_EQ(FRAME_I_AM, toy_frame_get(&f, 3, 1));
}

TEST_F(ether_raw, say__sizes_that_cannot_be)
{
	struct toy_frame f = datagram(3, PORT, 'x');
	struct toy_name name = self->name;
	char c;

	f.len = 0;
	EXPECT_ERR(EINVAL, say(self->raw[0], &f));
	f.len = 19;
	EXPECT_ERR(EINVAL, say(self->raw[0], &f));
	f.len = TOY_CABLE_MTU + 1;
	EXPECT_ERR(EMSGSIZE, say(self->raw[0], &f));
	toy_frame_put(&f, 16, 2, TOY_CABLE_MTU - 20);
	f.len = TOY_CABLE_MTU;
	EXPECT_OK(say(self->raw[0], &f));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, MS));
	toy_frame_put(&f, 0, 2, 0x5458);
	EXPECT_ERR(EINVAL, say(self->raw[0], &f));
	f = datagram(0, PORT, 'x');
	EXPECT_ERR(ENETUNREACH, say(self->raw[0], &f));
	f = datagram(3, PORT, 'x');
	name.len = 4;
	EXPECT_ERR(EINVAL, toy_sendto(self->raw[0], f.at, f.len, 0, &name));
	EXPECT_ERR(EFAULT, send(self->raw[0], (void *)8, 30, 0));
	/* No link at all. */
	ASSERT_OK(toy_cable_deaf(&self->cable, 0));
	EXPECT_ERR(ENETUNREACH, say(self->raw[0], &f));
}

/* ---------------------------------------------------------------- readiness */

TEST_F(ether_raw, poll__and_shutdown)
{
	struct toy_frame f = datagram(3, PORT, 'x');
	char buf[64];

	EXPECT_EQ(POLLOUT, toy_poll(self->raw[1], POLLIN | POLLOUT, 0));
	ASSERT_OK(say(self->raw[0], &f));
	EXPECT_EQ(POLLIN, toy_poll(self->raw[1], POLLIN, MS));
	EXPECT_EQ(POLLIN | POLLOUT,
		  toy_poll(self->raw[1], POLLIN | POLLOUT, 0));
	ASSERT_OK(shutdown(self->raw[1], SHUT_RD));
	EXPECT_EQ(21, recv(self->raw[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->raw[1], buf, sizeof(buf), 0));
	/* Nothing comes any more. */
	ASSERT_OK(say(self->raw[0], &f));
	EXPECT_EQ(1, toy_recv(self->fd[1], buf, 1, 0, MS));
	EXPECT_EQ(0, recv(self->raw[1], buf, sizeof(buf), 0));
	ASSERT_OK(shutdown(self->raw[0], SHUT_WR));
	EXPECT_ERR(EPIPE, send(self->raw[0], f.at, f.len, MSG_NOSIGNAL));
	EXPECT_ERR(EINVAL, shutdown(self->raw[0], 3));
}

static long reads(void *arg)
{
	char buf[64];

	return recv(*(int *)arg, buf, sizeof(buf), 0);
}

TEST_F(ether_raw, recv__that_waits)
{
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, reads, &self->raw[1]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_EQ(21, toy_thread_join(&t));
	ASSERT_OK(toy_thread_start(&t, reads, &self->raw[1]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(shutdown(self->raw[1], SHUT_RD));
	EXPECT_EQ(0, toy_thread_join(&t));
}

TEST_F(ether_raw, proc__shows_it)
{
	char line[256];
	bool shown = false;
	FILE *file;

	ASSERT_OK(toy_cable_enter(&self->cable, 1));
	ASSERT_OK(bound(self->raw[1], 3, PORT));
	file = fopen("/proc/net/toy", "r");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file))
		shown |= strstr(line, " raw ") && strstr(line, " 3:7001 ");
	fclose(file);
	EXPECT_TRUE(shown);
}

/* --------------------------------------------------------------------- ends */

struct storm {
	const struct toy_cable *cable;
	int fd;
	struct toy_name name;
	bool stop;
};

static long sends(void *arg)
{
	struct storm *storm = arg;
	long n = 0;

	while (!__atomic_load_n(&storm->stop, __ATOMIC_RELAXED))
		n += toy_sendto(storm->fd, "x", 1, 0, &storm->name) == 1;
	return n;
}

/* Sockets come and go while frames come, and the link with them. */
TEST_F(ether_raw, close__while_frames_come)
{
	struct storm storm = { .fd = self->fd[0], .name = self->name };
	long long over = toy_now() + 3000;
	struct toy_thread t[2];
	int raw[4], i, rounds = 0;
	char buf[64];

	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&t[i], sends, &storm));
	ASSERT_OK(toy_cable_enter(&self->cable, 1));
	while (toy_now() < over) {
		for (i = 0; i < 4; i++) {
			raw[i] = socket(toy_family(), SOCK_RAW, 0);
			ASSERT_OK(raw[i]);
		}
		toy_recv(raw[1], buf, sizeof(buf), 0, 20);
		if (rounds++ % 4 == 3) {
			ASSERT_OK(toy_cable_deaf(&self->cable, 1));
			ASSERT_OK(toy_cable_hear(&self->cable, 1));
		}
		for (i = 0; i < 4; i++)
			toy_close(&raw[i]);
	}
	__atomic_store_n(&storm.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		EXPECT_GT(toy_thread_join(&t[i]), 0);
	EXPECT_GT(rounds, 1);
}

TEST_F(ether_raw, fault__send_and_socket)
{
	struct toy_frame f = datagram(3, PORT, 'x');
	bool fault = true;
	int n, fd, err;

	if (toy_fault_prepare())
		SKIP(return, "no fault injection");
	for (n = 1; fault && n < TOY_FAULT_MOST; n++) {
		toy_fault_arm(n);
		err = say(self->raw[0], &f) ? errno : 0;
		fault = toy_fault_happened();
		EXPECT_TRUE(!err || (fault && toy_fault_errno(err)));
	}
	EXPECT_FALSE(fault);
	fault = true;
	for (n = 1; fault && n < TOY_FAULT_MOST; n++) {
		toy_fault_arm(n);
		fd = socket(toy_family(), SOCK_RAW, 0);
		err = fd < 0 ? errno : 0;
		fault = toy_fault_happened();
		EXPECT_TRUE(!err || (fault && toy_fault_errno(err)));
		toy_close(&fd);
	}
	EXPECT_FALSE(fault);
}

TOY_TEST_MAIN

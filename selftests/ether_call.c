// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that take their time, between two namespaces, beside TCP over the same
 * cable: connect without waiting, with a time limit, interrupted; listeners whose
 * backlog is full.
 */
#include "toy_cable.h"
#include "toy_test.h"

#define PORT		7001
#define VARIANTS_TOYS	(VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET)

FIXTURE(ether_call)
{
	struct toy_cable cable;
	struct toy_name name;
	int listener;
	int fd[2];
};

FIXTURE_VARIANT(ether_call)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_call, VARIANTS_TOYS | VARIANT_TCP)

/* A listener at end 1 whose address is name, and fd[0] at end 0. */
FIXTURE_SETUP(ether_call)
{
	toy_guard(60);
	signal(SIGPIPE, SIG_IGN);
	self->fd[1] = -1;
	self->name = toy_cable_name(variant->kind, 1, PORT);
	self->listener = toy_cable_callable(&self->cable, variant->kind, PORT,
					    &self->fd[0]);
	ASSERT_OK(self->listener);
}

FIXTURE_TEARDOWN(ether_call)
{
}

/* ------------------------------------------------------------ not waiting */

TEST_F(ether_call, nonblock__in_progress_then_done)
{
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 10000));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLOUT | POLLIN, 0));
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

/* The call after it says that it is done, later ones that it was. */
TEST_F(ether_call, nonblock__connect_again)
{
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 10000));
	if (toy_connect(self->fd[0], &self->name))
		EXPECT_EQ(EISCONN, errno);
	EXPECT_ERR(EISCONN, toy_connect(self->fd[0], &self->name));
}

TEST_F(ether_call, nonblock__refused)
{
	struct toy_name free = toy_cable_name(variant->kind, 1, PORT + 1);

	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &free));
	EXPECT_EQ(POLLOUT | POLLERR | POLLHUP,
		  toy_poll(self->fd[0], POLLOUT, 10000));
	EXPECT_EQ(ECONNREFUSED, toy_error(self->fd[0]));
	EXPECT_EQ(0, toy_error(self->fd[0]));
	/* The call that was told already is over; then the socket is as new. */
	EXPECT_ERR(ECONNABORTED, toy_connect(self->fd[0], &self->name));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 10000));
}

/* The errno is told once, by whichever call comes first. */
TEST_F(ether_call, nonblock__refused_told_by_connect)
{
	struct toy_name free = toy_cable_name(variant->kind, 1, PORT + 1);

	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &free));
	ASSERT_NE(0, toy_poll(self->fd[0], POLLOUT, 10000));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &free));
	EXPECT_EQ(0, toy_error(self->fd[0]));
}

TOY_TEST(ether_call, nonblock__during_one, VARIANTS_TOYS)
{
	char c;

	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	ASSERT_OK(toy_cable_deaf(&self->cable, 1));
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_ERR(EALREADY, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLIN | POLLOUT, 100));
	EXPECT_EQ(0, toy_error(self->fd[0]));
	EXPECT_ERR(EINVAL, listen(self->fd[0], 1));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, 0));
	/* The second SYN comes through. */
	ASSERT_OK(toy_cable_hear(&self->cable, 1));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 20000));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TOY_TEST(ether_call, nonblock__closed_during_one, VARIANTS_TOYS)
{
	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	ASSERT_OK(toy_cable_deaf(&self->cable, 1));
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	toy_close(&self->fd[0]);
	ASSERT_OK(toy_cable_hear(&self->cable, 1));
	EXPECT_EQ(0, toy_poll(self->listener, POLLIN, 3500));
}

/* ---------------------------------------------------------- taking longer */

TOY_TEST(ether_call, slow__sndtimeo, VARIANTS_TOYS)
{
	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	ASSERT_OK(toy_cable_deaf(&self->cable, 1));
	ASSERT_OK(toy_opt_timeo(self->fd[0], SO_SNDTIMEO, 300));
	EXPECT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_cable_hear(&self->cable, 1));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 20000));
}

struct call {
	int fd;
	struct toy_name name;
};

static long call(void *arg)
{
	const struct call *call = arg;

	return toy_connect(call->fd, &call->name);
}

static bool call_asleep(struct toy_thread *t, struct call *arg)
{
	return !toy_thread_start(t, call, arg) && toy_thread_sleeping(t);
}

/* Interrupted: the handshake goes on, and the next call waits for it. */
TOY_TEST(ether_call, slow__interrupted, VARIANTS_TOYS)
{
	struct call arg = { self->fd[0], self->name };
	struct toy_thread caller;

	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	ASSERT_OK(toy_cable_deaf(&self->cable, 1));
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_TRUE(call_asleep(&caller, &arg));
	ASSERT_OK(toy_thread_kill(&caller, SIGUSR1));
	ASSERT_ERR(EINTR, toy_thread_join(&caller));
	ASSERT_TRUE(call_asleep(&caller, &arg));
	ASSERT_OK(toy_cable_hear(&self->cable, 1));
	ASSERT_TRUE(toy_thread_done(&caller, 20000));
	EXPECT_OK(toy_thread_join(&caller));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TOY_TEST(ether_call, slow__user_timeout, VARIANTS_TOYS)
{
	long long begun;

	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	ASSERT_OK(toy_cable_deaf(&self->cable, 1));
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_TOY, TOY_USER_TIMEOUT, 1500));
	begun = toy_now();
	EXPECT_ERR(ETIMEDOUT, toy_connect(self->fd[0], &self->name));
	EXPECT_GE(toy_now() - begun, 1400);
	EXPECT_LT(toy_now() - begun, 8000 * toy_patience());
}

/* Node 9 answers no question: three, a second apart. */
TOY_TEST(ether_call, slow__silent_node, VARIANTS_TOYS)
{
	struct toy_name silent = toy_name_toy(9, PORT);
	long long begun = toy_now();

	EXPECT_ERR(EHOSTUNREACH, toy_connect(self->fd[0], &silent));
	EXPECT_GE(toy_now() - begun, 2500);
	EXPECT_LT(toy_now() - begun, 6000 * toy_patience());
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	toy_sleep(1100);
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &silent));
	EXPECT_EQ(EHOSTUNREACH, toy_cable_outcome(self->fd[0], 20000));
	/* Others are still there. */
	EXPECT_ERR(ECONNABORTED, toy_connect(self->fd[0], &self->name));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 20000));
}

/* --------------------------------------------------------- places to wait */

/* So many calls, of which none is accepted. */
static int callers(const struct toy_cable *cable, struct toy_kind kind,
		   const struct toy_name *name, int *fd, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		fd[i] = toy_cable_socket(cable, 0, kind, 0);
		if (fd[i] < 0 || toy_connect(fd[i], name))
			return -1;
	}
	return 0;
}

/* What finds no place is not answered, and asks again. */
TOY_TEST(ether_call, backlog__full, VARIANTS_TOYS)
{
	int fd[3];

	ASSERT_OK(listen(self->listener, 1));
	ASSERT_OK(callers(&self->cable, variant->kind, &self->name, fd,
			  2));
	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(ETIMEDOUT, toy_cable_outcome(self->fd[0], 300));
	EXPECT_GE(toy_cable_stat(&self->cable, 1, "ToyDroppedBacklog"), 1);
	fd[2] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(fd[0], fd[2]));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 20000));
	toy_close(&fd[2]);
	fd[2] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(fd[1], fd[2]));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TEST_F(ether_call, pending__in_order)
{
	struct toy_name want, got;
	int fd[6], i;

	ASSERT_OK(callers(&self->cable, variant->kind, &self->name, fd,
			  6));
	for (i = 0; i < 6; i++) {
		self->fd[1] = toy_cable_answer(self->listener);
		ASSERT_OK(toy_name_of(fd[i], &want));
		ASSERT_OK(toy_name_of_peer(self->fd[1], &got));
		EXPECT_TRUE(toy_name_equal(&want, &got));
		EXPECT_TRUE(toy_cable_talk(fd[i], self->fd[1]));
		toy_close(&self->fd[1]);
	}
}

/* What is said before there is an answer is heard. */
TEST_F(ether_call, pending__data_and_end)
{
	char buf[10];

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_EQ(5, send(self->fd[0], "early", 5, 0));
	toy_close(&self->fd[0]);
	toy_sleep(200);
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(5, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
	EXPECT_EQ(0, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
}

TEST_F(ether_call, pending__listener_closes)
{
	char c;

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	toy_poll(self->listener, POLLIN, 10000);
	toy_close(&self->listener);
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP | POLLERR,
		  toy_poll(self->fd[0], POLLIN | POLLRDHUP, 10000));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(0, recv(self->fd[0], &c, 1, 0));
	EXPECT_ERR(EPIPE, send(self->fd[0], &c, 1, 0));
}

/* -------------------------------------------------- what accept inherits */

static const struct {
	int level;
	int option;
	int value;
	bool toy;
} inherited[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1, false },
	{ SOL_SOCKET, SO_OOBINLINE, 1, false },
	{ SOL_SOCKET, SO_RCVLOWAT, 3, false },
	{ SOL_SOCKET, SO_SNDBUF, 20000, false },
	{ SOL_SOCKET, SO_RCVBUF, 30000, false },
	{ SOL_SOCKET, SO_MARK, 77, false },
	{ SOL_TOY, TOY_NODELAY, 1, true },
	{ SOL_TOY, TOY_KEEPIDLE, 33, true },
	{ SOL_TOY, TOY_KEEPINTVL, 34, true },
	{ SOL_TOY, TOY_KEEPCNT, 35, true },
	{ SOL_TOY, TOY_USER_TIMEOUT, 3600, true },
};

TEST_F(ether_call, accept__inherits)
{
	struct linger on = { .l_onoff = 1, .l_linger = 7 }, got = {};
	socklen_t len = sizeof(got);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(inherited); i++)
		if (!inherited[i].toy || toy_kind_is_toy(variant->kind))
			ASSERT_OK(toy_opt_set(self->listener,
					      inherited[i].level,
					      inherited[i].option,
					      inherited[i].value));
	ASSERT_OK(setsockopt(self->listener, SOL_SOCKET, SO_LINGER, &on,
			     sizeof(on)));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	for (i = 0; i < ARRAY_SIZE(inherited); i++)
		if (!inherited[i].toy || toy_kind_is_toy(variant->kind))
			EXPECT_EQ(toy_opt_get(self->listener,
					      inherited[i].level,
					      inherited[i].option),
				  toy_opt_get(self->fd[1],
					      inherited[i].level,
					      inherited[i].option));
	ASSERT_OK(getsockopt(self->fd[1], SOL_SOCKET, SO_LINGER, &got, &len));
	EXPECT_EQ(1, got.l_onoff);
	EXPECT_EQ(7, got.l_linger);
}

/* ---------------------------------------------------------- a port, again */

/* A connection from PORT + 1 which that end leaves first. */
static int used(const struct toy_cable *cable, struct toy_kind kind,
		const struct toy_name *name, int listener)
{
	int fd = toy_cable_bound(cable, 0, kind, PORT + 1);
	char c;

	if (fd < 0 || toy_connect(fd, name))
		return -1;
	toy_close(&fd);
	fd = toy_cable_answer(listener);
	if (toy_recv(fd, &c, 1, 0, 10000))
		return -1;
	toy_close(&fd);
	toy_sleep(200);
	return 0;
}

/* Who closed first has the pair for 2 MSL, and cannot have it again. */
TOY_TEST(ether_call, time_wait__keeps_the_pair, VARIANTS_TOYS)
{
	struct toy_name name = toy_cable_name(variant->kind, 1, PORT + 2);
	int listener, fd;

	toy_close(&self->fd[0]);
	ASSERT_OK(used(&self->cable, variant->kind, &self->name,
		       self->listener));
	fd = toy_cable_bound(&self->cable, 0, variant->kind, PORT + 1);
	ASSERT_OK(fd);
	EXPECT_ERR(EADDRNOTAVAIL, toy_connect(fd, &self->name));
	/* To another port it is another pair. */
	listener = toy_cable_listener(&self->cable, 1, variant->kind, PORT + 2,
				      1);
	ASSERT_OK(toy_connect(fd, &name));
	self->fd[1] = toy_cable_answer(listener);
	EXPECT_TRUE(toy_cable_talk(fd, self->fd[1]));
}

/* Connects as soon as the last ACK has ended what was there before. */
static int connect_free(int fd, const struct toy_name *name)
{
	long long over = toy_now() + 10000;
	int err;

	do {
		err = toy_connect(fd, name);
	} while (err && errno == EADDRNOTAVAIL && toy_now() < over);
	return err;
}

/* Where the other end closed first a new call takes the pair over [T2]. */
TOY_TEST(ether_call, time_wait__is_taken_over, VARIANTS_TOYS)
{
	char c;
	int i;

	for (i = 0; i < 3; i++) {
		toy_close(&self->fd[0]);
		self->fd[0] = toy_cable_bound(&self->cable, 0, variant->kind,
					      PORT + 1);
		ASSERT_OK(self->fd[0]);
		ASSERT_OK(connect_free(self->fd[0], &self->name));
		self->fd[1] = toy_cable_answer(self->listener);
		EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
		toy_close(&self->fd[1]);
		ASSERT_EQ(0, toy_recv(self->fd[0], &c, 1, 0, 10000));
	}
}

/* Five ports are five connections. */
TOY_TEST(ether_call, ports__exhausted, VARIANTS_TOYS)
{
	int fd[5];

	toy_cable_enter(&self->cable, 0);
	ASSERT_OK(toy_sysctl_set("port_range", "5000 5004"));
	ASSERT_OK(callers(&self->cable, variant->kind, &self->name, fd,
			  5));
	EXPECT_EQ(-1, toy_connect(self->fd[0], &self->name));
	EXPECT_TRUE(errno == EADDRINUSE || errno == EADDRNOTAVAIL);
	/* A port of one's own is a sixth. */
	toy_close(&self->fd[0]);
	self->fd[0] = toy_cable_bound(&self->cable, 0, variant->kind, PORT);
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
}

TOY_TEST_MAIN

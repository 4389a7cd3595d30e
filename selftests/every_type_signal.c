// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: signals that interrupt a call. Nothing is lost, nothing comes
 * twice.
 */
#include "toy_test.h"

FIXTURE(every_type_signal)
{
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_signal)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_signal, VARIANTS_ALL)

FIXTURE_SETUP(every_type_signal)
{
	int fd[2];

	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(every_type_signal)
{
}

static long receive_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0) == 1 ? c : -1;
}

TEST_F(every_type_signal, eintr__of_a_receive)
{
	struct toy_thread thread;
	char c;

	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, receive_one, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
	EXPECT_EQ(1, toy_signal_count(SIGUSR1));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->to, &c, 1, 0, 2000));
}

TEST_F(every_type_signal, sa_restart__of_a_receive)
{
	struct toy_thread thread;
	int i;

	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, receive_one, &self->to));
	for (i = 1; i <= 5; i++) {
		EXPECT_TRUE(toy_thread_sleeping(&thread));
		ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
		while (toy_signal_count(SIGUSR1) < i)
			toy_sleep(1);
	}
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ('x', toy_thread_join(&thread));
}

/* With a time limit it is not restarted: that would begin the time anew. */
TEST_F(every_type_signal, sa_restart__with_so_rcvtimeo_eintr)
{
	struct toy_thread thread;

	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_opt_timeo(self->to, SO_RCVTIMEO, 10000));
	ASSERT_OK(toy_thread_start(&thread, receive_one, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
}

static long send_one(void *arg)
{
	return send(*(int *)arg, "x", 1, 0);
}

TOY_TEST(every_type_signal, eintr__of_a_send, VARIANTS_ALL & ~VARIANT_UDP)
{
	struct toy_thread thread;
	long count;

	count = toy_send_full(self->from, 1000) * 1000;
	count += toy_send_full(self->from, 1);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, send_one, &self->from));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
	/* The interrupted byte was not sent. */
	if (toy_kind_is_msg(variant->kind))
		EXPECT_EQ(count, toy_recv_empty(self->to));
}

TOY_TEST(every_type_signal, sa_restart__of_a_send, VARIANTS_ALL & ~VARIANT_UDP)
{
	struct toy_thread thread;
	int i;

	ASSERT_LT(0, toy_send_full(self->from, 1000));
	ASSERT_LE(0, toy_send_full(self->from, 1));
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, send_one, &self->from));
	for (i = 1; i <= 5; i++) {
		EXPECT_TRUE(toy_thread_sleeping(&thread));
		ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
		while (toy_signal_count(SIGUSR1) < i)
			toy_sleep(1);
	}
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_LT(0, toy_recv_empty(self->to));
	EXPECT_EQ(1, toy_thread_join(&thread));
}

static char big[4 << 20];

static long send_big(void *arg)
{
	return send(*(int *)arg, big, sizeof(big), 0);
}

/* A stream returns the part that it has taken, which is what arrives. */
TOY_TEST(every_type_signal, eintr__of_a_long_send_returns_the_part,
	 VARIANTS_STREAM)
{
	static char seen[sizeof(big)];
	struct toy_thread thread;
	ssize_t sent;

	toy_fill(big, sizeof(big), 1);
	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUF, 50000));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVBUF, 50000));
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, send_big, &self->from));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	sent = toy_thread_join(&thread);
	ASSERT_LT(0, sent);
	ASSERT_GT(sizeof(big), sent);
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	ASSERT_EQ(sent, toy_recv_all(self->to, seen, sizeof(seen)));
	EXPECT_EQ(-1, toy_check(seen, sent, 1));
}

static long accept_one(void *arg)
{
	return accept(*(int *)arg, NULL, NULL);
}

TOY_TEST(every_type_signal, eintr__of_an_accept, VARIANTS_CONN)
{
	struct toy_thread thread;
	struct toy_name name;
	int fd;

	fd = toy_listener(variant->kind, &name, 4);
	ASSERT_OK(fd);
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, accept_one, &fd));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, accept_one, &fd));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_FALSE(toy_thread_done(&thread, 30));
	ASSERT_OK(toy_connected(variant->kind, &name));
	EXPECT_OK(toy_thread_join(&thread));
}

struct connect_args {
	int fd;
	const struct toy_name *name;
};

static long connect_one(void *arg)
{
	const struct connect_args *args = arg;

	return toy_connect(args->fd, args->name);
}

/* To a listener whose backlog is full; TCP does not stop for that. */
TOY_TEST(every_type_signal, eintr__of_a_connect, VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct connect_args args;
	struct toy_thread thread;
	struct toy_name name;
	int fd;

	fd = toy_listener(variant->kind, &name, 0);
	ASSERT_OK(fd);
	ASSERT_OK(toy_connected(variant->kind, &name));
	args.fd = toy_socket(variant->kind, 0);
	ASSERT_OK(args.fd);
	args.name = &name;
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, connect_one, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
	/* Restarted it goes on to wait, and is connected once. */
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, connect_one, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_FALSE(toy_thread_done(&thread, 30));
	ASSERT_OK(accept(fd, NULL, NULL));
	EXPECT_OK(toy_thread_join(&thread));
	ASSERT_OK(accept(fd, NULL, NULL));
	ASSERT_OK(toy_nonblock(fd, true));
	EXPECT_ERR(EAGAIN, accept(fd, NULL, NULL));
}

/* Who is killed in a call leaves the socket as it was. */
TEST_F(every_type_signal, sigkill__of_a_blocked_receiver)
{
	pid_t pid;
	char c;

	pid = fork();
	if (!pid)
		_exit(recv(self->to, &c, 1, 0) != 1);
	toy_sleep(50);
	ASSERT_OK(kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, toy_child_wait(pid));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->to, &c, 1, 0, 2000));
}

struct transfer {
	struct toy_kind kind;
	int fd;
	int pieces;
};

static size_t piece_size(int i)
{
	return 1 + (i * 7919u) % 20000;
}

static long storm_send(void *arg)
{
	struct transfer *t = arg;
	char *buf = malloc(20000);
	size_t done;
	ssize_t n;
	int i;

	for (i = 0; i < t->pieces; i++) {
		toy_fill(buf, piece_size(i), i);
		for (done = 0; done < piece_size(i); done += n) {
			n = send(t->fd, buf + done, piece_size(i) - done, 0);
			if (n < 0 && errno != EINTR)
				return -1;
			n = n < 0 ? 0 : n;
		}
	}
	free(buf);
	return 0;
}

/* Returns: 0, or the number of the piece that is wrong, from 1. */
static long storm_receive(void *arg)
{
	struct transfer *t = arg;
	char *buf = malloc(20001);
	size_t done, room;
	ssize_t n;
	int i;

	for (i = 0; i < t->pieces; i++) {
		room = piece_size(i) + toy_kind_is_msg(t->kind);
		for (done = 0; done < piece_size(i); done += n) {
			n = recv(t->fd, buf + done, room - done, 0);
			if (n == 0 || (n < 0 && errno != EINTR))
				return i + 1;
			n = n < 0 ? 0 : n;
		}
		if (done != piece_size(i) || toy_check(buf, done, i) >= 0)
			return i + 1;
	}
	free(buf);
	return 0;
}

/* Signals come all the time: the bytes are the same. */
TOY_TEST(every_type_signal, eintr__in_a_storm_loses_nothing,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	struct transfer out = { variant->kind, self->from, 150 };
	struct transfer in = { variant->kind, self->to, 150 };
	struct toy_thread sender, receiver;

	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUF, 30000));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVBUF, 30000));
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&sender, storm_send, &out));
	ASSERT_OK(toy_thread_start(&receiver, storm_receive, &in));
	do {
		if (!toy_thread_done(&sender, 0))
			toy_thread_kill(&sender, SIGUSR1);
		toy_thread_kill(&receiver, SIGUSR1);
	} while (!toy_thread_done(&receiver, 1));
	EXPECT_EQ(0, toy_thread_join(&sender));
	EXPECT_EQ(0, toy_thread_join(&receiver));
	EXPECT_LT(0, toy_signal_count(SIGUSR1));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
}

TOY_TEST_MAIN

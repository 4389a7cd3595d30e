// SPDX-License-Identifier: GPL-2.0-only
/*
 * 'Listening': the lines of that section in its order, for stream and seqpacket.
 */
#include <grp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "toy_test.h"

#define NOBODY 65534

/* ---------------------------------------------------------------- helpers */

/* A new socket that has called @name without waiting, or -1. */
static int call(struct toy_kind kind, const struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_NONBLOCK);
	int err;

	if (fd < 0)
		return -1;
	if (!toy_connect(fd, name) ||
	    (errno == EINPROGRESS && toy_poll(fd, POLLOUT, 5000) == POLLOUT))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* How many calls are let in without anybody accepting, at most @max. */
static int calls_let_in(struct toy_kind kind, const struct toy_name *name,
			int max)
{
	int count = 0;

	/* They stay open until the test ends. */
	while (count < max && call(kind, name) >= 0)
		count++;
	return count;
}

/* accept(2) that waits 5 s at most */
static int answer(int listener)
{
	if (toy_poll(listener, POLLIN, 5000) != POLLIN) {
		errno = ETIMEDOUT;
		return -1;
	}
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* A blocking connect(2) by a thread. */
struct dial {
	int fd;
	struct toy_name name;
};

static long dial(void *arg)
{
	struct dial *d = arg;

	return toy_connect(d->fd, &d->name);
}

static long accept_once(void *arg)
{
	int *listener = arg;

	return accept(*listener, NULL, NULL);
}

/* What @fd is asked about only by its value. */
static int flag_set(int fd, int get, int flag)
{
	int flags = fcntl(fd, get);

	return flags < 0 ? -1 : !!(flags & flag);
}

/* --------------------------------------------------------------- fixtures */

FIXTURE(listening) {
	struct toy_name name;
	int listener;
	int fd[2];
};

FIXTURE_VARIANT(listening) {
	struct toy_kind kind;
};

TOY_VARIANTS(listening, VARIANTS_CONN)

FIXTURE_SETUP(listening)
{
	toy_guard(25);
	self->fd[0] = -1;
	self->fd[1] = -1;
	self->listener = toy_listener(variant->kind, &self->name, 16);
	ASSERT_OK(self->listener);
}

FIXTURE_TEARDOWN(listening)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
	toy_close(&self->listener);
}

/* Where a full backlog is seen at once. */
FIXTURE(backlog) {
	struct toy_name name;
	int listener;
};

FIXTURE_VARIANT(backlog) {
	struct toy_kind kind;
};

TOY_VARIANTS(backlog, VARIANTS_CONN & VARIANTS_LOCAL)

FIXTURE_SETUP(backlog)
{
	toy_guard(25);
	self->listener = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(self->listener);
}

FIXTURE_TEARDOWN(backlog)
{
	toy_close(&self->listener);
}

/* ------------------------------------------------------------ the backlog */

TEST_F(backlog, listen__so_many_and_one_are_let_in)
{
	static const int backlogs[] = { 0, 1, 2, 5 };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(backlogs); i++) {
		ASSERT_OK(listen(self->listener, backlogs[i]));
		EXPECT_EQ(backlogs[i] + 1,
			  calls_let_in(variant->kind, &self->name, 20));
		EXPECT_ERR(EAGAIN, call(variant->kind, &self->name));
		while (toy_poll(self->listener, POLLIN, 0) == POLLIN) {
			fd = answer(self->listener);
			ASSERT_OK(fd);
			toy_close(&fd);
		}
	}
}

TEST_F(backlog, listen__minus_1_is_the_most)
{
	ASSERT_OK(listen(self->listener, -1));
	EXPECT_EQ(200, calls_let_in(variant->kind, &self->name, 200));
}

TEST_F(backlog, listen__somaxconn_is_the_most)
{
	FILE *file;

	if (unshare(CLONE_NEWNET))
		SKIP(return, "no network namespace of its own");
	file = fopen("/proc/sys/net/core/somaxconn", "w");
	ASSERT_NE(NULL, file);
	fprintf(file, "3\n");
	ASSERT_EQ(0, fclose(file));
	toy_close(&self->listener);
	self->listener = toy_listener(variant->kind, &self->name, -1);
	ASSERT_OK(self->listener);
	EXPECT_EQ(4, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(listen(self->listener, 100));
	EXPECT_EQ(0, calls_let_in(variant->kind, &self->name, 20));
}

TEST_F(backlog, listen_again__lower_keeps_those_that_wait)
{
	int i, fd;

	ASSERT_OK(listen(self->listener, 4));
	EXPECT_EQ(5, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(listen(self->listener, 1));
	EXPECT_ERR(EAGAIN, call(variant->kind, &self->name));
	for (i = 0; i < 5; i++) {
		fd = answer(self->listener);
		EXPECT_OK(fd);
		toy_close(&fd);
	}
	EXPECT_EQ(2, calls_let_in(variant->kind, &self->name, 20));
}

TEST_F(backlog, listen_again__higher_lets_a_waiting_call_in)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(listen(self->listener, 1));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_OK(toy_thread_join(&t));
	toy_close(&d.fd);
}

TEST_F(backlog, full__accept_lets_a_waiting_call_in)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;
	char got[4];
	int fd[2];

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	fd[0] = answer(self->listener);
	ASSERT_OK(fd[0]);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_OK(toy_thread_join(&t));
	fd[1] = answer(self->listener);
	ASSERT_OK(fd[1]);
	EXPECT_EQ(2, send(d.fd, "hi", 2, 0));
	EXPECT_EQ(2, toy_recv(fd[1], got, 4, 0, 1000));
}

/* No wake-up is lost, whoever comes first. */
TEST_F(backlog, full__all_waiting_calls_get_in)
{
	struct toy_thread t[12];
	struct dial d[12];
	int i, fd;

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	for (i = 0; i < 12; i++) {
		d[i] = (struct dial){ toy_socket(variant->kind, 0),
				      self->name };
		ASSERT_OK(toy_thread_start(&t[i], dial, &d[i]));
		ASSERT_TRUE(toy_thread_sleeping(&t[i]));
	}
	for (i = 0; i < 13; i++) {
		fd = answer(self->listener);
		ASSERT_OK(fd);
	}
	for (i = 0; i < 12; i++) {
		ASSERT_TRUE(toy_thread_done(&t[i], 5000));
		EXPECT_OK(toy_thread_join(&t[i]));
	}
	EXPECT_EQ(0, toy_poll(self->listener, POLLIN, 0));
}

TEST_F(backlog, full__a_waiting_call_can_be_interrupted)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;
	int fd;

	toy_signal_catch(SIGUSR1, 0);
	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(EINTR, errno);

	/* It has left nothing in the queue and can be tried again. */
	fd = answer(self->listener);
	ASSERT_OK(fd);
	EXPECT_EQ(0, toy_poll(self->listener, POLLIN, 50));
	EXPECT_OK(toy_connect(d.fd, &self->name));
	fd = answer(self->listener);
	EXPECT_OK(fd);
}

TEST_F(backlog, full__sa_restart_goes_on_waiting)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;

	toy_signal_catch(SIGUSR1, SA_RESTART);
	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	EXPECT_FALSE(toy_thread_done(&t, 100));
	EXPECT_EQ(1, toy_signal_count(SIGUSR1));
	ASSERT_OK(answer(self->listener));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_OK(toy_thread_join(&t));
}

TEST_F(backlog, full__sndtimeo_ends_a_waiting_call)
{
	int fd = toy_socket(variant->kind, 0);
	long long before;

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_opt_timeo(fd, SO_SNDTIMEO, 200));
	before = toy_now();
	EXPECT_ERR(EAGAIN, toy_connect(fd, &self->name));
	EXPECT_LE(150, toy_now() - before);
	ASSERT_OK(answer(self->listener));
	EXPECT_OK(toy_connect(fd, &self->name));
}

TEST_F(backlog, full__listener_closed_refuses_a_waiting_call)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;
	int again;

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->listener);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(ECONNREFUSED, errno);

	again = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(again);
	EXPECT_OK(toy_connect(d.fd, &self->name));
	toy_close(&again);
}

/* A call that was given up before it was accepted frees its place. */
TEST_F(backlog, full__closed_calls_are_still_accepted)
{
	int fd = call(variant->kind, &self->name), peer;
	char got[4];

	ASSERT_OK(fd);
	ASSERT_EQ(3, send(fd, "abc", 3, 0));
	toy_close(&fd);
	peer = answer(self->listener);
	ASSERT_OK(peer);
	EXPECT_EQ(3, recv(peer, got, 4, 0));
	EXPECT_EQ(0, recv(peer, got, 4, 0));
	toy_close(&peer);
}

/* -------------------------------------------------------- accept4's flags */

TEST_F(listening, accept4__nonblock_and_cloexec)
{
	static const int flags[] = { 0, SOCK_NONBLOCK, SOCK_CLOEXEC,
				     SOCK_NONBLOCK | SOCK_CLOEXEC };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = call(variant->kind, &self->name);
		ASSERT_OK(fd);
		toy_poll(self->listener, POLLIN, 5000);
		self->fd[1] = accept4(self->listener, NULL, NULL, flags[i]);
		ASSERT_OK(self->fd[1]);
		EXPECT_EQ(!!(flags[i] & SOCK_NONBLOCK),
			  flag_set(self->fd[1], F_GETFL, O_NONBLOCK));
		EXPECT_EQ(!!(flags[i] & SOCK_CLOEXEC),
			  flag_set(self->fd[1], F_GETFD, FD_CLOEXEC));
		toy_close(&self->fd[1]);
		toy_close(&fd);
	}
}

TEST_F(listening, accept4__other_flags_einval)
{
	ASSERT_OK(toy_nonblock(self->listener, true));
	EXPECT_ERR(EINVAL, accept4(self->listener, NULL, NULL, 1 << 30));
	EXPECT_ERR(EINVAL, accept4(self->listener, NULL, NULL, SOCK_STREAM));
	EXPECT_ERR(EAGAIN, accept4(self->listener, NULL, NULL, 0));
}

TEST_F(listening, accept__descriptor_flags_are_not_inherited)
{
	ASSERT_OK(toy_nonblock(self->listener, true));
	ASSERT_OK(fcntl(self->listener, F_SETFD, FD_CLOEXEC));
	self->fd[0] = call(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	toy_poll(self->listener, POLLIN, 5000);
	self->fd[1] = accept(self->listener, NULL, NULL);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(0, flag_set(self->fd[1], F_GETFL, O_NONBLOCK));
	EXPECT_EQ(0, flag_set(self->fd[1], F_GETFD, FD_CLOEXEC));
}

/* ------------------------------------------------ accept's address length */

TEST_F(listening, accept__names_the_caller)
{
	struct toy_name caller, got = { .len = sizeof(got.ss) };
	struct toy_name name;

	self->fd[0] = toy_bound(variant->kind, &name);
	ASSERT_OK(self->fd[0]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_name_of(self->fd[0], &caller));
	self->fd[1] = accept(self->listener, &got.sa, &got.len);
	ASSERT_OK(self->fd[1]);
	EXPECT_TRUE(toy_name_equal(&caller, &got));
	EXPECT_TRUE(toy_name_equal(&caller, &name));
	ASSERT_OK(toy_name_of_peer(self->fd[1], &got));
	EXPECT_TRUE(toy_name_equal(&caller, &got));
	ASSERT_OK(toy_name_of(self->fd[1], &got));
	EXPECT_TRUE(toy_name_equal(&self->name, &got));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &got));
	EXPECT_TRUE(toy_name_equal(&self->name, &got));
}

TEST_F(listening, accept__address_is_cut_its_length_true)
{
	struct toy_name name, got;
	socklen_t len;

	for (len = 0; len < 8; len++) {
		int caller = toy_bound(variant->kind, &name), fd;

		ASSERT_OK(caller);
		ASSERT_OK(toy_connect(caller, &self->name));
		memset(&got.ss, 0x55, sizeof(got.ss));
		got.len = len;
		fd = accept(self->listener, &got.sa, &got.len);
		ASSERT_OK(fd);
		EXPECT_EQ(name.len, got.len);
		EXPECT_EQ(0, memcmp(&name.ss, &got.ss, len));
		EXPECT_EQ(0x55, ((char *)&got.ss)[len]);
		toy_close(&fd);
		toy_close(&caller);
	}
}

TEST_F(listening, accept__address_without_length)
{
	self->fd[0] = call(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	EXPECT_ERR(EFAULT, accept(self->listener, &self->name.sa, NULL));
	self->fd[0] = call(variant->kind, &self->name);
	EXPECT_OK(answer(self->listener));
}

TEST_F(listening, accept__bad_address_or_length)
{
	socklen_t len = -1;

	self->fd[0] = call(variant->kind, &self->name);
	EXPECT_ERR(EINVAL, accept(self->listener, &self->name.sa, &len));
	self->fd[1] = call(variant->kind, &self->name);
	len = 8;
	EXPECT_ERR(EFAULT, accept(self->listener, (void *)toy_page_bad(),
				  &len));
	self->fd[1] = call(variant->kind, &self->name);
	EXPECT_OK(answer(self->listener));
}

/* A caller without a name of its own is given one (not by AF_UNIX). */
TEST_F(listening, connect__callers_have_names_of_their_own)
{
	struct toy_name names[12], name;
	int i, j;

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX connects without a name");
	for (i = 0; i < 12; i++) {
		int fd = call(variant->kind, &self->name);

		ASSERT_OK(fd);
		ASSERT_OK(toy_name_of(fd, &name));
		names[i] = (struct toy_name){ .len = sizeof(names[i].ss) };
		ASSERT_OK(accept(self->listener, &names[i].sa, &names[i].len));
		EXPECT_TRUE(toy_name_equal(&name, &names[i]));
		for (j = 0; j < i; j++)
			EXPECT_FALSE(toy_name_equal(&names[i], &names[j]));
	}
}

/* --------------------------------------------------------- the wrong type */

TEST_F(listening, connect__the_wrong_type)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct toy_kind kind = variant->kind;
	size_t i;

	if (toy_kind_is_inet(kind))
		SKIP(return, "one type of each protocol");
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		int ret, err;

		kind.type = types[i];
		if (types[i] == variant->kind.type)
			continue;
		/* AF_TOY: a datagram socket may be connected to a free port */
		if (toy_kind_is_toy(kind) && types[i] == SOCK_DGRAM)
			continue;
		self->fd[0] = toy_socket(kind, 0);
		ASSERT_OK(self->fd[0]);
		ret = toy_connect(self->fd[0], &self->name);
		err = errno;
		EXPECT_EQ(-1, ret);
		EXPECT_TRUE(err == EPROTOTYPE || err == ECONNREFUSED);
		toy_close(&self->fd[0]);
	}
	EXPECT_EQ(0, toy_poll(self->listener, POLLIN, 0));
}

TEST_F(listening, connect__a_bound_dgram_socket)
{
	struct toy_kind kind = variant->kind;
	struct toy_name name;
	int ret, err;

	kind.type = SOCK_DGRAM;
	self->fd[0] = toy_bound(kind, &name);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = toy_socket(variant->kind, 0);
	ret = toy_connect(self->fd[1], &name);
	err = errno;
	EXPECT_EQ(-1, ret);
	EXPECT_TRUE(err == EPROTOTYPE || err == ECONNREFUSED);
}

/* ------------------------------------------ connect where it is not to be */

TEST_F(listening, connect__on_a_listener)
{
	struct toy_name name;

	self->fd[0] = toy_listener(variant->kind, &name, 1);
	ASSERT_OK(self->fd[0]);
	EXPECT_ERR(toy_kind_is_inet(variant->kind) ? EISCONN : EINVAL,
		   toy_connect(self->listener, &name));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLIN, 0));
}

TEST_F(listening, connect__a_listener_to_itself)
{
	EXPECT_ERR(toy_kind_is_inet(variant->kind) ? EISCONN : EINVAL,
		   toy_connect(self->listener, &self->name));
}

TEST_F(listening, connect__second_is_eisconn)
{
	struct toy_name name;

	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	EXPECT_ERR(EISCONN, toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_ERR(EISCONN, toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_name_of(self->fd[0], &name));
	EXPECT_ERR(EISCONN, toy_connect(self->fd[1], &self->name));
	EXPECT_EQ(2, send(self->fd[0], "hi", 2, 0));
	EXPECT_EQ(2, toy_recv(self->fd[1], &name, 2, 0, 1000));
	EXPECT_EQ(0, toy_poll(self->listener, POLLIN, 0));
}

TEST_F(listening, connect__eisconn_after_the_peer_is_gone)
{
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_poll(self->fd[0], POLLIN, 5000) & POLLIN);
	EXPECT_ERR(EISCONN, toy_connect(self->fd[0], &self->name));
}

FIXTURE(toy) {
	struct toy_name name;
	int listener;
};

FIXTURE_VARIANT(toy) {
	struct toy_kind kind;
};

TOY_VARIANTS(toy, VARIANTS_CONN & VARIANTS_TOY)

FIXTURE_SETUP(toy)
{
	toy_guard(25);
	self->listener = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(self->listener);
}

FIXTURE_TEARDOWN(toy)
{
	toy_close(&self->listener);
}

TEST_F(toy, connect__during_one_is_ealready)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	struct toy_thread t;

	ASSERT_EQ(1, calls_let_in(variant->kind, &self->name, 20));
	ASSERT_OK(toy_thread_start(&t, dial, &d));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	EXPECT_ERR(EALREADY, toy_connect(d.fd, &self->name));
	EXPECT_ERR(EINVAL, listen(d.fd, 1));
	EXPECT_ERR(ENOTCONN, toy_name_of_peer(d.fd, &d.name));
	EXPECT_EQ(0, toy_poll(d.fd, POLLIN | POLLOUT, 0) & POLLOUT);
	EXPECT_FALSE(toy_thread_done(&t, 50));
	ASSERT_OK(answer(self->listener));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_OK(toy_thread_join(&t));
	EXPECT_ERR(EISCONN, toy_connect(d.fd, &self->name));
}

TEST_F(toy, connect__of_a_socket_to_itself_is_refused)
{
	struct toy_name name;
	int fd = toy_bound(variant->kind, &name);

	ASSERT_OK(fd);
	EXPECT_ERR(ECONNREFUSED, toy_connect(fd, &name));
	toy_close(&fd);
}

/* --------------------------------------------------------------- accepting */

TEST_F(listening, accept__in_the_order_of_the_calls)
{
	int fd[10], i;
	char got;

	for (i = 0; i < 10; i++) {
		char id = i;

		fd[i] = toy_connected(variant->kind, &self->name);
		ASSERT_OK(fd[i]);
		ASSERT_EQ(1, send(fd[i], &id, 1, 0));
	}
	for (i = 0; i < 10; i++) {
		self->fd[1] = answer(self->listener);
		ASSERT_OK(self->fd[1]);
		EXPECT_EQ(1, recv(self->fd[1], &got, 1, 0));
		EXPECT_EQ(i, got);
		toy_close(&self->fd[1]);
		toy_close(&fd[i]);
	}
}

TEST_F(listening, accept__what_was_sent_before_is_there)
{
	char sent[4000], got[4000];

	toy_fill(sent, sizeof(sent), 1);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	EXPECT_EQ(4000, send(self->fd[0], sent, 4000, 0));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(4000, toy_recv_all(self->fd[1], got, 4000));
	EXPECT_EQ(-1, toy_check(got, 4000, 1));
	EXPECT_EQ(0, recv(self->fd[1], got, 1, 0));
	EXPECT_EQ(1, send(self->fd[1], "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], got, 1, 0));
}

TEST_F(listening, accept__a_caller_that_has_hung_up)
{
	char got[4];

	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	toy_close(&self->fd[0]);
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(0, recv(self->fd[1], got, 4, 0));
}

TEST_F(listening, accept__nothing_there)
{
	long long before = toy_now();

	ASSERT_OK(toy_opt_timeo(self->listener, SO_RCVTIMEO, 200));
	EXPECT_ERR(EAGAIN, accept(self->listener, NULL, NULL));
	EXPECT_LE(150, toy_now() - before);
	ASSERT_OK(toy_nonblock(self->listener, true));
	EXPECT_ERR(EAGAIN, accept(self->listener, NULL, NULL));
}

TEST_F(listening, accept__blocks_until_a_call_comes)
{
	struct toy_thread t;
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_OK(toy_thread_start(&t, accept_once, &self->listener));
		ASSERT_TRUE(toy_thread_sleeping(&t));
		self->fd[0] = toy_connected(variant->kind, &self->name);
		ASSERT_OK(self->fd[0]);
		ASSERT_TRUE(toy_thread_done(&t, 5000));
		self->fd[1] = toy_thread_join(&t);
		ASSERT_OK(self->fd[1]);
		toy_close(&self->fd[0]);
		toy_close(&self->fd[1]);
	}
}

TEST_F(listening, accept__interrupted)
{
	struct toy_thread t;

	toy_signal_catch(SIGUSR1, 0);
	ASSERT_OK(toy_thread_start(&t, accept_once, &self->listener));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(EINTR, errno);

	toy_signal_catch(SIGUSR1, SA_RESTART);
	ASSERT_OK(toy_thread_start(&t, accept_once, &self->listener));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	EXPECT_FALSE(toy_thread_done(&t, 50));
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_OK(toy_thread_join(&t));
}

TEST_F(listening, accept__where_nobody_listens)
{
	struct toy_name name;

	self->fd[0] = toy_bound(variant->kind, &name);
	EXPECT_ERR(EINVAL, accept(self->fd[0], NULL, NULL));
	toy_close(&self->fd[0]);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	EXPECT_ERR(EINVAL, accept(self->fd[0], NULL, NULL));
	EXPECT_ERR(EINVAL, listen(self->fd[0], 1));
}

TEST_F(listening, listener__carries_no_data)
{
	int err, ret;
	char got[4];

	errno = 0;
	EXPECT_EQ(-1, send(self->listener, "x", 1, MSG_NOSIGNAL));
	EXPECT_TRUE(errno == ENOTCONN || errno == EPIPE);
	ret = recv(self->listener, got, 4, MSG_DONTWAIT);
	err = errno;
	EXPECT_EQ(-1, ret);
	EXPECT_TRUE(err == ENOTCONN || err == EINVAL);
	EXPECT_ERR(ENOTCONN, toy_name_of_peer(self->listener, &self->name));
}

TEST_F(listening, listener__poll)
{
	short all = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;
	int epoll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int i;

	EXPECT_EQ(0, toy_poll(self->listener, all, 0));
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, self->listener, &e));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, epoll_wait(epoll, &e, 1, 50));
		ASSERT_OK(toy_connected(variant->kind, &self->name));
		EXPECT_EQ(1, epoll_wait(epoll, &e, 1, 5000));
		EXPECT_EQ(EPOLLIN, e.events);
	}
	EXPECT_EQ(POLLIN, toy_poll(self->listener, all, 0));
	for (i = 0; i < 3; i++)
		ASSERT_OK(answer(self->listener));
	EXPECT_EQ(0, toy_poll(self->listener, all, 0));
	toy_close(&epoll);
}

TEST_F(listening, listener__so_acceptconn)
{
	struct toy_name name;

	EXPECT_EQ(1, toy_opt_get(self->listener, SOL_SOCKET, SO_ACCEPTCONN));
	self->fd[0] = toy_connected(variant->kind, &self->name);
	self->fd[1] = answer(self->listener);
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, toy_opt_get(self->fd[1], SOL_SOCKET, SO_ACCEPTCONN));
	toy_close(&self->fd[0]);
	self->fd[0] = toy_bound(variant->kind, &name);
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ACCEPTCONN));
}

/* Several threads accept, several call: every call is answered once. */
#define CALLERS 4
#define CALLS 100

static struct {
	atomic_int answered[CALLERS * CALLS];
	atomic_int left;
	struct toy_kind kind;
	struct toy_name name;
	int listener;
} crowd;

static long crowd_answer(void *arg)
{
	long count = 0;
	int fd, id;

	(void)arg;
	while (atomic_fetch_sub(&crowd.left, 1) > 0) {
		fd = accept(crowd.listener, NULL, NULL);
		if (fd < 0 || toy_recv_all(fd, &id, sizeof(id)) != sizeof(id))
			return -1;
		atomic_fetch_add(&crowd.answered[id], 1);
		if (toy_send_all(fd, &id, sizeof(id)) != sizeof(id))
			return -1;
		close(fd);
		count++;
	}
	return count;
}

static long crowd_call(void *arg)
{
	int first = (int)(long)arg * CALLS;
	int fd, id, back;

	for (id = first; id < first + CALLS; id++) {
		fd = toy_connected(crowd.kind, &crowd.name);
		if (fd < 0 || toy_send_all(fd, &id, sizeof(id)) != sizeof(id) ||
		    toy_recv_all(fd, &back, sizeof(id)) != sizeof(id) ||
		    back != id)
			return -1;
		close(fd);
	}
	return 0;
}

TEST_F(listening, accept__by_several_threads)
{
	struct toy_thread t[2 * CALLERS];
	long i, count = 0;

	crowd.kind = variant->kind;
	crowd.name = self->name;
	crowd.listener = self->listener;
	atomic_store(&crowd.left, CALLERS * CALLS);
	for (i = 0; i < CALLERS; i++) {
		ASSERT_OK(toy_thread_start(&t[i], crowd_call, (void *)i));
		ASSERT_OK(toy_thread_start(&t[CALLERS + i], crowd_answer,
					   NULL));
	}
	for (i = 0; i < CALLERS; i++) {
		EXPECT_EQ(0, toy_thread_join(&t[i]));
		count += toy_thread_join(&t[CALLERS + i]);
	}
	EXPECT_EQ(CALLERS * CALLS, count);
	for (i = 0; i < CALLERS * CALLS; i++)
		EXPECT_EQ(1, atomic_load(&crowd.answered[i]));
}

/* -------------------------------------------------- the listener goes away */

TEST_F(listening, listener_closed__resets_pending_calls)
{
	int fd[5], i;
	char got[4];

	for (i = 0; i < 5; i++) {
		fd[i] = toy_connected(variant->kind, &self->name);
		ASSERT_OK(fd[i]);
		/* whether anything was sent makes no difference */
		if (i & 1)
			ASSERT_EQ(3, send(fd[i], "abc", 3, 0));
	}
	toy_close(&self->listener);
	for (i = 0; i < 5; i++) {
		short events = POLLIN | POLLOUT | POLLRDHUP;
		int revents = toy_poll(fd[i], events, 5000);

		EXPECT_TRUE(revents & POLLERR);
		EXPECT_TRUE(revents & POLLHUP);
		EXPECT_ERR(ECONNRESET, recv(fd[i], got, 4, 0));
		EXPECT_EQ(0, recv(fd[i], got, 4, 0));
		EXPECT_ERR(EPIPE, send(fd[i], "x", 1, MSG_NOSIGNAL));
		toy_close(&fd[i]);
	}
}

static long recv_once(void *arg)
{
	int *fd = arg;
	char got[4];

	return recv(*fd, got, 4, 0);
}

TEST_F(listening, listener_closed__wakes_a_caller_that_reads)
{
	struct toy_thread t;

	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	ASSERT_OK(toy_thread_start(&t, recv_once, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->listener);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(ECONNRESET, errno);
}

TEST_F(listening, listener_closed__accepted_sockets_go_on)
{
	char got[4];

	self->fd[0] = toy_connected(variant->kind, &self->name);
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	toy_close(&self->listener);
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 4, 0));
	EXPECT_EQ(3, send(self->fd[1], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->fd[0], got, 4, 0));
}

/* As a server does that is started again. */
TEST_F(listening, listener_closed__its_name_can_be_used_again)
{
	ASSERT_OK(toy_opt_set(self->listener, SOL_SOCKET, SO_REUSEADDR, 1));
	self->fd[0] = toy_connected(variant->kind, &self->name);
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	toy_close(&self->listener);
	self->listener = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_opt_set(self->listener, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_OK(toy_bind(self->listener, &self->name));
	EXPECT_OK(listen(self->listener, 1));
	toy_close(&self->fd[0]);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	EXPECT_OK(self->fd[0]);
}

TEST_F(listening, listener_shut_down__ends_accept_and_refuses)
{
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, accept_once, &self->listener));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(0, shutdown(self->listener, SHUT_RD));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_ERR(EINVAL, accept(self->listener, NULL, NULL));
	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
}

TEST_F(listening, listener_shut_down__can_listen_again)
{
	char got[4];

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX stays shut down");
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	ASSERT_EQ(0, shutdown(self->listener, SHUT_RDWR));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, 4, 0));
	EXPECT_EQ(0, toy_opt_get(self->listener, SOL_SOCKET, SO_ACCEPTCONN));
	toy_close(&self->fd[0]);
	EXPECT_OK(listen(self->listener, 1));
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = answer(self->listener);
	EXPECT_OK(self->fd[1]);
}

/* --------------------------------------------------- what accept inherits */

FIXTURE(inherit) {
	struct toy_name name;
	int listener;
	int fd[2];
};

FIXTURE_VARIANT(inherit) {
	struct toy_kind kind;
};

TOY_VARIANTS(inherit, VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET | VARIANT_TCP)

FIXTURE_SETUP(inherit)
{
	toy_guard(25);
	self->listener = toy_listener(variant->kind, &self->name, 1);
	ASSERT_OK(self->listener);
	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd[0]);
}

FIXTURE_TEARDOWN(inherit)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
	toy_close(&self->listener);
}

static const struct {
	const char *name;
	int level;
	int option;
	int value;
	int family;
} inherited[] = {
	{ "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, 0 },
	{ "SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1, 0 },
	{ "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, 0 },
	{ "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1, 0 },
	{ "SO_DONTROUTE", SOL_SOCKET, SO_DONTROUTE, 1, 0 },
	{ "SO_MARK", SOL_SOCKET, SO_MARK, 77, 0 },
	{ "SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 3, 0 },
	{ "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 20000, 0 },
	{ "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 30000, 0 },
	{ "SO_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP, 1, 0 },
	{ "SO_RXQ_OVFL", SOL_SOCKET, SO_RXQ_OVFL, 1, 0 },
	{ "TCP_NODELAY", IPPROTO_TCP, 1, 1, AF_INET },
	{ "TCP_KEEPIDLE", IPPROTO_TCP, 4, 33, AF_INET },
	{ "TCP_KEEPINTVL", IPPROTO_TCP, 5, 34, AF_INET },
	{ "TCP_KEEPCNT", IPPROTO_TCP, 6, 35, AF_INET },
	{ "TCP_USER_TIMEOUT", IPPROTO_TCP, 18, 3600, AF_INET },
	{ "TOY_NODELAY", SOL_TOY, TOY_NODELAY, 1, AF_TOY },
	{ "TOY_KEEPIDLE", SOL_TOY, TOY_KEEPIDLE, 33, AF_TOY },
	{ "TOY_KEEPINTVL", SOL_TOY, TOY_KEEPINTVL, 34, AF_TOY },
	{ "TOY_KEEPCNT", SOL_TOY, TOY_KEEPCNT, 35, AF_TOY },
	{ "TOY_USER_TIMEOUT", SOL_TOY, TOY_USER_TIMEOUT, 3600, AF_TOY },
	{ "TOY_PASSCRED", SOL_TOY, TOY_PASSCRED, 1, AF_TOY },
};

TEST_F(inherit, accept__options_of_the_listener)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(inherited); i++) {
		if (inherited[i].family &&
		    inherited[i].family != variant->kind.family)
			continue;
		EXPECT_OK(toy_opt_set(self->listener, inherited[i].level,
				      inherited[i].option, inherited[i].value))
			TH_LOG("%s", inherited[i].name);
	}
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	for (i = 0; i < ARRAY_SIZE(inherited); i++) {
		int level = inherited[i].level, option = inherited[i].option;

		if (inherited[i].family &&
		    inherited[i].family != variant->kind.family)
			continue;
		EXPECT_EQ(toy_opt_get(self->listener, level, option),
			  toy_opt_get(self->fd[1], level, option))
			TH_LOG("%s", inherited[i].name);
	}
}

TEST_F(inherit, accept__not_from_the_caller)
{
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_PRIORITY, 5));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(0, toy_opt_get(self->fd[1], SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(0, toy_opt_get(self->fd[1], SOL_SOCKET, SO_PRIORITY));
}

/* The one that TCP does not hand on. */
TEST_F(inherit, accept__not_the_priority)
{
	ASSERT_OK(toy_opt_set(self->listener, SOL_SOCKET, SO_PRIORITY, 5));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(0, toy_opt_get(self->fd[1], SOL_SOCKET, SO_PRIORITY));
}

TEST_F(inherit, accept__timeouts_and_linger)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 7 };
	struct timeval tv = { };
	socklen_t len;

	ASSERT_OK(toy_opt_timeo(self->listener, SO_RCVTIMEO, 300));
	ASSERT_OK(toy_opt_timeo(self->listener, SO_SNDTIMEO, 400));
	ASSERT_OK(setsockopt(self->listener, SOL_SOCKET, SO_LINGER, &linger,
			     sizeof(linger)));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	len = sizeof(tv);
	ASSERT_OK(getsockopt(self->fd[1], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	EXPECT_EQ(300000, tv.tv_usec);
	len = sizeof(tv);
	ASSERT_OK(getsockopt(self->fd[1], SOL_SOCKET, SO_SNDTIMEO, &tv, &len));
	EXPECT_EQ(400000, tv.tv_usec);
	memset(&linger, 0, sizeof(linger));
	len = sizeof(linger);
	ASSERT_OK(getsockopt(self->fd[1], SOL_SOCKET, SO_LINGER, &linger,
			     &len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(7, linger.l_linger);
}

TEST_F(inherit, accept__not_the_owner_of_signals)
{
	ASSERT_OK(fcntl(self->listener, F_SETOWN, getpid()));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(0, fcntl(self->fd[1], F_GETOWN));
}

/* Types and the like are those of the family, whoever made the socket. */
TEST_F(inherit, accept__type_domain_protocol)
{
	static const int options[] = { SO_TYPE, SO_DOMAIN, SO_PROTOCOL };
	size_t i;

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	ASSERT_OK(self->fd[1]);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		EXPECT_EQ(toy_opt_get(self->listener, SOL_SOCKET, options[i]),
			  toy_opt_get(self->fd[1], SOL_SOCKET, options[i]));
}

/* ------------------------------------------------------------- credentials */

static int peer_uid(int fd)
{
	struct ucred cred = { };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -1;
	return cred.uid;
}

/* A child that becomes somebody else, then does as told by a byte. */
static int child_as_nobody(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid)
		return toy_child_wait(pid);
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
	fn(arg);
	_exit(0);
}

static void listen_again(void *arg)
{
	int *listener = arg;

	if (listen(*listener, 5))
		_exit(1);
}

TEST_F(backlog, peercred__of_whom_has_called_listen)
{
	int fd;

	if (getuid())
		SKIP(return, "needs root");
	ASSERT_OK(listen(self->listener, 5));
	fd = toy_connected(variant->kind, &self->name);
	ASSERT_OK(fd);
	EXPECT_EQ(0, peer_uid(fd));
	toy_close(&fd);
	ASSERT_EQ(0, child_as_nobody(listen_again, &self->listener));
	fd = toy_connected(variant->kind, &self->name);
	ASSERT_OK(fd);
	EXPECT_EQ(NOBODY, peer_uid(fd));
	toy_close(&fd);
}

static void connect_inherited(void *arg)
{
	struct dial *d = arg;

	if (toy_connect(d->fd, &d->name))
		_exit(1);
}

TEST_F(backlog, peercred__of_whom_has_called_connect)
{
	struct dial d = { toy_socket(variant->kind, 0), self->name };
	int fd;

	if (getuid())
		SKIP(return, "needs root");
	ASSERT_OK(d.fd);
	ASSERT_EQ(0, child_as_nobody(connect_inherited, &d));
	fd = answer(self->listener);
	ASSERT_OK(fd);
	EXPECT_EQ(NOBODY, peer_uid(fd));
	EXPECT_EQ(0, peer_uid(d.fd));
	toy_close(&fd);
	toy_close(&d.fd);
}

/* -------------------------------------------------------- after a refusal */

TEST_F(listening, refused__retry_works)
{
	char got[4];

	toy_close(&self->listener);
	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	self->listener = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_opt_set(self->listener, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_OK(toy_bind(self->listener, &self->name));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
	ASSERT_OK(listen(self->listener, 1));
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = answer(self->listener);
	EXPECT_OK(self->fd[1]);
	EXPECT_EQ(1, send(self->fd[0], "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->fd[1], got, 4, 0, 1000));
}

TEST_F(listening, refused__can_still_listen)
{
	struct toy_name name;

	toy_close(&self->listener);
	self->fd[0] = toy_bound(variant->kind, &name);
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
	EXPECT_OK(listen(self->fd[0], 1));
	self->fd[1] = toy_connected(variant->kind, &name);
	EXPECT_OK(self->fd[1]);
}

/* ---------------------------------------------------------- TOY_REUSEPORT */

FIXTURE(reuseport) {
	struct toy_name name;
	int fd[4];
};

FIXTURE_VARIANT(reuseport) {
	struct toy_kind kind;
};

TOY_VARIANTS(reuseport,
	     VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET | VARIANT_TCP)

static int reuseport_set(struct toy_kind kind, int fd, int on)
{
	if (toy_kind_is_toy(kind))
		return toy_opt_set(fd, SOL_TOY, TOY_REUSEPORT, on);
	return toy_opt_set(fd, SOL_SOCKET, SO_REUSEPORT, on);
}

/* A socket with the option and this name. */
static int reuseport_bound(struct toy_kind kind, const struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_NONBLOCK);

	if (reuseport_set(kind, fd, 1) || toy_bind(fd, name)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

FIXTURE_SETUP(reuseport)
{
	int i;

	toy_guard(25);
	self->name = toy_name_new(variant->kind);
	for (i = 0; i < 4; i++) {
		self->fd[i] = reuseport_bound(variant->kind, &self->name);
		ASSERT_OK(self->fd[i]);
		ASSERT_OK(listen(self->fd[i], 500));
	}
}

FIXTURE_TEARDOWN(reuseport)
{
	int i;

	for (i = 0; i < 4; i++)
		toy_close(&self->fd[i]);
}

/* Calls @count times and tells where the calls came out. */
static int spread(struct toy_kind kind, const struct toy_name *name,
		  const int *listeners, int n, int count, int *got)
{
	int i, fd, sum = 0;

	memset(got, 0, n * sizeof(*got));
	for (i = 0; i < count; i++) {
		fd = toy_connected(kind, name);
		if (fd < 0)
			return -1;
		close(fd);
	}
	for (i = 0; i < n; i++) {
		while ((fd = accept(listeners[i], NULL, NULL)) >= 0) {
			close(fd);
			got[i]++;
			sum++;
		}
	}
	return sum;
}

TEST_F(reuseport, calls__are_spread)
{
	int got[4], i;

	ASSERT_EQ(200, spread(variant->kind, &self->name, self->fd, 4, 200,
			      got));
	for (i = 0; i < 4; i++)
		EXPECT_LT(10, got[i]);
}

TEST_F(reuseport, calls__go_to_those_that_are_left)
{
	int got[4];

	toy_close(&self->fd[0]);
	toy_close(&self->fd[2]);
	self->fd[0] = self->fd[3];
	self->fd[3] = -1;
	ASSERT_EQ(100, spread(variant->kind, &self->name, self->fd, 2, 100,
			      got));
	EXPECT_LT(10, got[0]);
	EXPECT_LT(10, got[1]);
}

TEST_F(reuseport, calls__not_to_one_that_only_is_bound)
{
	int got[4], fd;

	fd = reuseport_bound(variant->kind, &self->name);
	ASSERT_OK(fd);
	EXPECT_EQ(100, spread(variant->kind, &self->name, self->fd, 4, 100,
			      got));
	toy_close(&fd);
}

TEST_F(reuseport, bind__all_have_to_set_it)
{
	int fd = toy_socket(variant->kind, 0);
	struct toy_name name;

	EXPECT_ERR(EADDRINUSE, toy_bind(fd, &self->name));
	EXPECT_OK(reuseport_set(variant->kind, fd, 1));
	EXPECT_OK(toy_bind(fd, &self->name));
	toy_close(&fd);

	/* the first without it keeps the port for itself */
	fd = toy_listener(variant->kind, &name, 1);
	ASSERT_OK(fd);
	EXPECT_ERR(EADDRINUSE, reuseport_bound(variant->kind, &name));
	toy_close(&fd);
}

struct other_user {
	struct toy_kind kind;
	struct toy_name *name;
};

static void bind_too(void *arg)
{
	struct other_user *other = arg;

	if (reuseport_bound(other->kind, other->name) >= 0)
		_exit(1);
	if (errno != EADDRINUSE)
		_exit(2);
}

TEST_F(reuseport, bind__only_the_same_user)
{
	struct other_user other = { variant->kind, &self->name };

	if (getuid())
		SKIP(return, "needs root");
	EXPECT_EQ(0, child_as_nobody(bind_too, &other));
}

TEST_F(reuseport, option__round_trip)
{
	int fd = toy_socket(variant->kind, 0);
	int level = toy_kind_is_toy(variant->kind) ? SOL_TOY : SOL_SOCKET;
	int option = level == SOL_TOY ? TOY_REUSEPORT : SO_REUSEPORT;

	EXPECT_EQ(0, toy_opt_get(fd, level, option));
	EXPECT_OK(reuseport_set(variant->kind, fd, 1));
	EXPECT_EQ(1, toy_opt_get(fd, level, option));
	EXPECT_OK(reuseport_set(variant->kind, fd, 0));
	EXPECT_EQ(0, toy_opt_get(fd, level, option));
	toy_close(&fd);
}

TOY_TEST_MAIN

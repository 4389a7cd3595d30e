// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: shutdown(2), poll(2), epoll(7) by level and by edge, and signals
 * that tell of data.
 */
#include <sys/epoll.h>
#include <sys/select.h>

#include "toy_test.h"

FIXTURE(every_type_poll)
{
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_poll)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_poll, VARIANTS_ALL)

FIXTURE_SETUP(every_type_poll)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(every_type_poll)
{
}

#define ALL_EVENTS	(POLLIN | POLLOUT | POLLRDHUP | POLLPRI)

/* Give AF_INET the time that it takes to arrive. */
static void arrive(struct toy_kind kind)
{
	if (toy_kind_is_inet(kind))
		toy_sleep(20);
}

/* ------------------------------------------------------------- shutdown(2) */

TEST_F(every_type_poll, shutdown__bad_how_einval)
{
	EXPECT_ERR(EINVAL, shutdown(self->from, -1));
	EXPECT_ERR(EINVAL, shutdown(self->from, 3));
	EXPECT_ERR(EINVAL, shutdown(self->from, 4711));
	EXPECT_EQ(1, send(self->from, "x", 1, 0));
}

/* AF_UNIX shuts what is not connected. */
TOY_TEST(every_type_poll, shutdown__unconnected_enotconn,
	 VARIANTS_ALL & ~VARIANTS_UNIX)
{
	struct toy_name name;
	int fd;

	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	EXPECT_ERR(ENOTCONN, shutdown(fd, SHUT_RD));
	EXPECT_ERR(ENOTCONN, shutdown(fd, SHUT_WR));
	EXPECT_ERR(ENOTCONN, shutdown(fd, SHUT_RDWR));
	fd = toy_bound(variant->kind, &name);
	ASSERT_OK(fd);
	EXPECT_ERR(ENOTCONN, shutdown(fd, SHUT_RDWR));
}

TEST_F(every_type_poll, shutdown__data_queued_before_stays_readable)
{
	char buf[8];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), 0));
		EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), 0));
	}
	/* The other direction is as it was. */
	EXPECT_EQ(3, send(self->to, "def", 3, 0));
	EXPECT_EQ(3, recv(self->from, buf, sizeof(buf), 0));
}

TEST_F(every_type_poll, shutdown__own_reading_keeps_what_is_queued)
{
	char buf[8];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	arrive(variant->kind);
	ASSERT_OK(shutdown(self->to, SHUT_RD));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(3, send(self->to, "def", 3, 0));
}

/* AF_UNIX and UDP have no SIGPIPE for messages. */
TEST_F(every_type_poll, shutdown__own_send_epipe_and_sigpipe)
{
	const bool sigpipe = toy_kind_is_toy(variant->kind) ||
			     toy_kind_is_stream(variant->kind);

	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_ERR(EPIPE, send(self->from, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, send(self->from, "x", 1, 0));
	EXPECT_EQ(sigpipe, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, write(self->from, "x", 1));
	EXPECT_EQ(2 * sigpipe, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EAGAIN, recv(self->from, &(int){ 0 }, 1, MSG_DONTWAIT));
}

/* Both at once: no data, no bytes, but what was there. */
TEST_F(every_type_poll, shutdown__both_directions)
{
	char buf[8];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	arrive(variant->kind);
	ASSERT_OK(shutdown(self->to, SHUT_RDWR));
	EXPECT_EQ(POLLHUP, toy_poll(self->to, POLLHUP, 0));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_ERR(EPIPE, send(self->to, "x", 1, MSG_NOSIGNAL));
}

static long receive_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0);
}

TEST_F(every_type_poll, shutdown__wakes_a_blocked_receive)
{
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, receive_one, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(shutdown(self->to, SHUT_RD));
	EXPECT_EQ(0, toy_thread_join(&thread));
}

TOY_TEST(every_type_poll, shutdown__of_the_peer_wakes_a_blocked_receive,
	 VARIANTS_CONN)
{
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, receive_one, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(0, toy_thread_join(&thread));
}

struct poll_args {
	int fd;
	short events;
};

static long poll_long(void *arg)
{
	const struct poll_args *args = arg;

	return toy_poll(args->fd, args->events, 10000);
}

/* TCP is half open still: nothing that such a waiter would hear of. */
TOY_TEST(every_type_poll, pollers_for_pollhup_alone__wake,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct poll_args args = { self->to, 0 };
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, poll_long, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	EXPECT_OK(close(self->from));
	EXPECT_EQ(POLLHUP, toy_thread_join(&thread));
}

TEST_F(every_type_poll, pollers_for_pollhup_alone__wake_of_own_shutdown)
{
	struct poll_args args = { self->to, 0 };
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, poll_long, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(shutdown(self->to, SHUT_RDWR));
	EXPECT_EQ(POLLHUP, toy_thread_join(&thread));
}

TOY_TEST(every_type_poll, pollers_for_pollrdhup_alone__wake, VARIANTS_CONN)
{
	struct poll_args args = { self->to, POLLRDHUP };
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, poll_long, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(POLLRDHUP, toy_thread_join(&thread));
}

/* ----------------------------------------------------------------- poll(2) */

TEST_F(every_type_poll, poll__of_a_new_socket)
{
	const bool conn = toy_kind_is_conn(variant->kind);
	int fd = toy_socket(variant->kind, 0);

	ASSERT_OK(fd);
	EXPECT_EQ(conn ? POLLHUP : 0, toy_poll(fd, POLLIN | POLLRDHUP, 0));
	EXPECT_EQ(POLLOUT, toy_poll(fd, POLLOUT, 0) & ~POLLHUP);
}

TEST_F(every_type_poll, poll__says_so_for_as_long_as_it_is)
{
	const short in = POLLIN | POLLRDNORM, out = POLLOUT | POLLWRNORM;
	char c;

	EXPECT_EQ(out, toy_poll(self->to, in | out | POLLPRI, 0));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(in, toy_poll(self->to, in, 2000));
	EXPECT_EQ(in | out, toy_poll(self->to, in | out | POLLPRI, 0));
	EXPECT_EQ(1, recv(self->to, &c, 1, MSG_PEEK));
	EXPECT_EQ(in | out, toy_poll(self->to, in | out | POLLPRI, 0));
	EXPECT_EQ(1, recv(self->to, &c, 1, 0));
	EXPECT_EQ(out, toy_poll(self->to, in | out | POLLPRI, 0));
}

TOY_TEST(every_type_poll, poll__out_follows_the_room,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	struct poll_args args = { self->from, POLLOUT };
	struct toy_thread thread;

	ASSERT_LT(0, toy_send_full(self->from, 1000));
	ASSERT_LE(0, toy_send_full(self->from, 1));
	EXPECT_EQ(0, toy_poll(self->from, POLLOUT, 0));
	ASSERT_OK(toy_thread_start(&thread, poll_long, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_LT(0, toy_recv_empty(self->to));
	EXPECT_EQ(POLLOUT, toy_thread_join(&thread));
	EXPECT_EQ(1, send(self->from, "x", 1, MSG_DONTWAIT));
}

TOY_TEST(every_type_poll, poll__of_a_half_closed_connection, VARIANTS_CONN)
{
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(POLLIN | POLLRDHUP,
		  toy_poll(self->to, POLLIN | POLLRDHUP, 2000));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLOUT,
		  toy_poll(self->to, ALL_EVENTS, 0));
	EXPECT_EQ(POLLOUT, toy_poll(self->from, ALL_EVENTS, 0));
}

TOY_TEST(every_type_poll, poll__of_a_closed_connection, VARIANTS_CONN)
{
	const short hup = toy_kind_is_inet(variant->kind) ? 0 : POLLHUP;

	EXPECT_OK(close(self->from));
	EXPECT_EQ(POLLIN | POLLRDHUP | hup,
		  toy_poll(self->to, POLLIN | POLLRDHUP, 2000));
}

TOY_TEST(every_type_poll, poll__of_a_reset_connection, VARIANTS_CONN)
{
	ASSERT_EQ(1, send(self->to, "unread", 1, 0));
	arrive(variant->kind);
	EXPECT_OK(close(self->from));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP | POLLERR,
		  toy_poll(self->to, POLLIN | POLLRDHUP, 2000));
	EXPECT_EQ(ECONNRESET, toy_opt_get(self->to, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP,
		  toy_poll(self->to, POLLIN | POLLRDHUP, 2000));
}

TEST_F(every_type_poll, poll__while_another_thread_blocks_in_a_receive)
{
	struct poll_args args = { self->to, POLLIN };
	struct toy_thread reader, poller;
	long long began = toy_now();

	ASSERT_OK(toy_thread_start(&reader, receive_one, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&reader));
	EXPECT_EQ(POLLOUT, toy_poll(self->to, POLLIN | POLLOUT, 0));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
	EXPECT_EQ(1, send(self->to, "y", 1, 0));
	EXPECT_GT(5000, toy_now() - began);
	ASSERT_OK(toy_thread_start(&poller, poll_long, &args));
	EXPECT_TRUE(toy_thread_sleeping(&poller));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, toy_thread_join(&reader));
	/* Whether the poller was quicker than the reader or not, it is told. */
	if (!toy_thread_done(&poller, 50))
		ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(POLLIN, toy_thread_join(&poller));
}

TEST_F(every_type_poll, select__knows_the_same)
{
	struct timeval tv = { 2, 0 };
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(self->to, &in);
	FD_SET(self->to, &out);
	EXPECT_EQ(1, select(self->to + 1, &in, &out, NULL, &tv));
	EXPECT_FALSE(FD_ISSET(self->to, &in));
	EXPECT_TRUE(FD_ISSET(self->to, &out));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	FD_SET(self->to, &in);
	EXPECT_EQ(1, select(self->to + 1, &in, NULL, NULL, &tv));
}

/* ----------------------------------------------------------------- epoll(7) */

static int epoll_of(int fd, unsigned int events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(0);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return -1;
	return epoll;
}

/* The events of one epoll_wait(2), 0 for none. */
static unsigned int epoll_next(int epoll, int ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, ms) == 1 ? event.events : 0;
}

TEST_F(every_type_poll, epoll_level__says_so_for_as_long_as_it_is)
{
	int epoll = epoll_of(self->to, EPOLLIN);
	char c;

	ASSERT_OK(epoll);
	EXPECT_EQ(0, epoll_next(epoll, 0));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
	EXPECT_EQ(1, recv(self->to, &c, 1, 0));
	EXPECT_EQ(0, epoll_next(epoll, 0));
}

TEST_F(every_type_poll, epoll_edge__exactly_one_an_arrival)
{
	int epoll = epoll_of(self->to, EPOLLIN | EPOLLET), i;
	char buf[8];

	ASSERT_OK(epoll);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(1, send(self->from, "x", 1, 0));
		EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
		EXPECT_EQ(0, epoll_next(epoll, 20));
	}
	/* Reading does not make any, whatever it leaves. */
	EXPECT_EQ(1, recv(self->to, buf, 1, 0));
	EXPECT_EQ(0, epoll_next(epoll, 20));
	while (recv(self->to, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	EXPECT_EQ(0, epoll_next(epoll, 20));
	/* From empty as from not empty. */
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
	EXPECT_EQ(0, epoll_next(epoll, 20));
}

/* The same when nobody asks for EPOLLIN alone, as event loops do. */
TEST_F(every_type_poll, epoll_edge__in_and_out_exactly_one_an_arrival)
{
	const unsigned int both = EPOLLIN | EPOLLOUT;
	int epoll = epoll_of(self->to, both | EPOLLRDHUP | EPOLLET), i;
	char c;

	ASSERT_OK(epoll);
	EXPECT_EQ(EPOLLOUT, epoll_next(epoll, 2000));
	EXPECT_EQ(0, epoll_next(epoll, 20));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(1, send(self->from, "x", 1, 0));
		EXPECT_EQ(both, epoll_next(epoll, 2000));
		EXPECT_EQ(0, epoll_next(epoll, 20));
		EXPECT_EQ(1, recv(self->to, &c, 1, 0));
		EXPECT_EQ(0, epoll_next(epoll, 20));
	}
}

TEST_F(every_type_poll, epoll_edge__what_is_there_already)
{
	int epoll;

	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	arrive(variant->kind);
	epoll = epoll_of(self->to, EPOLLIN | EPOLLET);
	ASSERT_OK(epoll);
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
	EXPECT_EQ(0, epoll_next(epoll, 20));
}

TOY_TEST(every_type_poll, epoll_edge__out_when_there_is_room_again,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	int epoll = epoll_of(self->from, EPOLLOUT | EPOLLET);

	ASSERT_OK(epoll);
	EXPECT_EQ(EPOLLOUT, epoll_next(epoll, 2000));
	ASSERT_LT(0, toy_send_full(self->from, 1000));
	ASSERT_LE(0, toy_send_full(self->from, 1));
	while (epoll_next(epoll, 20))
		;
	ASSERT_LT(0, toy_recv_empty(self->to));
	EXPECT_EQ(EPOLLOUT, epoll_next(epoll, 2000));
	EXPECT_EQ(1, send(self->from, "x", 1, MSG_DONTWAIT));
}

TOY_TEST(every_type_poll, epoll_edge__one_a_call_to_a_listener, VARIANTS_CONN)
{
	struct toy_name name;
	int fd, epoll, i;

	fd = toy_listener(variant->kind, &name, 8);
	ASSERT_OK(fd);
	epoll = epoll_of(fd, EPOLLIN | EPOLLET);
	ASSERT_OK(epoll);
	for (i = 0; i < 3; i++) {
		ASSERT_OK(toy_connected(variant->kind, &name));
		EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
		EXPECT_EQ(0, epoll_next(epoll, 20));
	}
	for (i = 0; i < 3; i++)
		EXPECT_OK(accept(fd, NULL, NULL));
	EXPECT_EQ(0, epoll_next(epoll, 20));
}

TOY_TEST(every_type_poll, epoll_edge__end_of_the_connection, VARIANTS_CONN)
{
	int epoll = epoll_of(self->to, EPOLLRDHUP | EPOLLET);

	ASSERT_OK(epoll);
	EXPECT_EQ(0, epoll_next(epoll, 0));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(EPOLLRDHUP, epoll_next(epoll, 2000));
	EXPECT_EQ(0, epoll_next(epoll, 20));
}

TEST_F(every_type_poll, epoll_oneshot__until_it_is_armed_again)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	int epoll = epoll_of(self->to, EPOLLIN | EPOLLONESHOT);

	ASSERT_OK(epoll);
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(0, epoll_next(epoll, 20));
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_MOD, self->to, &event));
	EXPECT_EQ(EPOLLIN, epoll_next(epoll, 2000));
}

/* --------------------------------------------------------- O_ASYNC, SIGIO */

static int async_set(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	return fcntl(fd, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
}

static bool signal_comes(int signo, int count)
{
	long long end = toy_now() + 5000;

	while (toy_signal_count(signo) < count && toy_now() < end)
		toy_sleep(2);
	return toy_signal_count(signo) >= count;
}

TEST_F(every_type_poll, o_async__sigio_for_data)
{
	ASSERT_OK(toy_signal_catch(SIGIO, 0));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	arrive(variant->kind);
	ASSERT_OK(fcntl(self->to, F_SETOWN, getpid()));
	ASSERT_OK(async_set(self->to, true));
	EXPECT_EQ(O_ASYNC, fcntl(self->to, F_GETFL) & O_ASYNC);
	EXPECT_EQ(0, toy_signal_count(SIGIO));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_TRUE(signal_comes(SIGIO, 1));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_TRUE(signal_comes(SIGIO, 2));
	toy_sleep(20);
	EXPECT_EQ(2, toy_signal_count(SIGIO));
	ASSERT_OK(async_set(self->to, false));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	toy_sleep(50);
	EXPECT_EQ(2, toy_signal_count(SIGIO));
}

TOY_TEST(every_type_poll, o_async__sigio_for_a_call_and_its_end, VARIANTS_CONN)
{
	struct toy_name name;
	int fd, client;

	ASSERT_OK(toy_signal_catch(SIGIO, SA_RESTART));
	fd = toy_listener(variant->kind, &name, 8);
	ASSERT_OK(fd);
	ASSERT_OK(fcntl(fd, F_SETOWN, getpid()));
	ASSERT_OK(async_set(fd, true));
	client = toy_connected(variant->kind, &name);
	ASSERT_OK(client);
	EXPECT_TRUE(signal_comes(SIGIO, 1));

	ASSERT_OK(toy_signal_catch(SIGIO, SA_RESTART));
	ASSERT_OK(async_set(fd, false));
	fd = accept(fd, NULL, NULL);
	ASSERT_OK(fd);
	ASSERT_OK(fcntl(fd, F_SETOWN, getpid()));
	ASSERT_OK(async_set(fd, true));
	EXPECT_OK(shutdown(client, SHUT_WR));
	EXPECT_TRUE(signal_comes(SIGIO, 1));
}

static int info_fd, info_code;
static long info_band;

static void on_info(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	info_fd = info->si_fd;
	info_band = info->si_band;
	__atomic_store_n(&info_code, info->si_code, __ATOMIC_RELEASE);
}

TEST_F(every_type_poll, o_async__f_setsig_names_the_descriptor)
{
	struct sigaction sa = { .sa_sigaction = on_info,
				.sa_flags = SA_SIGINFO };
	long long end = toy_now() + 5000;

	ASSERT_OK(sigaction(SIGRTMIN, &sa, NULL));
	ASSERT_OK(fcntl(self->to, F_SETSIG, SIGRTMIN));
	ASSERT_OK(fcntl(self->to, F_SETOWN, getpid()));
	ASSERT_OK(async_set(self->to, true));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	while (!__atomic_load_n(&info_code, __ATOMIC_ACQUIRE) &&
	       toy_now() < end)
		toy_sleep(2);
	EXPECT_EQ(self->to, info_fd);
	EXPECT_EQ(POLL_IN, info_code);
	EXPECT_EQ(POLLIN | POLLRDNORM, info_band);
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * 'Stream': the lines of that section in its order, then urgent data, whose
 * yardstick is TCP.
 */
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "toy_test.h"

#define MB (1024 * 1024)
/* The bulk that is echoed with half-close. */
#define BULK (31 * MB)
/* More than any of the families buffers. */
#define LARGER (16 * MB)

/* ---------------------------------------------------------------- helpers */

/* Wait until so much can be read: TCP delivers when it pleases. */
static int wait_queued(int fd, int want)
{
	long long end = toy_now() + 5000;
	int have;

	for (;;) {
		have = toy_ioctl_int(fd, FIONREAD);
		if (have < 0 || have >= want || toy_now() >= end)
			return have;
		toy_sleep(1);
	}
}

/* Send until not a byte more is taken, also when TCP has moved some of it. */
static int fill_up(int fd)
{
	int revents;
	long count, more;

	do {
		count = toy_send_full(fd, 1000);
		more = toy_send_full(fd, 1);
		if (count < 0 || more < 0)
			return -1;
		revents = toy_poll(fd, POLLOUT, 100);
	} while (count || more || revents == POLLOUT);
	return revents;
}

/* A transfer by a thread of its own. */
struct transfer {
	int fd;
	int out;
	char *buf;
	size_t len;
	size_t chunk;
	bool shut;
};

/* One send(2) of all of it. */
static long send_once(void *arg)
{
	struct transfer *t = arg;

	return send(t->fd, t->buf, t->len, MSG_NOSIGNAL);
}

static long recv_whole(void *arg)
{
	struct transfer *t = arg;

	return toy_recv_all(t->fd, t->buf, t->len);
}

static long recv_once(void *arg)
{
	struct transfer *t = arg;

	return recv(t->fd, t->buf, t->len, 0);
}

/* All of it in chunks, then half-close. */
static long send_chunks(void *arg)
{
	struct transfer *t = arg;
	size_t sent = 0;
	ssize_t ret;

	while (sent < t->len) {
		size_t n = t->len - sent;

		if (n > t->chunk)
			n = t->chunk;
		ret = toy_send_all(t->fd, t->buf + sent, n);
		if (ret != (ssize_t)n)
			return -1;
		sent += ret;
	}
	if (t->shut && shutdown(t->fd, SHUT_WR))
		return -1;
	return sent;
}

/* What comes on @fd goes out on @out until end of file, which goes on too. */
static long echo(void *arg)
{
	struct transfer *t = arg;
	char *buf = malloc(t->chunk);
	long count = 0;
	ssize_t ret;

	while ((ret = recv(t->fd, buf, t->chunk, 0)) > 0) {
		if (toy_send_all(t->out, buf, ret) != ret) {
			ret = -1;
			break;
		}
		count += ret;
	}
	free(buf);
	if (ret < 0 || shutdown(t->out, SHUT_WR))
		return -1;
	return count;
}

static char *filled(size_t len, unsigned int seed)
{
	char *buf = malloc(len);

	if (!buf)
		abort();
	toy_fill(buf, len, seed);
	return buf;
}

/* --------------------------------------------------------------- fixtures */

FIXTURE(stream) {
	int fd[2];
};

FIXTURE_VARIANT(stream) {
	struct toy_kind kind;
};

TOY_VARIANTS(stream, VARIANTS_STREAM)

FIXTURE_SETUP(stream)
{
	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(stream)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/* ------------------------------------- short reads, coalescing, splitting */

TEST_F(stream, short_read__rest_stays)
{
	char sent[100], got[100];
	int i;

	toy_fill(sent, sizeof(sent), 1);
	ASSERT_EQ(100, send(self->fd[0], sent, 100, 0));
	for (i = 0; i < 100; i += 10)
		ASSERT_EQ(10, recv(self->fd[1], got + i, 10, 0));
	EXPECT_EQ(-1, toy_check(got, 100, 1));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 1, MSG_DONTWAIT));
}

TEST_F(stream, short_read__of_less_than_asked_for)
{
	char got[100];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
}

TEST_F(stream, coalescing__small_sends_one_receive)
{
	char sent[1000], got[2000];
	int i;

	toy_fill(sent, sizeof(sent), 2);
	for (i = 0; i < 1000; i += 10)
		ASSERT_EQ(10, send(self->fd[0], sent + i, 10, 0));
	ASSERT_EQ(1000, wait_queued(self->fd[1], 1000));
	EXPECT_EQ(1000, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(-1, toy_check(got, 1000, 2));
}

TEST_F(stream, splitting__one_send_many_receives)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 61, 509, 4093, 4096, 8191 };
	char *sent = filled(60000, 3), *got = malloc(60000);
	size_t n = 0;
	ssize_t ret;
	int i = 0;

	ASSERT_EQ(60000, send(self->fd[0], sent, 60000, 0));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	for (;;) {
		size_t size = sizes[i++ % ARRAY_SIZE(sizes)];

		if (size > 60000 - n)
			size = 60000 - n;
		ret = recv(self->fd[1], got + n, size ?: 1, 0);
		ASSERT_LE(0, ret);
		if (!ret)
			break;
		n += ret;
	}
	EXPECT_EQ(60000, n);
	EXPECT_EQ(-1, toy_check(got, 60000, 3));
}

TEST_F(stream, coalescing_and_splitting__sizes_that_never_match)
{
	struct transfer out = { .fd = self->fd[0], .len = 2000003,
				.chunk = 1499, .shut = true };
	char *got = malloc(out.len);
	struct toy_thread t;
	size_t n = 0;
	ssize_t ret;

	out.buf = filled(out.len, 4);
	ASSERT_OK(toy_thread_start(&t, send_chunks, &out));
	while ((ret = recv(self->fd[1], got + n,
			   n + 7919 < out.len ? 7919 : out.len - n, 0)) > 0)
		n += ret;
	EXPECT_EQ(2000003, toy_thread_join(&t));
	EXPECT_EQ(2000003, n);
	EXPECT_EQ(-1, toy_check(got, n, 4));
}

TEST_F(stream, coalescing__scattered_and_gathered)
{
	char sent[300], a[7], b[200], c[93];
	struct iovec out[] = { { sent, 1 }, { sent + 1, 149 }, { NULL, 0 },
			       { sent + 150, 150 } };
	struct iovec in[] = { { a, sizeof(a) }, { NULL, 0 }, { b, sizeof(b) },
			      { c, sizeof(c) } };

	toy_fill(sent, sizeof(sent), 5);
	ASSERT_EQ(300, writev(self->fd[0], out, 4));
	ASSERT_EQ(300, wait_queued(self->fd[1], 300));
	EXPECT_EQ(300, readv(self->fd[1], in, 4));
	EXPECT_EQ(0, memcmp(a, sent, 7));
	EXPECT_EQ(0, memcmp(b, sent + 7, 200));
	EXPECT_EQ(0, memcmp(c, sent + 207, 93));
}

TEST_F(stream, peek__joins_what_several_sends_queued)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, send(self->fd[0], "def", 3, 0));
	ASSERT_EQ(6, wait_queued(self->fd[1], 6));
	EXPECT_EQ(6, recv(self->fd[1], got, sizeof(got), MSG_PEEK));
	EXPECT_EQ(0, memcmp(got, "abcdef", 6));
	EXPECT_EQ(2, recv(self->fd[1], got, 2, 0));
	EXPECT_EQ(4, recv(self->fd[1], got, sizeof(got), MSG_PEEK));
	EXPECT_EQ(0, memcmp(got, "cdef", 4));
	EXPECT_EQ(4, recv(self->fd[1], got, sizeof(got), 0));
}

TEST_F(stream, waitall__waits_for_all)
{
	struct transfer out = { .fd = self->fd[0], .len = 100000,
				.chunk = 10000 };
	char *got = malloc(out.len);
	struct toy_thread t;

	out.buf = filled(out.len, 6);
	ASSERT_OK(toy_thread_start(&t, send_chunks, &out));
	EXPECT_EQ(100000, recv(self->fd[1], got, out.len, MSG_WAITALL));
	EXPECT_EQ(-1, toy_check(got, out.len, 6));
	EXPECT_EQ(100000, toy_thread_join(&t));
}

TEST_F(stream, waitall__end_of_file_ends_it)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), MSG_WAITALL));
	EXPECT_EQ(0, recv(self->fd[1], got, sizeof(got), MSG_WAITALL));
}

TEST_F(stream, waitall__dontwait_takes_what_is_there)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got),
			  MSG_WAITALL | MSG_DONTWAIT));
}

TEST_F(stream, blocked_reader__wakes_for_each_byte)
{
	char got[16];
	struct transfer in = { .fd = self->fd[1], .buf = got, .len = 16 };
	struct toy_thread t;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_OK(toy_thread_start(&t, recv_once, &in));
		ASSERT_TRUE(toy_thread_sleeping(&t));
		ASSERT_EQ(1, send(self->fd[0], "x", 1, 0));
		ASSERT_TRUE(toy_thread_done(&t, 5000));
		ASSERT_EQ(1, toy_thread_join(&t));
	}
}

/* --------------------------------------- writes larger than the buffer */

TEST_F(stream, blocking_write_larger_than_the_buffer__finishes)
{
	struct transfer out = { .fd = self->fd[0], .len = LARGER };
	char *got = malloc(LARGER);
	struct toy_thread t;

	out.buf = filled(LARGER, 7);
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	EXPECT_EQ(LARGER, toy_recv_all(self->fd[1], got, LARGER));
	EXPECT_EQ(LARGER, toy_thread_join(&t));
	EXPECT_EQ(-1, toy_check(got, LARGER, 7));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 1, MSG_DONTWAIT));
}

TEST_F(stream, blocking_write_larger_than_the_buffer__small_sndbuf)
{
	struct transfer out = { .fd = self->fd[0], .len = 300000 };
	char *got = malloc(out.len);
	struct toy_thread t;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "TCP waits for timers when windows are tiny");
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 1));
	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_RCVBUF, 1));
	out.buf = filled(out.len, 8);
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	EXPECT_EQ(300000, toy_recv_all(self->fd[1], got, out.len));
	EXPECT_EQ(300000, toy_thread_join(&t));
	EXPECT_EQ(-1, toy_check(got, out.len, 8));
}

TEST_F(stream, nonblocking_write__returns_the_part)
{
	char *sent = filled(LARGER, 9), *got = malloc(LARGER);
	ssize_t n;

	n = send(self->fd[0], sent, LARGER, MSG_DONTWAIT);
	ASSERT_LT(0, n);
	ASSERT_GT(LARGER, n);
	while (send(self->fd[0], sent + n, 1, MSG_DONTWAIT) == 1)
		n++;
	EXPECT_ERR(EAGAIN, send(self->fd[0], sent + n, 1, MSG_DONTWAIT));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(n, toy_recv_all(self->fd[1], got, LARGER));
	EXPECT_EQ(-1, toy_check(got, n, 9));
}

TEST_F(stream, nonblocking_write__goes_on_when_poll_says_so)
{
	struct transfer in = { .fd = self->fd[1], .out = self->fd[1],
			       .chunk = 3001 };
	char *sent = filled(4 * MB, 10), *got = malloc(4 * MB);
	size_t put = 0, had = 0;
	struct toy_thread t;
	ssize_t n;

	ASSERT_OK(toy_nonblock(self->fd[0], true));
	ASSERT_OK(toy_thread_start(&t, echo, &in));
	while (had < 4 * MB) {
		short events = put < 4 * MB ? POLLIN | POLLOUT : POLLIN;
		int revents = toy_poll(self->fd[0], events, 10000);

		ASSERT_LT(0, revents);
		if (revents & POLLOUT) {
			n = send(self->fd[0], sent + put, 4 * MB - put, 0);
			/* TCP may take the room for something else */
			if (n < 0 && !toy_kind_is_toy(variant->kind))
				continue;
			ASSERT_LT(0, n);
			put += n;
			if (put == 4 * MB)
				ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
		}
		if (revents & POLLIN) {
			n = recv(self->fd[0], got + had, 4 * MB - had, 0);
			ASSERT_LT(0, n);
			had += n;
		}
	}
	EXPECT_EQ(4 * MB, toy_thread_join(&t));
	EXPECT_EQ(-1, toy_check(got, 4 * MB, 10));
}

TEST_F(stream, full__room_again_once_it_is_read)
{
	int epoll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };

	ASSERT_OK(fill_up(self->fd[0]));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLOUT, 50));
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd[0], &e));
	EXPECT_EQ(0, epoll_wait(epoll, &e, 1, 50));
	ASSERT_LT(0, toy_recv_empty(self->fd[1]));
	EXPECT_EQ(1, epoll_wait(epoll, &e, 1, 5000));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLOUT, 5000));
	EXPECT_EQ(1, send(self->fd[0], "x", 1, MSG_DONTWAIT));
	toy_close(&epoll);
}

/* ------------------------------------------- a blocked writer's peer closes */

TEST_F(stream, blocked_writer_peer_closes__partial_count_then_error)
{
	struct transfer out = { .fd = self->fd[0], .len = LARGER };
	char got[100];
	struct toy_thread t;
	long ret;

	out.buf = filled(LARGER, 11);
	toy_signal_catch(SIGPIPE, 0);
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(100, toy_recv_all(self->fd[1], got, 100));
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 10000));
	ret = toy_thread_join(&t);
	EXPECT_LE(100, ret);
	EXPECT_GT(LARGER, ret);
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));

	errno = 0;
	EXPECT_EQ(-1, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_TRUE(errno == EPIPE || errno == ECONNRESET);
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, 0));
	EXPECT_EQ(1, toy_signal_count(SIGPIPE));
}

TEST_F(stream, blocked_writer_peer_closes__nothing_sent_is_an_error)
{
	struct transfer out = { .fd = self->fd[0], .buf = "x", .len = 1 };
	struct toy_thread t;

	ASSERT_OK(fill_up(self->fd[0]));
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 10000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_TRUE(errno == EPIPE || errno == ECONNRESET);
}

TEST_F(stream, blocked_writer__own_shutdown_wakes_it)
{
	struct transfer out = { .fd = self->fd[0], .len = LARGER };
	struct toy_thread t;
	long ret;

	out.buf = filled(LARGER, 12);
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	/* TCP wakes a writer for this only when something else moves. */
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	if (toy_kind_is_inet(variant->kind))
		toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 10000));
	ret = toy_thread_join(&t);
	EXPECT_LT(0, ret);
	EXPECT_GT(LARGER, ret);
}

/* ------------------------------------------------------------- peer closes */

TEST_F(stream, peer_closes_clean__0_for_ever)
{
	char got[16];
	int i;

	ASSERT_EQ(3, send(self->fd[1], "abc", 3, 0));
	toy_close(&self->fd[1]);
	EXPECT_EQ(3, recv(self->fd[0], got, sizeof(got), 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
		EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), MSG_PEEK));
		EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), MSG_DONTWAIT));
		EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), MSG_WAITALL));
		EXPECT_EQ(0, read(self->fd[0], got, sizeof(got)));
	}
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[0], FIONREAD));
}

TEST_F(stream, peer_closes_clean__poll_bits)
{
	short all = POLLIN | POLLRDHUP | POLLOUT | POLLPRI;
	int revents;

	toy_close(&self->fd[1]);
	revents = toy_poll(self->fd[0], POLLRDHUP, 5000);
	EXPECT_TRUE(revents & POLLRDHUP);
	revents = toy_poll(self->fd[0], all, 5000);
	EXPECT_TRUE(revents & POLLIN);
	EXPECT_TRUE(revents & POLLRDHUP);
	EXPECT_FALSE(revents & (POLLERR | POLLPRI));
	/* With TCP the other direction may still be open. */
	if (!toy_kind_is_inet(variant->kind))
		EXPECT_TRUE(revents & POLLHUP);
}

TEST_F(stream, peer_closes_clean__wakes_a_blocked_reader)
{
	char got[16];
	struct transfer in = { .fd = self->fd[0], .buf = got, .len = 16 };
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_once, &in));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(0, toy_thread_join(&t));
}

TEST_F(stream, peer_closes_unread__one_econnreset_then_0)
{
	char got[16];
	int i;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	toy_close(&self->fd[1]);
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, sizeof(got), 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
}

TEST_F(stream, peer_closes_unread__what_it_sent_comes_first)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	ASSERT_EQ(5, send(self->fd[1], "first", 5, 0));
	ASSERT_EQ(5, wait_queued(self->fd[0], 5));
	toy_close(&self->fd[1]);
	EXPECT_EQ(5, recv(self->fd[0], got, sizeof(got), 0));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, sizeof(got), 0));
	EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
}

TEST_F(stream, peer_closes_unread__so_error_takes_it)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	toy_close(&self->fd[1]);
	EXPECT_TRUE(toy_poll(self->fd[0], POLLIN, 5000) & POLLERR);
	EXPECT_EQ(ECONNRESET, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_FALSE(toy_poll(self->fd[0], POLLIN, 0) & POLLERR);
	EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
}

TEST_F(stream, peer_closes_unread__wakes_a_blocked_reader)
{
	char got[16];
	struct transfer in = { .fd = self->fd[0], .buf = got, .len = 16 };
	struct toy_thread t;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	ASSERT_OK(toy_thread_start(&t, recv_once, &in));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
}

/* A peer that has read half of one send has not read it. */
TEST_F(stream, peer_closes_half_read__econnreset)
{
	char got[16];

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 3, 0));
	toy_close(&self->fd[1]);
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, sizeof(got), 0));
	EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
}

TEST_F(stream, peer_closes_after_peek__econnreset)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 3, MSG_PEEK));
	toy_close(&self->fd[1]);
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, sizeof(got), 0));
}

/* AF_UNIX has no abortive close. */
TEST_F(stream, peer_lingers_0__econnreset)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	char got[16];

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX closes clean");
	ASSERT_OK(setsockopt(self->fd[1], SOL_SOCKET, SO_LINGER, &linger,
			     sizeof(linger)));
	toy_close(&self->fd[1]);
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, sizeof(got), 0));
	EXPECT_EQ(0, recv(self->fd[0], got, sizeof(got), 0));
}

/* ------------------------------------------------------- zero-length calls */

TEST_F(stream, zero_length_receive__of_an_empty_queue)
{
	char got[1];

	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 0, MSG_DONTWAIT));
	/* read(2) never reaches the socket */
	EXPECT_EQ(0, read(self->fd[1], got, 0));
}

TEST_F(stream, zero_length_receive__consumes_nothing)
{
	char got[4];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, wait_queued(self->fd[1], 3));
	EXPECT_EQ(0, recv(self->fd[1], got, 0, 0));
	EXPECT_EQ(0, recv(self->fd[1], NULL, 0, MSG_PEEK));
	EXPECT_EQ(0, recv(self->fd[1], NULL, 0, MSG_WAITALL));
	EXPECT_EQ(0, read(self->fd[1], got, 0));
	EXPECT_EQ(0, readv(self->fd[1], NULL, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 4, 0));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
}

TEST_F(stream, zero_length_receive__at_end_of_file)
{
	char got[1];

	toy_close(&self->fd[0]);
	EXPECT_TRUE(toy_poll(self->fd[1], POLLIN, 5000) & POLLIN);
	EXPECT_EQ(0, recv(self->fd[1], got, 0, 0));
	EXPECT_EQ(0, recv(self->fd[1], got, 1, 0));
}

TEST_F(stream, zero_length_send__sends_nothing)
{
	char got[4];

	EXPECT_EQ(0, send(self->fd[0], NULL, 0, 0));
	EXPECT_EQ(0, send(self->fd[0], "", 0, MSG_DONTWAIT));
	EXPECT_EQ(0, write(self->fd[0], "", 0));
	EXPECT_EQ(0, writev(self->fd[0], NULL, 0));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLIN, 50));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, send(self->fd[0], "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 4, 0));
}

/* ----------------------------------------------------- SO_SNDBUF enlarged */

TEST_F(stream, sndbuf_enlarged__unblocks_a_writer)
{
	struct transfer out = { .fd = self->fd[0], .buf = "x", .len = 1 };
	struct toy_thread t;

	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 10000));
	ASSERT_OK(fill_up(self->fd[0]));
	ASSERT_OK(toy_thread_start(&t, send_once, &out));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 200000));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(1, toy_thread_join(&t));
}

TEST_F(stream, sndbuf_enlarged__wakes_a_poller)
{
	int epoll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLOUT };

	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 10000));
	ASSERT_OK(fill_up(self->fd[0]));
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd[0], &e));
	EXPECT_EQ(0, epoll_wait(epoll, &e, 1, 50));
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 200000));
	EXPECT_EQ(1, epoll_wait(epoll, &e, 1, 5000));
	EXPECT_EQ(1, send(self->fd[0], "x", 1, MSG_DONTWAIT));
	toy_close(&epoll);
}

/* -------------------------------------------------------------- half-close */

FIXTURE(bulk) {
	int fd[2];
};

FIXTURE_VARIANT(bulk) {
	struct toy_kind kind;
};

TOY_VARIANTS(bulk, VARIANTS_STREAM)

FIXTURE_SETUP(bulk)
{
	toy_guard(170);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(bulk)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/*
 * @from sends all and shuts down, @to echoes and does so at end of file. The
 * first place that is wrong, -1 for none, -2 for a failed call.
 */
static long echo_bulk(int from, int to)
{
	struct transfer out = { .fd = from, .len = BULK, .chunk = 200003,
				.shut = true };
	struct transfer back = { .fd = to, .out = to, .chunk = 150001 };
	char *got = malloc(BULK);
	struct toy_thread t[2];
	long wrong = -2;
	char end;

	out.buf = filled(BULK, 13);
	if (!toy_thread_start(&t[0], send_chunks, &out) &&
	    !toy_thread_start(&t[1], echo, &back) &&
	    toy_recv_all(from, got, BULK) == BULK &&
	    recv(from, &end, 1, 0) == 0 &&
	    toy_thread_join(&t[0]) == BULK &&
	    toy_thread_join(&t[1]) == BULK)
		wrong = toy_check(got, BULK, 13);
	free(out.buf);
	free(got);
	return wrong;
}

TEST_F_TIMEOUT(bulk, half_close__caller_first_31_mb_echoed, 180)
{
	EXPECT_EQ(-1, echo_bulk(self->fd[0], self->fd[1]));
}

TEST_F_TIMEOUT(bulk, half_close__called_first_31_mb_echoed, 180)
{
	EXPECT_EQ(-1, echo_bulk(self->fd[1], self->fd[0]));
}

/* Shut down before there is anything: the other direction is whole. */
TEST_F_TIMEOUT(bulk, half_close__before_any_data_31_mb_the_other_way, 180)
{
	struct transfer out = { .fd = self->fd[1], .len = BULK,
				.chunk = 100003, .shut = true };
	char *got = malloc(BULK);
	struct toy_thread t;
	char end;

	out.buf = filled(BULK, 14);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(0, recv(self->fd[1], &end, 1, 0));
	ASSERT_OK(toy_thread_start(&t, send_chunks, &out));
	EXPECT_EQ(BULK, toy_recv_all(self->fd[0], got, BULK));
	EXPECT_EQ(0, recv(self->fd[0], &end, 1, 0));
	EXPECT_EQ(BULK, toy_thread_join(&t));
	EXPECT_EQ(-1, toy_check(got, BULK, 14));
	EXPECT_EQ(0, recv(self->fd[1], &end, 1, 0));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
}

/* Both directions at once, each ends on its own. */
TEST_F_TIMEOUT(bulk, both_ways_at_once__31_mb_each, 180)
{
	struct transfer out[2], in[2];
	struct toy_thread t[4];
	char end;
	int i;

	for (i = 0; i < 2; i++) {
		out[i] = (struct transfer){ .fd = self->fd[i], .len = BULK,
					    .chunk = 65536 + i, .shut = true };
		out[i].buf = filled(BULK, 15 + i);
		in[i] = (struct transfer){ .fd = self->fd[1 - i], .len = BULK };
		in[i].buf = malloc(BULK);
		ASSERT_OK(toy_thread_start(&t[i], send_chunks, &out[i]));
		ASSERT_OK(toy_thread_start(&t[2 + i], recv_whole, &in[i]));
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(BULK, toy_thread_join(&t[i]));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-1, toy_check(in[i].buf, BULK, 15 + i));
		EXPECT_EQ(0, recv(self->fd[i], &end, 1, 0));
	}
}

/* ------------------------------------------------- urgent data, as TCP has it */

FIXTURE(urgent) {
	int fd[2];
};

FIXTURE_VARIANT(urgent) {
	struct toy_kind kind;
};

TOY_VARIANTS(urgent, VARIANT_TOY_STREAM | VARIANT_TCP)

FIXTURE_SETUP(urgent)
{
	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(urgent)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/* Sends "abc", urgent "X", "def" and waits until it is all there. */
static int send_mixed(int from, int to)
{
	if (send(from, "abc", 3, 0) != 3 || send(from, "X", 1, MSG_OOB) != 1 ||
	    send(from, "def", 3, 0) != 3)
		return -1;
	/* What follows the mark is not in FIONREAD. */
	return toy_poll(to, POLLPRI, 5000) == POLLPRI &&
	       wait_queued(to, 3) == 3 ? 0 : -1;
}

TEST_F(urgent, recv_oob__takes_the_byte)
{
	char got[16];

	ASSERT_EQ(1, send(self->fd[0], "X", 1, MSG_OOB));
	ASSERT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 5000));
	EXPECT_EQ(1, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_EQ('X', got[0]);
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, sizeof(got), MSG_DONTWAIT));
}

TEST_F(urgent, recv_oob__none_is_einval)
{
	char got[16];

	EXPECT_ERR(EINVAL, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
}

TEST_F(urgent, recv_oob__twice_is_einval)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(1, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, sizeof(got), MSG_OOB));
}

TEST_F(urgent, recv_oob__peek_leaves_it)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(1, recv(self->fd[1], got, 16, MSG_OOB | MSG_PEEK));
	EXPECT_EQ('X', got[0]);
	EXPECT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 16, MSG_OOB));
	EXPECT_EQ('X', got[0]);
}

TEST_F(urgent, recv_oob__says_so_in_msg_flags)
{
	char got[16];
	struct iovec iov = { got, sizeof(got) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(1, recvmsg(self->fd[1], &msg, MSG_OOB));
	EXPECT_EQ(MSG_OOB, msg.msg_flags);
	EXPECT_EQ(3, recvmsg(self->fd[1], &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
}

TEST_F(urgent, recv_oob__of_length_0)
{
	struct iovec iov = { NULL, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(0, recvmsg(self->fd[1], &msg, MSG_OOB));
	EXPECT_EQ(MSG_OOB | MSG_TRUNC, msg.msg_flags);
}

TEST_F(urgent, recv_oob__bad_buffer_is_efault)
{
	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_ERR(EFAULT, recv(self->fd[1], toy_page_bad(), 1, MSG_OOB));
}

TEST_F(urgent, recv_oob__never_waits)
{
	char got[1];

	/* a blocking socket, and nothing will ever come */
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB | MSG_WAITALL));
}

TEST_F(urgent, send_oob__the_last_byte_is_urgent)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abX", 3, MSG_OOB));
	ASSERT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 5000));
	EXPECT_EQ(2, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "ab", 2));
	EXPECT_EQ(1, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_EQ('X', got[0]);
}

TEST_F(urgent, send_oob__of_length_0_marks_nothing)
{
	char got[16];

	EXPECT_EQ(0, send(self->fd[0], "", 0, MSG_OOB));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLPRI, 50));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB));
}

TEST_F(urgent, send_oob__full_is_eagain)
{
	ASSERT_OK(fill_up(self->fd[0]));
	EXPECT_ERR(EAGAIN, send(self->fd[0], "X", 1, MSG_OOB | MSG_DONTWAIT));
}

TEST_F(urgent, send_oob__after_shutdown_is_epipe)
{
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_ERR(EPIPE, send(self->fd[0], "X", 1, MSG_OOB | MSG_NOSIGNAL));
}

TEST_F(urgent, read__stops_at_the_mark)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "def", 3));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 1, MSG_DONTWAIT));
}

TEST_F(urgent, read__stops_at_the_mark_although_taken)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(1, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "def", 3));
}

TEST_F(urgent, read__waitall_stops_at_the_mark)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, 6, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
	EXPECT_EQ(3, recv(self->fd[1], got, 3, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(got, "def", 3));
}

TEST_F(urgent, read__peek_stops_at_the_mark)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), MSG_PEEK));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), MSG_PEEK));
	EXPECT_EQ(0, memcmp(got, "def", 3));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "def", 3));
}

/* Read past, it is lost. */
TEST_F(urgent, read__past_the_mark_skips_the_byte)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 1, 0));
	EXPECT_EQ('d', got[0]);
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLPRI, 0));
	EXPECT_EQ(2, recv(self->fd[1], got, sizeof(got), 0));
}

TEST_F(urgent, read__byte_alone_wakes_nobody)
{
	char got[16];
	struct transfer in = { .fd = self->fd[1], .buf = got, .len = 16 };
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_once, &in));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(1, send(self->fd[0], "X", 1, MSG_OOB));
	EXPECT_FALSE(toy_thread_done(&t, 50));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(3, toy_thread_join(&t));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
}

TEST_F(urgent, read__end_of_file_after_the_mark)
{
	char got[16];

	ASSERT_EQ(1, send(self->fd[0], "X", 1, MSG_OOB));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_TRUE(toy_poll(self->fd[1], POLLRDHUP, 5000) & POLLRDHUP);
	EXPECT_EQ(0, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, recv(self->fd[1], got, sizeof(got), 0));
}

TEST_F(urgent, siocatmark__before_at_and_after)
{
	char got[16];

	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
	ASSERT_EQ(2, recv(self->fd[1], got, 2, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
	ASSERT_EQ(1, recv(self->fd[1], got, 2, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], SIOCATMARK));
	EXPECT_EQ(1, sockatmark(self->fd[1]));
	/* taking the byte does not move the reader */
	ASSERT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], SIOCATMARK));
	ASSERT_EQ(1, recv(self->fd[1], got, 1, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
}

TEST_F(urgent, fionread__up_to_the_mark)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, toy_ioctl_int(self->fd[1], FIONREAD));
	ASSERT_EQ(2, recv(self->fd[1], got, 2, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], FIONREAD));
	ASSERT_EQ(1, recv(self->fd[1], got, 1, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], FIONREAD));
	ASSERT_EQ(1, recv(self->fd[1], got, 1, 0));
	EXPECT_EQ(2, toy_ioctl_int(self->fd[1], FIONREAD));
}

TEST_F(urgent, oobinline__is_in_its_place)
{
	char got[16];

	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_OOBINLINE, 1));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(1, send(self->fd[0], "X", 1, MSG_OOB));
	ASSERT_EQ(3, send(self->fd[0], "def", 3, 0));
	ASSERT_EQ(7, wait_queued(self->fd[1], 7));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], SIOCATMARK));
	EXPECT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 0));
	EXPECT_EQ(4, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "Xdef", 4));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLPRI, 0));
}

TEST_F(urgent, oobinline__set_after_the_byte_came)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_OOBINLINE, 1));
	EXPECT_ERR(EINVAL, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(4, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "Xdef", 4));
}

TEST_F(urgent, second_byte__makes_the_first_ordinary)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	ASSERT_EQ(1, send(self->fd[0], "Y", 1, MSG_OOB));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	ASSERT_EQ(7, wait_queued(self->fd[1], 7));
	EXPECT_EQ(1, recv(self->fd[1], got, sizeof(got), MSG_OOB));
	EXPECT_EQ('Y', got[0]);
	EXPECT_EQ(7, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "abcXdef", 7));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], SIOCATMARK));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "ghi", 3));
}

TEST_F(urgent, second_byte__while_the_reader_is_at_the_mark)
{
	char got[16];

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, 3, 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ(1, toy_ioctl_int(self->fd[1], SIOCATMARK));
	ASSERT_EQ(1, send(self->fd[0], "Y", 1, MSG_OOB));
	ASSERT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 5000));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], SIOCATMARK));
	EXPECT_EQ(3, recv(self->fd[1], got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, "def", 3));
	EXPECT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
	EXPECT_EQ('Y', got[0]);
}

TEST_F(urgent, many_bytes__each_taken_in_turn)
{
	char got[16];
	int i;

	for (i = 0; i < 50; i++) {
		char byte = 'A' + i % 26;

		ASSERT_EQ(1, send(self->fd[0], "o", 1, 0));
		ASSERT_EQ(1, send(self->fd[0], &byte, 1, MSG_OOB));
		ASSERT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 5000));
		ASSERT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
		ASSERT_EQ(byte, got[0]);
		ASSERT_EQ(1, recv(self->fd[1], got, sizeof(got), 0));
		ASSERT_EQ('o', got[0]);
	}
}

TEST_F(urgent, poll__pri_until_it_is_taken)
{
	char got[16];
	int revents;

	EXPECT_EQ(0, toy_poll(self->fd[1], POLLPRI, 0));
	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	revents = toy_poll(self->fd[1], POLLPRI | POLLIN, 0);
	EXPECT_EQ(POLLPRI | POLLIN, revents);
	ASSERT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
	revents = toy_poll(self->fd[1], POLLPRI | POLLIN, 0);
	EXPECT_EQ(POLLIN, revents);
}

TEST_F(urgent, select__exceptional_condition)
{
	struct timeval tv = { .tv_sec = 5 };
	fd_set except;

	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	FD_ZERO(&except);
	FD_SET(self->fd[1], &except);
	EXPECT_EQ(1, select(self->fd[1] + 1, NULL, NULL, &except, &tv));
}

TEST_F(urgent, sigurg__to_the_owner)
{
	toy_signal_catch(SIGURG, 0);
	ASSERT_OK(fcntl(self->fd[1], F_SETOWN, getpid()));
	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(1, toy_signal_count(SIGURG));
}

TEST_F(urgent, sigurg__without_owner_none)
{
	toy_signal_catch(SIGURG, 0);
	ASSERT_OK(send_mixed(self->fd[0], self->fd[1]));
	EXPECT_EQ(0, toy_signal_count(SIGURG));
}

TEST_F(urgent, peer_closes__with_the_byte_taken_is_clean)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abX", 3, MSG_OOB));
	ASSERT_EQ(POLLPRI, toy_poll(self->fd[1], POLLPRI, 5000));
	ASSERT_EQ(2, recv(self->fd[1], got, 2, 0));
	ASSERT_EQ(1, recv(self->fd[1], got, 1, MSG_OOB));
	ASSERT_EQ(1, send(self->fd[1], "z", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], got, 1, 0));
}

/* Types that keep messages have none. */
TEST(urgent_messages__eopnotsupp)
{
	static const struct toy_kind kinds[] = {
		{ AF_TOY, SOCK_SEQPACKET }, { AF_TOY, SOCK_DGRAM },
	};
	char got[16];
	int fd[2];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (toy_pair(kinds[i], fd))
			SKIP(return, "no AF_TOY");
		EXPECT_ERR(EOPNOTSUPP, send(fd[0], "X", 1, MSG_OOB));
		EXPECT_ERR(EOPNOTSUPP, recv(fd[1], got, 16, MSG_OOB));
		toy_close(&fd[0]);
		toy_close(&fd[1]);
	}
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * 'Message types': the lines of that section in its order, for seqpacket and
 * dgram.
 */
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "toy_test.h"

/* ---------------------------------------------------------------- helpers */

/* recvmsg(2) of one buffer; msg_flags go to @flags. */
static ssize_t recv_flags(int fd, void *buf, size_t len, int in, int *flags)
{
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t ret = recvmsg(fd, &msg, in);

	*flags = ret < 0 ? 0 : msg.msg_flags;
	return ret;
}

/* UDP delivers when it pleases. */
static int wait_readable(int fd)
{
	return toy_poll(fd, POLLIN, 5000) == POLLIN ? 0 : -1;
}

static char *filled(size_t len, unsigned int seed)
{
	char *buf = malloc(len);

	if (!buf)
		abort();
	toy_fill(buf, len, seed);
	return buf;
}

/* One blocking call by a thread. */
struct call {
	int fd;
	char *buf;
	size_t len;
	int flags;
};

static long recv_once(void *arg)
{
	struct call *c = arg;

	return recv(c->fd, c->buf, c->len, c->flags);
}

static long send_once(void *arg)
{
	struct call *c = arg;

	return send(c->fd, c->buf, c->len, c->flags | MSG_NOSIGNAL);
}

/* --------------------------------------------------------------- fixtures */

FIXTURE(message) {
	int fd[2];
};

FIXTURE_VARIANT(message) {
	struct toy_kind kind;
};

TOY_VARIANTS(message, VARIANTS_MSG)

FIXTURE_SETUP(message)
{
	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(message)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/* Those whose senders wait for room. */
FIXTURE(bounded) {
	int fd[2];
};

FIXTURE_VARIANT(bounded) {
	struct toy_kind kind;
};

TOY_VARIANTS(bounded, VARIANTS_MSG & ~VARIANT_UDP)

FIXTURE_SETUP(bounded)
{
	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(bounded)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

FIXTURE(seqpacket) {
	int fd[2];
};

FIXTURE_VARIANT(seqpacket) {
	struct toy_kind kind;
};

TOY_VARIANTS(seqpacket, VARIANTS_SEQPACKET)

FIXTURE_SETUP(seqpacket)
{
	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(seqpacket)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/* A receiver that anybody may write to. */
FIXTURE(dgram) {
	struct toy_name name;
	int receiver;
	int fd[2];
};

FIXTURE_VARIANT(dgram) {
	struct toy_kind kind;
};

TOY_VARIANTS(dgram, VARIANTS_DGRAM)

FIXTURE_SETUP(dgram)
{
	toy_guard(25);
	self->fd[0] = -1;
	self->fd[1] = -1;
	self->receiver = toy_bound(variant->kind, &self->name);
	ASSERT_OK(self->receiver);
}

FIXTURE_TEARDOWN(dgram)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
	toy_close(&self->receiver);
}

/* ---------------------------------------------- one receive is one message */

TEST_F(message, receive__is_one_message)
{
	static const size_t sizes[] = { 1, 2, 100, 1, 4096, 4097, 30000, 7 };
	char *sent = malloc(30000), *got = malloc(60000);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		toy_fill(sent, sizes[i], i);
		ASSERT_EQ(sizes[i], send(self->fd[0], sent, sizes[i], 0));
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(sizes[i], recv(self->fd[1], got, 60000, 0));
		EXPECT_EQ(-1, toy_check(got, sizes[i], i));
	}
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 1, MSG_DONTWAIT));
}

TEST_F(message, receive__both_ways)
{
	char got[16];

	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_EQ(2, send(self->fd[1], "bb", 2, 0));
	ASSERT_EQ(3, send(self->fd[0], "ccc", 3, 0));
	EXPECT_EQ(2, recv(self->fd[0], got, 16, 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, memcmp(got, "ccc", 3));
}

TEST_F(message, receive__read_and_readv_too)
{
	char a[2], b[16];
	struct iovec in[] = { { a, sizeof(a) }, { NULL, 0 }, { b, sizeof(b) } };

	ASSERT_EQ(3, write(self->fd[0], "abc", 3));
	ASSERT_EQ(6, write(self->fd[0], "ABCDEF", 6));
	EXPECT_EQ(3, read(self->fd[1], b, sizeof(b)));
	EXPECT_EQ(6, readv(self->fd[1], in, 3));
	EXPECT_EQ(0, memcmp(a, "AB", 2));
	EXPECT_EQ(0, memcmp(b, "CDEF", 4));
}

TEST_F(message, send__gathered_is_one_message)
{
	char *sent = filled(9001, 1), *got = malloc(10000);
	struct iovec out[] = { { sent, 1 }, { NULL, 0 }, { sent + 1, 5000 },
			       { sent + 5001, 4000 } };

	ASSERT_EQ(9001, writev(self->fd[0], out, 4));
	EXPECT_EQ(9001, recv(self->fd[1], got, 10000, 0));
	EXPECT_EQ(-1, toy_check(got, 9001, 1));
}

/* A few at a time: some of the families have short queues. */
TEST_F(message, receive__many_in_order)
{
	char sent[700], got[1000];
	int i, len;

	for (i = 0; i < 2003; i++) {
		if (i < 2000) {
			len = 1 + i * 7 % 700;
			toy_fill(sent, len, i);
			ASSERT_EQ(len, send(self->fd[0], sent, len, 0));
		}
		if (i >= 3) {
			len = 1 + (i - 3) * 7 % 700;
			ASSERT_EQ(len, recv(self->fd[1], got, 1000, 0));
			ASSERT_EQ(-1, toy_check(got, len, i - 3));
		}
	}
}

static long send_many(void *arg)
{
	struct call *c = arg;
	char *buf = malloc(20000);
	long i;

	for (i = 0; i < 2000; i++) {
		size_t len = i * 37 % 20000;

		toy_fill(buf, len, i);
		if (send(c->fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
	}
	free(buf);
	return i;
}

TEST_F(bounded, receive__many_from_a_blocking_sender)
{
	struct call c = { .fd = self->fd[0] };
	char *got = malloc(20000);
	struct toy_thread t;
	int i;

	ASSERT_OK(toy_thread_start(&t, send_many, &c));
	for (i = 0; i < 2000; i++) {
		ssize_t len = i * 37 % 20000;

		ASSERT_EQ(len, recv(self->fd[1], got, 20000, 0));
		ASSERT_EQ(-1, toy_check(got, len, i));
	}
	EXPECT_EQ(2000, toy_thread_join(&t));
}

/* ------------------------------------------------- a buffer that is short */

TEST_F(message, short_buffer__drops_the_rest)
{
	char got[16];
	int flags;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(4, recv_flags(self->fd[1], got, 4, 0, &flags));
	EXPECT_EQ(0, memcmp(got, "abcd", 4));
	EXPECT_EQ(MSG_TRUNC, flags);
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, memcmp(got, "ghi", 3));
	EXPECT_EQ(0, flags);
}

TEST_F(message, short_buffer__exact_one_is_none)
{
	char got[16];
	int flags;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	EXPECT_EQ(6, recv_flags(self->fd[1], got, 6, 0, &flags));
	EXPECT_EQ(0, flags);
}

TEST_F(message, short_buffer__writes_no_byte_more)
{
	char got[16];

	memset(got, 'z', sizeof(got));
	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	EXPECT_EQ(4, recv(self->fd[1], got, 4, 0));
	EXPECT_EQ('z', got[4]);
}

TEST_F(message, short_buffer__read_drops_the_rest_too)
{
	char got[16];

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(2, read(self->fd[1], got, 2));
	EXPECT_EQ(3, read(self->fd[1], got, 16));
	EXPECT_EQ(0, memcmp(got, "ghi", 3));
}

TEST_F(message, short_buffer__peek_drops_nothing)
{
	char got[16];
	int flags;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	EXPECT_EQ(4, recv_flags(self->fd[1], got, 4, MSG_PEEK, &flags));
	EXPECT_EQ(MSG_TRUNC, flags);
	EXPECT_EQ(6, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, memcmp(got, "abcdef", 6));
}

TEST_F(message, short_buffer__none_at_all)
{
	int flags;
	char got[16];

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(0, recv_flags(self->fd[1], NULL, 0, 0, &flags));
	EXPECT_EQ(MSG_TRUNC, flags);
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
}

TEST_F(message, msg_trunc__returns_the_true_length)
{
	char got[16];
	int flags;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(6, recv_flags(self->fd[1], got, 4, MSG_TRUNC, &flags));
	EXPECT_EQ(MSG_TRUNC, flags);
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, MSG_TRUNC, &flags));
	EXPECT_EQ(0, memcmp(got, "ghi", 3));
	EXPECT_EQ(0, flags);
}

TEST_F(message, msg_trunc__with_peek)
{
	char got[16];
	int i;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(6, recv(self->fd[1], got, 2, MSG_PEEK | MSG_TRUNC));
	EXPECT_EQ(6, recv(self->fd[1], got, 16, 0));
}

TEST_F(message, msg_trunc__with_a_zero_length_buffer)
{
	char got[16];
	int flags;

	ASSERT_EQ(6, send(self->fd[0], "abcdef", 6, 0));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(6, recv(self->fd[1], NULL, 0, MSG_PEEK | MSG_TRUNC));
	EXPECT_EQ(6, recv_flags(self->fd[1], got, 0, MSG_TRUNC, &flags));
	EXPECT_EQ(MSG_TRUNC, flags);
	EXPECT_EQ(3, recv(self->fd[1], NULL, 0, MSG_PEEK | MSG_TRUNC));
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
}

/* As programs do it that learn the size first. */
TEST_F(message, msg_trunc__learn_the_length_then_receive)
{
	char *sent = filled(20000, 2);
	char *got;
	ssize_t len;

	ASSERT_EQ(20000, send(self->fd[0], sent, 20000, 0));
	len = recv(self->fd[1], NULL, 0, MSG_PEEK | MSG_TRUNC);
	ASSERT_EQ(20000, len);
	EXPECT_EQ(20000, toy_ioctl_int(self->fd[1], FIONREAD));
	got = malloc(len);
	EXPECT_EQ(len, recv(self->fd[1], got, len, 0));
	EXPECT_EQ(-1, toy_check(got, len, 2));
}

/* ---------------------------------------------------- messages of length 0 */

TEST_F(message, zero_length__travels)
{
	char got[16] = "untouched";
	int flags;

	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_EQ(0, send(self->fd[0], "", 0, 0));
	ASSERT_EQ(1, send(self->fd[0], "b", 1, 0));
	EXPECT_EQ(1, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ('a', got[0]);
	EXPECT_EQ(0, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ('a', got[0]);
	EXPECT_EQ(1, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ('b', got[0]);
}

TEST_F(message, zero_length__can_be_polled_for)
{
	char got[16];

	EXPECT_EQ(0, toy_poll(self->fd[1], POLLIN, 0));
	ASSERT_EQ(0, send(self->fd[0], NULL, 0, 0));
	EXPECT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 5000));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], FIONREAD));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, MSG_PEEK));
	EXPECT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 0));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLIN, 0));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 16, MSG_DONTWAIT));
}

TEST_F(message, zero_length__by_sendmsg_without_buffers)
{
	struct msghdr msg = { };
	char got[16];

	ASSERT_EQ(0, sendmsg(self->fd[0], &msg, 0));
	ASSERT_OK(wait_readable(self->fd[1]));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, 0));
}

TEST_F(message, zero_length__wakes_a_blocked_reader)
{
	char got[16];
	struct call c = { self->fd[1], got, sizeof(got), 0 };
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(0, send(self->fd[0], NULL, 0, 0));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(0, toy_thread_join(&t));
}

/* They take memory too: nobody may send them without end. */
TEST_F(bounded, zero_length__are_bounded)
{
	long count = 0;

	while (count < 100000 &&
	       !send(self->fd[0], NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL))
		count++;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LT(0, count);
	EXPECT_GT(100000, count);
}

/* --------------------------------------------------------- larger than all */

TEST_F(message, emsgsize__nothing_is_queued)
{
	size_t len = toy_opt_get(self->fd[0], SOL_SOCKET, SO_SNDBUF) + 1;
	char *sent, got[16];

	/* what fits into a packet counts with UDP */
	if (len < 70000)
		len = 70000;
	sent = calloc(1, len);
	EXPECT_ERR(EMSGSIZE, send(self->fd[0], sent, len, 0));
	EXPECT_ERR(EMSGSIZE, send(self->fd[0], sent, len, MSG_DONTWAIT));
	EXPECT_EQ(0, toy_poll(self->fd[1], POLLIN, 50));
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_OK(wait_readable(self->fd[1]));
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
}

TEST_F(bounded, emsgsize__follows_so_sndbuf)
{
	int room, i;
	char *sent = calloc(1, 200000), *got = malloc(200000);

	for (i = 5000; i < 90000; i += 20000) {
		ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, i));
		room = toy_opt_get(self->fd[0], SOL_SOCKET, SO_SNDBUF);
		EXPECT_ERR(EMSGSIZE, send(self->fd[0], sent, room + 1,
					  MSG_DONTWAIT));
		EXPECT_ERR(EMSGSIZE, send(self->fd[0], sent, room - 31,
					  MSG_DONTWAIT));
		EXPECT_EQ(room - 32, send(self->fd[0], sent, room - 32,
					  MSG_DONTWAIT));
		EXPECT_EQ(room - 32, recv(self->fd[1], got, 200000,
					  MSG_DONTWAIT));
	}
}

TEST_F(bounded, large__of_so_sndbuf_less_32)
{
	char *sent, *got;
	size_t len;

	if (toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUFFORCE, 2000000))
		SKIP(return, "needs CAP_NET_ADMIN");
	len = toy_opt_get(self->fd[0], SOL_SOCKET, SO_SNDBUF) - 32;
	sent = filled(len, 3);
	got = malloc(len);
	ASSERT_EQ(len, send(self->fd[0], sent, len, 0));
	ASSERT_EQ(len, recv(self->fd[1], got, len, 0));
	EXPECT_EQ(-1, toy_check(got, len, 3));
}

/* ------------------------------------------------------ MSG_WAITALL, MSG_EOR */

TEST_F(message, waitall__never_joins)
{
	char got[16];
	int flags;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, send(self->fd[0], "def", 3, 0));
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 6, MSG_WAITALL, &flags));
	EXPECT_EQ(0, memcmp(got, "abc", 3));
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 6, MSG_WAITALL, &flags));
	EXPECT_EQ(0, memcmp(got, "def", 3));
}

TEST_F(message, waitall__blocks_for_one)
{
	char got[16];
	struct call c = { self->fd[1], got, sizeof(got), MSG_WAITALL };
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(3, toy_thread_join(&t));
}

/* AF_UNIX has no records within a connection. */
TEST_F(seqpacket, msg_eor__marks_what_was_sent_with_it)
{
	char got[16];
	int flags;

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX never sets MSG_EOR");
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, send(self->fd[0], "def", 3, MSG_EOR));
	ASSERT_EQ(3, send(self->fd[0], "ghi", 3, 0));
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, MSG_PEEK, &flags));
	EXPECT_EQ(MSG_EOR, flags);
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags);
	EXPECT_EQ(3, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, flags);
}

TEST_F(seqpacket, msg_eor__with_msg_trunc)
{
	char got[16];
	int flags;

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX never sets MSG_EOR");
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, MSG_EOR));
	EXPECT_EQ(2, recv_flags(self->fd[1], got, 2, 0, &flags));
	EXPECT_EQ(MSG_EOR | MSG_TRUNC, flags);
	ASSERT_EQ(0, send(self->fd[0], "", 0, MSG_EOR));
	EXPECT_EQ(0, recv_flags(self->fd[1], got, 2, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags);
}

/* --------------------------------------------------- seqpacket: end of file */

TEST_F(seqpacket, end_of_file__after_the_last_message)
{
	char got[16];
	int flags;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(0, send(self->fd[0], "", 0, 0));
	ASSERT_EQ(2, send(self->fd[0], "de", 2, 0));
	toy_close(&self->fd[0]);
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(2, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, recv_flags(self->fd[1], got, 16, 0, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ(0, recv(self->fd[1], got, 16, MSG_WAITALL));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, MSG_DONTWAIT));
	EXPECT_ERR(EPIPE, send(self->fd[1], "x", 1, MSG_NOSIGNAL));
}

TEST_F(seqpacket, end_of_file__after_shutdown)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(2, send(self->fd[1], "de", 2, 0));
	EXPECT_EQ(2, recv(self->fd[0], got, 16, 0));
}

TEST_F(seqpacket, end_of_file__wakes_a_blocked_reader)
{
	char got[16];
	struct call c = { self->fd[1], got, sizeof(got), 0 };
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(0, toy_thread_join(&t));
}

TEST_F(seqpacket, peer_closes_unread__one_econnreset_then_0)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[1], "abc", 3, 0));
	ASSERT_EQ(2, send(self->fd[0], "de", 2, 0));
	toy_close(&self->fd[1]);
	/* AF_UNIX reports before it delivers */
	if (toy_kind_is_toy(variant->kind))
		EXPECT_EQ(3, recv(self->fd[0], got, 16, 0));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], got, 16, 0));
	if (!toy_kind_is_toy(variant->kind))
		EXPECT_EQ(3, recv(self->fd[0], got, 16, 0));
	EXPECT_EQ(0, recv(self->fd[0], got, 16, 0));
	EXPECT_EQ(0, recv(self->fd[0], got, 16, 0));
}

/* All of a message or nothing: no part is left by a writer that gave up. */
TEST_F(seqpacket, blocked_writer__peer_closes)
{
	char *sent = filled(3000, 4);
	struct call c = { self->fd[0], sent, 3000, 0 };
	struct toy_thread t;

	ASSERT_LT(0, toy_send_full(self->fd[0], 3000));
	ASSERT_OK(toy_thread_start(&t, send_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->fd[1]);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_TRUE(errno == EPIPE || errno == ECONNRESET);
}

TEST_F(seqpacket, blocked_writer__interrupted_has_sent_nothing)
{
	char *sent = filled(3000, 5), *got = malloc(3000);
	struct call c = { self->fd[0], sent, 3000, 0 };
	struct toy_thread t;
	long count, i;

	toy_signal_catch(SIGUSR1, 0);
	count = toy_send_full(self->fd[0], 3000);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_thread_start(&t, send_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_EQ(EINTR, errno);
	for (i = 0; i < count; i++)
		EXPECT_EQ(3000, recv(self->fd[1], got, 3000, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], got, 3000, MSG_DONTWAIT));
}

/* -------------------------------------------------- dgram: what it is not */

TEST_F(dgram, listen_accept__eopnotsupp)
{
	EXPECT_ERR(EOPNOTSUPP, listen(self->receiver, 1));
	EXPECT_ERR(EOPNOTSUPP, accept(self->receiver, NULL, NULL));
	EXPECT_EQ(0, toy_opt_get(self->receiver, SOL_SOCKET, SO_ACCEPTCONN));
	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_ERR(EOPNOTSUPP, listen(self->fd[0], 1));
	EXPECT_ERR(EOPNOTSUPP, accept(self->fd[0], NULL, NULL));
}

/* ---------------------------------------------- dgram: connect, disconnect */

TEST_F(dgram, connect__sends_go_to_the_peer)
{
	struct toy_name name;
	char got[16];

	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, write(self->fd[0], "def", 3));
	EXPECT_EQ(3, recv(self->receiver, got, 16, 0));
	EXPECT_EQ(3, recv(self->receiver, got, 16, 0));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &name));
	EXPECT_TRUE(toy_name_equal(&self->name, &name));
}

TEST_F(dgram, reconnect__sends_go_to_the_new_peer)
{
	struct toy_name second, name;
	char got[16];

	self->fd[1] = toy_bound(variant->kind, &second);
	ASSERT_OK(self->fd[1]);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	ASSERT_OK(toy_connect(self->fd[0], &second));
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
	EXPECT_ERR(EAGAIN, recv(self->receiver, got, 16, MSG_DONTWAIT));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &name));
	EXPECT_TRUE(toy_name_equal(&second, &name));
	/* and back again, often */
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, recv(self->receiver, got, 16, 0));
}

TEST_F(dgram, reconnect__hears_only_the_new_peer)
{
	struct toy_name second, mine;
	char got[16];
	int ret;

	self->fd[1] = toy_bound(variant->kind, &second);
	self->fd[0] = toy_bound(variant->kind, &mine);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(3, toy_sendto(self->receiver, "one", 3, 0, &mine));
	ASSERT_OK(wait_readable(self->fd[0]));
	EXPECT_EQ(3, recv(self->fd[0], got, 16, 0));

	ASSERT_OK(toy_connect(self->fd[0], &second));
	ret = toy_sendto(self->receiver, "two", 3, 0, &mine);
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(ECONNREFUSED, errno);
	}
	EXPECT_EQ(5, toy_sendto(self->fd[1], "three", 5, 0, &mine));
	ASSERT_OK(wait_readable(self->fd[0]));
	EXPECT_EQ(5, recv(self->fd[0], got, 16, 0));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], got, 16, MSG_DONTWAIT));
}

TEST_F(dgram, connected__sendto_another_address)
{
	struct toy_name second;
	char got[16];

	self->fd[1] = toy_bound(variant->kind, &second);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	EXPECT_EQ(3, toy_sendto(self->fd[0], "abc", 3, 0, &second));
	EXPECT_EQ(3, toy_recv(self->fd[1], got, 16, 0, 5000));
	EXPECT_ERR(EAGAIN, recv(self->receiver, got, 16, MSG_DONTWAIT));
	/* still connected to the first */
	EXPECT_EQ(2, send(self->fd[0], "de", 2, 0));
	EXPECT_EQ(2, toy_recv(self->receiver, got, 16, 0, 5000));
}

TEST_F(dgram, af_unspec__disconnects)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct toy_name mine, name;
	char got[16];

	self->fd[0] = toy_bound(variant->kind, &mine);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_ERR(EINVAL, connect(self->fd[0], &unspec, 1));
	ASSERT_OK(connect(self->fd[0], &unspec, sizeof(sa_family_t)));
	EXPECT_ERR(ENOTCONN, toy_name_of_peer(self->fd[0], &name));
	errno = 0;
	EXPECT_EQ(-1, send(self->fd[0], "x", 1, 0));
	EXPECT_TRUE(errno == ENOTCONN || errno == EDESTADDRREQ);

	/* It has its name still and hears everybody. */
	ASSERT_OK(toy_name_of(self->fd[0], &name));
	EXPECT_TRUE(toy_name_equal(&mine, &name));
	self->fd[1] = toy_socket(variant->kind, 0);
	EXPECT_EQ(3, toy_sendto(self->fd[1], "abc", 3, 0, &mine));
	EXPECT_EQ(3, toy_recv(self->fd[0], got, 16, 0, 5000));
	EXPECT_EQ(2, toy_sendto(self->receiver, "de", 2, 0, &mine));
	EXPECT_EQ(2, toy_recv(self->fd[0], got, 16, 0, 5000));
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(1, send(self->fd[0], "x", 1, 0));
}

TEST_F(dgram, af_unspec__of_an_unconnected_socket)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_OK(connect(self->fd[0], &unspec, sizeof(unspec)));
	EXPECT_OK(connect(self->receiver, &unspec, sizeof(unspec)));
	EXPECT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
}

TEST_F(dgram, self_connect__hears_itself)
{
	struct toy_name name, other;
	char got[16];
	int i;

	ASSERT_OK(toy_connect(self->receiver, &self->name));
	ASSERT_OK(toy_name_of_peer(self->receiver, &name));
	EXPECT_TRUE(toy_name_equal(&self->name, &name));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(3, send(self->receiver, "abc", 3, 0));
		ASSERT_OK(wait_readable(self->receiver));
		other.len = sizeof(other.ss);
		EXPECT_EQ(3, recvfrom(self->receiver, got, 16, 0, &other.sa,
				      &other.len));
		EXPECT_TRUE(toy_name_equal(&self->name, &other));
	}
	EXPECT_ERR(EAGAIN, recv(self->receiver, got, 16, MSG_DONTWAIT));
}

TEST_F(dgram, self_connect__its_own_queue_fills)
{
	long count;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	ASSERT_OK(toy_connect(self->receiver, &self->name));
	count = toy_send_full(self->receiver, 1000);
	EXPECT_LT(0, count);
	EXPECT_EQ(0, toy_poll(self->receiver, POLLOUT, 50));
	EXPECT_EQ(count * 1000, toy_recv_empty(self->receiver));
	EXPECT_EQ(POLLOUT, toy_poll(self->receiver, POLLOUT, 1000));
	EXPECT_EQ(count, toy_send_full(self->receiver, 1000));
}

/* The name is what is connected to, not the socket. */
TEST_F(dgram, peer_bound_again__is_reached_by_the_old_connect)
{
	char got[16];

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX connects to the socket");
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	toy_close(&self->receiver);
	if (toy_kind_is_toy(variant->kind))
		EXPECT_ERR(ECONNREFUSED, send(self->fd[0], "x", 1, 0));
	self->receiver = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_bind(self->receiver, &self->name));
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, toy_recv(self->receiver, got, 16, 0, 5000));
}

/* ------------------------------------------- dgram: POLLOUT follows capacity */

TEST_F(bounded, pollout__follows_capacity)
{
	long count, left;
	char got[1000];
	int revents;

	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLOUT, 0));
	count = toy_send_full(self->fd[0], 1000);
	ASSERT_LT(0, count);
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLOUT, 50));
	EXPECT_ERR(EAGAIN, send(self->fd[0], got, 1000, MSG_DONTWAIT));
	for (left = count; left; left--)
		ASSERT_EQ(1000, recv(self->fd[1], got, 1000, MSG_DONTWAIT));
	revents = toy_poll(self->fd[0], POLLOUT, 1000);
	EXPECT_EQ(POLLOUT, revents);
	EXPECT_EQ(count, toy_send_full(self->fd[0], 1000));
}

/* When poll says so one message can be sent: no spinning. */
TEST_F(bounded, pollout__is_never_a_lie)
{
	char got[1000];
	int i;

	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	for (i = 0; i < 200; i++) {
		if (toy_poll(self->fd[0], POLLOUT, 0) == POLLOUT) {
			ASSERT_EQ(1000, send(self->fd[0], got, 1000,
					     MSG_DONTWAIT));
		} else {
			ASSERT_EQ(1000, recv(self->fd[1], got, 1000,
					     MSG_DONTWAIT));
		}
	}
}

TEST_F(bounded, pollout__edge_when_there_is_room_again)
{
	int epoll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };

	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd[0], &e));
	EXPECT_EQ(0, epoll_wait(epoll, &e, 1, 50));
	ASSERT_LT(0, toy_recv_empty(self->fd[1]));
	EXPECT_EQ(1, epoll_wait(epoll, &e, 1, 5000));
	EXPECT_TRUE(e.events & EPOLLOUT);
	toy_close(&epoll);
}

TEST_F(bounded, full__reading_wakes_a_blocked_sender)
{
	char *sent = filled(1000, 6), *got = malloc(1000);
	struct call c = { self->fd[0], sent, 1000, 0 };
	struct toy_thread t;
	long count;

	count = toy_send_full(self->fd[0], 1000);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_thread_start(&t, send_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	while (count--)
		ASSERT_EQ(1000, recv(self->fd[1], got, 1000, MSG_DONTWAIT));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(1000, toy_thread_join(&t));
	EXPECT_EQ(1000, recv(self->fd[1], got, 1000, MSG_DONTWAIT));
	EXPECT_EQ(-1, toy_check(got, 1000, 6));
}

TEST_F(bounded, full__sndtimeo_ends_a_blocked_sender)
{
	char *sent = filled(1000, 7);
	long long before;

	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	ASSERT_OK(toy_opt_timeo(self->fd[0], SO_SNDTIMEO, 200));
	before = toy_now();
	EXPECT_ERR(EAGAIN, send(self->fd[0], sent, 1000, 0));
	EXPECT_LE(150, toy_now() - before);
}

TEST_F(bounded, full__sndbuf_enlarged_lets_more_in)
{
	long count, more;

	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 5000));
	count = toy_send_full(self->fd[0], 100);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 50000));
	more = toy_send_full(self->fd[0], 100);
	/* AF_UNIX counts datagrams, not bytes */
	if (toy_kind_is_toy(variant->kind))
		EXPECT_LT(count, more);
}

/* Several senders blocked by one receiver. */
#define SENDERS 6

static int connect_senders(struct toy_kind kind, const struct toy_name *name,
			   int *fd)
{
	int i;

	for (i = 0; i < SENDERS; i++) {
		fd[i] = toy_connected(kind, name);
		if (fd[i] < 0)
			return -1;
	}
	return 0;
}

TEST_F(dgram, full_receiver__blocked_senders_all_wake)
{
	struct toy_thread t[SENDERS];
	struct call c[SENDERS];
	char *sent = filled(1000, 8);
	int fd[SENDERS], i;
	long count = 0;
	char got[1000];

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 8000));
	ASSERT_OK(connect_senders(variant->kind, &self->name, fd));
	for (i = 0; i < SENDERS; i++) {
		long n = toy_send_full(fd[i], 1000);

		ASSERT_LE(0, n);
		count += n;
	}
	for (i = 0; i < SENDERS; i++) {
		EXPECT_EQ(0, toy_poll(fd[i], POLLOUT, 0));
		c[i] = (struct call){ fd[i], sent, 1000, 0 };
		ASSERT_OK(toy_thread_start(&t[i], send_once, &c[i]));
		ASSERT_TRUE(toy_thread_sleeping(&t[i]));
	}
	for (count += SENDERS; count; count--)
		ASSERT_EQ(1000, toy_recv(self->receiver, got, 1000, 0, 5000));
	for (i = 0; i < SENDERS; i++) {
		ASSERT_TRUE(toy_thread_done(&t[i], 5000));
		EXPECT_EQ(1000, toy_thread_join(&t[i]));
		EXPECT_EQ(POLLOUT, toy_poll(fd[i], POLLOUT, 1000));
	}
	EXPECT_ERR(EAGAIN, recv(self->receiver, got, 1000, MSG_DONTWAIT));
}

TEST_F(dgram, full_receiver__epoll_wakes_all_senders)
{
	int fd[SENDERS], epoll = epoll_create1(0), i, n = 0;
	struct epoll_event e;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 8000));
	ASSERT_OK(connect_senders(variant->kind, &self->name, fd));
	for (i = 0; i < SENDERS; i++)
		ASSERT_LE(0, toy_send_full(fd[i], 1000));
	for (i = 0; i < SENDERS; i++) {
		e = (struct epoll_event){ .events = EPOLLOUT | EPOLLET,
					  .data.fd = i };
		ASSERT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd[i], &e));
	}
	EXPECT_EQ(0, epoll_wait(epoll, &e, 1, 50));
	ASSERT_LT(0, toy_recv_empty(self->receiver));
	while (n < SENDERS && epoll_wait(epoll, &e, 1, 2000) == 1)
		n++;
	EXPECT_EQ(SENDERS, n);
	toy_close(&epoll);
}

TEST_F(dgram, full_receiver__closing_refuses_a_blocked_sender)
{
	char *sent = filled(1000, 9);
	struct call c = { .buf = sent, .len = 1000 };
	struct toy_thread t;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	c.fd = self->fd[0];
	ASSERT_OK(toy_thread_start(&t, send_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->receiver);
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(-1, toy_thread_join(&t));
	EXPECT_TRUE(errno == ECONNREFUSED || errno == ECONNRESET);
}

/* Who must not send any more is told so, and does not keep others from it. */
TEST_F(dgram, full_receiver__that_connects_to_one_of_its_senders)
{
	char *sent = filled(1000, 12), got[1000];
	struct toy_name name[2];
	struct toy_thread t[2];
	struct call c[2];
	long count;
	int i;

	if (!toy_kind_is_toy(variant->kind))
		SKIP(return, "AF_UNIX and UDP have other ways");
	for (i = 0; i < 2; i++) {
		self->fd[i] = toy_bound(variant->kind, &name[i]);
		ASSERT_OK(toy_connect(self->fd[i], &self->name));
		c[i] = (struct call){ self->fd[i], sent, 1000, 0 };
	}
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 4000));
	count = toy_send_full(self->fd[0], 1000);
	ASSERT_LT(0, count);
	for (i = 0; i < 2; i++) {
		ASSERT_OK(toy_thread_start(&t[i], send_once, &c[i]));
		ASSERT_TRUE(toy_thread_sleeping(&t[i]));
	}
	ASSERT_OK(toy_connect(self->receiver, &name[1]));
	/* what was queued before stays, then comes the other one's */
	while (count--)
		ASSERT_EQ(1000, recv(self->receiver, got, 1000, MSG_DONTWAIT));
	ASSERT_TRUE(toy_thread_done(&t[0], 5000));
	EXPECT_EQ(-1, toy_thread_join(&t[0]));
	EXPECT_EQ(ECONNREFUSED, errno);
	ASSERT_TRUE(toy_thread_done(&t[1], 5000));
	EXPECT_EQ(1000, toy_thread_join(&t[1]));
	EXPECT_EQ(1000, recv(self->receiver, got, 1000, MSG_DONTWAIT));
}

/* ------------------------------------------------ dgram: senders and others */

TEST_F(dgram, shutdown__of_one_sender_leaves_the_others_alone)
{
	short all = POLLIN | POLLRDHUP;
	char got[16];

	self->fd[0] = toy_connected(variant->kind, &self->name);
	self->fd[1] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[1]);
	EXPECT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(3, toy_recv(self->receiver, got, 16, 0, 5000));
	EXPECT_EQ(0, toy_poll(self->receiver, all, 50));
	EXPECT_ERR(EAGAIN, recv(self->receiver, got, 16, MSG_DONTWAIT));
	EXPECT_EQ(2, send(self->fd[1], "de", 2, 0));
	EXPECT_EQ(2, toy_recv(self->receiver, got, 16, 0, 5000));
	toy_close(&self->fd[0]);
	EXPECT_EQ(0, toy_poll(self->receiver, all, 50));
	EXPECT_EQ(1, send(self->fd[1], "f", 1, 0));
	EXPECT_EQ(1, toy_recv(self->receiver, got, 16, 0, 5000));
}

TEST_F(message, shutdown__own_send_is_epipe_with_sigpipe)
{
	toy_signal_catch(SIGPIPE, 0);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, 0));
	/* the datagram types of the others are silent */
	if (toy_kind_is_toy(variant->kind))
		EXPECT_EQ(1, toy_signal_count(SIGPIPE));
}

TEST_F(bounded, shutdown__of_reading_is_epipe_for_the_sender)
{
	char got[16];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(0, shutdown(self->fd[1], SHUT_RD));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	/* what came before stays readable */
	EXPECT_EQ(3, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(0, recv(self->fd[1], got, 16, 0));
	EXPECT_EQ(1, send(self->fd[1], "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], got, 16, 0));
}

TEST_F(dgram, peer_gone__others_still_reach_a_connected_socket_not)
{
	struct toy_name mine;
	char got[16];

	self->fd[0] = toy_bound(variant->kind, &mine);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(3, toy_sendto(self->receiver, "abc", 3, 0, &mine));
	toy_close(&self->receiver);
	EXPECT_EQ(3, toy_recv(self->fd[0], got, 16, 0, 5000));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLIN | POLLRDHUP, 50));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], got, 16, MSG_DONTWAIT));
}

TEST_F(dgram, recvfrom__names_the_sender)
{
	struct toy_name mine, from = { .len = sizeof(from.ss) };
	char got[16];

	self->fd[0] = toy_bound(variant->kind, &mine);
	EXPECT_EQ(3, toy_sendto(self->fd[0], "abc", 3, 0, &self->name));
	EXPECT_EQ(3, recvfrom(self->receiver, got, 16, 0, &from.sa,
			      &from.len));
	EXPECT_TRUE(toy_name_equal(&mine, &from));
}

TEST_F(dgram, recvfrom__the_name_can_be_answered)
{
	struct toy_name from = { .len = sizeof(from.ss) };
	char got[16];

	if (toy_kind_is_unix(variant->kind))
		SKIP(return, "AF_UNIX sends without a name");
	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_EQ(3, toy_sendto(self->fd[0], "abc", 3, 0, &self->name));
	EXPECT_EQ(3, recvfrom(self->receiver, got, 16, 0, &from.sa,
			      &from.len));
	EXPECT_EQ(2, toy_sendto(self->receiver, "ok", 2, 0, &from));
	EXPECT_EQ(2, toy_recv(self->fd[0], got, 16, 0, 5000));
	/* and by connecting to it */
	ASSERT_OK(toy_connect(self->receiver, &from));
	EXPECT_EQ(2, send(self->receiver, "ok", 2, 0));
	EXPECT_EQ(2, toy_recv(self->fd[0], got, 16, 0, 5000));
}

TEST_F(dgram, recvfrom__name_is_cut_its_length_true)
{
	struct toy_name mine, from;
	char got[16];
	socklen_t len;

	self->fd[0] = toy_bound(variant->kind, &mine);
	for (len = 0; len < 8; len++) {
		ASSERT_EQ(3, toy_sendto(self->fd[0], "abc", 3, 0, &self->name));
		memset(&from.ss, 0x55, sizeof(from.ss));
		from.len = len;
		ASSERT_EQ(3, recvfrom(self->receiver, got, 16, 0, &from.sa,
				      &from.len));
		EXPECT_EQ(mine.len, from.len);
		EXPECT_EQ(0, memcmp(&mine.ss, &from.ss, len));
		EXPECT_EQ(0x55, ((char *)&from.ss)[len]);
	}
}

TEST_F(dgram, recvfrom__each_message_its_own_sender)
{
	struct toy_name mine[2], from;
	char got[16];
	int i;

	self->fd[0] = toy_bound(variant->kind, &mine[0]);
	self->fd[1] = toy_bound(variant->kind, &mine[1]);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(1, toy_sendto(self->fd[i & 1], "x", 1, 0,
					&self->name));
	for (i = 0; i < 8; i++) {
		from.len = sizeof(from.ss);
		ASSERT_EQ(1, recvfrom(self->receiver, got, 16, 0, &from.sa,
				      &from.len));
		EXPECT_TRUE(toy_name_equal(&mine[i & 1], &from));
	}
}

/* ------------------------------------- dgram: many senders, one receive buffer */

FIXTURE(rcvbuf) {
	struct toy_name name;
	int receiver;
};

FIXTURE_VARIANT(rcvbuf) {
	struct toy_kind kind;
};

TOY_VARIANTS(rcvbuf, VARIANT_TOY_DGRAM | VARIANT_UDP)

FIXTURE_SETUP(rcvbuf)
{
	toy_guard(25);
	self->receiver = toy_bound(variant->kind, &self->name);
	ASSERT_OK(self->receiver);
}

FIXTURE_TEARDOWN(rcvbuf)
{
	toy_close(&self->receiver);
}

/* What arrives of @each messages of @size by @senders that do not wait. */
static long flood(struct toy_kind kind, int receiver,
		  const struct toy_name *name, int senders, int each,
		  size_t size)
{
	char *buf = calloc(1, size);
	long count = 0;
	int i, j;

	for (i = 0; i < senders; i++) {
		int fd = toy_connected(kind, name);

		if (fd < 0)
			return -1;
		for (j = 0; j < each; j++)
			if (send(fd, buf, size, MSG_DONTWAIT) < 0)
				break;
		/* what was sent outlives its sender */
		close(fd);
	}
	while (toy_recv(receiver, buf, size, 0, 50) >= 0)
		count++;
	free(buf);
	return count;
}

TEST_F(rcvbuf, many_senders__are_bounded_by_it)
{
	static const int sizes[] = { 4000, 20000, 60000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		long count;
		int room;

		ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF,
				      sizes[i]));
		room = toy_opt_get(self->receiver, SOL_SOCKET, SO_RCVBUF);
		count = flood(variant->kind, self->receiver, &self->name, 50,
			      100, 500);
		EXPECT_LE(1, count);
		/* one more than fits at most, memory beside the bytes counts */
		EXPECT_GE(room, (count - 1) * 500);
		EXPECT_LE(room / 500 / 8, count);
	}
}

TEST_F(rcvbuf, many_senders__of_length_0_too)
{
	long count;

	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 4000));
	count = flood(variant->kind, self->receiver, &self->name, 50, 100, 0);
	EXPECT_LE(1, count);
	EXPECT_GE(200, count);
}

/* A receive buffer that is too small for a message takes it alone. */
TEST_F(rcvbuf, empty__takes_one_of_any_size)
{
	char *sent = filled(60000, 10), *got = malloc(60000);
	int fd;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 1));
	fd = toy_connected(variant->kind, &self->name);
	EXPECT_EQ(60000, send(fd, sent, 60000, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, send(fd, sent, 1000, MSG_DONTWAIT));
	EXPECT_EQ(60000, recv(self->receiver, got, 60000, 0));
	EXPECT_EQ(-1, toy_check(got, 60000, 10));
	EXPECT_EQ(60000, send(fd, sent, 60000, MSG_DONTWAIT));
	toy_close(&fd);
}

TEST_F(rcvbuf, enlarged__lets_more_in)
{
	long count[2];
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF,
				      i ? 60000 : 4000));
		count[i] = flood(variant->kind, self->receiver, &self->name,
				 20, 100, 500);
	}
	EXPECT_LT(count[0] * 4, count[1]);
}

TEST_F(rcvbuf, enlarged__wakes_a_blocked_sender)
{
	char *sent = filled(1000, 11);
	struct call c = { .buf = sent, .len = 1000 };
	struct toy_thread t;

	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "UDP drops");
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 4000));
	c.fd = toy_connected(variant->kind, &self->name);
	ASSERT_LT(0, toy_send_full(c.fd, 1000));
	ASSERT_OK(toy_thread_start(&t, send_once, &c));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 60000));
	/* Core tells nobody of this: the next read has to. */
	if (!toy_thread_done(&t, 300))
		EXPECT_EQ(1000, recv(self->receiver, sent, 1000, 0));
	ASSERT_TRUE(toy_thread_done(&t, 5000));
	EXPECT_EQ(1000, toy_thread_join(&t));
	toy_close(&c.fd);
}

TOY_TEST_MAIN

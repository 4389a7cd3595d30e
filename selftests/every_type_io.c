// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: bytes in are bytes out, many messages in a call, peeking, the
 * flags that wait and those that do not. Bad pointers and odd iovecs are in
 * every_type_iov.c.
 */
#include "toy_test.h"

FIXTURE(every_type_io)
{
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_io)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_io, VARIANTS_ALL)

FIXTURE_SETUP(every_type_io)
{
	int fd[2];

	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(every_type_io)
{
}

static char sent[1 << 20], seen[1 << 20];

/* One message, or that many bytes of a stream. */
static ssize_t receive(struct toy_kind kind, int fd, void *buf, size_t len)
{
	if (toy_kind_is_stream(kind))
		return toy_recv_all(fd, buf, len);
	return recv(fd, buf, len, 0);
}

TEST_F(every_type_io, bytes__every_size_arrives_as_sent)
{
	static const int size[] = { 1, 2, 3, 7, 100, 255, 256, 1023, 1024, 1500,
				    4000, 4095, 4096, 4097, 8192, 16383, 20000,
				    32768, 50000, 65507 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		toy_fill(sent, size[i], i);
		memset(seen, 0, size[i]);
		ASSERT_EQ(size[i], send(self->from, sent, size[i], 0));
		ASSERT_EQ(size[i],
			  receive(variant->kind, self->to, seen, size[i]));
		ASSERT_EQ(-1, toy_check(seen, size[i], i)) {
			TH_LOG("of %d bytes", size[i]);
		}
	}
}

/* A message is as large as the default buffers let it be. */
TOY_TEST(every_type_io, bytes__large_message,
	 VARIANTS_MSG & VARIANTS_LOCAL)
{
	const int size = 150000;

	toy_fill(sent, size, 5);
	ASSERT_EQ(size, send(self->from, sent, size, 0));
	ASSERT_EQ(size, recv(self->to, seen, sizeof(seen), 0));
	EXPECT_EQ(-1, toy_check(seen, size, 5));
}

TOY_TEST(every_type_io, bytes__larger_message_with_larger_buffers,
	 VARIANTS_MSG & VARIANTS_LOCAL)
{
	const int size = 1000000;

	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20));
	toy_fill(sent, size, 6);
	ASSERT_EQ(size, send(self->from, sent, size, 0));
	ASSERT_EQ(size, recv(self->to, seen, sizeof(seen), 0));
	EXPECT_EQ(-1, toy_check(seen, size, 6));
}

/* A transfer of pieces whose size and content follow from their number. */
struct transfer {
	struct toy_kind kind;
	int fd;
	int pieces;
	unsigned int seed;
};

static size_t piece_size(int i)
{
	return 1 + (i * 7919u) % 9000;
}

static long transfer_send(void *arg)
{
	const struct transfer *t = arg;
	char *buf = malloc(16384);
	long ret = 0;
	int i;

	for (i = 0; i < t->pieces && !ret; i++) {
		toy_fill(buf, piece_size(i), t->seed + i);
		if (toy_send_all(t->fd, buf, piece_size(i)) !=
		    (ssize_t)piece_size(i))
			ret = -1;
	}
	free(buf);
	return ret;
}

/* Returns: 0, or the number of the piece that is wrong, from 1. */
static long transfer_receive(void *arg)
{
	const struct transfer *t = arg;
	char *buf = malloc(16384);
	long ret = 0;
	int i;

	for (i = 0; i < t->pieces && !ret; i++) {
		/* A message has no more bytes than we expect of it. */
		size_t room = piece_size(i) + toy_kind_is_msg(t->kind);

		if (receive(t->kind, t->fd, buf, room) !=
		    (ssize_t)piece_size(i) ||
		    toy_check(buf, piece_size(i), t->seed + i) >= 0)
			ret = i + 1;
	}
	free(buf);
	return ret;
}

/* UDP drops what its receiver has no room for. */
TOY_TEST(every_type_io, bytes__several_megabytes,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	struct transfer out = { variant->kind, self->from, 1000, 1 };
	struct transfer in = { variant->kind, self->to, 1000, 1 };
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, transfer_send, &out));
	ASSERT_EQ(0, transfer_receive(&in));
	EXPECT_OK(toy_thread_join(&thread));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
}

TOY_TEST(every_type_io, bytes__several_megabytes_both_ways,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	struct transfer there[2] = {
		{ variant->kind, self->from, 400, 1 },
		{ variant->kind, self->to, 400, 1 },
	};
	struct transfer back[2] = {
		{ variant->kind, self->to, 400, 5000 },
		{ variant->kind, self->from, 400, 5000 },
	};
	struct toy_thread thread[3];

	ASSERT_OK(toy_thread_start(&thread[0], transfer_send, &there[0]));
	ASSERT_OK(toy_thread_start(&thread[1], transfer_send, &back[0]));
	ASSERT_OK(toy_thread_start(&thread[2], transfer_receive, &back[1]));
	EXPECT_EQ(0, transfer_receive(&there[1]));
	EXPECT_EQ(0, toy_thread_join(&thread[0]));
	EXPECT_EQ(0, toy_thread_join(&thread[1]));
	EXPECT_EQ(0, toy_thread_join(&thread[2]));
}

#define MANY	1100

static struct mmsghdr many[MANY];
static struct iovec many_iov[MANY];

/* Point each message at bytes of its own: @size + its number modulo 4. */
static void many_make(char *buf, int count, int size)
{
	int i;

	for (i = 0; i < count; i++) {
		many_iov[i].iov_base = buf + i * (size + 4);
		many_iov[i].iov_len = size + i % 4;
		memset(&many[i], 0, sizeof(many[i]));
		many[i].msg_hdr.msg_iov = &many_iov[i];
		many[i].msg_hdr.msg_iovlen = 1;
		many[i].msg_len = 4711;
	}
}

TEST_F(every_type_io, sendmmsg__sets_msg_len)
{
	char buf[16];
	int i;

	toy_fill(sent, 64, 3);
	many_make(sent, 4, 3);
	ASSERT_EQ(4, sendmmsg(self->from, many, 4, 0));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(3 + i % 4, many[i].msg_len);
		EXPECT_EQ(3 + i, receive(variant->kind, self->to, buf, 3 + i));
		EXPECT_EQ(0, memcmp(buf, many_iov[i].iov_base, 3 + i));
	}
	EXPECT_EQ(0, sendmmsg(self->from, many, 0, 0));
}

static long drain_many(void *arg)
{
	const struct transfer *t = arg;
	char buf[8];
	int i;

	for (i = 0; i < t->pieces; i++)
		if (receive(t->kind, t->fd, buf, 1) != 1)
			return -1;
	return 0;
}

TOY_TEST(every_type_io, sendmmsg__takes_1024_a_call,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	struct transfer in = { variant->kind, self->to, MANY, 0 };
	struct toy_thread thread;
	int i;

	many_make(sent, MANY, 1);
	for (i = 0; i < MANY; i++)
		many_iov[i].iov_len = 1;
	ASSERT_OK(toy_thread_start(&thread, drain_many, &in));
	ASSERT_EQ(1024, sendmmsg(self->from, many, MANY, 0));
	EXPECT_EQ(1, many[1023].msg_len);
	EXPECT_EQ(4711, many[1024].msg_len);
	ASSERT_EQ(MANY - 1024,
		  sendmmsg(self->from, many + 1024, MANY - 1024, 0));
	EXPECT_EQ(0, toy_thread_join(&thread));
}

TOY_TEST(every_type_io, sendmmsg__returns_the_part_that_fitted,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	int got, n;

	for (n = 0; n < 8; n++) {
		many_iov[n].iov_base = sent;
		many_iov[n].iov_len = 65000;
		memset(&many[n], 0, sizeof(many[n]));
		many[n].msg_hdr.msg_iov = &many_iov[n];
		many[n].msg_hdr.msg_iovlen = 1;
	}
	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUF, 100000));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVBUF, 100000));
	n = sendmmsg(self->from, many, 8, MSG_DONTWAIT);
	ASSERT_LT(0, n);
	ASSERT_GT(8, n);
	if (toy_kind_is_stream(variant->kind))
		return;
	ASSERT_OK(toy_opt_timeo(self->from, SO_SNDTIMEO, 30));
	EXPECT_ERR(EAGAIN, sendmmsg(self->from, many, 8, 0));
	for (got = 0; recv(self->to, seen, sizeof(seen), MSG_DONTWAIT) > 0;)
		got++;
	EXPECT_EQ(n, got);
	EXPECT_EQ(n, sendmmsg(self->from, many, 8, 0));
}

TOY_TEST(every_type_io, recvmmsg__sets_msg_len, VARIANTS_MSG)
{
	int i;

	many_make(seen, 8, 10);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(i + 1, send(self->from, "abcd", i + 1, 0));
	ASSERT_EQ(4, recvmmsg(self->to, many, 8, MSG_DONTWAIT, NULL));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i + 1, many[i].msg_len);
		EXPECT_EQ(0, memcmp(many_iov[i].iov_base, "abcd", i + 1));
		EXPECT_EQ(0, many[i].msg_hdr.msg_flags);
	}
	EXPECT_EQ(4711, many[4].msg_len);
	EXPECT_ERR(EAGAIN, recvmmsg(self->to, many, 8, MSG_DONTWAIT, NULL));
	EXPECT_EQ(0, recvmmsg(self->to, many, 0, MSG_DONTWAIT, NULL));
}

TOY_TEST(every_type_io, recvmmsg__has_no_cap_of_1024,
	 VARIANTS_MSG & VARIANTS_TOY)
{
	int i;

	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(1, send(self->from, "x", 1, MSG_DONTWAIT));
	many_make(seen, MANY, 2);
	ASSERT_EQ(MANY, recvmmsg(self->to, many, MANY, MSG_DONTWAIT, NULL));
	EXPECT_EQ(1, many[MANY - 1].msg_len);
}

TOY_TEST(every_type_io, recvmmsg__timeout_is_looked_at_after_each_message,
	 VARIANTS_MSG)
{
	struct timespec timeout = { 0, 0 };
	int i;

	many_make(seen, 8, 10);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, recvmmsg(self->to, many, 8, 0, &timeout));
	/* With time enough it is written back what is left of it. */
	timeout = (struct timespec){ 100, 0 };
	EXPECT_EQ(2, recvmmsg(self->to, many, 2, 0, &timeout));
	EXPECT_GT(100, timeout.tv_sec);
	EXPECT_LT(80, timeout.tv_sec);
	timeout = (struct timespec){ 0, 1000000000 };
	EXPECT_ERR(EINVAL, recvmmsg(self->to, many, 2, 0, &timeout));
	timeout = (struct timespec){ -1, 0 };
	EXPECT_ERR(EINVAL, recvmmsg(self->to, many, 2, 0, &timeout));
}

static long send_slowly(void *arg)
{
	int i;

	for (i = 0; i < 8; i++) {
		toy_sleep(40);
		if (send(*(int *)arg, "x", 1, 0) != 1)
			return -1;
	}
	return 0;
}

TOY_TEST(every_type_io, recvmmsg__timeout_ends_a_slow_series, VARIANTS_MSG)
{
	struct timespec timeout = { 0, 100000000 };
	struct toy_thread thread;
	int n;

	many_make(seen, 8, 10);
	ASSERT_OK(toy_thread_start(&thread, send_slowly, &self->from));
	n = recvmmsg(self->to, many, 8, 0, &timeout);
	EXPECT_LE(1, n);
	EXPECT_GE(4, n);
	EXPECT_EQ(0, timeout.tv_sec);
	EXPECT_EQ(0, timeout.tv_nsec);
	EXPECT_OK(toy_thread_join(&thread));
	/* None of the others is lost. */
	EXPECT_EQ(8 - n, recvmmsg(self->to, many, 8, MSG_DONTWAIT, NULL));
}

TOY_TEST(every_type_io, recvmmsg__so_rcvtimeo_returns_what_it_has,
	 VARIANTS_MSG)
{
	many_make(seen, 8, 10);
	ASSERT_OK(toy_opt_timeo(self->to, SO_RCVTIMEO, 40));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	ASSERT_EQ(1, send(self->from, "b", 1, 0));
	EXPECT_EQ(2, recvmmsg(self->to, many, 8, 0, NULL));
	EXPECT_ERR(EAGAIN, recvmmsg(self->to, many, 8, 0, NULL));
	/* Nor does the timeout stick to the socket as an error. */
	EXPECT_EQ(0, toy_opt_get(self->to, SOL_SOCKET, SO_ERROR));
}

TOY_TEST(every_type_io, recvmmsg__waitforone, VARIANTS_MSG)
{
	many_make(seen, 8, 10);
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	ASSERT_EQ(1, send(self->from, "b", 1, 0));
	EXPECT_EQ(2, recvmmsg(self->to, many, 8, MSG_WAITFORONE, NULL));
}

TEST_F(every_type_io, msg_peek__repeats_and_consumes_nothing)
{
	char buf[16];
	int i;

	ASSERT_EQ(6, send(self->from, "abcdef", 6, 0));
	for (i = 0; i < 3; i++) {
		memset(buf, 0, sizeof(buf));
		ASSERT_EQ(6, toy_recv(self->to, buf, 6, MSG_PEEK, 2000));
		EXPECT_STREQ("abcdef", buf);
		memset(buf, 0, sizeof(buf));
		ASSERT_EQ(2, recv(self->to, buf, 2, MSG_PEEK));
		EXPECT_STREQ("ab", buf);
	}
	EXPECT_EQ(6, recv(self->to, buf, 6, 0));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_ERR(EAGAIN, recv(self->to, buf, 6, MSG_PEEK | MSG_DONTWAIT));
}

TOY_TEST(every_type_io, msg_peek__of_a_stream_sees_all_that_is_there,
	 VARIANTS_STREAM)
{
	char buf[16];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(3, send(self->from, "def", 3, 0));
	toy_sleep(20);
	EXPECT_EQ(6, recv(self->to, buf, sizeof(buf), MSG_PEEK));
	EXPECT_EQ(2, recv(self->to, buf, 2, 0));
	EXPECT_EQ(4, recv(self->to, buf, sizeof(buf), MSG_PEEK));
	EXPECT_EQ(0, memcmp("cdef", buf, 4));
}

TOY_TEST(every_type_io, so_peek_off__default_and_bounds,
	 VARIANTS_ALL & ~VARIANT_TCP)
{
	/* -1 is a value here, not a failure. */
	errno = 0;
	EXPECT_EQ(-1, toy_opt_get(self->to, SOL_SOCKET, SO_PEEK_OFF));
	EXPECT_EQ(0, errno);
	EXPECT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_PEEK_OFF, 3));
	EXPECT_EQ(3, toy_opt_get(self->to, SOL_SOCKET, SO_PEEK_OFF));
	EXPECT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_PEEK_OFF, -1));
}

TOY_TEST(every_type_io, so_peek_off__moves_with_what_is_peeked,
	 VARIANTS_ALL & ~VARIANT_TCP)
{
	const bool stream = toy_kind_is_stream(variant->kind);
	char buf[16] = { 0 };

	ASSERT_EQ(6, send(self->from, "abcdef", 6, 0));
	ASSERT_EQ(2, send(self->from, "gh", 2, 0));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_PEEK_OFF, 0));
	EXPECT_EQ(4, recv(self->to, buf, 4, MSG_PEEK));
	EXPECT_EQ(0, memcmp("abcd", buf, 4));
	EXPECT_EQ(4, toy_opt_get(self->to, SOL_SOCKET, SO_PEEK_OFF));
	EXPECT_EQ(2, recv(self->to, buf, 2, MSG_PEEK));
	EXPECT_EQ(0, memcmp("ef", buf, 2));
	EXPECT_EQ(2, recv(self->to, buf, 2, MSG_PEEK));
	EXPECT_EQ(0, memcmp("gh", buf, 2));
	EXPECT_ERR(EAGAIN, recv(self->to, buf, 2, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(8, toy_opt_get(self->to, SOL_SOCKET, SO_PEEK_OFF));
	/* What is taken away moves the rest to the front. */
	EXPECT_EQ(stream ? 2 : 6, recv(self->to, buf, stream ? 2 : 6, 0));
	EXPECT_EQ(stream ? 6 : 2,
		  toy_opt_get(self->to, SOL_SOCKET, SO_PEEK_OFF));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_PEEK_OFF, 1));
	EXPECT_EQ(1, recv(self->to, buf, 1, MSG_PEEK));
	EXPECT_EQ(stream ? 'd' : 'h', buf[0]);
	/* Off again. */
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_PEEK_OFF, -1));
	EXPECT_EQ(2, recv(self->to, buf, 2, MSG_PEEK));
	EXPECT_EQ(2, recv(self->to, buf, 2, MSG_PEEK));
	EXPECT_EQ(stream ? 'c' : 'g', buf[0]);
}

TEST_F(every_type_io, msg_flags__a_failed_receive_leaves_them)
{
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	msg.msg_flags = 0x5a5a5a5a;
	EXPECT_ERR(EAGAIN, recvmsg(self->to, &msg, MSG_DONTWAIT));
	EXPECT_EQ(0x5a5a5a5a, msg.msg_flags);
}

TEST_F(every_type_io, msg_flags__a_good_receive_clears_stale_bits)
{
	char c, control[64];
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	msg.msg_flags = ~0;
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags);
	EXPECT_EQ(0, msg.msg_controllen);
	EXPECT_EQ(1, iov.iov_len);
}

TEST_F(every_type_io, eagain__on_empty)
{
	char c;

	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_DONTWAIT | MSG_WAITALL));
	ASSERT_OK(toy_nonblock(self->to, true));
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, 0));
	EXPECT_ERR(EAGAIN, read(self->to, &c, 1));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->to, &c, 1, 0, 2000));
	EXPECT_ERR(EAGAIN, read(self->to, &c, 1));
}

TOY_TEST(every_type_io, eagain__on_full, VARIANTS_ALL & ~VARIANT_UDP)
{
	char c = 0;

	EXPECT_LT(0, toy_send_full(self->from, 1000));
	/* A stream may still have a little room: fill it to the last byte. */
	ASSERT_LE(0, toy_send_full(self->from, 1));
	EXPECT_ERR(EAGAIN, send(self->from, &c, 1, MSG_DONTWAIT));
	ASSERT_OK(toy_nonblock(self->from, true));
	EXPECT_ERR(EAGAIN, send(self->from, &c, 1, 0));
	EXPECT_ERR(EAGAIN, write(self->from, &c, 1));
	EXPECT_LT(0, toy_recv_empty(self->to));
	EXPECT_EQ(POLLOUT, toy_poll(self->from, POLLOUT, 2000));
	EXPECT_EQ(1, write(self->from, &c, 1));
}

TOY_TEST(every_type_io, msg_waitall__with_so_rcvtimeo_returns_what_it_has,
	 VARIANTS_STREAM)
{
	long long began = toy_now();
	char buf[8];

	ASSERT_OK(toy_opt_timeo(self->to, SO_RCVTIMEO, 200));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_LE(50, toy_now() - began);
	EXPECT_ERR(EAGAIN, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
}

TOY_TEST(every_type_io, msg_waitall__waits_for_all_of_it, VARIANTS_STREAM)
{
	struct toy_thread thread;
	char buf[8];

	ASSERT_OK(toy_thread_start(&thread, send_slowly, &self->from));
	EXPECT_EQ(8, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_EQ(0, toy_thread_join(&thread));
}

TOY_TEST(every_type_io, msg_waitall__ends_with_the_stream, VARIANTS_STREAM)
{
	char buf[8];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
}

TOY_TEST(every_type_io, msg_waitall__is_one_message, VARIANTS_MSG)
{
	char buf[8];

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(3, send(self->from, "def", 3, 0));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), MSG_WAITALL));
}

TOY_TEST_MAIN

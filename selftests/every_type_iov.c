// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: where the bytes are in memory. A bad pointer is EFAULT and leaves
 * the queue consistent, iovecs have every shape, and the caller's are not
 * written to.
 */
#include <limits.h>

#include "toy_test.h"

FIXTURE(every_type_iov)
{
	int to;
	int from;
	char *bad;	/* page behind a good one */
};

FIXTURE_VARIANT(every_type_iov)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_iov, VARIANTS_ALL)

FIXTURE_SETUP(every_type_iov)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
	self->bad = toy_page_bad();
}

FIXTURE_TEARDOWN(every_type_iov)
{
}

/* ----------------------------------------------------------- bad pointers */

TEST_F(every_type_iov, bad_pointer__send_queues_nothing)
{
	char c;

	EXPECT_ERR(EFAULT, send(self->from, self->bad, 10, 0));
	EXPECT_ERR(EFAULT, write(self->from, self->bad, 1));
	EXPECT_ERR(EFAULT, send(self->from, NULL, 10, 0));
	EXPECT_ERR(EFAULT, send(self->from, (void *)-4096UL, 10, 0));
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->to, &c, 1, 0, 2000));
	EXPECT_EQ('x', c);
}

/* Where either of two results is good: the errno as a negative number. */
static ssize_t or_errno(ssize_t ret)
{
	return ret < 0 ? -errno : ret;
}

TEST_F(every_type_iov, bad_pointer__send_of_partly_good_bytes)
{
	const long page = sysconf(_SC_PAGESIZE);
	char buf[8192];
	size_t good;
	ssize_t n;

	/* A message goes as a whole or not; of a stream the part that counts. */
	for (good = 1; good <= (size_t)page; good += 455) {
		toy_fill(self->bad - good, good, good);
		n = or_errno(send(self->from, self->bad - good, good + 100,
				  0));
		if (n < 0 || toy_kind_is_msg(variant->kind)) {
			EXPECT_EQ(-EFAULT, n);
			continue;
		}
		ASSERT_GE(good, (size_t)n);
		ASSERT_EQ(n, recv(self->to, buf, n, MSG_WAITALL));
		EXPECT_EQ(-1, toy_check(buf, n, good));
	}
	EXPECT_ERR(EAGAIN, recv(self->to, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(3, toy_recv(self->to, buf, sizeof(buf), 0, 2000));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
}

TEST_F(every_type_iov, bad_pointer__send_of_an_iovec_that_ends_badly)
{
	char buf[64];
	struct iovec iov[] = { { "abcd", 4 }, { self->bad, 4 } };
	ssize_t n;

	n = or_errno(writev(self->from, iov, 2));
	if (n < 0 || toy_kind_is_msg(variant->kind)) {
		EXPECT_EQ(-EFAULT, n);
		n = 0;
	}
	ASSERT_GE(4, n);
	EXPECT_EQ(3, send(self->from, "xyz", 3, 0));
	EXPECT_EQ(n + 3, toy_recv(self->to, buf, n + 3, MSG_WAITALL, 2000));
	EXPECT_EQ(0, memcmp(buf + n, "xyz", 3));
	EXPECT_EQ(0, memcmp(buf, "abcd", n));
}

/*
 * After a failed receive: the rest is in order. A message may be lost to the
 * failure, bytes of a stream only with its address (@lost).
 */
static void expect_next(struct __test_metadata *_metadata, struct toy_kind kind,
			int fd, bool lost)
{
	int flags = toy_kind_is_stream(kind) ? MSG_WAITALL : 0;
	char buf[16] = "";

	EXPECT_EQ(8, toy_recv(fd, buf, 8, flags, 2000));
	if (!strcmp("message1", buf)) {
		EXPECT_EQ(8, toy_recv(fd, buf, 8, flags, 2000));
		lost = true;
	}
	EXPECT_TRUE(lost || toy_kind_is_msg(kind));
	EXPECT_STREQ("message2", buf);
	EXPECT_ERR(EAGAIN, recv(fd, buf, 1, MSG_DONTWAIT));
}

static int send_two(int fd)
{
	return send(fd, "message1", 8, 0) == 8 &&
	       send(fd, "message2", 8, 0) == 8 ? 0 : -1;
}

TEST_F(every_type_iov, bad_pointer__recv_leaves_the_next_message_readable)
{
	ASSERT_OK(send_two(self->from));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_ERR(EFAULT, recv(self->to, self->bad, 8, 0));
	expect_next(_metadata, variant->kind, self->to, false);
	ASSERT_OK(send_two(self->from));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_ERR(EFAULT, read(self->to, (void *)-4096UL, 8));
	expect_next(_metadata, variant->kind, self->to, false);
}

TEST_F(every_type_iov, bad_pointer__recv_into_partly_good_memory)
{
	char buf[16];
	ssize_t n;

	ASSERT_OK(send_two(self->from));
	toy_poll(self->to, POLLIN, 2000);
	n = or_errno(recv(self->to, self->bad - 4, 8, 0));
	if (n < 0 || toy_kind_is_msg(variant->kind)) {
		EXPECT_EQ(-EFAULT, n);
		expect_next(_metadata, variant->kind, self->to, false);
	} else {
		ASSERT_GE(4, n);
		memcpy(buf, self->bad - 4, n);
		EXPECT_EQ(16 - n, recv(self->to, buf + n, 16 - n, MSG_WAITALL));
		EXPECT_EQ(0, memcmp(buf, "message1message2", 16));
	}
}

/* What fits into the good part does not touch the bad one. */
TEST_F(every_type_iov, bad_pointer__recv_that_ends_before_it)
{
	ASSERT_EQ(4, send(self->from, "abcd", 4, 0));
	EXPECT_EQ(4, recv(self->to, self->bad - 4, 100, 0));
	EXPECT_EQ(0, memcmp(self->bad - 4, "abcd", 4));
}

/* A stream returns the bytes that it could copy and keeps the others. */
TOY_TEST(every_type_iov, bad_pointer__recv_across_two_writes, VARIANTS_STREAM)
{
	struct iovec iov[2] = { { NULL, 8 }, { self->bad, 8 } };
	char buf[16] = "";
	ssize_t n;

	iov[0].iov_base = buf;
	ASSERT_OK(send_two(self->from));
	toy_sleep(20);
	n = or_errno(readv(self->to, iov, 2));
	if (n < 0) {
		EXPECT_EQ(-EFAULT, n);
		n = 0;
	}
	ASSERT_GE(8, n);
	EXPECT_EQ(16 - n, recv(self->to, buf + n, 16 - n, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, "message1message2", 16));
}

TEST_F(every_type_iov, bad_pointer__peek_loses_nothing)
{
	char buf[16] = "";

	ASSERT_OK(send_two(self->from));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_ERR(EFAULT, recv(self->to, self->bad, 8, MSG_PEEK));
	EXPECT_ERR(EFAULT, recv(self->to, self->bad - 4, 8, MSG_PEEK));
	EXPECT_EQ(8, recv(self->to, buf, 8, MSG_PEEK));
	EXPECT_STREQ("message1", buf);
	EXPECT_EQ(8, recv(self->to, buf, 8, 0));
	EXPECT_STREQ("message1", buf);
	EXPECT_EQ(8, toy_recv(self->to, buf, 8, 0, 2000));
	EXPECT_STREQ("message2", buf);
}

TEST_F(every_type_iov, bad_pointer__of_msghdr_iovec_or_its_lengths)
{
	char buf[16] = "";
	struct iovec iov = { buf, 8 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(send_two(self->from));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_ERR(EFAULT, recvmsg(self->to, (void *)self->bad, 0));
	EXPECT_ERR(EFAULT, sendmsg(self->from, (void *)self->bad, 0));
	EXPECT_ERR(EFAULT, recvmmsg(self->to, (void *)self->bad, 1, 0, NULL));
	EXPECT_ERR(EFAULT, sendmmsg(self->from, (void *)self->bad, 1, 0));
	msg.msg_iov = (void *)self->bad;
	EXPECT_ERR(EFAULT, recvmsg(self->to, &msg, 0));
	EXPECT_ERR(EFAULT, sendmsg(self->from, &msg, 0));
	msg.msg_iov = NULL;
	EXPECT_ERR(EFAULT, recvmsg(self->to, &msg, 0));
	EXPECT_ERR(EFAULT, sendmsg(self->from, &msg, 0));
	msg.msg_iov = &iov;
	msg.msg_namelen = -1;
	msg.msg_name = buf;
	EXPECT_ERR(EINVAL, recvmsg(self->to, &msg, 0));
	EXPECT_ERR(EINVAL, sendmsg(self->from, &msg, 0));
	/* None of them has touched the queue. */
	EXPECT_EQ(8, recv(self->to, buf, 8, 0));
	EXPECT_STREQ("message1", buf);
	EXPECT_EQ(8, toy_recv(self->to, buf, 8, 0, 2000));
	EXPECT_STREQ("message2", buf);
	EXPECT_ERR(EAGAIN, recv(self->to, buf, 8, MSG_DONTWAIT));
}

/* The others have no name to store, as they are connected here. */
TOY_TEST(every_type_iov, bad_pointer__of_the_senders_address,
	 VARIANTS_TOY | VARIANTS_DGRAM)
{
	socklen_t len = 16;
	char buf[16];

	ASSERT_OK(send_two(self->from));
	EXPECT_ERR(EFAULT, recvfrom(self->to, buf, 8, 0, (void *)self->bad,
				    &len));
	expect_next(_metadata, variant->kind, self->to, true);
	ASSERT_OK(send_two(self->from));
	EXPECT_ERR(EFAULT, recvfrom(self->to, buf, 8, 0, (void *)buf,
				    (void *)self->bad));
	expect_next(_metadata, variant->kind, self->to, true);
	ASSERT_OK(send_two(self->from));
	len = -1;
	EXPECT_ERR(EINVAL, recvfrom(self->to, buf, 8, 0, (void *)buf, &len));
	expect_next(_metadata, variant->kind, self->to, true);
}

TOY_TEST(every_type_iov, bad_pointer__mmsg_returns_the_messages_before_it,
	 VARIANTS_MSG)
{
	struct iovec iov[2] = { { "message1", 8 }, { self->bad, 8 } };
	struct mmsghdr mmsg[2] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } },
	};
	char buf[16] = "";

	EXPECT_EQ(1, sendmmsg(self->from, mmsg, 2, 0));
	EXPECT_EQ(8, mmsg[0].msg_len);
	EXPECT_EQ(8, recv(self->to, buf, 8, 0));
	EXPECT_STREQ("message1", buf);
	EXPECT_ERR(EAGAIN, recv(self->to, buf, 8, MSG_DONTWAIT));

	ASSERT_OK(send_two(self->from));
	ASSERT_EQ(8, send(self->from, "message3", 8, 0));
	iov[0].iov_base = buf;
	EXPECT_EQ(1, recvmmsg(self->to, mmsg, 2, MSG_DONTWAIT, NULL));
	EXPECT_STREQ("message1", buf);
	/* The second one failed; that may show as a pending error, once. */
	if (recv(self->to, buf, 8, MSG_DONTWAIT) < 0) {
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(8, recv(self->to, buf, 8, MSG_DONTWAIT));
	}
	if (!strcmp(buf, "message2"))
		EXPECT_EQ(8, recv(self->to, buf, 8, MSG_DONTWAIT));
	EXPECT_STREQ("message3", buf);
}

/*
 * Memory that is good but not there yet: the kernel faults it in. What was
 * touched and what was not takes turns, so that short cuts and the long way do.
 */
TEST_F(every_type_iov, fresh_pages__are_faulted_in)
{
	const int count = 64, page = sysconf(_SC_PAGESIZE);
	const bool stream = toy_kind_is_stream(variant->kind);
	char *from, *to, buf[80];
	int i, n, got = 0;

	from = mmap(NULL, count * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = mmap(NULL, count * page, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, from);
	ASSERT_NE(MAP_FAILED, to);
	for (i = 0; i < count; i += 2)
		from[i * page] = i + 1;
	for (i = 0; i < count; i++) {
		ASSERT_EQ(1, send(self->from, from + i * page, 1, 0));
		if (i % 4 != 3)
			continue;
		while (got <= i) {
			char *in = i % 8 == 3 ? to + got * page : buf + got;

			n = recv(self->to, in, 10, 0);
			ASSERT_LE(1, n);
			ASSERT_GE(stream ? 4 : 1, n);
			memmove(buf + got, in, n);
			got += n;
		}
	}
	EXPECT_EQ(count, got);
	for (i = 0; i < count; i++)
		EXPECT_EQ(i % 2 ? 0 : i + 1, buf[i]);
}

/* ----------------------------------------------------------------- iovecs */

TEST_F(every_type_iov, iovec__one_byte_each)
{
	struct iovec iov[IOV_MAX];
	char out[IOV_MAX], in[IOV_MAX] = { 0 };
	int i;

	toy_fill(out, sizeof(out), 7);
	for (i = 0; i < IOV_MAX; i++)
		iov[i] = (struct iovec){ &out[i], 1 };
	ASSERT_EQ(IOV_MAX, writev(self->from, iov, IOV_MAX));
	for (i = 0; i < IOV_MAX; i++)
		iov[i].iov_base = &in[i];
	ASSERT_EQ(IOV_MAX, readv(self->to, iov, IOV_MAX));
	EXPECT_EQ(-1, toy_check(in, sizeof(in), 7));
}

TEST_F(every_type_iov, iovec__overlapping)
{
	char out[] = "abcdef", in[8] = "";
	struct iovec iov[2] = { { out, 4 }, { out + 2, 4 } };

	ASSERT_EQ(8, writev(self->from, iov, 2));
	EXPECT_EQ(8, toy_recv(self->to, in, 8, MSG_PEEK, 2000));
	EXPECT_EQ(0, memcmp(in, "abcdcdef", 8));
	memset(in, 0, sizeof(in));
	iov[0].iov_base = in;
	iov[1].iov_base = in + 2;
	EXPECT_EQ(8, readv(self->to, iov, 2));
	EXPECT_STREQ("abcdef", in);
}

TEST_F(every_type_iov, iovec__zero_length_elements)
{
	char in[8] = "";
	struct iovec out_iov[] = {
		{ NULL, 0 }, { "ab", 2 }, { self->bad, 0 }, { "", 0 },
		{ "cd", 2 }, { NULL, 0 },
	};
	struct iovec in_iov[] = {
		{ NULL, 0 }, { in, 1 }, { self->bad, 0 }, { in + 1, 0 },
		{ in + 1, 3 }, { NULL, 0 },
	};

	ASSERT_EQ(4, writev(self->from, out_iov, 6));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_EQ(4, readv(self->to, in_iov, 6));
	EXPECT_STREQ("abcd", in);
}

TOY_TEST(every_type_iov, iovec__null_array_of_a_message, VARIANTS_MSG)
{
	struct msghdr msg = { .msg_iov = NULL, .msg_iovlen = 0 };
	char buf[4];

	/* A message without bytes ... */
	ASSERT_EQ(0, sendmsg(self->from, &msg, 0));
	EXPECT_EQ(0, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_TRUNC);
	/* ... and one that nobody has room for. */
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(1, send(self->from, "d", 1, 0));
	EXPECT_EQ(0, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags & MSG_TRUNC);
	EXPECT_EQ(1, recv(self->to, buf, sizeof(buf), 0));
}

TOY_TEST(every_type_iov, iovec__null_array_of_a_stream, VARIANTS_STREAM)
{
	struct msghdr msg = { .msg_iov = NULL, .msg_iovlen = 0 };
	char buf[4];

	EXPECT_EQ(0, sendmsg(self->from, &msg, 0));
	EXPECT_EQ(0, send(self->from, NULL, 0, 0));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	toy_poll(self->to, POLLIN, 2000);
	EXPECT_EQ(0, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_ERR(EAGAIN, recv(self->to, buf, sizeof(buf), MSG_DONTWAIT));
}

TEST_F(every_type_iov, iovec__of_the_caller_is_untouched)
{
	char in[8], name[32], control[64];
	struct iovec out_iov[3] = { { "abc", 3 }, { "", 0 }, { "de", 2 } };
	struct iovec in_iov[3] = { { in, 2 }, { in + 2, 3 }, { in + 5, 3 } };
	struct iovec out_was[3], in_was[3];
	struct msghdr out = { .msg_iov = out_iov, .msg_iovlen = 3 };
	struct msghdr msg = {
		.msg_name = name, .msg_namelen = sizeof(name),
		.msg_control = control, .msg_controllen = sizeof(control),
		.msg_iov = in_iov, .msg_iovlen = 3,
	};

	memcpy(out_was, out_iov, sizeof(out_iov));
	memcpy(in_was, in_iov, sizeof(in_iov));
	ASSERT_EQ(5, sendmsg(self->from, &out, 0));
	ASSERT_EQ(5, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(0, memcmp(out_was, out_iov, sizeof(out_iov)));
	EXPECT_EQ(0, memcmp(in_was, in_iov, sizeof(in_iov)));
	EXPECT_EQ(&out_iov[0], out.msg_iov);
	EXPECT_EQ(3, out.msg_iovlen);
	EXPECT_EQ(&in_iov[0], msg.msg_iov);
	EXPECT_EQ(3, msg.msg_iovlen);
	EXPECT_EQ(&name[0], msg.msg_name);
	EXPECT_EQ(&control[0], msg.msg_control);
}

TEST_F(every_type_iov, iovec__count_negative_or_too_large_emsgsize)
{
	struct iovec iov[IOV_MAX + 1];
	struct msghdr msg = { .msg_iov = iov };
	int negative = -sysconf(_SC_IOV_MAX);
	char c;
	int i;

	for (i = 0; i <= IOV_MAX; i++)
		iov[i] = (struct iovec){ &c, 1 };
	msg.msg_iovlen = -1;
	EXPECT_ERR(EMSGSIZE, sendmsg(self->from, &msg, 0));
	EXPECT_ERR(EMSGSIZE, recvmsg(self->to, &msg, MSG_DONTWAIT));
	msg.msg_iovlen = IOV_MAX + 1;
	EXPECT_ERR(EMSGSIZE, sendmsg(self->from, &msg, 0));
	EXPECT_ERR(EMSGSIZE, recvmsg(self->to, &msg, MSG_DONTWAIT));
	/* The file calls have another errno for it. */
	EXPECT_ERR(EINVAL, writev(self->from, iov, negative));
	EXPECT_ERR(EINVAL, writev(self->from, iov, IOV_MAX + 1));
	EXPECT_ERR(EINVAL, readv(self->to, iov, negative));
	EXPECT_EQ(0, writev(self->from, iov, 0));
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_DONTWAIT));
}

TEST_F(every_type_iov, iovec__negative_length_einval)
{
	char c;
	struct iovec iov[2] = { { &c, 1 }, { &c, (size_t)SSIZE_MAX + 1 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	EXPECT_ERR(EINVAL, sendmsg(self->from, &msg, 0));
	EXPECT_ERR(EINVAL, recvmsg(self->to, &msg, MSG_DONTWAIT));
	EXPECT_ERR(EINVAL, writev(self->from, iov, 2));
	EXPECT_ERR(EINVAL, readv(self->to, iov, 2));
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_DONTWAIT));
}

/* Cut at every place, gathered from and scattered over pieces of all sizes. */
TEST_F(every_type_iov, iovec__pieces_of_all_sizes)
{
	static char out[20000], in[20000];
	struct iovec iov[128];
	int total, i, n, seed;

	for (seed = 0; seed < 10; seed++) {
		toy_fill(out, sizeof(out), seed);
		memset(in, 0, sizeof(in));
		for (i = total = 0; total < (int)sizeof(out) && i < 128; i++) {
			n = (i * 37 + seed * 101) % 331;
			n = n < (int)sizeof(out) - total ?
			    n : (int)sizeof(out) - total;
			iov[i] = (struct iovec){ out + total, n };
			total += n;
		}
		ASSERT_EQ(total, writev(self->from, iov, i));
		n = i;
		for (i = 0; i < n; i++)
			iov[i].iov_base = in + ((char *)iov[i].iov_base - out);
		if (toy_kind_is_stream(variant->kind)) {
			struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };

			ASSERT_EQ(total, recvmsg(self->to, &msg, MSG_WAITALL));
		} else {
			ASSERT_EQ(total, readv(self->to, iov, n));
		}
		EXPECT_EQ(-1, toy_check(in, total, seed));
	}
}

TOY_TEST_MAIN

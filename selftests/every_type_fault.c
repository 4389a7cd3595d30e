// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: allocations that fail. Each call is made again and again, with its
 * first allocation failing, then its second and so on, until one gets through
 * without: /proc/thread-self/fail-nth of kernels with fault injection, as the
 * debug kernel of scripts/vm is. A call that failed has a clear errno and may be
 * repeated; what it should have sent is not there, what was there still is.
 */
#include "toy_fault.h"
#include "toy_test.h"

FIXTURE(every_type_fault)
{
};

FIXTURE_VARIANT(every_type_fault)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_fault, VARIANTS_LOCAL)

/* All of it or nothing: on a kernel without faults no test would say a thing. */
static void __attribute__((constructor)) faults_or_skip(void)
{
	if (!toy_fault_prepare())
		return;
	printf("TAP version 13\n1..0 # SKIP this kernel cannot inject faults\n");
	exit(KSFT_SKIP);
}

FIXTURE_SETUP(every_type_fault)
{
	toy_guard(25);
}

FIXTURE_TEARDOWN(every_type_fault)
{
}

/* No call here has more allocations than that. */
#define MOST	200

TEST_F(every_type_fault, socket__fails_cleanly)
{
	bool fault = true;
	int fd, n;

	for (n = 1; fault && n < MOST; n++) {
		toy_fault_arm(n);
		fd = toy_socket(variant->kind, 0);
		fault = toy_fault_happened();
		ASSERT_TRUE(fd >= 0 || toy_fault_errno(errno));
		toy_close(&fd);
	}
	EXPECT_LT(2, n);
	EXPECT_GT(MOST, n);
}

TEST_F(every_type_fault, socketpair__fails_cleanly)
{
	bool fault = true;
	int fd[2], n;

	for (n = 1; fault && n < MOST; n++) {
		toy_fault_arm(n);
		fd[0] = -1;
		if (toy_socketpair(variant->kind, fd))
			fd[0] = -1;
		fault = toy_fault_happened();
		if (fd[0] < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			continue;
		}
		EXPECT_OK(close(fd[0]));
		EXPECT_OK(close(fd[1]));
	}
	EXPECT_LT(3, n);
	EXPECT_GT(MOST, n);
}

TEST_F(every_type_fault, bind__fails_cleanly)
{
	bool fault = true;
	int fd, n, ret;

	for (n = 1; fault && n < MOST; n++) {
		struct toy_name name = toy_name_new(variant->kind);

		fd = toy_socket(variant->kind, 0);
		ASSERT_OK(fd);
		toy_fault_arm(n);
		ret = toy_bind(fd, &name);
		fault = toy_fault_happened();
		if (ret < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			ASSERT_OK(toy_bind(fd, &name));
		}
		EXPECT_OK(close(fd));
	}
	EXPECT_GT(MOST, n);
}

TOY_TEST(every_type_fault, connect__fails_cleanly,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct toy_name name;
	bool fault = true;
	int fd, n, ret, server, end;
	char c;

	server = toy_listener(variant->kind, &name, 8);
	ASSERT_OK(server);
	ASSERT_OK(toy_nonblock(server, true));
	for (n = 1; fault && n < MOST; n++) {
		fd = toy_socket(variant->kind, 0);
		ASSERT_OK(fd);
		toy_fault_arm(n);
		ret = toy_connect(fd, &name);
		fault = toy_fault_happened();
		if (ret < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			/* Nobody has called; and now somebody does. */
			ASSERT_ERR(EAGAIN, accept(server, NULL, NULL));
			ASSERT_OK(toy_connect(fd, &name));
		}
		end = accept(server, NULL, NULL);
		ASSERT_OK(end);
		ASSERT_EQ(1, send(fd, "x", 1, 0));
		ASSERT_EQ(1, recv(end, &c, 1, 0));
		EXPECT_OK(close(fd));
		EXPECT_OK(close(end));
	}
	EXPECT_LT(2, n);
	EXPECT_GT(MOST, n);
}

TOY_TEST(every_type_fault, accept__fails_and_the_call_is_not_lost,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct toy_name name;
	bool fault = true;
	int fd, n, server, end;

	server = toy_listener(variant->kind, &name, 8);
	ASSERT_OK(server);
	ASSERT_OK(toy_nonblock(server, true));
	for (n = 1; fault && n < MOST; n++) {
		fd = toy_connected(variant->kind, &name);
		ASSERT_OK(fd);
		toy_fault_arm(n);
		end = accept(server, NULL, NULL);
		fault = toy_fault_happened();
		if (end < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			end = accept(server, NULL, NULL);
		}
		ASSERT_OK(end);
		EXPECT_OK(close(fd));
		EXPECT_OK(close(end));
	}
	EXPECT_LT(2, n);
	EXPECT_GT(MOST, n);
}

static char out[100000], in[100000];

/* Send with each allocation failing: what is said to be sent is what comes. */
static void expect_sends(struct __test_metadata *_metadata,
			 struct toy_kind kind, size_t size)
{
	bool fault = true;
	int fd[2], from, to;
	size_t done;
	ssize_t sent, got;
	int n;

	for (n = 1; fault && n < MOST; n++) {
		/* New: the buffers of the last one would serve again. */
		ASSERT_OK(toy_pair(kind, fd));
		from = fd[0];
		to = fd[1];
		toy_fill(out, size, n);
		toy_fault_arm(n);
		sent = send(from, out, size, MSG_DONTWAIT);
		fault = toy_fault_happened();
		if (sent < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			ASSERT_ERR(EAGAIN, recv(to, in, 1, MSG_DONTWAIT));
			sent = send(from, out, size, MSG_DONTWAIT);
			ASSERT_LT(0, sent);
		}
		if (toy_kind_is_msg(kind))
			ASSERT_EQ(size, sent);
		for (done = 0; done < (size_t)sent; done += got) {
			got = recv(to, in + done, sizeof(in) - done,
				   MSG_DONTWAIT);
			ASSERT_LT(0, got);
		}
		ASSERT_EQ(sent, done);
		ASSERT_EQ(-1, toy_check(in, done, n));
		ASSERT_ERR(EAGAIN, recv(to, in, 1, MSG_DONTWAIT));
		EXPECT_OK(close(from));
		EXPECT_OK(close(to));
	}
	EXPECT_LT(2, n);
	EXPECT_GT(MOST, n);
}

TEST_F(every_type_fault, send__small)
{
	expect_sends(_metadata, variant->kind, 10);
}

TEST_F(every_type_fault, send__of_a_page)
{
	expect_sends(_metadata, variant->kind, 5000);
}

TEST_F(every_type_fault, send__large)
{
	expect_sends(_metadata, variant->kind, sizeof(out));
}

/* The messages before the one that failed are sent, the others are not. */
TOY_TEST(every_type_fault, sendmmsg__returns_what_it_sent,
	 VARIANTS_MSG & VARIANTS_LOCAL)
{
	struct iovec iov = { out, 6000 };
	struct mmsghdr mmsg[3];
	bool fault = true;
	int i, n, sent, fd[2];

	for (n = 1; fault && n < MOST; n++) {
		ASSERT_OK(toy_pair(variant->kind, fd));
		for (i = 0; i < 3; i++)
			mmsg[i] = (struct mmsghdr){
				.msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 },
			};
		toy_fault_arm(n);
		sent = sendmmsg(fd[0], mmsg, 3, MSG_DONTWAIT);
		fault = toy_fault_happened();
		if (sent < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			sent = 0;
		}
		ASSERT_TRUE(fault || sent == 3);
		for (i = 0; i < sent; i++)
			ASSERT_EQ(6000, recv(fd[1], in, sizeof(in),
					     MSG_DONTWAIT));
		ASSERT_ERR(EAGAIN, recv(fd[1], in, 1, MSG_DONTWAIT));
		EXPECT_OK(close(fd[0]));
		EXPECT_OK(close(fd[1]));
	}
	EXPECT_GT(MOST, n);
}

/* What is queued can be read however little memory there is. */
TEST_F(every_type_fault, recv__loses_nothing)
{
	bool fault = true;
	int n, fd[2];
	ssize_t got;

	ASSERT_OK(toy_pair(variant->kind, fd));
	if (toy_kind_is_toy(variant->kind))
		ASSERT_OK(toy_opt_set(fd[1], SOL_TOY, TOY_PASSCRED, 1));
	for (n = 1; fault && n < MOST; n++) {
		ASSERT_EQ(3, send(fd[0], "abc", 3, 0));
		toy_fault_arm(n);
		got = recv(fd[1], in, 3, MSG_DONTWAIT);
		fault = toy_fault_happened();
		if (got < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			got = recv(fd[1], in, 3, MSG_DONTWAIT);
		}
		ASSERT_EQ(3, got);
		ASSERT_ERR(EAGAIN, recv(fd[1], in, 1, MSG_DONTWAIT));
	}
	EXPECT_GT(MOST, n);
}

TOY_TEST_MAIN

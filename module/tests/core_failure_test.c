// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a call failed, in words.
 */
#include "../core/failure.h"
#include "fake.h"

FIXTURE(failure) {
	struct sock *sk;
	char text[TOY_FAILURE_TEXT];
};

FIXTURE_SETUP(failure)
{
	self->sk = toy_fake_sock(_metadata, SOCK_STREAM);
}

FIXTURE_TEARDOWN(failure)
{
}

TEST_F(failure, format__nothing_failed)
{
	strcpy(self->text, "rubbish");
	EXPECT_EQ(0, toy_failure_format(self->sk, self->text,
					sizeof(self->text)));
	EXPECT_STREQ("", self->text);
}

TEST_F(failure, format__each_part)
{
	static const struct {
		int err;
		struct toy_addr addr;
		const char *why;
		u32 detail;
		const char *text;
	} cases[] = {
		{ -EINVAL, {}, "that is no address", 0,
		  "22 EINVAL bind: that is no address" },
		{ -EADDRINUSE, { .node = 2, .port = 80 }, "socket %u has it", 7,
		  "98 EADDRINUSE bind 2:80: socket 7 has it" },
		{ -ENETUNREACH, { .node = U32_MAX, .port = U16_MAX },
		  "%u", U32_MAX,
		  "101 ENETUNREACH bind 4294967295:65535: 4294967295" },
		/* Without a port there is no address, whatever the node. */
		{ -EACCES, { .node = 5 }, "no", 0, "13 EACCES bind: no" },
		{ -EACCES, { .port = 5 }, "no", 0, "13 EACCES bind *:5: no" },
		{ -ERESTARTSYS, {}, "a signal came", 0,
		  "4 EINTR bind: a signal came" },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(cases[i].err,
			  toy_fail_with(self->sk, cases[i].err, "bind",
					&cases[i].addr, cases[i].why,
					cases[i].detail));
		EXPECT_EQ(strlen(cases[i].text),
			  toy_failure_format(self->sk, self->text,
					     sizeof(self->text)));
		EXPECT_STREQ(cases[i].text, self->text);
	}
}

/* Nothing is written behind the room there is, and the text ends. */
TEST_F(failure, format__is_cut)
{
	struct toy_addr addr = toy_addr(2, 80);
	int size, n;

	toy_fail_with(self->sk, -EINVAL, "bind", &addr, "no %u", 1);
	for (size = 1; size <= 32; size++) {
		memset(self->text, '#', sizeof(self->text));
		n = toy_failure_format(self->sk, self->text, size);
		EXPECT_EQ(min_t(int, size - 1, strlen("22 EINVAL bind 2:80: no 1")),
			  n);
		EXPECT_EQ('\0', self->text[n]);
		EXPECT_EQ('#', self->text[size]);
	}
}

/* What TOY_FAILURE_TEXT promises: the longest of each part fits. */
TEST_F(failure, format__the_longest_fits)
{
	struct toy_addr addr = toy_addr(U32_MAX, U16_MAX);
	int n;

	toy_fail_with(self->sk, -EPROTONOSUPPORT, "socketpair", &addr,
		      "the peer closed with data unread, or never accepted", 0);
	n = toy_failure_format(self->sk, self->text, sizeof(self->text));
	EXPECT_LT(n, TOY_FAILURE_TEXT - 1);
	EXPECT_EQ('d', self->text[n - 1]);
}

TEST_F(failure, fail__is_about_the_peer)
{
	toy_addr_set(&toy_sk(self->sk)->remote, toy_addr(3, 4));
	EXPECT_EQ(-EPIPE, toy_fail(self->sk, -EPIPE, "send", "it is over"));
	toy_failure_format(self->sk, self->text, sizeof(self->text));
	EXPECT_STREQ("32 EPIPE send 3:4: it is over", self->text);
}

TEST_F(failure, why__has_words_for_all)
{
	int err;

	for (err = 1; err < 1000; err++)
		EXPECT_TRUE(*toy_why(-err));
	EXPECT_STREQ("it failed", toy_why(-EBADMSG));
	EXPECT_STREQ(toy_why(-EINTR), toy_why(-ERESTARTSYS));
	EXPECT_NE(0, strcmp(toy_why(-EPIPE), toy_why(-ECONNRESET)));
}

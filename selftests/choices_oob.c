// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data. Streams have it as TCP has it, which therefore runs along; the
 * other types refuse it.
 */
#include <linux/sockios.h>
#include <sys/select.h>

#include "toy_test.h"

FIXTURE(choices_oob)
{
	int to;
	int from;
};

FIXTURE_VARIANT(choices_oob)
{
	struct toy_kind kind;
};

TOY_VARIANTS(choices_oob, VARIANT_TOY_STREAM | VARIANT_TCP)

FIXTURE_SETUP(choices_oob)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(choices_oob)
{
}

/* Send, the last byte as urgent, and wait until that one is there. */
static int send_urgent(int from, int to, const char *text)
{
	ssize_t len = strlen(text);

	if (send(from, text, len, MSG_OOB) != len)
		return -1;
	return toy_poll(to, POLLPRI, 5000) == POLLPRI ? 0 : -1;
}

/* What a receive finds, as text. */
static const char *text_of(int fd, size_t size, int flags)
{
	static char buf[64];
	ssize_t len = toy_recv(fd, buf, size, flags, 2000);

	if (len < 0)
		return toy_errno_name(errno);
	buf[len] = '\0';
	return buf;
}

TEST_F(choices_oob, one_urgent_byte__is_read_apart)
{
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	/* A read ends at the mark, the next one goes on behind it. */
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_STREQ("de", text_of(self->to, 8, 0));
	EXPECT_STREQ("ETIMEDOUT", text_of(self->to, 8, 0));
}

TEST_F(choices_oob, one_urgent_byte__may_be_ignored)
{
	char c;

	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_STREQ("de", text_of(self->to, 8, 0));
	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB));
}

TEST_F(choices_oob, recv_oob__einval_when_there_is_none)
{
	char c;

	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB));
	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB | MSG_DONTWAIT));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB));
	EXPECT_STREQ("a", text_of(self->to, 8, 0));
}

TEST_F(choices_oob, recv_oob__einval_when_it_was_read)
{
	char c;

	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	EXPECT_STREQ("C", text_of(self->to, 1, MSG_OOB));
	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB));
}

TEST_F(choices_oob, recv_oob__peek_leaves_it)
{
	ASSERT_OK(send_urgent(self->from, self->to, "C"));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB | MSG_PEEK));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB | MSG_PEEK));
	EXPECT_EQ(POLLPRI, toy_poll(self->to, POLLPRI, 0));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	EXPECT_EQ(0, toy_poll(self->to, POLLPRI, 0));
}

TEST_F(choices_oob, recv_oob__sets_msg_oob)
{
	char buf[4];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	EXPECT_EQ(1, recvmsg(self->to, &msg, MSG_OOB));
	EXPECT_EQ(MSG_OOB, msg.msg_flags & MSG_OOB);
	EXPECT_EQ(2, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_OOB);
}

TEST_F(choices_oob, recv_oob__bad_pointer_efault)
{
	ASSERT_OK(send_urgent(self->from, self->to, "C"));
	EXPECT_ERR(EFAULT, recv(self->to, toy_page_bad(), 1, MSG_OOB));
}

TEST_F(choices_oob, siocatmark__is_1_at_the_mark_alone)
{
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("a", text_of(self->to, 1, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("b", text_of(self->to, 8, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	EXPECT_EQ(1, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("de", text_of(self->to, 8, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
}

TEST_F(choices_oob, so_oobinline__keeps_the_byte_in_its_place)
{
	char c;

	EXPECT_EQ(0, toy_opt_get(self->to, SOL_SOCKET, SO_OOBINLINE));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_OOBINLINE, 1));
	EXPECT_EQ(1, toy_opt_get(self->to, SOL_SOCKET, SO_OOBINLINE));
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_ERR(EINVAL, recv(self->to, &c, 1, MSG_OOB));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("Cde", text_of(self->to, 8, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_EQ(0, toy_poll(self->to, POLLPRI, 0));
}

TEST_F(choices_oob, second_urgent_byte__makes_the_first_ordinary)
{
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(3, send(self->from, "deF", 3, MSG_OOB));
	toy_sleep(50);
	EXPECT_STREQ("F", text_of(self->to, 8, MSG_OOB));
	EXPECT_STREQ("abCde", text_of(self->to, 8, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_STREQ("ETIMEDOUT", text_of(self->to, 8, 0));
}

TEST_F(choices_oob, second_urgent_byte__the_first_was_read)
{
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	ASSERT_OK(send_urgent(self->from, self->to, "deF"));
	EXPECT_STREQ("F", text_of(self->to, 8, MSG_OOB));
	EXPECT_STREQ("de", text_of(self->to, 8, 0));
}

TEST_F(choices_oob, msg_waitall__ends_at_the_mark_too)
{
	char buf[4];

	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	ASSERT_OK(toy_opt_timeo(self->to, SO_RCVTIMEO, 2000));
	EXPECT_EQ(2, recv(self->to, buf, 4, MSG_WAITALL));
	EXPECT_EQ(2, recv(self->to, buf, 2, MSG_WAITALL));
}

TEST_F(choices_oob, msg_peek__ends_at_the_mark_too)
{
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_STREQ("ab", text_of(self->to, 8, MSG_PEEK));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
}

TEST_F(choices_oob, fionread__counts_up_to_the_mark)
{
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	toy_sleep(20);
	EXPECT_EQ(2, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_STREQ("d", text_of(self->to, 1, 0));
	EXPECT_EQ(1, toy_ioctl_int(self->to, FIONREAD));
}

TEST_F(choices_oob, poll__pri_until_the_byte_is_read)
{
	EXPECT_EQ(0, toy_poll(self->to, POLLPRI | POLLIN, 0));
	ASSERT_OK(send_urgent(self->from, self->to, "abC"));
	EXPECT_EQ(POLLPRI | POLLIN, toy_poll(self->to, POLLPRI | POLLIN, 0));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_EQ(POLLPRI, toy_poll(self->to, POLLPRI | POLLIN, 0));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	EXPECT_EQ(0, toy_poll(self->to, POLLPRI | POLLIN, 0));
}

TEST_F(choices_oob, select__exceptional_condition)
{
	struct timeval tv = { 2, 0 };
	fd_set set;

	ASSERT_OK(send_urgent(self->from, self->to, "C"));
	FD_ZERO(&set);
	FD_SET(self->to, &set);
	EXPECT_EQ(1, select(self->to + 1, NULL, NULL, &set, &tv));
	EXPECT_TRUE(FD_ISSET(self->to, &set));
}

static long poll_pri(void *arg)
{
	return toy_poll(*(int *)arg, POLLPRI, 5000);
}

TEST_F(choices_oob, poll__a_waiter_for_pri_wakes)
{
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, poll_pri, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(1, send(self->from, "C", 1, MSG_OOB));
	EXPECT_EQ(POLLPRI, toy_thread_join(&thread));
}

TEST_F(choices_oob, sigurg__goes_to_the_owner)
{
	ASSERT_OK(toy_signal_catch(SIGURG, 0));
	ASSERT_OK(send_urgent(self->from, self->to, "C"));
	EXPECT_EQ(0, toy_signal_count(SIGURG));
	ASSERT_OK(fcntl(self->to, F_SETOWN, getpid()));
	EXPECT_EQ(getpid(), fcntl(self->to, F_GETOWN));
	ASSERT_EQ(2, send(self->from, "bD", 2, MSG_OOB));
	while (!toy_signal_count(SIGURG))
		toy_sleep(5);
	toy_sleep(20);
	EXPECT_EQ(1, toy_signal_count(SIGURG));
	/* Ordinary bytes are not worth a signal. */
	ASSERT_EQ(1, send(self->from, "e", 1, 0));
	toy_sleep(20);
	EXPECT_EQ(1, toy_signal_count(SIGURG));
}

/* Many bytes before the urgent one: the mark is where it was set. */
TEST_F(choices_oob, mark__keeps_its_place_in_a_long_stream)
{
	static char sent[20000], seen[20000];
	ssize_t len, got = 0;

	toy_fill(sent, sizeof(sent), 1);
	ASSERT_EQ(15000, send(self->from, sent, 15000, MSG_OOB));
	ASSERT_EQ(5000, send(self->from, sent + 15000, 5000, 0));
	while (got < 14999) {
		len = toy_recv(self->to, seen + got, sizeof(seen) - got, 0,
			       2000);
		ASSERT_LT(0, len);
		got += len;
		ASSERT_GE(14999, got);
		if (got < 14999)
			EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCATMARK));
	}
	EXPECT_EQ(1, toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_EQ(1, recv(self->to, seen + got, 1, MSG_OOB));
	EXPECT_EQ(5000, recv(self->to, seen + 15000, 5000, MSG_WAITALL));
	EXPECT_EQ(-1, toy_check(seen, sizeof(seen), 1));
}

/* Types without urgent data. */
FIXTURE(refused)
{
	int fd[2];
};

FIXTURE_VARIANT(refused)
{
	struct toy_kind kind;
};

TOY_VARIANTS(refused, VARIANTS_LOCAL & ~VARIANTS_STREAM)

FIXTURE_SETUP(refused)
{
	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(refused)
{
}

TEST_F(refused, other_types__eopnotsupp)
{
	char c;

	EXPECT_ERR(EOPNOTSUPP, send(self->fd[0], "C", 1, MSG_OOB));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], &c, 1, MSG_DONTWAIT));
	EXPECT_ERR(EOPNOTSUPP, recv(self->fd[1], &c, 1, MSG_OOB));
	EXPECT_ERR(EOPNOTSUPP,
		   recv(self->fd[1], &c, 1, MSG_OOB | MSG_DONTWAIT));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: options that act on the data (SO_RCVLOWAT, SO_TIMESTAMP*, socket
 * filters), and how much of it there is (FIONREAD, SIOCOUTQ).
 */
#include <limits.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <stdalign.h>
#include <time.h>

#include "toy_test.h"

FIXTURE(every_type_data)
{
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_data)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_data, VARIANTS_ALL)

FIXTURE_SETUP(every_type_data)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(every_type_data)
{
}

/* ------------------------------------------------------------ SO_RCVLOWAT */

/* AF_UNIX minds it when it receives, not when it polls. */
TOY_TEST(every_type_data, so_rcvlowat__gates_poll,
	 VARIANT_TOY_STREAM | VARIANT_TCP)
{
	char buf[8];

	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 4));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 50));
	ASSERT_EQ(1, send(self->from, "d", 1, 0));
	EXPECT_EQ(POLLIN, toy_poll(self->to, POLLIN, 2000));
	EXPECT_EQ(1, recv(self->to, buf, 1, 0));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
	/* The bytes are there for who does not wait. */
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), MSG_DONTWAIT));
}

static long poll_in(void *arg)
{
	return toy_poll(*(int *)arg, POLLIN, 5000);
}

TOY_TEST(every_type_data, so_rcvlowat__wakes_who_polls_when_it_is_met,
	 VARIANT_TOY_STREAM | VARIANT_TCP)
{
	struct toy_thread thread;

	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 4));
	ASSERT_OK(toy_thread_start(&thread, poll_in, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_FALSE(toy_thread_done(&thread, 50));
	ASSERT_EQ(1, send(self->from, "d", 1, 0));
	EXPECT_EQ(POLLIN, toy_thread_join(&thread));
}

TOY_TEST(every_type_data, so_rcvlowat__does_not_hide_the_end,
	 VARIANT_TOY_STREAM | VARIANT_TCP)
{
	char buf[8];

	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 4));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(POLLIN, toy_poll(self->to, POLLIN, 2000));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->to, buf, sizeof(buf), 0));
}

/* Higher than the sender's buffer: no dead end. */
TOY_TEST(every_type_data, so_rcvlowat__larger_than_what_can_be_queued,
	 VARIANT_TOY_STREAM | VARIANT_TCP)
{
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, INT_MAX));
	ASSERT_LT(0, toy_send_full(self->from, 1000));
	EXPECT_EQ(POLLIN, toy_poll(self->to, POLLIN, 2000));
}

static long receive_four(void *arg)
{
	char buf[8];

	return recv(*(int *)arg, buf, sizeof(buf), 0);
}

TOY_TEST(every_type_data, so_rcvlowat__a_blocking_receive_waits_for_it,
	 VARIANTS_STREAM)
{
	struct toy_thread thread;

	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 4));
	ASSERT_OK(toy_thread_start(&thread, receive_four, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_FALSE(toy_thread_done(&thread, 50));
	ASSERT_EQ(1, send(self->from, "d", 1, 0));
	EXPECT_EQ(4, toy_thread_join(&thread));
}

/* A message is as much as there ever is. */
TOY_TEST(every_type_data, so_rcvlowat__is_nothing_to_messages, VARIANTS_MSG)
{
	char buf[8];

	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 4));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(POLLIN, toy_poll(self->to, POLLIN, 2000));
	EXPECT_EQ(1, recv(self->to, buf, sizeof(buf), 0));
}

/* -------------------------------------------------------------- SO_TIMESTAMP */

/* Receive one message and the control message of a type: its size, or -1. */
static ssize_t recv_stamp(int fd, int type, void *data, size_t size)
{
	alignas(8) char control[256];
	char buf[16];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	if (toy_poll(fd, POLLIN, 2000) != POLLIN || recvmsg(fd, &msg, 0) < 0)
		return -2;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		size_t len = cmsg->cmsg_len - CMSG_LEN(0);

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != type)
			continue;
		memcpy(data, CMSG_DATA(cmsg), len < size ? len : size);
		return len;
	}
	return -1;
}

static bool is_now(time_t seconds)
{
	time_t now = time(NULL);

	return seconds >= now - 30 && seconds <= now + 1;
}

/* The devices of AF_INET begin to stamp a little later. */
static int stamp_set(int fd, int option, int value)
{
	int ret = toy_opt_set(fd, SOL_SOCKET, option, value);

	toy_sleep(30);
	return ret;
}

/* AF_UNIX has none on streams. */
#define STAMPED	(VARIANTS_ALL & ~VARIANT_UNIX_STREAM)

TOY_TEST(every_type_data, so_timestamp__comes_with_the_data, STAMPED)
{
	struct timeval tv = { 0 };

	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(-1, recv_stamp(self->to, SCM_TIMESTAMP, &tv, sizeof(tv)));
	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMP, 1));
	ASSERT_EQ(1, send(self->from, "b", 1, 0));
	EXPECT_EQ(sizeof(tv), recv_stamp(self->to, SCM_TIMESTAMP, &tv,
					 sizeof(tv)));
	EXPECT_TRUE(is_now(tv.tv_sec));
	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMP, 0));
	ASSERT_EQ(1, send(self->from, "c", 1, 0));
	EXPECT_EQ(-1, recv_stamp(self->to, SCM_TIMESTAMP, &tv, sizeof(tv)));
}

TOY_TEST(every_type_data, so_timestampns__comes_with_the_data, STAMPED)
{
	struct timespec ts = { 0 };

	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMPNS, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(sizeof(ts), recv_stamp(self->to, SCM_TIMESTAMPNS, &ts,
					 sizeof(ts)));
	EXPECT_TRUE(is_now(ts.tv_sec));
}

TOY_TEST(every_type_data, so_timestamping__comes_with_the_data,
	 STAMPED & ~VARIANTS_UNIX)
{
	struct timespec ts[3] = { 0 };

	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMPING,
			    SOF_TIMESTAMPING_RX_SOFTWARE |
			    SOF_TIMESTAMPING_SOFTWARE));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(sizeof(ts), recv_stamp(self->to, SCM_TIMESTAMPING, ts,
					 sizeof(ts)));
	EXPECT_TRUE(is_now(ts[0].tv_sec));
}

/* The time is that of the arrival, not that of the reading. */
TOY_TEST(every_type_data, so_timestamp__is_that_of_the_arrival, STAMPED)
{
	struct timespec ts = { 0 }, now;
	long long waited;

	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMPNS, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	toy_sleep(100);
	EXPECT_EQ(sizeof(ts), recv_stamp(self->to, SCM_TIMESTAMPNS, &ts,
					 sizeof(ts)));
	clock_gettime(CLOCK_REALTIME, &now);
	waited = (now.tv_sec - ts.tv_sec) * 1000LL +
		 (now.tv_nsec - ts.tv_nsec) / 1000000;
	EXPECT_LE(95, waited);
}

/* Writes with times of their own are not made one by the queue. */
TOY_TEST(every_type_data, so_timestamp__of_each_write_of_a_stream,
	 VARIANT_TOY_STREAM)
{
	struct timespec ts[2] = { 0 };
	char buf[8];

	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMPNS, 1));
	ASSERT_EQ(1, send(self->from, "b", 1, 0));
	toy_sleep(30);
	ASSERT_EQ(1, send(self->from, "c", 1, 0));
	EXPECT_EQ(1, recv(self->to, buf, 1, 0));
	EXPECT_EQ('a', buf[0]);
	EXPECT_EQ(sizeof(ts[0]), recv_stamp(self->to, SCM_TIMESTAMPNS, &ts[0],
					    sizeof(ts[0])));
	ASSERT_OK(stamp_set(self->to, SO_TIMESTAMPNS, 0));
	ASSERT_EQ(3, send(self->from, "def", 3, 0));
	ASSERT_LT(0, recv(self->to, buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_TRUE(!memcmp(buf, "c", 1) || !memcmp(buf, "def", 3));
}

/* ----------------------------------------------------------------- filters */

static int filter_attach(int fd, struct sock_filter *filter, size_t len)
{
	struct sock_fprog prog = { .len = len, .filter = filter };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int filter_detach(int fd)
{
	return toy_opt_set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

/* Drop what begins with 'x'; of the rest keep 3 bytes. */
static struct sock_filter drop_x_keep_3[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'x', 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, 3),
};

TOY_TEST(every_type_data, so_attach_filter__drops_and_cuts_messages,
	 VARIANTS_MSG & VARIANTS_LOCAL)
{
	char buf[8] = "";
	int i;

	ASSERT_OK(filter_attach(self->to, drop_x_keep_3, 4));
	/* Dropped after it was sent, so nobody is told; and no memory is lost */
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(2, send(self->from, "x1", 2, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(self->to, buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_EQ(0, toy_ioctl_int(self->from, SIOCOUTQ));
	ASSERT_EQ(2, send(self->from, "ab", 2, 0));
	ASSERT_EQ(5, send(self->from, "abcde", 5, 0));
	EXPECT_EQ(2, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(3, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_STREQ("abc", buf);
	ASSERT_OK(filter_detach(self->to));
	ASSERT_EQ(5, send(self->from, "xyzuv", 5, 0));
	EXPECT_EQ(5, recv(self->to, buf, sizeof(buf), 0));
}

TOY_TEST(every_type_data, so_attach_filter__is_nothing_to_streams,
	 VARIANTS_STREAM & VARIANTS_LOCAL)
{
	char buf[8];

	ASSERT_OK(filter_attach(self->to, drop_x_keep_3, 4));
	ASSERT_EQ(5, send(self->from, "xabcd", 5, 0));
	EXPECT_EQ(5, recv(self->to, buf, sizeof(buf), 0));
}

TEST_F(every_type_data, so_attach_filter__bad_programs)
{
	struct sock_filter bad[] = { BPF_STMT(0xffff, 0) };

	EXPECT_ERR(EINVAL, filter_attach(self->to, bad, 1));
	EXPECT_ERR(EINVAL, filter_attach(self->to, drop_x_keep_3, 0));
	EXPECT_ERR(EFAULT, filter_attach(self->to, (void *)toy_page_bad(), 4));
	EXPECT_ERR(ENOENT, filter_detach(self->to));
	ASSERT_OK(filter_attach(self->to, drop_x_keep_3, 4));
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_LOCK_FILTER, 1));
	EXPECT_ERR(EPERM, filter_detach(self->to));
	EXPECT_ERR(EPERM, filter_attach(self->to, drop_x_keep_3, 4));
}

/* ---------------------------------------------------------------- FIONREAD */

TOY_TEST(every_type_data, fionread__next_message,
	 VARIANTS_MSG & ~VARIANT_UNIX_SEQPACKET)
{
	char buf[16];

	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
	ASSERT_EQ(5, send(self->from, "abcde", 5, 0));
	ASSERT_EQ(2, send(self->from, "fg", 2, 0));
	EXPECT_EQ(5, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_EQ(1, recv(self->to, buf, 1, MSG_PEEK));
	EXPECT_EQ(5, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_EQ(5, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(2, toy_ioctl_int(self->to, SIOCINQ));
	EXPECT_EQ(2, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_EQ(0, toy_ioctl_int(self->from, FIONREAD));
}

TOY_TEST(every_type_data, fionread__all_bytes_of_a_stream, VARIANTS_STREAM)
{
	char buf[16];

	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
	ASSERT_EQ(5, send(self->from, "abcde", 5, 0));
	ASSERT_EQ(2, send(self->from, "fg", 2, 0));
	toy_sleep(20);
	EXPECT_EQ(7, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_EQ(3, recv(self->to, buf, 3, 0));
	EXPECT_EQ(4, toy_ioctl_int(self->to, SIOCINQ));
	EXPECT_EQ(4, recv(self->to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
}

TOY_TEST(every_type_data, fionread__of_a_listener_einval, VARIANTS_CONN)
{
	struct toy_name name;
	int fd;

	fd = toy_listener(variant->kind, &name, 4);
	ASSERT_OK(fd);
	EXPECT_ERR(EINVAL, toy_ioctl_int(fd, FIONREAD));
	if (!toy_kind_is_unix(variant->kind))
		EXPECT_ERR(EINVAL, toy_ioctl_int(fd, SIOCOUTQ));
}

/* ---------------------------------------------------------------- SIOCOUTQ */

/* TCP and UDP have handed it over by then. */
TOY_TEST(every_type_data, siocoutq__not_yet_taken_by_the_peer, VARIANTS_LOCAL)
{
	char buf[300] = { 0 };
	int n, last;

	EXPECT_EQ(0, toy_ioctl_int(self->from, SIOCOUTQ));
	ASSERT_EQ(100, send(self->from, buf, 100, 0));
	last = toy_ioctl_int(self->from, SIOCOUTQ);
	EXPECT_LE(100, last);
	ASSERT_EQ(200, send(self->from, buf, 200, 0));
	n = toy_ioctl_int(self->from, TIOCOUTQ);
	EXPECT_LE(last + (toy_kind_is_stream(variant->kind) ? 0 : 1), n);
	EXPECT_EQ(0, toy_ioctl_int(self->to, SIOCOUTQ));
	EXPECT_EQ(100, recv(self->to, buf, 100, 0));
	EXPECT_GE(n, toy_ioctl_int(self->from, SIOCOUTQ));
	EXPECT_EQ(200, recv(self->to, buf, 200, 0));
	EXPECT_EQ(0, toy_ioctl_int(self->from, SIOCOUTQ));
}

TOY_TEST(every_type_data, siocoutq__is_exact_where_there_is_a_connection,
	 VARIANTS_CONN & VARIANTS_TOY)
{
	char buf[300] = { 0 };

	ASSERT_EQ(100, send(self->from, buf, 100, 0));
	EXPECT_EQ(100, toy_ioctl_int(self->from, SIOCOUTQ));
	ASSERT_EQ(200, send(self->from, buf, 200, 0));
	EXPECT_EQ(300, toy_ioctl_int(self->from, SIOCOUTQ));
	EXPECT_EQ(100, recv(self->to, buf, 100, MSG_PEEK));
	EXPECT_EQ(300, toy_ioctl_int(self->from, SIOCOUTQ));
	EXPECT_EQ(100, recv(self->to, buf, 100, 0));
	EXPECT_EQ(200, toy_ioctl_int(self->from, SIOCOUTQ));
}

TOY_TEST(every_type_data, siocoutq__is_0_once_the_peer_is_closed,
	 VARIANTS_LOCAL)
{
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_LE(3, toy_ioctl_int(self->from, SIOCOUTQ));
	EXPECT_OK(close(self->to));
	EXPECT_EQ(0, toy_ioctl_int(self->from, SIOCOUTQ));
}

TEST_F(every_type_data, ioctl__unknown_enotty_bad_pointer_efault)
{
	EXPECT_ERR(ENOTTY, toy_ioctl_int(self->to, 0x4711));
	EXPECT_ERR(EFAULT, ioctl(self->to, FIONREAD, toy_page_bad()));
	EXPECT_ERR(EFAULT, ioctl(self->to, SIOCOUTQ, toy_page_bad()));
}

TOY_TEST_MAIN

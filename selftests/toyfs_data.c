// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: data, where all types are alike. Bytes written are the bytes read, by
 * whatever call; waiting, ends, signals. Messages are in toyfs_message.c.
 */
#include <linux/sockios.h>
#include <sys/sendfile.h>
#include <termios.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_data)
{
	struct toyfs_end end[2];
	int from;	/* data of end[0] */
	int to;		/* data of end[1] */
	int pipe[2];
};

FIXTURE_VARIANT(toyfs_data)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_data, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_data)
{
	toy_guard(20);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	self->from = self->end[0].data;
	self->to = self->end[1].data;
	ASSERT_OK(pipe(self->pipe));
}

FIXTURE_TEARDOWN(toyfs_data)
{
}

static char out[300000], in[300000];

/* ------------------------------------------------------------ read and write */

TEST_F(toyfs_data, read_write__both_ways)
{
	ASSERT_EQ(5, write(self->from, "abcde", 5));
	ASSERT_EQ(2, write(self->to, "xy", 2));
	EXPECT_EQ(5, read(self->to, in, 100));
	EXPECT_EQ(0, memcmp(in, "abcde", 5));
	EXPECT_EQ(2, read(self->from, in, 100));
	EXPECT_EQ(0, memcmp(in, "xy", 2));
}

TEST_F(toyfs_data, read__of_zero_bytes_takes_nothing)
{
	EXPECT_EQ(0, read(self->to, in, 0));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(0, read(self->to, in, 0));
	EXPECT_EQ(3, read(self->to, in, 3));
}

TEST_F(toyfs_data, readv_writev__carry_data)
{
	struct iovec out_iov[] = { { "abc", 3 }, { "", 0 }, { "de", 2 } };
	struct iovec in_iov[] = { { in, 1 }, { in + 1, 0 }, { in + 1, 99 } };

	ASSERT_EQ(5, writev(self->from, out_iov, 3));
	ASSERT_EQ(5, readv(self->to, in_iov, 3));
	EXPECT_EQ(0, memcmp(in, "abcde", 5));
	EXPECT_EQ(5, pwritev2(self->from, out_iov, 3, -1, 0));
	EXPECT_EQ(5, preadv2(self->to, in_iov, 3, -1, 0));
	EXPECT_ERR(ESPIPE, preadv2(self->to, in_iov, 3, 0, 0));
	EXPECT_ERR(ESPIPE, pwritev2(self->from, out_iov, 3, 0, 0));
}

TEST_F(toyfs_data, read_write__one_way_each)
{
	int rd = toyfs_open(variant->kind, self->end[1].n, "data", O_RDONLY);
	int wr = toyfs_open(variant->kind, self->end[0].n, "data", O_WRONLY);

	ASSERT_OK(rd);
	ASSERT_OK(wr);
	EXPECT_EQ(3, write(wr, "abc", 3));
	EXPECT_ERR(EBADF, read(wr, in, 1));
	EXPECT_ERR(EBADF, write(rd, "x", 1));
	EXPECT_EQ(3, read(rd, in, 10));
}

/* What is written by file is received by call, and the other way round. */
TEST_F(toyfs_data, mix__with_the_sockets_own_calls)
{
	int sock[2];

	sock[0] = toyfs_getsock(self->end[0].ctl, 0);
	sock[1] = toyfs_getsock(self->end[1].ctl, 0);
	ASSERT_OK(sock[0]);
	ASSERT_OK(sock[1]);
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, recv(sock[1], in, 10, MSG_DONTWAIT));
	ASSERT_EQ(4, send(sock[0], "defg", 4, 0));
	EXPECT_EQ(4, recv(sock[1], in, 10, MSG_PEEK));
	EXPECT_EQ(4, read(self->to, in, 10));
	EXPECT_EQ(0, memcmp(in, "defg", 4));
	ASSERT_EQ(1, write(sock[0], "h", 1));
	EXPECT_EQ(1, read(self->to, in, 10));
	EXPECT_ERR(EAGAIN, recv(sock[1], in, 10, MSG_DONTWAIT));
}

/* Two who read one data share what comes, as with any file. */
TEST_F(toyfs_data, read__of_two_opens)
{
	int to = toyfs_open(variant->kind, self->end[1].n, "data", O_RDWR);

	ASSERT_OK(to);
	ASSERT_EQ(1, write(self->from, "a", 1));
	EXPECT_EQ(1, read(to, in, 1));
	ASSERT_EQ(1, write(self->from, "b", 1));
	EXPECT_EQ(1, read(self->to, in, 1));
	EXPECT_EQ('b', in[0]);
	toy_close(&to);
	ASSERT_EQ(1, write(self->from, "c", 1));
	EXPECT_EQ(1, read(self->to, in, 1));
}

TEST_F(toyfs_data, read_write__bad_pointers)
{
	char *bad = toy_page_bad();

	EXPECT_ERR(EFAULT, write(self->from, bad, 10));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_ERR(EFAULT, read(self->to, bad, 3));
	/* What could not be delivered is there for the next. */
	ASSERT_LE(3, read(self->to, in, 10));
	EXPECT_EQ(0, memcmp(in, "abc", 3));
}

/* ------------------------------------------------------------------- splice */

TEST_F(toyfs_data, splice__from_a_pipe)
{
	toy_fill(out, 3000, 1);
	ASSERT_EQ(3000, write(self->pipe[1], out, 3000));
	ASSERT_EQ(3000, splice(self->pipe[0], NULL, self->from, NULL, 3000, 0));
	ASSERT_EQ(3000, read(self->to, in, sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, 3000, 1));
}

TEST_F(toyfs_data, splice__to_a_pipe)
{
	toy_fill(out, 3000, 2);
	ASSERT_EQ(3000, write(self->from, out, 3000));
	ASSERT_EQ(3000, splice(self->to, NULL, self->pipe[1], NULL, 3000, 0));
	ASSERT_EQ(3000, read(self->pipe[0], in, sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, 3000, 2));
	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
}

TEST_F(toyfs_data, splice__waits_or_not)
{
	ASSERT_OK(toy_nonblock(self->to, true));
	EXPECT_ERR(EAGAIN, splice(self->to, NULL, self->pipe[1], NULL, 10,
				  SPLICE_F_NONBLOCK));
	EXPECT_ERR(EINVAL, splice(self->to, &(loff_t){ 0 }, self->pipe[1],
				  NULL, 10, 0));
}

TEST_F(toyfs_data, sendfile__from_a_file)
{
	FILE *file = tmpfile();
	ssize_t n, done;

	ASSERT_NE(NULL, file);
	toy_fill(out, 5000, 3);
	ASSERT_EQ(5000, fwrite(out, 1, 5000, file));
	ASSERT_EQ(0, fflush(file));
	rewind(file);
	ASSERT_EQ(5000, sendfile(self->from, fileno(file), &(off_t){ 0 },
				 5000));
	/* By pages: that of messages may come as several. */
	for (done = 0; done < 5000; done += n) {
		n = read(self->to, in + done, sizeof(in) - done);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(-1, toy_check(in, 5000, 3));
}

/* ------------------------------------------------------------------ waiting */

static long read_ten(void *arg)
{
	return read(*(int *)arg, in, 10);
}

static long write_much(void *arg)
{
	ssize_t n;
	long sum = 0;

	while (sum < (long)sizeof(out)) {
		n = write(*(int *)arg, out, 20000);
		if (n < 0)
			return -1;
		sum += n;
	}
	return sum;
}

TEST_F(toyfs_data, nonblock__eagain_on_empty_and_on_full)
{
	long count = 0;

	ASSERT_OK(toy_nonblock(self->to, true));
	ASSERT_OK(toy_nonblock(self->from, true));
	EXPECT_ERR(EAGAIN, read(self->to, in, 10));
	/* The last one of a stream may be of less. */
	while (write(self->from, out, 1000) > 0)
		count++;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LT(0, count);
	EXPECT_ERR(EAGAIN, write(self->from, out, 1000));
	EXPECT_EQ(0, toy_poll(self->from, POLLOUT, 0));
	while (read(self->to, in, sizeof(in)) > 0)
		;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(POLLOUT, toy_poll(self->from, POLLOUT, 1000));
}

/* The flag belongs to an open, not to the socket. */
TEST_F(toyfs_data, nonblock__of_one_open_alone)
{
	int to = toyfs_open(variant->kind, self->end[1].n, "data",
			    O_RDWR | O_NONBLOCK);
	int sock = toyfs_getsock(self->end[1].ctl, 0);
	struct toy_thread thread;

	EXPECT_ERR(EAGAIN, read(to, in, 10));
	EXPECT_EQ(0, fcntl(sock, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, fcntl(self->to, F_GETFL) & O_NONBLOCK);
	ASSERT_OK(toy_thread_start(&thread, read_ten, &self->to));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, toy_thread_join(&thread));
}

TEST_F(toyfs_data, rwf_nowait__eagain)
{
	struct iovec iov = { in, 10 };

	EXPECT_ERR(EAGAIN, preadv2(self->to, &iov, 1, -1, RWF_NOWAIT));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, preadv2(self->to, &iov, 1, -1, RWF_NOWAIT));
}

TEST_F(toyfs_data, write__blocks_until_there_is_room)
{
	struct toy_thread thread;
	long sum = 0;
	ssize_t n;

	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "set sndbuf 50000"));
	ASSERT_OK(toyfs_ctl(self->end[1].ctl, "set rcvbuf 50000"));
	ASSERT_OK(toy_thread_start(&thread, write_much, &self->from));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	while (sum < (long)sizeof(out)) {
		n = read(self->to, in, sizeof(in));
		ASSERT_LT(0, n);
		sum += n;
	}
	EXPECT_EQ(sizeof(out), toy_thread_join(&thread));
}

TEST_F(toyfs_data, signal__interrupts_a_read)
{
	struct toy_thread thread;

	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, read_ten, &self->to));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
	/* With SA_RESTART it goes on, and the data is there. */
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&thread, read_ten, &self->to));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	while (!toy_signal_count(SIGUSR1))
		sched_yield();
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, toy_thread_join(&thread));
}

TEST_F(toyfs_data, sigio__comes_with_data)
{
	siginfo_t info = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	ASSERT_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_OK(fcntl(self->to, F_SETOWN, getpid()));
	ASSERT_OK(fcntl(self->to, F_SETSIG, SIGIO));
	ASSERT_OK(fcntl(self->to, F_SETFL, O_ASYNC));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(SIGIO, sigwaitinfo(&set, &info));
	EXPECT_EQ(self->to, info.si_fd);
	EXPECT_LT(0, info.si_band & POLLIN);
	/* Switched off: no more of them. */
	ASSERT_OK(fcntl(self->to, F_SETFL, 0));
	while (sigtimedwait(&set, &info, &(struct timespec){ 0 }) > 0)
		;
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_ERR(EAGAIN, sigtimedwait(&set, &info, &(struct timespec){ 0 }));
}

/* --------------------------------------------------------------------- ends */

TOY_TEST(toyfs_data, end__of_file_after_what_was_sent, VARIANTS_CONN)
{
	ASSERT_EQ(3, write(self->from, "abc", 3));
	toyfs_close(&self->end[0]);
	EXPECT_EQ(3, read(self->to, in, 10));
	EXPECT_EQ(0, read(self->to, in, 10));
	EXPECT_EQ(0, read(self->to, in, 10));
}

TOY_TEST(toyfs_data, end__sigpipe_with_each_epipe, VARIANTS_CONN)
{
	struct iovec iov = { "x", 1 };

	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	toyfs_close(&self->end[1]);
	EXPECT_ERR(EPIPE, write(self->from, "x", 1));
	EXPECT_EQ(1, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, writev(self->from, &iov, 1));
	EXPECT_EQ(2, toy_signal_count(SIGPIPE));
}

TOY_TEST(toyfs_data, end__reset_where_something_was_unread, VARIANTS_CONN)
{
	ASSERT_EQ(1, write(self->to, "x", 1));
	toyfs_close(&self->end[0]);
	EXPECT_ERR(ECONNRESET, read(self->to, in, 1));
	EXPECT_EQ(0, read(self->to, in, 1));
}

static int plain_fails(struct toy_kind kind, bool writing)
{
	int fd = toy_socket(kind, SOCK_NONBLOCK);
	ssize_t n;
	int err;

	n = writing ? write(fd, "x", 1) : read(fd, in, 1);
	err = n < 0 ? errno : 0;
	close(fd);
	return err;
}

/* Before there is a peer data fails as the socket's own read(2) does. */
TEST_F(toyfs_data, idle__as_a_socket)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	ASSERT_OK(toyfs_data(&end, O_RDWR | O_NONBLOCK));
	EXPECT_ERR(plain_fails(variant->kind, false), read(end.data, in, 1));
	EXPECT_ERR(plain_fails(variant->kind, true), write(end.data, "x", 1));
}

/* ------------------------------------------------------------------- ioctls */

TEST_F(toyfs_data, ioctl__are_the_sockets)
{
	int unread, sock = toyfs_getsock(self->end[0].ctl, 0);

	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, toy_ioctl_int(self->to, FIONREAD));
	unread = toy_ioctl_int(self->from, TIOCOUTQ);
	EXPECT_LT(0, unread);
	EXPECT_EQ(unread, toy_ioctl_int(sock, TIOCOUTQ));
	EXPECT_EQ(3, read(self->to, in, 10));
	EXPECT_EQ(0, toy_ioctl_int(self->from, TIOCOUTQ));
	EXPECT_EQ(toy_kind_is_stream(variant->kind) ? 0 : -1,
		  toy_ioctl_int(self->to, SIOCATMARK));
	EXPECT_ERR(ENOTTY, toy_ioctl_int(self->to, TCGETS));
	EXPECT_ERR(EFAULT, ioctl(self->to, FIONREAD, toy_page_bad()));
}

TOY_TEST_MAIN

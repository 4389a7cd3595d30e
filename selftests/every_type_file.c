// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: the calls that know files, not sockets. io_uring is in
 * every_type_uring.c.
 */
#include <sys/sendfile.h>

#include "toy_test.h"

FIXTURE(every_type_file)
{
	int to;
	int from;
	int pipe[2];
};

FIXTURE_VARIANT(every_type_file)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_file, VARIANTS_ALL)

FIXTURE_SETUP(every_type_file)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
	ASSERT_OK(pipe(self->pipe));
}

FIXTURE_TEARDOWN(every_type_file)
{
}

static char out[400000], in[400000];

/* -------------------------------------------------------------- read, write */

TEST_F(every_type_file, read_write__carry_data)
{
	ASSERT_EQ(5, write(self->from, "abcde", 5));
	ASSERT_EQ(5, read(self->to, in, 100));
	EXPECT_EQ(0, memcmp(in, "abcde", 5));
}

TEST_F(every_type_file, readv_writev__carry_data)
{
	struct iovec out_iov[] = { { "abc", 3 }, { "de", 2 } };
	struct iovec in_iov[] = { { in, 1 }, { in + 1, 99 } };

	ASSERT_EQ(5, writev(self->from, out_iov, 2));
	ASSERT_EQ(5, readv(self->to, in_iov, 2));
	EXPECT_EQ(0, memcmp(in, "abcde", 5));
}

/* Reading nothing takes nothing. */
TEST_F(every_type_file, read__of_zero_bytes)
{
	EXPECT_EQ(0, read(self->to, in, 0));
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(0, read(self->to, in, 0));
	EXPECT_EQ(3, read(self->to, in, 3));
}

TOY_TEST(every_type_file, write__of_zero_bytes_is_an_empty_message,
	 VARIANTS_MSG)
{
	EXPECT_EQ(0, write(self->from, "", 0));
	EXPECT_EQ(1, write(self->from, "x", 1));
	EXPECT_EQ(0, recv(self->to, in, 10, 0));
	EXPECT_EQ(1, recv(self->to, in, 10, 0));
}

TOY_TEST(every_type_file, write__of_zero_bytes_is_nothing_to_a_stream,
	 VARIANTS_STREAM)
{
	EXPECT_EQ(0, write(self->from, "", 0));
	EXPECT_ERR(EAGAIN, recv(self->to, in, 10, MSG_DONTWAIT));
}

TEST_F(every_type_file, preadv2_pwritev2__at_no_offset)
{
	struct iovec out_iov = { "abc", 3 }, in_iov = { in, 10 };

	EXPECT_EQ(3, pwritev2(self->from, &out_iov, 1, -1, 0));
	EXPECT_EQ(3, preadv2(self->to, &in_iov, 1, -1, 0));
	EXPECT_ERR(ESPIPE, preadv2(self->to, &in_iov, 1, 5, 0));
	EXPECT_ERR(ESPIPE, pwritev2(self->from, &out_iov, 1, 5, 0));
}

/* ------------------------------------------------------------------- splice */

TEST_F(every_type_file, splice__from_a_pipe_to_the_socket)
{
	toy_fill(out, 3000, 1);
	ASSERT_EQ(3000, write(self->pipe[1], out, 3000));
	ASSERT_EQ(3000, splice(self->pipe[0], NULL, self->from, NULL, 3000, 0));
	ASSERT_EQ(3000, toy_recv(self->to, in, 3000, 0, 2000));
	EXPECT_EQ(-1, toy_check(in, 3000, 1));
}

TEST_F(every_type_file, splice__from_the_socket_to_a_pipe)
{
	toy_fill(out, 3000, 2);
	ASSERT_EQ(3000, send(self->from, out, 3000, 0));
	ASSERT_EQ(3000, splice(self->to, NULL, self->pipe[1], NULL, 3000, 0));
	ASSERT_EQ(3000, read(self->pipe[0], in, sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, 3000, 2));
	EXPECT_ERR(EAGAIN, recv(self->to, in, 1, MSG_DONTWAIT));
}

/* A message and no more, however much is asked for. */
TOY_TEST(every_type_file, splice__of_messages_keeps_their_order, VARIANTS_MSG)
{
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	ASSERT_EQ(3, splice(self->to, NULL, self->pipe[1], NULL, 4096, 0));
	ASSERT_EQ(2, splice(self->to, NULL, self->pipe[1], NULL, 4096, 0));
	ASSERT_EQ(5, read(self->pipe[0], in, sizeof(in)));
	EXPECT_EQ(0, memcmp(in, "abcde", 5));
}

TEST_F(every_type_file, splice__of_a_nonblocking_socket_eagain)
{
	ASSERT_OK(toy_nonblock(self->to, true));
	EXPECT_ERR(EAGAIN, splice(self->to, NULL, self->pipe[1], NULL, 10, 0));
}

/* What the pipe has no room for stays where it is. */
TOY_TEST(every_type_file, splice__as_much_as_the_pipe_takes, VARIANTS_STREAM)
{
	ssize_t n, more;

	ASSERT_LE(4096, fcntl(self->pipe[1], F_SETPIPE_SZ, 4096));
	toy_fill(out, 20000, 5);
	ASSERT_EQ(20000, toy_send_all(self->from, out, 20000));
	n = splice(self->to, NULL, self->pipe[1], NULL, 20000, 0);
	ASSERT_LT(0, n);
	ASSERT_GT(20000, n);
	EXPECT_ERR(EAGAIN, splice(self->to, NULL, self->pipe[1], NULL, 20000,
				  SPLICE_F_NONBLOCK));
	ASSERT_EQ(n, read(self->pipe[0], in, sizeof(in)));
	more = splice(self->to, NULL, self->pipe[1], NULL, 100, 0);
	ASSERT_LT(0, more);
	ASSERT_EQ(more, read(self->pipe[0], in + n, sizeof(in) - n));
	n += more;
	ASSERT_EQ(20000 - n, toy_recv(self->to, in + n, 20000 - n, MSG_WAITALL,
				      2000));
	EXPECT_EQ(-1, toy_check(in, 20000, 5));
}

/* What a pipe holds is nothing that a writer has to wait for. */
TOY_TEST(every_type_file, splice__a_pipe_holds_no_room, VARIANTS_STREAM)
{
	ASSERT_EQ(50000, toy_send_all(self->from, out, 50000));
	ASSERT_EQ(50000, splice(self->to, NULL, self->pipe[1], NULL, 50000, 0));
	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUF, 5000));
	EXPECT_EQ(1, send(self->from, "a", 1, MSG_DONTWAIT));
}

/* What is there goes on, whatever SO_RCVLOWAT says: the pipe is locked meanwhile. */
TOY_TEST(every_type_file, splice__does_not_wait_for_more, VARIANTS_STREAM)
{
	if (variant->kind.family == AF_UNIX)
		SKIP(return, "AF_UNIX waits");
	ASSERT_OK(toy_opt_set(self->to, SOL_SOCKET, SO_RCVLOWAT, 100));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(3, splice(self->to, NULL, self->pipe[1], NULL, 1000, 0));
}

TOY_TEST(every_type_file, splice__end_of_file, VARIANTS_CONN)
{
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	EXPECT_EQ(0, splice(self->to, NULL, self->pipe[1], NULL, 10, 0));
}

TEST_F(every_type_file, splice__bad_arguments)
{
	loff_t off = 0;

	EXPECT_ERR(EINVAL, splice(self->to, NULL, self->from, NULL, 10, 0));
	EXPECT_ERR(EINVAL, splice(self->to, &off, self->pipe[1], NULL, 10, 0));
	EXPECT_ERR(EINVAL, splice(self->pipe[0], NULL, self->from, &off, 10,
				  0));
}

TEST_F(every_type_file, splice__after_shutdown_epipe)
{
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	ASSERT_EQ(3, write(self->pipe[1], "abc", 3));
	EXPECT_ERR(EPIPE, splice(self->pipe[0], NULL, self->from, NULL, 3, 0));
}

struct pump {
	int in, out;
	size_t bytes;
};

static long pump(void *arg)
{
	const struct pump *p = arg;
	size_t done = 0;
	ssize_t n;

	while (done < p->bytes) {
		n = splice(p->in, NULL, p->out, NULL, p->bytes - done, 0);
		if (n <= 0)
			return -1;
		done += n;
	}
	return done;
}

/* Through a pipe, the socket and another pipe, all at once. */
TOY_TEST(every_type_file, splice__a_long_stream, VARIANTS_STREAM)
{
	struct pump push = { self->pipe[0], self->from, sizeof(out) };
	struct pump pull = { self->to, -1, sizeof(out) };
	struct toy_thread thread[2];
	int pipe_out[2];
	size_t done;
	ssize_t n;
	pid_t pid;

	ASSERT_OK(pipe(pipe_out));
	pull.out = pipe_out[1];
	toy_fill(out, sizeof(out), 3);
	ASSERT_OK(toy_thread_start(&thread[0], pump, &push));
	ASSERT_OK(toy_thread_start(&thread[1], pump, &pull));
	pid = fork();
	if (!pid)
		_exit(write(self->pipe[1], out, sizeof(out)) != sizeof(out));
	for (done = 0; done < sizeof(in); done += n) {
		n = read(pipe_out[0], in + done, sizeof(in) - done);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(-1, toy_check(in, sizeof(in), 3));
	EXPECT_EQ(sizeof(out), toy_thread_join(&thread[0]));
	EXPECT_EQ(sizeof(out), toy_thread_join(&thread[1]));
	EXPECT_EQ(0, toy_child_wait(pid));
}

/* The socket goes on with its memory; what the pipe holds is the pipe's. */
TEST_F(every_type_file, splice__what_is_in_the_pipe_stays_as_it_was)
{
	int i;

	toy_fill(out, 3000, 4);
	ASSERT_EQ(3000, send(self->from, out, 3000, 0));
	ASSERT_EQ(3000, splice(self->to, NULL, self->pipe[1], NULL, 3000, 0));
	for (i = 0; i < 20; i++) {
		toy_fill(out, 3000, 100 + i);
		ASSERT_EQ(3000, send(self->from, out, 3000, 0));
		ASSERT_EQ(3000, recv(self->to, in, 3000, MSG_WAITALL));
	}
	ASSERT_EQ(3000, read(self->pipe[0], in, sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, 3000, 4));
}

/* ---------------------------------------------------------------------- tee */

TEST_F(every_type_file, tee__one_pipe_two_receivers)
{
	int second[2], other[2];

	ASSERT_OK(pipe(second));
	ASSERT_OK(toy_pair(variant->kind, other));
	toy_fill(out, 3000, 5);
	ASSERT_EQ(3000, send(self->from, out, 3000, 0));
	ASSERT_EQ(3000, splice(self->to, NULL, self->pipe[1], NULL, 3000, 0));
	ASSERT_EQ(3000, tee(self->pipe[0], second[1], 3000, 0));
	ASSERT_EQ(3000, splice(self->pipe[0], NULL, self->from, NULL, 3000, 0));
	ASSERT_EQ(3000, splice(second[0], NULL, other[0], NULL, 3000, 0));
	ASSERT_EQ(3000, toy_recv(self->to, in, 3000, 0, 2000));
	EXPECT_EQ(-1, toy_check(in, 3000, 5));
	ASSERT_EQ(3000, toy_recv(other[1], in, 3000, 0, 2000));
	EXPECT_EQ(-1, toy_check(in, 3000, 5));
	/* A socket itself is no pipe. */
	EXPECT_ERR(EINVAL, tee(self->to, self->pipe[1], 10, 0));
}

/* ----------------------------------------------------------------- sendfile */

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("sendfile", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		return -1;
	return fd;
}

TEST_F(every_type_file, sendfile__a_page_of_a_file)
{
	off_t off = 500;
	int fd;

	toy_fill(out, 4096, 6);
	fd = file_of(out, 4096);
	ASSERT_OK(fd);
	ASSERT_EQ(3000, sendfile(self->from, fd, &off, 3000));
	EXPECT_EQ(3500, off);
	ASSERT_EQ(3000, toy_recv(self->to, in, 3000, 0, 2000));
	EXPECT_EQ(0, memcmp(in, out + 500, 3000));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
}

TEST_F(every_type_file, sendfile__from_the_socket_einval)
{
	int fd = file_of("", 1);

	ASSERT_OK(fd);
	EXPECT_ERR(EINVAL, sendfile(fd, self->to, NULL, 10));
}

static long receive_all(void *arg)
{
	return toy_recv_all(*(int *)arg, in, sizeof(in));
}

TOY_TEST(every_type_file, sendfile__a_long_file, VARIANTS_STREAM)
{
	struct toy_thread thread;
	size_t done;
	off_t off = 0;
	ssize_t n;
	int fd;

	toy_fill(out, sizeof(out), 7);
	fd = file_of(out, sizeof(out));
	ASSERT_OK(fd);
	ASSERT_OK(toy_thread_start(&thread, receive_all, &self->to));
	for (done = 0; done < sizeof(out); done += n) {
		n = sendfile(self->from, fd, &off, sizeof(out) - done);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(sizeof(in), toy_thread_join(&thread));
	EXPECT_EQ(-1, toy_check(in, sizeof(in), 7));
}

/* Full: the part that went, and the file is where that ended. */
TOY_TEST(every_type_file, sendfile__to_a_nonblocking_stream, VARIANTS_STREAM)
{
	size_t sent = 0, got = 0;
	off_t off = 0;
	ssize_t n;
	int fd;

	toy_fill(out, sizeof(out), 8);
	fd = file_of(out, sizeof(out));
	ASSERT_OK(fd);
	ASSERT_OK(toy_nonblock(self->from, true));
	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_SNDBUF, 20000));
	while (sent < sizeof(out)) {
		n = sendfile(self->from, fd, &off, sizeof(out) - sent);
		if (n > 0)
			sent += n;
		ASSERT_TRUE(n > 0 || errno == EAGAIN);
		ASSERT_EQ((off_t)sent, off);
		while ((n = recv(self->to, in + got, sizeof(in) - got,
				 MSG_DONTWAIT)) > 0)
			got += n;
	}
	ASSERT_EQ(sizeof(in) - got,
		  toy_recv_all(self->to, in + got, sizeof(in) - got));
	EXPECT_EQ(-1, toy_check(in, sizeof(in), 8));
}

/* ----------------------------------------------------------------- vmsplice */

TEST_F(every_type_file, vmsplice__to_a_pipe_and_on)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct iovec iov = { NULL, 3000 };

	iov.iov_base = mmap(NULL, page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, iov.iov_base);
	toy_fill(iov.iov_base, 3000, 9);
	ASSERT_EQ(3000, vmsplice(self->pipe[1], &iov, 1, 0));
	ASSERT_EQ(3000, splice(self->pipe[0], NULL, self->from, NULL, 3000, 0));
	ASSERT_EQ(3000, toy_recv(self->to, in, 3000, 0, 2000));
	EXPECT_EQ(-1, toy_check(in, 3000, 9));
	/* The page is the program's again: the socket writes nothing to it. */
	ASSERT_EQ(3000, send(self->from, out, 3000, 0));
	ASSERT_EQ(3000, toy_recv(self->to, in, 3000, 0, 2000));
	EXPECT_EQ(-1, toy_check(iov.iov_base, 3000, 9));
}

/* From the socket into the program's memory, by way of the pipe. */
TEST_F(every_type_file, vmsplice__from_a_pipe_that_the_socket_filled)
{
	struct iovec iov = { in, sizeof(in) };

	toy_fill(out, 3000, 10);
	ASSERT_EQ(3000, send(self->from, out, 3000, 0));
	ASSERT_EQ(3000, splice(self->to, NULL, self->pipe[1], NULL, 3000, 0));
	ASSERT_EQ(3000, vmsplice(self->pipe[0], &iov, 1, 0));
	EXPECT_EQ(-1, toy_check(in, 3000, 10));
}

TOY_TEST_MAIN

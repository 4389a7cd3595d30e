// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: io_uring(7), by its system calls. What can be done at once, what
 * has to wait for the other side, and what is called off.
 */
#include "toy_ring.h"
#include "toy_test.h"

FIXTURE(every_type_uring)
{
	struct toy_ring ring;
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_uring)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_uring, VARIANTS_ALL)

FIXTURE_SETUP(every_type_uring)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
	if (!toy_ring_make(&self->ring))
		return;
	/* The status that the harness has for it: nothing else is to run. */
	ASSERT_GT(0, self->ring.fd);
	SKIP(_exit(255), "this kernel refuses io_uring: %s",
	     toy_errno_name(errno));
}

FIXTURE_TEARDOWN(every_type_uring)
{
}

TEST_F(every_type_uring, send_recv__at_once)
{
	char buf[8] = "";
	struct io_uring_sqe sqe;

	sqe = toy_ring_rw(IORING_OP_SEND, self->from, "abc", 3);
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	sqe = toy_ring_rw(IORING_OP_RECV, self->to, buf, sizeof(buf));
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	EXPECT_STREQ("abc", buf);
}

TEST_F(every_type_uring, write_read__at_once)
{
	char buf[8] = "";
	struct io_uring_sqe sqe;

	sqe = toy_ring_rw(IORING_OP_WRITE, self->from, "abc", 3);
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	sqe = toy_ring_rw(IORING_OP_READ, self->to, buf, sizeof(buf));
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	EXPECT_STREQ("abc", buf);
}

TEST_F(every_type_uring, sendmsg_recvmsg__at_once)
{
	char buf[8] = "";
	struct iovec out_iov[] = { { "ab", 2 }, { "c", 1 } };
	struct iovec in_iov[] = { { buf, 1 }, { buf + 1, 7 } };
	struct msghdr out = { .msg_iov = out_iov, .msg_iovlen = 2 };
	struct msghdr in = { .msg_iov = in_iov, .msg_iovlen = 2 };
	struct io_uring_sqe sqe;

	sqe = toy_ring_rw(IORING_OP_SENDMSG, self->from, &out, 1);
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	sqe = toy_ring_rw(IORING_OP_RECVMSG, self->to, &in, 1);
	EXPECT_EQ(3, toy_ring_call(&self->ring, &sqe));
	EXPECT_STREQ("abc", buf);
}

/* The request comes before the data: it waits, the program does not. */
TEST_F(every_type_uring, recv__waits_for_data)
{
	char buf[8] = "";
	struct io_uring_sqe sqe;
	int res;

	sqe = toy_ring_rw(IORING_OP_RECV, self->to, buf, sizeof(buf));
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(3, res);
	EXPECT_STREQ("abc", buf);
}

TEST_F(every_type_uring, recv__several_wait_and_each_is_served)
{
	char buf[4] = { 0 };
	struct io_uring_sqe sqe;
	int i, res, sum = 0;

	for (i = 0; i < 4; i++) {
		sqe = toy_ring_rw(IORING_OP_RECV, self->to, &buf[i], 1);
		ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1 + i));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(1, send(self->from, &"\1\2\4\10"[i], 1, 0));
		ASSERT_NE(0, toy_ring_next(&self->ring, 5000, &res));
		EXPECT_EQ(1, res);
	}
	for (i = 0; i < 4; i++)
		sum += buf[i];
	EXPECT_EQ(15, sum);
}

TOY_TEST(every_type_uring, send__waits_for_room, VARIANTS_ALL & ~VARIANT_UDP)
{
	struct io_uring_sqe sqe;
	int res;

	ASSERT_LT(0, toy_send_full(self->from, 1000));
	ASSERT_LE(0, toy_send_full(self->from, 1));
	sqe = toy_ring_rw(IORING_OP_SEND, self->from, "x", 1);
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_LT(0, toy_recv_empty(self->to));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(1, res);
}

TEST_F(every_type_uring, recv__dontwait_eagain)
{
	struct io_uring_sqe sqe;
	char c;

	sqe = toy_ring_rw(IORING_OP_RECV, self->to, &c, 1);
	sqe.msg_flags = MSG_DONTWAIT;
	EXPECT_EQ(-EAGAIN, toy_ring_call(&self->ring, &sqe));
}

TOY_TEST(every_type_uring, recv__waitall_gathers_a_stream, VARIANTS_STREAM)
{
	char buf[8] = "";
	struct io_uring_sqe sqe;
	int res;

	sqe = toy_ring_rw(IORING_OP_RECV, self->to, buf, 6);
	sqe.msg_flags = MSG_WAITALL;
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_EQ(3, send(self->from, "def", 3, 0));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(6, res);
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(every_type_uring, recv__bad_pointer_efault)
{
	char buf[8];
	struct io_uring_sqe sqe;

	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	ASSERT_EQ(3, send(self->from, "def", 3, 0));
	toy_poll(self->to, POLLIN, 2000);
	sqe = toy_ring_rw(IORING_OP_RECV, self->to, toy_page_bad(), 3);
	EXPECT_EQ(-EFAULT, toy_ring_call(&self->ring, &sqe));
	EXPECT_EQ(3, recv(self->to, buf, 3, 0));
}

TOY_TEST(every_type_uring, recv__end_of_file, VARIANTS_CONN)
{
	struct io_uring_sqe sqe;
	int res;
	char c;

	sqe = toy_ring_rw(IORING_OP_RECV, self->to, &c, 1);
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(0, res);
}

/* Called off: the data is there for the next one. */
TEST_F(every_type_uring, recv__cancelled_loses_nothing)
{
	char buf[8] = "", other[8];
	struct io_uring_sqe sqe;
	unsigned long id;
	int i, res;

	sqe = toy_ring_rw(IORING_OP_RECV, self->to, other, sizeof(other));
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_ASYNC_CANCEL,
				     .fd = -1, .addr = 1 };
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 2));
	for (i = 0; i < 2; i++) {
		id = toy_ring_next(&self->ring, 5000, &res);
		ASSERT_NE(0, id);
		EXPECT_EQ(id == 1 ? -ECANCELED : 0, res);
	}
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(3, toy_recv(self->to, buf, sizeof(buf), 0, 2000));
	EXPECT_STREQ("abc", buf);
}

TEST_F(every_type_uring, poll__tells_of_data)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_POLL_ADD,
				    .fd = self->to, .poll32_events = POLLIN };
	int res;

	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_EQ(1, send(self->from, "x", 1, 0));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(POLLIN, res & POLLIN);
}

TOY_TEST(every_type_uring, accept_connect__wait_for_each_other, VARIANTS_CONN)
{
	struct toy_name name;
	struct io_uring_sqe sqe;
	int listener, fd, res, i, accepted = -1;
	char c;

	listener = toy_listener(variant->kind, &name, 4);
	ASSERT_OK(listener);
	sqe = toy_ring_rw(IORING_OP_ACCEPT, listener, NULL, 0);
	sqe.accept_flags = SOCK_CLOEXEC;
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	sqe = toy_ring_rw(IORING_OP_CONNECT, fd, &name.sa, 0);
	sqe.off = name.len;
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 2));
	for (i = 0; i < 2; i++) {
		if (toy_ring_next(&self->ring, 5000, &res) == 1)
			accepted = res;
		else
			ASSERT_EQ(0, res);
	}
	ASSERT_OK(accepted);
	EXPECT_EQ(FD_CLOEXEC, fcntl(accepted, F_GETFD));
	EXPECT_EQ(1, send(fd, "x", 1, 0));
	EXPECT_EQ(1, recv(accepted, &c, 1, 0));
}

TOY_TEST(every_type_uring, connect__refused, VARIANTS_CONN)
{
	struct toy_name name = toy_name_new(variant->kind);
	struct io_uring_sqe sqe;
	int fd;

	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	sqe = toy_ring_rw(IORING_OP_CONNECT, fd, &name.sa, 0);
	sqe.off = name.len;
	EXPECT_EQ(-ECONNREFUSED, toy_ring_call(&self->ring, &sqe));
}

TEST_F(every_type_uring, shutdown__as_the_call_does)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_SHUTDOWN,
				    .fd = self->from, .len = SHUT_WR };

	EXPECT_EQ(0, toy_ring_call(&self->ring, &sqe));
	EXPECT_ERR(EPIPE, send(self->from, "x", 1, MSG_NOSIGNAL));
}

/* A ring that goes with requests pending leaves the sockets usable. */
TEST_F(every_type_uring, exit__with_requests_pending)
{
	struct io_uring_sqe sqe;
	char buf[8];
	pid_t pid;

	pid = fork();
	if (!pid) {
		struct toy_ring ring;
		int i;

		if (toy_ring_make(&ring))
			_exit(1);
		for (i = 0; i < 4; i++) {
			sqe = toy_ring_rw(IORING_OP_RECV, self->to, buf, 1);
			if (toy_ring_submit(&ring, &sqe, 1 + i))
				_exit(1);
		}
		_exit(0);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
	/* What it still asked for it may take before it is quite gone. */
	toy_sleep(300);
	ASSERT_EQ(3, send(self->from, "abc", 3, 0));
	EXPECT_EQ(3, toy_recv(self->to, buf, sizeof(buf), 0, 2000));
}

TOY_TEST_MAIN

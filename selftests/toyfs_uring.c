// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: io_uring(7) on its files, which first asks without waiting, then polls.
 * A read of listen accepts once all the same, and what is called off loses nothing.
 */
#include <sys/stat.h>

#include "toy_ring.h"
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_uring)
{
	struct toy_ring ring;
	struct toyfs_end end[2];
	int from;
	int to;
};

FIXTURE_VARIANT(toyfs_uring)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_uring, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_uring)
{
	toy_guard(20);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	self->from = self->end[0].data;
	self->to = self->end[1].data;
	if (!toy_ring_make(&self->ring))
		return;
	/* The status that the harness has for it: nothing else is to run. */
	ASSERT_GT(0, self->ring.fd);
	SKIP(_exit(255), "this kernel refuses io_uring: %s",
	     toy_errno_name(errno));
}

FIXTURE_TEARDOWN(toyfs_uring)
{
}

static char out[5000], in[5000];

/* Hand over a read or a write that is going to wait. */
static int submit(struct toy_ring *ring, int op, int fd, void *buf, size_t len,
		  int id)
{
	struct io_uring_sqe sqe = toy_ring_rw(op, fd, buf, len);

	return toy_ring_submit(ring, &sqe, id);
}

static int call(struct toy_ring *ring, int op, int fd, void *buf, size_t len)
{
	struct io_uring_sqe sqe = toy_ring_rw(op, fd, buf, len);

	return toy_ring_call(ring, &sqe);
}

TEST_F(toyfs_uring, data__at_once)
{
	toy_fill(out, 3000, 1);
	EXPECT_EQ(3000, call(&self->ring, IORING_OP_WRITE, self->from, out,
			     3000));
	EXPECT_EQ(3000, call(&self->ring, IORING_OP_READ, self->to, in,
			     sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, 3000, 1));
}

TEST_F(toyfs_uring, data__read_waits)
{
	int i, res;

	for (i = 0; i < 20; i++) {
		ASSERT_OK(submit(&self->ring, IORING_OP_READ, self->to, in, 10,
				 1));
		EXPECT_EQ(0, toy_ring_next(&self->ring, 5, &res));
		ASSERT_EQ(3, write(self->from, "abc", 3));
		ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
		EXPECT_EQ(3, res);
	}
}

TEST_F(toyfs_uring, data__write_waits)
{
	int res, sock = toyfs_getsock(self->end[1].ctl, 0);

	ASSERT_OK(toy_nonblock(self->from, true));
	while (write(self->from, out, 1000) > 0)
		;
	ASSERT_OK(toy_nonblock(self->from, false));
	ASSERT_OK(submit(&self->ring, IORING_OP_WRITE, self->from, out, 5000,
			 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	while (!toy_ring_next(&self->ring, 1, &res))
		toy_recv_empty(sock);
	EXPECT_EQ(5000, res);
}

/* The address was taken off when it turned out that there is no room. */
TOY_TEST(toyfs_uring, data__write_with_a_header_waits, VARIANT_TOY_DGRAM)
{
	struct toy_name name;
	char text[64];
	int len, res, sock = toyfs_getsock(self->end[1].ctl, 0);
	bool found = false;
	ssize_t n;

	ASSERT_OK(toy_name_of(sock, &name));
	ASSERT_OK(toy_nonblock(self->from, true));
	while (write(self->from, out, 1000) > 0)
		;
	ASSERT_OK(toy_nonblock(self->from, false));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "headers on"));
	len = sprintf(text, "1:%u the payload", name.toy.stoy_port);
	ASSERT_OK(submit(&self->ring, IORING_OP_WRITE, self->from, text, len,
			 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	while (!found) {
		n = toy_recv(sock, in, sizeof(in), 0, 5000);
		ASSERT_LT(0, n);
		found = n == 11 && !memcmp(in, "the payload", 11);
	}
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_EQ(len, res);
}

TEST_F(toyfs_uring, data__called_off_loses_nothing)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_ASYNC_CANCEL,
				    .fd = -1, .addr = 1 };
	unsigned long id;
	int i, res;

	ASSERT_OK(submit(&self->ring, IORING_OP_READ, self->to, in, 10, 1));
	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 2));
	for (i = 0; i < 2; i++) {
		id = toy_ring_next(&self->ring, 5000, &res);
		ASSERT_NE(0, id);
		EXPECT_EQ(id == 1 ? -ECANCELED : 0, res);
	}
	ASSERT_EQ(3, write(self->from, "abc", 3));
	EXPECT_EQ(3, read(self->to, in, 10));
}

TEST_F(toyfs_uring, ctl__commands_and_the_number)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_EQ(8, call(&self->ring, IORING_OP_WRITE, end.ctl, "bind *:*",
			  8));
	memset(in, 0, 32);
	EXPECT_LT(1, call(&self->ring, IORING_OP_READ, end.ctl, in, 32));
	EXPECT_EQ(end.n, atoi(in));
	EXPECT_EQ(0, call(&self->ring, IORING_OP_READ, end.ctl, in, 32));
	EXPECT_EQ(-EINVAL, call(&self->ring, IORING_OP_WRITE, end.ctl, "bad",
				3));
}

TOY_TEST(toyfs_uring, listen__read_accepts_one_call, VARIANTS_CONN)
{
	struct toyfs_end server, client[2];
	unsigned int port;
	int fd, i, res;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	fd = toyfs_open(variant->kind, server.n, "listen", O_RDWR);
	ASSERT_OK(fd);
	memset(in, 0, 32);
	ASSERT_OK(submit(&self->ring, IORING_OP_READ, fd, in, 32, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	for (i = 0; i < 2; i++)
		ASSERT_OK(toyfs_client(variant->kind, &client[i], port));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_LT(1, res);
	EXPECT_STREQ("established", toyfs_status(variant->kind, atoi(in),
						 "state"));
	EXPECT_EQ(0, strncmp("1/", toyfs_status(variant->kind, server.n,
						"backlog"), 2));
}

TEST_F(toyfs_uring, events__read_waits)
{
	int fd = open(TOYFS "/events", O_RDONLY);
	struct toyfs_end end;
	int res;

	ASSERT_OK(submit(&self->ring, IORING_OP_READ, fd, in, 300, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_OK(toyfs_new(variant->kind, &end));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_LT(30, res);
}

TEST_F(toyfs_uring, poll__of_data_that_is_hung_up)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_POLL_ADD,
				    .fd = self->to, .poll32_events = POLLRDHUP };
	int res;

	ASSERT_OK(toy_ring_submit(&self->ring, &sqe, 1));
	EXPECT_EQ(0, toy_ring_next(&self->ring, 30, &res));
	ASSERT_OK(toyfs_ctl(self->end[1].ctl, "hangup"));
	ASSERT_EQ(1, toy_ring_next(&self->ring, 5000, &res));
	EXPECT_LT(0, res & POLLHUP);
}

/* A ring that goes with requests pending holds no socket. */
TEST_F(toyfs_uring, exit__with_requests_pending)
{
	long long end = toy_now() + 10000;
	int i, n = self->end[1].n;
	struct stat st;
	pid_t pid;

	pid = fork();
	if (!pid) {
		struct toy_ring ring;

		if (toy_ring_make(&ring))
			_exit(1);
		for (i = 0; i < 4; i++)
			if (submit(&ring, IORING_OP_READ, self->to, in, 1,
				   1 + i))
				_exit(2);
		_exit(0);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
	toyfs_close(&self->end[1]);
	/* The ring of a dead process goes in a work of its own. */
	while (!toyfs_stat(variant->kind, n, "", &st) && toy_now() < end)
		toy_sleep(5);
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, n, "", &st));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: one socket, several readers. A message whose head was read by one of them
 * is at that moment shortened for the others, who peek, receive, splice and read.
 */
#include "toy_test.h"
#include "toyfs.h"

/* Bytes of a message, and how many are sent. */
#define LENGTH	3000
#define COUNT	40

FIXTURE(toyfs_share)
{
	struct toyfs_end end[2];
	int from;
	int to;
	int plain;	/* descriptor of end[1]'s socket */
};

FIXTURE_VARIANT(toyfs_share)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_share, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_share)
{
	toy_guard(28);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	self->from = self->end[0].data;
	self->to = self->end[1].data;
	self->plain = toyfs_getsock(self->end[1].ctl, O_CLOEXEC);
	ASSERT_OK(self->plain);
	ASSERT_OK(toy_nonblock(self->to, true));
}

FIXTURE_TEARDOWN(toyfs_share)
{
}

static char out[LENGTH];

/**
 * struct reader - one of those who read
 * @fd:		data, or the socket
 * @seen:	how often each byte value came
 * @total:	bytes that came, of all readers; or whether the writer has ended
 * @bad:	what should not have come
 */
struct reader {
	int fd;
	long seen[256];
	long *total;
	long bad;
};

static bool all_read(const struct reader *r)
{
	return __atomic_load_n(r->total, __ATOMIC_RELAXED) >=
	       (long)LENGTH * COUNT;
}

static long read_pieces(void *arg)
{
	struct reader *r = arg;
	char buf[200];
	ssize_t n, i;
	int size = 1;

	while (!all_read(r)) {
		size = size * 7 % 199;
		n = read(r->fd, buf, size);
		if (n < 0 && errno != EAGAIN)
			return -1;
		for (i = 0; i < n; i++)
			r->seen[(unsigned char)buf[i]]++;
		if (n > 0)
			__atomic_fetch_add(r->total, n, __ATOMIC_RELAXED);
	}
	return 0;
}

/* What is peeked at is the end of a message, whatever is left of it. */
static long peek(void *arg)
{
	struct reader *r = arg;
	char buf[LENGTH];
	ssize_t n;

	while (!all_read(r)) {
		n = recv(r->fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
		if (n > 0 && memcmp(buf, out + LENGTH - n, n))
			r->bad++;
	}
	return 0;
}

static long write_all(void *arg)
{
	const int *fd = arg;
	int i;

	for (i = 0; i < COUNT; i++)
		if (write(*fd, out, LENGTH) != LENGTH)
			return -1;
	return 0;
}

/* Each byte that was sent came to one reader or another. */
static void expect_shared(struct __test_metadata *_metadata,
			  const struct reader *r, int readers)
{
	long want[256] = { 0 }, seen;
	int i, k;

	for (i = 0; i < LENGTH; i++)
		want[(unsigned char)out[i]] += COUNT;
	for (i = 0; i < 256; i++) {
		for (seen = 0, k = 0; k < readers; k++)
			seen += r[k].seen[i];
		ASSERT_EQ(want[i], seen);
	}
}

TEST_F(toyfs_share, read__two_take_each_byte_once)
{
	struct toy_thread thread[2], writer;
	struct reader r[2] = { };
	long total = 0;
	int i;

	toy_fill(out, LENGTH, 1);
	for (i = 0; i < 2; i++) {
		r[i].fd = toyfs_open(variant->kind, self->end[1].n, "data",
				     O_RDONLY | O_NONBLOCK);
		r[i].total = &total;
		ASSERT_OK(r[i].fd);
		ASSERT_OK(toy_thread_start(&thread[i], read_pieces, &r[i]));
	}
	ASSERT_OK(toy_thread_start(&writer, write_all, &self->from));
	EXPECT_OK(toy_thread_join(&writer));
	for (i = 0; i < 2; i++)
		EXPECT_OK(toy_thread_join(&thread[i]));
	expect_shared(_metadata, r, 2);
}

TOY_TEST(toyfs_share, read__while_another_peeks,
	 VARIANTS_MSG & VARIANTS_TOY)
{
	struct toy_thread thread[2], writer;
	struct reader r[2] = { };
	long total = 0;

	toy_fill(out, LENGTH, 2);
	r[0].fd = self->to;
	r[1].fd = self->plain;
	r[0].total = &total;
	r[1].total = &total;
	ASSERT_OK(toy_thread_start(&thread[0], read_pieces, &r[0]));
	ASSERT_OK(toy_thread_start(&thread[1], peek, &r[1]));
	ASSERT_OK(toy_thread_start(&writer, write_all, &self->from));
	EXPECT_OK(toy_thread_join(&writer));
	EXPECT_OK(toy_thread_join(&thread[0]));
	EXPECT_OK(toy_thread_join(&thread[1]));
	EXPECT_EQ(0, r[1].bad);
	expect_shared(_metadata, r, 1);
}

/* recv(2) takes what is left of a message, to its end. */
TOY_TEST(toyfs_share, read__while_another_receives,
	 VARIANTS_MSG & VARIANTS_TOY)
{
	struct toy_thread reader, writer;
	struct reader r[2] = { };
	long total = 0;
	char buf[LENGTH];
	ssize_t n, i;

	toy_fill(out, LENGTH, 3);
	r[0].fd = self->to;
	r[0].total = &total;
	r[1].total = &total;
	ASSERT_OK(toy_thread_start(&reader, read_pieces, &r[0]));
	ASSERT_OK(toy_thread_start(&writer, write_all, &self->from));
	while (!all_read(&r[1])) {
		n = recv(self->plain, buf, sizeof(buf), MSG_DONTWAIT);
		if (n <= 0)
			continue;
		ASSERT_EQ(0, memcmp(buf, out + LENGTH - n, n));
		for (i = 0; i < n; i++)
			r[1].seen[(unsigned char)buf[i]]++;
		__atomic_fetch_add(&total, n, __ATOMIC_RELAXED);
	}
	EXPECT_OK(toy_thread_join(&writer));
	EXPECT_OK(toy_thread_join(&reader));
	expect_shared(_metadata, r, 2);
}

/* splice takes as much as it was asked for, and the rest is there. */
TEST_F(toyfs_share, splice__of_a_part)
{
	char buf[LENGTH];
	int fd[2];

	toy_fill(out, LENGTH, 4);
	ASSERT_OK(pipe(fd));
	ASSERT_EQ(LENGTH, write(self->from, out, LENGTH));
	ASSERT_EQ(100, splice(self->to, NULL, fd[1], NULL, 100, 0));
	ASSERT_EQ(LENGTH - 100, toy_ioctl_int(self->to, FIONREAD));
	ASSERT_EQ(100, read(fd[0], buf, LENGTH));
	EXPECT_EQ(0, memcmp(buf, out, 100));
	ASSERT_EQ(LENGTH - 100, read(self->to, buf, LENGTH));
	EXPECT_EQ(0, memcmp(buf, out + 100, LENGTH - 100));
}

/* Until nothing comes any more, after the writer has ended. */
static long read_until_done(void *arg)
{
	struct reader *r = arg;
	char buf[200];
	int size = 1;
	bool done;
	ssize_t n;

	do {
		size = size * 7 % 199;
		done = __atomic_load_n(r->total, __ATOMIC_ACQUIRE);
		n = read(r->fd, buf, size);
	} while (n > 0 || (n < 0 && errno == EAGAIN && !done));
	return n < 0 && errno == EAGAIN ? 0 : -1;
}

/* Lines with addresses or without, and no message is lost in between. */
TOY_TEST(toyfs_share, headers__switched_while_it_is_read,
	 VARIANTS_MSG & VARIANTS_TOY)
{
	struct reader r = { .fd = self->to };
	struct toy_thread reader, writer;
	long done = 0;
	int i;

	toy_fill(out, LENGTH, 5);
	r.total = &done;
	ASSERT_OK(toy_thread_start(&reader, read_until_done, &r));
	ASSERT_OK(toy_thread_start(&writer, write_all, &self->from));
	for (i = 0; !toy_thread_done(&writer, 0); i++)
		ASSERT_OK(toyfs_ctl(self->end[1].ctl, "headers %s",
				    i % 2 ? "off" : "on"));
	EXPECT_OK(toy_thread_join(&writer));
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	EXPECT_OK(toy_thread_join(&reader));
	EXPECT_EQ(0, toy_ioctl_int(self->to, FIONREAD));
	EXPECT_STREQ("0", toyfs_status(variant->kind, self->end[1].n, "rq"));
}

TOY_TEST_MAIN

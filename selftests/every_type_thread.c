// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: several threads on one socket. Each message has one reader, and
 * nobody sleeps on.
 */
#include "toy_test.h"

FIXTURE(every_type_thread)
{
	int to;
	int from;
};

FIXTURE_VARIANT(every_type_thread)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_thread, VARIANTS_ALL)

FIXTURE_SETUP(every_type_thread)
{
	int fd[2];

	toy_guard(25);
	ASSERT_OK(toy_pair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(every_type_thread)
{
}

static long receive_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0) == 1 ? c : -1;
}

static long accept_one(void *arg)
{
	return accept(*(int *)arg, NULL, NULL);
}

#define THREADS	4

TEST_F(every_type_thread, readers__each_gets_one_of_as_many)
{
	struct toy_thread thread[THREADS];
	int i, sum = 0;

	for (i = 0; i < THREADS; i++) {
		ASSERT_OK(toy_thread_start(&thread[i], receive_one, &self->to));
		EXPECT_TRUE(toy_thread_sleeping(&thread[i]));
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(1, send(self->from, &"\1\2\4\10"[i], 1, 0));
	for (i = 0; i < THREADS; i++)
		sum += toy_thread_join(&thread[i]);
	EXPECT_EQ(15, sum);
}

TEST_F(every_type_thread, readers__all_hear_of_the_end)
{
	struct toy_thread thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		ASSERT_OK(toy_thread_start(&thread[i], receive_one, &self->to));
		EXPECT_TRUE(toy_thread_sleeping(&thread[i]));
	}
	ASSERT_OK(shutdown(self->to, SHUT_RD));
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(-1, toy_thread_join(&thread[i]));
}

/*
 * The waker meets a reader that is just being interrupted: somebody gets the
 * message all the same.
 */
TEST_F(every_type_thread, readers__an_interrupted_one_passes_the_wake_on)
{
	struct toy_thread stays, leaves;
	int i;

	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	for (i = 0; i < 30; i++) {
		ASSERT_OK(toy_thread_start(&leaves, receive_one, &self->to));
		ASSERT_OK(toy_thread_start(&stays, receive_one, &self->to));
		ASSERT_TRUE(toy_thread_sleeping(&leaves));
		ASSERT_TRUE(toy_thread_sleeping(&stays));
		if (i % 2) {
			toy_thread_kill(&leaves, SIGUSR1);
			ASSERT_EQ(1, send(self->from, "x", 1, 0));
		} else {
			ASSERT_EQ(1, send(self->from, "x", 1, 0));
			toy_thread_kill(&leaves, SIGUSR1);
		}
		if (toy_thread_join(&leaves) == 'x')
			ASSERT_EQ(1, send(self->from, "x", 1, 0));
		ASSERT_EQ('x', toy_thread_join(&stays));
	}
}

#define MESSAGES	400

struct crowd {
	struct toy_kind kind;
	int fd;
	unsigned char tag;	/* of a writer */
	unsigned char *seen;	/* by readers: how often each message came */
};

/* Messages that say who wrote them, which one it is, and how long it is. */
struct note {
	unsigned short writer, number, length;
	char rest[600];
};

static long crowd_write(void *arg)
{
	const struct crowd *c = arg;
	struct note note;
	int i;

	for (i = 0; i < MESSAGES; i++) {
		note.writer = c->tag;
		note.number = i;
		note.length = offsetof(struct note, rest) + i * 13 % 600;
		toy_fill(note.rest, sizeof(note.rest), i + c->tag);
		if (send(c->fd, &note, note.length, 0) != note.length)
			return -1;
	}
	return 0;
}

/* Returns: how many came, or -1 for one that is damaged. */
static long crowd_read(void *arg)
{
	const struct crowd *c = arg;
	unsigned short last[THREADS] = { 0 };
	struct note note;
	long count = 0;
	ssize_t n;

	while ((n = recv(c->fd, &note, sizeof(note), 0)) > 1) {
		size_t rest = n - offsetof(struct note, rest);

		if (note.length != n || note.writer >= THREADS ||
		    note.number >= MESSAGES ||
		    toy_check(note.rest, rest, note.number + note.writer) >= 0)
			return -1;
		/* What one writer wrote does not overtake itself. */
		if (note.number < last[note.writer])
			return -1;
		last[note.writer] = note.number;
		__atomic_fetch_add(&c->seen[note.writer * MESSAGES +
					    note.number], 1, __ATOMIC_RELAXED);
		count++;
	}
	return n == 1 ? count : -1;
}

/* UDP loses what the reader has no room for. */
TOY_TEST(every_type_thread, readers_and_writers__each_message_once,
	 VARIANTS_MSG & ~VARIANT_UDP)
{
	static unsigned char seen[THREADS * MESSAGES];
	struct toy_thread reader[THREADS], writer[THREADS];
	struct crowd in = { variant->kind, self->to, 0, seen };
	struct crowd out[THREADS];
	long count = 0, n;
	int i;

	for (i = 0; i < THREADS; i++) {
		out[i] = (struct crowd){ variant->kind, self->from, i, NULL };
		ASSERT_OK(toy_thread_start(&reader[i], crowd_read, &in));
		ASSERT_OK(toy_thread_start(&writer[i], crowd_write, &out[i]));
	}
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(0, toy_thread_join(&writer[i]));
	/* One byte is the sign to go home. */
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(1, send(self->from, "x", 1, 0));
	for (i = 0; i < THREADS; i++) {
		n = toy_thread_join(&reader[i]);
		EXPECT_LE(0, n);
		count += n;
	}
	EXPECT_EQ(THREADS * MESSAGES, count);
	for (i = 0; i < THREADS * MESSAGES; i++)
		ASSERT_EQ(1, seen[i]);
}

#define STREAM_BYTES	60000

static long sum_write(void *arg)
{
	const struct crowd *c = arg;
	unsigned char buf[100];
	size_t done = 0, i;
	ssize_t n;

	while (done < STREAM_BYTES) {
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = (done + i) % 251;
		n = send(c->fd, buf, 1 + done % sizeof(buf), 0);
		if (n <= 0)
			return -1;
		done += n;
	}
	return done;
}

static long sum_of_bytes(size_t bytes)
{
	long sum = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		sum += i % 251;
	return sum;
}

/* Returns the bytes read in the upper half, their sum in the lower one. */
static long sum_read(void *arg)
{
	const struct crowd *c = arg;
	unsigned char buf[333];
	long sum = 0, count = 0;
	ssize_t n, i;

	while ((n = recv(c->fd, buf, 1 + count % sizeof(buf), 0)) > 0) {
		count += n;
		for (i = 0; i < n; i++)
			sum += buf[i];
	}
	return n < 0 ? -1 : count << 32 | sum;
}

TOY_TEST(every_type_thread, readers_and_writers__each_byte_once, VARIANTS_STREAM)
{
	struct toy_thread reader[THREADS], writer[THREADS];
	struct crowd in = { variant->kind, self->to, 0, NULL };
	struct crowd out = { variant->kind, self->from, 0, NULL };
	long sum = 0, count = 0, want = 0, n;
	int i;

	for (i = 0; i < THREADS; i++) {
		ASSERT_OK(toy_thread_start(&reader[i], sum_read, &in));
		ASSERT_OK(toy_thread_start(&writer[i], sum_write, &out));
	}
	for (i = 0; i < THREADS; i++) {
		n = toy_thread_join(&writer[i]);
		ASSERT_LT(0, n);
		want += sum_of_bytes(n);
		count -= n;
	}
	ASSERT_OK(shutdown(self->from, SHUT_WR));
	for (i = 0; i < THREADS; i++) {
		n = toy_thread_join(&reader[i]);
		ASSERT_LE(0, n);
		count += n >> 32;
		sum += n & 0xffffffff;
	}
	EXPECT_EQ(0, count);
	EXPECT_EQ(want, sum);
}

/* Callers and a crowd that accepts: each call is accepted once. */
TOY_TEST(every_type_thread, accepts__each_call_once, VARIANTS_CONN)
{
	struct toy_thread thread[THREADS];
	struct toy_name name;
	int fd, i, j;

	fd = toy_listener(variant->kind, &name, 16);
	ASSERT_OK(fd);
	for (j = 0; j < 20; j++) {
		for (i = 0; i < THREADS; i++)
			ASSERT_OK(toy_thread_start(&thread[i], accept_one,
						   &fd));
		for (i = 0; i < THREADS; i++)
			ASSERT_OK(toy_connected(variant->kind, &name));
		for (i = 0; i < THREADS; i++)
			EXPECT_OK(toy_thread_join(&thread[i]));
	}
	ASSERT_OK(toy_nonblock(fd, true));
	EXPECT_ERR(EAGAIN, accept(fd, NULL, NULL));
}

/* One thread closes what others use: they get errors, not somebody's memory. */
static long use_until_error(void *arg)
{
	char buf[100] = { 0 };
	int fd = *(int *)arg, i;

	for (i = 0; i < 100000; i++) {
		if (send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN)
			break;
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) < 0 &&
		    errno != EAGAIN)
			break;
		if (toy_poll(fd, POLLIN | POLLOUT, 0) & POLLNVAL)
			break;
	}
	return 0;
}

TEST_F(every_type_thread, close__under_the_hands_of_others)
{
	struct toy_thread thread[THREADS];
	int i, j, fd[2];

	for (j = 0; j < 20; j++) {
		ASSERT_OK(toy_pair(variant->kind, fd));
		for (i = 0; i < THREADS; i++)
			ASSERT_OK(toy_thread_start(&thread[i], use_until_error,
						   &fd[i % 2]));
		toy_sleep(1);
		EXPECT_OK(close(fd[0]));
		EXPECT_OK(close(fd[1]));
		for (i = 0; i < THREADS; i++)
			EXPECT_OK(toy_thread_join(&thread[i]));
	}
}

TOY_TEST_MAIN

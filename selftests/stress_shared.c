// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads at one socket, and signals in the midst of calls: nothing is
 * lost, nothing comes twice, nothing is torn. AF_UNIX runs the same.
 */
#include <stdatomic.h>
#include <sys/epoll.h>

#include "toy_test.h"

#define WRITERS 4
#define READERS 4
#define EACH 1500

/* ---------------------------------------------------------------- helpers */

/* A message: who wrote it, which of his it is, and bytes that follow from both. */
struct note {
	int writer;
	int number;
	unsigned char rest[400];
};

static size_t note_len(int writer, int number)
{
	return offsetof(struct note, rest) + (writer * 131 + number * 17) % 400;
}

static size_t note_make(struct note *note, int writer, int number)
{
	size_t len = note_len(writer, number);

	note->writer = writer;
	note->number = number;
	toy_fill(note->rest, len - offsetof(struct note, rest),
		 writer * 1000 + number);
	return len;
}

static bool note_good(const struct note *note, size_t len)
{
	return len >= offsetof(struct note, rest) && note->writer >= 0 &&
	       note->writer < WRITERS && note->number >= 0 &&
	       note->number < EACH &&
	       len == note_len(note->writer, note->number) &&
	       toy_check(note->rest, len - offsetof(struct note, rest),
			 note->writer * 1000 + note->number) < 0;
}

/* What all threads of a test share. */
static struct {
	int fd[2];
	atomic_int seen[WRITERS][EACH];
	atomic_int left;
	atomic_int wrong;
	atomic_bool stop;
	bool poll;
} shared;

static bool again(ssize_t ret)
{
	return ret < 0 && (errno == EINTR || errno == EAGAIN);
}

static long write_notes(void *arg)
{
	int writer = (int)(long)arg, i;
	struct note note;
	ssize_t ret;

	for (i = 0; i < EACH; i++) {
		size_t len = note_make(&note, writer, i);

		do {
			if (shared.poll)
				toy_poll(shared.fd[0], POLLOUT, 100);
			ret = send(shared.fd[0], &note, len, MSG_NOSIGNAL |
				   (shared.poll ? MSG_DONTWAIT : 0));
		} while (again(ret));
		if (ret != (ssize_t)len)
			return -1;
	}
	return 0;
}

static long read_notes(void *arg)
{
	int last[WRITERS] = { -1, -1, -1, -1 };
	struct note note;
	ssize_t ret;

	(void)arg;
	while (atomic_load(&shared.left) > 0) {
		if (shared.poll && !toy_poll(shared.fd[1], POLLIN, 50))
			continue;
		ret = recv(shared.fd[1], &note, sizeof(note),
			   shared.poll ? MSG_DONTWAIT : 0);
		if (again(ret))
			continue;
		if (ret < 0 || !note_good(&note, ret)) {
			atomic_fetch_add(&shared.wrong, 1);
			return -1;
		}
		/* one reader sees those of one writer in their order */
		if (note.number <= last[note.writer])
			atomic_fetch_add(&shared.wrong, 1);
		last[note.writer] = note.number;
		atomic_fetch_add(&shared.seen[note.writer][note.number], 1);
		atomic_fetch_sub(&shared.left, 1);
	}
	return 0;
}

static int notes_not_seen_once(void)
{
	int i, j, count = 0;

	for (i = 0; i < WRITERS; i++)
		for (j = 0; j < EACH; j++)
			count += atomic_load(&shared.seen[i][j]) != 1;
	return count;
}

/* --------------------------------------------------------------- fixtures */

FIXTURE(messages) {
	struct toy_thread writer[WRITERS];
	struct toy_thread reader[READERS];
};

FIXTURE_VARIANT(messages) {
	struct toy_kind kind;
};

TOY_VARIANTS(messages, VARIANTS_MSG & ~VARIANT_UDP)

FIXTURE_SETUP(messages)
{
	toy_guard(110);
	ASSERT_OK(toy_pair(variant->kind, shared.fd));
	/* a reader that finds nothing looks whether all is done */
	ASSERT_OK(toy_opt_timeo(shared.fd[1], SO_RCVTIMEO, 50));
	atomic_store(&shared.left, WRITERS * EACH);
}

FIXTURE_TEARDOWN(messages)
{
	toy_close(&shared.fd[0]);
	toy_close(&shared.fd[1]);
}

static int start_all(struct toy_thread *writer, struct toy_thread *reader)
{
	long i;

	for (i = 0; i < READERS; i++)
		if (toy_thread_start(&reader[i], read_notes, NULL))
			return -1;
	for (i = 0; i < WRITERS; i++)
		if (toy_thread_start(&writer[i], write_notes, (void *)i))
			return -1;
	return 0;
}

static int join_all(struct toy_thread *t, int count)
{
	int failed = 0;

	while (count--)
		failed += toy_thread_join(t++) != 0;
	return failed;
}

/* ------------------------------------------------------------------ threads */

TEST_F_TIMEOUT(messages, threads__each_message_comes_once, 120)
{
	ASSERT_OK(start_all(self->writer, self->reader));
	EXPECT_EQ(0, join_all(self->writer, WRITERS));
	EXPECT_EQ(0, join_all(self->reader, READERS));
	EXPECT_EQ(0, atomic_load(&shared.wrong));
	EXPECT_EQ(0, notes_not_seen_once());
}

TEST_F_TIMEOUT(messages, threads__each_message_comes_once_to_pollers, 120)
{
	shared.poll = true;
	ASSERT_OK(start_all(self->writer, self->reader));
	EXPECT_EQ(0, join_all(self->writer, WRITERS));
	EXPECT_EQ(0, join_all(self->reader, READERS));
	EXPECT_EQ(0, atomic_load(&shared.wrong));
	EXPECT_EQ(0, notes_not_seen_once());
}

/* The smallest buffers: everybody waits for everybody all the time. */
TEST_F_TIMEOUT(messages, threads__through_the_eye_of_a_needle, 120)
{
	ASSERT_OK(toy_opt_set(shared.fd[0], SOL_SOCKET, SO_SNDBUF, 1));
	ASSERT_OK(toy_opt_set(shared.fd[1], SOL_SOCKET, SO_RCVBUF, 1));
	ASSERT_OK(start_all(self->writer, self->reader));
	EXPECT_EQ(0, join_all(self->writer, WRITERS));
	EXPECT_EQ(0, join_all(self->reader, READERS));
	EXPECT_EQ(0, atomic_load(&shared.wrong));
	EXPECT_EQ(0, notes_not_seen_once());
}

static long interrupt_all(void *arg)
{
	struct toy_thread **t = arg;
	unsigned int i = 0;

	while (!atomic_load(&shared.stop)) {
		toy_thread_kill(t[i % (WRITERS + READERS)],
				i & 16 ? SIGUSR1 : SIGUSR2);
		if (!(++i % 16))
			toy_sleep(1);
	}
	return 0;
}

/* Start everybody, interrupt them all the time, and wait for the end. */
static int run_interrupted(struct toy_thread *writer,
			   struct toy_thread *reader)
{
	struct toy_thread *all[WRITERS + READERS], t;
	int i, failed;

	toy_signal_catch(SIGUSR1, 0);
	toy_signal_catch(SIGUSR2, SA_RESTART);
	if (start_all(writer, reader))
		return -1;
	for (i = 0; i < WRITERS; i++)
		all[i] = &writer[i];
	for (i = 0; i < READERS; i++)
		all[WRITERS + i] = &reader[i];
	if (toy_thread_start(&t, interrupt_all, all))
		return -1;
	/* They must be there to be interrupted until the other has ended. */
	while (atomic_load(&shared.left) > 0 && !atomic_load(&shared.wrong))
		toy_sleep(10);
	atomic_store(&shared.stop, true);
	toy_thread_join(&t);
	failed = join_all(writer, WRITERS);
	return failed + join_all(reader, READERS);
}

TEST_F_TIMEOUT(messages, signals__nothing_is_lost_or_doubled, 120)
{
	ASSERT_OK(toy_opt_set(shared.fd[0], SOL_SOCKET, SO_SNDBUF, 8000));
	EXPECT_EQ(0, run_interrupted(self->writer, self->reader));
	EXPECT_EQ(0, atomic_load(&shared.wrong));
	EXPECT_EQ(0, notes_not_seen_once());
	EXPECT_LT(0, toy_signal_count(SIGUSR1));
	EXPECT_LT(0, toy_signal_count(SIGUSR2));
}

/* --------------------------------------------------- streams, by their bytes */

FIXTURE(bytes) {
	int fd[2];
};

FIXTURE_VARIANT(bytes) {
	struct toy_kind kind;
};

TOY_VARIANTS(bytes, VARIANTS_STREAM)

FIXTURE_SETUP(bytes)
{
	toy_guard(110);
	ASSERT_OK(toy_pair(variant->kind, shared.fd));
}

FIXTURE_TEARDOWN(bytes)
{
	toy_close(&shared.fd[0]);
	toy_close(&shared.fd[1]);
}

#define OF_EACH 400000

/* A writer writes his own letter, in pieces of all sizes. */
static long write_letters(void *arg)
{
	int writer = (int)(long)arg;
	char piece[3000];
	long left = OF_EACH;
	unsigned int size = writer;
	ssize_t ret;

	memset(piece, 'a' + writer, sizeof(piece));
	while (left) {
		size = size * 1103515245 + 12345;
		ret = 1 + size / 65536 % sizeof(piece);
		ret = send(shared.fd[0], piece, ret < left ? ret : left,
			   MSG_NOSIGNAL);
		if (ret < 0 && errno != EINTR)
			return -1;
		if (ret > 0)
			left -= ret;
	}
	return 0;
}

static atomic_long letters[256];

static long read_letters(void *arg)
{
	char piece[2000];
	ssize_t ret, i;

	(void)arg;
	for (;;) {
		ret = recv(shared.fd[1], piece, sizeof(piece), 0);
		if (!ret)
			return 0;
		if (ret < 0 && errno != EINTR)
			return -1;
		for (i = 0; i < ret; i++)
			atomic_fetch_add(&letters[(unsigned char)piece[i]], 1);
	}
}

TEST_F_TIMEOUT(bytes, threads__each_byte_comes_once, 120)
{
	struct toy_thread writer[WRITERS], reader[READERS];
	long i, sum = 0;

	for (i = 0; i < READERS; i++)
		ASSERT_OK(toy_thread_start(&reader[i], read_letters, NULL));
	for (i = 0; i < WRITERS; i++)
		ASSERT_OK(toy_thread_start(&writer[i], write_letters,
					   (void *)i));
	EXPECT_EQ(0, join_all(writer, WRITERS));
	ASSERT_EQ(0, shutdown(shared.fd[0], SHUT_WR));
	EXPECT_EQ(0, join_all(reader, READERS));
	for (i = 0; i < 256; i++)
		sum += atomic_load(&letters[i]);
	EXPECT_EQ(WRITERS * OF_EACH, sum);
	for (i = 0; i < WRITERS; i++)
		EXPECT_EQ(OF_EACH, atomic_load(&letters['a' + i]));
}

/* One writer and one reader, whose every call is interrupted. */
struct flow {
	char *buf;
	size_t len;
	int interrupted;
	bool waitall;
};

static long flow_out(void *arg)
{
	struct flow *f = arg;
	size_t sent = 0;
	ssize_t ret;

	while (sent < f->len) {
		ret = send(shared.fd[0], f->buf + sent, f->len - sent,
			   MSG_NOSIGNAL);
		if (ret > 0)
			sent += ret;
		else if (ret < 0 && errno == EINTR)
			f->interrupted++;
		else
			return -1;
	}
	return shutdown(shared.fd[0], SHUT_WR);
}

static long flow_in(void *arg)
{
	struct flow *f = arg;
	size_t got = 0;
	ssize_t ret;

	for (;;) {
		size_t n = f->len - got < 30000 ? f->len - got : 30000;

		ret = recv(shared.fd[1], f->buf + got, n ?: 1,
			   f->waitall ? MSG_WAITALL : 0);
		if (ret > 0)
			got += ret;
		else if (!ret)
			return got == f->len ? 0 : -1;
		else if (errno == EINTR)
			f->interrupted++;
		else
			return -1;
		if (!(got % 7))
			sched_yield();
	}
}

static int flow_interrupted(bool waitall)
{
	struct flow out = { .len = 4000000 }, in = { .len = 4000000 };
	struct toy_thread t[2];
	int i = 0, ret;

	out.buf = malloc(out.len);
	in.buf = malloc(in.len);
	toy_fill(out.buf, out.len, 1);
	in.waitall = waitall;
	toy_signal_catch(SIGUSR1, 0);
	if (toy_thread_start(&t[0], flow_out, &out) ||
	    toy_thread_start(&t[1], flow_in, &in))
		return -1;
	while (!toy_thread_done(&t[1], 0)) {
		toy_thread_kill(&t[1], SIGUSR1);
		if (!toy_thread_done(&t[0], 0))
			toy_thread_kill(&t[0], SIGUSR1);
		if (!(++i % 8))
			toy_sleep(1);
	}
	ret = join_all(t, 2);
	if (toy_check(in.buf, in.len, 1) >= 0)
		ret = -2;
	free(out.buf);
	free(in.buf);
	return ret;
}

TEST_F_TIMEOUT(bytes, signals__nothing_is_lost_or_doubled, 120)
{
	EXPECT_EQ(0, flow_interrupted(false));
	EXPECT_LT(0, toy_signal_count(SIGUSR1));
}

TEST_F_TIMEOUT(bytes, signals__nor_by_msg_waitall, 120)
{
	EXPECT_EQ(0, flow_interrupted(true));
	EXPECT_LT(0, toy_signal_count(SIGUSR1));
}

TEST_F_TIMEOUT(bytes, signals__nor_with_the_smallest_buffers, 120)
{
	if (toy_kind_is_inet(variant->kind))
		SKIP(return, "TCP waits for timers when windows are tiny");
	ASSERT_OK(toy_opt_set(shared.fd[0], SOL_SOCKET, SO_SNDBUF, 1));
	EXPECT_EQ(0, flow_interrupted(false));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctl net.toy.histograms: turned off and on, in one namespace and in
 * another, by two at once; and nothing is left of what it made the kernel keep.
 */
#include <sched.h>
#include <stdatomic.h>

#include "toy_histogram.h"
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(inspect_switch)
{
	int fd[2];
	struct toy_info info;
};

FIXTURE_VARIANT(inspect_switch)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_switch, VARIANTS_TOY)

FIXTURE_SETUP(inspect_switch)
{
	toy_guard(100);
	/* Where nobody else turns the switch. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_switch)
{
}

TEST_F(inspect_switch, off__keeps_what_was_counted)
{
	struct toy_info before;
	unsigned int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	for (i = 1; i <= 3; i++) {
		ASSERT_OK(toy_histogram_turn(true));
		ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 4));
		ASSERT_OK(toy_histogram_look(self->fd[1], &before));
		EXPECT_EQ(4 * i, toy_histogram_sum(before.toyi_queue_delay));
		ASSERT_OK(toy_histogram_turn(false));
		ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 5));
		ASSERT_OK(toy_histogram_look(self->fd[1], &self->info));
		EXPECT_EQ(0, memcmp(before.toyi_queue_delay,
				    self->info.toyi_queue_delay,
				    sizeof(before.toyi_queue_delay)));
	}
}

TEST_F(inspect_switch, net__of_another_has_its_own)
{
	int here = open("/proc/self/ns/net", O_RDONLY), there, fd[2];

	ASSERT_OK(here);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(unshare(CLONE_NEWNET));
	there = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_OK(toy_pair(variant->kind, fd));
	ASSERT_OK(setns(here, CLONE_NEWNET));
	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(setns(there, CLONE_NEWNET));
	EXPECT_STREQ("0", toy_sysctl_get("histograms"));
	/* Where one is does not matter, where the socket was made does. */
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 3));
	ASSERT_OK(toy_histogram_talk(fd[0], fd[1], 3));
	EXPECT_EQ(3, toy_histogram_reads(self->fd[1]));
	EXPECT_EQ(0, toy_histogram_reads(fd[1]));
	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(setns(here, CLONE_NEWNET));
	ASSERT_OK(toy_histogram_turn(false));
	/* Turned off is put off by a second: off it has to stay then, too. */
	toy_sleep(1500);
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 3));
	ASSERT_OK(toy_histogram_talk(fd[0], fd[1], 3));
	EXPECT_EQ(3, toy_histogram_reads(self->fd[1]));
	EXPECT_EQ(3, toy_histogram_reads(fd[1]));
}

static int counts_elsewhere(struct toy_kind kind)
{
	int fd[2];

	return unshare(CLONE_NEWNET) || toy_histogram_turn(true) ||
	       toy_pair(kind, fd) || toy_histogram_talk(fd[0], fd[1], 2) ||
	       toy_histogram_reads(fd[1]) != 2;
}

/* It takes its part of the switch along. */
TEST_F(inspect_switch, net__that_goes_while_it_counts)
{
	pid_t pid;
	int i;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (!pid)
			_exit(counts_elsewhere(variant->kind));
		EXPECT_EQ(0, toy_child_wait(pid));
	}
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 2));
	EXPECT_EQ(0, toy_histogram_reads(self->fd[1]));
	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 2));
	EXPECT_EQ(2, toy_histogram_reads(self->fd[1]));
}

/* ------------------------------------------------------------------- leaks */

#define LEAKS	3000

/* Objects in use of the caches of kmalloc(), -1: nobody tells. */
static long kmalloc_objects(void)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512], name[64];
	long n, sum = -1;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &n) == 2 &&
		    !strncmp(name, "kmalloc-", 8))
			sum += n;
	}
	if (file)
		fclose(file);
	return sum < 0 ? -1 : sum + 1;
}

/* The same, when what goes with a grace period has gone. */
static long kmalloc_settled(void)
{
	long long end = toy_now() + 10000;
	long before, now = kmalloc_objects();

	do {
		before = now;
		toy_sleep(300);
		now = kmalloc_objects();
	} while (labs(now - before) > LEAKS / 20 && toy_now() < end);
	return now;
}

TEST_F_TIMEOUT(inspect_switch, sockets__leave_nothing, 90)
{
	long before, now;
	int i;

	ASSERT_OK(toy_histogram_turn(true));
	for (i = 0; i < 200; i++)
		ASSERT_OK(toy_histogram_life(variant->kind, i));
	before = kmalloc_settled();
	if (before < 0)
		SKIP(return, "no /proc/slabinfo");
	for (i = 0; i < LEAKS; i++)
		ASSERT_OK(toy_histogram_life(variant->kind, i));
	now = kmalloc_settled();
	TH_LOG("%ld objects more than before", now - before);
	EXPECT_GT(LEAKS / 2, now - before);
}

/* ------------------------------------------------------------------- races */

#define TALKS	3000

static struct {
	struct toy_kind kind;
	atomic_bool stop;
} race;

static long turner(void *arg)
{
	unsigned int n = (long)arg;
	long failed = 0;

	for (; !atomic_load(&race.stop); n++)
		failed += toy_histogram_turn(n % 2) != 0;
	return failed;
}

/* Bytes in order, by a socket that stays. Returns how many were read, -1. */
static long talker(void *arg)
{
	unsigned char out, in;
	int i, fd[2];
	int n;

	(void)arg;
	if (toy_pair(race.kind, fd))
		return -1;
	for (i = 0; i < TALKS; i++) {
		out = i;
		if (send(fd[0], &out, 1, 0) != 1 ||
		    recv(fd[1], &in, 1, 0) != 1 || in != out)
			return -1;
	}
	n = toy_histogram_reads(fd[1]);
	close(fd[0]);
	close(fd[1]);
	return n > TALKS ? -1 : n;
}

/* Sockets that come and go. */
static long comer(void *arg)
{
	long n = 0;

	(void)arg;
	for (; !atomic_load(&race.stop); n++)
		if (toy_histogram_life(race.kind, n))
			return -1;
	return n;
}

TEST_F(inspect_switch, race__of_two_who_turn_the_switch)
{
	struct toy_thread turners[2], talkers[2], other;
	long i;

	race.kind = variant->kind;
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&turners[i], turner, (void *)i));
	ASSERT_OK(toy_thread_start(&other, comer, NULL));
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&talkers[i], talker, NULL));
	for (i = 0; i < 2; i++)
		EXPECT_LE(0, toy_thread_join(&talkers[i]));
	atomic_store(&race.stop, true);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, toy_thread_join(&turners[i]));
	EXPECT_LT(0, toy_thread_join(&other));
	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 3));
	EXPECT_EQ(3, toy_histogram_reads(self->fd[1]));
	ASSERT_OK(toy_histogram_turn(false));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 3));
	EXPECT_EQ(3, toy_histogram_reads(self->fd[1]));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What histograms cost a stream that sends and receives 64 bytes:
 *
 *	scripts/vm --icount -- selftests/run bench_inspect
 *
 * There a nanosecond is an instruction, and the figures are the same each time.
 * Elsewhere it only sees that the cost is of the order that it ought to be.
 */
#include <limits.h>
#include <sched.h>

#include "toy_histogram.h"
#include "toy_test.h"
#include "toyfs.h"

#define SIZE	64
#define ROUNDS	20
#define EACH	500

/* A send and a receive, the best of many rounds; -1 and errno. */
static long cost(const int fd[2])
{
	long took, best = LONG_MAX;
	char buf[SIZE] = "";
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		took = toy_clock();
		for (i = 0; i < EACH; i++)
			if (send(fd[0], buf, SIZE, 0) != SIZE ||
			    recv(fd[1], buf, SIZE, 0) != SIZE)
				return -1;
		took = (toy_clock() - took) / EACH;
		if (took < best)
			best = took;
	}
	return best;
}

/* Nobody counts any more: what was patched for it is as it was. */
TEST(histograms__cost_after_a_namespace)
{
	long before, after;
	int fd[2];
	pid_t pid;

	toy_guard(60);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toy_pair(TOY_STREAM, fd));
	before = cost(fd);
	ASSERT_LT(0, before);
	pid = fork();
	if (!pid)
		_exit(unshare(CLONE_NEWNET) || toy_histogram_turn(true));
	ASSERT_EQ(0, toy_child_wait(pid));
	/* It goes some time later, and the switch a second after it. */
	toy_sleep(4000);
	after = cost(fd);
	TH_LOG("before: %ld, after: %ld", before, after);
	EXPECT_GT(2 * before, after);
	if (toy_clock_is_exact())
		EXPECT_GT(before / 50, labs(after - before));
}

TEST(histograms__cost_of_64_bytes)
{
	long off, on;
	int fd[2];

	toy_guard(60);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toy_pair(TOY_STREAM, fd));
	off = cost(fd);
	ASSERT_LT(0, off);
	ASSERT_OK(toy_histogram_turn(true));
	on = cost(fd);
	ASSERT_LT(0, on);
	EXPECT_EQ(ROUNDS * EACH, toy_histogram_reads(fd[1]));
	TH_LOG("histograms off: %ld, on: %ld", off, on);
	EXPECT_GT(2 * off, on);
}

TOY_TEST_MAIN

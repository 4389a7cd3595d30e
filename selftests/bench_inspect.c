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
#include <time.h>

#include "toy_histogram.h"
#include "toy_test.h"
#include "toyfs.h"

#define SIZE	64
#define ROUNDS	20
#define EACH	500

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* A send and a receive, the best of many rounds; -1 and errno. */
static long cost(const int fd[2])
{
	long took, best = LONG_MAX;
	char buf[SIZE] = "";
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		took = now_ns();
		for (i = 0; i < EACH; i++)
			if (send(fd[0], buf, SIZE, 0) != SIZE ||
			    recv(fd[1], buf, SIZE, 0) != SIZE)
				return -1;
		took = (now_ns() - took) / EACH;
		if (took < best)
			best = took;
	}
	return best;
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

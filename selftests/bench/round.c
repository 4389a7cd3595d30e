// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rounds: when they begin, how long they took.
 */
#include <limits.h>
#include <time.h>

#include "bench.h"

/* Of the timer interrupt, ns: HZ is 250, of which other rates are fractions. */
#define TICK	4000000LL
/* Into a tick: what the tick itself had to do is done by then. */
#define PHASE	200000LL

/* Other times are not worth it: by the clock of a host no round is as another. */
static void wait_phase(void)
{
	long long now = toy_clock(), then = (now / TICK + 2) * TICK + PHASE;
	struct timespec at = { then / 1000000000, then % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL))
		;
}

void bench_round_begin(struct bench_job *job)
{
	if (toy_clock_is_exact())
		wait_phase();
	job->since = toy_clock();
	BENCH_MARK_BEGIN();
}

void bench_round_end(struct bench_job *job)
{
	long long took;

	BENCH_MARK_END();
	took = toy_clock() - job->since;
	if (took < job->best)
		job->best = took;
	job->result = (job->best + job->loops / 2) / job->loops;
}

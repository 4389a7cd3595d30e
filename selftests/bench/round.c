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

static inline void mark_begin(void)
{
#ifdef __x86_64__
	asm volatile("nopl 0x746f7931(%%rax)" ::: "memory");
#endif
}

static inline void mark_end(void)
{
#ifdef __x86_64__
	asm volatile("nopl 0x746f7930(%%rax)" ::: "memory");
#endif
}

bool bench_round(struct bench_job *job)
{
	if (job->warm + job->rounds <= 0)
		return false;
	if (toy_clock_is_exact())
		wait_phase();
	job->since = toy_clock();
	mark_begin();
	return true;
}

void bench_round_end(struct bench_job *job)
{
	long long took;

	mark_end();
	took = toy_clock() - job->since;
	if (job->warm-- > 0)
		return;
	job->warm = 0;
	job->rounds--;
	if (took < job->best)
		job->best = took;
	job->result = (job->best + job->loops / 2) / job->loops;
}

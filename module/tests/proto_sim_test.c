// SPDX-License-Identifier: GPL-2.0-only
/*
 * Some runs of the simulation (selftests/proto/sim.h) in the kernel: that the
 * engine as the kernel's compiler, types and sanitizers have it does the same.
 * Thousands of runs are for `make proto`, where they take no time.
 */
#include "../../selftests/proto/sim.h"
#include "toy_test.h"

/* Seconds under emulation with KASAN. */
#define SEEDS	12

static void run(void *context)
{
	struct sim *sim = context;

	sim_run(sim);
}

static void nothing(void *context)
{
}

/* In a thread of its own, which ends where a run fails: libc/setjmp.h. */
static void run_apart(struct __test_metadata *_metadata, struct sim *sim)
{
	struct kunit_try_catch apart = {
		.test = _metadata, .try = run, .catch = nothing,
	};

	toy_test_catch = &apart;
	kunit_try_catch_run(&apart, sim);
	toy_test_catch = NULL;
}

TEST(sim__ends_as_it_should)
{
	struct sim *sim = sim_new();
	u64 seed;

	wire_init();
	for (seed = 1; seed <= SEEDS; seed++) {
		sim_reset(sim, seed);
		sim->end[0].app.connects = false;
		run_apart(_metadata, sim);
		EXPECT_STREQ("", sim->why) {
			TH_LOG("seed %llu, at %llu us", seed, sim->now);
		}
	}
	wire_clear(sim);
	free(sim->frame);
	free(sim);
}

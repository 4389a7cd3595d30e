// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast the engine is on wires that lose, beside what the formulae for Reno
 * say: Mathis et al. 1997, and Padhye et al. 1998, which counts timeouts, too.
 *
 *	throughput [-v]		-v: each run
 *
 * The link is never faster than its rate, and the formulae are of long
 * transfers, so a share of the smaller one is asked for, as a mean of some
 * seeds.
 */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

#define SEEDS	8
#define MSS	1464U

/**
 * struct scene - a link and what is expected of it
 * @name:	for the output
 * @rate:	bytes a second, 0: no limit
 * @delay:	us, one way
 * @loss:	of a million
 * @late:	of a million, reordered
 * @late_by:	us, that far
 * @total:	bytes to send
 * @share:	percent of what the formulae allow that have to be reached
 */
struct scene {
	const char	*name;
	u64		rate;
	u32		delay;
	u32		loss;
	u32		late;
	u32		late_by;
	u32		total;
	u32		share;
};

static const struct scene scenes[] = {
	{ "10 Mbit/s, 10 ms", 1250000, 5000, 0, 0, 0, 10000000, 90 },
	{ "10 Mbit/s, 10 ms, 0.1 % loss", 1250000, 5000, 1000, 0, 0, 10000000,
	  80 },
	{ "10 Mbit/s, 10 ms, 1 % loss", 1250000, 5000, 10000, 0, 0, 10000000,
	  70 },
	{ "10 Mbit/s, 10 ms, 5 % loss", 1250000, 5000, 50000, 0, 0, 5000000,
	  70 },
	{ "100 Mbit/s, 10 ms, 0.1 % loss", 12500000, 5000, 1000, 0, 0,
	  20000000, 70 },
	{ "100 Mbit/s, 10 ms, 1 % loss", 12500000, 5000, 10000, 0, 0, 10000000,
	  70 },
	{ "100 Mbit/s, 10 ms, 5 % loss", 12500000, 5000, 50000, 0, 0, 5000000,
	  70 },
	{ "10 Mbit/s, 100 ms, 1 % loss", 1250000, 50000, 10000, 0, 0, 5000000,
	  70 },
	{ "1 Gbit/s, 0.2 ms, 1 % loss", 125000000, 100, 10000, 0, 0, 20000000,
	  70 },
	{ "1 Gbit/s, 0.2 ms, 5 % loss", 125000000, 100, 50000, 0, 0, 5000000,
	  70 },
	{ "10 Mbit/s, 10 ms, 30 % loss", 1250000, 5000, 300000, 0, 0, 262144,
	  50 },
	{ "10 Mbit/s, 10 ms, 5 % reordered by 5 ms", 1250000, 5000, 0, 50000,
	  5000, 10000000, 70 },
};

/* sqrt(3/2) for an ACK of each segment, sqrt(3/4) for one of two. */
static double mathis(double rtt, double p)
{
	return MSS / rtt * sqrt(0.75 / p);
}

static double padhye(double rtt, double p)
{
	double t0 = rtt > 0.2 ? rtt : 0.2, b = 2;
	double timeouts = 3 * sqrt(3 * b * p / 8);

	if (timeouts > 1)
		timeouts = 1;
	return MSS / (rtt * sqrt(2 * b * p / 3) +
		      t0 * timeouts * p * (1 + 32 * p * p));
}

static void arrange(struct sim *sim, const struct scene *scene, u64 seed)
{
	int i;

	sim_reset(sim, seed);
	sim->wire.rate = scene->rate;
	sim->wire.queue = scene->rate / 20 > 64000 ? scene->rate / 20 : 64000;
	sim->wire.delay = scene->delay;
	sim->wire.loss = scene->loss;
	sim->wire.late = scene->late;
	sim->wire.late_by = scene->late_by;
	for (i = 0; i < 2; i++) {
		struct end *end = &sim->end[i];

		memset(&end->app, 0, sizeof(end->app));
		end->app.at = NEVER;
		end->app.chunk = 65536;
		end->app.rchunk = 1000000;
		end->app.sndbuf = 400000;
		end->setup.mss = MSS;
		end->setup.buf = 500000;
		end->setup.messages = false;
		end->setup.iss = sim_chance(sim, U32_MAX);
		end->tx_max = MSS;
		end->nodelay = true;
	}
	sim->end[0].app.connects = true;
	sim->end[0].app.total = scene->total;
	sim->end[0].app.at = sim->now;
}

/* Bytes a second, from the call to the last byte's arrival. */
static double once(struct sim *sim, const struct scene *scene, u64 seed,
		   bool verbose)
{
	double seconds, rate;
	u64 began;

	arrange(sim, scene, seed);
	began = sim->now;
	if (!sim_run(sim)) {
		printf("# seed %llu: %s\n", (unsigned long long)seed, sim->why);
		return 0;
	}
	seconds = (sim->end[1].eof_at - began) / 1e6;
	rate = scene->total / seconds;
	if (verbose)
		printf("# %.2f Mbit/s, segments: %llu, again: %llu, timeouts: %llu\n",
		       rate * 8 / 1e6,
		       (unsigned long long)sim->end[0].segs_out,
		       (unsigned long long)sim->end[0].segs_again,
		       (unsigned long long)sim->end[0].timeouts);
	return rate;
}

/* Returns whether the scene is as fast as it has to be. */
static bool run(struct sim *sim, const struct scene *scene, bool verbose)
{
	double rtt = 2 * scene->delay / 1e6, p = scene->loss / 1e6;
	double sum = 0, least, reno, rate;
	u64 seed;

	for (seed = 1; seed <= SEEDS; seed++)
		sum += once(sim, scene, seed, verbose);
	rate = sum / SEEDS;
	/* Of the wire's bytes 1464 of 1538 are payload. */
	least = scene->rate * 0.95;
	if (p) {
		/* A full link has a full queue, which takes time as well. */
		reno = padhye(rtt, p);
		least = reno < least ? reno : least;
		printf("# %s: %.2f Mbit/s; Mathis %.2f, Padhye %.2f\n",
		       scene->name, rate * 8 / 1e6, mathis(rtt, p) * 8 / 1e6,
		       reno * 8 / 1e6);
	} else {
		printf("# %s: %.2f Mbit/s\n", scene->name, rate * 8 / 1e6);
	}
	return rate * 100 >= least * scene->share;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	struct sim *sim = sim_new();
	u32 i, failed = 0;

	wire_init();
	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(scenes));
	for (i = 0; i < ARRAY_SIZE(scenes); i++) {
		bool fast = run(sim, &scenes[i], verbose);

		printf("%sok %u - throughput: %s\n", fast ? "" : "not ", i + 1,
		       scenes[i].name);
		failed += !fast;
	}
	return failed ? 1 : 0;
}

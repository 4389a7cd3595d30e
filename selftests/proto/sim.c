// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run the simulation with many seeds: two engines over a wire that loses,
 * repeats, delays and spoils.
 *
 *	sim [-n RUNS] [-s FIRST] [-j JOBS]	many
 *	sim -t SEED				one, and tell what happens
 *
 * A run ends with all data delivered, or with a program at each end that knows
 * that it was not. A seed that fails is printed; -t shows it again.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

struct options {
	u64	first;
	u64	runs;
	u32	jobs;
	bool	trace;
};

static bool one(struct sim *sim, u64 seed, bool trace)
{
	sim_reset(sim, seed);
	sim->trace = trace;
	sim->end[0].app.connects = false;
	if (sim_run(sim))
		return true;
	printf("# seed %llu: %s (at %llu us; replay: sim -t %llu)\n",
	       (unsigned long long)seed, sim->why,
	       (unsigned long long)sim->now, (unsigned long long)seed);
	return false;
}

/* Every @jobs-th seed from the @job-th on. Returns how many failed. */
static u32 work(const struct options *o, u32 job)
{
	struct sim *sim = sim_new();
	u32 failed = 0;
	u64 i;

	for (i = job; i < o->runs && failed < 10; i += o->jobs)
		failed += !one(sim, o->first + i, o->trace);
	fflush(stdout);
	return failed;
}

static u32 work_in_jobs(const struct options *o)
{
	u32 job, failed = 0;
	int status;

	fflush(stdout);
	for (job = 0; job < o->jobs; job++) {
		pid_t pid = fork();

		if (pid < 0)
			perror("fork");
		if (pid <= 0)
			_exit(pid ? 1 : work(o, job));
	}
	while (wait(&status) > 0)
		failed += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return failed;
}

static int help(void)
{
	fputs("usage: sim [-n RUNS] [-s FIRST] [-j JOBS] | -t SEED\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = { .first = 1, .runs = 10000 };
	u32 failed;
	int c;

	o.jobs = sysconf(_SC_NPROCESSORS_ONLN);
	while ((c = getopt(argc, argv, "n:s:j:t:")) != -1) {
		switch (c) {
		case 'n':
			o.runs = strtoull(optarg, NULL, 0);
			break;
		case 's':
			o.first = strtoull(optarg, NULL, 0);
			break;
		case 'j':
			o.jobs = strtoul(optarg, NULL, 0);
			break;
		case 't':
			o = (struct options){ strtoull(optarg, NULL, 0), 1, 1,
					      true };
			break;
		default:
			return help();
		}
	}
	if (optind < argc || !o.jobs)
		return help();
	wire_init();
	puts("TAP version 13\n1..1");
	failed = o.jobs > 1 ? work_in_jobs(&o) : work(&o, 0);
	printf("%sok 1 - sim: %llu runs from seed %llu\n", failed ? "not " : "",
	       (unsigned long long)o.runs, (unsigned long long)o.first);
	return failed ? 1 : 0;
}

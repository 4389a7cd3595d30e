// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random sequences of system calls on AF_TOY: see tell_usage() and fuzz.h.
 */
#include <getopt.h>
#include <sys/mman.h>
#include <time.h>

#include "fuzz.h"

static void tell_usage(FILE *to)
{
	fputs("usage: fuzz [options]\n"
	      "\n"
	      "Runs programs of random system calls on sockets and files of AF_TOY, each in\n"
	      "a process of its own, and ends with the first one that there is something to\n"
	      "complain of. Takes root, in a VM (scripts/vm): it makes namespaces and devices.\n"
	      "\n"
	      "  --seed S[+S...]  the program of this seed; a '+' is a change by another one\n"
	      "  --runs N         so many programs, of seeds S, S+1 and on\n"
	      "  --seconds N      programs for so long (10 without --seed and --runs)\n"
	      "  --calls N        calls of a program (300)\n"
	      "  --threads N      who make them, 1 to 4 (2)\n"
	      "  --keep N,N,...   only these calls of it\n"
	      "  --minimise       find the fewest calls with the same complaint\n"
	      "  --trace          show each call\n"
	      "  --tell           tell the kernel's log of each call before it is made\n"
	      "  --forbid ERRNO   complain of this errno, too, by its number\n"
	      "  --plant WHAT     add what is to be complained of: hang, crash, stay, warn, errno\n"
	      "  --patience N     seconds after which a call is said to hang\n"
	      "  --no-kcov        do not look at what code is reached\n"
	      "  --verbose        how often each call was made, and succeeded\n"
	      "\n"
	      "Exit status: 0; 1 for a complaint; 2 where it could not run.\n", to);
}

/* What was asked for, beside fuzz_how. */
static struct {
	char *seed;
	const char *keep;
	unsigned long runs;
	unsigned long seconds;
	unsigned long calls;
	unsigned long threads;
	int plant;
	bool minimise;
	bool kcov;
	bool verbose;
} asked = { .calls = 300, .threads = 2, .plant = -1, .kcov = true };

static unsigned long number(const char *text, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (end == text || *end || n > most) {
		tell_usage(stderr);
		exit(2);
	}
	return n;
}

static void take_flag(int option)
{
	switch (option) {
	case 'm':
		asked.minimise = true;
		break;
	case 'T':
		fuzz_how.trace = true;
		break;
	case 'K':
		fuzz_how.tell = true;
		break;
	case 'n':
		asked.kcov = false;
		break;
	case 'v':
		asked.verbose = true;
		break;
	case 'h':
		tell_usage(stdout);
		exit(0);
	default:
		tell_usage(stderr);
		exit(2);
	}
}

static void take_option(int option)
{
	switch (option) {
	case 's':
		asked.seed = optarg;
		break;
	case 'r':
		asked.runs = number(optarg, -1);
		break;
	case 'S':
		asked.seconds = number(optarg, -1);
		break;
	case 'c':
		asked.calls = number(optarg, FUZZ_CALLS);
		break;
	case 't':
		asked.threads = number(optarg, FUZZ_THREADS);
		break;
	case 'k':
		asked.keep = optarg;
		break;
	case 'f':
		fuzz_how.forbid = number(optarg, 511);
		break;
	case 'p':
		asked.plant = fuzz_op_named(optarg);
		break;
	case 'P':
		fuzz_how.patience = number(optarg, 100000);
		break;
	default:
		take_flag(option);
	}
}

static void take_options(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 's' }, { "runs", 1, NULL, 'r' },
		{ "seconds", 1, NULL, 'S' }, { "calls", 1, NULL, 'c' },
		{ "threads", 1, NULL, 't' }, { "keep", 1, NULL, 'k' },
		{ "minimise", 0, NULL, 'm' }, { "trace", 0, NULL, 'T' },
		{ "tell", 0, NULL, 'K' }, { "forbid", 1, NULL, 'f' },
		{ "plant", 1, NULL, 'p' }, { "patience", 1, NULL, 'P' },
		{ "no-kcov", 0, NULL, 'n' }, { "verbose", 0, NULL, 'v' },
		{ "help", 0, NULL, 'h' }, {},
	};
	int option;

	fuzz_how.patience = 60 * toy_patience();
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		take_option(option);
	if (optind < argc || !asked.calls || !asked.threads) {
		tell_usage(stderr);
		exit(2);
	}
	if (!asked.runs && !asked.seconds) {
		asked.runs = asked.seed ? 1 : 0;
		asked.seconds = asked.seed ? 0 : 10;
	}
}

/* A seed and those of changes, with '+' between. */
static void take_seed(struct fuzz_program *program)
{
	char *at = asked.seed, *end;

	if (!at) {
		program->lineage[0] = time(NULL);
		program->seeds = 1;
		return;
	}
	do {
		program->lineage[program->seeds++] = strtoull(at, &end, 0);
		if (end == at || (*end && *end != '+') ||
		    (*end && program->seeds == FUZZ_LINEAGE)) {
			tell_usage(stderr);
			exit(2);
		}
		at = end + 1;
	} while (*end);
}

/* ------------------------------------------------------------------ search */

/* Programs that reached what none had before them. */
#define CORPUS	512

static struct {
	__u64 lineage[FUZZ_LINEAGE];
	unsigned int seeds;
} corpus[CORPUS];
static unsigned int promising;

static void remember(const struct fuzz_program *program, __u64 *random)
{
	unsigned int at = promising;

	if (promising < CORPUS)
		promising++;
	else
		at = fuzz_random(random) % CORPUS;
	memcpy(corpus[at].lineage, program->lineage, sizeof(program->lineage));
	corpus[at].seeds = program->seeds;
}

/* The next seed, or every other time a change of what was promising. */
static void next(struct fuzz_program *program, __u64 seed, __u64 *random)
{
	unsigned int at;

	program->lineage[0] = seed;
	program->seeds = 1;
	if (!promising || fuzz_random(random) % 2)
		return;
	at = fuzz_random(random) % promising;
	if (corpus[at].seeds == FUZZ_LINEAGE)
		return;
	memcpy(program->lineage, corpus[at].lineage, sizeof(program->lineage));
	program->seeds = corpus[at].seeds;
	program->lineage[program->seeds++] = fuzz_random(random) >> 40;
}

static void prepare(struct fuzz_program *program)
{
	program->threads = asked.threads;
	fuzz_program_make(program, asked.calls);
	if (asked.plant >= 0)
		program->call[program->calls / 2].op = asked.plant;
	if (asked.keep && fuzz_program_keep(program, asked.keep)) {
		fprintf(stderr, "fuzz: no such calls: %s\n", asked.keep);
		exit(2);
	}
}

/* Prints what there is to say of it; never returns. */
static void fail(struct fuzz_world *world, struct fuzz_program *program,
		 const char *complaint)
{
	static char keep[6 * FUZZ_CALLS];
	char text[512];

	fuzz_program_show(program, asked.calls, text, sizeof(text));
	printf("complaint: %s\nreplay: fuzz %s%s%s\n", complaint, text,
	       asked.keep ? " --keep " : "", asked.keep ?: "");
	if (asked.minimise && !asked.keep) {
		world->sockets = fuzz_world_sockets();
		fuzz_how.trace = false;
		fuzz_minimise(world, program, complaint, keep, sizeof(keep));
		printf("minimised: fuzz %s --keep %s\n", text, keep);
		fuzz_how.trace = true;
		fuzz_run(world, program, text);
	}
	fflush(stdout);
	exit(1);
}

static unsigned long long search(struct fuzz_world *world,
				 struct fuzz_program *program)
{
	__u64 first = program->lineage[0], random = first;
	long long end = toy_clock() + asked.seconds * 1000000000LL;
	unsigned long runs = 0;
	char complaint[512];

	while (asked.runs ? runs < asked.runs : toy_clock() < end) {
		if (runs)
			next(program, first + runs, &random);
		prepare(program);
		fuzz_program_show(program, asked.calls, complaint,
				  sizeof(complaint));
		fuzz_world_tell("fuzz: %s\n", complaint);
		if (!fuzz_run(world, program, complaint))
			fail(world, program, complaint);
		if (fuzz_said->fresh)
			remember(program, &random);
		runs++;
	}
	return runs;
}

static void tell(unsigned long long runs, unsigned long long first)
{
	unsigned long made = 0, done = 0, places = 0;
	int i;

	for (i = 0; fuzz_op(i); i++) {
		made += fuzz_said->made[i];
		done += fuzz_said->done[i];
		if (asked.verbose && fuzz_op(i)->weight)
			printf("%-24s %8lu made %8lu succeeded\n",
			       fuzz_op(i)->name, fuzz_said->made[i],
			       fuzz_said->done[i]);
	}
	for (i = 0; i < FUZZ_PLACES; i++)
		places += fuzz_said->place[i];
	printf("%llu programs from seed %llu on: %lu calls, %lu succeeded",
	       runs, first, made, done);
	if (places)
		printf("; %lu places reached", places);
	printf("\n");
}

int main(int argc, char *argv[])
{
	static struct fuzz_program program;
	static struct fuzz_world world;
	__u64 first;

	take_options(argc, argv);
	take_seed(&program);
	first = program.lineage[0];
	fuzz_said = mmap(NULL, sizeof(*fuzz_said), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuzz_said == MAP_FAILED || fuzz_world_make(&world)) {
		perror("fuzz: no world to run in");
		return 2;
	}
	if (asked.kcov)
		fuzz_kcov_open(asked.threads);
	printf("seed %llu\n", first);
	tell(search(&world, &program), first);
	return 0;
}

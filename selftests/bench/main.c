// SPDX-License-Identifier: GPL-2.0-only
/*
 * What operations cost on AF_TOY and on its peers: see tell_usage() and bench.h.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "bench.h"

static const struct bench_case *const cases[] = {
	&bench_write_read, &bench_one_way, &bench_ping_pong, &bench_poll,
	&bench_socketpair, &bench_connect, &bench_lookup,
	&bench_memory_object, &bench_memory_idle, &bench_memory_pair,
	&bench_veth_ping_pong, &bench_veth_one_way, NULL
};

static void tell_usage(FILE *to)
{
	fputs("usage: bench [options]\n"
	      "\n"
	      "Measures each case with each subject. Lines of case, size, subject and\n"
	      "instructions (bytes for memory), with tabs between, come at the end, after\n"
	      "one that tells the kernel: what writes them would be at work meanwhile.\n"
	      "With scripts/vm --icount a nanosecond is an instruction, elsewhere the\n"
	      "figures are nanoseconds.\n"
	      "\n"
	      "  --case GLOB     only these cases\n"
	      "  --subject GLOB  only these subjects\n"
	      "  --size N        only this size\n"
	      "  --loops N       operations in a round, for profiling\n"
	      "  --rounds N      how often; the best counts\n"
	      "  --quick         one round of ten: whether all of them work\n"
	      "  --verbose       each row as it comes\n"
	      "  --parallel      many at once, by the clock: operations a second instead\n"
	      "  --list          name the cases and sizes, then the subjects\n", to);
}

/* What was asked for. */
static struct {
	const char *what;
	const char *subject;
	long size;
	long loops;
	int rounds;
	bool quick;
	bool verbose;
} asked = { .what = "*", .subject = "*", .size = -1 };

static void list(void)
{
	const struct bench_subject *subject;
	const long *size;
	size_t i;

	for (i = 0; cases[i]; i++) {
		printf("%s", cases[i]->name);
		for (size = cases[i]->sizes; *size != BENCH_SIZES_END; size++)
			printf(" %ld", *size);
		printf("\n");
	}
	for (subject = bench_subjects; subject->name; subject++)
		printf("%s\n", subject->name);
}

static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (n < 0 || end == text || *end) {
		tell_usage(stderr);
		exit(2);
	}
	return n;
}

static void options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "case", 1, NULL, 'c' }, { "subject", 1, NULL, 's' },
		{ "size", 1, NULL, 'z' }, { "loops", 1, NULL, 'n' },
		{ "rounds", 1, NULL, 'r' }, { "quick", 0, NULL, 'q' },
		{ "verbose", 0, NULL, 'v' }, { "list", 0, NULL, 'l' },
		{ "parallel", 0, NULL, 'p' }, { "help", 0, NULL, 'h' }, { },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			asked.what = optarg;
			break;
		case 's':
			asked.subject = optarg;
			break;
		case 'z':
			asked.size = number(optarg);
			break;
		case 'n':
			asked.loops = number(optarg);
			break;
		case 'r':
			asked.rounds = number(optarg);
			break;
		case 'q':
			asked.quick = true;
			break;
		case 'v':
			asked.verbose = true;
			break;
		case 'l':
			list();
			exit(0);
		case 'p':
			exit(!bench_parallel());
		default:
			tell_usage(c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind < argc) {
		tell_usage(stderr);
		exit(2);
	}
}

static void set_extent(struct bench_job *job)
{
	job->loops = asked.quick ? 10 : job->what->loops(job->size);
	job->warm = asked.quick ? 0 : job->what->warm;
	job->rounds = asked.quick ? 1 : job->what->rounds;
	if (asked.loops)
		job->loops = asked.loops;
	if (asked.rounds)
		job->rounds = asked.rounds;
	job->best = LLONG_MAX;
	job->result = 0;
}

/*
 * @job lies in memory that both processes share. Whoever waits for what never
 * comes is ended by scripts/vm, for seconds of the guest say nothing: while a program
 * is read from a busy disk nobody computes, and virtual time flies.
 */
static bool measure(struct bench_job *job)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!job->what->run(job))
			_exit(0);
		fprintf(stderr, "bench: %s of %ld, %s: %s\n", job->what->name,
			job->size, job->subject->name, strerror(errno));
		_exit(1);
	}
	status = toy_child_wait(pid);
	/* What it has left to be done later is done before the next one. */
	toy_sleep(asked.quick ? 0 : 50);
	if (status > 1)
		fprintf(stderr, "bench: %s of %ld, %s: ended with %d\n",
			job->what->name, job->size, job->subject->name, status);
	return !status;
}

/* A row of the table; false if it could not be measured. */
static bool row(struct bench_job *job, char **table)
{
	char line[100];
	char *longer;

	if (!job->what->fits(job->subject, job->size))
		return true;
	set_extent(job);
	if (!measure(job))
		return false;
	snprintf(line, sizeof(line), "%s\t%ld\t%s\t%ld\n", job->what->name,
		 job->size, job->subject->name, job->result);
	if (asked.verbose)
		fputs(line, stderr);
	if (asprintf(&longer, "%s%s", *table, line) < 0)
		abort();
	free(*table);
	*table = longer;
	return true;
}

static bool rows(struct bench_job *job, char **table)
{
	bool present[16];
	const long *size;
	bool ok = true;
	size_t c, s;

	for (s = 0; bench_subjects[s].name; s++)
		present[s] = !fnmatch(asked.subject, bench_subjects[s].name,
				      FNM_EXTMATCH) &&
			     bench_present(&bench_subjects[s]);
	for (c = 0; cases[c]; c++) {
		job->what = cases[c];
		if (fnmatch(asked.what, job->what->name, FNM_EXTMATCH))
			continue;
		for (size = job->what->sizes; *size != BENCH_SIZES_END; size++) {
			if (asked.size >= 0 && asked.size != *size)
				continue;
			job->size = *size;
			for (s = 0; bench_subjects[s].name; s++) {
				job->subject = &bench_subjects[s];
				if (present[s] && !row(job, table))
					ok = false;
			}
		}
	}
	return ok;
}

int main(int argc, char **argv)
{
	char *table = strdup("");
	struct utsname system;
	struct bench_job *job;
	bool ok;

	options(argc, argv);
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job == MAP_FAILED || !table)
		return 1;
	ok = rows(job, &table);
	uname(&system);
	printf("# Linux %s\ncase\tsize\tsubject\tinstructions\n%s",
	       system.release, table);
	return !ok;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fewest calls that still make for the same complaint.
 */
#include "fuzz.h"

/* What depends on chance gets so many chances. */
#define TRIES	3

/* The same: up to the '|', behind which is what differs from run to run. */
static bool same(const char *a, const char *b)
{
	size_t len = strcspn(a, "|");

	return !strncmp(a, b, len + 1);
}

/**
 * struct part - calls that are still there
 * @program:	they
 * @number:	which ones of the first program they are
 */
struct part {
	struct fuzz_program program;
	unsigned int number[FUZZ_CALLS];
};

/* @small becomes @big without @n calls from @at on. */
static void leave_out(struct part *small, const struct part *big,
		      unsigned int at, unsigned int n)
{
	unsigned int i, kept = 0;

	small->program = big->program;
	for (i = 0; i < big->program.calls; i++) {
		if (i >= at && i < at + n)
			continue;
		small->program.call[kept] = big->program.call[i];
		small->number[kept++] = big->number[i];
	}
	small->program.calls = kept;
}

static bool still(struct fuzz_world *world, const struct part *part,
		  const char *complaint)
{
	int tries = part->program.threads > 1 ? TRIES : 1;
	char now[512];

	while (tries--) {
		if (fuzz_run(world, &part->program, now))
			continue;
		/* What stays of this run is not the next one's fault. */
		world->sockets = fuzz_world_sockets();
		if (same(complaint, now))
			return true;
	}
	return false;
}

void fuzz_minimise(struct fuzz_world *world, struct fuzz_program *program,
		   const char *complaint, char *keep, size_t size)
{
	struct part *big = calloc(1, sizeof(*big));
	struct part *small = calloc(1, sizeof(*small)), *other;
	unsigned int n, at, i;
	size_t len = 0;

	big->program = *program;
	for (i = 0; i < program->calls; i++)
		big->number[i] = i;
	for (n = (program->calls + 1) / 2; n; n /= 2) {
		for (at = 0; at < big->program.calls;) {
			leave_out(small, big, at, n);
			if (!small->program.calls ||
			    !still(world, small, complaint)) {
				at += n;
				continue;
			}
			other = big;
			big = small;
			small = other;
		}
		printf("# by %u: %u calls left\n", n, big->program.calls);
		fflush(stdout);
	}
	*program = big->program;
	for (i = 0; i < program->calls && len < size; i++)
		len += snprintf(keep + len, size - len, "%s%u", i ? "," : "",
				big->number[i]);
	free(big);
	free(small);
}

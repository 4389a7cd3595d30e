// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: bytes of a socket, with the file that it is, when nothing is queued.
 */
#include <glob.h>
#include <sys/resource.h>

#include "bench.h"

/*
 * Whole objects of a cache for each socket count; those that others have made
 * meanwhile are next to nothing beside so many.
 */
#define COUNT	2000
/* First, for what other slabs have room for. */
#define FILL	500
#define CACHES	1000

static long loops_1(long size)
{
	(void)size;
	return 1;
}

/* Empty slabs are not there. */
static void shrink_slabs(void)
{
	glob_t found;
	size_t i;
	int fd;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		fd = open(found.gl_pathv[i], O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1", 1) != 1)
			fprintf(stderr, "bench: %s\n", found.gl_pathv[i]);
		close(fd);
	}
	globfree(&found);
}

/* A line of /proc/slabinfo. */
struct cache {
	char name[40];
	long objects;
	/* An object and its share of what its slab cannot use. */
	double bytes;
};

/* Returns how many there are. */
static int read_caches(struct cache *caches)
{
	long objects, per_slab, pages;
	char line[300];
	FILE *file;
	int n = 0;

	shrink_slabs();
	file = fopen("/proc/slabinfo", "re");
	while (file && n < CACHES && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%39s %*d %ld %*d %ld %ld", caches[n].name,
			   &objects, &per_slab, &pages) != 4)
			continue;
		caches[n].objects = objects;
		caches[n++].bytes = pages * 4096.0 / per_slab;
	}
	if (file)
		fclose(file);
	return n;
}

static long objects_in(const struct cache *caches, int n, const char *name)
{
	while (n--)
		if (!strcmp(caches[n].name, name))
			return caches[n].objects;
	return 0;
}

/* Room for descriptors, lest that be measured. */
static int reserve(int descriptors)
{
	struct rlimit limit = { descriptors, descriptors };

	if (setrlimit(RLIMIT_NOFILE, &limit) ||
	    dup2(STDERR_FILENO, descriptors - 1) < 0)
		return -1;
	return close(descriptors - 1);
}

static bool is_socket(const struct bench_subject *subject, long size)
{
	(void)size;
	return subject->kind.family != BENCH_PIPE;
}

static int measure(struct bench_job *job,
		   int (*make)(struct bench_job *job, int count))
{
	static struct cache before[CACHES], after[CACHES];
	double bytes = 0;
	int n, now;
	long more;

	if (make(job, FILL))
		return -1;
	n = read_caches(before);
	if (!n || make(job, COUNT))
		return -1;
	now = read_caches(after);
	while (now--) {
		more = after[now].objects -
		       objects_in(before, n, after[now].name);
		if (more > 0)
			bytes += after[now].bytes *
				 ((more + COUNT / 2) / COUNT);
	}
	job->result = bytes + 0.5;
	return 0;
}

static int make_idle(struct bench_job *job, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (bench_socket(job->subject) < 0)
			return -1;
	return 0;
}

static int idle(struct bench_job *job)
{
	return reserve(FILL + COUNT + 100) ? -1 : measure(job, make_idle);
}

const struct bench_case bench_memory_idle = {
	.name	= "memory-idle",
	.sizes	= bench_sizes_none,
	.rounds	= 1,
	.loops	= loops_1,
	.fits	= is_socket,
	.run	= idle,
};

/* What accepted sockets have in common with their listener counts once. */
static int make_pairs(struct bench_job *job, int count)
{
	struct bench_end end[2];
	struct toy_name name;
	int i, fd, listener;

	if (!bench_is_conn(job->subject)) {
		for (i = 0; i < count; i++)
			if (bench_pair(job, 0, end))
				return -1;
		return 0;
	}
	listener = bench_listener(job->subject, 0, &name);
	for (i = 0; i < count; i++) {
		fd = bench_connected(job->subject, 0, &name);
		if (fd < 0 || accept(listener, NULL, NULL) < 0)
			return -1;
	}
	return 0;
}

static int connected(struct bench_job *job)
{
	return reserve(2 * (FILL + COUNT) + 100) ? -1 : measure(job, make_pairs);
}

const struct bench_case bench_memory_pair = {
	.name	= "memory-pair",
	.sizes	= bench_sizes_none,
	.rounds	= 1,
	.loops	= loops_1,
	.fits	= is_socket,
	.run	= connected,
};

/* --------------------------------------- the socket itself, without its file */

/* What /proc/net/protocols calls it. */
static const char *protocol_of(struct toy_kind kind)
{
	switch (kind.family) {
	case AF_UNIX:
		return toy_kind_is_stream(kind) ? "UNIX-STREAM" : "UNIX";
	case AF_INET:
		return toy_kind_is_stream(kind) ? "TCP" : "UDP";
	case AF_VSOCK:
		return "AF_VSOCK";
	default:
		return "TOY";
	}
}

static int object(struct bench_job *job)
{
	const char *want = protocol_of(job->subject->kind);
	char line[200], name[32];
	FILE *file;
	long size;

	file = fopen("/proc/net/protocols", "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %ld", name, &size) == 2 &&
		    !strcmp(name, want))
			job->result = size;
	if (file)
		fclose(file);
	return job->result ? 0 : -1;
}

const struct bench_case bench_memory_object = {
	.name	= "memory-object",
	.sizes	= bench_sizes_none,
	.rounds	= 1,
	.loops	= loops_1,
	.fits	= is_socket,
	.run	= object,
};

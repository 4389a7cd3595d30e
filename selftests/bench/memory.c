// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: bytes of a socket, with the file that it is, when nothing is queued.
 */
#include <glob.h>
#include <sys/resource.h>

#include "bench.h"

/* So many that a slab more or less is next to nothing. */
#define COUNT	4000

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

/* Bytes in slabs; -1 */
static long slab_bytes(void)
{
	FILE *file;
	char line[200];
	long kib = -1;

	shrink_slabs();
	file = fopen("/proc/meminfo", "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
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

/* Once without being measured, for whatever is made but once. */
static int measure(struct bench_job *job, int (*make)(struct bench_job *job))
{
	long before;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(make(job) ? 1 : 0);
	if (toy_child_wait(pid))
		return -1;
	toy_sleep(200);
	before = slab_bytes();
	if (make(job))
		return -1;
	job->result = (slab_bytes() - before) / COUNT;
	return before < 0 ? -1 : 0;
}

static int make_idle(struct bench_job *job)
{
	int i;

	for (i = 0; i < COUNT; i++)
		if (bench_socket(job->subject) < 0)
			return -1;
	return 0;
}

static int idle(struct bench_job *job)
{
	return reserve(COUNT + 100) ? -1 : measure(job, make_idle);
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
static int make_pairs(struct bench_job *job)
{
	struct bench_end end[2];
	struct toy_name name;
	int i, fd, listener;

	if (!bench_is_conn(job->subject)) {
		for (i = 0; i < COUNT; i++)
			if (bench_pair(job, 0, end))
				return -1;
		return 0;
	}
	listener = bench_listener(job->subject, 0, &name);
	for (i = 0; i < COUNT; i++) {
		fd = bench_connected(job->subject, 0, &name);
		if (fd < 0 || accept(listener, NULL, NULL) < 0)
			return -1;
	}
	return 0;
}

static int connected(struct bench_job *job)
{
	return reserve(2 * COUNT + 100) ? -1 : measure(job, make_pairs);
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

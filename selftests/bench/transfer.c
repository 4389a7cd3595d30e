// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data: what one thread writes and reads itself, and what goes one way between
 * two processes.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bench.h"

/*
 * What holds 1 MiB that nobody reads meanwhile, whatever a family adds to it. A
 * pipe's capacity is the same number of bytes.
 */
#define BUFFERS	(4 * BENCH_LARGEST)

const long bench_sizes_data[] = { 1, 64, 1 << 10, 4 << 10, 16 << 10, 64 << 10,
				  1 << 20, BENCH_SIZES_END };

char *bench_buffer(void)
{
	static char *buf;

	if (buf)
		return buf;
	buf = mmap(NULL, BENCH_LARGEST, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buf == MAP_FAILED)
		abort();
	toy_fill(buf, BENCH_LARGEST, 0);
	return buf;
}

bool bench_write(int fd, const char *buf, long size)
{
	return write(fd, buf, size) == size;
}

bool bench_read(int fd, char *buf, long size)
{
	ssize_t n;

	while (size > 0) {
		n = read(fd, buf, size);
		if (n <= 0)
			return false;
		size -= n;
	}
	return true;
}

pid_t bench_serve(const struct bench_job *job, const struct bench_end end[2],
		  int (*serve)(const struct bench_job *job,
			       const struct bench_end *end))
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(end[0].in);
		if (end[0].out != end[0].in)
			close(end[0].out);
		bench_buffer();
		_exit(write(ready[1], "", 1) == 1 ? serve(job, &end[1]) : 1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

void bench_dismiss(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ------------------------------------------------- a write and a read of it */

static long write_read_loops(long size)
{
	if (size <= 4 << 10)
		return 100;
	return size <= 16 << 10 ? 50 : size <= 64 << 10 ? 20 : 2;
}

static int write_read(struct bench_job *job)
{
	int buffers = job->size > 64 << 10 ? BUFFERS : 0;
	char *buf = bench_buffer();
	struct bench_end end[2];
	long i;

	if (bench_pair(job, buffers, end))
		return -1;
	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++)
			if (!bench_write(end[0].out, buf, job->size) ||
			    !bench_read(end[1].in, buf, job->size))
				return -1;
		bench_round_end(job);
	}
	return 0;
}

const struct bench_case bench_write_read = {
	.name	= "write-read",
	.sizes	= bench_sizes_data,
	.warm	= 1,
	.rounds	= 20,
	.loops	= write_read_loops,
	.fits	= bench_takes,
	.run	= write_read,
};

/* ----------------------------------------------------------------- one way */

/*
 * Several times what fits into buffers, and some ticks. Two processes that share
 * a processor take turns in one way or another, as the scheduler has it, and some
 * ways cost less: with many rounds the best is among them.
 */
static long one_way_loops(long size)
{
	if (size <= 1 << 10)
		return 4000;
	return size <= 4 << 10 ? 2000 : size <= 16 << 10 ? 500 :
	       size <= 64 << 10 ? 150 : 12;
}

/* UDP loses what the reader has no room for. */
static bool one_way_fits(const struct bench_subject *subject, long size)
{
	return bench_takes(subject, size) &&
	       (bench_is_stream(subject) || !toy_kind_is_inet(subject->kind));
}

/* Where the reader says that it has read a round's last byte. */
static int done[2];

static int swallow(const struct bench_job *job, const struct bench_end *end)
{
	char *buf = bench_buffer();
	long left;
	ssize_t n;

	for (;;) {
		for (left = job->loops * job->size; left > 0; left -= n) {
			n = read(end->in, buf, job->size);
			if (n <= 0)
				return 1;
		}
		if (write(done[1], "", 1) != 1)
			return 1;
	}
}

static int one_way(struct bench_job *job)
{
	struct bench_end end[2];
	const char *buf;
	char byte;
	pid_t pid;
	long i;

	if (pipe2(done, O_CLOEXEC) || bench_pair(job, 0, end))
		return -1;
	pid = bench_serve(job, end, swallow);
	if (pid < 0)
		return -1;
	/* Each has pages of its own: there is nothing to be copied later. */
	buf = bench_buffer();
	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++)
			if (!bench_write(end[0].out, buf, job->size))
				return -1;
		if (read(done[0], &byte, 1) != 1)
			return -1;
		bench_round_end(job);
	}
	bench_dismiss(pid);
	return 0;
}

const struct bench_case bench_one_way = {
	.name	= "one-way",
	.sizes	= bench_sizes_data,
	.warm	= 1,
	.rounds	= 10,
	.loops	= one_way_loops,
	.fits	= one_way_fits,
	.run	= one_way,
};

/* Of what there is over Ethernet, with what flow control there is. */
static bool veth_fits(const struct bench_subject *subject, long size)
{
	(void)size;
	return bench_is_ether(subject) && !bench_is_dgram(subject);
}

static long veth_loops(long size)
{
	(void)size;
	return 200;
}

static const long sizes_veth[] = { 64 << 10, BENCH_SIZES_END };

/* TCP's buffers grow for some hundred writes, which cost less than later ones. */
const struct bench_case bench_veth_one_way = {
	.name	= "veth-one-way",
	.sizes	= sizes_veth,
	.cable	= true,
	.warm	= 4,
	.rounds	= 10,
	.loops	= veth_loops,
	.fits	= veth_fits,
	.run	= one_way,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * To and fro between two processes, of which one may wait in poll(2) for many
 * descriptors.
 */
#include <sys/resource.h>

#include "bench.h"

#define SIZE	64
/* Of poll's sizes. */
#define MOST	1000

static long loops_100(long size)
{
	(void)size;
	return 100;
}

static bool fits_all(const struct bench_subject *subject, long size)
{
	(void)subject;
	(void)size;
	return true;
}

static int echo(const struct bench_job *job, const struct bench_end *end)
{
	char buf[SIZE];

	(void)job;
	while (bench_read(end->in, buf, SIZE))
		if (!bench_write(end->out, buf, SIZE))
			return 1;
	return 0;
}

/* @end has a process at the other end that answers. */
static int rounds(struct bench_job *job, const struct bench_end *end)
{
	char buf[SIZE] = "";
	long i;

	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++)
			if (!bench_write(end->out, buf, SIZE) ||
			    !bench_read(end->in, buf, SIZE))
				return -1;
		bench_round_end(job);
	}
	return 0;
}

static int ping_pong(struct bench_job *job)
{
	struct bench_end end[2];
	pid_t pid;
	int ret;

	if (bench_pair(job, 0, end))
		return -1;
	pid = bench_serve(job, end, echo);
	if (pid < 0)
		return -1;
	ret = rounds(job, &end[0]);
	bench_dismiss(pid);
	return ret;
}

static const long sizes_ping_pong[] = { SIZE, BENCH_SIZES_END };

const struct bench_case bench_ping_pong = {
	.name	= "ping-pong",
	.sizes	= sizes_ping_pong,
	.warm	= 1,
	.rounds	= 20,
	.loops	= loops_100,
	.fits	= fits_all,
	.run	= ping_pong,
};

static bool veth_fits(const struct bench_subject *subject, long size)
{
	(void)size;
	return bench_is_ether(subject);
}

const struct bench_case bench_veth_ping_pong = {
	.name	= "veth-ping-pong",
	.sizes	= sizes_ping_pong,
	.cable	= true,
	.warm	= 1,
	.rounds	= 20,
	.loops	= loops_100,
	.fits	= veth_fits,
	.run	= ping_pong,
};

/* -------------------------------------------------------------------- poll */

static struct pollfd watched[MOST];

/* The last of them is the one that becomes readable. */
static int echo_polled(const struct bench_job *job, const struct bench_end *end)
{
	char buf[SIZE];

	for (;;) {
		if (poll(watched, job->size, -1) != 1 ||
		    !bench_read(end->in, buf, SIZE) ||
		    !bench_write(end->out, buf, SIZE))
			return 1;
	}
}

static int polled(struct bench_job *job)
{
	struct rlimit limit = { 4 * MOST + 100, 4 * MOST + 100 };
	struct bench_end end[2];
	pid_t pid;
	long i;
	int ret;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	for (i = 0; i < job->size; i++) {
		if (bench_pair(job, 0, end))
			return -1;
		watched[i].fd = end[1].in;
		watched[i].events = POLLIN;
	}
	pid = bench_serve(job, end, echo_polled);
	if (pid < 0)
		return -1;
	ret = rounds(job, &end[0]);
	bench_dismiss(pid);
	return ret;
}

static long poll_loops(long size)
{
	return size > 1 ? 10 : 100;
}

static const long sizes_poll[] = { 1, MOST, BENCH_SIZES_END };

const struct bench_case bench_poll = {
	.name	= "poll",
	.sizes	= sizes_poll,
	.warm	= 1,
	.rounds	= 6,
	.loops	= poll_loops,
	.fits	= fits_all,
	.run	= polled,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lives: sockets that are made, connected and closed at once.
 */
#include "bench.h"

const long bench_sizes_none[] = { 0, BENCH_SIZES_END };

/* Several ticks: what is freed only after a grace period counts, too. */
static long loops_500(long size)
{
	(void)size;
	return 500;
}

/* -------------------------------------------------------------- socketpair */

static bool socketpair_fits(const struct bench_subject *subject, long size)
{
	struct toy_kind kind = subject->kind;

	(void)size;
	return kind.family == BENCH_PIPE || toy_kind_is_toy(kind) ||
	       toy_kind_is_unix(kind);
}

static int pair(const struct bench_subject *subject, int fd[2])
{
	struct toy_kind kind = subject->kind;

	if (kind.family == BENCH_PIPE)
		return pipe2(fd, O_CLOEXEC);
	return socketpair(toy_kind_family(kind), kind.type | SOCK_CLOEXEC, 0,
			  fd);
}

static int pairs(struct bench_job *job)
{
	int fd[2];
	long i;

	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++)
			if (pair(job->subject, fd) || close(fd[0]) ||
			    close(fd[1]))
				return -1;
		bench_round_end(job);
	}
	return 0;
}

const struct bench_case bench_socketpair = {
	.name	= "socketpair",
	.sizes	= bench_sizes_none,
	.warm	= 1,
	.rounds	= 6,
	.loops	= loops_500,
	.fits	= socketpair_fits,
	.run	= pairs,
};

/* ------------------------------------------------- connect, accept and close */

static bool connect_fits(const struct bench_subject *subject, long size)
{
	(void)size;
	return bench_is_conn(subject);
}

static int connects(struct bench_job *job)
{
	int listener, caller, callee;
	struct toy_name name;
	long i;

	listener = bench_listener(job->subject, 0, &name);
	if (listener < 0)
		return -1;
	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++) {
			caller = bench_socket(job->subject);
			if (caller < 0 || toy_connect(caller, &name))
				return -1;
			callee = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (callee < 0 || close(caller) || close(callee))
				return -1;
		}
		bench_round_end(job);
	}
	return 0;
}

const struct bench_case bench_connect = {
	.name	= "connect",
	.sizes	= bench_sizes_none,
	.warm	= 1,
	.rounds	= 6,
	.loops	= loops_500,
	.fits	= connect_fits,
	.run	= connects,
};

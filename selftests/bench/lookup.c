// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names: a datagram of 64 bytes to one of many bound sockets, and its reading.
 */
#include <sys/resource.h>

#include "bench.h"

#define SIZE		64
#define PORT_FIRST	5000
/* The sender's: of those that are chosen none is left. */
#define SENDER		(-1)
/* Where chance, as in UDP's hash, makes some longer to find than others. */
#define TARGETS		100

static long lookup_loops(long size)
{
	(void)size;
	return 2 * TARGETS;
}

static bool lookup_fits(const struct bench_subject *subject, long size)
{
	(void)size;
	return bench_is_dgram(subject);
}

/* Of the socket with this number. */
static struct toy_name name_of(const struct bench_subject *subject, long n)
{
	struct toy_name name = { .un = { .sun_family = AF_UNIX } };

	if (toy_kind_is_toy(subject->kind))
		return toy_name_toy(TOY_NODE_LOOPBACK, PORT_FIRST + n);
	if (toy_kind_is_inet(subject->kind)) {
		name = toy_name_any(subject->kind);
		name.in.sin_port = htons(PORT_FIRST + n);
		return name;
	}
	/* Abstract: behind a byte of 0. */
	name.len = offsetof(struct sockaddr_un, sun_path) + 1 +
		   sprintf(name.un.sun_path + 1, "bench/%ld", n);
	return name;
}

struct target {
	struct toy_name name;
	int fd;
};

static struct target targets[TARGETS];

/* Bind all, and choose targets that are as far from each other as can be. */
static int bind_all(const struct bench_job *job)
{
	long n, i;

	for (i = 0, n = 0; n < job->size; n++) {
		struct toy_name name = name_of(job->subject, n);
		int fd = bench_socket(job->subject);

		if (fd < 0 || toy_bind(fd, &name))
			return -1;
		while (i < TARGETS && i * job->size / TARGETS == n)
			targets[i++] = (struct target){ name, fd };
	}
	return 0;
}

static int lookups(struct bench_job *job)
{
	struct rlimit limit = { job->size + 100, job->size + 100 };
	struct toy_name own = name_of(job->subject, SENDER);
	int fd = bench_socket(job->subject);
	const struct target *target;
	char buf[SIZE] = "";
	long i;

	if (setrlimit(RLIMIT_NOFILE, &limit) || toy_bind(fd, &own) ||
	    bind_all(job))
		return -1;
	while (bench_round(job)) {
		for (i = 0; i < job->loops; i++) {
			target = &targets[i % TARGETS];
			if (toy_sendto(fd, buf, SIZE, 0, &target->name) != SIZE ||
			    read(target->fd, buf, SIZE) != SIZE)
				return -1;
		}
		bench_round_end(job);
	}
	return 0;
}

static const long sizes_lookup[] = { 10, 1000, 60000, BENCH_SIZES_END };

const struct bench_case bench_lookup = {
	.name	= "lookup",
	.sizes	= sizes_lookup,
	.warm	= 1,
	.rounds	= 20,
	.loops	= lookup_loops,
	.fits	= lookup_fits,
	.run	= lookups,
};

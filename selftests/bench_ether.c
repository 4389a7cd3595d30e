// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to cross a cable between two namespaces, beside TCP and UDP:
 *
 *	scripts/vm --icount -- selftests/run bench_ether
 *
 * There a nanosecond is an instruction, and the figures are the same each time;
 * Documentation/performance has them. Elsewhere it only sees that the cost is of
 * the order that it ought to be.
 */
#include <sys/wait.h>

#include "toy_cable.h"
#include "toy_test.h"

/* Virtual time flies while programs are read from the host. */
#define PATIENCE	10000
#define SMALL	64
#define LARGE	65536
#define TCP	((struct toy_kind){ AF_INET, SOCK_STREAM })
#define UDP	((struct toy_kind){ AF_INET, SOCK_DGRAM })
#define WARM	100	/* round trips before what is measured */
#define ROUNDS	1000
#define WRITES	2000

FIXTURE(bench_ether)
{
	struct toy_cable cable;
	bool exact;
};

FIXTURE_SETUP(bench_ether)
{
	toy_guard(PATIENCE);
	self->exact = toy_clock_is_exact();
	ASSERT_OK(toy_cable_make(&self->cable));
}

FIXTURE_TEARDOWN(bench_ether)
{
}

/* Answers each message with itself until the caller has gone. */
static int echo(int fd)
{
	char buf[SMALL];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		if (send(fd, buf, n, 0) != n)
			return 1;
	return 0;
}

static int swallow(int fd)
{
	static char buf[LARGE];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		;
	return n || send(fd, "e", 1, 0) != 1;
}

/*
 * A connection whose other end is served by a process. Returns the end of here,
 * -1 and errno.
 */
static int served(const struct toy_cable *cable, struct toy_kind kind,
		  int (*serve)(int fd), pid_t *pid)
{
	int fd[2];

	if (toy_cable_pair(cable, kind, fd))
		return -1;
	*pid = fork();
	if (!*pid) {
		close(fd[0]);
		_exit(serve(fd[1]));
	}
	close(fd[1]);
	return *pid < 0 ? -1 : fd[0];
}

/* 64 bytes to and fro, ns; -1. */
static long round_trip(const struct toy_cable *cable, struct toy_kind kind)
{
	char buf[SMALL] = "";
	long long since = 0;
	pid_t pid;
	int fd, i;

	fd = served(cable, kind, echo, &pid);
	if (fd < 0)
		return -1;
	for (i = 0; i < WARM + ROUNDS; i++) {
		if (i == WARM)
			since = toy_clock();
		if (send(fd, buf, SMALL, 0) != SMALL ||
		    recv(fd, buf, SMALL, MSG_WAITALL) != SMALL)
			return -1;
	}
	since = toy_clock() - since;
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return since / ROUNDS;
}

/* A write of 64 KiB of many, until the last byte has been read, ns; -1. */
static long one_way(const struct toy_cable *cable, struct toy_kind kind)
{
	static char buf[LARGE];
	long long since;
	pid_t pid;
	int fd, i;
	char end;

	fd = served(cable, kind, swallow, &pid);
	if (fd < 0)
		return -1;
	since = toy_clock();
	for (i = 0; i < WRITES; i++)
		if (toy_send_all(fd, buf, LARGE) != LARGE)
			return -1;
	if (shutdown(fd, SHUT_WR) || recv(fd, &end, 1, 0) != 1)
		return -1;
	since = toy_clock() - since;
	close(fd);
	return toy_child_wait(pid) ? -1 : since / WRITES;
}

/*
 * @most: hundredths of the yardstick's. Where time is the host's, buffers decide:
 * TCP's grow with what wake-ups on two processors take, ours do not.
 */
#define COMPARE(what, most, ours, theirs)				\
	do {								\
		long _ours = (ours), _theirs = (theirs);		\
									\
		ASSERT_LT(0, _ours);					\
		ASSERT_LT(0, _theirs);					\
		TH_LOG("%s: %ld of %ld, %ld.%02ld", what, _ours,	\
		       _theirs, _ours / _theirs,			\
		       100 * _ours / _theirs % 100);			\
		EXPECT_GE(self->exact ? (most) : 1000,			\
			  100 * _ours / _theirs);			\
	} while (0)

TEST_F_TIMEOUT(bench_ether, stream__64_bytes_to_and_fro, PATIENCE)
{
	COMPARE("stream, 64 bytes to and fro, of TCP's", 85,
		round_trip(&self->cable, TOY_STREAM),
		round_trip(&self->cable, TCP));
}

TEST_F_TIMEOUT(bench_ether, seqpacket__64_bytes_to_and_fro, PATIENCE)
{
	COMPARE("seqpacket, 64 bytes to and fro, of TCP's", 85,
		round_trip(&self->cable, TOY_SEQPACKET),
		round_trip(&self->cable, TCP));
}

TEST_F_TIMEOUT(bench_ether, dgram__64_bytes_to_and_fro, PATIENCE)
{
	COMPARE("datagram, 64 bytes to and fro, of UDP's", 93,
		round_trip(&self->cable, TOY_DGRAM),
		round_trip(&self->cable, UDP));
}

TEST_F_TIMEOUT(bench_ether, stream__64_kib_writes, PATIENCE)
{
	COMPARE("stream, a write of 64 KiB, of TCP's", 100,
		one_way(&self->cable, TOY_STREAM),
		one_way(&self->cable, TCP));
}

TEST_F_TIMEOUT(bench_ether, seqpacket__64_kib_writes, PATIENCE)
{
	COMPARE("seqpacket, a write of 64 KiB, of TCP's", 120,
		one_way(&self->cable, TOY_SEQPACKET),
		one_way(&self->cable, TCP));
}

TOY_TEST_MAIN

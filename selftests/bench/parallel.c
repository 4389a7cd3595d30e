// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many at once, by the clock: operations a second of AF_TOY and AF_UNIX by turns,
 * as what else the host does slows both.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bench.h"

#define RUNS		5
/* Before what counts, and what counts, ms. */
#define WARM		100
#define SAMPLE		400
#define MOST		64
#define SMALL		64
#define LARGE		4096

/* A worker's own, so that they do not share cache lines. */
struct counter {
	atomic_long n;
	char rest[120];
};

static struct counter *counters;
static pid_t workers[2 * MOST];
static int started;
/* Read from by whoever waits for the start: the end of it is the start. */
static int gun[2];

/* A process that counts what it has done, until it is killed. */
static void start(void (*work)(int fd, struct counter *done), int fd)
{
	struct counter *done = &counters[started];
	pid_t pid = fork();
	char byte;

	if (pid) {
		workers[started++] = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(gun[1]);
	if (read(gun[0], &byte, 1) < 0)
		_exit(1);
	work(fd, done);
	_exit(1);
}

static void count(struct counter *done)
{
	atomic_fetch_add_explicit(&done->n, 1, memory_order_relaxed);
}

static long sum(void)
{
	long n = 0;
	int i;

	for (i = 0; i < started; i++)
		n += atomic_load(&counters[i].n);
	return n;
}

/* ------------------------------------------------------------ what they do */

static void ping(int fd, struct counter *done)
{
	char buf[SMALL] = "";

	while (bench_write(fd, buf, SMALL) && bench_read(fd, buf, SMALL))
		count(done);
}

static void pong(int fd, struct counter *done)
{
	char buf[SMALL];

	(void)done;
	while (bench_read(fd, buf, SMALL) && bench_write(fd, buf, SMALL))
		;
}

static void pour(int fd, struct counter *done)
{
	static char buf[LARGE];

	(void)done;
	while (bench_write(fd, buf, LARGE))
		;
}

static void drain(int fd, struct counter *done)
{
	static char buf[LARGE];

	while (bench_read(fd, buf, LARGE))
		count(done);
}

static void receive(int fd, struct counter *done)
{
	char buf[SMALL];

	while (read(fd, buf, SMALL) == SMALL)
		count(done);
}

static const struct bench_subject *calling;
static struct toy_name called;

static void send_to(int fd, struct counter *done)
{
	char buf[SMALL] = "";

	(void)done;
	while (toy_sendto(fd, buf, SMALL, 0, &called) == SMALL)
		;
}

static void answer(int listener, struct counter *done)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		close(fd);
		count(done);
	}
}

/* Closed when the other end is, so that no queue grows. */
static void call(int unused, struct counter *done)
{
	char byte;
	int fd;

	(void)unused;
	(void)done;
	for (;;) {
		fd = bench_connected(calling, 0, &called);
		if (fd < 0 || read(fd, &byte, 1))
			return;
		close(fd);
	}
}

/* --------------------------------------------------------------- scenarios */

static int pairs(const struct bench_subject *subject, int n,
		 void (*one)(int fd, struct counter *done),
		 void (*other)(int fd, struct counter *done))
{
	struct bench_case plain = { .name = "pairs" };
	struct bench_job job = { .what = &plain, .subject = subject };
	struct bench_end end[2];

	while (n--) {
		if (bench_pair(&job, 0, end))
			return -1;
		start(one, end[0].in);
		start(other, end[1].in);
		close(end[0].in);
		close(end[1].in);
	}
	return 0;
}

static int ping_pongs(const struct bench_subject *subject, int n)
{
	return pairs(subject, n, ping, pong);
}

static int streams(const struct bench_subject *subject, int n)
{
	return pairs(subject, n, pour, drain);
}

static int senders(const struct bench_subject *subject, int n)
{
	int fd = toy_bound(subject->kind, &called);

	if (fd < 0)
		return -1;
	start(receive, fd);
	close(fd);
	while (n--) {
		fd = bench_socket(subject);
		if (fd < 0)
			return -1;
		start(send_to, fd);
		close(fd);
	}
	return 0;
}

static int callers(const struct bench_subject *subject, int n)
{
	int fd = bench_listener(subject, 0, &called);

	if (fd < 0)
		return -1;
	start(answer, fd);
	close(fd);
	calling = subject;
	while (n--)
		start(call, -1);
	return 0;
}

static const struct scenario {
	const char *name;
	int n;
	const char *type;
	int (*prepare)(const struct bench_subject *subject, int n);
} scenarios[] = {
	{ "ping-pong, pairs", 1, "stream", ping_pongs },
	{ "ping-pong, pairs", 4, "stream", ping_pongs },
	{ "ping-pong, pairs", 16, "stream", ping_pongs },
	{ "ping-pong, pairs", 64, "stream", ping_pongs },
	{ "one way, pairs", 1, "stream", streams },
	{ "one way, pairs", 4, "stream", streams },
	{ "one way, pairs", 16, "stream", streams },
	{ "one way, pairs", 64, "stream", streams },
	{ "senders to one", 16, "dgram", senders },
	{ "accepted from", 4, "stream", callers },
	{ },
};

/* Operations a second; -1 */
static long rate(const struct scenario *what,
		 const struct bench_subject *subject)
{
	long long since;
	long n, ret = -1;

	memset(counters, 0, 2 * MOST * sizeof(*counters));
	started = 0;
	if (pipe2(gun, O_CLOEXEC))
		return -1;
	if (!what->prepare(subject, what->n)) {
		close(gun[1]);
		toy_sleep(WARM);
		n = sum();
		since = toy_clock();
		toy_sleep(SAMPLE);
		n = sum() - n;
		ret = n * 1000000000.0 / (toy_clock() - since);
	} else {
		close(gun[1]);
	}
	close(gun[0]);
	while (started--)
		bench_dismiss(workers[started]);
	return ret;
}

static const struct bench_subject *find(const char *family, const char *type)
{
	const struct bench_subject *subject = bench_subjects;
	char name[32];

	snprintf(name, sizeof(name), "%s-%s", family, type);
	while (subject->name && strcmp(subject->name, name))
		subject++;
	return subject;
}

bool bench_parallel(void)
{
	static const char *const families[] = { "toy", "unix" };
	const struct scenario *what;
	bool ok = true;
	int run, i;
	long n;

	counters = mmap(NULL, 2 * MOST * sizeof(*counters),
			PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (counters == MAP_FAILED)
		return false;
	for (what = scenarios; what->name; what++) {
		for (run = 0; run < 2 * RUNS; run++) {
			i = run % 2;
			n = rate(what, find(families[i], what->type));
			ok &= n > 0;
			printf("%s\t%d\t%s-%s\t%ld\n", what->name, what->n,
			       families[i], what->type, n);
			fflush(stdout);
		}
	}
	return ok;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast a stream is where frames are lost, beside TCP with reno and with cubic
 * over the same cable:
 *
 *	scripts/vm --icount --timeout 1800 --env TOY_RATE_ROUNDS=21 -- \
 *		selftests/run -T 1000000 ether_rate
 *
 * There time is virtual, so the figures do not depend on the machine (but flies
 * while programs are read from the host's disk, hence the patience). Which frames
 * are lost does differ from run to run, hence the median of some rounds, which with
 * frames cut and one of a hundred lost is not less than a third of reno's. Without
 * TOY_RATE_ROUNDS it is a quick look with a fifth of the bytes by a clock that goes on
 * while others use the machine: nothing but a standstill fails there.
 *
 * netem stands behind the device that receives (by an ifb), where frames have been
 * cut if segmentation offload is off; with it on netem loses large frames whole.
 */
#include <netinet/tcp.h>

#include "toy_cable.h"
#include "toy_test.h"

#define PORT		7100
/* Of virtual seconds; where they are real selftests/run has less. */
#define PATIENCE	1000000
#define QUICK		3	/* rounds, where nothing is asked for */
#define MOST		99
#define BUFFER		500000

FIXTURE(ether_rate)
{
	struct toy_cable cable;
	int rounds;
	int times;	/* reno may be as many times as fast */
	long bytes;
	__u16 port;
};

/* loss in percent; bytes of a round; offload: not cut by the sender. */
FIXTURE_VARIANT(ether_rate)
{
	int loss;
	bool offload;
	long bytes;
};

FIXTURE_VARIANT_ADD(ether_rate, loss_0_offload) {
	.loss = 0, .offload = true, .bytes = 5000000,
};

FIXTURE_VARIANT_ADD(ether_rate, loss_0) {
	.loss = 0, .offload = false, .bytes = 5000000,
};

FIXTURE_VARIANT_ADD(ether_rate, loss_1_offload) {
	.loss = 1, .offload = true, .bytes = 5000000,
};

FIXTURE_VARIANT_ADD(ether_rate, loss_1) {
	.loss = 1, .offload = false, .bytes = 5000000,
};

FIXTURE_VARIANT_ADD(ether_rate, loss_5_offload) {
	.loss = 5, .offload = true, .bytes = 2000000,
};

FIXTURE_VARIANT_ADD(ether_rate, loss_5) {
	.loss = 5, .offload = false, .bytes = 2000000,
};

/* What arrives at an end waits 5 ms, comes at 100 Mbit/s, and may be lost. */
static int spoil(const struct toy_cable *cable, int end, int loss)
{
	toy_cable_run(cable, end,
		      "modprobe -aq ifb sch_netem sch_ingress act_mirred cls_matchall");
	return toy_cable_run(cable, end, "ip link add wire type ifb") ||
	       toy_cable_run(cable, end, "ip link set wire up") ||
	       toy_cable_run(cable, end, "tc qdisc add dev toy%d ingress",
			     end) ||
	       toy_cable_run(cable, end,
			     "tc filter add dev toy%d parent ffff: matchall action mirred egress redirect dev wire",
			     end) ||
	       toy_cable_run(cable, end,
			     "tc qdisc add dev wire root netem loss %d%% delay 5ms rate 100mbit limit 1000",
			     loss);
}

/* Frames become single ones as they leave. */
static int cut(const struct toy_cable *cable, int end)
{
	return toy_cable_run(cable, end,
			     "ethtool -K toy%d gso off tso off tx-sctp-segmentation off",
			     end);
}

FIXTURE_SETUP(ether_rate)
{
	const char *rounds = getenv("TOY_RATE_ROUNDS");
	int i;

	self->rounds = rounds ? atoi(rounds) : QUICK;
	self->times = rounds ? 3 : 20;
	if (self->rounds < 1 || self->rounds > MOST)
		self->rounds = MOST;
	self->bytes = rounds ? variant->bytes : variant->bytes / 5;
	self->port = PORT;
	ASSERT_OK(toy_cable_make(&self->cable));
	for (i = 0; i < 2; i++) {
		if (spoil(&self->cable, i, variant->loss))
			SKIP(return, "no ifb or no netem");
		/* A connection does not learn of the one before it. */
		ASSERT_EQ(0, toy_cable_run(&self->cable, i,
					   "sysctl -qw net.ipv4.tcp_no_metrics_save=1"));
		if (!variant->offload && cut(&self->cable, i))
			SKIP(return, "no ethtool");
	}
}

FIXTURE_TEARDOWN(ether_rate)
{
}

/* Reads to the end, then says so with a byte: 0 if all has come. */
static int receive(int listener, long bytes)
{
	static char buf[65536];
	int fd = toy_cable_answer(listener);
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		bytes -= n;
	return n || bytes || write(fd, "!", 1) != 1;
}

static int send_all(int fd, long bytes)
{
	static char buf[65536];
	ssize_t n;

	for (; bytes; bytes -= n) {
		n = write(fd, buf, bytes < (long)sizeof(buf) ?
				   (size_t)bytes : sizeof(buf));
		if (n <= 0)
			return -1;
	}
	return shutdown(fd, SHUT_WR) || read(fd, buf, 1) != 1 ? -1 : 0;
}

/**
 * struct runner - whose speed is measured
 * @name:	for the output
 * @kind:	its sockets
 * @cong:	TCP's congestion control
 * @buffer:	SO_SNDBUF and SO_RCVBUF, which TCP finds out by itself; 0: as is
 */
struct runner {
	const char	*name;
	struct toy_kind	kind;
	const char	*cong;
	int		buffer;
};

enum { TOY, TOY_LARGE, RENO, CUBIC, RUNNERS };

static const struct runner runners[RUNNERS] = {
	[TOY]		= { "AF_TOY", { AF_TOY, SOCK_STREAM }, NULL, 0 },
	[TOY_LARGE]	= { "AF_TOY, buffers of 500 KB",
			    { AF_TOY, SOCK_STREAM }, NULL, BUFFER },
	[RENO]		= { "TCP reno", { AF_INET, SOCK_STREAM }, "reno", 0 },
	[CUBIC]		= { "TCP cubic", { AF_INET, SOCK_STREAM }, "cubic", 0 },
};

static int prepare(int fd, const struct runner *runner)
{
	int size = runner->buffer;

	if (runner->cong)
		return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION,
				  runner->cong, strlen(runner->cong));
	if (!size)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			  sizeof(size)) ?:
	       setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

/* One transfer from end 0 to end 1: kbit/s, -1. */
static long transfer(const struct toy_cable *cable,
		     const struct runner *runner, __u16 port, long bytes)
{
	struct toy_name name = toy_cable_name(runner->kind, 1, port);
	int listener = toy_cable_listener(cable, 1, runner->kind, port, 1);
	int fd = toy_cable_socket(cable, 0, runner->kind, 0);
	long long began = toy_clock();
	long rate = -1;
	pid_t pid;

	if (listener < 0 || fd < 0 || prepare(listener, runner) ||
	    prepare(fd, runner))
		return -1;
	pid = fork();
	if (!pid)
		_exit(receive(listener, bytes));
	if (pid > 0 && !toy_connect(fd, &name) && !send_all(fd, bytes))
		rate = bytes * 8000000LL / (toy_clock() - began);
	toy_close(&fd);
	toy_close(&listener);
	return pid > 0 && !toy_child_wait(pid) ? rate : -1;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

TEST_F_TIMEOUT(ether_rate, beside_tcp, PATIENCE)
{
	long rates[RUNNERS][MOST], median[RUNNERS];
	int i, round;

	for (round = 0; round < self->rounds; round++) {
		for (i = 0; i < RUNNERS; i++) {
			rates[i][round] = transfer(&self->cable, &runners[i],
						   self->port++,
						   self->bytes);
			ASSERT_LT(0, rates[i][round]) {
				TH_LOG("%s: %s", runners[i].name,
				       toy_errno_name(errno));
			}
		}
	}
	for (i = 0; i < RUNNERS; i++) {
		qsort(rates[i], self->rounds, sizeof(long), compare);
		median[i] = rates[i][self->rounds / 2];
		TH_LOG("%s: %ld.%02ld Mbit/s (%ld.%02ld to %ld.%02ld)",
		       runners[i].name, median[i] / 1000,
		       median[i] % 1000 / 10, rates[i][0] / 1000,
		       rates[i][0] % 1000 / 10,
		       rates[i][self->rounds - 1] / 1000,
		       rates[i][self->rounds - 1] % 1000 / 10);
	}
	/* Large frames that are lost whole, and timeouts, are a lottery. */
	if (!variant->offload && variant->loss == 1)
		EXPECT_LT(median[RENO] / self->times, median[TOY_LARGE]);
}

TOY_TEST_MAIN

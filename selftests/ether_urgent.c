// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data between two namespaces, beside TCP over the same cable: [U1] to
 * [U3] of Documentation/protocol/data.md, as programs see it.
 */
#include <linux/sockios.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "toy_cable.h"
#include "toy_test.h"

/* Of the test with losses: urgent bytes, and ordinary ones before each. */
#define ROUNDS	200
#define BEFORE	999
#define MISTAKES \
	"tc qdisc add dev toy%d root netem loss 3%% delay 2ms reorder 25%% 50%%"

FIXTURE(ether_urgent)
{
	struct toy_cable cable;
	int from;
	int to;
};

FIXTURE_VARIANT(ether_urgent)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_urgent, VARIANT_TOY_STREAM | VARIANT_TCP)

FIXTURE_SETUP(ether_urgent)
{
	int fd[2];

	toy_guard(100);
	ASSERT_OK(toy_cable_make(&self->cable));
	ASSERT_OK(toy_cable_pair(&self->cable, variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(ether_urgent)
{
}

static atomic_int urgent_signals;

static void count_signal(int sig)
{
	(void)sig;
	urgent_signals++;
}

static int want_signals(int fd)
{
	urgent_signals = 0;
	signal(SIGURG, count_signal);
	return fcntl(fd, F_SETOWN, getpid());
}

/* Whether a signal comes within some seconds. */
static bool signalled(void)
{
	int i;

	for (i = 0; i < 1000 && !urgent_signals; i++)
		usleep(5000);
	return urgent_signals;
}

/* What a receiver finds, as text. */
static const char *text_of(int fd, size_t size, int flags)
{
	static char buf[64];
	ssize_t len = toy_recv(fd, buf, size, flags, 5000);

	if (len < 0)
		return toy_errno_name(errno);
	buf[len] = '\0';
	return buf;
}

TEST_F(ether_urgent, byte__is_read_apart)
{
	ASSERT_OK(want_signals(self->to));
	ASSERT_EQ(3, send(self->from, "abC", 3, MSG_OOB));
	ASSERT_EQ(POLLPRI, toy_poll(self->to, POLLPRI, 5000));
	EXPECT_TRUE(signalled());
	ASSERT_EQ(2, send(self->from, "de", 2, 0));
	EXPECT_STREQ("C", text_of(self->to, 8, MSG_OOB));
	EXPECT_STREQ("ab", text_of(self->to, 8, 0));
	EXPECT_STREQ("de", text_of(self->to, 8, 0));
	/* One byte is one signal. */
	EXPECT_EQ(1, urgent_signals);
}

/* [U3] The earlier one is an ordinary byte if it was not read before. */
TEST_F(ether_urgent, byte__a_later_one)
{
	char c = 0;
	int i;

	ASSERT_EQ(2, send(self->from, "aB", 2, MSG_OOB));
	ASSERT_EQ(2, send(self->from, "cD", 2, MSG_OOB));
	for (i = 0; i < 1000 && c != 'D'; i++) {
		recv(self->to, &c, 1, MSG_OOB | MSG_PEEK);
		usleep(5000);
	}
	EXPECT_STREQ("D", text_of(self->to, 8, MSG_OOB));
	EXPECT_STREQ("aBc", text_of(self->to, 8, 0));
}

/*
 * [U1] [U2] The window is closed, so the byte cannot come; the news does, and
 * the byte when there is room.
 */
TEST_F(ether_urgent, news__through_a_closed_window)
{
	int size = 4 << 20, n;
	static char buf[65536];
	size_t left = 1000000;
	char c;

	ASSERT_OK(setsockopt(self->from, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			     sizeof(size)));
	for (n = 0; (size_t)n < left; n += 10000)
		ASSERT_EQ(10000, send(self->from, buf, 10000, 0));
	ASSERT_OK(want_signals(self->to));
	ASSERT_EQ(1, send(self->from, "U", 1, MSG_OOB));
	EXPECT_TRUE(signalled());
	EXPECT_ERR(EAGAIN, recv(self->to, &c, 1, MSG_OOB));
	while (left) {
		ssize_t got = toy_recv(self->to, buf, sizeof(buf), 0, 5000);

		ASSERT_GT(got, 0);
		left -= got;
	}
	ASSERT_EQ(POLLPRI, toy_poll(self->to, POLLPRI, 5000));
	EXPECT_STREQ("U", text_of(self->to, 8, MSG_OOB));
}

/* What comes is checked byte by byte; returns how many of them were marked. */
static int read_marked(struct __test_metadata *_metadata, int fd, bool strict)
{
	int pos = 0, marked = 0, at;
	static char buf[4096];
	ssize_t n, i;

	while (pos < ROUNDS * (BEFORE + 1)) {
		at = 0;
		ASSERT_EQ(POLLIN, POLLIN & toy_poll(fd, POLLIN, 20000));
		ASSERT_OK(ioctl(fd, SIOCATMARK, &at));
		n = read(fd, buf, sizeof(buf));
		ASSERT_GT(n, 0);
		for (i = 0; i < n; i++)
			ASSERT_EQ((pos + i) % (BEFORE + 1) == BEFORE ? '!' : '.',
				  buf[i]);
		if (at)
			ASSERT_EQ('!', buf[0]);
		marked += at;
		pos += n;
		/* No later one has taken the mark from the last one; TCP's may. */
		if (strict && pos == ROUNDS * (BEFORE + 1))
			ASSERT_TRUE(at && n == 1);
	}
	return marked;
}

/* Frames are lost, late and early: the bytes are where they were. */
TEST_F(ether_urgent, bytes__over_a_cable_that_loses)
{
	char buf[BEFORE + 1];
	int on = 1, i, status;
	pid_t pid;

	for (i = 0; i < 2; i++)
		if (toy_cable_run(&self->cable, i, MISTAKES, i))
			SKIP(return, "no netem");
	ASSERT_OK(setsockopt(self->to, SOL_SOCKET, SO_OOBINLINE, &on,
			     sizeof(on)));
	memset(buf, '.', sizeof(buf));
	buf[BEFORE] = '!';
	pid = fork();
	ASSERT_OK(pid);
	if (!pid) {
		for (i = 0; i < ROUNDS; i++)
			if (send(self->from, buf, sizeof(buf), MSG_OOB) !=
			    sizeof(buf))
				_exit(1);
		_exit(0);
	}
	EXPECT_GE(read_marked(_metadata, self->to,
			      toy_kind_is_toy(variant->kind)), 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TOY_TEST_MAIN

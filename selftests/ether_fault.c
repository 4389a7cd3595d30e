// SPDX-License-Identifier: GPL-2.0-only
/*
 * Over a cable: allocations that fail. Each call is made again and again, with its
 * first allocation failing, then its second and so on, until one gets through
 * without; as every_type_fault does it. A call that failed says that there was no
 * memory, and may be repeated. What could not be sent for want of memory is a
 * frame that was lost: the connection sees to it, and no program hears of it.
 *
 * Faults of fail-nth are this thread's. What comes in is softirq's, which has
 * random ones.
 */
#include "toy_cable.h"
#include "toy_fault.h"
#include "toy_test.h"

#define PORT		7001
#define SIZE		65536
/* The peer repeats what was lost, in the end only once in a while. */
#define PATIENCE	(20000 * (int)toy_patience())
#define FAILSLAB	"/sys/kernel/debug/failslab/"

/* What a test has: the last two are of the call that is made again and again. */
struct scene {
	struct toy_cable cable;
	struct toy_name name;
	int listener;
	int fd[2];
	bool fault;
	int n;
};

FIXTURE(ether_fault)
{
	struct scene scene;
};

FIXTURE_VARIANT(ether_fault)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_fault, VARIANTS_TOY & VARIANTS_CONN)

static char out[SIZE], in[SIZE];

static int put(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	int err;

	if (!file)
		return -1;
	err = fputs(text, file);
	return fclose(file) || err < 0 ? -1 : 0;
}

/*
 * So many of a hundred allocations fail that may not sleep, whoever makes them,
 * but for whole pages; 0: none, and fail-nth is as it was.
 */
static int rain(int percent)
{
	char text[8];

	snprintf(text, sizeof(text), "%d", percent);
	return put(FAILSLAB "probability", "0") | put(FAILSLAB "times", "-1") |
	       put(FAILSLAB "ignore-gfp-wait", percent ? "Y" : "N") |
	       put(FAILSLAB "probability", text);
}

/* All of it or nothing: on a kernel without faults no test would say a thing. */
static void __attribute__((constructor)) faults_or_skip(void)
{
	if (!toy_fault_prepare() && !rain(0))
		return;
	printf("TAP version 13\n1..0 # SKIP this kernel cannot inject faults\n");
	exit(KSFT_SKIP);
}

/* A listener at end 1 whose address is name; end 0 knows its station. */
FIXTURE_SETUP(ether_fault)
{
	struct scene *s = &self->scene;

	toy_guard(110);
	signal(SIGPIPE, SIG_IGN);
	s->fd[1] = -1;
	s->name = toy_cable_name(variant->kind, 1, PORT);
	s->listener = toy_cable_callable(&s->cable, variant->kind, PORT,
					 &s->fd[0]);
	ASSERT_OK(s->listener);
	toy_close(&s->fd[0]);
	ASSERT_OK(toy_nonblock(s->listener, true));
	ASSERT_OK(toy_cable_acquaint(&s->cable, variant->kind));
	s->fault = true;
	s->n = 1;
}

FIXTURE_TEARDOWN(ether_fault)
{
	rain(0);
	EXPECT_GT(TOY_FAULT_MOST, self->scene.n);
}

/* Whether one more allocation of a call is to fail. */
static bool more_faults(struct scene *s)
{
	return s->fault && s->n++ < TOY_FAULT_MOST;
}

/* The peer calls, and is answered. */
static int answered(int listener)
{
	if (toy_poll(listener, POLLIN, PATIENCE) != POLLIN)
		return -1;
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* A connection, as toy_cable_pair(), by the fixture's listener. */
static int pair(struct scene *s, struct toy_kind kind)
{
	s->fd[0] = toy_cable_socket(&s->cable, 0, kind, 0);
	if (s->fd[0] < 0 || toy_connect(s->fd[0], &s->name))
		return -1;
	s->fd[1] = answered(s->listener);
	return s->fd[1];
}

static bool part(int fd[2])
{
	bool closed = !close(fd[0]);

	return !close(fd[1]) && closed;
}

/* As much as comes until there are len bytes; what was got. */
static size_t gets_all(int fd, size_t len)
{
	size_t done;
	ssize_t got;

	for (done = 0; done < len; done += got) {
		got = toy_recv(fd, in + done, len - done, 0, PATIENCE);
		if (got <= 0)
			break;
	}
	return done;
}

/* ------------------------------------------------------------------ connect */

/* Both ends forget the other one. */
static int estrange(const struct toy_cable *cable)
{
	int i, ret = 0;

	for (i = 1; i >= 0; i--)
		ret |= toy_cable_deaf(cable, i);
	for (i = 1; i >= 0; i--)
		ret |= toy_cable_hear(cable, i);
	return ret;
}

/* A call that failed was none; made again it is one. */
static void expect_connects(struct __test_metadata *_metadata, struct scene *s,
			    struct toy_kind kind, bool strangers)
{
	int ret;

	while (more_faults(s)) {
		if (strangers)
			ASSERT_OK(estrange(&s->cable));
		s->fd[0] = toy_cable_socket(&s->cable, 0, kind, 0);
		ASSERT_OK(s->fd[0]);
		toy_fault_arm(s->n - 1);
		ret = toy_connect(s->fd[0], &s->name);
		s->fault = toy_fault_happened();
		if (ret < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			/* Nobody has called; and now somebody does. */
			ASSERT_ERR(EAGAIN, accept(s->listener, NULL, NULL));
			ASSERT_OK(toy_connect(s->fd[0], &s->name));
		}
		s->fd[1] = answered(s->listener);
		ASSERT_OK(s->fd[1]);
		ASSERT_TRUE(toy_cable_talk(s->fd[0], s->fd[1]));
		EXPECT_TRUE(part(s->fd));
	}
}

TEST_F(ether_fault, connect__fails_cleanly)
{
	expect_connects(_metadata, &self->scene, variant->kind, false);
	EXPECT_LT(5, self->scene.n);
}

/* The call waits for a neighbour that has to be asked for. */
TEST_F(ether_fault, connect__to_a_stranger)
{
	expect_connects(_metadata, &self->scene, variant->kind, true);
	EXPECT_LT(7, self->scene.n);
}

TEST_F(ether_fault, accept__fails_and_the_call_is_not_lost)
{
	struct scene *s = &self->scene;

	while (more_faults(s)) {
		s->fd[0] = toy_cable_socket(&s->cable, 0, variant->kind, 0);
		ASSERT_OK(toy_connect(s->fd[0], &s->name));
		ASSERT_EQ(POLLIN, toy_poll(s->listener, POLLIN, PATIENCE));
		toy_fault_arm(s->n - 1);
		s->fd[1] = accept(s->listener, NULL, NULL);
		s->fault = toy_fault_happened();
		if (s->fd[1] < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			s->fd[1] = accept(s->listener, NULL, NULL);
		}
		ASSERT_OK(s->fd[1]);
		ASSERT_TRUE(toy_cable_talk(s->fd[0], s->fd[1]));
		EXPECT_TRUE(part(s->fd));
	}
	EXPECT_LT(2, s->n);
}

/* --------------------------------------------------------------------- data */

/* What is said to be sent is what comes, and nothing behind it. */
static void expect_sends(struct __test_metadata *_metadata,
			 struct scene *s,
			 struct toy_kind kind, size_t size)
{
	ssize_t sent;

	while (more_faults(s)) {
		/* New: the buffers of the last one would serve again. */
		ASSERT_OK(pair(s, kind));
		toy_fill(out, size, s->n);
		toy_fault_arm(s->n - 1);
		sent = send(s->fd[0], out, size, 0);
		s->fault = toy_fault_happened();
		if (sent < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			sent = send(s->fd[0], out, size, 0);
			ASSERT_LT(0, sent);
		}
		if (toy_kind_is_msg(kind))
			ASSERT_EQ(size, sent);
		ASSERT_EQ(sent, gets_all(s->fd[1], sent));
		ASSERT_EQ(-1, toy_check(in, sent, s->n));
		ASSERT_OK(shutdown(s->fd[0], SHUT_WR));
		ASSERT_EQ(0, toy_recv(s->fd[1], in, 1, 0, PATIENCE));
		EXPECT_TRUE(part(s->fd));
	}
	EXPECT_LT(3, s->n);
}

TEST_F(ether_fault, send__small)
{
	expect_sends(_metadata, &self->scene, variant->kind, 10);
}

TEST_F(ether_fault, send__of_some_frames)
{
	expect_sends(_metadata, &self->scene, variant->kind, 5000);
}

TEST_F(ether_fault, send__64_kib)
{
	expect_sends(_metadata, &self->scene, variant->kind, SIZE);
}

/* A reader opens the window by what he reads: that is told to the peer. */
TEST_F(ether_fault, recv__loses_nothing)
{
	struct scene *s = &self->scene;
	size_t sent, step = SIZE / 8, done;
	ssize_t got;

	ASSERT_OK(pair(s, variant->kind));
	while (more_faults(s)) {
		for (sent = 0; sent < SIZE; sent += step) {
			toy_fill(out, step, s->n + sent);
			ASSERT_EQ((ssize_t)step,
				  send(s->fd[0], out, step, 0));
		}
		for (done = 0; done < SIZE; done += step) {
			ASSERT_EQ(POLLIN, toy_poll(s->fd[1], POLLIN,
						   PATIENCE));
			toy_fault_arm(s->n - 1);
			got = recv(s->fd[1], in, step, MSG_DONTWAIT);
			s->fault = toy_fault_happened();
			if (got < 0) {
				ASSERT_TRUE(toy_fault_errno(errno));
				got = 0;
			}
			if (got < (ssize_t)step)
				got += recv(s->fd[1], in + got, step - got,
					    MSG_WAITALL);
			ASSERT_EQ((ssize_t)step, got);
			ASSERT_EQ(-1, toy_check(in, step, s->n + done));
		}
	}
	EXPECT_TRUE(part(s->fd));
}

/* ---------------------------------------------------------------------- end */

/* Without memory for FIN it is sent later, also by a socket that is closed. */
TEST_F(ether_fault, shutdown__arrives)
{
	struct scene *s = &self->scene;

	while (more_faults(s)) {
		ASSERT_OK(pair(s, variant->kind));
		toy_fault_arm(s->n - 1);
		ASSERT_OK(shutdown(s->fd[0], SHUT_WR));
		s->fault = toy_fault_happened();
		ASSERT_EQ(0, toy_recv(s->fd[1], in, 1, 0, PATIENCE));
		EXPECT_TRUE(part(s->fd));
	}
	EXPECT_LT(2, s->n);
}

TEST_F(ether_fault, close__arrives)
{
	struct scene *s = &self->scene;

	while (more_faults(s)) {
		ASSERT_OK(pair(s, variant->kind));
		ASSERT_EQ(3, send(s->fd[0], "abc", 3, 0));
		toy_fault_arm(s->n - 1);
		ASSERT_OK(close(s->fd[0]));
		s->fault = toy_fault_happened();
		ASSERT_EQ(3, gets_all(s->fd[1], 3));
		ASSERT_EQ(0, toy_recv(s->fd[1], in, 1, 0, PATIENCE));
		EXPECT_OK(close(s->fd[1]));
	}
	EXPECT_LT(2, s->n);
}

/* What was not read is a reset; that may be lost, and is sent again when asked. */
TEST_F(ether_fault, reset__arrives)
{
	struct scene *s = &self->scene;

	while (more_faults(s)) {
		ASSERT_OK(pair(s, variant->kind));
		ASSERT_EQ(1, send(s->fd[0], "x", 1, 0));
		ASSERT_EQ(POLLIN, toy_poll(s->fd[1], POLLIN, PATIENCE));
		toy_fault_arm(s->n - 1);
		ASSERT_OK(close(s->fd[1]));
		s->fault = toy_fault_happened();
		/* It may be there before. */
		if (send(s->fd[0], "y", 1, 0) < 0)
			ASSERT_TRUE(errno == ECONNRESET || errno == EPIPE);
		ASSERT_TRUE(toy_poll(s->fd[0], POLLIN, PATIENCE) & POLLHUP);
		EXPECT_OK(close(s->fd[0]));
	}
}

/* --------------------------------------------------------------- what comes */

/*
 * One in twenty allocations fails in softirq, of each end: frames, calls, children,
 * connections, heads of messages.
 */
TEST_F(ether_fault, rain__delays_and_spoils_nothing)
{
	struct scene *s = &self->scene;
	int i, k;

	ASSERT_OK(rain(5));
	for (k = 0; k < 8; k++) {
		ASSERT_OK(pair(s, variant->kind));
		for (i = 0; i < 8; i++) {
			toy_fill(out, SIZE, i);
			ASSERT_EQ(SIZE, send(s->fd[i % 2], out, SIZE, 0));
			ASSERT_EQ(SIZE, gets_all(s->fd[!(i % 2)], SIZE));
			ASSERT_EQ(-1, toy_check(in, SIZE, i));
		}
		ASSERT_OK(close(s->fd[0]));
		ASSERT_EQ(0, toy_recv(s->fd[1], in, 1, 0, PATIENCE));
		EXPECT_OK(close(s->fd[1]));
	}
	ASSERT_OK(rain(0));
}

TOY_TEST_MAIN

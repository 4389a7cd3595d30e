// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is answered only so often: a limit for each kind of answer.
 */
#include "toy_frame.h"
#include "toy_test.h"

#define STRANGER	9	/* node and station */
#define MANY		400

FIXTURE(ether_limits)
{
	struct toy_cable cable;
	int raw;
};

FIXTURE_SETUP(ether_limits)
{
	toy_guard(60);
	ASSERT_OK(toy_cable_make(&self->cable));
	self->raw = toy_frame_open(&self->cable, 0);
	ASSERT_OK(self->raw);
}

FIXTURE_TEARDOWN(ether_limits)
{
}

/* To a port of node 3 that nobody has. */
static int datagram(int raw)
{
	struct toy_frame f;

	toy_frame_init(&f, STRANGER, 3);
	toy_frame_base(&f, FRAME_DATAGRAM, STRANGER, 3, 1, 9, 0);
	toy_frame_sum(&f);
	return toy_frame_send(raw, &f);
}

static int segment(int raw, int flags)
{
	struct toy_frame f;

	toy_frame_init(&f, STRANGER, 3);
	toy_frame_base(&f, FRAME_STREAM, STRANGER, 3, 1, 9, 0);
	toy_frame_segment(&f, 1000, 2000, 0, flags);
	toy_frame_sum(&f);
	return toy_frame_send(raw, &f);
}

/* How many answers of a type there are, and no more come. */
static int answers(int raw, int type)
{
	struct toy_frame f;
	int n = 0;

	while (!toy_frame_recv(raw, &f, STRANGER, type, 200))
		n++;
	return n;
}

/* A limit of 100 a second with so many saved lets this pass in that time. */
static int most(int saved, long long since)
{
	return 2 * saved + (toy_now() - since) / 10;
}

TEST_F(ether_limits, refused__is_limited)
{
	long long since = toy_now();
	int i, n;

	for (i = 0; i < MANY; i++)
		ASSERT_OK(datagram(self->raw));
	n = answers(self->raw, FRAME_REFUSED);
	EXPECT_GE(n, 20);
	EXPECT_LE(n, most(20, since));
	EXPECT_LT(n, MANY);
}

TEST_F(ether_limits, reset__is_limited)
{
	long long since = toy_now();
	int i, n;

	for (i = 0; i < MANY; i++)
		ASSERT_OK(segment(self->raw, FRAME_ACK));
	n = answers(self->raw, FRAME_STREAM);
	EXPECT_GE(n, 50);
	EXPECT_LE(n, most(50, since));
}

/* A stranger who has himself refused a lot keeps nobody's resets from leaving. */
TEST_F(ether_limits, reset__is_not_refused_ones_limit)
{
	int i;

	for (i = 0; i < MANY; i++)
		ASSERT_OK(datagram(self->raw));
	for (i = 0; i < 20; i++)
		ASSERT_OK(segment(self->raw, FRAME_ACK));
	EXPECT_EQ(20, answers(self->raw, FRAME_STREAM));
}

TEST_F(ether_limits, refused__is_not_the_resets_limit)
{
	int i;

	for (i = 0; i < MANY; i++)
		ASSERT_OK(segment(self->raw, FRAME_ACK));
	for (i = 0; i < 20; i++)
		ASSERT_OK(datagram(self->raw));
	EXPECT_EQ(20, answers(self->raw, FRAME_REFUSED));
}

TOY_TEST_MAIN

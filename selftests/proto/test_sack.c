// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's scoreboard: IsLost(), SetPipe() and NextSeg() of RFC 6675.
 */
#include "proto_test.h"

#include "../../module/proto/sack.h"

#define MSS	1000U

static u32 update(struct toy_sack *sack, u32 start, u32 end, u32 una, u32 nxt)
{
	struct toy_range block = { start, end };

	return toy_sack_update(sack, &block, 1, una, nxt);
}

TEST(update__counts_what_is_new)
{
	struct toy_sack sack = { 0 };

	EXPECT_EQ(MSS, update(&sack, 2000, 3000, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 2000, 3000, 1000, 9000));
	EXPECT_EQ(MSS, update(&sack, 2000, 4000, 1000, 9000));
}

/* Only SND.UNA < left < right <= SND.NXT counts. */
TEST(update__blocks_that_cannot_be)
{
	struct toy_sack sack = { 0 };

	EXPECT_EQ(0, update(&sack, 500, 900, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 500, 1500, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 1000, 1500, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 3000, 3000, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 4000, 3000, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 8000, 9001, 1000, 9000));
	EXPECT_EQ(0, update(&sack, 0x90000000, 0x90001000, 1000, 9000));
	/* Half of the circle away, where before and after are the same. */
	EXPECT_EQ(0, update(&sack, 0x800003e8, 0x80001000, 1000, 1000));
	EXPECT_EQ(0, sack.have.count);
	EXPECT_EQ(MSS, update(&sack, 8000, 9000, 1000, 9000));
}

TEST(acked__cuts)
{
	struct toy_sack sack = { 0 };

	update(&sack, 2000, 3000, 1000, 9000);
	update(&sack, 5000, 6000, 1000, 9000);
	toy_sack_acked(&sack, 4000);
	ASSERT_EQ(1, sack.have.count);
	EXPECT_EQ(5000, sack.have.at[0].start);
}

/* The peer acknowledges only part of what it said it had: it has not. */
TEST(acked__reneging)
{
	struct toy_sack sack = { 0 };

	update(&sack, 2000, 3000, 1000, 9000);
	update(&sack, 5000, 6000, 1000, 9000);
	toy_sack_acked(&sack, 2500);
	EXPECT_EQ(0, sack.have.count);
}

TEST(lost__more_than_two_segments_above)
{
	struct toy_sack sack = { 0 };

	update(&sack, 2000, 4000, 1000, 9000);
	EXPECT_EQ(1000, toy_sack_lost(&sack, 1000, MSS));
	update(&sack, 4000, 4001, 1000, 9000);
	EXPECT_EQ(2000, toy_sack_lost(&sack, 1000, MSS));
}

TEST(lost__three_ranges_above)
{
	struct toy_sack sack = { 0 };

	update(&sack, 2000, 2001, 1000, 9000);
	update(&sack, 3000, 3001, 1000, 9000);
	EXPECT_EQ(1000, toy_sack_lost(&sack, 1000, MSS));
	update(&sack, 4000, 4001, 1000, 9000);
	EXPECT_EQ(2000, toy_sack_lost(&sack, 1000, MSS));
}

/* Holes up to the third segment from above are lost, those behind are not. */
TEST(lost__not_the_later_holes)
{
	struct toy_sack sack = { 0 };

	update(&sack, 2000, 4000, 1000, 20000);
	update(&sack, 5000, 7000, 1000, 20000);
	update(&sack, 8000, 9000, 1000, 20000);
	EXPECT_EQ(5000, toy_sack_lost(&sack, 1000, MSS));
}

/*
 * Ten segments, the first and the fourth of them lost, the others have arrived
 * but for the last one: under way are the last one and what is sent again.
 */
TEST(pipe__in_recovery)
{
	struct toy_sack sack = { 0 };
	u32 lost;

	EXPECT_EQ(10000, toy_sack_pipe(&sack, 0, 10000, 0, 0));
	update(&sack, 1000, 3000, 0, 10000);
	update(&sack, 4000, 9000, 0, 10000);
	lost = toy_sack_lost(&sack, 0, MSS);
	EXPECT_EQ(4000, lost);
	EXPECT_EQ(1000, toy_sack_pipe(&sack, 0, 10000, 0, lost));
	EXPECT_EQ(2000, toy_sack_pipe(&sack, 0, 10000, 1000, lost));
	EXPECT_EQ(3000, toy_sack_pipe(&sack, 0, 10000, 4000, lost));
}

/* Sent again although it is not lost: counted twice. */
TEST(pipe__twice)
{
	struct toy_sack sack = { 0 };

	update(&sack, 1000, 2000, 0, 4000);
	EXPECT_EQ(3000, toy_sack_pipe(&sack, 0, 4000, 0, 0));
	EXPECT_EQ(4000, toy_sack_pipe(&sack, 0, 4000, 1000, 0));
}

/* After a timeout, all is lost and nothing is known. */
TEST(pipe__after_a_timeout)
{
	struct toy_sack sack = { 0 };

	EXPECT_EQ(0, toy_sack_pipe(&sack, 0, 10000, 0, 10000));
	EXPECT_EQ(3000, toy_sack_pipe(&sack, 0, 10000, 3000, 10000));
	EXPECT_EQ(5000, toy_sack_pipe(&sack, 0, 12000, 3000, 10000));
}

TEST(hole__one_after_another)
{
	struct toy_range hole = { 0, 0 };
	struct toy_sack sack = { 0 };

	update(&sack, 1000, 3000, 0, 10000);
	update(&sack, 4000, 9000, 0, 10000);
	ASSERT_TRUE(toy_sack_hole(&sack, 0, 10000, &hole));
	EXPECT_EQ(0, hole.start);
	EXPECT_EQ(1000, hole.end);
	ASSERT_TRUE(toy_sack_hole(&sack, 1000, 10000, &hole));
	EXPECT_EQ(3000, hole.start);
	EXPECT_EQ(4000, hole.end);
	ASSERT_TRUE(toy_sack_hole(&sack, 3500, 10000, &hole));
	EXPECT_EQ(3500, hole.start);
	ASSERT_TRUE(toy_sack_hole(&sack, 4000, 10000, &hole));
	EXPECT_EQ(9000, hole.start);
	EXPECT_EQ(10000, hole.end);
	EXPECT_FALSE(toy_sack_hole(&sack, 4000, 9000, &hole));
	EXPECT_FALSE(toy_sack_hole(&sack, 10000, 10000, &hole));
}

TEST(hole__wraps)
{
	struct toy_range hole = { 0, 0 };
	struct toy_sack sack = { 0 };

	update(&sack, 0xfffffff8, 8, 0xfffffff0, 100);
	ASSERT_TRUE(toy_sack_hole(&sack, 0xfffffff0, 100, &hole));
	EXPECT_EQ(0xfffffff0, hole.start);
	EXPECT_EQ(0xfffffff8, hole.end);
	ASSERT_TRUE(toy_sack_hole(&sack, 0xfffffff8, 100, &hole));
	EXPECT_EQ(8, hole.start);
	EXPECT_EQ(100, hole.end);
}

/* More ranges than can be kept: those that do not fit count as missing. */
TEST(full__degrades)
{
	struct toy_sack sack = { 0 };
	u32 i;

	for (i = 0; i < TOY_RANGES_MAX; i++)
		EXPECT_EQ(1, update(&sack, 10 + 2 * i, 11 + 2 * i, 0, 1000));
	EXPECT_EQ(0, update(&sack, 900, 901, 0, 1000));
	EXPECT_EQ(1000 - TOY_RANGES_MAX, toy_sack_pipe(&sack, 0, 1000, 0, 0));
}

TEST_HARNESS_MAIN

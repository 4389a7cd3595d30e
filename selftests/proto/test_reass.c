// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver's ranges: what is kept of a segment, what SACK says of it. By
 * hand, with the examples of RFC 2018, and against a map.
 */
#include "proto_test.h"

#include "../../module/proto/reass.h"

FIXTURE(reass) {
	struct toy_reass r;
	u32 nxt;
	u32 edge;
	struct toy_range piece;
	struct toy_range blocks[TOY_SACK_BLOCKS];
};

FIXTURE_SETUP(reass)
{
	memset(self, 0, sizeof(*self));
	self->nxt = 5000;
	self->edge = 20000;
}

FIXTURE_TEARDOWN(reass)
{
}

/* A segment comes; returns how many of its numbers are kept. */
#define COMES(from, to) ({						\
	self->piece = (struct toy_range){ from, to };			\
	self->nxt = toy_reass_take(&self->r, self->nxt, self->edge,	\
				   &self->piece);			\
	self->piece.end - self->piece.start; })

TEST_F(reass, take__in_order)
{
	EXPECT_EQ(500, COMES(5000, 5500));
	EXPECT_EQ(5500, self->nxt);
	EXPECT_EQ(5000, self->piece.start);
	EXPECT_EQ(0, toy_reass_blocks(&self->r, self->blocks));
}

TEST_F(reass, take__behind_a_hole_and_into_it)
{
	EXPECT_EQ(500, COMES(5500, 6000));
	EXPECT_EQ(5000, self->nxt);
	EXPECT_EQ(500, COMES(5000, 5500));
	EXPECT_EQ(6000, self->nxt);
	EXPECT_EQ(0, self->r.have.count);
}

TEST_F(reass, take__overlaps_on_the_left)
{
	EXPECT_EQ(200, COMES(4000, 5200));
	EXPECT_EQ(5000, self->piece.start);
	EXPECT_EQ(5200, self->nxt);
}

TEST_F(reass, take__overlaps_a_range)
{
	COMES(6000, 7000);
	EXPECT_EQ(500, COMES(5500, 6500));
	EXPECT_EQ(5500, self->piece.start);
	EXPECT_EQ(500, COMES(6500, 7500));
	EXPECT_EQ(7000, self->piece.start);
	EXPECT_EQ(1, self->r.have.count);
}

/* Only the part before a range; the part behind it comes again. */
TEST_F(reass, take__around_a_range)
{
	COMES(6000, 7000);
	EXPECT_EQ(1000, COMES(5000, 9000));
	EXPECT_EQ(7000, self->nxt);
	EXPECT_EQ(0, self->r.have.count);
	EXPECT_EQ(2000, COMES(5000, 9000));
	EXPECT_EQ(9000, self->nxt);
}

TEST_F(reass, take__all_of_it_known)
{
	COMES(6000, 7000);
	EXPECT_EQ(0, COMES(6200, 6800));
	EXPECT_EQ(0, COMES(4000, 5000));
	EXPECT_EQ(5000, self->nxt);
}

TEST_F(reass, take__beyond_the_window)
{
	EXPECT_EQ(1000, COMES(19000, 21000));
	EXPECT_EQ(20000, self->piece.end);
	EXPECT_EQ(0, COMES(20000, 21000));
	self->edge = 5000;
	EXPECT_EQ(0, COMES(5000, 5001));
}

TEST_F(reass, take__one_hole_too_many)
{
	u32 i;

	for (i = 0; i < TOY_RANGES_MAX; i++)
		EXPECT_EQ(10, COMES(6000 + 20 * i, 6010 + 20 * i));
	EXPECT_EQ(0, COMES(9000, 9010));
	/* Those that fill holes are still welcome. */
	EXPECT_EQ(10, COMES(6010, 6020));
	EXPECT_EQ(10, COMES(9000, 9010));
	EXPECT_EQ(1000, COMES(5000, 6500));
}

/*
 * RFC 2018, section 7, case 2: 8 segments of 500 bytes from 5000 on, the first
 * is lost: each of the others lengthens one block.
 */
TEST_F(reass, blocks__rfc2018_case_2)
{
	u32 i;

	for (i = 1; i < 8; i++) {
		COMES(5000 + 500 * i, 5500 + 500 * i);
		ASSERT_EQ(1, toy_reass_blocks(&self->r, self->blocks));
		EXPECT_EQ(5500, self->blocks[0].start);
		EXPECT_EQ(5500 + 500 * i, self->blocks[0].end);
	}
}

/*
 * Case 3: the second, fourth, sixth and eighth are lost. The block that came
 * last is first, then that of the one before: of three blocks two have room.
 */
TEST_F(reass, blocks__rfc2018_case_3)
{
	COMES(5000, 5500);
	COMES(6000, 6500);
	ASSERT_EQ(1, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(6000, self->blocks[0].start);
	COMES(7000, 7500);
	ASSERT_EQ(2, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(7000, self->blocks[0].start);
	EXPECT_EQ(6000, self->blocks[1].start);
	COMES(8000, 8500);
	ASSERT_EQ(2, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(8000, self->blocks[0].start);
	EXPECT_EQ(7000, self->blocks[1].start);
	/* The fourth comes: it joins the third and the fifth. */
	COMES(6500, 7000);
	ASSERT_EQ(2, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(6000, self->blocks[0].start);
	EXPECT_EQ(7500, self->blocks[0].end);
	EXPECT_EQ(8000, self->blocks[1].start);
	/* The second: RCV.NXT goes to 7500, what is left is the seventh. */
	COMES(5500, 6000);
	EXPECT_EQ(7500, self->nxt);
	ASSERT_EQ(1, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(8000, self->blocks[0].start);
}

/* RFC 2883, section 4.1.1: a segment that was acknowledged comes again. */
TEST_F(reass, blocks__dsack_below)
{
	COMES(4500, 5000);
	ASSERT_EQ(1, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(4500, self->blocks[0].start);
	EXPECT_EQ(5000, self->blocks[0].end);
	/* Told of once. */
	EXPECT_EQ(0, toy_reass_blocks(&self->r, self->blocks));
}

/* Section 4.1.3: one that was kept comes again: it and the range it is in. */
TEST_F(reass, blocks__dsack_within)
{
	COMES(6000, 7000);
	COMES(6000, 6500);
	ASSERT_EQ(2, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(6000, self->blocks[0].start);
	EXPECT_EQ(6500, self->blocks[0].end);
	EXPECT_EQ(6000, self->blocks[1].start);
	EXPECT_EQ(7000, self->blocks[1].end);
}

/* Section 4.2.1: only part of it was known. */
TEST_F(reass, blocks__dsack_part)
{
	COMES(4500, 5500);
	ASSERT_EQ(1, toy_reass_blocks(&self->r, self->blocks));
	EXPECT_EQ(4500, self->blocks[0].start);
	EXPECT_EQ(5000, self->blocks[0].end);
}

#define MAP	600U
#define BASE	0xffffff00U

/* No number is kept twice, none is said to be there that is not. */
TEST(random__equals_a_map)
{
	u32 round, i, got, nxt, seen, count;
	struct toy_range blocks[TOY_SACK_BLOCKS];
	bool map[MAP];

	srandom(7);
	for (round = 0; round < 2000; round++) {
		struct toy_reass r = { 0 };

		memset(map, 0, sizeof(map));
		for (got = 0, nxt = BASE; got < MAP;) {
			u32 from = random() % MAP;
			u32 to = from + 1 + random() % 40;
			struct toy_range p = { BASE + from, BASE + to };

			nxt = toy_reass_take(&r, nxt, BASE + MAP, &p);
			for (i = p.start; i != p.end; i++) {
				ASSERT_FALSE(map[i - BASE]);
				map[i - BASE] = true;
				got++;
			}
			for (i = 0; i < MAP && map[i]; i++)
				;
			ASSERT_EQ(BASE + i, nxt);
			count = toy_reass_blocks(&r, blocks);
			for (seen = 0; seen < count; seen++)
				for (i = blocks[seen].start;
				     i != blocks[seen].end; i++)
					ASSERT_TRUE(map[i - BASE]);
		}
		ASSERT_EQ(0, r.have.count);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of sequence numbers: by hand, and against a map of bits.
 */
#include "proto_test.h"

#include "../../module/proto/ranges.h"

static struct toy_ranges set_of(u32 count, const struct toy_range *ranges)
{
	struct toy_ranges set = { 0 };
	u32 i;

	for (i = 0; i < count; i++)
		toy_ranges_add(&set, ranges[i].start, ranges[i].end);
	return set;
}

#define SET(...)							\
	set_of(sizeof((struct toy_range[]){ __VA_ARGS__ }) /		\
	       sizeof(struct toy_range), (struct toy_range[]){ __VA_ARGS__ })

TEST(add__keeps_order)
{
	struct toy_ranges set = SET({ 30, 40 }, { 10, 20 }, { 50, 60 });

	ASSERT_EQ(3, set.count);
	EXPECT_EQ(10, set.at[0].start);
	EXPECT_EQ(30, set.at[1].start);
	EXPECT_EQ(60, set.at[2].end);
}

TEST(add__joins_neighbours)
{
	struct toy_ranges set = SET({ 10, 20 }, { 30, 40 });

	EXPECT_EQ(10, toy_ranges_add(&set, 20, 30));
	ASSERT_EQ(1, set.count);
	EXPECT_EQ(10, set.at[0].start);
	EXPECT_EQ(40, set.at[0].end);
}

TEST(add__counts_what_is_new)
{
	struct toy_ranges set = SET({ 10, 20 }, { 30, 40 });

	EXPECT_EQ(0, toy_ranges_add(&set, 12, 18));
	EXPECT_EQ(5, toy_ranges_add(&set, 15, 25));
	EXPECT_EQ(25, toy_ranges_add(&set, 0, 50));
	EXPECT_EQ(1, set.count);
}

TEST(add__wraps)
{
	struct toy_ranges set = SET({ 0xfffffff0, 0xfffffff8 }, { 8, 16 });

	EXPECT_EQ(16, toy_ranges_add(&set, 0xfffffff8, 8));
	ASSERT_EQ(1, set.count);
	EXPECT_EQ(0xfffffff0, set.at[0].start);
	EXPECT_EQ(16, set.at[0].end);
}

TEST(add__full)
{
	struct toy_ranges set = { 0 };
	u32 i;

	for (i = 0; i < TOY_RANGES_MAX; i++)
		EXPECT_EQ(1, toy_ranges_add(&set, 10 * i, 10 * i + 1));
	EXPECT_EQ(0, toy_ranges_add(&set, 5, 6));
	EXPECT_EQ(TOY_RANGES_MAX, set.count);
	/* What only lengthens one still fits, and what joins two makes room. */
	EXPECT_EQ(1, toy_ranges_add(&set, 1, 2));
	EXPECT_EQ(8, toy_ranges_add(&set, 2, 10));
	EXPECT_EQ(TOY_RANGES_MAX - 1, set.count);
	EXPECT_EQ(1, toy_ranges_add(&set, 15, 16));
}

TEST(cut__between_and_within)
{
	struct toy_ranges set = SET({ 10, 20 }, { 30, 40 }, { 50, 60 });

	toy_ranges_cut(&set, 25);
	ASSERT_EQ(2, set.count);
	EXPECT_EQ(30, set.at[0].start);
	toy_ranges_cut(&set, 35);
	ASSERT_EQ(2, set.count);
	EXPECT_EQ(35, set.at[0].start);
	toy_ranges_cut(&set, 60);
	EXPECT_EQ(0, set.count);
}

TEST(trim__between_and_within)
{
	struct toy_ranges set = SET({ 10, 20 }, { 30, 40 }, { 50, 60 });

	toy_ranges_trim(&set, 60);
	EXPECT_EQ(3, set.count);
	toy_ranges_trim(&set, 45);
	ASSERT_EQ(2, set.count);
	EXPECT_EQ(40, set.at[1].end);
	toy_ranges_trim(&set, 31);
	ASSERT_EQ(2, set.count);
	EXPECT_EQ(31, set.at[1].end);
	toy_ranges_trim(&set, 30);
	EXPECT_EQ(1, set.count);
	toy_ranges_trim(&set, 5);
	EXPECT_EQ(0, set.count);
}

TEST(total__of_a_stretch)
{
	struct toy_ranges set = SET({ 10, 20 }, { 30, 40 });

	EXPECT_EQ(20, toy_ranges_total(&set, 0, 100));
	EXPECT_EQ(10, toy_ranges_total(&set, 15, 35));
	EXPECT_EQ(0, toy_ranges_total(&set, 20, 30));
	EXPECT_EQ(0, toy_ranges_total(&set, 15, 15));
}

TEST(has__ends)
{
	struct toy_ranges set = SET({ 10, 20 });

	EXPECT_FALSE(toy_ranges_has(&set, 9));
	EXPECT_TRUE(toy_ranges_has(&set, 10));
	EXPECT_TRUE(toy_ranges_has(&set, 19));
	EXPECT_FALSE(toy_ranges_has(&set, 20));
}

/* The same set as a map, around a base near the wrap. */
#define MAP	400U
#define BASE	0xffffff00U

static void compare(struct __test_metadata *_metadata,
		    const struct toy_ranges *set, const bool *map)
{
	u32 i, total = 0;

	for (i = 0; i < MAP; i++) {
		ASSERT_EQ(map[i], toy_ranges_has(set, BASE + i));
		total += map[i];
	}
	ASSERT_EQ(total, toy_ranges_total(set, BASE, BASE + MAP));
	for (i = 1; i < set->count; i++)
		ASSERT_TRUE(toy_before(set->at[i - 1].end, set->at[i].start));
}

TEST(random__equals_a_map)
{
	struct toy_ranges set = { 0 };
	bool map[MAP] = { false };
	u32 round, i, fresh, seen;

	srandom(5);
	for (round = 0; round < 20000; round++) {
		u32 from = random() % (MAP - 12), len = 1 + random() % 11;

		if (random() % 8 == 0) {
			toy_ranges_cut(&set, BASE + from / 4);
			memset(map, 0, from / 4);
		} else {
			for (i = 0, fresh = 0; i < len; i++)
				fresh += !map[from + i];
			seen = toy_ranges_add(&set, BASE + from,
					      BASE + from + len);
			if (!seen && fresh) {
				ASSERT_EQ(TOY_RANGES_MAX, set.count);
				continue;
			}
			ASSERT_EQ(fresh, seen);
			memset(map + from, 1, len);
		}
		compare(_metadata, &set, map);
		if (set.count > 20 && random() % 4 == 0) {
			toy_ranges_clear(&set);
			memset(map, 0, sizeof(map));
		}
	}
}

TEST_HARNESS_MAIN

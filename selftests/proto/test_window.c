// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: [W1] to [W3].
 */
#include "proto_test.h"

#include "../../module/proto/window.h"

#define STEP	1000U
#define BUF	10000U

TEST(edge__follows_room)
{
	EXPECT_EQ(10000, toy_window_edge(0, 0, BUF, STEP));
	EXPECT_EQ(10000, toy_window_edge(2000, 10000, 8000, STEP));
	EXPECT_EQ(12000, toy_window_edge(2000, 10000, BUF, STEP));
}

TEST(edge__never_moves_left)
{
	EXPECT_EQ(10000, toy_window_edge(0, 10000, 3000, STEP));
	EXPECT_EQ(10000, toy_window_edge(5000, 10000, 0, STEP));
	EXPECT_EQ(10000, toy_window_edge(5000, 10000, 0, 0));
}

TEST(edge__no_crumbs)
{
	EXPECT_EQ(10000, toy_window_edge(2000, 10000, 8999, STEP));
	EXPECT_EQ(11000, toy_window_edge(2000, 10000, 9000, STEP));
}

TEST(edge__wraps)
{
	EXPECT_EQ(9900, toy_window_edge(0xffffff9c, 0xffffff9c, BUF, STEP));
}

TEST(edge__has_an_end)
{
	EXPECT_EQ(TOY_WINDOW_MAX, toy_window_edge(0, 0, U32_MAX, STEP));
}

TEST(usable__what_is_left)
{
	EXPECT_EQ(600, toy_window_usable(100, 1000, 500));
	EXPECT_EQ(0, toy_window_usable(100, 400, 500));
	EXPECT_EQ(0, toy_window_usable(0xfffffff0, 16, 0));
	EXPECT_EQ(84, toy_window_usable(0xfffffff0, 100, 0));
}

/* The peer took back what it had promised. */
TEST(usable__moved_left)
{
	EXPECT_EQ(0, toy_window_usable(100, 100, 500));
}

TEST_HARNESS_MAIN

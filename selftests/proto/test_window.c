// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: [W1] to [W3].
 */
#include "proto_test.h"

#include "../../module/proto/window.h"

#define MSS	1000U
#define BUF	10000U

TEST(edge__follows_room)
{
	EXPECT_EQ(10000, toy_window_edge(0, 0, BUF, BUF, MSS));
	EXPECT_EQ(10000, toy_window_edge(2000, 10000, 8000, BUF, MSS));
	EXPECT_EQ(12000, toy_window_edge(2000, 10000, BUF, BUF, MSS));
}

TEST(edge__never_moves_left)
{
	EXPECT_EQ(10000, toy_window_edge(0, 10000, 3000, BUF, MSS));
	EXPECT_EQ(10000, toy_window_edge(5000, 10000, 0, BUF, MSS));
}

TEST(edge__no_crumbs)
{
	EXPECT_EQ(10000, toy_window_edge(2000, 10000, 8999, BUF, MSS));
	EXPECT_EQ(11000, toy_window_edge(2000, 10000, 9000, BUF, MSS));
}

/* Of a buffer smaller than two segments half is a step. */
TEST(edge__small_buffer)
{
	EXPECT_EQ(300, toy_window_edge(300, 300, 149, 300, MSS));
	EXPECT_EQ(450, toy_window_edge(300, 300, 150, 300, MSS));
	EXPECT_EQ(301, toy_window_edge(300, 300, 1, 1, MSS));
}

TEST(edge__wraps)
{
	EXPECT_EQ(9900, toy_window_edge(0xffffff9c, 0xffffff9c, BUF, BUF, MSS));
}

TEST(edge__has_an_end)
{
	EXPECT_EQ(TOY_WINDOW_MAX,
		  toy_window_edge(0, 0, U32_MAX, U32_MAX, MSS));
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic of sequence numbers, above all where they wrap.
 */
#include "proto_test.h"

#include "../../module/proto/seq.h"

TEST(before__and_after)
{
	EXPECT_TRUE(toy_before(1, 2));
	EXPECT_FALSE(toy_before(2, 2));
	EXPECT_FALSE(toy_before(3, 2));
	EXPECT_TRUE(toy_after(3, 2));
	EXPECT_FALSE(toy_after(2, 2));
}

TEST(before__wraps)
{
	EXPECT_TRUE(toy_before(0xffffffff, 0));
	EXPECT_TRUE(toy_before(0xfffffff0, 0x10));
	EXPECT_TRUE(toy_after(0x10, 0xfffffff0));
	EXPECT_TRUE(toy_before(0x80000001, 0));
	EXPECT_TRUE(toy_before(0, 0x7fffffff));
}

TEST(within__ends)
{
	EXPECT_FALSE(toy_within(9, 10, 20));
	EXPECT_TRUE(toy_within(10, 10, 20));
	EXPECT_TRUE(toy_within(19, 10, 20));
	EXPECT_FALSE(toy_within(20, 10, 20));
	EXPECT_FALSE(toy_within(10, 10, 10));
	EXPECT_TRUE(toy_within(3, 0xfffffff0, 5));
	EXPECT_FALSE(toy_within(5, 0xfffffff0, 5));
}

TEST(min_max__wrap)
{
	EXPECT_EQ(0xfffffff0, toy_seq_min(0xfffffff0, 5));
	EXPECT_EQ(0xfffffff0, toy_seq_min(5, 0xfffffff0));
	EXPECT_EQ(5, toy_seq_max(0xfffffff0, 5));
	EXPECT_EQ(5, toy_seq_max(5, 0xfffffff0));
}

TEST_HARNESS_MAIN

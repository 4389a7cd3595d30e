// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 6298 in numbers, worked out by hand.
 */
#include "proto_test.h"

#include "../../module/proto/rto.h"

TEST(init__is_a_second)
{
	struct toy_rto rto;

	toy_rto_init(&rto);
	EXPECT_EQ(1000000, rto.rto);
}

/* (2.2): SRTT = R, RTTVAR = R/2, RTO = R + 4 * R/2 */
TEST(sample__first)
{
	struct toy_rto rto;

	toy_rto_init(&rto);
	toy_rto_sample(&rto, 100000);
	EXPECT_EQ(100000, rto.srtt8 >> 3);
	EXPECT_EQ(50000, rto.rttvar4 >> 2);
	EXPECT_EQ(300000, rto.rto);
}

/*
 * (2.3) with R' = 180 ms: RTTVAR = 3/4 * 50 + 1/4 * 80 = 57.5 ms,
 * SRTT = 7/8 * 100 + 1/8 * 180 = 110 ms, RTO = 110 + 230 ms.
 */
TEST(sample__second)
{
	struct toy_rto rto;

	toy_rto_init(&rto);
	toy_rto_sample(&rto, 100000);
	toy_rto_sample(&rto, 180000);
	EXPECT_EQ(57500, rto.rttvar4 >> 2);
	EXPECT_EQ(110000, rto.srtt8 >> 3);
	EXPECT_EQ(340000, rto.rto);
}

TEST(sample__floor)
{
	struct toy_rto rto;

	toy_rto_init(&rto);
	toy_rto_sample(&rto, 50);
	EXPECT_EQ(200000, rto.rto);
	toy_rto_sample(&rto, 0);
	EXPECT_EQ(200000, rto.rto);
	EXPECT_NE(0, rto.srtt8);
}

TEST(sample__ceiling)
{
	struct toy_rto rto;
	int i;

	toy_rto_init(&rto);
	toy_rto_sample(&rto, 100000000);
	EXPECT_EQ(120000000, rto.rto);
	for (i = 0; i < 100; i++)
		toy_rto_sample(&rto, U32_MAX);
	EXPECT_EQ(120000000, rto.rto);
	EXPECT_GE(120000000, rto.srtt8 >> 3);
}

/* A round trip that does not vary: RTO comes down to it, and G. */
TEST(sample__steady)
{
	struct toy_rto rto;
	int i;

	toy_rto_init(&rto);
	for (i = 0; i < 1000; i++)
		toy_rto_sample(&rto, 1000000);
	EXPECT_EQ(1000000, rto.srtt8 >> 3);
	EXPECT_GE(1001100, rto.rto);
	EXPECT_LE(1001000, rto.rto);
}

TEST(sample__never_zero)
{
	struct toy_rto rto;
	int i;

	toy_rto_init(&rto);
	for (i = 0; i < 1000; i++) {
		toy_rto_sample(&rto, 0);
		ASSERT_NE(0, rto.srtt8);
	}
}

TEST(backoff__doubles_up_to_two_minutes)
{
	struct toy_rto rto;

	toy_rto_init(&rto);
	EXPECT_EQ(1000000, toy_rto_backoff(&rto, 0));
	EXPECT_EQ(2000000, toy_rto_backoff(&rto, 1));
	EXPECT_EQ(64000000, toy_rto_backoff(&rto, 6));
	EXPECT_EQ(120000000, toy_rto_backoff(&rto, 7));
	EXPECT_EQ(120000000, toy_rto_backoff(&rto, 255));
}

TEST_HARNESS_MAIN

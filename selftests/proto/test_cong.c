// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion control in numbers: [G1] to [G6].
 */
#include "proto_test.h"

#include "../../module/proto/cong.h"

#define MSS	1000U

static struct toy_cong fresh(void)
{
	struct toy_cong cong;

	toy_cong_init(&cong, MSS);
	return cong;
}

/* RFC 6928: min(10 * MSS, max(2 * MSS, 14600)) */
TEST(init__first_window)
{
	static const struct {
		u32 mss, cwnd;
	} want[] = {
		{ 128, 1280 }, { 536, 5360 }, { 1460, 14600 }, { 1464, 14600 },
		{ 4000, 14600 }, { 8964, 17928 }, { 65499, 130998 },
	};
	struct toy_cong cong;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		toy_cong_init(&cong, want[i].mss);
		EXPECT_EQ(want[i].cwnd, cong.cwnd);
	}
}

TEST(syn_lost__one_segment)
{
	struct toy_cong cong = fresh();

	toy_cong_syn_lost(&cong, MSS);
	EXPECT_EQ(MSS, cong.cwnd);
}

TEST(grow__slow_start)
{
	struct toy_cong cong = fresh();

	toy_cong_grow(&cong, MSS, MSS, 10 * MSS);
	EXPECT_EQ(11 * MSS, cong.cwnd);
	toy_cong_grow(&cong, 2 * MSS, MSS, 11 * MSS);
	EXPECT_EQ(13 * MSS, cong.cwnd);
	/* All of a large frame, but eight segments at most. */
	toy_cong_grow(&cong, 5 * MSS, MSS, 13 * MSS);
	EXPECT_EQ(18 * MSS, cong.cwnd);
	toy_cong_grow(&cong, 18 * MSS, MSS, 18 * MSS);
	EXPECT_EQ(26 * MSS, cong.cwnd);
	/* No more than was acknowledged. */
	toy_cong_grow(&cong, 10, MSS, 26 * MSS);
	EXPECT_EQ(26 * MSS + 10, cong.cwnd);
}

TEST(grow__one_segment_after_a_timeout)
{
	struct toy_cong cong = fresh();

	toy_cong_timeout(&cong, 10 * MSS, MSS, true);
	toy_cong_grow(&cong, 2 * MSS, MSS, 10 * MSS);
	EXPECT_EQ(2 * MSS, cong.cwnd);
}

TEST(grow__avoidance_is_a_segment_a_window)
{
	struct toy_cong cong = fresh();
	int i;

	cong.ssthresh = 10 * MSS;
	for (i = 0; i < 9; i++) {
		toy_cong_grow(&cong, MSS, MSS, 10 * MSS);
		EXPECT_EQ(10 * MSS, cong.cwnd);
	}
	toy_cong_grow(&cong, MSS, MSS, 10 * MSS);
	EXPECT_EQ(11 * MSS, cong.cwnd);
}

TEST(grow__not_unless_used_up)
{
	struct toy_cong cong = fresh();

	toy_cong_grow(&cong, MSS, MSS, 9 * MSS);
	EXPECT_EQ(10 * MSS, cong.cwnd);
	toy_cong_grow(&cong, MSS, MSS, 9 * MSS + 1);
	EXPECT_EQ(11 * MSS, cong.cwnd);
}

TEST(grow__has_an_end)
{
	struct toy_cong cong = fresh();

	cong.cwnd = TOY_CWND_MAX - 1;
	toy_cong_grow(&cong, 2 * MSS, MSS, cong.cwnd);
	EXPECT_EQ(TOY_CWND_MAX, cong.cwnd);
}

TEST(recover__with_sack)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 20 * MSS, MSS, true);
	EXPECT_EQ(10 * MSS, cong.ssthresh);
	EXPECT_EQ(10 * MSS, cong.cwnd);
	EXPECT_EQ(TOY_PHASE_RECOVERY, cong.phase);
}

TEST(recover__without_sack)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 20 * MSS, MSS, false);
	EXPECT_EQ(13 * MSS, cong.cwnd);
	toy_cong_inflate(&cong, MSS);
	EXPECT_EQ(14 * MSS, cong.cwnd);
}

TEST(recover__two_segments_at_least)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 3 * MSS, MSS, true);
	EXPECT_EQ(2 * MSS, cong.ssthresh);
}

TEST(deflate__partial_acknowledgments)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 20 * MSS, MSS, false);
	toy_cong_deflate(&cong, 4 * MSS, MSS);
	EXPECT_EQ(10 * MSS, cong.cwnd);
	/* Less than a segment was acknowledged: none is added. */
	toy_cong_deflate(&cong, MSS / 2, MSS);
	EXPECT_EQ(9 * MSS + MSS / 2, cong.cwnd);
	toy_cong_deflate(&cong, 100 * MSS, MSS);
	EXPECT_EQ(MSS, cong.cwnd);
}

TEST(recovered__no_burst)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 20 * MSS, MSS, true);
	toy_cong_recovered(&cong, 3 * MSS, MSS);
	EXPECT_EQ(4 * MSS, cong.cwnd);
	EXPECT_EQ(TOY_PHASE_OPEN, cong.phase);
}

TEST(recovered__ssthresh_at_most)
{
	struct toy_cong cong = fresh();

	toy_cong_recover(&cong, 20 * MSS, MSS, false);
	toy_cong_recovered(&cong, 30 * MSS, MSS);
	EXPECT_EQ(10 * MSS, cong.cwnd);
}

TEST(timeout__first_and_later)
{
	struct toy_cong cong = fresh();

	toy_cong_timeout(&cong, 20 * MSS, MSS, true);
	EXPECT_EQ(10 * MSS, cong.ssthresh);
	EXPECT_EQ(MSS, cong.cwnd);
	EXPECT_EQ(TOY_PHASE_LOSS, cong.phase);
	toy_cong_timeout(&cong, MSS, MSS, false);
	EXPECT_EQ(10 * MSS, cong.ssthresh);
}

/* The end of what a timeout began leaves the window that grew since. */
TEST(timeout__recovered)
{
	struct toy_cong cong = fresh();

	toy_cong_timeout(&cong, 20 * MSS, MSS, true);
	toy_cong_grow(&cong, MSS, MSS, 20 * MSS);
	toy_cong_recovered(&cong, 0, MSS);
	EXPECT_EQ(2 * MSS, cong.cwnd);
	EXPECT_EQ(TOY_PHASE_OPEN, cong.phase);
}

TEST(idle__back_to_the_first_window)
{
	struct toy_cong cong = fresh();

	cong.cwnd = 100 * MSS;
	toy_cong_idle(&cong, MSS);
	EXPECT_EQ(10 * MSS, cong.cwnd);
	cong.cwnd = 3 * MSS;
	toy_cong_idle(&cong, MSS);
	EXPECT_EQ(3 * MSS, cong.cwnd);
}

TEST_HARNESS_MAIN

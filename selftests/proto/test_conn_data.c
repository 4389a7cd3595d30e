// SPDX-License-Identifier: GPL-2.0-only
/*
 * What arrives, and when it is acknowledged: [B1], [A1] to [A4], [W1], [W2].
 */
#include "conn_test.h"

/* ---- [B1] ---- */

TEST_F(conn, b1__in_order)
{
	INPUT(.seq = 5001, .flags = A | P, .len = 300);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(5001, self->res.seq);
	EXPECT_EQ(0, self->res.offset);
	EXPECT_EQ(300, self->res.len);
	EXPECT_EQ(300, self->res.ready);
}

TEST_F(conn, b1__hole_and_what_fills_it)
{
	INPUT(.seq = 5301, .flags = A, .len = 200);
	EXPECT_TELL(TOY_TELL_KEEP);
	EXPECT_EQ(5301, self->res.seq);
	EXPECT_ACK(1001, 5001);
	ASSERT_EQ(1, self->out.sacks);
	EXPECT_EQ(5301, self->out.sack[0].start);
	EXPECT_EQ(5501, self->out.sack[0].end);

	INPUT(.seq = 5001, .flags = A, .len = 300);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(300, self->res.len);
	EXPECT_EQ(500, self->res.ready);
	EXPECT_ACK(1001, 5501);
	EXPECT_EQ(0, self->out.sacks);
}

/* What is known already is told of by D-SACK, and kept but once. */
TEST_F(conn, b1__twice_behind_a_hole)
{
	INPUT(.seq = 5301, .flags = A, .len = 200);
	NEXT();
	INPUT(.seq = 5301, .flags = A, .len = 200);
	EXPECT_TELL(0);
	EXPECT_ACK(1001, 5001);
	ASSERT_EQ(1, self->out.sacks);
	EXPECT_EQ(5301, self->out.sack[0].start);
}

TEST_F(conn, b1__without_sack)
{
	self->c.flags &= ~TOY_CONN_SACK;
	INPUT(.seq = 5301, .flags = A, .len = 200);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(0, self->out.sacks);
}

/* One hole more than can be remembered: not kept, and the peer hears of it. */
TEST_F(conn, b1__too_many_holes)
{
	u32 i;

	for (i = 0; i < TOY_RANGES_MAX; i++) {
		INPUT(.seq = 5101 + 20 * i, .flags = A, .len = 10);
		EXPECT_TELL(TOY_TELL_KEEP);
		NEXT();
	}
	INPUT(.seq = 9001, .flags = A, .len = 10);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_MEMORY, self->res.drop);
	EXPECT_ACK(1001, 5001);
}

/* FIN and the ends of messages wait behind holes as bytes do. */
TEST_F(conn, b1__fin_behind_a_hole)
{
	INPUT(.seq = 5101, .flags = A | F, .len = 100);
	EXPECT_TELL(TOY_TELL_KEEP);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(5202, self->out.sack[0].end);
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_EOF);
	EXPECT_EQ(200, self->res.ready);
	EXPECT_ACK(1001, 5202);
	EXPECT_EQ(TOY_STATE_CLOSE_WAIT, self->c.state);
}

/* ---- [A1] to [A3] ---- */

TEST_F(conn, a1__every_second_full_segment)
{
	INPUT(.seq = 5001, .flags = A, .len = MSS);
	EXPECT_SILENCE();
	INPUT(.seq = 6001, .flags = A, .len = MSS);
	EXPECT_ACK(1001, 7001);
	INPUT(.seq = 7001, .flags = A, .len = MSS);
	EXPECT_SILENCE();
}

/* The short end of a long write does not wait for what comes much later. */
TEST_F(conn, a1__more_than_a_full_segment)
{
	INPUT(.seq = 5001, .flags = A, .len = MSS);
	EXPECT_SILENCE();
	INPUT(.seq = 6001, .flags = A | P, .len = 10);
	EXPECT_ACK(1001, 6011);
}

/* A large frame is many segments. */
TEST_F(conn, a1__large_frame)
{
	INPUT(.seq = 5001, .flags = A, .len = 10 * MSS);
	EXPECT_ACK(1001, 5001 + 10 * MSS);
}

TEST_F(conn, a2__the_first_sixteen)
{
	u32 i;

	self->c.quick_acks = 16;
	for (i = 0; i < 16; i++) {
		INPUT(.seq = 5001 + i, .flags = A, .len = 1);
		EXPECT_ACK(1001, 5002 + i);
	}
	/* The largest segment seen has one byte: two of them are two. */
	INPUT(.seq = 5017, .flags = A, .len = 1);
	EXPECT_SILENCE();
}

TEST_F(conn, a2__after_a_pause)
{
	INPUT(.seq = 5001, .flags = A, .len = MSS);
	EXPECT_TIMER(40 * TOY_MSEC);
	EXPECT_ACK(1001, 6001);
	self->now += TOY_SEC;
	INPUT(.seq = 6001, .flags = A, .len = 10);
	EXPECT_ACK(1001, 6011);
}

/* The window of a peer that has lost something is small. */
TEST_F(conn, a2__after_a_hole)
{
	u32 i;

	INPUT(.seq = 6001, .flags = A, .len = MSS);
	EXPECT_SENT(1001, 0, A);
	EXPECT_EQ(5001, self->out.ack);
	INPUT(.seq = 5001, .flags = A, .len = MSS);
	for (i = 7001; i <= 7001 + 16 * MSS; i += MSS) {
		EXPECT_ACK(1001, i);
		INPUT(.seq = i, .flags = A, .len = MSS);
	}
	EXPECT_SILENCE();
}

TEST_F(conn, a3__forty_ms_after_the_first_byte)
{
	INPUT(.seq = 5001, .flags = A, .len = 2 * MSS);
	EXPECT_ACK(1001, 7001);
	INPUT(.seq = 7001, .flags = A, .len = MSS - 10);
	self->now += 30 * TOY_MSEC;
	INPUT(.seq = 7991, .flags = A, .len = 10);
	EXPECT_SILENCE();
	EXPECT_TIMER(10 * TOY_MSEC);
	EXPECT_ACK(1001, 8001);
	EXPECT_NO_TIMER();
}

TEST_F(conn, a3__data_bears_it)
{
	INPUT(.seq = 5001, .flags = A, .len = 64);
	WRITE(64);
	EXPECT_SENT(1001, 64, A | P);
	EXPECT_EQ(5065, self->out.ack);
	EXPECT_SILENCE();
	EXPECT_EQ(0, self->c.timer[TOY_TIMER_ACK]);
}

/* ---- [W1] [W2] [A4] ---- */

TEST_F(conn, w1__never_moves_left)
{
	u32 edge = 5001 + WND;

	INPUT(.seq = 5001, .flags = A, .len = 2 * MSS);
	EXPECT_ACK(1001, 7001);
	EXPECT_EQ(edge, self->out.ack + self->out.wnd);
	toy_conn_set_buf(&self->c, 100, 0);
	INPUT(.seq = 7001, .flags = A, .len = 2 * MSS);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_ACK(1001, 9001);
	EXPECT_EQ(edge, self->out.ack + self->out.wnd);
}

TEST_F(conn, w2__reading_is_told_when_it_matters)
{
	INPUT(.seq = 5001, .flags = A, .len = 9 * MSS);
	EXPECT_ACK(1001, 14001);
	EXPECT_EQ(11000, self->out.wnd);
	/* The peer has more than half of the buffer left. */
	toy_conn_read(&self->c, 9 * MSS);
	EXPECT_SILENCE();
	INPUT(.seq = 14001, .flags = A, .len = 11 * MSS);
	EXPECT_ACK(1001, 25001);
	EXPECT_EQ(9000, self->out.wnd);
	/* It has less now, but this is no step. */
	toy_conn_read(&self->c, MSS - 1);
	EXPECT_SILENCE();
	toy_conn_read(&self->c, 1);
	EXPECT_ACK(1001, 25001);
	EXPECT_EQ(10000, self->out.wnd);
}

TEST_F(conn, w2__closed_window_opens)
{
	INPUT(.seq = 5001, .flags = A, .len = WND);
	EXPECT_ACK(1001, 5001 + WND);
	EXPECT_EQ(0, self->out.wnd);
	toy_conn_read(&self->c, MSS - 1);
	EXPECT_SILENCE();
	toy_conn_read(&self->c, 1);
	EXPECT_ACK(1001, 5001 + WND);
	EXPECT_EQ(MSS, self->out.wnd);
}

TEST_F(conn, w2__nobody_sends_any_more)
{
	INPUT(.seq = 5001, .flags = A | F, .len = WND - 1);
	EXPECT_ACK(1001, 5001 + WND);
	toy_conn_read(&self->c, WND - 1);
	EXPECT_SILENCE();
}

TEST_HARNESS_MAIN

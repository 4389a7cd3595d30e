// SPDX-License-Identifier: GPL-2.0-only
/*
 * When data goes, and in which segments: [W3], [W4], [P1] to [P4], [U1], large
 * frames, the MTU.
 */
#include "conn_test.h"

/* ---- [W4] ---- */

TEST_F(conn, w4__full_segments_and_a_tail)
{
	WRITE(2500);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SENT(2001, 1000, A);
	EXPECT_SENT(3001, 500, A | P);
	EXPECT_SILENCE();
}

TEST_F(conn, w4__nagle)
{
	toy_conn_set_nodelay(&self->c, false);
	WRITE(10);
	EXPECT_SENT(1001, 10, A | P);
	WRITE(20);
	EXPECT_SILENCE();
	WRITE(970);
	EXPECT_SILENCE();
	WRITE(10);
	EXPECT_SENT(1011, 1000, A | P);
	WRITE(30);
	EXPECT_SILENCE();
	/* Of the short one a part is unacknowledged still. */
	INPUT(.seq = 5001, .ack = 1010, .flags = A);
	EXPECT_SILENCE();
	/* The full one does not matter. */
	INPUT(.seq = 5001, .ack = 1011, .flags = A);
	EXPECT_SENT(2011, 30, A | P);
	EXPECT_SILENCE();
}

/* The end of a long write does not wait for an ACK that may be delayed. */
TEST_F(conn, w4__nagle_and_a_large_write)
{
	toy_conn_set_nodelay(&self->c, false);
	WRITE(1500);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SENT(2001, 500, A | P);
	WRITE(10);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .ack = 2001, .flags = A);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .ack = 2501, .flags = A);
	EXPECT_SENT(2501, 10, A | P);
}

/* It was 3 GB ago that a segment was short. */
TEST_F(conn, w4__nagle_after_half_of_the_circle)
{
	u32 i, seq = 1001;

	toy_conn_set_nodelay(&self->c, false);
	WRITE(10);
	EXPECT_SENT(seq, 10, A | P);
	seq += 10;
	INPUT(.seq = 5001, .ack = seq, .flags = A);
	self->tx.max = 64000;
	self->c.cong.cwnd = 200000;
	self->c.snd_wnd = 200000;
	for (i = 0; i < 50000; i++, seq += 64000) {
		WRITE(64000);
		ASSERT_TRUE(NEXT());
		INPUT(.seq = 5001, .ack = seq + 64000, .flags = A,
		      .wnd = 200000);
	}
	WRITE(1500);
	EXPECT_SENT(seq, 1500, A | P);
}

TEST_F(conn, w4__fin_takes_the_tail_along)
{
	toy_conn_set_nodelay(&self->c, false);
	WRITE(10);
	NEXT();
	WRITE(20);
	EXPECT_SILENCE();
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_SENT(1011, 20, A | P | F);
}

/* MSG_MORE: 200 ms and no longer. */
TEST_F(conn, w4__more)
{
	toy_conn_write(&self->c, 300, TOY_WRITE_MORE, self->now);
	EXPECT_SILENCE();
	self->now += 150 * TOY_MSEC;
	toy_conn_write(&self->c, 300, TOY_WRITE_MORE, self->now);
	EXPECT_SILENCE();
	EXPECT_TIMER(50 * TOY_MSEC);
	EXPECT_SENT(1001, 600, A | P);
	EXPECT_SILENCE();
}

TEST_F(conn, w4__more_of_a_full_segment)
{
	toy_conn_write(&self->c, 1300, TOY_WRITE_MORE, self->now);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	WRITE(100);
	EXPECT_SENT(2001, 400, A | P);
}

TEST_F(conn, w4__push_ends_more)
{
	toy_conn_write(&self->c, 300, TOY_WRITE_MORE, self->now);
	EXPECT_SILENCE();
	toy_conn_push(&self->c);
	EXPECT_SENT(1001, 300, A | P);
	EXPECT_EQ(0, self->c.timer[TOY_TIMER_MORE]);
}

TEST_F(conn, w4__shutdown_ends_more)
{
	toy_conn_write(&self->c, 300, TOY_WRITE_MORE, self->now);
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_SENT(1001, 300, A | P | F);
}

/* ---- [W3] ---- */

TEST_F(conn, w3__not_beyond_the_window)
{
	INPUT(.seq = 5001, .flags = A, .wnd = 2500);
	WRITE(4000);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SENT(2001, 1000, A);
	/* 500 bytes are neither a segment nor half of the largest window. */
	EXPECT_SILENCE();
}

TEST_F(conn, w3__half_of_the_largest_window)
{
	self->c.snd_maxwnd = 1200;
	INPUT(.seq = 5001, .flags = A, .wnd = 600);
	WRITE(4000);
	EXPECT_SENT(1001, 600, A);
	EXPECT_SILENCE();
}

TEST_F(conn, w3__fin_is_one_behind)
{
	INPUT(.seq = 5001, .flags = A, .wnd = 1000);
	WRITE(1000);
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_SENT(1001, 1000, A | P | F);
	EXPECT_EQ(2002, self->c.snd_nxt);
}

/* A peer that takes back what it promised: nothing new, one segment again. */
TEST_F(conn, w3__moved_left)
{
	WRITE(3000);
	while (NEXT())
		;
	INPUT(.seq = 5001, .ack = 2001, .flags = A, .wnd = 200);
	WRITE(1000);
	EXPECT_SILENCE();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(2001, 1000, A);
	EXPECT_SILENCE();
}

/* ---- [P1] to [P4] ---- */

#define CLOSE_WINDOW() INPUT(.seq = 5001, .flags = A, .wnd = 0)

TEST_F(conn, p2__probes)
{
	u64 wait = RTO;
	int i;

	CLOSE_WINDOW();
	WRITE(100);
	EXPECT_SILENCE();
	for (i = 0; i < 20; i++) {
		EXPECT_TIMER(wait);
		EXPECT_ACK(1000, 5001);
		/* Answered, it goes on for ever. */
		self->now += TOY_MSEC;
		CLOSE_WINDOW();
		EXPECT_SILENCE();
		wait = min(2 * wait, 120 * (u64)TOY_SEC);
		wait -= TOY_MSEC;
		EXPECT_EQ(self->now + wait, toy_conn_deadline(&self->c));
		wait += TOY_MSEC;
		self->now -= TOY_MSEC;
	}
	INPUT(.seq = 5001, .flags = A);
	EXPECT_SENT(1001, 100, A | P);
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
}

TEST_F(conn, p3__nobody_answers)
{
	int i;

	CLOSE_WINDOW();
	WRITE(100);
	EXPECT_SILENCE();
	for (i = 0; i < 15; i++) {
		self->now = toy_conn_deadline(&self->c);
		LATER(0);
		EXPECT_TELL(0);
		EXPECT_ACK(1000, 5001);
	}
	self->now = toy_conn_deadline(&self->c);
	LATER(0);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
	EXPECT_SENT(1001, 0, R | A);
	EXPECT_NO_TIMER();
}

TEST_F(conn, p3__user_timeout)
{
	toy_conn_set_timeout(&self->c, 1000);
	CLOSE_WINDOW();
	WRITE(100);
	EXPECT_SILENCE();
	EXPECT_TIMER(RTO);
	EXPECT_ACK(1000, 5001);
	CLOSE_WINDOW();
	EXPECT_TIMER(2 * RTO);
	EXPECT_ACK(1000, 5001);
	CLOSE_WINDOW();
	LATER(500 * TOY_MSEC);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
}

/* An orphan has less patience: 8 probes, answered or not [E4]. */
TEST_F(conn, p3__orphan)
{
	int i;

	CLOSE_WINDOW();
	WRITE(100);
	toy_conn_release(&self->c, false, self->now, &self->res);
	EXPECT_SILENCE();
	for (i = 0; i < 8; i++) {
		self->now = toy_conn_deadline(&self->c);
		LATER(0);
		EXPECT_ACK(1000, 5001);
		CLOSE_WINDOW();
	}
	self->now = toy_conn_deadline(&self->c);
	LATER(0);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
}

/* A small window is used when the timer says that no larger one will come. */
TEST_F(conn, p4__crumbs)
{
	INPUT(.seq = 5001, .flags = A, .wnd = 30);
	WRITE(100);
	EXPECT_SILENCE();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(1001, 30, A);
	EXPECT_SILENCE();
}

/* ---- [U1] ---- */

TEST_F(conn, u1__marks_the_last_byte)
{
	WRITE(50);
	NEXT();
	toy_conn_write(&self->c, 20, TOY_WRITE_URGENT, self->now);
	EXPECT_SENT(1051, 20, A | P | U);
	EXPECT_EQ(19, self->out.urg);
	WRITE(10);
	EXPECT_SENT(1071, 10, A | P);
	INPUT(.seq = 5001, .ack = 1071, .flags = A);
	EXPECT_FALSE(self->c.flags & TOY_CONN_URG_OUT);
}

TEST_F(conn, u1__news_through_a_closed_window)
{
	CLOSE_WINDOW();
	toy_conn_write(&self->c, 100, TOY_WRITE_URGENT, self->now);
	EXPECT_SENT(1001, 0, A | U);
	EXPECT_EQ(99, self->out.urg);
	EXPECT_SILENCE();
}

TEST_F(conn, u1__far_away)
{
	toy_conn_write(&self->c, 100000, TOY_WRITE_URGENT, self->now);
	EXPECT_SENT(1001, 1000, A | U);
	EXPECT_EQ(65535, self->out.urg);
}

/* One segment at a time, so that each has the number right. */
TEST_F(conn, u1__no_large_frames)
{
	self->tx.max = 10 * MSS;
	toy_conn_write(&self->c, 3000, TOY_WRITE_URGENT, self->now);
	EXPECT_SENT(1001, 1000, A | U);
	EXPECT_EQ(2999, self->out.urg);
	EXPECT_SENT(2001, 1000, A | U);
	EXPECT_EQ(1999, self->out.urg);
}

/* ---- large frames ---- */

TEST_F(conn, large__whole_segments)
{
	self->tx.max = 5500;
	WRITE(7300);
	EXPECT_SENT(1001, 5000, A);
	EXPECT_SENT(6001, 2300, A | P);
	EXPECT_SILENCE();
}

TEST_F(conn, large__nagle)
{
	self->tx.max = 5500;
	toy_conn_set_nodelay(&self->c, false);
	WRITE(2300);
	EXPECT_SENT(1001, 2300, A | P);
	WRITE(2300);
	EXPECT_SENT(3301, 2000, A);
	EXPECT_SILENCE();
}

TEST_F(conn, large__as_the_congestion_window_lets)
{
	self->tx.max = 60000;
	self->c.snd_wnd = 60000;
	WRITE(60000);
	EXPECT_SENT(1001, 10000, A);
	EXPECT_SILENCE();
}

/* Fewer and larger frames: it pays to wait for the ACK of what is out. */
TEST_F(conn, large__waits_for_a_third_of_the_window)
{
	self->tx.max = 10 * MSS;
	self->tx.least = 10 * MSS;
	WRITE(WND);
	EXPECT_SENT(1001, 10000, A);
	EXPECT_SILENCE();
	/* cwnd is 12 segments now, of which three may go, one to wait for. */
	INPUT(.seq = 5001, .ack = 2001, .flags = A);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .ack = 3001, .flags = A);
	EXPECT_SENT(11001, 4000, A);
	EXPECT_SILENCE();
	/* Nothing on the way: nothing to wait for. */
	INPUT(.seq = 5001, .ack = 15001, .flags = A, .wnd = 2000);
	EXPECT_SENT(15001, 2000, A);
}

/* The tail does not wait: there is nothing to be added to it. */
TEST_F(conn, large__tail_goes)
{
	self->tx.max = 10 * MSS;
	self->tx.least = 10 * MSS;
	WRITE(9 * MSS);
	EXPECT_SENT(1001, 9000, A | P);
	WRITE(700);
	EXPECT_SENT(10001, 700, A | P);
}

/* [V2] */
TEST_F(conn, v2__mtu)
{
	toy_conn_set_mss(&self->c, 600);
	WRITE(1500);
	EXPECT_SENT(1001, 600, A);
	EXPECT_SENT(1601, 600, A);
	EXPECT_SENT(2201, 300, A | P);
	/* No larger than the peer takes. */
	toy_conn_set_mss(&self->c, 9000);
	EXPECT_EQ(MSS, self->c.mss);
	/* What cannot be. */
	toy_conn_set_mss(&self->c, 0);
	EXPECT_EQ(TOY_MSS_MIN, self->c.mss);
}

/* What was on its way goes again in smaller segments. */
TEST_F(conn, v2__mtu_smaller_than_what_is_out)
{
	WRITE(2000);
	EXPECT_EQ(2, SEND_ALL());
	toy_conn_set_mss(&self->c, 600);
	LATER(1 * (u64)TOY_SEC);
	EXPECT_SENT(1001, 600, A);
	EXPECT_SILENCE();
	ACK(.ack = 1601);
	EXPECT_SENT(1601, 600, A);
	EXPECT_SENT(2201, 600, A);
	ACK(.ack = 2801);
	EXPECT_SENT(2801, 200, A | P);
}

/* In SYN_SENT: what is to be told, and what counts from then on. */
TEST_F(conn, v2__mtu_in_the_handshake)
{
	conn_open(&self->c, self->now, false);
	toy_conn_set_mss(&self->c, 600);
	EXPECT_SENT(1000, 0, S);
	EXPECT_EQ(600, self->out.mss);
	toy_conn_set_mss(&self->c, 500);
	INPUT(SYN_ACK);
	EXPECT_EQ(500, self->c.mss);
}

/* A SACK option takes its room from the payload. */
TEST_F(conn, segment__with_sack)
{
	INPUT(.seq = 5101, .flags = A, .len = 100);
	NEXT();
	WRITE(2000);
	EXPECT_SENT(1001, 988, A);
	EXPECT_EQ(1, self->out.sacks);
}

TEST_HARNESS_MAIN

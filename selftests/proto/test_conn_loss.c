// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion and what is lost: [G1] to [G7], with the numbers of RFC 5681,
 * 6582, 6675.
 */
#include "conn_test.h"

/* ---- [G1] to [G3] ---- */

TEST_F(conn, g1__ten_segments)
{
	WRITE(WND);
	EXPECT_EQ(10, SEND_ALL());
}

TEST_F(conn, g2__slow_start)
{
	self->c.snd_wnd = 100000;
	WRITE(50000);
	SEND_ALL();
	ACK(.ack = 3001, .wnd = 100000);
	EXPECT_EQ(4, SEND_ALL());
	EXPECT_EQ(12 * MSS, self->c.cong.cwnd);
	/* Eight segments for each ACK at most. */
	ACK(.ack = 8001, .wnd = 100000);
	EXPECT_EQ(17 * MSS, self->c.cong.cwnd);
	EXPECT_EQ(10, SEND_ALL());
}

TEST_F(conn, g2__unused_window_does_not_grow)
{
	WRITE(1000);
	SEND_ALL();
	ACK(.ack = 2001);
	EXPECT_EQ(10 * MSS, self->c.cong.cwnd);
}

TEST_F(conn, g3__pause)
{
	self->c.cong.cwnd = 50 * MSS;
	self->now += 10 * (u64)TOY_SEC;
	WRITE(WND);
	EXPECT_EQ(10, SEND_ALL());
	EXPECT_EQ(10 * MSS, self->c.cong.cwnd);
}

/* ---- [G4] ---- */

/* Each of the first two lets one more segment go, the third begins recovery. */
TEST_F(conn, g4__limited_transmit)
{
	self->c.flags &= ~TOY_CONN_SACK;
	WRITE(WND);
	EXPECT_EQ(10, SEND_ALL());
	ACK(.ack = 1001);
	EXPECT_SENT(11001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 1001);
	EXPECT_SENT(12001, 1000, A);
	EXPECT_SILENCE();
	EXPECT_EQ(TOY_PHASE_OPEN, self->c.cong.phase);
	ACK(.ack = 1001);
	EXPECT_EQ(TOY_PHASE_RECOVERY, self->c.cong.phase);
	EXPECT_SENT(1001, 1000, A);
	/* Of what was on the way without those two, half. */
	EXPECT_EQ(5 * MSS, self->c.cong.ssthresh);
}

TEST_F(conn, g4__no_duplicates)
{
	self->c.flags &= ~TOY_CONN_SACK;
	WRITE(5000);
	SEND_ALL();
	/* Another window, data, nothing on the way: none of these counts. */
	ACK(.ack = 1001, .wnd = WND - 1);
	EXPECT_EQ(0, self->c.cong.dupacks);
	ACK(.ack = 1001, .wnd = WND - 1, .len = 1);
	EXPECT_EQ(0, self->c.cong.dupacks);
	INPUT(.seq = 5002, .ack = 1001, .flags = A, .wnd = WND - 1);
	EXPECT_EQ(1, self->c.cong.dupacks);
	INPUT(.seq = 5002, .ack = 6001, .flags = A, .wnd = WND - 1);
	INPUT(.seq = 5002, .ack = 6001, .flags = A, .wnd = WND - 1);
	EXPECT_EQ(0, self->c.cong.dupacks);
}

/* With SACK only what names something new counts. */
TEST_F(conn, g4__with_sack)
{
	WRITE(5000);
	SEND_ALL();
	ACK(.ack = 1001);
	EXPECT_EQ(0, self->c.cong.dupacks);
	ACK(.ack = 1001, BLOCK(2001, 3001));
	EXPECT_EQ(1, self->c.cong.dupacks);
	ACK(.ack = 1001, BLOCK(2001, 3001));
	EXPECT_EQ(1, self->c.cong.dupacks);
}

/* More than two segments' worth in one: no need to wait for the third. */
TEST_F(conn, g4__sack_tells_it_all)
{
	WRITE(8000);
	SEND_ALL();
	ACK(.ack = 1001, BLOCK(2001, 6001));
	EXPECT_EQ(TOY_PHASE_RECOVERY, self->c.cong.phase);
	EXPECT_SENT(1001, 1000, A);
}

/* ---- [G5] with SACK ---- */

/*
 * Ten segments, the first and the fifth are lost. Recovery fills the one, then
 * the other, as pipe lets it; then new data.
 */
TEST_F(conn, g5__two_holes)
{
	WRITE(WND);
	EXPECT_EQ(10, SEND_ALL());
	ACK(.ack = 1001, BLOCK(2001, 3001));
	EXPECT_EQ(1, SEND_ALL());
	ACK(.ack = 1001, BLOCK(2001, 4001));
	EXPECT_EQ(1, SEND_ALL());
	ACK(.ack = 1001, BLOCK(2001, 5001));
	EXPECT_EQ(5 * MSS, self->c.cong.cwnd);
	EXPECT_EQ(13001, self->c.recover);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	/*
	 * Segments 6 to 10 arrive; with the 8th, the 5th is known to be lost.
	 */
	ACK(.ack = 1001, BLOCK(6001, 7001));
	EXPECT_SILENCE();
	ACK(.ack = 1001, BLOCK(6001, 8001));
	EXPECT_SILENCE();
	/* pipe: 12 sent, 6 arrived, 2 lost, 1 again: all that cwnd lets. */
	ACK(.ack = 1001, BLOCK(6001, 9001));
	EXPECT_SILENCE();
	ACK(.ack = 1001, BLOCK(6001, 10001));
	EXPECT_SENT(5001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 1001, BLOCK(6001, 11001));
	EXPECT_SENT(13001, 1000, A);
	EXPECT_SILENCE();
	/* A partial ACK, then the end. */
	ACK(.ack = 5001, BLOCK(6001, 11001));
	EXPECT_EQ(TOY_PHASE_RECOVERY, self->c.cong.phase);
	ACK(.ack = 13001);
	EXPECT_EQ(TOY_PHASE_OPEN, self->c.cong.phase);
	EXPECT_EQ(0, self->c.sack.have.count);
}

/*
 * What was sent again is lost again: that is known when more than two segments
 * that were sent first after it have arrived, and it is another halving.
 */
TEST_F(conn, g5__lost_again)
{
	WRITE(WND);
	EXPECT_EQ(10, SEND_ALL());
	ACK(.ack = 1001, BLOCK(2001, 8001));
	EXPECT_SENT(1001, 1000, A);
	/* pipe is 4: the last three, and this one. */
	EXPECT_SENT(11001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 1001, BLOCK(2001, 11001));
	EXPECT_EQ(3, SEND_ALL());
	EXPECT_EQ(15001, self->c.snd_nxt);
	ACK(.ack = 1001, BLOCK(2001, 13001));
	EXPECT_EQ(5 * MSS, self->c.cong.cwnd);
	SEND_ALL();
	EXPECT_EQ(17001, self->c.snd_nxt);
	ACK(.ack = 1001, BLOCK(2001, 14001));
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	EXPECT_EQ(2500, self->c.cong.cwnd);
	EXPECT_EQ(2500, self->c.cong.ssthresh);
	/* From here on it takes three later ones once more. */
	ACK(.ack = 1001, BLOCK(2001, 17001));
	EXPECT_EQ(2500, self->c.cong.cwnd);
}

/* [R3]: the timer begins anew when something is acknowledged, not before. */
TEST_F(conn, g5__timer)
{
	WRITE(8000);
	SEND_ALL();
	self->now += 100 * TOY_MSEC;
	ACK(.ack = 1001, BLOCK(2001, 6001));
	SEND_ALL();
	EXPECT_EQ(self->now + RTO - 100 * TOY_MSEC,
		  toy_conn_deadline(&self->c));
	ACK(.ack = 2001, BLOCK(2001, 6001));
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
}

/* Nothing new to send, no hole that is lost: the last one once, to be sure. */
TEST_F(conn, g5__rescue)
{
	WRITE(6000);
	SEND_ALL();
	ACK(.ack = 1001, BLOCK(2001, 5001));
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 5001);
	EXPECT_SENT(6001, 1000, A | P);
	EXPECT_SILENCE();
}

/* ---- [G5] without SACK ---- */

/* RFC 6582: each partial ACK is the next loss. */
TEST_F(conn, g5__newreno)
{
	u64 timer;
	int i;

	self->c.flags &= ~TOY_CONN_SACK;
	WRITE(10 * MSS);
	SEND_ALL();
	for (i = 0; i < 3; i++)
		ACK(.ack = 1001);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	EXPECT_EQ(8 * MSS, self->c.cong.cwnd);
	ACK(.ack = 1001);
	EXPECT_EQ(9 * MSS, self->c.cong.cwnd);
	self->now += TOY_MSEC;
	ACK(.ack = 3001);
	EXPECT_EQ(8 * MSS, self->c.cong.cwnd);
	EXPECT_SENT(3001, 1000, A);
	timer = toy_conn_deadline(&self->c);
	EXPECT_EQ(self->now + RTO, timer);
	/* Only the first partial ACK restarts the timer. */
	self->now += TOY_MSEC;
	ACK(.ack = 5001);
	EXPECT_SENT(5001, 1000, A);
	EXPECT_EQ(timer, toy_conn_deadline(&self->c));
	ACK(.ack = 11001);
	EXPECT_EQ(TOY_PHASE_OPEN, self->c.cong.phase);
	EXPECT_EQ(2 * MSS, self->c.cong.cwnd);
}

/* ---- [G6] ---- */

/* All of it counts as lost, and goes again as the window grows. */
TEST_F(conn, g6__timeout)
{
	WRITE(WND);
	SEND_ALL();
	ACK(.ack = 1001, BLOCK(3001, 4001));
	SEND_ALL();
	EXPECT_TIMER(RTO);
	EXPECT_EQ(MSS, self->c.cong.cwnd);
	EXPECT_EQ(0, self->c.sack.have.count);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 2001);
	EXPECT_EQ(2 * MSS, self->c.cong.cwnd);
	EXPECT_SENT(2001, 1000, A);
	EXPECT_SENT(3001, 1000, A);
	EXPECT_SILENCE();
	/* What SACK names meanwhile is left out. */
	ACK(.ack = 4001, BLOCK(5001, 8001));
	EXPECT_EQ(3 * MSS, self->c.cong.cwnd);
	EXPECT_SENT(4001, 1000, A);
	EXPECT_SENT(8001, 1000, A);
	EXPECT_SENT(9001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 12001);
	EXPECT_EQ(TOY_PHASE_OPEN, self->c.cong.phase);
}

/* What recovery had sent again goes once more: that was lost as well. */
TEST_F(conn, g6__timeout_in_recovery)
{
	WRITE(10 * MSS);
	SEND_ALL();
	ACK(.ack = 1001, BLOCK(2001, 5001));
	EXPECT_SENT(1001, 1000, A);
	ACK(.ack = 1001, BLOCK(6001, 11001));
	EXPECT_SENT(5001, 1000, A);
	EXPECT_SILENCE();
	LATER(RTO);
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SILENCE();
	ACK(.ack = 2001);
	EXPECT_SENT(2001, 1000, A);
	EXPECT_SENT(3001, 1000, A);
	EXPECT_SILENCE();
}

TEST_F(conn, g6__ssthresh_once)
{
	WRITE(WND);
	SEND_ALL();
	EXPECT_TIMER(RTO);
	EXPECT_EQ(5 * MSS, self->c.cong.ssthresh);
	SEND_ALL();
	EXPECT_TIMER(2 * RTO);
	EXPECT_EQ(5 * MSS, self->c.cong.ssthresh);
}

/* Duplicate ACKs of what was sent before the timeout begin nothing. */
TEST_F(conn, g6__no_recovery_before_its_end)
{
	int i;

	self->c.flags &= ~TOY_CONN_SACK;
	WRITE(WND);
	SEND_ALL();
	EXPECT_TIMER(RTO);
	SEND_ALL();
	for (i = 0; i < 5; i++)
		ACK(.ack = 1001);
	EXPECT_EQ(TOY_PHASE_LOSS, self->c.cong.phase);
	EXPECT_SILENCE();
}

TEST_HARNESS_MAIN

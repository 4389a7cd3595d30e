// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timeouts, retransmission, congestion: [R1] to [R5], [G1] to [G7], with the
 * numbers of RFC 5681, 6298, 6582, 6675.
 */
#include "conn_test.h"

#define RTO	(200 * TOY_MSEC)

/* Everything that may go, goes; returns how many segments. */
#define SEND_ALL() ({							\
	u32 n_ = 0;							\
									\
	while (NEXT())							\
		n_++;							\
	n_; })

#define ACK(...)	INPUT(.seq = 5001, .flags = A, __VA_ARGS__)
#define BLOCK(a, b)	.sacks = 1, .sack = { { a, b } }

/* ---- [R1] [R2] ---- */

TEST_F(conn, r1__one_at_a_time)
{
	WRITE(1000);
	NEXT();
	self->now += 30 * TOY_MSEC;
	WRITE(1000);
	NEXT();
	self->now += 20 * TOY_MSEC;
	/* SRTT is 50 ms by the handshake, and this one took as long. */
	ACK(.ack = 2001);
	EXPECT_EQ(50 * TOY_MSEC, self->c.rto.srtt8 >> 3);
	EXPECT_FALSE(self->c.flags & TOY_CONN_TIMING);
	/* The second one was not measured. */
	self->now += 500 * TOY_MSEC;
	ACK(.ack = 3001);
	EXPECT_EQ(50 * TOY_MSEC, self->c.rto.srtt8 >> 3);
}

/* Karn: what was sent twice tells nothing. */
TEST_F(conn, r1__not_of_what_was_sent_again)
{
	WRITE(1000);
	NEXT();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(1001, 1000, A | P);
	self->now += 1;
	ACK(.ack = 2001);
	EXPECT_EQ(50 * TOY_MSEC, self->c.rto.srtt8 >> 3);
}

/* SACK names it although something before it is missing. */
TEST_F(conn, r1__by_sack)
{
	WRITE(1000);
	NEXT();
	ACK(.ack = 2001);
	EXPECT_EQ(0, self->c.flags & TOY_CONN_TIMING);
	WRITE(1000);
	self->c.flags |= TOY_CONN_TIMING;
	self->c.rtt_seq = 4001;
	self->c.rtt_at = (u32)self->now;
	WRITE(1000);
	SEND_ALL();
	self->now += 50 * TOY_MSEC;
	ACK(.ack = 2001, BLOCK(3001, 4001));
	EXPECT_EQ(0, self->c.flags & TOY_CONN_TIMING);
}

/* ---- [R3] [R4] [R5] ---- */

TEST_F(conn, r3__timer)
{
	EXPECT_NO_TIMER();
	WRITE(2000);
	NEXT();
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
	self->now += 10 * TOY_MSEC;
	NEXT();
	/* From the first one on; an ACK of something starts it afresh. */
	EXPECT_EQ(self->now + RTO - 10 * TOY_MSEC,
		  toy_conn_deadline(&self->c));
	ACK(.ack = 2001);
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
	ACK(.ack = 3001);
	EXPECT_NO_TIMER();
}

TEST_F(conn, r4__doubles)
{
	WRITE(1000);
	NEXT();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(1001, 1000, A | P);
	EXPECT_TIMER(2 * RTO);
	EXPECT_SENT(1001, 1000, A | P);
	EXPECT_TIMER(4 * RTO);
	EXPECT_SENT(1001, 1000, A | P);
	/* An ACK of something new ends it. */
	ACK(.ack = 2001);
	WRITE(1000);
	NEXT();
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
}

/* ... also of only part of what is on the way. */
TEST_F(conn, r4__progress_ends_it)
{
	WRITE(2000);
	SEND_ALL();
	EXPECT_TIMER(RTO);
	NEXT();
	EXPECT_TIMER(2 * RTO);
	NEXT();
	ACK(.ack = 2001);
	SEND_ALL();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(2001, 1000, A | P);
	EXPECT_TIMER(2 * RTO);
}

TEST_F(conn, r5__fifteen_times)
{
	u32 i;

	WRITE(1000);
	NEXT();
	for (i = 0; i < 15; i++) {
		EXPECT_TIMER(min(RTO << i, 120U * TOY_SEC));
		EXPECT_TELL(0);
		EXPECT_SENT(1001, 1000, A | P);
		EXPECT_SILENCE();
	}
	EXPECT_TIMER(120 * TOY_SEC);
	EXPECT_TELL(TOY_TELL_CLOSED | TOY_TELL_ERROR);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
	EXPECT_SENT(2001, 0, R | A);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

TEST_F(conn, r5__orphan_eight_times)
{
	u32 i;

	WRITE(1000);
	toy_conn_release(&self->c, false, self->now, &self->res);
	NEXT();
	for (i = 0; i < 8; i++) {
		EXPECT_TIMER(RTO << i);
		EXPECT_SENT(1001, 1000, A | P | F);
	}
	EXPECT_TIMER(RTO << 8);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
}

TEST_F(conn, r5__user_timeout)
{
	toy_conn_set_timeout(&self->c, 1000);
	WRITE(1000);
	NEXT();
	EXPECT_TIMER(RTO);
	EXPECT_SENT(1001, 1000, A | P);
	EXPECT_TIMER(2 * RTO);
	EXPECT_SENT(1001, 1000, A | P);
	/* What is left of it, and no more. */
	LATER(410 * TOY_MSEC);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
}

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
	/* Two segments for each ACK at most. */
	ACK(.ack = 8001, .wnd = 100000);
	EXPECT_EQ(14 * MSS, self->c.cong.cwnd);
	EXPECT_EQ(7, SEND_ALL());
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

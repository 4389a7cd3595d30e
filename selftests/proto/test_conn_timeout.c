// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round trips and timeouts: [R1] to [R5], with the numbers of RFC 6298.
 */
#include "conn_test.h"

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

/* A window that is shut over what is on the way: answers keep it alive. */
TEST_F(conn, p5__window_taken_back)
{
	int i;

	WRITE(2000);
	SEND_ALL();
	ACK(.ack = 1001, .wnd = 0);
	for (i = 0; i < 40; i++) {
		EXPIRE();
		EXPECT_TELL(0);
		EXPECT_SENT(1001, 1000, A);
		EXPECT_SILENCE();
		ACK(.ack = 1001, .wnd = 0);
	}
	/* It opens: at once, and as if nothing had been. */
	ACK(.ack = 1001);
	EXPECT_SENT(1001, 1000, A);
	ACK(.ack = 2001);
	EXPECT_SENT(2001, 1000, A | P);
	ACK(.ack = 3001);
	EXPECT_NO_TIMER();
}

/* Shut, and open again before a timer has run out: at once, too. */
TEST_F(conn, p5__window_opens_soon)
{
	WRITE(3000);
	EXPECT_EQ(3, SEND_ALL());
	ACK(.ack = 2001, .wnd = 0);
	EXPECT_SILENCE();
	ACK(.ack = 2001);
	EXPECT_SENT(2001, 1000, A);
	EXPECT_SILENCE();
	EXPECT_EQ(self->now + RTO, toy_conn_deadline(&self->c));
	ACK(.ack = 3001);
	EXPECT_SENT(3001, 1000, A | P);
	ACK(.ack = 4001);
	EXPECT_NO_TIMER();
}

/* What was thought lost had arrived: the connection goes on as ever. */
TEST_F(conn, p5__nothing_was_lost)
{
	WRITE(5000);
	EXPECT_EQ(5, SEND_ALL());
	ACK(.ack = 1001, .wnd = 0);
	EXPECT_SILENCE();
	ACK(.ack = 2001);
	EXPECT_SENT(2001, 1000, A);
	SEND_ALL();
	ACK(.ack = 6001);
	EXPECT_NO_TIMER();
	WRITE(3000);
	EXPECT_LT(0, SEND_ALL());
	ACK(.ack = 7001);
	SEND_ALL();
	ACK(.ack = 9001);
	EXPECT_NO_TIMER();
}

/* An orphan is given up, however often its peer opens and shuts the window. */
TEST_F(conn, p5__orphan)
{
	int i;

	WRITE(2000);
	SEND_ALL();
	toy_conn_release(&self->c, false, self->now, &self->res);
	SEND_ALL();
	for (i = 0; i < 20 && toy_conn_deadline(&self->c) != U64_MAX; i++) {
		EXPIRE();
		SEND_ALL();
		if (self->res.tell & TOY_TELL_CLOSED)
			break;
		ACK(.ack = 1001, .wnd = 0);
		ACK(.ack = 1001);
		SEND_ALL();
	}
	EXPECT_EQ(8, i);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
}

/* ... and silence ends it. */
TEST_F(conn, p5__silence)
{
	int i;

	WRITE(1000);
	SEND_ALL();
	ACK(.ack = 1001, .wnd = 0);
	for (i = 0; i < 15; i++) {
		EXPIRE();
		EXPECT_TELL(0);
		SEND_ALL();
	}
	EXPIRE();
	EXPECT_TELL(TOY_TELL_ERROR | TOY_TELL_CLOSED);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
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

TEST_HARNESS_MAIN

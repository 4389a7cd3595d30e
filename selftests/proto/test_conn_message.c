// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of a SEQPACKET: [M1], [M2], [M4], [M5], [M7].
 */
#include "conn_test.h"

/* ---- arriving ---- */

TEST_F(conn, m1__a_message)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | P | M, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(10, self->res.len);
	EXPECT_TRUE(self->res.mark);
	EXPECT_EQ(11, self->res.ready);
	EXPECT_EQ(5012, self->c.rcv_nxt);
}

TEST_F(conn, m1__an_empty_one)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(0, self->res.len);
	EXPECT_TRUE(self->res.mark);
	EXPECT_EQ(1, self->res.ready);
	/* Twice, it is a repeat like another. */
	INPUT(.seq = 5001, .flags = A | M);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
}

TEST_F(conn, m2__in_two_segments)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A, .len = MSS);
	EXPECT_FALSE(self->res.mark);
	INPUT(.seq = 6001, .flags = A | M, .len = 5);
	EXPECT_TRUE(self->res.mark);
	EXPECT_EQ(6, self->res.ready);
}

/* Only the end of it is new. */
TEST_F(conn, m7__the_end_alone)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A, .len = 10);
	INPUT(.seq = 5001, .flags = A | M, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(0, self->res.len);
	EXPECT_TRUE(self->res.mark);
	EXPECT_EQ(1, self->res.ready);
}

TEST_F(conn, m1__end_and_fin)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M | F, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_EOF);
	EXPECT_EQ(11, self->res.ready);
	EXPECT_EQ(5013, self->c.rcv_nxt);
}

/*
 * [M4]: part of the longest message fills the buffer, and is nothing that can
 * be read; what it lacks has to be let in all the same.
 */
TEST_F(conn, m4__window_for_the_longest)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M, .len = 1999);
	INPUT(.seq = 7001, .flags = A, .len = WND - 2000);
	NEXT();
	EXPECT_EQ(0, self->out.wnd);
	toy_conn_read(&self->c, 2000);
	EXPECT_ACK(1001, 5001 + WND);
	EXPECT_EQ(2000, self->out.wnd);
}

/* ---- [M5] ---- */

#define MAXMSG	(WND - 1000)

#define EXPECT_TOO_LONG() do {						\
	EXPECT_TELL(TOY_TELL_ERROR | TOY_TELL_CLOSED);			\
	EXPECT_EQ(EMSGSIZE, self->res.error);				\
	EXPECT_EQ(TOY_SEG_MALFORMED, self->res.drop);			\
	EXPECT_EQ(TOY_STATE_CLOSE, self->c.state);			\
	EXPECT_SENT(1001, 0, R | A);					\
	EXPECT_SILENCE();						\
} while (0)

TEST_F(conn, m5__as_long_as_announced)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M, .len = MAXMSG);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	toy_conn_read(&self->c, MAXMSG + 1);
	SEND_ALL();
	/* In parts. */
	INPUT(.seq = 5002 + MAXMSG, .flags = A, .len = MAXMSG);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5002 + 2 * MAXMSG, .flags = A | M);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(1, self->res.ready);
}

TEST_F(conn, m5__one_byte_more)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M, .len = MAXMSG + 1);
	EXPECT_TOO_LONG();
}

/* It has no end at all. */
TEST_F(conn, m5__grows_and_grows)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A | M, .len = 99);
	INPUT(.seq = 5101, .flags = A, .len = MAXMSG);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	SEND_ALL();
	INPUT(.seq = 5101 + MAXMSG, .flags = A, .len = 1);
	EXPECT_TOO_LONG();
}

/* It grows as a hole is filled, the segment brings the ACK of data. */
TEST_F(conn, m5__behind_a_hole)
{
	ESTABLISH(true);
	WRITE(10);
	self->tx.eom = 1011;
	SEND_ALL();
	INPUT(.seq = 5002, .flags = A, .len = MAXMSG);
	EXPECT_TELL(TOY_TELL_KEEP);
	SEND_ALL();
	INPUT(.seq = 5001, .ack = 1012, .flags = A, .len = 1);
	EXPECT_TELL(TOY_TELL_ERROR | TOY_TELL_CLOSED | TOY_TELL_ACKED);
	EXPECT_EQ(EMSGSIZE, self->res.error);
}

/* An end behind the hole: nothing is wrong with these. */
TEST_F(conn, m5__ends_behind_a_hole)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A, .len = 500);
	INPUT(.seq = 6001, .flags = A | M, .len = 999);
	EXPECT_TELL(TOY_TELL_KEEP);
	INPUT(.seq = 7001, .flags = A, .len = 500);
	SEND_ALL();
	INPUT(.seq = 5501, .flags = A | M, .len = 499);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(2000, self->res.ready);
	INPUT(.seq = 7501, .flags = A, .len = MAXMSG - 1500);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
}

/* What was thrown away had the end. */
TEST_F(conn, m5__pruned_end)
{
	ESTABLISH(true);
	INPUT(.seq = 5002, .flags = A | M, .len = 10);
	toy_conn_prune(&self->c, 5002);
	INPUT(.seq = 5001, .flags = A, .len = MAXMSG);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5001 + MAXMSG, .flags = A, .len = 2);
	EXPECT_TOO_LONG();
}

/* ---- sent ---- */

TEST_F(conn, m2__one_message_a_segment)
{
	ESTABLISH(true);
	toy_conn_set_nodelay(&self->c, false);
	WRITE(300);
	WRITE(0);
	WRITE(1200);
	EXPECT_EQ(1001, toy_conn_seek(&self->c));
	self->tx.eom = 1301;
	EXPECT_SENT(1001, 300, A | M);
	EXPECT_EQ(1302, toy_conn_seek(&self->c));
	self->tx.eom = 1302;
	EXPECT_SENT(1302, 0, A | M);
	self->tx.eom = 2503;
	EXPECT_SENT(1303, 1000, A);
	self->tx.eor = true;
	EXPECT_SENT(2303, 200, A | M | P | TOY_FLAG_EOR);
	EXPECT_SILENCE();
	EXPECT_EQ(2504, self->c.snd_nxt);
}

TEST_F(conn, m2__large_frame_ends_with_the_message)
{
	ESTABLISH(true);
	self->tx.max = 60000;
	WRITE(2500);
	WRITE(100);
	self->tx.eom = 3501;
	EXPECT_SENT(1001, 2500, A | M);
	self->tx.eom = 3602;
	EXPECT_SENT(3502, 100, A | M | P);
}

/* The window has room for the bytes, but not for their end. */
TEST_F(conn, m2__no_room_for_the_end)
{
	ESTABLISH(true);
	INPUT(.seq = 5001, .flags = A, .wnd = 300);
	WRITE(300);
	self->tx.eom = 1301;
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .flags = A, .wnd = 301);
	EXPECT_SENT(1001, 300, A | M | P);
}

/* [M7]: again it may be cut otherwise, but not across an end. */
TEST_F(conn, m7__again)
{
	ESTABLISH(true);
	WRITE(300);
	self->tx.eom = 1301;
	NEXT();
	WRITE(400);
	self->tx.eom = 1702;
	NEXT();
	LATER(1 * (u64)TOY_SEC);
	EXPECT_EQ(1001, toy_conn_seek(&self->c));
	self->tx.eom = 1301;
	EXPECT_SENT(1001, 300, A | M);
	INPUT(.seq = 5001, .ack = 1302, .flags = A);
	EXPECT_EQ(1302, toy_conn_seek(&self->c));
	self->tx.eom = 1702;
	EXPECT_SENT(1302, 400, A | M | P);
}

TEST_F(conn, m7__fin_with_the_last_message)
{
	ESTABLISH(true);
	WRITE(300);
	toy_conn_shutdown(&self->c, self->now, &self->res);
	self->tx.eom = 1301;
	EXPECT_SENT(1001, 300, A | M | P | F);
	LATER(1 * (u64)TOY_SEC);
	EXPECT_SENT(1001, 300, A | M | P | F);
	INPUT(.seq = 5001, .ack = 1302, .flags = A);
	EXPECT_SILENCE();
	LATER(1 * (u64)TOY_SEC);
	EXPECT_SENT(1302, 0, A | P | F);
}

TEST_HARNESS_MAIN

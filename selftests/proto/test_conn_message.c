// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of a SEQPACKET: [M1], [M2], [M4], [M7].
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that a connection has to look at twice: [S1] to [S4], and forged
 * ones.
 */
#include "conn_test.h"

/* [S1]: what has come before is answered, with D-SACK. */
TEST_F(conn, s1__a_repeat)
{
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TIMER(40 * TOY_MSEC);
	EXPECT_ACK(1001, 5101);
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
	EXPECT_ACK(1001, 5101);
	ASSERT_EQ(1, self->out.sacks);
	EXPECT_EQ(5001, self->out.sack[0].start);
	EXPECT_EQ(5101, self->out.sack[0].end);
}

TEST_F(conn, s1__partly_new)
{
	INPUT(.seq = 5001, .flags = A, .len = 100);
	INPUT(.seq = 5051, .flags = A, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(50, self->res.offset);
	EXPECT_EQ(50, self->res.len);
	EXPECT_EQ(5101, self->res.seq);
	EXPECT_EQ(5151, self->c.rcv_nxt);
}

TEST_F(conn, s1__right_of_the_window)
{
	INPUT(.seq = 5001 + WND, .flags = A, .len = 1);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
	EXPECT_ACK(1001, 5001);
	/* Its last number is in it: what sticks out is cut off. */
	INPUT(.seq = 5000 + WND, .flags = A, .len = 100);
	EXPECT_TELL(TOY_TELL_KEEP);
	EXPECT_EQ(1, self->res.len);
}

/* An answer to what has no length is limited: two ends could go on for ever. */
TEST_F(conn, s1__empty_ones_are_limited)
{
	INPUT(.seq = 5000, .flags = A);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 5000, .flags = A);
	EXPECT_SILENCE();
	self->now += 501 * TOY_MSEC;
	INPUT(.seq = 5000, .flags = A);
	EXPECT_ACK(1001, 5001);
}

/*
 * A peer that has filled the window, with FIN behind it, sends ACKs from there.
 */
TEST_F(conn, s1__ack_from_the_edge)
{
	WRITE(100);
	EXPECT_SENT(1001, 100, A | P);
	INPUT(.seq = 5002 + WND, .ack = 1051, .flags = A);
	EXPECT_TELL(TOY_TELL_ACKED);
	INPUT(.seq = 5003 + WND, .ack = 1101, .flags = A);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
}

TEST_F(conn, s1__rst_out_of_the_window)
{
	INPUT(.seq = 5000, .flags = R);
	EXPECT_TELL(0);
	INPUT(.seq = 5003 + WND, .flags = R);
	EXPECT_TELL(0);
	EXPECT_SILENCE();
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
}

/* A window that is full, with nobody reading. */
static void fill(struct toy_conn *c, u64 now)
{
	struct toy_segment seg = { .seq = 5001, .ack = 1001, .wnd = WND,
				   .flags = TOY_FLAG_ACK, .len = WND };
	struct toy_tx tx = { .max = MSS };
	struct toy_result res;

	toy_conn_input(c, &seg, 0, now, &res);
	toy_conn_next(c, now, &tx, &seg);
}

TEST_F(conn, s1__closed_window)
{
	fill(&self->c, self->now);
	EXPECT_EQ(0, self->c.rcv_edge - self->c.rcv_nxt);
	/* Payload does not count, the ACK with it does. */
	WRITE(10);
	EXPECT_SENT(1001, 10, A | P);
	INPUT(.seq = 5001 + WND, .ack = 1011, .flags = A, .len = 1);
	EXPECT_TELL(TOY_TELL_ACKED);
	EXPECT_EQ(TOY_SEG_WINDOW, self->res.drop);
	EXPECT_ACK(1011, 5001 + WND);
	EXPECT_EQ(0, self->out.wnd);
}

/* FIN takes no room. */
TEST_F(conn, s1__closed_window_fin)
{
	fill(&self->c, self->now);
	INPUT(.seq = 5001 + WND, .flags = A | F);
	EXPECT_TELL(TOY_TELL_EOF);
	EXPECT_EQ(TOY_STATE_CLOSE_WAIT, self->c.state);
	EXPECT_ACK(1001, 5002 + WND);
	EXPECT_EQ(0, self->out.wnd);
}

TEST_F(conn, s1__closed_window_fin_behind_payload)
{
	fill(&self->c, self->now);
	INPUT(.seq = 5001 + WND, .flags = A | F, .len = 1);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
	EXPECT_ACK(1001, 5001 + WND);
}

TEST_F(conn, s1__closed_window_rst)
{
	fill(&self->c, self->now);
	INPUT(.seq = 5001 + WND, .flags = R);
	EXPECT_EQ(ECONNRESET, self->res.error);
}

/* [S2] RFC 5961: only the very next number is believed. */
TEST_F(conn, s2__rst)
{
	INPUT(.seq = 5002, .flags = R);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 5003, .flags = R);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .flags = R);
	EXPECT_TELL(TOY_TELL_CLOSED | TOY_TELL_ERROR);
	EXPECT_EQ(ECONNRESET, self->res.error);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

/* Its challenge has a limit of its own: an ACK before must not use it up. */
TEST_F(conn, s2__limit)
{
	INPUT(.seq = 5000, .flags = A);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 5002, .flags = R);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 5000, .flags = A);
	EXPECT_SILENCE();
}

/* [S3]: a challenge ACK, whatever the number. */
TEST_F(conn, s3__syn)
{
	INPUT(.seq = 5000, .ack = 0, .flags = S);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 0x80000000, .ack = 0, .flags = S);
	EXPECT_SILENCE();
	self->now += 501 * TOY_MSEC;
	INPUT(.seq = 0x80000000, .ack = 77, .flags = S | A);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
}

/* [S4] 1 */
TEST_F(conn, s4__ack_of_what_was_never_sent)
{
	INPUT(.seq = 5001, .ack = 1002, .flags = A, .len = 10);
	EXPECT_EQ(TOY_SEG_ACK, self->res.drop);
	EXPECT_TELL(0);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(1001, self->c.snd_una);
}

/* ... or older than the largest window: RFC 5961, 5.2. */
TEST_F(conn, s4__ack_too_old)
{
	INPUT(.seq = 5001, .ack = 1001 - WND, .flags = A, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5011, .ack = 1000 - WND, .flags = A, .len = 10);
	EXPECT_EQ(TOY_SEG_ACK, self->res.drop);
	EXPECT_TELL(0);
}

/* [S4] 2: data and FIN are told apart from what was queued. */
TEST_F(conn, s4__acknowledges)
{
	WRITE(100);
	EXPECT_SENT(1001, 100, A | P);
	INPUT(.seq = 5001, .ack = 1061, .flags = A);
	EXPECT_TELL(TOY_TELL_ACKED);
	EXPECT_EQ(60, self->res.acked);
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_SENT(1101, 0, A | P | F);
	INPUT(.seq = 5001, .ack = 1102, .flags = A);
	EXPECT_TELL(TOY_TELL_ACKED | TOY_TELL_FIN_ACKED);
	EXPECT_EQ(40, self->res.acked);
	EXPECT_NO_TIMER();
}

/* [S4] 4: which of two windows is newer. */
TEST_F(conn, s4__window)
{
	WRITE(100);
	EXPECT_SENT(1001, 100, A | P);
	INPUT(.seq = 5001, .ack = 1101, .flags = A, .wnd = 5000);
	EXPECT_EQ(5000, self->c.snd_wnd);
	/* Older, by its ACK. */
	INPUT(.seq = 5001, .ack = 1051, .flags = A, .wnd = 7000);
	EXPECT_EQ(5000, self->c.snd_wnd);
	/* The same numbers: the peer has read. */
	INPUT(.seq = 5001, .ack = 1101, .flags = A, .wnd = 9000);
	EXPECT_EQ(9000, self->c.snd_wnd);
	/* Newer by its number, though behind a hole. */
	INPUT(.seq = 5101, .ack = 1101, .flags = A, .wnd = 6000, .len = 1);
	EXPECT_EQ(6000, self->c.snd_wnd);
	INPUT(.seq = 5001, .ack = 1101, .flags = A, .wnd = 8000, .len = 1);
	EXPECT_EQ(6000, self->c.snd_wnd);
	EXPECT_EQ(WND, self->c.snd_maxwnd);
}

TEST_F(conn, s4__window_has_an_end)
{
	INPUT(.seq = 5001, .flags = A, .wnd = 0xffffffff);
	EXPECT_EQ(0x40000000, self->c.snd_wnd);
}

/* The caller has no memory: the ACK counts, what is with it does not. */
TEST_F(conn, s6__no_memory)
{
	struct toy_segment seg = { .seq = 5001, .ack = 1011, .wnd = WND,
				   .flags = A | F, .len = 100 };

	WRITE(10);
	EXPECT_SENT(1001, 10, A | P);
	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_MEMORY, self->now,
		       &self->res);
	EXPECT_TELL(TOY_TELL_ACKED);
	EXPECT_EQ(TOY_SEG_MEMORY, self->res.drop);
	EXPECT_ACK(1011, 5001);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
}

/* ... and the window is shut, whatever was promised, until there is memory. */
TEST_F(conn, w5__no_memory)
{
	struct toy_segment seg = { .seq = 5001, .ack = 1001, .wnd = WND,
				   .flags = A, .len = 100 };

	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_MEMORY, self->now,
		       &self->res);
	EXPECT_EQ(TOY_SEG_MEMORY, self->res.drop);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(0U, self->out.wnd);
	LATER(TOY_SEC);
	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_MEMORY, self->now,
		       &self->res);
	EXPECT_EQ(TOY_SEG_MEMORY, self->res.drop);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(0U, self->out.wnd);
	toy_conn_set_buf(&self->c, WND, WND);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(WND, self->out.wnd);
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
}

/* Over is over. */
/* What is behind a hole has no room; what begins at RCV.NXT has. */
TEST_F(conn, s6__no_room)
{
	struct toy_segment seg = { .seq = 5101, .ack = 1001, .wnd = WND,
				   .flags = A, .len = 100 };

	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_ROOM, self->now,
		       &self->res);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_MEMORY, self->res.drop);
	EXPECT_ACK(1001, 5001);
	seg.seq = 5001;
	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_ROOM, self->now,
		       &self->res);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	/* Part of it is old. */
	seg.seq = 5051;
	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_ROOM, self->now,
		       &self->res);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(50, self->res.ready);
}

/* ---- [B1]: what was kept is thrown away ---- */

TEST_F(conn, prune__is_taken_again)
{
	INPUT(.seq = 5101, .flags = A, .len = 100);
	INPUT(.seq = 5301, .flags = A, .len = 100);
	NEXT();
	toy_conn_prune(&self->c, 5151);
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(150, self->res.ready);
	EXPECT_ACK(1001, 5151);
	EXPECT_EQ(0, self->out.sacks);
	INPUT(.seq = 5101, .flags = A, .len = 100);
	EXPECT_EQ(50, self->res.ready);
}

/* FIN, too; it may even come at another place. */
TEST_F(conn, prune__fin)
{
	INPUT(.seq = 5101, .flags = A | F, .len = 100);
	toy_conn_prune(&self->c, 5101);
	INPUT(.seq = 5001, .flags = A, .len = 200);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(200, self->res.ready);
	INPUT(.seq = 5201, .flags = A | F);
	EXPECT_TELL(TOY_TELL_EOF);
	EXPECT_EQ(TOY_STATE_CLOSE_WAIT, self->c.state);
}

/* FIN that has been reached stays. */
TEST_F(conn, prune__behind_fin)
{
	INPUT(.seq = 5001, .flags = A | F, .len = 100);
	toy_conn_prune(&self->c, self->c.rcv_nxt);
	EXPECT_TRUE(self->c.flags & TOY_CONN_PEER_FIN);
}

TEST_F(conn, close__is_deaf)
{
	toy_conn_kill(&self->c, self->now, &self->res);
	EXPECT_EQ(ECONNABORTED, self->res.error);
	EXPECT_SENT(1001, 0, R | A);
	EXPECT_EQ(5001, self->out.ack);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .flags = A, .len = 10);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_CLOSED, self->res.drop);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

TEST_HARNESS_MAIN

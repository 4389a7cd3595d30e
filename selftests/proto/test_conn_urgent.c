// SPDX-License-Identifier: GPL-2.0-only
/*
 * The urgent byte: [U1] to [U3].
 */
#include "conn_test.h"

/* ---- arriving ---- */

TEST_F(conn, u2__told_before_it_comes)
{
	INPUT(.seq = 5001, .flags = A | U, .urg = 150, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_URGENT);
	EXPECT_EQ(5151, self->res.urgent);
	/* The same mark is no news; now its byte is there. */
	INPUT(.seq = 5101, .flags = A | U, .urg = 50, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_MARK);
	EXPECT_EQ(5151, self->res.urgent);
	/* Behind it there is room for another one; both are told at once. */
	INPUT(.seq = 5201, .flags = A | U, .urg = 0, .len = 1);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_URGENT |
		    TOY_TELL_MARK);
	EXPECT_EQ(5201, self->res.urgent);
	/* That was it. */
	INPUT(.seq = 5202, .flags = A | U, .urg = 0);
	EXPECT_TELL(TOY_TELL_URGENT);
	INPUT(.seq = 5202, .flags = A, .len = 1);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_MARK);
	INPUT(.seq = 5203, .flags = A, .len = 1);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
}

TEST_F(conn, u2__old_marks)
{
	INPUT(.seq = 5001, .flags = A, .len = 100);
	/* The byte has arrived: the mark comes too late. */
	INPUT(.seq = 5051, .flags = A | U, .urg = 49, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5151, .flags = A | U, .urg = 0);
	EXPECT_TELL(TOY_TELL_URGENT);
}

TEST_F(conn, u3__a_later_mark)
{
	INPUT(.seq = 5001, .flags = A | U, .urg = 500, .len = 100);
	INPUT(.seq = 5101, .flags = A | U, .urg = 600, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_URGENT);
	EXPECT_EQ(5701, self->res.urgent);
	/* The earlier one, late. */
	INPUT(.seq = 5001, .flags = A | U, .urg = 500, .len = 300);
	EXPECT_FALSE(self->res.tell & TOY_TELL_URGENT);
	/* Its byte is an ordinary one. */
	INPUT(.seq = 5201, .flags = A, .len = 400);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5601, .flags = A, .len = 101);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_MARK);
	EXPECT_EQ(5701, self->res.urgent);
}

/* News of it comes through a window that is closed. */
TEST_F(conn, u2__closed_window)
{
	INPUT(.seq = 5001, .flags = A, .len = WND);
	INPUT(.seq = 5001 + WND, .flags = A | U, .urg = 7);
	EXPECT_TELL(TOY_TELL_URGENT);
	EXPECT_EQ(5008 + WND, self->res.urgent);
}

/* The byte arrives first, its notice with it, but there is a hole. */
TEST_F(conn, u2__behind_a_hole)
{
	INPUT(.seq = 5101, .flags = A | U, .urg = 99, .len = 100);
	EXPECT_TELL(TOY_TELL_KEEP | TOY_TELL_URGENT);
	EXPECT_EQ(5200, self->res.urgent);
	/* The notice again, with what was lost. */
	INPUT(.seq = 5001, .flags = A | U, .urg = 199, .len = 100);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_MARK);
	EXPECT_EQ(5200, self->res.urgent);
	EXPECT_EQ(200, self->res.ready);
}

/* Payload that cannot be kept comes again; its notice is told of now. */
TEST_F(conn, u2__no_memory)
{
	struct toy_segment seg = { .seq = 5001, .ack = 1001, .wnd = WND,
				   .flags = A | U, .urg = 9, .len = 10 };

	toy_conn_input(&self->c, &seg, TOY_INPUT_NO_MEMORY, self->now,
		       &self->res);
	EXPECT_TELL(TOY_TELL_URGENT);
	toy_conn_input(&self->c, &seg, 0, self->now, &self->res);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_MARK);
	EXPECT_EQ(5010, self->res.urgent);
}

/* A mark at FIN is of no byte. */
TEST_F(conn, u2__fin)
{
	INPUT(.seq = 5001, .flags = A | U | F, .urg = 10, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_URGENT |
		    TOY_TELL_EOF);
	EXPECT_EQ(5012, self->c.rcv_nxt);
}

/* ---- sending ---- */

static void write_urgent(struct toy_conn *c, u32 n, u64 now)
{
	toy_conn_write(c, n, TOY_WRITE_URGENT, now);
}

/* Each segment up to it bears the news, also those that go again. */
TEST_F(conn, u1__until_acknowledged)
{
	write_urgent(&self->c, 1500, self->now);
	EXPECT_SENT(1001, 1000, A | U);
	EXPECT_EQ(1499, self->out.urg);
	EXPECT_SENT(2001, 500, A | U | P);
	EXPECT_EQ(499, self->out.urg);
	EXPECT_SILENCE();
	WRITE(10);
	EXPECT_SENT(2501, 10, A | P);
	LATER(1 * (u64)TOY_SEC);
	EXPECT_SENT(1001, 1000, A | U);
	ACK(.ack = 2501);
	SEND_ALL();
	WRITE(10);
	EXPECT_SENT(2511, 10, A | P);
}

/* It is told of where it cannot go itself. */
TEST_F(conn, u1__closed_window)
{
	ACK(.wnd = 0);
	write_urgent(&self->c, 1, self->now);
	EXPECT_SENT(1001, 0, A | U);
	EXPECT_EQ(0, self->out.urg);
	EXPECT_SILENCE();
}

/* Too far for the pointer: later segments will be closer. */
TEST_F(conn, u1__far_away)
{
	WRITE(100000);
	write_urgent(&self->c, 1, self->now);
	EXPECT_SENT(1001, 1000, A | U);
	EXPECT_EQ(65535, self->out.urg);
}

TEST_HARNESS_MAIN

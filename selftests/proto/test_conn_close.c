// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a connection ends: [S6], [S7], [E1] to [E4], 'Reset', [K1], [K2].
 */
#include "conn_test.h"

#define SHUTDOWN()	toy_conn_shutdown(&self->c, self->now, &self->res)
#define RELEASE(unread)							\
	toy_conn_release(&self->c, unread, self->now, &self->res)
#define EXPECT_STATE(state_)	EXPECT_EQ(TOY_STATE_##state_, self->c.state)

/* ---- in all orders ---- */

TEST_F(conn, close__we_first)
{
	SHUTDOWN();
	EXPECT_STATE(FIN_WAIT1);
	EXPECT_SENT(1001, 0, A | P | F);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .ack = 1002, .flags = A);
	EXPECT_TELL(TOY_TELL_FIN_ACKED);
	EXPECT_STATE(FIN_WAIT2);
	EXPECT_NO_TIMER();
	/* The other direction is open. */
	INPUT(.seq = 5001, .ack = 1002, .flags = A, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP);
	INPUT(.seq = 5011, .ack = 1002, .flags = A | F);
	EXPECT_TELL(TOY_TELL_EOF | TOY_TELL_TIME_WAIT);
	EXPECT_STATE(TIME_WAIT);
	EXPECT_ACK(1002, 5012);
	EXPECT_NO_TIMER();
}

TEST_F(conn, close__they_first)
{
	INPUT(.seq = 5001, .flags = A | F);
	EXPECT_TELL(TOY_TELL_EOF);
	EXPECT_STATE(CLOSE_WAIT);
	EXPECT_ACK(1001, 5002);
	WRITE(10);
	EXPECT_SENT(1001, 10, A | P);
	INPUT(.seq = 5002, .ack = 1011, .flags = A);
	SHUTDOWN();
	EXPECT_STATE(LAST_ACK);
	EXPECT_SENT(1011, 0, A | P | F);
	INPUT(.seq = 5002, .ack = 1012, .flags = A);
	EXPECT_TELL(TOY_TELL_FIN_ACKED | TOY_TELL_CLOSED);
	EXPECT_STATE(CLOSE);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

TEST_F(conn, close__both_at_once)
{
	SHUTDOWN();
	NEXT();
	INPUT(.seq = 5001, .flags = A | F);
	EXPECT_TELL(TOY_TELL_EOF);
	EXPECT_STATE(CLOSING);
	EXPECT_ACK(1002, 5002);
	INPUT(.seq = 5002, .ack = 1002, .flags = A);
	EXPECT_TELL(TOY_TELL_FIN_ACKED | TOY_TELL_TIME_WAIT);
	EXPECT_STATE(TIME_WAIT);
	EXPECT_SILENCE();
}

TEST_F(conn, close__fin_and_ack_in_one)
{
	SHUTDOWN();
	NEXT();
	INPUT(.seq = 5001, .ack = 1002, .flags = A | F, .len = 5);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_EOF |
		    TOY_TELL_FIN_ACKED | TOY_TELL_TIME_WAIT);
	EXPECT_EQ(5, self->res.ready);
	EXPECT_STATE(TIME_WAIT);
	EXPECT_ACK(1002, 5007);
}

/* FIN behind a hole, and the ACK of ours with it: the ACK counts at once. */
TEST_F(conn, close__fin_behind_a_hole)
{
	SHUTDOWN();
	NEXT();
	INPUT(.seq = 5011, .ack = 1002, .flags = A | F);
	EXPECT_STATE(FIN_WAIT2);
	EXPECT_ACK(1002, 5001);
	INPUT(.seq = 5001, .ack = 1002, .flags = A, .len = 10);
	EXPECT_TELL(TOY_TELL_DATA | TOY_TELL_KEEP | TOY_TELL_EOF |
		    TOY_TELL_TIME_WAIT);
}

TEST_F(conn, close__queued_data_first)
{
	WRITE(1500);
	SHUTDOWN();
	EXPECT_SENT(1001, 1000, A);
	EXPECT_SENT(2001, 500, A | P | F);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .ack = 2501, .flags = A);
	EXPECT_STATE(FIN_WAIT1);
	INPUT(.seq = 5001, .ack = 2502, .flags = A);
	EXPECT_STATE(FIN_WAIT2);
}

/* A FIN that was lost is sent again. */
TEST_F(conn, close__fin_again)
{
	SHUTDOWN();
	NEXT();
	EXPECT_TIMER(200 * TOY_MSEC);
	EXPECT_SENT(1001, 0, A | P | F);
	EXPECT_SILENCE();
}

/* Our ACK of the FIN was lost: theirs comes again. */
TEST_F(conn, close__their_fin_again)
{
	INPUT(.seq = 5001, .flags = A | F);
	NEXT();
	INPUT(.seq = 5001, .flags = A | F);
	EXPECT_TELL(0);
	EXPECT_STATE(CLOSE_WAIT);
	EXPECT_ACK(1001, 5002);
}

/* [S6], last sentence; and another FIN, behind the first one. */
TEST_F(conn, close__payload_behind_fin)
{
	INPUT(.seq = 5001, .flags = A | F);
	NEXT();
	INPUT(.seq = 5002, .flags = A, .len = 10);
	EXPECT_TELL(0);
	EXPECT_EQ(5002, self->c.rcv_nxt);
	INPUT(.seq = 5002, .flags = A | F);
	EXPECT_TELL(0);
	EXPECT_STATE(CLOSE_WAIT);
	EXPECT_ACK(1001, 5002);
}

/* Two FIN with different numbers: one of them lies. */
TEST_F(conn, close__two_fins)
{
	INPUT(.seq = 5101, .flags = A | F);
	INPUT(.seq = 5201, .flags = A | F, .len = 10);
	INPUT(.seq = 5001, .flags = A, .len = 100);
	EXPECT_TRUE(self->res.tell & TOY_TELL_EOF);
	EXPECT_EQ(5102, self->c.rcv_nxt);
}

/* ---- orphans and resets ---- */

/* [S6]: nobody will ever read it. */
TEST_F(conn, orphan__payload)
{
	RELEASE(false);
	EXPECT_SENT(1001, 0, A | P | F);
	INPUT(.seq = 5001, .ack = 1002, .flags = A);
	EXPECT_STATE(FIN_WAIT2);
	INPUT(.seq = 5001, .ack = 1002, .flags = A, .len = 1);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
	EXPECT_EQ(TOY_SEG_CLOSED, self->res.drop);
	EXPECT_SENT(1002, 0, R | A);
	EXPECT_SILENCE();
}

/* [E4]: 60 s in FIN_WAIT2. */
TEST_F(conn, orphan__fin_wait2)
{
	RELEASE(false);
	NEXT();
	INPUT(.seq = 5001, .ack = 1002, .flags = A);
	EXPECT_TIMER(60 * (u64)TOY_SEC);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
	EXPECT_SENT(1002, 0, R | A);
	EXPECT_NO_TIMER();
}

/* Shut down first, closed later: the time begins with the close. */
TEST_F(conn, orphan__fin_wait2_later)
{
	SHUTDOWN();
	NEXT();
	INPUT(.seq = 5001, .ack = 1002, .flags = A);
	EXPECT_NO_TIMER();
	self->now += 1000 * (u64)TOY_SEC;
	RELEASE(false);
	EXPECT_STATE(FIN_WAIT2);
	EXPECT_TIMER(60 * (u64)TOY_SEC);
}

/* [E2] */
TEST_F(conn, release__with_unread_data)
{
	WRITE(10);
	NEXT();
	RELEASE(true);
	EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
	EXPECT_SENT(1011, 0, R | A);
	EXPECT_EQ(5001, self->out.ack);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

TEST_F(conn, rst__errors)
{
	static const struct {
		bool ours, theirs;
		int error;
	} cases[] = {
		{ false, false, ECONNRESET }, { true, false, ECONNRESET },
		{ false, true, EPIPE }, { true, true, ECONNRESET },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ESTABLISH(false);
		if (cases[i].theirs)
			INPUT(.seq = 5001, .flags = A | F);
		if (cases[i].ours)
			SHUTDOWN();
		while (NEXT())
			;
		INPUT(.seq = 5001 + cases[i].theirs, .flags = R);
		EXPECT_TRUE(self->res.tell & TOY_TELL_CLOSED);
		EXPECT_EQ(cases[i].error, self->res.error);
		EXPECT_SILENCE();
		EXPECT_NO_TIMER();
	}
}

/* ---- keepalive ---- */

TEST_F(conn, k1__probe_and_answer)
{
	toy_conn_set_keepalive(&self->c, 100, 10, 3, self->now);
	EXPECT_TIMER(100 * (u64)TOY_SEC);
	EXPECT_ACK(1000, 5001);
	self->now += TOY_MSEC;
	INPUT(.seq = 5001, .flags = A);
	EXPECT_SILENCE();
	/* Heard of: the next probe is 100 s after that. */
	LATER(10 * (u64)TOY_SEC);
	EXPECT_SILENCE();
	self->now = toy_conn_deadline(&self->c);
	LATER(0);
	EXPECT_ACK(1000, 5001);
	EXPECT_GE(self->now, START + 200 * (u64)TOY_SEC);
	EXPECT_LE(self->now, START + 201 * (u64)TOY_SEC);
}

TEST_F(conn, k2__no_answer)
{
	int i;

	toy_conn_set_keepalive(&self->c, 100, 10, 3, self->now);
	EXPECT_TIMER(100 * (u64)TOY_SEC);
	EXPECT_ACK(1000, 5001);
	for (i = 0; i < 2; i++) {
		EXPECT_TIMER(10 * (u64)TOY_SEC);
		EXPECT_ACK(1000, 5001);
	}
	EXPECT_TIMER(10 * (u64)TOY_SEC);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
	EXPECT_SENT(1001, 0, R | A);
	EXPECT_NO_TIMER();
}

TEST_F(conn, k2__user_timeout)
{
	toy_conn_set_keepalive(&self->c, 100, 10, 3, self->now);
	toy_conn_set_timeout(&self->c, 105 * 1000);
	EXPECT_TIMER(100 * (u64)TOY_SEC);
	EXPECT_ACK(1000, 5001);
	EXPECT_TIMER(10 * (u64)TOY_SEC);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
}

/* With data on its way that has timers of its own. */
TEST_F(conn, k1__not_beside_retransmissions)
{
	toy_conn_set_keepalive(&self->c, 1, 1, 1, self->now);
	WRITE(10);
	NEXT();
	LATER(1001 * TOY_MSEC);
	EXPECT_SENT(1001, 10, A | P);
	EXPECT_SILENCE();
	LATER(1001 * TOY_MSEC);
	EXPECT_STATE(ESTABLISHED);
}

TEST_F(conn, k1__off)
{
	toy_conn_set_keepalive(&self->c, 100, 10, 3, self->now);
	toy_conn_set_keepalive(&self->c, 0, 0, 0, self->now);
	EXPECT_NO_TIMER();
}

TEST_HARNESS_MAIN

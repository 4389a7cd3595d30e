// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a connection begins: [O3], [Y1] to [Y5], and SYN_RECV in [S1] to [S4].
 */
#include "conn_test.h"

/* In SYN_SENT, the SYN sent. */
#define CALL() do {							\
	memset(self, 0, sizeof(*self));					\
	self->now = START;						\
	self->tx.max = MSS;						\
	conn_open(&self->c, self->now, false);				\
	EXPECT_SENT(1000, 0, S);					\
	EXPECT_SILENCE();						\
} while (0)

/* A simultaneous open: in SYN_RECV, the SYN ACK sent. */
#define CROSS() do {							\
	CALL();								\
	INPUT(.seq = 5000, .ack = 0, .flags = S, .has = TOY_HAS_MSS,	\
	      .mss = MSS);						\
	EXPECT_EQ(TOY_STATE_SYN_RECV, self->c.state);			\
	EXPECT_SENT(1000, 0, S | A);					\
	EXPECT_EQ(5001, self->out.ack);					\
	EXPECT_SILENCE();						\
} while (0)

TEST_F(conn, syn__says_what_we_take)
{
	CALL();
	EXPECT_EQ(WND, self->out.wnd);
	EXPECT_EQ(TOY_HAS_MSS | TOY_HAS_SACK_OK, self->out.has);
	EXPECT_EQ(MSS, self->out.mss);
	EXPECT_EQ(0, self->out.ack);
}

TEST_F(conn, syn__of_a_seqpacket)
{
	conn_open(&self->c, self->now, true);
	EXPECT_SENT(1000, 0, S);
	EXPECT_TRUE(self->out.has & TOY_HAS_MAXMSG);
	EXPECT_EQ(WND - 1000, self->out.maxmsg);
}

/* [Y3] */
TEST_F(conn, syn_ack__establishes)
{
	CALL();
	INPUT(SYN_ACK);
	EXPECT_TELL(TOY_TELL_CONNECTED);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
	EXPECT_ACK(1001, 5001);
	EXPECT_EQ(WND, self->out.wnd);
	EXPECT_NO_TIMER();
}

TEST_F(conn, syn_ack__measures_the_round_trip)
{
	CALL();
	self->now += 30 * TOY_MSEC;
	INPUT(SYN_ACK);
	EXPECT_EQ(30 * TOY_MSEC, self->c.rto.srtt8 >> 3);
}

/* What the peer does not say has a default. */
TEST_F(conn, syn_ack__without_options)
{
	conn_open(&self->c, self->now, true);
	NEXT();
	INPUT(.seq = 5000, .flags = S | A);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
	EXPECT_EQ(536, self->c.mss);
	EXPECT_EQ(4096, self->c.maxmsg);
	EXPECT_FALSE(self->c.flags & TOY_CONN_SACK);
}

TEST_F(conn, syn_ack__with_silly_options)
{
	conn_open(&self->c, self->now, true);
	NEXT();
	INPUT(.seq = 5000, .flags = S | A, .wnd = 0xffffffff,
	      .has = TOY_HAS_MSS | TOY_HAS_MAXMSG, .mss = 1, .maxmsg = 1);
	EXPECT_EQ(128, self->c.mss);
	EXPECT_EQ(4096, self->c.maxmsg);
	EXPECT_EQ(0x40000000, self->c.snd_wnd);
}

/* [Y1] */
TEST_F(conn, syn_sent__wrong_ack_is_reset)
{
	CALL();
	INPUT(.seq = 5000, .ack = 1000, .flags = S | A);
	EXPECT_TELL(TOY_TELL_RESET);
	EXPECT_EQ(TOY_SEG_ACK, self->res.drop);
	INPUT(.seq = 5000, .ack = 1002, .flags = A);
	EXPECT_TELL(TOY_TELL_RESET);
	INPUT(.seq = 5000, .ack = 1002, .flags = R | A);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_STATE_SYN_SENT, self->c.state);
	EXPECT_SILENCE();
}

/* [Y2] */
TEST_F(conn, syn_sent__rst)
{
	CALL();
	INPUT(.seq = 5000, .flags = R);
	EXPECT_TELL(0);
	EXPECT_EQ(TOY_SEG_SEQUENCE, self->res.drop);
	INPUT(.seq = 0, .flags = R | A);
	EXPECT_TELL(TOY_TELL_CLOSED | TOY_TELL_ERROR);
	EXPECT_EQ(ECONNREFUSED, self->res.error);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

/* [Y5] */
TEST_F(conn, syn_sent__neither_syn_nor_rst)
{
	CALL();
	INPUT(.seq = 5000, .flags = A, .len = 10);
	EXPECT_EQ(TOY_SEG_STATE, self->res.drop);
	INPUT(.seq = 5000, .flags = A | F);
	EXPECT_EQ(TOY_SEG_STATE, self->res.drop);
	EXPECT_EQ(TOY_STATE_SYN_SENT, self->c.state);
	EXPECT_SILENCE();
}

/* [R5]: 1, 2, 4, ... 64 s: after 127 s it is over. */
TEST_F(conn, syn__again_and_again)
{
	u64 wait = TOY_SEC;
	int i;

	CALL();
	for (i = 0; i < 6; i++, wait *= 2) {
		EXPECT_TIMER(wait);
		EXPECT_TELL(0);
		EXPECT_SENT(1000, 0, S);
		EXPECT_SILENCE();
	}
	EXPECT_TIMER(wait);
	EXPECT_TELL(TOY_TELL_CLOSED | TOY_TELL_ERROR);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
	EXPECT_EQ(START + 127 * (u64)TOY_SEC, self->now);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

/* [R2] [G1]: a slow start, and the round trip is not known (Karn). */
TEST_F(conn, syn__lost_once)
{
	CALL();
	EXPECT_TIMER(TOY_SEC);
	EXPECT_SENT(1000, 0, S);
	INPUT(SYN_ACK);
	EXPECT_EQ(MSS, self->c.cong.cwnd);
	EXPECT_EQ(3 * TOY_SEC, self->c.rto.rto);
	EXPECT_EQ(0, self->c.rto.srtt8);
}

TEST_F(conn, syn__user_timeout)
{
	CALL();
	toy_conn_set_timeout(&self->c, 2500);
	EXPECT_TIMER(TOY_SEC);
	EXPECT_SENT(1000, 0, S);
	/* Coarse time: as much as two ticks too early or late. */
	LATER(1600 * TOY_MSEC);
	EXPECT_EQ(ETIMEDOUT, self->res.error);
}

/* [Y4] [S3] */
TEST_F(conn, crossing__syn_ack_ends_it)
{
	CROSS();
	INPUT(.seq = 5000, .ack = 1001, .flags = S | A);
	EXPECT_TELL(TOY_TELL_CONNECTED);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, self->c.state);
	EXPECT_ACK(1001, 5001);
	EXPECT_NO_TIMER();
}

/* [S4]: so does an ACK, which may bear data. */
TEST_F(conn, crossing__data_ends_it)
{
	CROSS();
	INPUT(.seq = 5001, .flags = A, .len = 10);
	EXPECT_TELL(TOY_TELL_CONNECTED | TOY_TELL_DATA | TOY_TELL_KEEP);
	EXPECT_EQ(10, self->res.ready);
	EXPECT_ACK(1001, 5011);
}

/* Out of order behind it: known, but not readable yet. */
TEST_F(conn, crossing__data_behind_a_hole)
{
	CROSS();
	INPUT(.seq = 5101, .flags = A, .len = 10);
	EXPECT_TELL(TOY_TELL_CONNECTED | TOY_TELL_KEEP);
	EXPECT_EQ(5101, self->res.seq);
	EXPECT_ACK(1001, 5001);
}

/* [S3]: answered by the SYN ACK again, but not more often than in 500 ms. */
TEST_F(conn, crossing__syn_once_more)
{
	CROSS();
	INPUT(.seq = 5000, .ack = 0, .flags = S);
	EXPECT_SENT(1000, 0, S | A);
	INPUT(.seq = 5000, .ack = 0, .flags = S);
	EXPECT_SILENCE();
	self->now += 501 * TOY_MSEC;
	INPUT(.seq = 5000, .ack = 0, .flags = S);
	EXPECT_SENT(1000, 0, S | A);
	EXPECT_EQ(TOY_STATE_SYN_RECV, self->c.state);
}

/* [S4] */
TEST_F(conn, crossing__wrong_ack_is_reset)
{
	CROSS();
	INPUT(.seq = 5001, .ack = 1002, .flags = A);
	EXPECT_TELL(TOY_TELL_RESET);
	EXPECT_EQ(TOY_STATE_SYN_RECV, self->c.state);
	EXPECT_SILENCE();
}

/* [S2] */
TEST_F(conn, crossing__rst)
{
	CROSS();
	INPUT(.seq = 5002, .flags = R);
	EXPECT_TELL(0);
	EXPECT_ACK(1001, 5001);
	INPUT(.seq = 5001, .flags = R);
	EXPECT_EQ(ECONNREFUSED, self->res.error);
}

/* A socket that calls itself: every segment comes back. */
TEST_F(conn, crossing__with_oneself)
{
	CALL();
	toy_conn_input(&self->c, &self->out, 0, self->now, &self->res);
	EXPECT_SENT(1000, 0, S | A);
	toy_conn_input(&self->c, &self->out, 0, self->now, &self->res);
	EXPECT_TELL(TOY_TELL_CONNECTED);
	EXPECT_ACK(1001, 1001);
	WRITE(7);
	EXPECT_SENT(1001, 7, A | P);
	toy_conn_input(&self->c, &self->out, 0, self->now, &self->res);
	EXPECT_EQ(7, self->res.ready);
	EXPECT_ACK(1008, 1008);
}

/* [E1]: the wish to close is kept until the connection is there. */
TEST_F(conn, crossing__shutdown_waits)
{
	CROSS();
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_EQ(TOY_STATE_SYN_RECV, self->c.state);
	EXPECT_SILENCE();
	INPUT(.seq = 5001, .flags = A);
	EXPECT_EQ(TOY_STATE_FIN_WAIT1, self->c.state);
	EXPECT_SENT(1001, 0, A | P | F);
}

TEST_F(conn, syn_sent__shutdown_ends_it)
{
	CALL();
	toy_conn_shutdown(&self->c, self->now, &self->res);
	EXPECT_TELL(TOY_TELL_CLOSED | TOY_TELL_ERROR);
	EXPECT_SILENCE();
	EXPECT_NO_TIMER();
}

/* What is written before the peer answers goes with the first segment. */
TEST_F(conn, syn_sent__writes_wait)
{
	CALL();
	WRITE(100);
	EXPECT_SILENCE();
	INPUT(SYN_ACK);
	EXPECT_SENT(1001, 100, A | P);
	EXPECT_SILENCE();
}

TEST_HARNESS_MAIN

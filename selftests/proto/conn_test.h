/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection in a test's hands: what comes in is written out by hand, what
 * goes out is looked at segment by segment.
 *
 *	FIXTURE conn: ISS 1000, IRS 5000, segments of 1000 bytes, both windows
 *	20,000, SACK, no delay of ACKs left to be used up, no Nagle.
 */
#ifndef CONN_TEST_H
#define CONN_TEST_H

#include "proto_test.h"

#include "../../module/proto/conn.h"

#define F	TOY_FLAG_FIN
#define S	TOY_FLAG_SYN
#define R	TOY_FLAG_RST
#define P	TOY_FLAG_PSH
#define A	TOY_FLAG_ACK
#define U	TOY_FLAG_URG
#define M	TOY_FLAG_EOM

#define MSS	1000U
#define WND	20000U
#define START	(10 * (u64)TOY_SEC)

FIXTURE(conn) {
	struct toy_conn c;
	struct toy_result res;
	struct toy_segment out;
	struct toy_tx tx;
	u64 now;
};

/* What a test says of a segment comes behind what is usual. */
#pragma GCC diagnostic ignored "-Woverride-init"

/*
 * A segment comes: INPUT(.seq = 5001, .flags = A, ...). Window and ACK are
 * usual.
 */
#define INPUT(...)							\
	toy_conn_input(&self->c,					\
		       &(struct toy_segment){ .wnd = WND, .ack = 1001,	\
					      __VA_ARGS__ },		\
		       0, self->now, &self->res)

#define NEXT()	toy_conn_next(&self->c, self->now, &self->tx, &self->out)

/* The next segment is this one, and has no more flags than these. */
#define EXPECT_SENT(seq_, len_, flags_) do {				\
	EXPECT_TRUE(NEXT());						\
	EXPECT_EQ((u32)(seq_), self->out.seq);				\
	EXPECT_EQ((u32)(len_), self->out.len);				\
	EXPECT_EQ((flags_), self->out.flags);				\
} while (0)

#define EXPECT_SILENCE()	EXPECT_FALSE(NEXT())
#define EXPECT_TELL(what)	EXPECT_EQ((what), self->res.tell)

/* An ACK and nothing else. */
#define EXPECT_ACK(seq_, ack_) do {					\
	EXPECT_SENT(seq_, 0, A);					\
	EXPECT_EQ((u32)(ack_), self->out.ack);				\
	EXPECT_SILENCE();						\
} while (0)

#define WRITE(n)	toy_conn_write(&self->c, n, 0, self->now)

/* Time goes by until the next timer has run out, which is in so many us. */
#define EXPECT_TIMER(us) do {						\
	EXPECT_EQ(self->now + (us), toy_conn_deadline(&self->c));	\
	if (toy_conn_deadline(&self->c) != U64_MAX)			\
		self->now = toy_conn_deadline(&self->c);		\
	toy_conn_timer(&self->c, self->now, &self->res);		\
} while (0)

/* The next timer runs out, whenever that is. */
#define EXPIRE() do {							\
	self->now = toy_conn_deadline(&self->c);			\
	toy_conn_timer(&self->c, self->now, &self->res);		\
} while (0)

#define EXPECT_NO_TIMER()						\
	EXPECT_EQ(U64_MAX, toy_conn_deadline(&self->c))

/* So much time goes by. */
#define LATER(us) do {							\
	self->now += (us);						\
	toy_conn_timer(&self->c, self->now, &self->res);		\
} while (0)

/* What the round trip of the fixture's handshake leads to. */
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

static inline void conn_open(struct toy_conn *c, u64 now, bool messages)
{
	struct toy_setup setup = { .iss = 1000, .buf = WND, .mss = MSS,
				   .messages = messages };

	if (messages)
		setup.maxmsg = WND - 1000;
	toy_conn_open(c, &setup, now);
}

/* The SYN ACK that the fixture's connection is answered with. */
#define SYN_ACK								\
	.seq = 5000, .ack = 1001, .flags = S | A,			\
	.has = TOY_HAS_MSS | TOY_HAS_SACK_OK | TOY_HAS_MAXMSG,		\
	.mss = MSS, .maxmsg = WND - 1000

/* ESTABLISHED, with everything sent that there was. */
#define ESTABLISH(messages) do {					\
	self->now = START;						\
	self->tx.max = MSS;						\
	conn_open(&self->c, self->now, messages);			\
	NEXT();								\
	self->now += 50 * TOY_MSEC;					\
	INPUT(SYN_ACK);							\
	NEXT();								\
	self->c.quick_acks = 0;						\
	toy_conn_set_nodelay(&self->c, true);				\
} while (0)

FIXTURE_SETUP(conn)
{
	memset(self, 0, sizeof(*self));
	ESTABLISH(false);
}

FIXTURE_TEARDOWN(conn)
{
}

#endif /* CONN_TEST_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of a connection share: conn*.c, call.c, wait.c.
 */
#ifndef _TOY_PROTO_CONN_IMPL_H
#define _TOY_PROTO_CONN_IMPL_H

#include "conn.h"

/* Retransmissions and probes before GIVE_UP [R5] [P3]. */
#define TOY_RETRIES_SYN		6
#define TOY_RETRIES_SYN_ACK	5
#define TOY_RETRIES_DATA	15
#define TOY_RETRIES_ORPHAN	8

#define TOY_DELAYED_ACK		(40 * TOY_MSEC)		/* [A3] */
#define TOY_QUICK_ACKS		16			/* [A2] */
#define TOY_MORE_TIME		(200 * TOY_MSEC)	/* [W4] */
#define TOY_ORPHAN_TIME		(60 * TOY_SEC)		/* [E4] */
#define TOY_TIME_WAIT_TIME	(60 * TOY_SEC)		/* 2 MSL */
#define TOY_LIMIT_TIME		(500 * TOY_MSEC)	/* 'Challenge ACK' */

/* Sets of states. */
#define TOY_STATES_DATA_IN	(BIT(TOY_STATE_ESTABLISHED) |		\
				 BIT(TOY_STATE_FIN_WAIT1) |		\
				 BIT(TOY_STATE_FIN_WAIT2))
#define TOY_STATES_DATA_OUT	(BIT(TOY_STATE_ESTABLISHED) |		\
				 BIT(TOY_STATE_CLOSE_WAIT) |		\
				 BIT(TOY_STATE_FIN_WAIT1) |		\
				 BIT(TOY_STATE_CLOSING) |		\
				 BIT(TOY_STATE_LAST_ACK))
#define TOY_STATES_OPENING	(BIT(TOY_STATE_SYN_SENT) |		\
				 BIT(TOY_STATE_SYN_RECV))
#define TOY_STATES_KEPT_ALIVE	(BIT(TOY_STATE_ESTABLISHED) |		\
				 BIT(TOY_STATE_FIN_WAIT2) |		\
				 BIT(TOY_STATE_CLOSE_WAIT))

#define TOY_STATES_OVER		(BIT(TOY_STATE_CLOSE) |			\
				 BIT(TOY_STATE_TIME_WAIT))

static inline bool toy_state_in(const struct toy_conn *conn, u32 states)
{
	return states >> conn->state & 1;
}

/* Numbers that a segment takes, SYN and FIN included: SEG.LEN. */
static inline u32 toy_seg_numbers(const struct toy_segment *seg)
{
	u32 n = seg->len;

	n += !!(seg->flags & TOY_FLAG_SYN);
	n += !!(seg->flags & TOY_FLAG_EOM);
	n += !!(seg->flags & TOY_FLAG_FIN);
	return n;
}

/*
 * [S1]: whether a segment without SYN is acceptable. A closed window lets one
 * at its beginning be looked at; ACKs come from as far as the peer may have
 * sent.
 */
static inline bool toy_seg_acceptable(const struct toy_segment *seg, u32 nxt,
				      u32 wnd)
{
	u32 off = seg->seq - nxt, len = toy_seg_numbers(seg);

	if (!off)
		return true;
	if (!len)
		return off <= wnd + 1;
	return off < wnd || off + len - 1 < wnd;
}

/*
 * Whether an answer may go that is limited to one in 500 ms; @last: ticks of
 * the one before, 0 for none.
 */
static inline bool toy_limit(u32 *last, u64 now)
{
	u32 ticks = toy_ticks(now) | 1;

	if (*last && ticks - *last < TOY_LIMIT_TIME >> TOY_TICK_SHIFT)
		return false;
	*last = ticks;
	return true;
}

/* Us since some ticks, within TOY_TICK_SLACK. */
#define TOY_TICK_SLACK		(2U << TOY_TICK_SHIFT)
static inline u64 toy_since(u32 ticks, u64 now)
{
	return (u64)(toy_ticks(now) - ticks) << TOY_TICK_SHIFT;
}

/* [R1]: the measured segment may be among what an ACK tells of up to @ack. */
static inline void toy_conn_sample(struct toy_conn *conn, u32 ack, u64 now)
{
	if (!(conn->flags & TOY_CONN_TIMING) || toy_before(ack, conn->rtt_seq))
		return;
	conn->flags &= ~TOY_CONN_TIMING;
	toy_rto_sample(&conn->rto, (u32)now - conn->rtt_at);
}

/*
 * [W2]: by how much the window has to grow to be announced. What is held back
 * must not be what the longest message lacks [M4]: nothing can be read then,
 * and so nothing more would ever be announced.
 */
static inline u32 toy_conn_step(const struct toy_conn *conn)
{
	u32 step = min_t(u32, conn->rcv_buf / 2, conn->own_mss);

	if (conn->flags & TOY_CONN_MESSAGES)
		step = min(step, conn->rcv_buf - conn->own_maxmsg);
	return step;
}

/*
 * [G2] outside of recovery: @acked bytes of @flight were acknowledged. What
 * waited to become a larger frame would have used cwnd up.
 */
static inline void toy_conn_grow(struct toy_conn *conn, u32 acked, u32 flight)
{
	if (conn->flags & TOY_CONN_FULL)
		flight = conn->cong.cwnd;
	conn->flags &= ~TOY_CONN_FULL;
	toy_cong_grow(&conn->cong, acked, conn->mss, flight);
}

/* Bytes and FIN that are still to be sent for the first time. */
static inline u32 toy_conn_queued(const struct toy_conn *conn)
{
	u32 end = conn->snd_end + !!(conn->flags & TOY_CONN_FIN);

	return end - conn->snd_nxt;
}

/* conn.c */
void toy_conn_on(struct toy_conn *conn, enum toy_on event, u64 now,
		 struct toy_result *res);
void toy_conn_learn_syn(struct toy_conn *conn, const struct toy_segment *seg);
void toy_conn_synchronised(struct toy_conn *conn, u32 ack, u64 now);
void toy_conn_predict(struct toy_conn *conn);

/* conn_ack.c */
void toy_conn_window(struct toy_conn *conn, const struct toy_segment *seg);
void toy_conn_acked(struct toy_conn *conn, u32 ack, u64 now,
		    struct toy_result *res);
bool toy_conn_ack(struct toy_conn *conn, const struct toy_segment *seg,
		  u64 now, struct toy_result *res);

/* conn_data.c */
bool toy_conn_data(struct toy_conn *conn, const struct toy_segment *seg,
		   u64 now, struct toy_result *res);
void toy_conn_urgent(struct toy_conn *conn, const struct toy_segment *seg,
		     struct toy_result *res);
void toy_conn_arrived(struct toy_conn *conn, const struct toy_segment *seg,
		      u64 now);

/* conn_plan.c */

/**
 * enum toy_plan_kind - what is to be sent next, as far as loss decides it
 * @TOY_PLAN_NOTHING:	the network is full
 * @TOY_PLAN_FRESH:	new data
 * @TOY_PLAN_AGAIN:	something once more
 * @TOY_PLAN_RESCUE:	the last hole of a recovery
 */
enum toy_plan_kind {
	TOY_PLAN_NOTHING,
	TOY_PLAN_FRESH,
	TOY_PLAN_AGAIN,
	TOY_PLAN_RESCUE,
};

/**
 * struct toy_plan - what is to be sent next
 * @kind:	enum toy_plan_kind
 * @room:	bytes that congestion control lets go
 * @hole:	what of it is to be sent again
 */
struct toy_plan {
	enum toy_plan_kind	kind;
	u32			room;
	struct toy_range	hole;
};

/* Whether loss decides what comes next, so that toy_conn_plan() has to. */
static inline bool toy_conn_repairs(const struct toy_conn *conn)
{
	return conn->cong.phase != TOY_PHASE_OPEN || conn->due & TOY_DUE_AGAIN;
}

u32 toy_conn_room(const struct toy_conn *conn);
void toy_conn_plan(const struct toy_conn *conn, struct toy_plan *plan);

/* conn_timer.c */
void toy_conn_start_timer(struct toy_conn *conn, u64 now);

#endif /* _TOY_PROTO_CONN_IMPL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection: how it begins, what the user does with it, how its state
 * changes.
 */
#include "call.h"
#include "conn_impl.h"

/* ---- events ---- */

/*
 * Whether all is as almost every segment finds it, so that the fast path of
 * toy_conn_input() may be taken.
 */
void toy_conn_predict(struct toy_conn *conn)
{
	u32 odd = TOY_CONN_ORPHAN | TOY_CONN_PEER_FIN | TOY_CONN_URG_IN |
		  TOY_CONN_URG_OUT;

	conn->quick = conn->state == TOY_STATE_ESTABLISHED &&
		      conn->cong.phase == TOY_PHASE_OPEN &&
		      !conn->cong.dupacks && !conn->sack.have.count &&
		      !conn->reass.have.count && !(conn->flags & odd);
}

/* What an event has us send: the table's first actions. */
static void toy_conn_do_send(struct toy_conn *conn, u32 actions, bool repeated,
			     u64 now)
{
	if (actions & TOY_DO_SEND_SYN)
		conn->due |= TOY_DUE_SYN;
	if (actions & TOY_DO_SEND_SYN_ACK &&
	    (!repeated || toy_limit(&conn->limited, now)))
		conn->due |= TOY_DUE_SYN;
	if (actions & TOY_DO_SEND_ACK)
		conn->due |= TOY_DUE_ACK;
	if (actions & TOY_DO_CHALLENGE_ACK && toy_limit(&conn->limited, now))
		conn->due |= TOY_DUE_ACK;
	if (actions & TOY_DO_SEND_FIN)
		conn->flags |= TOY_CONN_FIN;
	if (actions & TOY_DO_SEND_RST)
		conn->due |= TOY_DUE_RST;
}

/* It is over: nothing runs any more, nothing but a RST may still go. */
static void toy_conn_over(struct toy_conn *conn, struct toy_result *res)
{
	memset(conn->timer, 0, sizeof(conn->timer));
	conn->due &= TOY_DUE_RST;
	res->tell |= TOY_TELL_CLOSED;
}

/*
 * An event: next state and actions as the table has them. One that cannot come
 * about is left alone.
 */
void toy_conn_on(struct toy_conn *conn, enum toy_on event, u64 now,
		 struct toy_result *res)
{
	const struct toy_transition *t = toy_machine_step(conn->state, event);
	bool repeated = t->next == conn->state;

	if (t->never)
		return;
	conn->state = t->next;
	toy_conn_do_send(conn, t->actions, repeated, now);
	if (t->actions & TOY_DO_DEFER_CLOSE)
		conn->flags |= TOY_CONN_CLOSE;
	if (t->actions & TOY_DO_NOTIFY_EOF)
		res->tell |= TOY_TELL_EOF;
	if (t->actions & TOY_DO_START_TIME_WAIT) {
		memset(conn->timer, 0, sizeof(conn->timer));
		res->tell |= TOY_TELL_TIME_WAIT;
	}
	if (t->actions & TOY_DO_START_ORPHAN_TIMER &&
	    conn->flags & TOY_CONN_ORPHAN)
		conn->timer[TOY_TIMER_SEND] = now + TOY_ORPHAN_TIME;
	if (t->actions & TOY_DO_ERROR) {
		res->tell |= TOY_TELL_ERROR;
		res->error = t->error;
	}
	if (conn->state == TOY_STATE_CLOSE)
		toy_conn_over(conn, res);
	if (t->actions & TOY_DO_NOTIFY_CONNECTED) {
		res->tell |= TOY_TELL_CONNECTED;
		if (conn->flags & TOY_CONN_CLOSE)
			toy_conn_on(conn, TOY_ON_CLOSE, now, res);
	}
}

/* ---- beginning ---- */

static void toy_conn_init(struct toy_conn *conn, const struct toy_setup *setup,
			  u64 now)
{
	memset(conn, 0, sizeof(*conn));
	conn->state = TOY_STATE_CLOSE;
	conn->quick_acks = TOY_QUICK_ACKS;
	if (setup->messages)
		conn->flags |= TOY_CONN_MESSAGES;
	if (!setup->no_sack)
		conn->flags |= TOY_CONN_SACK;
	conn->snd_una = setup->iss;
	conn->snd_nxt = setup->iss;
	conn->snd_end = setup->iss + 1;
	/* Relative to RCV.NXT until that is known. */
	conn->rcv_edge = min(setup->buf, TOY_WINDOW_MAX);
	conn->rcv_space = setup->buf;
	conn->rcv_buf = setup->buf;
	conn->own_mss = setup->mss;
	conn->own_maxmsg = setup->maxmsg;
	conn->peer_mss = TOY_MSS_DEFAULT;
	conn->maxmsg = TOY_MAXMSG_MIN;
	conn->heard = toy_ticks(now);
	conn->progress = conn->heard;
	toy_rto_init(&conn->rto);
}

/**
 * toy_conn_open() - begin a connection: event ACTIVE_OPEN
 * @conn:	set
 * @setup:	what this end brings along
 * @now:	us
 *
 * The SYN is the first that toy_conn_next() gives.
 */
void toy_conn_open(struct toy_conn *conn, const struct toy_setup *setup,
		   u64 now)
{
	struct toy_result res = { 0 };

	toy_conn_init(conn, setup, now);
	toy_conn_on(conn, TOY_ON_ACTIVE_OPEN, now, &res);
}

/**
 * toy_conn_accept() - make a connection of a half-open call
 * @conn:	set, in SYN_RECV
 * @call:	call, of which toy_call_input() said TOY_VERDICT_ACCEPT
 * @setup:	as it was for toy_call_init(), but for the ISS
 * @now:	us
 *
 * Give it the segment that acknowledged the call next, by toy_conn_input().
 */
void toy_conn_accept(struct toy_conn *conn, const struct toy_call *call,
		     const struct toy_setup *setup, u64 now)
{
	toy_conn_init(conn, setup, now);
	conn->state = TOY_STATE_SYN_RECV;
	conn->snd_una = call->iss;
	conn->snd_nxt = call->iss + 1;
	conn->snd_end = call->iss + 1;
	conn->snd_wnd = call->snd_wnd;
	conn->snd_maxwnd = call->snd_wnd;
	conn->snd_wl1 = call->irs;
	conn->rcv_nxt = call->irs + 1;
	conn->rcv_told = conn->rcv_nxt;
	conn->rcv_msg = conn->rcv_nxt;
	conn->rcv_edge = conn->rcv_nxt + call->rcv_wnd;
	conn->peer_mss = call->peer_mss;
	conn->maxmsg = call->maxmsg;
	if (!call->sack)
		conn->flags &= ~TOY_CONN_SACK;
	conn->retries = call->retries;
	if (!call->retries) {
		conn->flags |= TOY_CONN_TIMING;
		conn->rtt_seq = conn->snd_nxt;
		conn->rtt_at = call->sent_at;
	}
}

/* [Y3] [Y4]: the first SYN of the peer. */
void toy_conn_learn_syn(struct toy_conn *conn, const struct toy_segment *seg)
{
	conn->rcv_nxt = seg->seq + 1;
	conn->rcv_told = conn->rcv_nxt;
	conn->rcv_msg = conn->rcv_nxt;
	conn->rcv_edge += conn->rcv_nxt;
	if (seg->has & TOY_HAS_MSS)
		conn->peer_mss = max_t(u16, seg->mss, TOY_MSS_MIN);
	if (seg->has & TOY_HAS_MAXMSG)
		conn->maxmsg = max_t(u32, seg->maxmsg, TOY_MAXMSG_MIN);
	if (!(seg->has & TOY_HAS_SACK_OK))
		conn->flags &= ~TOY_CONN_SACK;
	toy_conn_window(conn, seg);
}

/* Our SYN is acknowledged: what was learnt of the path by it is put to use. */
void toy_conn_synchronised(struct toy_conn *conn, u32 ack, u64 now)
{
	conn->snd_una = ack;
	conn->timer[TOY_TIMER_SEND] = 0;
	conn->due &= ~TOY_DUE_SYN;
	conn->progress = toy_ticks(now);
	toy_conn_sample(conn, ack, now);
	conn->mss = min(conn->peer_mss, conn->own_mss);
	conn->recover = conn->snd_una;
	conn->again = conn->snd_una;
	conn->snd_small = conn->snd_una;
	toy_cong_init(&conn->cong, conn->mss);
	/* [G1] [R2], and what the handshake took is not known. */
	if (conn->retries) {
		toy_cong_syn_lost(&conn->cong, conn->mss);
		conn->rto.rto = TOY_RTO_SYN_LOST;
	}
	conn->retries = 0;
}

/* ---- user calls ---- */

/**
 * toy_conn_write() - something has been put into the send queue
 * @conn:	connection that was not shut down
 * @n:		payload bytes: of a SEQPACKET one whole message
 * @flags:	TOY_WRITE_*
 * @now:	us
 */
void toy_conn_write(struct toy_conn *conn, u32 n, u32 flags, u64 now)
{
	conn->snd_end += n;
	if (conn->flags & TOY_CONN_MESSAGES) {
		conn->snd_end++;
		return;
	}
	if (flags & TOY_WRITE_URGENT && n) {
		/* [U1] */
		conn->snd_up = conn->snd_end - 1;
		conn->flags |= TOY_CONN_URG_OUT;
		conn->due |= TOY_DUE_URG;
		conn->quick = false;
	}
	if (flags & TOY_WRITE_MORE) {
		if (!(conn->flags & TOY_CONN_MORE))
			conn->timer[TOY_TIMER_MORE] = now + TOY_MORE_TIME;
		conn->flags |= TOY_CONN_MORE;
	} else if (unlikely(conn->flags & TOY_CONN_MORE)) {
		toy_conn_push(conn);
	}
}

/**
 * toy_conn_push() - what MSG_MORE keeps back may go
 * @conn:	connection
 */
void toy_conn_push(struct toy_conn *conn)
{
	conn->flags &= ~TOY_CONN_MORE;
	conn->timer[TOY_TIMER_MORE] = 0;
}

/**
 * toy_conn_read() - room has been made in the receive queue [A4] [W2]
 * @conn:	connection
 * @n:		numbers that can be taken in addition
 */
void toy_conn_read(struct toy_conn *conn, u32 n)
{
	u32 left, edge;

	conn->rcv_space += n;
	left = conn->rcv_edge - conn->rcv_nxt;
	if (likely(left >= conn->rcv_buf / 2 && left >= conn->own_mss))
		return;
	if (!toy_state_in(conn, TOY_STATES_DATA_IN))
		return;
	edge = toy_window_edge(conn->rcv_nxt, conn->rcv_edge, conn->rcv_space,
			       toy_conn_step(conn));
	if (edge != conn->rcv_edge)
		conn->due |= TOY_DUE_ACK;
}

/**
 * toy_conn_shutdown() - no more will be written: event CLOSE [E1]
 * @conn:	connection
 * @now:	us
 * @res:	set
 */
void toy_conn_shutdown(struct toy_conn *conn, u64 now, struct toy_result *res)
{
	memset(res, 0, sizeof(*res));
	toy_conn_push(conn);
	toy_conn_on(conn, TOY_ON_CLOSE, now, res);
	toy_conn_predict(conn);
}

/**
 * toy_conn_release() - nobody has the socket any more [E2] [E4]
 * @conn:	connection
 * @unread:	something arrived that nobody has read, or SO_LINGER with time 0
 * @now:	us
 * @res:	set
 *
 * The connection goes on by itself until TOY_TELL_CLOSED or TOY_TELL_TIME_WAIT.
 */
void toy_conn_release(struct toy_conn *conn, bool unread, u64 now,
		      struct toy_result *res)
{
	conn->flags |= TOY_CONN_ORPHAN;
	conn->timer[TOY_TIMER_KEEP] = 0;
	if (unread)
		toy_conn_kill(conn, now, res);
	else
		toy_conn_shutdown(conn, now, res);
}

/**
 * toy_conn_kill() - away with it: event ABORT
 * @conn:	connection
 * @now:	us
 * @res:	set
 */
void toy_conn_kill(struct toy_conn *conn, u64 now, struct toy_result *res)
{
	memset(res, 0, sizeof(*res));
	toy_conn_on(conn, TOY_ON_ABORT, now, res);
	toy_conn_predict(conn);
}

/**
 * toy_conn_forget() - away with it, and not a word to the peer
 * @conn:	connection
 * @now:	us
 * @res:	set
 *
 * For one that has nothing to lose, in FIN_WAIT2. What the peer may send yet is
 * answered as if there never had been a connection.
 */
void toy_conn_forget(struct toy_conn *conn, u64 now, struct toy_result *res)
{
	toy_conn_kill(conn, now, res);
	conn->due &= ~TOY_DUE_RST;
}

/* ---- options ---- */

/**
 * toy_conn_set_nodelay() - TOY_NODELAY
 * @conn:	connection
 * @on:		send small segments at once
 */
void toy_conn_set_nodelay(struct toy_conn *conn, bool on)
{
	conn->flags &= ~TOY_CONN_NODELAY;
	if (on)
		conn->flags |= TOY_CONN_NODELAY;
}

/**
 * toy_conn_set_buf() - the receive buffer has another size [W1]
 * @conn:	connection
 * @buf:	numbers that an empty one takes; of a SEQPACKET still more than
 *		the longest message that was announced
 * @space:	numbers that it takes now, from RCV.NXT on
 *
 * What was announced has to be taken all the same. After TOY_INPUT_NO_MEMORY it
 * says that there is memory again, and opens the window [W5].
 */
void toy_conn_set_buf(struct toy_conn *conn, u32 buf, u32 space)
{
	conn->rcv_buf = buf;
	conn->rcv_space = space;
	if (conn->flags & TOY_CONN_SHUT) {
		conn->flags &= ~TOY_CONN_SHUT;
		if (toy_state_in(conn, TOY_STATES_DATA_IN))
			conn->due |= TOY_DUE_ACK;
	}
	toy_conn_read(conn, 0);
}

/**
 * toy_conn_set_mss() - the link's MTU has changed [V2]
 * @conn:	connection
 * @mss:	most bytes behind the 36th of a frame: MTU - 36
 *
 * In any state, from the first frame of the new size on. What is on its way and
 * was too long counts as lost, and is sent again cut to the new size. The peer
 * goes on sending as long segments as it was told of at the handshake; what
 * this end sends never grows beyond what the peer was told to take then.
 */
void toy_conn_set_mss(struct toy_conn *conn, u32 mss)
{
	conn->own_mss = min_t(u32, max_t(u32, mss, TOY_MSS_MIN), U16_MAX);
	if (!conn->mss)
		return;
	conn->mss = min(conn->peer_mss, conn->own_mss);
	/* Less than a segment would let none go. */
	conn->cong.cwnd = max(conn->cong.cwnd, conn->mss);
}

/**
 * toy_conn_set_timeout() - TOY_USER_TIMEOUT
 * @conn:		connection
 * @user_timeout:	ms; 0 for none
 */
void toy_conn_set_timeout(struct toy_conn *conn, u32 user_timeout)
{
	conn->user_timeout = user_timeout;
}

/**
 * toy_conn_set_keepalive() - SO_KEEPALIVE and what belongs to it [K1] [K2]
 * @conn:	connection
 * @idle:	s until the first probe; 0: none
 * @intvl:	s between probes
 * @cnt:	how many
 * @now:	us
 */
void toy_conn_set_keepalive(struct toy_conn *conn, u32 idle, u32 intvl,
			    u32 cnt, u64 now)
{
	conn->keep_idle = idle;
	conn->keep_intvl = intvl;
	conn->keep_cnt = cnt;
	conn->timer[TOY_TIMER_KEEP] = 0;
	if (idle && !toy_state_in(conn, TOY_STATES_OVER))
		conn->timer[TOY_TIMER_KEEP] = now + (u64)idle * TOY_SEC;
}

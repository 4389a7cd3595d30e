// SPDX-License-Identifier: GPL-2.0-only
/*
 * The next segment of a connection: its size, its header, what is noted of it.
 */
#include "conn_impl.h"

/* ---- headers ---- */

/* Payload of a full segment, less the SACK option that it will have. */
static u32 toy_next_cap(const struct toy_conn *conn)
{
	u32 blocks = conn->reass.have.count;

	if (likely(!blocks && conn->reass.dup.start == conn->reass.dup.end))
		return conn->mss;
	if (!(conn->flags & TOY_CONN_SACK))
		return conn->mss;
	blocks += conn->reass.dup.start != conn->reass.dup.end;
	return conn->mss - (blocks > 1 ? 20 : 12);
}

/* [U1] */
static void toy_next_urgent(const struct toy_conn *conn,
			    struct toy_segment *seg)
{
	if (toy_after(seg->seq, conn->snd_up))
		return;
	seg->flags |= TOY_FLAG_URG;
	seg->urg = min(conn->snd_up - seg->seq, 65535U);
}

/* All but payload and the flags that go with it: an ACK. */
static void toy_next_ack(struct toy_conn *conn, u32 seq,
			 struct toy_segment *seg)
{
	if (toy_state_in(conn, TOY_STATES_DATA_IN))
		conn->rcv_edge = toy_window_edge(conn->rcv_nxt, conn->rcv_edge,
						 conn->rcv_space,
						 toy_conn_step(conn));
	seg->seq = seq;
	seg->ack = conn->rcv_nxt;
	seg->wnd = conn->rcv_edge - conn->rcv_nxt;
	/* [W5] */
	if (unlikely(conn->flags & TOY_CONN_SHUT))
		seg->wnd = 0;
	seg->len = 0;
	seg->flags = TOY_FLAG_ACK;
	seg->has = 0;
	seg->sacks = 0;
	seg->urg = 0;
	if (unlikely(conn->flags & TOY_CONN_SACK &&
		     (conn->reass.have.count ||
		      conn->reass.dup.start != conn->reass.dup.end)))
		seg->sacks = toy_reass_blocks(&conn->reass, seg->sack);
	if (unlikely(conn->flags & TOY_CONN_URG_OUT))
		toy_next_urgent(conn, seg);
	conn->rcv_told = conn->rcv_nxt;
	conn->ack_bytes = 0;
	conn->timer[TOY_TIMER_ACK] = 0;
	conn->due &= ~(TOY_DUE_ACK | TOY_DUE_URG);
}

/* [O3] SYN, or SYN ACK. */
static void toy_next_syn(struct toy_conn *conn, u64 now,
			 struct toy_segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = conn->snd_una;
	seg->wnd = conn->rcv_edge - conn->rcv_nxt;
	seg->flags = TOY_FLAG_SYN;
	if (conn->state == TOY_STATE_SYN_RECV) {
		seg->flags |= TOY_FLAG_ACK;
		seg->ack = conn->rcv_nxt;
	}
	seg->has = TOY_HAS_MSS;
	seg->mss = conn->own_mss;
	if (conn->flags & TOY_CONN_SACK)
		seg->has |= TOY_HAS_SACK_OK;
	if (conn->flags & TOY_CONN_MESSAGES) {
		seg->has |= TOY_HAS_MAXMSG;
		seg->maxmsg = conn->own_maxmsg;
	}
	conn->due &= ~(TOY_DUE_SYN | TOY_DUE_ACK);
	conn->flags &= ~TOY_CONN_TIMING;
	if (conn->snd_nxt == conn->snd_una) {
		conn->snd_nxt++;
		conn->flags |= TOY_CONN_TIMING;
		conn->rtt_seq = conn->snd_nxt;
		conn->rtt_at = (u32)now;
		conn->progress = toy_ticks(now);
	}
	if (!conn->timer[TOY_TIMER_SEND])
		toy_conn_start_timer(conn, now);
}

static void toy_next_rst(struct toy_conn *conn, struct toy_segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = conn->snd_nxt;
	seg->ack = conn->rcv_nxt;
	seg->flags = TOY_FLAG_RST | TOY_FLAG_ACK;
	conn->due = 0;
}

/* ---- new data ---- */

/* Most payload of a frame: whole segments, if the caller has them cut. */
static u32 toy_next_most(const struct toy_conn *conn, const struct toy_tx *tx,
			 u32 cap)
{
	if (tx->max < 2 * cap || unlikely(conn->flags & TOY_CONN_URG_OUT))
		return cap;
	return tx->max - tx->max % cap;
}

/* [W4]: whether what is less than a segment goes, being all there is. */
static bool toy_next_tail_goes(const struct toy_conn *conn)
{
	if (conn->flags & (TOY_CONN_MESSAGES | TOY_CONN_FIN) ||
	    conn->due & TOY_DUE_CRUMB)
		return true;
	if (unlikely(conn->flags & TOY_CONN_MORE))
		return false;
	if (conn->flags & TOY_CONN_NODELAY)
		return true;
	return !toy_after(conn->snd_small, conn->snd_una);
}

/*
 * Whether less than the caller would like to send waits for more to be let go.
 */
static bool toy_next_waits(const struct toy_conn *conn, const struct toy_tx *tx,
			   u32 n)
{
	u32 third = min(conn->cong.cwnd, conn->snd_wnd) / 3;

	return n < min(tx->least, third) && conn->snd_nxt != conn->snd_una &&
	       conn->cong.phase == TOY_PHASE_OPEN && !conn->cong.dupacks;
}

/*
 * How much new data goes: numbers, of @left up to the next end of a message or
 * of the queue; @room: what congestion control lets go.
 */
static u32 toy_next_size(const struct toy_conn *conn, const struct toy_tx *tx,
			 u32 left, u32 room)
{
	u32 mark = !!(conn->flags & TOY_CONN_MESSAGES);
	u32 cap = toy_next_cap(conn), most = toy_next_most(conn, tx, cap);
	u32 usable = toy_window_usable(conn->snd_una, conn->snd_wnd,
				       conn->snd_nxt);
	u32 n = min(left, min(usable, room));

	if (n == left && n - mark <= most &&
	    (n - mark == cap || toy_next_tail_goes(conn)))
		return n;
	if (unlikely(tx->least) && n < left && toy_next_waits(conn, tx, n))
		return 0;
	n = min(n, most);
	if (n >= cap)
		return n - n % cap;
	/* Held back by the program or by congestion, not by the window? */
	if (n == left || n < usable)
		return 0;
	return n >= conn->snd_maxwnd / 2 || conn->due & TOY_DUE_CRUMB ? n : 0;
}

/* Nothing goes: if that is due to congestion, cwnd is used up [G2]. */
static void toy_next_full(struct toy_conn *conn, u32 left, u32 room)
{
	if (room < left && room < toy_window_usable(conn->snd_una,
						    conn->snd_wnd,
						    conn->snd_nxt))
		conn->flags |= TOY_CONN_FULL;
}

/* Something is sent for the first time, up to SND.NXT; @flight: before it. */
static void toy_next_sent(struct toy_conn *conn, u32 flight, u64 now)
{
	conn->sent = toy_ticks(now);
	/* It must not fall behind by half of the circle. */
	if (!toy_after(conn->snd_small, conn->snd_una))
		conn->snd_small = conn->snd_una;
	if (!(conn->flags & TOY_CONN_TIMING)) {
		conn->flags |= TOY_CONN_TIMING;
		conn->rtt_seq = conn->snd_nxt;
		conn->rtt_at = (u32)now;
	}
	if (flight)
		return;
	/* [R3]; it may have been a probe's. */
	conn->retries = 0;
	conn->flags &= ~TOY_CONN_PERSIST;
	conn->progress = conn->sent;
	toy_conn_start_timer(conn, now);
}

/* A segment of new data or FIN, as windows let it go. */
static bool toy_next_fresh(struct toy_conn *conn, const struct toy_tx *tx,
			   u32 room, u64 now, struct toy_segment *seg)
{
	u32 flight = conn->snd_nxt - conn->snd_una, seq = conn->snd_nxt;
	u32 left = conn->snd_end - seq, full, n = 0;
	bool message = conn->flags & TOY_CONN_MESSAGES, fin, mark;

	if (conn->flags & TOY_CONN_FIN && toy_after(seq, conn->snd_end))
		return false;
	if (likely(left)) {
		if (message)
			left = tx->eom + 1 - seq;
		n = toy_next_size(conn, tx, left, room);
		if (!n) {
			toy_next_full(conn, left, room);
			return false;
		}
	} else if (!(conn->flags & TOY_CONN_FIN) || flight > conn->snd_wnd) {
		/* FIN may be one behind the window [W3]. */
		return false;
	}
	mark = message && n && n == left;
	fin = conn->flags & TOY_CONN_FIN && seq + n == conn->snd_end;
	toy_next_ack(conn, seq, seg);
	seg->len = n - mark;
	if (mark)
		seg->flags |= TOY_FLAG_EOM | (tx->eor ? TOY_FLAG_EOR : 0);
	if (seq + n == conn->snd_end)
		seg->flags |= TOY_FLAG_PSH;
	if (fin)
		seg->flags |= TOY_FLAG_FIN;
	conn->snd_nxt = seq + n + fin;
	conn->due &= ~TOY_DUE_CRUMB;
	toy_next_sent(conn, flight, now);
	full = conn->mss - toy_header_options(seg);
	if (seg->len < full || (seg->len > full && seg->len % full))
		conn->snd_small = conn->snd_nxt;
	return true;
}

/* ---- once more ---- */

/* Where a retransmission has to end: the hole, the window, the message. */
static u32 toy_next_again_end(const struct toy_conn *conn,
			      const struct toy_tx *tx,
			      const struct toy_plan *plan)
{
	u32 start = plan->hole.start, end = plan->hole.end;
	u32 edge = conn->snd_una + conn->snd_wnd;

	/* [W3]: the window, but at least one segment, and FIN behind it. */
	if (start == conn->snd_una)
		edge = toy_seq_max(edge, start + conn->mss);
	if (toy_after(end, edge) &&
	    (end != edge + 1 || end != conn->snd_end + 1))
		end = edge;
	if (conn->flags & TOY_CONN_MESSAGES && start != conn->snd_end &&
	    toy_after(end, tx->eom + 1) && tx->eom + 1 != conn->snd_end)
		end = tx->eom + 1;
	return end;
}

/* A segment, or some, that were sent before. */
static bool toy_next_again(struct toy_conn *conn, const struct toy_tx *tx,
			   const struct toy_plan *plan, u64 now,
			   struct toy_segment *seg)
{
	bool message = conn->flags & TOY_CONN_MESSAGES, fin, mark;
	u32 cap = toy_next_cap(conn), most = toy_next_most(conn, tx, cap);
	u32 start = plan->hole.start, n;
	u32 end = toy_next_again_end(conn, tx, plan);

	if (!toy_before(start, end))
		return false;
	fin = toy_after(end, conn->snd_end);
	n = end - fin - start;
	mark = message && n && end - fin == tx->eom + 1;
	if (plan->room < most)
		most = max(plan->room - plan->room % cap, cap);
	if (n - mark > most) {
		n = most;
		mark = false;
		fin = false;
	}
	toy_next_ack(conn, start, seg);
	seg->len = n - mark;
	if (mark)
		seg->flags |= TOY_FLAG_EOM | (tx->eor ? TOY_FLAG_EOR : 0);
	if (start + n == conn->snd_end)
		seg->flags |= TOY_FLAG_PSH;
	if (fin)
		seg->flags |= TOY_FLAG_FIN;
	n += fin;
	if (start == conn->snd_una)
		conn->mark = conn->snd_nxt;
	if (plan->kind == TOY_PLAN_RESCUE)
		conn->flags |= TOY_CONN_RESCUED;
	else
		conn->again = toy_seq_max(conn->again, start + n);
	/* [R1]: without SACK, what was measured waits for this one. */
	if (!(conn->flags & TOY_CONN_SACK) ||
	    toy_within(conn->rtt_seq - 1, start, start + n))
		conn->flags &= ~TOY_CONN_TIMING;
	if (!conn->timer[TOY_TIMER_SEND])
		toy_conn_start_timer(conn, now);
	return true;
}

/* ---- the choice ---- */

/* States in which no data is sent: opening, over, or waiting for the peer. */
static bool toy_next_control(struct toy_conn *conn, u64 now,
			     struct toy_segment *seg)
{
	if (conn->due & TOY_DUE_RST) {
		toy_next_rst(conn, seg);
		return true;
	}
	if (conn->due & TOY_DUE_SYN) {
		toy_next_syn(conn, now, seg);
		return true;
	}
	return false;
}

/*
 * Nothing goes although there is something and nothing is out: it is the
 * window, unless it is MSG_MORE. [P1]
 */
static void toy_next_persist(struct toy_conn *conn, u64 now)
{
	u32 queued = toy_conn_queued(conn);

	if (likely(!queued || conn->snd_nxt != conn->snd_una) ||
	    conn->timer[TOY_TIMER_SEND])
		return;
	if (conn->flags & TOY_CONN_MORE && queued <= conn->snd_wnd)
		return;
	conn->flags |= TOY_CONN_PERSIST;
	conn->retries = 0;
	conn->probes = 0;
	conn->progress = toy_ticks(now);
	toy_conn_start_timer(conn, now);
}

/* Data, new or old, if congestion, windows and Nagle let it go. */
static bool toy_next_data(struct toy_conn *conn, u64 now,
			  const struct toy_tx *tx, struct toy_segment *seg)
{
	struct toy_plan plan;

	/* [G3] */
	if (conn->snd_nxt == conn->snd_una &&
	    toy_ticks(now) - conn->sent > conn->rto.rto >> TOY_TICK_SHIFT)
		toy_cong_idle(&conn->cong, conn->mss);
	if (likely(!toy_conn_repairs(conn)))
		return toy_next_fresh(conn, tx, toy_conn_room(conn), now, seg);
	toy_conn_plan(conn, &plan);
	conn->due &= ~TOY_DUE_AGAIN;
	if (plan.kind == TOY_PLAN_FRESH)
		return toy_next_fresh(conn, tx, plan.room, now, seg);
	if (plan.kind != TOY_PLAN_NOTHING)
		return toy_next_again(conn, tx, &plan, now, seg);
	return false;
}

/**
 * toy_conn_next() - the next segment to be sent
 * @conn:	connection
 * @now:	us
 * @tx:		what the caller knows of it
 * @seg:	set: all of the header; the payload is @len bytes of the send
 *		queue from the number @seq on
 *
 * A segment that the caller cannot send after all counts as lost on the way.
 *
 * Return: whether there is one; if so, ask again.
 */
bool toy_conn_next(struct toy_conn *conn, u64 now, const struct toy_tx *tx,
		   struct toy_segment *seg)
{
	if (likely(toy_state_in(conn, TOY_STATES_DATA_OUT))) {
		if (toy_conn_queued(conn) || toy_conn_repairs(conn)) {
			if (toy_next_data(conn, now, tx, seg))
				return true;
			toy_next_persist(conn, now);
		}
		conn->due &= ~TOY_DUE_CRUMB;
	} else if (toy_next_control(conn, now, seg)) {
		return true;
	}
	if (likely(!(conn->due & (TOY_DUE_PROBE | TOY_DUE_ACK | TOY_DUE_URG))))
		return false;
	if (conn->state == TOY_STATE_SYN_SENT)
		return false;
	if (conn->due & TOY_DUE_PROBE) {
		/* [P2] [K1] */
		conn->due &= ~TOY_DUE_PROBE;
		toy_next_ack(conn, conn->snd_una - 1, seg);
	} else {
		toy_next_ack(conn, conn->snd_nxt, seg);
	}
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an acknowledgment does: step [S4] of a connection, and [G2] to [G5].
 */
#include "conn_impl.h"

/*
 * [P5]: the window opens that the peer had shut over what was under way, and that
 * it has not taken. As much as it can take is found out anew; the path is not to
 * blame. An orphan's patience goes on: a peer that opens and shuts its window
 * could keep one for ever [P3].
 */
static void toy_ack_reopened(struct toy_conn *conn)
{
	if (!(conn->flags & TOY_CONN_ORPHAN)) {
		conn->retries = 0;
		/* Started anew by what is sent now. */
		conn->timer[TOY_TIMER_SEND] = 0;
	}
	conn->recover = conn->snd_nxt;
	conn->again = conn->snd_una;
	toy_cong_timeout(&conn->cong, 0, conn->mss, false);
	conn->due |= TOY_DUE_AGAIN;
}

/* [S4] 4: the peer's window is new. */
void toy_conn_window(struct toy_conn *conn, const struct toy_segment *seg)
{
	if (unlikely(!conn->snd_wnd && conn->snd_maxwnd && seg->wnd &&
		     conn->snd_una != conn->snd_nxt &&
		     !(conn->flags & TOY_CONN_PERSIST)))
		toy_ack_reopened(conn);
	conn->snd_wnd = min(seg->wnd, TOY_WINDOW_MAX);
	conn->snd_wl1 = seg->seq;
	conn->snd_wl2 = seg->ack;
	conn->snd_maxwnd = max(conn->snd_maxwnd, conn->snd_wnd);
}

/* [S4] 2: numbers up to @ack are acknowledged, which is after SND.UNA. */
void toy_conn_acked(struct toy_conn *conn, u32 ack, u64 now,
		    struct toy_result *res)
{
	u32 n = ack - conn->snd_una;

	/* Only FIN goes beyond what is queued. */
	if (unlikely(toy_after(ack, conn->snd_end))) {
		res->tell |= TOY_TELL_FIN_ACKED;
		n--;
	}
	conn->snd_una = ack;
	conn->retries = 0;
	conn->progress = toy_ticks(now);
	toy_conn_sample(conn, ack, now);
	/* [R3] */
	conn->timer[TOY_TIMER_SEND] = ack == conn->snd_nxt ? 0 :
				      now + conn->rto.rto;
	if (likely(n)) {
		res->tell |= TOY_TELL_ACKED;
		res->acked = n;
	}
}

/* [G5]: fast recovery begins. */
static void toy_ack_recover(struct toy_conn *conn)
{
	u32 flight = conn->snd_nxt - conn->snd_una;

	/* RFC 5681, 3.2: without what [G4] let go beyond cwnd. */
	flight = min(flight, conn->cong.cwnd);
	toy_cong_recover(&conn->cong, flight, conn->mss,
			 conn->flags & TOY_CONN_SACK);
	conn->recover = conn->snd_nxt;
	conn->again = conn->snd_una;
	conn->flags &= ~(TOY_CONN_RESCUED | TOY_CONN_PARTIAL);
	conn->due |= TOY_DUE_AGAIN;
}

/*
 * [G5]: what was sent after the first hole was sent again has arrived, and the
 * hole is still there: that is two losses.
 */
static bool toy_ack_lost_again(const struct toy_conn *conn)
{
	return conn->cong.phase == TOY_PHASE_RECOVERY &&
	       toy_after(conn->again, conn->snd_una) &&
	       toy_ranges_total(&conn->sack.have, conn->mark, conn->snd_nxt) >
	       2 * conn->mss;
}

/* [G5] without SACK: what follows the acknowledged part is lost, too. */
static void toy_ack_partial(struct toy_conn *conn, u32 n, u64 timer)
{
	if (conn->flags & TOY_CONN_SACK)
		return;
	toy_cong_deflate(&conn->cong, n, conn->mss);
	conn->due |= TOY_DUE_AGAIN;
	/* Only the first one restarts the timer. */
	if (conn->flags & TOY_CONN_PARTIAL)
		conn->timer[TOY_TIMER_SEND] = timer;
	conn->flags |= TOY_CONN_PARTIAL;
}

/* SND.UNA has moved by @n; the timer would have expired at @timer. */
static void toy_ack_advance(struct toy_conn *conn, u32 n, u32 flight, u64 timer)
{
	conn->again = toy_seq_max(conn->again, conn->snd_una);
	/* When the hole that is the first one now was filled, is not known. */
	conn->mark = conn->snd_nxt;
	toy_sack_acked(&conn->sack, conn->snd_una);
	if (conn->flags & TOY_CONN_URG_OUT &&
	    toy_after(conn->snd_una, conn->snd_up))
		conn->flags &= ~TOY_CONN_URG_OUT;
	if (conn->cong.phase == TOY_PHASE_OPEN) {
		conn->cong.dupacks = 0;
		toy_conn_grow(conn, n, flight);
	} else if (!toy_before(conn->snd_una, conn->recover)) {
		toy_cong_recovered(&conn->cong, conn->snd_nxt - conn->snd_una,
				   conn->mss);
	} else if (conn->cong.phase == TOY_PHASE_LOSS) {
		toy_conn_grow(conn, n, flight);
	} else {
		toy_ack_partial(conn, n, timer);
	}
}

/* [G4]: a duplicate ACK. */
static void toy_ack_duplicate(struct toy_conn *conn)
{
	if (conn->cong.phase == TOY_PHASE_OPEN) {
		if (++conn->cong.dupacks == TOY_DUP_THRESH)
			toy_ack_recover(conn);
	} else if (conn->cong.phase == TOY_PHASE_RECOVERY &&
		   !(conn->flags & TOY_CONN_SACK)) {
		toy_cong_inflate(&conn->cong, conn->mss);
	}
}

/* [G4]: whether this is one, @fresh: it names bytes that none has named. */
static bool toy_ack_is_duplicate(const struct toy_conn *conn,
				 const struct toy_segment *seg, bool fresh)
{
	if (seg->ack != conn->snd_una || conn->snd_una == conn->snd_nxt)
		return false;
	if (conn->flags & TOY_CONN_SACK)
		return fresh;
	return !toy_seg_numbers(seg) &&
	       min(seg->wnd, TOY_WINDOW_MAX) == conn->snd_wnd;
}

/* The SACK option: returns whether it names bytes that none has named. */
static bool toy_ack_sack(struct toy_conn *conn, const struct toy_segment *seg,
			 u64 now)
{
	u32 fresh;

	if (!seg->sacks || !(conn->flags & TOY_CONN_SACK))
		return false;
	fresh = toy_sack_update(&conn->sack, seg->sack, seg->sacks,
				conn->snd_una, conn->snd_nxt);
	/* It has arrived though it cannot be acknowledged: that is a time. */
	if (fresh && conn->flags & TOY_CONN_TIMING &&
	    toy_ranges_has(&conn->sack.have, conn->rtt_seq - 1))
		toy_conn_sample(conn, conn->rtt_seq, now);
	return fresh;
}

/*
 * [S4] in the states after SYN_RECV, but for the event. Returns whether the
 * segment goes on to the next step.
 */
bool toy_conn_ack(struct toy_conn *conn, const struct toy_segment *seg,
		  u64 now, struct toy_result *res)
{
	u32 una = conn->snd_una, flight = conn->snd_nxt - una;
	u64 timer = conn->timer[TOY_TIMER_SEND];
	bool fresh;

	if (toy_after(seg->ack, conn->snd_nxt) ||
	    toy_before(seg->ack, una - conn->snd_maxwnd)) {
		if (toy_limit(&conn->limited, now))
			conn->due |= TOY_DUE_ACK;
		res->drop = TOY_SEG_ACK;
		return false;
	}
	if (toy_after(seg->ack, una)) {
		toy_conn_acked(conn, seg->ack, now, res);
		fresh = toy_ack_sack(conn, seg, now);
		toy_ack_advance(conn, seg->ack - una, flight, timer);
	} else {
		fresh = toy_ack_sack(conn, seg, now);
		if (toy_ack_is_duplicate(conn, seg, fresh))
			toy_ack_duplicate(conn);
	}
	if (fresh && conn->cong.phase == TOY_PHASE_OPEN &&
	    toy_sack_lost(&conn->sack, conn->snd_una, conn->mss) !=
	    conn->snd_una)
		toy_ack_recover(conn);
	if (fresh && toy_ack_lost_again(conn)) {
		toy_cong_recover(&conn->cong, conn->cong.cwnd, conn->mss, true);
		conn->due |= TOY_DUE_AGAIN;
	}
	if (!toy_before(seg->ack, una) &&
	    (toy_before(conn->snd_wl1, seg->seq) ||
	     (conn->snd_wl1 == seg->seq &&
	      !toy_after(conn->snd_wl2, seg->ack))))
		toy_conn_window(conn, seg);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment for a connection: the steps of
 * Documentation/protocol/connections.md in their order.
 */
#include "conn_impl.h"

/* ---- the fast path ---- */

/* [M5] A part of a message, or the last one, without a hole before it. */
static bool toy_input_message(struct toy_conn *conn, u32 end, bool mark)
{
	if (end - mark - conn->rcv_msg > conn->own_maxmsg)
		return false;
	if (mark)
		conn->rcv_msg = end;
	return true;
}

/*
 * The segment that is expected: in order, nothing odd about it or about the
 * connection. It passes all steps; these are what is left of them.
 */
static bool toy_input_quick(struct toy_conn *conn,
			    const struct toy_segment *seg, u64 now,
			    struct toy_result *res)
{
	bool mark = seg->flags & TOY_FLAG_EOM;
	u32 acked = seg->ack - conn->snd_una;
	u32 flight = conn->snd_nxt - conn->snd_una;
	u32 n = seg->len + mark;
	u8 plain = seg->flags & ~(TOY_FLAG_PSH | TOY_FLAG_EOM | TOY_FLAG_EOR);

	if (seg->seq != conn->rcv_nxt || plain != TOY_FLAG_ACK || seg->sacks ||
	    n > conn->rcv_edge - conn->rcv_nxt || acked > flight)
		return false;
	/* A window that opens may be more than that [P5]. */
	if (unlikely(!conn->snd_wnd))
		return false;
	/* A duplicate ACK, or a new window. */
	if (!n && !acked)
		return false;
	if (conn->flags & TOY_CONN_MESSAGES &&
	    !toy_input_message(conn, seg->seq + n, mark))
		return false;
	if (acked) {
		toy_conn_acked(conn, seg->ack, now, res);
		toy_conn_grow(conn, acked, flight);
	}
	toy_conn_window(conn, seg);
	if (!n)
		return true;
	conn->rcv_nxt += n;
	conn->rcv_space -= min(n, conn->rcv_space);
	res->tell |= TOY_TELL_DATA | TOY_TELL_KEEP;
	res->seq = seg->seq;
	res->len = seg->len;
	res->mark = mark;
	res->ready = n;
	toy_conn_arrived(conn, seg, now);
	return true;
}

/* ---- SYN_SENT ---- */

static void toy_input_syn_sent(struct toy_conn *conn,
			       const struct toy_segment *seg, u64 now,
			       struct toy_result *res)
{
	bool ack = seg->flags & TOY_FLAG_ACK;

	/* [Y1] The SYN may not have been sent at all. */
	if (ack && (seg->ack != conn->snd_una + 1 ||
		    seg->ack != conn->snd_nxt)) {
		res->drop = TOY_SEG_ACK;
		if (!(seg->flags & TOY_FLAG_RST))
			res->tell |= TOY_TELL_RESET;
		return;
	}
	/* [Y2] */
	if (seg->flags & TOY_FLAG_RST) {
		if (ack)
			toy_conn_on(conn, TOY_ON_RST, now, res);
		else
			res->drop = TOY_SEG_SEQUENCE;
		return;
	}
	/* [Y5] */
	if (!(seg->flags & TOY_FLAG_SYN)) {
		res->drop = TOY_SEG_STATE;
		toy_conn_on(conn, seg->flags & TOY_FLAG_FIN ?
			    TOY_ON_FIN : TOY_ON_ACK_OF_SYN, now, res);
		return;
	}
	toy_conn_learn_syn(conn, seg);
	if (ack) {
		/* [Y3] */
		toy_conn_synchronised(conn, seg->ack, now);
		toy_conn_on(conn, TOY_ON_SYN_ACK, now, res);
	} else {
		/* [Y4] */
		toy_conn_on(conn, TOY_ON_SYN, now, res);
	}
}

/* ---- the other states ---- */

/* [S1] has failed. */
static void toy_input_outside(struct toy_conn *conn,
			      const struct toy_segment *seg, u64 now,
			      struct toy_result *res)
{
	u32 len = toy_seg_numbers(seg);
	struct toy_range piece = { seg->seq, seg->seq + len };

	res->drop = TOY_SEG_SEQUENCE;
	if (seg->flags & TOY_FLAG_RST)
		return;
	if (len) {
		/* A repeat is told of by D-SACK. */
		if (toy_before(seg->seq, conn->rcv_nxt))
			toy_reass_take(&conn->reass, conn->rcv_nxt,
				       conn->rcv_nxt, &piece);
		conn->due |= TOY_DUE_ACK;
	} else if (toy_limit(&conn->limited, now)) {
		conn->due |= TOY_DUE_ACK;
	}
}

/* [S3] */
static void toy_input_syn(struct toy_conn *conn, const struct toy_segment *seg,
			  u64 now, struct toy_result *res)
{
	bool ack = seg->flags & TOY_FLAG_ACK;

	if (conn->state == TOY_STATE_SYN_RECV) {
		if (ack && seg->seq + 1 == conn->rcv_nxt &&
		    seg->ack == conn->snd_una + 1 &&
		    seg->ack == conn->snd_nxt) {
			toy_conn_window(conn, seg);
			toy_conn_synchronised(conn, seg->ack, now);
			toy_conn_on(conn, TOY_ON_SYN_ACK, now, res);
			return;
		}
		ack = false;
	}
	res->drop = TOY_SEG_SEQUENCE;
	toy_conn_on(conn, ack ? TOY_ON_SYN_ACK : TOY_ON_SYN, now, res);
}

/* [S4] in SYN_RECV. Returns whether the segment goes on. */
static bool toy_input_ack_of_syn(struct toy_conn *conn,
				 const struct toy_segment *seg, u64 now,
				 struct toy_result *res)
{
	if (seg->ack != conn->snd_una + 1 || seg->ack != conn->snd_nxt) {
		res->drop = TOY_SEG_ACK;
		res->tell |= TOY_TELL_RESET;
		return false;
	}
	toy_conn_window(conn, seg);
	toy_conn_synchronised(conn, seg->ack, now);
	toy_conn_on(conn, TOY_ON_ACK_OF_SYN, now, res);
	return true;
}

/* [W5]: what was promised cannot be kept; the peer is to know, and to wait. */
static void toy_input_shut(struct toy_conn *conn, struct toy_result *res)
{
	conn->flags |= TOY_CONN_SHUT;
	res->drop = TOY_SEG_MEMORY;
}

/*
 * [S6] Payload that nobody will ever read ends the connection; without room for
 * it, or in a closed window [S1], it is not looked at. But what begins at
 * RCV.NXT is what all others wait for. Returns whether what the segment has is
 * to be taken.
 */
static bool toy_input_payload(struct toy_conn *conn,
			      const struct toy_segment *seg, u32 flags, u64 now,
			      struct toy_result *res)
{
	bool payload = seg->len || seg->flags & TOY_FLAG_EOM;

	if (!payload)
		return seg->flags & TOY_FLAG_FIN;
	if (!toy_state_in(conn, TOY_STATES_DATA_IN))
		return false;
	if (conn->flags & TOY_CONN_ORPHAN) {
		res->drop = TOY_SEG_CLOSED;
		toy_conn_on(conn, TOY_ON_ABORT, now, res);
		return false;
	}
	if (conn->rcv_edge == conn->rcv_nxt)
		res->drop = TOY_SEG_WINDOW;
	else if (flags & TOY_INPUT_NO_MEMORY)
		toy_input_shut(conn, res);
	else if (flags & TOY_INPUT_NO_ROOM &&
		 toy_after(seg->seq, conn->rcv_nxt))
		res->drop = TOY_SEG_MEMORY;
	else
		return true;
	conn->due |= TOY_DUE_ACK;
	return false;
}

/* [S5] to [S7]; @fin_acked: this segment was the first to cover our FIN. */
static void toy_input_rest(struct toy_conn *conn, const struct toy_segment *seg,
			   u32 flags, bool fin_acked, u64 now,
			   struct toy_result *res)
{
	bool fin = false;

	if (seg->flags & TOY_FLAG_URG &&
	    toy_state_in(conn, TOY_STATES_DATA_IN))
		toy_conn_urgent(conn, seg, res);
	if (toy_input_payload(conn, seg, flags, now, res)) {
		if (toy_state_in(conn, TOY_STATES_DATA_IN))
			fin = toy_conn_data(conn, seg, now, res);
		else
			fin = seg->seq == conn->rcv_nxt;
	}
	/* FIN is one event with the ACK of ours, if the segment brings both. */
	if (fin_acked)
		toy_conn_on(conn, fin ? TOY_ON_FIN_ACK_OF_FIN :
					TOY_ON_ACK_OF_FIN, now, res);
	else if (fin)
		toy_conn_on(conn, TOY_ON_FIN, now, res);
}

static void toy_input_steps(struct toy_conn *conn,
			    const struct toy_segment *seg, u32 flags, u64 now,
			    struct toy_result *res)
{
	/* [S3] */
	if (seg->flags & TOY_FLAG_SYN) {
		toy_input_syn(conn, seg, now, res);
		return;
	}
	/* [S1] */
	if (!toy_seg_acceptable(seg, conn->rcv_nxt,
				conn->rcv_edge - conn->rcv_nxt)) {
		toy_input_outside(conn, seg, now, res);
		return;
	}
	/* [S2] */
	if (seg->flags & TOY_FLAG_RST) {
		if (seg->seq == conn->rcv_nxt) {
			toy_conn_on(conn, TOY_ON_RST, now, res);
			return;
		}
		res->drop = TOY_SEG_SEQUENCE;
		if (toy_limit(&conn->limited_rst, now))
			conn->due |= TOY_DUE_ACK;
		return;
	}
	/* [S4] By [F8] it has an ACK. */
	if (conn->state == TOY_STATE_SYN_RECV &&
	    !toy_input_ack_of_syn(conn, seg, now, res))
		return;
	if (!toy_conn_ack(conn, seg, now, res))
		return;
	toy_input_rest(conn, seg, flags, res->tell & TOY_TELL_FIN_ACKED, now,
		       res);
}

/**
 * toy_conn_input() - a segment has arrived
 * @conn:	connection
 * @seg:	segment, which has passed the checks of frames
 * @flags:	TOY_INPUT_*
 * @now:	us
 * @res:	set
 *
 * With TOY_TELL_KEEP the caller keeps part of the payload, by its numbers. If
 * it may be unable to, it has to find out before, and say TOY_INPUT_NO_ROOM or
 * TOY_INPUT_NO_MEMORY.
 */
void toy_conn_input(struct toy_conn *conn, const struct toy_segment *seg,
		    u32 flags, u64 now, struct toy_result *res)
{
	u32 ticks = toy_ticks(now);

	memset(res, 0, sizeof(*res));
	/* [A2] */
	if (unlikely(ticks - conn->heard > conn->rto.rto >> TOY_TICK_SHIFT))
		conn->quick_acks = TOY_QUICK_ACKS;
	conn->heard = ticks;
	conn->probes = 0;
	if (likely(conn->quick && !flags) &&
	    toy_input_quick(conn, seg, now, res))
		return;
	switch (conn->state) {
	case TOY_STATE_CLOSE:
	case TOY_STATE_TIME_WAIT:
		res->drop = TOY_SEG_CLOSED;
		return;
	case TOY_STATE_SYN_SENT:
		toy_input_syn_sent(conn, seg, now, res);
		break;
	default:
		toy_input_steps(conn, seg, flags, now, res);
		break;
	}
	toy_conn_predict(conn);
}

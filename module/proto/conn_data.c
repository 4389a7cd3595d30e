// SPDX-License-Identifier: GPL-2.0-only
/*
 * What arrives: steps [S5] to [S7] of a connection, and when it is
 * acknowledged.
 */
#include "conn_impl.h"

/*
 * Payload, or the end of a message, has arrived: when to say so. [A1] to [A3]
 */
void toy_conn_arrived(struct toy_conn *conn, const struct toy_segment *seg,
		      u64 now)
{
	u32 size = seg->len + toy_header_options(seg);

	/* An empty message is something, too. */
	size = max(size, 1U);
	if (unlikely(size > conn->rcv_mss))
		conn->rcv_mss = min_t(u32, size, conn->own_mss);
	conn->ack_bytes += size;
	if (conn->quick_acks) {
		conn->quick_acks--;
		conn->due |= TOY_DUE_ACK;
	} else if (conn->ack_bytes > conn->rcv_mss) {
		conn->due |= TOY_DUE_ACK;
	} else if (!conn->timer[TOY_TIMER_ACK]) {
		conn->timer[TOY_TIMER_ACK] = now + TOY_DELAYED_ACK;
	}
}

/* [S5] [U2] [U3]; @seg as it came */
void toy_conn_urgent(struct toy_conn *conn, const struct toy_segment *seg,
		     struct toy_result *res)
{
	u32 up = seg->seq + seg->urg;

	if (toy_before(up, conn->rcv_nxt))
		return;
	if (conn->flags & TOY_CONN_URG_IN && !toy_after(up, conn->rcv_up))
		return;
	conn->flags |= TOY_CONN_URG_IN;
	conn->rcv_up = up;
	res->tell |= TOY_TELL_URGENT;
	res->urgent = up;
}

/*
 * The peer's FIN has the number @fin: keep that, unless it is known already, or
 * something behind it has arrived, which makes one of the two a lie.
 */
static bool toy_data_learn_fin(struct toy_conn *conn, u32 fin)
{
	const struct toy_ranges *have = &conn->reass.have;

	if (conn->flags & TOY_CONN_PEER_FIN)
		return fin == conn->rcv_fin;
	if (have->count && toy_after(have->at[have->count - 1].end, fin))
		return false;
	return true;
}

/*
 * The numbers of a segment that may be taken: @piece is set. Returns whether
 * its FIN is one of them.
 */
static bool toy_data_piece(struct toy_conn *conn, const struct toy_segment *seg,
			   struct toy_range *piece)
{
	bool fin = seg->flags & TOY_FLAG_FIN;
	u32 end = seg->seq + toy_seg_numbers(seg);

	piece->start = seg->seq;
	piece->end = end;
	if (fin && (toy_after(end - 1, conn->rcv_edge) ||
		    !toy_data_learn_fin(conn, end - 1))) {
		piece->end--;
		fin = false;
	}
	/* Nothing comes behind FIN. */
	if (conn->flags & TOY_CONN_PEER_FIN)
		piece->end = toy_seq_min(piece->end, conn->rcv_fin + 1);
	return fin;
}

/* RCV.NXT moves on to @nxt: what can be read now. */
static void toy_data_advance(struct toy_conn *conn, u32 nxt,
			     struct toy_result *res)
{
	u32 from = conn->rcv_nxt, n = nxt - from;

	conn->rcv_nxt = nxt;
	if (conn->flags & TOY_CONN_PEER_FIN && toy_after(nxt, conn->rcv_fin)) {
		/* FIN may stand one behind the window [W3]. */
		conn->rcv_edge = toy_seq_max(conn->rcv_edge, nxt);
		n--;
	}
	if (unlikely(conn->flags & TOY_CONN_URG_IN) &&
	    toy_after(nxt, conn->rcv_up)) {
		conn->flags &= ~TOY_CONN_URG_IN;
		/* It may have pointed at FIN. */
		if (toy_after(from + n, conn->rcv_up)) {
			res->tell |= TOY_TELL_MARK;
			res->urgent = conn->rcv_up;
		}
	}
	if (!n)
		return;
	conn->rcv_space -= min(n, conn->rcv_space);
	res->tell |= TOY_TELL_DATA;
	res->ready = n;
}

/* Say which part of the payload is @piece, FIN left aside. */
static void toy_data_keep(const struct toy_segment *seg,
			  const struct toy_range *piece, struct toy_result *res)
{
	u32 mark = seg->seq + seg->len;
	u32 end = toy_seq_min(piece->end, mark);

	res->seq = piece->start;
	res->offset = piece->start - seg->seq;
	res->len = toy_before(piece->start, end) ? end - piece->start : 0;
	res->mark = seg->flags & TOY_FLAG_EOM &&
		    toy_within(mark, piece->start, piece->end);
	if (res->len || res->mark)
		res->tell |= TOY_TELL_KEEP;
}

/*
 * [M5]: whether a message has grown longer than was announced, with the numbers
 * up to @nxt in order, and perhaps an end that arrived at @mark. Ends that came
 * behind a hole are not all remembered, but the last one: what is too long and
 * ends within the window may pass.
 */
static bool toy_data_too_long(struct toy_conn *conn, u32 nxt, bool marked,
			      u32 mark)
{
	u32 most = conn->own_maxmsg;

	if (conn->flags & TOY_CONN_PEER_FIN)
		nxt = toy_seq_min(nxt, conn->rcv_fin);
	if (marked && toy_before(mark, nxt) &&
	    toy_after(mark, conn->rcv_msg + most))
		return true;
	if (marked)
		conn->rcv_msg = toy_seq_max(conn->rcv_msg, mark + 1);
	return toy_after(nxt, conn->rcv_msg + most);
}

/* ABORT, but the reason is another one. */
static void toy_data_abort(struct toy_conn *conn, u64 now,
			   struct toy_result *res)
{
	toy_conn_on(conn, TOY_ON_ABORT, now, res);
	res->tell &= ~TOY_TELL_KEEP;
	res->error = EMSGSIZE;
	res->drop = TOY_SEG_MALFORMED;
}

/*
 * [S6] and [S7], but for the event: payload, end of message and FIN of a
 * segment that has one of these. Returns whether the peer's FIN has been
 * reached.
 */
bool toy_conn_data(struct toy_conn *conn, const struct toy_segment *seg,
		   u64 now, struct toy_result *res)
{
	bool hole = conn->reass.have.count;
	struct toy_range piece;
	u32 nxt, edge;
	bool fin;

	fin = toy_data_piece(conn, seg, &piece);
	if (piece.start == piece.end)
		return false;
	edge = fin ? toy_seq_max(conn->rcv_edge, piece.end) : conn->rcv_edge;
	nxt = toy_reass_take(&conn->reass, conn->rcv_nxt, edge, &piece);
	if (piece.start == piece.end) {
		/* [B1] 3, or one hole too many */
		if (conn->reass.dup.start == conn->reass.dup.end)
			res->drop = TOY_SEG_MEMORY;
		conn->due |= TOY_DUE_ACK;
		return false;
	}
	if (fin && !(conn->flags & TOY_CONN_PEER_FIN) &&
	    piece.end == seg->seq + toy_seg_numbers(seg)) {
		conn->flags |= TOY_CONN_PEER_FIN;
		conn->rcv_fin = piece.end - 1;
	}
	toy_data_keep(seg, &piece, res);
	if (conn->flags & TOY_CONN_MESSAGES &&
	    toy_data_too_long(conn, nxt, res->mark, seg->seq + seg->len)) {
		toy_data_abort(conn, now, res);
		return false;
	}
	toy_conn_arrived(conn, seg, now);
	/* [B1] 2; what fills a hole [A1] [A2] */
	if (hole || nxt == conn->rcv_nxt) {
		conn->due |= TOY_DUE_ACK;
		conn->quick_acks = TOY_QUICK_ACKS;
	}
	if (nxt == conn->rcv_nxt)
		return false;
	toy_data_advance(conn, nxt, res);
	return conn->flags & TOY_CONN_PEER_FIN &&
	       toy_after(conn->rcv_nxt, conn->rcv_fin);
}

/**
 * toy_conn_prune() - the caller has thrown away what it kept behind a hole
 * @conn:	connection
 * @from:	after RCV.NXT; numbers from here on are not kept any more
 *
 * The peer may have been told that they had arrived; it has to be prepared for
 * sending them again (RFC 2018, section 8). That takes its timeout, so prune
 * where nothing else helps, and the farthest first.
 */
void toy_conn_prune(struct toy_conn *conn, u32 from)
{
	toy_ranges_trim(&conn->reass.have, from);
	if (!toy_before(conn->rcv_fin, from))
		conn->flags &= ~TOY_CONN_PEER_FIN;
	conn->rcv_msg = toy_seq_min(conn->rcv_msg, from);
	toy_conn_predict(conn);
}

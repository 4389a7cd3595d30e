// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a connection sends next, as far as congestion and loss decide it: [G2]
 * to [G6].
 */
#include "conn_impl.h"

/* Nothing is known to be lost: what the congestion window lets go, and [G4]. */
u32 toy_conn_room(const struct toy_conn *conn)
{
	u32 flight = conn->snd_nxt - conn->snd_una;
	u32 cwnd = conn->cong.cwnd;

	if (conn->cong.phase == TOY_PHASE_OPEN)
		cwnd += min_t(u32, conn->cong.dupacks, TOY_DUP_THRESH - 1) *
			conn->mss;
	return cwnd > flight ? cwnd - flight : 0;
}

/*
 * The last stretch that the peer does not have, at most a segment of it, unless
 * it has been sent again already.
 */
static bool toy_plan_last_hole(const struct toy_conn *conn,
			       struct toy_range *hole)
{
	const struct toy_ranges *have = &conn->sack.have;
	u32 end = conn->snd_nxt, start = conn->snd_una;
	u32 i = have->count;

	if (i && have->at[i - 1].end == end)
		end = have->at[--i].start;
	if (i)
		start = have->at[i - 1].end;
	if (!toy_before(start, end) || !toy_after(end, conn->again))
		return false;
	hole->start = end - start > conn->mss ? end - conn->mss : start;
	hole->end = end;
	return true;
}

/*
 * Holes are known: fill them as what is under way lets us. After a timeout all
 * that was out is one hole, less what has been told of since.
 */
static void toy_plan_holes(const struct toy_conn *conn, struct toy_plan *plan)
{
	bool recovery = conn->cong.phase == TOY_PHASE_RECOVERY;
	u32 lost, pipe, cwnd = conn->cong.cwnd;

	lost = conn->recover;
	if (recovery)
		lost = toy_sack_lost(&conn->sack, conn->snd_una, conn->mss);
	pipe = toy_sack_pipe(&conn->sack, conn->snd_una, conn->snd_nxt,
			     conn->again, lost);
	plan->room = cwnd > pipe ? cwnd - pipe : 0;
	if (plan->room < conn->mss)
		return;
	if (toy_sack_hole(&conn->sack, conn->again, lost, &plan->hole)) {
		plan->kind = TOY_PLAN_AGAIN;
		return;
	}
	plan->kind = TOY_PLAN_FRESH;
	if (recovery && !(conn->flags & TOY_CONN_RESCUED) &&
	    (!toy_conn_queued(conn) ||
	     !toy_window_usable(conn->snd_una, conn->snd_wnd,
				conn->snd_nxt)) &&
	    toy_plan_last_hole(conn, &plan->hole))
		plan->kind = TOY_PLAN_RESCUE;
}

/*
 * What is to be sent next; of new data, whether there is any is not looked at.
 */
void toy_conn_plan(const struct toy_conn *conn, struct toy_plan *plan)
{
	plan->kind = TOY_PLAN_NOTHING;
	if (conn->due & TOY_DUE_AGAIN &&
	    toy_sack_hole(&conn->sack, conn->snd_una, conn->snd_nxt,
			  &plan->hole)) {
		plan->kind = TOY_PLAN_AGAIN;
		plan->room = conn->mss;
		return;
	}
	if (conn->cong.phase == TOY_PHASE_LOSS ||
	    (conn->cong.phase == TOY_PHASE_RECOVERY &&
	     conn->flags & TOY_CONN_SACK)) {
		toy_plan_holes(conn, plan);
		return;
	}
	plan->kind = TOY_PLAN_FRESH;
	plan->room = toy_conn_room(conn);
}

/**
 * toy_conn_seek() - where the next payload that is sent begins
 * @conn:	connection
 *
 * The caller of toy_conn_next() says which message that is in, see struct
 * toy_tx. Streams have no use for it.
 *
 * Return: its sequence number; behind what is queued if nothing will be sent.
 */
u32 toy_conn_seek(const struct toy_conn *conn)
{
	struct toy_plan plan;

	if (likely(!toy_conn_repairs(conn)))
		return conn->snd_nxt;
	toy_conn_plan(conn, &plan);
	if (plan.kind == TOY_PLAN_AGAIN || plan.kind == TOY_PLAN_RESCUE)
		return plan.hole.start;
	return conn->snd_nxt;
}

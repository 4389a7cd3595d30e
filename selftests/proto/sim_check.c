// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has to hold, after each step and at the end.
 */
#include "sim.h"

static void demand(const struct end *end, bool holds, const char *what)
{
	if (!holds)
		sim_fail(end->sim, "%c: not so: %s", 'A' + end->id, what);
}

#define HOLD(end, condition)	demand(end, condition, #condition)

static void check_ranges(struct end *end, const struct toy_ranges *set,
			 u32 from, u32 to)
{
	u32 i;

	HOLD(end, set->count <= TOY_RANGES_MAX);
	for (i = 0; i < set->count; i++) {
		HOLD(end, toy_before(set->at[i].start, set->at[i].end));
		HOLD(end, toy_after(set->at[i].start, from));
		HOLD(end, !toy_after(set->at[i].end, to));
		from = set->at[i].end;
	}
}

/* Nothing waits without a timer to end it. */
static void check_timers(struct end *end)
{
	const struct toy_conn *c = &end->conn;
	bool queued = c->snd_end + !!(c->flags & TOY_CONN_FIN) != c->snd_nxt;

	switch (c->state) {
	case TOY_STATE_CLOSE:
	case TOY_STATE_TIME_WAIT:
		HOLD(end, toy_conn_deadline(c) == NEVER);
		return;
	case TOY_STATE_SYN_SENT:
	case TOY_STATE_SYN_RECV:
		HOLD(end, c->timer[TOY_TIMER_SEND]);
		return;
	case TOY_STATE_FIN_WAIT2:
		if (c->flags & TOY_CONN_ORPHAN)
			HOLD(end, c->timer[TOY_TIMER_SEND]);
		break;
	default:
		if (c->snd_una != c->snd_nxt)
			HOLD(end, c->timer[TOY_TIMER_SEND]);
		else if (queued)
			HOLD(end, c->timer[TOY_TIMER_SEND] ||
			     c->timer[TOY_TIMER_MORE]);
		break;
	}
	if (c->rcv_told != c->rcv_nxt)
		HOLD(end, c->timer[TOY_TIMER_ACK]);
}

/* All that toy_conn_next() had to give has been sent. */
void check_end(struct end *end)
{
	const struct toy_conn *c = &end->conn;

	if (end->has != HAS_CONN)
		return;
	HOLD(end, !toy_after(c->snd_una, c->snd_nxt));
	HOLD(end, !toy_after(c->snd_nxt, c->snd_end + 1));
	HOLD(end, !toy_after(c->rcv_nxt, c->rcv_edge));
	HOLD(end, c->rcv_edge - c->rcv_nxt <= TOY_WINDOW_MAX);
	HOLD(end, c->rcv_space == end_space(end));
	HOLD(end, c->snd_end - end->base == end->written);
	HOLD(end, c->rto.rto >= TOY_RTO_MIN && c->rto.rto <= TOY_RTO_MAX);
	/* News of an urgent byte and a push wait for the connection. */
	HOLD(end, !(c->due & ~(TOY_DUE_URG | TOY_DUE_CRUMB)));
	HOLD(end, !c->due || c->state == TOY_STATE_SYN_SENT ||
	     c->state == TOY_STATE_SYN_RECV);
	check_ranges(end, &c->sack.have, c->snd_una, c->snd_nxt);
	check_ranges(end, &c->reass.have, c->rcv_nxt, c->rcv_edge + 1);
	if (c->state != TOY_STATE_SYN_SENT && c->state != TOY_STATE_SYN_RECV)
		HOLD(end, c->cong.cwnd >= c->mss);
	check_timers(end);
}

/* New numbers: within the windows. */
static void check_fresh(struct end *end, const struct toy_segment *seg,
			u32 to, const struct toy_conn *c)
{
	u32 fin = !!(seg->flags & TOY_FLAG_FIN);
	u32 flight = to - fin - c->snd_una;

	/* [W3]; no end here ever takes back what it announced. */
	HOLD(end, flight <= c->snd_wnd);
	/* RFC 3042 lets two segments more go, [G5] counts otherwise. */
	if (c->cong.phase == TOY_PHASE_OPEN && to - fin != seg->seq)
		HOLD(end, flight <= c->cong.cwnd + 2 * c->mss);
	if (c->cong.phase == TOY_PHASE_OPEN && !c->cong.dupacks &&
	    to - fin != seg->seq)
		HOLD(end, flight <= c->cong.cwnd);
}

/* A segment, and the connection before it was made. */
void check_segment(struct end *end, const struct toy_segment *seg,
		   const struct toy_conn *before)
{
	const struct toy_conn *c = &end->conn;
	u32 numbers = seg->len + !!(seg->flags & TOY_FLAG_EOM) +
		      !!(seg->flags & TOY_FLAG_FIN);
	u32 to = seg->seq + numbers, edge = seg->ack + seg->wnd;
	u32 cap = c->mss - toy_header_options(seg);

	if (seg->flags & (TOY_FLAG_SYN | TOY_FLAG_RST))
		return;
	HOLD(end, seg->flags & TOY_FLAG_ACK);
	HOLD(end, seg->ack == c->rcv_nxt);
	/* Our window never shrinks, but for want of memory, for a while [W5]. */
	if (c->flags & TOY_CONN_SHUT) {
		HOLD(end, !seg->wnd);
		edge = end->edge_known ? end->edge : edge;
	}
	if (end->edge_known)
		HOLD(end, !toy_before(edge, end->edge));
	end->edge = edge;
	end->edge_known = true;
	/* Only who has two cut may make one. */
	HOLD(end, seg->len <= cap || (seg->len <= end->tx_max &&
				      end->tx_max >= 2 * cap));
	HOLD(end, seg->len <= cap || seg->len % cap == 0 ||
	     seg->flags & TOY_FLAG_EOM || to - !!(seg->flags & TOY_FLAG_FIN) ==
	     c->snd_end || toy_before(seg->seq, before->snd_nxt));
	HOLD(end, end->setup.messages || !(seg->flags & TOY_FLAG_EOM));
	if (!numbers)
		return;
	HOLD(end, !toy_before(seg->seq, c->snd_una));
	HOLD(end, !toy_after(to, c->snd_nxt));
	if (toy_after(to, before->snd_nxt)) {
		HOLD(end, seg->seq == before->snd_nxt);
		check_fresh(end, seg, to, before);
	}
}

/* ---- at the end ---- */

/*
 * Who saw the end of file has all that the peer wrote; who was told that his
 * FIN arrived has brought all of it over.
 */
static void check_promises(struct end *end)
{
	const struct end *peer = &end->sim->end[!end->id];

	if (end->eof)
		HOLD(end, end->ready == peer->written);
	if (end->fin_acked)
		HOLD(end, peer->ready == end->written);
	HOLD(end, end->acked <= peer->ready || peer->app.leave >= LEAVE_CLOSE);
	HOLD(end, end->read <= end->ready);
	HOLD(end, end->app.left || !end->app.begun);
	HOLD(end, end->has == HAS_NOTHING);
}

void check_over(struct sim *sim)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct end *end = &sim->end[i], *peer = &sim->end[!i];

		check_promises(end);
		if (!sim->clean) {
			/* It all arrived, or the program knows, or it left. */
			HOLD(end, end->eof || end->error || !end->connected ||
			     end->app.leave >= LEAVE_CLOSE);
			continue;
		}
		HOLD(end, !end->error);
		HOLD(end, end->connected);
		HOLD(end, end->eof);
		HOLD(end, end->fin_acked);
		HOLD(end, end->acked == end->written);
		HOLD(end, end->read == peer->written);
		if (peer->noobs)
			HOLD(end, end->urgent ==
			     peer->oob[peer->noobs - 1] + 1);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An end: what the kernel will be to the engine. It keeps queues, finds who a
 * segment is for, runs timers.
 */

#include "../../module/proto/stray.h"
#include "csum.h"
#include "sim.h"

static void end_tell(const struct end *end, const char *arrow,
		     const struct toy_segment *seg)
{
	sim_tell(end->sim, "%c %s seq %u ack %u wnd %u len %u flags %02x",
		 'A' + end->id, arrow, seg->seq, seg->ack, seg->wnd, seg->len,
		 seg->flags);
}

/* Ready for a connection, the program's numbers left alone. */
void end_reset(struct end *end)
{
	u32 pos;

	/*
	 * What was kept lies behind what was read, within the largest window.
	 */
	for (pos = 0; pos < RING / 4; pos++)
		if (end->kept[(end->read + pos) % RING])
			end->kept[(end->read + pos) % RING] = 0;
	end->base = 0;
	end->written = 0;
	end->bytes = 0;
	end->acked = 0;
	end->nmarks = 0;
	end->noobs = 0;
	end->rbase = 0;
	end->ready = 0;
	end->read = 0;
	end->rmark = 0;
	end->told_urgent = 0;
	end->urgent = 0;
	end->roob = 0;
	end->eof = false;
	end->fin_acked = false;
	end->connected = false;
	end->over = false;
	end->error = 0;
	end->edge_known = false;
}

/* Options, as the program set them before. */
static void end_options(struct end *end)
{
	toy_conn_set_nodelay(&end->conn, end->nodelay);
	toy_conn_set_timeout(&end->conn, end->user_timeout);
	if (end->keep_idle)
		toy_conn_set_keepalive(&end->conn, end->keep_idle, 5, 5,
				       end->sim->now);
}

void end_connect(struct end *end)
{
	sim_tell(end->sim, "%c     connect", 'A' + end->id);
	toy_conn_open(&end->conn, &end->setup, end->sim->now);
	end->has = HAS_CONN;
	end->base = end->setup.iss + 1;
	end->app.begun = true;
	end_options(end);
	end_pump(end);
	check_end(end);
}

/* Everything is forgotten, as after a power failure. */
void end_crash(struct end *end)
{
	sim_tell(end->sim, "%c     crash", 'A' + end->id);
	end->has = HAS_NOTHING;
	end->over = true;
}

/* ---- segments ---- */

/* Memory is short: part of what is behind holes goes. */
static void end_prune(struct end *end)
{
	u32 from = end->conn.rcv_nxt, pos, i;

	from += 1 + sim_chance(end->sim, end->conn.rcv_edge - from + 1);
	sim_tell(end->sim, "%c     prunes from %u", 'A' + end->id, from);
	pos = from - end->rbase;
	for (i = 0; i < RING / 4; i++)
		end->kept[(pos + i) % RING] = 0;
	toy_conn_prune(&end->conn, from);
}

static void end_conn_input(struct end *end, const struct toy_segment *seg,
			   const u8 *payload)
{
	struct toy_result res;
	u32 flags = 0;

	if (seg->len && sim_happens(end->sim, end->no_room * 1000))
		flags |= 1 + sim_chance(end->sim, 3);
	/* There is memory again, some time. */
	if (end->conn.flags & TOY_CONN_SHUT && sim_chance(end->sim, 2))
		toy_conn_set_buf(&end->conn, end->conn.rcv_buf,
				 end->conn.rcv_space);
	if (end->conn.reass.have.count &&
	    sim_happens(end->sim, end->prune * 1000))
		end_prune(end);
	if (end->conn.state == TOY_STATE_SYN_SENT)
		end->rbase = seg->seq + 1;
	else if (end->conn.state == TOY_STATE_SYN_RECV)
		end->rbase = end->conn.rcv_nxt;
	toy_conn_input(&end->conn, seg, flags, end->sim->now, &res);
	end_result(end, &res, seg, payload);
}

/* The listener's call is acknowledged: a socket is made of it. */
static void end_accept(struct end *end, const struct toy_segment *seg,
		       const u8 *payload)
{
	toy_conn_accept(&end->conn, &end->call, &end->setup, end->sim->now);
	end->has = HAS_CONN;
	end->base = end->call.iss + 1;
	end->app.begun = true;
	end_options(end);
	end_conn_input(end, seg, payload);
}

static void end_call_input(struct end *end, const struct toy_segment *seg,
			   const u8 *payload)
{
	struct toy_segment answer;
	enum toy_seg_drop drop;

	switch (toy_call_input(&end->call, seg, end->sim->now, &drop)) {
	case TOY_VERDICT_ANSWER:
		toy_call_answer(&end->call, &answer);
		wire_send(end, &answer);
		break;
	case TOY_VERDICT_SYN_ACK:
		toy_call_syn_ack(&end->call, &answer);
		wire_send(end, &answer);
		break;
	case TOY_VERDICT_RESET:
		toy_stray_reset(seg, &answer);
		wire_send(end, &answer);
		break;
	case TOY_VERDICT_GONE:
		end->has = HAS_NOTHING;
		break;
	case TOY_VERDICT_ACCEPT:
		end_accept(end, seg, payload);
		break;
	default:
		break;
	}
}

/* No connection: a listener, or nobody. */
static void end_stray_input(struct end *end, const struct toy_segment *seg)
{
	bool listens = !end->app.connects && !end->app.begun && !end->app.left;
	struct toy_segment answer;
	u32 todo;

	todo = toy_machine_step(listens ? TOY_STATE_LISTEN : TOY_STATE_CLOSE,
				toy_stray_event(seg))->actions;
	if (todo & TOY_DO_SEND_RST) {
		toy_stray_reset(seg, &answer);
		wire_send(end, &answer);
	}
	if (todo & TOY_DO_NEW_CALL) {
		toy_call_init(&end->call, seg, &end->setup, end->sim->now);
		end->has = HAS_CALL;
		toy_call_syn_ack(&end->call, &answer);
		wire_send(end, &answer);
	}
}

static void end_wait_input(struct end *end, const struct toy_segment *seg)
{
	bool listens = !end->app.connects && !end->app.begun;
	struct toy_segment answer;
	enum toy_seg_drop drop;

	switch (toy_wait_input(&end->wait, seg, listens, end->sim->now,
			       &drop)) {
	case TOY_VERDICT_ANSWER:
		toy_wait_answer(&end->wait, &answer);
		wire_send(end, &answer);
		break;
	case TOY_VERDICT_TAKE_OVER:
		end->has = HAS_NOTHING;
		if (toy_before(end->setup.iss, toy_wait_iss(&end->wait)))
			end->setup.iss = toy_wait_iss(&end->wait);
		end_stray_input(end, seg);
		break;
	default:
		break;
	}
}

static void end_segment(struct end *end, const struct toy_segment *seg,
			const u8 *payload)
{
	switch (end->has) {
	case HAS_CONN:
		end_conn_input(end, seg, payload);
		break;
	case HAS_CALL:
		end_call_input(end, seg, payload);
		break;
	case HAS_WAIT:
		end_wait_input(end, seg);
		break;
	case HAS_NOTHING:
		end_stray_input(end, seg);
		break;
	}
}

/* A frame has arrived. */
void end_frame(struct end *end, const struct frame *frame)
{
	struct toy_frame f;

	if (toy_header_parse(frame->data, frame->len, frame->len, &f) ||
	    csum(frame->data, f.size + f.seg.len) ||
	    toy_header_check(frame->data, &f)) {
		sim_tell(end->sim, "%c     spoilt frame", 'A' + end->id);
		return;
	}
	end_tell(end, "<--", &f.seg);
	end_segment(end, &f.seg, frame->data + f.size);
	end_pump(end);
	check_end(end);
}

/* ---- timers ---- */

u64 end_deadline(const struct end *end)
{
	u64 at = NEVER;

	if (end->has == HAS_CALL)
		at = end->call.deadline;
	else if (end->has == HAS_CONN)
		at = toy_conn_deadline(&end->conn);
	else if (end->has == HAS_WAIT)
		at = end->wait.deadline;
	return at == NEVER ? NEVER : at + end->late;
}

void end_timer(struct end *end)
{
	struct toy_segment answer;
	struct toy_result res;

	sim_tell(end->sim, "%c     timer", 'A' + end->id);
	if (end->has == HAS_WAIT) {
		end->has = HAS_NOTHING;
	} else if (end->has == HAS_CALL) {
		if (toy_call_timer(&end->call, end->sim->now) ==
		    TOY_VERDICT_GONE) {
			end->has = HAS_NOTHING;
			return;
		}
		toy_call_syn_ack(&end->call, &answer);
		wire_send(end, &answer);
	} else {
		toy_conn_timer(&end->conn, end->sim->now, &res);
		end->timeouts += !!(end->conn.due & TOY_DUE_AGAIN);
		end_result(end, &res, NULL, NULL);
		end_pump(end);
		check_end(end);
	}
}

/* ---- sending ---- */

/* The end of the message that a number lies in. */
static u32 end_mark(const struct end *end, u32 seq)
{
	u32 pos = seq - end->base, low = 0, high = end->nmarks;

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (end->marks[mid] < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return end->base + (low < end->nmarks ? end->marks[low] : 0);
}

/* Send what there is to be sent. */
void end_pump(struct end *end)
{
	struct toy_tx tx = { .max = end->tx_max, .least = end->tx_least };
	struct toy_segment seg;
	u32 n = 0;

	while (end->has == HAS_CONN) {
		struct toy_conn before = end->conn;

		if (end->setup.messages)
			tx.eom = end_mark(end, toy_conn_seek(&end->conn));
		tx.eor = (tx.eom - end->base) % 3 == 0;
		if (!toy_conn_next(&end->conn, end->sim->now, &tx, &seg))
			break;
		if (++n > 100000)
			sim_fail(end->sim, "sends without end");
		end_tell(end, "-->", &seg);
		check_segment(end, &seg, &before);
		end->segs_out++;
		if ((seg.len || seg.flags & (TOY_FLAG_EOM | TOY_FLAG_FIN)) &&
		    toy_before(seg.seq, before.snd_nxt))
			end->segs_again++;
		wire_send(end, &seg);
	}
}

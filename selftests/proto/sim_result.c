// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the engine says of a call, and what a kernel would do with it. Each piece
 * of payload is compared with what the peer wrote there.
 */
#include <string.h>

#include "../../module/proto/stray.h"
#include "sim.h"

/* Payload has to be kept: it is what the peer wrote there, and is so once. */
static void end_keep(struct end *end, const struct toy_result *res,
		     const struct toy_segment *seg, const u8 *payload)
{
	struct end *peer = &end->sim->end[!end->id];
	u32 pos = res->seq - end->rbase, i;

	if (pos + res->len + res->mark > peer->written)
		sim_fail(end->sim, "%u numbers at %u, only %u were written",
			 res->len + res->mark, pos, peer->written);
	for (i = 0; i < res->len + res->mark; i++)
		if (end->kept[(pos + i) % RING])
			sim_fail(end->sim, "position %u kept twice", pos + i);
	if (memcmp(payload + res->offset, wire_content(peer->key, pos),
		   res->len))
		sim_fail(end->sim, "wrong bytes at %u", pos);
	for (i = 0; i < res->len; i++)
		end->kept[(pos + i) % RING] = KEPT_BYTE;
	if (!res->mark)
		return;
	end->kept[(pos + i) % RING] = KEPT_MARK;
	if (!(seg->flags & TOY_FLAG_EOR) != ((pos + i) % 3 != 0))
		sim_fail(end->sim, "EOR is wrong at %u", pos + i);
}

/* There will be an urgent byte: it was written, and is further than before. */
static void end_urgent(struct end *end, const struct toy_result *res)
{
	const struct end *peer = &end->sim->end[!end->id];
	u32 pos = res->urgent - end->rbase;

	if (!peer->noobs || pos > peer->oob[peer->noobs - 1])
		sim_fail(end->sim, "urgent byte at %u", pos);
	if (pos < end->told_urgent || pos < end->ready)
		sim_fail(end->sim, "urgent byte at %u told of twice, or late",
			 pos);
	end->told_urgent = pos + 1;
}

/* Here it is: one that was written as such, told of, and among what can be read. */
static void end_marked(struct end *end, const struct toy_result *res)
{
	u32 pos = res->urgent - end->rbase;

	if (pos + 1 != end->told_urgent)
		sim_fail(end->sim, "urgent byte at %u was not told of", pos);
	if (pos < end->ready || pos >= end->ready + res->ready)
		sim_fail(end->sim, "urgent byte at %u cannot be read yet", pos);
	end->urgent = pos + 1;
}

/*
 * Positions up to @to can be read. Those of them that were written as urgent
 * are, or the program knows of a later one; and no other is.
 */
static void end_pass_urgent(struct end *end, u32 to)
{
	const struct end *peer = &end->sim->end[!end->id];
	bool found = end->urgent <= end->ready;

	for (; end->roob < peer->noobs && peer->oob[end->roob] < to;
	     end->roob++) {
		u32 pos = peer->oob[end->roob];

		if (end->urgent == pos + 1)
			found = true;
		else if (end->told_urgent <= pos + 1)
			sim_fail(end->sim, "urgent byte at %u missed", pos);
	}
	if (!found)
		sim_fail(end->sim, "byte at %u is not urgent", end->urgent - 1);
}

/* More can be read: all of it was kept, marks are where the peer put them. */
static void end_ready(struct end *end, u32 n)
{
	struct end *peer = &end->sim->end[!end->id];
	u32 mark = end->rmark;

	end_pass_urgent(end, end->ready + n);
	while (mark < peer->nmarks && peer->marks[mark] < end->ready)
		mark++;
	for (; n; n--, end->ready++) {
		u8 want = KEPT_BYTE;

		if (end->setup.messages && peer->marks[mark] == end->ready) {
			want = KEPT_MARK;
			mark++;
		}
		if (end->kept[end->ready % RING] != want)
			sim_fail(end->sim, "position %u is not of kind %u",
				 end->ready, want);
	}
}

/* The connection itself is over; what has arrived stays. */
static void end_over(struct end *end, bool time_wait)
{
	end_pump(end);
	end->over = true;
	end->has = HAS_NOTHING;
	if (time_wait) {
		toy_wait_begin(&end->wait, &end->conn, end->sim->now);
		end->has = HAS_WAIT;
	}
}

/* Do what a result says; @seg and @payload: of toy_conn_input() alone. */
void end_result(struct end *end, const struct toy_result *res,
		const struct toy_segment *seg, const u8 *payload)
{
	struct toy_segment rst;

	if (res->tell & TOY_TELL_CONNECTED)
		end->connected = true;
	if (res->tell & TOY_TELL_URGENT)
		end_urgent(end, res);
	if (res->tell & TOY_TELL_KEEP)
		end_keep(end, res, seg, payload);
	if (res->tell & TOY_TELL_MARK)
		end_marked(end, res);
	if (res->tell & TOY_TELL_DATA)
		end_ready(end, res->ready);
	if (res->tell & TOY_TELL_ACKED)
		end->acked += res->acked;
	if (res->tell & TOY_TELL_FIN_ACKED)
		end->fin_acked = true;
	if (res->tell & TOY_TELL_EOF) {
		end->eof = true;
		end->eof_at = end->sim->now;
	}
	if (res->tell & TOY_TELL_ERROR && !end->app.left)
		end->error = res->error;
	if (res->tell & TOY_TELL_RESET) {
		toy_stray_reset(seg, &rst);
		wire_send(end, &rst);
	}
	if (res->tell & (TOY_TELL_CLOSED | TOY_TELL_TIME_WAIT))
		end_over(end, res->tell & TOY_TELL_TIME_WAIT);
	app_wake(end);
}

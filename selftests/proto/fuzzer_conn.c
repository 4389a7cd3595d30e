// SPDX-License-Identifier: GPL-2.0-only
/*
 * For libFuzzer: bytes as what happens to a connection, segments, calls and
 * timers, in any order and with any numbers.
 */
#include <string.h>

#include "sim.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* What is left of the bytes; behind them all is 0. */
struct bytes {
	const u8	*data;
	size_t		size;
};

static u32 take(struct bytes *b, u32 n)
{
	u32 value = 0;

	for (; n; n--) {
		value <<= 8;
		if (!b->size)
			continue;
		value |= *b->data++;
		b->size--;
	}
	return value;
}

/* A number: one that means something, and a distance from it. */
static u32 number(struct bytes *b, const struct toy_conn *c)
{
	const u32 at[8] = { c->rcv_nxt, c->snd_una, c->snd_nxt, c->snd_end,
			    c->rcv_edge, c->rcv_told, c->recover, 0 };
	u32 what = take(b, 1);

	switch (what >> 6) {
	case 0:
		return at[what & 7];
	case 1:
		return at[what & 7] + (__s8)take(b, 1);
	case 2:
		return at[what & 7] + (__s16)take(b, 2);
	default:
		return at[what & 7] + take(b, 4);
	}
}

/* A segment as [F8] lets it through. */
static void input(struct bytes *b, struct end *end)
{
	struct toy_segment seg = { .flags = take(b, 1) };
	struct toy_conn *c = &end->conn;
	struct toy_result res;
	u32 what = take(b, 1), i;

	if (!(seg.flags & (TOY_FLAG_SYN | TOY_FLAG_RST)))
		seg.flags |= TOY_FLAG_ACK;
	seg.seq = number(b, c);
	seg.ack = number(b, c);
	seg.wnd = take(b, what & 1 ? 4 : 2);
	seg.urg = take(b, what & 2 ? 2 : 0);
	seg.len = take(b, what >> 2 & 3 ? 2 : 0);
	seg.sacks = (what >> 4 & 3) % 3;
	for (i = 0; i < seg.sacks; i++) {
		seg.sack[i].start = number(b, c);
		seg.sack[i].end = number(b, c);
	}
	if (seg.flags & (TOY_FLAG_SYN | TOY_FLAG_RST)) {
		seg.len = 0;
		seg.flags &= TOY_FLAG_SYN | TOY_FLAG_ACK | TOY_FLAG_RST;
		seg.has = what & 7;
		seg.mss = take(b, 2);
		seg.maxmsg = take(b, 4);
	}
	if (!end->setup.messages)
		seg.flags &= ~(TOY_FLAG_EOM | TOY_FLAG_EOR);
	else
		seg.flags &= ~TOY_FLAG_URG;
	if (end->setup.messages && seg.len && seg.flags & TOY_FLAG_FIN)
		seg.flags |= TOY_FLAG_EOM;
	toy_conn_input(c, &seg, what >> 6, end->sim->now, &res);
	if (res.tell & TOY_TELL_KEEP && res.offset + res.len > seg.len)
		sim_fail(end->sim, "more kept than there is");
	if (res.tell & TOY_TELL_DATA)
		end->ready += res.ready;
}

static void write(struct bytes *b, struct end *end)
{
	struct toy_conn *c = &end->conn;
	u32 n = take(b, 2);

	/* Queues are shorter than 2^30. */
	if (c->snd_end - c->snd_una > 1U << 24 || c->flags & TOY_CONN_FIN ||
	    c->state == TOY_STATE_CLOSE || c->state == TOY_STATE_TIME_WAIT)
		return;
	end->written += n + end->setup.messages;
	toy_conn_write(c, n, take(b, 1) & 3, end->sim->now);
}

static void pass_time(struct bytes *b, struct end *end)
{
	u64 deadline = toy_conn_deadline(&end->conn);
	struct toy_result res;

	if (take(b, 1) & 1)
		end->sim->now += take(b, 3);
	else if (deadline != NEVER)
		end->sim->now = max(end->sim->now, deadline);
	toy_conn_timer(&end->conn, end->sim->now, &res);
}

/* What a program, or its machine, may do. */
static void call(struct bytes *b, struct end *end, u32 what)
{
	struct toy_conn *c = &end->conn;
	struct toy_result res;
	u32 n;

	switch (what) {
	case 0:
		n = end_space(end);
		end->read += min(take(b, 2), end->ready - end->read);
		toy_conn_read(c, end_space(end) - n);
		break;
	case 1:
		toy_conn_shutdown(c, end->sim->now, &res);
		break;
	case 2:
		toy_conn_release(c, false, end->sim->now, &res);
		break;
	case 3:
		toy_conn_set_mss(c, max(take(b, 2), TOY_MSS_MIN));
		break;
	case 4:
		toy_conn_set_keepalive(c, take(b, 1), 1 + take(b, 1), 3,
				       end->sim->now);
		break;
	case 5:
		toy_conn_set_timeout(c, take(b, 2));
		break;
	case 6:
		end->setup.buf = end->setup.maxmsg + 1 + take(b, 3);
		toy_conn_set_buf(c, end->setup.buf, end_space(end));
		break;
	case 7:
		toy_conn_prune(c, c->rcv_nxt + take(b, 2));
		break;
	default:
		toy_conn_push(c);
		break;
	}
}

static void drain(struct bytes *b, struct end *end)
{
	struct toy_tx tx = { .max = 128 + take(b, 2), .least = take(b, 1) };
	struct toy_conn *c = &end->conn;
	struct toy_segment seg;
	u32 message = take(b, 2), n = 0;

	for (;;) {
		tx.eom = toy_conn_seek(c) + message;
		if (toy_before(c->snd_end - 1, tx.eom))
			tx.eom = c->snd_end - 1;
		if (!toy_conn_next(c, end->sim->now, &tx, &seg))
			break;
		if (++n > 1000000)
			sim_fail(end->sim, "sends without end");
	}
	check_end(end);
}

/* A connection that calls, or one of a half-open call. */
static void begin(struct bytes *b, struct end *end)
{
	u32 what = take(b, 1);
	struct toy_setup *s = &end->setup;

	memset(s, 0, sizeof(*s));
	s->messages = what & 1;
	s->no_sack = what & 2;
	s->mss = max(take(b, 2), TOY_MSS_MIN);
	s->iss = take(b, 4);
	s->maxmsg = s->messages ? TOY_MAXMSG_MIN + take(b, 2) : 0;
	s->buf = s->maxmsg + 200 + take(b, 2);
	end->base = s->iss + 1;
	if (what & 4) {
		struct toy_segment syn = {
			.seq = take(b, 4), .wnd = take(b, 3),
			.mss = take(b, 2), .has = what >> 5,
			.flags = TOY_FLAG_SYN,
		};

		toy_call_init(&end->call, &syn, s, end->sim->now);
		toy_conn_accept(&end->conn, &end->call, s, end->sim->now);
		/* The caller hands it the segment that made it. */
		syn.seq++;
		syn.ack = s->iss + 1;
		syn.flags = TOY_FLAG_ACK;
		syn.has = 0;
		toy_conn_input(&end->conn, &syn, 0, end->sim->now,
			       &(struct toy_result){});
	} else {
		toy_conn_open(&end->conn, s, end->sim->now);
	}
	end->has = HAS_CONN;
	drain(b, end);
}

/* sim_reset() is thorough: it takes a hundred times as long as all the rest. */
static void reset(struct sim *sim, struct end *end)
{
	sim->now = TOY_SEC;
	end->sim = sim;
	end->written = 0;
	end->ready = 0;
	end->read = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct sim *sim;
	struct bytes b = { data, size };
	struct end *end;

	if (!sim)
		sim = sim_new();
	end = &sim->end[0];
	reset(sim, end);
	if (setjmp(sim->failed)) {
		fprintf(stderr, "%s\n", sim->why);
		abort();
	}
	begin(&b, end);
	while (b.size) {
		u32 what = take(&b, 1);

		if (what & 1)
			input(&b, end);
		else if (what & 2)
			write(&b, end);
		else if (what & 4)
			pass_time(&b, end);
		else
			call(&b, end, (what >> 3) % 9);
		drain(&b, end);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rubbish for the parser and for connections in every state. To be built with
 * sanitizers: each frame is an allocation of its own size.
 *
 *	fuzz [-n ROUNDS] [-s SEED]
 */
#include <string.h>
#include <unistd.h>

#include "csum.h"
#include "sim.h"

/* Segments for each connection, frames for each round. */
#define SEGMENTS	100

/* ---- frames ---- */

static void fill(struct sim *sim, u8 *data, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = sim_chance(sim, 256);
}

/*
 * A frame that is right but for a few bytes, or not at all. Returns its length.
 */
static u32 make_frame(struct sim *sim, u8 *data)
{
	struct toy_frame f = {
		.type = sim_chance(sim, 7), .src = 2, .dst = 3, .sport = 4,
		.dport = 5, .seg.len = sim_chance(sim, 30),
		.seg.flags = sim_chance(sim, 256),
		.seg.has = sim_chance(sim, 8),
		.seg.sacks = sim_chance(sim, 2),
	};
	u32 len = sim_chance(sim, 90), i;

	fill(sim, data, 128);
	if (sim_chance(sim, 8) == 0)
		return len;
	/* Two blocks beside all the others have no room. */
	if (f.seg.sacks && sim_chance(sim, 2)) {
		f.seg.has = 0;
		f.seg.sacks = 2;
	}
	toy_header_build(data, &f);
	len = f.size + f.seg.len + sim_chance(sim, 3);
	for (i = sim_chance(sim, 4); i; i--)
		data[sim_chance(sim, f.size)] = sim_chance(sim, 256);
	return sim_chance(sim, 4) ? len : sim_chance(sim, len + 1);
}

/* What was accepted is what is built from it, once more. */
static void check_again(struct sim *sim, const struct toy_frame *f)
{
	struct toy_frame again = *f, seen;
	u8 data[TOY_HEADER_MAX];

	/* Options that only a foreign peer would put together. */
	if (toy_header_options(&f->seg) > 24)
		return;
	toy_header_build(data, &again);
	if (toy_header_parse(data, again.size, again.size + f->seg.len,
			     &seen) || toy_header_check(data, &seen))
		sim_fail(sim, "a frame is accepted once, but not twice");
	if (seen.seg.seq != f->seg.seq && toy_frame_is_segment(f->type))
		sim_fail(sim, "a frame changes");
	if (seen.type != f->type || seen.src != f->src ||
	    seen.seg.len != f->seg.len)
		sim_fail(sim, "a frame changes");
}

static void fuzz_frame(struct sim *sim)
{
	u32 len, have, need;
	struct toy_frame f;
	u8 data[256], *copy;

	len = make_frame(sim, data);
	/* Only part of it may be readable, but the header if there is one. */
	for (have = 0; have < len;) {
		need = toy_header_need(data, have);
		if (need <= have)
			break;
		have = need < len ? need : len;
	}
	copy = malloc(have ? have : 1);
	if (!copy)
		abort();
	memcpy(copy, data, have);
	if (!toy_header_parse(copy, have, len, &f)) {
		if (f.size > have || f.size + f.seg.len > len)
			sim_fail(sim, "a frame longer than its bytes");
		if (!toy_header_check(copy, &f))
			check_again(sim, &f);
	}
	free(copy);
}

/* ---- segments ---- */

/* A number near one that matters. */
static u32 near(struct sim *sim, u32 number)
{
	static const u32 off[] = {
		0, 1, 2, 100, 1464, 70000, 0x40000000, 0x7fffffff, 0x80000000,
	};
	u32 by = off[sim_chance(sim, ARRAY_SIZE(off))];

	by += sim_chance(sim, 3) - 1;
	return sim_chance(sim, 2) ? number + by : number - by;
}

/* Of a connection's numbers, a place where an attack might aim at. */
static u32 aim(struct sim *sim, const struct toy_conn *c)
{
	const u32 at[] = { c->snd_una, c->snd_nxt, c->snd_end, c->rcv_nxt,
			   c->rcv_edge, c->rcv_told };

	return near(sim, at[sim_chance(sim, ARRAY_SIZE(at))]);
}

static void make_segment(struct sim *sim, const struct toy_conn *c,
			 struct toy_segment *seg)
{
	bool messages = c->flags & TOY_CONN_MESSAGES;
	u32 i;

	memset(seg, 0, sizeof(*seg));
	seg->seq = sim_chance(sim, 2) ? near(sim, c->rcv_nxt) : aim(sim, c);
	seg->ack = sim_chance(sim, 2) ? near(sim, c->snd_una) : aim(sim, c);
	seg->wnd = near(sim, 0);
	seg->urg = near(sim, 0);
	seg->mss = near(sim, 0);
	seg->maxmsg = near(sim, 0);
	seg->has = sim_chance(sim, 8);
	seg->flags = TOY_FLAG_ACK | (sim_chance(sim, 3) ? 0 :
				     sim_chance(sim, 256));
	if (sim_chance(sim, 2))
		seg->len = sim_chance(sim, 3000);
	/* As [F8] lets them through. */
	if (seg->flags & (TOY_FLAG_SYN | TOY_FLAG_RST)) {
		seg->len = 0;
		seg->flags &= TOY_FLAG_SYN | TOY_FLAG_ACK | TOY_FLAG_RST;
	}
	if (!messages)
		seg->flags &= ~(TOY_FLAG_EOM | TOY_FLAG_EOR);
	else
		seg->flags &= ~TOY_FLAG_URG;
	if (messages && seg->len && seg->flags & TOY_FLAG_FIN)
		seg->flags |= TOY_FLAG_EOM;
	seg->sacks = sim_chance(sim, 3);
	for (i = 0; i < seg->sacks; i++) {
		seg->sack[i].start = aim(sim, c);
		seg->sack[i].end = sim_chance(sim, 2) ? aim(sim, c) :
				   seg->sack[i].start + sim_chance(sim, 5000);
	}
}

/* Who cannot name a number in the window changes nothing. */
static void check_harmless(struct end *end, const struct toy_segment *seg,
			   const struct toy_conn *before)
{
	const struct toy_conn *c = &end->conn;
	u32 wnd = before->rcv_edge - before->rcv_nxt;
	u32 n = seg->len + !!(seg->flags & TOY_FLAG_EOM) +
		!!(seg->flags & TOY_FLAG_FIN);

	if (before->state == TOY_STATE_SYN_SENT ||
	    (before->state == TOY_STATE_SYN_RECV &&
	     seg->flags & TOY_FLAG_SYN))
		return;
	if (seg->flags & TOY_FLAG_SYN)
		wnd = 0;
	else if (seg->seq - before->rcv_nxt < wnd + 2 ||
		 (n && seg->seq + n - 1 - before->rcv_nxt < wnd))
		return;
	if (c->state != before->state || c->rcv_nxt != before->rcv_nxt ||
	    c->snd_una != before->snd_una || c->snd_wnd != before->snd_wnd ||
	    c->reass.have.count != before->reass.have.count ||
	    c->sack.have.count != before->sack.have.count ||
	    c->cong.cwnd != before->cong.cwnd)
		sim_fail(end->sim, "harm from outside of the window");
}

static void drain(struct end *end)
{
	struct toy_tx tx = { .max = 1000 + sim_chance(end->sim, 60000) };
	struct toy_segment seg;
	u32 n = 0;

	for (;;) {
		tx.eom = toy_conn_seek(&end->conn) +
			 sim_chance(end->sim, 3000);
		if (toy_before(end->conn.snd_end - 1, tx.eom))
			tx.eom = end->conn.snd_end - 1;
		if (!toy_conn_next(&end->conn, end->sim->now, &tx, &seg))
			return;
		if (++n > 100000)
			sim_fail(end->sim, "sends without end");
	}
}

/* Whatever a program may do meanwhile. */
static void meddle(struct end *end)
{
	struct toy_conn *c = &end->conn;
	struct sim *sim = end->sim;
	struct toy_result res;
	u32 n;

	switch (sim_chance(sim, 13)) {
	case 0:
		n = end_space(end);
		end->read += sim_chance(sim, end->ready - end->read + 1);
		toy_conn_read(c, end_space(end) - n);
		break;
	case 1:
		toy_conn_set_mss(c, 128 + sim_chance(sim, 9000));
		break;
	case 2:
		if (toy_conn_deadline(c) == NEVER)
			break;
		sim->now = toy_conn_deadline(c);
		toy_conn_timer(c, sim->now, &res);
		break;
	case 3:
		toy_conn_push(c);
		break;
	case 4:
		toy_conn_set_keepalive(c, sim_chance(sim, 3), 1, 3, sim->now);
		break;
	case 5:
		if (sim_chance(sim, 10) == 0)
			toy_conn_shutdown(c, sim->now, &res);
		break;
	case 6:
		toy_conn_prune(c, c->rcv_nxt + sim_chance(sim, 3000));
		break;
	default:
		sim->now += sim_chance(sim, 300000);
		break;
	}
}

/* A connection in the middle of a run, from then on in bad hands. */
static void fuzz_conn(struct sim *sim)
{
	struct end *end = &sim->end[sim_chance(sim, 2)];
	struct toy_segment seg;
	struct toy_conn before;
	struct toy_result res;
	u32 i;

	if (end->has != HAS_CONN)
		return;
	for (i = 0; i < SEGMENTS; i++) {
		before = end->conn;
		make_segment(sim, &before, &seg);
		toy_conn_input(&end->conn, &seg,
			       sim_chance(sim, 20) ? 0 : sim_chance(sim, 4),
			       sim->now, &res);
		if (res.tell & TOY_TELL_KEEP &&
		    res.offset + res.len > seg.len)
			sim_fail(sim, "more kept than there is");
		if (res.tell & TOY_TELL_DATA)
			end->ready += res.ready;
		check_harmless(end, &seg, &before);
		meddle(end);
		drain(end);
		check_end(end);
	}
}

/* Returns whether all was well. */
static bool fuzz(struct sim *sim, u64 seed)
{
	u32 n;

	sim_reset(sim, seed);
	sim->end[0].app.connects = false;
	/* Somewhere in a run of this seed. */
	sim->most = 1 + sim_chance(sim, 300);
	if (!sim_run(sim) || setjmp(sim->failed)) {
		printf("# seed %llu: %s\n", (unsigned long long)seed, sim->why);
		return false;
	}
	fuzz_conn(sim);
	for (n = 0; n < SEGMENTS; n++)
		fuzz_frame(sim);
	return true;
}

int main(int argc, char **argv)
{
	u64 rounds = 20000, seed = 1, i;
	struct sim *sim = sim_new();
	u32 failed = 0;
	int c;

	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			rounds = strtoull(optarg, NULL, 0);
		else if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	wire_init();
	puts("TAP version 13\n1..1");
	for (i = 0; i < rounds && failed < 10; i++)
		failed += !fuzz(sim, seed + i);
	printf("%sok 1 - fuzz: %llu connections, %u segments and frames each\n",
	       failed ? "not " : "", (unsigned long long)rounds, SEGMENTS);
	return failed ? 1 : 0;
}

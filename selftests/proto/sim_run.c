// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run: what it is about, drawn from the seed; then event after event.
 */
#include <stdarg.h>
#include <string.h>

#include "sim.h"

/* A run that takes longer than this hangs. */
#define LIMIT		(12ULL * 3600 * TOY_SEC)
#define STEPS		3000000
/* Bytes that an end writes. */
#define MOST		200000

/* ---- chance ---- */

/* A number below @n. */
u32 sim_chance(struct sim *sim, u32 n)
{
	u64 z;

	sim->chance += 0x9e3779b97f4a7c15ULL;
	z = sim->chance;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return n ? (u32)(z >> 32) % n : 0;
}

bool sim_happens(struct sim *sim, u32 of_a_million)
{
	return of_a_million && sim_chance(sim, 1000000) < of_a_million;
}

/* Between two numbers, each order of magnitude as likely as another. */
static u32 sim_between(struct sim *sim, u32 low, u32 high)
{
	u32 span = low ? low : 1, steps = 0, n;

	for (n = high / span; n; n >>= 1)
		steps++;
	n = (span << sim_chance(sim, steps)) - span;
	n = low + n + sim_chance(sim, n + span);
	return n < high ? n : high;
}

/* ---- telling ---- */

noreturn void sim_fail(struct sim *sim, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sim->why, sizeof(sim->why), format, args);
	va_end(args);
	sim_tell(sim, "failed: %s", sim->why);
	longjmp(sim->failed, 1);
}

void sim_tell(struct sim *sim, const char *format, ...)
{
	va_list args;

	if (!sim->trace)
		return;
	printf("# %llu.%06llu ", (unsigned long long)(sim->now / TOY_SEC),
	       (unsigned long long)(sim->now % TOY_SEC));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* ---- what a run is about ---- */

static void draw_wire(struct sim *sim)
{
	struct wire *w = &sim->wire;
	u32 worst = sim->clean ? 30000 : 300000;

	w->delay = sim_between(sim, 10, 300000);
	if (sim_chance(sim, 2))
		w->loss = sim_between(sim, 0, worst);
	if (sim_chance(sim, 3) == 0)
		w->dup = sim_between(sim, 0, 200000);
	if (sim_chance(sim, 3) == 0)
		w->jitter = sim_between(sim, 1, w->delay);
	if (sim_chance(sim, 3) == 0) {
		w->late = sim_between(sim, 1000, 300000);
		w->late_by = sim_between(sim, 10, 2000000);
	}
	if (sim_chance(sim, 4) == 0)
		w->spoil = sim_between(sim, 0, worst / 2);
	if (sim_chance(sim, 4) == 0) {
		w->rate = sim_between(sim, 20000, 100000000);
		w->queue = sim_between(sim, 3000, 300000);
	}
	w->large = sim_chance(sim, 4) == 0;
	if (!sim->clean && sim_chance(sim, 3) == 0) {
		w->down_from = sim->now + sim_between(sim, 1, 20000000);
		w->down_to = w->down_from + sim_between(sim, 1, 400000000);
		if (sim_chance(sim, 3) == 0)
			w->down_to = NEVER;
	}
}

/* Both ends: what they share. */
static void draw_setup(struct sim *sim)
{
	static const u16 sizes[] = { 220, 540, 1464, 1464, 8964, 65499 };
	bool messages = sim_chance(sim, 2);
	int i;

	for (i = 0; i < 2; i++) {
		struct toy_setup *s = &sim->end[i].setup;

		memset(s, 0, sizeof(*s));
		s->messages = messages;
		s->mss = sizes[sim_chance(sim, ARRAY_SIZE(sizes))];
		s->buf = sim_between(sim, messages ? 4097 : 200, 300000);
		s->maxmsg = messages ? 4096 + sim_chance(sim, s->buf - 4096) :
				       0;
		s->no_sack = sim_chance(sim, 8) == 0;
		s->iss = sim_chance(sim, U32_MAX);
		if (sim_chance(sim, 4) == 0)
			s->iss = -sim_chance(sim, 100000);
	}
}

/* @other: bytes that the other end will write at most */
static void draw_app(struct sim *sim, struct end *end, u32 other)
{
	struct app *a = &end->app;

	memset(a, 0, sizeof(*a));
	a->at = NEVER;
	a->total = sim_between(sim, 0, MOST);
	if (sim_chance(sim, 6) == 0)
		a->total = 0;
	a->chunk = sim_between(sim, 1, 70000);
	/* Many small writes take long, and say nothing new after a while. */
	if (a->total / a->chunk > 2000)
		a->total = 2000 * a->chunk;
	a->sndbuf = sim_between(sim, 2000, 300000);
	if (sim_chance(sim, 3))
		a->think = sim_between(sim, 0, 100000);
	a->rchunk = sim_between(sim, 1 + other / 1000, 100000);
	if (sim_chance(sim, 4) == 0) {
		a->rpause = sim_between(sim, 1, 300);
		a->rpause_by = sim_between(sim, 1000, 20000000);
	}
	if (sim_chance(sim, 4) == 0)
		a->more = sim_between(sim, 1, 900);
	if (sim_chance(sim, 4) == 0 && !end->setup.messages)
		a->urgent = sim_between(sim, 1, 500);
	if (sim_chance(sim, 4) == 0)
		a->fiddle = sim_between(sim, 1, 200);
	a->leave = LEAVE_CLEAN;
	if (!sim->clean && sim_chance(sim, 2)) {
		a->leave = LEAVE_CLOSE + sim_chance(sim, 3);
		a->leave_at = sim->now + sim_between(sim, 1, 10000000);
	}
}

static void draw_end(struct sim *sim, struct end *end)
{
	end->late = sim_chance(sim, 2) ? 0 : sim_chance(sim, 4000);
	end->no_room = 0;
	if (!sim->clean && sim_chance(sim, 6) == 0)
		end->no_room = sim_between(sim, 1, 300);
	end->prune = 0;
	if (sim_chance(sim, 6) == 0)
		end->prune = sim_between(sim, 1, 100);
	end->tx_max = end->setup.mss;
	if (sim_chance(sim, 2))
		end->tx_max = sim_between(sim, end->setup.mss, 65535);
	end->tx_least = 0;
	if (sim_chance(sim, 3) == 0)
		end->tx_least = sim_chance(sim, end->tx_max);
	end->nodelay = sim_chance(sim, 2);
	end->user_timeout = 0;
	if (!sim->clean && sim_chance(sim, 6) == 0)
		end->user_timeout = sim_between(sim, 500, 100000);
	end->keep_idle = 0;
	if (!sim->clean || sim_chance(sim, 6) == 0)
		end->keep_idle = sim_between(sim, 1, 100);
}

/* Who calls whom, and when. */
static void draw_opening(struct sim *sim)
{
	struct app *a = &sim->end[0].app, *b = &sim->end[1].app;
	u32 delay = sim->wire.delay;

	a->connects = true;
	a->starts = sim->now + 1;
	a->at = a->starts;
	if (sim_chance(sim, 4) == 0) {
		/* Both, before the one hears of the other. */
		b->connects = true;
		b->starts = a->starts + sim_chance(sim, delay);
		b->at = b->starts;
	} else if (sim_chance(sim, 8) == 0) {
		b->leave = b->leave == LEAVE_CLEAN ? LEAVE_LAST : b->leave;
	}
}

static void draw_round(struct sim *sim)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct end *end = &sim->end[i];

		end_reset(end);
		end->key = sim_chance(sim, PATTERN);
		draw_app(sim, end, i ? sim->end[0].app.total : MOST);
		draw_end(sim, end);
	}
	draw_opening(sim);
}

/* ---- the run ---- */

struct sim *sim_new(void)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		abort();
	return sim;
}

/* Ready for a run of a seed; what is not drawn has to be set by the caller. */
void sim_reset(struct sim *sim, u64 seed)
{
	int i;

	wire_clear(sim);
	sim->seed = seed;
	sim->chance = seed;
	sim->now = 1000000;
	sim->limit = LIMIT;
	sim->steps = 0;
	sim->most = 0;
	sim->round = 0;
	sim->again = 0;
	sim->clean = true;
	sim->why[0] = '\0';
	memset(&sim->wire, 0, sizeof(sim->wire));
	for (i = 0; i < 2; i++) {
		struct end *end = &sim->end[i];

		sim->busy[i] = 0;
		sim->last[i] = 0;
		end->sim = sim;
		end->id = i;
		end->has = HAS_NOTHING;
		end->timeouts = 0;
		end->segs_out = 0;
		end->segs_again = 0;
		end_reset(end);
	}
}

/* Draw all of a run from its seed. */
static void draw(struct sim *sim)
{
	sim->clean = sim_chance(sim, 2);
	sim->again = sim->clean && sim_chance(sim, 4) == 0 ? 2 : 0;
	draw_wire(sim);
	draw_setup(sim);
	draw_round(sim);
}

/* [O1]: a clock of 4 us moves the initial numbers on. */
static void next_round(struct sim *sim)
{
	int i;

	sim->round++;
	sim_tell(sim, "once more");
	for (i = 0; i < 2; i++)
		sim->end[i].setup.iss += sim->now / 4;
	draw_round(sim);
}

/*
 * Whether both programs have left, and who calls has no TIME_WAIT: time for
 * another connection of the same two addresses, with frames of this one about.
 */
static bool ready_for_more(const struct sim *sim)
{
	const struct end *a = &sim->end[0], *b = &sim->end[1];

	return sim->round < sim->again && a->app.left && b->app.left &&
	       a->has == HAS_NOTHING &&
	       (b->has == HAS_NOTHING || b->has == HAS_WAIT);
}

/* The next thing that happens; returns false where nothing does any more. */
static bool step(struct sim *sim)
{
	u64 at = sim->frames ? sim->frame[0].at : NEVER;
	struct end *who = NULL;
	bool timer = false;
	struct frame frame;
	int i;

	for (i = 0; i < 2; i++) {
		struct end *end = &sim->end[i];

		if (end->app.at < at) {
			at = end->app.at;
			who = end;
			timer = false;
		}
		if (end_deadline(end) < at) {
			at = end_deadline(end);
			who = end;
			timer = true;
		}
	}
	if (at == NEVER)
		return false;
	if (at > sim->now)
		sim->now = at;
	if (who && timer) {
		end_timer(who);
	} else if (who) {
		app_run(who);
	} else {
		wire_next(sim, &frame);
		end_frame(&sim->end[frame.to], &frame);
		free(frame.data);
	}
	return true;
}

/* Run until nothing happens any more; returns whether all was well. */
bool sim_run(struct sim *sim)
{
	if (setjmp(sim->failed))
		return false;
	if (!sim->end[0].app.connects)
		draw(sim);
	while (step(sim)) {
		if (++sim->steps == sim->most)
			return true;
		if (sim->steps > STEPS)
			sim_fail(sim, "goes on and on");
		if (sim->now > sim->limit)
			sim_fail(sim, "takes too long");
		if (ready_for_more(sim))
			next_round(sim);
	}
	check_over(sim);
	return true;
}

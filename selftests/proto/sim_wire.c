// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames on their way: made as bytes, cut, lost, doubled, late, spoilt.
 */
#include <string.h>

#include "csum.h"
#include "sim.h"

static u8 pattern[PATTERN + 65536];

/* The same for all runs. */
void wire_init(void)
{
	u64 x = 88172645463325252ULL;
	u32 i;

	for (i = 0; i < PATTERN; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pattern[i] = x >> 24;
	}
	memcpy(pattern + PATTERN, pattern, sizeof(pattern) - PATTERN);
}

/* Content from a position on, up to 64 KiB of it. */
const u8 *wire_content(u32 key, u32 pos)
{
	return pattern + ((u64)key + pos) % PATTERN;
}

/* ---- the heap ---- */

static bool sooner(const struct frame *a, const struct frame *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void swap(struct frame *a, struct frame *b)
{
	struct frame c = *a;

	*a = *b;
	*b = c;
}

static void push(struct sim *sim, const struct frame *frame)
{
	u32 i;

	if (sim->frames == sim->room) {
		sim->room = sim->room ? sim->room * 2 : 1024;
		sim->frame = realloc(sim->frame,
				     sim->room * sizeof(*sim->frame));
		if (!sim->frame)
			abort();
	}
	sim->frame[sim->frames] = *frame;
	for (i = sim->frames++; i; i = (i - 1) / 2) {
		if (!sooner(&sim->frame[i], &sim->frame[(i - 1) / 2]))
			break;
		swap(&sim->frame[i], &sim->frame[(i - 1) / 2]);
	}
}

/* Take the frame that arrives next; the caller frees its bytes. */
bool wire_next(struct sim *sim, struct frame *frame)
{
	u32 i = 0, child;

	if (!sim->frames)
		return false;
	*frame = sim->frame[0];
	sim->frame[0] = sim->frame[--sim->frames];
	for (child = 1; child < sim->frames; child = 2 * i + 1) {
		if (child + 1 < sim->frames &&
		    sooner(&sim->frame[child + 1], &sim->frame[child]))
			child++;
		if (!sooner(&sim->frame[child], &sim->frame[i]))
			break;
		swap(&sim->frame[i], &sim->frame[child]);
		i = child;
	}
	return true;
}

void wire_clear(struct sim *sim)
{
	while (sim->frames)
		free(sim->frame[--sim->frames].data);
}

/* ---- sending ---- */

/* When a frame of so many bytes arrives; NEVER: there was no room for it. */
static u64 arrival(struct sim *sim, int from, u32 len)
{
	struct wire *wire = &sim->wire;
	u64 at = sim->now;

	if (wire->rate) {
		u64 busy = sim->busy[from] > at ? sim->busy[from] : at;
		u64 takes = (len + 38) * 1000000ULL / wire->rate;

		if ((busy - at) * wire->rate / 1000000 > wire->queue)
			return NEVER;
		sim->busy[from] = busy + takes;
		at = busy + takes;
	}
	at += wire->delay;
	if (wire->jitter)
		at += sim_chance(sim, wire->jitter);
	if (sim_happens(sim, wire->late))
		return at + 1 + sim_chance(sim, wire->late_by);
	/* Jitter alone does not change the order. */
	if (at < sim->last[from])
		at = sim->last[from];
	sim->last[from] = at;
	return at;
}

static void put(struct sim *sim, int from, const u8 *data, u32 len, u64 at)
{
	struct frame frame = {
		.at = at, .order = sim->order++, .to = !from, .len = len,
	};

	/* Of its own size, so that a sanitizer sees who reads behind it. */
	frame.data = malloc(len);
	if (!frame.data)
		abort();
	memcpy(frame.data, data, len);
	if (sim_happens(sim, sim->wire.spoil)) {
		u32 bit = sim_chance(sim, len * 8);

		frame.data[bit / 8] ^= 1 << bit % 8;
	}
	push(sim, &frame);
}

/* One frame that the device takes. */
static void transmit(struct end *from, struct toy_frame *frame, const u8 *data)
{
	static u8 bytes[FRAME_MAX];
	struct sim *sim = from->sim;
	u64 at;

	toy_header_build(bytes, frame);
	memcpy(bytes + frame->size, data, frame->seg.len);
	csum_set(bytes, frame->size + frame->seg.len);
	at = arrival(sim, from->id, frame->size + frame->seg.len);
	if (at == NEVER || sim_happens(sim, sim->wire.loss) ||
	    (sim->now >= sim->wire.down_from && sim->now < sim->wire.down_to)) {
		sim_tell(sim, "%c     lost", 'A' + from->id);
		return;
	}
	put(sim, from->id, bytes, frame->size + frame->seg.len, at);
	if (sim_happens(sim, sim->wire.dup))
		put(sim, from->id, bytes, frame->size + frame->seg.len,
		    arrival(sim, from->id, 0));
}

/*
 * Send a segment; one that is larger than a frame is cut, as frames.md has it
 * in 'Cutting large frames'.
 */
void wire_send(struct end *from, const struct toy_segment *seg)
{
	const u8 last = TOY_FLAG_FIN | TOY_FLAG_PSH | TOY_FLAG_EOM |
			TOY_FLAG_EOR;
	struct toy_frame frame = {
		.type = from->setup.messages ? TOY_FRAME_SEQPACKET :
					       TOY_FRAME_STREAM,
		.src = 2 + from->id, .dst = 3 - from->id,
		.sport = 40000 + from->id, .dport = 40001 - from->id,
	};
	u32 cap = from->conn.mss ? from->conn.mss : from->setup.mss, off = 0, n;
	const u8 *data;

	data = wire_content(from->key, seg->seq - from->base);
	cap -= toy_header_options(seg);
	if (from->sim->wire.large)
		cap = 65535;
	do {
		n = seg->len - off < cap ? seg->len - off : cap;
		frame.seg = *seg;
		frame.seg.seq += off;
		frame.seg.len = n;
		if (off + n < seg->len)
			frame.seg.flags &= ~last;
		if (seg->flags & TOY_FLAG_URG && seg->urg < off) {
			frame.seg.flags &= ~TOY_FLAG_URG;
			frame.seg.urg = 0;
		} else if (seg->flags & TOY_FLAG_URG) {
			frame.seg.urg = seg->urg - off;
		}
		transmit(from, &frame, data + off);
		off += n;
	} while (off < seg->len);
}

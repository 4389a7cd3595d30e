// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer of a seqpacket, by hand.
 */
#include "toy_peer.h"

#define PATIENCE	10000

__u8 toy_peer_byte(__u32 number)
{
	return number * 31 + (number >> 8);
}

struct toy_frame toy_peer_frame(const struct toy_peer *p, struct toy_part part)
{
	struct toy_frame f;
	__u32 i;

	toy_frame_init(&f, TOY_PEER_NODE, 3);
	toy_frame_base(&f, FRAME_SEQPACKET, TOY_PEER_NODE, 3, p->from, p->to,
		       part.len);
	toy_frame_segment(&f, p->base + part.at,
			  part.flags & FRAME_ACK ? p->ack : 0, 65536,
			  part.flags);
	for (i = 0; i < part.len; i++)
		toy_frame_add(&f, &(__u8){ toy_peer_byte(part.at + i) }, 1);
	toy_frame_sum(&f);
	return f;
}

int toy_peer_say(const struct toy_peer *p, __u32 at, __u32 len, int flags)
{
	struct toy_part part = { at, len, flags };
	struct toy_frame f = toy_peer_frame(p, part);

	return toy_frame_send(p->wire, &f);
}

int toy_peer_say_parts(const struct toy_peer *p, const struct toy_part *part,
		       size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (toy_peer_say(p, part[i].at, part[i].len,
				 part[i].flags | FRAME_ACK))
			return -1;
	return 0;
}

int toy_peer_hear(struct toy_peer *p, int ms)
{
	struct toy_frame f;

	do {
		if (toy_frame_recv(p->wire, &f, TOY_PEER_NODE, FRAME_SEQPACKET,
				   ms))
			return 0;
	} while (toy_frame_get(&f, 14, 2) != p->from);
	p->acked = toy_frame_get(&f, 24, 4) - p->base;
	if (f.at[33] & (FRAME_SYN | FRAME_FIN))
		p->ack = toy_frame_get(&f, 20, 4) + 1;
	return f.at[33];
}

int toy_peer_call(struct toy_peer *p, __u16 port, int listener)
{
	p->from++;
	p->to = port;
	p->base = 1000000 * p->from;
	/* The SYN has the number before the first one. */
	if (toy_peer_say(p, -1, 0, FRAME_SYN) ||
	    toy_peer_hear(p, PATIENCE) != (FRAME_SYN | FRAME_ACK) ||
	    toy_peer_say(p, 0, 0, FRAME_ACK))
		return -1;
	p->fd = toy_cable_answer(listener);
	return p->fd;
}

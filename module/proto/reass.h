/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiver's side of lost and reordered segments: what of one is new, when
 * the gaps are closed, what the peer is told of it (RFC 2018, RFC 2883).
 */
#ifndef _TOY_PROTO_REASS_H
#define _TOY_PROTO_REASS_H

#include "ranges.h"

/* Blocks for which there is room in a header, behind two bytes of padding. */
#define TOY_SACK_BLOCKS		2

/**
 * struct toy_reass - what has arrived behind a gap
 * @have:	numbers of it
 * @dup:	what arrived twice and has not been told of yet, or empty
 * @recent:	a number of the range that changed last, and of the one before
 */
struct toy_reass {
	struct toy_ranges	have;
	struct toy_range	dup;
	u32			recent[TOY_SACK_BLOCKS];
};

u32 toy_reass_take(struct toy_reass *reass, u32 nxt, u32 edge,
		   struct toy_range *piece);
u32 toy_reass_blocks(struct toy_reass *reass, struct toy_range *blocks);

#endif /* _TOY_PROTO_REASS_H */

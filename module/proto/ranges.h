/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of sequence numbers as few ranges: what arrived out of order, what the
 * peer says that it has.
 */
#ifndef _TOY_PROTO_RANGES_H
#define _TOY_PROTO_RANGES_H

#include "seq.h"

/* A bound on what the peer makes us keep; more holes than that are not told. */
#define TOY_RANGES_MAX	32

/**
 * struct toy_ranges - a set of sequence numbers
 * @count:	how many of @at are in use
 * @at:		ranges in their order, with a gap between any two
 *
 * All of them lie within 2^31 numbers of each other, for which the user cares.
 */
struct toy_ranges {
	u32			count;
	struct toy_range	at[TOY_RANGES_MAX];
};

static inline void toy_ranges_clear(struct toy_ranges *set)
{
	set->count = 0;
}

u32 toy_ranges_add(struct toy_ranges *set, u32 start, u32 end);
void toy_ranges_cut(struct toy_ranges *set, u32 upto);
void toy_ranges_trim(struct toy_ranges *set, u32 from);
u32 toy_ranges_next(const struct toy_ranges *set, u32 seq);
u32 toy_ranges_total(const struct toy_ranges *set, u32 from, u32 to);
bool toy_ranges_has(const struct toy_ranges *set, u32 seq);

#endif /* _TOY_PROTO_RANGES_H */

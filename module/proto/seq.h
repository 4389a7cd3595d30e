/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic of sequence numbers (RFC 9293, 3.4): they wrap, so one comes
 * before another if the way to it is shorter than half of the circle.
 */
#ifndef _TOY_PROTO_SEQ_H
#define _TOY_PROTO_SEQ_H

#include "port.h"

/**
 * toy_before() - whether one sequence number comes before another
 * @a:	the one
 * @b:	the other, less than 2^31 away
 */
static inline bool toy_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/**
 * toy_after() - whether one sequence number comes after another
 * @a:	the one
 * @b:	the other, less than 2^31 away
 */
static inline bool toy_after(u32 a, u32 b)
{
	return (s32)(b - a) < 0;
}

/**
 * toy_within() - whether a sequence number lies in a stretch
 * @seq:	the number
 * @from:	first number of the stretch
 * @to:		the one behind its last
 */
static inline bool toy_within(u32 seq, u32 from, u32 to)
{
	return seq - from < to - from;
}

/**
 * toy_seq_min() - the earlier one of two sequence numbers
 * @a:	the one
 * @b:	the other, less than 2^31 away
 */
static inline u32 toy_seq_min(u32 a, u32 b)
{
	return toy_before(a, b) ? a : b;
}

/**
 * toy_seq_max() - the later one of two sequence numbers
 * @a:	the one
 * @b:	the other, less than 2^31 away
 */
static inline u32 toy_seq_max(u32 a, u32 b)
{
	return toy_before(a, b) ? b : a;
}

/**
 * struct toy_range - a stretch of sequence numbers
 * @start:	the first one
 * @end:	the one behind the last
 */
struct toy_range {
	u32	start;
	u32	end;
};

#endif /* _TOY_PROTO_SEQ_H */

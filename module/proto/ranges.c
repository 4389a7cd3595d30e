// SPDX-License-Identifier: GPL-2.0-only
/*
 * A set of sequence numbers as few ranges.
 */
#include "ranges.h"

/* Replace the ranges from @i up to @j (not included) by @n new ones. */
static void toy_ranges_splice(struct toy_ranges *set, u32 i, u32 j, u32 n)
{
	memmove(&set->at[i + n], &set->at[j],
		(set->count - j) * sizeof(set->at[0]));
	set->count = set->count - (j - i) + n;
}

/**
 * toy_ranges_next() - the first range that ends behind a number
 * @set:	set
 * @seq:	sequence number
 *
 * Return: its index, @set->count for none.
 */
u32 toy_ranges_next(const struct toy_ranges *set, u32 seq)
{
	u32 i;

	for (i = 0; i < set->count; i++)
		if (toy_after(set->at[i].end, seq))
			break;
	return i;
}

/**
 * toy_ranges_add() - put a range into a set
 * @set:	set
 * @start:	first number
 * @end:	the one behind the last, behind @start
 *
 * A range that touches no other one is left out where the set is full.
 *
 * Return: how many numbers are new to the set.
 */
u32 toy_ranges_add(struct toy_ranges *set, u32 start, u32 end)
{
	u32 i, j, had = 0;

	/* From i up to j: what overlaps, or only touches. */
	for (i = 0; i < set->count; i++)
		if (!toy_before(set->at[i].end, start))
			break;
	for (j = i; j < set->count; j++) {
		if (toy_after(set->at[j].start, end))
			break;
		start = toy_seq_min(start, set->at[j].start);
		end = toy_seq_max(end, set->at[j].end);
		had += set->at[j].end - set->at[j].start;
	}
	if (i == j && set->count == TOY_RANGES_MAX)
		return 0;
	toy_ranges_splice(set, i, j, 1);
	set->at[i].start = start;
	set->at[i].end = end;
	return end - start - had;
}

/**
 * toy_ranges_cut() - take the lower end away from a set
 * @set:	set
 * @upto:	the first number that stays
 */
void toy_ranges_cut(struct toy_ranges *set, u32 upto)
{
	toy_ranges_splice(set, 0, toy_ranges_next(set, upto), 0);
	if (set->count && toy_before(set->at[0].start, upto))
		set->at[0].start = upto;
}

/**
 * toy_ranges_trim() - take the upper end away from a set
 * @set:	set
 * @from:	the first number that goes
 */
void toy_ranges_trim(struct toy_ranges *set, u32 from)
{
	while (set->count && !toy_before(set->at[set->count - 1].start, from))
		set->count--;
	if (set->count && toy_after(set->at[set->count - 1].end, from))
		set->at[set->count - 1].end = from;
}

/**
 * toy_ranges_total() - how many numbers of a stretch are in a set
 * @set:	set
 * @from:	first number of the stretch
 * @to:		the one behind its last, not before @from
 */
u32 toy_ranges_total(const struct toy_ranges *set, u32 from, u32 to)
{
	u32 i, total = 0;

	for (i = toy_ranges_next(set, from); i < set->count; i++) {
		if (!toy_before(set->at[i].start, to))
			break;
		total += toy_seq_min(set->at[i].end, to) -
			 toy_seq_max(set->at[i].start, from);
	}
	return total;
}

/**
 * toy_ranges_has() - whether a number is in a set
 * @set:	set
 * @seq:	the number
 */
bool toy_ranges_has(const struct toy_ranges *set, u32 seq)
{
	u32 i = toy_ranges_next(set, seq);

	return i < set->count && !toy_after(set->at[i].start, seq);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver's side of lost and reordered segments.
 */
#include "reass.h"

/* Cut away what has been received before: below @nxt, or in a range. */
static void toy_reass_trim(struct toy_reass *reass, u32 nxt,
			   struct toy_range *piece)
{
	const struct toy_ranges *have = &reass->have;
	u32 got = nxt, i;

	i = toy_ranges_next(have, piece->start);
	if (!toy_before(piece->start, nxt) && i < have->count &&
	    !toy_after(have->at[i].start, piece->start))
		got = have->at[i].end;
	if (toy_before(piece->start, got)) {
		reass->dup.start = piece->start;
		reass->dup.end = toy_seq_min(piece->end, got);
		piece->start = reass->dup.end;
	}
	/* What lies behind the next range will be sent again. */
	i = toy_ranges_next(have, piece->start);
	if (i < have->count)
		piece->end = toy_seq_min(piece->end, have->at[i].start);
}

/* The option begins with what came last, and goes on with what came before. */
static void toy_reass_remember(struct toy_reass *reass, u32 seq)
{
	u32 i = toy_ranges_next(&reass->have, seq);

	if (!toy_within(reass->recent[0], reass->have.at[i].start,
			reass->have.at[i].end))
		reass->recent[1] = reass->recent[0];
	reass->recent[0] = seq;
}

/**
 * toy_reass_take() - which part of a segment is to be kept
 * @reass:	updated
 * @nxt:	RCV.NXT
 * @edge:	right edge of the window
 * @piece:	the segment's numbers, not none; set to those which are new and
 *		in the window, to an empty range where none is, or where there
 *		are more gaps than can be remembered
 *
 * What is kept is one piece, and no number is kept twice: so the caller may put
 * pieces in their order and is done.
 *
 * Return: RCV.NXT with the piece, beyond which there is a gap.
 */
u32 toy_reass_take(struct toy_reass *reass, u32 nxt, u32 edge,
		   struct toy_range *piece)
{
	toy_reass_trim(reass, nxt, piece);
	piece->end = toy_seq_min(piece->end, edge);
	if (!toy_before(piece->start, piece->end))
		goto none;
	if (piece->start != nxt) {
		if (!toy_ranges_add(&reass->have, piece->start, piece->end))
			goto none;
		toy_reass_remember(reass, piece->start);
		return nxt;
	}
	nxt = piece->end;
	if (reass->have.count && reass->have.at[0].start == nxt)
		nxt = reass->have.at[0].end;
	toy_ranges_cut(&reass->have, nxt);
	return nxt;
none:
	piece->end = piece->start;
	return nxt;
}

/* Add the range around @seq, unless it is there or there is none. */
static u32 toy_reass_block(const struct toy_ranges *have, u32 seq,
			   struct toy_range *blocks, u32 count)
{
	u32 i = toy_ranges_next(have, seq);

	if (count == TOY_SACK_BLOCKS || !toy_ranges_has(have, seq))
		return count;
	if (count && blocks[count - 1].start == have->at[i].start &&
	    blocks[count - 1].end == have->at[i].end)
		return count;
	blocks[count] = have->at[i];
	return count + 1;
}

/**
 * toy_reass_blocks() - what the next SACK option says
 * @reass:	its @dup is told of once
 * @blocks:	set, room for TOY_SACK_BLOCKS
 *
 * What came twice, then the range that changed last, then others as there is
 * room: so each is told of several times, should an acknowledgment be lost.
 *
 * Return: number of blocks.
 */
u32 toy_reass_blocks(struct toy_reass *reass, struct toy_range *blocks)
{
	const struct toy_ranges *have = &reass->have;
	u32 i, count = 0;

	if (reass->dup.start != reass->dup.end)
		blocks[count++] = reass->dup;
	reass->dup.start = reass->dup.end;
	for (i = 0; i < TOY_SACK_BLOCKS; i++)
		count = toy_reass_block(have, reass->recent[i], blocks, count);
	for (i = 0; i < have->count && count < TOY_SACK_BLOCKS; i++)
		count = toy_reass_block(have, have->at[i].start, blocks, count);
	return count;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's scoreboard.
 */
#include "cong.h"
#include "sack.h"

/**
 * toy_sack_update() - blocks of a SACK option have come
 * @sack:	updated
 * @blocks:	as they stood there
 * @count:	how many
 * @una:	SND.UNA, after the acknowledgment of the same segment
 * @nxt:	SND.NXT
 *
 * Blocks that are not of what is on the way are left out: old ones, those that
 * tell of duplicates (RFC 2883), lies.
 *
 * Return: how many bytes are told of for the first time.
 */
u32 toy_sack_update(struct toy_sack *sack, const struct toy_range *blocks,
		    u32 count, u32 una, u32 nxt)
{
	u32 i, fresh = 0;

	for (i = 0; i < count; i++) {
		/* As distances, so that none is too far to be compared. */
		u32 start = blocks[i].start - una, end = blocks[i].end - una;

		if (!start || start >= end || end > nxt - una)
			continue;
		fresh += toy_ranges_add(&sack->have, blocks[i].start,
					blocks[i].end);
	}
	return fresh;
}

/**
 * toy_sack_acked() - the acknowledgment has moved on
 * @sack:	updated
 * @una:	SND.UNA
 *
 * One that ends within or right before what the peer was said to have means
 * that the peer has thrown it away again (RFC 2018, 8): then nothing is
 * believed.
 */
void toy_sack_acked(struct toy_sack *sack, u32 una)
{
	toy_ranges_cut(&sack->have, una);
	if (sack->have.count && sack->have.at[0].start == una)
		toy_ranges_clear(&sack->have);
}

/**
 * toy_sack_lost() - up to where all that the peer does not have is lost
 * @sack:	scoreboard
 * @una:	SND.UNA
 * @mss:	payload of a full segment, bytes
 *
 * IsLost() of RFC 6675 holds for what lies below three ranges that have
 * arrived, or below more than two segments' worth of bytes.
 *
 * Return: the number behind; @una where nothing is.
 */
u32 toy_sack_lost(const struct toy_sack *sack, u32 una, u32 mss)
{
	u32 i, ranges = 0, bytes = 0;

	for (i = sack->have.count; i-- > 0;) {
		const struct toy_range *range = &sack->have.at[i];

		bytes += range->end - range->start;
		if (++ranges >= TOY_DUP_THRESH ||
		    bytes > (TOY_DUP_THRESH - 1) * mss)
			return range->start;
	}
	return una;
}

/**
 * toy_sack_pipe() - how many bytes are still on the way
 * @sack:	scoreboard
 * @una:	SND.UNA
 * @nxt:	SND.NXT
 * @again:	behind what has been sent again, @una for nothing: HighRxt
 * @lost:	behind what is lost
 *
 * SetPipe() of RFC 6675: what was sent, less what has arrived, less what is
 * lost, and what of that was sent a second time.
 */
u32 toy_sack_pipe(const struct toy_sack *sack, u32 una, u32 nxt, u32 again,
		  u32 lost)
{
	u32 on_way = nxt - una - toy_ranges_total(&sack->have, una, nxt);
	u32 gone = lost - una - toy_ranges_total(&sack->have, una, lost);
	u32 twice = again - una - toy_ranges_total(&sack->have, una, again);

	return on_way - gone + twice;
}

/**
 * toy_sack_hole() - the first stretch that the peer does not have
 * @sack:	scoreboard
 * @from:	first number to look at
 * @to:		the one behind the last
 * @hole:	set
 *
 * Return: whether there is one.
 */
bool toy_sack_hole(const struct toy_sack *sack, u32 from, u32 to,
		   struct toy_range *hole)
{
	u32 i = toy_ranges_next(&sack->have, from);

	if (i < sack->have.count && !toy_after(sack->have.at[i].start, from))
		from = sack->have.at[i++].end;
	if (!toy_before(from, to))
		return false;
	hole->start = from;
	hole->end = to;
	if (i < sack->have.count)
		hole->end = toy_seq_min(to, sack->have.at[i].start);
	return true;
}

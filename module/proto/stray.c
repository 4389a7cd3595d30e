// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments for which there is no connection.
 */
#include "conn_impl.h"
#include "stray.h"

/**
 * toy_stray_event() - which event a segment is in CLOSE and LISTEN
 * @seg:	segment
 *
 * What is to be done is in the table: with TOY_DO_SEND_RST answer it, as far as
 * the rate limit lets you, with toy_stray_reset(); with TOY_DO_NEW_CALL make a
 * call of it, as far as there is room [L3].
 *
 *	do = toy_machine_step(TOY_STATE_LISTEN, toy_stray_event(seg))->actions;
 */
enum toy_on toy_stray_event(const struct toy_segment *seg)
{
	/* [C1] [L1] */
	if (seg->flags & TOY_FLAG_RST)
		return TOY_ON_RST;
	/* [C2] [L2] */
	if (seg->flags & TOY_FLAG_ACK) {
		if (seg->flags & TOY_FLAG_SYN)
			return TOY_ON_SYN_ACK;
		if (seg->flags & TOY_FLAG_FIN)
			return TOY_ON_FIN;
		return TOY_ON_ACK_OF_SYN;
	}
	/* [L3]; by [F8] nothing else has neither RST nor ACK. */
	return TOY_ON_SYN;
}

/**
 * toy_stray_reset() - the RST that a segment is answered by: see 'Reset'
 * @seg:	segment without RST
 * @rst:	set
 */
void toy_stray_reset(const struct toy_segment *seg, struct toy_segment *rst)
{
	memset(rst, 0, sizeof(*rst));
	rst->flags = TOY_FLAG_RST;
	if (seg->flags & TOY_FLAG_ACK) {
		rst->seq = seg->ack;
	} else {
		rst->flags |= TOY_FLAG_ACK;
		rst->ack = seg->seq + toy_seg_numbers(seg);
	}
}

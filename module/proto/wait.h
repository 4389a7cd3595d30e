/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TIME_WAIT: what is left of a connection that we closed first, for 2 MSL.
 */
#ifndef _TOY_PROTO_WAIT_H
#define _TOY_PROTO_WAIT_H

#include "call.h"

/**
 * struct toy_wait - a pair of addresses that cannot be used again yet
 * @snd_nxt:	SND.NXT
 * @rcv_nxt:	RCV.NXT, behind the peer's FIN
 * @rcv_wnd:	window as last announced
 * @limited:	ticks of the last answer that is rate limited, or 0
 * @deadline:	when it is over, us
 */
struct toy_wait {
	u32	snd_nxt;
	u32	rcv_nxt;
	u32	rcv_wnd;
	u32	limited;
	u64	deadline;
};

/* [O1]: how far above the predecessor's numbers the next connection begins. */
#define TOY_ISS_GAP	65536

void toy_wait_begin(struct toy_wait *wait, const struct toy_conn *conn,
		    u64 now);
enum toy_verdict toy_wait_input(struct toy_wait *wait,
				const struct toy_segment *seg, bool listener,
				u64 now, enum toy_seg_drop *drop);
void toy_wait_answer(const struct toy_wait *wait, struct toy_segment *seg);

/**
 * toy_wait_iss() - least ISS of a connection that takes the pair over [O1]
 * @wait:	TIME_WAIT
 */
static inline u32 toy_wait_iss(const struct toy_wait *wait)
{
	return wait->snd_nxt + TOY_ISS_GAP;
}

#endif /* _TOY_PROTO_WAIT_H */

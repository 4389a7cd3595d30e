/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Congestion control: how much may be on the way. RFC 5681 with the first
 * window of RFC 6928; loss recovery after RFC 6675 (with SACK) and RFC 6582
 * (without).
 */
#ifndef _TOY_PROTO_CONG_H
#define _TOY_PROTO_CONG_H

#include "port.h"

/* As many duplicate acknowledgments as a loss makes: DupThresh. */
#define TOY_DUP_THRESH		3

/* Keeps sums of windows and segments within 32 bits. */
#define TOY_CWND_MAX		0x40000000U

/* Segments by which an acknowledgment lets cwnd grow at most: L of RFC 9406. */
#define TOY_ACK_LIMIT		8

/* Slow start has not met its end yet. */
#define TOY_SSTHRESH_NONE	0x7fffffffU

/**
 * enum toy_phase - what the sender believes of the path
 * @TOY_PHASE_OPEN:	nothing was lost
 * @TOY_PHASE_RECOVERY:	fast recovery: losses told by duplicate ACKs or SACK
 * @TOY_PHASE_LOSS:	a timeout: all that was on the way counts as lost
 */
enum toy_phase {
	TOY_PHASE_OPEN,
	TOY_PHASE_RECOVERY,
	TOY_PHASE_LOSS,
};

/**
 * struct toy_cong - congestion control of one direction
 * @cwnd:	congestion window, bytes
 * @ssthresh:	where slow start ends, bytes
 * @acked:	bytes acknowledged since @cwnd last grew, in congestion
 *		avoidance
 * @phase:	enum toy_phase
 * @dupacks:	duplicate acknowledgments in a row
 */
struct toy_cong {
	u32	cwnd;
	u32	ssthresh;
	u32	acked;
	u8	phase;
	u8	dupacks;
};

void toy_cong_init(struct toy_cong *cong, u32 mss);
void toy_cong_syn_lost(struct toy_cong *cong, u32 mss);
void toy_cong_grow(struct toy_cong *cong, u32 acked, u32 mss, u32 flight);
void toy_cong_recover(struct toy_cong *cong, u32 flight, u32 mss, bool sack);
void toy_cong_inflate(struct toy_cong *cong, u32 mss);
void toy_cong_deflate(struct toy_cong *cong, u32 acked, u32 mss);
void toy_cong_recovered(struct toy_cong *cong, u32 flight, u32 mss);
void toy_cong_timeout(struct toy_cong *cong, u32 flight, u32 mss, bool first);
void toy_cong_idle(struct toy_cong *cong, u32 mss);

#endif /* _TOY_PROTO_CONG_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long to wait for an acknowledgment: RFC 6298.
 */
#ifndef _TOY_PROTO_RTO_H
#define _TOY_PROTO_RTO_H

#include "port.h"

/* Microseconds, as all times here. */
#define TOY_MSEC		1000U
#define TOY_SEC			1000000U

/* Granularity of timers, G in (2.3). */
#define TOY_RTO_GRAIN		(1 * TOY_MSEC)

/* RFC 6298: (2.1) before the first sample, (2.4) least, (2.5) most, (5.7) */
#define TOY_RTO_INIT		(1 * TOY_SEC)
#define TOY_RTO_MIN		(200 * TOY_MSEC)
#define TOY_RTO_MAX		(120 * TOY_SEC)
#define TOY_RTO_SYN_LOST	(3 * TOY_SEC)

/**
 * struct toy_rto - the round trip time as measured, and what follows from it
 * @srtt8:	smoothed round trip time, in eighths of us; 0: no sample yet
 * @rttvar4:	its variation, in quarters of us
 * @rto:	retransmission timeout before backing off, us
 */
struct toy_rto {
	u32	srtt8;
	u32	rttvar4;
	u32	rto;
};

void toy_rto_init(struct toy_rto *rto);
void toy_rto_sample(struct toy_rto *rto, u32 rtt);
u32 toy_rto_backoff(const struct toy_rto *rto, u32 times);

#endif /* _TOY_PROTO_RTO_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long to wait for an acknowledgment: RFC 6298, with its numbers in
 * brackets.
 *
 * The gains of 1/8 and 1/4 are shifts, since the values are kept multiplied.
 */
#include "rto.h"

/**
 * toy_rto_init() - nothing is known of the path
 * @rto:	set
 */
void toy_rto_init(struct toy_rto *rto)
{
	rto->srtt8 = 0;
	rto->rttvar4 = 0;
	rto->rto = TOY_RTO_INIT;
}

/**
 * toy_rto_sample() - a round trip has been measured
 * @rto:	updated
 * @rtt:	us, of a segment that was sent once (Karn)
 */
void toy_rto_sample(struct toy_rto *rto, u32 rtt)
{
	u32 off;

	rtt = min(rtt, TOY_RTO_MAX);
	/* 0 would mean that there was no sample. */
	rtt = max(rtt, 1U);
	if (!rto->srtt8) {
		/* (2.2): RTTVAR = R / 2 */
		rto->srtt8 = rtt << 3;
		rto->rttvar4 = rtt << 1;
	} else {
		/* (2.3), RTTVAR first */
		off = rto->srtt8 >> 3;
		off = off > rtt ? off - rtt : rtt - off;
		rto->rttvar4 += off - (rto->rttvar4 >> 2);
		rto->srtt8 += rtt - (rto->srtt8 >> 3);
	}
	rto->rto = (rto->srtt8 >> 3) + max(rto->rttvar4, TOY_RTO_GRAIN);
	rto->rto = max(rto->rto, TOY_RTO_MIN);
	rto->rto = min(rto->rto, TOY_RTO_MAX);
}

/**
 * toy_rto_backoff() - (5.5): the timeout after some in a row
 * @rto:	timeout before that
 * @times:	how often it has expired
 *
 * Return: us.
 */
u32 toy_rto_backoff(const struct toy_rto *rto, u32 times)
{
	u32 wait = rto->rto;

	while (times-- && wait < TOY_RTO_MAX)
		wait <<= 1;
	return min(wait, TOY_RTO_MAX);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion control: how much may be on the way.
 */
#include "cong.h"

/* RFC 6928, (1): ten segments, or four large ones, but two of any size. */
static u32 toy_cong_first_window(u32 mss)
{
	return min(10 * mss, max(2 * mss, 14600U));
}

/**
 * toy_cong_init() - a connection begins
 * @cong:	set
 * @mss:	payload of a full segment, bytes
 */
void toy_cong_init(struct toy_cong *cong, u32 mss)
{
	cong->cwnd = toy_cong_first_window(mss);
	cong->ssthresh = TOY_SSTHRESH_NONE;
	cong->acked = 0;
	cong->phase = TOY_PHASE_OPEN;
	cong->dupacks = 0;
}

/**
 * toy_cong_syn_lost() - the SYN had to be sent again (RFC 5681, 3.1)
 * @cong:	updated
 * @mss:	payload of a full segment, bytes
 */
void toy_cong_syn_lost(struct toy_cong *cong, u32 mss)
{
	cong->cwnd = mss;
}

/**
 * toy_cong_grow() - new data has been acknowledged outside of recovery
 * @cong:	updated
 * @acked:	how many bytes of it
 * @mss:	payload of a full segment, bytes
 * @flight:	bytes that were on the way before
 *
 * [G2] Slow start counts bytes (RFC 3465, 2.2), up to TOY_ACK_LIMIT segments for
 * each acknowledgment, as one may be of a large frame; one after a timeout (2.3
 * there). So does congestion avoidance. A window that was not used up says
 * nothing about the path, so it does not grow.
 */
void toy_cong_grow(struct toy_cong *cong, u32 acked, u32 mss, u32 flight)
{
	if (flight + mss <= cong->cwnd)
		return;
	if (cong->cwnd < cong->ssthresh) {
		u32 most = cong->phase == TOY_PHASE_LOSS ? mss :
						   TOY_ACK_LIMIT * mss;

		cong->cwnd += min(acked, most);
	} else {
		cong->acked += acked;
		if (cong->acked < cong->cwnd)
			return;
		cong->acked -= cong->cwnd;
		cong->cwnd += mss;
	}
	cong->cwnd = min(cong->cwnd, TOY_CWND_MAX);
}

/* RFC 5681, (4) */
static void toy_cong_halve(struct toy_cong *cong, u32 flight, u32 mss)
{
	cong->ssthresh = max(flight / 2, 2 * mss);
	cong->acked = 0;
}

/**
 * toy_cong_recover() - fast recovery begins, or a retransmission was lost, too
 * @cong:	updated
 * @flight:	bytes on the way
 * @mss:	payload of a full segment, bytes
 * @sack:	RFC 6675, 5 (4.2): the bytes on the way are counted by SACK.
 *		Else RFC 5681, 3.2, step 3: three segments have left the network
 */
void toy_cong_recover(struct toy_cong *cong, u32 flight, u32 mss, bool sack)
{
	toy_cong_halve(cong, flight, mss);
	cong->cwnd = cong->ssthresh;
	if (!sack)
		cong->cwnd += TOY_DUP_THRESH * mss;
	cong->phase = TOY_PHASE_RECOVERY;
}

/**
 * toy_cong_inflate() - another duplicate ACK in recovery without SACK
 * @cong:	updated
 * @mss:	payload of a full segment, bytes
 *
 * RFC 5681, 3.2, step 4: one more segment has left the network.
 */
void toy_cong_inflate(struct toy_cong *cong, u32 mss)
{
	cong->cwnd = min(cong->cwnd + mss, TOY_CWND_MAX);
}

/**
 * toy_cong_deflate() - a partial acknowledgment in recovery without SACK
 * @cong:	updated
 * @acked:	bytes that it acknowledged
 * @mss:	payload of a full segment, bytes
 *
 * RFC 6582, 3.2, step 3: they are no longer on the way; what they leave room
 * for is the one segment that is lost next.
 */
void toy_cong_deflate(struct toy_cong *cong, u32 acked, u32 mss)
{
	cong->cwnd -= min(acked, cong->cwnd);
	if (acked >= mss)
		cong->cwnd += mss;
	cong->cwnd = max(cong->cwnd, mss);
}

/**
 * toy_cong_recovered() - all that was on the way when it began has arrived
 * @cong:	updated
 * @flight:	bytes on the way
 * @mss:	payload of a full segment, bytes
 *
 * RFC 6582, 3.2, step 3, (1): no more than one segment beyond what is on the
 * way, so that no burst follows.
 */
void toy_cong_recovered(struct toy_cong *cong, u32 flight, u32 mss)
{
	if (cong->phase == TOY_PHASE_RECOVERY)
		cong->cwnd = max(mss, min(cong->ssthresh,
					  max(flight, mss) + mss));
	cong->phase = TOY_PHASE_OPEN;
	cong->dupacks = 0;
	cong->acked = 0;
}

/**
 * toy_cong_timeout() - the retransmission timer has expired (RFC 5681, 3.1)
 * @cong:	updated
 * @flight:	bytes on the way
 * @mss:	payload of a full segment, bytes
 * @first:	for the first time since the last progress: only then does
 *		the flight say anything
 */
void toy_cong_timeout(struct toy_cong *cong, u32 flight, u32 mss, bool first)
{
	if (first)
		toy_cong_halve(cong, flight, mss);
	cong->cwnd = mss;
	cong->acked = 0;
	cong->phase = TOY_PHASE_LOSS;
	cong->dupacks = 0;
}

/**
 * toy_cong_idle() - nothing was sent for longer than a timeout (RFC 5681, 4.1)
 * @cong:	updated
 * @mss:	payload of a full segment, bytes
 */
void toy_cong_idle(struct toy_cong *cong, u32 mss)
{
	cong->cwnd = min(cong->cwnd, toy_cong_first_window(mss));
}

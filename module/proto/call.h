/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A half-open call: a SYN that a listener has answered, until that is
 * acknowledged. Small, as strangers can make us have many.
 */
#ifndef _TOY_PROTO_CALL_H
#define _TOY_PROTO_CALL_H

#include "conn.h"

/**
 * struct toy_call - a half-open call, in state SYN_RECV
 * @iss:	ISS, ours
 * @irs:	IRS, theirs
 * @snd_wnd:	window that the SYN announced
 * @rcv_wnd:	window that our SYN ACK announces
 * @maxmsg:	longest message that the peer takes
 * @own_maxmsg:	longest message taken here
 * @sent_at:	when SYN ACK was first sent, low bits of us
 * @limited:	ticks of the last answer that is rate limited, or 0
 * @limited_rst: the same of answers to RST
 * @deadline:	when toy_call_timer() is to be called, us
 * @peer_mss:	what the peer said of segments
 * @own_mss:	what we say
 * @sack:	both permit SACK
 * @messages:	SEQPACKET
 * @retries:	SYN ACK sent again by the timer
 */
struct toy_call {
	u32	iss;
	u32	irs;
	u32	snd_wnd;
	u32	rcv_wnd;
	u32	maxmsg;
	u32	own_maxmsg;
	u32	sent_at;
	u32	limited;
	u32	limited_rst;
	u64	deadline;
	u16	peer_mss;
	u16	own_mss;
	bool	sack;
	bool	messages;
	u8	retries;
};

/**
 * enum toy_verdict - what to do about a segment for a call or a TIME_WAIT
 * @TOY_VERDICT_DROP:	nothing
 * @TOY_VERDICT_ANSWER:	send what toy_call_answer() or toy_wait_answer() gives
 * @TOY_VERDICT_SYN_ACK: send what toy_call_syn_ack() gives
 * @TOY_VERDICT_RESET:	answer with toy_stray_reset()
 * @TOY_VERDICT_GONE:	forget the call or TIME_WAIT
 * @TOY_VERDICT_ACCEPT:	make a connection of the call, give it the segment
 * @TOY_VERDICT_TAKE_OVER: forget the TIME_WAIT, give the segment to the
 *			listener, with an ISS above toy_wait_iss()
 */
enum toy_verdict {
	TOY_VERDICT_DROP,
	TOY_VERDICT_ANSWER,
	TOY_VERDICT_SYN_ACK,
	TOY_VERDICT_RESET,
	TOY_VERDICT_GONE,
	TOY_VERDICT_ACCEPT,
	TOY_VERDICT_TAKE_OVER,
};

void toy_call_init(struct toy_call *call, const struct toy_segment *seg,
		   const struct toy_setup *setup, u64 now);
enum toy_verdict toy_call_input(struct toy_call *call,
				const struct toy_segment *seg, u64 now,
				enum toy_seg_drop *drop);
enum toy_verdict toy_call_timer(struct toy_call *call, u64 now);
void toy_call_syn_ack(const struct toy_call *call, struct toy_segment *seg);
void toy_call_answer(const struct toy_call *call, struct toy_segment *seg);

#endif /* _TOY_PROTO_CALL_H */

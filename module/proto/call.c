// SPDX-License-Identifier: GPL-2.0-only
/*
 * A half-open call.
 */
#include "call.h"
#include "conn_impl.h"

/**
 * toy_call_init() - a SYN for a listener [L3]
 * @call:	set
 * @seg:	the SYN
 * @setup:	what this end brings along
 * @now:	us
 *
 * Send what toy_call_syn_ack() gives.
 */
void toy_call_init(struct toy_call *call, const struct toy_segment *seg,
		   const struct toy_setup *setup, u64 now)
{
	memset(call, 0, sizeof(*call));
	call->iss = setup->iss;
	call->irs = seg->seq;
	call->snd_wnd = min(seg->wnd, TOY_WINDOW_MAX);
	call->rcv_wnd = min(setup->buf, TOY_WINDOW_MAX);
	call->own_mss = setup->mss;
	call->own_maxmsg = setup->maxmsg;
	call->messages = setup->messages;
	call->sack = !setup->no_sack && seg->has & TOY_HAS_SACK_OK;
	call->peer_mss = TOY_MSS_DEFAULT;
	if (seg->has & TOY_HAS_MSS)
		call->peer_mss = max_t(u16, seg->mss, TOY_MSS_MIN);
	call->maxmsg = TOY_MAXMSG_MIN;
	if (seg->has & TOY_HAS_MAXMSG)
		call->maxmsg = max_t(u32, seg->maxmsg, TOY_MAXMSG_MIN);
	call->sent_at = (u32)now;
	call->deadline = now + TOY_RTO_INIT;
}

/**
 * toy_call_syn_ack() - the answer to the SYN
 * @call:	call
 * @seg:	set
 */
void toy_call_syn_ack(const struct toy_call *call, struct toy_segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = call->iss;
	seg->ack = call->irs + 1;
	seg->wnd = call->rcv_wnd;
	seg->flags = TOY_FLAG_SYN | TOY_FLAG_ACK;
	seg->has = TOY_HAS_MSS;
	seg->mss = call->own_mss;
	if (call->sack)
		seg->has |= TOY_HAS_SACK_OK;
	if (call->messages) {
		seg->has |= TOY_HAS_MAXMSG;
		seg->maxmsg = call->own_maxmsg;
	}
}

/**
 * toy_call_answer() - an ACK with the numbers as the call knows them
 * @call:	call
 * @seg:	set
 */
void toy_call_answer(const struct toy_call *call, struct toy_segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = call->iss + 1;
	seg->ack = call->irs + 1;
	seg->wnd = call->rcv_wnd;
	seg->flags = TOY_FLAG_ACK;
}

/* An ACK, if its limit lets it go. */
static enum toy_verdict toy_call_limited(u32 *limit, u64 now)
{
	return toy_limit(limit, now) ? TOY_VERDICT_ANSWER : TOY_VERDICT_DROP;
}

/* What an event is to the caller, after the table's row SYN_RECV. */
static enum toy_verdict toy_call_on(struct toy_call *call, enum toy_on event,
				    u64 now)
{
	const struct toy_transition *t;

	t = toy_machine_step(TOY_STATE_SYN_RECV, event);
	if (t->actions & TOY_DO_SEND_SYN_ACK)
		return toy_limit(&call->limited, now) ? TOY_VERDICT_SYN_ACK :
							TOY_VERDICT_DROP;
	if (t->next == TOY_STATE_ESTABLISHED)
		return TOY_VERDICT_ACCEPT;
	return TOY_VERDICT_GONE;
}

/**
 * toy_call_input() - a segment for a half-open call: steps [S1] to [S4]
 * @call:	call
 * @seg:	segment, which has passed the checks of frames
 * @now:	us
 * @drop:	set
 *
 * With TOY_VERDICT_ACCEPT nothing has changed: without room in the queue of
 * accept the segment may be dropped, SYN ACK will be repeated.
 *
 * Return: what is to be done.
 */
enum toy_verdict toy_call_input(struct toy_call *call,
				const struct toy_segment *seg, u64 now,
				enum toy_seg_drop *drop)
{
	bool ours = seg->flags & TOY_FLAG_ACK && seg->ack == call->iss + 1;

	*drop = TOY_SEG_SEQUENCE;
	/* [S3] */
	if (seg->flags & TOY_FLAG_SYN) {
		if (!ours || seg->seq != call->irs)
			return toy_call_on(call, TOY_ON_SYN, now);
		*drop = TOY_SEG_OK;
		return toy_call_on(call, TOY_ON_SYN_ACK, now);
	}
	/* [S1] */
	if (!toy_seg_acceptable(seg, call->irs + 1, call->rcv_wnd)) {
		if (seg->flags & TOY_FLAG_RST)
			return TOY_VERDICT_DROP;
		if (toy_seg_numbers(seg))
			return TOY_VERDICT_ANSWER;
		return toy_call_limited(&call->limited, now);
	}
	/* [S2] */
	if (seg->flags & TOY_FLAG_RST) {
		if (seg->seq != call->irs + 1)
			return toy_call_limited(&call->limited_rst, now);
		*drop = TOY_SEG_OK;
		return toy_call_on(call, TOY_ON_RST, now);
	}
	/* [S4] */
	if (!ours) {
		*drop = TOY_SEG_ACK;
		return TOY_VERDICT_RESET;
	}
	*drop = TOY_SEG_OK;
	return toy_call_on(call, TOY_ON_ACK_OF_SYN, now);
}

/**
 * toy_call_timer() - the call's deadline is there
 * @call:	call
 * @now:	us; before the deadline nothing happens
 *
 * Return: TOY_VERDICT_SYN_ACK, TOY_VERDICT_GONE [R5] or TOY_VERDICT_DROP.
 */
enum toy_verdict toy_call_timer(struct toy_call *call, u64 now)
{
	if (now < call->deadline)
		return TOY_VERDICT_DROP;
	if (call->retries >= TOY_RETRIES_SYN_ACK)
		return toy_call_on(call, TOY_ON_GIVE_UP, now);
	call->retries++;
	call->deadline = now + ((u64)TOY_RTO_INIT << call->retries);
	return TOY_VERDICT_SYN_ACK;
}

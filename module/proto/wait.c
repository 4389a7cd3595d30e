// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME_WAIT.
 */
#include "conn_impl.h"
#include "wait.h"

/**
 * toy_wait_begin() - a connection has come to TIME_WAIT
 * @wait:	set
 * @conn:	connection, after TOY_TELL_TIME_WAIT; what toy_conn_next() gives
 *		has been sent
 * @now:	us
 */
void toy_wait_begin(struct toy_wait *wait, const struct toy_conn *conn,
		    u64 now)
{
	wait->snd_nxt = conn->snd_nxt;
	wait->rcv_nxt = conn->rcv_nxt;
	wait->rcv_wnd = conn->rcv_edge - conn->rcv_nxt;
	wait->limited = conn->limited;
	wait->deadline = now + TOY_TIME_WAIT_TIME;
}

/**
 * toy_wait_answer() - an ACK with the numbers of the connection
 * @wait:	TIME_WAIT
 * @seg:	set
 */
void toy_wait_answer(const struct toy_wait *wait, struct toy_segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = wait->snd_nxt;
	seg->ack = wait->rcv_nxt;
	seg->wnd = wait->rcv_wnd;
	seg->flags = TOY_FLAG_ACK;
}

/* An ACK, if its limit lets it go. */
static enum toy_verdict toy_wait_limited(struct toy_wait *wait, u64 now)
{
	return toy_limit(&wait->limited, now) ? TOY_VERDICT_ANSWER :
						TOY_VERDICT_DROP;
}

/* What an event is to the caller, after the table's row TIME_WAIT. */
static enum toy_verdict toy_wait_on(struct toy_wait *wait, enum toy_on event,
				    u64 now)
{
	u32 actions = toy_machine_step(TOY_STATE_TIME_WAIT, event)->actions;

	if (actions & TOY_DO_START_TIME_WAIT)
		wait->deadline = now + TOY_TIME_WAIT_TIME;
	if (actions & TOY_DO_TAKE_OVER)
		return TOY_VERDICT_TAKE_OVER;
	if (actions & TOY_DO_CHALLENGE_ACK)
		return toy_wait_limited(wait, now);
	return actions & TOY_DO_SEND_ACK ? TOY_VERDICT_ANSWER :
					   TOY_VERDICT_DROP;
}

/**
 * toy_wait_input() - a segment for a pair in TIME_WAIT: steps [T1] to [T4]
 * @wait:	TIME_WAIT
 * @seg:	segment, which has passed the checks of frames
 * @listener:	there is a listener that would take a SYN [L3]: with room for a
 *		half-open call, and its queue of accept not full
 * @now:	us
 * @drop:	set
 *
 * With TOY_VERDICT_TAKE_OVER nothing has changed. Should the listener not take
 * the SYN after all, the caller drops that, with L3's reason, and TIME_WAIT goes
 * on; it ends when the call is there.
 *
 * Return: TOY_VERDICT_DROP, TOY_VERDICT_ANSWER or TOY_VERDICT_TAKE_OVER.
 */
enum toy_verdict toy_wait_input(struct toy_wait *wait,
				const struct toy_segment *seg, bool listener,
				u64 now, enum toy_seg_drop *drop)
{
	u32 len = toy_seg_numbers(seg);
	bool ack = seg->flags & TOY_FLAG_ACK;

	*drop = TOY_SEG_SEQUENCE;
	/* [T1] */
	if (seg->flags & TOY_FLAG_RST) {
		*drop = TOY_SEG_CLOSED;
		return toy_wait_on(wait, TOY_ON_RST, now);
	}
	/* [T2] */
	if (seg->flags & TOY_FLAG_SYN) {
		if (ack)
			return toy_wait_on(wait, TOY_ON_SYN_ACK, now);
		if (!listener || !toy_after(seg->seq, wait->rcv_nxt))
			return toy_wait_limited(wait, now);
		*drop = TOY_SEG_OK;
		return toy_wait_on(wait, TOY_ON_SYN, now);
	}
	/* [T3] */
	if (seg->flags & TOY_FLAG_FIN && seg->seq + len == wait->rcv_nxt) {
		*drop = TOY_SEG_OK;
		return toy_wait_on(wait, TOY_ON_FIN, now);
	}
	/* [T4] */
	if (len || seg->seq != wait->rcv_nxt)
		return toy_wait_limited(wait, now);
	*drop = TOY_SEG_STATE;
	return TOY_VERDICT_DROP;
}

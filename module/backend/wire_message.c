// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message that comes in parts: they wait with the connection until it is whole.
 *
 * The peer has been told that they arrived, so this has to succeed: the parts are
 * the frames themselves, which toy_wire_room() made ours before.
 */
#include "../core/buf.h"
#include "../core/rxq.h"
#include "wire.h"

/* Whether a small part goes into the spare room of the one before it. */
static bool toy_wire_join_part(struct sk_buff *head, struct sk_buff *last,
			       const struct sk_buff *part)
{
	if (skb_is_nonlinear(last) || skb_tailroom(last) < part->len)
		return false;
	skb_copy_bits(part, 0, skb_put(last, part->len), part->len);
	if (last != head) {
		head->len += part->len;
		head->data_len += part->len;
	}
	return true;
}

/*
 * A frame that takes much more than its payload, in a buffer of ours that others
 * will join, if there is memory for one. Returns what takes the frame's place.
 */
static struct sk_buff *toy_wire_slim(struct sk_buff *part)
{
	struct sk_buff *copy;

	if (part->truesize / 4 <= part->len)
		return part;
	copy = alloc_skb(TOY_BUF_SMALL, GFP_ATOMIC | __GFP_NOWARN);
	if (copy && skb_tailroom(copy) >= part->len) {
		skb_copy_bits(part, 0, skb_put(copy, part->len), part->len);
		swap(copy, part);
	}
	consume_skb(copy);
	return part;
}

/*
 * A message whose parts come one by one: the first one is its head, the others
 * are copied behind it while they fit, then tied to it. So it takes no more than
 * a few times its length, and nothing that it could fail for.
 */
static void toy_wire_collect(struct toy_wire *w, struct sk_buff *part)
{
	struct sk_buff *head = w->message, *last = w->message_tail;

	if (!head) {
		w->message = part;
		w->message_tail = part;
		w->memory += part->truesize;
		return;
	}
	/* The end of the message may come by itself. */
	if (!part->len || toy_wire_join_part(head, last, part)) {
		consume_skb(part);
		return;
	}
	part = toy_wire_slim(part);
	if (last == head)
		skb_shinfo(head)->frag_list = part;
	else
		last->next = part;
	part->next = NULL;
	w->message_tail = part;
	head->len += part->len;
	head->data_len += part->len;
	head->truesize += part->truesize;
	w->memory += part->truesize;
}

/* The last part has come: the message, which is not the connection's any more. */
static struct sk_buff *toy_wire_whole(struct toy_wire *w, bool eor)
{
	struct sk_buff *skb = w->message;

	w->message = NULL;
	w->memory -= skb->truesize;
	toy_wire_mem_favour_end(w);
	toy_buf_cb(skb)->eor = eor;
	/* A filter looks at it; that of the first part may have gone since. */
	skb->dev = rcu_dereference(w->pair.link->dev);
	return skb;
}

/**
 * toy_wire_to_message() - the next part of a message, or all of one
 * @w:		connection of a seqpacket
 * @skb:	part, in order, of which toy_wire_room(); consumed. The last one of
 *		a message completes it.
 *
 * Context: under the socket's lock and RCU.
 */
void toy_wire_to_message(struct toy_wire *w, struct sk_buff *skb)
{
	bool eom = toy_buf_cb(skb)->eom, eor = toy_buf_cb(skb)->eor;

	if (w->message || !eom) {
		toy_wire_collect(w, skb);
		if (!eom)
			return;
		skb = toy_wire_whole(w, eor);
	}
	toy_buf_cb(skb)->seq = 0;
	w->messages++;
	w->told -= toy_rxq_arrive(w->sk, skb, -1);
}

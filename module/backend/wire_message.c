// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message that comes in parts: they wait with the connection until it is whole.
 */
#include "../core/buf.h"
#include "../core/rxq.h"
#include "wire.h"

/*
 * A part of a message joins those before it. Small ones are copied together, so
 * that a message takes no more than a few times its length. Returns bytes of
 * memory that it takes.
 */
static u32 toy_wire_add_part(struct sk_buff *head, struct sk_buff **tail,
			     struct sk_buff *part)
{
	struct sk_buff *last = *tail, *copy;

	if (last && !skb_cloned(last) && !skb_is_nonlinear(last) &&
	    skb_tailroom(last) >= part->len) {
		skb_copy_bits(part, 0, skb_put(last, part->len), part->len);
		head->len += part->len;
		head->data_len += part->len;
		consume_skb(part);
		return 0;
	}
	if (part->truesize / 4 > part->len) {
		copy = alloc_skb(TOY_BUF_SMALL, GFP_ATOMIC | __GFP_NOWARN);
		if (copy && skb_tailroom(copy) >= part->len) {
			skb_copy_bits(part, 0, skb_put(copy, part->len),
				      part->len);
			swap(copy, part);
		}
		consume_skb(copy);
	}
	if (last)
		last->next = part;
	else
		skb_shinfo(head)->frag_list = part;
	part->next = NULL;
	*tail = part;
	head->len += part->len;
	head->data_len += part->len;
	head->truesize += part->truesize;
	return part->truesize;
}

/*
 * A message whose parts come one by one: its head is a buffer of our own, since
 * a frame may be somebody else's as well. Returns false where there is no memory
 * for it.
 */
static bool toy_wire_collect(struct toy_wire *w, struct sk_buff *part)
{
	if (!w->message) {
		w->message = alloc_skb(0, GFP_ATOMIC | __GFP_NOWARN);
		if (!w->message)
			return false;
		memcpy(w->message->cb, part->cb, sizeof(part->cb));
		w->message_tail = NULL;
		w->memory += w->message->truesize;
	}
	if (part->len)
		w->memory += toy_wire_add_part(w->message, &w->message_tail,
					       part);
	else
		consume_skb(part);
	return true;
}

/**
 * toy_wire_to_message() - the next part of a message, or all of one
 * @w:		connection of a seqpacket
 * @skb:	part, in order; the last one of a message completes it
 *
 * Context: under the socket's lock.
 * Return: false where there is no memory, and @skb is still the caller's.
 */
bool toy_wire_to_message(struct toy_wire *w, struct sk_buff *skb)
{
	bool eom = toy_buf_cb(skb)->eom, eor = toy_buf_cb(skb)->eor;

	if (w->message || !eom) {
		if (!toy_wire_collect(w, skb))
			return false;
		if (!eom)
			return true;
		skb = w->message;
		w->message = NULL;
		w->memory -= skb->truesize;
		toy_wire_mem_favour_end(w);
		toy_buf_cb(skb)->eor = eor;
	}
	toy_buf_cb(skb)->seq = 0;
	w->messages++;
	w->told -= toy_rxq_arrive(w->sk, skb, -1);
	return true;
}

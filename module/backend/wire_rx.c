// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a connection receives: from numbers on the wire to the receive queue.
 */
#include "../core/buf.h"
#include "../core/rxq.h"
#include "wire.h"

/* What a buffer that arrived spans: its bytes, and the end of a message. */
static u32 toy_wire_in_end(const struct sk_buff *skb)
{
	return toy_buf_cb(skb)->seq + skb->len + toy_buf_cb(skb)->eom;
}

/**
 * toy_wire_full() - whether there is no memory for more, whatever the window says
 * @w:		connection
 *
 * Small segments take more memory than the window counts.
 */
bool toy_wire_full(const struct toy_wire *w)
{
	const struct sock *sk = w->sk;

	return w->memory + atomic_read(&sk->sk_rmem_alloc) >
	       2 * (u32)READ_ONCE(sk->sk_rcvbuf);
}

/**
 * toy_wire_keep() - keep what the engine wants of a segment
 * @w:		connection
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 * @res:	what to keep
 *
 * Context: under the socket's lock.
 */
void toy_wire_keep(struct toy_wire *w, struct sk_buff *skb,
		   const struct toy_frame *frame,
		   const struct toy_result *res)
{
	struct toy_buf_cb *cb = toy_buf_cb(skb);
	struct sk_buff *before;

	__skb_pull(skb, frame->size);
	if (res->offset)
		pskb_pull(skb, res->offset);
	pskb_trim(skb, res->len);
	/* A stream's reader looks at bytes, not at lists. */
	if (skb_has_frag_list(skb))
		skb_linearize(skb);
	skb_orphan(skb);
	skb->tstamp = 0;
	memset(cb, 0, sizeof(*cb));
	cb->uid = INVALID_UID;
	cb->gid = INVALID_GID;
	cb->seq = res->seq;
	cb->eom = res->mark;
	cb->eor = res->mark && frame->seg.flags & TOY_FLAG_EOR;
	w->memory += skb->truesize;

	/* Mostly it is the last one. */
	skb_queue_reverse_walk(&w->in, before) {
		if (!toy_after(toy_buf_cb(before)->seq, cb->seq))
			break;
	}
	__skb_queue_after(&w->in, before, skb);
}

/* Bytes of a stream go to the reader. Returns whether he has been given any. */
static bool toy_wire_to_stream(struct toy_wire *w, struct sk_buff *skb)
{
	u32 seq = toy_buf_cb(skb)->seq;
	u32 urgent = w->conn.rcv_up - seq;
	bool urg = w->conn.flags & TOY_CONN_URG_IN && urgent < skb->len;

	return toy_rxq_arrive(w->sk, skb, urg ? (int)urgent : -1);
}

/* A part of a message; the last one completes it. */
static bool toy_wire_to_message(struct toy_wire *w, struct sk_buff *skb)
{
	struct sk_buff *head = w->message, **next;
	bool eom = toy_buf_cb(skb)->eom, eor = toy_buf_cb(skb)->eor;

	if (!head) {
		head = skb;
	} else if (skb->len) {
		next = &skb_shinfo(head)->frag_list;
		while (*next)
			next = &(*next)->next;
		*next = skb;
		skb->next = NULL;
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
	} else {
		consume_skb(skb);
	}
	w->message = eom ? NULL : head;
	if (!eom)
		return false;
	toy_buf_cb(head)->eor = eor;
	toy_buf_cb(head)->seq = 0;
	w->messages++;
	return toy_rxq_arrive(w->sk, head, -1);
}

/**
 * toy_wire_deliver() - what is there in order goes to the reader
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_deliver(struct toy_wire *w)
{
	bool stream = w->sk->sk_type == SOCK_STREAM;
	struct sk_buff *skb;
	bool any = false;

	while ((skb = skb_peek(&w->in)) &&
	       toy_buf_cb(skb)->seq == w->in_next &&
	       !toy_after(toy_wire_in_end(skb), w->conn.rcv_nxt)) {
		__skb_unlink(skb, &w->in);
		w->in_next = toy_wire_in_end(skb);
		w->memory -= min(w->memory, skb->truesize);
		any |= stream ? toy_wire_to_stream(w, skb) :
				toy_wire_to_message(w, skb);
	}
	if (any)
		toy_data_ready(w->sk);
	/* What nobody will read is as good as read [E3]. */
	if (READ_ONCE(w->sk->sk_shutdown) & RCV_SHUTDOWN)
		toy_wire_read(w);
}

/**
 * toy_wire_read() - tell the engine what was read since the last time
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_read(struct toy_wire *w)
{
	struct toy_sock *toy = toy_sk(w->sk);
	u32 n;

	toy_rx_lock(w->sk);
	/* The end of a message is read with it. */
	n = toy->consumed - w->told;
	if (w->sk->sk_type != SOCK_STREAM)
		n += w->messages - skb_queue_len(&w->sk->sk_receive_queue);
	toy_rx_unlock(w->sk);
	/* Not while toyfs has put back a part of one. */
	if ((s32)n <= 0)
		return;
	w->told += n;
	toy_conn_read(&w->conn, n);
}

/**
 * toy_wire_drop_in() - what is there and was not delivered goes
 * @w:		connection
 */
void toy_wire_drop_in(struct toy_wire *w)
{
	__skb_queue_purge(&w->in);
	kfree_skb(w->message);
	w->message = NULL;
	w->memory = 0;
}

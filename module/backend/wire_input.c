// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that come in for a connection.
 */
#include "backend.h"
#include "wire.h"

/* The first answer says where the peer is, and that it stays there [I6]. */
static void toy_wire_settle(struct toy_wire *w, struct toy_link *link,
			    const struct sk_buff *skb)
{
	if (w->pair.link || w->conn.state == TOY_STATE_SYN_SENT)
		return;
	/* It was a SYN, and has no payload. */
	w->in_next = w->conn.rcv_nxt;
	w->read = w->conn.rcv_nxt;
	ether_addr_copy(w->pair.mac, eth_hdr(skb)->h_source);
	WRITE_ONCE(w->pair.link, toy_link_hold(link));
}

/**
 * toy_wire_input() - a segment for a connection
 * @w:		connection
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 *
 * Context: under the socket's lock, with a reference on socket and connection.
 */
void toy_wire_input(struct toy_wire *w, struct toy_link *link,
		    struct sk_buff *skb, struct toy_frame *frame)
{
	u64 now = toy_pair_now();
	struct toy_result res;
	u32 flags;

	if (w->over) {
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
		return;
	}
	w->segs_in++;
	flags = toy_wire_room(w, skb, &frame->seg);
	toy_conn_input(&w->conn, &frame->seg, flags, now, &res);
	toy_wire_settle(w, link, skb);
	if (res.tell & TOY_TELL_RESET)
		toy_ether_stray(link, skb, frame, toy_segment_reason(res.drop));
	else if (res.tell & TOY_TELL_KEEP)
		toy_wire_keep(w, skb, frame, &res);
	else
		toy_ether_seg_drop(link, skb, res.drop);
	toy_wire_done(w, &res);
	toy_wire_flush(w, now);
}

/**
 * toy_wire_segment() - a segment came in for a connection
 * @pair:	its pair
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 *
 * Context: softirq, under RCU.
 */
void toy_wire_segment(struct toy_pair *pair, struct toy_link *link,
		      struct sk_buff *skb, struct toy_frame *frame)
{
	struct toy_wire *w = toy_wire(pair);
	struct sock *sk = w->sk;

	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
		return;
	}
	bh_lock_sock_nested(sk);
	/* Where it is over the socket may be another one by now. */
	if (w->over)
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
	else if (!toy_segment_at_home(pair, link, skb))
		toy_frame_drop(link, skb, TOY_DROP_MOVED);
	else if (!sock_owned_by_user(sk))
		toy_wire_input(w, link, skb, frame);
	else if (sk_add_backlog(sk, skb, 2 * READ_ONCE(sk->sk_rcvbuf)))
		toy_ether_seg_drop(link, skb, TOY_SEG_MEMORY);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toy_wire_backlog() - a segment that came in while the socket was in use
 * @sk:		socket
 * @skb:	frame, at the magic; consumed
 *
 * Context: release_sock().
 * Return: 0.
 */
int toy_wire_backlog(struct sock *sk, struct sk_buff *skb)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));
	struct toy_addr local, remote;
	struct toy_pair *pair = NULL;
	struct toy_frame frame;
	struct toy_link *link;

	rcu_read_lock();
	link = skb->dev ? toy_link_of(ether, skb->dev) : NULL;
	/* It was looked at before; nobody has changed it since. */
	if (!link || toy_header_parse(skb->data, skb_headlen(skb), skb->len,
				      &frame) ||
	    toy_header_check(skb->data, &frame)) {
		kfree_skb(skb);
		goto unlock;
	}
	local = toy_addr(frame.dst, frame.dport);
	remote = toy_addr(frame.src, frame.sport);
	pair = toy_pair_find(ether, frame.type, &local, &remote);
	local_bh_disable();
	if (pair && !toy_segment_at_home(pair, link, skb))
		toy_frame_drop(link, skb, TOY_DROP_MOVED);
	else if (pair && pair->kind == TOY_PAIR_WIRE &&
		 toy_wire(pair)->sk == sk)
		toy_wire_input(toy_wire(pair), link, skb, &frame);
	else
		toy_ether_stray(link, skb, &frame, TOY_DROP_CLOSED);
	local_bh_enable();
unlock:
	rcu_read_unlock();
	if (pair)
		toy_pair_put(pair);
	return 0;
}

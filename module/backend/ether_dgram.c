// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams over a link: one frame each [D1 to D4].
 *
 * A frame that was handed to a link is gone: nobody says whether it arrived,
 * but for a refusal that may come back.
 */
#include <linux/uio.h>

#include "../core/buf.h"
#include "../core/port.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "../trace.h"
#include "backend.h"
#include "ether.h"

/* So many sockets get a copy of one broadcast at most. */
#define TOY_BROADCAST_MAX	64

/* ---- in ---- */

/**
 * toy_ether_sign() - a buffer from a link becomes a message
 * @skb:	buffer
 * @from:	address of whoever sent it, as he says
 */
void toy_ether_sign(struct sk_buff *skb, struct toy_addr from)
{
	struct toy_buf_cb *cb = toy_buf_cb(skb);

	skb_orphan(skb);
	/* All of it: the core has a word of its own at the end. */
	memset(skb->cb, 0, sizeof(skb->cb));
	/* Nobody vouches for who sent it. */
	cb->uid = INVALID_UID;
	cb->gid = INVALID_GID;
	cb->from = from;
}

/* The payload of a frame becomes a message. */
static void toy_ether_open(struct sk_buff *skb, const struct toy_frame *frame)
{
	__skb_pull(skb, frame->size);
	toy_ether_sign(skb, toy_addr(frame->src, frame->sport));
}

/* Nobody is there: say so to whoever sent it to us alone [D3]. */
static void toy_ether_refuse(struct toy_link *link, struct sk_buff *skb,
			     const struct toy_frame *frame)
{
	struct toy_addr from = toy_addr(frame->dst, frame->dport);
	struct toy_addr to = toy_addr(frame->src, frame->sport);

	if (frame->dst != TOY_NODE_BROADCAST && __ratelimit(&link->refuse))
		toy_frame_say(link, TOY_FRAME_REFUSED, &from, &to,
			      eth_hdr(skb)->h_source);
	toy_frame_drop(link, skb, TOY_DROP_NO_PORT);
}

/* To every socket that hears broadcasts to that port [D2]. */
static void toy_ether_to_all(struct toy_link *link, struct sk_buff *skb,
			     const struct toy_frame *frame)
{
	struct toy_addr from = toy_addr(frame->src, frame->sport);
	struct sock *found[TOY_BROADCAST_MAX];
	int n, i;

	n = toy_port_collect(link->ether->net, TOY_SPACE_DGRAM, frame->dport,
			     &from, skb->dev->ifindex, found,
			     ARRAY_SIZE(found));
	if (!n) {
		toy_frame_drop(link, skb, TOY_DROP_NO_PORT);
		return;
	}
	for (i = 0; i < n; i++) {
		struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

		if (copy) {
			toy_ether_open(copy, frame);
			if (toy_rxq_deliver(found[i], copy, &from))
				toy_frame_drop(link, copy, TOY_DROP_FULL);
		}
		sock_put(found[i]);
	}
	consume_skb(skb);
}

/**
 * toy_ether_datagram() - a datagram came in
 * @link:	by which link
 * @skb:	frame, at the magic; consumed
 * @frame:	its header, checked
 *
 * Context: softirq, under RCU.
 */
void toy_ether_datagram(struct toy_link *link, struct sk_buff *skb,
			const struct toy_frame *frame)
{
	struct toy_addr from = toy_addr(frame->src, frame->sport);
	struct toy_addr to = toy_addr(frame->dst, frame->dport);
	struct sock *sk;
	int err;

	if (frame->dst == TOY_NODE_BROADCAST) {
		toy_ether_to_all(link, skb, frame);
		return;
	}
	sk = toy_port_lookup_on(link->ether->net, TOY_SPACE_DGRAM, &to, &from,
				skb->dev->ifindex);
	if (!sk) {
		toy_ether_refuse(link, skb, frame);
		return;
	}
	toy_ether_open(skb, frame);
	err = toy_rxq_deliver(sk, skb, &from);
	sock_put(sk);
	if (!err)
		return;
	if (err == -ECONNREFUSED) {
		/* It closed, or connected elsewhere, at this moment. */
		__skb_push(skb, frame->size);
		toy_ether_refuse(link, skb, frame);
		return;
	}
	toy_frame_drop(link, skb, TOY_DROP_FULL);
}

/**
 * toy_ether_refused() - nobody takes what somebody of us sent [D4]
 * @link:	by which link that is said
 * @skb:	frame; consumed
 * @frame:	its header, checked
 *
 * Context: softirq, under RCU.
 */
void toy_ether_refused(struct toy_link *link, struct sk_buff *skb,
		       const struct toy_frame *frame)
{
	struct toy_addr from = toy_addr(frame->src, frame->sport);
	struct toy_addr to = toy_addr(frame->dst, frame->dport);
	struct toy_addr remote;
	struct sock *sk;

	sk = toy_port_lookup_on(link->ether->net, TOY_SPACE_DGRAM, &to, &from,
				skb->dev->ifindex);
	if (!sk) {
		toy_frame_drop(link, skb, TOY_DROP_NO_PORT);
		return;
	}
	remote = toy_addr_read(&toy_sk(sk)->remote);
	if (toy_addr_equal(&remote, &from)) {
		WRITE_ONCE(sk->sk_err, ECONNREFUSED);
		sk_error_report(sk);
		consume_skb(skb);
	} else {
		toy_frame_drop(link, skb, TOY_DROP_NO_PORT);
	}
	sock_put(sk);
}

/* ---- out ---- */

/* Where a socket's datagrams come from, as others see it; -errno. */
static int toy_ether_source(const struct sock *sk, u32 to,
			    struct toy_addr *from)
{
	u32 own = READ_ONCE(toy_net(sock_net(sk))->node);
	struct toy_addr bound = toy_addr_read(&toy_sk(sk)->bound);

	if (bound.node == TOY_NODE_ANY)
		bound.node = to == TOY_NODE_LOOPBACK ? to : own;
	/* Node 1 is for those at home. */
	if (!bound.node ||
	    (bound.node == TOY_NODE_LOOPBACK && to != TOY_NODE_LOOPBACK))
		return -ENETUNREACH;
	*from = bound;
	return 0;
}

/**
 * toy_ether_fill() - a buffer with what a program sends
 * @sk:		the sender, which is charged
 * @msg:	the message
 * @len:	its length
 * @err:	set where there is none: -EAGAIN, -EFAULT, ...
 *
 * It has room for everybody's headers, and as much as a header has in one piece.
 *
 * Context: process; may sleep.
 * Return: the buffer; NULL.
 */
struct sk_buff *toy_ether_fill(struct sock *sk, struct msghdr *msg, size_t len,
			       int *err)
{
	const size_t room = LL_MAX_HEADER + TOY_HEADER_BASE;
	size_t linear = min_t(size_t, len, TOY_BUF_SMALL - room);
	struct sk_buff *skb;

	skb = sock_alloc_send_pskb(sk, room + linear, len - linear,
				   msg->msg_flags & MSG_DONTWAIT, err,
				   PAGE_ALLOC_COSTLY_ORDER);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len = len;
	*err = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, len);
	if (!*err)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/**
 * toy_ether_broadcast() - send a frame to everybody
 * @ether:	namespace
 * @ifindex:	device that it has to leave by; 0: every link
 * @skb:	frame without Ethernet header; consumed
 *
 * Context: process.
 * Return: 0; -ENETUNREACH: no link; -ENOBUFS; what toy_frame_send() says.
 */
int toy_ether_broadcast(struct toy_ether *ether, int ifindex,
			struct sk_buff *skb)
{
	const struct net_device *dev;
	struct toy_link *link;
	int err = -ENETUNREACH;

	rcu_read_lock();
	list_for_each_entry_rcu(link, &ether->links, node) {
		struct sk_buff *copy;

		dev = rcu_dereference(link->dev);
		if (!dev || (ifindex && dev->ifindex != ifindex))
			continue;
		copy = skb_clone(skb, GFP_ATOMIC);
		err = copy ? toy_frame_send(link, copy, dev->broadcast) :
			     -ENOBUFS;
	}
	rcu_read_unlock();
	consume_skb(skb);
	return err;
}

/**
 * toy_ether_send_message() - send_message() of struct toy_backend
 * @sk:		bound datagram socket
 * @to:		where to; NULL for the peer
 * @msg:	the message
 * @len:	its length
 * @creds:	whose it is; nobody on the other side could believe that
 *
 * Return: @len; -EMSGSIZE: a link's frame has no room for it; -ENETUNREACH: no
 * link, or no node id of our own; -EHOSTUNREACH, -ECONNREFUSED: what an earlier
 * one met with; -EAGAIN; what toy_frame_send() says.
 */
ssize_t toy_ether_send_message(struct sock *sk, const struct toy_addr *to,
			       struct msghdr *msg, size_t len,
			       const struct toy_creds *creds)
{
	struct toy_addr dst = to ? *to : toy_addr_read(&toy_sk(sk)->remote);
	struct toy_ether *ether = toy_ether(sock_net(sk));
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	unsigned int most = toy_link_payload(ether, ifindex);
	struct toy_frame frame = { .type = TOY_FRAME_DATAGRAM };
	struct toy_addr from;
	struct sk_buff *skb;
	int err;

	if (!most)
		return -ENETUNREACH;
	err = toy_ether_source(sk, dst.node, &from);
	if (err)
		return err;
	if (len + TOY_HEADER_BASE > most || len > U16_MAX)
		return -EMSGSIZE;
	skb = toy_ether_fill(sk, msg, len, &err);
	if (!skb)
		return err;
	frame.src = from.node;
	frame.sport = from.port;
	frame.dst = dst.node;
	frame.dport = dst.port;
	frame.seg.len = len;
	toy_frame_push(skb, &frame);
	if (dst.node == TOY_NODE_BROADCAST)
		err = toy_ether_broadcast(ether, ifindex, skb);
	else
		err = toy_neigh_send(ether, dst.node, ifindex, skb);
	if (err)
		return err;
	trace_toy_xmit(sk, len);
	toy_sent_add(sk, len);
	return len;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_RAW: frames as they come in by links, and as a program wrote them out.
 *
 * A tap. What it hears goes on as if nobody listened, and nothing that it sends
 * is believed more than a stranger's frames.
 */
#include <linux/rculist.h>

#include "../compat.h"
#include "../core/rxq.h"
#include "../trace.h"
#include "backend.h"
#include "ether.h"

/* Where in the header they are, of whatever type the frame is. */
#define TOY_RAW_TYPE	3
#define TOY_RAW_SRC	4
#define TOY_RAW_DST	8
#define TOY_RAW_SPORT	12
#define TOY_RAW_DPORT	14

/* ---- in ---- */

static struct toy_addr toy_raw_addr(const u8 *data, int node, int port)
{
	return toy_addr(get_unaligned_be32(data + node),
			get_unaligned_be16(data + port));
}

static struct toy_addr toy_raw_source(const u8 *data)
{
	return toy_raw_addr(data, TOY_RAW_SRC, TOY_RAW_SPORT);
}

static struct toy_addr toy_raw_destination(const u8 *data)
{
	return toy_raw_addr(data, TOY_RAW_DST, TOY_RAW_DPORT);
}

static bool toy_raw_matches(const struct toy_addr *bound, struct toy_addr addr)
{
	return (bound->node == TOY_NODE_ANY || bound->node == addr.node) &&
	       (!bound->port || bound->port == addr.port);
}

/* Whether a socket is bound to hear a frame, from or to that address. */
static bool toy_raw_wants(const struct sock *sk, const struct sk_buff *skb)
{
	struct toy_addr bound = toy_addr_read(&toy_sk(sk)->bound);
	int only = READ_ONCE(sk->sk_bound_dev_if);

	if (only && only != skb->dev->ifindex)
		return false;
	return toy_raw_matches(&bound, toy_raw_source(skb->data)) ||
	       toy_raw_matches(&bound, toy_raw_destination(skb->data));
}

static void toy_raw_miss(struct sock *sk, const struct sk_buff *skb)
{
	trace_toy_drop(sk, skb->len, TOY_DROP_FULL);
	atomic_inc(&toy_sk(sk)->missed);
	atomic_inc(&sk->sk_drops);
}

/* A copy of a frame for one socket. */
static void toy_raw_offer(struct sock *sk, struct sk_buff *skb)
{
	struct toy_addr from = toy_raw_source(skb->data);
	struct sk_buff *copy;

	/* Looked at again under the lock. */
	copy = toy_rxq_has_room(sk, skb->truesize) ?
	       skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN) : NULL;
	if (!copy) {
		toy_raw_miss(sk, skb);
		return;
	}
	toy_ether_sign(copy, from);
	sock_skb_set_dropcount(sk, copy);
	switch (toy_rxq_deliver(sk, copy, &from)) {
	case 0:
		return;
	case -EAGAIN:
	case -ENOMEM:
		toy_raw_miss(sk, copy);
		break;
	}
	consume_skb(copy);
}

/**
 * toy_raw_hear() - raw sockets get what comes in, in order or not [F1, F2]
 * @link:	by which link it came
 * @skb:	frame, at the magic, of the caller alone; stays his
 *
 * All but what is too short to have addresses, or of another protocol. Padding of
 * the device's is still behind it.
 *
 * Context: softirq, under RCU.
 */
void toy_raw_hear(struct toy_link *link, struct sk_buff *skb)
{
	struct sock *sk;

	if (!pskb_may_pull(skb, TOY_HEADER_BASE) ||
	    get_unaligned_be16(skb->data) != TOY_MAGIC)
		return;
	sk_for_each_rcu(sk, &link->ether->raw) {
		if (toy_raw_wants(sk, skb))
			toy_raw_offer(sk, skb);
	}
}

/* ---- out ---- */

/* A frame as the program wrote it; the sum is ours where it left that out. */
static struct sk_buff *toy_raw_frame(struct sock *sk, struct msghdr *msg,
				     size_t len, int *err)
{
	struct sk_buff *skb = toy_ether_fill(sk, msg, len, err);

	if (!skb)
		return NULL;
	if (get_unaligned_be16(skb->data) != TOY_MAGIC) {
		*err = -EINVAL;
		kfree_skb(skb);
		return NULL;
	}
	toy_frame_seal(skb);
	if (get_unaligned_be16(skb->data + TOY_HEADER_CSUM))
		skb->ip_summed = CHECKSUM_NONE;
	return skb;
}

/* The node whose station a frame goes to, if the program does not say. */
static u32 toy_raw_target(const u8 *data)
{
	if (data[TOY_RAW_TYPE] == TOY_FRAME_WHO_HAS)
		return TOY_NODE_BROADCAST;
	return toy_raw_destination(data).node;
}

/* send_message() of struct toy_backend; without @to the frame says where to. */
static ssize_t toy_raw_send_message(struct sock *sk, const struct toy_addr *to,
				    struct msghdr *msg, size_t len,
				    const struct toy_creds *creds)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	unsigned int most = toy_link_payload(ether, ifindex);
	struct sk_buff *skb;
	u32 node;
	int err;

	if (!most)
		return -ENETUNREACH;
	if (len < TOY_HEADER_BASE)
		return -EINVAL;
	if (len > most)
		return -EMSGSIZE;
	skb = toy_raw_frame(sk, msg, len, &err);
	if (!skb)
		return err;
	node = to ? to->node : toy_raw_target(skb->data);
	if (node == TOY_NODE_BROADCAST) {
		err = toy_ether_broadcast(ether, ifindex, skb);
	} else if (node == TOY_NODE_ANY ||
		   !READ_ONCE(toy_net(sock_net(sk))->node)) {
		/* Nobody to ask for, or nobody to be answered. */
		kfree_skb(skb);
		err = -ENETUNREACH;
	} else {
		err = toy_neigh_send(ether, node, ifindex, skb);
	}
	if (err)
		return err;
	trace_toy_xmit(sk, len);
	toy_sent_add(sk, len);
	return len;
}

/* ---- the socket ---- */

/**
 * toy_raw_open() - a raw socket hears from now on
 * @sk:		new raw socket
 *
 * Context: process; may sleep.
 */
void toy_raw_open(struct sock *sk)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));

	spin_lock(&ether->raw_lock);
	sk_add_node_rcu(sk, &ether->raw);
	spin_unlock(&ether->raw_lock);
}

static void toy_raw_close(struct sock *sk, bool abort)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));

	spin_lock(&ether->raw_lock);
	/* Who stands on it goes on to those behind it. */
	hlist_del_init_rcu(&sk->sk_node);
	__sock_put(sk);
	spin_unlock(&ether->raw_lock);
	toy_rxq_shut(sk, false);
	/* The slab may make another socket of it, which nobody is to deliver to. */
	synchronize_net();
}

static void toy_raw_shutdown(struct sock *sk, int how)
{
	toy_rx_lock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	toy_rx_unlock(sk);
	toy_state_changed(sk);
}

static bool toy_raw_writable(const struct sock *sk)
{
	return toy_sock_has_room(sk);
}

static int toy_raw_unread(struct sock *sk)
{
	return sk_wmem_alloc_get(sk);
}

static void toy_raw_info(struct sock *sk, struct toy_info *info)
{
	unsigned int most = toy_link_payload(toy_ether(sock_net(sk)),
					     READ_ONCE(sk->sk_bound_dev_if));
	u32 missed = atomic_read(&toy_sk(sk)->missed);

	info->toyi_backend = 1;
	info->toyi_max_message = min(info->toyi_max_message, most);
	info->toyi_drops[TOY_DROP_FULL] = missed;
	info->toyi_drops[TOY_DROP_FILTER] -= missed;
}

const struct toy_backend toy_raw = {
	.name		= "raw",
	.send_message	= toy_raw_send_message,
	.shutdown	= toy_raw_shutdown,
	.close		= toy_raw_close,
	.writable	= toy_raw_writable,
	.unread		= toy_raw_unread,
	.info		= toy_raw_info,
};

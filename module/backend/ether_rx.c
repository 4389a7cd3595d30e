// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that come in: the checks [F1] to [F10] and [I1] to [I5] of
 * Documentation/protocol, and to whom each goes.
 */
#include "../core/stat.h"
#include "backend.h"
#include "pair.h"

/* Reasons of the parser as reasons of the family. */
static const u8 toy_ether_reasons[TOY_HEADER_ERRORS] = {
	[TOY_HEADER_SHORT]	= TOY_DROP_SHORT,
	[TOY_HEADER_MAGIC]	= TOY_DROP_MAGIC,
	[TOY_HEADER_VERSION]	= TOY_DROP_VERSION,
	[TOY_HEADER_TYPE]	= TOY_DROP_TYPE,
	[TOY_HEADER_LENGTH]	= TOY_DROP_LENGTH,
	[TOY_HEADER_CHECKSUM]	= TOY_DROP_CHECKSUM,
	[TOY_HEADER_MALFORMED]	= TOY_DROP_MALFORMED,
	[TOY_HEADER_FLAGS]	= TOY_DROP_FLAGS,
	[TOY_HEADER_OPTION]	= TOY_DROP_OPTION,
};

/*
 * The frame's header as numbers, the sum of all of it checked, the padding cut
 * off and @skb at the magic [F1 to F9]. Returns TOY_DROP_MAX: it is in order.
 */
static enum toy_drop toy_ether_parse(struct sk_buff *skb,
				     struct toy_frame *frame)
{
	enum toy_header_error err;
	u32 need;

	if (!pskb_may_pull(skb, TOY_HEADER_BASE))
		return TOY_DROP_SHORT;
	need = toy_header_need(skb->data, skb_headlen(skb));
	if (!pskb_may_pull(skb, need))
		return TOY_DROP_LENGTH;
	err = toy_header_parse(skb->data, skb_headlen(skb), skb->len, frame);
	if (err)
		return toy_ether_reasons[err];
	if (pskb_trim_rcsum(skb, frame->size + frame->seg.len))
		return TOY_DROP_LENGTH;
	if (skb_checksum_simple_validate(skb))
		return TOY_DROP_CHECKSUM;
	err = toy_header_check(skb->data, frame);
	return err ? toy_ether_reasons[err] : TOY_DROP_MAX;
}

/* What is for all goes to all, and nothing else does [F10]. */
static enum toy_drop toy_ether_cast(const struct sk_buff *skb,
				    const struct toy_frame *frame)
{
	bool sent_to_all = skb->pkt_type == PACKET_BROADCAST;
	bool all = frame->dst == TOY_NODE_BROADCAST;

	if (frame->type == TOY_FRAME_WHO_HAS)
		return all ? TOY_DROP_BROADCAST : TOY_DROP_MAX;
	if (all && frame->type != TOY_FRAME_DATAGRAM)
		return TOY_DROP_BROADCAST;
	/* On lo there is no address for all. */
	if (all != sent_to_all && !toy_link_loops(skb->dev))
		return TOY_DROP_BROADCAST;
	return TOY_DROP_MAX;
}

/* Somebody else has our node id: count it, say it, and let him know [I4, N6]. */
static void toy_ether_duplicate(struct toy_link *link,
				const struct toy_frame *frame, const u8 *mac)
{
	struct toy_addr own = toy_addr(frame->src, 0);

	atomic_inc(&link->duplicates);
	WRITE_ONCE(link->duplicate, ether_addr_to_u64(mac));
	if (toy_ether_may_log(link->ether))
		pr_warn("toy: %pM has node id %u as well as we\n", mac,
			frame->src);
	if (frame->type == TOY_FRAME_WHO_HAS && __ratelimit(&link->defend))
		toy_frame_say(link, TOY_FRAME_I_AM, &own, &own, mac);
}

/* Who it is from and for [I2 to I5]. */
static enum toy_drop toy_ether_identity(struct toy_link *link,
					const struct net_device *dev,
					const struct toy_frame *frame,
					const u8 *mac)
{
	u32 own = READ_ONCE(toy_net(link->ether->net)->node);
	bool loops = toy_link_loops(dev);

	if (!loops && toy_link_is_own(link->ether, mac))
		return TOY_DROP_LOOP;
	if (frame->src == TOY_NODE_ANY || frame->src == TOY_NODE_BROADCAST ||
	    (frame->src == TOY_NODE_LOOPBACK && !loops))
		return TOY_DROP_MARTIAN;
	if (frame->src == own && !loops) {
		toy_ether_duplicate(link, frame, mac);
		return TOY_DROP_DUPLICATE;
	}
	if (frame->type == TOY_FRAME_WHO_HAS)
		return TOY_DROP_MAX;
	if (frame->dst == TOY_NODE_BROADCAST ||
	    (loops && frame->dst == TOY_NODE_LOOPBACK) ||
	    (own && frame->dst == own))
		return TOY_DROP_MAX;
	return TOY_DROP_NOT_OURS;
}

/* Somebody asks who has a node [N2, N4]. */
static void toy_ether_who_has(struct toy_link *link,
			      const struct toy_frame *frame, const u8 *mac)
{
	u32 own = READ_ONCE(toy_net(link->ether->net)->node);
	struct toy_addr from = toy_addr(frame->dst, 0);
	struct toy_addr to = toy_addr(frame->src, 0);
	const struct net_device *dev = rcu_dereference(link->dev);

	if ((!own || frame->dst != own) &&
	    !(dev && toy_link_loops(dev) && frame->dst == TOY_NODE_LOOPBACK))
		return;
	/* Before the table, which to search takes more than an answer. */
	if (!__ratelimit(&link->answer))
		return;
	toy_neigh_asked(link, frame->src, mac);
	toy_frame_say(link, TOY_FRAME_I_AM, &from, &to, mac);
}

/* A frame in order goes to whom it is for. */
static void toy_ether_dispatch(struct toy_link *link, struct sk_buff *skb,
			       struct toy_frame *frame)
{
	u8 mac[ETH_ALEN];

	ether_addr_copy(mac, eth_hdr(skb)->h_source);
	switch (frame->type) {
	case TOY_FRAME_WHO_HAS:
		toy_ether_who_has(link, frame, mac);
		consume_skb(skb);
		break;
	case TOY_FRAME_I_AM:
		toy_neigh_answered(link, frame->src, mac);
		consume_skb(skb);
		break;
	case TOY_FRAME_DATAGRAM:
		toy_ether_datagram(link, skb, frame);
		break;
	case TOY_FRAME_REFUSED:
		toy_ether_refused(link, skb, frame);
		break;
	default:
		toy_ether_segment(link, skb, frame);
		break;
	}
}

/**
 * toy_ether_receive() - a frame of our EtherType came in by a link
 * @skb:	frame, at the magic; consumed
 * @dev:	device
 * @pt:		registration of the link
 * @orig_dev:	the device that the hardware has it from
 *
 * Context: softirq, under RCU.
 * Return: NET_RX_SUCCESS or NET_RX_DROP.
 */
int toy_ether_receive(struct sk_buff *skb, struct net_device *dev,
		      struct packet_type *pt, struct net_device *orig_dev)
{
	struct toy_link *link = pt->af_packet_priv;
	struct toy_frame frame;
	enum toy_drop reason;

	/* A promiscuous device shows frames that are for others [F1]. */
	if (skb->pkt_type == PACKET_OTHERHOST || !skb_mac_header_was_set(skb)) {
		consume_skb(skb);
		return NET_RX_SUCCESS;
	}
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return NET_RX_DROP;
	if (unlikely(!hlist_empty(&link->ether->raw)))
		toy_raw_hear(link, skb);
	reason = toy_ether_parse(skb, &frame);
	if (reason == TOY_DROP_MAX)
		reason = toy_ether_cast(skb, &frame);
	if (reason == TOY_DROP_MAX)
		reason = toy_ether_identity(link, dev, &frame,
					    eth_hdr(skb)->h_source);
	if (reason != TOY_DROP_MAX) {
		toy_frame_drop(link, skb, reason);
		return NET_RX_DROP;
	}
	atomic_long_inc(&link->rx);
	toy_stat_inc(link->ether->net, TOY_STAT_FRAMES_IN);
	toy_ether_dispatch(link, skb, &frame);
	return NET_RX_SUCCESS;
}

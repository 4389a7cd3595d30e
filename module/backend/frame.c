// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames: from numbers to an sk_buff, and that to a device.
 */
#include <linux/skbuff.h>

#include "../core/stat.h"
#include "../trace.h"
#include "ether.h"

/**
 * toy_frame_seal() - a frame is complete but for its checksum
 * @skb:	frame, at the magic; the checksum's field is 0
 *
 * That is left to the device, or to the core in its place: over veth and lo
 * nobody computes it.
 */
void toy_frame_seal(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	skb->protocol = htons(toy_ethertype);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_network_header(skb) - skb->head;
	skb->csum_offset = TOY_HEADER_CSUM;
}

/**
 * toy_frame_push() - put the header before a payload
 * @skb:	the payload, with room before it
 * @frame:	the header; its length of payload is the payload's
 */
void toy_frame_push(struct sk_buff *skb, struct toy_frame *frame)
{
	unsigned int size = TOY_HEADER_BASE;

	if (toy_frame_is_segment(frame->type))
		size = TOY_HEADER_SEGMENT + toy_header_options(&frame->seg);
	toy_header_build(skb_push(skb, size), frame);
	toy_frame_seal(skb);
}

/**
 * toy_frame_alloc() - a frame without a payload
 * @dev:	device that it will leave by
 * @frame:	its header
 *
 * Context: any.
 * Return: the frame, NULL.
 */
struct sk_buff *toy_frame_alloc(const struct net_device *dev,
				struct toy_frame *frame)
{
	unsigned int room = LL_RESERVED_SPACE(dev);
	struct sk_buff *skb;

	skb = alloc_skb(room + TOY_HEADER_MAX + dev->needed_tailroom,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, room + TOY_HEADER_MAX);
	toy_frame_push(skb, frame);
	return skb;
}

/**
 * toy_frame_send() - hand a frame to a link's device
 * @link:	link
 * @skb:	frame without its Ethernet header; consumed
 * @mac:	whom to
 *
 * Context: process or BH.
 * Return: 0; -ENETDOWN; -ENETUNREACH: the link was detached; -EMSGSIZE;
 * -ENOBUFS: dropped by a queueing discipline.
 */
int toy_frame_send(struct toy_link *link, struct sk_buff *skb, const u8 *mac)
{
	struct net_device *dev;
	int err = -ENETUNREACH;

	rcu_read_lock();
	dev = rcu_dereference(link->dev);
	if (!dev)
		goto free;
	err = -ENETDOWN;
	if (!toy_link_is_up(dev))
		goto free;
	err = -EMSGSIZE;
	if (skb->len > READ_ONCE(dev->mtu) && !skb_is_gso(skb))
		goto free;
	err = -ENOMEM;
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev)))
		goto free;
	skb->dev = dev;
	if (dev_hard_header(skb, dev, toy_ethertype, mac, NULL, skb->len) < 0)
		goto free;
	atomic_long_inc(&link->tx);
	toy_stat_inc(link->ether->net, TOY_STAT_FRAMES_OUT);
	err = dev_queue_xmit(skb);
	rcu_read_unlock();
	/* Congestion is no loss of this frame. */
	return err > 0 ? net_xmit_errno(err) : err;
free:
	rcu_read_unlock();
	kfree_skb(skb);
	return err;
}

/**
 * toy_frame_say() - send a frame that is all header
 * @link:	over which
 * @type:	TOY_FRAME_*, not a segment
 * @from:	source
 * @to:		destination
 * @mac:	whose station that is
 *
 * Context: any but hard interrupt.
 */
void toy_frame_say(struct toy_link *link, u8 type, const struct toy_addr *from,
		   const struct toy_addr *to, const u8 *mac)
{
	struct toy_frame frame = {
		.type	= type,
		.src	= from->node,
		.dst	= to->node,
		.sport	= from->port,
		.dport	= to->port,
	};
	struct net_device *dev;
	struct sk_buff *skb = NULL;

	rcu_read_lock();
	dev = rcu_dereference(link->dev);
	if (dev)
		skb = toy_frame_alloc(dev, &frame);
	rcu_read_unlock();
	if (skb)
		toy_frame_send(link, skb, mac);
}

/**
 * toy_frame_drop() - a frame that came in is not for anybody
 * @link:	where it came in
 * @skb:	frame; consumed
 * @reason:	why
 *
 * Context: any but hard interrupt.
 */
void toy_frame_drop(struct toy_link *link, struct sk_buff *skb,
		    enum toy_drop reason)
{
	trace_toy_drop(NULL, skb->len, reason);
	atomic_long_inc(&link->drops);
	toy_stat_drop(link->ether->net, reason);
	kfree_skb(skb);
}

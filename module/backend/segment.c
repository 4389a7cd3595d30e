// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of connections: which pair each is for [O2, I6], and those that are
 * for none [C1 to L3].
 */
#include "../core/port.h"
#include "../core/stat.h"
#include "../proto/stray.h"
#include "pair.h"

static const u8 toy_segment_reasons[TOY_SEG_DROPS] = {
	[TOY_SEG_SEQUENCE]	= TOY_DROP_SEQUENCE,
	[TOY_SEG_ACK]		= TOY_DROP_ACK,
	[TOY_SEG_STATE]		= TOY_DROP_STATE,
	[TOY_SEG_CLOSED]	= TOY_DROP_CLOSED,
	[TOY_SEG_WINDOW]	= TOY_DROP_WINDOW,
	[TOY_SEG_MEMORY]	= TOY_DROP_MEMORY,
	[TOY_SEG_MALFORMED]	= TOY_DROP_MALFORMED,
};

/**
 * toy_segment_reason() - why a segment that a reset answers is dropped
 * @drop:	enum toy_seg_drop
 *
 * Return: the same of the family; where the engine gives none, that there is no
 * such connection.
 */
enum toy_drop toy_segment_reason(u8 drop)
{
	return drop == TOY_SEG_OK ? TOY_DROP_CLOSED : toy_segment_reasons[drop];
}

/**
 * toy_ether_seg_drop() - done with a segment whose payload nobody keeps
 * @link:	where it came in
 * @skb:	frame; consumed
 * @drop:	enum toy_seg_drop
 */
void toy_ether_seg_drop(struct toy_link *link, struct sk_buff *skb, u8 drop)
{
	if (drop == TOY_SEG_OK)
		consume_skb(skb);
	else
		toy_frame_drop(link, skb, toy_segment_reasons[drop]);
}

/**
 * toy_ether_stray() - a segment for no connection is answered by a reset [C2]
 * @link:	where it came in
 * @skb:	frame; consumed
 * @frame:	its header
 * @reason:	why it is counted as dropped
 *
 * Context: softirq, under RCU.
 */
void toy_ether_stray(struct toy_link *link, struct sk_buff *skb,
		     const struct toy_frame *frame, enum toy_drop reason)
{
	struct toy_frame answer = {
		.type	= frame->type,
		.src	= frame->dst,
		.sport	= frame->dport,
		.dst	= frame->src,
		.dport	= frame->sport,
	};
	struct sk_buff *rst;

	if (!(frame->seg.flags & TOY_FLAG_RST) && __ratelimit(&link->reset)) {
		toy_stray_reset(&frame->seg, &answer.seg);
		rst = toy_frame_alloc(skb->dev, &answer);
		if (rst)
			toy_frame_send(link, rst, eth_hdr(skb)->h_source);
	}
	toy_frame_drop(link, skb, reason);
}

/**
 * toy_segment_listener() - who listens where a segment goes
 * @link:	where it came in
 * @skb:	its frame
 * @frame:	its header
 *
 * Return: the listener with a reference; NULL.
 */
struct sock *toy_segment_listener(struct toy_link *link,
				  const struct sk_buff *skb,
				  const struct toy_frame *frame)
{
	enum toy_space space = frame->type == TOY_FRAME_STREAM ?
			       TOY_SPACE_STREAM : TOY_SPACE_SEQPACKET;
	struct toy_addr local = toy_addr(frame->dst, frame->dport);
	struct toy_addr remote = toy_addr(frame->src, frame->sport);

	return toy_port_lookup_on(link->ether->net, space, &local, &remote,
				  skb->dev->ifindex);
}

/**
 * toy_segment_at_home() - whether a segment comes from where its pair is tied to
 * @pair:	pair
 * @link:	where it came in
 * @skb:	its frame
 *
 * [I6]
 */
bool toy_segment_at_home(const struct toy_pair *pair,
			 const struct toy_link *link,
			 const struct sk_buff *skb)
{
	return !pair->link ||
	       (pair->link == link &&
		ether_addr_equal(pair->mac, eth_hdr(skb)->h_source));
}

/**
 * toy_ether_segment() - a segment came in
 * @link:	by which link
 * @skb:	frame, at the magic; consumed
 * @frame:	its header, checked
 *
 * Context: softirq, under RCU.
 */
void toy_ether_segment(struct toy_link *link, struct sk_buff *skb,
		       struct toy_frame *frame)
{
	struct toy_addr local = toy_addr(frame->dst, frame->dport);
	struct toy_addr remote = toy_addr(frame->src, frame->sport);
	struct toy_pair *pair;

	pair = toy_pair_find(link->ether, frame->type, &local, &remote);
	if (!pair) {
		if (toy_stray_event(&frame->seg) == TOY_ON_SYN)
			toy_calling_new(link, skb, frame, NULL, 0);
		else
			toy_ether_stray(link, skb, frame, TOY_DROP_CLOSED);
		return;
	}
	/* That of a connection may be known only under its socket's lock. */
	if (pair->kind == TOY_PAIR_WIRE)
		toy_wire_segment(pair, link, skb, frame);
	else if (!toy_segment_at_home(pair, link, skb))
		toy_frame_drop(link, skb, TOY_DROP_MOVED);
	else if (pair->kind == TOY_PAIR_WAIT)
		toy_waiting_segment(pair, link, skb, frame);
	else
		toy_calling_segment(pair, link, skb, frame);
	toy_pair_put(pair);
}

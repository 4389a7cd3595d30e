// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segmentation offload: one large segment goes through the stack, and is cut
 * into frames only before a device that cannot take it.
 *
 * Its gso_type is SCTP's, as devices in software (veth, lo, bridges) offer that
 * and hardware does not: a device that offers it hands the whole to somebody who
 * looks at nothing but its length, every other one has the core cut it here.
 */
#include <linux/netdevice.h>
#include <linux/sctp.h>

#include "../compat.h"
#include "../proto/header.h"
#include "ether.h"

/**
 * toy_frame_cut() - a frame may be cut on its way
 * @skb:	frame of a segment, its header pushed
 * @hlen:	length of that
 * @size:	payload of a piece
 */
void toy_frame_cut(struct sk_buff *skb, unsigned int hlen, u16 size)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->gso_type = SKB_GSO_SCTP;
	shinfo->gso_size = size;
	shinfo->gso_segs = DIV_ROUND_UP(skb->len - hlen, size);
	/* Queueing disciplines reckon the pieces' length from it. */
	skb_set_transport_header(skb, hlen - sizeof(struct sctphdr));
}

/* The pieces have a header each. Returns 0; why the checksum cannot be had. */
static int toy_gso_finish(struct sk_buff *segs, unsigned int hlen, bool sums)
{
	struct sk_buff *seg;
	u32 off = 0, len;
	int err;

	for (seg = segs; seg; seg = seg->next) {
		len = skb_tail_pointer(seg) - skb_network_header(seg) +
		      seg->data_len - hlen;
		toy_header_cut(skb_network_header(seg), off, len, !seg->next);
		off += len;
		/* A tunnel that sums up the whole takes ours as it will be. */
		SKB_GSO_CB(seg)->csum_start = skb_checksum_start(seg) -
					      seg->head;
		SKB_GSO_CB(seg)->csum = (__force __wsum)~0U;
		err = sums ? 0 : skb_checksum_help(seg);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Cut @skb, its data at the header. Returns the pieces; an ERR_PTR. The caller
 * has the Ethernet header before that, and pulls back.
 */
static struct sk_buff *toy_gso_segment(struct sk_buff *skb,
				       netdev_features_t features)
{
	bool sums = features & NETIF_F_HW_CSUM;
	unsigned int hlen;
	struct sk_buff *segs;
	int err;

	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_SCTP) ||
	    skb->ip_summed != CHECKSUM_PARTIAL ||
	    !pskb_may_pull(skb, TOY_HEADER_SEGMENT))
		return ERR_PTR(-EINVAL);
	hlen = toy_header_need(skb->data, skb_headlen(skb));
	if (hlen < TOY_HEADER_SEGMENT || !pskb_may_pull(skb, hlen))
		return ERR_PTR(-EINVAL);
	__skb_pull(skb, hlen);
	segs = skb_segment(skb, (features | NETIF_F_HW_CSUM) &
				~NETIF_F_GSO_PARTIAL);
	if (IS_ERR_OR_NULL(segs))
		return segs;
	err = toy_gso_finish(segs, hlen, sums);
	if (err) {
		kfree_skb_list(segs);
		return ERR_PTR(err);
	}
	return segs;
}

static struct packet_offload toy_offload __read_mostly = {
	.callbacks = {
		.gso_segment = toy_gso_segment,
	},
};

/**
 * toy_gso_register() - the core knows how our frames are cut
 */
void toy_gso_register(void)
{
	toy_offload.type = htons(toy_ethertype);
	dev_add_offload(&toy_offload);
}

/**
 * toy_gso_unregister() - it does not any more
 *
 * A large frame that waits in a queueing discipline is dropped there, if it has
 * to be cut.
 *
 * Context: may sleep.
 */
void toy_gso_unregister(void)
{
	dev_remove_offload(&toy_offload);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fake device, a link over it, and who is at the other end.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "fake.h"

/* The station at the other end. */
const u8 toy_fake_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x99 };

#define TOY_FAKE_LINKS	4

static struct net_device *toy_fake_devs[TOY_FAKE_LINKS];
static int toy_fake_nr;

/**
 * struct toy_fake_queue - private part of the device
 * @sent:	frames that it was given
 */
struct toy_fake_queue {
	struct sk_buff_head	sent;
};

static netdev_tx_t toy_fake_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct toy_fake_queue *queue = netdev_priv(dev);

	/* IPv6 has its own to say on every device. */
	if (skb->protocol != htons(toy_ethertype)) {
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	/* Its sender's memory is free again, as with any device. */
	skb_orphan(skb);
	skb_queue_tail(&queue->sent, skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops toy_fake_ops = {
	.ndo_start_xmit		= toy_fake_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
};

static void toy_fake_setup(struct net_device *dev)
{
	struct toy_fake_queue *queue = netdev_priv(dev);

	ether_setup(dev);
	dev->netdev_ops = &toy_fake_ops;
	dev->priv_flags |= IFF_NO_QUEUE;
	skb_queue_head_init(&queue->sent);
	eth_hw_addr_random(dev);
}

/* A device that is up, registered; NULL. */
static struct net_device *toy_fake_dev_new(void)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev(sizeof(struct toy_fake_queue), "toyfake%d",
			   NET_NAME_UNKNOWN, toy_fake_setup);
	if (!dev)
		return NULL;
	rtnl_lock();
	err = register_netdevice(dev);
	if (!err)
		err = dev_open(dev, NULL);
	rtnl_unlock();
	if (!err)
		return dev;
	free_netdev(dev);
	return NULL;
}

/**
 * toy_fake_link_more() - a further link
 * @_metadata:	test
 *
 * What it says of itself at first [N6] is taken away.
 *
 * Return: the link, there until the end of the test.
 */
struct toy_link *toy_fake_link_more(struct kunit *_metadata)
{
	struct toy_ether *ether = toy_ether(&init_net);
	struct toy_link *link;
	struct net_device *dev;
	int err;

	ASSERT_TRUE(toy_fake_nr < TOY_FAKE_LINKS);
	dev = toy_fake_dev_new();
	ASSERT_NE(NULL, dev);
	toy_fake_devs[toy_fake_nr++] = dev;
	rtnl_lock();
	err = toy_link_attach(ether, dev);
	link = toy_link_of(ether, dev);
	rtnl_unlock();
	ASSERT_EQ(0, err);
	ASSERT_NE(NULL, link);
	kfree_skb(toy_fake_sent(link, NULL));
	return link;
}

/**
 * toy_fake_link() - the namespace gets a node id and a link
 * @_metadata:	test
 * @node:	the id
 *
 * Return: the link, there until the end of the test.
 */
struct toy_link *toy_fake_link(struct kunit *_metadata, u32 node)
{
	toy_net_set_node(&init_net, node);
	return toy_fake_link_more(_metadata);
}

/**
 * toy_fake_dev() - the device of a link
 * @link:	link of a test
 */
struct net_device *toy_fake_dev(const struct toy_link *link)
{
	return rcu_access_pointer(link->dev);
}

/**
 * toy_fake_link_end() - the links of a test go with their devices
 */
void toy_fake_link_end(void)
{
	while (toy_fake_nr) {
		struct net_device *dev = toy_fake_devs[--toy_fake_nr];
		struct toy_fake_queue *queue = netdev_priv(dev);

		unregister_netdev(dev);
		skb_queue_purge(&queue->sent);
		free_netdev(dev);
	}
	toy_net_set_node(&init_net, 0);
}

/**
 * toy_fake_sent() - the next frame that was sent over a link
 * @link:	link of a test
 * @frame:	set to what it says, @type 0 if it is none; NULL
 *
 * Return: the frame, at its magic, the caller's; NULL: there is none.
 */
struct sk_buff *toy_fake_sent(const struct toy_link *link,
			      struct toy_frame *frame)
{
	struct toy_fake_queue *queue = netdev_priv(toy_fake_dev(link));
	struct sk_buff *skb = skb_dequeue(&queue->sent);

	if (frame)
		memset(frame, 0, sizeof(*frame));
	if (!skb)
		return NULL;
	__skb_pull(skb, ETH_HLEN);
	if (frame && (toy_header_parse(skb->data, skb_headlen(skb), skb->len,
				       frame) ||
		      toy_header_check(skb->data, frame)))
		frame->type = 0;
	return skb;
}

/**
 * toy_fake_flush() - what was sent so far is of no interest
 * @link:	link of a test
 */
void toy_fake_flush(const struct toy_link *link)
{
	struct toy_fake_queue *queue = netdev_priv(toy_fake_dev(link));

	skb_queue_purge(&queue->sent);
}

/**
 * toy_fake_silence() - nothing was sent
 * @_metadata:	test
 * @link:	link of it
 */
void toy_fake_silence(struct kunit *_metadata, const struct toy_link *link)
{
	struct toy_frame frame;
	struct sk_buff *skb = toy_fake_sent(link, &frame);

	EXPECT_EQ(NULL, skb) {
		TH_LOG("type %u, flags %#x", frame.type, frame.seg.flags);
	}
	kfree_skb(skb);
}

/**
 * toy_fake_receive() - a frame comes in
 * @_metadata:	test
 * @link:	over which
 * @frame:	what it says; a payload is of so many 'x'
 * @from:	station it comes from
 */
void toy_fake_receive(struct kunit *_metadata, struct toy_link *link,
		      const struct toy_frame *frame, const u8 *from)
{
	struct net_device *dev = toy_fake_dev(link);
	struct toy_frame copy = *frame;
	unsigned int room = ETH_HLEN + TOY_HEADER_MAX;
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = alloc_skb(room + frame->seg.len, GFP_ATOMIC);
	ASSERT_NE(NULL, skb);
	skb_reserve(skb, room);
	memset(skb_put(skb, frame->seg.len), 'x', frame->seg.len);
	toy_frame_push(skb, &copy);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	eth = skb_push(skb, ETH_HLEN);
	ether_addr_copy(eth->h_source, from);
	ether_addr_copy(eth->h_dest,
			frame->dst == TOY_NODE_BROADCAST ||
			frame->type == TOY_FRAME_WHO_HAS ? dev->broadcast :
							   dev->dev_addr);
	eth->h_proto = htons(toy_ethertype);
	skb->dev = dev;
	skb->protocol = eth_type_trans(skb, dev);
	skb_reset_network_header(skb);

	local_bh_disable();
	rcu_read_lock();
	toy_ether_receive(skb, dev, &link->pt, dev);
	rcu_read_unlock();
	local_bh_enable();
}

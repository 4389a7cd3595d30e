// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames on their way out: bytes, checksums, devices that do not take them.
 */
#include <linux/rtnetlink.h>
#include <net/checksum.h>

#include "../core/stat.h"
#include "fake.h"

FIXTURE(frame) {
	struct toy_link *link;
	struct net_device *dev;
	struct toy_frame frame;
	struct toy_frame seen;
};

FIXTURE_SETUP(frame)
{
	self->link = toy_fake_link(_metadata, 2);
	self->dev = toy_fake_dev(self->link);
	self->frame = (struct toy_frame){
		.type = TOY_FRAME_DATAGRAM, .src = 2, .sport = 20,
		.dst = 3, .dport = 30,
	};
}

FIXTURE_TEARDOWN(frame)
{
}

/* The sum over a frame with the right checksum in it is 0. */
static u16 sum_of(const struct sk_buff *skb)
{
	return (__force u16)csum_fold(skb_checksum(skb, 0, skb->len, 0));
}

/* A frame with a payload in which the place of each byte can be told. */
static struct sk_buff *large(struct toy_link *link, struct toy_frame *frame)
{
	const u32 room = 64 + TOY_HEADER_MAX;
	struct sk_buff *skb = alloc_skb(room + frame->seg.len, GFP_KERNEL);
	u32 i;

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	for (i = 0; i < frame->seg.len; i++)
		skb_put_u8(skb, i >> 3);
	toy_frame_push(skb, frame);
	return skb;
}

TEST_F(frame, alloc__leaves_the_checksum_to_the_device)
{
	struct sk_buff *skb = toy_frame_alloc(self->dev, &self->frame);

	ASSERT_NE(NULL, skb);
	EXPECT_EQ(TOY_HEADER_BASE, skb->len);
	EXPECT_GE(skb_headroom(skb), LL_RESERVED_SPACE(self->dev));
	EXPECT_EQ(CHECKSUM_PARTIAL, (int)skb->ip_summed);
	EXPECT_EQ(0, skb_checksum_start_offset(skb));
	EXPECT_EQ(TOY_HEADER_CSUM, skb->csum_offset);
	EXPECT_EQ(0, skb_checksum_help(skb));
	EXPECT_EQ(0, sum_of(skb));
	kfree_skb(skb);
}

TEST_F(frame, send__is_what_was_meant)
{
	long before = atomic_long_read(&self->link->tx);
	struct sk_buff *skb = toy_frame_alloc(self->dev, &self->frame);
	const struct ethhdr *eth;

	EXPECT_EQ(0, toy_frame_send(self->link, skb, toy_fake_mac));
	EXPECT_EQ(before + 1, atomic_long_read(&self->link->tx));
	skb = toy_fake_sent(self->link, &self->seen);
	ASSERT_NE(NULL, skb);
	eth = (void *)(skb->data - ETH_HLEN);
	EXPECT_TRUE(ether_addr_equal(toy_fake_mac, eth->h_dest));
	EXPECT_TRUE(ether_addr_equal(self->dev->dev_addr, eth->h_source));
	EXPECT_EQ(htons(toy_ethertype), eth->h_proto);
	EXPECT_EQ(TOY_FRAME_DATAGRAM, self->seen.type);
	EXPECT_EQ(2, self->seen.src);
	EXPECT_EQ(20, self->seen.sport);
	EXPECT_EQ(3, self->seen.dst);
	EXPECT_EQ(30, self->seen.dport);
	/* The device cannot sum: it was done for it. */
	EXPECT_EQ(0, sum_of(skb));
	kfree_skb(skb);
}

TEST_F(frame, send__as_long_as_the_mtu)
{
	struct sk_buff *skb;
	u32 len;

	self->dev->mtu = 300;
	for (len = 299; len <= 301; len++) {
		self->frame.seg.len = len - TOY_HEADER_BASE;
		skb = large(self->link, &self->frame);
		ASSERT_NE(NULL, skb);
		EXPECT_EQ(len, skb->len);
		EXPECT_EQ(len > 300 ? -EMSGSIZE : 0,
			  toy_frame_send(self->link, skb, toy_fake_mac));
	}
	kfree_skb(toy_fake_sent(self->link, NULL));
	kfree_skb(toy_fake_sent(self->link, NULL));
	toy_fake_silence(_metadata, self->link);
	self->dev->mtu = ETH_DATA_LEN;
}

TEST_F(frame, send__where_nobody_takes_it)
{
	struct sk_buff *skb;

	/* An MTU that is too small for the protocol [V2]. */
	skb = toy_frame_alloc(self->dev, &self->frame);
	self->dev->mtu = TOY_LINK_MTU_MIN - 1;
	EXPECT_EQ(-ENETDOWN, toy_frame_send(self->link, skb, toy_fake_mac));
	self->dev->mtu = ETH_DATA_LEN;
	skb = toy_frame_alloc(self->dev, &self->frame);
	netif_carrier_off(self->dev);
	EXPECT_EQ(-ENETDOWN, toy_frame_send(self->link, skb, toy_fake_mac));
	netif_carrier_on(self->dev);
	skb = toy_frame_alloc(self->dev, &self->frame);
	toy_link_hold(self->link);
	rtnl_lock();
	toy_link_detach(self->link);
	rtnl_unlock();
	EXPECT_EQ(-ENETUNREACH, toy_frame_send(self->link, skb, toy_fake_mac));
	toy_frame_say(self->link, TOY_FRAME_I_AM, &(struct toy_addr){},
		      &(struct toy_addr){}, toy_fake_mac);
	toy_link_put(self->link);
}

TEST_F(frame, say__has_no_payload)
{
	struct toy_addr from = toy_addr(2, 5), to = toy_addr(3, 6);

	toy_frame_say(self->link, TOY_FRAME_REFUSED, &from, &to, toy_fake_mac);
	kfree_skb(toy_fake_sent(self->link, &self->seen));
	EXPECT_EQ(TOY_FRAME_REFUSED, self->seen.type);
	EXPECT_EQ(5, self->seen.sport);
	EXPECT_EQ(6, self->seen.dport);
	EXPECT_EQ(0, self->seen.seg.len);
}

TEST_F(frame, drop__is_counted_twice)
{
	unsigned long before = toy_stat_read(&init_net, TOY_STAT_DROPS +
							TOY_DROP_MOVED);
	long drops = atomic_long_read(&self->link->drops);

	toy_frame_drop(self->link, toy_frame_alloc(self->dev, &self->frame),
		       TOY_DROP_MOVED);
	EXPECT_EQ(before + 1, toy_stat_read(&init_net, TOY_STAT_DROPS +
						       TOY_DROP_MOVED));
	EXPECT_EQ(drops + 1, atomic_long_read(&self->link->drops));
}

/* ---- gso.c ---- */

/*
 * A segment of many, for a device that cannot cut: each piece has the number of
 * its first byte and a sum of its own; what is said at the end is said there.
 */
TEST_F(frame, cut__each_piece_stands_alone)
{
	static const struct {
		u32 len, size, pieces;
	} cases[] = {
		{ 2500, 1000, 3 }, { 2000, 1000, 2 }, { 1001, 1000, 2 },
		{ 700, 128, 6 },
	};
	struct toy_frame *seen = &self->seen;
	struct sk_buff *skb;
	u32 i, n, off;

	self->frame.type = TOY_FRAME_STREAM;
	self->frame.seg.seq = U32_MAX - 999;
	self->frame.seg.ack = 77;
	self->frame.seg.flags = TOY_FLAG_ACK | TOY_FLAG_PSH;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		self->frame.seg.len = cases[i].len;
		skb = large(self->link, &self->frame);
		ASSERT_NE(NULL, skb);
		toy_frame_cut(skb, TOY_HEADER_SEGMENT, cases[i].size);
		EXPECT_EQ(cases[i].pieces, skb_shinfo(skb)->gso_segs);
		EXPECT_EQ(0, toy_frame_send(self->link, skb, toy_fake_mac));
		for (n = 0, off = 0; n < cases[i].pieces; n++) {
			bool last = n + 1 == cases[i].pieces;

			skb = toy_fake_sent(self->link, seen);
			ASSERT_NE(NULL, skb);
			EXPECT_EQ(TOY_FRAME_STREAM, seen->type);
			EXPECT_EQ(self->frame.seg.seq + off, seen->seg.seq);
			EXPECT_EQ(77, seen->seg.ack);
			EXPECT_EQ(min(cases[i].len - off, cases[i].size),
				  seen->seg.len);
			EXPECT_EQ(last, !!(seen->seg.flags & TOY_FLAG_PSH));
			EXPECT_EQ(0, sum_of(skb));
			EXPECT_EQ((u8)(off >> 3), skb->data[seen->size]);
			off += seen->seg.len;
			kfree_skb(skb);
		}
		EXPECT_EQ(cases[i].len, off);
		toy_fake_silence(_metadata, self->link);
	}
}

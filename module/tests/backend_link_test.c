// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links: which devices can be one, and what they are good for.
 */
#include <linux/rtnetlink.h>

#include "fake.h"

FIXTURE(link) {
	struct toy_ether *ether;
	struct toy_link *link;
	struct net_device *dev;
};

FIXTURE_SETUP(link)
{
	self->ether = toy_ether(&init_net);
	self->link = toy_fake_link(_metadata, 2);
	self->dev = toy_fake_dev(self->link);
}

FIXTURE_TEARDOWN(link)
{
}

static int attach(struct link_fixture *self, struct net_device *dev)
{
	int err;

	rtnl_lock();
	err = toy_link_attach(self->ether, dev);
	rtnl_unlock();
	return err;
}

TEST_F(link, attach__what_cannot_be_one)
{
	unsigned int was = self->ether->nr_links;
	int type = self->dev->type;

	EXPECT_EQ(-EEXIST, attach(self, self->dev));
	self->dev->type = ARPHRD_NONE;
	EXPECT_EQ(-EOPNOTSUPP, attach(self, self->dev));
	self->dev->type = type;
	self->dev->addr_len = 8;
	EXPECT_EQ(-EOPNOTSUPP, attach(self, self->dev));
	self->dev->addr_len = ETH_ALEN;
	/* One that is none yet, where there are too many. */
	rtnl_lock();
	self->ether->nr_links = TOY_LINKS_MAX;
	EXPECT_EQ(-ENOSPC, toy_link_attach(self->ether, init_net.loopback_dev));
	self->ether->nr_links = was;
	rtnl_unlock();
}

TEST_F(link, get__by_number_or_any)
{
	struct toy_link *other = toy_fake_link_more(_metadata);

	rcu_read_lock();
	EXPECT_EQ(self->link, toy_link_get(self->ether, 0));
	EXPECT_EQ(other, toy_link_get(self->ether, other->ifindex));
	EXPECT_EQ(NULL, toy_link_get(self->ether, 99999));
	EXPECT_EQ(other, toy_link_of(self->ether, toy_fake_dev(other)));
	EXPECT_TRUE(toy_link_is_own(self->ether, self->dev->dev_addr));
	EXPECT_TRUE(toy_link_is_own(self->ether,
				    toy_fake_dev(other)->dev_addr));
	EXPECT_FALSE(toy_link_is_own(self->ether, toy_fake_mac));
	rcu_read_unlock();
}

/* What fits through whichever link it takes. */
TEST_F(link, payload__the_least)
{
	struct toy_link *other = toy_fake_link_more(_metadata);

	toy_fake_dev(other)->mtu = 900;
	EXPECT_EQ(900, toy_link_payload(self->ether, 0));
	EXPECT_EQ(ETH_DATA_LEN,
		  toy_link_payload(self->ether, self->link->ifindex));
	EXPECT_EQ(0, toy_link_payload(self->ether, 99999));
}

/* A device that comes up, or learns who we are, says so once [N6]. */
TEST_F(link, announce__when_there_is_news)
{
	struct toy_frame seen;

	toy_fake_silence(_metadata, self->link);
	toy_net_set_node(&init_net, 7);
	kfree_skb(toy_fake_sent(self->link, &seen));
	EXPECT_EQ(TOY_FRAME_WHO_HAS, seen.type);
	EXPECT_EQ(7, seen.src);
	EXPECT_EQ(7, seen.dst);
	/* The same once more is no news. */
	toy_net_set_node(&init_net, 7);
	toy_fake_silence(_metadata, self->link);
	self->link->announced = jiffies - 10 * HZ;
	rtnl_lock();
	dev_close(self->dev);
	EXPECT_FALSE(self->link->up);
	dev_open(self->dev, NULL);
	rtnl_unlock();
	kfree_skb(toy_fake_sent(self->link, &seen));
	EXPECT_EQ(TOY_FRAME_WHO_HAS, seen.type);
}

TEST_F(link, is_up__not_with_a_tiny_mtu)
{
	EXPECT_TRUE(toy_link_is_up(self->dev));
	rtnl_lock();
	EXPECT_EQ(0, dev_set_mtu(self->dev, TOY_LINK_MTU_MIN - 1));
	EXPECT_FALSE(self->link->up);
	EXPECT_EQ(0, dev_set_mtu(self->dev, TOY_LINK_MTU_MIN));
	EXPECT_TRUE(self->link->up);
	rtnl_unlock();
	toy_fake_flush(self->link);
}

/* The namespace has no id of its own: the first device gives it one. */
TEST_F(link, attach__gives_a_node_id)
{
	struct toy_net *tn = toy_net(&init_net);

	tn->node = 0;
	toy_fake_link_more(_metadata);
	EXPECT_NE(0, tn->node);
	EXPECT_TRUE(toy_node_valid_own(tn->node));
	toy_fake_flush(self->link);
}

/* Who holds a link when its device goes, holds one without a device. */
TEST_F(link, detach__leaves_the_link)
{
	toy_link_hold(self->link);
	rtnl_lock();
	toy_link_detach(self->link);
	rtnl_unlock();
	EXPECT_EQ(NULL, rcu_access_pointer(self->link->dev));
	EXPECT_EQ(1, refcount_read(&self->link->ref));
	EXPECT_EQ(0, toy_link_payload(self->ether, 0));
	toy_link_put(self->link);
	toy_link_put(NULL);
}

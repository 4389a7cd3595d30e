// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links: the devices that carry frames of a namespace.
 *
 * A link comes and goes under RTNL, by command or with its device. Frames and
 * neighbours use it under RCU or with a reference on struct toy_link, which
 * does not keep the device.
 */
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "../proto/addr.h"
#include "backend.h"
#include "pair.h"

int toy_ethertype __ro_after_init = 0x88b5;
module_param_named(ethertype, toy_ethertype, int, 0444);
MODULE_PARM_DESC(ethertype, "EtherType of the frames (default 0x88b5)");

/* Of each kind so many a second, and this many of them at once. */
#define TOY_LINK_RATE		100
#define TOY_LINK_BURST		20
#define TOY_LINK_RESETS		50

/*
 * A node id out of a device's address, for those who do not choose one. The
 * bytes that makers of devices give out in sequence decide in the end: two
 * machines of a batch differ.
 */
static u32 toy_link_derive(const struct net_device *dev)
{
	u32 node = jhash(dev->dev_addr, ETH_ALEN, 0);

	while (!toy_node_valid_own(node) || node == TOY_NODE_ANY)
		node = jhash_1word(node, 0);
	return node;
}

/*
 * The first link of a namespace without a node id gives it one. Returns whether
 * it did.
 */
static bool toy_link_name_node(struct toy_ether *ether,
			       const struct net_device *dev)
{
	struct toy_net *tn = toy_net(ether->net);

	return !READ_ONCE(tn->node) && !toy_link_loops(dev) &&
	       !cmpxchg(&tn->node, 0, toy_link_derive(dev));
}

/* Ask who else has our node id, for one id at most once a second [N6]. */
static void toy_link_announce(struct toy_link *link)
{
	struct toy_addr own =
		toy_addr(READ_ONCE(toy_net(link->ether->net)->node), 0);
	struct net_device *dev = rtnl_dereference(link->dev);

	if (!own.node || toy_link_loops(dev) || !link->up)
		return;
	if (own.node == link->announced_id &&
	    time_before(jiffies, link->announced + HZ))
		return;
	link->announced = jiffies;
	link->announced_id = own.node;
	toy_frame_say(link, TOY_FRAME_WHO_HAS, &own, &own, dev->broadcast);
}

/* The device may take frames by now, or no more. */
static void toy_link_follow(struct toy_link *link)
{
	bool was = link->up;

	link->up = toy_link_is_up(rtnl_dereference(link->dev));
	if (link->up && !was)
		toy_link_announce(link);
}

static void toy_links_announce(struct toy_ether *ether)
{
	struct toy_link *link;

	ASSERT_RTNL();
	list_for_each_entry(link, &ether->links, node)
		toy_link_announce(link);
}

/**
 * toy_links_renamed() - the namespace has another node id [N6]
 * @net:	namespace
 *
 * Context: process, no lock held; takes RTNL.
 */
void toy_links_renamed(struct net *net)
{
	rtnl_lock();
	toy_links_announce(toy_ether(net));
	rtnl_unlock();
}

/* @burst of them in as many of @rate a second. */
static void toy_link_limit(struct ratelimit_state *limit, int burst, int rate)
{
	ratelimit_state_init(limit, HZ * burst / rate, burst);
	/* What is above it is nothing that the log should speak of. */
	ratelimit_set_flags(limit, RATELIMIT_MSG_ON_RELEASE);
}

static struct toy_link *toy_link_make(struct toy_ether *ether,
				      struct net_device *dev)
{
	struct toy_link *link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);

	if (!link)
		return NULL;
	refcount_set(&link->ref, 1);
	link->ether = ether;
	link->ifindex = dev->ifindex;
	toy_link_limit(&link->ask, TOY_LINK_BURST, TOY_LINK_RATE);
	toy_link_limit(&link->answer, TOY_LINK_BURST, TOY_LINK_RATE);
	toy_link_limit(&link->defend, 1, 1);
	toy_link_limit(&link->refuse, TOY_LINK_BURST, TOY_LINK_RATE);
	toy_link_limit(&link->reset, TOY_LINK_RESETS, TOY_LINK_RATE);
	netdev_hold(dev, &link->tracker, GFP_KERNEL);
	RCU_INIT_POINTER(link->dev, dev);
	link->pt.type = htons(toy_ethertype);
	link->pt.dev = dev;
	link->pt.func = toy_ether_receive;
	link->pt.af_packet_priv = link;
	return link;
}

/**
 * toy_link_attach() - let a device carry frames of its namespace
 * @ether:	namespace
 * @dev:	device in it
 *
 * Context: under RTNL.
 * Return: 0; -EEXIST: it does already; -EOPNOTSUPP: it is not like Ethernet;
 * -ENOSPC: there are TOY_LINKS_MAX; -ENOMEM.
 */
int toy_link_attach(struct toy_ether *ether, struct net_device *dev)
{
	struct toy_link *link;
	bool named;

	ASSERT_RTNL();
	if (!toy_link_fits(dev))
		return -EOPNOTSUPP;
	if (toy_link_of(ether, dev))
		return -EEXIST;
	if (ether->nr_links >= TOY_LINKS_MAX)
		return -ENOSPC;
	link = toy_link_make(ether, dev);
	if (!link)
		return -ENOMEM;
	named = toy_link_name_node(ether, dev);
	list_add_tail_rcu(&link->node, &ether->links);
	ether->nr_links++;
	ether->used = true;
	dev_add_pack(&link->pt);
	toy_link_follow(link);
	if (named)
		toy_links_announce(ether);
	return 0;
}

/**
 * toy_link_detach() - a device carries no more frames
 * @link:	link in the list; gone afterwards
 *
 * Context: under RTNL; may sleep.
 */
void toy_link_detach(struct toy_link *link)
{
	struct net_device *dev = rtnl_dereference(link->dev);

	list_del_rcu(&link->node);
	link->ether->nr_links--;
	RCU_INIT_POINTER(link->dev, NULL);
	/* Waits for everybody who found the device through the link. */
	dev_remove_pack(&link->pt);
	toy_neigh_forget(link->ether, link);
	toy_pair_end_all(link->ether, link);
	netdev_put(dev, &link->tracker);
	toy_link_put(link);
}

/**
 * toy_link_of() - the link that a device is
 * @ether:	namespace
 * @dev:	device
 *
 * Context: under RTNL or RCU.
 * Return: the link, without a reference; NULL.
 */
struct toy_link *toy_link_of(struct toy_ether *ether,
			     const struct net_device *dev)
{
	struct toy_link *link;

	list_for_each_entry_rcu(link, &ether->links, node,
				lockdep_rtnl_is_held()) {
		if (rcu_access_pointer(link->dev) == dev)
			return link;
	}
	return NULL;
}

/**
 * toy_link_get() - a link by the number of its device
 * @ether:	namespace
 * @ifindex:	number of the device; 0 for the first link
 *
 * Context: under RCU.
 * Return: the link, without a reference; NULL.
 */
struct toy_link *toy_link_get(struct toy_ether *ether, int ifindex)
{
	const struct net_device *dev;
	struct toy_link *link;

	list_for_each_entry_rcu(link, &ether->links, node) {
		dev = rcu_dereference(link->dev);
		if (dev && (!ifindex || dev->ifindex == ifindex))
			return link;
	}
	return NULL;
}

/**
 * toy_link_is_own() - whether an Ethernet address is one of our links'
 * @ether:	namespace
 * @mac:	address
 *
 * Context: under RCU.
 */
bool toy_link_is_own(const struct toy_ether *ether, const u8 *mac)
{
	const struct net_device *dev;
	struct toy_link *link;

	list_for_each_entry_rcu(link, &ether->links, node) {
		dev = rcu_dereference(link->dev);
		if (dev && ether_addr_equal(dev->dev_addr, mac))
			return true;
	}
	return false;
}

/**
 * toy_link_payload() - the longest frame that goes over a link
 * @ether:	namespace
 * @ifindex:	number of its device; 0: over each of them
 *
 * Context: any.
 * Return: bytes behind the Ethernet header; 0: no such link.
 */
unsigned int toy_link_payload(struct toy_ether *ether, int ifindex)
{
	const struct net_device *dev;
	struct toy_link *link;
	unsigned int least = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(link, &ether->links, node) {
		dev = rcu_dereference(link->dev);
		if (!dev || (ifindex && dev->ifindex != ifindex))
			continue;
		least = min_not_zero(least, READ_ONCE(dev->mtu));
	}
	rcu_read_unlock();
	return least;
}

/* A device changed: the link goes with it, or has to know. */
static int toy_link_event(struct notifier_block *unused, unsigned long event,
			  void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct toy_ether *ether = toy_ether(dev_net(dev));
	struct toy_link *link = toy_link_of(ether, dev);

	if (!link)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UNREGISTER:
	case NETDEV_PRE_TYPE_CHANGE:
		/* Also when it moves to another namespace. */
		toy_link_detach(link);
		break;
	case NETDEV_DOWN:
		toy_neigh_forget(ether, link);
		fallthrough;
	case NETDEV_UP:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
		toy_link_follow(link);
		break;
	case NETDEV_CHANGEADDR:
		toy_neigh_forget(ether, link);
		toy_link_announce(link);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block toy_link_notifier = {
	.notifier_call	= toy_link_event,
};

/**
 * toy_link_register() - follow what becomes of devices
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM; -EINVAL: ethertype= is none.
 */
int toy_link_register(void)
{
	if (toy_ethertype < ETH_P_802_3_MIN || toy_ethertype > U16_MAX) {
		pr_err("toy: ethertype=%d is none, use 0x600 to 0xffff\n",
		       toy_ethertype);
		return -EINVAL;
	}
	return register_netdevice_notifier(&toy_link_notifier);
}

/**
 * toy_link_unregister() - and no longer; detaches what is attached
 *
 * Context: may sleep.
 */
void toy_link_unregister(void)
{
	/* Says NETDEV_UNREGISTER of each device that there is. */
	unregister_netdevice_notifier(&toy_link_notifier);
}

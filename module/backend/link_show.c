// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links and neighbours as lines of text, for toyfs.
 */
#include <linux/seq_file.h>

#include "backend.h"
#include "ether.h"

/**
 * toy_links_show() - a line for each link
 * @m:		where to
 * @net:	namespace
 *
 * Context: process.
 */
void toy_links_show(struct seq_file *m, struct net *net)
{
	const struct net_device *dev;
	struct toy_link *link;
	u8 mac[ETH_ALEN];

	rcu_read_lock();
	list_for_each_entry_rcu(link, &toy_ether(net)->links, node) {
		dev = rcu_dereference(link->dev);
		if (!dev)
			continue;
		seq_printf(m, "dev=%s mac=%pM mtu=%u up=%d rx=%ld tx=%ld drops=%ld duplicates=%d",
			   dev->name, dev->dev_addr, READ_ONCE(dev->mtu),
			   toy_link_is_up(dev),
			   atomic_long_read(&link->rx),
			   atomic_long_read(&link->tx),
			   atomic_long_read(&link->drops),
			   atomic_read(&link->duplicates));
		if (atomic_read(&link->duplicates)) {
			u64_to_ether_addr(READ_ONCE(link->duplicate), mac);
			seq_printf(m, " duplicate=%pM", mac);
		}
		seq_putc(m, '\n');
	}
	rcu_read_unlock();
}

static const char *const toy_neigh_names[] = {
	[TOY_NEIGH_FAILED]	= "failed",
	[TOY_NEIGH_INCOMPLETE]	= "incomplete",
	[TOY_NEIGH_STALE]	= "stale",
	[TOY_NEIGH_DELAY]	= "delay",
	[TOY_NEIGH_PROBE]	= "probe",
	[TOY_NEIGH_REACHABLE]	= "reachable",
};

static void toy_neigh_show_one(struct seq_file *m, struct toy_neigh *n)
{
	const struct net_device *dev;

	spin_lock_bh(&n->lock);
	seq_printf(m, "node=%u state=%s", n->id, toy_neigh_names[n->state]);
	dev = n->link ? rcu_dereference(n->link->dev) : NULL;
	if (dev)
		seq_printf(m, " dev=%s mac=%pM", dev->name, n->mac);
	seq_printf(m, " used=%u waiting=%u\n",
		   jiffies_to_msecs(jiffies - n->used) / 1000,
		   skb_queue_len(&n->waiting));
	spin_unlock_bh(&n->lock);
}

/**
 * toy_neigh_show() - a line for each neighbour
 * @m:		where to
 * @net:	namespace
 *
 * Context: process.
 */
void toy_neigh_show(struct seq_file *m, struct net *net)
{
	struct toy_ether *ether = toy_ether(net);
	struct toy_neigh *n;
	int i;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(ether->neigh); i++) {
		hlist_for_each_entry_rcu(n, &ether->neigh[i], hash)
			toy_neigh_show_one(m, n);
	}
	rcu_read_unlock();
}

/**
 * toy_neigh_flush() - forget all neighbours
 * @net:	namespace
 *
 * Context: process.
 */
void toy_neigh_flush(struct net *net)
{
	toy_neigh_forget(toy_ether(net), NULL);
}

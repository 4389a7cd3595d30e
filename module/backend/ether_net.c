// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Ethernet backend of a network namespace comes and goes.
 */
#include <linux/random.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "backend.h"
#include "wire.h"

static unsigned int toy_ether_id __read_mostly;

/**
 * toy_ether() - the backend's part of a network namespace
 * @net:	the namespace
 */
struct toy_ether *toy_ether(const struct net *net)
{
	return net_generic(net, toy_ether_id);
}

/**
 * toy_ether_may_log() - whether the log may hear of node ids again
 * @ether:	namespace
 *
 * Strangers decide how often there would be something to say: once a minute.
 *
 * Context: any.
 */
bool toy_ether_may_log(struct toy_ether *ether)
{
	unsigned long last = READ_ONCE(ether->logged);

	return time_after(jiffies, last + 60 * HZ) &&
	       cmpxchg(&ether->logged, last, jiffies) == last;
}

static int __net_init toy_ether_net_init(struct net *net)
{
	struct toy_ether *ether = toy_ether(net);
	int i;

	ether->net = net;
	ether->logged = jiffies - 60 * HZ - 1;
	INIT_LIST_HEAD(&ether->links);
	spin_lock_init(&ether->pair_lock);
	INIT_LIST_HEAD(&ether->waiting);
	for (i = 0; i < TOY_CALLS_HASH; i++)
		INIT_LIST_HEAD(&ether->calls[i].calls);
	ether->secret = get_random_u32();
	spin_lock_init(&ether->raw_lock);
	toy_neigh_init(ether);
	WRITE_ONCE(toy_net(net)->renamed, toy_links_renamed);
	return toy_link_sysctl_add(ether);
}

/* The devices are gone before, and the links with them. */
static void __net_exit toy_ether_net_exit(struct net *net)
{
	struct toy_ether *ether = toy_ether(net);

	toy_link_sysctl_del(ether);
	WARN_ON_ONCE(!list_empty(&ether->links));
	toy_pair_end_all(ether, NULL);
	/* Timers that run are the last holders, for a moment. */
	wait_var_event(&ether->nr_pairs, !atomic_read(&ether->nr_pairs));
	toy_neigh_exit(ether);
	/* A timer that runs is a softirq, and that a reader of RCU. */
	if (ether->used)
		synchronize_rcu();
}

static struct pernet_operations toy_ether_net_ops = {
	.init	= toy_ether_net_init,
	.exit	= toy_ether_net_exit,
	.id	= &toy_ether_id,
	.size	= sizeof(struct toy_ether),
};

/**
 * toy_ether_register() - start the backend
 *
 * Context: may sleep; the namespaces have their struct toy_net.
 * Return: 0; -ENOMEM; what toy_link_register() says.
 */
int toy_ether_register(void)
{
	int err;

	err = toy_wire_mem_init();
	if (err)
		return err;
	err = register_pernet_subsys(&toy_ether_net_ops);
	if (err)
		goto mem_exit;
	err = toy_link_register();
	if (err)
		goto unregister_net;
	toy_gso_register();
	return 0;

unregister_net:
	unregister_pernet_subsys(&toy_ether_net_ops);
mem_exit:
	toy_wire_mem_exit();
	return err;
}

/**
 * toy_ether_unregister() - end it; no socket is left
 *
 * Context: may sleep.
 */
void toy_ether_unregister(void)
{
	toy_gso_unregister();
	toy_link_unregister();
	unregister_pernet_subsys(&toy_ether_net_ops);
	toy_wire_mem_exit();
	/* Neighbours, links, pairs are freed by RCU without code of ours. */
}

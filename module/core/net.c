// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network namespace comes and goes.
 */
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "event.h"
#include "histogram.h"
#include "net.h"
#include "port.h"
#include "registry.h"
#include "stat.h"

static unsigned int toy_net_id __read_mostly;

/* As inet's: above the ports that servers are known by, below the last few. */
#define TOY_PORT_LO	32768
#define TOY_PORT_HI	60999

/**
 * toy_net() - the family's part of a network namespace
 * @net:	the namespace
 */
struct toy_net *toy_net(const struct net *net)
{
	return net_generic(net, toy_net_id);
}

/**
 * toy_net_set_node() - give a namespace another node id
 * @net:	the namespace
 * @node:	id, toy_node_valid_own()
 *
 * Context: process, no lock held; may sleep.
 */
void toy_net_set_node(struct net *net, u32 node)
{
	struct toy_net *tn = toy_net(net);
	void (*renamed)(struct net *net) = READ_ONCE(tn->renamed);

	if (xchg(&tn->node, node) != node && renamed)
		renamed(net);
}

static int __net_init toy_net_init(struct net *net)
{
	struct toy_net *tn = toy_net(net);
	int err;

	tn->port_lo = TOY_PORT_LO;
	tn->port_hi = TOY_PORT_HI;
	toy_registry_init(tn);
	toy_event_init(tn);
	toy_histogram_init(tn);
	err = toy_stat_init(tn);
	if (err)
		return err;
	err = toy_sysctl_add(net);
	if (err)
		toy_stat_exit(tn);
	return err;
}

static void __net_exit toy_net_exit(struct net *net)
{
	struct toy_net *tn = toy_net(net);
	int i;

	toy_sysctl_del(net);
	toy_registry_exit(tn);
	toy_histogram_exit(tn);
	toy_stat_exit(tn);
	for (i = 0; i < TOY_SPACE_MAX; i++)
		toy_port_table_free(rcu_dereference_protected(tn->ports[i],
							      true));
}

static struct pernet_operations toy_net_ops = {
	.init	= toy_net_init,
	.exit	= toy_net_exit,
	.id	= &toy_net_id,
	.size	= sizeof(struct toy_net),
};

/**
 * toy_net_register() - start to follow network namespaces
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int toy_net_register(void)
{
	int err = register_pernet_subsys(&toy_net_ops);

	/* Somebody may have turned a switch in the first of several. */
	if (err)
		toy_histogram_flush();
	return err;
}

/**
 * toy_net_unregister() - stop it
 *
 * Context: may sleep; no socket of the family is left.
 */
void toy_net_unregister(void)
{
	unregister_pernet_subsys(&toy_net_ops);
	toy_histogram_flush();
	toy_event_flush();
}

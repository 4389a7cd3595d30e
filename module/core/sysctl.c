// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.toy.*: the knobs of one network namespace.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "../compat.h"
#include "../proto/addr.h"
#include "histogram.h"
#include "net.h"

/* net.toy.node: 0 to 4294967294, but not the loopback's 1. */
static int toy_sysctl_node(toy_ctl_table *table, int write, void *buffer,
			   size_t *lenp, loff_t *ppos)
{
	struct net *net = table->data;
	u32 value = READ_ONCE(toy_net(net)->node);
	struct ctl_table copy = {
		.data	= &value,
		.maxlen	= sizeof(value),
		.mode	= table->mode,
	};
	int err;

	err = proc_douintvec(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (!toy_node_valid_own(value))
		return -EINVAL;
	toy_net_set_node(net, value);
	return 0;
}

/*
 * net.toy.port_range: "first last", both 1024 to 65535: what anybody gets
 * unasked is no port that takes a capability.
 */
static int toy_sysctl_port_range(toy_ctl_table *table, int write, void *buffer,
				 size_t *lenp, loff_t *ppos)
{
	struct toy_net *tn = table->data;
	int range[2] = { READ_ONCE(tn->port_lo), READ_ONCE(tn->port_hi) };
	int least = TOY_PORT_PRIVILEGED, most = U16_MAX;
	struct ctl_table copy = {
		.data	= range,
		.maxlen	= sizeof(range),
		.mode	= table->mode,
		.extra1	= &least,
		.extra2	= &most,
	};
	int err;

	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (range[0] > range[1])
		return -EINVAL;
	WRITE_ONCE(tn->port_lo, range[0]);
	WRITE_ONCE(tn->port_hi, range[1]);
	return 0;
}

/* net.toy.histograms: 0 or 1. */
static int toy_sysctl_histograms(toy_ctl_table *table, int write, void *buffer,
				 size_t *lenp, loff_t *ppos)
{
	struct toy_net *tn = table->data;
	u8 on = READ_ONCE(tn->histograms);
	struct ctl_table copy = {
		.data	= &on,
		.maxlen	= sizeof(on),
		.mode	= table->mode,
		.extra1	= SYSCTL_ZERO,
		.extra2	= SYSCTL_ONE,
	};
	int err;

	err = proc_dou8vec_minmax(&copy, write, buffer, lenp, ppos);
	if (!err && write)
		toy_histogram_switch(tn, on);
	return err;
}

enum {
	TOY_CTL_NODE,
	TOY_CTL_PORT_RANGE,
	TOY_CTL_HISTOGRAMS,
	TOY_CTL_MAX,
};

static const struct ctl_table toy_sysctl_template[TOY_CTL_MAX + 1] = {
	[TOY_CTL_NODE] = {
		.procname	= "node",
		.maxlen		= sizeof(u32),
		.mode		= 0644,
		.proc_handler	= toy_sysctl_node,
	},
	[TOY_CTL_PORT_RANGE] = {
		.procname	= "port_range",
		.maxlen		= 2 * sizeof(int),
		.mode		= 0644,
		.proc_handler	= toy_sysctl_port_range,
	},
	[TOY_CTL_HISTOGRAMS] = {
		.procname	= "histograms",
		.maxlen		= sizeof(u8),
		.mode		= 0644,
		.proc_handler	= toy_sysctl_histograms,
	},
};

/**
 * toy_sysctl_add() - make net.toy.* of a namespace
 * @net:	the namespace
 *
 * Context: pernet init; may sleep.
 * Return: 0, -ENOMEM.
 */
int toy_sysctl_add(struct net *net)
{
	struct toy_net *tn = toy_net(net);

	tn->table = kmemdup(toy_sysctl_template, sizeof(toy_sysctl_template),
			    GFP_KERNEL);
	if (!tn->table)
		return -ENOMEM;
	tn->table[TOY_CTL_NODE].data = net;
	tn->table[TOY_CTL_PORT_RANGE].data = tn;
	tn->table[TOY_CTL_HISTOGRAMS].data = tn;

	tn->sysctl = toy_register_sysctl(net, "net/toy", tn->table,
					 TOY_CTL_MAX);
	if (!tn->sysctl) {
		kfree(tn->table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * toy_sysctl_del() - take them away
 * @net:	the namespace
 *
 * Context: pernet exit; may sleep.
 */
void toy_sysctl_del(struct net *net)
{
	struct toy_net *tn = toy_net(net);

	unregister_net_sysctl_table(tn->sysctl);
	kfree(tn->table);
}

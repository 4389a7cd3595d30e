// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.toy.links: the attached devices by name, separated by commas.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "../compat.h"
#include "backend.h"
#include "ether.h"

/* Names and commas of as many links as there may be. */
#define TOY_LINKS_TEXT	(TOY_LINKS_MAX * IFNAMSIZ)

/**
 * toy_link_add() - attach a device by name
 * @net:	namespace
 * @name:	name of the device
 *
 * Context: process, no lock held.
 * Return: 0; -ENODEV; what toy_link_attach() says.
 */
int toy_link_add(struct net *net, const char *name)
{
	struct net_device *dev;
	int err = -ENODEV;

	rtnl_lock();
	dev = __dev_get_by_name(net, name);
	if (dev)
		err = toy_link_attach(toy_ether(net), dev);
	rtnl_unlock();
	return err;
}

/**
 * toy_link_del() - detach a device by name
 * @net:	namespace
 * @name:	name of the device
 *
 * Context: process, no lock held; may sleep.
 * Return: 0; -ENODEV: no such device, or it is not attached.
 */
int toy_link_del(struct net *net, const char *name)
{
	struct toy_link *link = NULL;
	struct net_device *dev;

	rtnl_lock();
	dev = __dev_get_by_name(net, name);
	if (dev)
		link = toy_link_of(toy_ether(net), dev);
	if (link)
		toy_link_detach(link);
	rtnl_unlock();
	return link ? 0 : -ENODEV;
}

static void toy_links_print(struct toy_ether *ether, char *text, size_t size)
{
	const struct net_device *dev;
	struct toy_link *link;
	size_t n = 0;

	text[0] = '\0';
	rcu_read_lock();
	list_for_each_entry_rcu(link, &ether->links, node) {
		dev = rcu_dereference(link->dev);
		if (!dev)
			continue;
		n += scnprintf(text + n, size - n, "%s%s", n ? "," : "",
			       dev->name);
	}
	rcu_read_unlock();
}

/* Whether a name is in a list of names that are separated by NULs. */
static bool toy_links_name(const char *names, const char *end,
			   const char *name)
{
	for (; names < end; names += strlen(names) + 1) {
		if (!strcmp(names, name))
			return true;
	}
	return false;
}

/* Whether every device of the list exists and can be a link. Under RTNL. */
static int toy_links_check(struct toy_ether *ether, const char *names,
			   const char *end)
{
	const struct net_device *dev;

	for (; names < end; names += strlen(names) + 1) {
		dev = __dev_get_by_name(ether->net, names);
		if (!dev)
			return -ENODEV;
		if (!toy_link_fits(dev))
			return -EOPNOTSUPP;
	}
	return 0;
}

/* Attach those of the list that are not yet. Under RTNL. */
static int toy_links_attach(struct toy_ether *ether, const char *names,
			    const char *end)
{
	struct net_device *dev;
	int err;

	for (; names < end; names += strlen(names) + 1) {
		dev = __dev_get_by_name(ether->net, names);
		err = toy_link_attach(ether, dev);
		if (err && err != -EEXIST)
			return err;
	}
	return 0;
}

/*
 * The devices of the list are the links from now on: the new ones first, so
 * that a list with a mistake takes away nothing. Under RTNL.
 */
static int toy_links_set(struct toy_ether *ether, const char *names,
			 const char *end)
{
	struct toy_link *link, *next;
	int err;

	err = toy_links_check(ether, names, end);
	if (!err)
		err = toy_links_attach(ether, names, end);
	if (err)
		return err;
	list_for_each_entry_safe(link, next, &ether->links, node) {
		if (!toy_links_name(names, end,
				    rtnl_dereference(link->dev)->name))
			toy_link_detach(link);
	}
	return 0;
}

/* Cut a list into names. Returns its end; NULL: an empty name or a blank. */
static char *toy_links_split(char *text)
{
	char *word, *rest = strim(text);
	char *end = rest + strlen(rest);

	if (rest == end)
		return end;
	while ((word = strsep(&rest, ","))) {
		if (!*word || strpbrk(word, " \t"))
			return NULL;
	}
	return end + 1;
}

static int toy_sysctl_links(toy_ctl_table *table, int write, void *buffer,
			    size_t *lenp, loff_t *ppos)
{
	struct toy_ether *ether = table->data;
	struct ctl_table copy = {
		.maxlen	= TOY_LINKS_TEXT,
		.mode	= table->mode,
	};
	char *names, *end;
	int err = -EINVAL;

	names = kzalloc(TOY_LINKS_TEXT, GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	copy.data = names;
	if (!write)
		toy_links_print(ether, names, TOY_LINKS_TEXT);
	/* One write is one list. */
	if (!write || !*ppos)
		err = proc_dostring(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		goto free;
	end = toy_links_split(names);
	err = -EINVAL;
	if (end) {
		rtnl_lock();
		err = toy_links_set(ether, strim(names), end);
		rtnl_unlock();
	}
free:
	kfree(names);
	return err;
}

static const struct ctl_table toy_link_template[2] = {
	{
		.procname	= "links",
		.maxlen		= TOY_LINKS_TEXT,
		.mode		= 0644,
		.proc_handler	= toy_sysctl_links,
	},
};

/**
 * toy_link_sysctl_add() - make net.toy.links of a namespace
 * @ether:	the namespace
 *
 * Context: pernet init; may sleep.
 * Return: 0, -ENOMEM.
 */
int toy_link_sysctl_add(struct toy_ether *ether)
{
	ether->table = kmemdup(toy_link_template, sizeof(toy_link_template),
			       GFP_KERNEL);
	if (!ether->table)
		return -ENOMEM;
	ether->table[0].data = ether;
	ether->sysctl = toy_register_sysctl(ether->net, "net/toy",
					    ether->table, 1);
	if (!ether->sysctl) {
		kfree(ether->table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * toy_link_sysctl_del() - take it away
 * @ether:	the namespace
 *
 * Context: pernet exit; may sleep.
 */
void toy_link_sysctl_del(struct toy_ether *ether)
{
	unregister_net_sysctl_table(ether->sysctl);
	kfree(ether->table);
}

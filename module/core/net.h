/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the family keeps for each network namespace.
 */
#ifndef _TOY_CORE_NET_H
#define _TOY_CORE_NET_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

/* The socket types that have a port space, as indices. */
enum toy_space {
	TOY_SPACE_STREAM,
	TOY_SPACE_SEQPACKET,
	TOY_SPACE_DGRAM,
	TOY_SPACE_MAX,
};

struct ctl_table_header;
struct toy_port_table;
struct toy_registry_block;
struct toy_stat;
struct ctl_table;

/**
 * struct toy_net - the family in one network namespace
 * @ports:	the port spaces, one a socket type; NULL while nothing was bound
 * @node:	own node id, 0 while it has none; sysctl net.toy.node
 * @renamed:	told when that was changed, by toy_net_set_node(); may sleep
 * @port_lo:	first port that autobind chooses; sysctl net.toy.port_range
 * @port_hi:	last one
 * @sysctl:	registration of the sysctls
 * @table:	their table, of this namespace
 * @registry_lock: protects @block, @next_id and what is in the blocks
 * @blocks:	every socket by its number (core/registry.c), read under RCU
 * @block:	the block that numbers are given out of; NULL before the first
 * @next_id:	where the search for the next number begins
 * @stat:	counters
 * @histogram:	those of the sockets that have any, by number; written under its
 *		own lock, read under RCU (core/histogram.c)
 * @histograms:	whether to count; sysctl net.toy.histograms
 * @event_lock:	protects the two below, and each reader's ring
 * @event_readers: those who want to know of state changes (core/event.c)
 * @nr_event_readers: how many; read without the lock
 *
 * Lives from the pernet init to the pernet exit. Every socket holds its
 * namespace, so that there are none left at the exit.
 */
struct toy_net {
	struct toy_port_table __rcu *ports[TOY_SPACE_MAX];
	u32			node;
	void			(*renamed)(struct net *net);
	int			port_lo;
	int			port_hi;
	struct ctl_table_header	*sysctl;
	struct ctl_table	*table;

	spinlock_t		registry_lock; /* numbers */
	struct xarray		blocks;
	struct toy_registry_block *block;
	u32			next_id;
	struct toy_stat __percpu *stat;

	struct xarray		histogram;
	bool			histograms;

	spinlock_t		event_lock; /* readers and their rings */
	struct list_head	event_readers;
	unsigned int		nr_event_readers;
};

struct toy_net *toy_net(const struct net *net);

void toy_net_set_node(struct net *net, u32 node);

int toy_net_register(void);
void toy_net_unregister(void);

int toy_sysctl_add(struct net *net);
void toy_sysctl_del(struct net *net);

#endif /* _TOY_CORE_NET_H */

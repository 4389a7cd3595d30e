/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of a network namespace.
 */
#ifndef _TOY_CORE_STAT_H
#define _TOY_CORE_STAT_H

#include <linux/percpu.h>

#include <linux/toy.h>

#include "net.h"

/* What is counted; the names are in stat.c. */
enum toy_stat_index {
	TOY_STAT_SOCKETS,	/* sockets made; children, too, even in vain */
	TOY_STAT_CONNECTS,	/* connections made */
	TOY_STAT_ACCEPTS,	/* calls accepted */
	TOY_STAT_REFUSED,	/* connects that nobody answered */
	TOY_STAT_BACKLOG_FULL,	/* connects that found no place in a backlog */
	TOY_STAT_RESETS,	/* connections that a close cut short */
	TOY_STAT_FILTERED,	/* messages that a receiver's filter dropped */
	TOY_STAT_UNREAD,	/* buffers dropped unread when a socket closed */
	TOY_STAT_CLONES,	/* sockets made through toyfs */
	TOY_STAT_COMMANDS,	/* lines written to ctl files */
	TOY_STAT_COMMAND_ERRORS, /* those that failed */
	TOY_STAT_EMPTY_SKIPPED,	/* empty messages that reads of data skipped */
	TOY_STAT_EVENTS_LOST,	/* events for which a reader had no room */
	TOY_STAT_FRAMES_IN,	/* frames from links that were for this node */
	TOY_STAT_FRAMES_OUT,	/* frames handed to links */
	TOY_STAT_DROPS,		/* from here on by enum toy_drop, with gaps */
	TOY_STAT_MAX		= TOY_STAT_DROPS + TOY_DROP_MAX,
};

/**
 * struct toy_stat - the counters on one cpu
 * @count:	by enum toy_stat_index
 */
struct toy_stat {
	unsigned long	count[TOY_STAT_MAX];
};

/* Count one. Any context. */
static inline void toy_stat_inc(const struct net *net,
				enum toy_stat_index index)
{
	this_cpu_inc(toy_net(net)->stat->count[index]);
}

/* Count a frame or message that was dropped. Any context. */
static inline void toy_stat_drop(const struct net *net, enum toy_drop reason)
{
	toy_stat_inc(net, TOY_STAT_DROPS + reason);
}

int toy_stat_init(struct toy_net *tn);
void toy_stat_exit(struct toy_net *tn);
const char *toy_stat_name(enum toy_stat_index index);
const char *toy_stat_snmp_name(enum toy_stat_index index);
unsigned long toy_stat_read(const struct net *net, enum toy_stat_index index);

#endif /* _TOY_CORE_STAT_H */

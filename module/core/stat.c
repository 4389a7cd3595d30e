// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace.
 */
#include "stat.h"

static const char *const toy_stat_names[TOY_STAT_MAX] = {
	[TOY_STAT_SOCKETS]		= "sockets",
	[TOY_STAT_CONNECTS]		= "connects",
	[TOY_STAT_ACCEPTS]		= "accepts",
	[TOY_STAT_REFUSED]		= "refused",
	[TOY_STAT_BACKLOG_FULL]		= "backlog_full",
	[TOY_STAT_RESETS]		= "resets",
	[TOY_STAT_FILTERED]		= "filtered",
	[TOY_STAT_CLONES]		= "clones",
	[TOY_STAT_COMMANDS]		= "commands",
	[TOY_STAT_COMMAND_ERRORS]	= "command_errors",
	[TOY_STAT_EMPTY_SKIPPED]	= "empty_skipped",
	[TOY_STAT_EVENTS_LOST]		= "events_lost",
};

/**
 * toy_stat_init() - make a namespace's counters
 * @tn:		namespace
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int toy_stat_init(struct toy_net *tn)
{
	tn->stat = alloc_percpu(struct toy_stat);
	return tn->stat ? 0 : -ENOMEM;
}

/**
 * toy_stat_exit() - free them
 * @tn:		namespace
 */
void toy_stat_exit(struct toy_net *tn)
{
	free_percpu(tn->stat);
}

/**
 * toy_stat_name() - what a counter is called
 * @index:	which one
 */
const char *toy_stat_name(enum toy_stat_index index)
{
	return toy_stat_names[index];
}

/**
 * toy_stat_read() - a counter's value, over all cpus
 * @net:	namespace
 * @index:	which one
 */
unsigned long toy_stat_read(const struct net *net, enum toy_stat_index index)
{
	const struct toy_net *tn = toy_net(net);
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tn->stat, cpu)->count[index]);
	return sum;
}

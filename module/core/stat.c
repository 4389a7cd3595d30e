// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace.
 */
#include "stat.h"

#define TOY_STAT_FRAME(reason, name, snmp)				\
	[TOY_STAT_DROPS + TOY_DROP_##reason] =				\
		{ name, snmp }

/* What toyfs calls a counter, and what /proc/net/toy_stat does. */
static const struct {
	const char *name;
	const char *snmp;
} toy_stat_names[TOY_STAT_MAX] = {
	[TOY_STAT_SOCKETS]	= { "sockets", "Sockets" },
	[TOY_STAT_CONNECTS]	= { "connects", "Connects" },
	[TOY_STAT_ACCEPTS]	= { "accepts", "Accepts" },
	[TOY_STAT_REFUSED]	= { "refused", "Refused" },
	[TOY_STAT_BACKLOG_FULL]	= { "backlog_full", "BacklogFull" },
	[TOY_STAT_RESETS]	= { "resets", "Resets" },
	[TOY_STAT_FILTERED]	= { "filtered", "Filtered" },
	[TOY_STAT_UNREAD]	= { "dropped_unread", "DroppedUnread" },
	[TOY_STAT_CLONES]	= { "clones", "Clones" },
	[TOY_STAT_COMMANDS]	= { "commands", "Commands" },
	[TOY_STAT_COMMAND_ERRORS] = { "command_errors", "CommandErrors" },
	[TOY_STAT_EMPTY_SKIPPED] = { "empty_skipped", "EmptySkipped" },
	[TOY_STAT_EVENTS_LOST]	= { "events_lost", "EventsLost" },
	[TOY_STAT_FRAMES_IN]	= { "frames_in", "FramesIn" },
	[TOY_STAT_FRAMES_OUT]	= { "frames_out", "FramesOut" },
	TOY_STAT_FRAME(FULL, "dropped_full", "DroppedFull"),
	TOY_STAT_FRAME(SEQUENCE, "dropped_sequence", "DroppedSequence"),
	TOY_STAT_FRAME(ACK, "dropped_ack", "DroppedAck"),
	TOY_STAT_FRAME(STATE, "dropped_state", "DroppedState"),
	TOY_STAT_FRAME(CLOSED, "dropped_closed", "DroppedClosed"),
	TOY_STAT_FRAME(WINDOW, "dropped_window", "DroppedWindow"),
	TOY_STAT_FRAME(MEMORY, "dropped_memory", "DroppedMemory"),
	TOY_STAT_FRAME(BACKLOG, "dropped_backlog", "DroppedBacklog"),
	TOY_STAT_FRAME(HALF_OPEN, "dropped_half_open", "DroppedHalfOpen"),
	TOY_STAT_FRAME(SHORT, "dropped_short", "DroppedShort"),
	TOY_STAT_FRAME(MAGIC, "dropped_magic", "DroppedMagic"),
	TOY_STAT_FRAME(VERSION, "dropped_version", "DroppedVersion"),
	TOY_STAT_FRAME(TYPE, "dropped_type", "DroppedType"),
	TOY_STAT_FRAME(LENGTH, "dropped_length", "DroppedLength"),
	TOY_STAT_FRAME(CHECKSUM, "dropped_checksum", "DroppedChecksum"),
	TOY_STAT_FRAME(OPTION, "dropped_option", "DroppedOption"),
	TOY_STAT_FRAME(FLAGS, "dropped_flags", "DroppedFlags"),
	TOY_STAT_FRAME(MALFORMED, "dropped_malformed", "DroppedMalformed"),
	TOY_STAT_FRAME(BROADCAST, "dropped_broadcast", "DroppedBroadcast"),
	TOY_STAT_FRAME(LOOP, "dropped_loop", "DroppedLoop"),
	TOY_STAT_FRAME(MARTIAN, "dropped_martian", "DroppedMartian"),
	TOY_STAT_FRAME(DUPLICATE, "dropped_duplicate", "DroppedDuplicate"),
	TOY_STAT_FRAME(NOT_OURS, "dropped_not_ours", "DroppedNotOurs"),
	TOY_STAT_FRAME(MOVED, "dropped_moved", "DroppedMoved"),
	TOY_STAT_FRAME(UNASKED, "dropped_unasked", "DroppedUnasked"),
	TOY_STAT_FRAME(CONFLICT, "dropped_conflict", "DroppedConflict"),
	TOY_STAT_FRAME(NO_PORT, "dropped_no_port", "DroppedNoPort"),
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
 *
 * Return: the name; NULL: there is no such counter.
 */
const char *toy_stat_name(enum toy_stat_index index)
{
	return toy_stat_names[index].name;
}

/**
 * toy_stat_snmp_name() - what it is called in /proc/net/toy_stat
 * @index:	which one
 *
 * Return: the name; NULL: there is no such counter.
 */
const char *toy_stat_snmp_name(enum toy_stat_index index)
{
	return toy_stat_names[index].snmp;
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all connections together may hold: memory of what came in and nobody has
 * read, and connections whose socket was closed.
 *
 * Each has bounds of its own, and a peer that completes handshakes can have many
 * of them. As TCP's (tcp_mem, tcp_max_orphans) both bounds are of the machine, not
 * of a namespace, and only the first namespace has the knobs.
 */
#include <linux/percpu_counter.h>
#include <linux/swap.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "../compat.h"
#include "../core/stat.h"
#include "backend.h"
#include "wire.h"

/* A connection tells of changes from this on: less is lost in a socket. */
#define TOY_WIRE_STEP		SZ_4K
/* A processor tells of changes from this on. */
#define TOY_WIRE_BATCH		SZ_128K
/* From this on a reader tells of what it has freed, if nothing else would. */
#define TOY_WIRE_BEHIND		SZ_16K
/* A message that takes longer than this to be whole leaves its turn to others. */
#define TOY_WIRE_FAVOUR		(2 * HZ)
/* Beyond the limit and a quarter of it, or this, KiB, nobody has a turn. */
#define TOY_WIRE_EXTRA		(SZ_16M / SZ_1K)
#define TOY_ORPHANS_MIN		1024
#define TOY_ORPHANS_MAX		65536

/* Bytes, of the connections of all namespaces. */
static struct percpu_counter toy_wire_held;
/* KiB. */
static unsigned long toy_wire_limit;
/* By enum toy_orphan. */
static atomic_t toy_wire_orphans[TOY_ORPHAN_MAX];
static int toy_wire_max_orphans;

/* Who may finish a message where memory is scarce, and who did; under the lock. */
static DEFINE_SPINLOCK(toy_wire_favour_lock);
static const struct toy_wire *toy_wire_favoured;
static const struct toy_wire *toy_wire_favoured_last;
static unsigned long toy_wire_favour_until;
static bool toy_wire_favour_wanted;

static struct ctl_table_header *toy_wire_sysctl;
static struct ctl_table toy_wire_table[] = {
	{
		.procname	= "link_mem",
		.data		= &toy_wire_limit,
		.maxlen		= sizeof(toy_wire_limit),
		.mode		= 0644,
		.proc_handler	= proc_doulongvec_minmax,
	},
	{
		.procname	= "max_orphans",
		.data		= &toy_wire_max_orphans,
		.maxlen		= sizeof(toy_wire_max_orphans),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
	},
	{}
};

/**
 * toy_wire_mem_init() - nothing is held yet
 *
 * The bound is TCP's: 3/32 of the memory that buffers may be of.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int toy_wire_mem_init(void)
{
	int err;

	err = percpu_counter_init(&toy_wire_held, 0, GFP_KERNEL);
	if (err)
		return err;
	toy_wire_limit = nr_free_buffer_pages() * 3 / 32 *
			 (PAGE_SIZE / SZ_1K);
	toy_wire_max_orphans = clamp_t(unsigned long, toy_wire_limit / 64,
				       TOY_ORPHANS_MIN, TOY_ORPHANS_MAX);
	toy_wire_sysctl = toy_register_sysctl(&init_net, "net/toy",
					      toy_wire_table,
					      ARRAY_SIZE(toy_wire_table) - 1);
	if (toy_wire_sysctl)
		return 0;
	percpu_counter_destroy(&toy_wire_held);
	return -ENOMEM;
}

/**
 * toy_wire_mem_exit() - no connection is left
 *
 * Context: may sleep.
 */
void toy_wire_mem_exit(void)
{
	unregister_net_sysctl_table(toy_wire_sysctl);
	WARN_ON_ONCE(percpu_counter_sum(&toy_wire_held));
	WARN_ON_ONCE(atomic_read(&toy_wire_orphans[TOY_ORPHAN_SENDS]));
	WARN_ON_ONCE(atomic_read(&toy_wire_orphans[TOY_ORPHAN_WAITS]));
	percpu_counter_destroy(&toy_wire_held);
}

static void toy_wire_mem_count(struct toy_wire *w, u32 used)
{
	percpu_counter_add_batch(&toy_wire_held,
				 (s64)used - (s64)w->counted,
				 TOY_WIRE_BATCH);
	w->counted = used;
}

/**
 * toy_wire_mem_update() - a connection may hold more than before, or less
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_mem_update(struct toy_wire *w)
{
	u32 used = w->memory + atomic_read(&w->sk->sk_rmem_alloc);

	if (unlikely(abs((s32)(used - w->counted)) >= TOY_WIRE_STEP))
		toy_wire_mem_count(w, used);
}

/**
 * toy_wire_mem_end() - a connection is being freed
 * @w:		connection
 */
void toy_wire_mem_end(struct toy_wire *w)
{
	if (w->counted)
		toy_wire_mem_count(w, 0);
}

static unsigned long toy_wire_held_kib(void)
{
	return percpu_counter_read_positive(&toy_wire_held) >> 10;
}

/**
 * toy_wire_mem_scarce() - whether all connections together hold too much [W5]
 *
 * Then each may hold TOY_WIRE_LEAST: little, but whoever reads what comes goes on.
 *
 * Context: any.
 */
bool toy_wire_mem_scarce(void)
{
	return toy_wire_held_kib() >= READ_ONCE(toy_wire_limit);
}

/**
 * toy_wire_mem_behind() - whether the count has to learn of what was read
 * @w:		connection
 * @sk:		its socket
 *
 * An idle connection would count for much that is not there any more.
 *
 * Context: any; a hint.
 */
__no_kcsan bool toy_wire_mem_behind(const struct toy_wire *w,
				    const struct sock *sk)
{
	u32 used = w->memory + atomic_read(&sk->sk_rmem_alloc);

	return (s32)(w->counted - used) >= TOY_WIRE_BEHIND;
}

/* A turn is over: the next one is somebody else's, if anybody comes in time. */
static void toy_wire_favour_over(void)
{
	lockdep_assert_held(&toy_wire_favour_lock);
	toy_wire_favoured_last = toy_wire_favoured;
	WRITE_ONCE(toy_wire_favoured, NULL);
	toy_wire_favour_until = jiffies + TOY_WIRE_FAVOUR;
}

static bool toy_wire_favour_may(const struct toy_wire *w)
{
	lockdep_assert_held(&toy_wire_favour_lock);
	return !toy_wire_favour_wanted || toy_wire_favoured_last != w ||
	       time_after(jiffies, toy_wire_favour_until);
}

/**
 * toy_wire_mem_favour() - whether a connection may finish its message
 * @w:		connection with a message that is not whole
 *
 * Where messages that are not whole take all the memory, none would ever be: one
 * at a time goes on, for TOY_WIRE_FAVOUR, and then another one if any wants to.
 * Who reads nothing could gather a message a connection so, hence the second
 * limit.
 *
 * Context: under the socket's lock.
 */
bool toy_wire_mem_favour(const struct toy_wire *w)
{
	unsigned long limit = READ_ONCE(toy_wire_limit);
	unsigned long extra = max_t(unsigned long, limit / 4, TOY_WIRE_EXTRA);
	unsigned long held = toy_wire_held_kib();
	bool mine;

	if (held >= limit && held - limit >= extra)
		return false;
	spin_lock_bh(&toy_wire_favour_lock);
	if (toy_wire_favoured && time_after(jiffies, toy_wire_favour_until))
		toy_wire_favour_over();
	if (!toy_wire_favoured && toy_wire_favour_may(w)) {
		WRITE_ONCE(toy_wire_favoured, w);
		toy_wire_favour_until = jiffies + TOY_WIRE_FAVOUR;
		toy_wire_favour_wanted = false;
	}
	mine = toy_wire_favoured == w;
	toy_wire_favour_wanted |= !mine;
	spin_unlock_bh(&toy_wire_favour_lock);
	return mine;
}

/**
 * toy_wire_mem_favour_end() - a message is whole, or will never be
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_mem_favour_end(const struct toy_wire *w)
{
	if (likely(READ_ONCE(toy_wire_favoured) != w))
		return;
	spin_lock_bh(&toy_wire_favour_lock);
	if (toy_wire_favoured == w)
		toy_wire_favour_over();
	spin_unlock_bh(&toy_wire_favour_lock);
}

static void toy_wire_orphan_set(struct toy_wire *w, enum toy_orphan kind)
{
	if (w->orphan)
		atomic_dec(&toy_wire_orphans[w->orphan]);
	if (kind)
		atomic_inc(&toy_wire_orphans[kind]);
	w->orphan = kind;
}

/**
 * toy_wire_orphan() - the socket was closed, and its connection is not over
 * @w:		connection, in another state maybe than at the last call
 *
 * One too many is reset. Those whose peer owes only its own end are counted by
 * themselves, and forgotten, as nothing is lost with them: so peers that never
 * close take no place from those that have something to send yet.
 *
 * Context: under the socket's lock.
 */
void toy_wire_orphan(struct toy_wire *w)
{
	enum toy_orphan kind = w->conn.state == TOY_STATE_FIN_WAIT2 ?
			       TOY_ORPHAN_WAITS : TOY_ORPHAN_SENDS;

	if (w->orphan == kind)
		return;
	toy_wire_orphan_set(w, kind);
	if (atomic_read(&toy_wire_orphans[kind]) <=
	    READ_ONCE(toy_wire_max_orphans))
		return;
	local_bh_disable();
	if (kind == TOY_ORPHAN_WAITS) {
		toy_wire_forget(w);
	} else {
		toy_stat_inc(sock_net(w->sk), TOY_STAT_RESETS);
		toy_wire_kill(w, 0);
	}
	local_bh_enable();
}

/**
 * toy_wire_orphan_end() - a connection is over
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_orphan_end(struct toy_wire *w)
{
	toy_wire_orphan_set(w, TOY_ORPHAN_NONE);
}

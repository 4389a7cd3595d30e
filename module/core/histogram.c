// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms: how long data waited to be read, and calls to be accepted.
 *
 * A socket's histograms are not in the socket, where they would weigh on those
 * that have none, but in an array of its namespace, under its number. They are
 * made by its first sample and go when the number does (toy_registry_del()).
 * Both happen under the receive lock or after it took the number away, so that
 * no sample can come after the end.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include "histogram.h"

/* Whoever owns a namespace may turn the switch: at most once a second off. */
DEFINE_STATIC_KEY_DEFERRED_FALSE(toy_histograms, HZ);

/* Orders those who turn switches. */
static DEFINE_MUTEX(toy_histogram_mutex);

/**
 * struct toy_histogram - what one socket's data and calls waited
 * @rcu:	freed after a grace period
 * @read:	buffers by how long they waited to be read
 * @accepted:	calls by how long they waited to be accepted
 *
 * Written under the socket's receive lock, read without.
 */
struct toy_histogram {
	struct rcu_head	rcu;
	u32		read[TOY_HISTOGRAM];
	u32		accepted[TOY_HISTOGRAM];
};

/**
 * toy_histogram_init() - a namespace without histograms
 * @tn:		namespace
 */
void toy_histogram_init(struct toy_net *tn)
{
	xa_init_flags(&tn->histogram, XA_FLAGS_LOCK_BH | XA_FLAGS_ACCOUNT);
}

/**
 * toy_histogram_exit() - a namespace goes; no socket is left
 * @tn:		namespace
 *
 * Context: may sleep.
 */
void toy_histogram_exit(struct toy_net *tn)
{
	toy_histogram_switch(tn, false);
	WARN_ON_ONCE(!xa_empty(&tn->histogram));
	xa_destroy(&tn->histogram);
}

/**
 * toy_histogram_flush() - the module goes, and with it what is put off
 *
 * Context: may sleep; no namespace is left.
 */
void toy_histogram_flush(void)
{
	static_key_deferred_flush(&toy_histograms);
}

/**
 * toy_histogram_switch() - sysctl net.toy.histograms
 * @tn:		namespace
 * @on:		count from now on, or no more; what was counted stays
 *
 * Context: may sleep.
 */
void toy_histogram_switch(struct toy_net *tn, bool on)
{
	mutex_lock(&toy_histogram_mutex);
	if (tn->histograms != on) {
		WRITE_ONCE(tn->histograms, on);
		if (on)
			static_branch_deferred_inc(&toy_histograms);
		else
			static_branch_slow_dec_deferred(&toy_histograms);
	}
	mutex_unlock(&toy_histogram_mutex);
}

/*
 * The socket's histograms, made where it has none; NULL: there is no
 * memory, it closed, or its namespace does not count.
 */
static struct toy_histogram *toy_histogram_get(struct sock *sk)
{
	struct toy_net *tn = toy_net(sock_net(sk));
	const gfp_t gfp = GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN;
	u32 id = toy_sk(sk)->id;
	struct toy_histogram *h;

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	if (!id || !READ_ONCE(tn->histograms))
		return NULL;
	h = xa_load(&tn->histogram, id);
	if (h)
		return h;
	/* Not out of what is kept for emergencies: a sample can be missed. */
	h = kzalloc(sizeof(*h), gfp);
	if (h && xa_insert_bh(&tn->histogram, id, h, gfp)) {
		kfree(h);
		h = NULL;
	}
	return h;
}

/* One more of those that waited since then. */
static void toy_histogram_count(u32 *class, u64 since)
{
	u64 us = div_u64(ktime_get_ns() - since, NSEC_PER_USEC);
	u32 *count = class + min(fls64(us), TOY_HISTOGRAM - 1);

	WRITE_ONCE(*count, *count + 1);
}

/**
 * toy_histogram_clock() - when something begins to wait
 * @sk:		where
 *
 * Some namespace counts: this one need not, and does not pay for the clock then.
 *
 * Return: ns; 0: nobody wants to know.
 */
u64 toy_histogram_clock(const struct sock *sk)
{
	return READ_ONCE(toy_net(sock_net(sk))->histograms) ? ktime_get_ns() : 0;
}

/**
 * toy_histogram_read() - a reader took data
 * @sk:		its socket
 * @since:	when that came, toy_histogram_start(); 0: not known
 *
 * Context: under the receive lock of @sk.
 */
void toy_histogram_read(struct sock *sk, u64 since)
{
	struct toy_histogram *h = since ? toy_histogram_get(sk) : NULL;

	if (h)
		toy_histogram_count(h->read, since);
}

/**
 * toy_histogram_taken() - the same, of a message that is off the queue
 * @sk:		its socket
 * @since:	as toy_histogram_read() has it
 *
 * Context: no receive lock held.
 */
void toy_histogram_taken(struct sock *sk, u64 since)
{
	toy_rx_lock(sk);
	toy_histogram_read(sk, since);
	toy_rx_unlock(sk);
}

/**
 * toy_histogram_accepted() - a call was accepted
 * @sk:		listener
 * @since:	when it was made, toy_histogram_start(); 0: not known
 *
 * Context: under the receive lock of @sk.
 */
void toy_histogram_accepted(struct sock *sk, u64 since)
{
	struct toy_histogram *h = since ? toy_histogram_get(sk) : NULL;

	if (h)
		toy_histogram_count(h->accepted, since);
}

/**
 * toy_histogram_drop() - a socket is gone
 * @tn:		its namespace
 * @id:		its number, which it has no more, and nobody else has yet
 *
 * Context: process or BH; no receive lock held.
 */
void toy_histogram_drop(struct toy_net *tn, u32 id)
{
	struct toy_histogram *h;

	if (likely(xa_empty(&tn->histogram)))
		return;
	h = xa_erase_bh(&tn->histogram, id);
	if (h)
		kfree_rcu(h, rcu);
}

/**
 * toy_histogram_fill() - show a socket's histograms
 * @sk:		socket
 * @info:	its two histograms are set, where there are any
 *
 * Context: any.
 */
void toy_histogram_fill(struct sock *sk, struct toy_info *info)
{
	const struct toy_histogram *h;
	int i;

	rcu_read_lock();
	h = xa_load(&toy_net(sock_net(sk))->histogram,
		    READ_ONCE(toy_sk(sk)->id));
	for (i = 0; h && i < TOY_HISTOGRAM; i++) {
		info->toyi_queue_delay[i] = READ_ONCE(h->read[i]);
		info->toyi_accept_wait[i] = READ_ONCE(h->accepted[i]);
	}
	rcu_read_unlock();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME_WAIT: a small object without a socket, for 2 MSL [T1 to T4].
 */
#include <linux/slab.h>

#include "../compat.h"
#include "../proto/wait.h"
#include "../proto/stray.h"
#include "pair.h"

/* For each namespace; one more ends the oldest one. */
#define TOY_WAITING_MAX	16384

/**
 * struct toy_waiting - a pair in TIME_WAIT
 * @pair:	first
 * @lock:	protects @wait and @gone; taken with BH off
 * @wait:	its numbers
 * @gone:	out of the table, or about to be: no timer is armed
 * @timer:	ends it; holds a reference while it runs
 * @order:	in toy_ether.waiting, by age, under pair_lock
 */
struct toy_waiting {
	struct toy_pair		pair;
	spinlock_t		lock; /* wait, gone */
	struct toy_wait		wait;
	bool			gone;
	struct timer_list	timer;
	struct list_head	order;
};

static struct toy_waiting *toy_waiting(const struct toy_pair *pair)
{
	return container_of(pair, struct toy_waiting, pair);
}

static void toy_waiting_free(struct toy_pair *pair)
{
	kfree_rcu(toy_waiting(pair), pair.rcu);
}

/**
 * toy_waiting_end() - the pair is free again
 * @pair:	pair in TIME_WAIT, of which the caller has a reference
 *
 * Context: any but hard interrupt.
 */
void toy_waiting_end(struct toy_pair *pair)
{
	struct toy_waiting *w = toy_waiting(pair);

	spin_lock_bh(&pair->ether->pair_lock);
	if (!list_empty(&w->order)) {
		list_del_init(&w->order);
		pair->ether->nr_waiting--;
	}
	spin_unlock_bh(&pair->ether->pair_lock);
	spin_lock_bh(&w->lock);
	w->gone = true;
	if (toy_timer_delete(&w->timer))
		toy_pair_put(pair);
	spin_unlock_bh(&w->lock);
	toy_pair_del(pair);
}

/**
 * toy_waiting_deadline() - when a pair is free again, for those who look
 * @pair:	pair in TIME_WAIT
 *
 * Return: us.
 */
u64 toy_waiting_deadline(const struct toy_pair *pair)
{
	return READ_ONCE(toy_waiting(pair)->wait.deadline);
}

static void toy_waiting_arm(struct toy_waiting *w, u64 now)
{
	lockdep_assert_held(&w->lock);
	if (w->gone)
		return;
	toy_pair_hold(&w->pair);
	if (mod_timer(&w->timer, toy_pair_jiffies(now, w->wait.deadline)))
		toy_pair_put(&w->pair);
}

static void toy_waiting_timer(struct timer_list *timer)
{
	struct toy_waiting *w = toy_timer_of(w, timer, timer);
	u64 now = toy_pair_now();
	bool over;

	spin_lock(&w->lock);
	/* It may have begun again [T3]. */
	over = now >= w->wait.deadline;
	if (!over)
		toy_waiting_arm(w, now);
	spin_unlock(&w->lock);
	if (over)
		toy_waiting_end(&w->pair);
	toy_pair_put(&w->pair);
}

/**
 * toy_waiting_make() - what is to take a connection's place
 * @from:	pair of the connection
 * @conn:	its numbers
 * @now:	us
 *
 * Context: any.
 * Return: the object, NULL.
 */
struct toy_waiting *toy_waiting_make(const struct toy_pair *from,
				     const struct toy_conn *conn, u64 now)
{
	struct toy_waiting *w = kzalloc(sizeof(*w), GFP_ATOMIC | __GFP_NOWARN);

	if (!w)
		return NULL;
	toy_pair_init(&w->pair, from->ether, from->link, from->mac, from->type,
		      from->local, from->remote);
	w->pair.kind = TOY_PAIR_WAIT;
	w->pair.free = toy_waiting_free;
	spin_lock_init(&w->lock);
	INIT_LIST_HEAD(&w->order);
	timer_setup(&w->timer, toy_waiting_timer, 0);
	toy_wait_begin(&w->wait, conn, now);
	return w;
}

/* One too many: the oldest one goes. */
static void toy_waiting_bound(struct toy_ether *ether)
{
	struct toy_waiting *oldest = NULL;

	spin_lock_bh(&ether->pair_lock);
	if (ether->nr_waiting > TOY_WAITING_MAX) {
		oldest = list_first_entry(&ether->waiting, struct toy_waiting,
					  order);
		toy_pair_hold(&oldest->pair);
	}
	spin_unlock_bh(&ether->pair_lock);
	if (oldest) {
		toy_waiting_end(&oldest->pair);
		toy_pair_put(&oldest->pair);
	}
}

/**
 * toy_waiting_begin() - a connection is over but for its TIME_WAIT
 * @from:	its pair, in whose place @w comes
 * @w:		what toy_waiting_make() gave; the caller's reference goes
 *
 * Context: any but hard interrupt.
 */
void toy_waiting_begin(struct toy_pair *from, struct toy_waiting *w)
{
	struct toy_ether *ether = from->ether;

	/* Counted and armed before anybody can find it, and end it. */
	spin_lock_bh(&ether->pair_lock);
	list_add_tail(&w->order, &ether->waiting);
	ether->nr_waiting++;
	spin_unlock_bh(&ether->pair_lock);
	spin_lock_bh(&w->lock);
	toy_waiting_arm(w, toy_pair_now());
	spin_unlock_bh(&w->lock);
	if (toy_pair_replace(from, &w->pair))
		toy_waiting_bound(ether);
	else
		toy_waiting_end(&w->pair);
	toy_pair_put(&w->pair);
}

/* Whether a listener could take the pair over [T2]. */
static bool toy_waiting_heir(struct toy_link *link, const struct sk_buff *skb,
			     const struct toy_frame *frame)
{
	struct sock *sk = toy_segment_listener(link, skb, frame);
	bool heir;

	if (!sk)
		return false;
	heir = !sk_acceptq_is_full(sk);
	sock_put(sk);
	return heir;
}

/**
 * toy_waiting_segment() - a segment for a pair in TIME_WAIT
 * @pair:	pair
 * @link:	link by which it came
 * @skb:	frame; consumed
 * @frame:	its header
 *
 * Context: softirq, under RCU.
 */
void toy_waiting_segment(struct toy_pair *pair, struct toy_link *link,
			 struct sk_buff *skb, struct toy_frame *frame)
{
	struct toy_waiting *w = toy_waiting(pair);
	bool heir = toy_waiting_heir(link, skb, frame);
	struct toy_segment answer;
	enum toy_verdict verdict;
	enum toy_seg_drop drop;
	u32 least;

	spin_lock(&w->lock);
	verdict = toy_wait_input(&w->wait, &frame->seg, heir, toy_pair_now(),
				 &drop);
	if (verdict == TOY_VERDICT_ANSWER)
		toy_wait_answer(&w->wait, &answer);
	least = toy_wait_iss(&w->wait);
	spin_unlock(&w->lock);

	if (verdict == TOY_VERDICT_TAKE_OVER) {
		toy_calling_new(link, skb, frame, pair, least);
		return;
	}
	if (verdict == TOY_VERDICT_ANSWER)
		toy_pair_say(pair, &answer);
	toy_ether_seg_drop(link, skb, drop);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of neighbours: who is in it, and who has to make room.
 *
 * What becomes of an entry is neigh.c's.
 */
#include <linux/hash.h>
#include <linux/slab.h>

#include "../compat.h"
#include "neigh.h"

static struct hlist_head *toy_neigh_bucket(struct toy_ether *ether, u32 id)
{
	return &ether->neigh[hash_32(id, TOY_NEIGH_HASH_BITS)];
}

/**
 * toy_neigh_put() - drop a reference
 * @n:		entry
 */
void toy_neigh_put(struct toy_neigh *n)
{
	if (refcount_dec_and_test(&n->ref))
		kfree_rcu(n, rcu);
}

/**
 * toy_neigh_arm() - the next step of an entry's state is due then
 * @n:		entry, locked; the timer that runs holds a reference
 * @delay:	jiffies from now
 */
void toy_neigh_arm(struct toy_neigh *n, unsigned long delay)
{
	lockdep_assert_held(&n->lock);
	if (n->dead)
		return;
	if (!mod_timer(&n->timer, jiffies + delay))
		refcount_inc(&n->ref);
}

static void toy_neigh_disarm(struct toy_neigh *n)
{
	lockdep_assert_held(&n->lock);
	if (toy_timer_delete(&n->timer))
		toy_neigh_put(n);
}

/**
 * toy_neigh_set() - give an entry another state
 * @n:		entry, locked
 * @state:	enum toy_neigh_state
 *
 * Who asked for it has one question less under way, but for INCOMPLETE.
 */
void toy_neigh_set(struct toy_neigh *n, u8 state)
{
	lockdep_assert_held(&n->lock);
	WRITE_ONCE(n->state, state);
	if (n->asker && state != TOY_NEIGH_INCOMPLETE) {
		atomic_dec(&n->ether->asking[n->asker - 1]);
		n->asker = 0;
	}
}

static struct toy_neigh *toy_neigh_find(struct toy_ether *ether, u32 id,
					int ifindex)
{
	struct toy_neigh *n;

	hlist_for_each_entry_rcu(n, toy_neigh_bucket(ether, id), hash,
				 lockdep_is_held(&ether->lock)) {
		if (n->id == id && n->ifindex == ifindex)
			return n;
	}
	return NULL;
}

/**
 * toy_neigh_look() - the entry of a node, where there is one
 * @ether:	namespace
 * @id:		node
 * @ifindex:	device that was asked for; 0: any
 *
 * Context: any.
 * Return: the entry with a reference; NULL.
 */
struct toy_neigh *toy_neigh_look(struct toy_ether *ether, u32 id, int ifindex)
{
	struct toy_neigh *n;

	rcu_read_lock();
	n = toy_neigh_find(ether, id, ifindex);
	if (n && !refcount_inc_not_zero(&n->ref))
		n = NULL;
	rcu_read_unlock();
	return n;
}

/**
 * toy_neigh_remove() - take an entry out of the table
 * @n:		entry; both locks held, of which its own is dropped
 * @waited:	gets the frames that waited with it, to be freed without locks,
 *		as that wakes their senders
 */
void toy_neigh_remove(struct toy_neigh *n, struct sk_buff_head *waited)
	__releases(&n->lock)
{
	lockdep_assert_held(&n->ether->lock);
	hlist_del_rcu(&n->hash);
	n->ether->nr_neigh--;
	toy_neigh_disarm(n);
	n->dead = true;
	toy_neigh_set(n, TOY_NEIGH_FAILED);
	toy_link_put(n->link);
	WRITE_ONCE(n->link, NULL);
	skb_queue_splice_tail_init(&n->waiting, waited);
	spin_unlock(&n->lock);
	toy_neigh_put(n);
}

/*
 * How gladly an entry is given up for another one; 0: not at all. Questions of
 * our own may displace each other, those from outside none of ours.
 */
static int toy_neigh_worth(const struct toy_neigh *n, bool ours)
{
	switch (READ_ONCE(n->state)) {
	case TOY_NEIGH_FAILED:
		return 3;
	case TOY_NEIGH_STALE:
		return 2;
	case TOY_NEIGH_INCOMPLETE:
		return ours;
	default:
		return 0;
	}
}

/* The entry to be given up first, and what it is worth; NULL: none. */
static struct toy_neigh *toy_neigh_worst(struct toy_ether *ether, bool ours,
					 int *most)
{
	struct toy_neigh *n, *worst = NULL;
	int i;

	*most = 0;
	for (i = 0; i < ARRAY_SIZE(ether->neigh); i++) {
		hlist_for_each_entry(n, &ether->neigh[i], hash) {
			int worth = toy_neigh_worth(n, ours);

			if (!worth || worth < *most)
				continue;
			if (worth == *most &&
			    !time_before(READ_ONCE(n->used),
					 READ_ONCE(worst->used)))
				continue;
			worst = n;
			*most = worth;
		}
	}
	return worst;
}

/*
 * The table is full: the oldest that failed goes, then the oldest stale one. A
 * sender may use it at this moment, which makes it worth keeping: then another
 * one. It is still among the best for this, so a few tries will do.
 */
static bool toy_neigh_make_room(struct toy_ether *ether, bool ours,
				struct sk_buff_head *waited)
{
	struct toy_neigh *worst;
	int tries = 4, worth;

	lockdep_assert_held(&ether->lock);
	if (ether->nr_neigh < TOY_NEIGH_MAX)
		return true;
	while (tries--) {
		worst = toy_neigh_worst(ether, ours, &worth);
		if (!worst)
			return false;
		spin_lock(&worst->lock);
		if (toy_neigh_worth(worst, ours) >= worth) {
			toy_neigh_remove(worst, waited);
			return true;
		}
		spin_unlock(&worst->lock);
	}
	return false;
}

static struct toy_neigh *toy_neigh_make(struct toy_ether *ether, u32 id,
					int ifindex, bool ours,
					struct sk_buff_head *waited)
{
	struct toy_neigh *n;

	if (!toy_neigh_make_room(ether, ours, waited))
		return NULL;
	n = kzalloc(sizeof(*n), GFP_ATOMIC | __GFP_NOWARN);
	if (!n)
		return NULL;
	refcount_set(&n->ref, 1);
	n->ether = ether;
	n->id = id;
	n->ifindex = ifindex;
	n->used = jiffies;
	spin_lock_init(&n->lock);
	timer_setup(&n->timer, toy_neigh_timer, 0);
	__skb_queue_head_init(&n->waiting);
	hlist_add_head_rcu(&n->hash, toy_neigh_bucket(ether, id));
	ether->nr_neigh++;
	return n;
}

/**
 * toy_neigh_get() - the entry of a node, made where there is none
 * @ether:	namespace
 * @id:		node
 * @ifindex:	device that was asked for; 0: any
 * @ours:	for a question of ours, not one from outside
 *
 * Context: process or BH.
 * Return: the entry with a reference; NULL: no room for it.
 */
struct toy_neigh *toy_neigh_get(struct toy_ether *ether, u32 id, int ifindex,
				bool ours)
{
	struct sk_buff_head waited;
	struct toy_neigh *n;

	n = toy_neigh_look(ether, id, ifindex);
	if (n)
		return n;

	__skb_queue_head_init(&waited);
	spin_lock_bh(&ether->lock);
	n = toy_neigh_find(ether, id, ifindex);
	if (!n)
		n = toy_neigh_make(ether, id, ifindex, ours, &waited);
	if (n)
		refcount_inc(&n->ref);
	spin_unlock_bh(&ether->lock);
	__skb_queue_purge(&waited);
	return n;
}

/* ---- the end ---- */

static bool toy_neigh_is_behind(struct toy_neigh *n,
				const struct toy_link *link)
{
	return !link || READ_ONCE(n->link) == link;
}

/**
 * toy_neigh_forget() - forget what is behind a link
 * @ether:	namespace
 * @link:	link; NULL: behind any, asked for or not
 *
 * Context: process or BH.
 */
void toy_neigh_forget(struct toy_ether *ether, const struct toy_link *link)
{
	struct sk_buff_head waited;
	struct hlist_node *next;
	struct toy_neigh *n;
	int i;

	__skb_queue_head_init(&waited);
	spin_lock_bh(&ether->lock);
	for (i = 0; i < ARRAY_SIZE(ether->neigh); i++) {
		hlist_for_each_entry_safe(n, next, &ether->neigh[i], hash) {
			if (!toy_neigh_is_behind(n, link))
				continue;
			spin_lock(&n->lock);
			toy_neigh_remove(n, &waited);
		}
	}
	spin_unlock_bh(&ether->lock);
	__skb_queue_purge(&waited);
}

/**
 * toy_neigh_init() - an empty table
 * @ether:	namespace
 */
void toy_neigh_init(struct toy_ether *ether)
{
	spin_lock_init(&ether->lock);
}

/**
 * toy_neigh_exit() - the namespace goes
 * @ether:	namespace, without links
 *
 * Context: may sleep. Waits for timers that look at the table.
 */
void toy_neigh_exit(struct toy_ether *ether)
{
	toy_neigh_forget(ether, NULL);
	WARN_ON_ONCE(ether->nr_neigh);
}

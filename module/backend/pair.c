// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of pairs: connections, those in TIME_WAIT, half-open calls.
 *
 * One entry for a pair of addresses and a type. It is found under RCU, and
 * whoever wants to do something about it takes a reference; who takes it out of
 * the table drops the table's.
 */
#include <linux/jhash.h>
#include <linux/random.h>

#include "wire.h"

static struct hlist_head *toy_pair_bucket(struct toy_ether *ether, u8 type,
					  const struct toy_addr *local,
					  const struct toy_addr *remote)
{
	u32 hash = jhash_3words(local->node ^ type << 16, remote->node,
				local->port << 16 | remote->port,
				ether->secret);

	return &ether->pairs[hash & (TOY_PAIRS_HASH - 1)];
}

/**
 * toy_pair_init() - a pair that is in no table yet
 * @pair:	zeroed, but for what @free needs
 * @ether:	namespace
 * @link:	its link, of which it takes a reference; NULL: not known yet
 * @mac:	the station
 * @type:	TOY_FRAME_STREAM or TOY_FRAME_SEQPACKET
 * @local:	our address
 * @remote:	theirs
 */
void toy_pair_init(struct toy_pair *pair, struct toy_ether *ether,
		   struct toy_link *link, const u8 *mac, u8 type, struct toy_addr local,
		   struct toy_addr remote)
{
	refcount_set(&pair->ref, 1);
	atomic_inc(&ether->nr_pairs);
	pair->type = type;
	pair->ether = ether;
	if (link) {
		pair->link = toy_link_hold(link);
		ether_addr_copy(pair->mac, mac);
	}
	pair->local = local;
	pair->remote = remote;
}

static struct toy_pair *toy_pair_look(struct toy_ether *ether, u8 type,
				      const struct toy_addr *local,
				      const struct toy_addr *remote)
{
	struct toy_pair *pair;

	hlist_for_each_entry_rcu(pair,
				 toy_pair_bucket(ether, type, local, remote),
				 hash, lockdep_is_held(&ether->pair_lock)) {
		if (pair->type == type &&
		    toy_addr_equal(&pair->local, local) &&
		    toy_addr_equal(&pair->remote, remote))
			return pair;
	}
	return NULL;
}

/**
 * toy_pair_add() - segments for a pair find it from now on
 * @pair:	pair; the table takes a reference
 *
 * Context: any but hard interrupt.
 * Return: 0; -EADDRNOTAVAIL: there is one.
 */
int toy_pair_add(struct toy_pair *pair)
{
	struct toy_ether *ether = pair->ether;
	int err = -EADDRNOTAVAIL;

	spin_lock_bh(&ether->pair_lock);
	if (!toy_pair_look(ether, pair->type, &pair->local, &pair->remote)) {
		refcount_inc(&pair->ref);
		hlist_add_head_rcu(&pair->hash,
				   toy_pair_bucket(ether, pair->type,
						   &pair->local,
						   &pair->remote));
		err = 0;
	}
	spin_unlock_bh(&ether->pair_lock);
	return err;
}

/**
 * toy_pair_del() - nothing finds a pair any more
 * @pair:	pair, of which the caller has a reference
 *
 * Context: any but hard interrupt.
 * Return: whether it was in the table.
 */
bool toy_pair_del(struct toy_pair *pair)
{
	bool was;

	spin_lock_bh(&pair->ether->pair_lock);
	was = !hlist_unhashed(&pair->hash);
	if (was)
		hlist_del_init_rcu(&pair->hash);
	spin_unlock_bh(&pair->ether->pair_lock);
	if (was)
		toy_pair_put(pair);
	return was;
}

/**
 * toy_pair_replace() - a pair becomes something else, without a gap
 * @old:	what it was; the caller has a reference
 * @pair:	what it is; the table takes a reference
 *
 * Context: any but hard interrupt.
 * Return: whether @old was in the table; if not @pair is not, either.
 */
bool toy_pair_replace(struct toy_pair *old, struct toy_pair *pair)
{
	bool was;

	spin_lock_bh(&old->ether->pair_lock);
	was = !hlist_unhashed(&old->hash);
	if (was) {
		refcount_inc(&pair->ref);
		hlist_replace_rcu(&old->hash, &pair->hash);
		/* Unhashed; who stands on it still finds what is behind. */
		WRITE_ONCE(old->hash.pprev, NULL);
	}
	spin_unlock_bh(&old->ether->pair_lock);
	if (was)
		toy_pair_put(old);
	return was;
}

/**
 * toy_pair_find() - what a segment is for [O2]
 * @ether:	namespace
 * @type:	of its frame
 * @local:	its destination
 * @remote:	its source
 *
 * Context: any.
 * Return: the pair with a reference, NULL.
 */
struct toy_pair *toy_pair_find(struct toy_ether *ether, u8 type,
			       const struct toy_addr *local,
			       const struct toy_addr *remote)
{
	struct toy_pair *pair;

	rcu_read_lock();
	/* One that goes at this moment has another one in its place, or none. */
	do {
		pair = toy_pair_look(ether, type, local, remote);
	} while (pair && !refcount_inc_not_zero(&pair->ref));
	rcu_read_unlock();
	return pair;
}

/**
 * toy_pair_put() - drop a reference
 * @pair:	pair
 */
void toy_pair_put(struct toy_pair *pair)
{
	struct toy_ether *ether = pair->ether;

	if (!refcount_dec_and_test(&pair->ref))
		return;
	toy_link_put(pair->link);
	pair->free(pair);
	/* Who waits for the last one, waits a grace period beside. */
	if (atomic_dec_and_test(&ether->nr_pairs))
		wake_up_var(&ether->nr_pairs);
}

/**
 * toy_pair_say() - send a segment without payload
 * @pair:	between whom
 * @seg:	segment
 *
 * Context: process or BH.
 */
void toy_pair_say(struct toy_pair *pair, const struct toy_segment *seg)
{
	struct toy_frame frame = {
		.type	= pair->type,
		.src	= pair->local.node,
		.sport	= pair->local.port,
		.dst	= pair->remote.node,
		.dport	= pair->remote.port,
		.seg	= *seg,
	};
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + TOY_HEADER_MAX,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return;
	skb_reserve(skb, LL_MAX_HEADER + TOY_HEADER_MAX);
	toy_frame_push(skb, &frame);
	toy_frame_send(pair->link, skb, pair->mac);
}

/* The first pair of a bucket that is tied to a link, with a reference; NULL. */
static struct toy_pair *toy_pair_tied(struct toy_ether *ether, int bucket,
				      const struct toy_link *link)
{
	struct toy_pair *pair, *found = NULL;

	rcu_read_lock();
	hlist_for_each_entry_rcu(pair, &ether->pairs[bucket], hash) {
		if ((!link || READ_ONCE(pair->link) == link) &&
		    refcount_inc_not_zero(&pair->ref)) {
			found = pair;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * toy_pair_end_all() - a link goes, or all of them: no pair of it is left
 * @ether:	namespace
 * @link:	link; NULL: the namespace goes, and no socket is left
 *
 * A connection ends when nobody uses its socket [V3].
 *
 * Context: may sleep.
 */
void toy_pair_end_all(struct toy_ether *ether, const struct toy_link *link)
{
	struct toy_pair *pair;
	int i;

	for (i = 0; i < TOY_PAIRS_HASH; i++) {
		while ((pair = toy_pair_tied(ether, i, link))) {
			if (pair->kind == TOY_PAIR_WAIT)
				toy_waiting_end(pair);
			else if (pair->kind == TOY_PAIR_CALL)
				toy_calling_end(pair);
			else
				toy_wire_doom(toy_wire(pair), ECONNABORTED);
			/* Whatever became of it, it is not met again. */
			toy_pair_del(pair);
			toy_pair_put(pair);
			cond_resched();
		}
	}
}

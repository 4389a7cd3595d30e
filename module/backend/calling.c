// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open calls: a SYN that a listener has answered [L3, S3, S4].
 *
 * Small objects in the table of pairs, so that strangers who never answer cost
 * little. The segment that completes one has a socket made of it, at once
 * (calling_child.c).
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "../compat.h"
#include "../core/stat.h"
#include "../proto/stray.h"
#include "backend.h"
#include "calling.h"
#include "wire.h"

/* [L3] */
#define TOY_CALLS_MAX		4096
#define TOY_CALLS_PORT		256

static siphash_aligned_key_t toy_calling_secret;

static void toy_calling_free(struct toy_pair *pair)
{
	kfree_rcu(toy_calling(pair), pair.rcu);
}

/**
 * toy_calling_iss() - the first sequence number of a connection [O1]
 * @ether:	namespace
 * @pair:	its addresses
 */
u32 toy_calling_iss(struct toy_ether *ether, const struct toy_pair *pair)
{
	net_get_random_once(&toy_calling_secret, sizeof(toy_calling_secret));
	return (u32)siphash_3u64(pair->local.all, pair->remote.all,
				 (u64)pair->type << 32 | ether->secret,
				 &toy_calling_secret) +
	       (u32)(toy_pair_now() / 4);
}

/* Where the calls of a port are counted, with those of some others. */
static struct toy_call_slot *toy_calling_slot(const struct toy_pair *pair)
{
	u32 hash = jhash_2words(pair->local.port, pair->type,
				pair->ether->secret);

	return &pair->ether->calls[hash % TOY_CALLS_HASH];
}

static void toy_calling_forget(struct toy_calling *c)
{
	lockdep_assert_held(&c->pair.ether->pair_lock);
	list_del_init(&c->order);
	c->pair.ether->nr_calls--;
	toy_calling_slot(&c->pair)->nr--;
}

static void toy_calling_leave(struct toy_calling *c)
{
	spin_lock_bh(&c->pair.ether->pair_lock);
	if (!list_empty(&c->order))
		toy_calling_forget(c);
	spin_unlock_bh(&c->pair.ether->pair_lock);
}

/* The oldest call where there are too many, off the count; a reference. */
static struct toy_calling *toy_calling_oldest(struct toy_ether *ether,
					      struct toy_call_slot *slot)
{
	struct toy_calling *oldest;

	lockdep_assert_held(&ether->pair_lock);
	/* Of another port where this one is not to blame. */
	while (!slot->nr)
		if (++slot == &ether->calls[TOY_CALLS_HASH])
			slot = ether->calls;
	oldest = list_first_entry(&slot->calls, struct toy_calling, order);
	toy_pair_hold(&oldest->pair);
	toy_calling_forget(oldest);
	return oldest;
}

/*
 * There is one more call [L3]. Where the port has too many, or the namespace, the
 * oldest one goes, which most likely nobody will complete: so a flood of calls
 * leaves those in earnest some time.
 */
static void toy_calling_count(struct toy_calling *c)
{
	struct toy_call_slot *slot = toy_calling_slot(&c->pair);
	struct toy_ether *ether = c->pair.ether;
	struct toy_calling *oldest = NULL;

	spin_lock_bh(&ether->pair_lock);
	if (slot->nr >= TOY_CALLS_PORT || ether->nr_calls >= TOY_CALLS_MAX)
		oldest = toy_calling_oldest(ether, slot);
	list_add_tail(&c->order, &slot->calls);
	slot->nr++;
	ether->nr_calls++;
	spin_unlock_bh(&ether->pair_lock);
	if (oldest) {
		toy_stat_drop(ether->net, TOY_DROP_HALF_OPEN);
		toy_calling_end(&oldest->pair);
		toy_pair_put(&oldest->pair);
	}
}

/**
 * toy_calling_close() - it is no call any more
 * @c:		call, of which the caller has a reference
 *
 * Context: any but hard interrupt.
 */
void toy_calling_close(struct toy_calling *c)
{
	bool was;

	spin_lock_bh(&c->lock);
	was = !c->gone;
	c->gone = true;
	if (toy_timer_delete(&c->timer))
		toy_pair_put(&c->pair);
	spin_unlock_bh(&c->lock);
	if (was)
		toy_calling_leave(c);
}

/**
 * toy_calling_end() - forget a call
 * @pair:	its pair, of which the caller has a reference
 *
 * Context: any but hard interrupt.
 */
void toy_calling_end(struct toy_pair *pair)
{
	toy_calling_close(toy_calling(pair));
	toy_pair_del(pair);
}

/**
 * toy_calling_deadline() - when SYN ACK goes again, for those who look
 * @pair:	half-open call
 * @retries:	set to how often it has
 *
 * Return: us.
 */
u64 toy_calling_deadline(const struct toy_pair *pair, u8 *retries)
{
	const struct toy_calling *c = toy_calling(pair);

	*retries = READ_ONCE(c->call.retries);
	return READ_ONCE(c->call.deadline);
}

static void toy_calling_arm(struct toy_calling *c)
{
	lockdep_assert_held(&c->lock);
	if (c->gone)
		return;
	toy_pair_hold(&c->pair);
	if (mod_timer(&c->timer, toy_pair_jiffies(toy_pair_now(),
						  c->call.deadline)))
		toy_pair_put(&c->pair);
}

static void toy_calling_timer(struct timer_list *timer)
{
	struct toy_calling *c = toy_timer_of(c, timer, timer);
	enum toy_verdict verdict = TOY_VERDICT_DROP;
	struct toy_segment seg;

	spin_lock(&c->lock);
	/* One that is complete is armed again if nothing comes of it. */
	if (!c->gone && !c->complete) {
		verdict = toy_call_timer(&c->call, toy_pair_now());
		if (verdict == TOY_VERDICT_SYN_ACK)
			toy_call_syn_ack(&c->call, &seg);
		if (verdict != TOY_VERDICT_GONE)
			toy_calling_arm(c);
	}
	spin_unlock(&c->lock);
	if (verdict == TOY_VERDICT_SYN_ACK)
		toy_pair_say(&c->pair, &seg);
	if (verdict == TOY_VERDICT_GONE)
		toy_calling_end(&c->pair);
	toy_pair_put(&c->pair);
}

/* ---- segments ---- */

static void toy_calling_try(struct toy_calling *c, struct toy_link *link,
			    struct sk_buff *skb, struct toy_frame *frame)
{
	enum toy_drop reason = toy_calling_complete(c, link, skb, frame);

	if (reason == TOY_DROP_MAX)
		return;
	spin_lock(&c->lock);
	c->complete = false;
	toy_calling_arm(c);
	spin_unlock(&c->lock);
	toy_frame_drop(link, skb, reason);
}

/**
 * toy_calling_segment() - a segment for a half-open call
 * @pair:	its pair
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 *
 * Context: softirq, under RCU.
 */
void toy_calling_segment(struct toy_pair *pair, struct toy_link *link,
			 struct sk_buff *skb, struct toy_frame *frame)
{
	struct toy_calling *c = toy_calling(pair);
	enum toy_seg_drop drop = TOY_SEG_STATE;
	enum toy_verdict verdict = TOY_VERDICT_DROP;
	struct toy_segment answer;

	spin_lock(&c->lock);
	/* While a socket is made of it the peer has to repeat what it sends. */
	if (!c->complete && !c->gone) {
		drop = TOY_SEG_OK;
		verdict = toy_call_input(&c->call, &frame->seg,
					 toy_pair_now(), &drop);
	}
	if (verdict == TOY_VERDICT_ACCEPT)
		c->complete = true;
	else if (verdict == TOY_VERDICT_SYN_ACK)
		toy_call_syn_ack(&c->call, &answer);
	else if (verdict == TOY_VERDICT_ANSWER)
		toy_call_answer(&c->call, &answer);
	spin_unlock(&c->lock);

	switch (verdict) {
	case TOY_VERDICT_ACCEPT:
		toy_calling_try(c, link, skb, frame);
		return;
	case TOY_VERDICT_SYN_ACK:
	case TOY_VERDICT_ANSWER:
		toy_pair_say(pair, &answer);
		break;
	case TOY_VERDICT_RESET:
		toy_ether_stray(link, skb, frame, toy_segment_reason(drop));
		return;
	case TOY_VERDICT_GONE:
		toy_calling_end(pair);
		break;
	default:
		break;
	}
	toy_ether_seg_drop(link, skb, drop);
}

static struct toy_calling *toy_calling_make(struct toy_link *link,
					    struct sock *listener,
					    const struct sk_buff *skb,
					    const struct toy_frame *frame,
					    u32 least)
{
	struct toy_calling *c = kzalloc(sizeof(*c), GFP_ATOMIC | __GFP_NOWARN);
	struct toy_setup setup;

	if (!c)
		return NULL;
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->order);
	timer_setup(&c->timer, toy_calling_timer, 0);
	toy_pair_init(&c->pair, link->ether, link, eth_hdr(skb)->h_source,
		      frame->type, toy_addr(frame->dst, frame->dport),
		      toy_addr(frame->src, frame->sport));
	c->pair.kind = TOY_PAIR_CALL;
	c->pair.free = toy_calling_free;
	toy_wire_setup(listener, link->ether, skb->dev->ifindex, &setup);
	setup.iss = toy_calling_iss(link->ether, &c->pair);
	/* Above what a connection of the same pair has used [T2]. */
	if (least && toy_before(setup.iss, least))
		setup.iss = least;
	toy_call_init(&c->call, &frame->seg, &setup, toy_pair_now());
	return c;
}

/* A listener answers a SYN. */
static enum toy_drop toy_calling_answer(struct toy_link *link,
					struct sock *listener,
					struct sk_buff *skb,
					struct toy_frame *frame,
					struct toy_pair *old, u32 least)
{
	struct toy_segment answer;
	struct toy_calling *c;
	bool gone;

	if (sk_acceptq_is_full(listener)) {
		toy_stat_inc(link->ether->net, TOY_STAT_BACKLOG_FULL);
		return TOY_DROP_BACKLOG;
	}
	c = toy_calling_make(link, listener, skb, frame, least);
	if (!c)
		return TOY_DROP_MEMORY;
	if (old ? !toy_pair_replace(old, &c->pair) : toy_pair_add(&c->pair)) {
		/* The same SYN on another cpu was faster. */
		toy_pair_put(&c->pair);
		return TOY_DROP_STATE;
	}
	toy_calling_count(c);
	spin_lock(&c->lock);
	toy_call_syn_ack(&c->call, &answer);
	toy_calling_arm(c);
	gone = c->gone;
	spin_unlock(&c->lock);
	/* It ended before it was counted: completed, or reset, on another cpu. */
	if (gone)
		toy_calling_leave(c);
	toy_pair_say(&c->pair, &answer);
	toy_pair_put(&c->pair);
	return TOY_DROP_MAX;
}

/**
 * toy_calling_new() - a SYN for no pair [L3], or one that takes it over [T2]
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 * @old:	pair in TIME_WAIT, in whose place the call comes; NULL
 * @least:	our first number is at least this; 0: any
 *
 * Context: softirq, under RCU.
 */
void toy_calling_new(struct toy_link *link, struct sk_buff *skb,
		     struct toy_frame *frame, struct toy_pair *old, u32 least)
{
	struct sock *listener = toy_segment_listener(link, skb, frame);
	enum toy_drop reason;

	if (!listener) {
		toy_ether_stray(link, skb, frame, TOY_DROP_CLOSED);
		return;
	}
	reason = toy_calling_answer(link, listener, skb, frame, old, least);
	sock_put(listener);
	if (old && reason == TOY_DROP_MAX)
		toy_waiting_end(old);
	if (reason == TOY_DROP_MAX)
		consume_skb(skb);
	else
		toy_frame_drop(link, skb, reason);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open calls: a SYN that a listener has answered [L3, S3, S4].
 *
 * Small objects in the table of pairs, so that strangers who never answer cost
 * little. The segment that completes one has a socket made of it, which may
 * sleep: that is left to a work item.
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "../core/accept.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "../core/stat.h"
#include "../proto/stray.h"
#include "backend.h"
#include "wire.h"

/* [L3] */
#define TOY_CALLS_MAX		4096
#define TOY_CALLS_PORT		256

/* Segments that wait until the socket is made. */
#define TOY_CALLING_QUEUE	16

/**
 * struct toy_calling - a half-open call
 * @pair:	first
 * @lock:	protects what follows; taken with BH off
 * @call:	its numbers
 * @queue:	segments from the one that completes it on
 * @complete:	the work item is under way
 * @gone:	out of the table
 * @timer:	sends SYN ACK again; holds a reference while it runs
 * @work:	makes the socket; holds a reference while it runs
 */
struct toy_calling {
	struct toy_pair		pair;
	spinlock_t		lock; /* what follows */
	struct toy_call		call;
	struct sk_buff_head	queue;
	bool			complete;
	bool			gone;
	struct timer_list	timer;
	struct work_struct	work;
};

static siphash_aligned_key_t toy_calling_secret;

static struct toy_calling *toy_calling(struct toy_pair *pair)
{
	return container_of(pair, struct toy_calling, pair);
}

static void toy_calling_free(struct toy_pair *pair)
{
	struct toy_calling *c = toy_calling(pair);

	__skb_queue_purge(&c->queue);
	kfree_rcu(c, pair.rcu);
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

static u16 *toy_calling_count(struct toy_pair *pair)
{
	u32 slot = pair->local.port * 2 + (pair->type & 1);

	return &pair->ether->calls[slot % TOY_CALLS_HASH];
}

/* Whether there may be one more call [L3]. */
static bool toy_calling_admit(struct toy_pair *pair)
{
	struct toy_ether *ether = pair->ether;
	u16 *count = toy_calling_count(pair);
	bool ok;

	spin_lock_bh(&ether->pair_lock);
	ok = ether->nr_calls < TOY_CALLS_MAX && *count < TOY_CALLS_PORT;
	if (ok) {
		ether->nr_calls++;
		++*count;
	}
	spin_unlock_bh(&ether->pair_lock);
	return ok;
}

static void toy_calling_leave(struct toy_pair *pair)
{
	spin_lock_bh(&pair->ether->pair_lock);
	pair->ether->nr_calls--;
	--*toy_calling_count(pair);
	spin_unlock_bh(&pair->ether->pair_lock);
}

/* It is no call any more. Returns whether it was one until now. */
static bool toy_calling_close(struct toy_calling *c)
{
	bool was;

	spin_lock_bh(&c->lock);
	was = !c->gone;
	c->gone = true;
	if (del_timer(&c->timer))
		toy_pair_put(&c->pair);
	spin_unlock_bh(&c->lock);
	if (was)
		toy_calling_leave(&c->pair);
	return was;
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
	struct toy_calling *c = from_timer(c, timer, timer);
	enum toy_verdict verdict = TOY_VERDICT_DROP;
	struct toy_segment seg;

	spin_lock(&c->lock);
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

static enum toy_space toy_calling_space(const struct toy_pair *pair)
{
	return pair->type == TOY_FRAME_STREAM ? TOY_SPACE_STREAM :
						TOY_SPACE_SEQPACKET;
}

/* ---- a socket for it ---- */

/* The child is known to those who look for it, and is connected. */
static struct toy_wire *toy_calling_connect(struct toy_calling *c,
					    struct sock *child)
{
	struct toy_sock *toy = toy_sk(child);
	struct toy_setup setup;
	struct toy_wire *w;

	w = toy_wire_make(child, c->pair.link, c->pair.mac, c->pair.local,
			  c->pair.remote);
	if (!w)
		return NULL;
	toy_wire_setup(child, c->pair.ether, 0, &setup);
	setup.mss = c->call.own_mss;
	setup.maxmsg = c->call.own_maxmsg;
	toy_conn_accept(&w->conn, &c->call, &setup, toy_pair_now());
	toy_wire_options(w);
	w->in_next = w->conn.rcv_nxt;
	toy->backend = &toy_ethernet;
	toy_addr_set(&toy->local, c->pair.local);
	toy_addr_set(&toy->remote, c->pair.remote);
	toy_set_state_new(child, TCP_SYN_RECV);
	return w;
}

/* Queue the child with its listener. */
static int toy_calling_offer(struct sock *listener, struct sock *child)
{
	int err = 0;

	toy_rx_lock(listener);
	if (listener->sk_state != TCP_LISTEN)
		err = -ECONNREFUSED;
	else if (sk_acceptq_is_full(listener))
		err = -EAGAIN;
	else
		toy_accept_add(listener, child);
	toy_rx_unlock(listener);
	return err;
}

/* Make a child of a call. Returns its connection, its socket locked; NULL. */
static struct toy_wire *toy_calling_child(struct toy_calling *c,
					  struct sock *listener)
{
	struct sock *child = toy_sock_clone(listener);
	struct toy_wire *w;

	if (!child)
		return NULL;
	/* Segments that find it early wait in its backlog. */
	lock_sock(child);
	if (toy_registry_add(child))
		goto put;
	if (!toy_port_inherit(child, listener))
		goto del;
	w = toy_calling_connect(c, child);
	if (!w)
		goto release;
	toy_wire_attach(w, child);
	if (!toy_pair_replace(&c->pair, &w->pair)) {
		toy_wire_detach(child);
		sock_put(child);
		goto release;
	}
	toy_stat_inc(sock_net(child), TOY_STAT_SOCKETS);
	return w;
release:
	toy_port_release(child);
del:
	toy_registry_del(child);
put:
	release_sock(child);
	sock_put(child);
	return NULL;
}

/* The segments that came meanwhile. The caller has the child's lock. */
static void toy_calling_replay(struct toy_calling *c, struct toy_wire *w)
{
	struct toy_frame frame;
	struct sk_buff *skb;

	for (;;) {
		spin_lock_bh(&c->lock);
		skb = __skb_dequeue(&c->queue);
		spin_unlock_bh(&c->lock);
		if (!skb)
			break;
		local_bh_disable();
		if (toy_header_parse(skb->data, skb_headlen(skb), skb->len,
				     &frame) ||
		    toy_header_check(skb->data, &frame))
			kfree_skb(skb);
		else
			toy_wire_input(w, w->pair.link, skb, &frame);
		local_bh_enable();
	}
}

static void toy_calling_accept(struct toy_calling *c, struct sock *listener)
{
	struct toy_wire *w = toy_calling_child(c, listener);
	struct sock *child;
	int err;

	if (!w) {
		toy_calling_end(&c->pair);
		return;
	}
	toy_calling_close(c);
	child = w->sk;
	toy_pair_hold(&w->pair);
	toy_calling_replay(c, w);
	err = toy_calling_offer(listener, child);
	release_sock(child);
	if (err) {
		toy_registry_del(child);
		lock_sock(child);
		toy_ethernet.close(child, true);
		release_sock(child);
		toy_port_release(child);
		sock_put(child);
	} else {
		toy_data_ready(listener);
	}
	toy_pair_put(&w->pair);
}

static void toy_calling_work(struct work_struct *work)
{
	struct toy_calling *c = container_of(work, struct toy_calling, work);
	struct sock *listener;

	listener = toy_port_lookup_on(c->pair.ether->net,
				      toy_calling_space(&c->pair),
				      &c->pair.local, &c->pair.remote,
				      c->pair.link->ifindex);
	if (listener) {
		toy_calling_accept(c, listener);
		sock_put(listener);
	} else {
		toy_calling_end(&c->pair);
	}
	toy_pair_put(&c->pair);
}

/* ---- segments ---- */

/* The handshake is complete: a socket is made. Under the lock. */
static bool toy_calling_complete(struct toy_calling *c, struct sk_buff *skb)
{
	lockdep_assert_held(&c->lock);
	if (skb_queue_len(&c->queue) >= TOY_CALLING_QUEUE)
		return false;
	__skb_queue_tail(&c->queue, skb);
	if (!c->complete) {
		c->complete = true;
		toy_pair_hold(&c->pair);
		queue_work(toy_ether_wq, &c->work);
	}
	return true;
}

/* Whether the listener has room for one more [S4]. */
static bool toy_calling_has_place(const struct toy_pair *pair,
				  const struct sk_buff *skb)
{
	struct sock *sk = toy_port_lookup_on(pair->ether->net,
					     toy_calling_space(pair),
					     &pair->local, &pair->remote,
					     skb->dev->ifindex);
	bool place = sk && !sk_acceptq_is_full(sk);

	if (sk)
		sock_put(sk);
	return place;
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
	bool place = toy_calling_has_place(pair, skb);
	struct toy_calling *c = toy_calling(pair);
	enum toy_verdict verdict;
	enum toy_seg_drop drop = TOY_SEG_OK;
	struct toy_segment answer;
	bool taken = false;

	spin_lock(&c->lock);
	verdict = c->complete ? TOY_VERDICT_ACCEPT :
		  toy_call_input(&c->call, &frame->seg, toy_pair_now(), &drop);
	if (verdict == TOY_VERDICT_ACCEPT && (place || c->complete))
		taken = toy_calling_complete(c, skb);
	else if (verdict == TOY_VERDICT_SYN_ACK)
		toy_call_syn_ack(&c->call, &answer);
	else if (verdict == TOY_VERDICT_ANSWER)
		toy_call_answer(&c->call, &answer);
	spin_unlock(&c->lock);

	if (taken)
		return;
	switch (verdict) {
	case TOY_VERDICT_ACCEPT:
		toy_stat_inc(pair->ether->net, TOY_STAT_BACKLOG_FULL);
		toy_frame_drop(link, skb, TOY_DROP_BACKLOG);
		return;
	case TOY_VERDICT_SYN_ACK:
	case TOY_VERDICT_ANSWER:
		toy_pair_say(pair, &answer);
		break;
	case TOY_VERDICT_RESET:
		toy_ether_stray(link, skb, frame);
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
	__skb_queue_head_init(&c->queue);
	timer_setup(&c->timer, toy_calling_timer, 0);
	INIT_WORK(&c->work, toy_calling_work);
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
					struct toy_frame *frame, u32 least)
{
	struct toy_segment answer;
	struct toy_calling *c;

	if (sk_acceptq_is_full(listener)) {
		toy_stat_inc(link->ether->net, TOY_STAT_BACKLOG_FULL);
		return TOY_DROP_BACKLOG;
	}
	c = toy_calling_make(link, listener, skb, frame, least);
	if (!c)
		return TOY_DROP_MEMORY;
	if (!toy_calling_admit(&c->pair)) {
		toy_pair_put(&c->pair);
		return TOY_DROP_HALF_OPEN;
	}
	if (toy_pair_add(&c->pair)) {
		/* The same SYN on another cpu was faster. */
		toy_calling_leave(&c->pair);
		toy_pair_put(&c->pair);
		return TOY_DROP_STATE;
	}
	spin_lock(&c->lock);
	toy_call_syn_ack(&c->call, &answer);
	toy_calling_arm(c);
	spin_unlock(&c->lock);
	toy_pair_say(&c->pair, &answer);
	toy_pair_put(&c->pair);
	return TOY_DROP_MAX;
}

/**
 * toy_calling_new() - a SYN for no pair [L3]
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 * @least:	our first number is at least this; 0: any
 *
 * Context: softirq, under RCU.
 */
void toy_calling_new(struct toy_link *link, struct sk_buff *skb,
		     struct toy_frame *frame, u32 least)
{
	enum toy_space space = frame->type == TOY_FRAME_STREAM ?
			       TOY_SPACE_STREAM : TOY_SPACE_SEQPACKET;
	struct toy_addr local = toy_addr(frame->dst, frame->dport);
	struct toy_addr remote = toy_addr(frame->src, frame->sport);
	struct sock *listener;
	enum toy_drop reason;

	listener = toy_port_lookup_on(link->ether->net, space, &local, &remote,
				      skb->dev->ifindex);
	if (!listener) {
		toy_ether_stray(link, skb, frame);
		return;
	}
	reason = toy_calling_answer(link, listener, skb, frame, least);
	sock_put(listener);
	if (reason == TOY_DROP_MAX)
		consume_skb(skb);
	else
		toy_frame_drop(link, skb, reason);
}

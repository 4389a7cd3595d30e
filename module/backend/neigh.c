// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbours: behind which station of which link a node is.
 *
 * The rules [N1] to [N6] and the states are those of
 * Documentation/protocol/neighbours.md. An entry is used under RCU and changed
 * under its own lock; the table's lock (neigh_table.c) is for who is in it.
 */
#include <linux/hash.h>
#include <linux/random.h>

#include "../compat.h"
#include "../core/stat.h"
#include "backend.h"
#include "neigh.h"
#include "pair.h"

/* [N1] */
#define TOY_NEIGH_QUESTIONS	3
#define TOY_NEIGH_INTERVAL	HZ

#define TOY_NEIGH_REACHABLE_TIME (30 * HZ)
#define TOY_NEIGH_DELAY_TIME	(5 * HZ)
#define TOY_NEIGH_IDLE		(60 * HZ)

/* ---- questions ---- */

static void toy_neigh_ask_on(struct toy_link *link, u32 id, const u8 *mac)
{
	struct toy_addr own =
		toy_addr(READ_ONCE(toy_net(link->ether->net)->node), 0);
	struct toy_addr who = toy_addr(id, 0);

	if (own.node && __ratelimit(&link->ask))
		toy_frame_say(link, TOY_FRAME_WHO_HAS, &own, &who, mac);
}

/*
 * Ask for a node: the station that had it, or everybody on every link that it
 * may be behind [N1]. No lock is held.
 */
static void toy_neigh_ask(struct toy_neigh *n, struct toy_link *known,
			  const u8 *mac)
{
	const struct net_device *dev;
	struct toy_link *link;

	if (known) {
		toy_neigh_ask_on(known, n->id, mac);
		return;
	}
	rcu_read_lock();
	list_for_each_entry_rcu(link, &n->ether->links, node) {
		dev = rcu_dereference(link->dev);
		if (dev && (!n->ifindex || n->ifindex == dev->ifindex))
			toy_neigh_ask_on(link, n->id, dev->broadcast);
	}
	rcu_read_unlock();
}

/* ---- states ---- */

/* Give up: who waits is told. The lock is dropped. */
static void toy_neigh_fail(struct toy_neigh *n)
	__releases(&n->lock)
{
	struct sk_buff_head failed;
	struct toy_link *link = n->link;
	struct sk_buff *skb;

	__skb_queue_head_init(&failed);
	toy_neigh_set(n, TOY_NEIGH_FAILED);
	WRITE_ONCE(n->link, NULL);
	n->answered = jiffies;
	skb_queue_splice_init(&n->waiting, &failed);
	toy_neigh_arm(n, TOY_NEIGH_IDLE);
	spin_unlock(&n->lock);

	toy_link_put(link);
	while ((skb = __skb_dequeue(&failed))) {
		struct sock *sk = skb->sk;

		if (sk && toy_connection_type(sk)) {
			toy_wire_unreachable(sk, n->id);
		} else if (sk && toy_connected(sk)) {
			WRITE_ONCE(sk->sk_err, EHOSTUNREACH);
			sk_error_report(sk);
		}
		kfree_skb(skb);
	}
}

/* INCOMPLETE and PROBE: ask again, or give up. The lock is dropped. */
static void toy_neigh_again(struct toy_neigh *n)
	__releases(&n->lock)
{
	struct toy_link *known = NULL;
	u8 mac[ETH_ALEN];

	if (n->asked >= TOY_NEIGH_QUESTIONS) {
		toy_neigh_fail(n);
		return;
	}
	n->asked++;
	toy_neigh_arm(n, TOY_NEIGH_INTERVAL);
	if (n->link) {
		known = toy_link_hold(n->link);
		ether_addr_copy(mac, n->mac);
	}
	spin_unlock(&n->lock);
	toy_neigh_ask(n, known, mac);
	toy_link_put(known);
}

/* Nobody has used it for long. The lock is dropped. */
static void toy_neigh_expire(struct toy_neigh *n)
	__releases(&n->lock)
{
	unsigned long idle = jiffies - n->used;
	struct sk_buff_head waited;

	if (idle < TOY_NEIGH_IDLE) {
		toy_neigh_arm(n, TOY_NEIGH_IDLE - idle);
		spin_unlock(&n->lock);
		return;
	}
	spin_unlock(&n->lock);
	__skb_queue_head_init(&waited);
	spin_lock(&n->ether->lock);
	spin_lock(&n->lock);
	/* Whoever used it in between has started the timer again. */
	if (n->dead || timer_pending(&n->timer))
		spin_unlock(&n->lock);
	else
		toy_neigh_remove(n, &waited);
	spin_unlock(&n->ether->lock);
	__skb_queue_purge(&waited);
}

/**
 * toy_neigh_timer() - the next step of an entry's state
 * @timer:	of the entry, whose reference it drops
 */
void toy_neigh_timer(struct timer_list *timer)
{
	struct toy_neigh *n = toy_timer_of(n, timer, timer);

	spin_lock(&n->lock);
	if (n->dead || timer_pending(&n->timer)) {
		/* Somebody was faster. */
		spin_unlock(&n->lock);
		toy_neigh_put(n);
		return;
	}
	switch (n->state) {
	case TOY_NEIGH_REACHABLE:
		toy_neigh_set(n, TOY_NEIGH_STALE);
		toy_neigh_arm(n, TOY_NEIGH_IDLE);
		spin_unlock(&n->lock);
		break;
	case TOY_NEIGH_DELAY:
		toy_neigh_set(n, TOY_NEIGH_PROBE);
		n->asked = 0;
		fallthrough;
	case TOY_NEIGH_INCOMPLETE:
	case TOY_NEIGH_PROBE:
		toy_neigh_again(n);
		break;
	default:
		toy_neigh_expire(n);
		break;
	}
	toy_neigh_put(n);
}

/*
 * Its address is known now: what waited goes. Under the lock, which is dropped.
 */
static void toy_neigh_enter(struct toy_neigh *n, struct toy_link *link,
			    const u8 *mac, u8 state)
	__releases(&n->lock)
{
	struct sk_buff_head ready;
	struct toy_link *old = n->link;
	struct sk_buff *skb;

	__skb_queue_head_init(&ready);
	WRITE_ONCE(n->link, toy_link_hold(link));
	ether_addr_copy(n->mac, mac);
	toy_neigh_set(n, state);
	n->asked = 0;
	n->answered = jiffies;
	/* 15 to 45 s, so that entries do not all ask at once. */
	toy_neigh_arm(n, state == TOY_NEIGH_STALE ? TOY_NEIGH_IDLE :
		      TOY_NEIGH_REACHABLE_TIME / 2 +
		      get_random_u32() % TOY_NEIGH_REACHABLE_TIME);
	skb_queue_splice_init(&n->waiting, &ready);
	spin_unlock_bh(&n->lock);

	toy_link_put(old);
	while ((skb = __skb_dequeue(&ready)))
		toy_frame_send(link, skb, mac);
}

/* ---- sending ---- */

/* A frame waits for the answer. Returns one that has to make room, or NULL. */
static struct sk_buff *toy_neigh_wait(struct toy_neigh *n, struct sk_buff *skb)
{
	struct sk_buff *oldest = NULL;

	if (skb_queue_len(&n->waiting) >= TOY_NEIGH_WAITING)
		oldest = __skb_dequeue(&n->waiting);
	__skb_queue_tail(&n->waiting, skb);
	return oldest;
}

/*
 * May a question be asked for the sender of a frame? One user's are bounded, so
 * that he leaves room for others in the table, and in what a link may ask.
 */
static int toy_neigh_may_ask(struct toy_neigh *n, const struct sk_buff *skb)
{
	u32 uid = skb->sk ? __kuid_val(skb->sk->sk_uid) : 0;
	u32 slot = hash_32(uid, ilog2(TOY_NEIGH_ASKERS));
	atomic_t *asking = &n->ether->asking[slot];

	if (n->asked &&
	    time_before(jiffies, n->answered + TOY_NEIGH_INTERVAL))
		return -EHOSTUNREACH;
	if (atomic_inc_return(asking) > TOY_NEIGH_ASKED) {
		atomic_dec(asking);
		/* One that was just made goes again. */
		if (!timer_pending(&n->timer))
			toy_neigh_arm(n, TOY_NEIGH_IDLE);
		return -ENOBUFS;
	}
	n->asker = slot + 1;
	return 0;
}

/* Not known yet: ask, or go on waiting. The lock is dropped. */
static int toy_neigh_resolve(struct toy_neigh *n, struct sk_buff *skb)
	__releases(&n->lock)
{
	bool ask = n->state == TOY_NEIGH_FAILED;
	struct sk_buff *oldest;
	int err;

	err = ask ? toy_neigh_may_ask(n, skb) : 0;
	if (err) {
		spin_unlock_bh(&n->lock);
		kfree_skb(skb);
		return err;
	}
	oldest = toy_neigh_wait(n, skb);
	if (ask) {
		toy_neigh_set(n, TOY_NEIGH_INCOMPLETE);
		n->asked = 1;
		toy_neigh_arm(n, TOY_NEIGH_INTERVAL);
	}
	spin_unlock_bh(&n->lock);
	kfree_skb(oldest);
	if (ask)
		toy_neigh_ask(n, NULL, NULL);
	return 0;
}

/* One that is known; may be it has to be confirmed some time. */
static int toy_neigh_use(struct toy_neigh *n, struct sk_buff *skb)
{
	struct toy_link *link;
	u8 mac[ETH_ALEN];
	int err;

	spin_lock_bh(&n->lock);
	WRITE_ONCE(n->used, jiffies);
	if (n->dead) {
		spin_unlock_bh(&n->lock);
		kfree_skb(skb);
		return -ENETUNREACH;
	}
	if (n->state <= TOY_NEIGH_INCOMPLETE)
		return toy_neigh_resolve(n, skb);
	if (n->state == TOY_NEIGH_STALE) {
		toy_neigh_set(n, TOY_NEIGH_DELAY);
		toy_neigh_arm(n, TOY_NEIGH_DELAY_TIME);
	}
	link = toy_link_hold(n->link);
	ether_addr_copy(mac, n->mac);
	spin_unlock_bh(&n->lock);
	err = toy_frame_send(link, skb, mac);
	toy_link_put(link);
	return err;
}

/**
 * toy_neigh_send() - send a frame to a node
 * @ether:	namespace
 * @node:	the node
 * @ifindex:	device that it has to leave by; 0: any link
 * @skb:	frame without Ethernet header; consumed
 *
 * Waits with the node's entry while its station is not known.
 *
 * Context: process or BH.
 * Return: 0; -ENOBUFS: the table is full, or the sender asks for too many nodes
 * at once; -EHOSTUNREACH: it did not answer; what toy_frame_send() says.
 */
int toy_neigh_send(struct toy_ether *ether, u32 node, int ifindex,
		   struct sk_buff *skb)
{
	struct toy_neigh *n = toy_neigh_get(ether, node, ifindex, true);
	int err;

	if (!n) {
		kfree_skb(skb);
		return -ENOBUFS;
	}
	err = toy_neigh_use(n, skb);
	toy_neigh_put(n);
	return err;
}

/* ---- what others say ---- */

/* An answer for one entry. Returns whether one was waited for. */
static bool toy_neigh_answer(struct toy_neigh *n, struct toy_link *link,
			     const u8 *mac)
{
	spin_lock_bh(&n->lock);
	if (n->dead || (n->state != TOY_NEIGH_INCOMPLETE &&
			n->state != TOY_NEIGH_PROBE)) {
		spin_unlock_bh(&n->lock);
		return false;
	}
	if (n->state == TOY_NEIGH_PROBE &&
	    (n->link != link || !ether_addr_equal(n->mac, mac))) {
		spin_unlock_bh(&n->lock);
		return false;
	}
	toy_neigh_enter(n, link, mac, TOY_NEIGH_REACHABLE);
	return true;
}

/* What somebody else says of a node that we have heard of otherwise [N3, N5]. */
static enum toy_drop toy_neigh_contradicts(struct toy_neigh *n,
					   const u8 *mac)
{
	bool other;

	spin_lock_bh(&n->lock);
	other = n->state > TOY_NEIGH_INCOMPLETE &&
		!ether_addr_equal(n->mac, mac) &&
		(n->state == TOY_NEIGH_PROBE ||
		 time_before(jiffies, n->answered + HZ));
	spin_unlock_bh(&n->lock);
	return other ? TOY_DROP_CONFLICT : TOY_DROP_UNASKED;
}

/**
 * toy_neigh_answered() - somebody said where a node is (I_AM) [N3, N5]
 * @link:	where he said so
 * @node:	the node
 * @mac:	his station
 *
 * Context: softirq.
 */
void toy_neigh_answered(struct toy_link *link, u32 node, const u8 *mac)
{
	const struct net_device *dev = rcu_dereference(link->dev);
	const int wanted[] = { 0, dev ? dev->ifindex : 0 };
	enum toy_drop why = TOY_DROP_UNASKED;
	bool taken = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct toy_neigh *n;

		if (i && !wanted[i])
			break;
		n = toy_neigh_look(link->ether, node, wanted[i]);
		if (!n)
			continue;
		if (toy_neigh_answer(n, link, mac))
			taken = true;
		else if (toy_neigh_contradicts(n, mac) == TOY_DROP_CONFLICT)
			why = TOY_DROP_CONFLICT;
		toy_neigh_put(n);
	}
	if (taken)
		return;
	atomic_long_inc(&link->drops);
	toy_stat_drop(link->ether->net, why);
	if (why == TOY_DROP_CONFLICT && toy_ether_may_log(link->ether))
		pr_warn("toy: two stations say that they are node %u, the second one is %pM\n",
			node, mac);
}

/**
 * toy_neigh_asked() - somebody asked for our node: he is about to talk [N4]
 * @link:	where he asked
 * @node:	his node
 * @mac:	his station
 *
 * Context: softirq.
 */
void toy_neigh_asked(struct toy_link *link, u32 node, const u8 *mac)
{
	struct toy_neigh *n = toy_neigh_get(link->ether, node, 0, false);

	/* Full of what we use ourselves: then he teaches nothing. */
	if (!n)
		return;
	spin_lock_bh(&n->lock);
	if (!n->dead && n->state <= TOY_NEIGH_STALE) {
		toy_neigh_enter(n, link, mac,
				n->state == TOY_NEIGH_INCOMPLETE ?
				TOY_NEIGH_REACHABLE : TOY_NEIGH_STALE);
	} else {
		bool other = !n->dead && !ether_addr_equal(n->mac, mac);

		spin_unlock_bh(&n->lock);
		if (other)
			toy_stat_drop(link->ether->net, TOY_DROP_CONFLICT);
	}
	toy_neigh_put(n);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive queue of seqpackets and datagrams: one buffer a message.
 */
#include <linux/filter.h>

#include "../compat.h"
#include "../trace.h"
#include "histogram.h"
#include "rxq.h"
#include "stat.h"

/**
 * toy_rxq_has_room() - whether a queue that many feed takes another message
 * @sk:		receiver
 * @truesize:	memory of the message
 *
 * An empty queue always does: SO_RCVBUF is no limit for the size of one.
 *
 * Context: under the receive lock for certain, else as a hint.
 */
bool toy_rxq_has_room(const struct sock *sk, unsigned int truesize)
{
	unsigned int used = atomic_read(&sk->sk_rmem_alloc);

	return !used || used + truesize <= READ_ONCE(sk->sk_rcvbuf);
}

/* A connected datagram socket hears its peer alone. */
static bool toy_rxq_listens_to(const struct sock *sk,
			       const struct toy_addr *from)
{
	struct toy_addr remote = toy_addr_read(&toy_sk(sk)->remote);

	return !remote.port || toy_addr_equal(&remote, from);
}

/* Whether a message may be queued now. Under the receive lock. */
static int toy_rxq_admit(struct sock *sk, const struct sk_buff *skb,
			 const struct toy_addr *from)
{
	if (sock_flag(sk, SOCK_DEAD))
		return from ? -ECONNREFUSED : -EPIPE;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return -EPIPE;
	/* It may have been disconnected, or be another one by now. */
	if (!from)
		return rcu_access_pointer(toy_sk(sk)->peer) == skb->sk ?
		       0 : -EPIPE;
	if (!toy_rxq_listens_to(sk, from))
		return -ECONNREFUSED;
	return toy_rxq_has_room(sk, skb->truesize) ? 0 : -EAGAIN;
}

/**
 * toy_rxq_deliver() - queue a message
 * @sk:		receiver
 * @skb:	message; taken when 0 is returned
 * @from:	address of the sender of a datagram; NULL for a seqpacket, whose
 *		one sender is bounded by its send buffer
 *
 * The receiver's filter sees the message once, when there is room for it. What
 * it drops was delivered, as far as the sender knows.
 *
 * Context: the caller is under RCU or holds a reference on @sk, and no lock.
 * Return: 0; -EPIPE: shut for reading; -ECONNREFUSED: closed, or connected to
 * somebody else; -EAGAIN: full.
 */
int toy_rxq_deliver(struct sock *sk, struct sk_buff *skb,
		    const struct toy_addr *from)
{
	struct toy_sock *toy = toy_sk(sk);
	bool dropped = false;
	int err;

	if (toy_rxq_stamps(sk))
		__net_timestamp(skb);
	toy_rx_lock(sk);
	err = toy_rxq_admit(sk, skb, from);
	if (err)
		goto unlock;
	err = sk_filter(sk, skb);
	if (unlikely(err)) {
		/* By the program; another reason is the sender's to know. */
		dropped = err == -EPERM;
		if (dropped) {
			toy_drops_skb(sk, skb);
			trace_toy_drop(sk, skb->len, TOY_DROP_FILTER);
			toy_stat_inc(sock_net(sk), TOY_STAT_FILTERED);
			err = 0;
		}
		goto unlock;
	}
	toy_rxq_account(sk, skb->truesize);
	toy_buf_cb(skb)->era = toy->era;
	toy_buf_cb(skb)->queued = toy_histogram_start(sk);
	trace_toy_rcv(sk, skb->len);
	toy_rxq_wrote(toy, skb->len);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
unlock:
	toy_rx_unlock(sk);
	if (unlikely(dropped))
		kfree_skb(skb);
	else if (likely(!err))
		toy_data_ready(sk);
	return err;
}

/* Look at a message without taking it, at SO_PEEK_OFF if that is set. */
static struct sk_buff *toy_rxq_peek(struct sock *sk, int flags, int *off,
				    unsigned long *seen)
{
	struct sk_buff *skb;
	bool offset;

	*off = sk_peek_offset(sk, flags);
	offset = *off >= 0;
	if (!offset)
		*off = 0;

	toy_rx_lock(sk);
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		if (toy_buf_spent(skb))
			continue;
		/* The offset is past it; an empty one counts once. */
		if (offset && *off >= toy_buf_left(skb) &&
		    (*off || skb->peeked)) {
			*off -= toy_buf_left(skb);
			continue;
		}
		*off += toy_buf_cb(skb)->off;
		skb->peeked = 1;
		refcount_inc(&skb->users);
		toy_rx_unlock(sk);
		return skb;
	}
	*seen = (unsigned long)sk->sk_receive_queue.prev;
	toy_rx_unlock(sk);
	return NULL;
}

/**
 * toy_rxq_take() - take the first message off the queue
 * @sk:		receiver
 * @flags:	MSG_PEEK leaves it there, the caller gets a reference more
 * @off:	set to where in the message reading begins
 * @seen:	set where there is none, for toy_rxq_has_new()
 *
 * Wakes senders that wait for room.
 *
 * Context: no lock held.
 * Return: the message; NULL where there is none.
 */
struct sk_buff *toy_rxq_take(struct sock *sk, int flags, int *off,
			     unsigned long *seen)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff *skb;

	if (flags & MSG_PEEK)
		return toy_rxq_peek(sk, flags, off, seen);
	*off = 0;
	*seen = (unsigned long)&sk->sk_receive_queue;
	if (skb_queue_empty_lockless(&sk->sk_receive_queue))
		return NULL;

	toy_rx_lock(sk);
	skb = __skb_dequeue(&sk->sk_receive_queue);
	if (skb) {
		toy_rxq_account(sk, -(int)skb->truesize);
		*off = toy_buf_cb(skb)->off;
		toy_rxq_read(toy, toy_buf_left(skb));
	}
	toy_rx_unlock(sk);

	/*
	 * Who waits for room has put itself into room_wait and then looked
	 * under the lock: either it saw this message gone, or we see it.
	 */
	if (skb && waitqueue_active(&toy->room_wait))
		wake_up_interruptible(&toy->room_wait);
	return skb;
}

static void toy_rxq_unread(struct toy_sock *toy, u32 n)
{
	if (unlikely(toy->consumed < n))
		WRITE_ONCE(toy->consumed_wraps, toy->consumed_wraps - 1);
	WRITE_ONCE(toy->consumed, toy->consumed - n);
}

/**
 * toy_rxq_put_back() - the rest of a message is for the next read
 * @sk:		receiver
 * @skb:	message from toy_rxq_take(), not a peeked one; taken where it fits
 * @taken:	bytes of it that were read now
 *
 * It goes to where it came from. Readers that came in between got the next
 * message, as with any two reads at once.
 *
 * Context: no lock held.
 * Return: whether it was put back; not if the socket was disconnected.
 */
bool toy_rxq_put_back(struct sock *sk, struct sk_buff *skb, unsigned int taken)
{
	struct toy_sock *toy = toy_sk(sk);

	toy_rx_lock(sk);
	if (toy_buf_cb(skb)->era != toy->era) {
		toy_rx_unlock(sk);
		trace_toy_drop(sk, toy_buf_left(skb) - taken, TOY_DROP_UNREAD);
		toy_stat_inc(sock_net(sk), TOY_STAT_UNREAD);
		return false;
	}
	sk_peek_offset_bwd(sk, taken);
	toy_buf_cb(skb)->off += taken;
	toy_rxq_account(sk, skb->truesize);
	toy_rxq_unread(toy, toy_buf_left(skb));
	__skb_queue_head(&sk->sk_receive_queue, skb);
	toy_rx_unlock(sk);
	/* Who looked meanwhile saw nothing. */
	toy_data_ready(sk);
	return true;
}

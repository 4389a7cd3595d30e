// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket's receive queue: how a reader waits at it, and how it ends.
 *
 * The sender delivers straight into it, under the receiver's receive lock
 * (rxq_stream.c, rxq_message.c).
 */
#include <linux/filter.h>
#include <linux/sched/signal.h>

#include "../compat.h"
#include "../trace.h"
#include "histogram.h"
#include "rxq.h"
#include "stat.h"

/* What of a buffer nobody has read, where reading got to @consumed. */
static u32 toy_rxq_unread_of(const struct sock *sk, const struct sk_buff *skb,
			     u32 consumed)
{
	u32 end = toy_buf_cb(skb)->seq + skb->len;

	if (sk->sk_type != SOCK_STREAM)
		return toy_buf_left(skb);
	return min(end - consumed, skb->len);
}

/* Free what was queued with a socket that closes. */
static void toy_rxq_drop(struct sock *sk, struct sk_buff *skb, u32 consumed)
{
	u32 unread = toy_rxq_unread_of(sk, skb, consumed);

	/* A stream's buffer at hand holds nothing, an empty message is one. */
	if (!unread && (sk->sk_type == SOCK_STREAM || toy_buf_spent(skb))) {
		toy_buf_free(skb);
		return;
	}
	trace_toy_drop(sk, unread, TOY_DROP_UNREAD);
	toy_stat_inc(sock_net(sk), TOY_STAT_UNREAD);
	kfree_skb(skb);
}

/**
 * toy_rxq_shut() - the socket closes: take nothing any more, drop what is there
 * @sk:		receiver
 * @closed:	with that it is all over: the state is TCP_CLOSE
 *
 * Context: no lock held.
 * Return: whether there was anything unread.
 */
bool toy_rxq_shut(struct sock *sk, bool closed)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff_head queue;
	struct sk_buff *skb;
	bool unread;
	u32 consumed;

	__skb_queue_head_init(&queue);
	toy_rx_lock(sk);
	unread = !toy_rxq_empty(sk);
	WRITE_ONCE(toy->era, toy->era + 1);
	/* Of the others the shutdown bits tell, which a disconnect clears. */
	if (!toy_connection_type(sk))
		sock_set_flag(sk, SOCK_DEAD);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	skb_queue_splice_init(&sk->sk_receive_queue, &queue);
	consumed = toy->consumed;
	toy_rxq_read(toy, toy->written - consumed);
	WRITE_ONCE(toy->urg, 0);
	atomic_set(&sk->sk_rmem_alloc, 0);
	if (closed)
		toy_set_state(sk, TCP_CLOSE);
	toy_rx_unlock(sk);

	/* Frees wake the senders, who look at this queue: not under its lock. */
	while ((skb = __skb_dequeue(&queue)))
		toy_rxq_drop(sk, skb, consumed);
	return unread;
}

/**
 * toy_rxq_next_bytes() - what FIONREAD says
 * @sk:		socket
 *
 * Context: no lock held.
 * Return: a stream's bytes up to the urgent mark, or the next message's.
 */
int toy_rxq_next_bytes(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff *skb;
	int n = 0;

	toy_rx_lock(sk);
	if (sk->sk_type != SOCK_STREAM) {
		skb = skb_peek(&sk->sk_receive_queue);
		if (skb)
			n = toy_buf_left(skb);
	} else if (toy->urg && !sock_flag(sk, SOCK_URGINLINE)) {
		n = toy->urg_seq - toy->consumed;
	} else {
		n = toy_rxq_bytes(sk);
	}
	toy_rx_unlock(sk);
	return n;
}

/**
 * toy_rxq_wait() - sleep until there is something to do for a reader
 * @sk:		socket
 * @timeo:	time left in jiffies, counted down
 * @ready:	whether there is something to do
 * @seen:	for @ready: what has been seen already
 *
 * Several readers of messages or calls are woken one for each that arrives;
 * readers of a stream all together, since one may leave half of a write.
 *
 * Context: may sleep; no lock held.
 * Return: 0, look again; -EAGAIN when the time is up; -ERESTARTSYS or -EINTR.
 */
int toy_rxq_wait(struct sock *sk, long *timeo,
		 bool (*ready)(struct sock *sk, unsigned long seen),
		 unsigned long seen)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	if (!*timeo)
		return -EAGAIN;
	if (sk->sk_type == SOCK_STREAM && sk->sk_state != TCP_LISTEN)
		add_wait_queue(sk_sleep(sk), &wait);
	else
		add_wait_queue_exclusive(sk_sleep(sk), &wait);
	/*
	 * On the wait queue before looking. Pairs with skwq_has_sleeper() of
	 * whoever changes what @ready looks at, without a lock.
	 */
	smp_mb();
	if (!ready(sk, seen)) {
		if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		else
			*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/*
 * A small piece of a stream goes into the spare room of the last buffer, since
 * one of its own costs more memory than the window reckons with.
 */
static bool toy_rxq_join(struct sock *sk, const struct sk_buff *skb)
{
	struct sk_buff *last = skb_peek_tail(&sk->sk_receive_queue);

	if (!last || skb_is_nonlinear(last) || skb_cloned(last) ||
	    skb_tailroom(last) < skb->len || toy_rxq_stamps(sk) ||
	    toy_sk(sk)->reading == last || toy_histogram_on())
		return false;
	return !skb_copy_bits(skb, 0, skb_put(last, skb->len), skb->len);
}

/*
 * The filter of a receiver of messages, which may cut one short. Returns whether
 * it lets it through.
 */
static bool toy_rxq_pass(struct sock *sk, struct sk_buff *skb)
{
	u32 len = skb->len;

	if (!sk_filter(sk, skb))
		return true;
	toy_drops_skb(sk, skb);
	trace_toy_drop(sk, len, TOY_DROP_FILTER);
	toy_stat_inc(sock_net(sk), TOY_STAT_FILTERED);
	return false;
}

/* The mark of an urgent byte, @off bytes behind what was written so far. */
static struct sk_buff *toy_rxq_mark(struct sock *sk, u32 off, u8 byte)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff *done = toy_rxq_skip_urgent(sk);

	WRITE_ONCE(toy->urg_seq, toy->written + off);
	WRITE_ONCE(toy->urg, TOY_URG_VALID | byte);
	return done;
}

/* Queue what arrived. Under the receive lock. Returns whether @skb was taken. */
static bool toy_rxq_put(struct sock *sk, struct sk_buff *skb)
{
	struct toy_sock *toy = toy_sk(sk);
	bool stream = sk->sk_type == SOCK_STREAM;

	trace_toy_rcv(sk, skb->len);
	if (stream && skb->len <= TOY_BUF_SMALL && toy_rxq_join(sk, skb)) {
		toy_rxq_wrote(toy, skb->len);
		return false;
	}
	if (stream)
		toy_buf_cb(skb)->seq = toy->written;
	if (toy_rxq_stamps(sk))
		__net_timestamp(skb);
	toy_buf_cb(skb)->era = toy->era;
	toy_buf_cb(skb)->queued = toy_histogram_start(sk);
	toy_rxq_account(sk, skb->truesize);
	toy_rxq_wrote(toy, skb->len);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	return true;
}

/**
 * toy_rxq_arrive() - bytes of a stream, or a message, came over a link
 * @sk:		receiver
 * @skb:	the payload, without a sender; taken
 * @urgent:	which byte of a stream's is urgent; -1: none
 *
 * Who reads no more has it thrown away; so is what the filter of a receiver of
 * messages does not let through. Tell the reader afterwards.
 *
 * Context: any but hard interrupt; no receive lock held.
 * Return: how many bytes were thrown away, and nobody will read.
 */
u32 toy_rxq_arrive(struct sock *sk, struct sk_buff *skb, int urgent)
{
	struct sk_buff *done = NULL;
	u32 len = skb->len, kept = 0;
	bool taken = false;
	u8 byte = 0;

	if (urgent >= 0)
		skb_copy_bits(skb, urgent, &byte, 1);
	toy_rx_lock(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN || sock_flag(sk, SOCK_DEAD)) {
		trace_toy_drop(sk, len, TOY_DROP_UNREAD);
	} else if (sk->sk_type == SOCK_STREAM || toy_rxq_pass(sk, skb)) {
		kept = skb->len;
		if (urgent >= 0)
			done = toy_rxq_mark(sk, urgent, byte);
		taken = toy_rxq_put(sk, skb);
	}
	toy_rx_unlock(sk);
	if (done)
		toy_buf_free(done);
	if (!taken)
		consume_skb(skb);
	return len - kept;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive queue of a stream: bytes in buffers.
 *
 * Documentation/architecture/queues.md draws the life of a buffer here.
 *
 * Invariant: only the last buffer may be empty (all of it read). Who appends
 * behind an empty one takes that away.
 */
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../trace.h"
#include "histogram.h"
#include "rxq.h"

/* Whether all of a stream's buffer has been read. */
static bool toy_rxq_drained(const struct sock *sk, const struct sk_buff *skb)
{
	return toy_sk(sk)->consumed == toy_buf_cb(skb)->seq + skb->len;
}

static inline bool toy_rxq_closed(const struct sock *sk)
{
	lockdep_assert_held(&sk->sk_receive_queue.lock);
	return sk->sk_shutdown & RCV_SHUTDOWN || sock_flag(sk, SOCK_DEAD);
}

/*
 * Whether the socket takes bytes from that sender: it may be closed, or have
 * been disconnected, or be another one that the slab made of it.
 */
static bool toy_rxq_takes(const struct sock *sk, const struct sock *from)
{
	return !toy_rxq_closed(sk) &&
	       rcu_access_pointer(toy_sk(sk)->peer) == from;
}

/*
 * A second urgent byte comes while the reader stands at the first one: that one
 * is skipped, as it would have been by the next read (tcp_check_urg() does it
 * too). A reader in the middle of a copy has decided already; let him.
 */
struct sk_buff *toy_rxq_skip_urgent(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);

	if (!toy->urg || toy->urg_seq != toy->consumed ||
	    sock_flag(sk, SOCK_URGINLINE) || mutex_is_locked(&toy->rx_mutex))
		return NULL;
	return toy_rxq_consume(sk, 1);
}

/*
 * The stream has grown by @n bytes, of which the last, that of @skb, may be urgent.
 * Returns a buffer to be freed after the lock is dropped, or NULL.
 */
static inline struct sk_buff *toy_rxq_grow(struct sock *sk,
					   const struct sk_buff *skb, u32 n,
					   bool urgent)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff *done;
	u8 last = 0;

	trace_toy_rcv(sk, n);
	toy_rxq_wrote(toy, n);
	if (likely(!urgent))
		return NULL;
	skb_copy_bits(skb, skb->len - 1, &last, 1);
	done = toy_rxq_skip_urgent(sk);
	WRITE_ONCE(toy->urg_seq, toy->written - 1);
	WRITE_ONCE(toy->urg, TOY_URG_VALID | last);
	return done;
}

/*
 * Whether bytes may be put behind those that are in a buffer: only by the same
 * sender, not where each write carries a time of its own, and not while a reader
 * copies from it without the lock, who must not see its length change.
 */
static inline bool toy_rxq_may_join(const struct sock *sk,
				    const struct sk_buff *skb,
				    const struct toy_creds *creds)
{
	return toy_buf_has_creds(skb, creds) && !toy_rxq_stamps(sk) &&
	       toy_sk(sk)->reading != skb;
}

/*
 * The room in the last buffer for the caller's bytes. An empty one is filled from
 * its start, whoever filled it before.
 */
static unsigned int toy_rxq_room(struct sock *sk, struct sk_buff *skb,
				 const struct toy_creds *creds)
{
	unsigned int capacity = toy_buf_capacity(skb);

	if (!capacity)
		return 0;
	if (!toy_rxq_drained(sk, skb))
		return toy_rxq_may_join(sk, skb, creds) ?
		       capacity - skb->len : 0;
	toy_buf_resize(skb, 0);
	skb->tstamp = 0;
	toy_buf_cb(skb)->seq = toy_sk(sk)->written;
	toy_buf_cb(skb)->queued = toy_histogram_start(sk);
	toy_buf_set_creds(skb, creds);
	if (toy_rxq_stamps(sk))
		__net_timestamp(skb);
	return capacity;
}

/**
 * toy_rxq_fill() - put a small write into the spare room of the last buffer
 * @sk:		receiving stream
 * @from:	sending stream
 * @msg:	what is written; advanced by the bytes taken
 * @len:	bytes of it to take: all or none
 * @creds:	whose they are
 * @urgent:	the last byte is urgent
 *
 * Copies while the receive lock is held, so with page faults off; where the
 * user's page is not there, the caller goes the long way with a buffer of its
 * own.
 *
 * Context: the caller is under RCU or holds a reference on @sk, and no lock.
 * Return: @len; 0 where it does not fit; -EPIPE where @sk takes no more.
 */
int toy_rxq_fill(struct sock *sk, struct sock *from, struct msghdr *msg,
		 size_t len, const struct toy_creds *creds, bool urgent)
{
	struct sk_buff *skb, *done = NULL;
	int ret = 0;
	size_t n;

	toy_rx_lock(sk);
	if (!toy_rxq_takes(sk, from)) {
		ret = -EPIPE;
		goto unlock;
	}
	skb = skb_peek_tail(&sk->sk_receive_queue);
	if (!skb || toy_rxq_room(sk, skb, creds) < len)
		goto unlock;

	pagefault_disable();
	n = toy_buf_write(skb, skb->len, len, &msg->msg_iter);
	pagefault_enable();
	if (n != len) {
		iov_iter_revert(&msg->msg_iter, n);
		goto unlock;
	}
	toy_buf_resize(skb, skb->len + len);
	done = toy_rxq_grow(sk, skb, len, urgent);
	ret = len;
unlock:
	toy_rx_unlock(sk);
	if (unlikely(done))
		toy_buf_free(done);
	return ret;
}

/**
 * toy_rxq_lags() - whether a sender's small writes pile up, and can be put together
 * @sk:		receiving stream
 * @creds:	the sender's
 *
 * Context: no lock held.
 */
bool toy_rxq_lags(struct sock *sk, const struct toy_creds *creds)
{
	const struct sk_buff *skb;
	bool lags;

	toy_rx_lock(sk);
	skb = skb_peek_tail(&sk->sk_receive_queue);
	lags = skb && !toy_rxq_drained(sk, skb) &&
	       toy_rxq_may_join(sk, skb, creds);
	toy_rx_unlock(sk);
	return lags;
}

/**
 * toy_rxq_steal() - take the empty buffer at the end of a stream's queue
 * @sk:		receiving stream
 * @from:	sending stream
 * @len:	bytes it has to hold
 * @creds:	whose they will be
 *
 * For large writes, which are copied without the lock. The buffer is still
 * charged to the sender and comes back by toy_rxq_append().
 *
 * Context: the caller holds a reference on @sk and no lock.
 * Return: the buffer, spanning @len bytes; NULL where there is none.
 */
struct sk_buff *toy_rxq_steal(struct sock *sk, struct sock *from, size_t len,
			      const struct toy_creds *creds)
{
	struct sk_buff *skb;

	toy_rx_lock(sk);
	skb = skb_peek_tail(&sk->sk_receive_queue);
	if (skb && toy_rxq_drained(sk, skb) && skb->sk == from &&
	    toy_rxq_takes(sk, from) && toy_buf_capacity(skb) >= len)
		__skb_unlink(skb, &sk->sk_receive_queue);
	else
		skb = NULL;
	toy_rx_unlock(sk);

	if (skb) {
		skb->tstamp = 0;
		toy_buf_resize(skb, len);
		toy_buf_set_creds(skb, creds);
	}
	return skb;
}

/**
 * toy_rxq_append() - queue a buffer at the end of a stream
 * @sk:		receiving stream
 * @skb:	the buffer, filled; taken unless -EPIPE is returned
 * @urgent:	the last byte is urgent
 *
 * Context: the caller holds a reference on @sk and no lock.
 * Return: 0; -EPIPE where @sk takes no more.
 */
int toy_rxq_append(struct sock *sk, struct sk_buff *skb, bool urgent)
{
	struct sk_buff *empty, *done;

	toy_rx_lock(sk);
	if (!toy_rxq_takes(sk, skb->sk)) {
		toy_rx_unlock(sk);
		return -EPIPE;
	}
	empty = skb_peek_tail(&sk->sk_receive_queue);
	if (empty && toy_rxq_drained(sk, empty))
		__skb_unlink(empty, &sk->sk_receive_queue);
	else
		empty = NULL;
	toy_buf_cb(skb)->seq = toy_sk(sk)->written;
	toy_buf_cb(skb)->queued = toy_histogram_start(sk);
	if (toy_rxq_stamps(sk))
		__net_timestamp(skb);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	done = toy_rxq_grow(sk, skb, skb->len, urgent);
	toy_rx_unlock(sk);

	if (empty)
		toy_buf_recycle(empty);
	toy_buf_free(done);
	return 0;
}

/**
 * toy_rxq_find() - the buffer that holds a byte of a stream
 * @sk:		receiving stream
 * @seq:	sequence number of the byte, which is there
 *
 * Context: under the receive lock. The buffer stays after it is dropped, as
 * long as the caller holds rx_mutex and does not consume it.
 */
struct sk_buff *toy_rxq_find(const struct sock *sk, u32 seq)
{
	struct sk_buff *skb;

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		if (seq - toy_buf_cb(skb)->seq < skb->len)
			return skb;
	}
	return NULL;
}

/*
 * Whether an empty buffer stays for the next write. One whose pages somebody else may
 * hold would be charged to its sender, and of no use to him.
 */
static bool toy_rxq_keeps(const struct sock *sk, const struct sk_buff *skb)
{
	return skb_queue_is_last(&sk->sk_receive_queue, skb) &&
	       !toy_rxq_closed(sk) && !toy_buf_cb(skb)->lent &&
	       skb->truesize <= READ_ONCE(skb->sk->sk_sndbuf) >> 1;
}

/**
 * toy_rxq_consume() - bytes of the first buffer have been read
 * @sk:		receiving stream
 * @n:		how many, at most what the first buffer still holds
 *
 * The last buffer stays in the queue when it is empty, for the next write,
 * unless that would hold more than half of the sender's memory.
 *
 * Context: under the receive lock.
 * Return: a buffer that the caller gives up once the lock is dropped, or NULL.
 */
struct sk_buff *toy_rxq_consume(struct sock *sk, u32 n)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	struct toy_sock *toy = toy_sk(sk);

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	toy_rxq_read(toy, n);
	if (toy->urg && (s32)(toy->consumed - toy->urg_seq) > 0)
		WRITE_ONCE(toy->urg, 0);
	if (!toy_rxq_drained(sk, skb))
		return NULL;
	if (!skb->sk)
		toy_rxq_account(sk, -(int)skb->truesize);
	else if (toy_rxq_keeps(sk, skb))
		return NULL;
	__skb_unlink(skb, &sk->sk_receive_queue);
	return skb;
}

/**
 * toy_rxq_trim() - no more is written to a stream: drop the buffer at hand
 * @sk:		receiving stream
 *
 * It would pin its sender until the reader closes.
 *
 * Context: under the receive lock.
 * Return: a buffer that the caller frees once the lock is dropped, or NULL.
 */
struct sk_buff *toy_rxq_trim(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_receive_queue);

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	if (sk->sk_type != SOCK_STREAM || !skb || !toy_rxq_drained(sk, skb))
		return NULL;
	__skb_unlink(skb, &sk->sk_receive_queue);
	return skb;
}

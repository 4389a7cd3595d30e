/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket's receive queue.
 *
 * Streams: buffers in sequence, each of which knows the sequence number of its
 * first byte; "written - consumed" bytes are there to be read. The last buffer
 * may be empty: it stays as the buffer at hand.
 * Messages: one buffer a message.
 */
#ifndef _TOY_CORE_RXQ_H
#define _TOY_CORE_RXQ_H

#include "buf.h"

struct msghdr;

/* The most bytes copied while a receive lock is held: a microsecond or two. */
#define TOY_COPY_LOCKED	SZ_16K

/* Count bytes up, and the times that the count begins anew. */
static inline void toy_rxq_count(u32 *count, u32 *wraps, u32 n)
{
	u32 sum = *count + n;

	if (unlikely(sum < n))
		WRITE_ONCE(*wraps, *wraps + 1);
	WRITE_ONCE(*count, sum);
}

/* So many bytes more were queued. Under the receive lock. */
static inline void toy_rxq_wrote(struct toy_sock *toy, u32 n)
{
	toy_rxq_count(&toy->written, &toy->written_wraps, n);
}

/* So many bytes more were read. Under the receive lock. */
static inline void toy_rxq_read(struct toy_sock *toy, u32 n)
{
	toy_rxq_count(&toy->consumed, &toy->consumed_wraps, n);
}

/* Bytes that wait to be read. */
static inline u32 toy_rxq_bytes(const struct sock *sk)
{
	u32 consumed = READ_ONCE(toy_sk(sk)->consumed);

	/* Without the lock: what was read had been written. */
	smp_rmb();
	return READ_ONCE(toy_sk(sk)->written) - consumed;
}

/* Whether the receiver wants to know when its data came (SO_TIMESTAMP*). */
static inline bool toy_rxq_stamps(const struct sock *sk)
{
	return READ_ONCE(sk->sk_flags) & SK_FLAGS_TIMESTAMP;
}

/* Whether there is anything to read. */
static inline bool toy_rxq_empty(const struct sock *sk)
{
	if (sk->sk_type == SOCK_STREAM)
		return !toy_rxq_bytes(sk);
	return skb_queue_empty_lockless(&sk->sk_receive_queue);
}

/* Whether messages came since toy_rxq_take() found none, see there. */
static inline bool toy_rxq_has_new(const struct sock *sk, unsigned long seen)
{
	return (unsigned long)READ_ONCE(sk->sk_receive_queue.prev) != seen;
}

int toy_rxq_fill(struct sock *sk, struct sock *from, struct msghdr *msg,
		 size_t len, const struct toy_creds *creds, bool urgent);
struct sk_buff *toy_rxq_steal(struct sock *sk, struct sock *from, size_t len,
			      const struct toy_creds *creds);
bool toy_rxq_lags(struct sock *sk, const struct toy_creds *creds);
int toy_rxq_append(struct sock *sk, struct sk_buff *skb, bool urgent);

struct sk_buff *toy_rxq_find(const struct sock *sk, u32 seq);
struct sk_buff *toy_rxq_consume(struct sock *sk, u32 n);
struct sk_buff *toy_rxq_trim(struct sock *sk);

/*
 * recvmsg: read as a file is read, which toyfs' data does (sock/text.c). Not for
 * programs: looked at only where toy_compat_set_file() has been, which nobody else calls.
 */
#define TOY_MSG_FILE	0x00400000

int toy_rxq_deliver(struct sock *sk, struct sk_buff *skb,
		    const struct toy_addr *from);
bool toy_rxq_has_room(const struct sock *sk, unsigned int truesize);
struct sk_buff *toy_rxq_take(struct sock *sk, int flags, int *off,
			     unsigned long *seen);
bool toy_rxq_put_back(struct sock *sk, struct sk_buff *skb, unsigned int taken);
int toy_rxq_next_bytes(struct sock *sk);

bool toy_rxq_shut(struct sock *sk, bool closed);
u32 toy_rxq_arrive(struct sock *sk, struct sk_buff *skb, int urgent);
struct sk_buff *toy_rxq_skip_urgent(struct sock *sk);

/* sk_rmem_alloc changes under the receive lock alone: no atomic add needed. */
static inline void toy_rxq_account(struct sock *sk, int truesize)
{
	atomic_set(&sk->sk_rmem_alloc,
		   atomic_read(&sk->sk_rmem_alloc) + truesize);
}

int toy_rxq_wait(struct sock *sk, long *timeo,
		 bool (*ready)(struct sock *sk, unsigned long seen),
		 unsigned long seen);

#endif /* _TOY_CORE_RXQ_H */

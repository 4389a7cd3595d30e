// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local backend: from one socket's system call straight into the other
 * one's receive queue. No header, no softirq, no copy but the user's two.
 *
 * What is delivered is accepted: there is nothing to acknowledge, and the
 * sender learns of a closed peer in the call itself.
 */
#include <linux/sched/signal.h>

#include "../core/buf.h"
#include "../core/port.h"
#include "../core/room.h"
#include "../core/rxq.h"
#include "../trace.h"
#include "backend.h"
#include "local.h"

/* ---- sending ---- */

/* Bytes have arrived with the peer, the last one of them maybe urgent. */
static void local_arrived(struct sock *sk, struct sock *peer, unsigned int len,
			  bool urgent)
{
	trace_toy_xmit(sk, len);
	if (unlikely(urgent))
		toy_signal_urgent(peer);
	toy_data_ready(peer);
}

/* A small write, into the buffer that the peer has at hand; 0: it has none. */
static ssize_t local_send_quick(struct sock *sk, u8 era, struct msghdr *msg,
				size_t len, const struct toy_creds *creds,
				bool urgent)
{
	struct sock *peer;
	int n = -EPIPE;

	rcu_read_lock();
	peer = rcu_dereference(toy_sk(sk)->peer);
	if (likely(peer && READ_ONCE(toy_sk(sk)->era) == era))
		n = toy_rxq_fill(peer, sk, msg, len, creds, urgent);
	if (likely(n > 0))
		local_arrived(sk, peer, n, urgent);
	rcu_read_unlock();
	return n;
}

/*
 * How much a new buffer for @len bytes is to have room for. Where the reader lags
 * behind, what comes next is filled in, and does not take a buffer of its own.
 */
static size_t local_buffer_room(const struct sock *sk, struct sock *peer,
				size_t len, const struct toy_creds *creds)
{
	size_t most = min_t(size_t, READ_ONCE(sk->sk_sndbuf) / 4, TOY_BUF_LARGE);

	if (len > TOY_COPY_LOCKED || !toy_rxq_lags(peer, creds))
		return len;
	return max_t(size_t, len, rounddown_pow_of_two(most));
}

/* A buffer that spans so many bytes: one that is at hand, or a new one. */
static struct sk_buff *local_buffer(struct sock *sk, struct sock *peer,
				    const struct msghdr *msg, size_t len,
				    const struct toy_creds *creds, int *err)
{
	struct sk_buff *skb = NULL;

	/* Small ones too where it alone fills the (shrunken) send buffer. */
	if (len > PAGE_SIZE ||
	    sk_wmem_alloc_get(sk) >= READ_ONCE(sk->sk_sndbuf))
		skb = toy_rxq_steal(peer, sk, len, creds);
	if (!skb)
		skb = toy_buf_take_spare(sk, len, creds);
	if (skb)
		return skb;
	skb = toy_buf_alloc(sk, local_buffer_room(sk, peer, len, creds),
			    msg->msg_flags & MSG_DONTWAIT, creds, err);
	if (skb)
		toy_buf_resize(skb, len);
	return skb;
}

/* Send up to a buffer full of a stream, through a buffer of its own. */
static ssize_t local_send_buffer_to(struct sock *sk, struct sock *peer,
				    struct msghdr *msg, size_t len,
				    const struct toy_creds *creds, bool urgent)
{
	struct sk_buff *skb;
	int err;

	skb = local_buffer(sk, peer, msg, len, creds, &err);
	if (!skb)
		return err;
	err = toy_buf_copy_from(skb, msg, len);
	if (!err)
		err = toy_rxq_append(peer, skb, urgent);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	local_arrived(sk, peer, len, urgent);
	return len;
}

/* The same, which may sleep: the peer is held, the socket may lose it. */
static ssize_t local_send_buffer(struct sock *sk, u8 era, struct msghdr *msg,
				 size_t len, const struct toy_creds *creds,
				 bool urgent)
{
	struct sock *peer = toy_peer_get(sk);
	ssize_t n = -EPIPE;

	if (!peer)
		return n;
	if (likely(READ_ONCE(toy_sk(sk)->era) == era))
		n = local_send_buffer_to(sk, peer, msg, len, creds, urgent);
	sock_put(peer);
	return n;
}

/* Two buffers in the send buffer let both ends work at once. */
static size_t local_buffer_size(const struct sock *sk, size_t len)
{
	size_t half = READ_ONCE(sk->sk_sndbuf) / 2;

	return min3(len, half, (size_t)TOY_BUF_LARGE);
}

/* Unless the socket was disconnected meanwhile. */
static void local_keep_reset(struct sock *sk, u8 era)
{
	toy_rx_lock(sk);
	if (toy_sk(sk)->era == era)
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	toy_rx_unlock(sk);
}

static ssize_t local_send_stream(struct sock *sk, struct msghdr *msg,
				 size_t len, const struct toy_creds *creds)
{
	/* One call sends to one peer: a disconnect in between ends it. */
	u8 era = READ_ONCE(toy_sk(sk)->era);
	bool oob = msg->msg_flags & MSG_OOB;
	size_t sent = 0;
	ssize_t n = 0;

	while (sent < len) {
		size_t left = len - sent;

		n = 0;
		if (left <= TOY_COPY_LOCKED)
			n = local_send_quick(sk, era, msg, left, creds, oob);
		if (!n) {
			size_t size = local_buffer_size(sk, left);

			n = local_send_buffer(sk, era, msg, size, creds,
					      oob && size == left);
		}
		if (n < 0)
			break;
		sent += n;
	}
	if (!sent)
		return n;
	/* The reset that cut this call short is for the next one to tell. */
	if (n == -ECONNRESET)
		local_keep_reset(sk, era);
	return sent;
}

/* Whether a receiver found earlier is still the one at an address. */
static bool local_still_there(const struct sock *peer,
			      const struct toy_addr *to)
{
	struct toy_addr bound = toy_addr_read(&toy_sk(peer)->bound);

	return !sock_flag(peer, SOCK_DEAD) && bound.port == to->port &&
	       (bound.node == TOY_NODE_ANY || bound.node == to->node);
}

/* Who gets a datagram: the peer of old while it lives, else who is there. */
static struct sock *local_receiver(struct sock *sk, const struct toy_addr *to,
				   const struct toy_addr *from)
{
	struct toy_addr remote;
	struct sock *peer;

	if (to)
		return toy_port_lookup(sock_net(sk), TOY_SPACE_DGRAM, to, from);

	remote = toy_addr_read(&toy_sk(sk)->remote);
	peer = toy_peer_get(sk);
	if (peer && (!remote.port || local_still_there(peer, &remote)))
		return peer;
	if (peer)
		sock_put(peer);
	peer = toy_port_lookup(sock_net(sk), TOY_SPACE_DGRAM, &remote, from);
	if (peer)
		toy_peer_set(sk, peer);
	return peer;
}

/*
 * The receiver is full, and the caller does not wait. An edge-triggered poller
 * or a SIGIO handler waits for the edge now: see that there will be one.
 */
static void local_refused(struct sock *sk, struct sock *peer,
			  unsigned int truesize)
{
	WRITE_ONCE(toy_sk(sk)->refused, truesize);
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	if (!toy_room_relay(sk, peer))
		toy_room_ready(sk);
}

/* Find the receiver, wait for room with him, queue the datagram. */
static int local_send_datagram(struct sock *sk, const struct toy_addr *to,
			       struct sk_buff *skb, long timeo)
{
	struct toy_addr from = toy_buf_cb(skb)->from;
	unsigned int len = skb->len;
	bool waited = false;
	struct sock *peer;
	int err;

	for (;;) {
		peer = local_receiver(sk, to, &from);
		if (!peer)
			return -ECONNREFUSED;
		err = toy_rxq_deliver(peer, skb, &from);
		if (err != -EAGAIN)
			break;
		if (!timeo) {
			if (!to)
				local_refused(sk, peer, skb->truesize);
			break;
		}
		err = toy_room_wait(peer, skb->truesize, &timeo, NULL);
		if (err)
			break;
		waited = true;
		if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) {
			err = -EPIPE;
			break;
		}
		sock_put(peer);
	}
	if (!err) {
		toy_sent_add(sk, len);
		if (READ_ONCE(toy_sk(sk)->refused))
			WRITE_ONCE(toy_sk(sk)->refused, 0);
	}
	if (waited)
		toy_room_pass_on(peer);
	sock_put(peer);
	return err;
}

/* The address under which the receiver of a datagram can answer it. */
static struct toy_addr local_from(const struct sock *sk,
				  const struct toy_addr *to)
{
	const struct toy_sock *toy = toy_sk(sk);
	struct toy_addr peer = to ? *to : toy_addr_read(&toy->remote);

	if (!toy->bound.port)
		return toy_addr(TOY_NODE_ANY, TOY_PORT_ANY);
	return toy_addr(toy_node_shown(toy->bound.node, peer.node),
			toy->bound.port);
}

/* To the peer of a seqpacket, which the socket may lose at this moment. */
static int local_send_record(struct sock *sk, struct sk_buff *skb)
{
	struct sock *peer;
	int err = -EPIPE;

	rcu_read_lock();
	peer = rcu_dereference(toy_sk(sk)->peer);
	if (likely(peer))
		err = toy_rxq_deliver(peer, skb, NULL);
	rcu_read_unlock();
	return err;
}

static ssize_t local_send_message(struct sock *sk, const struct toy_addr *to,
				  struct msghdr *msg, size_t len,
				  const struct toy_creds *creds)
{
	bool nonblock = msg->msg_flags & MSG_DONTWAIT;
	struct sk_buff *skb;
	int err;

	skb = toy_buf_alloc_message(sk, len, nonblock, creds, &err);
	if (!skb)
		return err;
	err = toy_buf_copy_from(skb, msg, len);
	if (err)
		goto free;

	if (toy_connection_type(sk)) {
		toy_buf_cb(skb)->eor = msg->msg_flags & MSG_EOR;
		err = local_send_record(sk, skb);
	} else {
		toy_buf_cb(skb)->from = local_from(sk, to);
		err = local_send_datagram(sk, to, skb,
					  sock_sndtimeo(sk, nonblock));
	}
	if (err)
		goto free;
	trace_toy_xmit(sk, len);
	return len;
free:
	kfree_skb(skb);
	return err;
}

/* ---- room ---- */

/* Whether a stream's peer has read everything, and has an empty buffer. */
static bool local_has_buffer(const struct sock *peer, const struct sock *sk)
{
	return local_is_peer(peer, sk) && toy_rxq_empty(peer) &&
	       !skb_queue_empty_lockless(&peer->sk_receive_queue);
}

/*
 * A stream that has been read up is writable whatever its one empty buffer
 * takes of the send buffer. A datagram socket needs room with its peer as well.
 */
static bool local_writable(const struct sock *sk)
{
	bool room = toy_sock_has_room(sk);
	const struct sock *peer;

	rcu_read_lock();
	/* It may be another socket by now: the slab keeps it a socket. */
	peer = rcu_dereference(toy_sk(sk)->peer);
	if (peer && sk->sk_type == SOCK_STREAM)
		room |= local_has_buffer(peer, sk);
	else if (peer && sk->sk_type == SOCK_DGRAM && toy_connected(sk))
		room &= sock_flag(peer, SOCK_DEAD) ||
			toy_rxq_has_room(peer, toy_room_wanted(sk));
	rcu_read_unlock();
	return room;
}

/*
 * Freed buffers tell the sender of room when their memory is given back; the
 * one that stays in the queue has to be told of.
 */
static void local_drained(struct sock *sk)
{
	struct sock *peer;

	rcu_read_lock();
	/* One wake-up too many, where the slab made another socket of it. */
	peer = rcu_dereference(toy_sk(sk)->peer);
	if (likely(peer) && !toy_sock_has_room(peer))
		toy_room_ready(peer);
	rcu_read_unlock();
}

/* Datagrams may lie with many receivers: as UDP, by the memory they take. */
static int local_unread(struct sock *sk)
{
	const struct sock *peer;
	int n;

	if (!toy_connection_type(sk))
		return sk_wmem_alloc_get(sk);
	rcu_read_lock();
	/* This socket may close, see local_writable(). */
	peer = rcu_dereference(toy_sk(sk)->peer);
	n = peer && local_is_peer(peer, sk) ? toy_rxq_bytes(peer) : 0;
	rcu_read_unlock();
	return n;
}

const struct toy_backend toy_local = {
	.name		= "local",
	.connect	= toy_local_connect,
	.send_stream	= local_send_stream,
	.send_message	= local_send_message,
	.drained	= local_drained,
	.shutdown	= toy_local_shutdown,
	.close		= toy_local_close,
	.writable	= local_writable,
	.unread		= local_unread,
};

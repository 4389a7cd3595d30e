// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is to know of a socket, for whoever shows it: getsockopt, sock_diag,
 * /proc, toyfs. All of it is read while the socket works, none of it may be used
 * to decide anything.
 */
#include <linux/sock_diag.h>

#include "../backend/backend.h"
#include "histogram.h"
#include "info.h"
#include "rxq.h"

/* A count of bytes and how often it began anew, as one. */
static u64 toy_info_sum(u32 count, u32 wraps)
{
	return (u64)wraps << 32 | count;
}

static u64 toy_info_bytes_in(struct sock *sk)
{
	u64 total;

	toy_rx_lock(sk);
	total = toy_info_sum(toy_sk(sk)->consumed, toy_sk(sk)->consumed_wraps);
	toy_rx_unlock(sk);
	return total;
}

/*
 * Whether what a peer counts came from us: it is our peer, or has closed after a
 * life of one connection. One that was disconnected counts for others, or has.
 */
static bool toy_info_counts_for(const struct sock *peer, const struct sock *sk)
{
	const struct sock *other = rcu_access_pointer(toy_sk(peer)->peer);

	return other ? other == sk : !toy_sk(peer)->id && toy_sk(peer)->era == 1;
}

/* Of a connection it is what was queued with the peer, which counts it. */
static u64 toy_info_bytes_out(struct sock *sk)
{
	struct sock *peer;
	u64 total = 0;

	if (!toy_connection_type(sk))
		return READ_ONCE(toy_sk(sk)->sent);
	peer = toy_peer_get(sk);
	if (!peer)
		return 0;
	toy_rx_lock(peer);
	if (toy_info_counts_for(peer, sk))
		total = toy_info_sum(toy_sk(peer)->written,
				     toy_sk(peer)->written_wraps);
	toy_rx_unlock(peer);
	sock_put(peer);
	return total;
}

/**
 * toy_info_of_link() - what a socket's backend knows of its connection
 * @sk:		socket
 * @info:	its fields are set; left alone where there is no link
 *
 * Context: process; no lock is needed: a connect of another thread may change the
 * backend meanwhile, for one that has nothing to say.
 */
void toy_info_of_link(struct sock *sk, struct toy_info *info)
{
	const struct toy_backend *backend = READ_ONCE(toy_sk(sk)->backend);

	if (backend->info)
		backend->info(sk, info);
}

/**
 * toy_info_fill() - struct toy_info of a socket
 * @sk:		socket
 * @info:	set, all of it
 *
 * Context: process; no receive lock held.
 */
void toy_info_fill(struct sock *sk, struct toy_info *info)
{
	memset(info, 0, sizeof(*info));
	info->toyi_state = READ_ONCE(sk->sk_state);
	if (sk->sk_type != SOCK_STREAM)
		info->toyi_max_message = READ_ONCE(sk->sk_sndbuf) -
					 TOY_MESSAGE_RESERVE;
	info->toyi_drops[TOY_DROP_FILTER] = atomic_read(&sk->sk_drops);
	info->toyi_bytes_in = toy_info_bytes_in(sk);
	info->toyi_bytes_out = toy_info_bytes_out(sk);
	toy_info_of_link(sk, info);
	toy_histogram_fill(sk, info);
}

/**
 * toy_info_names() - the addresses of a socket, for those who look
 * @sk:		socket
 * @local:	set: as getsockname(2) has it
 * @remote:	set: as getpeername(2) has it; port 0: none
 *
 * Of a call that is on its way over a link it is whom it is for, as with TCP.
 *
 * Context: any but hard interrupt.
 */
void toy_info_names(struct sock *sk, struct toy_addr *local,
		    struct toy_addr *remote)
{
	const struct toy_backend *backend = READ_ONCE(toy_sk(sk)->backend);

	*local = toy_addr_read(&toy_sk(sk)->local);
	*remote = toy_addr_read(&toy_sk(sk)->remote);
	if (!remote->port && backend->names)
		backend->names(sk, local, remote);
}

/**
 * toy_info_queues() - how much waits in a socket's queues
 * @sk:		socket
 * @queues:	set
 *
 * As ss has it: a listener shows calls and its backlog.
 *
 * Context: any but hard interrupt.
 */
void toy_info_queues(struct sock *sk, struct toy_queues *queues)
{
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN) {
		queues->rx = READ_ONCE(sk->sk_ack_backlog);
		queues->tx = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}
	queues->rx = toy_rxq_bytes(sk);
	queues->tx = READ_ONCE(toy_sk(sk)->backend)->unread(sk);
}

/**
 * toy_info_peer() - who is at the other end
 * @sk:		socket
 * @peer:	set
 *
 * Context: process.
 */
void toy_info_peer(struct sock *sk, struct toy_peer_id *peer)
{
	struct sock *other = toy_peer_get(sk);

	memset(peer, 0, sizeof(*peer));
	if (!other)
		return;
	/* One that has closed is held, but is nobody any more. */
	if (READ_ONCE(toy_sk(other)->id)) {
		peer->ino = sock_i_ino(other);
		sock_diag_save_cookie(other, peer->cookie);
	}
	sock_put(other);
}

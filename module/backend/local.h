/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local backend's own: what its files share.
 */
#ifndef _TOY_BACKEND_LOCAL_H
#define _TOY_BACKEND_LOCAL_H

#include "../core/sock.h"

/* The peer of a stream or seqpacket, under lock_sock(): it stays meanwhile. */
static inline struct sock *local_peer(const struct sock *sk)
{
	return rcu_dereference_protected(toy_sk(sk)->peer, true);
}

/*
 * Whether a peer still means that socket: it may have been disconnected, and
 * have another one. Exact under the peer's receive lock, else a hint.
 */
static inline bool local_is_peer(const struct sock *peer,
				 const struct sock *sk)
{
	return rcu_access_pointer(toy_sk(peer)->peer) == sk;
}

/* local_conn.c */
int toy_local_connect(struct sock *sk, const struct toy_addr *to, int flags);
void toy_local_shutdown(struct sock *sk, int how);
void toy_local_close(struct sock *sk, bool abort);

#endif /* _TOY_BACKEND_LOCAL_H */

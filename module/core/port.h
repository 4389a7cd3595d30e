/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: who holds which, and who answers there.
 */
#ifndef _TOY_CORE_PORT_H
#define _TOY_CORE_PORT_H

#include "sock.h"

/**
 * struct toy_port - a port that is in use, in one port space
 * @owners:	every socket that holds it, by toy_sock.port_node: bound ones
 *		and the children of listeners
 * @takers:	those of them that calls or datagrams go to, by sk_nulls_node;
 *		the list ends in the port number, so that a reader who strayed
 *		into another list with a socket that was used again notices
 * @port:	the number
 * @rcu:	it is freed a grace period after its last owner left
 *
 * Changed under the lock of the port space's xarray; @takers is read under RCU.
 */
struct toy_port {
	struct hlist_head	owners;
	struct hlist_nulls_head	takers;
	u16			port;
	struct rcu_head		rcu;
};

int toy_port_bind(struct sock *sk, u32 node, u16 port);
int toy_port_listen(struct sock *sk);
void toy_port_unlisten(struct sock *sk);
bool toy_port_inherit(struct sock *child, struct sock *listener);
void toy_port_release(struct sock *sk);

struct sock *toy_port_lookup(struct net *net, enum toy_space space,
			     const struct toy_addr *to,
			     const struct toy_addr *from);

#endif /* _TOY_CORE_PORT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: who holds which, and who answers there.
 */
#ifndef _TOY_CORE_PORT_H
#define _TOY_CORE_PORT_H

#include <linux/siphash.h>

#include "sock.h"

/**
 * struct toy_port - one port of a port space
 * @owners:	every socket that holds it, by toy_sock.port_node: bound ones
 *		and the children of listeners
 * @takers:	those of them that calls or datagrams go to, by sk_nulls_node;
 *		the list ends in a mark of its own, so that a reader who
 *		strayed into another list with a socket that was used again
 *		notices
 *
 * Changed under the lock of the table; @takers is read under RCU.
 */
struct toy_port {
	struct hlist_head	owners;
	struct hlist_nulls_head	takers;
};

/* A page of ports. */
#define TOY_PORT_BLOCK		256

/**
 * struct toy_port_block - neighbouring ports, made when the first one is used
 * @port:	the ports
 */
struct toy_port_block {
	struct toy_port		port[TOY_PORT_BLOCK];
};

/**
 * struct toy_port_table - a port space, made when the first socket is bound
 * @lock:	taken with BH off; protects all that is below and every port
 * @secret:	makes the choice of a port hard to foresee (RFC 6056)
 * @choices:	ports chosen so far
 * @used:	a bit for each port that has an owner
 * @blocks:	the ports, read under RCU
 *
 * Blocks are never freed before the namespace goes. So a bound socket needs no
 * memory beside its own, and a look-up is two loads whatever number of ports is
 * in use. What that can grow to is bounded: 1 MiB a port space.
 */
struct toy_port_table {
	spinlock_t		lock; /* all of it, and every port */
	siphash_key_t		secret;
	atomic_t		choices;
	DECLARE_BITMAP(used, U16_MAX + 1);
	struct toy_port_block __rcu *blocks[(U16_MAX + 1) / TOY_PORT_BLOCK];
};

void toy_port_table_free(struct toy_port_table *table);

int toy_port_bind(struct sock *sk, u32 node, u16 port, u32 *holder);
int toy_port_listen(struct sock *sk, u32 *holder);
void toy_port_unlisten(struct sock *sk);
bool toy_port_inherit(struct sock *child, struct sock *listener);
void toy_port_release(struct sock *sk);

struct sock *toy_port_lookup_on(struct net *net, enum toy_space space,
				const struct toy_addr *to,
				const struct toy_addr *from, int dif);
int toy_port_collect(struct net *net, enum toy_space space, u16 port,
		     const struct toy_addr *from, int dif, struct sock **found,
		     int most);

/* The same, asked by somebody of this namespace. */
static inline struct sock *toy_port_lookup(struct net *net,
					   enum toy_space space,
					   const struct toy_addr *to,
					   const struct toy_addr *from)
{
	return toy_port_lookup_on(net, space, to, from, 0);
}

#endif /* _TOY_CORE_PORT_H */

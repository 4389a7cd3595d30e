// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which backend reaches a node.
 */
#include "../proto/addr.h"
#include "backend.h"

/**
 * toy_route() - choose the backend for a peer
 * @sk:		socket that connects or sends
 * @node:	node of the peer
 * @backend:	set to the backend
 *
 * A socket bound to a device (SO_BINDTODEVICE) reaches its peers over that
 * device alone, itself included.
 *
 * Return: 0; -EACCES: broadcast without SO_BROADCAST; -ENETUNREACH: no link
 * leads there.
 */
int toy_route(const struct sock *sk, u32 node,
	      const struct toy_backend **backend)
{
	u32 own = READ_ONCE(toy_net(sock_net(sk))->node);

	if (node == TOY_NODE_BROADCAST && !sock_flag(sk, SOCK_BROADCAST))
		return -EACCES;
	if (READ_ONCE(sk->sk_bound_dev_if) || !toy_node_is_here(node, own))
		return -ENETUNREACH;
	*backend = &toy_local;
	return 0;
}

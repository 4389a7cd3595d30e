// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which backend reaches a node.
 */
#include "../proto/addr.h"

#include "backend.h"
#include "ether.h"

static bool toy_route_is_here(const struct sock *sk, u32 node)
{
	return toy_node_is_here(node,
				READ_ONCE(toy_net(sock_net(sk))->node));
}

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
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);

	if (node == TOY_NODE_BROADCAST &&
	    (toy_connection_type(sk) || !sock_flag(sk, SOCK_BROADCAST)))
		return -EACCES;
	if (!ifindex && toy_route_is_here(sk, node)) {
		*backend = &toy_local;
		return 0;
	}
	if (!toy_link_payload(toy_ether(sock_net(sk)), ifindex))
		return -ENETUNREACH;
	*backend = &toy_ethernet;
	return 0;
}

/**
 * toy_route_source() - under which node a peer meets a socket
 * @sk:		socket
 * @node:	node of the peer
 *
 * Return: the node; TOY_NODE_ANY: under none, as this node has no id.
 */
u32 toy_route_source(const struct sock *sk, u32 node)
{
	u32 bound = toy_addr_read(&toy_sk(sk)->bound).node;

	if (bound != TOY_NODE_ANY || toy_route_is_here(sk, node))
		return toy_node_shown(bound, node);
	return READ_ONCE(toy_net(sock_net(sk))->node);
}

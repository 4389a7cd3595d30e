/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules about addresses: pure functions on numbers, no socket in sight.
 */
#ifndef _TOY_PROTO_ADDR_H
#define _TOY_PROTO_ADDR_H

#include <linux/toy.h>

#include "port.h"

/* "4294967295:65535" and its NUL */
#define TOY_ADDR_TEXT	17

/**
 * toy_node_valid_own() - whether a namespace may call itself by this node id
 * @node:	node id; 0 stands for "none of its own"
 */
static inline bool toy_node_valid_own(u32 node)
{
	return node != TOY_NODE_LOOPBACK && node != TOY_NODE_BROADCAST;
}

/**
 * toy_node_is_here() - whether a node id means this namespace
 * @node:	node id as a program gave it
 * @own:	node id of the namespace, 0 where it has none
 */
static inline bool toy_node_is_here(u32 node, u32 own)
{
	return node == TOY_NODE_ANY || node == TOY_NODE_LOOPBACK || node == own;
}

/**
 * toy_node_shown() - the node under which a peer that dialled @dialled is met
 * @bound:	node the socket is bound to, TOY_NODE_ANY for all of them
 * @dialled:	node the other side was addressed by
 *
 * Return: an address that can be answered: never TOY_NODE_ANY.
 */
static inline u32 toy_node_shown(u32 bound, u32 dialled)
{
	if (bound != TOY_NODE_ANY)
		return bound;
	return dialled == TOY_NODE_ANY ? TOY_NODE_LOOPBACK : dialled;
}

/**
 * toy_nodes_overlap() - whether two bound nodes can be reached by one address
 * @a:	node of the first socket
 * @b:	node of the second
 */
static inline bool toy_nodes_overlap(u32 a, u32 b)
{
	return a == b || a == TOY_NODE_ANY || b == TOY_NODE_ANY;
}

int toy_addr_parse(const char *text, u32 *node, u16 *port);
int toy_addr_format(char *buf, size_t size, u32 node, u16 port);

#endif /* _TOY_PROTO_ADDR_H */

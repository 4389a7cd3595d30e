// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses as text.
 */
#include <linux/kernel.h>

#include "addr.h"

/**
 * toy_addr_format() - write an address as "node:port"
 * @buf:	where to
 * @size:	room there, TOY_ADDR_TEXT is always enough
 * @node:	node id, TOY_NODE_ANY is written "*"
 * @port:	port, TOY_PORT_ANY is written "*"
 *
 * Return: length of the text without its NUL.
 */
int toy_addr_format(char *buf, size_t size, u32 node, u16 port)
{
	if (node == TOY_NODE_ANY && port == TOY_PORT_ANY)
		return scnprintf(buf, size, "*:*");
	if (node == TOY_NODE_ANY)
		return scnprintf(buf, size, "*:%u", port);
	if (port == TOY_PORT_ANY)
		return scnprintf(buf, size, "%u:*", node);
	return scnprintf(buf, size, "%u:%u", node, port);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses as text.
 */
#include "addr.h"

/*
 * A number of digits alone, up to @most, or "*" for 0. Returns what follows;
 * NULL: no such number.
 */
static const char *toy_addr_number(const char *text, u32 most, u32 *number)
{
	const char *c = text;
	u64 value = 0;

	*number = 0;
	if (*c == '*')
		return c + 1;
	for (; *c >= '0' && *c <= '9'; c++) {
		value = value * 10 + (*c - '0');
		if (value > most)
			return NULL;
	}
	*number = value;
	return c == text ? NULL : c;
}

/**
 * toy_addr_parse() - read an address, "node:port"
 * @text:	text; "!" is taken for ":" too, as Plan 9 writes it
 * @node:	set; TOY_NODE_ANY for "*"
 * @port:	set; TOY_PORT_ANY for "*"
 *
 * Return: 0; -EINVAL: something else, or a number out of range.
 */
int toy_addr_parse(const char *text, u32 *node, u16 *port)
{
	u32 number;

	text = toy_addr_number(text, U32_MAX, node);
	if (!text || (*text != ':' && *text != '!'))
		return -EINVAL;
	text = toy_addr_number(text + 1, U16_MAX, &number);
	if (!text || *text)
		return -EINVAL;
	*port = number;
	return 0;
}

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

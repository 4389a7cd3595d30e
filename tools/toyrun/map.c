// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which node an IPv4 address stands for, and back.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/toy.h>

#include "map.h"

static bool is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

static bool node_parse(const char *text, uint32_t *node)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number == TOY_NODE_ANY || number > UINT32_MAX)
		return false;
	*node = number;
	return true;
}

/* One element, which is this function's to write to. */
static const char *pair_parse(struct map *map, char *text)
{
	struct map_pair pair;
	char *node = strchr(text, '=');

	if (!node)
		return "is not ADDRESS=NODE";
	*node++ = '\0';
	if (inet_pton(AF_INET, text, &pair.address) != 1)
		return "does not begin with an IPv4 address";
	if (is_loopback(pair.address) || !pair.address.s_addr)
		return "is of an address whose node is fixed";
	if (!node_parse(node, &pair.node))
		return "does not end in a node, 1 to 4294967295";
	if (map->count == MAP_MAX)
		return "is one pair too many";
	map->pair[map->count++] = pair;
	return NULL;
}

const char *map_parse(struct map *map, const char *text, const char **bad)
{
	/* The longest there can be: 15 characters, '=', 10 digits. */
	char element[32];
	const char *why;
	size_t len;

	for (;; text += len) {
		text += strspn(text, ",");
		len = strcspn(text, ",");
		*bad = text;
		if (!len)
			return NULL;
		if (len >= sizeof(element))
			return "is not ADDRESS=NODE";
		memcpy(element, text, len);
		element[len] = '\0';
		why = pair_parse(map, element);
		if (why)
			return why;
	}
}

bool map_node(const struct map *map, struct in_addr address, uint32_t *node)
{
	unsigned int i;

	*node = TOY_NODE_ANY;
	if (address.s_addr == htonl(INADDR_ANY))
		return true;
	*node = TOY_NODE_LOOPBACK;
	if (is_loopback(address))
		return true;
	for (i = 0; i < map->count; i++) {
		if (map->pair[i].address.s_addr == address.s_addr) {
			*node = map->pair[i].node;
			return true;
		}
	}
	return false;
}

struct in_addr map_address(const struct map *map, uint32_t node)
{
	struct in_addr address = { .s_addr = htonl(INADDR_NONE) };
	unsigned int i;

	if (node == TOY_NODE_ANY)
		address.s_addr = htonl(INADDR_ANY);
	else if (node == TOY_NODE_LOOPBACK)
		address.s_addr = htonl(INADDR_LOOPBACK);
	else
		for (i = 0; i < map->count; i++) {
			if (map->pair[i].node == node)
				return map->pair[i].address;
		}
	return address;
}

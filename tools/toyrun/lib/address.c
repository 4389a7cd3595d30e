// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses: IPv4 outside, node and port inside. Ports are the same, but for
 * their byte order.
 *
 * What the kernel is to write it writes straight to where the program wants it,
 * so that it is the kernel who finds a bad pointer; then it is changed there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "../map.h"
#include "address.h"
#include "complain.h"
#include "descriptor.h"
#include "memory.h"

static struct map map;

static void __attribute__((constructor)) load(void)
{
	const char *bad, *why;

	why = map_parse(&map, getenv(MAP_ENV) ?: "", &bad);
	if (why)
		complain_map(bad, why);
}

int address_family(sa_family_t *family, const struct sockaddr *addr,
		   socklen_t len)
{
	if (len < sizeof(*family) || len > sizeof(struct sockaddr_storage))
		return EINVAL;
	if (!memory_readable(addr, len))
		return EFAULT;
	*family = addr->sa_family;
	return 0;
}

int address_to_toy(struct sockaddr_toy *toy, const struct sockaddr *addr,
		   socklen_t len)
{
	struct sockaddr_in in;
	sa_family_t family;
	uint32_t node;
	int err = address_family(&family, addr, len);

	if (err)
		return err;
	if (len < sizeof(in))
		return EINVAL;
	if (family != AF_INET && family != AF_UNSPEC)
		return EAFNOSUPPORT;
	memcpy(&in, addr, sizeof(in));
	if (!map_node(&map, in.sin_addr, &node)) {
		complain_address(in.sin_addr, ntohs(in.sin_port));
		return EADDRNOTAVAIL;
	}
	*toy = (struct sockaddr_toy) {
		.stoy_family = descriptor_family(),
		.stoy_port = ntohs(in.sin_port),
		.stoy_node = node,
	};
	return 0;
}

bool address_room(socklen_t *room, const socklen_t *len)
{
	if (!memory_readable(len, sizeof(*len)))
		return false;
	*room = *len;
	return true;
}

/* What of it the caller had no room for is 0. */
static struct in_addr shown(const struct sockaddr_toy *toy, socklen_t room)
{
	struct in_addr address = { 0 };

	if (room < sizeof(*toy))
		return address;
	address = map_address(&map, toy->stoy_node);
	if (address.s_addr == htonl(INADDR_NONE))
		complain_node(toy->stoy_node);
	return address;
}

void address_from_toy(struct sockaddr *addr, socklen_t room, socklen_t *len)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_toy toy = { 0 };

	if (room > sizeof(in))
		room = sizeof(in);
	memcpy(&toy, addr, room < sizeof(toy) ? room : sizeof(toy));
	if (room >= sizeof(toy.stoy_family) &&
	    toy.stoy_family != descriptor_family())
		return;
	in.sin_port = htons(toy.stoy_port);
	in.sin_addr = shown(&toy, room);
	memcpy(addr, &in, room);
	*len = sizeof(in);
}

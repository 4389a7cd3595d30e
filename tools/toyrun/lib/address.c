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

int address_copied(const struct sockaddr *addr, socklen_t len)
{
	if (len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	return memory_readable(addr, len) ? 0 : -EFAULT;
}

int address_family(sa_family_t *family, const struct sockaddr *addr,
		   socklen_t len)
{
	int err = address_copied(addr, len);

	if (err)
		return err;
	if (len < sizeof(*family))
		return -EINVAL;
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
		return -EINVAL;
	if (family != AF_INET && family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	memcpy(&in, addr, sizeof(in));
	if (!map_node(&map, in.sin_addr, &node)) {
		complain_address(in.sin_addr, ntohs(in.sin_port));
		return -EADDRNOTAVAIL;
	}
	*toy = (struct sockaddr_toy) {
		.stoy_family = descriptor_family(),
		.stoy_port = ntohs(in.sin_port),
		.stoy_node = node,
	};
	return 0;
}

void address_ask(struct address_out *out, struct sockaddr *addr, socklen_t room)
{
	out->addr = addr;
	out->room = room;
	out->to = addr;
	out->to_len = room;
	if (room < sizeof(out->short_one)) {
		out->to = &out->short_one;
		out->to_len = sizeof(out->short_one);
	}
}

bool address_ask_room(struct address_out *out, struct sockaddr *addr,
		      const socklen_t *len)
{
	if (!memory_readable(len, sizeof(*len)))
		return false;
	address_ask(out, addr, *len);
	return true;
}

static struct in_addr shown(uint32_t node)
{
	struct in_addr address = map_address(&map, node);

	if (address.s_addr == htonl(INADDR_NONE))
		complain_node(node);
	return address;
}

socklen_t address_got(struct address_out *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_toy toy;

	/* The kernel may have nothing to say: datagrams of a socketpair. */
	if (out->to_len < sizeof(toy))
		return out->to_len;
	memcpy(&toy, out->to, sizeof(toy));
	in.sin_port = htons(toy.stoy_port);
	in.sin_addr = shown(toy.stoy_node);
	memcpy(out->addr, &in, out->room < sizeof(in) ? out->room : sizeof(in));
	return sizeof(in);
}

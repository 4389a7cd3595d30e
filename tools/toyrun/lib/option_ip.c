// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of IP, see ip(7). There is no IP: what only asks for better service,
 * or for news that never come, is taken.
 */
#include <errno.h>
#include <netinet/in.h>

#include "descriptor.h"
#include "option.h"

/* IP_RECVTTL and the others that ask for control messages: none comes. */
static const struct option_idle idle[] = {
	{ IP_TOS, 0 },
	{ IP_TTL, 64 },
	{ IP_PKTINFO, 0 },
	{ IP_MTU_DISCOVER, IP_PMTUDISC_WANT },
	{ IP_RECVERR, 0 },
	{ IP_RECVTTL, 0 },
	{ IP_RECVTOS, 0 },
	{ IP_FREEBIND, 0 },
	{ IP_BIND_ADDRESS_NO_PORT, 0 },
	{ IP_MULTICAST_TTL, 1 },
	{ IP_MULTICAST_LOOP, 1 },
	{ 0, 0 }
};

int option_ip_set(int name, const void *val, socklen_t len)
{
	/* Most of them may be a single byte. */
	if (option_idle_find(idle, name))
		return option_idle_set(val, len, 1);
	return descriptor_fail(-ENOPROTOOPT);
}

int option_ip_get(int name, void *val, socklen_t *len)
{
	const struct option_idle *option = option_idle_find(idle, name);

	/* Servers refuse callers that have any. */
	if (name == IP_OPTIONS)
		return option_answer(val, len, "", 0);
	if (!option)
		return descriptor_fail(-ENOPROTOOPT);
	return option_answer(val, len, &option->value, sizeof(option->value));
}

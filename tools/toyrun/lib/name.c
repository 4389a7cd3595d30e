// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of a socket and its peer.
 */
#include <errno.h>
#include <sys/socket.h>

#include "address.h"
#include "descriptor.h"
#include "export.h"
#include "real.h"

typedef int name_fn(int fd, void *addr, socklen_t *len);

static int name(name_fn *ask, int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room;

	if (descriptor_of(fd) == DESCRIPTOR_OTHER)
		return ask(fd, addr, len);
	if (!address_room(&room, len))
		return descriptor_fail(EFAULT);
	if (ask(fd, addr, len))
		return -1;
	address_from_toy(addr, room, len);
	return 0;
}

EXPORT int getsockname(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len)
{
	return name(real()->getsockname, fd, ADDR(addr), len);
}

EXPORT int getpeername(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len)
{
	return name(real()->getpeername, fd, ADDR(addr), len);
}

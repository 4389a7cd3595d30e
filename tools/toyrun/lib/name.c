// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of a socket and its peer.
 */
#include <sys/socket.h>

#include "address.h"
#include "descriptor.h"
#include "export.h"
#include "real.h"

typedef int name_fn(int fd, void *addr, socklen_t *len);

static int name(name_fn *ask, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct address_out out;

	if (descriptor_of(fd) == DESCRIPTOR_OTHER ||
	    !address_ask_room(&out, addr, len))
		return ask(fd, addr, len);
	if (ask(fd, out.to, &out.to_len))
		return -1;
	*len = address_got(&out);
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

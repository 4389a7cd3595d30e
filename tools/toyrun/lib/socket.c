// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that are made, and what makes them servers and clients.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <time.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "address.h"
#include "descriptor.h"
#include "export.h"
#include "real.h"

/* The flags that are in socket(2)'s type beside the type. */
#define TYPE_FLAGS	(SOCK_NONBLOCK | SOCK_CLOEXEC)

/* How long a backlog may be full, ms, see connect_patiently(). */
#define PATIENCE	1000

/* In place of TCP or UDP, as far as the protocol goes. */
static bool stands_for(int type, int protocol)
{
	if (type == SOCK_STREAM)
		return !protocol || protocol == IPPROTO_TCP;
	return !protocol || protocol == IPPROTO_UDP;
}

/* Types that only other protocols over IP have: SCTP, DCCP. */
static bool is_of_ip(int type)
{
	return type == SOCK_SEQPACKET || type == SOCK_RDM || type == SOCK_DCCP;
}

/*
 * Raw sockets and ping's are about IP itself, and stay what they are. All else
 * that would be carried by IP is refused, so that nothing is by mistake.
 */
EXPORT int socket(int domain, int type, int protocol)
{
	int base = type & ~TYPE_FLAGS;

	if (domain == AF_INET6)
		return descriptor_fail(-EAFNOSUPPORT);
	if (domain == AF_INET && is_of_ip(base))
		return descriptor_fail(-ESOCKTNOSUPPORT);
	if (domain != AF_INET ||
	    (base != SOCK_STREAM && base != SOCK_DGRAM) ||
	    (base == SOCK_DGRAM && protocol == IPPROTO_ICMP))
		return real()->socket(domain, type, protocol);
	if (!stands_for(base, protocol))
		return descriptor_fail(-EPROTONOSUPPORT);
	return real()->socket(descriptor_family(), type, 0);
}

EXPORT int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	struct sockaddr_toy toy;
	int err;

	if (descriptor_of(fd) == DESCRIPTOR_OTHER)
		return real()->bind(fd, ADDR(addr), len);
	err = address_to_toy(&toy, ADDR(addr), len);
	/* AF_UNSPEC is for programs of old, which mean any address. */
	if (!err && ADDR(addr)->sa_family == AF_UNSPEC &&
	    toy.stoy_node != TOY_NODE_ANY)
		err = -EAFNOSUPPORT;
	if (err)
		return descriptor_fail(err);
	return real()->bind(fd, &toy, sizeof(toy));
}

static bool is_unbound(int fd)
{
	struct sockaddr_toy toy = { 0 };
	socklen_t len = sizeof(toy);

	return !real()->getsockname(fd, &toy, &len) && !toy.stoy_port;
}

/* TCP gives a listener a port if it has none. */
EXPORT int listen(int fd, int backlog)
{
	struct sockaddr_toy any = { .stoy_node = TOY_NODE_ANY };

	if (descriptor_of(fd) == DESCRIPTOR_STREAM && is_unbound(fd)) {
		any.stoy_family = descriptor_family();
		if (real()->bind(fd, &any, sizeof(any)))
			return -1;
	}
	return real()->listen(fd, backlog);
}

static bool is_nonblocking(int fd)
{
	return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

/*
 * Where the backlog is full TCP lets a non-blocking caller go, and calls again
 * itself. AF_TOY says EAGAIN, which programs take for anything but that. So they
 * wait here, more and more seldom, as long as TCP before it calls again.
 */
static int connect_patiently(int fd, const struct sockaddr_toy *toy)
{
	struct timespec pause = { 0 };
	int ms, waited = 0;

	for (ms = 1; waited < PATIENCE && is_nonblocking(fd); ms *= 2) {
		pause.tv_sec = ms / 1000;
		pause.tv_nsec = ms % 1000 * 1000000L;
		nanosleep(&pause, NULL);
		waited += ms;
		if (!real()->connect(fd, toy, sizeof(*toy)))
			return 0;
		if (errno != EAGAIN)
			return -1;
	}
	return descriptor_fail(-ETIMEDOUT);
}

static int disconnect(int fd)
{
	const struct sockaddr_toy none = { .stoy_family = AF_UNSPEC };

	return real()->connect(fd, &none, sizeof(none));
}

EXPORT int connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	enum descriptor what = descriptor_of(fd);
	struct sockaddr_toy toy;
	sa_family_t family;
	int err;

	if (what == DESCRIPTOR_OTHER)
		return real()->connect(fd, ADDR(addr), len);
	err = address_family(&family, ADDR(addr), len);
	if (!err && family == AF_UNSPEC)
		return disconnect(fd);
	if (!err)
		err = address_to_toy(&toy, ADDR(addr), len);
	if (err)
		return descriptor_fail(err == -EADDRNOTAVAIL ? -ENETUNREACH :
							       err);
	err = real()->connect(fd, &toy, sizeof(toy));
	if (err && errno == EAGAIN && what == DESCRIPTOR_STREAM)
		return connect_patiently(fd, &toy);
	return err;
}

EXPORT int accept4(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len,
		   int flags)
{
	struct address_out out;
	int child;

	if (!ADDR(addr) || descriptor_of(fd) == DESCRIPTOR_OTHER ||
	    !address_ask_room(&out, ADDR(addr), len))
		return real()->accept4(fd, ADDR(addr), len, flags);
	child = real()->accept4(fd, out.to, &out.to_len, flags);
	if (child >= 0)
		*len = address_got(&out);
	return child;
}

EXPORT int accept(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len)
{
	return accept4(fd, addr, len, 0);
}

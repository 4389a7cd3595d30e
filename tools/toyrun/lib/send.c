// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is sent with an address. Without one nothing stands before the C library.
 */
#include <errno.h>
#include <sys/socket.h>

#include "address.h"
#include "descriptor.h"
#include "export.h"
#include "memory.h"
#include "real.h"

/* The most messages that one sendmmsg(2) takes. */
#define MESSAGES_MAX	1024

/*
 * The address that a datagram is sent to. Streams ignore theirs, as TCP does, but
 * for calling with data (MSG_FASTOPEN), which is not had here; the kernel has
 * copied it before they do. Returns 0 or a negative errno.
 */
static int target(struct sockaddr_toy *toy, enum descriptor what, int flags,
		  const struct sockaddr *addr, socklen_t len)
{
	int err;

	if (what == DESCRIPTOR_STREAM)
		return flags & MSG_FASTOPEN ? -EOPNOTSUPP :
					      address_copied(addr, len);
	err = address_to_toy(toy, addr, len);
	return err == -EADDRNOTAVAIL ? -ENETUNREACH : err;
}

/*
 * Whoever names the receiver of each datagram does not hear from UDP that there
 * is none: that is for connected sockets.
 */
static bool told_nobody(enum descriptor what, ssize_t n)
{
	return n < 0 && errno == ECONNREFUSED && what == DESCRIPTOR_DGRAM;
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t n, int flags,
		      __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	struct sockaddr_toy toy;
	ssize_t sent;
	int err;

	if (ADDR(addr))
		what = descriptor_of(fd);
	if (what == DESCRIPTOR_OTHER)
		return real()->sendto(fd, buf, n, flags, ADDR(addr), len);
	err = target(&toy, what, flags, ADDR(addr), len);
	if (err)
		return descriptor_fail(err);
	if (what == DESCRIPTOR_STREAM)
		return real()->sendto(fd, buf, n, flags, NULL, 0);
	sent = real()->sendto(fd, buf, n, flags, &toy, sizeof(toy));
	return told_nobody(what, sent) ? (ssize_t)n : sent;
}

static size_t length(const struct msghdr *msg)
{
	size_t i, n = 0;

	for (i = 0; i < msg->msg_iovlen; i++)
		n += msg->msg_iov[i].iov_len;
	return n;
}

/* In a message's header a length is a signed number, and cut if too long. */
static socklen_t name_length(const struct msghdr *msg)
{
	if ((int)msg->msg_namelen > (int)sizeof(struct sockaddr_storage))
		return sizeof(struct sockaddr_storage);
	return msg->msg_namelen;
}

static ssize_t send_named(int fd, enum descriptor what,
			  const struct msghdr *msg, int flags)
{
	struct msghdr own = *msg;
	struct sockaddr_toy toy;
	ssize_t sent;
	int err;

	err = target(&toy, what, flags, msg->msg_name, name_length(msg));
	if (err)
		return descriptor_fail(err);
	own.msg_name = what == DESCRIPTOR_STREAM ? NULL : &toy;
	own.msg_namelen = what == DESCRIPTOR_STREAM ? 0 : sizeof(toy);
	sent = real()->sendmsg(fd, &own, flags);
	return told_nobody(what, sent) ? (ssize_t)length(msg) : sent;
}

/* Whose @fd is, if the message names a receiver; else nobody cares. */
static enum descriptor named(int fd, const struct msghdr *msg)
{
	return msg->msg_name ? descriptor_of(fd) : DESCRIPTOR_OTHER;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	enum descriptor what = DESCRIPTOR_OTHER;

	if (memory_readable(msg, sizeof(*msg)))
		what = named(fd, msg);
	if (what == DESCRIPTOR_OTHER)
		return real()->sendmsg(fd, msg, flags);
	return send_named(fd, what, msg, flags);
}

/* As the kernel does it: one after the other, up to the first that fails. */
EXPORT int sendmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags)
{
	enum descriptor what = descriptor_of(fd);
	unsigned int i;
	ssize_t sent;

	if (what == DESCRIPTOR_OTHER)
		return real()->sendmmsg(fd, vec, n, flags);
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	for (i = 0; i < n; i++) {
		if (!memory_readable(&vec[i], sizeof(vec[i])))
			sent = descriptor_fail(-EFAULT);
		else if (vec[i].msg_hdr.msg_name)
			sent = send_named(fd, what, &vec[i].msg_hdr, flags);
		else
			sent = real()->sendmsg(fd, &vec[i].msg_hdr, flags);
		if (sent < 0)
			return i ? (int)i : -1;
		vec[i].msg_len = sent;
	}
	return n;
}

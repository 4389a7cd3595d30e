// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is received with the sender's address. Without one nothing stands before
 * the C library.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "address.h"
#include "descriptor.h"
#include "export.h"
#include "memory.h"
#include "real.h"

/* The most messages that one recvmmsg(2) takes. */
#define MESSAGES_MAX	1024

EXPORT ssize_t recvfrom(int fd, void *restrict buf, size_t n, int flags,
			__SOCKADDR_ARG addr, socklen_t *restrict len)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	struct address_out out;
	ssize_t got;

	if (ADDR(addr))
		what = descriptor_of(fd);
	if (what == DESCRIPTOR_OTHER ||
	    !address_ask_room(&out, ADDR(addr), len))
		return real()->recvfrom(fd, buf, n, flags, ADDR(addr), len);
	if (what == DESCRIPTOR_STREAM) {
		/* TCP tells no address, and that in so many bytes. */
		got = real()->recvfrom(fd, buf, n, flags, NULL, NULL);
		if (got >= 0)
			*len = 0;
		return got;
	}
	got = real()->recvfrom(fd, buf, n, flags, out.to, &out.to_len);
	if (got >= 0)
		*len = address_got(&out);
	return got;
}

EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t size,
			      int flags, __SOCKADDR_ARG addr, socklen_t *len)
{
	if (n > size)
		__chk_fail();
	return recvfrom(fd, buf, n, flags, addr, len);
}

/*
 * There is no queue of errors, and the family takes no notice of the flag: what
 * it returned would be data.
 */
static enum descriptor receiver(int fd, int flags, int *err)
{
	enum descriptor what = descriptor_of(fd);

	*err = 0;
	if (what != DESCRIPTOR_OTHER && flags & MSG_ERRQUEUE)
		*err = -EAGAIN;
	return what;
}

/* The header is a copy, in which the address may go elsewhere. */
static ssize_t receive_named(int fd, enum descriptor what, struct msghdr *msg,
			     int flags)
{
	struct msghdr own = *msg;
	struct address_out out;
	ssize_t got;

	address_ask(&out, msg->msg_name, msg->msg_namelen);
	own.msg_name = what == DESCRIPTOR_STREAM ? &out.short_one : out.to;
	own.msg_namelen = out.to_len;
	got = real()->recvmsg(fd, &own, flags);
	if (got < 0)
		return got;
	out.to_len = own.msg_namelen;
	msg->msg_namelen = what == DESCRIPTOR_STREAM ? 0 : address_got(&out);
	msg->msg_controllen = own.msg_controllen;
	msg->msg_flags = own.msg_flags;
	return got;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	int err = 0;

	if (memory_readable(msg, sizeof(*msg)) &&
	    (msg->msg_name || flags & MSG_ERRQUEUE))
		what = receiver(fd, flags, &err);
	if (err)
		return descriptor_fail(err);
	if (what == DESCRIPTOR_OTHER || !msg->msg_name)
		return real()->recvmsg(fd, msg, flags);
	return receive_named(fd, what, msg, flags);
}

/*
 * Many at once are written to where the program wants them, and changed there.
 * Those that had room for less than a struct sockaddr_toy stay what they are.
 */
static void show_senders(enum descriptor what, struct mmsghdr *vec, int n,
			 const socklen_t *rooms)
{
	struct address_out out;
	int i;

	for (i = 0; i < n; i++) {
		struct msghdr *msg = &vec[i].msg_hdr;

		if (!msg->msg_name)
			continue;
		address_ask(&out, msg->msg_name, rooms[i]);
		out.to_len = msg->msg_namelen;
		if (what == DESCRIPTOR_STREAM)
			msg->msg_namelen = 0;
		else if (out.to == msg->msg_name)
			msg->msg_namelen = address_got(&out);
	}
}

EXPORT int recvmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags,
		    struct timespec *timeout)
{
	socklen_t rooms[MESSAGES_MAX];
	enum descriptor what;
	unsigned int i;
	int err, got;

	what = receiver(fd, flags, &err);
	if (err)
		return descriptor_fail(err);
	if (what == DESCRIPTOR_OTHER)
		return real()->recvmmsg(fd, vec, n, flags, timeout);
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	if (!memory_readable(vec, n * sizeof(*vec)))
		return descriptor_fail(-EFAULT);
	for (i = 0; i < n; i++)
		rooms[i] = vec[i].msg_hdr.msg_namelen;
	got = real()->recvmmsg(fd, vec, n, flags, timeout);
	show_senders(what, vec, got, rooms);
	return got;
}

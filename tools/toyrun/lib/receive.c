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

/* glibc's checking variant of recvfrom(2), for -D_FORTIFY_SOURCE. */
ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t size, int flags,
		       __SOCKADDR_ARG addr, socklen_t *len);
void __chk_fail(void) __attribute__((noreturn));

EXPORT ssize_t recvfrom(int fd, void *restrict buf, size_t n, int flags,
			__SOCKADDR_ARG addr, socklen_t *restrict len)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	socklen_t room;
	ssize_t got;

	if (ADDR(addr))
		what = descriptor_of(fd);
	if (what == DESCRIPTOR_OTHER)
		return real()->recvfrom(fd, buf, n, flags, ADDR(addr), len);
	if (!address_room(&room, len))
		return descriptor_fail(EFAULT);
	if (what == DESCRIPTOR_STREAM) {
		/* TCP tells no address, and that in so many bytes. */
		got = real()->recvfrom(fd, buf, n, flags, NULL, NULL);
		if (got >= 0)
			*len = 0;
		return got;
	}
	got = real()->recvfrom(fd, buf, n, flags, ADDR(addr), len);
	if (got >= 0)
		address_from_toy(ADDR(addr), room, len);
	return got;
}

EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t size,
			      int flags, __SOCKADDR_ARG addr, socklen_t *len)
{
	if (n > size)
		__chk_fail();
	return recvfrom(fd, buf, n, flags, addr, len);
}

/* After a message has come whose header had @room for the sender's address. */
static void show_sender(enum descriptor what, struct msghdr *msg,
			socklen_t room)
{
	if (!msg->msg_name)
		return;
	if (what == DESCRIPTOR_STREAM)
		msg->msg_namelen = 0;
	else
		address_from_toy(msg->msg_name, room, &msg->msg_namelen);
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
		*err = EAGAIN;
	return what;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	socklen_t room;
	ssize_t got;
	int err = 0;

	if (memory_readable(msg, sizeof(*msg)) &&
	    (msg->msg_name || flags & MSG_ERRQUEUE))
		what = receiver(fd, flags, &err);
	if (err)
		return descriptor_fail(err);
	if (what == DESCRIPTOR_OTHER)
		return real()->recvmsg(fd, msg, flags);
	room = msg->msg_namelen;
	got = real()->recvmsg(fd, msg, flags);
	if (got >= 0)
		show_sender(what, msg, room);
	return got;
}

EXPORT int recvmmsg(int fd, struct mmsghdr *vec, unsigned int n, int flags,
		    struct timespec *timeout)
{
	socklen_t rooms[MESSAGES_MAX];
	enum descriptor what;
	int err, i, got;

	what = receiver(fd, flags, &err);
	if (err)
		return descriptor_fail(err);
	if (what == DESCRIPTOR_OTHER)
		return real()->recvmmsg(fd, vec, n, flags, timeout);
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	if (!memory_readable(vec, n * sizeof(*vec)))
		return descriptor_fail(EFAULT);
	for (i = 0; i < (int)n; i++)
		rooms[i] = vec[i].msg_hdr.msg_namelen;
	got = real()->recvmmsg(fd, vec, n, flags, timeout);
	for (i = 0; i < got; i++)
		show_sender(what, &vec[i].msg_hdr, rooms[i]);
	return got;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C library's own functions, which ours stand before.
 */
#ifndef TOYRUN_REAL_H
#define TOYRUN_REAL_H

#include <sys/socket.h>
#include <sys/types.h>

/** struct real - each as its manual page has it, but for the types' unions */
struct real {
	int (*socket)(int domain, int type, int protocol);
	int (*bind)(int fd, const void *addr, socklen_t len);
	int (*listen)(int fd, int backlog);
	int (*connect)(int fd, const void *addr, socklen_t len);
	int (*accept4)(int fd, void *addr, socklen_t *len, int flags);
	int (*getsockname)(int fd, void *addr, socklen_t *len);
	int (*getpeername)(int fd, void *addr, socklen_t *len);
	ssize_t (*sendto)(int fd, const void *buf, size_t n, int flags,
			  const void *addr, socklen_t len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *msg, int flags);
	int (*sendmmsg)(int fd, struct mmsghdr *vec, unsigned int n, int flags);
	ssize_t (*recvfrom)(int fd, void *buf, size_t n, int flags,
			    void *addr, socklen_t *len);
	ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
	int (*recvmmsg)(int fd, struct mmsghdr *vec, unsigned int n, int flags,
			struct timespec *timeout);
	int (*getsockopt)(int fd, int level, int name, void *val,
			  socklen_t *len);
	int (*setsockopt)(int fd, int level, int name, const void *val,
			  socklen_t len);
};

/**
 * real() - the C library's functions
 *
 * The first call looks them up, which is when the library is loaded unless
 * another library's constructor uses a socket before.
 */
const struct real *real(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of this library is seen from outside: the calls it stands before.
 */
#ifndef TOYRUN_EXPORT_H
#define TOYRUN_EXPORT_H

#include <stdnoreturn.h>
#include <sys/socket.h>

/** EXPORT - a function in place of the C library's of that name */
#define EXPORT	__attribute__((visibility("default")))

/*
 * With _GNU_SOURCE the C library declares addresses as a union of pointers to
 * all kinds of them; a definition has to do the same.
 */
/** ADDR - the pointer in such a parameter */
#define ADDR(arg)	((arg).__sockaddr__)

/* glibc's checking variant of recvfrom(2), for -D_FORTIFY_SOURCE. */
ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t size, int flags,
		       __SOCKADDR_ARG addr, socklen_t *len);
/* What it calls where @n is more than @size. */
noreturn void __chk_fail(void);

#endif

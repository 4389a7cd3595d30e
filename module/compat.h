/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one file that knows that kernels differ.
 *
 * toy_probes.h is made at build time by scripts/probe-kernel, which compiles a
 * few lines against the headers in KDIR: stable branches take API changes
 * back, so a version number says little.
 */
#ifndef _TOY_COMPAT_H
#define _TOY_COMPAT_H

#include <linux/net.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "toy_probes.h"

/* proto_ops.accept() takes its flags in a struct since 6.10. */
#ifdef HAVE_PROTO_ACCEPT_ARG
#define TOY_ACCEPT_ARGS		struct proto_accept_arg *toy_arg
#define toy_accept_flags	(toy_arg->flags)
#else
#define TOY_ACCEPT_ARGS		int toy_arg, bool toy_kern
#define toy_accept_flags	(toy_arg)
#endif

/* bind() and connect() take a struct sockaddr_unsized since 6.19. */
#ifdef HAVE_SOCKADDR_UNSIZED
#define toy_sockaddr		sockaddr_unsized
#else
#define toy_sockaddr		sockaddr
#endif

/* sendpage() left proto_ops with 6.5, splice goes through sendmsg since. */
#ifdef HAVE_PROTO_OPS_SENDPAGE
#define TOY_NO_SENDPAGE		.sendpage = sock_no_sendpage,
#else
#define TOY_NO_SENDPAGE
#endif

/* A sysctl handler's table became const with 6.11. */
#ifdef HAVE_CONST_CTL_TABLE
#define toy_ctl_table		const struct ctl_table
#else
#define toy_ctl_table		struct ctl_table
#endif

/* The size is passed since 6.6, an empty last entry not wanted since 6.11. */
#ifdef HAVE_REGISTER_NET_SYSCTL_SZ
#define toy_register_sysctl(net, path, table, n) \
	register_net_sysctl_sz(net, path, table, n)
#else
#define toy_register_sysctl(net, path, table, n) \
	register_net_sysctl(net, path, table)
#endif

/**
 * toy_compat_passcred() - whether TOY_PASSCRED or SO_PASSCRED is set
 * @sock:	socket in use by a system call
 * @own:	the family's own switch
 *
 * The core keeps SO_PASSCRED of any family in the struct socket up to 6.15:
 * there the two are one bit. Newer cores know it for AF_UNIX alone, and
 * TOY_PASSCRED is all there is.
 */
static inline bool toy_compat_passcred(const struct socket *sock,
				       const bool *own)
{
#ifdef HAVE_SOCK_PASSCRED_BIT
	return test_bit(SOCK_PASSCRED, &sock->flags);
#else
	return READ_ONCE(*own);
#endif
}

/**
 * toy_compat_set_passcred() - set it
 * @sock:	socket
 * @own:	the family's own switch
 * @on:		the new value
 */
static inline void toy_compat_set_passcred(struct socket *sock, bool *own,
					   bool on)
{
#ifdef HAVE_SOCK_PASSCRED_BIT
	assign_bit(SOCK_PASSCRED, &sock->flags, on);
#else
	WRITE_ONCE(*own, on);
#endif
}

#endif /* _TOY_COMPAT_H */

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

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "toy_probes.h"

/* Access to what is not aligned moved with 6.12. */
#ifdef HAVE_LINUX_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* What segmentation keeps with an skb has a header of its own since 6.5. */
#ifdef HAVE_NET_GSO_H
#include <net/gso.h>
#endif

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

/* Inode operations take a struct mnt_idmap since 6.3. */
#ifdef HAVE_MNT_IDMAP
#define toy_idmap		mnt_idmap
#else
#define toy_idmap		user_namespace
#endif

/* generic_fillattr() is told what was asked for since 6.6. */
#ifdef HAVE_FILLATTR_REQUEST_MASK
#define toy_fillattr(idmap, mask, inode, stat) \
	generic_fillattr(idmap, mask, inode, stat)
#else
#define toy_fillattr(idmap, mask, inode, stat) \
	generic_fillattr(idmap, inode, stat)
#endif

/* d_revalidate() is told directory and name since 6.14. */
#ifdef HAVE_D_REVALIDATE_DIR_NAME
#define TOY_REVALIDATE_ARGS	struct inode *toy_dir, \
				const struct qstr *toy_name, \
				struct dentry *dentry, unsigned int flags
#else
#define TOY_REVALIDATE_ARGS	struct dentry *dentry, unsigned int flags
#endif

/* What splices from anything that can be read was renamed with 6.5. */
#ifdef HAVE_COPY_SPLICE_READ
#define toy_splice_read		copy_splice_read
#else
#define toy_splice_read		generic_file_splice_read
#endif

/* How many frames a filter dropped: sk_drops_add() takes a number since 6.18. */
#ifdef HAVE_SK_DROPS_SKBADD
#define toy_drops_skb(sk, skb)	sk_drops_skbadd(sk, skb)
#else
#define toy_drops_skb(sk, skb)	sk_drops_add(sk, skb)
#endif

/* Timers were renamed: del_timer() with 6.2, from_timer() with 6.16. */
#ifdef HAVE_TIMER_DELETE
#define toy_timer_delete(timer)	timer_delete(timer)
#else
#define toy_timer_delete(timer)	del_timer(timer)
#endif
#ifdef HAVE_TIMER_CONTAINER_OF
#define toy_timer_of(var, timer, field)	timer_container_of(var, timer, field)
#else
#define toy_timer_of(var, timer, field)	from_timer(var, timer, field)
#endif

/* An inode goes with its last reference; renamed with 6.18. */
#ifdef HAVE_INODE_JUST_DROP
#define toy_drop_inode		inode_just_drop
#else
#define toy_drop_inode		generic_delete_inode
#endif

/* Dentries that stay with their super block are marked as such since 6.19. */
#ifdef HAVE_D_MAKE_PERSISTENT
#define toy_kill_pinned_super	kill_anon_super
#else
#define toy_kill_pinned_super	kill_litter_super
#endif

/**
 * toy_compat_pin() - give a dentry its inode, both to stay with the super block
 * @dentry:	new one, whose reference is the super block's from now on
 * @inode:	likewise
 *
 * The super block is one for toy_kill_pinned_super().
 */
static inline void toy_compat_pin(struct dentry *dentry, struct inode *inode)
{
#ifdef HAVE_D_MAKE_PERSISTENT
	d_make_persistent(dentry, inode);
	dput(dentry);
#else
	d_add(dentry, inode);
#endif
}

/* The dentry operations of a super block are set by a function since 6.17. */
static inline void toy_compat_set_d_op(struct super_block *sb,
				       const struct dentry_operations *ops)
{
#ifdef HAVE_SET_DEFAULT_D_OP
	set_default_d_op(sb, ops);
#else
	sb->s_d_op = ops;
#endif
}

/* So are the times of an inode since 6.6. */
static inline void toy_compat_init_times(struct inode *inode)
{
#ifdef HAVE_SIMPLE_INODE_INIT_TS
	simple_inode_init_ts(inode);
#else
	inode->i_mtime = current_time(inode);
	inode->i_atime = inode->i_mtime;
	inode->i_ctime = inode->i_mtime;
#endif
}

/**
 * toy_compat_accept() - take a call for a new socket, as accept(2) does it
 * @sock:	listener
 * @newsock:	new socket without a struct sock
 * @flags:	O_NONBLOCK
 *
 * Return: 0; what the family's accept() says.
 */
static inline int toy_compat_accept(struct socket *sock, struct socket *newsock,
				    int flags)
{
#ifdef HAVE_PROTO_ACCEPT_ARG
	struct proto_accept_arg arg = { .flags = flags };

	return sock->ops->accept(sock, newsock, &arg);
#else
	return sock->ops->accept(sock, newsock, flags, false);
#endif
}

/**
 * toy_compat_get_file() - a reference on a file that may be closing
 * @file:	where the pointer is; the memory stays for the time of the call
 *
 * Return: the file; NULL where there is none or its last close has begun.
 */
static inline struct file *toy_compat_get_file(struct file **file)
{
#ifdef HAVE_GET_FILE_ACTIVE
	return get_file_active(file);
#else
	struct file *f = READ_ONCE(*file);

	return f && get_file_rcu(f) ? f : NULL;
#endif
}

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

/**
 * toy_compat_set_file() - mark a recvmsg() as the read of a file
 * @msg:	the message
 * @iocb:	the read
 *
 * The mark is a field that the calls of programs leave empty: msg_iocb, which
 * went with 7.3 at the latest; then msg_ubuf, which is for sending.
 */
static inline void toy_compat_set_file(struct msghdr *msg, struct kiocb *iocb)
{
#ifdef HAVE_MSG_IOCB
	msg->msg_iocb = iocb;
#else
	msg->msg_ubuf = (void *)iocb;
#endif
}

/**
 * toy_compat_is_file() - whether it is marked so
 * @msg:	the message
 */
static inline bool toy_compat_is_file(const struct msghdr *msg)
{
#ifdef HAVE_MSG_IOCB
	return msg->msg_iocb;
#else
	return msg->msg_ubuf;
#endif
}

#ifdef TOY_KUNIT
#include <kunit/test.h>

/**
 * toy_compat_kunit_run() - run suites now, as part of a module's init
 * @suites:	suites
 * @n:		how many
 *
 * What has to be there before its suites run, a module cannot say to 6.1, which
 * runs them before its init (kunit_test_suites()): so call what that calls. Later
 * kernels want to be told that it is not for later.
 */
static inline void toy_compat_kunit_run(struct kunit_suite **suites, int n)
{
#ifdef HAVE_KUNIT_RUN_TESTS_ARG
	__kunit_test_suites_init(suites, n, true);
#else
	__kunit_test_suites_init(suites, n);
#endif
}
#endif /* TOY_KUNIT */

#endif /* _TOY_COMPAT_H */

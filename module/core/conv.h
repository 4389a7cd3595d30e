/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conversations: a socket as toyfs sees it.
 */
#ifndef _TOY_CORE_CONV_H
#define _TOY_CORE_CONV_H

#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "sock.h"

struct file;

/* What a mode of ctl, data and listen may consist of. */
#define TOY_CONV_MODES	0666

/**
 * struct toy_conv - what toyfs knows of a socket
 * @ref:	who holds it: inodes, open files; the socket, if @kept
 * @rcu:	freed after a grace period: path walks look at @gone under RCU,
 *		others at the owner of a socket they have no reference on
 * @id:		number of the socket
 * @type:	SOCK_*
 * @gone:	the socket is no more; set once
 * @headers:	reads and writes of data carry addresses
 * @discard:	a read drops the rest of a message
 * @skipped:	empty messages that reads of data stepped over
 * @lock:	protects what follows; taken inside the receive lock of @sk
 * @sk:		the socket, NULL once it is gone. No reference: the socket takes
 *		itself out of here before it drops its last one.
 * @kept:	somebody set something: lives as long as the socket
 * @chowned:	@uid and @gid are chown's, not the socket's own
 * @openable:	made through toyfs, or its owner let it in (TOY_FSMODE)
 * @mode:	permissions of ctl, data and listen, while @openable
 * @uid:	owner, as of the last toy_conv_look()
 * @gid:	group, likewise
 *
 * Made when somebody looks at the socket through toyfs, so that a socket that
 * nobody looks at costs nothing here; goes when nobody looks any more, unless
 * something was set.
 */
struct toy_conv {
	refcount_t	ref;
	struct rcu_head	rcu;
	u32		id;
	u16		type;
	bool		gone;
	bool		headers;
	bool		discard;
	atomic_t	skipped;

	spinlock_t	lock; /* what follows */
	struct sock	*sk;
	bool		kept;
	bool		chowned;
	bool		openable;
	umode_t		mode;
	kuid_t		uid;
	kgid_t		gid;
};

/**
 * struct toy_conv_view - whose a conversation is and who may open it, at a time
 * @uid:	owner
 * @gid:	group
 * @mode:	permissions of ctl, data and listen; 0 unless @openable
 * @openable:	whether toyfs may open the socket at all
 */
struct toy_conv_view {
	kuid_t	uid;
	kgid_t	gid;
	umode_t	mode;
	bool	openable;
};

struct toy_conv *toy_conv_alloc(void);
struct toy_conv *toy_conv_attach(struct sock *sk, struct toy_conv *fresh);
struct toy_conv *toy_conv_detach(struct sock *sk);
struct toy_conv *toy_conv_of(struct sock *sk);
void toy_conv_put(struct toy_conv *conv);

struct sock *toy_conv_sock(struct toy_conv *conv);
struct file *toy_conv_file(struct toy_conv *conv);

int toy_conv_open_up(struct toy_conv *conv, bool openable, umode_t mode);
int toy_conv_publish(struct toy_conv *conv, umode_t mode, kuid_t uid,
		     kgid_t gid);
int toy_conv_chmod(struct toy_conv *conv, umode_t mode);
int toy_conv_chown(struct toy_conv *conv, kuid_t uid, kgid_t gid);
int toy_conv_set_headers(struct toy_conv *conv, bool on);
int toy_conv_set_discard(struct toy_conv *conv, bool on);
void toy_conv_look(struct toy_conv *conv, struct toy_conv_view *view);
kuid_t toy_conv_uid_of(struct sock *sk);

#endif /* _TOY_CORE_CONV_H */

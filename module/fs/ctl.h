/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open ctl: of a socket that was cloned, opened or accepted.
 */
#ifndef _TOY_FS_CTL_H
#define _TOY_FS_CTL_H

#include <linux/mutex.h>
#include <linux/wait.h>

#include "toyfs.h"

/* "2147483647" and a newline */
#define TOYFS_NUMBER_TEXT	12

/**
 * struct toyfs_ctl - an open clone, ctl or listen
 * @sock:	open file of the socket, a reference: it lives as long as this
 * @conv:	its conversation, a reference
 * @cursor:	bytes of the number that were read
 *
 * Of a listen, until its first read, @sock is the listener and @conv is NULL;
 * then @sock becomes the call that was accepted, once:
 * @listens:	it is a listen
 * @accepting:	one read at a time accepts
 * @lock:	protects the change of @sock and @conv
 * @wait:	where pollers of a listen wait, since what they wait for changes
 * @relay:	passes wake-ups of @sock on to @wait, once somebody polled
 * @relayed:	it does
 */
struct toyfs_ctl {
	struct file		*sock;
	struct toy_conv		*conv;
	unsigned int		cursor;

	bool			listens;
	bool			relayed;
	struct mutex		accepting; /* one read at a time */
	spinlock_t		lock; /* sock, conv, relayed */
	wait_queue_head_t	wait;
	wait_queue_entry_t	relay;
};

struct toyfs_ctl *toyfs_ctl_alloc(void);
ssize_t toyfs_ctl_read_number(struct toyfs_ctl *ctl, u32 id,
			      struct iov_iter *to);
ssize_t toyfs_ctl_write(struct kiocb *iocb, struct iov_iter *from);
ssize_t toyfs_ctl_run(struct toyfs_ctl *ctl, struct kiocb *iocb,
		      struct iov_iter *from);
__poll_t toyfs_ctl_events(const struct toyfs_ctl *ctl, __poll_t socket);
long toyfs_ctl_getsock(struct file *file, struct file *sock,
		       unsigned long flags);
int toyfs_ctl_release(struct inode *inode, struct file *file);

/* The socket behind an open file of one. */
static inline struct socket *toyfs_socket(struct file *sock)
{
	return sock->private_data;
}

static inline bool toyfs_nonblock(const struct kiocb *iocb)
{
	return iocb->ki_filp->f_flags & O_NONBLOCK ||
	       iocb->ki_flags & IOCB_NOWAIT;
}

#endif /* _TOY_FS_CTL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open ctl: of a socket that was cloned, opened or accepted.
 */
#ifndef _TOY_FS_CTL_H
#define _TOY_FS_CTL_H

#include "toyfs.h"

/* "2147483647" and a newline */
#define TOYFS_NUMBER_TEXT	12

/**
 * struct toyfs_ctl - an open clone or ctl, or a listen
 * @sock:	open file of the socket, a reference: it lives as long as this
 * @conv:	its conversation, a reference
 * @cursor:	bytes of the number that were read
 */
struct toyfs_ctl {
	struct file		*sock;
	struct toy_conv		*conv;
	unsigned int		cursor;
};

struct toyfs_ctl *toyfs_ctl_alloc(const struct inode *inode);
struct file *toyfs_clone(const struct inode *inode, struct toy_conv **conv);
ssize_t toyfs_ctl_read_number(struct toyfs_ctl *ctl, u32 id,
			      struct iov_iter *to);
ssize_t toyfs_ctl_write(struct kiocb *iocb, struct iov_iter *from);
ssize_t toyfs_ctl_run(struct toyfs_ctl *ctl, struct kiocb *iocb,
		      struct iov_iter *from);
__poll_t toyfs_ctl_events(const struct toyfs_ctl *ctl, __poll_t socket);
long toyfs_ctl_getsock(struct file *file, struct file *sock,
		       unsigned long flags);
void toyfs_show_socket(struct seq_file *m, const struct file *sock);
void toyfs_ctl_put(struct toyfs_ctl *ctl);

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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * clone and ctl: a socket's number is read from them, commands are written.
 *
 * An open one holds a reference on the socket's struct file, and that is what
 * keeps the socket open: as if the opener had it by dup(2).
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "../core/stat.h"
#include "ctl.h"
#include "lines.h"

/**
 * toyfs_ctl_put() - let go of what an open ctl holds
 * @ctl:	ctl that is closed
 *
 * Context: process.
 */
void toyfs_ctl_put(struct toyfs_ctl *ctl)
{
	toy_conv_put(ctl->conv);
	fput(ctl->sock);
}

/*
 * Nobody waits here any more: pollers of the socket's own queue left when the
 * core took this file off them, before it called us.
 */
static int toyfs_ctl_release(struct inode *inode, struct file *file)
{
	struct toyfs_ctl *ctl = file->private_data;

	toyfs_ctl_put(ctl);
	kfree(ctl);
	return 0;
}

/* ---- reading: the number ---- */

/**
 * toyfs_ctl_read_number() - read(2) of a ctl
 * @ctl:	ctl
 * @id:		number
 * @to:		where to
 *
 * "12\n" once, in as many pieces as the caller likes, then the end of file.
 *
 * Return: bytes; 0; -EFAULT.
 */
ssize_t toyfs_ctl_read_number(struct toyfs_ctl *ctl, u32 id,
			      struct iov_iter *to)
{
	char text[TOYFS_NUMBER_TEXT];
	unsigned int len = scnprintf(text, sizeof(text), "%u\n", id);
	unsigned int n, copied, cursor = READ_ONCE(ctl->cursor);

	/* Take the bytes first: two readers do not get the same ones. */
	do {
		if (cursor >= len)
			return 0;
		n = min_t(size_t, len - cursor, iov_iter_count(to));
	} while (!try_cmpxchg(&ctl->cursor, &cursor, cursor + n));
	copied = copy_to_iter(text + cursor, n, to);
	/* What did not get there is for the next read, if none came between. */
	if (copied < n)
		cmpxchg(&ctl->cursor, cursor + n, cursor + copied);
	if (n && !copied)
		return -EFAULT;
	return copied;
}

static ssize_t toyfs_ctl_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct toyfs_ctl *ctl = iocb->ki_filp->private_data;

	return toyfs_ctl_read_number(ctl, ctl->conv->id, to);
}

/* ---- writing: commands ---- */

/**
 * toyfs_ctl_run() - run commands on the socket of a ctl
 * @ctl:	ctl that has a socket
 * @iocb:	the write
 * @from:	its lines
 *
 * With the credentials of who opened it: a program that inherits the descriptor
 * and has more rights than the opener lends him none.
 *
 * Return: as toyfs_lines_run() has it.
 */
ssize_t toyfs_ctl_run(struct toyfs_ctl *ctl, struct kiocb *iocb,
		      struct iov_iter *from)
{
	struct toyfs_call call = {
		.sock		= toyfs_socket(ctl->sock),
		.conv		= ctl->conv,
		.nonblock	= toyfs_nonblock(iocb),
	};
	const struct cred *old;
	ssize_t ret;

	/* io_uring tries first whether it would sleep: any command may. */
	if (iocb->ki_flags & IOCB_NOWAIT &&
	    !(iocb->ki_filp->f_flags & O_NONBLOCK))
		return -EAGAIN;
	WRITE_ONCE(ctl->cursor, 0);
	old = override_creds(iocb->ki_filp->f_cred);
	ret = toyfs_lines_run(&call, from, toyfs_command_run);
	revert_creds(old);
	/* There is a number to be read again. */
	toy_state_changed(call.sock->sk);
	return ret;
}

/**
 * toyfs_ctl_write() - write(2) of a ctl
 * @iocb:	the write
 * @from:	its lines
 *
 * Return: as toyfs_lines_run() has it.
 */
ssize_t toyfs_ctl_write(struct kiocb *iocb, struct iov_iter *from)
{
	return toyfs_ctl_run(iocb->ki_filp->private_data, iocb, from);
}

/* ---- the rest ---- */

/**
 * toyfs_ctl_events() - what poll(2) says of a ctl
 * @ctl:	ctl that has a socket
 * @socket:	what it says of that
 *
 * There is something to be read as long as not all of the number was, and a
 * command can be written unless a connect is under way.
 *
 * Return: EPOLL* bits.
 */
__poll_t toyfs_ctl_events(const struct toyfs_ctl *ctl, __poll_t socket)
{
	const struct sock *sk = toyfs_socket(ctl->sock)->sk;
	char text[TOYFS_NUMBER_TEXT];
	__poll_t mask = socket & (EPOLLERR | EPOLLHUP | EPOLLRDHUP);

	if (READ_ONCE(ctl->cursor) <
	    scnprintf(text, sizeof(text), "%u\n", ctl->conv->id))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!toy_connecting(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static __poll_t toyfs_ctl_poll(struct file *file, poll_table *wait)
{
	struct toyfs_ctl *ctl = file->private_data;
	struct socket *sock = toyfs_socket(ctl->sock);

	return toyfs_ctl_events(ctl, sock->ops->poll(file, sock, wait));
}

/**
 * toyfs_ctl_getsock() - TOYIOC_GETSOCK
 * @file:	the ctl
 * @sock:	open file of the socket, the caller's reference
 * @flags:	O_CLOEXEC, O_NONBLOCK
 *
 * O_NONBLOCK is the open file's, and so of every descriptor of the socket.
 *
 * Return: a descriptor; -EBADF: not open for reading and writing; -EINVAL; -EMFILE.
 */
long toyfs_ctl_getsock(struct file *file, struct file *sock,
		       unsigned long flags)
{
	fmode_t both = FMODE_READ | FMODE_WRITE;
	int fd;

	if ((file->f_mode & both) != both)
		return -EBADF;
	if (flags & ~(unsigned long)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	if (flags & O_NONBLOCK) {
		spin_lock(&sock->f_lock);
		sock->f_flags |= O_NONBLOCK;
		spin_unlock(&sock->f_lock);
	}
	fd_install(fd, get_file(sock));
	return fd;
}

/**
 * toyfs_show_socket() - say in fdinfo which socket a file keeps open
 * @m:		where to
 * @sock:	open file of the socket
 */
void toyfs_show_socket(struct seq_file *m, const struct file *sock)
{
	seq_printf(m, "toy-inode:\t%llu\n", (u64)file_inode(sock)->i_ino);
}

static void toyfs_ctl_fdinfo(struct seq_file *m, struct file *file)
{
	const struct toyfs_ctl *ctl = file->private_data;

	toyfs_show_socket(m, ctl->sock);
}

static long toyfs_ctl_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct toyfs_ctl *ctl = file->private_data;

	if (cmd != TOYIOC_GETSOCK)
		return -ENOTTY;
	return toyfs_ctl_getsock(file, ctl->sock, arg);
}

/* ---- opening ---- */

/**
 * toyfs_ctl_alloc() - what an open ctl keeps, yet without a socket
 * @inode:	what is opened
 *
 * Context: may sleep.
 * Return: it, to be freed by kfree(); ERR_PTR: -EACCES: not from this network
 * namespace; -ENOMEM.
 */
struct toyfs_ctl *toyfs_ctl_alloc(const struct inode *inode)
{
	struct toyfs_ctl *ctl;
	int err;

	err = toyfs_may_enter(inode);
	if (err)
		return ERR_PTR(err);
	ctl = kzalloc(sizeof(*ctl), GFP_KERNEL_ACCOUNT);
	return ctl ?: ERR_PTR(-ENOMEM);
}

static int toyfs_ctl_open(struct inode *inode, struct file *file)
{
	struct toyfs_ctl *ctl = toyfs_ctl_alloc(inode);

	if (IS_ERR(ctl))
		return PTR_ERR(ctl);
	ctl->sock = toy_conv_file(toyfs_conv(inode));
	if (!ctl->sock) {
		kfree(ctl);
		return -ENOENT;
	}
	ctl->conv = toyfs_conv(inode);
	refcount_inc(&ctl->conv->ref);
	file->private_data = ctl;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

/* A new socket of the mount's namespace, as an open file. */
static struct file *toyfs_clone_socket(const struct inode *inode)
{
	struct net *net = toyfs_info(inode->i_sb)->net;
	struct socket *sock;
	int err;

	err = __sock_create(net, toy_family, toyfs_sock_type(inode), 0, &sock, 0);
	if (err)
		return ERR_PTR(err);
	/* Releases the socket if it fails. */
	return sock_alloc_file(sock, O_RDWR, NULL);
}

/*
 * Everybody whom its mode allows may open what was made here. Who hears
 * everybody's frames had to be allowed to, so that a mount option alone lets
 * nobody else: chmod(2) does.
 */
static struct toy_conv *toyfs_clone_conv(const struct inode *inode,
					 struct sock *sk)
{
	const struct toyfs_info *info = toyfs_info(inode->i_sb);
	struct toy_conv *conv = toy_conv_of(sk);
	umode_t mode = READ_ONCE(info->mode);

	if (sk->sk_type == SOCK_RAW)
		mode &= 0600;
	if (!IS_ERR(conv))
		toy_conv_publish(conv, mode, INVALID_UID,
				 READ_ONCE(info->gid));
	return conv;
}

/**
 * toyfs_clone() - make a socket through toyfs
 * @inode:	clone, or an address: says which type, of which namespace
 * @conv:	set to its conversation, a reference; the socket holds it, too
 *
 * Context: may sleep.
 * Return: an open file of the socket; ERR_PTR: what socket(2) says.
 */
struct file *toyfs_clone(const struct inode *inode, struct toy_conv **conv)
{
	struct file *sock = toyfs_clone_socket(inode);

	if (IS_ERR(sock))
		return sock;
	*conv = toyfs_clone_conv(inode, toyfs_socket(sock)->sk);
	if (IS_ERR(*conv)) {
		fput(sock);
		return ERR_CAST(*conv);
	}
	toy_stat_inc(toyfs_info(inode->i_sb)->net, TOY_STAT_CLONES);
	return sock;
}

static int toyfs_clone_open(struct inode *inode, struct file *file)
{
	struct toyfs_ctl *ctl = toyfs_ctl_alloc(inode);
	int err;

	if (IS_ERR(ctl))
		return PTR_ERR(ctl);
	ctl->sock = toyfs_clone(inode, &ctl->conv);
	if (IS_ERR(ctl->sock)) {
		err = PTR_ERR(ctl->sock);
		kfree(ctl);
		return err;
	}
	file->private_data = ctl;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

const struct file_operations toyfs_clone_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_clone_open,
	.release	= toyfs_ctl_release,
	.read_iter	= toyfs_ctl_read,
	.write_iter	= toyfs_ctl_write,
	.poll		= toyfs_ctl_poll,
	.unlocked_ioctl	= toyfs_ctl_ioctl,
	.compat_ioctl	= toyfs_ctl_ioctl,
	.show_fdinfo	= toyfs_ctl_fdinfo,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};

const struct file_operations toyfs_ctl_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_ctl_open,
	.release	= toyfs_ctl_release,
	.read_iter	= toyfs_ctl_read,
	.write_iter	= toyfs_ctl_write,
	.poll		= toyfs_ctl_poll,
	.unlocked_ioctl	= toyfs_ctl_ioctl,
	.compat_ioctl	= toyfs_ctl_ioctl,
	.show_fdinfo	= toyfs_ctl_fdinfo,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};

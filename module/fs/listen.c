// SPDX-License-Identifier: GPL-2.0-only
/*
 * listen: opening it waits for nothing; its first read accepts a call, and from
 * then on it is the ctl of that.
 *
 * So what an open listen stands for changes once, under its lock: who uses it
 * without a lock takes a reference on the struct file first. Pollers wait on a
 * queue of its own, not on the socket's, which may go while they wait.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "ctl.h"

/**
 * struct toyfs_listen - an open listen
 * @ctl:	of the call that was accepted. Before: @ctl.sock is the
 *		listener, @ctl.conv is NULL
 * @accepting:	one read at a time accepts
 * @lock:	protects the change of @ctl, and @relayed
 * @wait:	where pollers wait, since what they wait for changes
 * @relay:	passes wake-ups of the socket on to @wait, once somebody polled
 * @relayed:	it does
 */
struct toyfs_listen {
	struct toyfs_ctl	ctl;
	struct mutex		accepting; /* one read at a time */
	spinlock_t		lock; /* the change */
	wait_queue_head_t	wait;
	wait_queue_entry_t	relay;
	bool			relayed;
};

/* The socket that it stands for now, with a reference; whether it accepted. */
static struct file *toyfs_listen_get(struct toyfs_listen *listen,
				     bool *accepted)
{
	struct file *sock;

	spin_lock(&listen->lock);
	sock = get_file(listen->ctl.sock);
	*accepted = listen->ctl.conv;
	spin_unlock(&listen->lock);
	return sock;
}

/* Whether its call was accepted: from then on nothing changes. */
static bool toyfs_listen_done(const struct toyfs_listen *listen)
{
	/* Pairs with the release in toyfs_listen_become(). */
	return smp_load_acquire(&listen->ctl.conv);
}

/* ---- polling ---- */

static int toyfs_listen_relay(wait_queue_entry_t *entry, unsigned int mode,
			      int flags, void *key)
{
	struct toyfs_listen *listen =
		container_of(entry, struct toyfs_listen, relay);

	wake_up_poll(&listen->wait, key_to_poll(key));
	return 0;
}

/* Have the socket's wake-ups passed on, from the first poll to the close. */
static void toyfs_listen_arm(struct toyfs_listen *listen)
{
	spin_lock(&listen->lock);
	if (!listen->relayed) {
		init_waitqueue_func_entry(&listen->relay, toyfs_listen_relay);
		add_wait_queue(sk_sleep(toyfs_socket(listen->ctl.sock)->sk),
			       &listen->relay);
		listen->relayed = true;
	}
	spin_unlock(&listen->lock);
}

static __poll_t toyfs_listen_poll(struct file *file, poll_table *wait)
{
	struct toyfs_listen *listen = file->private_data;
	struct socket *sock;
	struct file *held;
	bool accepted;
	__poll_t mask;

	poll_wait(file, &listen->wait, wait);
	toyfs_listen_arm(listen);
	/* Waiting before looking; pairs with skwq_has_sleeper(). */
	smp_mb();
	held = toyfs_listen_get(listen, &accepted);
	sock = toyfs_socket(held);
	mask = sock->ops->poll(file, sock, NULL);
	if (accepted)
		mask = toyfs_ctl_events(&listen->ctl, mask);
	else
		mask &= ~(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	fput(held);
	return mask;
}

/* ---- accepting ---- */

/* A struct socket and its file, into which a call can be accepted. */
static struct file *toyfs_listen_prepare(const struct socket *listener)
{
	struct socket *sock;
	int err;

	err = sock_create_lite(toy_family, listener->type, 0, &sock);
	if (err)
		return ERR_PTR(err);
	sock->ops = listener->ops;
	__module_get(sock->ops->owner);
	/* Releases the socket if it fails. */
	return sock_alloc_file(sock, O_RDWR, NULL);
}

/* From now on this is the ctl of the call that was accepted. */
static void toyfs_listen_become(struct toyfs_listen *listen, struct file *call,
				struct toy_conv *conv)
{
	struct file *listener;

	spin_lock(&listen->lock);
	listener = listen->ctl.sock;
	if (listen->relayed) {
		remove_wait_queue(sk_sleep(toyfs_socket(listener)->sk),
				  &listen->relay);
		add_wait_queue(sk_sleep(toyfs_socket(call)->sk), &listen->relay);
	}
	listen->ctl.sock = call;
	/* What is above is there for who sees it without the lock. */
	smp_store_release(&listen->ctl.conv, conv);
	spin_unlock(&listen->lock);
	fput(listener);
	/* It has another state now. */
	wake_up_all(&listen->wait);
}

/*
 * Accept a call. Everything that can fail is done before: a call that was taken
 * off the backlog is not lost. Under listen->accepting.
 */
static int toyfs_listen_accept(struct toyfs_listen *listen, struct toy_conv *from,
			       bool nonblock)
{
	struct socket *listener = toyfs_socket(listen->ctl.sock);
	struct toy_conv *conv = toy_conv_alloc();
	struct toy_conv_view view;
	struct file *call;
	int err;

	if (!conv)
		return -ENOMEM;
	call = toyfs_listen_prepare(listener);
	if (IS_ERR(call)) {
		err = PTR_ERR(call);
		goto put_conv;
	}
	err = toy_compat_accept(listener, toyfs_socket(call),
				nonblock ? O_NONBLOCK : 0);
	if (err)
		goto put_call;
	/* Never NULL: the socket has just begun to live. */
	conv = toy_conv_attach(toyfs_socket(call)->sk, conv);
	toy_conv_look(from, &view);
	if (view.openable)
		toy_conv_publish(conv, view.mode, view.uid, view.gid);
	toyfs_listen_become(listen, call, conv);
	return 0;

put_call:
	fput(call);
put_conv:
	toy_conv_put(conv);
	return err;
}

static int toyfs_listen_lock(struct toyfs_listen *listen, bool nonblock)
{
	if (!nonblock)
		return mutex_lock_interruptible(&listen->accepting) ?
		       -ERESTARTSYS : 0;
	return mutex_trylock(&listen->accepting) ? 0 : -EAGAIN;
}

/* The first read: wait for a call, unless another thread's got one already. */
static int toyfs_listen_wait(struct toyfs_listen *listen, struct kiocb *iocb)
{
	struct file *file = iocb->ki_filp;
	bool nonblock = toyfs_nonblock(iocb);
	const struct cred *old;
	int err;

	err = toyfs_listen_lock(listen, nonblock);
	if (err)
		return err;
	if (!toyfs_listen_done(listen)) {
		old = override_creds(file->f_cred);
		err = toyfs_listen_accept(listen, toyfs_conv(file_inode(file)),
					  nonblock);
		revert_creds(old);
	}
	mutex_unlock(&listen->accepting);
	return err;
}

static ssize_t toyfs_listen_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct toyfs_listen *listen = iocb->ki_filp->private_data;
	int err;

	if (!iov_iter_count(to))
		return 0;
	if (!toyfs_listen_done(listen)) {
		err = toyfs_listen_wait(listen, iocb);
		if (err)
			return err;
	}
	return toyfs_ctl_read_number(&listen->ctl, listen->ctl.conv->id, to);
}

/* ---- the rest ---- */

static ssize_t toyfs_listen_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct toyfs_listen *listen = iocb->ki_filp->private_data;

	if (!toyfs_listen_done(listen))
		return -ENOTCONN;
	return toyfs_ctl_run(&listen->ctl, iocb, from);
}

static long toyfs_listen_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	struct toyfs_listen *listen = file->private_data;

	if (cmd != TOYIOC_GETSOCK)
		return -ENOTTY;
	if (!toyfs_listen_done(listen))
		return -ENOTCONN;
	return toyfs_ctl_getsock(file, listen->ctl.sock, arg);
}

static void toyfs_listen_fdinfo(struct seq_file *m, struct file *file)
{
	struct file *sock;
	bool accepted;

	sock = toyfs_listen_get(file->private_data, &accepted);
	toyfs_show_socket(m, sock);
	fput(sock);
}

static int toyfs_listen_open(struct inode *inode, struct file *file)
{
	struct toyfs_listen *listen;
	int err;

	err = toyfs_may_enter(inode);
	if (err)
		return err;
	listen = kzalloc(sizeof(*listen), GFP_KERNEL_ACCOUNT);
	if (!listen)
		return -ENOMEM;
	spin_lock_init(&listen->lock);
	mutex_init(&listen->accepting);
	init_waitqueue_head(&listen->wait);
	listen->ctl.sock = toy_conv_file(toyfs_conv(inode));
	if (!listen->ctl.sock) {
		kfree(listen);
		return -ENOENT;
	}
	file->private_data = listen;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int toyfs_listen_release(struct inode *inode, struct file *file)
{
	struct toyfs_listen *listen = file->private_data;

	if (listen->relayed)
		remove_wait_queue(sk_sleep(toyfs_socket(listen->ctl.sock)->sk),
				  &listen->relay);
	toyfs_ctl_put(&listen->ctl);
	kfree(listen);
	return 0;
}

const struct file_operations toyfs_listen_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_listen_open,
	.release	= toyfs_listen_release,
	.read_iter	= toyfs_listen_read,
	.write_iter	= toyfs_listen_write,
	.poll		= toyfs_listen_poll,
	.unlocked_ioctl	= toyfs_listen_ioctl,
	.compat_ioctl	= toyfs_listen_ioctl,
	.show_fdinfo	= toyfs_listen_fdinfo,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};

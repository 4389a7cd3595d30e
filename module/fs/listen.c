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
#include <linux/poll.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "ctl.h"

/* The socket that it stands for now, with a reference; whether it accepted. */
static struct file *toyfs_listen_get(struct toyfs_ctl *ctl, bool *accepted)
{
	struct file *sock;

	spin_lock(&ctl->lock);
	sock = get_file(ctl->sock);
	*accepted = ctl->conv;
	spin_unlock(&ctl->lock);
	return sock;
}

/* Whether its call was accepted: from then on nothing changes. */
static bool toyfs_listen_done(const struct toyfs_ctl *ctl)
{
	/* Pairs with the release in toyfs_listen_become(). */
	return smp_load_acquire(&ctl->conv);
}

/* ---- polling ---- */

static int toyfs_listen_relay(wait_queue_entry_t *entry, unsigned int mode,
			      int flags, void *key)
{
	struct toyfs_ctl *ctl = container_of(entry, struct toyfs_ctl, relay);

	wake_up_poll(&ctl->wait, key_to_poll(key));
	return 0;
}

/* Have the socket's wake-ups passed on, from the first poll to the close. */
static void toyfs_listen_arm(struct toyfs_ctl *ctl)
{
	spin_lock(&ctl->lock);
	if (!ctl->relayed) {
		init_waitqueue_func_entry(&ctl->relay, toyfs_listen_relay);
		add_wait_queue(sk_sleep(toyfs_socket(ctl->sock)->sk),
			       &ctl->relay);
		ctl->relayed = true;
	}
	spin_unlock(&ctl->lock);
}

static __poll_t toyfs_listen_poll(struct file *file, poll_table *wait)
{
	struct toyfs_ctl *ctl = file->private_data;
	struct socket *sock;
	struct file *held;
	bool accepted;
	__poll_t mask;

	poll_wait(file, &ctl->wait, wait);
	toyfs_listen_arm(ctl);
	/* Waiting before looking; pairs with skwq_has_sleeper(). */
	smp_mb();
	held = toyfs_listen_get(ctl, &accepted);
	sock = toyfs_socket(held);
	mask = sock->ops->poll(file, sock, NULL);
	if (accepted)
		mask = toyfs_ctl_events(ctl, mask);
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
static void toyfs_listen_become(struct toyfs_ctl *ctl, struct file *call,
				struct toy_conv *conv)
{
	struct file *listener;

	spin_lock(&ctl->lock);
	listener = ctl->sock;
	if (ctl->relayed) {
		remove_wait_queue(sk_sleep(toyfs_socket(listener)->sk),
				  &ctl->relay);
		add_wait_queue(sk_sleep(toyfs_socket(call)->sk), &ctl->relay);
	}
	ctl->sock = call;
	/* What is above is there for who sees it without the lock. */
	smp_store_release(&ctl->conv, conv);
	spin_unlock(&ctl->lock);
	fput(listener);
	/* It has another state now. */
	wake_up_all(&ctl->wait);
}

/*
 * Accept a call. Everything that can fail is done before: a call that was taken
 * off the backlog is not lost. Under ctl->accepting.
 */
static int toyfs_listen_accept(struct toyfs_ctl *ctl, struct toy_conv *from,
			       bool nonblock)
{
	struct socket *listener = toyfs_socket(ctl->sock);
	struct toy_conv *conv = toy_conv_alloc();
	struct file *call;
	kuid_t uid;
	kgid_t gid;
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
	toy_conv_open_up(conv, true, toy_conv_mode(from));
	toy_conv_owner(from, &uid, &gid);
	toy_conv_chown(conv, uid, gid);
	toyfs_listen_become(ctl, call, conv);
	return 0;

put_call:
	fput(call);
put_conv:
	toy_conv_put(conv);
	return err;
}

static int toyfs_listen_lock(struct toyfs_ctl *ctl, bool nonblock)
{
	if (!nonblock)
		return mutex_lock_interruptible(&ctl->accepting) ?
		       -ERESTARTSYS : 0;
	return mutex_trylock(&ctl->accepting) ? 0 : -EAGAIN;
}

/* The first read: wait for a call, unless another thread's got one already. */
static int toyfs_listen_wait(struct toyfs_ctl *ctl, struct kiocb *iocb)
{
	struct file *file = iocb->ki_filp;
	bool nonblock = toyfs_nonblock(iocb);
	const struct cred *old;
	int err;

	err = toyfs_listen_lock(ctl, nonblock);
	if (err)
		return err;
	if (!toyfs_listen_done(ctl)) {
		old = override_creds(file->f_cred);
		err = toyfs_listen_accept(ctl, toyfs_conv(file_inode(file)),
					  nonblock);
		revert_creds(old);
	}
	mutex_unlock(&ctl->accepting);
	return err;
}

static ssize_t toyfs_listen_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct toyfs_ctl *ctl = iocb->ki_filp->private_data;
	int err;

	if (!iov_iter_count(to))
		return 0;
	if (!toyfs_listen_done(ctl)) {
		err = toyfs_listen_wait(ctl, iocb);
		if (err)
			return err;
	}
	return toyfs_ctl_read_number(ctl, ctl->conv->id, to);
}

/* ---- the rest ---- */

static ssize_t toyfs_listen_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct toyfs_ctl *ctl = iocb->ki_filp->private_data;

	if (!toyfs_listen_done(ctl))
		return -ENOTCONN;
	return toyfs_ctl_run(ctl, iocb, from);
}

static long toyfs_listen_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	struct toyfs_ctl *ctl = file->private_data;

	if (cmd != TOYIOC_GETSOCK)
		return -ENOTTY;
	if (!toyfs_listen_done(ctl))
		return -ENOTCONN;
	return toyfs_ctl_getsock(file, ctl->sock, arg);
}

static int toyfs_listen_open(struct inode *inode, struct file *file)
{
	struct toyfs_ctl *ctl;
	int err;

	err = toyfs_may_enter(inode);
	if (err)
		return err;
	ctl = toyfs_ctl_alloc();
	if (!ctl)
		return -ENOMEM;
	ctl->sock = toy_conv_file(toyfs_conv(inode));
	if (!ctl->sock) {
		kfree(ctl);
		return -ENOENT;
	}
	ctl->listens = true;
	file->private_data = ctl;
	return stream_open(inode, file);
}

const struct file_operations toyfs_listen_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_listen_open,
	.release	= toyfs_ctl_release,
	.read_iter	= toyfs_listen_read,
	.write_iter	= toyfs_listen_write,
	.poll		= toyfs_listen_poll,
	.unlocked_ioctl	= toyfs_listen_ioctl,
	.compat_ioctl	= toyfs_listen_ioctl,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};

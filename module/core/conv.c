// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversations: a socket as toyfs sees it.
 *
 * Who keeps what alive: Documentation/architecture/toyfs.md.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "../compat.h"
#include "conv.h"

/**
 * toy_conv_alloc() - the memory of one, for toy_conv_attach()
 *
 * Context: may sleep.
 * Return: NULL where there is none; toy_conv_put() frees it.
 */
struct toy_conv *toy_conv_alloc(void)
{
	struct toy_conv *conv = kzalloc(sizeof(*conv), GFP_KERNEL_ACCOUNT);

	if (!conv)
		return NULL;
	refcount_set(&conv->ref, 1);
	spin_lock_init(&conv->lock);
	return conv;
}

/* It makes way for another one: the last reference on it is gone. */
static void toy_conv_unhook(struct toy_conv *conv)
{
	spin_lock(&conv->lock);
	conv->sk = NULL;
	spin_unlock(&conv->lock);
}

/**
 * toy_conv_attach() - the conversation of a socket
 * @sk:		socket
 * @fresh:	what to use where it has none yet; the callee's from here on
 *
 * Context: process; no receive lock held.
 * Return: it, with a reference; NULL where the socket is gone.
 */
struct toy_conv *toy_conv_attach(struct sock *sk, struct toy_conv *fresh)
{
	struct toy_sock *toy = toy_sk(sk);
	struct toy_conv *conv = NULL;

	toy_rx_lock(sk);
	if (toy->id) {
		conv = toy->conv;
		if (!conv || !refcount_inc_not_zero(&conv->ref)) {
			/* The socket will not tell this one of its end. */
			if (conv)
				toy_conv_unhook(conv);
			conv = fresh;
			conv->id = toy->id;
			conv->type = sk->sk_type;
			conv->sk = sk;
			/* For who looks under RCU. */
			smp_store_release(&toy->conv, conv);
		}
	}
	toy_rx_unlock(sk);
	if (conv != fresh)
		toy_conv_put(fresh);
	return conv;
}

/**
 * toy_conv_of() - the conversation of a socket
 * @sk:		socket
 *
 * Context: may sleep.
 * Return: it, with a reference; ERR_PTR: -ENOMEM; -ENOENT: the socket is gone.
 */
struct toy_conv *toy_conv_of(struct sock *sk)
{
	struct toy_conv *conv = toy_conv_alloc();

	if (!conv)
		return ERR_PTR(-ENOMEM);
	return toy_conv_attach(sk, conv) ?: ERR_PTR(-ENOENT);
}

/**
 * toy_conv_detach() - a socket goes: its conversation knows it no more
 * @sk:		socket that has one
 *
 * Context: under the receive lock.
 * Return: what the caller has to put, after the lock is dropped; or NULL.
 */
struct toy_conv *toy_conv_detach(struct sock *sk)
{
	struct toy_conv *conv = toy_sk(sk)->conv;
	bool kept;

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	WRITE_ONCE(toy_sk(sk)->conv, NULL);
	spin_lock(&conv->lock);
	conv->sk = NULL;
	WRITE_ONCE(conv->gone, true);
	kept = conv->kept;
	spin_unlock(&conv->lock);
	return kept ? conv : NULL;
}

/* Nobody looks at it any more: the socket forgets it. */
static void toy_conv_forget(struct toy_conv *conv)
{
	struct sock *sk = toy_conv_sock(conv);

	if (!sk)
		return;
	toy_rx_lock(sk);
	/* Another one may have taken its place already. */
	if (toy_sk(sk)->conv == conv)
		WRITE_ONCE(toy_sk(sk)->conv, NULL);
	toy_rx_unlock(sk);
	sock_put(sk);
}

/**
 * toy_conv_put() - drop a reference
 * @conv:	conversation, or NULL
 *
 * Context: process or BH; no receive lock held.
 */
void toy_conv_put(struct toy_conv *conv)
{
	if (!conv || !refcount_dec_and_test(&conv->ref))
		return;
	toy_conv_forget(conv);
	kfree_rcu(conv, rcu);
}

/**
 * toy_conv_sock() - the socket of a conversation
 * @conv:	conversation
 *
 * Context: any but hard interrupt.
 * Return: the socket with a reference; NULL once it is gone.
 */
struct sock *toy_conv_sock(struct toy_conv *conv)
{
	struct sock *sk;

	spin_lock_bh(&conv->lock);
	sk = conv->sk;
	if (sk)
		sock_hold(sk);
	spin_unlock_bh(&conv->lock);
	return sk;
}

/**
 * toy_conv_file() - the open file of a conversation's socket
 * @conv:	conversation
 *
 * With the reference the owner's close(2) is not the last, as after dup(2).
 *
 * Context: process.
 * Return: the file with a reference; NULL where there is none: the last close
 * has begun, or nobody accepted the socket yet.
 */
struct file *toy_conv_file(struct toy_conv *conv)
{
	struct sock *sk = toy_conv_sock(conv);
	struct file *file = NULL;

	if (!sk)
		return NULL;
	/*
	 * The release of the socket takes this lock (sock_orphan()): until then
	 * the struct file is there, if only to be counted down.
	 */
	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket)
		file = toy_compat_get_file(&sk->sk_socket->file);
	read_unlock_bh(&sk->sk_callback_lock);
	sock_put(sk);
	return file;
}

/* Until somebody changes them owner and group are the socket's. */
static void toy_conv_update_owner(struct toy_conv *conv)
{
	lockdep_assert_held(&conv->lock);
	if (!conv->sk || conv->chowned)
		return;
	conv->uid = READ_ONCE(conv->sk->sk_uid);
	conv->gid = READ_ONCE(toy_sk(conv->sk)->gid);
}

static void toy_conv_set_owner(struct toy_conv *conv, kuid_t uid, kgid_t gid)
{
	toy_conv_update_owner(conv);
	if (!uid_valid(uid) && !gid_valid(gid))
		return;
	if (uid_valid(uid))
		conv->uid = uid;
	if (gid_valid(gid))
		conv->gid = gid;
	conv->chowned = true;
}

/* Something is about to be set: stay for as long as the socket does. */
static int toy_conv_keep(struct toy_conv *conv)
{
	lockdep_assert_held(&conv->lock);
	if (!conv->sk)
		return -ENOENT;
	if (!conv->kept)
		refcount_inc(&conv->ref);
	conv->kept = true;
	return 0;
}

/**
 * toy_conv_open_up() - let toyfs open a socket, or no longer
 * @conv:	conversation
 * @openable:	whether
 * @mode:	permissions of ctl, data and listen, of TOY_CONV_MODES
 *
 * Context: process.
 * Return: 0; -ENOENT: the socket is gone.
 */
int toy_conv_open_up(struct toy_conv *conv, bool openable, umode_t mode)
{
	int err;

	spin_lock_bh(&conv->lock);
	err = toy_conv_keep(conv);
	if (!err) {
		conv->openable = openable;
		conv->mode = mode;
	}
	spin_unlock_bh(&conv->lock);
	return err;
}

/**
 * toy_conv_publish() - let toyfs open a socket that was made through it
 * @conv:	conversation
 * @mode:	permissions of ctl, data and listen, of TOY_CONV_MODES
 * @uid:	owner, INVALID_UID for who made it
 * @gid:	group, INVALID_GID likewise
 *
 * All in one: nobody sees the mode with another owner.
 *
 * Context: process.
 * Return: 0; -ENOENT: the socket is gone.
 */
int toy_conv_publish(struct toy_conv *conv, umode_t mode, kuid_t uid,
		     kgid_t gid)
{
	int err;

	spin_lock_bh(&conv->lock);
	err = toy_conv_keep(conv);
	if (!err) {
		toy_conv_set_owner(conv, uid, gid);
		conv->mode = mode;
		conv->openable = true;
	}
	spin_unlock_bh(&conv->lock);
	return err;
}

/**
 * toy_conv_chmod() - chmod(2) of ctl, data or listen
 * @conv:	conversation
 * @mode:	permissions, of TOY_CONV_MODES
 *
 * Context: process.
 * Return: 0; -EPERM: not openable; -ENOENT: the socket is gone.
 */
int toy_conv_chmod(struct toy_conv *conv, umode_t mode)
{
	int err;

	spin_lock_bh(&conv->lock);
	err = conv->openable ? toy_conv_keep(conv) : -EPERM;
	if (!err)
		conv->mode = mode;
	spin_unlock_bh(&conv->lock);
	return err;
}

/**
 * toy_conv_chown() - give a conversation to somebody else
 * @conv:	conversation
 * @uid:	new owner, INVALID_UID to leave it
 * @gid:	new group, INVALID_GID to leave it
 *
 * Context: process.
 * Return: 0; -EPERM: not openable; -ENOENT: the socket is gone.
 */
int toy_conv_chown(struct toy_conv *conv, kuid_t uid, kgid_t gid)
{
	int err;

	spin_lock_bh(&conv->lock);
	err = conv->openable ? toy_conv_keep(conv) : -EPERM;
	if (!err)
		toy_conv_set_owner(conv, uid, gid);
	spin_unlock_bh(&conv->lock);
	return err;
}

/* Set one of the switches for reading messages. */
static int toy_conv_switch(struct toy_conv *conv, bool *what, bool on)
{
	int err;

	spin_lock_bh(&conv->lock);
	err = toy_conv_keep(conv);
	if (!err)
		WRITE_ONCE(*what, on);
	spin_unlock_bh(&conv->lock);
	return err;
}

/**
 * toy_conv_set_headers() - whether data carries addresses
 * @conv:	conversation
 * @on:		whether
 *
 * Return: 0; -ENOENT: the socket is gone.
 */
int toy_conv_set_headers(struct toy_conv *conv, bool on)
{
	return toy_conv_switch(conv, &conv->headers, on);
}

/**
 * toy_conv_set_discard() - whether a short read drops the rest of a message
 * @conv:	conversation
 * @on:		whether
 *
 * Return: 0; -ENOENT: the socket is gone.
 */
int toy_conv_set_discard(struct toy_conv *conv, bool on)
{
	return toy_conv_switch(conv, &conv->discard, on);
}

/**
 * toy_conv_look() - whose it is, and who may open it
 * @conv:	conversation
 * @view:	set; what it says was true at one time
 *
 * It is the maker's, until accept(2) makes it the caller's, or chown(2) anybody's.
 *
 * Context: any but hard interrupt.
 */
void toy_conv_look(struct toy_conv *conv, struct toy_conv_view *view)
{
	spin_lock_bh(&conv->lock);
	toy_conv_update_owner(conv);
	view->uid = conv->uid;
	view->gid = conv->gid;
	view->openable = conv->openable;
	view->mode = conv->openable ? conv->mode : 0;
	spin_unlock_bh(&conv->lock);
}

/**
 * toy_conv_uid_of() - the owner of a socket that may have no conversation
 * @sk:		socket
 *
 * Context: any but hard interrupt; the receive lock may be held.
 */
kuid_t toy_conv_uid_of(struct sock *sk)
{
	kuid_t uid = READ_ONCE(sk->sk_uid);
	struct toy_conv *conv;

	rcu_read_lock();
	conv = READ_ONCE(toy_sk(sk)->conv);
	if (conv) {
		spin_lock_bh(&conv->lock);
		if (conv->chowned)
			uid = conv->uid;
		spin_unlock_bh(&conv->lock);
	}
	rcu_read_unlock();
	return uid;
}

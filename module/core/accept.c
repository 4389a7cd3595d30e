// SPDX-License-Identifier: GPL-2.0-only
/*
 * A listener's queue of calls not accepted yet.
 *
 * The queue holds the one reference of a child. accept(2) hands it to a struct
 * socket; when the listener ends the child is closed in its place.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "../backend/backend.h"
#include "accept.h"
#include "histogram.h"
#include "port.h"
#include "registry.h"

static void toy_accept_link(struct sock *listener, struct sock *child)
{
	lockdep_assert_held(&listener->sk_receive_queue.lock);
	toy_sk(child)->called = toy_histogram_start(listener);
	list_add_tail(&toy_sk(child)->accept_queue,
		      &toy_sk(listener)->accept_queue);
}

static void toy_accept_has_room(struct sock *listener)
{
	struct toy_sock *toy = toy_sk(listener);

	/* A caller looks under the lock once it is there: we see it, or it us. */
	if (waitqueue_active(&toy->room_wait))
		wake_up_interruptible(&toy->room_wait);
}

/**
 * toy_accept_add() - queue a child
 * @listener:	listener whose accept queue is not full
 * @child:	connected child; its reference goes to the queue
 *
 * Context: under the listener's receive lock. Wake the listener afterwards.
 */
void toy_accept_add(struct sock *listener, struct sock *child)
{
	toy_accept_link(listener, child);
	sk_acceptq_added(listener);
}

/**
 * toy_accept_reserve() - keep a place for a call that is about to be complete
 * @listener:	listener, or what was one
 *
 * Context: no receive lock held.
 * Return: whether there is one; then toy_accept_take_place() or
 * toy_accept_cancel() has to follow.
 */
bool toy_accept_reserve(struct sock *listener)
{
	bool ok;

	toy_rx_lock(listener);
	ok = listener->sk_state == TCP_LISTEN && !sk_acceptq_is_full(listener);
	if (ok)
		sk_acceptq_added(listener);
	toy_rx_unlock(listener);
	return ok;
}

/**
 * toy_accept_cancel() - the place is free again
 * @listener:	listener, or what was one
 *
 * Context: no receive lock held.
 */
void toy_accept_cancel(struct sock *listener)
{
	toy_rx_lock(listener);
	sk_acceptq_removed(listener);
	toy_rx_unlock(listener);
	toy_accept_has_room(listener);
}

/**
 * toy_accept_take_place() - queue a child where a place was kept for it
 * @listener:	listener, or what was one
 * @child:	connected child; its reference goes to the queue
 *
 * Context: no receive lock held. Wake the listener afterwards.
 * Return: false: it listens no more, and the reference is still the caller's.
 */
bool toy_accept_take_place(struct sock *listener, struct sock *child)
{
	bool ok;

	toy_rx_lock(listener);
	ok = listener->sk_state == TCP_LISTEN;
	if (ok)
		toy_accept_link(listener, child);
	else
		sk_acceptq_removed(listener);
	toy_rx_unlock(listener);
	return ok;
}

/**
 * toy_accept_take() - take the oldest call
 * @listener:	listener
 *
 * Wakes one caller that waits for room in the queue.
 *
 * Context: no receive lock held.
 * Return: the child and its reference; NULL where none is there.
 */
struct sock *toy_accept_take(struct sock *listener)
{
	struct toy_sock *toy = toy_sk(listener);
	struct toy_sock *child;

	toy_rx_lock(listener);
	child = list_first_entry_or_null(&toy->accept_queue, struct toy_sock,
					 accept_queue);
	if (child) {
		/* Not those that are reset since the listener stops. */
		if (toy_histogram_on() && listener->sk_state == TCP_LISTEN)
			toy_histogram_accepted(listener, child->called);
		child->called = 0;
		list_del_init(&child->accept_queue);
		sk_acceptq_removed(listener);
	}
	toy_rx_unlock(listener);
	if (!child)
		return NULL;
	toy_accept_has_room(listener);
	return &child->sk;
}

static struct toy_caller *toy_caller_make(void)
{
	struct toy_caller *caller = kmalloc(sizeof(*caller), GFP_KERNEL_ACCOUNT);

	if (caller) {
		caller->cred = toy_cred_get(current_cred());
		caller->pid = get_pid(task_tgid(current));
	}
	return caller;
}

static void toy_caller_free(struct toy_caller *caller)
{
	if (!caller)
		return;
	put_cred(caller->cred);
	put_pid(caller->pid);
	kfree(caller);
}

/**
 * toy_accept_open() - remember who listens
 * @sk:		socket that is about to listen, or does already
 *
 * Context: lock_sock() held, no receive lock; may sleep.
 * Return: 0; -ENOMEM.
 */
int toy_accept_open(struct sock *sk)
{
	struct toy_caller *caller = toy_caller_make();

	if (!caller)
		return -ENOMEM;
	toy_rx_lock(sk);
	swap(caller, toy_sk(sk)->caller);
	toy_rx_unlock(sk);
	toy_caller_free(caller);
	return 0;
}

/**
 * toy_accept_close() - forget it
 * @sk:		socket that does not listen, after toy_accept_open()
 *
 * Context: lock_sock() held, no receive lock.
 */
void toy_accept_close(struct sock *sk)
{
	struct toy_caller *caller = NULL;

	toy_rx_lock(sk);
	swap(caller, toy_sk(sk)->caller);
	toy_rx_unlock(sk);
	toy_caller_free(caller);
}

/**
 * toy_accept_stop() - a listener stops: no call finds it, those there are reset
 * @listener:	listener, its state goes to TCP_CLOSE
 *
 * Context: lock_sock() held, no receive lock; may sleep.
 */
void toy_accept_stop(struct sock *listener)
{
	struct sock *child;

	toy_port_unlisten(listener);
	/* The state is TCP_CLOSE: from here on nobody adds to the queue. */
	while ((child = toy_accept_take(listener))) {
		toy_registry_del(child);
		/* Over a link its peer and its timers know it already. */
		lock_sock_nested(child, SINGLE_DEPTH_NESTING);
		toy_sk(child)->backend->close(child, true);
		release_sock(child);
		toy_port_release(child);
		sock_put(child);
	}
	toy_accept_close(listener);
	wake_up_interruptible_all(&toy_sk(listener)->room_wait);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for room in another socket's queue.
 *
 * Two queues are filled by many: that of a datagram socket, and a listener's
 * accept queue. Who finds one full waits on the room_wait of its holder: asleep
 * (toy_room_wait()), or, since a poll must not leave an entry on a wait queue
 * of a socket that may go before it, through a relay that passes the wake-up on
 * to the poller's own socket (toy_room_relay()).
 */
#include "room.h"
#include "rxq.h"

/* Exact under the receive lock: full, and worth waiting for. */
static bool toy_room_full(struct sock *holder, unsigned int truesize)
{
	bool full;

	toy_rx_lock(holder);
	if (sock_flag(holder, SOCK_DEAD) ||
	    holder->sk_shutdown & RCV_SHUTDOWN)
		full = false;
	else if (toy_connection_type(holder))
		full = holder->sk_state == TCP_LISTEN &&
		       sk_acceptq_is_full(holder);
	else
		full = !toy_rxq_has_room(holder, truesize);
	toy_rx_unlock(holder);
	return full;
}

/**
 * struct toy_room_nudge - what ends the wait of a socket that is hung up
 * @entry:	entry in the wait queue of the waiting socket
 * @wait:	entry in the queue that it sleeps at
 */
struct toy_room_nudge {
	wait_queue_entry_t	entry;
	wait_queue_entry_t	*wait;
};

static int toy_room_nudge_wake(wait_queue_entry_t *entry, unsigned int mode,
			       int flags, void *key)
{
	struct toy_room_nudge *nudge =
		container_of(entry, struct toy_room_nudge, entry);

	return woken_wake_function(nudge->wait, mode, flags, key);
}

/**
 * toy_room_wait() - sleep until a queue may have room
 * @holder:	socket whose queue is full; the caller has a reference
 * @truesize:	memory of the datagram that has to fit
 * @timeo:	time left in jiffies, counted down
 * @locked:	socket whose lock_sock() is dropped while asleep, or NULL; its
 *		state_change callback ends the sleep, too
 *
 * Context: may sleep.
 * Return: 0, try again; -EAGAIN when the time is up; -ERESTARTSYS or -EINTR.
 */
int toy_room_wait(struct sock *holder, unsigned int truesize, long *timeo,
		  struct sock *locked)
{
	wait_queue_head_t *queue = &toy_sk(holder)->room_wait;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct toy_room_nudge nudge = { .wait = &wait };
	int err = 0;

	if (!*timeo)
		return -EAGAIN;
	if (locked) {
		init_waitqueue_func_entry(&nudge.entry, toy_room_nudge_wake);
		add_wait_queue(sk_sleep(locked), &nudge.entry);
	}
	/*
	 * One message gone, one sender woken; who gets room wakes the next
	 * (toy_room_pass_on()). On the wait queue before looking again.
	 */
	add_wait_queue_exclusive(queue, &wait);
	if (locked)
		release_sock(locked);
	if (toy_room_full(holder, truesize))
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
	if (locked) {
		lock_sock(locked);
		remove_wait_queue(sk_sleep(locked), &nudge.entry);
	}
	remove_wait_queue(queue, &wait);

	if (signal_pending(current))
		err = sock_intr_errno(*timeo);
	else if (!*timeo)
		err = -EAGAIN;
	/* We leave: the wake-up may have been meant for someone who stays. */
	if (err)
		toy_room_pass_on(holder);
	return err;
}

/**
 * toy_room_pass_on() - whoever waited for room has it, and may not need it all
 * @holder:	socket whose queue had room
 *
 * Context: no lock held.
 */
void toy_room_pass_on(struct sock *holder)
{
	wake_up_interruptible(&toy_sk(holder)->room_wait);
}

/* There is room: tell the pollers of the socket behind the relay, once. */
static int toy_room_relay_wake(wait_queue_entry_t *entry, unsigned int mode,
			       int flags, void *key)
{
	struct toy_sock *toy = container_of(entry, struct toy_sock, relay);

	list_del_init(&entry->entry);
	toy_room_ready(&toy->sk);
	return 0;
}

/**
 * toy_room_relay() - have a socket's pollers told of room in another's queue
 * @sk:		datagram socket that is polled
 * @holder:	receiver it is connected to; the caller has a reference
 *
 * The relay ends with the wake-up, with toy_room_unrelay(), or by asking for
 * one on another receiver. It holds a reference on the receiver until the
 * latter two.
 *
 * Context: process; no lock held.
 * Return: whether the receiver still refuses; if not, no wake-up may come.
 */
bool toy_room_relay(struct sock *sk, struct sock *holder)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sock *old = NULL;
	bool refuses;

	lock_sock(sk);
	if (rcu_access_pointer(toy->peer) != holder) {
		/* Connected elsewhere since the caller looked. */
		release_sock(sk);
		return false;
	}
	if (toy_relay_to(toy) != holder) {
		old = toy_relay_to(toy);
		if (old)
			remove_wait_queue(&toy_sk(old)->room_wait,
					  &toy->relay);
		INIT_LIST_HEAD(&toy->relay.entry);
		init_waitqueue_func_entry(&toy->relay, toy_room_relay_wake);
		sock_hold(holder);
		toy->relay.private = holder;
	}
	spin_lock_irq(&toy_sk(holder)->room_wait.lock);
	if (list_empty(&toy->relay.entry))
		__add_wait_queue(&toy_sk(holder)->room_wait, &toy->relay);
	spin_unlock_irq(&toy_sk(holder)->room_wait.lock);
	release_sock(sk);
	if (old)
		sock_put(old);

	toy_rx_lock(holder);
	refuses = !sock_flag(holder, SOCK_DEAD) &&
		  !toy_rxq_has_room(holder, toy_room_wanted(sk));
	toy_rx_unlock(holder);
	return refuses;
}

/**
 * toy_room_unrelay() - end it
 * @sk:		datagram socket that closes or has another peer
 *
 * Context: lock_sock() held; process.
 */
void toy_room_unrelay(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sock *old = toy_relay_to(toy);

	if (!old)
		return;
	remove_wait_queue(&toy_sk(old)->room_wait, &toy->relay);
	toy->relay.private = NULL;
	sock_put(old);
}

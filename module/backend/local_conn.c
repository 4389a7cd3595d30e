// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local backend: how two sockets come to know each other, and part.
 */
#include <linux/cred.h>
#include <linux/pid.h>

#include "../core/accept.h"
#include "../core/buf.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "../core/room.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "backend.h"
#include "local.h"

/* ---- connecting ---- */

/* Two sockets know each other from now on; nobody uses @child yet. */
static void local_join(struct sock *sk, struct sock *child,
		       const struct toy_addr *to)
{
	struct toy_sock *toy = toy_sk(sk), *kid = toy_sk(child);

	kid->backend = &toy_local;
	toy_addr_set(&kid->local, *to);
	toy_addr_set(&kid->remote,
		     toy_addr(toy_node_shown(toy->bound.node, to->node),
			      toy->bound.port));
	sock_hold(sk);
	RCU_INIT_POINTER(kid->peer, sk);
	toy_set_state_new(child, TCP_ESTABLISHED);

	toy_addr_set(&toy->local, kid->remote);
	toy_addr_set(&toy->remote, *to);
	sock_hold(child);
	rcu_assign_pointer(toy->peer, child);
}

/*
 * Queue @child with the listener and make @sk its peer, in one step: a listener
 * that closes afterwards finds the child, and resets it.
 */
static int local_call(struct sock *sk, struct sock *listener,
		      struct sock *child, const struct toy_addr *to)
{
	const struct cred *cred = NULL;
	struct pid *pid = NULL;
	int err = 0;

	toy_rx_lock(listener);
	if (listener->sk_state != TCP_LISTEN) {
		err = -ECONNREFUSED;
		goto unlock;
	}
	if (sk_acceptq_is_full(listener)) {
		err = -EAGAIN;
		goto unlock;
	}
	/* Nothing takes a listener's lock inside that of another socket. */
	spin_lock_nested(&sk->sk_receive_queue.lock, SINGLE_DEPTH_NESTING);
	local_join(sk, child, to);
	toy_set_state(sk, TCP_ESTABLISHED);
	spin_unlock(&sk->sk_receive_queue.lock);

	cred = toy_cred_get(toy_sk(listener)->caller->cred);
	pid = get_pid(toy_sk(listener)->caller->pid);
	toy_accept_add(listener, child);
unlock:
	toy_rx_unlock(listener);
	if (err)
		return err;
	/* The core takes the lock for these with BH on: not inside ours. */
	toy_set_peercred(sk, pid, cred);
	put_pid(pid);
	put_cred(cred);
	return 0;
}

/* One attempt to reach @listener. */
static int local_connect_to(struct sock *sk, struct sock *listener,
			    const struct toy_addr *to)
{
	struct sock *child;
	int err;

	/* A hint that saves making a child in vain. */
	if (sk_acceptq_is_full(listener))
		return -EAGAIN;
	child = toy_sock_clone(listener);
	if (!child)
		return -ENOMEM;
	toy_set_peercred(child, task_tgid(current), current_cred());

	err = toy_registry_add(child, GFP_KERNEL_ACCOUNT);
	if (!err)
		err = toy_port_inherit(child, listener) ?
		      local_call(sk, listener, child, to) : -ECONNREFUSED;
	if (err) {
		toy_registry_del(child);
		toy_port_release(child);
		sock_put(child);
		return err;
	}
	toy_stat_inc(sock_net(sk), TOY_STAT_CONNECTS);
	toy_data_ready(listener);
	return 0;
}

static void local_set_state(struct sock *sk, int state)
{
	toy_rx_lock(sk);
	toy_set_state(sk, state);
	toy_rx_unlock(sk);
}

/* connect() of struct toy_backend */
int toy_local_connect(struct sock *sk, const struct toy_addr *to, int flags)
{
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	bool waited = false, slept = false;
	u8 era = toy_sk(sk)->era;
	struct sock *listener;
	int err;

	for (;;) {
		listener = toy_port_lookup(sock_net(sk), toy_space(sk), to,
					   &toy_sk(sk)->bound);
		if (!listener) {
			toy_stat_inc(sock_net(sk), TOY_STAT_REFUSED);
			err = -ECONNREFUSED;
			break;
		}
		err = local_connect_to(sk, listener, to);
		/* A place that we were woken for and did not take. */
		if (waited && err && err != -EAGAIN)
			toy_room_pass_on(listener);
		if (err == -ECONNREFUSED) {
			/* It has just stopped; is there another one? */
			sock_put(listener);
			continue;
		}
		if (err == -EAGAIN)
			toy_stat_inc(sock_net(sk), TOY_STAT_BACKLOG_FULL);
		if (err != -EAGAIN || !timeo) {
			sock_put(listener);
			break;
		}
		local_set_state(sk, TCP_SYN_SENT);
		slept = true;
		err = toy_room_wait(listener, 0, &timeo, sk);
		if (!err && toy_sk(sk)->era != era) {
			/* Hung up meanwhile; the place is for the next one. */
			toy_room_pass_on(listener);
			err = -ECONNABORTED;
		}
		sock_put(listener);
		if (err)
			break;
		waited = true;
	}
	if (err && sk->sk_state == TCP_SYN_SENT)
		local_set_state(sk, TCP_CLOSE);
	if (slept)
		toy_state_changed(sk);
	return err;
}

/**
 * toy_local_pair() - join the two ends of a socketpair
 * @a:		one end, new
 * @b:		the other
 */
void toy_local_pair(struct sock *a, struct sock *b)
{
	toy_sk(a)->joined = TOY_PAIRED;
	toy_sk(b)->joined = TOY_PAIRED;
	sock_hold(a);
	sock_hold(b);
	rcu_assign_pointer(toy_sk(a)->peer, b);
	rcu_assign_pointer(toy_sk(b)->peer, a);
	local_set_state(a, TCP_ESTABLISHED);
	local_set_state(b, TCP_ESTABLISHED);
	toy_set_peercred(a, task_tgid(current), current_cred());
	toy_set_peercred(b, task_tgid(current), current_cred());
}

/* ---- ending ---- */

static void local_shutdown_peer(struct sock *sk, struct sock *peer, int how)
{
	struct sk_buff *empty = NULL;
	int peer_how = 0;

	if (how & RCV_SHUTDOWN)
		peer_how |= SEND_SHUTDOWN;
	if (how & SEND_SHUTDOWN)
		peer_how |= RCV_SHUTDOWN;

	toy_rx_lock(peer);
	if (!local_is_peer(peer, sk)) {
		toy_rx_unlock(peer);
		return;
	}
	WRITE_ONCE(peer->sk_shutdown, peer->sk_shutdown | peer_how);
	if (how & SEND_SHUTDOWN) {
		toy_fin_received(peer);
		empty = toy_rxq_trim(peer);
	}
	toy_rx_unlock(peer);
	toy_buf_free(empty);
	toy_hangup(peer);
}

/* Those who wait to send to us, and our own threads that wait to send. */
static void local_shutdown_datagram(struct sock *sk, int how)
{
	struct sock *peer;

	if (how & RCV_SHUTDOWN)
		wake_up_interruptible_all(&toy_sk(sk)->room_wait);
	peer = how & SEND_SHUTDOWN ? toy_peer_get(sk) : NULL;
	if (peer) {
		wake_up_interruptible_all(&toy_sk(peer)->room_wait);
		sock_put(peer);
	}
}

/* shutdown() of struct toy_backend */
void toy_local_shutdown(struct sock *sk, int how)
{
	toy_rx_lock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	if (how & SEND_SHUTDOWN && toy_connection_type(sk))
		toy_fin_sent(sk);
	toy_rx_unlock(sk);

	if (toy_connection_type(sk))
		local_shutdown_peer(sk, local_peer(sk), how);
	else
		local_shutdown_datagram(sk, how);
	toy_hangup(sk);
}

/*
 * The peer of a socket that closed: nothing comes any more and nothing goes.
 * A reset where data was lost by it, or a call never answered.
 */
static void local_disconnect_peer(struct sock *sk, struct sock *peer,
				  bool reset)
{
	struct sk_buff *empty;

	toy_rx_lock(peer);
	if (!local_is_peer(peer, sk)) {
		toy_rx_unlock(peer);
		return;
	}
	if (reset) {
		toy_stat_inc(sock_net(peer), TOY_STAT_RESETS);
		WRITE_ONCE(peer->sk_err, ECONNRESET);
		toy_set_state(peer, TCP_CLOSE);
	} else {
		toy_fin_received(peer);
	}
	/* After the error: who sees the end (toy_message_next()) sees it too. */
	smp_store_release(&peer->sk_shutdown, SHUTDOWN_MASK);
	empty = toy_rxq_trim(peer);
	toy_rx_unlock(peer);
	toy_buf_free(empty);
	toy_hangup(peer);
}

/* close() of struct toy_backend */
void toy_local_close(struct sock *sk, bool abort)
{
	bool lingers = !sock_flag(sk, SOCK_LINGER) || sk->sk_lingertime;
	bool unread = toy_rxq_shut(sk, true);
	struct sock *peer;

	if (!toy_connection_type(sk)) {
		toy_room_unrelay(sk);
		wake_up_interruptible_all(&toy_sk(sk)->room_wait);
		toy_peer_set(sk, NULL);
		return;
	}
	peer = local_peer(sk);
	if (!peer)
		return;
	local_disconnect_peer(sk, peer, unread || abort || !lingers);
	RCU_INIT_POINTER(toy_sk(sk)->peer, NULL);
	sock_put(peer);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Ethernet backend: what it does for a socket.
 */
#include <linux/sched/signal.h>

#include "../core/rxq.h"
#include "../core/stat.h"
#include "backend.h"
#include "local.h"
#include "wire.h"

/* ---- connecting ---- */

static void ether_set_state(struct sock *sk, int state)
{
	toy_rx_lock(sk);
	toy_set_state(sk, state);
	toy_rx_unlock(sk);
}

static int ether_begin(struct sock *sk, const struct toy_addr *to)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	struct toy_addr from = toy_addr(toy_route_source(sk, to->node),
					toy_sk(sk)->bound.port);
	struct toy_setup setup;
	struct toy_wire *w;
	int err;

	if (from.node == TOY_NODE_ANY ||
	    (from.node == TOY_NODE_LOOPBACK && to->node != TOY_NODE_LOOPBACK))
		return -ENETUNREACH;
	w = toy_wire_make(sk, NULL, NULL, from, *to, GFP_KERNEL_ACCOUNT);
	if (!w)
		return -ENOMEM;
	toy_wire_setup(sk, ether, ifindex, &setup);
	setup.iss = toy_calling_iss(ether, &w->pair);
	toy_conn_open(&w->conn, &setup, toy_pair_now());
	toy_wire_options(w);
	err = toy_pair_add(&w->pair);
	if (err) {
		toy_pair_put(&w->pair);
		return err;
	}
	toy_wire_attach(w, sk);
	WRITE_ONCE(sk->sk_err, 0);
	WRITE_ONCE(sk->sk_shutdown, 0);
	ether_set_state(sk, TCP_SYN_SENT);
	local_bh_disable();
	toy_wire_flush(w, toy_pair_now());
	local_bh_enable();
	return 0;
}

/* Wait for the handshake. Returns 0, or why not to wait any longer. */
static int ether_wait(struct sock *sk, u8 era, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	while (toy_connecting(sk) && toy_sk(sk)->era == era) {
		if (!timeo)
			err = -EINPROGRESS;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		if (err)
			break;
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

static int ether_connect(struct sock *sk, const struct toy_addr *to, int flags)
{
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	u8 era = toy_sk(sk)->era;
	int err;

	/* A call that a signal interrupted goes on waiting. */
	err = toy_connecting(sk) ? 0 : ether_begin(sk, to);
	if (err)
		return err;
	err = ether_wait(sk, era, timeo);
	/* Another thread hung up, and the socket may be at its next call. */
	if (toy_sk(sk)->era != era)
		return sock_error(sk) ?: -ECONNABORTED;
	/* Whatever became of the connection since then is for the next call. */
	if (err || toy_connected(sk))
		return err;
	err = sock_error(sk) ?: -ECONNABORTED;
	if (err == -ECONNREFUSED)
		toy_stat_inc(sock_net(sk), TOY_STAT_REFUSED);
	toy_wire_detach(sk);
	WRITE_ONCE(sk->sk_shutdown, 0);
	toy_state_changed(sk);
	return err;
}

/* ---- data ---- */

/* A reader took something: the peer may send more. */
static void ether_drained(struct sock *sk)
{
	struct toy_wire *w;

	if (likely(!toy_wire_wants_read(sk)))
		return;
	lock_sock(sk);
	w = toy_wire_of(sk);
	if (w && !w->over) {
		local_bh_disable();
		toy_wire_flush(w, toy_pair_now());
		local_bh_enable();
	} else if (w) {
		toy_wire_mem_update(w);
	}
	release_sock(sk);
}

static ssize_t ether_send_message(struct sock *sk, const struct toy_addr *to,
				  struct msghdr *msg, size_t len,
				  const struct toy_creds *creds)
{
	if (toy_connection_type(sk))
		return toy_wire_send(sk, msg, len, creds);
	return toy_ether_send_message(sk, to, msg, len, creds);
}

static bool ether_writable(const struct sock *sk)
{
	return !(toy_connection_type(sk) && toy_connecting(sk)) &&
	       toy_sock_has_room(sk);
}

static int ether_unread(struct sock *sk)
{
	const struct toy_wire *w;
	int n;

	if (!toy_connection_type(sk))
		return sk_wmem_alloc_get(sk);
	lock_sock(sk);
	w = toy_wire_of(sk);
	n = w && !w->over ? toy_wire_unacked(w) : 0;
	release_sock(sk);
	return n;
}

/* ---- ending ---- */

static void ether_shutdown(struct sock *sk, int how)
{
	struct toy_wire *w = toy_wire_of(sk);
	struct toy_result res;

	if (!toy_connection_type(sk)) {
		toy_local_shutdown(sk, how);
		return;
	}
	toy_rx_lock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	toy_rx_unlock(sk);
	if (w && !w->over && how & SEND_SHUTDOWN) {
		local_bh_disable();
		toy_conn_shutdown(&w->conn, toy_pair_now(), &res);
		toy_wire_done(w, &res);
		toy_wire_flush(w, toy_pair_now());
		local_bh_enable();
	}
	toy_state_changed(sk);
}

/* SO_LINGER: close waits until the peer has everything, or its time is up. */
static void ether_linger(struct sock *sk)
{
	const int unsure = TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	long timeo = sk->sk_lingertime;

	/* A call that nobody accepted has nobody who could wait. */
	if (!sock_flag(sk, SOCK_LINGER) || !sk->sk_socket ||
	    toy_sk(sk)->id || current->flags & PF_EXITING)
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	while (timeo && 1 << sk->sk_state & unsure &&
	       !signal_pending(current)) {
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

static void ether_close(struct sock *sk, bool abort)
{
	bool lingers = !sock_flag(sk, SOCK_LINGER) || sk->sk_lingertime;
	struct toy_wire *w = toy_wire_of(sk);
	struct toy_result res;
	bool unread;

	if (!toy_connection_type(sk)) {
		toy_local_close(sk, abort);
		return;
	}
	unread = toy_rxq_shut(sk, false);
	abort |= unread || !lingers;
	if (w && !w->over) {
		local_bh_disable();
		/* One that lives on (disconnect) does not wait for its peer. */
		if (toy_sk(sk)->id)
			toy_conn_kill(&w->conn, toy_pair_now(), &res);
		else
			toy_conn_release(&w->conn, abort, toy_pair_now(), &res);
		toy_wire_done(w, &res);
		toy_wire_flush(w, toy_pair_now());
		local_bh_enable();
		ether_linger(sk);
		if (!w->over)
			toy_wire_orphan(w);
	} else if (sk->sk_state != TCP_CLOSE) {
		ether_set_state(sk, TCP_CLOSE);
	}
	toy_wire_detach(sk);
}

static void ether_options(struct sock *sk)
{
	struct toy_wire *w = toy_wire_of(sk);

	if (!w || w->over)
		return;
	local_bh_disable();
	toy_wire_options(w);
	toy_wire_flush(w, toy_pair_now());
	local_bh_enable();
}

/*
 * A look without the lock, which a program may hold for long: the numbers are as
 * they are at this moment, and may be of two.
 */
static __no_kcsan void ether_info(struct sock *sk, struct toy_info *info)
{
	const struct toy_conn *conn;
	const struct toy_wire *w;

	info->toyi_backend = 1;
	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	if (w) {
		conn = &w->conn;
		info->toyi_retransmits = conn->retries;
		info->toyi_rtt = conn->rto.srtt8 >> 3;
		info->toyi_rttvar = conn->rto.rttvar4 >> 2;
		info->toyi_rto = conn->rto.rto;
		info->toyi_snd_cwnd = conn->cong.cwnd;
		info->toyi_snd_ssthresh = conn->cong.ssthresh;
		info->toyi_mss = conn->mss;
		info->toyi_bytes_out = w->bytes_out;
		info->toyi_segs_out = w->segs_out;
		info->toyi_segs_in = w->segs_in;
		info->toyi_total_retrans = w->retrans;
		if (conn->flags & TOY_CONN_MESSAGES)
			info->toyi_max_message = min(info->toyi_max_message,
						     conn->maxmsg);
	}
	rcu_read_unlock();
}

/* The addresses of a pair never change. */
static void ether_names(struct sock *sk, struct toy_addr *local,
			struct toy_addr *remote)
{
	const struct toy_wire *w;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	if (w && READ_ONCE(w->conn.state) == TOY_STATE_SYN_SENT) {
		*local = w->pair.local;
		*remote = w->pair.remote;
	}
	rcu_read_unlock();
}

const struct toy_backend toy_ethernet = {
	.name		= "ether",
	.connect	= ether_connect,
	.send_stream	= toy_wire_send,
	.send_message	= ether_send_message,
	.drained	= ether_drained,
	.shutdown	= ether_shutdown,
	.close		= ether_close,
	.writable	= ether_writable,
	.unread		= ether_unread,
	.options	= ether_options,
	.info		= ether_info,
	.names		= ether_names,
	.timer		= toy_wire_timer_view,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes of a call of the engine is done: for the socket, the table of pairs,
 * the wire and the clock.
 */
#include "../compat.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "backend.h"
#include "wire.h"

/* Until a window that is shut is looked at again [W5], us. */
#define TOY_WIRE_PRESSED	USEC_PER_SEC

/* The socket shows the engine's state. */
static void toy_wire_sync(struct toy_wire *w)
{
	struct sock *sk = w->sk;
	int state = w->conn.state;

	/* TIME_WAIT goes on without the socket. */
	if (state == TOY_STATE_TIME_WAIT)
		state = TCP_CLOSE;
	if (sk->sk_state == state)
		return;
	toy_rx_lock(sk);
	toy_set_state(sk, state);
	toy_rx_unlock(sk);
}

static void toy_wire_connected(struct toy_wire *w)
{
	struct toy_sock *toy = toy_sk(w->sk);

	toy_addr_set(&toy->local, w->pair.local);
	toy_addr_set(&toy->remote, w->pair.remote);
	/* Whatever an earlier SYN met on its way. */
	WRITE_ONCE(w->sk->sk_err, 0);
	toy_stat_inc(sock_net(w->sk), TOY_STAT_CONNECTS);
}

/*
 * Nothing comes any more, or nothing goes. The error, if there is one, stands
 * before that.
 */
static void toy_wire_shut(struct toy_wire *w, int how)
{
	struct sock *sk = w->sk;

	toy_rx_lock(sk);
	/* Pairs with toy_message_next(). */
	smp_store_release(&sk->sk_shutdown, sk->sk_shutdown | how);
	toy_rx_unlock(sk);
}

/* The peer's FIN, behind all that it has sent. */
static void toy_wire_end(struct toy_wire *w)
{
	/* [M6] */
	if (w->message)
		toy_stat_drop(sock_net(w->sk), TOY_DROP_MALFORMED);
	WRITE_ONCE(w->ended, true);
	toy_wire_drop_in(w);
	toy_wire_mem_favour_end(w);
	toy_wire_shut(w, RCV_SHUTDOWN);
}

/* Out of the table: nothing finds it any more. */
static void toy_wire_over(struct toy_wire *w, struct toy_waiting *waiting)
{
	if (w->over)
		return;
	WRITE_ONCE(w->over, true);
	if (toy_timer_delete(&w->timer))
		toy_pair_put(&w->pair);
	toy_wire_orphan_end(w);
	toy_wire_mem_favour_end(w);
	__skb_queue_purge(&w->sendq);
	toy_wire_drop_in(w);
	toy_wire_mem_update(w);
	if (waiting)
		toy_waiting_begin(&w->pair, waiting);
	else
		toy_pair_del(&w->pair);
	/* The caller has one more. */
	sock_put(w->sk);
}

/**
 * toy_wire_done() - do what came of a call of the engine
 * @w:		connection
 * @res:	what the engine said
 *
 * Context: under the socket's lock, with a reference on socket and connection.
 */
void toy_wire_done(struct toy_wire *w, const struct toy_result *res)
{
	struct sock *sk = w->sk;
	u16 tell = res->tell;

	if (tell & TOY_TELL_CONNECTED)
		toy_wire_connected(w);
	if (tell & TOY_TELL_ACKED)
		toy_wire_acked(w);
	if (tell & TOY_TELL_URGENT)
		toy_signal_urgent(sk);
	if (tell & TOY_TELL_DATA)
		toy_wire_deliver(w, tell & TOY_TELL_MARK ? &res->urgent : NULL);
	if (tell & TOY_TELL_ERROR)
		WRITE_ONCE(sk->sk_err, res->error);
	if (tell & TOY_TELL_EOF)
		toy_wire_end(w);
	if (tell & (TOY_TELL_CLOSED | TOY_TELL_TIME_WAIT))
		toy_wire_shut(w, SHUTDOWN_MASK);
	toy_wire_sync(w);
	if (tell & TOY_TELL_ERROR)
		sk_error_report(sk);
	if (tell & (TOY_TELL_EOF | TOY_TELL_CLOSED | TOY_TELL_TIME_WAIT))
		toy_hangup(sk);
	else if (tell & (TOY_TELL_CONNECTED | TOY_TELL_FIN_ACKED))
		toy_state_changed(sk);
	if (tell & TOY_TELL_CONNECTED)
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

/**
 * toy_wire_kill() - a connection is no more, whatever its peer thinks
 * @w:		connection
 * @error:	what the program is told, positive errno; 0: nothing
 *
 * Context: under the socket's lock, BH off.
 */
void toy_wire_kill(struct toy_wire *w, int error)
{
	u64 now = toy_pair_now();
	struct toy_result res;

	if (w->over)
		return;
	toy_conn_kill(&w->conn, now, &res);
	res.tell &= ~TOY_TELL_ERROR;
	if (error) {
		res.tell |= TOY_TELL_ERROR;
		res.error = error;
	}
	toy_wire_done(w, &res);
	toy_wire_flush(w, now);
}

/**
 * toy_wire_forget() - a connection is no more, and its peer is not told
 * @w:		connection that has nothing to lose
 *
 * Context: under the socket's lock, BH off.
 */
void toy_wire_forget(struct toy_wire *w)
{
	u64 now = toy_pair_now();
	struct toy_result res;

	toy_conn_forget(&w->conn, now, &res);
	res.tell &= ~TOY_TELL_ERROR;
	toy_wire_done(w, &res);
	toy_wire_flush(w, now);
}

/* Send what there is to be sent. */
static void toy_wire_send_all(struct toy_wire *w, u64 now)
{
	bool messages = w->conn.flags & TOY_CONN_MESSAGES;
	struct toy_tx tx = { .max = w->most };
	struct toy_segment seg;

	for (;;) {
		if (messages)
			toy_wire_message_end(w, toy_conn_seek(&w->conn), &tx);
		if (!toy_conn_next(&w->conn, now, &tx, &seg))
			break;
		toy_wire_emit(w, &seg);
	}
}

/*
 * The timer is not set later, nor stopped: it finds that nothing is to be done,
 * and is set anew then, once for many segments.
 */
static void toy_wire_arm(struct toy_wire *w, u64 now)
{
	u64 deadline = toy_conn_deadline(&w->conn);

	/* Nobody tells of memory that others have freed. */
	if (unlikely(w->pressed))
		deadline = min_t(u64, deadline, now + TOY_WIRE_PRESSED);
	if (deadline >= w->armed)
		return;
	w->armed = deadline;
	toy_pair_hold(&w->pair);
	if (mod_timer(&w->timer, toy_pair_jiffies(now, deadline)))
		toy_pair_put(&w->pair);
}

/**
 * toy_wire_flush() - send what the engine has to send, and set the clock
 * @w:		connection
 * @now:	us
 *
 * Context: under the socket's lock, with a reference on socket and connection.
 */
void toy_wire_flush(struct toy_wire *w, u64 now)
{
	int doom;

	if (w->over)
		return;
	toy_wire_check_mtu(w);
	toy_wire_read(w);
	toy_wire_mem_update(w);
	toy_wire_check_buf(w);
	toy_wire_send_all(w, now);
	/* Its last ACK, or reset, has been sent. */
	if (w->conn.state == TOY_STATE_TIME_WAIT) {
		toy_wire_over(w, toy_waiting_make(&w->pair, &w->conn, now));
		return;
	}
	if (w->conn.state == TOY_STATE_CLOSE) {
		toy_wire_over(w, NULL);
		return;
	}
	toy_wire_arm(w, now);
	if (unlikely(w->orphan))
		toy_wire_orphan(w);
	/* Pairs with toy_wire_doom(), whose timer may be what was set here. */
	smp_mb();
	doom = READ_ONCE(w->doom);
	if (unlikely(doom))
		toy_wire_kill(w, doom);
}

/**
 * toy_wire_doom() - a connection has to be killed by who has its socket's lock
 * @w:		connection, of which the caller has a reference
 * @error:	what the program is told, positive errno
 *
 * A program may hold that lock for as long as it likes, so nobody waits for it:
 * the next one who has done something under it does it, the timer at the latest.
 *
 * Context: any but hard interrupt.
 */
void toy_wire_doom(struct toy_wire *w, int error)
{
	WRITE_ONCE(w->doom, error);
	/* Pairs with toy_wire_flush(). */
	smp_mb();
	toy_pair_hold(&w->pair);
	if (mod_timer(&w->timer, jiffies))
		toy_pair_put(&w->pair);
}

/**
 * toy_wire_unreachable() - the node that a socket calls does not answer
 * @sk:		owner of a SYN that waited for the node's station
 * @node:	that node
 *
 * Context: any but hard interrupt.
 */
void toy_wire_unreachable(struct sock *sk, u32 node)
{
	struct toy_wire *w;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	/* It may be at another call by now. */
	if (w && w->pair.remote.node == node &&
	    READ_ONCE(w->conn.state) == TOY_STATE_SYN_SENT &&
	    !READ_ONCE(w->pair.link) && refcount_inc_not_zero(&w->pair.ref)) {
		toy_wire_doom(w, EHOSTUNREACH);
		toy_pair_put(&w->pair);
	}
	rcu_read_unlock();
}

/**
 * toy_wire_timer() - the timer of a connection
 * @timer:	its timer, with a reference on the connection
 *
 * Context: softirq.
 */
void toy_wire_timer(struct timer_list *timer)
{
	struct toy_wire *w = toy_timer_of(w, timer, timer);
	struct sock *sk = w->sk;
	u64 now = toy_pair_now();
	struct toy_result res;

	/* It was over at this moment, and the socket with it. */
	if (READ_ONCE(w->over) || !refcount_inc_not_zero(&sk->sk_refcnt))
		goto put;
	bh_lock_sock(sk);
	if (w->over) {
		;
	} else if (sock_owned_by_user(sk)) {
		toy_pair_hold(&w->pair);
		if (mod_timer(timer, jiffies + 1))
			toy_pair_put(&w->pair);
	} else {
		w->armed = U64_MAX;
		toy_conn_timer(&w->conn, now, &res);
		toy_wire_done(w, &res);
		toy_wire_flush(w, now);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
put:
	toy_pair_put(&w->pair);
}

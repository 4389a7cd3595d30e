// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is of pairs and timers, for those who look.
 *
 * Nobody's lock is taken, as a program may hold that of its socket for long, and
 * who looks must not wait for it: numbers are as they are at this moment.
 */
#include "backend.h"
#include "wire.h"

/* enum of inet_diag: what idiag_timer says. */
#define TOY_SHOW_RETRANSMIT	1
#define TOY_SHOW_KEEPALIVE	2
#define TOY_SHOW_TIME_WAIT	3
#define TOY_SHOW_PROBE		4

static void toy_show_timer(struct toy_timer_view *view, u8 timer, u8 retrans,
			   u64 deadline)
{
	u64 now = toy_pair_now();

	view->timer = timer;
	view->retrans = retrans;
	view->expires = deadline > now ? div_u64(deadline - now, 1000) : 0;
}

/* That of what is sent comes before that of keepalive, as with TCP. */
static __no_kcsan void toy_show_wire_timer(const struct toy_wire *w,
					   struct toy_timer_view *view)
{
	const struct toy_conn *conn = &w->conn;
	u64 send = conn->timer[TOY_TIMER_SEND];
	u64 keep = conn->timer[TOY_TIMER_KEEP];

	if (send && conn->flags & TOY_CONN_PERSIST)
		toy_show_timer(view, TOY_SHOW_PROBE, conn->retries, send);
	else if (send)
		toy_show_timer(view, TOY_SHOW_RETRANSMIT, conn->retries, send);
	else if (keep)
		toy_show_timer(view, TOY_SHOW_KEEPALIVE, conn->probes, keep);
}

/**
 * toy_wire_timer_view() - the timer of a socket's connection
 * @sk:		socket
 * @view:	zeroed; set if one runs
 */
void toy_wire_timer_view(struct sock *sk, struct toy_timer_view *view)
{
	const struct toy_wire *w;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	if (w && !READ_ONCE(w->over))
		toy_show_wire_timer(w, view);
	rcu_read_unlock();
}

/*
 * A connection whose socket was closed. While it is not over it holds the socket,
 * whose memory is a socket's in any case. Returns false: not one of these.
 */
static __no_kcsan bool toy_show_orphan(const struct toy_wire *w,
				       struct toy_pair_view *view)
{
	if (w->over || toy_sk(w->sk)->id || w->sk->sk_socket)
		return false;
	view->state = w->conn.state;
	view->unacked = toy_wire_unacked(w);
	toy_show_wire_timer(w, &view->timer);
	return true;
}

static bool toy_show_pair(const struct toy_pair *pair,
			  struct toy_pair_view *view)
{
	u64 deadline;
	u8 retries = 0;

	*view = (struct toy_pair_view){
		.type	= pair->type == TOY_FRAME_STREAM ? SOCK_STREAM :
							   SOCK_SEQPACKET,
		.local	= pair->local,
		.remote	= pair->remote,
	};
	if (pair->kind == TOY_PAIR_WIRE)
		return toy_show_orphan(toy_wire(pair), view);
	if (pair->kind == TOY_PAIR_WAIT) {
		view->state = TCP_TIME_WAIT;
		deadline = toy_waiting_deadline(pair);
		toy_show_timer(&view->timer, TOY_SHOW_TIME_WAIT, 0, deadline);
		return true;
	}
	view->state = TCP_SYN_RECV;
	deadline = toy_calling_deadline(pair, &retries);
	toy_show_timer(&view->timer, TOY_SHOW_RETRANSMIT, retries, deadline);
	return true;
}

/**
 * toy_pair_next() - connections without a socket that a program has
 * @net:	namespace
 * @pos:	where to go on; 0 at first
 * @view:	set
 *
 * Half-open calls, TIME_WAIT, and what was closed and is not over. Those that come
 * and go meanwhile may be seen or not.
 *
 * Context: any.
 * Return: whether there was one.
 */
bool toy_pair_next(struct net *net, unsigned long *pos,
		   struct toy_pair_view *view)
{
	unsigned long bucket = *pos / TOY_PAIRS_WALK, skip = *pos % TOY_PAIRS_WALK;
	struct toy_ether *ether = toy_ether(net);
	struct toy_pair *pair;
	unsigned long n;

	rcu_read_lock();
	for (; bucket < TOY_PAIRS_HASH; bucket++, skip = 0) {
		n = 0;
		hlist_for_each_entry_rcu(pair, &ether->pairs[bucket], hash) {
			if (++n <= skip || n >= TOY_PAIRS_WALK ||
			    !toy_show_pair(pair, view))
				continue;
			*pos = bucket * TOY_PAIRS_WALK + n;
			rcu_read_unlock();
			return true;
		}
	}
	rcu_read_unlock();
	*pos = bucket * TOY_PAIRS_WALK;
	return false;
}

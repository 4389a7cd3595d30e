// SPDX-License-Identifier: GPL-2.0-only
/*
 * The segment that completes a half-open call has a socket made of it [S4].
 */
#include "../core/accept.h"
#include "../core/buf.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "../core/stat.h"
#include "backend.h"
#include "calling.h"
#include "wire.h"

/* The child is known to those who look for it, and is connected. */
static struct toy_wire *toy_calling_connect(struct toy_calling *c,
					    struct sock *child)
{
	struct toy_sock *toy = toy_sk(child);
	struct toy_setup setup;
	struct toy_wire *w;

	w = toy_wire_make(child, c->pair.link, c->pair.mac, c->pair.local,
			  c->pair.remote, GFP_ATOMIC | __GFP_NOWARN);
	if (!w)
		return NULL;
	toy_wire_setup(child, c->pair.ether, 0, &setup);
	setup.mss = c->call.own_mss;
	setup.maxmsg = c->call.own_maxmsg;
	/* SO_RCVBUF may have been lowered since that was promised. */
	setup.buf = max(setup.buf, setup.maxmsg + TOY_MESSAGE_RESERVE);
	toy_conn_accept(&w->conn, &c->call, &setup, toy_pair_now());
	toy_wire_options(w);
	toy->backend = &toy_ethernet;
	toy_addr_set(&toy->local, c->pair.local);
	toy_addr_set(&toy->remote, c->pair.remote);
	toy_set_state_new(child, TCP_SYN_RECV);
	return w;
}

/*
 * Make a child of a call, with a number, a port, and a connection that takes the
 * call's place in the table. Its spinlock is held: who finds it by number or by
 * the table waits for that. Returns the connection; NULL: no memory, or the call
 * or the listener is gone.
 */
static struct toy_wire *toy_calling_child(struct toy_calling *c,
					  struct sock *listener,
					  struct sock *child)
{
	struct toy_wire *w;

	if (toy_registry_add(child, GFP_ATOMIC | __GFP_NOWARN) ||
	    !toy_port_inherit(child, listener))
		return NULL;
	w = toy_calling_connect(c, child);
	if (!w)
		return NULL;
	toy_wire_attach(w, child);
	if (toy_pair_replace(&c->pair, &w->pair))
		return w;
	toy_wire_detach(child);
	__sock_put(child);
	return NULL;
}

/*
 * The child gets the segment that completed the call, and its place with the
 * listener. Returns whether that still listens; else the child is reset.
 */
static bool toy_calling_begin(struct toy_calling *c, struct toy_wire *w,
			      struct sock *listener, struct toy_link *link,
			      struct sk_buff *skb, struct toy_frame *frame)
{
	struct sock *child = w->sk;
	bool queued;

	toy_calling_close(c);
	toy_pair_hold(&w->pair);
	toy_wire_input(w, link, skb, frame);
	queued = toy_accept_take_place(listener, child);
	if (!queued) {
		/* An orphan from now on; who found it by number is too late. */
		toy_registry_del(child);
		toy_ethernet.close(child, true);
	}
	toy_pair_put(&w->pair);
	return queued;
}

/*
 * The segment completes the call: a child is made, gets it, and is queued with
 * the listener, where it has a place already. Returns false where there is no
 * memory; then the call stays, and its peer repeats.
 */
static bool toy_calling_accept(struct toy_calling *c, struct sock *listener,
			       struct toy_link *link, struct sk_buff *skb,
			       struct toy_frame *frame)
{
	struct sock *child = toy_sock_clone(listener);
	bool queued = false;
	struct toy_wire *w;

	if (!child)
		return false;
	bh_lock_sock_nested(child);
	w = toy_calling_child(c, listener, child);
	if (w)
		queued = toy_calling_begin(c, w, listener, link, skb, frame);
	else
		toy_registry_del(child);
	bh_unlock_sock(child);
	if (queued) {
		toy_data_ready(listener);
		return true;
	}
	toy_port_release(child);
	sock_put(child);
	return w;
}

/**
 * toy_calling_complete() - the handshake is complete [S4]
 * @c:		call, @complete
 * @link:	where the segment came in that completes it
 * @skb:	its frame, at the magic; consumed if it was taken
 * @frame:	its header
 *
 * Context: softirq, under RCU.
 * Return: why not; TOY_DROP_MAX: it was taken.
 */
enum toy_drop toy_calling_complete(struct toy_calling *c,
				   struct toy_link *link, struct sk_buff *skb,
				   struct toy_frame *frame)
{
	struct sock *listener = toy_segment_listener(link, skb, frame);
	enum toy_drop reason = TOY_DROP_BACKLOG;

	if (!listener) {
		/* Its listener closed: the peer is to know. */
		toy_calling_end(&c->pair);
		toy_ether_stray(link, skb, frame, TOY_DROP_CLOSED);
		return TOY_DROP_MAX;
	}
	if (!toy_accept_reserve(listener)) {
		toy_stat_inc(c->pair.ether->net, TOY_STAT_BACKLOG_FULL);
	} else if (toy_calling_accept(c, listener, link, skb, frame)) {
		reason = TOY_DROP_MAX;
	} else {
		toy_accept_cancel(listener);
		reason = TOY_DROP_MEMORY;
	}
	sock_put(listener);
	return reason;
}

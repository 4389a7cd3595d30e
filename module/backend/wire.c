// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection over a link: a socket and the engine of proto/conn.c.
 *
 * The engine runs under the socket's lock: in system calls lock_sock(), in
 * softirq bh_lock_sock() of a socket that nobody owns; segments for one that is
 * owned wait in its backlog.
 *
 * The socket holds a reference on the connection until it closes. The table of
 * pairs holds one, and that one a reference on the socket, until the connection
 * is over, which may be long after the close.
 *
 * Here it is made, joined to its socket, and told what it goes by; wire_run.c has
 * what the engine says done, wire_input.c gives it the segments that come in.
 */
#include <linux/slab.h>

#include "../core/buf.h"
#include "backend.h"
#include "wire.h"

static void toy_wire_free(struct toy_pair *pair)
{
	struct toy_wire *w = toy_wire(pair);

	__skb_queue_purge(&w->sendq);
	toy_wire_drop_in(w);
	toy_wire_mem_end(w);
	if (w->frag.page)
		put_page(w->frag.page);
	kfree_rcu(w, pair.rcu);
}

/**
 * toy_wire_make() - a connection for a socket
 * @sk:		stream or seqpacket
 * @link:	its link; NULL: not known yet
 * @mac:	the station
 * @local:	our address
 * @remote:	the peer's
 * @gfp:	for its memory
 *
 * Return: the connection with one reference, in no table; NULL.
 */
struct toy_wire *toy_wire_make(struct sock *sk, struct toy_link *link,
			       const u8 *mac, struct toy_addr local,
			       struct toy_addr remote, gfp_t gfp)
{
	struct toy_wire *w = kzalloc(sizeof(*w), gfp);

	if (!w)
		return NULL;
	toy_pair_init(&w->pair, toy_ether(sock_net(sk)), link, mac,
		      sk->sk_type == SOCK_STREAM ? TOY_FRAME_STREAM :
						   TOY_FRAME_SEQPACKET,
		      local, remote);
	w->pair.kind = TOY_PAIR_WIRE;
	w->pair.free = toy_wire_free;
	w->sk = sk;
	w->armed = U64_MAX;
	w->most = TOY_GSO_MAX;
	w->maxseg = READ_ONCE(toy_sk(sk)->opt.maxseg);
	__skb_queue_head_init(&w->sendq);
	__skb_queue_head_init(&w->in);
	timer_setup(&w->timer, toy_wire_timer, 0);
	return w;
}

/* What a reader has read is worth telling if it can move the window [W2]. */
static void toy_wire_set_lazy(struct toy_wire *w)
{
	u32 lazy = min_t(u32, w->conn.own_mss, w->conn.rcv_buf / 4);

	if (w->conn.flags & TOY_CONN_MESSAGES)
		lazy = min(lazy, w->conn.rcv_buf - w->conn.own_maxmsg);
	WRITE_ONCE(w->lazy, lazy);
}

/**
 * toy_wire_attach() - a socket has a connection from now on
 * @w:		connection in the table; the socket takes the caller's reference
 * @sk:		its socket, of which the table's reference takes one
 *
 * Context: under the socket's lock.
 */
void toy_wire_attach(struct toy_wire *w, struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);

	sock_hold(sk);
	sk->sk_backlog_rcv = toy_wire_backlog;
	w->told = toy->consumed;
	w->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	toy_wire_set_lazy(w);
	w->read = w->conn.rcv_nxt;
	w->sent = w->conn.snd_nxt;
	w->in_next = w->conn.rcv_nxt;
	rcu_assign_pointer(toy->wire, w);
	WRITE_ONCE(toy->joined, TOY_WIRED);
}

/**
 * toy_wire_detach() - a socket and its connection part
 * @sk:		socket
 *
 * The connection goes on by itself if it is not over.
 *
 * Context: lock_sock().
 */
void toy_wire_detach(struct sock *sk)
{
	struct toy_wire *w = toy_wire_of(sk);

	if (!w)
		return;
	WRITE_ONCE(toy_sk(sk)->joined, 0);
	RCU_INIT_POINTER(toy_sk(sk)->wire, NULL);
	toy_pair_put(&w->pair);
}

/* The most that goes behind the 36 bytes of a segment's header. */
static u16 toy_wire_mss(u32 payload, u16 most)
{
	u16 mss = clamp_t(u32, payload, TOY_LINK_MTU_MIN, U16_MAX) -
		  TOY_HEADER_SEGMENT;

	return most ? min(mss, most) : mss;
}

/* The longest frame on a connection's link; 0 while there is none. */
static u32 toy_wire_payload(const struct toy_wire *w)
{
	const struct net_device *dev;
	u32 payload = 0;

	if (!w->pair.link)
		return 0;
	rcu_read_lock();
	dev = rcu_dereference(w->pair.link->dev);
	if (dev)
		payload = READ_ONCE(dev->mtu);
	rcu_read_unlock();
	return payload;
}

/*
 * Numbers for which an empty receive queue has room [W1]. Of a stream half is for
 * what buffers take beside their bytes. Of messages some that were read are to be
 * one announcement, however long the longest is [W2].
 */
static u32 toy_wire_buf(const struct sock *sk, int rcvbuf)
{
	u32 buf = max(rcvbuf / 2, SZ_8K);

	return sk->sk_type == SOCK_SEQPACKET ? 2 * buf + SZ_4K : buf;
}

/**
 * toy_wire_check_buf() - SO_RCVBUF may have been set since the last look
 * @w:		connection
 *
 * The window follows, but takes back no promise [W1].
 *
 * Context: under the socket's lock.
 */
void toy_wire_check_buf(struct toy_wire *w)
{
	int rcvbuf = READ_ONCE(w->sk->sk_rcvbuf);
	u32 buf, used;

	if (likely(rcvbuf == w->rcvbuf))
		return;
	w->rcvbuf = rcvbuf;
	buf = max(toy_wire_buf(w->sk, rcvbuf),
		  w->conn.own_maxmsg + TOY_MESSAGE_RESERVE);
	used = w->conn.rcv_nxt - w->read;
	if (w->pressed)
		w->conn.rcv_buf = buf;
	else
		toy_conn_set_buf(&w->conn, buf, buf > used ? buf - used : 0);
	toy_wire_set_lazy(w);
}

/**
 * toy_wire_check_mtu() - the device may have another MTU than at the last look
 * @w:		connection
 *
 * [V2]
 *
 * Context: under the socket's lock.
 */
void toy_wire_check_mtu(struct toy_wire *w)
{
	u32 payload = toy_wire_payload(w);

	if (likely(payload == w->payload) || !payload)
		return;
	w->payload = payload;
	toy_conn_set_mss(&w->conn, toy_wire_mss(payload, w->maxseg));
	toy_wire_set_lazy(w);
}

/**
 * toy_wire_setup() - what an end brings along
 * @sk:		socket, or the listener whose child it will be
 * @ether:	namespace
 * @ifindex:	link; 0: any
 * @setup:	set, but for the ISS
 */
void toy_wire_setup(const struct sock *sk, struct toy_ether *ether,
		    int ifindex, struct toy_setup *setup)
{
	u32 payload = toy_link_payload(ether, ifindex);

	memset(setup, 0, sizeof(*setup));
	setup->messages = sk->sk_type == SOCK_SEQPACKET;
	setup->buf = toy_wire_buf(sk, READ_ONCE(sk->sk_rcvbuf));
	if (setup->messages)
		setup->maxmsg = setup->buf - SZ_4K - TOY_MESSAGE_RESERVE;
	setup->mss = toy_wire_mss(payload,
				  READ_ONCE(toy_sk(sk)->opt.maxseg));
}

/**
 * toy_wire_options() - the engine learns of the socket's options
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_options(struct toy_wire *w)
{
	const struct toy_options *opt = &toy_sk(w->sk)->opt;
	bool keep = sock_flag(w->sk, SOCK_KEEPOPEN);

	toy_conn_set_nodelay(&w->conn, opt->nodelay);
	toy_conn_set_timeout(&w->conn, opt->user_timeout);
	toy_conn_set_keepalive(&w->conn, keep ? opt->keepidle : 0,
			       opt->keepintvl, opt->keepcnt, toy_pair_now());
}

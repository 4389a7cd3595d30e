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
 */
#include <linux/slab.h>

#include "../core/buf.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "../proto/stray.h"
#include "backend.h"
#include "wire.h"

/* Until something that found no memory is tried again, us. */
#define TOY_WIRE_STARVED	(10 * USEC_PER_MSEC)

static void toy_wire_free(struct toy_pair *pair)
{
	struct toy_wire *w = toy_wire(pair);

	__skb_queue_purge(&w->sendq);
	toy_wire_drop_in(w);
	if (w->frag.page)
		put_page(w->frag.page);
	kfree_rcu(w, pair.rcu);
}

static void toy_wire_timer(struct timer_list *timer);

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
static u16 toy_wire_mss(u32 payload)
{
	return clamp_t(u32, payload, TOY_LINK_MTU_MIN, U16_MAX) -
	       TOY_HEADER_SEGMENT;
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

/* SO_RCVBUF was set: the window follows, but takes back no promise [W1]. */
static void toy_wire_check_buf(struct toy_wire *w)
{
	int rcvbuf = READ_ONCE(w->sk->sk_rcvbuf);
	u32 buf, used;

	if (likely(rcvbuf == w->rcvbuf))
		return;
	w->rcvbuf = rcvbuf;
	buf = max(toy_wire_buf(w->sk, rcvbuf),
		  w->conn.own_maxmsg + TOY_MESSAGE_RESERVE);
	used = w->conn.rcv_nxt - w->read;
	toy_conn_set_buf(&w->conn, buf,
			 buf > used && !w->pressed ? buf - used : 0);
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
	setup->mss = toy_wire_mss(payload);
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

/* ---- what came of a call of the engine ---- */

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

/**
 * toy_wire_shut() - nothing comes any more, or nothing goes
 * @w:		connection
 * @how:	RCV_SHUTDOWN, SEND_SHUTDOWN
 *
 * The error, if there is one, stands before that.
 *
 * Context: under the socket's lock.
 */
void toy_wire_shut(struct toy_wire *w, int how)
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
	if (w->message && !w->starved)
		toy_stat_drop(sock_net(w->sk), TOY_DROP_MALFORMED);
	w->late_end = w->starved;
	if (!w->starved)
		toy_wire_shut(w, RCV_SHUTDOWN);
}

/* Out of the table: nothing finds it any more. */
static void toy_wire_over(struct toy_wire *w, struct toy_waiting *waiting)
{
	if (w->over)
		return;
	WRITE_ONCE(w->over, true);
	if (del_timer(&w->timer))
		toy_pair_put(&w->pair);
	__skb_queue_purge(&w->sendq);
	toy_wire_drop_in(w);
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

/* The device has another MTU than when segments were last sent [V2]. */
static void toy_wire_check_mtu(struct toy_wire *w)
{
	u32 payload = toy_wire_payload(w);

	if (likely(payload == w->payload) || !payload)
		return;
	w->payload = payload;
	toy_conn_set_mss(&w->conn, toy_wire_mss(payload));
	toy_wire_set_lazy(w);
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

	if (unlikely(w->starved))
		deadline = now + TOY_WIRE_STARVED;
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
	if (w->over)
		return;
	toy_wire_check_mtu(w);
	toy_wire_read(w);
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
	/* Pairs with toy_wire_doom(), whose timer may be what was set here. */
	smp_mb();
	if (unlikely(READ_ONCE(w->doom)))
		toy_wire_kill(w, w->doom);
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

/* ---- timer ---- */

static void toy_wire_timer(struct timer_list *timer)
{
	struct toy_wire *w = from_timer(w, timer, timer);
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
		if (w->starved)
			toy_wire_deliver(w, NULL);
		toy_conn_timer(&w->conn, now, &res);
		toy_wire_done(w, &res);
		toy_wire_flush(w, now);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
put:
	toy_pair_put(&w->pair);
}

/* ---- segments ---- */

/* The first answer says where the peer is, and that it stays there [I6]. */
static void toy_wire_settle(struct toy_wire *w, struct toy_link *link,
			    const struct sk_buff *skb)
{
	if (w->pair.link || w->conn.state == TOY_STATE_SYN_SENT)
		return;
	/* It was a SYN, and has no payload. */
	w->in_next = w->conn.rcv_nxt;
	w->read = w->conn.rcv_nxt;
	ether_addr_copy(w->pair.mac, eth_hdr(skb)->h_source);
	w->pair.link = toy_link_hold(link);
}

/**
 * toy_wire_input() - a segment for a connection
 * @w:		connection
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 *
 * Context: under the socket's lock, with a reference on socket and connection.
 */
void toy_wire_input(struct toy_wire *w, struct toy_link *link,
		    struct sk_buff *skb, struct toy_frame *frame)
{
	u64 now = toy_pair_now();
	struct toy_result res;
	u32 flags;

	if (w->over) {
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
		return;
	}
	w->segs_in++;
	flags = toy_wire_room(w, skb, &frame->seg);
	toy_conn_input(&w->conn, &frame->seg, flags, now, &res);
	toy_wire_settle(w, link, skb);
	if (res.tell & TOY_TELL_RESET)
		toy_ether_stray(link, skb, frame, toy_segment_reason(res.drop));
	else if (res.tell & TOY_TELL_KEEP)
		toy_wire_keep(w, skb, frame, &res);
	else
		toy_ether_seg_drop(link, skb, res.drop);
	toy_wire_done(w, &res);
	toy_wire_flush(w, now);
}

/**
 * toy_wire_segment() - a segment came in for a connection
 * @pair:	its pair
 * @link:	where it came in
 * @skb:	frame, at the magic; consumed
 * @frame:	its header
 *
 * Context: softirq, under RCU.
 */
void toy_wire_segment(struct toy_pair *pair, struct toy_link *link,
		      struct sk_buff *skb, struct toy_frame *frame)
{
	struct toy_wire *w = toy_wire(pair);
	struct sock *sk = w->sk;

	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
		return;
	}
	bh_lock_sock_nested(sk);
	/* Where it is over the socket may be another one by now. */
	if (w->over)
		toy_ether_seg_drop(link, skb, TOY_SEG_CLOSED);
	else if (!toy_segment_at_home(pair, link, skb))
		toy_frame_drop(link, skb, TOY_DROP_MOVED);
	else if (!sock_owned_by_user(sk))
		toy_wire_input(w, link, skb, frame);
	else if (sk_add_backlog(sk, skb, 2 * READ_ONCE(sk->sk_rcvbuf)))
		toy_ether_seg_drop(link, skb, TOY_SEG_MEMORY);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toy_wire_backlog() - a segment that came in while the socket was in use
 * @sk:		socket
 * @skb:	frame, at the magic; consumed
 *
 * Context: release_sock().
 * Return: 0.
 */
int toy_wire_backlog(struct sock *sk, struct sk_buff *skb)
{
	struct toy_ether *ether = toy_ether(sock_net(sk));
	struct toy_addr local, remote;
	struct toy_pair *pair = NULL;
	struct toy_frame frame;
	struct toy_link *link;

	rcu_read_lock();
	link = skb->dev ? toy_link_of(ether, skb->dev) : NULL;
	/* It was looked at before; nobody has changed it since. */
	if (!link || toy_header_parse(skb->data, skb_headlen(skb), skb->len,
				      &frame) ||
	    toy_header_check(skb->data, &frame)) {
		kfree_skb(skb);
		goto unlock;
	}
	local = toy_addr(frame.dst, frame.dport);
	remote = toy_addr(frame.src, frame.sport);
	pair = toy_pair_find(ether, frame.type, &local, &remote);
	local_bh_disable();
	if (pair && !toy_segment_at_home(pair, link, skb))
		toy_frame_drop(link, skb, TOY_DROP_MOVED);
	else if (pair && pair->kind == TOY_PAIR_WIRE &&
		 toy_wire(pair)->sk == sk)
		toy_wire_input(toy_wire(pair), link, skb, &frame);
	else
		toy_ether_stray(link, skb, &frame, TOY_DROP_CLOSED);
	local_bh_enable();
unlock:
	rcu_read_unlock();
	if (pair)
		toy_pair_put(pair);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a connection receives: from numbers on the wire to the receive queue.
 */
#include "../core/buf.h"
#include "../core/rxq.h"
#include "backend.h"
#include "wire.h"

/* What a buffer that arrived spans: its bytes, and the end of a message. */
static u32 toy_wire_in_end(const struct sk_buff *skb)
{
	return toy_buf_cb(skb)->seq + skb->len + toy_buf_cb(skb)->eom;
}

/* Whether all of a segment is new, and none of it too much. */
static bool toy_wire_is_exact(const struct toy_wire *w,
			      const struct toy_segment *seg)
{
	const struct sk_buff *last = skb_peek_tail(&w->in);

	return !(w->conn.flags & TOY_CONN_PEER_FIN) &&
	       !toy_before(seg->seq, w->conn.rcv_nxt) &&
	       !toy_after(seg->seq + seg->len, w->conn.rcv_edge) &&
	       (!last || !toy_before(seg->seq, toy_wire_in_end(last)));
}

/*
 * Whether what comes next in order may be kept: what the reader can free is no
 * more than @most. Where memory is scarce it is little, and then the parts of a
 * message that is not whole count as well, or a peer could have the whole window
 * in such parts on each of many connections; one connection at a time may finish
 * its message all the same.
 */
static bool toy_wire_may_queue(const struct toy_wire *w, u32 most)
{
	u32 queued = atomic_read(&w->sk->sk_rmem_alloc);

	if (likely(!toy_wire_mem_scarce()))
		return queued <= most;
	if (queued > TOY_WIRE_LEAST)
		return false;
	return !w->message || queued + w->memory <= TOY_WIRE_LEAST ||
	       toy_wire_mem_favour(w);
}

/* Whether what lies behind a hole has no room any more. */
static bool toy_wire_is_full(const struct toy_wire *w)
{
	u32 used = w->memory + atomic_read(&w->sk->sk_rmem_alloc);

	return used > (toy_wire_mem_scarce() ? TOY_WIRE_LEAST :
			2 * (u32)READ_ONCE(w->sk->sk_rcvbuf));
}

/* The window is shut until toy_wire_relax(), which a read brings about. */
static u32 toy_wire_press(struct toy_wire *w)
{
	bool was = w->pressed;

	WRITE_ONCE(w->pressed, true);
	/* It may wait for more than there will be: toy_wire_is_tight(). */
	if (!was && atomic_read(&w->sk->sk_rmem_alloc))
		toy_data_ready(w->sk);
	return TOY_INPUT_NO_MEMORY;
}

/*
 * Whatever may have to be allocated for a segment until the reader has it is
 * allocated here. Others may hold the frame as well (a tap, a bridge); a part of
 * a message has to be ours alone, since others may be tied to it, and a filter
 * may cut it. Which part will be the first one of a message is not known of what
 * lies behind a hole. Returns 0, -ENOMEM.
 */
static int toy_wire_own(const struct toy_wire *w, struct sk_buff *skb,
			const struct toy_segment *seg)
{
	/* A reader of a stream looks at bytes, not at lists. */
	if (skb_is_nonlinear(skb) &&
	    (skb_has_frag_list(skb) || !toy_wire_is_exact(w, seg)))
		return skb_linearize(skb);
	if (w->sk->sk_type == SOCK_STREAM)
		return 0;
	return skb_unclone(skb, GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * toy_wire_room() - whether a segment's payload can be kept, if it is wanted
 * @w:		connection
 * @skb:	its frame, at the magic
 * @seg:	segment
 *
 * Small segments take more memory than the window counts. What lies behind a
 * hole does not keep the hole from being filled; what the reader has not read
 * does. And what may fail is done before the engine says that it has arrived.
 *
 * Context: under the socket's lock.
 * Return: TOY_INPUT_*, 0: it can.
 */
u32 toy_wire_room(struct toy_wire *w, struct sk_buff *skb,
		  const struct toy_segment *seg)
{
	/* The end of a message is kept in a buffer, too. */
	if (!seg->len && !(seg->flags & TOY_FLAG_EOM))
		return 0;
	if (w->pressed || (skb_pfmemalloc(skb) &&
			   !sock_flag(w->sk, SOCK_MEMALLOC)) ||
	    !toy_wire_may_queue(w, 2 * (u32)READ_ONCE(w->sk->sk_rcvbuf)))
		return toy_wire_press(w);
	if (toy_after(seg->seq, w->conn.rcv_nxt) && toy_wire_is_full(w))
		return TOY_INPUT_NO_ROOM;
	return unlikely(toy_wire_own(w, skb, seg)) ? toy_wire_press(w) : 0;
}

/**
 * toy_wire_keep() - keep what the engine wants of a segment
 * @w:		connection
 * @skb:	frame, at the magic, of which toy_wire_room(); consumed
 * @frame:	its header
 * @res:	what to keep
 *
 * Context: under the socket's lock.
 */
void toy_wire_keep(struct toy_wire *w, struct sk_buff *skb,
		   const struct toy_frame *frame,
		   const struct toy_result *res)
{
	struct toy_buf_cb *cb = toy_buf_cb(skb);
	struct sk_buff *before;

	__skb_pull(skb, frame->size);
	/* A part of one alone is in one piece. */
	if (res->offset)
		__skb_pull(skb, res->offset);
	if (skb->len > res->len)
		WARN_ON_ONCE(pskb_trim(skb, res->len));
	skb_orphan(skb);
	skb->tstamp = 0;
	memset(cb, 0, sizeof(*cb));
	cb->uid = INVALID_UID;
	cb->gid = INVALID_GID;
	cb->seq = res->seq;
	cb->eom = res->mark;
	cb->eor = res->mark && frame->seg.flags & TOY_FLAG_EOR;
	w->memory += skb->truesize;

	/* Mostly it is the last one. */
	skb_queue_reverse_walk(&w->in, before) {
		if (!toy_after(toy_buf_cb(before)->seq, cb->seq))
			break;
	}
	__skb_queue_after(&w->in, before, skb);
}

/* Bytes of a stream go to the reader; @urgent: number of the urgent one; NULL. */
static void toy_wire_to_stream(struct toy_wire *w, struct sk_buff *skb,
			       const u32 *urgent)
{
	u32 off = urgent ? *urgent - toy_buf_cb(skb)->seq : skb->len;

	w->told -= toy_rxq_arrive(w->sk, skb, off < skb->len ? (int)off : -1);
}

/* What comes next in order, off the queue of what arrived; NULL. */
static struct sk_buff *toy_wire_next(struct toy_wire *w)
{
	struct sk_buff *skb = skb_peek(&w->in);

	if (!skb || toy_buf_cb(skb)->seq != w->in_next ||
	    toy_after(toy_wire_in_end(skb), w->conn.rcv_nxt))
		return NULL;
	__skb_unlink(skb, &w->in);
	w->memory -= skb->truesize;
	return skb;
}

/**
 * toy_wire_deliver() - what is there in order goes to the reader
 * @w:		connection
 * @urgent:	number of the urgent byte among that; NULL: none is
 *
 * It was acknowledged, or will be: nothing of this fails.
 *
 * Context: under the socket's lock and RCU.
 */
void toy_wire_deliver(struct toy_wire *w, const u32 *urgent)
{
	bool stream = w->sk->sk_type == SOCK_STREAM;
	struct sk_buff *skb;
	bool any = false;

	while ((skb = toy_wire_next(w))) {
		w->in_next = toy_wire_in_end(skb);
		if (stream)
			toy_wire_to_stream(w, skb, urgent);
		else
			toy_wire_to_message(w, skb);
		any = true;
	}
	if (any)
		toy_data_ready(w->sk);
	/* What nobody will read is as good as read [E3]. */
	if (READ_ONCE(w->sk->sk_shutdown) & RCV_SHUTDOWN)
		toy_wire_read(w);
}

/*
 * The window opens again when half of the memory that readers free is free [W5].
 * Whoever looks at @pressed a moment before it is set tells nobody of what was
 * read; then the peer asks before long, since it was told of no window.
 */
static void toy_wire_relax(struct toy_wire *w)
{
	u32 unread = w->conn.rcv_nxt - w->read;

	if (!toy_wire_may_queue(w, READ_ONCE(w->sk->sk_rcvbuf)))
		return;
	WRITE_ONCE(w->pressed, false);
	toy_conn_set_buf(&w->conn, w->conn.rcv_buf,
			 w->conn.rcv_buf - min(w->conn.rcv_buf, unread));
}

/**
 * toy_wire_read() - tell the engine what was read since the last time
 * @w:		connection
 *
 * Context: under the socket's lock.
 */
void toy_wire_read(struct toy_wire *w)
{
	struct toy_sock *toy = toy_sk(w->sk);
	u32 bytes, ends = 0;

	if (w->sk->sk_type == SOCK_STREAM) {
		bytes = READ_ONCE(toy->consumed) - w->told;
	} else {
		toy_rx_lock(w->sk);
		bytes = toy->consumed - w->told;
		/* The end of a message is read with it. */
		ends = w->messages - skb_queue_len(&w->sk->sk_receive_queue);
		toy_rx_unlock(w->sk);
	}
	/* Not while toyfs has put back a part of one. */
	if ((s32)(bytes + ends) > 0) {
		WRITE_ONCE(w->told, w->told + bytes);
		w->messages -= ends;
		w->read += bytes + ends;
		if (likely(!w->pressed))
			toy_conn_read(&w->conn, bytes + ends);
	}
	if (unlikely(w->pressed))
		toy_wire_relax(w);
}

/*
 * Whether the window's right edge would move, if the engine knew what was read. A
 * look without the lock: who has it changes the numbers, and looks himself.
 */
static __no_kcsan bool toy_wire_may_move(const struct toy_wire *w,
					 const struct sock *sk)
{
	u32 read = w->read + READ_ONCE(toy_sk(sk)->consumed) - w->told;

	if (sk->sk_type != SOCK_STREAM)
		read += w->messages -
			skb_queue_len_lockless(&sk->sk_receive_queue);
	return (s32)(read + w->conn.rcv_buf - w->conn.rcv_edge) >= (s32)w->lazy;
}

/**
 * toy_wire_wants_read() - whether what was read is worth telling now
 * @sk:		socket, wired not long ago
 *
 * A little more or less makes no difference to the window that is announced
 * [W2]; whatever is sent next tells of it all the same.
 *
 * Context: no lock held.
 */
bool toy_wire_wants_read(const struct sock *sk)
{
	const struct toy_wire *w;
	bool wants = false;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	if (w)
		wants = toy_wire_mem_behind(w, sk) ||
			(!READ_ONCE(w->over) &&
			 (READ_ONCE(w->pressed) || toy_wire_may_move(w, sk)));
	rcu_read_unlock();
	return wants;
}

/**
 * toy_wire_urgent_due() - whether an urgent byte was announced and is yet to come
 * @sk:		socket, wired not long ago
 *
 * Context: any; a hint.
 */
__no_kcsan bool toy_wire_urgent_due(const struct sock *sk)
{
	const struct toy_wire *w;
	bool due = false;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	/* A look without the lock is as good as one a moment ago. */
	if (w && w->conn.flags & TOY_CONN_URG_IN)
		due = !toy_before(w->conn.rcv_up, w->conn.rcv_nxt);
	rcu_read_unlock();
	return due;
}

/**
 * toy_wire_at_end() - whether the peer's end has come in order
 * @sk:		socket
 *
 * What happens to the connection afterwards is not for those who read.
 *
 * Context: any; a hint.
 */
bool toy_wire_at_end(const struct sock *sk)
{
	const struct toy_wire *w;
	bool ended;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	ended = w && READ_ONCE(w->ended);
	rcu_read_unlock();
	return ended;
}

/**
 * toy_wire_is_tight() - whether the peer cannot send much more before a read
 * @sk:		socket, wired not long ago
 *
 * Context: any; a hint.
 */
__no_kcsan bool toy_wire_is_tight(const struct sock *sk)
{
	const struct toy_wire *w;
	bool tight = false;

	rcu_read_lock();
	w = rcu_dereference(toy_sk(sk)->wire);
	/* The same here. */
	if (w)
		tight = w->pressed || w->conn.rcv_edge - w->conn.rcv_nxt <
			max_t(u32, w->conn.own_mss, w->conn.rcv_buf / 4);
	rcu_read_unlock();
	return tight;
}

/**
 * toy_wire_drop_in() - what is there and was not delivered goes
 * @w:		connection
 */
void toy_wire_drop_in(struct toy_wire *w)
{
	__skb_queue_purge(&w->in);
	kfree_skb(w->message);
	w->message = NULL;
	w->memory = 0;
}

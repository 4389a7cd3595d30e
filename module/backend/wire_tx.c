// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a connection sends: the queue of what is not acknowledged, and the frames
 * that the engine asks for.
 */
#include <linux/uio.h>

#include "../core/buf.h"
#include "../trace.h"
#include "backend.h"
#include "wire.h"

/* Up to this a frame is in one piece; from the other on pages are not copied. */
#define TOY_WIRE_LINEAR	(SKB_WITH_OVERHEAD(2048) - LL_MAX_HEADER - \
			 TOY_HEADER_MAX)
#define TOY_WIRE_PAGES	512

/* The first number behind a buffer: its bytes, and the end of a message. */
static u32 toy_wire_end(const struct sk_buff *skb)
{
	return toy_buf_cb(skb)->seq + skb->len + toy_buf_cb(skb)->eom;
}

/* The buffer that a number of the send queue is in. */
static struct sk_buff *toy_wire_at(const struct toy_wire *w, u32 seq)
{
	struct sk_buff *skb;

	skb_queue_walk(&w->sendq, skb) {
		if (toy_before(seq, toy_wire_end(skb)))
			return skb;
	}
	return NULL;
}

/**
 * toy_wire_message_end() - where the message ends that is sent next
 * @w:		connection of a seqpacket
 * @seq:	what is sent next
 * @tx:		@eom and @eor are set
 *
 * Return: whether there is one.
 */
bool toy_wire_message_end(const struct toy_wire *w, u32 seq,
			  struct toy_tx *tx)
{
	struct sk_buff *skb = toy_wire_at(w, seq);

	if (!skb)
		return false;
	skb_queue_walk_from(&w->sendq, skb) {
		if (!toy_buf_cb(skb)->eom)
			continue;
		tx->eom = toy_wire_end(skb) - 1;
		tx->eor = toy_buf_cb(skb)->eor;
		return true;
	}
	return false;
}

/* A copy of some bytes goes behind the others, into pages of the connection. */
static int toy_wire_add_copy(struct toy_wire *w, struct sk_buff *to,
			     const struct sk_buff *from, u32 off, u32 len)
{
	struct page_frag *pf = &w->frag;
	int i = skb_shinfo(to)->nr_frags;
	u32 n;

	for (; len; off += n, len -= n) {
		if (!skb_page_frag_refill(1, pf, GFP_ATOMIC | __GFP_NOWARN))
			return -ENOMEM;
		n = min_t(u32, len, pf->size - pf->offset);
		if (skb_copy_bits(from, off, page_address(pf->page) +
				  pf->offset, n))
			return -EFAULT;
		if (skb_can_coalesce(to, i, pf->page, pf->offset)) {
			skb_frag_size_add(&skb_shinfo(to)->frags[i - 1], n);
		} else {
			if (i == MAX_SKB_FRAGS)
				return -EMSGSIZE;
			get_page(pf->page);
			skb_fill_page_desc(to, i++, pf->page, pf->offset, n);
		}
		pf->offset += n;
		skb_len_add(to, n);
	}
	return 0;
}

/* Some bytes go behind the others as they are, in the pages that have them. */
static int toy_wire_add_pages(struct sk_buff *to, const struct sk_buff *from,
			      u32 off, u32 len)
{
	const struct skb_shared_info *have = skb_shinfo(from);
	int i, to_frags = skb_shinfo(to)->nr_frags;

	for (i = 0; len && i < have->nr_frags; i++) {
		const skb_frag_t *frag = &have->frags[i];
		u32 n;

		if (off >= skb_frag_size(frag)) {
			off -= skb_frag_size(frag);
			continue;
		}
		if (to_frags == MAX_SKB_FRAGS)
			return -EMSGSIZE;
		n = min(len, skb_frag_size(frag) - off);
		get_page(skb_frag_page(frag));
		skb_fill_page_desc(to, to_frags++, skb_frag_page(frag),
				   skb_frag_off(frag) + off, n);
		skb_len_add(to, n);
		len -= n;
		off = 0;
	}
	return 0;
}

/*
 * Some bytes of one buffer. What is short is copied, as a page for it would cost
 * more; so is a chain of buffers, and what comes late in a frame of many pieces.
 */
static int toy_wire_add(struct toy_wire *w, struct sk_buff *to,
			const struct sk_buff *from, u32 off, u32 len)
{
	if (len < TOY_WIRE_PAGES || skb_headlen(from) ||
	    skb_has_frag_list(from) ||
	    skb_shinfo(to)->nr_frags + skb_shinfo(from)->nr_frags >
	    MAX_SKB_FRAGS / 2)
		return toy_wire_add_copy(w, to, from, off, len);
	return toy_wire_add_pages(to, from, off, len);
}

/* Put a segment's payload, out of the send queue, behind its header. */
static int toy_wire_fill(struct toy_wire *w, struct sk_buff *to, u32 seq,
			 u32 len)
{
	const struct sk_buff *skb = toy_wire_at(w, seq);
	bool linear = len <= TOY_WIRE_LINEAR;
	int err;

	while (len && skb) {
		u32 off = seq - toy_buf_cb(skb)->seq;
		u32 n = min(len, skb->len - off);

		err = linear ? skb_copy_bits(skb, off, skb_put(to, n), n) :
			       toy_wire_add(w, to, skb, off, n);
		if (err)
			return err;
		seq += n;
		len -= n;
		skb = skb_queue_is_last(&w->sendq, skb) ? NULL :
		      skb_queue_next(&w->sendq, skb);
	}
	return len ? -EINVAL : 0;
}

/* Until the SYN is answered the neighbour may be unknown. */
static void toy_wire_hand_over(struct toy_wire *w, struct sk_buff *skb)
{
	int err;

	if (w->pair.link) {
		toy_frame_send(w->pair.link, skb, w->pair.mac);
		return;
	}
	/* Whoever waits for the node is told if that does not answer. */
	skb_set_owner_w(skb, w->sk);
	err = toy_neigh_send(w->pair.ether, w->pair.remote.node,
			     READ_ONCE(w->sk->sk_bound_dev_if), skb);
	if (err == -EHOSTUNREACH)
		WRITE_ONCE(w->doom, -err);
}

/* The payload of a segment, with room for a header before it; NULL. */
static struct sk_buff *toy_wire_frame(struct toy_wire *w,
				      const struct toy_segment *seg)
{
	u32 linear = seg->len <= TOY_WIRE_LINEAR ? seg->len : 0;
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + TOY_HEADER_MAX + linear,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER + TOY_HEADER_MAX);
	if (seg->len && toy_wire_fill(w, skb, seg->seq, seg->len)) {
		/* Of too many pieces, or of pages that are not there. */
		w->most = max_t(u32, w->most / 2, w->conn.mss);
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/**
 * toy_wire_emit() - send a segment that the engine gave
 * @w:		connection
 * @seg:	segment
 *
 * Context: under the socket's lock. Without memory it is as if the link had lost
 * it.
 */
void toy_wire_emit(struct toy_wire *w, struct toy_segment *seg)
{
	struct toy_frame frame = {
		.type	= w->pair.type,
		.src	= w->pair.local.node,
		.sport	= w->pair.local.port,
		.dst	= w->pair.remote.node,
		.dport	= w->pair.remote.port,
		.seg	= *seg,
	};
	struct sk_buff *skb;
	u32 most;

	skb = toy_wire_frame(w, seg);
	if (!skb)
		return;
	toy_frame_push(skb, &frame);
	most = w->conn.mss - toy_header_options(seg);
	if (seg->len > most)
		toy_frame_cut(skb, frame.size, most);
	if (seg->len && toy_before(seg->seq, w->sent))
		w->retrans++;
	w->sent = toy_seq_max(w->sent, seg->seq + seg->len);
	trace_toy_xmit(w->sk, seg->len);
	w->segs_out++;
	toy_wire_hand_over(w, skb);
}

/**
 * toy_wire_acked() - forget what the peer has
 * @w:		connection
 *
 * Context: under the socket's lock. Wakes who waits for room.
 */
void toy_wire_acked(struct toy_wire *w)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&w->sendq)) &&
	       !toy_after(toy_wire_end(skb), w->conn.snd_una)) {
		__skb_unlink(skb, &w->sendq);
		toy_buf_recycle(skb);
	}
}

/* Whether a write that began in an era may still be queued. */
static bool toy_wire_may_write(const struct sock *sk, const struct toy_wire *w,
			       u8 era)
{
	return w && toy_sk(sk)->era == era && !w->over && !sk->sk_err &&
	       !(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN);
}

/*
 * A small write goes into the spare room of the last buffer, whatever of that has
 * been sent already: otherwise a few small ones would fill SO_SNDBUF. The copy is
 * made under lock_sock(), as TCP makes it. Returns 0 where that cannot be.
 */
static ssize_t toy_wire_append(struct sock *sk, u8 era, struct msghdr *msg,
			       size_t n, u32 flags)
{
	struct sk_buff *last;
	struct toy_wire *w;
	ssize_t ret = 0;
	u64 now;

	lock_sock(sk);
	w = toy_wire_of(sk);
	if (!toy_wire_may_write(sk, w, era))
		goto release;
	last = skb_peek_tail(&w->sendq);
	if (!last || skb_is_nonlinear(last) || skb_tailroom(last) < (int)n ||
	    !copy_from_iter_full(skb_tail_pointer(last), n, &msg->msg_iter))
		goto release;
	skb_put(last, n);
	now = toy_pair_now();
	w->bytes_out += n;
	toy_conn_write(&w->conn, n, flags, now);
	toy_wire_flush(w, now);
	ret = n;
release:
	release_sock(sk);
	return ret;
}

/* Put what was copied behind what was written before. */
static int toy_wire_queue(struct sock *sk, u8 era, struct sk_buff *skb,
			  u32 flags)
{
	struct toy_wire *w = toy_wire_of(sk);
	u64 now = toy_pair_now();
	u32 end;

	if (!toy_wire_may_write(sk, w, era))
		return -EPIPE;
	/* [M4] */
	if (sk->sk_type == SOCK_SEQPACKET && skb->len > w->conn.maxmsg)
		return -EMSGSIZE;
	end = w->conn.snd_end;
	toy_buf_cb(skb)->seq = end;
	__skb_queue_tail(&w->sendq, skb);
	w->bytes_out += skb->len;
	toy_conn_write(&w->conn, skb->len, flags, now);
	toy_wire_flush(w, now);
	return 0;
}

/* Copy a piece of a write and queue it. Returns how much it was. */
static ssize_t toy_wire_send_piece(struct sock *sk, u8 era,
				   struct msghdr *msg, size_t n, bool last,
				   const struct toy_creds *creds)
{
	bool nonblock = msg->msg_flags & MSG_DONTWAIT;
	bool message = sk->sk_type == SOCK_SEQPACKET;
	struct sk_buff *skb;
	u32 flags = 0;
	ssize_t done;
	int err;

	if (msg->msg_flags & MSG_MORE || !last)
		flags |= TOY_WRITE_MORE;
	if (last && msg->msg_flags & MSG_OOB)
		flags |= TOY_WRITE_URGENT;
	/* Something is queued, more than the byte that sockets begin with. */
	if (!message && n <= TOY_BUF_SMALL &&
	    refcount_read(&sk->sk_wmem_alloc) > 1) {
		done = toy_wire_append(sk, era, msg, n, flags);
		if (done)
			return done;
	}
	skb = toy_buf_alloc_message(sk, n, nonblock, creds, &err);
	if (!skb)
		return err;
	err = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, n);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	toy_buf_cb(skb)->eom = message;
	toy_buf_cb(skb)->eor = message && msg->msg_flags & MSG_EOR;
	lock_sock(sk);
	err = toy_wire_queue(sk, era, skb, flags);
	release_sock(sk);
	if (err)
		kfree_skb(skb);
	return err ?: (ssize_t)n;
}

/* Wait until a connect that is under way is over. Returns 0; why not to wait. */
static int toy_wire_wait(struct sock *sk, u8 era, bool nonblock)
{
	long timeo = sock_sndtimeo(sk, nonblock);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	while (toy_connecting(sk) && READ_ONCE(toy_sk(sk)->era) == era) {
		if (!timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		if (err)
			break;
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/*
 * What a write says that came to an end. As TCP does it, an error is for the next
 * one where this one has sent something.
 */
static ssize_t toy_wire_sent(struct sock *sk, size_t sent, ssize_t err)
{
	if (!sent)
		return err == -EPIPE ? sock_error(sk) ?: -EPIPE : err;
	/* The allocation of a buffer takes the error that it fails of. */
	if (err == -ECONNRESET || err == -ETIMEDOUT || err == -EHOSTUNREACH ||
	    err == -ECONNABORTED)
		WRITE_ONCE(sk->sk_err, -err);
	return sent;
}

/**
 * toy_wire_send() - write to a connection
 * @sk:		connected stream or seqpacket
 * @msg:	what
 * @len:	how much
 * @creds:	whose
 *
 * Context: process, no lock held; may sleep.
 * Return: bytes queued; -EPIPE; -EAGAIN; the socket's error.
 */
ssize_t toy_wire_send(struct sock *sk, struct msghdr *msg, size_t len,
		      const struct toy_creds *creds)
{
	u8 era = READ_ONCE(toy_sk(sk)->era);
	bool message = sk->sk_type == SOCK_SEQPACKET;
	size_t sent = 0, piece;
	ssize_t n = 0;

	if (unlikely(toy_connecting(sk))) {
		n = toy_wire_wait(sk, era, msg->msg_flags & MSG_DONTWAIT);
		if (n)
			return n;
	}
	if (unlikely(!len && !message))
		return READ_ONCE(sk->sk_err) ? toy_wire_sent(sk, 0, -EPIPE) : 0;
	do {
		piece = len - sent;
		if (!message)
			piece = min3(piece,
				     (size_t)READ_ONCE(sk->sk_sndbuf) / 2,
				     (size_t)TOY_BUF_LARGE);
		n = toy_wire_send_piece(sk, era, msg, piece,
					sent + piece == len, creds);
		if (unlikely(n < 0))
			return toy_wire_sent(sk, sent, n);
		sent += n;
	} while (sent < len);
	return sent;
}

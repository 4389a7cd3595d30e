// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a stream is read.
 *
 * A reader takes the bytes from the first buffers of its own queue. A short
 * read of bytes that are there holds the receive lock once and copies under it
 * (toy_stream_read_quick()); everything else goes the long way, one reader at a
 * time, and copies with the lock dropped.
 */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../backend/backend.h"
#include "../core/histogram.h"
#include "../core/rxq.h"
#include "../trace.h"
#include "ops.h"

/**
 * struct toy_read - one recvmsg(2) or splice(2) of a stream under way
 * @msg:	where to, of recvmsg(2)
 * @pipe:	where to, of splice(2); else NULL
 * @splice:	its SPLICE_F_*
 * @len:	bytes wanted
 * @flags:	MSG_*
 * @target:	bytes to wait for: SO_RCVLOWAT, or all with MSG_WAITALL
 * @era:	of the connection that it began with
 * @copied:	bytes read so far
 * @skip:	where a MSG_PEEK is, from the first unread byte on
 * @cb:		of the first buffer, with a reference on its pid; if @creds
 * @creds:	whether the reader wants the senders' credentials
 * @ended:	a mark or another sender's bytes are next, or the pipe is full: that
 *		was this read
 * @closed:	nothing was left, and nothing will come
 * @failed:	nothing was left, and the socket has an error
 * @signalled:	the urgent byte is next, and a signal is there to tell of it
 */
struct toy_read {
	struct msghdr		*msg;
	struct pipe_inode_info	*pipe;
	unsigned int		splice;
	size_t			len;
	int			flags;
	size_t			target;
	u8			era;
	size_t			copied;
	u32			skip;
	struct toy_buf_cb	cb;
	bool			creds;
	bool			ended;
	bool			closed;
	bool			failed;
	bool			signalled;
};

static bool toy_read_done(const struct toy_read *rd)
{
	return rd->copied >= rd->len;
}

/*
 * How many of @n bytes from @seq on may be read in one go as the urgent mark
 * has it (RFC 6093, as TCP): up to the mark; at the mark begin a new read, and
 * without SO_OOBINLINE step over the byte itself. Returns 0 to end the read.
 */
static u32 toy_read_to_mark(struct sock *sk, const struct toy_read *rd,
			    u32 seq, u32 n)
{
	struct toy_sock *toy = toy_sk(sk);
	u32 to_mark = toy->urg_seq - seq;

	if (!toy->urg || to_mark >= n)
		return n;
	if (to_mark)
		return to_mark;
	return rd->copied ? 0 : n;
}

/* Whether the urgent byte is next, and not for this reader. */
static bool toy_read_steps_over(struct sock *sk, u32 seq)
{
	const struct toy_sock *toy = toy_sk(sk);

	return toy->urg && toy->urg_seq == seq &&
	       !sock_flag(sk, SOCK_URGINLINE);
}

/* Bytes of one sender do not end up in one read with those of another. */
static bool toy_read_same_sender(struct toy_read *rd,
				 const struct toy_buf_cb *cb)
{
	if (!rd->copied) {
		/* The pid stays valid for as long as its buffer does. */
		if (rd->creds && !rd->cb.pid) {
			rd->cb = *cb;
			get_pid(rd->cb.pid);
		}
		return true;
	}
	return !rd->creds || (rd->cb.pid == cb->pid &&
			      uid_eq(rd->cb.uid, cb->uid) &&
			      gid_eq(rd->cb.gid, cb->gid));
}

/* Bytes were read, or stepped over. Drops and retakes the receive lock. */
static void toy_read_advance(struct sock *sk, struct toy_read *rd, u32 n)
	__must_hold(&sk->sk_receive_queue.lock)
{
	struct sk_buff *skb;
	bool drained;

	if (rd->flags & MSG_PEEK) {
		rd->skip += n;
		sk_peek_offset_fwd(sk, n);
		return;
	}
	skb = toy_rxq_consume(sk, n);
	sk_peek_offset_bwd(sk, n);
	drained = toy_rxq_empty(sk);
	if (!skb && !drained)
		return;
	toy_rx_unlock(sk);
	if (skb)
		toy_buf_recycle(skb);
	/* Over a link toy_read_loop() does it, as that takes lock_sock(). */
	if (drained && !toy_wired(sk))
		READ_ONCE(toy_sk(sk)->backend)->drained(sk);
	toy_rx_lock(sk);
}

/*
 * Copy a piece of a buffer, or let a pipe have its pages: nobody writes to them
 * any more then (toy_buf_capacity()). Returns how many bytes; an error.
 */
static int toy_read_move(struct sock *sk, struct toy_read *rd,
			 struct sk_buff *skb, u32 off, u32 n)
{
	if (rd->pipe) {
		toy_buf_cb(skb)->lent = true;
		return skb_splice_bits(skb, sk, off, rd->pipe, n,
				       rd->splice) ?: -ENOMEM;
	}
	if (!rd->copied)
		sock_recv_cmsgs(rd->msg, sk, skb);
	return toy_buf_copy_to(skb, off, n, rd->msg) ?: n;
}

/*
 * Copy from one buffer. Under rx_mutex and the receive lock, which is dropped
 * to copy: other readers are kept out, and senders only add.
 * Returns bytes copied, 0 where there is nothing (more) for this call.
 */
static int toy_read_piece(struct sock *sk, struct toy_read *rd)
	__must_hold(&sk->sk_receive_queue.lock)
{
	struct toy_sock *toy = toy_sk(sk);
	u32 seq = toy->consumed + rd->skip;
	struct sk_buff *skb;
	int moved;
	u32 off, n;

	if ((s32)(toy->written - seq) <= 0)
		return 0;
	/* Its handler may want to fetch the byte before we step over it. */
	rd->signalled = toy->urg && toy->urg_seq == seq && !rd->copied &&
			signal_pending(current);
	if (rd->signalled)
		return 0;
	if (toy_read_steps_over(sk, seq)) {
		rd->ended = rd->copied;
		if (rd->ended)
			return 0;
		toy_read_advance(sk, rd, 1);
		seq = toy->consumed + rd->skip;
		if (toy->written == seq)
			return 0;
	}
	skb = toy_rxq_find(sk, seq);
	rd->ended = !toy_read_same_sender(rd, toy_buf_cb(skb));
	if (rd->ended)
		return 0;
	off = seq - toy_buf_cb(skb)->seq;
	n = min_t(size_t, rd->len - rd->copied, skb->len - off);
	if (!n)
		return 0;
	n = toy_read_to_mark(sk, rd, seq, n);
	rd->ended = !n;
	if (rd->ended)
		return 0;
	toy->reading = skb;
	toy_rx_unlock(sk);
	moved = toy_read_move(sk, rd, skb, off, n);
	toy_rx_lock(sk);
	toy->reading = NULL;
	if (moved < 0)
		return moved;
	rd->copied += moved;
	rd->ended = moved < n;
	if (toy_histogram_on() && !(rd->flags & MSG_PEEK))
		toy_histogram_read(sk, toy_buf_cb(skb)->queued);
	toy_read_advance(sk, rd, moved);
	return moved;
}

/* An error behind the peer's end is for who writes, as with TCP. */
static int toy_read_error(const struct sock *sk)
{
	int err = READ_ONCE(sk->sk_err);

	return unlikely(err) && toy_wire_at_end(sk) ? 0 : err;
}

/*
 * Copy what is there. Whether more will come is decided under the same lock:
 * what was sent before the end was seen is read before the end.
 * Returns 0, or what toy_read_move() says. Under rx_mutex.
 */
static int toy_read_queue(struct sock *sk, struct toy_read *rd)
{
	int n;

	toy_rx_lock(sk);
	if (toy_sk(sk)->era != rd->era) {
		/* Disconnected: what is there is of another connection. */
		rd->closed = true;
		rd->failed = sk->sk_err;
		toy_rx_unlock(sk);
		return 0;
	}
	do {
		n = toy_read_piece(sk, rd);
	} while (n > 0 && !rd->ended && !toy_read_done(rd));
	rd->closed = sk->sk_shutdown & RCV_SHUTDOWN || toy_parted(sk);
	rd->failed = toy_read_error(sk);
	toy_rx_unlock(sk);
	return n < 0 ? n : 0;
}

static bool toy_read_ready(struct sock *sk, unsigned long seen)
{
	return toy_rxq_bytes(sk) > seen || READ_ONCE(sk->sk_err) ||
	       READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN || toy_parted(sk);
}

/*
 * Read until there is enough. A read that has its bytes reports neither an
 * error nor the end: the next one does.
 */
static int toy_read_loop(struct sock *sk, struct toy_read *rd)
{
	long timeo = sock_rcvtimeo(sk, rd->flags & MSG_DONTWAIT);
	struct toy_sock *toy = toy_sk(sk);
	int err;

	for (;;) {
		mutex_lock(&toy->rx_mutex);
		if (!rd->copied)
			rd->skip = max(sk_peek_offset(sk, rd->flags), 0);
		err = toy_read_queue(sk, rd);
		mutex_unlock(&toy->rx_mutex);
		if (unlikely(toy_wired(sk)) && !(rd->flags & MSG_PEEK))
			READ_ONCE(toy->backend)->drained(sk);
		if (err || rd->copied >= rd->target || rd->ended)
			return err;
		if (rd->signalled)
			return timeo ? sock_intr_errno(timeo) : -EAGAIN;
		if (!rd->len && !toy_rxq_empty(sk))
			return 0;
		if (rd->failed && !rd->copied)
			return sock_error(sk);
		if (rd->failed || rd->closed)
			return 0;
		err = toy_rxq_wait(sk, &timeo, toy_read_ready, rd->skip);
		if (err)
			return err;
	}
}

/* Copy a part of a buffer, with page faults off. Returns how much of it. */
static size_t toy_stream_copy(const struct sk_buff *skb, unsigned int off,
			      size_t n, struct iov_iter *to)
{
	if (likely(skb->sk))
		return toy_buf_read(skb, off, n, to);
	/* What a link brought, if it is in one piece. */
	return skb_is_nonlinear(skb) ? 0 : copy_to_iter(skb->data + off, n, to);
}

/*
 * Bytes that are there, in one buffer, and no more than TOY_COPY_LOCKED: the
 * copy is made under the receive lock, with page faults off. Anything out of
 * the ordinary returns 0, and the long way sorts it out.
 */
static int toy_stream_read_quick(struct sock *sk, struct msghdr *msg,
				 size_t len)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sk_buff *done = NULL;
	struct sk_buff *skb;
	bool drained = false;
	size_t n, copied;
	unsigned int off;

	/* A pipe as the target (splice) makes copy_to_iter() allocate. */
	if (!user_backed_iter(&msg->msg_iter))
		return 0;
	toy_rx_lock(sk);
	n = min_t(size_t, len, toy_rxq_bytes(sk));
	if (!n || n > TOY_COPY_LOCKED || toy->urg ||
	    mutex_is_locked(&toy->rx_mutex))
		goto not_quick;
	if (n < len && n < sk->sk_rcvlowat)
		goto not_quick;
	skb = skb_peek(&sk->sk_receive_queue);
	off = toy->consumed - toy_buf_cb(skb)->seq;
	if (n > skb->len - off)
		goto not_quick;
	pagefault_disable();
	copied = toy_stream_copy(skb, off, n, &msg->msg_iter);
	pagefault_enable();
	if (copied != n) {
		iov_iter_revert(&msg->msg_iter, copied);
		goto not_quick;
	}
	if (toy_histogram_on())
		toy_histogram_read(sk, toy_buf_cb(skb)->queued);
	done = toy_rxq_consume(sk, n);
	drained = toy_rxq_empty(sk);
	toy_rx_unlock(sk);

	sk_peek_offset_bwd(sk, n);
	if (done)
		toy_buf_recycle(done);
	if (drained || toy_wired(sk))
		READ_ONCE(toy->backend)->drained(sk);
	return n;

not_quick:
	toy_rx_unlock(sk);
	return 0;
}

/* The long way: any flags, any length, waiting where there is too little. */
static int toy_stream_read(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags, bool creds)
{
	struct toy_read rd = {
		.msg	= msg,
		.len	= len,
		.flags	= flags,
		.era	= READ_ONCE(toy_sk(sk)->era),
		.target	= sock_rcvlowat(sk, flags & MSG_WAITALL, len),
		.creds	= creds,
	};
	int err;

	err = toy_read_loop(sk, &rd);
	if (rd.cb.pid) {
		if (rd.copied)
			toy_creds_show(msg, &rd.cb);
		put_pid(rd.cb.pid);
	}
	if (rd.copied)
		return rd.copied;
	if (err)
		toy_recv_failed(sk, err);
	return err;
}

static int toy_stream_recv(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags)
{
	bool creds;
	int n;

	if (unlikely(!toy_has_peer(sk)))
		return toy_recv_no_peer(sk);
	if (unlikely(flags & MSG_OOB))
		return toy_stream_read_urgent(sk, msg, len, flags);

	creds = toy_wants_creds(sk);
	n = 0;
	if (!(flags & (MSG_PEEK | MSG_WAITALL)) && !creds &&
	    !toy_rxq_stamps(sk))
		n = toy_stream_read_quick(sk, msg, len);
	if (!n)
		n = toy_stream_read(sk, msg, len, flags, creds);
	if (n >= 0)
		toy_name_fill(msg, &toy_sk(sk)->remote);
	return n;
}

/**
 * toy_stream_recvmsg() - recvmsg(2) of streams
 * @sock:	socket
 * @msg:	where to
 * @len:	room there
 * @flags:	MSG_PEEK, MSG_WAITALL, MSG_OOB, MSG_DONTWAIT
 *
 * Return: bytes copied; 0 at the end; -ENOTCONN; -EAGAIN; -EINVAL: no urgent byte;
 * the socket's error; -EINTR or -ERESTARTSYS; -EFAULT.
 */
int toy_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags)
{
	struct sock *sk = sock->sk;
	int ret = toy_stream_recv(sk, msg, len, flags);

	trace_toy_recvmsg(sk, len, ret, flags);
	return ret;
}

/**
 * toy_stream_splice_read() - splice(2) from a stream
 * @sock:	socket
 * @ppos:	0: sockets have no position
 * @pipe:	where to, locked
 * @len:	bytes wanted
 * @flags:	SPLICE_F_NONBLOCK
 *
 * The pages that the sender filled go to the pipe, without a copy.
 *
 * Return: bytes; 0 at the end; -ESPIPE: @ppos; -EPIPE: nobody reads the pipe;
 * -ENOMEM; -EAGAIN, also where the pipe is full; else as toy_stream_recvmsg().
 */
ssize_t toy_stream_splice_read(struct socket *sock, loff_t *ppos,
			       struct pipe_inode_info *pipe, size_t len,
			       unsigned int flags)
{
	bool nonblock = sock->file->f_flags & O_NONBLOCK ||
			flags & SPLICE_F_NONBLOCK;
	struct sock *sk = sock->sk;
	struct toy_read rd = {
		.pipe	= pipe,
		.splice	= flags,
		.len	= len,
		.flags	= nonblock ? MSG_DONTWAIT : 0,
		.era	= READ_ONCE(toy_sk(sk)->era),
		/* As TCP: with the pipe locked it does not wait for more. */
		.target	= 1,
	};
	ssize_t ret;

	if (unlikely(*ppos))
		return -ESPIPE;
	if (unlikely(!toy_has_peer(sk)))
		return toy_recv_no_peer(sk);
	ret = toy_read_loop(sk, &rd);
	if (rd.copied)
		ret = rd.copied;
	else if (ret)
		toy_recv_failed(sk, ret);
	trace_toy_recvmsg(sk, len, ret, rd.flags);
	return ret;
}

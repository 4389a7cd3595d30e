// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: what seqpackets and datagrams share, and the seqpacket.
 */
#include <linux/module.h>
#include <linux/uio.h>

#include "../backend/backend.h"
#include "../core/histogram.h"
#include "../core/rxq.h"
#include "../trace.h"
#include "ops.h"

/**
 * toy_message_check() - whether a message is one that can be sent
 * @sk:		socket
 * @msg:	the message
 * @len:	its length
 *
 * Return: 0; -EOPNOTSUPP: MSG_OOB; -EMSGSIZE: longer than the send buffer.
 */
int toy_message_check(struct sock *sk, const struct msghdr *msg, size_t len)
{
	int most = READ_ONCE(sk->sk_sndbuf) - TOY_MESSAGE_RESERVE;

	if (unlikely(msg->msg_flags & MSG_OOB))
		return toy_fail(sk, -EOPNOTSUPP, "send",
				"only streams have urgent bytes");
	if (unlikely((ssize_t)len > most))
		return toy_fail_with(sk, -EMSGSIZE, "send",
				     &toy_sk(sk)->remote,
				     "SO_SNDBUF has room for a message of %u bytes",
				     most);
	return 0;
}

/**
 * toy_message_send() - send one message
 * @sock:	socket that may send, bound where its type wants it
 * @backend:	how
 * @to:		where to; NULL for the peer
 * @msg:	the message, checked
 * @len:	its length
 *
 * Context: process; may sleep; no lock held.
 * Return: @len, or what the backend or toy_creds_get() says.
 */
ssize_t toy_message_send(struct socket *sock,
			 const struct toy_backend *backend,
			 const struct toy_addr *to, struct msghdr *msg,
			 size_t len)
{
	struct toy_creds creds;
	struct scm_cookie scm;
	ssize_t ret;

	ret = toy_creds_get(sock, msg, &scm, &creds);
	if (unlikely(ret))
		return ret;
	ret = backend->send_message(sock->sk, to, msg, len, &creds);
	toy_creds_put(msg, &scm);
	return ret;
}

static int toy_seqpacket_send(struct socket *sock, struct sock *sk,
			      struct msghdr *msg, size_t len)
{
	ssize_t ret;

	if (unlikely(!toy_has_peer(sk)))
		return toy_send_no_peer(sk, msg);
	if (unlikely(msg->msg_namelen))
		return toy_fail(sk, -EISCONN, "send",
				"the socket is connected, no address is taken");
	ret = toy_message_check(sk, msg, len);
	if (unlikely(ret))
		return ret;
	if (likely(!(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)))
		ret = toy_message_send(sock, READ_ONCE(toy_sk(sk)->backend),
				       NULL, msg, len);
	else
		ret = toy_send_ended(sk);
	if (unlikely(ret < 0))
		toy_send_failed(sk, msg, ret);
	return ret;
}

/**
 * toy_seqpacket_sendmsg() - sendmsg(2) of seqpackets
 * @sock:	socket
 * @msg:	the record; MSG_EOR marks it
 * @len:	its length
 *
 * Return: @len; -ENOTCONN; -EISCONN: it has an address; -EPIPE; what
 * toy_message_check() and toy_message_send() say.
 */
int toy_seqpacket_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	int ret = toy_seqpacket_send(sock, sk, msg, len);

	trace_toy_sendmsg(sk, len, ret, msg->msg_flags);
	return ret;
}

static bool toy_message_ready(struct sock *sk, unsigned long seen)
{
	return toy_rxq_has_new(sk, seen) || READ_ONCE(sk->sk_err) ||
	       READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN || toy_parted(sk);
}

/**
 * toy_message_next() - the next message, waited for
 * @sk:		socket
 * @flags:	MSG_PEEK, MSG_DONTWAIT
 * @off:	set to where in it reading begins
 * @err:	set where there is none: 0 is the end
 *
 * The end is looked at before the error, and both before the queue, in the
 * reverse of the order in which a closing peer leaves them: what it sent is read
 * first, then its reset is told, then the end.
 *
 * Return: the message, the caller's; NULL.
 */
struct sk_buff *toy_message_next(struct sock *sk, int flags, int *off,
				 int *err)
{
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct sk_buff *skb;
	unsigned long seen;
	bool closed;
	int failed;

	do {
		/* Pairs with the release in local_disconnect_peer(). */
		closed = smp_load_acquire(&sk->sk_shutdown) & RCV_SHUTDOWN ||
			 toy_parted(sk);
		failed = READ_ONCE(sk->sk_err);
		/* Behind the peer's end it is for who writes, as with TCP. */
		if (unlikely(failed) && toy_wire_at_end(sk))
			failed = 0;
		skb = toy_rxq_take(sk, flags, off, &seen);
		if (skb) {
			if (unlikely(toy_wired(sk)) && !(flags & MSG_PEEK))
				READ_ONCE(toy_sk(sk)->backend)->drained(sk);
			return skb;
		}
		*err = failed ? sock_error(sk) : 0;
		if (*err || closed)
			return NULL;
		*err = toy_rxq_wait(sk, &timeo, toy_message_ready, seen);
	} while (!*err);
	return NULL;
}

/* Hand a message to the reader. Returns what recvmsg(2) returns. */
static int toy_message_copy(struct sock *sk, struct sk_buff *skb,
			    struct msghdr *msg, size_t len, int flags, int off)
{
	size_t left = skb->len - off;
	size_t n = min(len, left);
	int err;

	if (n < left)
		msg->msg_flags |= MSG_TRUNC;
	err = toy_buf_copy_to(skb, off, n, msg);
	if (err)
		return err;
	sock_recv_cmsgs(msg, sk, skb);
	if (toy_wants_creds(sk))
		toy_creds_show(msg, toy_buf_cb(skb));
	if (!toy_connection_type(sk)) {
		toy_name_fill(msg, &toy_buf_cb(skb)->from);
	} else {
		toy_name_fill(msg, &toy_sk(sk)->remote);
		if (toy_buf_cb(skb)->eor)
			msg->msg_flags |= MSG_EOR;
	}
	if (flags & MSG_PEEK)
		sk_peek_offset_fwd(sk, n);
	else
		sk_peek_offset_bwd(sk, left);
	return flags & MSG_TRUNC ? left : n;
}

static int toy_message_recv(struct sock *sk, struct msghdr *msg, size_t len,
			    int flags)
{
	struct sk_buff *skb;
	int off, ret;

	if (unlikely(flags & MSG_OOB))
		return toy_fail(sk, -EOPNOTSUPP, "recv",
				"only streams have urgent bytes");
	if (unlikely(toy_connection_type(sk) &&
		     !toy_has_peer(sk)))
		return toy_recv_no_peer(sk);

	if (unlikely(flags & TOY_MSG_FILE && toy_compat_is_file(msg)))
		return toy_message_read(sk, msg, len, flags & ~TOY_MSG_FILE);

	/* What toyfs has read, but for a newline of its own, is no message. */
	while ((skb = toy_message_next(sk, flags, &off, &ret)) &&
	       unlikely(toy_buf_spent(skb)))
		toy_buf_recycle(skb);
	if (!skb) {
		if (ret)
			toy_recv_failed(sk, ret);
		return ret;
	}
	ret = toy_message_copy(sk, skb, msg, len, flags, off);
	if (unlikely(ret < 0))
		toy_recv_failed(sk, ret);
	else if (toy_histogram_on() && !(flags & MSG_PEEK))
		toy_histogram_taken(sk, toy_buf_cb(skb)->queued);
	if (flags & MSG_PEEK)
		toy_buf_free(skb);
	else
		toy_buf_recycle(skb);
	return ret;
}

/**
 * toy_message_recvmsg() - recvmsg(2) of seqpackets and datagrams
 * @sock:	socket
 * @msg:	where to
 * @len:	room there
 * @flags:	MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT
 *
 * Return: bytes copied, with MSG_TRUNC bytes there were; 0 also at the end;
 * -ENOTCONN; -EOPNOTSUPP: MSG_OOB; -EAGAIN; -ECONNRESET; -EINTR or
 * -ERESTARTSYS; -EFAULT: the message is gone.
 */
int toy_message_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			int flags)
{
	struct sock *sk = sock->sk;
	int ret = toy_message_recv(sk, msg, len, flags);

	trace_toy_recvmsg(sk, len, ret, flags & ~TOY_MSG_FILE);
	return ret;
}

const struct proto_ops toy_seqpacket_ops = {
	.family		= PF_TOY,
	.owner		= THIS_MODULE,
	.release	= toy_release,
	.bind		= toy_bind,
	.connect	= toy_connect,
	.socketpair	= toy_socketpair,
	.accept		= toy_accept,
	.getname	= toy_getname,
	.show_fdinfo	= toy_show_fdinfo,
	.poll		= toy_poll,
	.ioctl		= toy_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= toy_compat_ioctl,
#endif
	.gettstamp	= sock_gettstamp,
	.listen		= toy_listen,
	.shutdown	= toy_shutdown,
	.setsockopt	= toy_setsockopt,
	.getsockopt	= toy_getsockopt,
	.sendmsg	= toy_seqpacket_sendmsg,
	.recvmsg	= toy_message_recvmsg,
	.mmap		= sock_no_mmap,
	TOY_NO_SENDPAGE
	.set_peek_off	= sk_set_peek_off,
};

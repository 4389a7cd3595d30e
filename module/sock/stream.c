// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_STREAM: bytes without boundaries. How they are sent, and the urgent ones;
 * stream_read.c has how they are read.
 */
#include <linux/module.h>

#include "../backend/backend.h"
#include "../core/rxq.h"
#include "../trace.h"
#include "ops.h"

/* Why a stream cannot send now, or 0. */
static int toy_stream_may_send(struct sock *sk, const struct msghdr *msg)
{
	bool connected = toy_has_peer(sk);

	if (unlikely(!connected))
		return toy_send_no_peer(sk, msg);
	if (unlikely(msg->msg_namelen))
		return toy_fail(sk, -EISCONN, "send",
				"the socket is connected, no address is taken");
	return 0;
}

static int toy_stream_send(struct socket *sock, struct sock *sk,
			   struct msghdr *msg, size_t len)
{
	struct toy_creds creds;
	struct scm_cookie scm;
	ssize_t ret;

	ret = toy_stream_may_send(sk, msg);
	if (unlikely(ret))
		return ret;
	ret = toy_creds_get(sock, msg, &scm, &creds);
	if (unlikely(ret))
		return toy_send_failed(sk, msg, ret);
	if (likely(!(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)))
		ret = READ_ONCE(toy_sk(sk)->backend)->send_stream(sk, msg, len,
								  &creds);
	else
		ret = toy_send_ended(sk);
	toy_creds_put(msg, &scm);
	if (unlikely(ret < 0))
		toy_send_failed(sk, msg, ret);
	return ret;
}

static int toy_stream_sendmsg(struct socket *sock, struct msghdr *msg,
			      size_t len)
{
	struct sock *sk = sock->sk;
	int ret = toy_stream_send(sock, sk, msg, len);

	trace_toy_sendmsg(sk, len, ret, msg->msg_flags);
	return ret;
}

/**
 * toy_stream_read_urgent() - recvmsg(2) with MSG_OOB: fetch the urgent byte
 * @sk:		socket with a peer
 * @msg:	where to
 * @len:	room there
 * @flags:	MSG_PEEK
 *
 * Once, wherever the reading is.
 *
 * Return: 1; 0: there is no room; -EINVAL: no urgent byte; -EAGAIN: it was
 * announced, but has not come; -EFAULT.
 */
int toy_stream_read_urgent(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags)
{
	struct toy_sock *toy = toy_sk(sk);
	u8 byte;

	toy_rx_lock(sk);
	if (sock_flag(sk, SOCK_URGINLINE) || !(toy->urg & TOY_URG_VALID)) {
		toy_rx_unlock(sk);
		if (toy_wired(sk) && !sock_flag(sk, SOCK_URGINLINE) &&
		    toy_wire_urgent_due(sk))
			return toy_fail(sk, -EAGAIN, "recv",
					"the urgent byte has not come yet");
		return toy_fail(sk, -EINVAL, "recv",
				"there is no urgent byte to be fetched");
	}
	byte = toy->urg;
	if (!(flags & MSG_PEEK))
		WRITE_ONCE(toy->urg, TOY_URG_READ | byte);
	toy_rx_unlock(sk);

	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (memcpy_to_msg(msg, &byte, 1))
		return toy_recv_failed(sk, -EFAULT);
	return 1;
}

/* SO_RCVLOWAT: a poller may have enough now. */
static int toy_stream_set_rcvlowat(struct sock *sk, int val)
{
	WRITE_ONCE(sk->sk_rcvlowat, val ?: 1);
	toy_data_ready(sk);
	return 0;
}

const struct proto_ops toy_stream_ops = {
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
	.sendmsg	= toy_stream_sendmsg,
	.recvmsg	= toy_stream_recvmsg,
	.mmap		= sock_no_mmap,
	TOY_NO_SENDPAGE
	.splice_read	= toy_stream_splice_read,
	.set_peek_off	= sk_set_peek_off,
	.set_rcvlowat	= toy_stream_set_rcvlowat,
};

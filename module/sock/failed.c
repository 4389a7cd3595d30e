// SPDX-License-Identifier: GPL-2.0-only
/*
 * How sending and receiving fail: the signal and the words that go with it.
 */
#include <linux/sched/signal.h>

#include "ops.h"

/**
 * toy_sigpipe() - send the signal that goes with -EPIPE
 * @msg:	what was to be sent
 * @err:	what the call returns
 *
 * Return: @err.
 */
int toy_sigpipe(const struct msghdr *msg, int err)
{
	if (err == -EPIPE && !(msg->msg_flags & MSG_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	return err;
}

/**
 * toy_send_failed() - sending over a connection failed
 * @sk:		socket
 * @msg:	what was to be sent
 * @err:	negative errno
 *
 * Return: @err.
 */
int toy_send_failed(struct sock *sk, const struct msghdr *msg, int err)
{
	const char *why = toy_why(err);

	if (err == -EAGAIN)
		why = "the send buffer is full";
	else if (err == -EINVAL || err == -EPERM || err == -ESRCH)
		why = "the control message is refused";
	toy_fail(sk, err, "send", why);
	return toy_sigpipe(msg, err);
}

/**
 * toy_send_ended() - why a stream or seqpacket may send no more
 * @sk:		socket with SEND_SHUTDOWN
 *
 * Over a link a reset ends it, whose error comes first, as with TCP.
 *
 * Return: the socket's error, once; -EPIPE.
 */
int toy_send_ended(struct sock *sk)
{
	return (toy_wired(sk) ? sock_error(sk) : 0) ?: -EPIPE;
}

/**
 * toy_send_no_peer() - a stream or seqpacket has nobody to send to
 * @sk:		socket
 * @msg:	what was to be sent
 *
 * Return: -ENOTCONN; where it had one that SOCK_DESTROY took away its error, once, then
 * -EPIPE.
 */
int toy_send_no_peer(struct sock *sk, const struct msghdr *msg)
{
	if (!toy_connected(sk))
		return toy_fail(sk, -ENOTCONN, "send",
				"the socket is not connected");
	return toy_send_failed(sk, msg, sock_error(sk) ?: -EPIPE);
}

/**
 * toy_recv_no_peer() - a stream or seqpacket has nobody to receive from
 * @sk:		socket
 *
 * Return: -ENOTCONN; where it had one that SOCK_DESTROY took away its error, once, then
 * 0, the end.
 */
int toy_recv_no_peer(struct sock *sk)
{
	int err;

	if (!toy_connected(sk))
		return toy_fail(sk, -ENOTCONN, "recv",
				"the socket is not connected");
	err = sock_error(sk);
	return err ? toy_recv_failed(sk, err) : 0;
}

/**
 * toy_recv_failed() - receiving failed
 * @sk:		socket
 * @err:	negative errno
 *
 * Return: @err.
 */
int toy_recv_failed(struct sock *sk, int err)
{
	return toy_fail(sk, err, "recv", err == -EAGAIN ?
			"there is nothing to read" : toy_why(err));
}

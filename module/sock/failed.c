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

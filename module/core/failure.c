// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reason of a failed call, in words.
 *
 * An errno says little: ECONNREFUSED has three reasons here. What failed is
 * kept as pointers to static text, and made a sentence when someone asks.
 */
#include "failure.h"

/**
 * toy_fail_with() - remember why a call failed, with a number
 * @sk:		socket of the call
 * @err:	negative errno
 * @verb:	the call, static text
 * @addr:	address it was about; port 0 for none
 * @why:	reason, static text with at most one %u
 * @detail:	what that is: a limit, the number of another socket
 *
 * Context: any that may take the receive lock, which must not be held.
 * Return: @err, so that it can end in "return toy_fail_with(...)".
 */
int toy_fail_with(struct sock *sk, int err, const char *verb,
		  const struct toy_addr *addr, const char *why, u32 detail)
{
	struct toy_failure *failure = &toy_sk(sk)->failure;

	toy_rx_lock(sk);
	/* What a restarted call is told apart by is not for programs. */
	failure->err = err == -ERESTARTSYS ? EINTR : -err;
	failure->verb = verb;
	failure->why = why;
	failure->node = addr->node;
	failure->port = addr->port;
	failure->detail = detail;
	toy_rx_unlock(sk);
	return err;
}

/**
 * toy_why() - reasons that are the same whatever the call was
 * @err:	negative errno
 */
const char *toy_why(int err)
{
	switch (err) {
	case -EFAULT:
		return "a user pointer leads nowhere";
	case -EINTR:
	case -ERESTARTSYS:
		return "a signal came";
	case -ENOMEM:
	case -ENOBUFS:
		return "no memory";
	case -EINVAL:
		return "the address is too short";
	case -EAFNOSUPPORT:
		return "the address is of another family";
	case -ENETUNREACH:
		return "no link leads to that node";
	case -ECONNRESET:
		return "the peer closed with data unread, never accepted, or has forgotten it";
	case -ETIMEDOUT:
		return "the peer does not answer";
	case -EHOSTUNREACH:
		return "nobody answers for that node";
	case -ECONNABORTED:
		return "the administrator closed the socket";
	case -EPIPE:
		return "this end or the peer has ended the sending";
	default:
		return "it failed";
	}
}

/**
 * toy_failure_get() - a copy of the last failure
 * @sk:		socket
 * @failure:	set; its err is 0 where nothing failed yet
 *
 * Context: takes the receive lock.
 */
void toy_failure_get(struct sock *sk, struct toy_failure *failure)
{
	toy_rx_lock(sk);
	*failure = toy_sk(sk)->failure;
	toy_rx_unlock(sk);
}

/**
 * toy_failure_text() - a failure as one line
 * @failure:	failure
 * @buf:	where to
 * @size:	room there; TOY_FAILURE_TEXT is enough
 *
 * "111 ECONNREFUSED connect 1:80: nothing listens on that port", without the
 * address where there was none; empty where nothing failed yet.
 *
 * Return: length without the NUL.
 */
int toy_failure_text(const struct toy_failure *failure, char *buf, size_t size)
{
	char addr[TOY_ADDR_TEXT + 1] = " ";
	char name[24];
	int n;

	if (!failure->err) {
		*buf = '\0';
		return 0;
	}
	/* %pe gives "-EPERM", or "-1" where the kernel has no names. */
	snprintf(name, sizeof(name), "%pe", ERR_PTR(-failure->err));
	if (failure->port)
		toy_addr_format(addr + 1, sizeof(addr) - 1, failure->node,
				failure->port);
	else
		addr[0] = '\0';
	n = scnprintf(buf, size, "%d %s %s%s: ", failure->err, name + 1,
		      failure->verb, addr);
	/* Our own static text, see toy_fail_with(). */
	return n + scnprintf(buf + n, size - n, failure->why, failure->detail);
}

/**
 * toy_failure_format() - the last failure of a socket as one line
 * @sk:		socket
 * @buf:	where to
 * @size:	room there; TOY_FAILURE_TEXT is enough
 *
 * Context: takes the receive lock.
 * Return: length without the NUL.
 */
int toy_failure_format(struct sock *sk, char *buf, size_t size)
{
	struct toy_failure failure;

	toy_failure_get(sk, &failure);
	return toy_failure_text(&failure, buf, size);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_RAW: whole frames, from the magic on, in and out. backend/raw.c hears and
 * sends them.
 */
#include <linux/capability.h>
#include <linux/module.h>

#include "../trace.h"
#include "ops.h"

/**
 * toy_raw_may() - whether a raw socket may be made
 * @net:	its namespace
 * @protocol:	as socket(2) has it
 * @kern:	made by the kernel
 *
 * Return: 0; -EPROTONOSUPPORT: neither 0 nor the EtherType; -EPERM: without
 * CAP_NET_RAW in the namespace's user namespace.
 */
int toy_raw_may(const struct net *net, int protocol, int kern)
{
	if (protocol && protocol != toy_ethertype)
		return -EPROTONOSUPPORT;
	if (!kern && !ns_capable(net->user_ns, CAP_NET_RAW))
		return -EPERM;
	return 0;
}

/*
 * The address is what the socket listens for, of any node: frames from or to it.
 * It takes nothing from anybody, so that it may be changed at any time.
 */
static int toy_raw_bind(struct socket *sock, struct toy_sockaddr *uaddr,
			int len)
{
	struct sock *sk = sock->sk;
	struct toy_addr addr;
	int err;

	err = toy_name_parse(uaddr, len, &addr);
	if (err)
		return toy_fail(sk, err, "bind", toy_why(err));
	lock_sock(sk);
	toy_addr_set(&toy_sk(sk)->bound, addr);
	toy_addr_set(&toy_sk(sk)->local, addr);
	release_sock(sk);
	return 0;
}

/* There is no connection that it would have to have for that. */
static int toy_raw_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return toy_fail(sk, -EINVAL, "shutdown",
				"how is none of SHUT_RD, SHUT_WR, SHUT_RDWR");
	lock_sock(sk);
	toy_sk(sk)->backend->shutdown(sk, how + 1);
	release_sock(sk);
	return 0;
}

static const char *toy_raw_reason(int err)
{
	switch (err) {
	case -EINVAL:
		return "a frame has 20 bytes or more and begins with the magic";
	case -EMSGSIZE:
		return "the frame is longer than a link's MTU";
	case -ENETUNREACH:
		return "no link leads to that node";
	default:
		return toy_why(err);
	}
}

static int toy_raw_send(struct socket *sock, struct sock *sk,
			struct msghdr *msg, size_t len)
{
	struct toy_addr addr;
	ssize_t ret;

	if (msg->msg_namelen) {
		ret = toy_name_parse(msg->msg_name, msg->msg_namelen, &addr);
		if (ret)
			return toy_fail(sk, ret, "send", toy_why(ret));
	}
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return toy_sigpipe(msg, toy_fail(sk, -EPIPE, "send",
						 "this end has shut down its sending"));
	ret = toy_message_check(sk, msg, len);
	if (ret)
		return ret;
	ret = toy_message_send(sock, toy_sk(sk)->backend,
			       msg->msg_namelen ? &addr : NULL, msg, len);
	if (ret < 0)
		toy_fail(sk, ret, "send", toy_raw_reason(ret));
	return toy_sigpipe(msg, ret);
}

static int toy_raw_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	int ret = toy_raw_send(sock, sk, msg, len);

	trace_toy_sendmsg(sk, len, ret, msg->msg_flags);
	return ret;
}

const struct proto_ops toy_raw_ops = {
	.family		= PF_TOY,
	.owner		= THIS_MODULE,
	.release	= toy_release,
	.bind		= toy_raw_bind,
	.connect	= sock_no_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= toy_getname,
	.show_fdinfo	= toy_show_fdinfo,
	.poll		= toy_poll,
	.ioctl		= toy_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= toy_compat_ioctl,
#endif
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= toy_raw_shutdown,
	.setsockopt	= toy_setsockopt,
	.getsockopt	= toy_getsockopt,
	.sendmsg	= toy_raw_sendmsg,
	.recvmsg	= toy_message_recvmsg,
	.mmap		= sock_no_mmap,
	TOY_NO_SENDPAGE
	.set_peek_off	= sk_set_peek_off,
};

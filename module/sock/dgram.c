// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_DGRAM: messages to addresses.
 *
 * As with UDP a peer is an address, not a socket: connecting to one that nobody
 * has succeeds, and sending fails until somebody does.
 */
#include <linux/module.h>

#include "../backend/backend.h"
#include "../core/room.h"
#include "../trace.h"
#include "ops.h"

/* Where datagrams to @to would go, and under which name they arrive there. */
static int toy_dgram_route(struct sock *sk, const char *verb,
			   struct toy_addr *to,
			   const struct toy_backend **backend)
{
	int err;

	if (!to->port)
		return toy_fail_at(sk, -EINVAL, verb, to,
				   "port 0 is nobody's");
	err = toy_route(sk, to->node, backend);
	if (err)
		return toy_fail_at(sk, err, verb, to, err == -EACCES ?
				   "broadcast takes SO_BROADCAST" :
				   "no link leads to that node");
	to->node = toy_node_shown(TOY_NODE_ANY, to->node);
	return 0;
}

/*
 * The socket has another peer from now on, or none. What another thread finds
 * of the old peer in toy_sock.peer it holds against the address.
 */
static void toy_dgram_set_peer(struct sock *sk, struct toy_addr local,
			       struct toy_addr remote)
{
	struct toy_sock *toy = toy_sk(sk);

	toy_rx_lock(sk);
	WRITE_ONCE(toy->joined, 0);
	toy->local = local;
	toy_addr_set(&toy->remote, remote);
	toy_set_state(sk, remote.port ? TCP_ESTABLISHED : TCP_CLOSE);
	toy_rx_unlock(sk);
	toy_peer_set(sk, NULL);
	toy_room_unrelay(sk);
	/* Who waited for room with the old peer looks at the new one. */
	toy_room_ready(sk);
}

static void toy_dgram_disconnect(struct sock *sk)
{
	toy_dgram_set_peer(sk, toy_sk(sk)->bound,
			   toy_addr(TOY_NODE_ANY, TOY_PORT_ANY));
}

static int toy_dgram_connect_to(struct sock *sk, struct toy_addr *to)
{
	const struct toy_backend *backend;
	struct toy_sock *toy = toy_sk(sk);
	int err;

	err = toy_dgram_route(sk, "connect", to, &backend);
	if (err)
		return err;
	err = toy_name_autobind(sk);
	if (err)
		return err;
	WRITE_ONCE(toy->backend, backend);
	toy_dgram_set_peer(sk, toy_addr(toy_route_source(sk, to->node),
					toy->bound.port), *to);
	return 0;
}

static int toy_dgram_connect(struct socket *sock, struct toy_sockaddr *uaddr,
			     int len, int flags)
{
	const struct sockaddr *name = (const struct sockaddr *)uaddr;
	struct sock *sk = sock->sk;
	struct toy_addr to;
	int err = 0;

	if (len < (int)sizeof(name->sa_family))
		return toy_fail(sk, -EINVAL, "connect", toy_why(-EINVAL));
	if (name->sa_family == AF_UNSPEC) {
		lock_sock(sk);
		toy_dgram_disconnect(sk);
		sock->state = SS_UNCONNECTED;
		release_sock(sk);
		return 0;
	}
	err = toy_name_parse(uaddr, len, &to);
	if (err)
		return toy_fail(sk, err, "connect", toy_why(err));
	lock_sock(sk);
	err = toy_dgram_connect_to(sk, &to);
	if (!err)
		sock->state = SS_CONNECTED;
	release_sock(sk);
	return err;
}

static const char *toy_dgram_reason(int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return "nobody takes datagrams at that address";
	case -EPIPE:
		return "the receiver reads no more, or this end sends no more";
	case -EAGAIN:
		return "the send buffer or the receiver's queue is full";
	case -EINVAL:
	case -EPERM:
	case -ESRCH:
		return "the control message is refused";
	default:
		return toy_why(err);
	}
}

/*
 * See that the receiver can answer. The other end of a socketpair can without a
 * name.
 */
static int toy_dgram_autobind(struct sock *sk, const struct toy_addr *to)
{
	int err;

	if (likely(toy_is_bound(sk)) || (toy_paired(sk) && !to))
		return 0;
	lock_sock(sk);
	err = toy_name_autobind(sk);
	release_sock(sk);
	return err;
}

/* Where a sendmsg(2) goes: its own address, or NULL for the peer's. */
static int toy_dgram_target(struct sock *sk, struct msghdr *msg,
			    struct toy_addr *addr, const struct toy_addr **to,
			    const struct toy_backend **backend)
{
	int err;

	*to = NULL;
	*backend = READ_ONCE(toy_sk(sk)->backend);
	if (!msg->msg_namelen) {
		if (!toy_connected(sk))
			return toy_fail(sk, -ENOTCONN, "send",
					"no address given, none connected to");
		if (likely(!READ_ONCE(sk->sk_bound_dev_if)))
			return 0;
		/* It may have been bound to the device after it connected. */
		*addr = toy_addr_read(&toy_sk(sk)->remote);
		return addr->port ? toy_dgram_route(sk, "send", addr, backend) :
		       toy_fail(sk, -ENETUNREACH, "send",
				"no link leads to that node");
	}
	err = toy_name_parse(msg->msg_name, msg->msg_namelen, addr);
	if (err)
		return toy_fail(sk, err, "send", toy_why(err));
	*to = addr;
	return toy_dgram_route(sk, "send", addr, backend);
}

static int toy_dgram_send(struct socket *sock, struct sock *sk,
			  struct msghdr *msg, size_t len)
{
	const struct toy_backend *backend;
	const struct toy_addr *to;
	struct toy_addr addr;
	ssize_t ret;

	ret = toy_dgram_target(sk, msg, &addr, &to, &backend);
	if (unlikely(ret))
		return ret;
	if (unlikely(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN))
		return toy_sigpipe(msg, toy_fail(sk, -EPIPE, "send",
						 "this end has shut down its sending"));
	ret = toy_dgram_autobind(sk, to);
	if (unlikely(ret))
		return ret;
	ret = toy_message_check(sk, msg, len);
	if (unlikely(ret))
		return ret;
	ret = toy_message_send(sock, backend, to, msg, len);
	if (unlikely(ret < 0))
		toy_fail_at(sk, ret, "send", to ?: &toy_sk(sk)->remote,
			    toy_dgram_reason(ret));
	/* A receiver that reads no more is no broken pipe of ours. */
	return READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN ?
	       toy_sigpipe(msg, ret) : ret;
}

static int toy_dgram_sendmsg(struct socket *sock, struct msghdr *msg,
			     size_t len)
{
	struct sock *sk = sock->sk;
	int ret = toy_dgram_send(sock, sk, msg, len);

	trace_toy_sendmsg(sk, len, ret, msg->msg_flags);
	return ret;
}

const struct proto_ops toy_dgram_ops = {
	.family		= PF_TOY,
	.owner		= THIS_MODULE,
	.release	= toy_release,
	.bind		= toy_bind,
	.connect	= toy_dgram_connect,
	.socketpair	= toy_socketpair,
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
	.shutdown	= toy_shutdown,
	.setsockopt	= toy_setsockopt,
	.getsockopt	= toy_getsockopt,
	.sendmsg	= toy_dgram_sendmsg,
	.recvmsg	= toy_message_recvmsg,
	.mmap		= sock_no_mmap,
	TOY_NO_SENDPAGE
	.set_peek_off	= sk_set_peek_off,
};

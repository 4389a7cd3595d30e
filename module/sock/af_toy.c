// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family: socket(2), and how a socket ends.
 */
#include <linux/module.h>
#include <linux/net.h>

#include "../backend/backend.h"
#include "../core/accept.h"
#include "../core/buf.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "ops.h"

static int toy_create(struct net *net, struct socket *sock, int protocol,
		      int kern)
{
	const struct toy_backend *backend = &toy_local;
	struct sock *sk;
	int err = protocol ? -EPROTONOSUPPORT : 0;

	switch (sock->type) {
	case SOCK_STREAM:
		sock->ops = &toy_stream_ops;
		break;
	case SOCK_SEQPACKET:
		sock->ops = &toy_seqpacket_ops;
		break;
	case SOCK_DGRAM:
		sock->ops = &toy_dgram_ops;
		break;
	case SOCK_RAW:
		sock->ops = &toy_raw_ops;
		backend = &toy_raw;
		err = toy_raw_may(net, protocol, kern);
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	if (err)
		return err;

	sk = toy_sock_alloc(net, sock, backend, kern);
	if (!sk)
		return -ENOMEM;
	sk->sk_protocol = protocol;
	if (sock->type == SOCK_RAW)
		toy_raw_open(sk);
	sock->state = SS_UNCONNECTED;
	return 0;
}

static struct net_proto_family toy_family_ops __ro_after_init = {
	.create	= toy_create,
	.owner	= THIS_MODULE,
};

/**
 * toy_family_register() - let programs make sockets; the last step of the init
 *
 * Return: 0; -EINVAL: family= is no number of a family; -EEXIST: it is taken.
 */
int __init toy_family_register(void)
{
	int err;

	if (toy_family <= AF_UNSPEC || toy_family >= AF_MAX) {
		pr_err("toy: family=%d is not a family, use 1 to %d\n",
		       toy_family, AF_MAX - 1);
		return -EINVAL;
	}
	toy_family_ops.family = toy_family;
	err = sock_register(&toy_family_ops);
	if (err)
		pr_err("toy: address family %d is taken, try insmod toy.ko family=22 (or 13, 14)\n",
		       toy_family);
	return err;
}

/**
 * toy_family_unregister() - no socket is made any more; none is left
 */
void toy_family_unregister(void)
{
	sock_unregister(toy_family);
}

/**
 * toy_release() - the last close(2)
 * @sock:	socket; its sk may be NULL after a failed accept
 *
 * Return: 0.
 */
int toy_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN)
		toy_accept_stop(sk);
	/* Out of the tables first: from here on nobody finds it. */
	toy_registry_del(sk);
	toy_port_release(sk);
	toy_sk(sk)->backend->close(sk, false);
	/* Not only at the end: its peer may hold it for long. */
	toy_buf_drop_spare(sk);
	release_sock(sk);

	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

/* shutdown(2) of a listener ends the listening, as TCP's does. */
static int toy_shutdown_listener(struct sock *sk, int how)
{
	if (how & RCV_SHUTDOWN) {
		toy_accept_stop(sk);
		toy_state_changed(sk);
	}
	return 0;
}

static void toy_shutdown_connected(struct sock *sk, int how)
{
	toy_sk(sk)->backend->shutdown(sk, how);
	if (how & SEND_SHUTDOWN)
		toy_buf_drop_spare(sk);
}

/**
 * toy_shutdown() - shutdown(2)
 * @sock:	socket
 * @how:	SHUT_RD, SHUT_WR, SHUT_RDWR
 *
 * Return: 0; -EINVAL: another @how; -ENOTCONN.
 */
int toy_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return toy_fail(sk, -EINVAL, "shutdown",
				"how is none of SHUT_RD, SHUT_WR, SHUT_RDWR");
	/* SHUT_RD, SHUT_WR, SHUT_RDWR as RCV_SHUTDOWN and SEND_SHUTDOWN */
	how++;

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN)
		err = toy_shutdown_listener(sk, how);
	else if (toy_connecting(sk))
		toy_conn_abort(sock);
	else if (!toy_connected(sk))
		err = toy_fail(sk, -ENOTCONN, "shutdown",
			       "the socket is not connected");
	else
		toy_shutdown_connected(sk, how);
	release_sock(sk);
	return err;
}

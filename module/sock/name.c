// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names: bind, getsockname, getpeername, and addresses that programs pass.
 */
#include <linux/capability.h>

#include "../core/port.h"
#include "ops.h"

/**
 * toy_name_parse() - read an address that a program gave
 * @uaddr:	address, copied from user space
 * @len:	its length there
 * @addr:	set
 *
 * Return: 0; -EINVAL: too short; -EAFNOSUPPORT: of another family.
 */
int toy_name_parse(const void *uaddr, int len, struct toy_addr *addr)
{
	const struct sockaddr_toy *name = uaddr;

	if (len < (int)sizeof(*name))
		return -EINVAL;
	if (name->stoy_family != toy_family)
		return -EAFNOSUPPORT;
	*addr = toy_addr(name->stoy_node, name->stoy_port);
	return 0;
}

static int toy_name_write(void *uaddr, const struct toy_addr *addr)
{
	struct sockaddr_toy *name = uaddr;

	name->stoy_family = toy_family;
	name->stoy_port = addr->port;
	name->stoy_node = addr->node;
	return sizeof(*name);
}

/**
 * toy_name_fill() - name the sender of what was received
 * @msg:	message; left alone where the caller wants no name
 * @addr:	the sender's address
 */
void toy_name_fill(struct msghdr *msg, const struct toy_addr *addr)
{
	if (msg->msg_name)
		msg->msg_namelen = toy_name_write(msg->msg_name, addr);
}

static int toy_name_check(struct sock *sk, const struct toy_addr *addr)
{
	struct net *net = sock_net(sk);

	if (!toy_node_is_here(addr->node, READ_ONCE(toy_net(net)->node)))
		return toy_fail_at(sk, -EADDRNOTAVAIL, "bind", addr,
				   "that node is not this one");
	if (addr->port && addr->port < TOY_PORT_PRIVILEGED &&
	    !ns_capable(net->user_ns, CAP_NET_BIND_SERVICE))
		return toy_fail_at(sk, -EACCES, "bind", addr,
				   "ports below 1024 take CAP_NET_BIND_SERVICE");
	return 0;
}

static const char *toy_name_reason(int err, const struct toy_addr *addr)
{
	if (err != -EADDRINUSE)
		return toy_why(err);
	return addr->port ? "socket %u holds that port" :
	       "every port of net.toy.port_range is taken";
}

/* Give the socket a port and the name that goes with it. */
static int toy_name_take(struct sock *sk, const struct toy_addr *addr)
{
	u32 holder = 0;
	int err;

	err = toy_port_bind(sk, addr->node, addr->port, &holder);
	if (err)
		return toy_fail_with(sk, err, "bind", addr,
				     toy_name_reason(err, addr), holder);
	toy_addr_set(&toy_sk(sk)->local, toy_sk(sk)->bound);
	return 0;
}

/**
 * toy_bind() - bind(2)
 * @sock:	socket
 * @uaddr:	struct sockaddr_toy
 * @len:	its length
 *
 * Return: 0; -EINVAL: too short, or the socket has a name or a peer already;
 * -EAFNOSUPPORT; -EADDRNOTAVAIL: not a node of this namespace; -EACCES: a port
 * below 1024 without the capability; -EADDRINUSE; -ENOMEM.
 */
int toy_bind(struct socket *sock, struct toy_sockaddr *uaddr, int len)
{
	struct sock *sk = sock->sk;
	struct toy_addr addr;
	int err;

	err = toy_name_parse(uaddr, len, &addr);
	if (err)
		return toy_fail(sk, err, "bind", toy_why(err));

	lock_sock(sk);
	if (toy_is_bound(sk)) {
		err = toy_fail_at(sk, -EINVAL, "bind", &addr,
				  "the socket has an address already");
		goto release;
	}
	if (toy_connected(sk)) {
		err = toy_fail_at(sk, -EINVAL, "bind", &addr,
				  "the socket is connected");
		goto release;
	}
	err = toy_name_check(sk, &addr);
	if (err)
		goto release;
	err = toy_name_take(sk, &addr);
	/* As with TCP a port that was asked for outlives a disconnect. */
	if (!err && addr.port)
		sk->sk_userlocks |= SOCK_BINDPORT_LOCK;
release:
	release_sock(sk);
	return err;
}

/**
 * toy_name_autobind() - have an unbound socket that connects or sends bound
 * @sk:		socket
 *
 * Context: lock_sock() held; may sleep.
 * Return: 0, also where it was bound; -EADDRNOTAVAIL: no port is free;
 * -ENOMEM.
 */
int toy_name_autobind(struct sock *sk)
{
	struct toy_addr any = toy_addr(TOY_NODE_ANY, TOY_PORT_ANY);
	int err;

	if (toy_is_bound(sk))
		return 0;
	err = toy_name_take(sk, &any);
	if (err == -EADDRINUSE)
		return toy_fail_at(sk, -EADDRNOTAVAIL, "bind", &any,
				   toy_name_reason(err, &any));
	return err;
}

/**
 * toy_name_give_back() - undo toy_name_autobind() for a connection that is not
 * @sk:		socket that holds a port of the kernel's choice
 *
 * As TCP does: the program may bind the socket to a name of its own then.
 *
 * Context: lock_sock() held.
 */
void toy_name_give_back(struct sock *sk)
{
	toy_port_release(sk);
	toy_addr_set(&toy_sk(sk)->bound, toy_addr(TOY_NODE_ANY, TOY_PORT_ANY));
	toy_addr_set(&toy_sk(sk)->local, toy_sk(sk)->bound);
}

/**
 * toy_getname() - getsockname(2), getpeername(2)
 * @sock:	socket
 * @uaddr:	where the struct sockaddr_toy goes
 * @peer:	the peer's instead of its own
 *
 * Return: length of the name; -ENOTCONN.
 */
int toy_getname(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct sock *sk = sock->sk;
	struct toy_addr addr;
	int err = 0;

	lock_sock(sk);
	if (!peer)
		addr = toy_sk(sk)->local;
	else if (toy_connected(sk))
		addr = toy_sk(sk)->remote;
	else
		err = toy_fail(sk, -ENOTCONN, "getpeername",
			       "the socket is not connected");
	release_sock(sk);
	if (err)
		return err;
	return toy_name_write(uaddr, &addr);
}

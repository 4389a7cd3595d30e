// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of streams and seqpackets: connect, listen, accept, socketpair.
 */
#include <linux/cred.h>
#include <linux/pid.h>

#include "../backend/backend.h"
#include "../core/accept.h"
#include "../core/port.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "ops.h"

/* Whether the socket's state lets it connect. */
static int toy_conn_may_connect(struct sock *sk, const struct toy_addr *to)
{
	if (sk->sk_state == TCP_LISTEN)
		return toy_fail_at(sk, -EINVAL, "connect", to,
				   "the socket listens");
	if (sk->sk_state == TCP_SYN_SENT)
		return toy_fail_at(sk, -EALREADY, "connect", to,
				   "an earlier connect is still under way");
	if (toy_connected(sk))
		return toy_fail_at(sk, -EISCONN, "connect", to,
				   "the socket is connected");
	return 0;
}

/**
 * toy_conn_abort() - end a connect that waits in another thread
 * @sk:		socket in TCP_SYN_SENT
 *
 * It stays in that state, and others get EALREADY, until that thread has left.
 *
 * Context: lock_sock() held.
 */
void toy_conn_abort(struct sock *sk)
{
	toy_era_next(sk);
	toy_state_changed(sk);
}

/*
 * connect(2) to AF_UNSPEC, as with TCP: the connection is closed, a listener
 * stops, and the socket can be used anew. A port that was not asked for goes.
 * Under lock_sock().
 */
static int toy_conn_disconnect(struct socket *sock)
{
	struct sock *sk = sock->sk;
	int err;

	if (sk->sk_state == TCP_SYN_SENT) {
		toy_conn_abort(sk);
		return 0;
	}
	if (sk->sk_state == TCP_LISTEN) {
		toy_accept_stop(sk);
		toy_state_changed(sk);
		return 0;
	}
	if (!toy_connected(sk))
		return 0;
	err = toy_sock_part(sk, false);
	if (err)
		return toy_fail(sk, err, "disconnect", toy_why(err));
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		toy_name_give_back(sk);
	toy_sock_reopen(sk);
	sock->state = SS_UNCONNECTED;
	return 0;
}

/* Whether an address is none, which asks for a disconnect. */
static bool toy_conn_is_unspec(const void *uaddr, int len)
{
	const struct sockaddr *name = uaddr;

	return len >= (int)sizeof(name->sa_family) &&
	       name->sa_family == AF_UNSPEC;
}

static const char *toy_conn_reason(int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return "nothing listens on that port";
	case -EAGAIN:
		return "the listener's backlog is full";
	case -ECONNABORTED:
		return "another thread hung up";
	case -EACCES:
		return "nothing but datagrams can be broadcast";
	default:
		return toy_why(err);
	}
}

/**
 * toy_connect() - connect(2) of streams and seqpackets
 * @sock:	socket
 * @uaddr:	struct sockaddr_toy, or AF_UNSPEC to disconnect
 * @len:	its length
 * @flags:	O_NONBLOCK: do not wait
 *
 * Return: 0; -EINVAL: too short, or a listener; -EAFNOSUPPORT; -EISCONN;
 * -EALREADY; -ENETUNREACH; -EADDRNOTAVAIL: no port is free to call from; what
 * the backend says.
 */
int toy_connect(struct socket *sock, struct toy_sockaddr *uaddr, int len,
		int flags)
{
	const struct toy_backend *backend;
	struct sock *sk = sock->sk;
	struct toy_addr to;
	bool bound = true;
	int err;

	if (toy_conn_is_unspec(uaddr, len)) {
		lock_sock(sk);
		err = toy_conn_disconnect(sock);
		release_sock(sk);
		return err;
	}
	err = toy_name_parse(uaddr, len, &to);
	if (err)
		return toy_fail(sk, err, "connect", toy_why(err));

	lock_sock(sk);
	/* One that did not wait asks what became of it, as with TCP. */
	if (sock->state == SS_CONNECTING && sk->sk_state == TCP_ESTABLISHED) {
		sock->state = SS_CONNECTED;
		err = 0;
		goto release;
	}
	/* One that a signal interrupted is called again: wait on. */
	if (sock->state == SS_CONNECTING && toy_wired(sk) &&
	    sk->sk_state == TCP_SYN_SENT && !(flags & O_NONBLOCK)) {
		err = toy_sk(sk)->backend->connect(sk, &to, flags);
		goto called;
	}
	err = toy_conn_may_connect(sk, &to);
	if (err)
		goto release;
	err = toy_route(sk, to.node, &backend);
	if (err)
		goto fail;
	bound = toy_is_bound(sk);
	err = toy_name_autobind(sk);
	if (err)
		goto release;

	to.node = toy_node_shown(TOY_NODE_ANY, to.node);
	toy_sk(sk)->backend = backend;
	err = backend->connect(sk, &to, flags);
called:
	if (err) {
		/* The handshake goes on without this call. */
		if (sk->sk_state == TCP_SYN_SENT) {
			sock->state = SS_CONNECTING;
			goto fail;
		}
		if (!bound)
			toy_name_give_back(sk);
		goto fail;
	}
	sock->state = SS_CONNECTED;
	goto release;
fail:
	toy_fail_at(sk, err, "connect", &to, toy_conn_reason(err));
release:
	release_sock(sk);
	return err;
}

/**
 * toy_socketpair() - socketpair(2), every type
 * @a:		one end, new
 * @b:		the other
 *
 * Return: 0.
 */
int toy_socketpair(struct socket *a, struct socket *b)
{
	toy_local_pair(a->sk, b->sk);
	a->state = SS_CONNECTED;
	b->state = SS_CONNECTED;
	return 0;
}

/**
 * toy_listen() - listen(2) of streams and seqpackets
 * @sock:	socket
 * @backlog:	calls that may wait beside the one that is always admitted
 *
 * Return: 0; -EINVAL: not bound, or connected; -EADDRINUSE; -ENOMEM.
 */
int toy_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	u32 holder = 0;
	int err = 0;

	lock_sock(sk);
	if (toy_connected(sk) || sk->sk_state == TCP_SYN_SENT) {
		err = toy_fail(sk, -EINVAL, "listen",
			       "the socket is connected");
		goto release;
	}
	if (!toy_is_bound(sk)) {
		err = toy_fail(sk, -EINVAL, "listen", "the socket is not bound");
		goto release;
	}
	err = toy_accept_open(sk);
	if (err) {
		toy_fail(sk, err, "listen", toy_why(err));
		goto release;
	}
	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	if (sk->sk_state == TCP_LISTEN) {
		/* Callers wait for as many places as there are now. */
		wake_up_interruptible_all(&toy_sk(sk)->room_wait);
		goto release;
	}
	err = toy_port_listen(sk, &holder);
	if (err) {
		toy_accept_close(sk);
		toy_fail_with(sk, err, "listen", &toy_sk(sk)->bound,
			      "socket %u listens on that port", holder);
	}
release:
	release_sock(sk);
	return err;
}

/* The oldest call, waited for. */
static struct sock *toy_conn_next_call(struct sock *sk, int flags, int *err)
{
	long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	struct sock *child;

	do {
		child = toy_accept_take(sk);
		if (child)
			return child;
		if (READ_ONCE(sk->sk_state) != TCP_LISTEN) {
			*err = toy_fail(sk, -EINVAL, "accept",
					"the socket does not listen");
			return NULL;
		}
		*err = toy_rxq_wait(sk, &timeo, toy_accept_ready, 0);
	} while (!*err);
	toy_fail(sk, *err, "accept",
		 *err == -EAGAIN ? "no call is waiting" : toy_why(*err));
	return NULL;
}

/*
 * accept(2) of streams and seqpackets. Returns 0; -EINVAL: not a listener;
 * -EAGAIN; -EINTR or -ERESTARTSYS. (No kernel-doc: its arguments differ.)
 */
int toy_accept(struct socket *sock, struct socket *newsock, TOY_ACCEPT_ARGS)
{
	struct sock *sk = sock->sk;
	struct sock *child;
	int err;

	child = toy_conn_next_call(sk, toy_accept_flags, &err);
	if (!child)
		return err;
	toy_compat_set_passcred(newsock, &toy_sk(child)->opt.passcred,
				toy_wants_creds(sk));
	sock_graft(child, newsock);
	WRITE_ONCE(toy_sk(child)->gid, SOCK_INODE(newsock)->i_gid);
	newsock->state = SS_CONNECTED;
	toy_stat_inc(sock_net(sk), TOY_STAT_ACCEPTS);
	return 0;
}

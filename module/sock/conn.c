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

/* Ports that a connect tries. */
#define TOY_CONN_TRIES	64

/* Whether the socket's state lets it connect. */
static int toy_conn_may_connect(const struct sock *sk)
{
	if (sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	if (toy_connecting(sk))
		return -EALREADY;
	return toy_connected(sk) ? -EISCONN : 0;
}

/* The socket can be used anew. A port that was not asked for goes. */
static void toy_conn_anew(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		toy_name_give_back(sk);
	toy_sock_reopen(sk);
	sock->state = SS_UNCONNECTED;
}

/**
 * toy_conn_abort() - end a connect that is under way
 * @sock:	socket, toy_connecting()
 *
 * One over a link ends here, whether somebody waits for it or not. Of another
 * the waiting thread is told: the socket stays as it is, and others get
 * EALREADY, until that thread has left.
 *
 * Context: lock_sock() held.
 */
void toy_conn_abort(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (toy_wired(sk)) {
		toy_sk(sk)->backend->close(sk, true);
		toy_conn_anew(sock);
		return;
	}
	toy_era_next(sk);
	toy_state_changed(sk);
}

/*
 * What became of a connect that nobody waited for, as TCP tells it: once, to the
 * next connect(2). Returns 0; the error; -EALREADY: it goes on; -ERESTARTSYS.
 */
static int toy_conn_outcome(struct socket *sock)
{
	struct sock *sk = sock->sk;
	int err;

	if (toy_connecting(sk))
		return -EALREADY;
	if (toy_connected(sk) && sk->sk_state != TCP_CLOSE) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	if (toy_sock_part(sk, true))
		return -ERESTARTSYS;
	err = sock_error(sk) ?: -ECONNABORTED;
	toy_conn_anew(sock);
	return err;
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

	if (toy_connecting(sk)) {
		toy_conn_abort(sock);
		return 0;
	}
	if (sock->state == SS_CONNECTING) {
		err = toy_conn_outcome(sock);
		if (sock->state == SS_UNCONNECTED)
			return 0;
		if (err)
			return err;
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
	toy_conn_anew(sock);
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
	case -EINVAL:
		return "the socket listens";
	case -EALREADY:
		return "an earlier connect is still under way";
	case -EISCONN:
		return "the socket is connected";
	case -EADDRNOTAVAIL:
		return "no port is free to call from, or it is in TIME_WAIT";
	case -EINPROGRESS:
		return "it goes on, nobody waits for it";
	case -EHOSTUNREACH:
		return "the node does not answer";
	case -ETIMEDOUT:
		return "the peer does not answer";
	default:
		return toy_why(err);
	}
}

/*
 * Call. Over a link a port of our choice may be one from which the peer was called
 * a moment ago, and which is in TIME_WAIT with it: another one, then.
 */
static int toy_conn_call(struct sock *sk, const struct toy_addr *to, int flags)
{
	const struct toy_backend *backend = toy_sk(sk)->backend;
	bool bound = toy_is_bound(sk);
	u8 era = toy_sk(sk)->era;
	int tries = 0;
	int err;

	do {
		err = toy_name_autobind(sk);
		if (err)
			return err;
		err = backend->connect(sk, to, flags);
		/* It goes on without this call, or another thread ended it. */
		if (!err || toy_connecting(sk) ||
		    (backend == &toy_ethernet && toy_sk(sk)->era != era))
			return err;
		if (!bound)
			toy_name_give_back(sk);
	} while (err == -EADDRNOTAVAIL && !bound && ++tries < TOY_CONN_TRIES);
	return err;
}

/* A connect that a signal interrupted is called again. */
static int toy_conn_wait_on(struct socket *sock, const struct toy_addr *to,
			    int flags)
{
	struct sock *sk = sock->sk;
	u8 era = toy_sk(sk)->era;
	int err;

	err = toy_sk(sk)->backend->connect(sk, to, flags);
	/* Unless another thread ended it, and the socket is as new already. */
	if (err && !toy_connecting(sk) && toy_sk(sk)->era == era)
		toy_conn_anew(sock);
	return err;
}

/* Where a connect stands that came before this one, or a new one. */
static int toy_conn_connect(struct socket *sock, struct toy_addr *to, int flags)
{
	const struct toy_backend *backend;
	struct sock *sk = sock->sk;
	int err;

	if (sock->state == SS_CONNECTING) {
		err = toy_conn_outcome(sock);
		if (err != -EALREADY)
			return err;
		/* One that a signal interrupted is called again: wait on. */
		if (!(flags & O_NONBLOCK) && toy_wired(sk))
			return toy_conn_wait_on(sock, to, flags);
	}
	err = toy_conn_may_connect(sk);
	if (err)
		return err;
	err = toy_route(sk, to->node, &backend);
	if (err)
		return err;
	to->node = toy_node_shown(TOY_NODE_ANY, to->node);
	WRITE_ONCE(toy_sk(sk)->backend, backend);
	return toy_conn_call(sk, to, flags);
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
	struct sock *sk = sock->sk;
	struct toy_addr to;
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
	err = toy_conn_connect(sock, &to, flags);
	if (!err)
		sock->state = SS_CONNECTED;
	else if (toy_connecting(sk) && toy_wired(sk))
		sock->state = SS_CONNECTING;
	if (err)
		toy_fail_at(sk, err, "connect", &to, toy_conn_reason(err));
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
	if (toy_connected(sk) || toy_connecting(sk) ||
	    sock->state == SS_CONNECTING) {
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

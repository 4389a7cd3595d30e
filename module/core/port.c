// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: who holds which, and who answers there.
 *
 * One xarray a namespace and socket type, by port number: a look-up costs the
 * same with ten ports in use as with sixty thousand.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "port.h"

static struct xarray *toy_port_space(const struct sock *sk)
{
	return &toy_net(sock_net(sk))->ports[toy_space(sk)];
}

/*
 * Whether two sockets may hold one port: different nodes, or both asked to
 * share it, by SO_REUSEADDR (not two listeners) or TOY_REUSEPORT (one user).
 */
static bool toy_port_shareable(const struct sock *a, const struct sock *b,
			       bool a_listens)
{
	const struct toy_sock *ta = toy_sk(a), *tb = toy_sk(b);

	if (!toy_nodes_overlap(ta->bound.node, tb->bound.node))
		return true;
	if (READ_ONCE(ta->reuseport) && READ_ONCE(tb->reuseport) &&
	    uid_eq(a->sk_uid, b->sk_uid))
		return true;
	if (!a->sk_reuse || !b->sk_reuse)
		return false;
	return !toy_connection_type(a) ||
	       (!a_listens && READ_ONCE(b->sk_state) != TCP_LISTEN);
}

static bool toy_port_conflict(const struct toy_port *tp, const struct sock *sk)
{
	struct toy_sock *owner;

	hlist_for_each_entry(owner, &tp->owners, port_node)
		if (&owner->sk != sk &&
		    !toy_port_shareable(sk, &owner->sk, false))
			return true;
	return false;
}

/* The port has this owner now. Under the table's lock. */
static void toy_port_own(struct toy_port *tp, struct sock *sk, u32 node)
{
	struct toy_sock *toy = toy_sk(sk);

	toy->bound.node = node;
	toy->bound.port = tp->port;
	toy->port = tp;
	hlist_add_head(&toy->port_node, &tp->owners);
	if (!toy_connection_type(sk))
		sk_nulls_add_node_rcu(sk, &tp->takers);
}

/* Enter @tp under the first free port of the range, from a random one on. */
static int toy_port_choose(struct xarray *xa, struct toy_net *tn,
			   struct toy_port *tp)
{
	u32 lo = READ_ONCE(tn->port_lo), hi = READ_ONCE(tn->port_hi);
	u32 start, port;
	int err;

	/* The two ends of the range are not changed together. */
	if (lo > hi)
		swap(lo, hi);
	start = lo + reciprocal_scale(get_random_u32(), hi - lo + 1);
	err = __xa_alloc(xa, &port, tp, XA_LIMIT(start, hi), GFP_KERNEL);
	if (err == -EBUSY && start > lo)
		err = __xa_alloc(xa, &port, tp, XA_LIMIT(lo, start - 1),
				 GFP_KERNEL);
	if (err)
		return err == -EBUSY ? -EADDRINUSE : err;
	tp->port = port;
	INIT_HLIST_NULLS_HEAD(&tp->takers, port);
	return 0;
}

/*
 * Put @sk among the owners of @port, or of a port chosen for it where that is
 * 0. @fresh is used where the port has no entry yet. Under the table's lock,
 * which the xarray drops while it allocates.
 */
static int toy_port_enter(struct xarray *xa, struct sock *sk, u32 node,
			  u16 port, struct toy_port *fresh)
{
	struct toy_port *tp;
	int err;

	if (!port) {
		err = toy_port_choose(xa, toy_net(sock_net(sk)), fresh);
		if (err)
			return err;
	} else {
		do {
			tp = xa_load(xa, port);
			if (tp) {
				toy_sk(sk)->bound.node = node;
				if (toy_port_conflict(tp, sk))
					return -EADDRINUSE;
				toy_port_own(tp, sk, node);
				return 0;
			}
			fresh->port = port;
			INIT_HLIST_NULLS_HEAD(&fresh->takers, port);
			err = __xa_insert(xa, port, fresh, GFP_KERNEL);
		} while (err == -EBUSY);
		if (err)
			return err;
	}
	toy_port_own(fresh, sk, node);
	return 0;
}

/**
 * toy_port_bind() - give a socket a port
 * @sk:		unbound socket
 * @node:	node to be reached by, TOY_NODE_ANY for all
 * @port:	port, 0 to have one chosen from net.toy.port_range
 *
 * Datagram sockets can be found from here on.
 *
 * Context: lock_sock() held; may sleep.
 * Return: 0; -EADDRINUSE; -ENOMEM.
 */
int toy_port_bind(struct sock *sk, u32 node, u16 port)
{
	struct xarray *xa = toy_port_space(sk);
	struct toy_port *fresh;
	int err;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return -ENOMEM;
	INIT_HLIST_HEAD(&fresh->owners);
	/* A look-up that meets it before it has a number just looks again. */
	INIT_HLIST_NULLS_HEAD(&fresh->takers, 0);

	xa_lock_bh(xa);
	err = toy_port_enter(xa, sk, node, port, fresh);
	if (err)
		toy_sk(sk)->bound.node = TOY_NODE_ANY;
	xa_unlock_bh(xa);

	if (toy_sk(sk)->port != fresh)
		kfree(fresh);
	return err;
}

/**
 * toy_port_listen() - let calls find a socket
 * @sk:		bound socket that begins to listen
 *
 * Bound sockets may share a port that two listeners may not: looks again.
 *
 * Context: lock_sock() held.
 * Return: 0, the state is TCP_LISTEN; -EADDRINUSE.
 */
int toy_port_listen(struct sock *sk)
{
	struct xarray *xa = toy_port_space(sk);
	struct toy_port *tp = toy_sk(sk)->port;
	struct toy_sock *owner;
	int err = 0;

	xa_lock_bh(xa);
	hlist_for_each_entry(owner, &tp->owners, port_node) {
		if (READ_ONCE(owner->sk.sk_state) == TCP_LISTEN &&
		    !toy_port_shareable(sk, &owner->sk, true)) {
			err = -EADDRINUSE;
			goto unlock;
		}
	}
	toy_rx_lock(sk);
	toy_set_state(sk, TCP_LISTEN);
	toy_rx_unlock(sk);
	sk_nulls_add_node_rcu(sk, &tp->takers);
unlock:
	xa_unlock_bh(xa);
	return err;
}

/**
 * toy_port_unlisten() - calls find it no more
 * @sk:		listener
 *
 * Those who have found it hold a reference, and look at its state.
 *
 * Context: lock_sock() held.
 */
void toy_port_unlisten(struct sock *sk)
{
	struct xarray *xa = toy_port_space(sk);

	xa_lock_bh(xa);
	sk_nulls_del_node_init_rcu(sk);
	toy_rx_lock(sk);
	toy_set_state(sk, TCP_CLOSE);
	toy_rx_unlock(sk);
	xa_unlock_bh(xa);
}

/**
 * toy_port_inherit() - a child holds its listener's port
 * @child:	new socket, which nobody else has seen
 * @listener:	socket that may be closing at this moment
 *
 * Return: whether the listener still had one.
 */
bool toy_port_inherit(struct sock *child, struct sock *listener)
{
	struct xarray *xa = toy_port_space(listener);
	struct toy_port *tp;

	xa_lock_bh(xa);
	tp = toy_sk(listener)->port;
	if (tp) {
		toy_sk(child)->port = tp;
		hlist_add_head(&toy_sk(child)->port_node, &tp->owners);
	}
	xa_unlock_bh(xa);
	return tp;
}

/**
 * toy_port_release() - give the port back
 * @sk:		socket, bound or not
 *
 * Context: any that may take the table's lock.
 */
void toy_port_release(struct sock *sk)
{
	struct xarray *xa = toy_port_space(sk);
	struct toy_sock *toy = toy_sk(sk);
	struct toy_port *tp = toy->port;

	if (!tp)
		return;
	xa_lock_bh(xa);
	/* The list's reference is not the last one: the caller has its own. */
	sk_nulls_del_node_init_rcu(sk);
	hlist_del_init(&toy->port_node);
	toy->port = NULL;
	if (hlist_empty(&tp->owners)) {
		__xa_erase(xa, tp->port);
		kfree_rcu(tp, rcu);
	}
	xa_unlock_bh(xa);
}

/*
 * How well a socket fits: 0 not at all, then a bound node before any, and a
 * connected socket before others.
 */
static int toy_port_score(const struct sock *sk, struct net *net,
			  enum toy_space space, const struct toy_addr *to,
			  const struct toy_addr *from)
{
	const struct toy_sock *toy = toy_sk(sk);
	u32 node = READ_ONCE(toy->bound.node);
	int score = 1;

	if (!net_eq(sock_net(sk), net) || toy_space(sk) != space ||
	    READ_ONCE(toy->bound.port) != to->port)
		return 0;
	if (node != TOY_NODE_ANY) {
		if (node != to->node)
			return 0;
		score += 1;
	}
	if (from && READ_ONCE(toy->remote.port)) {
		if (!toy_addr_equal(&toy->remote, from))
			return 0;
		score += 2;
	}
	return score;
}

/* The best taker of a port; among equals that share it, one by hash. */
static struct sock *toy_port_best(struct toy_port *tp, struct net *net,
				  enum toy_space space,
				  const struct toy_addr *to,
				  const struct toy_addr *from, u32 hash)
{
	struct hlist_nulls_node *node;
	struct sock *sk, *best;
	int most, alike;

again:
	best = NULL;
	most = 0;
	alike = 0;
	sk_nulls_for_each_rcu(sk, node, &tp->takers) {
		int score = toy_port_score(sk, net, space, to, from);

		if (score > most) {
			best = sk;
			most = score;
			alike = 1;
		} else if (score && score == most &&
			   READ_ONCE(toy_sk(sk)->reuseport)) {
			alike++;
			if (!reciprocal_scale(hash, alike))
				best = sk;
			hash = jhash_1word(hash, alike);
		}
	}
	if (get_nulls_value(node) != to->port)
		goto again;
	return best;
}

/**
 * toy_port_lookup() - who answers at an address
 * @net:	namespace
 * @space:	port space
 * @to:		the address, its node not TOY_NODE_ANY
 * @from:	who asks; NULL where all askers are answered alike
 *
 * Context: any.
 * Return: the socket with a reference, or NULL.
 */
struct sock *toy_port_lookup(struct net *net, enum toy_space space,
			     const struct toy_addr *to,
			     const struct toy_addr *from)
{
	u32 hash = from ? jhash_2words(from->node, from->port, to->port) :
			  get_random_u32();
	struct toy_port *tp;
	struct sock *sk;

	rcu_read_lock();
again:
	sk = NULL;
	tp = xa_load(&toy_net(net)->ports[space], to->port);
	if (tp)
		sk = toy_port_best(tp, net, space, to, from, hash);
	if (sk) {
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			goto again;
		/* The slab may have given this memory to another socket. */
		if (!toy_port_score(sk, net, space, to, from)) {
			sock_put(sk);
			goto again;
		}
	}
	rcu_read_unlock();
	return sk;
}

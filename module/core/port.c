// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: who holds which, and who answers there.
 *
 * A table a namespace and socket type, in two levels, by port number: a look-up
 * costs the same with ten ports in use as with sixty thousand, and a connect
 * that has a port chosen allocates nothing. (An xarray of entries was tried
 * first: its nodes and the entries made a connect cost twice as much.)
 */
#include <linux/bitmap.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "port.h"

static struct toy_port_table __rcu **toy_port_space(struct net *net,
						    enum toy_space space)
{
	return &toy_net(net)->ports[space];
}

/* The table of a bound socket: it is there, and stays. */
static struct toy_port_table *toy_port_table(const struct sock *sk)
{
	return rcu_dereference_protected(*toy_port_space(sock_net(sk),
							 toy_space(sk)), true);
}

/* The table for a socket that is about to be bound. May sleep. */
static struct toy_port_table *toy_port_table_make(const struct sock *sk)
{
	struct toy_port_table __rcu **space;
	struct toy_port_table *table, *old;

	space = toy_port_space(sock_net(sk), toy_space(sk));
	table = toy_port_table(sk);
	if (likely(table))
		return table;
	table = kvzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	spin_lock_init(&table->lock);
	get_random_bytes(&table->secret, sizeof(table->secret));
	old = unrcu_pointer(cmpxchg(space, NULL, RCU_INITIALIZER(table)));
	if (old) {
		kvfree(table);
		return old;
	}
	return table;
}

/**
 * toy_port_table_free() - free a port space
 * @table:	table of which no port has an owner; may be NULL
 *
 * Context: the namespace goes, no look-up can be under way.
 */
void toy_port_table_free(struct toy_port_table *table)
{
	int i;

	if (!table)
		return;
	WARN_ON_ONCE(!bitmap_empty(table->used, U16_MAX + 1));
	for (i = 0; i < ARRAY_SIZE(table->blocks); i++)
		kfree(rcu_dereference_protected(table->blocks[i], true));
	kvfree(table);
}

/* What ends the list of a port: its place, which no other list has. */
static unsigned long toy_port_mark(const struct toy_port *tp)
{
	return (unsigned long)tp / sizeof(*tp);
}

/* A port that is in use or about to be: its block is there. */
static struct toy_port *toy_port_at(const struct toy_port_table *table,
				    u16 port)
{
	struct toy_port_block *block;

	block = rcu_dereference_protected(table->blocks[port / TOY_PORT_BLOCK],
					  lockdep_is_held(&table->lock));
	return &block->port[port % TOY_PORT_BLOCK];
}

/* Make the block that a port is in. May sleep. */
static int toy_port_block_make(struct toy_port_table *table, u16 port)
{
	int nr = port / TOY_PORT_BLOCK;
	struct toy_port_block *block;
	int i;

	if (likely(rcu_access_pointer(table->blocks[nr])))
		return 0;
	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	for (i = 0; i < TOY_PORT_BLOCK; i++)
		INIT_HLIST_NULLS_HEAD(&block->port[i].takers,
				      toy_port_mark(&block->port[i]));
	if (cmpxchg(&table->blocks[nr], NULL, RCU_INITIALIZER(block)))
		kfree(block);
	return 0;
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
	if (READ_ONCE(ta->opt.reuseport) && READ_ONCE(tb->opt.reuseport) &&
	    uid_eq(a->sk_uid, b->sk_uid))
		return true;
	if (!a->sk_reuse || !b->sk_reuse)
		return false;
	return !toy_connection_type(a) ||
	       (!a_listens && READ_ONCE(b->sk_state) != TCP_LISTEN);
}

/* Who keeps a socket from having a port, or NULL. */
static struct toy_sock *toy_port_conflict(const struct toy_port *tp,
					  const struct sock *sk)
{
	struct toy_sock *owner;

	hlist_for_each_entry(owner, &tp->owners, port_node)
		if (&owner->sk != sk &&
		    !toy_port_shareable(sk, &owner->sk, false))
			return owner;
	return NULL;
}

/* The port has this owner now. Under the table's lock. */
static void toy_port_own(struct toy_port_table *table, u16 port,
			 struct sock *sk)
{
	struct toy_port *tp = toy_port_at(table, port);
	struct toy_sock *toy = toy_sk(sk);

	lockdep_assert_held(&table->lock);
	__set_bit(port, table->used);
	WRITE_ONCE(toy->bound.port, port);
	hlist_add_head(&toy->port_node, &tp->owners);
	if (!toy_connection_type(sk))
		sk_nulls_add_node_rcu(sk, &tp->takers);
}

/* A free port of net.toy.port_range, from a random one on; 0 for none. */
static u16 toy_port_choose(struct toy_port_table *table,
			   const struct toy_net *tn)
{
	u32 random = siphash_1u32(atomic_inc_return(&table->choices),
				  &table->secret);
	unsigned long lo = READ_ONCE(tn->port_lo), hi = READ_ONCE(tn->port_hi);
	unsigned long start, port;

	/* The two ends of the range are not changed together. */
	if (lo > hi)
		swap(lo, hi);
	start = lo + reciprocal_scale(random, hi - lo + 1);
	port = find_next_zero_bit(table->used, hi + 1, start);
	if (port <= hi)
		return port;
	port = find_next_zero_bit(table->used, start, lo);
	return port < start ? port : 0;
}

/* Bind to a port that the program named. */
static int toy_port_bind_to(struct toy_port_table *table, struct sock *sk,
			    u16 port, u32 *holder)
{
	struct toy_sock *owner = NULL;

	if (toy_port_block_make(table, port))
		return -ENOMEM;
	spin_lock_bh(&table->lock);
	if (test_bit(port, table->used))
		owner = toy_port_conflict(toy_port_at(table, port), sk);
	if (owner)
		*holder = READ_ONCE(owner->id);
	else
		toy_port_own(table, port, sk);
	spin_unlock_bh(&table->lock);
	return owner ? -EADDRINUSE : 0;
}

/* Bind to a port of our choice, which another socket may take meanwhile. */
static int toy_port_bind_any(struct toy_port_table *table, struct sock *sk)
{
	const struct toy_net *tn = toy_net(sock_net(sk));
	bool done;
	u16 port;

	do {
		port = toy_port_choose(table, tn);
		if (!port)
			return -EADDRINUSE;
		if (toy_port_block_make(table, port))
			return -ENOMEM;
		spin_lock_bh(&table->lock);
		done = !test_bit(port, table->used);
		if (done)
			toy_port_own(table, port, sk);
		spin_unlock_bh(&table->lock);
	} while (!done);
	return 0;
}

/**
 * toy_port_bind() - give a socket a port
 * @sk:		unbound socket
 * @node:	node to be reached by, TOY_NODE_ANY for all
 * @port:	port, 0 to have one chosen from net.toy.port_range
 * @holder:	set to the number of the socket that is in the way of @port
 *
 * Datagram sockets can be found from here on.
 *
 * Context: lock_sock() held; may sleep.
 * Return: 0; -EADDRINUSE; -ENOMEM.
 */
int toy_port_bind(struct sock *sk, u32 node, u16 port, u32 *holder)
{
	struct toy_port_table *table = toy_port_table_make(sk);
	int err;

	if (!table)
		return -ENOMEM;
	/* Before the socket can be found, and for the conflicts it may have. */
	WRITE_ONCE(toy_sk(sk)->bound.node, node);
	if (port)
		err = toy_port_bind_to(table, sk, port, holder);
	else
		err = toy_port_bind_any(table, sk);
	if (err)
		WRITE_ONCE(toy_sk(sk)->bound.node, TOY_NODE_ANY);
	return err;
}

/**
 * toy_port_listen() - let calls find a socket
 * @sk:		bound socket that begins to listen
 * @holder:	set to the number of a socket that listens there
 *
 * Bound sockets may share a port that two listeners may not: looks again.
 *
 * Context: lock_sock() held.
 * Return: 0, the state is TCP_LISTEN; -EADDRINUSE.
 */
int toy_port_listen(struct sock *sk, u32 *holder)
{
	struct toy_port_table *table = toy_port_table(sk);
	struct toy_sock *owner;
	struct toy_port *tp;
	int err = 0;

	spin_lock_bh(&table->lock);
	tp = toy_port_at(table, toy_sk(sk)->bound.port);
	hlist_for_each_entry(owner, &tp->owners, port_node) {
		if (READ_ONCE(owner->sk.sk_state) == TCP_LISTEN &&
		    !toy_port_shareable(sk, &owner->sk, true)) {
			err = -EADDRINUSE;
			*holder = READ_ONCE(owner->id);
			goto unlock;
		}
	}
	toy_rx_lock(sk);
	toy_set_state(sk, TCP_LISTEN);
	toy_rx_unlock(sk);
	sk_nulls_add_node_rcu(sk, &tp->takers);
unlock:
	spin_unlock_bh(&table->lock);
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
	struct toy_port_table *table = toy_port_table(sk);

	spin_lock_bh(&table->lock);
	sk_nulls_del_node_init_rcu(sk);
	toy_rx_lock(sk);
	toy_set_state(sk, TCP_CLOSE);
	toy_rx_unlock(sk);
	spin_unlock_bh(&table->lock);
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
	struct toy_port_table *table = toy_port_table(listener);
	struct toy_port *tp;
	bool bound;

	spin_lock_bh(&table->lock);
	bound = toy_is_bound(listener);
	if (bound) {
		tp = toy_port_at(table, toy_sk(listener)->bound.port);
		hlist_add_head(&toy_sk(child)->port_node, &tp->owners);
	}
	spin_unlock_bh(&table->lock);
	return bound;
}

/**
 * toy_port_release() - give the port back
 * @sk:		socket, bound or not
 *
 * Context: any that may take the table's lock.
 */
void toy_port_release(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	struct toy_port_table *table;
	struct toy_port *tp;

	if (!toy_is_bound(sk))
		return;
	table = toy_port_table(sk);
	spin_lock_bh(&table->lock);
	tp = toy_port_at(table, toy->bound.port);
	/* The list's reference is not the last one: the caller has its own. */
	sk_nulls_del_node_init_rcu(sk);
	hlist_del_init(&toy->port_node);
	if (hlist_empty(&tp->owners))
		__clear_bit(toy->bound.port, table->used);
	spin_unlock_bh(&table->lock);
}

/*
 * How well a socket fits: 0 not at all, then a bound node before any, and a
 * connected socket before others.
 */
static int toy_port_score(const struct sock *sk, struct net *net,
			  enum toy_space space, const struct toy_addr *to,
			  const struct toy_addr *from, int dif)
{
	struct toy_addr remote = toy_addr_read(&toy_sk(sk)->remote);
	struct toy_addr bound = toy_addr_read(&toy_sk(sk)->bound);
	int only = READ_ONCE(sk->sk_bound_dev_if);
	int score = 1;

	if (!net_eq(sock_net(sk), net) || toy_space(sk) != space ||
	    bound.port != to->port)
		return 0;
	if (toy_connection_type(sk) && READ_ONCE(sk->sk_state) != TCP_LISTEN)
		return 0;
	/* Reached over that device alone (SO_BINDTODEVICE). */
	if (only && only != dif)
		return 0;
	if (bound.node != TOY_NODE_ANY) {
		if (bound.node != to->node)
			return 0;
		score += 1;
	}
	if (remote.port) {
		if (!toy_addr_equal(&remote, from))
			return 0;
		score += 2;
	}
	return score;
}

/* The best taker of a port; among equals that share it, one by hash. */
static struct sock *toy_port_best(struct toy_port *tp, struct net *net,
				  enum toy_space space,
				  const struct toy_addr *to,
				  const struct toy_addr *from, int dif,
				  u32 hash)
{
	struct hlist_nulls_node *node;
	struct sock *sk, *best;
	int most, alike;

again:
	best = NULL;
	most = 0;
	alike = 0;
	sk_nulls_for_each_rcu(sk, node, &tp->takers) {
		int score = toy_port_score(sk, net, space, to, from, dif);

		if (score > most) {
			best = sk;
			most = score;
			alike = 1;
		} else if (score && score == most &&
			   READ_ONCE(toy_sk(sk)->opt.reuseport)) {
			alike++;
			if (!reciprocal_scale(hash, alike))
				best = sk;
			hash = jhash_1word(hash, alike);
		}
	}
	if (get_nulls_value(node) != toy_port_mark(tp))
		goto again;
	return best;
}

/**
 * toy_port_lookup_on() - who answers at an address
 * @net:	namespace
 * @space:	port space
 * @to:		the address, its node not TOY_NODE_ANY
 * @from:	who asks; chooses among sockets that share the port
 * @dif:	number of the device that brings it; 0: somebody of this namespace
 *
 * Context: any.
 * Return: the socket with a reference, or NULL.
 */
struct sock *toy_port_lookup_on(struct net *net, enum toy_space space,
				const struct toy_addr *to,
				const struct toy_addr *from, int dif)
{
	u32 hash = jhash_2words(from->node, from->port, to->port);
	struct toy_port_table *table;
	struct toy_port_block *block;
	struct sock *sk = NULL;

	rcu_read_lock();
	table = rcu_dereference(*toy_port_space(net, space));
	if (!table)
		goto unlock;
	block = rcu_dereference(table->blocks[to->port / TOY_PORT_BLOCK]);
	if (!block)
		goto unlock;
again:
	sk = toy_port_best(&block->port[to->port % TOY_PORT_BLOCK], net, space,
			   to, from, dif, hash);
	if (sk) {
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			goto again;
		/*
		 * The slab may have given this memory to another socket, or to
		 * a clone that is not one yet but in no list either.
		 */
		if (sk_unhashed(sk) ||
		    !toy_port_score(sk, net, space, to, from, dif)) {
			sock_put(sk);
			goto again;
		}
	}
unlock:
	rcu_read_unlock();
	return sk;
}

/**
 * toy_port_collect() - all those who hear what is sent to everybody
 * @net:	namespace
 * @space:	port space
 * @port:	port
 * @from:	who sends it
 * @dif:	number of the device that brings it
 * @found:	set to the sockets, with a reference each
 * @most:	room there; further ones hear nothing
 *
 * Context: any that may take the table's lock.
 * Return: how many there are.
 */
int toy_port_collect(struct net *net, enum toy_space space, u16 port,
		     const struct toy_addr *from, int dif, struct sock **found,
		     int most)
{
	struct toy_addr to = toy_addr(TOY_NODE_BROADCAST, port);
	struct toy_port_table *table;
	struct hlist_nulls_node *node;
	struct toy_port *tp;
	struct sock *sk;
	int n = 0;

	rcu_read_lock();
	table = rcu_dereference(*toy_port_space(net, space));
	rcu_read_unlock();
	if (!table)
		return 0;
	spin_lock_bh(&table->lock);
	if (!test_bit(port, table->used))
		goto unlock;
	tp = toy_port_at(table, port);
	sk_nulls_for_each(sk, node, &tp->takers) {
		if (n == most)
			break;
		to.node = READ_ONCE(toy_sk(sk)->bound.node);
		/* Bound to node 1 is bound to what stays at home. */
		if (to.node == TOY_NODE_LOOPBACK ||
		    !toy_port_score(sk, net, space, &to, from, dif))
			continue;
		sock_hold(sk);
		found[n++] = sk;
	}
unlock:
	spin_unlock_bh(&table->lock);
	return n;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * All sockets of a network namespace, by number.
 *
 * Who wants to show sockets finds them here: a socket gets a number when it is
 * made, the next one that is free, so that a number is not soon used again. The
 * entry holds no reference: look-ups run under RCU, and look again once they
 * have one, as those of ports do (Documentation/architecture/lifetime.md).
 */
#include <linux/xarray.h>

#include "conv.h"
#include "event.h"
#include "registry.h"

/* A number is a name of at most ten digits. */
#define TOY_ID_MAX	INT_MAX

/**
 * toy_registry_init() - an empty registry
 * @tn:		namespace
 */
void toy_registry_init(struct toy_net *tn)
{
	/* Erased from where BH may be off. */
	xa_init_flags(&tn->sockets, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	tn->next_id = 1;
}

/**
 * toy_registry_exit() - no socket is left
 * @tn:		namespace
 */
void toy_registry_exit(struct toy_net *tn)
{
	WARN_ON_ONCE(!xa_empty(&tn->sockets));
	xa_destroy(&tn->sockets);
}

/**
 * toy_registry_add() - give a socket its number
 * @sk:		new socket, otherwise complete: it can be found from here on
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EBUSY: there are two thousand million sockets.
 */
int toy_registry_add(struct sock *sk)
{
	struct toy_net *tn = toy_net(sock_net(sk));
	u32 id;
	int err;

	err = xa_alloc_cyclic_bh(&tn->sockets, &id, sk,
				 XA_LIMIT(1, TOY_ID_MAX), &tn->next_id,
				 GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	WRITE_ONCE(toy_sk(sk)->id, id);
	toy_event_born(sk);
	return 0;
}

/**
 * toy_registry_del() - nobody finds a socket any more
 * @sk:		socket that closes, or was never accepted
 *
 * What toyfs keeps of it learns that it is gone.
 *
 * Context: process or BH; no receive lock held.
 */
void toy_registry_del(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	struct toy_conv *conv;
	u32 id;

	toy_event_gone(sk);
	toy_rx_lock(sk);
	id = toy->id;
	WRITE_ONCE(toy->id, 0);
	conv = toy_conv_detach(sk);
	toy_rx_unlock(sk);

	if (id)
		xa_erase_bh(&toy_net(sock_net(sk))->sockets, id);
	toy_conv_put(conv);
}

/*
 * The memory may be another socket's by now: whoever it is, with a reference
 * its number stays as it is, or becomes 0 when it closes.
 */
static bool toy_registry_hold(struct sock *sk, struct net *net, u32 id)
{
	if (!refcount_inc_not_zero(&sk->sk_refcnt))
		return false;
	if (READ_ONCE(toy_sk(sk)->id) == id && net_eq(sock_net(sk), net))
		return true;
	sock_put(sk);
	return false;
}

/**
 * toy_registry_get() - the socket of that number
 * @net:	namespace
 * @id:		number
 *
 * Context: any.
 * Return: the socket with a reference; NULL where there is none.
 */
struct sock *toy_registry_get(struct net *net, u32 id)
{
	struct sock *sk;

	rcu_read_lock();
	sk = xa_load(&toy_net(net)->sockets, id);
	if (sk && !toy_registry_hold(sk, net, id))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

/**
 * toy_registry_next() - the first socket from a number on
 * @net:	namespace
 * @id:		where to begin; set to the number of the socket
 *
 * Who adds one to @id and asks again sees each socket that lives throughout
 * exactly once, whatever comes and goes meanwhile.
 *
 * Context: any.
 * Return: the socket with a reference; NULL at the end.
 */
struct sock *toy_registry_next(struct net *net, unsigned long *id)
{
	struct xarray *sockets = &toy_net(net)->sockets;
	struct sock *sk;

	rcu_read_lock();
	for (;;) {
		sk = xa_find(sockets, id, TOY_ID_MAX, XA_PRESENT);
		if (!sk || toy_registry_hold(sk, net, *id))
			break;
		++*id;
	}
	rcu_read_unlock();
	return sk;
}

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
#include "histogram.h"
#include "registry.h"
#include "stat.h"

/* A number is a name of at most ten digits. */
#define TOY_ID_MAX	INT_MAX

/* Numbers of a block, which is 1 KiB on 64 bit. */
#define TOY_REGISTRY_BLOCK	125

/**
 * struct toy_registry_block - neighbouring numbers
 * @rcu:	freed after a grace period
 * @first:	number of the first slot
 * @used:	slots that are not empty
 * @sock:	the sockets
 *
 * Numbers are handed out in sequence, so that most sockets are made and unmade
 * in the block of today: an xarray of blocks is touched once for each of them,
 * and one of sockets would have to be for each socket.
 */
struct toy_registry_block {
	struct rcu_head		rcu;
	u32			first;
	u32			used;
	struct sock __rcu	*sock[TOY_REGISTRY_BLOCK];
};

/**
 * toy_registry_init() - an empty registry
 * @tn:		namespace
 */
void toy_registry_init(struct toy_net *tn)
{
	spin_lock_init(&tn->registry_lock);
	xa_init_flags(&tn->blocks, XA_FLAGS_LOCK_BH);
	tn->next_id = 1;
}

/**
 * toy_registry_exit() - no socket is left
 * @tn:		namespace
 */
void toy_registry_exit(struct toy_net *tn)
{
	struct toy_registry_block *block = tn->block;

	if (block) {
		WARN_ON_ONCE(block->used);
		xa_erase_bh(&tn->blocks, block->first / TOY_REGISTRY_BLOCK);
		kfree(block);
	}
	WARN_ON_ONCE(!xa_empty(&tn->blocks));
	xa_destroy(&tn->blocks);
}

/* A block without sockets goes, unless it is the one of today. */
static void toy_registry_shrink(struct toy_net *tn,
				struct toy_registry_block *block)
{
	lockdep_assert_held(&tn->registry_lock);
	if (!block || block->used || block == tn->block)
		return;
	xa_erase_bh(&tn->blocks, block->first / TOY_REGISTRY_BLOCK);
	kfree_rcu(block, rcu);
}

/* Give out the next number of the block of today. Returns 0: it has no more. */
static u32 toy_registry_take(struct toy_net *tn, struct sock *sk)
{
	struct toy_registry_block *block = tn->block;
	u32 i;

	lockdep_assert_held(&tn->registry_lock);
	if (!block)
		return 0;
	for (i = tn->next_id - block->first; i < TOY_REGISTRY_BLOCK; i++) {
		/* In use since the numbers went round. */
		if (rcu_access_pointer(block->sock[i]))
			continue;
		tn->next_id = block->first + i + 1;
		block->used++;
		WRITE_ONCE(toy_sk(sk)->id, block->first + i);
		rcu_assign_pointer(block->sock[i], sk);
		return block->first + i;
	}
	tn->next_id = block->first + i;
	return 0;
}

/*
 * The block of today is used up: make the next one, or find it where the
 * numbers went round. Others may do the same at this moment.
 */
static int toy_registry_grow(struct toy_net *tn, gfp_t gfp)
{
	struct toy_registry_block *block, *old;
	unsigned long index;
	int err;

	block = kzalloc(sizeof(*block), gfp);
	if (!block)
		return -ENOMEM;
	spin_lock_bh(&tn->registry_lock);
	if (tn->next_id > TOY_ID_MAX - TOY_REGISTRY_BLOCK)
		tn->next_id = 1;
	index = tn->next_id / TOY_REGISTRY_BLOCK;
	spin_unlock_bh(&tn->registry_lock);
	block->first = index * TOY_REGISTRY_BLOCK;
	err = xa_insert_bh(&tn->blocks, index, block, gfp);
	if (err)
		kfree(block);
	if (err && err != -EBUSY)
		return err;

	spin_lock_bh(&tn->registry_lock);
	block = xa_load(&tn->blocks, index);
	if (block && tn->next_id / TOY_REGISTRY_BLOCK == index) {
		old = tn->block;
		tn->block = block;
		toy_registry_shrink(tn, old);
	} else {
		/* Others went past it meanwhile, without a need for it. */
		toy_registry_shrink(tn, block);
	}
	spin_unlock_bh(&tn->registry_lock);
	return 0;
}

/**
 * toy_registry_add() - give a socket its number, and count it
 * @sk:		new socket, otherwise complete: it can be found from here on
 * @gfp:	for the memory of one in so many: may sleep or not
 *
 * Return: 0; -ENOMEM.
 */
int toy_registry_add(struct sock *sk, gfp_t gfp)
{
	struct toy_net *tn = toy_net(sock_net(sk));
	int err;
	u32 id;

	for (;;) {
		spin_lock_bh(&tn->registry_lock);
		id = toy_registry_take(tn, sk);
		spin_unlock_bh(&tn->registry_lock);
		if (id)
			break;
		err = toy_registry_grow(tn, gfp);
		if (err)
			return err;
	}
	this_cpu_inc(tn->stat->count[TOY_STAT_SOCKETS]);
	toy_event_born(sk);
	return 0;
}

/* The number is free again. */
static void toy_registry_give_back(struct toy_net *tn, u32 id)
{
	struct toy_registry_block *block;

	spin_lock_bh(&tn->registry_lock);
	block = tn->block;
	if (id - block->first >= TOY_REGISTRY_BLOCK)
		block = xa_load(&tn->blocks, id / TOY_REGISTRY_BLOCK);
	RCU_INIT_POINTER(block->sock[id - block->first], NULL);
	block->used--;
	if (!block->used)
		toy_registry_shrink(tn, block);
	spin_unlock_bh(&tn->registry_lock);
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
	struct toy_net *tn;
	u32 id;

	toy_rx_lock(sk);
	/* Its peer may still change the state; nobody is told of that. */
	toy_event_gone(sk);
	id = toy->id;
	WRITE_ONCE(toy->id, 0);
	conv = toy->conv ? toy_conv_detach(sk) : NULL;
	toy_rx_unlock(sk);

	if (id) {
		tn = toy_net(sock_net(sk));
		toy_histogram_drop(tn, id);
		toy_registry_give_back(tn, id);
	}
	if (conv)
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
	struct toy_registry_block *block;
	struct sock *sk = NULL;

	rcu_read_lock();
	block = xa_load(&toy_net(net)->blocks, id / TOY_REGISTRY_BLOCK);
	if (block)
		sk = rcu_dereference(block->sock[id % TOY_REGISTRY_BLOCK]);
	if (sk && !toy_registry_hold(sk, net, id))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

/* The first socket of a block from a number on, with a reference; NULL. */
static struct sock *toy_registry_scan(struct toy_registry_block *block,
				      struct net *net, unsigned long *id)
{
	u32 first = block->first;
	struct sock *sk;
	u32 i;

	for (i = *id > first ? *id - first : 0; i < TOY_REGISTRY_BLOCK; i++) {
		sk = rcu_dereference(block->sock[i]);
		if (sk && toy_registry_hold(sk, net, first + i)) {
			*id = first + i;
			return sk;
		}
	}
	return NULL;
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
	unsigned long index = *id / TOY_REGISTRY_BLOCK;
	struct toy_registry_block *block;
	struct sock *sk = NULL;

	rcu_read_lock();
	xa_for_each_start(&toy_net(net)->blocks, index, block, index) {
		sk = toy_registry_scan(block, net, id);
		if (sk)
			break;
	}
	rcu_read_unlock();
	return sk;
}

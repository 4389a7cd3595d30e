// SPDX-License-Identifier: GPL-2.0-only
/*
 * One AF_TOY socket: how it is born and dies.
 */
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/sched/mm.h>

#include "../backend/backend.h"
#include "../compat.h"
#include "accept.h"
#include "buf.h"
#include "event.h"
#include "port.h"
#include "registry.h"
#include "rxq.h"
#include "sock.h"

/* As tcp(7): two hours, then nine probes 75 seconds apart. */
#define TOY_KEEPIDLE_DEFAULT	7200
#define TOY_KEEPINTVL_DEFAULT	75
#define TOY_KEEPCNT_DEFAULT	9

int toy_family __ro_after_init = AF_TOY;
module_param_named(family, toy_family, int, 0444);
MODULE_PARM_DESC(family, "number of the address family (default 18)");

static int toy_sock_destroy(struct sock *sk, int err);
static void toy_sock_keepalive(struct sock *sk, int on);

struct proto toy_proto = {
	.name		= "TOY",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct toy_sock),
	.slab_flags	= SLAB_TYPESAFE_BY_RCU,
	.diag_destroy	= toy_sock_destroy,
	.keepalive	= toy_sock_keepalive,
};

/**
 * toy_proto_register() - make the slab and the row in /proc/net/protocols
 *
 * Return: 0, -ENOMEM.
 */
int toy_proto_register(void)
{
	return proto_register(&toy_proto, 1);
}

/**
 * toy_proto_unregister() - take them away; no socket is left
 */
void toy_proto_unregister(void)
{
	/* The last of toy_put_now() may have just let go of the module. */
	rcu_barrier();
	proto_unregister(&toy_proto);
}

/*
 * There is room to send again, in this socket's send buffer or in its peer's
 * queue: tell blocked senders, pollers, SIGIO. Each looks for what it needs.
 */
static void toy_write_space(struct sock *sk)
{
	struct socket_wq *wq;

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_sync_poll(&wq->wait,
						EPOLLOUT | EPOLLWRNORM |
						EPOLLWRBAND);
	sk_wake_async(sk, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/* The last reference and the last buffer it sent are gone. */
static void toy_sock_destruct(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);

	/* Nobody else is left to lock out. */
	__skb_queue_purge(&sk->sk_receive_queue);
	WARN_ON_ONCE(toy_wired(sk));
	toy_buf_drop_spare(sk);
	put_pid(toy->maker);

	WARN_ON_ONCE(!toy_connection_type(sk) && toy_relay_to(toy));
	WARN_ON_ONCE(toy->id);
	WARN_ON_ONCE(rcu_access_pointer(toy->peer));
	WARN_ON_ONCE(toy_is_bound(sk));
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
}

/* What a new socket and a child have in common. */
static void toy_sock_init(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);

	INIT_HLIST_NODE(&toy->port_node);
	init_waitqueue_head(&toy->room_wait);
	if (toy_connection_type(sk)) {
		mutex_init(&toy->rx_mutex);
		INIT_LIST_HEAD(&toy->accept_queue);
	} else {
		INIT_LIST_HEAD(&toy->relay.entry);
	}
	toy->born = (u32)jiffies;

	/* Charged to the cgroup of the task that sends, as AF_UNIX does it. */
	sk->sk_allocation = GFP_KERNEL_ACCOUNT;
	sk->sk_destruct = toy_sock_destruct;
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
}

/**
 * toy_sock_alloc() - a new socket
 * @net:	its namespace
 * @sock:	the struct socket that it belongs to, its type set
 * @backend:	how data travels until connect says otherwise
 * @kern:	made by the kernel: does not pin the namespace
 *
 * Context: may sleep.
 * Return: the socket with one reference, registered; NULL.
 */
struct sock *toy_sock_alloc(struct net *net, struct socket *sock,
			    const struct toy_backend *backend, int kern)
{
	struct toy_sock *toy;
	struct sock *sk;

	sk = sk_alloc(net, toy_family, GFP_KERNEL, &toy_proto, kern);
	if (!sk)
		return NULL;
	sock_init_data(sock, sk);
	toy_sock_init(sk);

	sk->sk_write_space = toy_write_space;
	toy = toy_sk(sk);
	toy->gid = current_fsgid();
	toy->maker = get_pid(task_tgid(current));
	toy->backend = backend;
	toy->opt.keepidle = TOY_KEEPIDLE_DEFAULT;
	toy->opt.keepintvl = TOY_KEEPINTVL_DEFAULT;
	toy->opt.keepcnt = TOY_KEEPCNT_DEFAULT;
	if (toy_registry_add(sk, GFP_KERNEL_ACCOUNT)) {
		sock_orphan(sk);
		sock->sk = NULL;
		sock_put(sk);
		return NULL;
	}
	return sk;
}

#ifdef CONFIG_MEMCG
static struct mem_cgroup *toy_sock_memcg(const struct sock *sk)
{
	return sk->sk_memcg;
}

static void toy_sock_inherit_memcg(struct sock *sk, const struct sock *from)
{
	if (from->sk_memcg)
		css_get(&from->sk_memcg->css);
	sk->sk_memcg = from->sk_memcg;
}
#else
static struct mem_cgroup *toy_sock_memcg(const struct sock *sk)
{
	return NULL;
}

static void toy_sock_inherit_memcg(struct sock *sk, const struct sock *from)
{
}
#endif

/**
 * toy_sock_clone() - a child for a listener
 * @listener:	the listener, of which the caller holds a reference
 *
 * It inherits what TCP's children do: options, buffer sizes, filter, timeouts,
 * the owner and the security label; not the connecting task's anything. Its
 * memory is charged to the listener's cgroup, where that is not the root.
 *
 * Context: any but hard interrupt.
 * Return: the child with one reference, unbound, without a number; NULL.
 */
struct sock *toy_sock_clone(struct sock *listener)
{
	struct mem_cgroup *old;
	struct toy_sock *toy;
	struct sock *sk;

	/* The clone comes with its spinlock held, which softirq takes, too. */
	local_bh_disable();
	old = set_active_memcg(toy_sock_memcg(listener));
	sk = sk_clone_lock(listener, GFP_ATOMIC);
	set_active_memcg(old);
	if (sk) {
		__acquire(&sk->sk_lock.slock);
		bh_unlock_sock(sk);
		__sock_put(sk);
	}
	local_bh_enable();
	if (!sk)
		return NULL;

	toy_sock_inherit_memcg(sk, listener);
	spin_lock_init(&sk->sk_peer_lock);
	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_shutdown = 0;
	/* Its port is the listener's choice, not its own. */
	sk->sk_userlocks &= ~SOCK_BINDPORT_LOCK;
	sk->sk_ack_backlog = 0;
	sk->sk_max_ack_backlog = 0;
	sk->sk_state = TCP_CLOSE;

	toy = toy_sk(sk);
	memset_startat(toy, 0, peer);
	toy_sock_init(sk);
	toy->maker = get_pid(toy_sk(listener)->maker);
	return sk;
}

/**
 * toy_set_state() - change the state of a socket that is in use
 * @sk:		socket
 * @state:	one of TCP_*
 *
 * Context: under the receive lock.
 */
void toy_set_state(struct sock *sk, int state)
{
	lockdep_assert_held(&sk->sk_receive_queue.lock);
	toy_set_state_new(sk, state);
}

/**
 * toy_set_state_new() - set the state of a child on its way to the listener
 * @sk:		child, which others may look at, but nobody else changes
 * @state:	one of TCP_*
 *
 * Context: any.
 */
void toy_set_state_new(struct sock *sk, int state)
{
	int old = sk->sk_state;

	WRITE_ONCE(sk->sk_state, state);
	toy_event_changed(sk, old, state);
}

/**
 * toy_hangup() - tell who waits that the other end has ended, or all is over
 * @sk:		socket whose shutdown bits say which
 *
 * Context: any but hard interrupt; no receive lock held.
 */
void toy_hangup(struct sock *sk)
{
	toy_state_changed(sk);
	if (READ_ONCE(sk->sk_shutdown) == SHUTDOWN_MASK)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else if (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/**
 * toy_signal_urgent() - SIGURG to the owner of the file, which may be closing
 * @sk:		receiver of the urgent byte
 *
 * Context: any but hard interrupt; no receive lock held.
 */
void toy_signal_urgent(struct sock *sk)
{
	read_lock_bh(&sk->sk_callback_lock);
	sk_send_sigurg(sk);
	read_unlock_bh(&sk->sk_callback_lock);
}

/**
 * toy_fin_sent() - this end will send no more
 * @sk:		connected socket
 *
 * The local backend has no one to wait for: what TCP calls FIN_WAIT1 is over
 * at once.
 *
 * Context: under the receive lock.
 */
void toy_fin_sent(struct sock *sk)
{
	if (sk->sk_state == TCP_ESTABLISHED)
		toy_set_state(sk, TCP_FIN_WAIT2);
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		toy_set_state(sk, TCP_CLOSE);
}

/**
 * toy_fin_received() - the other end will send no more
 * @sk:		connected socket
 *
 * Context: under the receive lock.
 */
void toy_fin_received(struct sock *sk)
{
	if (sk->sk_state == TCP_ESTABLISHED)
		toy_set_state(sk, TCP_CLOSE_WAIT);
	else if (sk->sk_state == TCP_FIN_WAIT2)
		toy_set_state(sk, TCP_CLOSE);
}

/**
 * toy_sock_reopen() - a socket was disconnected, and begins anew
 * @sk:		stream or seqpacket after its backend's close()
 *
 * Context: lock_sock() held, no receive lock.
 */
void toy_sock_reopen(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);

	toy_rx_lock(sk);
	WRITE_ONCE(toy->joined, 0);
	toy_addr_set(&toy->remote, toy_addr(TOY_NODE_ANY, TOY_PORT_ANY));
	toy_addr_set(&toy->local, toy->bound);
	/* The queue is empty: both counts begin anew, for the next connection. */
	WRITE_ONCE(toy->written, 0);
	WRITE_ONCE(toy->consumed, 0);
	WRITE_ONCE(toy->written_wraps, 0);
	WRITE_ONCE(toy->consumed_wraps, 0);
	if (sk->sk_peek_off >= 0)
		WRITE_ONCE(sk->sk_peek_off, 0);
	WRITE_ONCE(sk->sk_err, 0);
	WRITE_ONCE(sk->sk_shutdown, 0);
	toy_rx_unlock(sk);
	toy_set_peercred(sk, NULL, NULL);
	/* Who waits for anything finds that there is no peer. */
	toy_state_changed(sk);
}

/**
 * struct toy_put - a reference that is dropped after a grace period
 * @rcu:	when
 * @sk:		of what
 */
struct toy_put {
	struct rcu_head	rcu;
	struct sock	*sk;
};

static void toy_put_now(struct rcu_head *rcu)
{
	struct toy_put *put = container_of(rcu, struct toy_put, rcu);

	sock_put(put->sk);
	kfree(put);
}

/*
 * Drop a reference once nobody can have found the socket under RCU. A look-up
 * takes one before it touches a lock; a sender does not, as he relies on that of
 * his own socket (toy_sock.peer). May sleep.
 */
static void toy_sock_put_later(struct sock *sk)
{
	struct toy_put *put = kmalloc(sizeof(*put), GFP_KERNEL_ACCOUNT);

	if (put) {
		put->sk = sk;
		call_rcu(&put->rcu, toy_put_now);
		return;
	}
	synchronize_rcu();
	sock_put(sk);
}

/**
 * toy_sock_part() - a stream or seqpacket parts from its peer, and lives on
 * @sk:		connected socket
 * @abort:	as close() of its backend has it
 *
 * Context: lock_sock() held, no receive lock; may sleep.
 * Return: 0; -ERESTARTSYS: a signal came while a reader was in the way.
 */
int toy_sock_part(struct sock *sk, bool abort)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sock *peer;

	/* A reader copies from buffers that are about to go. */
	if (mutex_lock_interruptible(&toy->rx_mutex))
		return -ERESTARTSYS;
	peer = toy_peer_get(sk);
	toy->backend->close(sk, abort);
	mutex_unlock(&toy->rx_mutex);
	/* Senders who found it under RCU take its locks without a reference. */
	if (peer)
		toy_sock_put_later(peer);
	return 0;
}

/*
 * SOCK_DESTROY: whoever uses the socket gets @err and the peer a reset. What the
 * core calls of struct proto.
 */
static int toy_sock_destroy(struct sock *sk, int err)
{
	int old, ret = 0;

	lock_sock(sk);
	old = sk->sk_err;
	/* The error comes first: who sees the end sees it, too. */
	if (sk->sk_state == TCP_LISTEN) {
		WRITE_ONCE(sk->sk_err, err);
		toy_accept_stop(sk);
	} else if (!toy_connection_type(sk)) {
		WRITE_ONCE(sk->sk_err, err);
		toy_sk(sk)->backend->shutdown(sk, SHUTDOWN_MASK);
	} else if (toy_connecting(sk)) {
		/* The connect that waits tells of it, or the next one. */
		if (toy_wired(sk)) {
			toy_sk(sk)->backend->close(sk, true);
			WRITE_ONCE(sk->sk_err, err);
			WRITE_ONCE(sk->sk_shutdown, 0);
		} else {
			toy_era_next(sk);
		}
	} else {
		WRITE_ONCE(sk->sk_err, err);
		if (!toy_parted(sk) && toy_sock_part(sk, true)) {
			WRITE_ONCE(sk->sk_err, old);
			ret = -EINTR;
		}
	}
	if (!ret)
		toy_state_changed(sk);
	release_sock(sk);
	return ret;
}

/* SO_KEEPALIVE, which the core sets only afterwards. Under lock_sock(). */
static void toy_sock_keepalive(struct sock *sk, int on)
{
	sock_valbool_flag(sk, SOCK_KEEPOPEN, on);
	if (toy_sk(sk)->backend->options)
		toy_sk(sk)->backend->options(sk);
}

/**
 * toy_era_next() - what began with this connection is not for the next one
 * @sk:		socket
 *
 * Context: lock_sock() held, no receive lock.
 */
void toy_era_next(struct sock *sk)
{
	toy_rx_lock(sk);
	WRITE_ONCE(toy_sk(sk)->era, toy_sk(sk)->era + 1);
	toy_rx_unlock(sk);
}

/**
 * toy_set_peercred() - what SO_PEERCRED will say
 * @sk:		socket
 * @pid:	the peer's process; NULL for none
 * @cred:	the peer's credentials; NULL
 *
 * Context: any; takes references of its own.
 */
void toy_set_peercred(struct sock *sk, struct pid *pid,
		      const struct cred *cred)
{
	const struct cred *old_cred;
	struct pid *old_pid;

	spin_lock(&sk->sk_peer_lock);
	old_pid = sk->sk_peer_pid;
	old_cred = sk->sk_peer_cred;
	sk->sk_peer_pid = get_pid(pid);
	sk->sk_peer_cred = toy_cred_get(cred);
	spin_unlock(&sk->sk_peer_lock);

	put_pid(old_pid);
	put_cred(old_cred);
}

/**
 * toy_peer_get() - the other end, to be used without a lock
 * @sk:		socket
 *
 * Another thread may connect the socket elsewhere at this moment, and the slab
 * give the old peer's memory to a new socket: so look again once it is held.
 *
 * Return: the peer with a reference; NULL.
 */
struct sock *toy_peer_get(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	struct sock *peer;

	rcu_read_lock();
	for (;;) {
		peer = rcu_dereference(toy->peer);
		if (!peer)
			break;
		if (!refcount_inc_not_zero(&peer->sk_refcnt))
			continue;
		if (peer == rcu_access_pointer(toy->peer))
			break;
		sock_put(peer);
	}
	rcu_read_unlock();
	return peer;
}

/**
 * toy_peer_set() - give a datagram socket another peer
 * @sk:		socket
 * @peer:	the peer, of which the socket takes a reference; NULL for none
 *
 * Context: any; several threads may race, the last one's stays.
 */
void toy_peer_set(struct sock *sk, struct sock *peer)
{
	struct sock *old;

	if (peer)
		sock_hold(peer);
	old = unrcu_pointer(xchg(&toy_sk(sk)->peer, RCU_INITIALIZER(peer)));
	if (old)
		sock_put(old);
}

/**
 * toy_wants_creds() - whether a receiver asked for the senders' credentials
 * @sk:		socket in use by a system call
 */
bool toy_wants_creds(const struct sock *sk)
{
	return toy_compat_passcred(sk->sk_socket, &toy_sk(sk)->opt.passcred);
}

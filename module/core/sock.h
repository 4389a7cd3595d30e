/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One AF_TOY socket: what it holds, and how it is born and dies.
 *
 * Locks and their order: Documentation/architecture/locking.md.
 */
#ifndef _TOY_CORE_SOCK_H
#define _TOY_CORE_SOCK_H

#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <linux/toy.h>

#include "../proto/addr.h"
#include "net.h"

struct toy_backend;
struct toy_caller;
struct toy_conv;
struct toy_wire;

/* toy_sock.joined: made by socketpair; connected over a link, or about to be. */
#define TOY_PAIRED	1
#define TOY_WIRED	2

/* Bits of toy_sock.urg, above the urgent byte itself, as TCP has them. */
#define TOY_URG_VALID	0x0100	/* the byte has not been fetched yet */
#define TOY_URG_READ	0x0200	/* it has, the mark still stands */

/**
 * struct toy_addr - node and port, as the family keeps them
 * @node:	node id or TOY_NODE_ANY
 * @port:	port or 0
 * @zero:	nothing
 * @all:	the three in one, to be read and written at once
 *
 * Made by toy_addr() or as an initialiser, so that @zero is 0.
 */
struct toy_addr {
	union {
		struct {
			u32	node;
			u16	port;
			u16	zero;
		};
		u64	all;
	};
};

static inline struct toy_addr toy_addr(u32 node, u16 port)
{
	return (struct toy_addr){ .node = node, .port = port };
}

/* An address that another thread may set at this moment (not torn, but on 32 bit). */
static inline struct toy_addr toy_addr_read(const struct toy_addr *addr)
{
	return (struct toy_addr){ .all = READ_ONCE(addr->all) };
}

static inline void toy_addr_set(struct toy_addr *addr, struct toy_addr to)
{
	WRITE_ONCE(addr->all, to.all);
}

/**
 * struct toy_failure - the last failed call of a socket
 * @verb:	the call, static text
 * @why:	the reason, static text; it may have a %u for @detail
 * @node:	node of the address that it was about
 * @port:	port of that; 0 for no address
 * @err:	positive errno, 0 for none
 * @detail:	number that belongs to the reason: a limit, a socket
 *
 * Packed, for what stands behind it in a struct toy_sock is of four bytes.
 */
struct toy_failure {
	const char	*verb;
	const char	*why;
	u32		node;
	u16		port;
	u16		err;
	u32		detail;
} __packed __aligned(4);

/**
 * struct toy_options - what the options at SOL_TOY are set to
 * @user_timeout:	TOY_USER_TIMEOUT: milliseconds, 0 for the default
 * @keepidle:		TOY_KEEPIDLE: seconds until the first probe
 * @keepintvl:		TOY_KEEPINTVL: seconds between probes
 * @keepcnt:		TOY_KEEPCNT: probes without an answer
 * @nodelay:		TOY_NODELAY
 * @reuseport:		TOY_REUSEPORT
 * @passcred:		TOY_PASSCRED, where the core has no SO_PASSCRED for us
 * @maxseg:		TOY_MAXSEG: bytes, 0 for what the link takes
 *
 * The first five and the last one are kept for the wire.
 */
struct toy_options {
	u32	user_timeout;
	u16	keepidle;
	u16	keepintvl;
	u8	keepcnt;
	bool	nodelay;
	bool	reuseport;
	bool	passcred;
	u16	maxseg;
};

/**
 * struct toy_sock - an AF_TOY socket
 * @sk:		the generic part; first, so that the two are one allocation
 * @backend:	how data travels; set at birth, changed by connect alone, under
 *		lock_sock(); calls that do not take that read it once
 *
 * Addresses: written under lock_sock() by bind and connect, of a child before
 * anyone else can see it.
 * @bound:	what bind or autobind took; port 0 while unbound
 * @local:	what getsockname shows
 * @remote:	what getpeername shows; port 0 while not connected
 * @port_node:	link in toy_port.owners, under the port table's lock; in no list
 *		while unbound
 * @joined:	TOY_PAIRED, TOY_WIRED or neither
 *
 * @peer:	the other end, with a reference. Streams and seqpackets: set
 *		before the state says ESTABLISHED, and kept until this socket
 *		closes or disconnects, under lock_sock(). Datagrams: the
 *		receiver that @remote led to, replaced when it dies or another
 *		one is connected to. Read under RCU; what may sleep takes a
 *		reference (toy_peer_get()). Who delivers looks under the
 *		receiver's lock whether that has this socket for its peer.
 *
 * Protected by sk_receive_queue.lock of this socket ("the receive lock"),
 * which the *other* end takes to deliver:
 * @written:	sequence number of the next byte that is queued
 * @consumed:	of the next byte to be read
 * @written_wraps: how often that of @written began anew, for the total
 * @consumed_wraps: of @consumed
 * @urg_seq:	of the urgent byte (stream)
 * @urg:	the urgent byte, TOY_URG_*; 0 for none
 * @era:	goes up when a connection ends: what a call began with one is not
 *		for the next one
 * @accept_queue: a listener's children; a child's link in that list
 * @reading:	buffer that a reader copies from with the lock dropped
 * @failure:	the last failed call
 * @caller:	who called listen(2), while the socket listens and so has nothing
 *		to read; else, in the same place, @reading
 * @called:	there, too, of a child that nobody accepted: when it was queued,
 *		toy_histogram_start(); under its listener's receive lock. Who
 *		reads @reading of that child then compares it, no more
 * @id:		number of the socket in its namespace, while it can be found
 *		there (core/registry.c); 0 before and after
 * @conv:	what toyfs keeps of the socket, from the first look at it on
 * Also under it: sk_receive_queue, sk_shutdown, sk_state, SOCK_DEAD, and of
 * listeners sk_ack_backlog.
 *
 * @rx_mutex:	one reader at a time on the path that sleeps while it copies
 * @room_wait:	those who wait for room in this socket's queue: blocked
 *		senders of datagrams, relays of polling ones, and on a listener
 *		those who wait to be queued
 * @relay:	this socket's entry in the @room_wait of a receiver, from when it
 *		polled for room there to the wake-up; under that room_wait.lock
 *		@relay.private is the receiver it was last hung up at, with a
 *		reference; under lock_sock() (toy_relay_to())
 * @refused:	memory of the datagram for which the peer had no room, since
 *		the last one for which it had: what poll looks for room for
 * @sent:	bytes of all the datagrams that found a receiver, more or less:
 *		two threads that send at once may count one of theirs alone
 * @missed:	frames for which a raw socket had no room, among sk_drops
 * @wire:	while TOY_WIRED: the connection over a link (backend/wire.c), a
 *		reference; set under lock_sock(), read under RCU as well
 * @opt:		options at SOL_TOY
 * @gid:	group of the maker; the user is sk_uid
 * @born:	when it was made, in jiffies
 * @maker:	process that made it, a reference; of a child, the listener's
 *
 * Life: a struct socket holds one reference from creation to release, or the
 * listener's accept queue does until accept(2). Peers hold one on each other
 * until they close. Look-ups and blocked senders hold one while they work.
 * Queued buffers pin the *sender's* memory through sk_wmem_alloc. The slab is
 * SLAB_TYPESAFE_BY_RCU: who finds a socket under RCU takes a reference with
 * refcount_inc_not_zero() and then looks again whether it is the one.
 */
struct toy_sock {
	struct sock		sk;

	/* A child has these from its listener, but for @born. */
	const struct toy_backend *backend;
	struct toy_addr		bound;
	struct toy_options	opt;
	kgid_t			gid;
	u32			born;

	/* A child begins with these cleared, from @peer on. */
	struct sock __rcu	*peer;
	u32			written;
	u32			consumed;
	u32			written_wraps;
	u32			consumed_wraps;
	u32			urg_seq;
	u16			urg;
	u8			era;
	u8			joined;
	struct toy_addr		local;
	struct toy_addr		remote;
	struct hlist_node	port_node;
	struct pid		*maker;
	struct toy_conv		*conv;

	struct toy_wire __rcu	*wire;
	wait_queue_head_t	room_wait;
	struct toy_failure	failure;
	u32			id;
	union {
		/* streams and seqpackets */
		struct {
			struct mutex		rx_mutex; /* one reader */
			union {
				const struct sk_buff	*reading;
				struct toy_caller	*caller;
				u64			called;
			};
			struct list_head	accept_queue;
		};
		/* datagrams, raw */
		struct {
			wait_queue_entry_t	relay;
			unsigned int		refused;
			atomic_t		missed;
			u64			sent;
		};
	};
};

/*
 * An empty buffer at hand for what is sent next, by xchg() and cmpxchg() alone.
 * The core leaves this word to protocols, and clears it in clones.
 */
static inline struct sk_buff **toy_spare(struct sock *sk)
{
	return &sk->sk_send_head;
}

/* Where a datagram socket waits for room, see @relay. */
static inline struct sock *toy_relay_to(const struct toy_sock *toy)
{
	return toy->relay.private;
}

static inline struct toy_sock *toy_sk(const struct sock *sk)
{
	return (struct toy_sock *)sk;
}

extern struct proto toy_proto;
extern int toy_family;

static inline const struct cred *toy_cred_get(const struct cred *cred)
{
	/* Whoever takes one stores the same zero in it: the core's race. */
	return data_race(get_cred(cred));
}

/* A datagram has found its receiver. */
static inline void toy_sent_add(struct sock *sk, size_t len)
{
	u64 *sent = &toy_sk(sk)->sent;

	/* Senders share no lock, nor need one for what may be short: see @sent. */
	WRITE_ONCE(*sent, data_race(*sent) + len);
}

/*
 * The socket's callbacks, which whoever drives it from within the kernel may
 * replace: there is something to read, room to write, another state.
 */
static inline void toy_data_ready(struct sock *sk)
{
	void (*callback)(struct sock *sk) = READ_ONCE(sk->sk_data_ready);

	callback(sk);
}

static inline void toy_room_ready(struct sock *sk)
{
	void (*callback)(struct sock *sk) = READ_ONCE(sk->sk_write_space);

	callback(sk);
}

static inline void toy_state_changed(struct sock *sk)
{
	void (*callback)(struct sock *sk) = READ_ONCE(sk->sk_state_change);

	callback(sk);
}

/* The receive lock, see struct toy_sock. */
static inline void toy_rx_lock(struct sock *sk)
	__acquires(&sk->sk_receive_queue.lock)
{
	spin_lock_bh(&sk->sk_receive_queue.lock);
}

static inline void toy_rx_unlock(struct sock *sk)
	__releases(&sk->sk_receive_queue.lock)
{
	spin_unlock_bh(&sk->sk_receive_queue.lock);
}

/* Whether the type has connections: streams and seqpackets. */
static inline bool toy_connection_type(const struct sock *sk)
{
	return sk->sk_type != SOCK_DGRAM && sk->sk_type != SOCK_RAW;
}

/* Whether the socket holds a port. */
static inline bool toy_is_bound(const struct sock *sk)
{
	return !hlist_unhashed_lockless(&toy_sk(sk)->port_node);
}

static inline bool toy_paired(const struct sock *sk)
{
	return READ_ONCE(toy_sk(sk)->joined) == TOY_PAIRED;
}

static inline bool toy_wired(const struct sock *sk)
{
	return READ_ONCE(toy_sk(sk)->joined) == TOY_WIRED;
}

/* Whether there is somebody at the other end, in this kernel or not. */
static inline bool toy_has_peer(const struct sock *sk)
{
	return rcu_access_pointer(toy_sk(sk)->peer) || toy_wired(sk);
}

/* Whether a stream or seqpacket has no peer (any more), as disconnect leaves it. */
static inline bool toy_parted(const struct sock *sk)
{
	return toy_connection_type(sk) &&
	       !toy_has_peer(sk);
}

/* Whether the socket was ever joined to a peer, by connect or socketpair. */
static inline bool toy_connected(const struct sock *sk)
{
	return READ_ONCE(toy_sk(sk)->remote.port) || toy_paired(sk);
}

/*
 * Whether a connect is under way. Over a link TCP_SYN_RECV is one, too, where
 * both ends call each other; that of a child is not, since that is connected.
 */
static inline bool toy_connecting(const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);

	return state == TCP_SYN_SENT ||
	       (state == TCP_SYN_RECV && !toy_connected(sk));
}

/*
 * Up to which use of the send buffer poll shows room, and through which it has
 * to fall for a wake-up: a quarter of it, as AF_UNIX has it; over a link half of
 * it, or there would be nothing on the way while the writer wakes up. Buffers take
 * whole cache lines; the rest of one is for the bytes that toy_buf_uncharge()
 * keeps hold of while it tells of room.
 */
static inline int toy_sock_mark(const struct sock *sk)
{
	int shift = toy_wired(sk) ? 1 : 2;

	return READ_ONCE(sk->sk_sndbuf) >> shift | (SMP_CACHE_BYTES - 1);
}

static inline bool toy_sock_has_room(const struct sock *sk)
{
	return sk_wmem_alloc_get(sk) <= toy_sock_mark(sk);
}

static inline enum toy_space toy_space(const struct sock *sk)
{
	switch (sk->sk_type) {
	case SOCK_STREAM:
		return TOY_SPACE_STREAM;
	case SOCK_SEQPACKET:
		return TOY_SPACE_SEQPACKET;
	default:
		return TOY_SPACE_DGRAM;
	}
}

static inline bool toy_addr_equal(const struct toy_addr *a,
				  const struct toy_addr *b)
{
	return a->all == b->all;
}

struct sock *toy_sock_alloc(struct net *net, struct socket *sock,
			    const struct toy_backend *backend, int kern);
struct sock *toy_sock_clone(struct sock *listener);
void toy_set_state(struct sock *sk, int state);
void toy_set_state_new(struct sock *sk, int state);
void toy_hangup(struct sock *sk);
void toy_signal_urgent(struct sock *sk);
void toy_fin_sent(struct sock *sk);
void toy_fin_received(struct sock *sk);
void toy_sock_reopen(struct sock *sk);
int toy_sock_part(struct sock *sk, bool abort);
void toy_era_next(struct sock *sk);
void toy_set_peercred(struct sock *sk, struct pid *pid,
		      const struct cred *cred);
struct sock *toy_peer_get(struct sock *sk);
void toy_peer_set(struct sock *sk, struct sock *peer);
bool toy_wants_creds(const struct sock *sk);

int toy_proto_register(void);
void toy_proto_unregister(void);

#endif /* _TOY_CORE_SOCK_H */

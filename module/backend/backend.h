/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a backend does for a socket: get its data to the peer.
 */
#ifndef _TOY_BACKEND_BACKEND_H
#define _TOY_BACKEND_BACKEND_H

#include "../core/sock.h"

struct msghdr;
struct seq_file;
struct toy_creds;

/**
 * struct toy_timer_view - a timer of a connection, for those who look
 * @timer:	as in struct toy_diag_timer; 0: none runs
 * @retrans:	times it went off in a row
 * @expires:	ms until it does again
 */
struct toy_timer_view {
	u8	timer;
	u8	retrans;
	u32	expires;
};

/**
 * struct toy_pair_view - a connection without a socket that a program has
 * @type:	SOCK_STREAM or SOCK_SEQPACKET
 * @state:	TCP_*
 * @local:	our address
 * @remote:	theirs
 * @unacked:	bytes that the peer has not acknowledged
 * @timer:	what it waits for
 */
struct toy_pair_view {
	u8			type;
	u8			state;
	struct toy_addr		local;
	struct toy_addr		remote;
	u32			unacked;
	struct toy_timer_view	timer;
};

/**
 * struct toy_backend - how data travels
 *
 * Unless it says otherwise an op is called in process context with no lock held
 * and may sleep, and returns a negative errno when it fails. Buffers are the
 * backend's own affair: it makes them from a msghdr and puts them into a
 * receive queue (core/rxq.h), where the reader finds them.
 */
struct toy_backend {
	/** @name: for status lines */
	const char *name;

	/**
	 * @connect: join a stream or seqpacket to whoever listens at @to.
	 * Under lock_sock(), which is dropped while it waits; the state is
	 * TCP_SYN_SENT then. @sk is bound. O_NONBLOCK in @flags: do not wait.
	 */
	int (*connect)(struct sock *sk, const struct toy_addr *to, int flags);

	/**
	 * @send_stream: queue @len bytes for the peer. Returns the bytes
	 * queued, which are fewer only if it failed or a signal came then.
	 */
	ssize_t (*send_stream)(struct sock *sk, struct msghdr *msg, size_t len,
			       const struct toy_creds *creds);

	/**
	 * @send_message: queue one message of @len bytes: for the peer where
	 * @to is NULL, else for the datagram socket at @to. Returns @len.
	 */
	ssize_t (*send_message)(struct sock *sk, const struct toy_addr *to,
				struct msghdr *msg, size_t len,
				const struct toy_creds *creds);

	/**
	 * @drained: a reader emptied the receive queue of a stream. Called
	 * after its receive lock was dropped.
	 */
	void (*drained)(struct sock *sk);

	/**
	 * @shutdown: of a connected socket or any datagram socket, @how of
	 * RCV_ and SEND_SHUTDOWN.
	 */
	void (*shutdown)(struct sock *sk, int how);

	/**
	 * @close: the connection goes: drop what was not read, tell the peer
	 * and let go of it. @abort: the peer sees a reset whatever was read.
	 * The last call but for sockets that disconnect (toy_sock_reopen()) or
	 * are destroyed (toy_sock_destroy()); also of children never accepted.
	 */
	void (*close)(struct sock *sk, bool abort);

	/**
	 * @writable: whether poll shows EPOLLOUT. In any context, under locks;
	 * a hint.
	 */
	bool (*writable)(const struct sock *sk);

	/** @unread: bytes sent that the peer has not taken (SIOCOUTQ). */
	int (*unread)(struct sock *sk);

	/**
	 * @options: an option at SOL_TOY changed, or SO_KEEPALIVE. Under
	 * lock_sock(). NULL: they mean nothing to it.
	 */
	void (*options)(struct sock *sk);

	/**
	 * @info: fill in what it knows of a connection, all else is zeroed.
	 * NULL: nothing.
	 */
	void (*info)(struct sock *sk, struct toy_info *info);

	/**
	 * @names: the addresses of a call that is not answered yet, which are
	 * no names of the socket; left alone where there is none. NULL: never.
	 */
	void (*names)(struct sock *sk, struct toy_addr *local,
		      struct toy_addr *remote);

	/** @timer: the timer that runs, into a zeroed view. NULL: none ever. */
	void (*timer)(struct sock *sk, struct toy_timer_view *view);
};

extern const struct toy_backend toy_local;
extern const struct toy_backend toy_ethernet;
extern const struct toy_backend toy_raw;
extern int toy_ethertype;

int toy_route(const struct sock *sk, u32 node,
	      const struct toy_backend **backend);
u32 toy_route_source(const struct sock *sk, u32 node);
void toy_local_pair(struct sock *a, struct sock *b);
void toy_raw_open(struct sock *sk);

bool toy_wire_is_tight(const struct sock *sk);
bool toy_wire_urgent_due(const struct sock *sk);
bool toy_wire_at_end(const struct sock *sk);

/* The Ethernet backend of the namespaces, and its links by command. */
int toy_ether_register(void);
void toy_ether_unregister(void);
int toy_link_add(struct net *net, const char *name);
int toy_link_del(struct net *net, const char *name);
void toy_links_show(struct seq_file *m, struct net *net);
bool toy_pair_next(struct net *net, unsigned long *pos,
		   struct toy_pair_view *view);
void toy_neigh_flush(struct net *net);
void toy_neigh_show(struct seq_file *m, struct net *net);

#endif /* _TOY_BACKEND_BACKEND_H */

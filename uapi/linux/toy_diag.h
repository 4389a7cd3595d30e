/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/**
 * DOC: AF_TOY sockets through sock_diag(7)
 *
 * A program sends SOCK_DIAG_BY_FAMILY with a struct toy_diag_req over
 * NETLINK_SOCK_DIAG, with NLM_F_DUMP for all sockets of its network namespace
 * or without for one of them. Each answer is a struct toy_diag_msg, followed by
 * attributes. SOCK_DESTROY with the same request closes one socket and takes
 * CAP_NET_ADMIN in the namespace's user namespace.
 *
 * Host byte order. Numbers are appended, never changed or used again.
 */
#ifndef _UAPI_LINUX_TOY_DIAG_H
#define _UAPI_LINUX_TOY_DIAG_H

#include <linux/types.h>
#include <linux/toy.h>

/**
 * struct toy_diag_req - which sockets, and what of them
 * @sdiag_family:	AF_TOY
 * @sdiag_type:		SOCK_*, 0 for all types
 * @pad:		0, else EINVAL
 * @tdiag_states:	bits (1 << TCP_*) of the states wanted, 0 for all; dump
 * @tdiag_ino:		inode number of the one socket; 0: by @tdiag_cookie alone
 * @tdiag_show:		TOY_DIAG_SHOW_*: attributes wanted
 * @tdiag_cookie:	its cookie, as in an answer; both INET_DIAG_NOCOOKIE (~0)
 *			where it is not known, then @tdiag_ino has to be
 */
struct toy_diag_req {
	__u8	sdiag_family;
	__u8	sdiag_type;
	__u16	pad;
	__u32	tdiag_states;
	__u32	tdiag_ino;
	__u32	tdiag_show;
	__u32	tdiag_cookie[2];
};

/* tdiag_show */
/** TOY_DIAG_SHOW_PEER - TOY_DIAG_PEER_INODE and TOY_DIAG_PEER_COOKIE */
#define TOY_DIAG_SHOW_PEER	0x01
/** TOY_DIAG_SHOW_QUEUES - TOY_DIAG_QUEUES */
#define TOY_DIAG_SHOW_QUEUES	0x02
/** TOY_DIAG_SHOW_MEMINFO - TOY_DIAG_MEMINFO */
#define TOY_DIAG_SHOW_MEMINFO	0x04
/** TOY_DIAG_SHOW_TIMER - TOY_DIAG_TIMER */
#define TOY_DIAG_SHOW_TIMER	0x08
/** TOY_DIAG_SHOW_INFO - TOY_DIAG_INFO and TOY_DIAG_BACKEND */
#define TOY_DIAG_SHOW_INFO	0x10
/** TOY_DIAG_SHOW_ERROR - TOY_DIAG_LAST_ERROR */
#define TOY_DIAG_SHOW_ERROR	0x20
/** TOY_DIAG_SHOW_ALL - every bit that has a meaning; others are EINVAL */
#define TOY_DIAG_SHOW_ALL	0x3f

/**
 * struct toy_diag_msg - one socket
 * @tdiag_family:	AF_TOY
 * @tdiag_type:		SOCK_*
 * @tdiag_state:	TCP_* of linux/tcp_states.h
 * @tdiag_shutdown:	1: receives no more, 2: sends no more
 * @tdiag_ino:		inode number, as in /proc/PID/fd; 0: not accepted yet
 * @tdiag_cookie:	unique for as long as the machine runs
 * @tdiag_local_node:	its address
 * @tdiag_remote_node:	its peer's
 * @tdiag_local_port:	0: unbound
 * @tdiag_remote_port:	0: not connected
 */
struct toy_diag_msg {
	__u8	tdiag_family;
	__u8	tdiag_type;
	__u8	tdiag_state;
	__u8	tdiag_shutdown;
	__u32	tdiag_ino;
	__u32	tdiag_cookie[2];
	__u32	tdiag_local_node;
	__u32	tdiag_remote_node;
	__u16	tdiag_local_port;
	__u16	tdiag_remote_port;
};

/**
 * enum toy_diag_attr - what follows a struct toy_diag_msg
 * @TOY_DIAG_UNSPEC:	none
 * @TOY_DIAG_ID:	u32: its number, the name of its directory in toyfs(5)
 * @TOY_DIAG_UID:	u32: its owner, in the reader's user namespace
 * @TOY_DIAG_DROPS:	u32: messages dropped on the way into it
 * @TOY_DIAG_PEER_INODE: u32: of the other end, where that is in this kernel
 * @TOY_DIAG_PEER_COOKIE: u32[2]
 * @TOY_DIAG_QUEUES:	struct toy_diag_queues
 * @TOY_DIAG_MEMINFO:	u32[SK_MEMINFO_VARS], linux/sock_diag.h
 * @TOY_DIAG_TIMER:	struct toy_diag_timer; only while one runs
 * @TOY_DIAG_INFO:	struct toy_info
 * @TOY_DIAG_BACKEND:	string: "local"
 * @TOY_DIAG_LAST_ERROR: string, as TOY_LAST_ERROR; only where something failed
 * @TOY_DIAG_PAD:	padding
 *
 * The first three always, the others if asked for.
 */
enum toy_diag_attr {
	TOY_DIAG_UNSPEC,
	TOY_DIAG_ID,
	TOY_DIAG_UID,
	TOY_DIAG_DROPS,
	TOY_DIAG_PEER_INODE,
	TOY_DIAG_PEER_COOKIE,
	TOY_DIAG_QUEUES,
	TOY_DIAG_MEMINFO,
	TOY_DIAG_TIMER,
	TOY_DIAG_INFO,
	TOY_DIAG_BACKEND,
	TOY_DIAG_LAST_ERROR,
	TOY_DIAG_PAD,
	__TOY_DIAG_MAX,
};

#define TOY_DIAG_MAX (__TOY_DIAG_MAX - 1)

/**
 * struct toy_diag_queues - how much waits
 * @rqueue:	bytes to be read; of a listener, calls to be accepted
 * @wqueue:	bytes the peer has not taken; of a listener, its backlog
 */
struct toy_diag_queues {
	__u32	rqueue;
	__u32	wqueue;
};

/**
 * struct toy_diag_timer - a timer that runs
 * @timer:	1 retransmit, 2 keepalive, 3 time-wait, 4 probe, as inet_diag's
 * @retrans:	times it went off in a row
 * @pad:	0
 * @expires:	milliseconds until it does again
 */
struct toy_diag_timer {
	__u8	timer;
	__u8	retrans;
	__u16	pad;
	__u32	expires;
};

#endif /* _UAPI_LINUX_TOY_DIAG_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/**
 * DOC: AF_TOY, the ABI
 *
 * Everything a program needs to talk over the AF_TOY socket family: the
 * address, the option level and its options. All values are in host byte
 * order. Numbers are appended, never changed or used again.
 *
 * See af_toy(7) for what the calls do.
 */
#ifndef _UAPI_LINUX_TOY_H
#define _UAPI_LINUX_TOY_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/socket.h>

/**
 * AF_TOY - the number of the family, where nothing else was asked for
 *
 * The module takes another one with its parameter family=; a program that has
 * to work there too reads /sys/module/toy/parameters/family.
 */
#ifndef AF_TOY
#define AF_TOY			18
#endif
#ifndef PF_TOY
#define PF_TOY			AF_TOY
#endif

/** SOL_TOY - the level of the family's own options, see TOY_NODELAY and on */
#ifndef SOL_TOY
#define SOL_TOY			300
#endif

/* Nodes that mean the same on every machine. */
/** TOY_NODE_ANY - every node of this namespace (bind), this node (connect) */
#define TOY_NODE_ANY		0U
/** TOY_NODE_LOOPBACK - always the namespace itself */
#define TOY_NODE_LOOPBACK	1U
/** TOY_NODE_BROADCAST - every node of a link; SOCK_DGRAM with SO_BROADCAST */
#define TOY_NODE_BROADCAST	0xffffffffU

/** TOY_PORT_ANY - bind: let the kernel choose a port */
#define TOY_PORT_ANY		0
/** TOY_PORT_PRIVILEGED - ports below this one take CAP_NET_BIND_SERVICE */
#define TOY_PORT_PRIVILEGED	1024

/**
 * struct sockaddr_toy - where an AF_TOY socket is
 * @stoy_family:	AF_TOY
 * @stoy_port:		port; each socket type has a port space of its own
 * @stoy_node:		node id, or one of TOY_NODE_*
 *
 * Eight bytes, no padding, host byte order. Node and port stand to each other
 * as an IPv4 address and its port do. Written as text: "node:port", with "*"
 * for TOY_NODE_ANY and TOY_PORT_ANY.
 */
struct sockaddr_toy {
	__kernel_sa_family_t	stoy_family;
	__u16			stoy_port;
	__u32			stoy_node;
};

/*
 * Options at the level SOL_TOY. Unless it says otherwise a value is an int, as
 * socket(7) has it; a shorter buffer is EINVAL, an unknown option ENOPROTOOPT.
 */

/**
 * TOY_NODELAY - send small segments at once (bool)
 *
 * As TCP_NODELAY in tcp(7). Kept and inherited on the local backend, which
 * never delays.
 */
#define TOY_NODELAY		1
/** TOY_KEEPIDLE - seconds of silence before the first probe, 1 to 32767 */
#define TOY_KEEPIDLE		2
/** TOY_KEEPINTVL - seconds between two probes, 1 to 32767 */
#define TOY_KEEPINTVL		3
/** TOY_KEEPCNT - probes without an answer before the peer is dead, 1 to 127 */
#define TOY_KEEPCNT		4
/** TOY_USER_TIMEOUT - ms that sent data may wait to be acknowledged */
#define TOY_USER_TIMEOUT	5
/**
 * TOY_REUSEPORT - share a port with sockets of the same user (bool)
 *
 * What SO_REUSEPORT is to TCP and UDP; the core refuses that one to all but
 * them. Calls and datagrams are spread over the sockets. Every socket of the
 * port has to set it before bind(2).
 */
#define TOY_REUSEPORT		6
/**
 * TOY_PASSCRED - receive SCM_CREDENTIALS with every message (bool)
 *
 * As SO_PASSCRED in unix(7), on every kernel (newer cores keep SO_PASSCRED for
 * AF_UNIX). The two switches are one: setting either is seen through both
 * where the core knows SO_PASSCRED for the family.
 */
#define TOY_PASSCRED		7
/**
 * TOY_FSMODE - file mode of the socket's ctl, data and listen in toyfs
 *
 * One mode for the three, of the bits 0666. 0, the default of sockets that
 * were not made through toyfs: nobody opens them, root included. See toyfs(5).
 */
#define TOY_FSMODE		8
/**
 * TOY_LAST_ERROR - the reason of the last failed call, in words (text, get)
 *
 * For example "111 ECONNREFUSED connect 1:80: nothing listens on that port".
 * Terminated by NUL, cut to the buffer; empty after no failure.
 */
#define TOY_LAST_ERROR		9
/** TOY_INFO - struct toy_info (get), cut to the buffer */
#define TOY_INFO		10
/**
 * TOY_MAXSEG - most payload bytes of a segment (bytes)
 *
 * 128 to 65535, or 0 for as many as the link takes; of connections that are made
 * afterwards, and in both directions. Read: what segments take now; where there
 * are none, as in the local backend, what was set. As TCP_MAXSEG of tcp(7).
 */
#define TOY_MAXSEG		11

/**
 * enum toy_drop - why a message or frame was dropped, index of toyi_drops
 * @TOY_DROP_FILTER:	the receiver's socket filter did not want it
 * @TOY_DROP_UNREAD:	the socket closed or was disconnected before it was
 *			read; told by the tracepoint toy_drop and a counter of
 *			the namespace, 0 in toyi_drops
 * @TOY_DROP_FULL:	the receiver's queue was full
 * @TOY_DROP_SEQUENCE:	a segment's number is out of the window
 * @TOY_DROP_ACK:	it acknowledges what was never sent
 * @TOY_DROP_STATE:	it is out of place in this state
 * @TOY_DROP_CLOSED:	there is no such connection, or nobody to read it
 * @TOY_DROP_WINDOW:	it has payload for a window of 0
 * @TOY_DROP_MEMORY:	there was no memory for it
 * @TOY_DROP_BACKLOG:	the listener's backlog is full
 * @TOY_DROP_HALF_OPEN:	too many calls are half-open
 * @TOY_DROP_SHORT:	a frame ends within the part that all have; from here on
 *			there is no socket to count it, see Documentation/protocol
 * @TOY_DROP_MAGIC:	it is not of this protocol
 * @TOY_DROP_VERSION:	of a version not known here
 * @TOY_DROP_TYPE:	of a type not known here
 * @TOY_DROP_LENGTH:	it is shorter than it says
 * @TOY_DROP_CHECKSUM:	its checksum is wrong
 * @TOY_DROP_OPTION:	an option's length cannot be true
 * @TOY_DROP_FLAGS:	flags that do not go together
 * @TOY_DROP_MALFORMED:	fields that do not go together
 * @TOY_DROP_BROADCAST:	sent to all what is for one, or the reverse
 * @TOY_DROP_LOOP:	our own, that came back
 * @TOY_DROP_MARTIAN:	from a node that nobody can be
 * @TOY_DROP_DUPLICATE:	from somebody who has our node id
 * @TOY_DROP_NOT_OURS:	for another node
 * @TOY_DROP_MOVED:	for a connection with another station
 * @TOY_DROP_UNASKED:	an answer without a question
 * @TOY_DROP_CONFLICT:	two stations say that they are one node
 * @TOY_DROP_NO_PORT:	nobody is there
 * @TOY_DROP_MAX:	number of reasons
 */
enum toy_drop {
	TOY_DROP_FILTER,
	TOY_DROP_UNREAD,
	TOY_DROP_FULL,
	TOY_DROP_SEQUENCE,
	TOY_DROP_ACK,
	TOY_DROP_STATE,
	TOY_DROP_CLOSED,
	TOY_DROP_WINDOW,
	TOY_DROP_MEMORY,
	TOY_DROP_BACKLOG,
	TOY_DROP_HALF_OPEN,
	TOY_DROP_SHORT		= 16,
	TOY_DROP_MAGIC,
	TOY_DROP_VERSION,
	TOY_DROP_TYPE,
	TOY_DROP_LENGTH,
	TOY_DROP_CHECKSUM,
	TOY_DROP_OPTION,
	TOY_DROP_FLAGS,
	TOY_DROP_MALFORMED,
	TOY_DROP_BROADCAST,
	TOY_DROP_LOOP,
	TOY_DROP_MARTIAN,
	TOY_DROP_DUPLICATE,
	TOY_DROP_NOT_OURS,
	TOY_DROP_MOVED,
	TOY_DROP_UNASKED,
	TOY_DROP_CONFLICT,
	TOY_DROP_NO_PORT,
	TOY_DROP_MAX,
};

/** TOY_DROPS - room for reasons in struct toy_info: those below have a socket */
#define TOY_DROPS		16
/** TOY_HISTOGRAM - classes of a histogram: class n counts 2^(n-1) to 2^n us */
#define TOY_HISTOGRAM		24

/**
 * struct toy_info - what there is to know of a socket
 * @toyi_state:		TCP_* of linux/tcp_states.h
 * @toyi_backend:	0: local, 1: ether
 * @toyi_retransmits:	timeouts in a row that nothing was heard after
 * @toyi_pad:		0
 * @toyi_rtt:		smoothed round trip time, us
 * @toyi_rttvar:	its variation, us
 * @toyi_rto:		retransmission timeout, us
 * @toyi_snd_cwnd:	congestion window, bytes
 * @toyi_snd_ssthresh:	slow start threshold, bytes
 * @toyi_mss:		payload of a segment, bytes
 * @toyi_max_message:	longest message that can be sent, bytes; 0: a stream
 * @toyi_total_retrans:	segments sent again
 * @toyi_drops:		dropped on the way in, by enum toy_drop
 * @toyi_queue_delay:	histogram of how long data waited to be read
 * @toyi_accept_wait:	histogram of how long calls waited to be accepted
 * @toyi_pad2:		0
 * @toyi_bytes_out:	bytes sent; of streams and seqpackets on this connection
 * @toyi_bytes_in:	bytes received and read, likewise; what SOCK_DESTROY threw
 *			away unread counts, too
 * @toyi_segs_out:	segments sent
 * @toyi_segs_in:	segments received
 *
 * Grows at its end: who passes a shorter buffer gets as much as fits. What has
 * no meaning for the backend is 0. The histograms are 0 but for what happens
 * while sysctl net.toy.histograms is 1.
 */
struct toy_info {
	__u8	toyi_state;
	__u8	toyi_backend;
	__u8	toyi_retransmits;
	__u8	toyi_pad;
	__u32	toyi_rtt;
	__u32	toyi_rttvar;
	__u32	toyi_rto;
	__u32	toyi_snd_cwnd;
	__u32	toyi_snd_ssthresh;
	__u32	toyi_mss;
	__u32	toyi_max_message;
	__u32	toyi_total_retrans;
	__u32	toyi_drops[TOY_DROPS];
	__u32	toyi_queue_delay[TOY_HISTOGRAM];
	__u32	toyi_accept_wait[TOY_HISTOGRAM];
	__u32	toyi_pad2;
	__u64	toyi_bytes_out;
	__u64	toyi_bytes_in;
	__u64	toyi_segs_out;
	__u64	toyi_segs_in;
};

/* toyfs(5), where sockets are files. */
/** TOYFS_MAGIC - f_type that statfs(2) shows of a toyfs, "TOYF" */
#define TOYFS_MAGIC		0x544f5946
/**
 * TOYIOC_GETSOCK - a descriptor for the socket behind a ctl descriptor
 *
 * ioctl(2) on a clone, ctl or bound listen of toyfs that is open for reading
 * and writing. Its argument is 0 or of O_CLOEXEC and O_NONBLOCK. Returns a new
 * descriptor each time; they are the same open file, as after dup(2).
 *
 * Fails with EBADF (not open for both), EINVAL (other flags), ENOTCONN (a
 * listen that accepted nothing yet), EMFILE, ENFILE.
 */
#define TOYIOC_GETSOCK		_IO(0xF7, 1)

#endif /* _UAPI_LINUX_TOY_H */

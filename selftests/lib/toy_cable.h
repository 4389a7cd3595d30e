/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: a cable between two network namespaces, for the selftests
 *
 *	  end 0: node 2				  end 1: node 3
 *	+------------------+			+------------------+
 *	|	      toy0 |--------------------| toy1		   |
 *	+------------------+	veth		+------------------+
 *	  10.88.0.2, 02:00:00:00:00:02		  10.88.0.3, 02:00:00:00:00:03
 *
 * TCP and UDP, the yardsticks, talk over the same devices. A socket belongs to
 * the namespace that it was made in; who uses its descriptor later may be in any.
 *
 * As toy_lib.h: helpers return what the system calls under them return.
 */
#ifndef TOY_CABLE_H
#define TOY_CABLE_H

#include "toy_lib.h"

/** TOY_CABLE_HOME - where the process was, in place of an end */
#define TOY_CABLE_HOME	2
/** TOY_CABLE_MTU - of both devices */
#define TOY_CABLE_MTU	1500

/**
 * struct toy_cable - both ends
 * @net:	descriptors of their namespaces, and of the one that was here
 */
struct toy_cable {
	int net[3];
};

/**
 * toy_cable_make() - namespaces, devices, node ids, links
 *
 * Afterwards this thread is in the namespace of end 0.
 */
int toy_cable_make(struct toy_cable *cable);
/** toy_cable_enter() - this thread goes to an end, or TOY_CABLE_HOME */
int toy_cable_enter(const struct toy_cable *cable, int end);
/**
 * toy_cable_run() - run a shell command at an end; the thread stays there
 *
 * Returns: its exit status, -1 and errno
 */
int toy_cable_run(const struct toy_cable *cable, int end, const char *format,
		  ...);
/** toy_cable_node() - the node id of an end */
__u32 toy_cable_node(int end);
/** toy_cable_name() - an address of an end, as the other one calls it */
struct toy_name toy_cable_name(struct toy_kind kind, int end, __u16 port);
/** toy_cable_socket() - socket(2) at an end, where this thread then is */
int toy_cable_socket(const struct toy_cable *cable, int end,
		     struct toy_kind kind, int flags);
/** toy_cable_bound() - the same, bound to any node and this port */
int toy_cable_bound(const struct toy_cable *cable, int end,
		    struct toy_kind kind, __u16 port);
/** toy_cable_listener() - the same, listening */
int toy_cable_listener(const struct toy_cable *cable, int end,
		       struct toy_kind kind, __u16 port, int backlog);
/**
 * toy_cable_callable() - a new cable with a listener at its end 1
 * @caller:	becomes a socket at end 0
 *
 * Returns: the listener; this thread is at end 0 then
 */
int toy_cable_callable(struct toy_cable *cable, struct toy_kind kind, __u16 port,
		       int *caller);
/**
 * toy_cable_pair() - a connection
 * @fd:		of end 0, which has connected, and of end 1, which was accepted
 *
 * Streams and seqpackets by way of a listener on port 7000; datagram sockets,
 * both on that port, are connected to each other.
 */
int toy_cable_pair(const struct toy_cable *cable, struct toy_kind kind,
		   int fd[2]);
/** toy_cable_answer() - accept(2) of a call that comes within 10 s */
int toy_cable_answer(int listener);
/** toy_cable_talk() - whether a byte gets from @a to @b, and one back */
bool toy_cable_talk(int a, int b);
/**
 * toy_cable_outcome() - what a connect that does not wait has come to
 *
 * Returns: 0 or the errno; ETIMEDOUT also if nothing has after @ms
 */
int toy_cable_outcome(int fd, int ms);
/** toy_cable_deaf() - frames to this end go, and nothing hears them any more */
int toy_cable_deaf(const struct toy_cable *cable, int end);
/** toy_cable_hear() - it hears again; what it was connected to is forgotten */
int toy_cable_hear(const struct toy_cable *cable, int end);
/** toy_cable_acquaint() - end 0 knows end 1's station: there was a refusal */
int toy_cable_acquaint(const struct toy_cable *cable, struct toy_kind kind);
/** toy_error() - SO_ERROR, which is 0 afterwards */
int toy_error(int fd);
/** toy_bind_device() - SO_BINDTODEVICE */
int toy_bind_device(int fd, const char *name);

/**
 * toy_cable_stat() - a counter of /proc/net/toy_stat, "ToyFramesIn"
 *
 * The main thread's business: /proc/net is that of its namespace.
 *
 * Returns: its value, -1 where there is none
 */
long toy_cable_stat(const struct toy_cable *cable, int end, const char *name);
/** toy_cable_drops() - the sum of all counters ToyDropped... */
long toy_cable_drops(const struct toy_cable *cable, int end);
/** toy_cable_stat_wait() - wait 10 s at most until it is @want; what it is */
long toy_cable_stat_wait(const struct toy_cable *cable, int end,
			 const char *name, long want);
/** toy_cable_info() - TOY_INFO */
int toy_cable_info(int fd, struct toy_info *info);

#endif /* TOY_CABLE_H */

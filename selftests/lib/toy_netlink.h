/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: sock_diag(7) of AF_TOY, for the selftests
 *
 * As toy_lib.h: helpers return what the kernel says (-1 and errno), print nothing
 * and may be called from any thread that has a netlink socket of its own. The
 * structs are those of linux/toy_diag.h, so that nothing stands between a test
 * and the ABI.
 */
#ifndef TOY_NETLINK_H
#define TOY_NETLINK_H

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/toy_diag.h>

#include "toy_lib.h"

/** TOY_NO_COOKIE - half of a cookie that is not known, INET_DIAG_NOCOOKIE */
#define TOY_NO_COOKIE	(~0U)

/**
 * struct toy_seen - a socket as an answer shows it
 * @msg:	the fixed part
 * @have:	bits (1 << TOY_DIAG_*) of the attributes that were there
 * @twice:	bits of those that were there more than once
 * @odd:	bits of those that were not as long as they should be
 */
struct toy_seen {
	struct toy_diag_msg msg;
	__u32 have;
	__u32 twice;
	__u32 odd;
	__u32 id;
	__u32 uid;
	__u32 drops;
	__u32 peer_ino;
	__u32 peer_cookie[2];
	struct toy_diag_queues queues;
	__u32 mem[SK_MEMINFO_VARS];
	struct toy_info info;
	char backend[16];
	char error[256];
};

/** toy_nl_open() - a netlink socket that waits 20 s at most for an answer */
int toy_nl_open(void);
/** toy_nl_req() - a request for whatever there is, by no number and no cookie */
struct toy_diag_req toy_nl_req(__u32 show);
/** toy_nl_req_of() - a request for this socket, by inode number and cookie */
struct toy_diag_req toy_nl_req_of(int sock, __u32 show);
/**
 * toy_nl_ask() - send a request of any shape and take its answer
 * @nl:		netlink socket
 * @type:	SOCK_DIAG_BY_FAMILY or SOCK_DESTROY
 * @flags:	NLM_F_*; NLM_F_REQUEST is added
 * @body:	what follows the netlink header
 * @len:	bytes of that
 * @each:	called for each socket that is shown; NULL
 * @arg:	for @each
 *
 * Returns: how many were shown, -1 and errno; EBADMSG: the answer is no message
 */
long toy_nl_ask(int nl, int type, int flags, const void *body, size_t len,
		void (*each)(const struct toy_seen *seen, void *arg),
		void *arg);
/** toy_nl_one() - look one socket up; -1 and errno */
int toy_nl_one(int nl, const struct toy_diag_req *req, struct toy_seen *seen);
/** toy_nl_dump() - look at all; how many, -1 and errno; @each as toy_nl_ask() */
long toy_nl_dump(int nl, const struct toy_diag_req *req,
		 void (*each)(const struct toy_seen *seen, void *arg),
		 void *arg);
/** toy_nl_destroy() - SOCK_DESTROY of one socket; -1 and errno */
int toy_nl_destroy(int nl, const struct toy_diag_req *req);
/** toy_inode() - the inode number of a socket, as /proc and netlink show it */
__u32 toy_inode(int sock);
/** toy_cookie() - its cookie */
__u64 toy_cookie(int sock);

/* ------------------------------------------------- many that are looked at */

/**
 * struct toy_crowd - sockets that live while others come and go
 * @n:		how many
 * @ino:	their inode numbers, ascending
 * @seen:	how often toy_crowd_see() saw each of them
 * @go:		the thread that makes and closes others is to go on
 * @kind:	of which kind they all are
 * @thread:	that thread
 */
struct toy_crowd {
	unsigned int n;
	__u32 *ino;
	unsigned char *seen;
	bool go;
	struct toy_kind kind;
	struct toy_thread thread;
};

/**
 * toy_crowd_make() - make @n sockets, or as many as RLIMIT_NOFILE can allow
 *
 * Their numbers have gaps. Returns: 0, -1 and errno
 */
int toy_crowd_make(struct toy_crowd *crowd, struct toy_kind kind,
		   unsigned int n);
/** toy_crowd_see() - a socket with this inode number was shown */
void toy_crowd_see(struct toy_crowd *crowd, __u32 ino);
/** toy_crowd_odd() - how many were not shown exactly once; and begin anew */
unsigned int toy_crowd_odd(struct toy_crowd *crowd);
/** toy_crowd_churn() - begin to make and close others in a thread */
int toy_crowd_churn(struct toy_crowd *crowd);
/** toy_crowd_still() - end that; returns how many that were */
long toy_crowd_still(struct toy_crowd *crowd);

#endif /* TOY_NETLINK_H */

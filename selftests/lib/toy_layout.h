/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers and layouts of linux/toy.h and linux/toy_diag.h, which are the same for
 * programs of 32 and of 64 bits, and never change: what is asserted may be added
 * to. Alone with the two headers this compiles for any machine by any compiler
 * that is told what static_assert is: then it includes nothing of a C library.
 */
#ifndef _TOY_LAYOUT_H
#define _TOY_LAYOUT_H

#include <linux/toy.h>		/* first: it has to stand alone */
#include <linux/toy_diag.h>

#include <stdalign.h>
#include <stddef.h>

#ifndef static_assert
#include <assert.h>		/* the C library's, which may be had for one size only */
#endif

static_assert(AF_TOY == 18, "family");
static_assert(PF_TOY == AF_TOY, "protocol family");
static_assert(SOL_TOY == 300, "option level");

static_assert(TOY_NODE_ANY == 0, "any node");
static_assert(TOY_NODE_LOOPBACK == 1, "loopback");
static_assert(TOY_NODE_BROADCAST == 0xffffffff, "broadcast");
static_assert(TOY_PORT_ANY == 0, "any port");
static_assert(TOY_PORT_PRIVILEGED == 1024, "privileged ports");

static_assert(sizeof(struct sockaddr_toy) == 8, "address");
static_assert(alignof(struct sockaddr_toy) == 4, "address alignment");
static_assert(offsetof(struct sockaddr_toy, stoy_family) == 0, "stoy_family");
static_assert(offsetof(struct sockaddr_toy, stoy_port) == 2, "stoy_port");
static_assert(offsetof(struct sockaddr_toy, stoy_node) == 4, "stoy_node");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_family) == 2, "family");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_port) == 2, "port");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_node) == 4, "node");

static_assert(TOY_NODELAY == 1, "option");
static_assert(TOY_KEEPIDLE == 2, "option");
static_assert(TOY_KEEPINTVL == 3, "option");
static_assert(TOY_KEEPCNT == 4, "option");
static_assert(TOY_USER_TIMEOUT == 5, "option");
static_assert(TOY_REUSEPORT == 6, "option");
static_assert(TOY_PASSCRED == 7, "option");
static_assert(TOY_FSMODE == 8, "option");
static_assert(TOY_LAST_ERROR == 9, "option");
static_assert(TOY_INFO == 10, "option");
static_assert(TOY_MAXSEG == 11, "option");

static_assert(TOY_DROPS == 16, "counters of drops");
static_assert(TOY_HISTOGRAM == 24, "columns of a histogram");
static_assert(sizeof(struct toy_info) == 328, "info");
static_assert(offsetof(struct toy_info, toyi_rtt) == 4, "toyi_rtt");
static_assert(offsetof(struct toy_info, toyi_drops) == 36, "toyi_drops");
static_assert(offsetof(struct toy_info, toyi_queue_delay) == 100, "queue delay");
static_assert(offsetof(struct toy_info, toyi_accept_wait) == 196, "accept wait");
static_assert(offsetof(struct toy_info, toyi_bytes_out) == 296, "bytes_out");
static_assert(offsetof(struct toy_info, toyi_segs_in) == 320, "segs_in");

static_assert(TOYFS_MAGIC == 0x544f5946, "file system");
static_assert(TOYIOC_GETSOCK == 0xf701, "ioctl");

static_assert(sizeof(struct toy_diag_req) == 24, "diag request");
static_assert(offsetof(struct toy_diag_req, tdiag_cookie) == 16, "its cookie");
static_assert(sizeof(struct toy_diag_msg) == 28, "diag message");
static_assert(offsetof(struct toy_diag_msg, tdiag_cookie) == 8, "cookie");
static_assert(offsetof(struct toy_diag_msg, tdiag_remote_port) == 26, "port");
static_assert(sizeof(struct toy_diag_queues) == 8, "diag queues");
static_assert(sizeof(struct toy_diag_timer) == 8, "diag timer");
static_assert(offsetof(struct toy_diag_timer, expires) == 4, "expires");

#endif /* _TOY_LAYOUT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket, as the kernel told of it.
 */
#ifndef TOYSS_SOCK_H
#define TOYSS_SOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/toy_diag.h>

/**
 * struct endpoint - one end of a conversation
 * @node:	0: any
 * @port:	0: none
 */
struct endpoint {
	uint32_t node;
	uint16_t port;
};

/**
 * struct sock - one answer of the kernel, taken apart
 * @type:	SOCK_*
 * @state:	TCP_*
 * @shutdown:	1: receives no more, 2: sends no more
 * @inode:	0: none
 * @cookie:	as SO_COOKIE
 * @local:	its address
 * @remote:	its peer's
 * @has:	bits (1 << TOY_DIAG_*) of the attributes that came; what did
 *		not come is 0 or NULL below
 * @id:		its directory in toyfs
 * @uid:	owner
 * @drops:	messages dropped on the way in
 * @peer_inode:	of the other end
 * @queues:	what waits
 * @meminfo:	by SK_MEMINFO_*
 * @timer:	that runs
 * @info:	all else
 * @backend:	name; lives as long as the message
 * @error:	last failure in words; lives as long as the message
 */
struct sock {
	uint8_t type;
	uint8_t state;
	uint8_t shutdown;
	uint32_t inode;
	uint64_t cookie;
	struct endpoint local;
	struct endpoint remote;
	uint32_t has;
	uint32_t id;
	uint32_t uid;
	uint32_t drops;
	uint32_t peer_inode;
	struct toy_diag_queues queues;
	uint32_t meminfo[SK_MEMINFO_VARS];
	struct toy_diag_timer timer;
	struct toy_info info;
	const char *backend;
	const char *error;
};

/* sock_has() - whether the attribute came: TOY_DIAG_* */
static inline bool sock_has(const struct sock *sock, int attr)
{
	return sock->has & (1U << attr);
}

/**
 * sock_parse() - take a message apart
 * @nlh:	a struct toy_diag_msg with attributes
 * @sock:	where to
 *
 * Attributes that are longer than they were are cut, those that are not known
 * are passed over: the kernel may be newer.
 *
 * Return: whether it made sense.
 */
bool sock_parse(const struct nlmsghdr *nlh, struct sock *sock);

#endif /* TOYSS_SOCK_H */

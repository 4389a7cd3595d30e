// SPDX-License-Identifier: GPL-2.0-only
/* proto_ops.bind() takes a struct sockaddr_unsized (6.19). */
#include <linux/net.h>
#include <net/sock.h>

static int probe_bind(struct socket *sock, struct sockaddr_unsized *addr,
		      int addr_len)
{
	return addr_len;
}

extern const struct proto_ops probe;
const struct proto_ops probe = { .bind = probe_bind };

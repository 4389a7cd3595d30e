// SPDX-License-Identifier: GPL-2.0-only
/* proto_ops.accept() takes a struct proto_accept_arg (6.10). */
#include <linux/net.h>
#include <net/sock.h>

static int probe_accept(struct socket *sock, struct socket *newsock,
			struct proto_accept_arg *arg)
{
	return arg->flags;
}

extern const struct proto_ops probe;
const struct proto_ops probe = { .accept = probe_accept };

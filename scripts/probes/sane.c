// SPDX-License-Identifier: GPL-2.0-only
/* Has to compile everywhere: tells a broken set-up from an absent feature. */
#include <linux/net.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/sock.h>

int probe(struct socket *sock);
int probe(struct socket *sock)
{
	return sock->type;
}

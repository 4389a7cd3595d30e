// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Ethernet backend: what it does for a socket.
 */
#include "backend.h"
#include "ether.h"
#include "local.h"

static int ether_connect(struct sock *sk, const struct toy_addr *to, int flags)
{
	return -ENETUNREACH;
}

static ssize_t ether_send_stream(struct sock *sk, struct msghdr *msg,
				 size_t len, const struct toy_creds *creds)
{
	return -ENOTCONN;
}

static void ether_drained(struct sock *sk)
{
}

/* What a device has is out of our hands, and memory in flight is all there is. */
static bool ether_writable(const struct sock *sk)
{
	return toy_sock_has_room(sk);
}

static int ether_unread(struct sock *sk)
{
	return sk_wmem_alloc_get(sk);
}

/* A datagram socket ends as on the local backend: it owes nobody anything. */
const struct toy_backend toy_ethernet = {
	.name		= "ether",
	.connect	= ether_connect,
	.send_stream	= ether_send_stream,
	.send_message	= toy_ether_send_message,
	.drained	= ether_drained,
	.shutdown	= toy_local_shutdown,
	.close		= toy_local_close,
	.writable	= ether_writable,
	.unread		= ether_unread,
};

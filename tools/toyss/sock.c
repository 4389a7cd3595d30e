// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the kernel's answers apart.
 */
#include <string.h>

#include "sock.h"

/* At least so many bytes, and no more than there is room for. */
static bool take(const struct nlattr *attr, void *to, size_t room,
		 size_t least)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len < least)
		return false;
	memcpy(to, mnl_attr_get_payload(attr), len < room ? len : room);
	return true;
}

static bool take_u32(const struct nlattr *attr, uint32_t *to)
{
	return take(attr, to, sizeof(*to), sizeof(*to));
}

static bool take_text(const struct nlattr *attr, const char **to)
{
	size_t len = mnl_attr_get_payload_len(attr);

	*to = mnl_attr_get_str(attr);
	return len && !(*to)[len - 1];
}

static bool attr_take(const struct nlattr *attr, struct sock *sock)
{
	switch (mnl_attr_get_type(attr)) {
	case TOY_DIAG_ID:
		return take_u32(attr, &sock->id);
	case TOY_DIAG_UID:
		return take_u32(attr, &sock->uid);
	case TOY_DIAG_DROPS:
		return take_u32(attr, &sock->drops);
	case TOY_DIAG_PEER_INODE:
		return take_u32(attr, &sock->peer_inode);
	case TOY_DIAG_QUEUES:
		return take(attr, &sock->queues, sizeof(sock->queues),
			    sizeof(sock->queues));
	case TOY_DIAG_MEMINFO:
		return take(attr, sock->meminfo, sizeof(sock->meminfo), 1);
	case TOY_DIAG_TIMER:
		return take(attr, &sock->timer, sizeof(sock->timer),
			    sizeof(sock->timer));
	case TOY_DIAG_INFO:
		return take(attr, &sock->info, sizeof(sock->info), 1);
	case TOY_DIAG_BACKEND:
		return take_text(attr, &sock->backend);
	case TOY_DIAG_LAST_ERROR:
		return take_text(attr, &sock->error);
	default:
		return true;
	}
}

bool sock_parse(const struct nlmsghdr *nlh, struct sock *sock)
{
	const struct toy_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return false;
	*sock = (struct sock) {
		.type		= msg->tdiag_type,
		.state		= msg->tdiag_state,
		.shutdown	= msg->tdiag_shutdown,
		.inode		= msg->tdiag_ino,
		.cookie		= (uint64_t)msg->tdiag_cookie[1] << 32 |
				  msg->tdiag_cookie[0],
		.local.node	= msg->tdiag_local_node,
		.local.port	= msg->tdiag_local_port,
		.remote.node	= msg->tdiag_remote_node,
		.remote.port	= msg->tdiag_remote_port,
	};
	mnl_attr_for_each(attr, nlh, sizeof(*msg)) {
		if (!attr_take(attr, sock))
			return false;
		if (mnl_attr_get_type(attr) <= TOY_DIAG_MAX)
			sock->has |= 1U << mnl_attr_get_type(attr);
	}
	return true;
}

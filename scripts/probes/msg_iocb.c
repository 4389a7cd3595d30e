// SPDX-License-Identifier: GPL-2.0-only
/* struct msghdr has msg_iocb (it is gone in 7.3). */
#include <linux/socket.h>

bool probe(const struct msghdr *msg);
bool probe(const struct msghdr *msg)
{
	return msg->msg_iocb;
}

// SPDX-License-Identifier: GPL-2.0-only
/* SO_PASSCRED is a bit in socket.flags (up to 6.15). */
#include <linux/net.h>

int probe(struct socket *sock);
int probe(struct socket *sock)
{
	return test_bit(SOCK_PASSCRED, &sock->flags);
}

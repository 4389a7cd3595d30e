// SPDX-License-Identifier: GPL-2.0-only
/* proto_ops has sendpage (up to 6.4). */
#include <linux/net.h>
#include <net/sock.h>

extern const struct proto_ops probe;
const struct proto_ops probe = { .sendpage = sock_no_sendpage };

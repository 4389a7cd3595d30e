// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_TOY: the order in which the module comes and goes.
 */
#include <linux/module.h>

#include "backend/backend.h"
#include "core/net.h"
#include "core/sock.h"
#include "fs/toyfs.h"
#include "inspect/inspect.h"
#include "sock/ops.h"

static int __init toy_init(void)
{
	int err;

	err = toy_proto_register();
	if (err)
		return err;
	err = toy_net_register();
	if (err)
		goto unregister_proto;
	err = toy_ether_register();
	if (err)
		goto unregister_net;
	err = toy_procfs_register();
	if (err)
		goto unregister_ether;
	err = toy_diag_register();
	if (err)
		goto unregister_procfs;
	/* Late: from here on programs make sockets, and then mounts of them. */
	err = toy_family_register();
	if (err)
		goto unregister_diag;
	err = toyfs_register();
	if (err)
		goto unregister_family;
	return 0;

unregister_family:
	toy_family_unregister();
unregister_diag:
	toy_diag_unregister();
unregister_procfs:
	toy_procfs_unregister();
unregister_ether:
	toy_ether_unregister();
unregister_net:
	toy_net_unregister();
unregister_proto:
	toy_proto_unregister();
	return err;
}

static void __exit toy_exit(void)
{
	toyfs_unregister();
	toy_family_unregister();
	toy_diag_unregister();
	toy_procfs_unregister();
	toy_ether_unregister();
	toy_net_unregister();
	/* The slab waits for the look-ups that may still see its sockets. */
	toy_proto_unregister();
}

module_init(toy_init);
module_exit(toy_exit);

MODULE_DESCRIPTION("AF_TOY socket family");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NETPROTO(AF_TOY);

// SPDX-License-Identifier: GPL-2.0-only
/* Inode operations take a struct mnt_idmap (6.3). */
#include <linux/fs.h>

static int probe_permission(struct mnt_idmap *idmap, struct inode *inode,
			    int mask)
{
	return generic_permission(idmap, inode, mask);
}

extern const struct inode_operations probe;
const struct inode_operations probe = { .permission = probe_permission };

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inodes: what each of them is, who may do what with it.
 *
 * Owner and mode of a conversation's inodes are the conversation's, whatever
 * inode they were changed through: each look at an inode brings it up to date.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include "../core/rxq.h"
#include "toyfs.h"

static const struct inode_operations toyfs_file_iops;
static const struct inode_operations toyfs_fixed_dir_iops;
static const struct inode_operations toyfs_type_dir_iops;
static const struct inode_operations toyfs_conv_dir_iops;
static const struct inode_operations toyfs_dial_dir_iops;

/**
 * struct toyfs_kind - what there is to know of an inode
 * @mode:	type and permissions; ctl, data and listen have their own
 * @iops:	inode operations, NULL for those of a file
 * @fops:	file operations
 */
struct toyfs_kind {
	umode_t				mode;
	const struct inode_operations	*iops;
	const struct file_operations	*fops;
};

static const struct toyfs_kind toyfs_kinds[TOYFS_NODE_MAX] = {
	[TOYFS_ROOT]	 = { S_IFDIR | 0555, &toyfs_fixed_dir_iops,
			     &simple_dir_operations },
	[TOYFS_ROOT_CTL] = { S_IFIFO | 0600, NULL, &toyfs_root_ctl_fops },
	[TOYFS_LINKS]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_NEIGH]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_STATS]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_EVENTS]	 = { S_IFIFO | 0444, NULL, &toyfs_events_fops },
	[TOYFS_STREAM]	 = { S_IFDIR | 0555, &toyfs_type_dir_iops,
			     &toyfs_type_dir_fops },
	[TOYFS_SEQPACKET] = { S_IFDIR | 0555, &toyfs_type_dir_iops,
			     &toyfs_type_dir_fops },
	[TOYFS_DGRAM]	 = { S_IFDIR | 0555, &toyfs_type_dir_iops,
			     &toyfs_type_dir_fops },
	[TOYFS_RAW]	 = { S_IFDIR | 0555, &toyfs_type_dir_iops,
			     &toyfs_type_dir_fops },
	[TOYFS_STREAM_CLONE] = { S_IFIFO | 0666, NULL, &toyfs_clone_fops },
	[TOYFS_SEQPACKET_CLONE] = { S_IFIFO | 0666, NULL, &toyfs_clone_fops },
	[TOYFS_DGRAM_CLONE] = { S_IFIFO | 0666, NULL, &toyfs_clone_fops },
	[TOYFS_RAW_CLONE] = { S_IFIFO | 0666, NULL, &toyfs_clone_fops },
	[TOYFS_STREAM_DIAL] = { S_IFDIR | 0555, &toyfs_dial_dir_iops,
			     &toyfs_dial_dir_fops },
	[TOYFS_SEQPACKET_DIAL] = { S_IFDIR | 0555, &toyfs_dial_dir_iops,
			     &toyfs_dial_dir_fops },
	[TOYFS_DGRAM_DIAL] = { S_IFDIR | 0555, &toyfs_dial_dir_iops,
			     &toyfs_dial_dir_fops },
	[TOYFS_STREAM_DIAL_ERR] = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_SEQPACKET_DIAL_ERR] = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_DGRAM_DIAL_ERR] = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_STREAM_ADDRESS] = { S_IFIFO | 0666, NULL, &toyfs_address_fops },
	[TOYFS_SEQPACKET_ADDRESS] = { S_IFIFO | 0666, NULL,
			     &toyfs_address_fops },
	[TOYFS_DGRAM_ADDRESS] = { S_IFIFO | 0666, NULL, &toyfs_address_fops },
	[TOYFS_CONV]	 = { S_IFDIR | 0555, &toyfs_conv_dir_iops,
			     &toyfs_conv_dir_fops },
	[TOYFS_CTL]	 = { S_IFIFO, NULL, &toyfs_ctl_fops },
	[TOYFS_DATA]	 = { S_IFIFO, NULL, &toyfs_data_fops },
	[TOYFS_LISTEN]	 = { S_IFIFO, NULL, &toyfs_listen_fops },
	[TOYFS_LOCAL]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_REMOTE]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_STATUS]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
	[TOYFS_ERR]	 = { S_IFREG | 0444, NULL, &toyfs_info_fops },
};

/* Whether an inode is the socket: ctl, data or listen. */
static bool toyfs_is_socket(const struct inode *inode)
{
	enum toyfs_node node = toyfs_node(inode);

	return node >= TOYFS_CTL && node <= TOYFS_LISTEN;
}

/* Owner and mode are the conversation's. */
static void toyfs_inode_refresh(struct inode *inode)
{
	struct toy_conv *conv = toyfs_conv(inode);
	umode_t mode = inode->i_mode;
	struct toy_conv_view view;

	if (!conv)
		return;
	toy_conv_look(conv, &view);
	if (toyfs_is_socket(inode))
		mode = (mode & S_IFMT) | view.mode;
	/* Not written without need: others may read them at this moment. */
	if (!uid_eq(inode->i_uid, view.uid))
		inode->i_uid = view.uid;
	if (!gid_eq(inode->i_gid, view.gid))
		inode->i_gid = view.gid;
	if (inode->i_mode != mode)
		inode->i_mode = mode;
}

/* Root of the super block's user namespace, or of all where that has none. */
static void toyfs_inode_own(struct inode *inode)
{
	inode->i_uid = make_kuid(inode->i_sb->s_user_ns, 0);
	if (!uid_valid(inode->i_uid))
		inode->i_uid = GLOBAL_ROOT_UID;
	inode->i_gid = make_kgid(inode->i_sb->s_user_ns, 0);
	if (!gid_valid(inode->i_gid))
		inode->i_gid = GLOBAL_ROOT_GID;
}

/**
 * toyfs_inode_new() - make an inode
 * @sb:		super block
 * @node:	what it is
 * @conv:	conversation it belongs to, of which it takes a reference; NULL
 *
 * Context: may sleep.
 * Return: the inode; NULL.
 */
struct inode *toyfs_inode_new(struct super_block *sb, enum toyfs_node node,
			      struct toy_conv *conv)
{
	const struct toyfs_kind *kind = &toyfs_kinds[node];
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = toyfs_ino(node, conv ? conv->id : 0);
	inode->i_mode = kind->mode;
	inode->i_op = kind->iops ?: &toyfs_file_iops;
	inode->i_fop = kind->fops;
	toyfs_inode_own(inode);
	toy_compat_init_times(inode);
	if (conv) {
		refcount_inc(&conv->ref);
		inode->i_private = conv;
	}
	toyfs_inode_refresh(inode);
	return inode;
}

/* ---- who may ---- */

/**
 * toyfs_may_enter() - whether the caller may open a socket here
 * @inode:	clone, ctl, data, listen, an address
 *
 * A mount that a process brought along when it was put into another network
 * namespace is no way out of it.
 *
 * Return: 0; -EACCES.
 */
int toyfs_may_enter(const struct inode *inode)
{
	const struct toyfs_info *info = toyfs_info(inode->i_sb);

	if (READ_ONCE(info->foreign) ||
	    net_eq(current->nsproxy->net_ns, info->net))
		return 0;
	return -EACCES;
}

/**
 * toyfs_sees_all() - whether the caller may see everybody's sockets
 * @info:	of the super block
 */
bool toyfs_sees_all(const struct toyfs_info *info)
{
	return !READ_ONCE(info->hide) ||
	       ns_capable_noaudit(info->net->user_ns, CAP_NET_ADMIN);
}

/**
 * toyfs_may_see() - whether the caller may see a socket
 * @info:	of the super block
 * @owner:	whose socket it is
 */
bool toyfs_may_see(const struct toyfs_info *info, kuid_t owner)
{
	return !READ_ONCE(info->hide) || uid_eq(owner, current_fsuid()) ||
	       toyfs_sees_all(info);
}

/*
 * Whether the caller may open ctl, data or listen. Not by what the inode says:
 * two who bring it up to date at once may leave the mode of one time with the
 * owner of another.
 */
static int toyfs_may_open(const struct inode *inode, int mask)
{
	struct user_namespace *ns = inode->i_sb->s_user_ns;
	struct toy_conv_view view;
	umode_t mode;

	toy_conv_look(toyfs_conv(inode), &view);
	if (!view.openable)
		return -EPERM;
	mode = view.mode;
	if (uid_eq(current_fsuid(), view.uid))
		mode >>= 6;
	else if (in_group_p(view.gid))
		mode >>= 3;
	if (!(mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC)))
		return 0;
	if (!(mask & MAY_EXEC) && kuid_has_mapping(ns, view.uid) &&
	    kgid_has_mapping(ns, view.gid) && ns_capable(ns, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

static int toyfs_permission(struct toy_idmap *idmap, struct inode *inode,
			    int mask)
{
	if (toyfs_conv(inode)) {
		/* It is brought up to date under locks of its own. */
		if (mask & MAY_NOT_BLOCK)
			return -ECHILD;
		if (toyfs_is_socket(inode))
			return toyfs_may_open(inode, mask);
		toyfs_inode_refresh(inode);
	}
	if (mask & MAY_WRITE && !S_ISDIR(inode->i_mode) &&
	    !inode->i_fop->write_iter)
		return -EACCES;
	return generic_permission(idmap, inode, mask);
}

/* ---- what it looks like ---- */

/* stat(2): the size of data is what can be read now. */
static int toyfs_getattr(struct toy_idmap *idmap, const struct path *path,
			 struct kstat *stat, u32 request_mask,
			 unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct toy_conv *conv = toyfs_conv(inode);
	struct sock *sk;

	toyfs_inode_refresh(inode);
	toy_fillattr(idmap, request_mask, inode, stat);
	if (toyfs_node(inode) != TOYFS_DATA)
		return 0;
	sk = toy_conv_sock(conv);
	if (sk) {
		stat->size = toy_rxq_next_bytes(sk);
		sock_put(sk);
	}
	return 0;
}

/* chmod(2) of a conversation is of ctl, data and listen. */
static int toyfs_chmod(struct inode *inode, umode_t mode)
{
	if (!toyfs_is_socket(inode))
		return -EPERM;
	return toy_conv_chmod(toyfs_conv(inode), mode & TOY_CONV_MODES);
}

static int toyfs_chown(struct inode *inode, const struct iattr *attr)
{
	kuid_t uid = attr->ia_valid & ATTR_UID ? attr->ia_uid : INVALID_UID;
	kgid_t gid = attr->ia_valid & ATTR_GID ? attr->ia_gid : INVALID_GID;

	if (!toyfs_conv(inode))
		return -EPERM;
	return toy_conv_chown(toyfs_conv(inode), uid, gid);
}

static int toyfs_setattr(struct toy_idmap *idmap, struct dentry *dentry,
			 struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err;

	toyfs_inode_refresh(inode);
	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	if (attr->ia_valid & ATTR_SIZE)
		return -EPERM;
	if (attr->ia_valid & (ATTR_UID | ATTR_GID)) {
		err = toyfs_chown(inode, attr);
		if (err)
			return err;
		/* What notify_change() adds: there are no such bits here. */
		attr->ia_valid &= ~ATTR_MODE;
	}
	if (attr->ia_valid & ATTR_MODE) {
		err = toyfs_chmod(inode, attr->ia_mode);
		if (err)
			return err;
	}
	toyfs_inode_refresh(inode);
	return 0;
}

static const struct inode_operations toyfs_file_iops = {
	.permission	= toyfs_permission,
	.getattr	= toyfs_getattr,
	.setattr	= toyfs_setattr,
};

static const struct inode_operations toyfs_fixed_dir_iops = {
	.lookup		= toyfs_no_lookup,
	.permission	= toyfs_permission,
	.getattr	= toyfs_getattr,
	.setattr	= toyfs_setattr,
};

static const struct inode_operations toyfs_type_dir_iops = {
	.lookup		= toyfs_type_lookup,
	.permission	= toyfs_permission,
	.getattr	= toyfs_getattr,
	.setattr	= toyfs_setattr,
};

static const struct inode_operations toyfs_conv_dir_iops = {
	.lookup		= toyfs_conv_lookup,
	.permission	= toyfs_permission,
	.getattr	= toyfs_getattr,
	.setattr	= toyfs_setattr,
};

static const struct inode_operations toyfs_dial_dir_iops = {
	.lookup		= toyfs_dial_lookup,
	.permission	= toyfs_permission,
	.getattr	= toyfs_getattr,
	.setattr	= toyfs_setattr,
};

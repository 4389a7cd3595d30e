// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root's ctl: commands about nodes and links.
 *
 * Reading it gives the namespace's node id.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "../backend/backend.h"
#include "../proto/addr.h"
#include "ctl.h"
#include "lines.h"

static int toyfs_root_node(const struct toyfs_call *call)
{
	long long node;
	int err;

	err = toyfs_number(call->argv[1], &node);
	if (err)
		return err;
	if (node < 0 || node > U32_MAX || !toy_node_valid_own(node))
		return -EINVAL;
	toy_net_set_node(call->net, node);
	return 0;
}

static int toyfs_root_link(const struct toyfs_call *call)
{
	if (!strcmp(call->argv[1], "add"))
		return toy_link_add(call->net, call->argv[2]);
	if (!strcmp(call->argv[1], "del"))
		return toy_link_del(call->net, call->argv[2]);
	return -EINVAL;
}

static int toyfs_root_neigh(const struct toyfs_call *call)
{
	if (strcmp(call->argv[1], "flush"))
		return -EINVAL;
	toy_neigh_flush(call->net);
	return 0;
}

static const struct toyfs_command toyfs_root_commands[] = {
	{ "node",	2, 2, toyfs_root_node },
	{ "link",	3, 3, toyfs_root_link },
	{ "neigh",	2, 2, toyfs_root_neigh },
};

static int toyfs_root_run(struct toyfs_call *call)
{
	const struct toyfs_command *command;

	if (call->argc < 0)
		return call->argc;
	command = toyfs_command_find(toyfs_root_commands,
				     ARRAY_SIZE(toyfs_root_commands), call);
	return command ? command->run(call) : -EINVAL;
}

static ssize_t toyfs_root_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	const struct toyfs_info *info = toyfs_info(file_inode(file)->i_sb);
	struct toyfs_ctl *ctl = file->private_data;
	struct toyfs_call call = { .net = info->net };

	if (!file_ns_capable(file, info->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(ctl->cursor, 0);
	return toyfs_lines_run(&call, from, toyfs_root_run);
}

static ssize_t toyfs_root_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct net *net = toyfs_info(file_inode(file)->i_sb)->net;

	return toyfs_ctl_read_number(file->private_data,
				     READ_ONCE(toy_net(net)->node), to);
}

static int toyfs_root_open(struct inode *inode, struct file *file)
{
	struct toyfs_ctl *ctl = toyfs_ctl_alloc(inode);

	if (IS_ERR(ctl))
		return PTR_ERR(ctl);
	file->private_data = ctl;
	return stream_open(inode, file);
}

static int toyfs_root_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

const struct file_operations toyfs_root_ctl_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_root_open,
	.release	= toyfs_root_release,
	.read_iter	= toyfs_root_read,
	.write_iter	= toyfs_root_write,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The super block: one for each network namespace, its options, the fixed part
 * of the tree.
 */
#include <linux/dcache.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/statfs.h>
#include <linux/user_namespace.h>

#include "toyfs.h"

#define TOYFS_MODE_DEFAULT	0600

/**
 * struct toyfs_request - what a mount asks for
 * @info:	the options, as they would be
 * @given:	bits by enum toyfs_param: those that were named
 */
struct toyfs_request {
	struct toyfs_info	info;
	unsigned long		given;
};

enum toyfs_param {
	TOYFS_PARAM_GID,
	TOYFS_PARAM_MODE,
	TOYFS_PARAM_HIDE,
	TOYFS_PARAM_FOREIGN,
};

static const struct fs_parameter_spec toyfs_params[] = {
	fsparam_u32("gid", TOYFS_PARAM_GID),
	fsparam_u32oct("mode", TOYFS_PARAM_MODE),
	fsparam_u32("hide", TOYFS_PARAM_HIDE),
	fsparam_flag_no("foreign", TOYFS_PARAM_FOREIGN),
	{}
};

static int toyfs_parse_gid(struct fs_context *fc, struct toyfs_info *info,
			   u32 number)
{
	kgid_t gid = make_kgid(current_user_ns(), number);

	if (!gid_valid(gid) || !kgid_has_mapping(fc->user_ns, gid))
		return invalf(fc, "toyfs: gid=%u is no group here", number);
	info->gid = gid;
	return 0;
}

static int toyfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct toyfs_request *request = fc->fs_private;
	struct toyfs_info *info = &request->info;
	struct fs_parse_result result;
	int opt, err = 0;

	opt = fs_parse(fc, toyfs_params, param, &result);
	if (opt < 0)
		return opt;
	switch ((enum toyfs_param)opt) {
	case TOYFS_PARAM_GID:
		err = toyfs_parse_gid(fc, info, result.uint_32);
		break;
	case TOYFS_PARAM_MODE:
		if (result.uint_32 & ~TOY_CONV_MODES)
			return invalf(fc, "toyfs: mode= is of the bits 0666");
		info->mode = result.uint_32;
		break;
	case TOYFS_PARAM_HIDE:
		if (result.uint_32 > 1)
			return invalf(fc, "toyfs: hide= is 0 or 1");
		info->hide = result.uint_32;
		break;
	case TOYFS_PARAM_FOREIGN:
		info->foreign = !result.negated;
		break;
	}
	if (!err)
		__set_bit(opt, &request->given);
	return err;
}

/* ---- a super block ---- */

/* The fixed entries, each after the directory that it is in. */
static const struct {
	const char	*name;
	enum toyfs_node	node;
	enum toyfs_node	dir;
} toyfs_fixed[] = {
	{ "ctl",	TOYFS_ROOT_CTL,		  TOYFS_ROOT },
	{ "links",	TOYFS_LINKS,		  TOYFS_ROOT },
	{ "neigh",	TOYFS_NEIGH,		  TOYFS_ROOT },
	{ "stats",	TOYFS_STATS,		  TOYFS_ROOT },
	{ "events",	TOYFS_EVENTS,		  TOYFS_ROOT },
	{ "stream",	TOYFS_STREAM,		  TOYFS_ROOT },
	{ "clone",	TOYFS_STREAM_CLONE,	  TOYFS_STREAM },
	{ "dial",	TOYFS_STREAM_DIAL,	  TOYFS_STREAM },
	{ "err",	TOYFS_STREAM_DIAL_ERR,	  TOYFS_STREAM_DIAL },
	{ "seqpacket",	TOYFS_SEQPACKET,	  TOYFS_ROOT },
	{ "clone",	TOYFS_SEQPACKET_CLONE,	  TOYFS_SEQPACKET },
	{ "dial",	TOYFS_SEQPACKET_DIAL,	  TOYFS_SEQPACKET },
	{ "err",	TOYFS_SEQPACKET_DIAL_ERR, TOYFS_SEQPACKET_DIAL },
	{ "dgram",	TOYFS_DGRAM,		  TOYFS_ROOT },
	{ "clone",	TOYFS_DGRAM_CLONE,	  TOYFS_DGRAM },
	{ "dial",	TOYFS_DGRAM_DIAL,	  TOYFS_DGRAM },
	{ "err",	TOYFS_DGRAM_DIAL_ERR,	  TOYFS_DGRAM_DIAL },
	{ "raw",	TOYFS_RAW,		  TOYFS_ROOT },
	{ "clone",	TOYFS_RAW_CLONE,	  TOYFS_RAW },
};

/* Make one fixed entry; its dentry stays until the super block goes. */
static struct dentry *toyfs_fix(struct super_block *sb, struct dentry *parent,
				const char *name, enum toyfs_node node)
{
	struct dentry *dentry = d_alloc_name(parent, name);
	struct inode *inode;

	if (!dentry)
		return NULL;
	inode = toyfs_inode_new(sb, node, NULL);
	if (!inode) {
		dput(dentry);
		return NULL;
	}
	toy_compat_pin(dentry, inode);
	return dentry;
}

static void toyfs_evict_inode(struct inode *inode)
{
	clear_inode(inode);
	/* Path walks under RCU may still read the pointer. */
	toy_conv_put(toyfs_conv(inode));
}

static int toyfs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct toyfs_info *info = toyfs_info(root->d_sb);

	if (gid_valid(info->gid))
		seq_printf(m, ",gid=%u",
			   from_kgid_munged(&init_user_ns, info->gid));
	if (info->mode != TOYFS_MODE_DEFAULT)
		seq_printf(m, ",mode=%04o", info->mode);
	if (info->hide)
		seq_puts(m, ",hide=1");
	if (info->foreign)
		seq_puts(m, ",foreign");
	return 0;
}

static const struct super_operations toyfs_super_ops = {
	.statfs		= simple_statfs,
	.drop_inode	= toy_drop_inode,
	.evict_inode	= toyfs_evict_inode,
	.show_options	= toyfs_show_options,
};

static int toyfs_fill_super(struct super_block *sb)
{
	struct dentry *made[TOYFS_NODE_MAX];
	struct dentry *dentry;
	struct inode *root;
	int i;

	sb->s_magic = TOYFS_MAGIC;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	/* Positions in a directory are numbers of sockets. */
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	sb->s_op = &toyfs_super_ops;
	toy_compat_set_d_op(sb, &toyfs_dentry_ops);

	root = toyfs_inode_new(sb, TOYFS_ROOT, NULL);
	sb->s_root = d_make_root(root);
	if (!sb->s_root)
		return -ENOMEM;
	made[TOYFS_ROOT] = sb->s_root;
	for (i = 0; i < ARRAY_SIZE(toyfs_fixed); i++) {
		dentry = toyfs_fix(sb, made[toyfs_fixed[i].dir],
				   toyfs_fixed[i].name, toyfs_fixed[i].node);
		if (!dentry)
			return -ENOMEM;
		made[toyfs_fixed[i].node] = dentry;
	}
	sb->s_flags |= SB_ACTIVE;
	return 0;
}

/* ---- mounting ---- */

static int toyfs_same_net(struct super_block *sb, struct fs_context *fc)
{
	const struct toyfs_info *wanted = fc->s_fs_info;

	return net_eq(toyfs_info(sb)->net, wanted->net);
}

/* Whether a second mount asks for what the first one has. */
static bool toyfs_agrees(const struct toyfs_info *info,
			 const struct toyfs_request *request)
{
	const struct toyfs_info *wanted = &request->info;

	if (test_bit(TOYFS_PARAM_GID, &request->given) &&
	    !gid_eq(info->gid, wanted->gid))
		return false;
	if (test_bit(TOYFS_PARAM_MODE, &request->given) &&
	    info->mode != wanted->mode)
		return false;
	if (test_bit(TOYFS_PARAM_HIDE, &request->given) &&
	    info->hide != wanted->hide)
		return false;
	return !test_bit(TOYFS_PARAM_FOREIGN, &request->given) ||
	       info->foreign == wanted->foreign;
}

static void toyfs_info_free(struct toyfs_info *info)
{
	toyfs_words_free(&info->words);
	put_net(info->net);
	kfree_rcu(info, rcu);
}

static int toyfs_get_tree(struct fs_context *fc)
{
	struct toyfs_request *request = fc->fs_private;
	struct toyfs_info *info;
	struct super_block *sb;
	int err = 0;

	info = kmemdup(&request->info, sizeof(*info), GFP_KERNEL_ACCOUNT);
	if (!info)
		return -ENOMEM;
	info->net = get_net(fc->net_ns);
	toyfs_words_init(&info->words);
	fc->s_fs_info = info;
	/* A new super block takes the info over. */
	sb = sget_fc(fc, toyfs_same_net, set_anon_super_fc);
	if (fc->s_fs_info) {
		toyfs_info_free(info);
		fc->s_fs_info = NULL;
	}
	if (IS_ERR(sb))
		return PTR_ERR(sb);

	if (!sb->s_root)
		err = toyfs_fill_super(sb);
	else if (!toyfs_agrees(toyfs_info(sb), request))
		err = -EBUSY;
	if (err) {
		if (err == -EBUSY)
			errorf(fc, "toyfs: mounted with other options");
		deactivate_locked_super(sb);
		return err;
	}
	fc->root = dget(sb->s_root);
	return 0;
}

/* remount: the options that were named change. */
static int toyfs_reconfigure(struct fs_context *fc)
{
	struct toyfs_info *info = toyfs_info(fc->root->d_sb);
	const struct toyfs_request *request = fc->fs_private;

	if (test_bit(TOYFS_PARAM_GID, &request->given))
		WRITE_ONCE(info->gid, request->info.gid);
	if (test_bit(TOYFS_PARAM_MODE, &request->given))
		WRITE_ONCE(info->mode, request->info.mode);
	if (test_bit(TOYFS_PARAM_HIDE, &request->given))
		WRITE_ONCE(info->hide, request->info.hide);
	if (test_bit(TOYFS_PARAM_FOREIGN, &request->given))
		WRITE_ONCE(info->foreign, request->info.foreign);
	return 0;
}

static void toyfs_free_context(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations toyfs_context_ops = {
	.parse_param	= toyfs_parse_param,
	.get_tree	= toyfs_get_tree,
	.reconfigure	= toyfs_reconfigure,
	.free		= toyfs_free_context,
};

static int toyfs_init_context(struct fs_context *fc)
{
	struct toyfs_request *request;

	request = kzalloc(sizeof(*request), GFP_KERNEL_ACCOUNT);
	if (!request)
		return -ENOMEM;
	request->info.mode = TOYFS_MODE_DEFAULT;
	request->info.gid = INVALID_GID;
	/* Who may mount is who rules the network namespace. */
	if (fc->purpose != FS_CONTEXT_FOR_RECONFIGURE) {
		put_user_ns(fc->user_ns);
		fc->user_ns = get_user_ns(fc->net_ns->user_ns);
	}
	fc->fs_private = request;
	fc->ops = &toyfs_context_ops;
	return 0;
}

static void toyfs_kill_super(struct super_block *sb)
{
	struct toyfs_info *info = toyfs_info(sb);

	toy_kill_pinned_super(sb);
	toyfs_info_free(info);
}

static struct file_system_type toyfs_type = {
	.owner			= THIS_MODULE,
	.name			= "toyfs",
	.init_fs_context	= toyfs_init_context,
	.parameters		= toyfs_params,
	.kill_sb		= toyfs_kill_super,
	.fs_flags		= FS_USERNS_MOUNT,
};
MODULE_ALIAS_FS("toyfs");

/**
 * toyfs_register() - let toyfs be mounted
 *
 * Return: 0; -EBUSY: there is a file system of that name.
 */
int toyfs_register(void)
{
	return register_filesystem(&toyfs_type);
}

/**
 * toyfs_unregister() - no longer; nothing is mounted
 */
void toyfs_unregister(void)
{
	unregister_filesystem(&toyfs_type);
}

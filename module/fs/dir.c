// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directories: sockets come and go, names and inodes are made when asked for.
 *
 * No dentry of a conversation or an address stays once nobody uses it, and none
 * says that there is no such name: a socket that appears needs nobody to tell the
 * dcache.
 */
#include <linux/ctype.h>
#include <linux/dcache.h>
#include <linux/namei.h>

#include "../core/registry.h"
#include "toyfs.h"

/* ---- names ---- */

/* Whether the name is to be made, and not by opening it. */
static bool toyfs_makes_name(unsigned int flags)
{
	return flags & (LOOKUP_CREATE | LOOKUP_RENAME_TARGET) &&
	       !(flags & LOOKUP_OPEN);
}

static bool toyfs_may_see_conv(const struct toyfs_info *info,
			       struct toy_conv *conv)
{
	struct toy_conv_view view;

	toy_conv_look(conv, &view);
	return toyfs_may_see(info, view.uid);
}

/*
 * Whether a name that was looked up before still is what it was. May be called
 * in a path walk under RCU, where the inode may be gone from under us; what it
 * points to is freed after a grace period.
 */
static int toyfs_d_revalidate(TOY_REVALIDATE_ARGS)
{
	struct inode *inode = d_inode_rcu(dentry);
	struct toy_conv *conv;

	/* A name that was about to be made, and was not. */
	if (!inode)
		return flags & LOOKUP_RCU ? -ECHILD : 0;
	/* Who will wait for nothing (RESOLVE_CACHED) shall not dial. */
	if (toyfs_is_address(inode) && flags & LOOKUP_RCU)
		return -ECHILD;
	conv = toyfs_conv(inode);
	if (!conv)
		return 1;
	if (READ_ONCE(conv->gone))
		return 0;
	if (!READ_ONCE(toyfs_info(dentry->d_sb)->hide))
		return 1;
	/* Whether the caller has a capability is asked where one may sleep. */
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (toyfs_may_see_conv(toyfs_info(dentry->d_sb), conv))
		return 1;
	/* What who would make a name that is not there is told, too. */
	return toyfs_makes_name(flags) ? -EACCES : -ENOENT;
}

/* The fixed entries are held by their super block; the others are not kept. */
static int toyfs_d_delete(const struct dentry *dentry)
{
	return 1;
}

const struct dentry_operations toyfs_dentry_ops = {
	.d_revalidate	= toyfs_d_revalidate,
	.d_delete	= toyfs_d_delete,
};

/**
 * toyfs_no_lookup() - there is no such name
 * @dir:	directory
 * @dentry:	name in it
 * @flags:	LOOKUP_*
 *
 * Where a name is to be made the answer is a dentry without an inode, and who
 * makes it is told that he may not (EACCES, EPERM); an open that would make it
 * is told that there is no such file.
 *
 * Return: NULL; -ENOENT.
 */
struct dentry *toyfs_no_lookup(struct inode *dir, struct dentry *dentry,
			       unsigned int flags)
{
	if (!toyfs_makes_name(flags))
		return ERR_PTR(-ENOENT);
	d_add(dentry, NULL);
	return NULL;
}

/* A new inode for a name; takes a reference on the conversation of its own. */
static struct dentry *toyfs_instantiate(struct inode *dir,
					struct dentry *dentry,
					enum toyfs_node node,
					struct toy_conv *conv)
{
	struct inode *inode = toyfs_inode_new(dir->i_sb, node, conv);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	return d_splice_alias(inode, dentry);
}

/* ---- /TYPE: a directory for each socket ---- */

/* "12", and neither "012" nor "+12". */
static u32 toyfs_parse_id(const struct qstr *name)
{
	u32 id = 0;
	int i;

	if (!name->len || name->len > 10 || name->name[0] == '0')
		return 0;
	for (i = 0; i < name->len; i++) {
		if (!isdigit(name->name[i]) || id > INT_MAX / 10)
			return 0;
		id = id * 10 + name->name[i] - '0';
	}
	return id;
}

/* The conversation behind a name, if the caller may see it. */
static struct toy_conv *toyfs_find(const struct inode *dir,
				   const struct qstr *name)
{
	const struct toyfs_info *info = toyfs_info(dir->i_sb);
	struct toy_conv *conv = ERR_PTR(-ENOENT);
	u32 id = toyfs_parse_id(name);
	struct sock *sk;

	sk = id ? toy_registry_get(info->net, id) : NULL;
	if (!sk)
		return conv;
	if (sk->sk_type == toyfs_sock_type(dir) &&
	    toyfs_may_see(info, toy_conv_uid_of(sk)))
		conv = toy_conv_of(sk);
	sock_put(sk);
	return conv;
}

/**
 * toyfs_type_lookup() - a name in the directory of a socket type
 * @dir:	directory
 * @dentry:	name, a number
 * @flags:	LOOKUP_*
 *
 * Return: as inode_operations.lookup() has it; -ENOENT; -ENOMEM.
 */
struct dentry *toyfs_type_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags)
{
	struct toy_conv *conv = toyfs_find(dir, &dentry->d_name);
	struct dentry *alias;

	if (conv == ERR_PTR(-ENOENT))
		return toyfs_no_lookup(dir, dentry, flags);
	if (IS_ERR(conv))
		return ERR_CAST(conv);
	alias = toyfs_instantiate(dir, dentry, TOYFS_CONV, conv);
	toy_conv_put(conv);
	return alias;
}

/* Where the sockets begin: after ".", "..", "clone" and "dial". */
#define TOYFS_POS_CLONE	2
#define TOYFS_POS_DIAL	3
#define TOYFS_POS_SOCKETS 4

/* What is always there. Returns whether there was room for it. */
static bool toyfs_emit_fixed(struct dir_context *ctx, const struct inode *dir)
{
	int type = toyfs_node(dir) - TOYFS_STREAM;

	if (ctx->pos == TOYFS_POS_CLONE) {
		if (!dir_emit(ctx, "clone", 5,
			      toyfs_ino(TOYFS_STREAM_CLONE + type, 0), DT_FIFO))
			return false;
		ctx->pos = TOYFS_POS_DIAL;
	}
	if (ctx->pos == TOYFS_POS_DIAL) {
		/* Nobody calls a raw socket. */
		if (toyfs_node(dir) != TOYFS_RAW &&
		    !dir_emit(ctx, "dial", 4,
			      toyfs_ino(TOYFS_STREAM_DIAL + type, 0), DT_DIR))
			return false;
		ctx->pos = TOYFS_POS_SOCKETS;
	}
	return true;
}

/* List one socket. Returns whether there was room for it. */
static bool toyfs_emit_socket(struct dir_context *ctx, u32 id)
{
	char name[12];
	int len = snprintf(name, sizeof(name), "%u", id);

	return dir_emit(ctx, name, len, toyfs_ino(TOYFS_CONV, id), DT_DIR);
}

/* The position is the number of the next socket: it means the same for ever. */
static int toyfs_type_readdir(struct file *file, struct dir_context *ctx)
{
	const struct inode *dir = file_inode(file);
	const struct toyfs_info *info = toyfs_info(dir->i_sb);
	unsigned long id;
	struct sock *sk;

	if (!dir_emit_dots(file, ctx))
		return 0;
	if (!toyfs_emit_fixed(ctx, dir))
		return 0;
	for (;;) {
		bool shown;

		id = ctx->pos - TOYFS_POS_SOCKETS;
		sk = toy_registry_next(info->net, &id);
		if (!sk)
			return 0;
		shown = sk->sk_type == toyfs_sock_type(dir) &&
			toyfs_may_see(info, toy_conv_uid_of(sk));
		sock_put(sk);
		if (shown && !toyfs_emit_socket(ctx, id))
			return 0;
		ctx->pos = id + 1 + TOYFS_POS_SOCKETS;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

const struct file_operations toyfs_type_dir_fops = {
	.owner		= THIS_MODULE,
	.read		= generic_read_dir,
	.iterate_shared	= toyfs_type_readdir,
	.llseek		= generic_file_llseek,
};

/* ---- /TYPE/N: the files of a socket ---- */

static const struct toyfs_name {
	const char	*name;
	enum toyfs_node	node;
	unsigned char	dtype;
} toyfs_conv_names[] = {
	{ "ctl",	TOYFS_CTL,	DT_FIFO },
	{ "data",	TOYFS_DATA,	DT_FIFO },
	{ "listen",	TOYFS_LISTEN,	DT_FIFO },
	{ "local",	TOYFS_LOCAL,	DT_REG },
	{ "remote",	TOYFS_REMOTE,	DT_REG },
	{ "status",	TOYFS_STATUS,	DT_REG },
	{ "err",	TOYFS_ERR,	DT_REG },
};

/* Nobody calls a datagram or raw socket. */
static bool toyfs_has(const struct toy_conv *conv, enum toyfs_node node)
{
	return node != TOYFS_LISTEN ||
	       (conv->type != SOCK_DGRAM && conv->type != SOCK_RAW);
}

/**
 * toyfs_conv_lookup() - a name in the directory of a socket
 * @dir:	directory
 * @dentry:	name
 * @flags:	LOOKUP_*
 *
 * Return: as inode_operations.lookup() has it; -ENOENT, also once the socket is
 * gone; -ENOMEM.
 */
struct dentry *toyfs_conv_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags)
{
	struct toy_conv *conv = toyfs_conv(dir);
	int i;

	if (READ_ONCE(conv->gone) ||
	    !toyfs_may_see_conv(toyfs_info(dir->i_sb), conv))
		return toyfs_no_lookup(dir, dentry, flags);
	for (i = 0; i < ARRAY_SIZE(toyfs_conv_names); i++) {
		const struct toyfs_name *entry = &toyfs_conv_names[i];

		if (toyfs_has(conv, entry->node) &&
		    !strcmp(dentry->d_name.name, entry->name))
			return toyfs_instantiate(dir, dentry, entry->node,
						 conv);
	}
	return toyfs_no_lookup(dir, dentry, flags);
}

static int toyfs_conv_readdir(struct file *file, struct dir_context *ctx)
{
	const struct inode *dir = file_inode(file);
	struct toy_conv *conv = toyfs_conv(dir);

	if (READ_ONCE(conv->gone) ||
	    !toyfs_may_see_conv(toyfs_info(dir->i_sb), conv))
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos - 2 < ARRAY_SIZE(toyfs_conv_names); ctx->pos++) {
		const struct toyfs_name *entry =
			&toyfs_conv_names[ctx->pos - 2];

		if (toyfs_has(conv, entry->node) &&
		    !dir_emit(ctx, entry->name, strlen(entry->name),
			      toyfs_ino(entry->node, conv->id), entry->dtype))
			return 0;
	}
	return 0;
}

const struct file_operations toyfs_conv_dir_fops = {
	.owner		= THIS_MODULE,
	.read		= generic_read_dir,
	.iterate_shared	= toyfs_conv_readdir,
	.llseek		= generic_file_llseek,
};

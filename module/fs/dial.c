// SPDX-License-Identifier: GPL-2.0-only
/*
 * dial: a directory in which every address is a file. Opening it makes a socket
 * and connects it; what is open then is the socket's data.
 *
 * A name is looked up and not listed, and to look it up calls nobody. What keeps
 * the socket is the open file alone: it is a conversation like any other, and if
 * the open fails it is closed.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <net/sock.h>

#include "../core/failure.h"
#include "../proto/addr.h"
#include "ctl.h"

/* ---- names ---- */

/*
 * The address that a name is: one that can be called, written in the one way in
 * which it is shown, but for "!". So what a name means needs no look at it twice.
 */
static bool toyfs_dial_parse(const struct qstr *name, struct toy_addr *to)
{
	char text[TOY_ADDR_TEXT];
	u32 node;
	u16 port;

	if (toy_addr_parse(name->name, &node, &port) || node == TOY_NODE_ANY ||
	    port == TOY_PORT_ANY)
		return false;
	*to = toy_addr(node, port);
	/* Longer only by zeros in front. */
	return name->len == toy_addr_format(text, sizeof(text), node, port);
}

static void toyfs_dial_keep(const struct inode *inode,
			    const struct toy_failure *failure)
{
	toyfs_words_keep(&toyfs_info(inode->i_sb)->words,
			 toyfs_sock_type(inode), failure);
}

/* What a restarted call is told apart by is not for programs. */
static int toyfs_dial_errno(int err)
{
	return err == -ERESTARTSYS ? EINTR : -err;
}

/* For dial/err: why it failed, where no socket tells. */
static int toyfs_dial_fail(const struct inode *inode, int err,
			   const struct toy_addr *to, const char *why)
{
	const struct toy_failure failure = {
		.verb	= "connect",
		.why	= why,
		.node	= to->node,
		.port	= to->port,
		.err	= toyfs_dial_errno(err),
	};

	toyfs_dial_keep(inode, &failure);
	return err;
}

/**
 * toyfs_dial_lookup() - a name in dial
 * @dir:	directory
 * @dentry:	name, an address
 * @flags:	LOOKUP_*
 *
 * Return: as inode_operations.lookup() has it; -ENOENT: no address; -ENOMEM.
 */
struct dentry *toyfs_dial_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags)
{
	enum toyfs_node node = toyfs_node(dir) - TOYFS_STREAM_DIAL +
			       TOYFS_STREAM_ADDRESS;
	struct toy_addr to = {};
	struct inode *inode;

	if (!toyfs_dial_parse(&dentry->d_name, &to)) {
		/* Not of who completes a word, or asks whether it is there. */
		if (flags & LOOKUP_OPEN)
			toyfs_dial_fail(dir, -ENOENT, &(struct toy_addr){},
					"an address is node:port, two numbers from 1 on");
		return toyfs_no_lookup(dir, dentry, flags);
	}
	inode = toyfs_inode_new(dir->i_sb, node, NULL);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = toyfs_ino(node, (u64)to.node << 16 | to.port);
	return d_splice_alias(inode, dentry);
}

static int toyfs_dial_readdir(struct file *file, struct dir_context *ctx)
{
	enum toyfs_node err = toyfs_node(file_inode(file)) - TOYFS_STREAM_DIAL +
			      TOYFS_STREAM_DIAL_ERR;

	if (!dir_emit_dots(file, ctx))
		return 0;
	if (ctx->pos == 2 &&
	    dir_emit(ctx, "err", 3, toyfs_ino(err, 0), DT_REG))
		ctx->pos = 3;
	return 0;
}

const struct file_operations toyfs_dial_dir_fops = {
	.owner		= THIS_MODULE,
	.read		= generic_read_dir,
	.iterate_shared	= toyfs_dial_readdir,
	.llseek		= generic_file_llseek,
};

/* ---- opening ---- */

/* Connect. Over a link it goes on without who would not wait, as connect(2). */
static int toyfs_dial_call(struct socket *sock, const struct toy_addr *to,
			   bool nonblock)
{
	struct sockaddr_toy name = {
		.stoy_family	= toy_family,
		.stoy_port	= to->port,
		.stoy_node	= to->node,
	};
	int err;

	err = kernel_connect(sock, (void *)&name, sizeof(name),
			     nonblock ? O_NONBLOCK : 0);
	return nonblock && err == -EINPROGRESS ? 0 : err;
}

/* For dial/err: what the socket says, unless that is of a later command. */
static int toyfs_dial_failed(const struct inode *inode, int err,
			     const struct toy_addr *to, struct sock *sk)
{
	struct toy_failure failure;

	toy_failure_get(sk, &failure);
	if (failure.err != toyfs_dial_errno(err))
		return toyfs_dial_fail(inode, err, to, toy_why(err));
	toyfs_dial_keep(inode, &failure);
	return err;
}

/**
 * toyfs_dial_open() - open(2) of an address
 * @inode:	its inode
 * @file:	becomes the data of a new socket that is connected to it
 *
 * Context: process; no lock of a directory is held, so that only the caller
 * waits for an answer.
 * Return: 0; -EACCES: not from this network namespace; what making a socket and
 * connect(2) say. A restarted open dials anew.
 */
int toyfs_dial_open(struct inode *inode, struct file *file)
{
	/* No name is ever changed here. */
	const struct qstr *name = &file->f_path.dentry->d_name;
	struct toy_conv *conv;
	struct toy_addr to;
	struct file *sock;
	int err;

	if (!toyfs_dial_parse(name, &to))
		return -ENOENT;
	err = toyfs_may_enter(inode);
	if (err)
		return toyfs_dial_fail(inode, err, &to,
				       "the mount is of another network namespace");
	sock = toyfs_clone(inode, &conv);
	if (IS_ERR(sock))
		return toyfs_dial_fail(inode, PTR_ERR(sock), &to,
				       "no socket could be made");
	/* It lives as long as the socket. */
	toy_conv_put(conv);

	err = toyfs_dial_call(toyfs_socket(sock), &to,
			      file->f_flags & O_NONBLOCK);
	if (err) {
		toyfs_dial_failed(inode, err, &to, toyfs_socket(sock)->sk);
		fput(sock);
		return err;
	}
	file->private_data = sock;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * toyfs: sockets as files. What its files share.
 *
 * Design, lifetimes, lock order: Documentation/architecture/toyfs.md.
 */
#ifndef _TOY_FS_TOYFS_H
#define _TOY_FS_TOYFS_H

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/spinlock.h>

#include "../compat.h"
#include "../core/conv.h"

/*
 * What an inode is. Its number is that, with the number of its conversation
 * above it, so that readdir tells it without making the inode; with the address
 * where it is one to be dialled, of which there are 2^48.
 */
enum toyfs_node {
	TOYFS_ROOT = 1,
	TOYFS_ROOT_CTL,
	TOYFS_LINKS,
	TOYFS_NEIGH,
	TOYFS_STATS,
	TOYFS_EVENTS,
	/* the directories of the socket types, and the clone of each */
	TOYFS_STREAM,
	TOYFS_SEQPACKET,
	TOYFS_DGRAM,
	TOYFS_RAW,
	TOYFS_STREAM_CLONE,
	TOYFS_SEQPACKET_CLONE,
	TOYFS_DGRAM_CLONE,
	TOYFS_RAW_CLONE,
	/* the dial of each, its err, and addresses in it */
	TOYFS_STREAM_DIAL,
	TOYFS_SEQPACKET_DIAL,
	TOYFS_DGRAM_DIAL,
	TOYFS_STREAM_DIAL_ERR,
	TOYFS_SEQPACKET_DIAL_ERR,
	TOYFS_DGRAM_DIAL_ERR,
	TOYFS_STREAM_ADDRESS,
	TOYFS_SEQPACKET_ADDRESS,
	TOYFS_DGRAM_ADDRESS,
	/* a conversation's directory, and what is in it */
	TOYFS_CONV,
	TOYFS_CTL,
	TOYFS_DATA,
	TOYFS_LISTEN,
	TOYFS_LOCAL,
	TOYFS_REMOTE,
	TOYFS_STATUS,
	TOYFS_ERR,
	TOYFS_NODE_MAX,
};

#define TOYFS_NODE_BITS	5
static_assert(TOYFS_NODE_MAX <= 1 << TOYFS_NODE_BITS);

/**
 * struct toyfs_words - why users' last dials failed, a user and type each
 * @lock:	protects what follows
 * @recent:	struct toyfs_word, who failed last first
 * @nr:		how many
 */
struct toyfs_words {
	spinlock_t		lock; /* what follows */
	struct list_head	recent;
	unsigned int		nr;
};

/**
 * struct toyfs_info - a super block's own, with the options of the mount
 * @net:	namespace, a reference
 * @rcu:	freed after a grace period: path walks read it
 * @mode:	mode=: permissions of conversations made here
 * @gid:	gid=: their group; INVALID_GID: the maker's
 * @hide:	hide=1: others' sockets are not shown
 * @foreign:	other namespaces may open sockets here
 * @words:	what dial/err says
 */
struct toyfs_info {
	struct net	*net;
	struct rcu_head	rcu;
	umode_t		mode;
	kgid_t		gid;
	bool		hide;
	bool		foreign;
	struct toyfs_words words;
};

static inline struct toyfs_info *toyfs_info(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline ino_t toyfs_ino(enum toyfs_node node, u64 id)
{
	return (ino_t)id << TOYFS_NODE_BITS | node;
}

static inline enum toyfs_node toyfs_node(const struct inode *inode)
{
	return inode->i_ino & ((1 << TOYFS_NODE_BITS) - 1);
}

/* The socket type of a type's directory, and of what is in it: SOCK_*. */
static inline int toyfs_sock_type(const struct inode *inode)
{
	switch (toyfs_node(inode)) {
	case TOYFS_STREAM:
	case TOYFS_STREAM_CLONE:
	case TOYFS_STREAM_DIAL:
	case TOYFS_STREAM_DIAL_ERR:
	case TOYFS_STREAM_ADDRESS:
		return SOCK_STREAM;
	case TOYFS_SEQPACKET:
	case TOYFS_SEQPACKET_CLONE:
	case TOYFS_SEQPACKET_DIAL:
	case TOYFS_SEQPACKET_DIAL_ERR:
	case TOYFS_SEQPACKET_ADDRESS:
		return SOCK_SEQPACKET;
	case TOYFS_RAW:
	case TOYFS_RAW_CLONE:
		return SOCK_RAW;
	default:
		return SOCK_DGRAM;
	}
}

/* Whether an inode is an address that can be dialled. */
static inline bool toyfs_is_address(const struct inode *inode)
{
	enum toyfs_node node = toyfs_node(inode);

	return node >= TOYFS_STREAM_ADDRESS && node <= TOYFS_DGRAM_ADDRESS;
}

/* The conversation an inode belongs to, of which it holds a reference; NULL. */
static inline struct toy_conv *toyfs_conv(const struct inode *inode)
{
	return inode->i_private;
}

/* super.c */
int toyfs_register(void);
void toyfs_unregister(void);

/* inode.c */
struct inode *toyfs_inode_new(struct super_block *sb, enum toyfs_node node,
			      struct toy_conv *conv);
int toyfs_may_enter(const struct inode *inode);
bool toyfs_sees_all(const struct toyfs_info *info);
bool toyfs_may_see(const struct toyfs_info *info, kuid_t owner);

/* dir.c */
extern const struct dentry_operations toyfs_dentry_ops;
struct dentry *toyfs_no_lookup(struct inode *dir, struct dentry *dentry,
			       unsigned int flags);
struct dentry *toyfs_type_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags);
struct dentry *toyfs_conv_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags);
struct dentry *toyfs_dial_lookup(struct inode *dir, struct dentry *dentry,
				 unsigned int flags);
extern const struct file_operations toyfs_type_dir_fops;
extern const struct file_operations toyfs_conv_dir_fops;
extern const struct file_operations toyfs_dial_dir_fops;

/* dial.c */
int toyfs_dial_open(struct inode *inode, struct file *file);

/* words.c */
void toyfs_words_init(struct toyfs_words *words);
void toyfs_words_free(struct toyfs_words *words);
void toyfs_words_keep(struct toyfs_words *words, int type,
		      const struct toy_failure *failure);
bool toyfs_words_find(struct toyfs_words *words, kuid_t uid, int type,
		      struct toy_failure *failure);

/* The files' operations, each in the file of that name. */
extern const struct file_operations toyfs_clone_fops;
extern const struct file_operations toyfs_ctl_fops;
extern const struct file_operations toyfs_listen_fops;
extern const struct file_operations toyfs_data_fops;
extern const struct file_operations toyfs_address_fops;
extern const struct file_operations toyfs_events_fops;
extern const struct file_operations toyfs_root_ctl_fops;
extern const struct file_operations toyfs_info_fops;

#endif /* _TOY_FS_TOYFS_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of toyfs, by a mount of its own.
 */
#include <linux/file.h>
#include <linux/mount.h>

#include "../core/registry.h"
#include "../fs/toyfs.h"
#include "fake.h"

FIXTURE(dir) {
	struct vfsmount *mnt;
	struct sock *sk;
	char name[64];
};

FIXTURE_SETUP(dir)
{
	struct file_system_type *type = get_fs_type("toyfs");

	ASSERT_NE(NULL, type);
	self->mnt = vfs_kern_mount(type, 0, "toyfs", NULL);
	module_put(type->owner);
	ASSERT_FALSE(IS_ERR(self->mnt));
	self->sk = toy_fake_sock(_metadata, SOCK_DGRAM);
}

FIXTURE_TEARDOWN(dir)
{
	flush_delayed_fput();
	kern_unmount(self->mnt);
}

static struct file *stand_on(struct dir_fixture *self, const char *name)
{
	struct path root = { .mnt = self->mnt, .dentry = self->mnt->mnt_root };

	return file_open_root(&root, name, O_PATH, 0);
}

/* What a path leads to: a node of toyfs; -errno. */
static int node_of(struct dir_fixture *self, const char *name)
{
	struct file *file = stand_on(self, name);
	int node;

	if (IS_ERR(file))
		return PTR_ERR(file);
	node = toyfs_node(file_inode(file));
	fput(file);
	return node;
}

static const char *in_conv(struct dir_fixture *self, const char *type,
			   const char *file)
{
	snprintf(self->name, sizeof(self->name), "%s/%u%s", type,
		 toy_sk(self->sk)->id, file);
	return self->name;
}

TEST_F(dir, lookup__what_is_fixed)
{
	static const struct {
		const char *name;
		int node;
	} cases[] = {
		{ "ctl", TOYFS_ROOT_CTL }, { "links", TOYFS_LINKS },
		{ "neigh", TOYFS_NEIGH }, { "stats", TOYFS_STATS },
		{ "events", TOYFS_EVENTS }, { "stream", TOYFS_STREAM },
		{ "seqpacket", TOYFS_SEQPACKET }, { "dgram", TOYFS_DGRAM },
		{ "raw", TOYFS_RAW }, { "stream/clone", TOYFS_STREAM_CLONE },
		{ "dgram/clone", TOYFS_DGRAM_CLONE },
		{ "nothing", -ENOENT }, { "ctl/x", -ENOTDIR },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_EQ(cases[i].node, node_of(self, cases[i].name)) {
			TH_LOG("'%s'", cases[i].name);
		}
}

TEST_F(dir, lookup__a_socket_and_its_files)
{
	static const struct {
		const char *file;
		int node;
	} cases[] = {
		{ "", TOYFS_CONV }, { "/ctl", TOYFS_CTL },
		{ "/data", TOYFS_DATA }, { "/local", TOYFS_LOCAL },
		{ "/remote", TOYFS_REMOTE }, { "/status", TOYFS_STATUS },
		{ "/err", TOYFS_ERR }, { "/nothing", -ENOENT },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_EQ(cases[i].node,
			  node_of(self, in_conv(self, "dgram", cases[i].file))) {
			TH_LOG("'%s'", self->name);
		}
	/* In the directory of its own type alone. */
	EXPECT_EQ(-ENOENT, node_of(self, in_conv(self, "stream", "")));
}

/* One name for each number, and no other. */
TEST_F(dir, lookup__what_is_no_number)
{
	static const char *const formats[] = {
		"dgram/0%u", "dgram/+%u", "dgram/-%u", "dgram/%ux",
		"dgram/ %u", "dgram/%u ", "dgram/00000000%u",
	};
	static const char *const names[] = {
		"dgram/0", "dgram/2147483648", "dgram/4294967297",
		"dgram/9999999999", "dgram/12345678901", "dgram/2147483647",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		snprintf(self->name, sizeof(self->name), formats[i],
			 toy_sk(self->sk)->id);
		EXPECT_EQ(-ENOENT, node_of(self, self->name)) {
			TH_LOG("'%s'", self->name);
		}
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-ENOENT, node_of(self, names[i])) {
			TH_LOG("'%s'", names[i]);
		}
}

/* A name is gone with its socket, though somebody stands on it. */
TEST_F(dir, revalidate__a_socket_that_is_gone)
{
	struct file *file = stand_on(self, in_conv(self, "dgram", ""));

	ASSERT_FALSE(IS_ERR(file));
	EXPECT_EQ(TOYFS_CONV, node_of(self, self->name));
	toy_registry_del(self->sk);
	EXPECT_EQ(-ENOENT, node_of(self, self->name));
	fput(file);
}

/* ---- numbers of inodes ---- */

TEST_F(dir, ino__tells_node_and_number)
{
	struct inode inode = {};
	int node;

	EXPECT_LT(TOYFS_NODE_MAX, 1 << TOYFS_NODE_BITS);
	for (node = TOYFS_ROOT; node < TOYFS_NODE_MAX; node++) {
		inode.i_ino = toyfs_ino(node, INT_MAX);
		EXPECT_EQ(node, toyfs_node(&inode));
		EXPECT_EQ(INT_MAX, inode.i_ino >> TOYFS_NODE_BITS);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The toyfs of the network namespace in which we are.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/toy.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "toyfs.h"

/* Mounting would load the module, and who only looks shall not. */
static bool toyfs_is_known(void)
{
	FILE *file = fopen("/proc/filesystems", "re");
	bool known = false;
	char line[128];

	if (!file)
		return false;
	while (!known && fgets(line, sizeof(line), file))
		known = strstr(line, "\ttoyfs\n");
	fclose(file);
	return known;
}

/* The root of a mount that goes with the last descriptor for it; -1 */
static int toyfs_mount(void)
{
	int context = fsopen("toyfs", FSOPEN_CLOEXEC);
	int root = -1;

	if (context < 0)
		return -1;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		root = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return root;
}

/* The root of a mount that is there; -1: it is none of toyfs. */
static int toyfs_at(const char *path)
{
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (root < 0)
		return -1;
	if (fstatfs(root, &fs) || fs.f_type != TOYFS_MAGIC) {
		close(root);
		return -1;
	}
	return root;
}

static int toyfs_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	int root = -1;

	if (!mounts)
		return -1;
	while (root < 0 && (mount = getmntent(mounts))) {
		if (!strcmp(mount->mnt_type, "toyfs"))
			root = toyfs_at(mount->mnt_dir);
	}
	endmntent(mounts);
	return root;
}

/*
 * Whether a mount is of our namespace: from another one clone is closed. Where
 * it is not, this makes a socket for a moment.
 */
static bool toyfs_is_ours(int root)
{
	int clone = openat(root, "dgram/clone", O_RDONLY | O_CLOEXEC);

	if (clone < 0)
		return errno != EACCES;
	close(clone);
	return true;
}

static int toyfs_root(void)
{
	int root = toyfs_mount();

	if (root >= 0)
		return root;
	root = toyfs_at("/net/toy");
	if (root < 0)
		root = toyfs_mounted();
	if (root < 0)
		errx(EXIT_FAILURE, "no toyfs is mounted, and mounting one takes more rights");
	if (!toyfs_is_ours(root))
		errx(EXIT_FAILURE, "the toyfs that is mounted is another network namespace's");
	return root;
}

int toyfs_open(const char *name)
{
	int root, fd;

	if (!toyfs_is_known())
		errx(EXIT_FAILURE, "there is no toyfs here: is the module toy loaded?");
	root = toyfs_root();
	fd = openat(root, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(EXIT_FAILURE, "toyfs: %s", name);
	close(root);
	return fd;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets as files.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "toyfs.h"

static const char *const types[] = { "stream", "seqpacket", "dgram", "raw" };

#define CTLS	(FUZZ_BIT(FUZZ_CTL) | FUZZ_BIT(FUZZ_LISTEN))

static long call_clone(struct fuzz_thread *t, const __u32 *arg)
{
	char path[TOYFS_PATH];
	int fd;

	snprintf(path, sizeof(path), TOYFS "/%s/clone", types[arg[0] % 4]);
	fuzz_say(t, "%s", path);
	fd = open(path, O_RDWR | (arg[1] & 1 ? O_NONBLOCK : 0));
	return fuzz_put(t, arg[2], fd, FUZZ_CTL,
			fd < 0 ? 0 : toyfs_number(fd));
}

/* A file of a socket that a slot holds, or of some other. */
static long call_open(struct fuzz_thread *t, const __u32 *arg)
{
	static const struct {
		const char *name;
		enum fuzz_kind kind;
	} files[] = {
		{ "data", FUZZ_DATA }, { "data", FUZZ_DATA },
		{ "ctl", FUZZ_CTL }, { "listen", FUZZ_LISTEN },
		{ "listen", FUZZ_LISTEN }, { "status", FUZZ_TEXT },
		{ "local", FUZZ_TEXT }, { "remote", FUZZ_TEXT },
		{ "err", FUZZ_TEXT }, { "", FUZZ_DIR }, { "nosuch", FUZZ_TEXT },
	};
	static const int extra[] = { O_NONBLOCK, O_TRUNC, O_CREAT, O_DIRECTORY,
				     O_APPEND, O_ASYNC, O_EXCL };
	struct fuzz_slot *slot = fuzz_slot_of(t, arg[0], FUZZ_SOCKETS | CTLS);
	unsigned int i = arg[1] % ARRAY_SIZE(files), k;
	char path[TOYFS_PATH];
	int id = fuzz_id(slot), fd = -1, flags;

	if (files[i].kind == FUZZ_TEXT || files[i].kind == FUZZ_DIR)
		flags = arg[2] % 8 ? O_RDONLY : O_RDWR;
	else
		flags = arg[2] % 8 ? O_RDWR : arg[2] >> 8 & 3;
	flags |= fuzz_flags(arg[3], extra, arg[3] >> 28 ? 1 :
			    ARRAY_SIZE(extra));
	/* Nobody knows of what type an accepted one is. */
	for (k = 0; k < 4; k++) {
		snprintf(path, sizeof(path), TOYFS "/%s/%d/%s",
			 types[(arg[4] + k) % 4], id, files[i].name);
		fd = open(path, flags, 0600);
		if (fd >= 0 || errno != ENOENT)
			break;
	}
	fuzz_say(t, "%s, %#x", path, flags);
	return fuzz_put(t, arg[4] >> 8, fd, files[i].kind, id);
}

static long call_command(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const verbs[] = {
		"bind", "connect", "announce", "listen", "listen 2",
		"disconnect", "shutdown wr", "shutdown rdwr", "hangup",
		"headers on", "headers off", "short keep", "short discard",
		"set sndbuf 5000", "set rcvbuf 3000", "set rcvtimeo 20",
		"set sndtimeo 20", "set linger 0", "set maxseg 200",
		"set device toy0", "set device *", "set reuseaddr on",
		"set oobinline on", "set rcvlowat 100", "set keepcnt 1",
		"rubbish", "set", "bind\nlisten",
	};
	int fd = fuzz_fd(t, arg[0], CTLS);
	unsigned int verb = arg[1] % (arg[4] & 1 ? 5 : ARRAY_SIZE(verbs));
	struct toy_name name = fuzz_name(t, arg[2], verb != 1);
	char text[128];

	if (verb < 3 && arg[3] % 8)
		snprintf(text, sizeof(text), "%s %u:%u\n", verbs[verb],
			 name.toy.stoy_node, name.toy.stoy_port);
	else
		snprintf(text, sizeof(text), "%s%s", verbs[verb],
			 arg[3] & 1 ? "\n" : "");
	fuzz_say(t, ", \"%s\"", text);
	t->most = strlen(text);
	return write(fd, text, t->most);
}

static long call_rootctl(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const lines[] = {
		"node 2", "node 3", "node 0", "node 1", "link add toy0",
		"link add toy1", "link del toy0", "link del toy1",
		"link add lo", "link del lo", "link add fuzz0",
		"neigh flush", "neigh flush", "link add nosuch", "rubbish",
	};
	const char *line = lines[arg[0] % ARRAY_SIZE(lines)];
	int fd = open(TOYFS "/ctl", O_RDWR);
	long ret = write(fd, line, strlen(line));

	fuzz_say(t, "\"%s\"", line);
	fuzz_put(t, arg[1], fd, FUZZ_TEXT, 0);
	return ret;
}

static long call_root(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const names[] = { "events", "stats", "links",
					     "neigh", "events", "events" };
	char path[TOYFS_PATH];

	snprintf(path, sizeof(path), TOYFS "/%s", names[arg[0] % 6]);
	fuzz_say(t, "%s", path);
	return fuzz_put(t, arg[1], open(path, O_RDONLY | O_NONBLOCK),
			FUZZ_TEXT, 0);
}

static long call_readdir(struct fuzz_thread *t, const __u32 *arg)
{
	char path[TOYFS_PATH];
	long names = 0;
	DIR *dir;

	snprintf(path, sizeof(path), TOYFS "/%s", arg[0] & 4 ? "" :
		 types[arg[0] % 4]);
	fuzz_say(t, "%s", path);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (names < (long)(arg[1] % 40) && readdir(dir))
		names++;
	closedir(dir);
	return names;
}

static long call_chmod(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const files[] = { "ctl", "data", "listen", "status",
					     "" };
	struct fuzz_slot *slot = fuzz_slot_of(t, arg[0], FUZZ_SOCKETS | CTLS);
	char path[TOYFS_PATH];
	int id = fuzz_id(slot);

	snprintf(path, sizeof(path), TOYFS "/%s/%d/%s", types[arg[1] % 4], id,
		 files[arg[2] % 5]);
	fuzz_say(t, "%s, %#o", path, arg[3] & 0777);
	if (arg[4] & 1)
		return chmod(path, arg[3] & 0777);
	return chown(path, arg[3] % 3, arg[4] % 5);
}

static long call_getsock(struct fuzz_thread *t, const __u32 *arg)
{
	static const int flags[] = { O_CLOEXEC, O_NONBLOCK };
	struct fuzz_slot *slot = fuzz_slot_of(t, arg[0], CTLS);
	int fd = slot->fd, how = fuzz_flags(arg[1], flags, 2), type = 0;

	t->kind = slot->kind;
	if (arg[2] % 32 == 0)
		how = arg[3];
	fuzz_say(t, "%d, TOYIOC_GETSOCK, %#x", fd, how);
	fd = ioctl(fd, TOYIOC_GETSOCK, how);
	if (fd >= 0)
		type = toy_opt_get(fd, SOL_SOCKET, SO_TYPE);
	return fuzz_put(t, arg[4], fd, fuzz_kind_of(type), slot->id);
}

static long call_mount(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const options[] = { "", "hide=1", "hide=0",
					       "mode=0660", "gid=1", "foreign",
					       "noforeign", "mode=0777", "no" };
	const char *how = options[arg[0] % ARRAY_SIZE(options)];
	unsigned long flags = arg[1] % 3 ? 0 : MS_REMOUNT;

	fuzz_say(t, "%s, %#lx", how, flags);
	return mount("none", TOYFS, "toyfs", flags, how);
}

/* What is mounted next is the tree of where this thread is now. */
static long call_umount(struct fuzz_thread *t, const __u32 *arg)
{
	fuzz_say(t, "%s", arg[0] & 1 ? "MNT_DETACH" : "0");
	if (umount2(TOYFS, arg[0] & 1 ? MNT_DETACH : 0))
		return -1;
	return arg[1] % 4 ? mount("none", TOYFS, "toyfs", 0, "foreign") : 0;
}

/* ENOENT: it has gone, or toyfs is not mounted just now. */
static const int open_errnos[] = {
	ENOENT, EACCES, EPERM, ENFILE, ENOTDIR, EISDIR, EEXIST, ENXIO, 0
};

/* EBADF: not open for writing. */
static const int command_errnos[] = {
	E2BIG, EADDRINUSE, EADDRNOTAVAIL, EACCES, EOPNOTSUPP, EISCONN,
	ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EALREADY, EINPROGRESS,
	ENOTCONN, ERANGE, ENODEV, EPERM, ETIMEDOUT, ECONNABORTED, ENETDOWN,
	ECONNRESET, ENOBUFS, EBADF, 0
};

static const int rootctl_errnos[] = { ENODEV, EEXIST, EPERM, EOPNOTSUPP,
				      ENOENT, EACCES, EBADF, 0 };
static const int chmod_errnos[] = { ENOENT, EPERM, 0 };
static const int getsock_errnos[] = { EBADF, ENOTCONN, EMFILE, 0 };
static const int mount_errnos[] = { EBUSY, EPERM, ENOENT, 0 };

const struct fuzz_op fuzz_toyfs_ops[] = {
	{ "open of clone", call_clone, open_errnos, 8, 0 },
	{ "open", call_open, open_errnos, 16, 0 },
	{ "write of a command", call_command, command_errnos, 18, CTLS },
	{ "write to root's ctl", call_rootctl, rootctl_errnos, 2, 0 },
	{ "open in the root", call_root, open_errnos, 3, 0 },
	{ "getdents64", call_readdir, open_errnos, 3, 0 },
	{ "chmod", call_chmod, chmod_errnos, 3, 0 },
	{ "TOYIOC_GETSOCK", call_getsock, getsock_errnos, 5, CTLS },
	{ "mount", call_mount, mount_errnos, 1, 0 },
	{ "umount2", call_umount, mount_errnos, 1, 0 },
	{}
};

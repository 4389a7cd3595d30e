// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes hold which socket. /proc is read once, before the sockets.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "proc.h"

static struct holder *holders;
static size_t holders_count, holders_room;

static void holder_add(uint32_t inode, pid_t pid, int fd, const char *comm)
{
	if (holders_count == holders_room) {
		holders_room = 2 * holders_room + 64;
		holders = xalloc(holders, holders_room, sizeof(*holders));
	}
	holders[holders_count++] = (struct holder) {
		.inode	= inode,
		.pid	= pid,
		.fd	= fd,
		.comm	= comm,
	};
}

static bool is_number(const char *text)
{
	return isdigit((unsigned char)*text);
}

/* The name of a process; an empty one where it has ended. */
static char *read_comm(int process)
{
	char text[64] = "";
	int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		/* A name may have a newline in it: the last one is not its. */
		if (len > 0)
			text[len - (text[len - 1] == '\n')] = '\0';
	}
	return xdup(text);
}

/* Whether a file may be a socket of toyfs, by its name. */
static bool is_toyfs(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && (!strcmp(name, "/clone") || !strcmp(name, "/ctl") ||
			!strcmp(name, "/data") || !strcmp(name, "/listen"));
}

/* The inode of the socket that a file of toyfs belongs to; 0. */
static uint32_t toyfs_inode(int process, const char *fd)
{
	char line[256];
	uint32_t inode = 0;
	FILE *info;
	int dir;

	snprintf(line, sizeof(line), "fdinfo/%s", fd);
	dir = openat(process, line, O_RDONLY | O_CLOEXEC);
	info = dir < 0 ? NULL : fdopen(dir, "r");
	if (!info)
		return 0;
	while (fgets(line, sizeof(line), info)) {
		if (sscanf(line, "toy-inode: %u", &inode) == 1)
			break;
	}
	fclose(info);
	return inode;
}

/* The socket behind a descriptor; 0: it is none. */
static uint32_t fd_inode(int process, int fds, const char *fd)
{
	char target[4096];
	ssize_t len = readlinkat(fds, fd, target, sizeof(target) - 1);
	uint32_t inode;

	if (len < 0)
		return 0;
	target[len] = '\0';
	if (sscanf(target, "socket:[%u]", &inode) == 1)
		return inode;
	return is_toyfs(target) ? toyfs_inode(process, fd) : 0;
}

static DIR *open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* Its name is read, and kept, once it turns out to have a socket. */
static void read_process(int process, pid_t pid)
{
	const struct dirent *entry;
	const char *comm = NULL;
	DIR *fds = open_dir(process, "fd");

	if (!fds)
		return;
	while ((entry = readdir(fds))) {
		uint32_t inode = 0;

		if (is_number(entry->d_name))
			inode = fd_inode(process, dirfd(fds), entry->d_name);
		if (!inode)
			continue;
		if (!comm)
			comm = read_comm(process);
		holder_add(inode, pid, atoi(entry->d_name), comm);
	}
	closedir(fds);
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

void holders_read(void)
{
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		err(EXIT_FAILURE, "/proc");
	while ((entry = readdir(proc))) {
		int process;

		if (!is_number(entry->d_name))
			continue;
		process = openat(dirfd(proc), entry->d_name,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		read_process(process, atoi(entry->d_name));
		close(process);
	}
	closedir(proc);
	if (holders_count)
		qsort(holders, holders_count, sizeof(*holders),
		      compare_holders);
}

/* The first holder whose inode is not below this one. */
static size_t holders_from(uint64_t inode)
{
	size_t low = 0, high = holders_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holders[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct holder *holders_of(uint32_t inode, size_t *count)
{
	size_t first = holders_from(inode);

	*count = inode ? holders_from((uint64_t)inode + 1) - first : 0;
	return holders + first;
}

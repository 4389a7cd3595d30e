// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that is to be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "binary.h"
#include "program.h"

/* Scripts whose interpreter is a script: the kernel follows as many. */
#define SCRIPTS_MAX	5
/* So much of a script's first line counts (BINPRM_BUF_SIZE). */
#define SCRIPT_LINE	256

/* What has no '#!' either is run by this one, as execvp(3) does. */
#define SHELL		"/bin/sh"

static int runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	return S_ISREG(st.st_mode) && !access(path, X_OK) ? 0 : -EACCES;
}

int program_find(char path[PATH_MAX], const char *name)
{
	const char *dir = getenv("PATH") ?: "/bin:/usr/bin";
	int err, found = -ENOENT;
	size_t len;

	if (strchr(name, '/')) {
		if (snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
			return -ENAMETOOLONG;
		return runnable(path);
	}
	for (;; dir += len + 1) {
		len = strcspn(dir, ":");
		/* No directory is the current one. */
		if (snprintf(path, PATH_MAX, "%.*s/%s", len ? (int)len : 1,
			     len ? dir : ".", name) < PATH_MAX) {
			err = runnable(path);
			if (!err)
				return 0;
			if (err == -EACCES)
				found = -EACCES;
		}
		if (!dir[len])
			return *name ? found : -ENOENT;
	}
}

/* Whether execve(2) gives it rights that its caller has not: no preload then. */
static bool gains_rights(int fd)
{
	struct statvfs fs;
	struct stat st;

	if (fstat(fd, &st) || (!fstatvfs(fd, &fs) && fs.f_flag & ST_NOSUID))
		return false;
	if (st.st_mode & S_ISUID && st.st_uid != getuid())
		return true;
	if (st.st_mode & S_ISGID && st.st_mode & 0010 && st.st_gid != getgid())
		return true;
	return getuid() && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* Only the loader that loaded us has a C library like ours. */
static bool own_loader(const char *loader)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char own[PATH_MAX];
	bool same = true;

	if (fd < 0)
		return true;
	if (binary_look(fd, own, sizeof(own)) == BINARY_DYNAMIC)
		same = !strcmp(basename(loader), basename(own));
	close(fd);
	return same;
}

/* Sets @path to who runs it; false: it is no script. */
static bool script_interpreter(int fd, char path[PATH_MAX])
{
	char line[SCRIPT_LINE + 1];
	ssize_t n = pread(fd, line, SCRIPT_LINE, 0);
	char *word, *rest = line + 2;

	if (n < 2 || memcmp(line, "#!", 2))
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	word = strtok_r(rest, " \t", &rest);
	if (!word)
		return false;
	snprintf(path, PATH_MAX, "%s", word);
	return true;
}

static const char *check_binary(int fd, enum binary_kind kind,
				const char *loader)
{
	if (kind == BINARY_FOREIGN)
		return "is of another machine than libtoyrun.so";
	if (kind == BINARY_STATIC)
		return "is statically linked: no library can be put before it";
	if (!own_loader(loader))
		return "is of another C library than libtoyrun.so";
	if (gains_rights(fd))
		return "gains rights when it is run: no library can be put before it";
	return NULL;
}

const char *program_check(char path[PATH_MAX])
{
	char loader[PATH_MAX];
	enum binary_kind kind;
	const char *why;
	int depth, fd;

	for (depth = 0; depth < SCRIPTS_MAX; depth++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return NULL;
		kind = binary_look(fd, loader, sizeof(loader));
		if (kind != BINARY_NONE) {
			why = check_binary(fd, kind, loader);
			close(fd);
			return why;
		}
		if (!script_interpreter(fd, path))
			strcpy(path, SHELL);
		close(fd);
	}
	return NULL;
}

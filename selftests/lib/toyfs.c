// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets as files, for the selftests: see toyfs.h.
 */
#include <grp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toyfs.h"

/* ------------------------------------------------------------------- paths */

const char *toyfs_type(struct toy_kind kind)
{
	switch (kind.type) {
	case SOCK_STREAM:
		return "stream";
	case SOCK_SEQPACKET:
		return "seqpacket";
	case SOCK_RAW:
		return "raw";
	default:
		return "dgram";
	}
}

char *toyfs_path(char *path, struct toy_kind kind, int n, const char *file)
{
	if (n < 0)
		snprintf(path, TOYFS_PATH, TOYFS "/%s/%s", toyfs_type(kind),
			 file);
	else
		snprintf(path, TOYFS_PATH, TOYFS "/%s/%d/%s", toyfs_type(kind),
			 n, file);
	return path;
}

char *toyfs_dial_path(char *path, struct toy_kind kind, const char *name)
{
	snprintf(path, TOYFS_PATH, TOYFS "/%s/dial/%s", toyfs_type(kind), name);
	return path;
}

char *toyfs_address(char *path, struct toy_kind kind, unsigned int port)
{
	char name[32];

	snprintf(name, sizeof(name), "1:%u", port);
	return toyfs_dial_path(path, kind, name);
}

int toyfs_open(struct toy_kind kind, int n, const char *file, int flags)
{
	char path[TOYFS_PATH];

	return open(toyfs_path(path, kind, n, file), flags | O_CLOEXEC, 0644);
}

int toyfs_stat(struct toy_kind kind, int n, const char *file, struct stat *st)
{
	char path[TOYFS_PATH];

	return stat(toyfs_path(path, kind, n, file), st);
}

int toyfs_mode(struct toy_kind kind, int n, const char *file)
{
	struct stat st;

	if (toyfs_stat(kind, n, file, &st))
		return -1;
	return st.st_mode & 07777;
}

/* Close without losing the errno of what came before. */
static void close_quietly(int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
}

static ssize_t read_text(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, size - 1 - len);
		if (n < 0)
			return -1;
		len += n;
	} while (n && len < size - 1);
	text[len] = '\0';
	return len;
}

ssize_t toyfs_cat(struct toy_kind kind, int n, const char *file, char *text,
		  size_t size)
{
	int fd = toyfs_open(kind, n, file, O_RDONLY);
	ssize_t len;

	text[0] = '\0';
	if (fd < 0)
		return -1;
	len = read_text(fd, text, size);
	close_quietly(fd);
	return len;
}

char *toyfs_field(const char *line, const char *key, char *value, size_t size)
{
	size_t len = strlen(key);
	const char *p;

	for (p = line; p; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, key, len) || p[len] != '=')
			continue;
		p += len + 1;
		snprintf(value, size, "%.*s", (int)strcspn(p, "\n "), p);
		return value;
	}
	snprintf(value, size, "?");
	return value;
}

const char *toyfs_status(struct toy_kind kind, int n, const char *key)
{
	static __thread char value[256];
	char line[1024];

	if (toyfs_cat(kind, n, "status", line, sizeof(line)) < 0)
		return "?";
	return toyfs_field(line, key, value, sizeof(value));
}

bool toyfs_begins(const struct toyfs_end *end, const char *file,
		  const char *want)
{
	char text[1024];

	return toyfs_cat(end->kind, end->n, file, text, sizeof(text)) >= 0 &&
	       !strncmp(text, want, strlen(want));
}

const char *toyfs_status_fd(int fd, const char *key)
{
	static __thread char value[256];
	char line[1024];
	ssize_t len;

	len = pread(fd, line, sizeof(line) - 1, 0);
	if (len < 0)
		return "?";
	line[len] = '\0';
	return toyfs_field(line, key, value, sizeof(value));
}

int toyfs_list(const char *dir, const char *name, unsigned char *type)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	if (!d)
		return -1;
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, name))
			continue;
		if (type)
			*type = entry->d_type;
		count++;
	}
	closedir(d);
	return count;
}

int toyfs_count(struct toy_kind kind)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	int n = 0;
	DIR *d;

	d = opendir(toyfs_path(path, kind, -1, ""));
	if (!d)
		return -1;
	while ((entry = readdir(d)))
		n += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(d);
	return n;
}

bool toyfs_count_is(struct toy_kind kind, int count)
{
	int i;

	for (i = 0; i < 1000 && toyfs_count(kind) != count; i++)
		toy_sleep(10);
	return toyfs_count(kind) == count;
}

/* ----------------------------------------------------------------- sockets */

int toyfs_number(int fd)
{
	char text[32] = "", *end;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	long n;

	if (len < 0)
		return -1;
	n = strtol(text, &end, 10);
	if (end == text || strcmp(end, "\n")) {
		errno = EBADMSG;
		return -1;
	}
	return n;
}

int toyfs_number_of(struct toy_kind kind, int sock)
{
	char path[TOYFS_PATH], inode[32];
	struct dirent *entry;
	struct stat st;
	int n = -1;
	DIR *d;

	if (fstat(sock, &st))
		return -1;
	snprintf(inode, sizeof(inode), "%llu", (unsigned long long)st.st_ino);
	d = opendir(toyfs_path(path, kind, -1, ""));
	if (!d)
		return -1;
	while (n < 0 && (entry = readdir(d))) {
		char *end;
		long i = strtol(entry->d_name, &end, 10);

		if (end != entry->d_name && !*end &&
		    !strcmp(toyfs_status(kind, i, "inode"), inode))
			n = i;
	}
	closedir(d);
	errno = ENOENT;
	return n;
}

int toyfs_fsmode(int sock, int mode)
{
	return toy_opt_set(sock, SOL_TOY, TOY_FSMODE, mode);
}

int toyfs_ctl(int fd, const char *format, ...)
{
	char text[5000];
	va_list args;
	ssize_t done;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	done = write(fd, text, len);
	if (done < 0)
		return -1;
	if (done == len)
		return 0;
	errno = EREMOTEIO;
	return -1;
}

int toyfs_getsock(int fd, int flags)
{
	return ioctl(fd, TOYIOC_GETSOCK, flags);
}

int toyfs_new(struct toy_kind kind, struct toyfs_end *end)
{
	end->kind = kind;
	end->data = -1;
	end->ctl = toyfs_open(kind, -1, "clone", O_RDWR);
	if (end->ctl < 0)
		return -1;
	end->n = toyfs_number(end->ctl);
	return end->n < 0 ? -1 : 0;
}

int toyfs_data(struct toyfs_end *end, int flags)
{
	end->data = toyfs_open(end->kind, end->n, "data", flags);
	return end->data < 0 ? -1 : 0;
}

void toyfs_close(struct toyfs_end *end)
{
	toy_close(&end->data);
	toy_close(&end->ctl);
}

unsigned int toyfs_port(struct toy_kind kind)
{
	return toy_name_new(kind).toy.stoy_port;
}

int toyfs_server(struct toy_kind kind, struct toyfs_end *end,
		 unsigned int *port)
{
	*port = toyfs_port(kind);
	if (toyfs_new(kind, end))
		return -1;
	return toyfs_ctl(end->ctl, "%s *:%u",
			 toy_kind_is_conn(kind) ? "announce" : "bind", *port);
}

int toyfs_client(struct toy_kind kind, struct toyfs_end *end, unsigned int port)
{
	if (toyfs_new(kind, end))
		return -1;
	return toyfs_ctl(end->ctl, "connect 1:%u", port);
}

int toyfs_accept(const struct toyfs_end *server, struct toyfs_end *end)
{
	end->kind = server->kind;
	end->data = -1;
	end->ctl = toyfs_open(server->kind, server->n, "listen", O_RDWR);
	if (end->ctl < 0)
		return -1;
	end->n = toyfs_number(end->ctl);
	return end->n < 0 ? -1 : 0;
}

static int pair_dgram(struct toy_kind kind, struct toyfs_end end[2])
{
	unsigned int port[2];

	if (toyfs_server(kind, &end[0], &port[0]) ||
	    toyfs_server(kind, &end[1], &port[1]) ||
	    toyfs_ctl(end[0].ctl, "connect 1:%u", port[1]) ||
	    toyfs_ctl(end[1].ctl, "connect 1:%u", port[0]))
		return -1;
	return 0;
}

static int pair_conn(struct toy_kind kind, struct toyfs_end end[2])
{
	struct toyfs_end server;
	unsigned int port;

	if (toyfs_server(kind, &server, &port) ||
	    toyfs_client(kind, &end[0], port) || toyfs_accept(&server, &end[1]))
		return -1;
	toyfs_close(&server);
	return 0;
}

int toyfs_pair(struct toy_kind kind, struct toyfs_end end[2])
{
	if (toy_kind_is_conn(kind) ? pair_conn(kind, end) :
				     pair_dgram(kind, end))
		return -1;
	return toyfs_data(&end[0], O_RDWR) || toyfs_data(&end[1], O_RDWR) ?
	       -1 : 0;
}

int toyfs_mixed(struct toy_kind kind, int *sock, struct toyfs_end *end)
{
	struct toyfs_end server;
	struct toy_name name;
	unsigned int port;

	*sock = toy_bound(kind, &name);
	if (*sock < 0 || toyfs_server(kind, &server, &port))
		return -1;
	name.toy.stoy_port = port;
	if (toy_connect(*sock, &name))
		return -1;
	if (toy_kind_is_conn(kind)) {
		if (toyfs_accept(&server, end))
			return -1;
		toyfs_close(&server);
	} else {
		*end = server;
		toy_name_of(*sock, &name);
		if (toyfs_ctl(end->ctl, "connect 1:%u", name.toy.stoy_port))
			return -1;
	}
	return toyfs_data(end, O_RDWR);
}

/* ------------------------------------------------------ namespaces and users */

int toyfs_mount(const char *options, unsigned long flags)
{
	return mount("none", TOYFS, "toyfs", flags, options);
}

int toyfs_private(const char *options)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	return toyfs_mount(options, 0);
}

int toyfs_sandbox(const char *options)
{
	return unshare(CLONE_NEWNET) ? -1 : toyfs_private(options);
}

int toyfs_become(unsigned int uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid))
		return -1;
	return setresuid(uid, uid, uid);
}

int toyfs_as(unsigned int uid)
{
	if (uid)
		return setgroups(0, NULL) || setegid(uid) || seteuid(uid) ?
		       -1 : 0;
	return seteuid(0) || setegid(0) ? -1 : 0;
}

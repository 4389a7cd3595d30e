// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: dial. Which names are addresses, what opening one gives, what becomes of
 * it, and calls that wait.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/openat2.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_dial)
{
	struct toyfs_end server;
	struct toyfs_end call;
	char path[TOYFS_PATH];		/* of the server's address */
	unsigned int port;
	struct toy_thread thread;
	int fd;
};

FIXTURE_VARIANT(toyfs_dial)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_dial, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_dial)
{
	toy_guard(25);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	toyfs_address(self->path, variant->kind, self->port);
}

FIXTURE_TEARDOWN(toyfs_dial)
{
}

/* -------------------------------------------------------------------- names */

TEST_F(toyfs_dial, names__of_addresses)
{
	static const char * const good[] = {
		"1:80", "1!80", "1:1", "1:65535", "9:9000", "4294967295:65535",
		"10:10", "1000000000!1",
	};
	struct stat st[ARRAY_SIZE(good)];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		toyfs_dial_path(self->path, variant->kind, good[i]);
		ASSERT_OK(stat(self->path, &st[i])) {
			TH_LOG("of '%s'", good[i]);
		}
		EXPECT_EQ(S_IFIFO | 0666, st[i].st_mode);
		EXPECT_EQ(0, st[i].st_size);
		EXPECT_EQ(1, st[i].st_nlink);
		for (j = 0; j < i; j++)
			/* The first two are one. */
			EXPECT_EQ(i == 1 && j == 0,
				  st[i].st_ino == st[j].st_ino);
	}
	/* As a directory of another type has it. */
	toyfs_dial_path(self->path, toy_kind_is_conn(variant->kind) ?
			TOY_DGRAM : TOY_STREAM, "1:80");
	ASSERT_OK(stat(self->path, &st[1]));
	EXPECT_NE(st[0].st_ino, st[1].st_ino);
	EXPECT_ERR(ENOENT, stat(TOYFS "/raw/dial", &st[0]));
}

TEST_F(toyfs_dial, names__of_nothing)
{
	static const char * const bad[] = {
		"*:80", "1:*", "*:*", "*", "0:80", "1:0", "01:80", "1:080",
		"00:1", "1:65536", "4294967296:1", "99999999999999999999:1",
		"1:99999999999999999999", "1", "1:", ":1", ":", "!", "1::1",
		"1:!1", "1:1:1", "1:1 ", " 1:1", "1: 1", "1:1x", "x1:1",
		"+1:1", "-1:1", "1:-1", "0x1:1", "1.0:1", "1:1\n", "one:two",
		"err ", "errr", "clone", "1;1", "1:1.", "\xb2:1",
	};
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		toyfs_dial_path(self->path, variant->kind, bad[i]);
		EXPECT_ERR(ENOENT, stat(self->path, &st)) {
			TH_LOG("of '%s'", bad[i]);
		}
		EXPECT_ERR(ENOENT, open(self->path, O_RDWR));
		EXPECT_ERR(ENOENT, open(self->path, O_RDWR | O_CREAT, 0666));
		EXPECT_ERR(ENOENT, open(self->path, O_RDWR | O_CREAT | O_EXCL,
					0666));
	}
	toyfs_dial_path(self->path, variant->kind, "");
	snprintf(self->path + strlen(self->path), 300, "1:%0253d", 1);
	EXPECT_ERR(ENOENT, stat(self->path, &st));
	toyfs_dial_path(self->path, variant->kind, "1:1/x");
	EXPECT_ERR(ENOTDIR, stat(self->path, &st));
}

static void expect_no_names(struct __test_metadata *_metadata,
			    const char *address, const char *rubbish,
			    const char *err, int want)
{
	EXPECT_ERR(want, mkdir(rubbish, 0777));
	EXPECT_ERR(want, mknod(rubbish, S_IFIFO | 0666, 0));
	EXPECT_ERR(want, symlink("x", rubbish));
	EXPECT_ERR(want, rename(address, rubbish));
	EXPECT_ERR(want, rename(err, rubbish));
	EXPECT_ERR(want, unlink(address));
	EXPECT_ERR(want, unlink(err));
	EXPECT_ERR(EEXIST, mkdir(address, 0777));
	EXPECT_ERR(EEXIST, mknod(address, S_IFIFO | 0666, 0));
	EXPECT_ERR(EEXIST, open(address, O_RDWR | O_CREAT | O_EXCL, 0666));
	EXPECT_ERR(ENOENT, unlink(rubbish));
	EXPECT_ERR(EPERM, chmod(address, 0600));
	EXPECT_ERR(EACCES, open(err, O_WRONLY));
}

TEST_F(toyfs_dial, names__are_nobodys_to_change)
{
	char rubbish[TOYFS_PATH], err[TOYFS_PATH];

	toyfs_dial_path(rubbish, variant->kind, "new");
	toyfs_dial_path(err, variant->kind, "err");
	expect_no_names(_metadata, self->path, rubbish, err, EPERM);
	ASSERT_OK(toyfs_as(4711));
	expect_no_names(_metadata, self->path, rubbish, err, EACCES);
}

TEST_F(toyfs_dial, names__to_look_calls_nobody)
{
	struct stat st;
	int fd;

	ASSERT_OK(stat(self->path, &st));
	EXPECT_OK(access(self->path, R_OK | W_OK));
	EXPECT_ERR(EACCES, access(self->path, X_OK));
	fd = open(self->path, O_PATH);
	ASSERT_OK(fd);
	EXPECT_OK(fstat(fd, &st));
	EXPECT_EQ(1, toyfs_count(variant->kind));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_STREQ("0/4096", toyfs_status(variant->kind,
						    self->server.n, "backlog"));
	/* What was only looked at can be dialled by its descriptor. */
	snprintf(self->path, TOYFS_PATH, "/proc/self/fd/%d", fd);
	self->fd = open(self->path, O_RDWR);
	ASSERT_OK(self->fd);
	EXPECT_EQ(2 + toy_kind_is_conn(variant->kind), toyfs_count(variant->kind));
}

/* Not even those that are open. */
TEST_F(toyfs_dial, names__are_not_listed)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	struct stat st;
	int seen = 0;
	DIR *d;

	self->fd = open(self->path, O_RDWR);
	ASSERT_OK(self->fd);
	d = opendir(toyfs_dial_path(path, variant->kind, ""));
	ASSERT_NE(NULL, d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		EXPECT_STREQ("err", entry->d_name);
		EXPECT_EQ(DT_REG, entry->d_type);
		ASSERT_OK(fstatat(dirfd(d), "err", &st, 0));
		EXPECT_EQ(S_IFREG | 0444, st.st_mode);
		EXPECT_EQ(st.st_ino, entry->d_ino);
		seen++;
	}
	EXPECT_EQ(1, seen);
	rewinddir(d);
	EXPECT_NE(NULL, readdir(d));
	closedir(d);
	toyfs_path(path, variant->kind, -1, "dial");
	ASSERT_OK(stat(path, &st));
	EXPECT_EQ(S_IFDIR | 0555, st.st_mode);
	toyfs_path(path, variant->kind, -1, "");
	EXPECT_EQ(1, toyfs_list(path, "dial", NULL));
}

/* Who will not wait does not dial, though the name is there: another one has it. */
TEST_F(toyfs_dial, names__that_are_cached_are_not_dialled)
{
	struct open_how how = { .flags = O_RDWR, .resolve = RESOLVE_CACHED };
	int path = open(self->path, O_PATH);

	ASSERT_OK(path);
	EXPECT_ERR(EAGAIN, syscall(SYS_openat2, AT_FDCWD, self->path, &how,
				   sizeof(how)));
	EXPECT_EQ(1, toyfs_count(variant->kind));
}

/* ------------------------------------------------------------ a connection */

/* Dial the server; its side becomes self->call, or is the server itself. */
static int dial(struct toyfs_end *server, const char *path, int flags,
		struct toyfs_end *call)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	*call = *server;
	if (toy_kind_is_conn(server->kind) && toyfs_accept(server, call))
		return -1;
	return toyfs_data(call, O_RDWR) ? -1 : fd;
}

/* The number of the socket that a dialled descriptor keeps. */
static int number_of(struct toy_kind kind, int fd)
{
	char text[512], inode[32];
	struct dirent *entry;
	int n = -1, info;
	const char *p;
	ssize_t len;
	DIR *d;

	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", fd);
	info = open(text, O_RDONLY);
	len = read(info, text, sizeof(text) - 1);
	close(info);
	text[len < 0 ? 0 : len] = '\0';
	p = strstr(text, "toy-inode:\t");
	if (!p)
		return -1;
	snprintf(inode, sizeof(inode), "%lu", strtoul(p + 11, NULL, 10));
	d = opendir(toyfs_path(text, kind, -1, ""));
	while (n < 0 && (entry = readdir(d)))
		if (entry->d_name[0] <= '9' && entry->d_name[0] >= '0' &&
		    !strcmp(toyfs_status(kind, atoi(entry->d_name), "inode"),
			    inode))
			n = atoi(entry->d_name);
	closedir(d);
	return n;
}

TEST_F(toyfs_dial, open__is_a_connection)
{
	char text[32], want[32];
	struct stat a, b;
	int n;

	self->fd = dial(&self->server, self->path, O_RDWR, &self->call);
	ASSERT_OK(self->fd);
	ASSERT_EQ(5, write(self->fd, "hello", 5));
	ASSERT_EQ(5, read(self->call.data, text, sizeof(text)));
	n = number_of(variant->kind, self->fd);
	ASSERT_LT(0, n);
	snprintf(want, sizeof(want), "1:%u", self->port);
	EXPECT_STREQ(want, toyfs_status(variant->kind, n, "remote"));
	EXPECT_STREQ("established", toyfs_status(variant->kind, n, "state"));
	EXPECT_STREQ("0600", toyfs_status(variant->kind, n, "mode"));
	ASSERT_OK(fstat(self->fd, &a));
	ASSERT_OK(stat(self->path, &b));
	EXPECT_EQ(a.st_ino, b.st_ino);
	EXPECT_ERR(ESPIPE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_ERR(ENOTTY, toyfs_getsock(self->fd, 0));
	/* Back again: a datagram socket has to be told where. */
	if (!toy_kind_is_conn(variant->kind))
		ASSERT_OK(toyfs_ctl(self->call.ctl, "connect %s",
				    toyfs_status(variant->kind, n, "local")));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd, POLLIN | POLLOUT, 0));
	ASSERT_EQ(4, write(self->call.data, "back", 4));
	EXPECT_EQ(POLLIN | POLLOUT, toy_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(4, toy_ioctl_int(self->fd, FIONREAD));
	ASSERT_EQ(4, read(self->fd, text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "back", 4));
	ASSERT_OK(toy_nonblock(self->fd, true));
	EXPECT_ERR(EAGAIN, read(self->fd, text, sizeof(text)));
}

/* As shells and cp open what they write to. */
TEST_F(toyfs_dial, open__with_any_flags)
{
	static const int flags[] = {
		O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_RDWR | O_CREAT,
		O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_CREAT | O_APPEND,
		O_RDWR | O_NONBLOCK, O_WRONLY | O_NOFOLLOW,
	};
	char c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		self->fd = dial(&self->server, self->path, flags[i],
				&self->call);
		ASSERT_OK(self->fd);
		ASSERT_EQ(1, write(self->fd, "x", 1));
		ASSERT_EQ(1, read(self->call.data, &c, 1));
		toy_close(&self->fd);
		toy_close(&self->call.data);
		if (toy_kind_is_conn(variant->kind))
			toy_close(&self->call.ctl);
	}
	self->fd = dial(&self->server, self->path, O_RDONLY, &self->call);
	ASSERT_OK(self->fd);
	EXPECT_ERR(EBADF, write(self->fd, "x", 1));
	EXPECT_ERR(ENOTDIR, open(self->path, O_RDONLY | O_DIRECTORY));
}

/* One name, opened twice, is two calls. */
TEST_F(toyfs_dial, open__each_is_another)
{
	struct toyfs_end call[2];
	int fd[2], i;
	char c;

	for (i = 0; i < 2; i++) {
		fd[i] = dial(&self->server, self->path, O_RDWR, &call[i]);
		ASSERT_OK(fd[i]);
	}
	EXPECT_NE(number_of(variant->kind, fd[0]),
		  number_of(variant->kind, fd[1]));
	if (!toy_kind_is_conn(variant->kind))
		return;
	ASSERT_EQ(1, write(fd[0], "a", 1));
	ASSERT_EQ(1, write(fd[1], "b", 1));
	ASSERT_EQ(1, read(call[1].data, &c, 1));
	EXPECT_EQ('b', c);
	ASSERT_EQ(1, read(call[0].data, &c, 1));
	EXPECT_EQ('a', c);
}

/* ------------------------------------------------------------------ its life */

TEST_F(toyfs_dial, close__is_its_end)
{
	struct stat st;
	char c;
	int n;

	self->fd = dial(&self->server, self->path, O_RDWR, &self->call);
	ASSERT_OK(self->fd);
	n = number_of(variant->kind, self->fd);
	ASSERT_EQ(1, write(self->fd, "x", 1));
	toy_close(&self->fd);
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, n, "", &st));
	/* What was written is there, and then the end. */
	ASSERT_EQ(1, read(self->call.data, &c, 1));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_EQ(0, read(self->call.data, &c, 1));
}

TEST_F(toyfs_dial, close__others_keep_it)
{
	struct toyfs_end end = { .kind = variant->kind };
	char c;

	self->fd = dial(&self->server, self->path, O_WRONLY, &self->call);
	ASSERT_OK(self->fd);
	end.n = number_of(variant->kind, self->fd);
	end.ctl = toyfs_open(variant->kind, end.n, "ctl", O_RDWR);
	ASSERT_OK(end.ctl);
	toy_close(&self->fd);
	EXPECT_STREQ("established", toyfs_status(variant->kind, end.n,
						 "state"));
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	toy_close(&end.ctl);
	ASSERT_EQ(1, write(end.data, "x", 1));
	ASSERT_EQ(1, read(self->call.data, &c, 1));
	toy_close(&end.data);
	EXPECT_STREQ("?", toyfs_status(variant->kind, end.n, "state"));
}

/* Commands of its ctl are about what is dialled, as with any data. */
TEST_F(toyfs_dial, ctl__of_what_was_dialled)
{
	char text[64], want[64];
	int ctl, n;

	self->fd = dial(&self->server, self->path, O_RDWR, &self->call);
	ASSERT_OK(self->fd);
	n = number_of(variant->kind, self->fd);
	ctl = toyfs_open(variant->kind, n, "ctl", O_RDWR);
	EXPECT_EQ(n, toyfs_number(ctl));
	if (toy_kind_is_stream(variant->kind)) {
		ASSERT_OK(toyfs_ctl(ctl, "shutdown wr"));
		EXPECT_EQ(0, read(self->call.data, text, sizeof(text)));
		EXPECT_ERR(EPIPE, write(self->fd, "x", 1));
		return;
	}
	ASSERT_OK(toyfs_ctl(ctl, "headers on"));
	EXPECT_ERR(EINVAL, write(self->fd, "x", 1));
	snprintf(want, sizeof(want), "1:%u hi", self->port);
	ASSERT_EQ((ssize_t)strlen(want), write(self->fd, want, strlen(want)));
	ASSERT_EQ(2, read(self->call.data, text, sizeof(text)));
}

TOY_TEST_MAIN

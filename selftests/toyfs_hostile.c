// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: what no program means to do. Rubbish as commands, as data and as file
 * names, calls that are not for such files, the module pulled away. It is refused
 * with an errno that the documentation knows, and everything works afterwards.
 *
 * The seeds are fixed: a run can be repeated.
 */
#include <linux/fs.h>
#include <linux/sockios.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "toy_test.h"
#include "toyfs.h"

#define MEGABYTE	1048576

FIXTURE(toyfs_hostile)
{
	struct toyfs_end end[2];
	__u64 random;
	char *buf;		/* a megabyte */
};

FIXTURE_VARIANT(toyfs_hostile)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_hostile, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_hostile)
{
	toy_guard(28);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	self->random = 0x2545f4914f6cdd1d;
	self->buf = toy_zalloc(MEGABYTE);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
}

/* After all that a new pair works as if nothing had been. */
FIXTURE_TEARDOWN(toyfs_hostile)
{
	struct toyfs_end end[2];
	char buf[4];

	EXPECT_OK(toyfs_pair(variant->kind, end));
	EXPECT_EQ(3, write(end[0].data, "abc", 3));
	EXPECT_EQ(3, read(end[1].data, buf, sizeof(buf)));
	EXPECT_STREQ("established", toyfs_status(variant->kind, end[0].n,
						 "state"));
	free(self->buf);
}

static __u64 any(__u64 *random, __u64 n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random >> 8) % n;
}

/* ------------------------------------------------------------------ commands */

/* What a command may fail with, see the table in the documentation. */
static bool is_errno_of_ctl(int err)
{
	static const int errs[] = {
		EINVAL, E2BIG, EADDRINUSE, EADDRNOTAVAIL, EACCES, EOPNOTSUPP,
		EISCONN, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EAGAIN,
		EALREADY, EINPROGRESS, ENOTCONN, ERANGE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errs); i++)
		if (errs[i] == err)
			return true;
	return false;
}

TEST_F(toyfs_hostile, ctl__binary_rubbish)
{
	size_t len, i;
	ssize_t n;
	int round;

	for (round = 0; round < 3000; round++) {
		len = any(&self->random, 300);
		for (i = 0; i < len; i++)
			self->buf[i] = any(&self->random, 256);
		n = write(self->end[0].ctl, self->buf, len);
		/* By luck a line or two may be blank. */
		ASSERT_TRUE(n >= 0 || errno == EINVAL || errno == E2BIG) {
			TH_LOG("round %d: %s", round, toy_errno_name(errno));
		}
		ASSERT_GE((ssize_t)len, n);
	}
	EXPECT_EQ(3, write(self->end[0].data, "abc", 3));
}

static const char * const verbs[] = {
	"bind", "listen", "announce", "connect", "disconnect", "shutdown",
	"hangup", "headers", "short", "set", "node", "rubbish", "",
};

/* Ports that several hold, so that some calls get through. */
static const char * const words[] = {
	"*:*", "1:7001", "*:7001", "1!7002", "*:7002", "1:7003", "*:7003",
	"77:1", "1", "0", "-1", "5", "100000", "99999999999999999999", "rd",
	"wr", "rdwr", "on", "off", "keep", "discard", "rcvbuf", "sndbuf",
	"rcvlowat", "rcvtimeo", "sndtimeo", "linger", "keepalive", "broadcast",
	"reuseaddr", "reuseport", "oobinline", "nodelay", "keepidle",
	"keepintvl", "keepcnt", "user_timeout", "x", "\t", "*", ":",
};

/*
 * What programs say, so that there are connections to be disturbed; but for
 * disconnect, which takes a grace period.
 */
static const char * const sane[] = {
	"announce *:7001", "announce *:7002", "announce *:7003", "bind *:7003",
	"connect 1:7001", "connect 1:7002", "connect 1:7003", "shutdown wr",
	"headers on", "short discard",
};

static size_t any_line(__u64 *random, char *line)
{
	int i, n = any(random, 4);
	size_t len;

	if (any(random, 3))
		return sprintf(line, "%s\n",
			       sane[any(random, ARRAY_SIZE(sane))]);
	len = sprintf(line, "%s", verbs[any(random, ARRAY_SIZE(verbs))]);
	for (i = 0; i < n; i++)
		len += sprintf(line + len, " %s",
			       words[any(random, ARRAY_SIZE(words))]);
	line[len++] = '\n';
	return len;
}

/* Use what a command may have opened, and never wait. */
static void use(struct toyfs_end *end, __u64 *random, char *buf)
{
	struct iovec iov = { buf, any(random, 2000) };
	int fd;

	switch (any(random, 5)) {
	case 0:
		writev(end->data, &iov, 1);
		break;
	case 1:
		readv(end->data, &iov, 1);
		break;
	case 2:
		fd = toyfs_open(end->kind, end->n, "listen",
				O_RDWR | O_NONBLOCK);
		if (fd >= 0)
			toyfs_number(fd);
		toy_close(&fd);
		break;
	default:
		break;
	}
}

static int renew(struct toyfs_end *end, struct toy_kind kind)
{
	toyfs_close(end);
	if (toyfs_new(kind, end) || toyfs_data(end, O_RDWR | O_NONBLOCK))
		return -1;
	return toy_nonblock(end->ctl, true);
}

TEST_F(toyfs_hostile, ctl__twenty_thousand_random_lines)
{
	struct toyfs_end end[6], *e;
	int i, done[2] = { 0, 0 }, calls = 0;
	size_t len;
	ssize_t n;

	memset(end, -1, sizeof(end));
	for (i = 0; i < 6; i++)
		ASSERT_OK(renew(&end[i], variant->kind));
	for (i = 0; i < 20000; i++) {
		e = &end[any(&self->random, 6)];
		if (!any(&self->random, 50))
			ASSERT_OK(renew(e, variant->kind));
		len = any_line(&self->random, self->buf);
		if (!any(&self->random, 4))
			len += any_line(&self->random, self->buf + len);
		self->buf[len] = '\0';
		n = write(e->ctl, self->buf, len);
		done[n < 0]++;
		if (n < 0)
			ASSERT_TRUE(is_errno_of_ctl(errno)) {
				TH_LOG("%s of '%s'", toy_errno_name(errno),
				       self->buf);
			}
		ASSERT_GE((ssize_t)len, n);
		calls += n > 0 && !strncmp(self->buf, "connect", 7);
		use(e, &self->random, self->buf + 4096);
	}
	/* All of it happened, or nothing was tested. */
	EXPECT_LT(50, calls);
	EXPECT_LT(200, done[0]);
	EXPECT_LT(200, done[1]);
	for (i = 0; i < 6; i++)
		toyfs_close(&end[i]);
}

/* ------------------------------------------------------------------ megabytes */

TEST_F(toyfs_hostile, megabyte__to_every_file)
{
	int fd, fill;

	for (fill = 0; fill < 256; fill += '\n') {
		memset(self->buf, fill, MEGABYTE);
		EXPECT_ERR(E2BIG, write(self->end[0].ctl, self->buf, MEGABYTE));
		fd = open(TOYFS "/ctl", O_RDWR);
		EXPECT_ERR(E2BIG, write(fd, self->buf, MEGABYTE));
		close(fd);
	}
	if (toy_kind_is_conn(variant->kind)) {
		fd = toyfs_open(variant->kind, self->end[0].n, "listen",
				O_RDWR);
		EXPECT_ERR(ENOTCONN, write(fd, self->buf, MEGABYTE));
	}
	ASSERT_OK(toy_nonblock(self->end[0].data, true));
	if (toy_kind_is_stream(variant->kind)) {
		EXPECT_LT(0, write(self->end[0].data, self->buf, MEGABYTE));
	} else {
		EXPECT_ERR(EMSGSIZE, write(self->end[0].data, self->buf,
					   MEGABYTE));
		/* A header that has no end. */
		ASSERT_OK(toyfs_ctl(self->end[0].ctl, "headers on"));
		memset(self->buf, '1', MEGABYTE);
		EXPECT_ERR(EINVAL, write(self->end[0].data, self->buf,
					 MEGABYTE));
	}
}

TEST_F(toyfs_hostile, lengths__that_cannot_be)
{
	struct iovec iov[2] = { { self->buf, SIZE_MAX }, { self->buf, 1 } };
	const int fd[] = { self->end[0].ctl, self->end[0].data };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		EXPECT_ERR(EINVAL, writev(fd[i], iov, 1));
		EXPECT_ERR(EINVAL, readv(fd[i], iov, 2));
		EXPECT_EQ(-1, write(fd[i], self->buf, SIZE_MAX / 2));
		/* Kernel memory, for all that a user can know. */
		iov[0] = (struct iovec){ (void *)0xffff888000000000, 100 };
		EXPECT_ERR(EFAULT, writev(fd[i], iov, 1));
		iov[0] = (struct iovec){ self->buf, SIZE_MAX };
	}
}

/* --------------------------------------------------------------------- calls */

static const char * const files[] = {
	"ctl", "data", "listen", "local", "remote", "status", "err", "",
};

/* Every file of the socket opened with any flags, then used in any way. */
TEST_F(toyfs_hostile, open__with_any_flags)
{
	static const int flags[] = {
		O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_APPEND, O_NONBLOCK,
		O_DSYNC, O_ASYNC, O_DIRECT, O_LARGEFILE, O_DIRECTORY,
		O_NOFOLLOW, O_NOATIME, O_PATH, O_TMPFILE, 1 << 30,
	};
	int i, k, how, fd, opened = 0;

	for (i = 0; i < 4000; i++) {
		how = any(&self->random, 4) | O_NONBLOCK;
		for (k = any(&self->random, 4); k; k--)
			how |= flags[any(&self->random, ARRAY_SIZE(flags))];
		fd = toyfs_open(variant->kind, self->end[0].n,
				files[any(&self->random, ARRAY_SIZE(files))],
				how);
		if (fd < 0)
			continue;
		opened++;
		k = read(fd, self->buf, 100);
		k += write(fd, "\n", 1);
		k += toy_poll(fd, POLLIN | POLLOUT, 0);
		k += lseek(fd, 5, SEEK_SET);
		close(fd);
	}
	EXPECT_LT(200, opened);
}

TEST_F(toyfs_hostile, ioctl__of_every_number)
{
	/* Those that all files have, and those that data has. */
	static const unsigned int known[] = {
		FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC, FIOQSIZE, FIONREAD,
		TIOCOUTQ, SIOCATMARK, TOYIOC_GETSOCK, FIGETBSZ,
	};
	static const unsigned int groups[] = { 0xf700, 0x5400, 0x8900, 0 };
	unsigned int i, k, f, cmd;
	int fd;

	for (f = 0; f < ARRAY_SIZE(files) - 1; f++) {
		fd = toyfs_open(variant->kind, self->end[0].n, files[f],
				O_RDONLY | O_NONBLOCK);
		for (i = 0; fd >= 0 && i < 4 * 256; i++) {
			cmd = groups[i / 256] | i % 256;
			for (k = 0; k < ARRAY_SIZE(known); k++)
				if (known[k] == cmd)
					break;
			if (k == ARRAY_SIZE(known))
				EXPECT_EQ(-1, ioctl(fd, cmd, self->buf)) {
					TH_LOG("ioctl %#x of %s", cmd,
					       files[f]);
				}
		}
		toy_close(&fd);
	}
}

/* What may be done to any file: nothing of it is of use, nothing does harm. */
TEST_F(toyfs_hostile, calls__for_other_files)
{
	struct flock lock = { .l_type = F_WRLCK };
	char path[TOYFS_PATH];
	unsigned int i;
	struct stat st;
	int fd, ino;

	ino = inotify_init1(IN_NONBLOCK);
	ASSERT_OK(ino);
	for (i = 0; i < ARRAY_SIZE(files) - 1; i++) {
		toyfs_path(path, variant->kind, self->end[0].n, files[i]);
		if (stat(path, &st))
			continue;
		fd = open(path, S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY);
		ASSERT_OK(fd);
		EXPECT_OK(inotify_add_watch(ino, path, IN_ALL_EVENTS));
		EXPECT_EQ(-1, ftruncate(fd, 10));
		EXPECT_EQ(-1, fallocate(fd, 0, 0, 10));
		EXPECT_EQ(-1, copy_file_range(fd, NULL, fd, NULL, 10, 0));
		EXPECT_EQ(-1, setxattr(path, "user.x", "y", 1, 0));
		EXPECT_EQ(-1, fcntl(fd, F_SETPIPE_SZ, 65536));
		EXPECT_EQ(-1, fcntl(fd, F_GETPIPE_SZ));
		EXPECT_EQ(-1, fcntl(fd, F_ADD_SEALS, 1));
		EXPECT_EQ(-1, getsockname(fd, (void *)self->buf,
					  &(socklen_t){ 8 }));
		EXPECT_EQ(-1, send(fd, "x", 1, 0));
		EXPECT_EQ(-1, execl(path, path, NULL));
		EXPECT_OK(flock(fd, LOCK_EX | LOCK_NB));
		if (S_ISFIFO(st.st_mode))
			EXPECT_OK(fcntl(fd, F_SETLK, &lock));
		close(fd);
	}
	toyfs_path(path, variant->kind, self->end[0].n, "");
	EXPECT_OK(inotify_add_watch(ino, path, IN_ALL_EVENTS));
	/* They are watched still as the socket goes. */
	toyfs_close(&self->end[0]);
	EXPECT_ERR(ENOENT, stat(path, &st));
}

/* ---------------------------------------------------------------- the module */

static int module_refs(void)
{
	FILE *file = fopen("/sys/module/toy/refcnt", "r");
	int refs = -1;

	if (!file || fscanf(file, "%d", &refs) != 1)
		refs = -1;
	if (file)
		fclose(file);
	return refs;
}

/* A descriptor, a socket and the mount each hold it. */
TEST_F(toyfs_hostile, rmmod__refused)
{
	struct toyfs_end end;
	int before, status;

	before = module_refs();
	ASSERT_LT(0, before);
	EXPECT_ERR(EWOULDBLOCK, syscall(SYS_delete_module, "toy", O_NONBLOCK));
	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_LT(before, module_refs());
	status = toyfs_open(variant->kind, end.n, "status", O_RDONLY);
	toyfs_close(&end);
	/* What is dead is not yet nothing: its status is read by our code. */
	EXPECT_LT(before, module_refs());
	EXPECT_ERR(EWOULDBLOCK, syscall(SYS_delete_module, "toy", O_NONBLOCK));
	close(status);
}

TOY_TEST_MAIN

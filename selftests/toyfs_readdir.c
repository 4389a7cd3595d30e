// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: directories while sockets come and go. Each socket has one entry, which
 * is there from its making to its end.
 */
#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "toy_test.h"
#include "toyfs.h"

/* More than fit one getdents64(2) of the C library. */
#define CROWD	2000

FIXTURE(toyfs_readdir)
{
	int fd[CROWD];		/* of the crowd, -1 where there is none */
	int n[CROWD];		/* their numbers, ascending in time */
	char path[TOYFS_PATH];	/* of the type's directory */
};

FIXTURE_VARIANT(toyfs_readdir)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_readdir, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_readdir)
{
	struct rlimit limit = { CROWD + 200, CROWD + 200 };
	int i;

	toy_guard(28);
	ASSERT_OK(setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < CROWD; i++)
		self->fd[i] = -1;
	toyfs_path(self->path, variant->kind, -1, "");
}

FIXTURE_TEARDOWN(toyfs_readdir)
{
}

/* Make @count sockets by clone and note their numbers. */
static int crowd(struct toy_kind kind, int *fd, int *n, int count)
{
	struct toyfs_end end;
	int i;

	for (i = 0; i < count; i++) {
		if (toyfs_new(kind, &end))
			return -1;
		fd[i] = end.ctl;
		n[i] = end.n;
	}
	return 0;
}

/* How often each of @n is in what readdir() gives; all others are not counted. */
static void count_entries(DIR *d, const int *n, int count, int *seen)
{
	struct dirent *entry;
	int i, id;

	memset(seen, 0, count * sizeof(*seen));
	while ((entry = readdir(d))) {
		id = atoi(entry->d_name);
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		for (i = 0; i < count; i++)
			seen[i] += n[i] == id;
	}
}

static int seen[CROWD];

/* ---------------------------------------------------------------- complete */

TEST_F(toyfs_readdir, crowd__each_is_found_once)
{
	DIR *d;
	int i;

	ASSERT_OK(crowd(variant->kind, self->fd, self->n, CROWD));
	d = opendir(self->path);
	ASSERT_NE(NULL, d);
	count_entries(d, self->n, CROWD, seen);
	for (i = 0; i < CROWD; i++)
		ASSERT_EQ(1, seen[i]);
	/* Again from the start, with every other one gone. */
	for (i = 0; i < CROWD; i += 2)
		toy_close(&self->fd[i]);
	rewinddir(d);
	count_entries(d, self->n, CROWD, seen);
	for (i = 0; i < CROWD; i++)
		ASSERT_EQ(i % 2, seen[i]);
	closedir(d);
}

/* With room for an entry or two each call begins where the last one ended. */
TEST_F(toyfs_readdir, getdents__with_little_room)
{
	struct { __u64 ino; __s64 off; __u16 reclen; __u8 type; char name[]; }
		*entry;
	int i, fd, count = 100;
	char buf[64];
	long len;

	ASSERT_OK(crowd(variant->kind, self->fd, self->n, count));
	memset(seen, 0, sizeof(seen));
	fd = open(self->path, O_RDONLY | O_DIRECTORY);
	ASSERT_OK(fd);
	EXPECT_ERR(EINVAL, syscall(SYS_getdents64, fd, buf, 8));
	while ((len = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + len; p += entry->reclen) {
			entry = (void *)p;
			for (i = 0; i < count; i++)
				seen[i] += atoi(entry->name) == self->n[i];
		}
	}
	EXPECT_EQ(0, len);
	for (i = 0; i < count; i++)
		EXPECT_EQ(1, seen[i]);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_LT(0, syscall(SYS_getdents64, fd, buf, sizeof(buf)));
}

/* A place that was noted is the same place after its entry is gone. */
TEST_F(toyfs_readdir, seekdir__to_where_one_was)
{
	struct dirent *entry;
	char name[256];
	long place;
	DIR *d;
	int i;

	ASSERT_OK(crowd(variant->kind, self->fd, self->n, 20));
	d = opendir(self->path);
	ASSERT_NE(NULL, d);
	do {
		entry = readdir(d);
		ASSERT_NE(NULL, entry);
	} while (atoi(entry->d_name) != self->n[9]);
	place = telldir(d);
	entry = readdir(d);
	ASSERT_NE(NULL, entry);
	snprintf(name, sizeof(name), "%s", entry->d_name);
	toy_close(&self->fd[9]);
	seekdir(d, place);
	entry = readdir(d);
	ASSERT_NE(NULL, entry);
	EXPECT_STREQ(name, entry->d_name);
	for (i = 0; i < 20; i++)
		toy_close(&self->fd[i]);
	rewinddir(d);
	count_entries(d, self->n, 20, seen);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, seen[i]);
	closedir(d);
}

/* ------------------------------------------------------- coming and going */

struct churn {
	struct toy_kind kind;
	bool stop;
	long made;
};

static long churn(void *arg)
{
	struct churn *c = arg;
	struct toyfs_end end;
	int fd[2];

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		if (toyfs_new(c->kind, &end) || toy_pair(c->kind, fd))
			return -1;
		toyfs_close(&end);
		close(fd[0]);
		close(fd[1]);
		c->made++;
	}
	return 0;
}

TEST_F(toyfs_readdir, churn__who_stays_is_found_once)
{
	struct churn c = { .kind = variant->kind };
	struct toy_thread thread;
	long long end;
	int i, rounds = 0;
	DIR *d;

	ASSERT_OK(crowd(variant->kind, self->fd, self->n, 300));
	ASSERT_OK(toy_thread_start(&thread, churn, &c));
	end = toy_now() + 2000;
	do {
		d = opendir(self->path);
		ASSERT_NE(NULL, d);
		count_entries(d, self->n, 300, seen);
		for (i = 0; i < 300; i++)
			ASSERT_EQ(1, seen[i]);
		closedir(d);
		rounds++;
	} while (toy_now() < end || rounds < 3);
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, toy_thread_join(&thread));
	EXPECT_LT(0, c.made);
}

/* What readdir() gave may be gone; if it is there it is what it was. */
TEST_F(toyfs_readdir, churn__an_entry_is_whole_or_gone)
{
	struct churn c = { .kind = variant->kind };
	char text[1024], id[32];
	struct toy_thread thread;
	struct dirent *entry;
	long found = 0;
	long long end;
	ssize_t len;
	DIR *d;

	ASSERT_OK(toy_thread_start(&thread, churn, &c));
	end = toy_now() + 2000;
	do {
		d = opendir(self->path);
		ASSERT_NE(NULL, d);
		while ((entry = readdir(d))) {
			if (!strspn(entry->d_name, "0123456789"))
				continue;
			len = toyfs_cat(variant->kind, atoi(entry->d_name),
					"status", text, sizeof(text));
			if (len < 0) {
				ASSERT_EQ(ENOENT, errno);
				continue;
			}
			ASSERT_LT(0, len);
			ASSERT_EQ('\n', text[len - 1]);
			toyfs_field(text, "id", id, sizeof(id));
			ASSERT_STREQ(entry->d_name, id);
			found++;
		}
		closedir(d);
	} while (toy_now() < end);
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, toy_thread_join(&thread));
	EXPECT_LT(0, c.made);
	EXPECT_LT(0, found);
}

/* ----------------------------------------------------------------- numbers */

/* One who still has an old number must not meet another socket there. */
TEST_F(toyfs_readdir, numbers__are_not_soon_reused)
{
	struct toyfs_end end;
	struct stat st;
	int i, first;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	first = end.n;
	toyfs_close(&end);
	for (i = 0; i < 500; i++) {
		ASSERT_OK(toyfs_new(variant->kind, &end));
		ASSERT_NE(first, end.n);
		toyfs_close(&end);
	}
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, first, "", &st));
}

/* Each end of a connection and each child has an entry of its own. */
TEST_F(toyfs_readdir, sockets__made_by_calls_are_there)
{
	int fd[2], n[2];

	ASSERT_OK(toy_pair(variant->kind, fd));
	n[0] = toyfs_number_of(variant->kind, fd[0]);
	n[1] = toyfs_number_of(variant->kind, fd[1]);
	EXPECT_LE(0, n[0]);
	EXPECT_LE(0, n[1]);
	EXPECT_NE(n[0], n[1]);
	close(fd[0]);
	EXPECT_EQ(-1, toyfs_mode(variant->kind, n[0], "status"));
	EXPECT_EQ(0444, toyfs_mode(variant->kind, n[1], "status"));
	ASSERT_OK(toy_socketpair(variant->kind, fd));
	EXPECT_LE(0, toyfs_number_of(variant->kind, fd[0]));
	EXPECT_LE(0, toyfs_number_of(variant->kind, fd[1]));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: the tree. What is in it, what each inode shows, and what may be done to
 * names, which is nothing.
 */
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "toy_test.h"
#include "toyfs.h"

/* A user that need not exist. */
#define USER_A	4711

FIXTURE(toyfs_tree)
{
	struct toyfs_end end;
	char path[TOYFS_PATH];
};

FIXTURE_VARIANT(toyfs_tree)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_tree, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_tree)
{
	toy_guard(25);
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
}

FIXTURE_TEARDOWN(toyfs_tree)
{
}

/**
 * struct node - what there is
 * @name:	in its directory
 * @mode:	as st_mode, of a socket made by clone
 */
struct node {
	const char *name;
	mode_t mode;
};

static const struct node in_root[] = {
	{ "ctl", S_IFIFO | 0600 }, { "links", S_IFREG | 0444 },
	{ "neigh", S_IFREG | 0444 }, { "stats", S_IFREG | 0444 },
	{ "events", S_IFIFO | 0444 }, { "stream", S_IFDIR | 0555 },
	{ "seqpacket", S_IFDIR | 0555 }, { "dgram", S_IFDIR | 0555 },
	{ "raw", S_IFDIR | 0555 },
};

/* listen comes last: datagram sockets have none. */
static const struct node in_socket[] = {
	{ "ctl", S_IFIFO | 0600 }, { "data", S_IFIFO | 0600 },
	{ "local", S_IFREG | 0444 }, { "remote", S_IFREG | 0444 },
	{ "status", S_IFREG | 0444 }, { "err", S_IFREG | 0444 },
	{ "listen", S_IFIFO | 0600 },
};

static size_t nodes_of(struct toy_kind kind)
{
	return ARRAY_SIZE(in_socket) - !toy_kind_is_conn(kind);
}

/* A directory holds these and no other, and all ways to look at them agree. */
static void expect_nodes(struct __test_metadata *_metadata, const char *dir,
			 const struct node *nodes, size_t count)
{
	struct dirent *entry;
	struct stat st;
	size_t i, seen = 0;
	DIR *d = opendir(dir);

	ASSERT_NE(NULL, d);
	while ((entry = readdir(d))) {
		ASSERT_OK(fstatat(dirfd(d), entry->d_name, &st,
				  AT_SYMLINK_NOFOLLOW));
		if (entry->d_name[0] == '.') {
			EXPECT_EQ(DT_DIR, entry->d_type);
			if (!entry->d_name[1])
				EXPECT_EQ(st.st_ino, entry->d_ino);
			continue;
		}
		for (i = 0; i < count; i++)
			if (!strcmp(nodes[i].name, entry->d_name))
				break;
		ASSERT_NE(count, i) {
			TH_LOG("%s/%s should not be there", dir, entry->d_name);
		}
		seen++;
		EXPECT_EQ(nodes[i].mode, st.st_mode) {
			TH_LOG("of %s/%s", dir, entry->d_name);
		}
		EXPECT_EQ(st.st_ino, entry->d_ino);
		EXPECT_EQ(IFTODT(st.st_mode), entry->d_type);
		EXPECT_EQ(0, st.st_size);
		if (S_ISDIR(st.st_mode))
			EXPECT_EQ(1, st.st_nlink);
	}
	EXPECT_EQ(count, seen);
	closedir(d);
}

/* ----------------------------------------------------------------- layout */

TEST(filesystems__lists_it)
{
	FILE *file = fopen("/proc/filesystems", "r");
	bool found = false;
	char line[64];

	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file))
		found |= !strcmp(line, "nodev\ttoyfs\n");
	fclose(file);
	EXPECT_TRUE(found);
}

TEST(statfs__tells_what_it_is)
{
	struct statfs fs;

	ASSERT_OK(statfs(TOYFS, &fs));
	EXPECT_EQ(TOYFS_MAGIC, fs.f_type);
	EXPECT_EQ(255, fs.f_namelen);
}

TEST(root__holds_these)
{
	expect_nodes(_metadata, TOYFS, in_root, ARRAY_SIZE(in_root));
}

TEST_F(toyfs_tree, type__holds_clone_dial_and_numbers)
{
	const char *dir = toyfs_path(self->path, variant->kind, -1, "");
	struct dirent *entry;
	int clones = 0, dials = 0;
	DIR *d;

	d = opendir(dir);
	ASSERT_NE(NULL, d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!strcmp(entry->d_name, "clone")) {
			EXPECT_EQ(DT_FIFO, entry->d_type);
			clones++;
			continue;
		}
		if (!strcmp(entry->d_name, "dial")) {
			EXPECT_EQ(DT_DIR, entry->d_type);
			dials++;
			continue;
		}
		EXPECT_EQ(strlen(entry->d_name),
			  strspn(entry->d_name, "0123456789"));
		EXPECT_EQ(DT_DIR, entry->d_type);
	}
	EXPECT_EQ(1, clones);
	EXPECT_EQ(1, dials);
	EXPECT_EQ(0666, toyfs_mode(variant->kind, -1, "clone"));
	closedir(d);
}

TEST_F(toyfs_tree, socket__holds_these)
{
	expect_nodes(_metadata, toyfs_path(self->path, variant->kind,
					   self->end.n, ""),
		     in_socket, nodes_of(variant->kind));
	EXPECT_EQ(0555, toyfs_mode(variant->kind, self->end.n, ""));
}

TEST_F(toyfs_tree, socket__made_by_a_call_is_closed)
{
	int fd = toy_socket(variant->kind, 0), n;

	ASSERT_OK(fd);
	n = toyfs_number_of(variant->kind, fd);
	ASSERT_LE(0, n);
	EXPECT_EQ(0, toyfs_mode(variant->kind, n, "ctl"));
	EXPECT_EQ(0, toyfs_mode(variant->kind, n, "data"));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_EQ(0, toyfs_mode(variant->kind, n, "listen"));
	EXPECT_EQ(0444, toyfs_mode(variant->kind, n, "status"));
	EXPECT_EQ(0, toyfs_mode(variant->kind, n, "status") & 0111);
}

/* An entry and the directory it is in have the number of the file system. */
TEST_F(toyfs_tree, inodes__are_one_to_a_file)
{
	struct stat a, b;
	size_t i, j;

	for (i = 0; i < nodes_of(variant->kind); i++) {
		ASSERT_OK(toyfs_stat(variant->kind, self->end.n,
				     in_socket[i].name, &a));
		for (j = 0; j < i; j++) {
			ASSERT_OK(toyfs_stat(variant->kind, self->end.n,
					     in_socket[j].name, &b));
			EXPECT_NE(a.st_ino, b.st_ino);
			EXPECT_EQ(a.st_dev, b.st_dev);
		}
	}
	/* ... and the open descriptor is that file. */
	self->end.data = toyfs_open(variant->kind, self->end.n, "data", O_RDWR);
	ASSERT_OK(fstat(self->end.data, &a));
	ASSERT_OK(toyfs_stat(variant->kind, self->end.n, "data", &b));
	EXPECT_EQ(a.st_ino, b.st_ino);
}

TEST_F(toyfs_tree, data__size_is_what_can_be_read)
{
	struct toyfs_end end[2];
	struct stat st;

	ASSERT_OK(toyfs_pair(variant->kind, end));
	ASSERT_EQ(3, write(end[0].data, "abc", 3));
	ASSERT_OK(toyfs_stat(variant->kind, end[1].n, "data", &st));
	EXPECT_EQ(3, st.st_size);
	ASSERT_OK(fstat(end[1].data, &st));
	EXPECT_EQ(3, st.st_size);
	EXPECT_EQ(3, toy_ioctl_int(end[1].data, FIONREAD));
	ASSERT_OK(toyfs_stat(variant->kind, end[1].n, "ctl", &st));
	EXPECT_EQ(0, st.st_size);
	ASSERT_OK(toyfs_stat(variant->kind, end[0].n, "data", &st));
	EXPECT_EQ(0, st.st_size);
}

/* ------------------------------------------------------------------- names */

TEST_F(toyfs_tree, lookup__of_what_is_not_there)
{
	static const char * const formats[] = {
		"0%d", "+%d", " %d", "%d ", "-%d", "%dx", "%d.", "0x%x",
		"4294967296%d", "99999999999999999999%d", "%d\n", "x%d",
	};
	char name[64], *path = self->path;
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		snprintf(name, sizeof(name), formats[i], self->end.n);
		toyfs_path(path, variant->kind, -1, name);
		EXPECT_ERR(ENOENT, stat(path, &st)) {
			TH_LOG("of '%s'", name);
		}
		EXPECT_ERR(ENOENT, open(path, O_RDWR | O_CREAT, 0600));
	}
	toyfs_path(path, variant->kind, self->end.n + 100000, "");
	EXPECT_ERR(ENOENT, stat(path, &st));
	toyfs_path(path, variant->kind, self->end.n, "clone");
	EXPECT_ERR(ENOENT, stat(path, &st));
	EXPECT_ERR(ENOENT, stat(TOYFS "/clone", &st));
	EXPECT_ERR(ENOENT, stat(TOYFS "/rdm/clone/x", &st));
	snprintf(path, TOYFS_PATH, TOYFS "/%0255d", 0);
	EXPECT_ERR(ENOENT, stat(path, &st));
	snprintf(path, TOYFS_PATH, TOYFS "/stream/%0256d", 1);
	EXPECT_EQ(-1, stat(path, &st));
}

TEST_F(toyfs_tree, lookup__in_another_types_directory)
{
	static const struct toy_kind kinds[] = {
		{ AF_TOY, SOCK_STREAM }, { AF_TOY, SOCK_SEQPACKET },
		{ AF_TOY, SOCK_DGRAM },
	};
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type == variant->kind.type)
			EXPECT_OK(toyfs_stat(kinds[i], self->end.n, "", &st));
		else
			EXPECT_ERR(ENOENT, toyfs_stat(kinds[i], self->end.n,
						      "", &st));
	}
	if (!toy_kind_is_conn(variant->kind))
		EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, self->end.n,
					      "listen", &st));
}

/* As a shell opens for > and >|, and with O_EXCL. */
TEST_F(toyfs_tree, open__with_creat_and_trunc)
{
	int fd;

	fd = toyfs_open(variant->kind, self->end.n, "ctl",
			O_WRONLY | O_CREAT | O_TRUNC);
	ASSERT_OK(fd);
	EXPECT_OK(toyfs_ctl(fd, "bind *:*"));
	EXPECT_ERR(EEXIST, toyfs_open(variant->kind, self->end.n, "ctl",
				      O_WRONLY | O_CREAT | O_EXCL));
	EXPECT_ERR(ENOENT, toyfs_open(variant->kind, self->end.n, "new",
				      O_WRONLY | O_CREAT | O_EXCL));
	EXPECT_ERR(ENOENT, open(TOYFS "/new", O_RDWR | O_CREAT, 0666));
	EXPECT_ERR(ENOTDIR, toyfs_open(variant->kind, self->end.n, "ctl",
				       O_RDONLY | O_DIRECTORY));
	EXPECT_ERR(EISDIR, toyfs_open(variant->kind, self->end.n, "",
				      O_RDWR));
}

/* In each directory of the tree try to make and to remove names. */
static void expect_no_names(struct __test_metadata *_metadata, const char *dir,
			    const char *file, int err)
{
	char new[TOYFS_PATH + 32], old[TOYFS_PATH + 32];
	struct stat st;

	snprintf(new, sizeof(new), "%s/new", dir);
	snprintf(old, sizeof(old), "%s/%s", dir, file);
	EXPECT_ERR(err, mkdir(new, 0777));
	EXPECT_ERR(err, mknod(new, S_IFIFO | 0666, 0));
	EXPECT_ERR(err, symlink("x", new));
	EXPECT_ERR(err, rename(old, new));
	EXPECT_ERR(err, unlink(old));
	if (err == EPERM)
		EXPECT_ERR(err, link(old, new));
	EXPECT_ERR(ENOENT, unlink(new));
	EXPECT_ERR(ENOENT, rmdir(new));
	EXPECT_ERR(ENOENT, stat(new, &st));
	EXPECT_OK(stat(old, &st));
}

static void expect_no_names_anywhere(struct __test_metadata *_metadata,
				     const struct toyfs_end *end, int err)
{
	char dir[TOYFS_PATH];

	expect_no_names(_metadata, TOYFS, "stats", err);
	expect_no_names(_metadata, toyfs_path(dir, end->kind, -1, ""), "clone",
			err);
	expect_no_names(_metadata, toyfs_path(dir, end->kind, end->n, ""),
			"status", err);
	EXPECT_ERR(err, rmdir(dir));
	EXPECT_ERR(err, rename(dir, TOYFS "/new"));
	EXPECT_ERR(err, rmdir(TOYFS "/stream"));
	EXPECT_ERR(EEXIST, mkdir(dir, 0777));
}

TEST_F(toyfs_tree, names__are_not_roots_to_change)
{
	expect_no_names_anywhere(_metadata, &self->end, EPERM);
}

TEST_F(toyfs_tree, names__are_nobodys_to_change)
{
	ASSERT_OK(toyfs_as(USER_A));
	expect_no_names_anywhere(_metadata, &self->end, EACCES);
	/* Not even in a directory of one's own. */
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
	expect_no_names_anywhere(_metadata, &self->end, EACCES);
}

/* ------------------------------------------------------------- descriptors */

TEST_F(toyfs_tree, open__read_only_files)
{
	static const char * const files[] = {
		TOYFS "/links", TOYFS "/neigh", TOYFS "/stats", TOYFS "/events",
	};
	static const char * const names[] = {
		"local", "remote", "status", "err",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_ERR(EACCES, open(files[i], O_WRONLY));
		EXPECT_ERR(EACCES, open(files[i], O_RDWR | O_TRUNC));
		EXPECT_ERR(EACCES, access(files[i], W_OK));
		EXPECT_OK(access(files[i], R_OK));
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_ERR(EACCES, toyfs_open(variant->kind, self->end.n,
					      names[i], O_WRONLY));
		EXPECT_ERR(EACCES, toyfs_open(variant->kind, self->end.n,
					      names[i], O_RDWR));
		toyfs_path(self->path, variant->kind, self->end.n, names[i]);
		EXPECT_ERR(EACCES, truncate(self->path, 0));
		EXPECT_ERR(EACCES, access(self->path, W_OK));
		EXPECT_OK(access(self->path, R_OK));
	}
}

TEST_F(toyfs_tree, seek__only_where_there_is_a_place)
{
	char line[1024], part[1024];
	ssize_t len;
	size_t i;
	int fd;

	fd = toyfs_open(variant->kind, self->end.n, "status", O_RDONLY);
	ASSERT_OK(fd);
	len = read(fd, line, sizeof(line));
	ASSERT_LT(20, len);
	EXPECT_EQ(0, read(fd, part, sizeof(part)));
	EXPECT_EQ(5, pread(fd, part, 5, 4));
	EXPECT_EQ(0, memcmp(part, line + 4, 5));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(4, read(fd, part, 4));
	EXPECT_EQ(0, memcmp(part, line, 4));
	/* Nothing here is code, which is asked before whether it maps. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_EXEC,
				   MAP_PRIVATE, fd, 0));
	EXPECT_EQ(EPERM, errno);
	for (i = 0; i < nodes_of(variant->kind); i++) {
		if (!S_ISFIFO(in_socket[i].mode))
			continue;
		fd = toyfs_open(variant->kind, self->end.n, in_socket[i].name,
				O_RDWR);
		ASSERT_OK(fd);
		EXPECT_ERR(ESPIPE, lseek(fd, 0, SEEK_CUR));
		EXPECT_ERR(ESPIPE, pread(fd, part, 1, 0));
		EXPECT_ERR(ESPIPE, pwrite(fd, "x", 1, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED,
					   fd, 0));
		EXPECT_EQ(ENODEV, errno);
	}
	EXPECT_ERR(ESPIPE, lseek(self->end.ctl, 0, SEEK_SET));
	fd = open(TOYFS "/events", O_RDONLY | O_NONBLOCK);
	EXPECT_ERR(ESPIPE, lseek(fd, 0, SEEK_SET));
}

TOY_TEST_MAIN

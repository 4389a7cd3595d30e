// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: who may. The owner's files, sockets that were not made for it and
 * TOY_FSMODE, chmod and chown. Whose rights a command has, and hide, are in
 * toyfs_rights.c.
 */
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

/* Two users that need not exist. */
#define USER_A	4711
#define USER_B	4712

FIXTURE(toyfs_perm)
{
	struct toyfs_end a;	/* user A's, made by clone */
	int sock;		/* user A's, made by socket(2) */
	int n;			/* its number */
	char path[TOYFS_PATH];
};

FIXTURE_VARIANT(toyfs_perm)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_perm, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_perm)
{
	toy_guard(25);
	ASSERT_OK(toyfs_as(USER_A));
	ASSERT_OK(toyfs_new(variant->kind, &self->a));
	self->sock = toy_socket(variant->kind, 0);
	ASSERT_OK(self->sock);
	self->n = toyfs_number_of(variant->kind, self->sock);
	ASSERT_LE(0, self->n);
	ASSERT_OK(toyfs_as(0));
}

FIXTURE_TEARDOWN(toyfs_perm)
{
}

static const char * const doors[] = { "ctl", "data", "listen" };

static int doors_of(struct toy_kind kind)
{
	return 2 + toy_kind_is_conn(kind);
}

/* Every door of socket @n opens, or fails with @err, whoever we are now. */
static void expect_doors(struct __test_metadata *_metadata,
			 struct toy_kind kind, int n, int err)
{
	char path[TOYFS_PATH];
	int i, fd;

	for (i = 0; i < doors_of(kind); i++) {
		toyfs_path(path, kind, n, doors[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
		EXPECT_EQ(err, fd < 0 ? errno : 0) {
			TH_LOG("open of %s: %s", path, toy_errno_name(errno));
		}
		/* access(2) is for the user that we really are. */
		EXPECT_EQ(err, faccessat(AT_FDCWD, path, R_OK | W_OK,
					 AT_EACCESS) ? errno : 0) {
			TH_LOG("access of %s: %s", path, toy_errno_name(errno));
		}
		toy_close(&fd);
	}
}

/* All three have this mode, and TOY_FSMODE says so. */
static void expect_mode(struct __test_metadata *_metadata,
			struct toy_kind kind, int n, int sock, int mode)
{
	int i;

	for (i = 0; i < doors_of(kind); i++)
		EXPECT_EQ(mode, toyfs_mode(kind, n, doors[i]));
	EXPECT_EQ(mode, toy_opt_get(sock, SOL_TOY, TOY_FSMODE));
}

/* ------------------------------------------------------------- made by clone */

TEST_F(toyfs_perm, clone__is_its_makers)
{
	struct stat st;
	char text[1024];

	ASSERT_OK(toyfs_stat(variant->kind, self->a.n, "", &st));
	EXPECT_EQ(USER_A, st.st_uid);
	EXPECT_EQ(USER_A, st.st_gid);
	ASSERT_OK(toyfs_stat(variant->kind, self->a.n, "data", &st));
	EXPECT_EQ(USER_A, st.st_uid);
	EXPECT_STREQ("4711", toyfs_status(variant->kind, self->a.n, "uid"));
	/* Root is let in by its capability. */
	expect_doors(_metadata, variant->kind, self->a.n, 0);
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->a.n, EACCES);
	EXPECT_LT(0, toyfs_cat(variant->kind, self->a.n, "status", text,
			       sizeof(text)));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_A));
	expect_doors(_metadata, variant->kind, self->a.n, 0);
}

/* accept hands over to who accepts by call, stays the listener's by file. */
TOY_TEST(toyfs_perm, accept__whose_the_child_is, VARIANTS_CONN)
{
	unsigned int port = toyfs_port(variant->kind);
	struct toyfs_end client, end;
	struct stat st;
	int sock, fd;

	ASSERT_OK(toyfs_ctl(self->a.ctl, "announce *:%u", port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	ASSERT_OK(toyfs_accept(&self->a, &end));
	ASSERT_OK(toyfs_stat(variant->kind, end.n, "ctl", &st));
	EXPECT_EQ(USER_A, st.st_uid);
	EXPECT_EQ(S_IFIFO | 0600, st.st_mode);
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	sock = toyfs_getsock(self->a.ctl, 0);
	ASSERT_OK(toyfs_as(USER_B));
	fd = accept(sock, NULL, NULL);
	ASSERT_OK(fd);
	ASSERT_OK(toyfs_as(0));
	end.n = toyfs_number_of(variant->kind, fd);
	ASSERT_OK(toyfs_stat(variant->kind, end.n, "ctl", &st));
	EXPECT_EQ(USER_B, st.st_uid);
	EXPECT_EQ(S_IFIFO, st.st_mode);
}

/* -------------------------------------------------------------- TOY_FSMODE */

TEST_F(toyfs_perm, fsmode__closed_is_eperm_for_everybody)
{
	expect_mode(_metadata, variant->kind, self->n, self->sock, 0);
	expect_doors(_metadata, variant->kind, self->n, EPERM);
	ASSERT_OK(toyfs_as(USER_A));
	expect_doors(_metadata, variant->kind, self->n, EPERM);
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->n, EPERM);
}

TEST_F(toyfs_perm, fsmode__opens_to_whom_it_says)
{
	ASSERT_OK(toyfs_fsmode(self->sock, 0600));
	expect_mode(_metadata, variant->kind, self->n, self->sock, 0600);
	expect_doors(_metadata, variant->kind, self->n, 0);
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->n, EACCES);
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_fsmode(self->sock, 0666));
	expect_mode(_metadata, variant->kind, self->n, self->sock, 0666);
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->n, 0);
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_fsmode(self->sock, 0));
	expect_doors(_metadata, variant->kind, self->n, EPERM);
}

TEST_F(toyfs_perm, fsmode__bits_that_are_none)
{
	static const int bad[] = { 0700, 01000, 04666, 0777, 01, -1, 0100000 };
	size_t i;

	ASSERT_OK(toyfs_fsmode(self->sock, 0640));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_fsmode(self->sock, bad[i]));
	EXPECT_EQ(0640, toy_opt_get(self->sock, SOL_TOY, TOY_FSMODE));
	EXPECT_ERR(EINVAL, setsockopt(self->sock, SOL_TOY, TOY_FSMODE,
				      &(char){ 0 }, 1));
}

/* What clone made can be closed up, too; who has it open goes on. */
TEST_F(toyfs_perm, fsmode__0_of_what_clone_made)
{
	int sock = toyfs_getsock(self->a.ctl, 0);

	expect_mode(_metadata, variant->kind, self->a.n, sock, 0600);
	ASSERT_OK(toyfs_fsmode(sock, 0));
	expect_doors(_metadata, variant->kind, self->a.n, EPERM);
	EXPECT_OK(toyfs_ctl(self->a.ctl, "bind *:*"));
	ASSERT_OK(toyfs_fsmode(sock, 0600));
	expect_doors(_metadata, variant->kind, self->a.n, 0);
}

/* A descriptor that is open is not asked again, as with chmod of any file. */
TEST_F(toyfs_perm, fsmode__of_open_descriptors)
{
	int ctl;

	ASSERT_OK(toyfs_fsmode(self->sock, 0600));
	ctl = toyfs_open(variant->kind, self->n, "ctl", O_RDWR);
	ASSERT_OK(ctl);
	ASSERT_OK(toyfs_fsmode(self->sock, 0));
	EXPECT_OK(toyfs_ctl(ctl, "bind *:*"));
	EXPECT_EQ(self->n, toyfs_number(ctl));
}

TOY_TEST(toyfs_perm, fsmode__is_not_a_childs, VARIANTS_CONN)
{
	struct toy_name name = toy_name_new(variant->kind);
	int fd;

	ASSERT_OK(toyfs_fsmode(self->sock, 0666));
	ASSERT_OK(toy_bind(self->sock, &name));
	ASSERT_OK(listen(self->sock, 1));
	ASSERT_OK(toy_connected(variant->kind, &name));
	fd = accept(self->sock, NULL, NULL);
	ASSERT_OK(fd);
	EXPECT_EQ(0, toy_opt_get(fd, SOL_TOY, TOY_FSMODE));
}

/* Read permission alone is to look on; TOYIOC_GETSOCK would be more. */
TEST_F(toyfs_perm, fsmode__read_only_for_others)
{
	int fd;

	ASSERT_OK(toyfs_fsmode(self->sock, 0644));
	ASSERT_OK(toyfs_as(USER_B));
	EXPECT_ERR(EACCES, toyfs_open(variant->kind, self->n, "ctl", O_RDWR));
	EXPECT_ERR(EACCES, toyfs_open(variant->kind, self->n, "data",
				      O_WRONLY));
	fd = toyfs_open(variant->kind, self->n, "ctl", O_RDONLY);
	ASSERT_OK(fd);
	EXPECT_EQ(self->n, toyfs_number(fd));
	EXPECT_ERR(EBADF, toyfs_getsock(fd, 0));
	EXPECT_ERR(EBADF, toyfs_ctl(fd, "bind *:*"));
	/* Nor by opening it again through /proc. */
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", fd);
	EXPECT_ERR(EACCES, open(self->path, O_RDWR));
}

/* ------------------------------------------------------------- chmod, chown */

TEST_F(toyfs_perm, chmod__by_the_owner_of_one_is_of_all)
{
	int ctl, sock = toyfs_getsock(self->a.ctl, 0);

	ASSERT_OK(toyfs_as(USER_A));
	/* What clone opened is the clone file, which is root's. */
	EXPECT_ERR(EPERM, fchmod(self->a.ctl, 0600));
	toyfs_path(self->path, variant->kind, self->a.n, "data");
	ASSERT_OK(chmod(self->path, 0664));
	expect_mode(_metadata, variant->kind, self->a.n, sock, 0664);
	ctl = toyfs_open(variant->kind, self->a.n, "ctl", O_RDWR);
	ASSERT_OK(fchmod(ctl, 06777));
	expect_mode(_metadata, variant->kind, self->a.n, sock, 0666);
	EXPECT_STREQ("0666", toyfs_status(variant->kind, self->a.n, "mode"));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->a.n, 0);
	EXPECT_ERR(EPERM, chmod(self->path, 0600));
	EXPECT_ERR(EPERM, fchmod(ctl, 0600));
	expect_mode(_metadata, variant->kind, self->a.n, sock, 0666);
}

TEST_F(toyfs_perm, chmod__of_all_else_eperm)
{
	static const char * const names[] = {
		"", "status", "local", "remote", "err",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		toyfs_path(self->path, variant->kind, self->a.n, names[i]);
		EXPECT_ERR(EPERM, chmod(self->path, 0600)) {
			TH_LOG("chmod of %s", self->path);
		}
	}
	EXPECT_ERR(EPERM, chmod(TOYFS, 0700));
	EXPECT_ERR(EPERM, chmod(TOYFS "/stats", 0600));
	EXPECT_ERR(EPERM, chmod(TOYFS "/ctl", 0666));
	toyfs_path(self->path, variant->kind, -1, "clone");
	EXPECT_ERR(EPERM, chmod(self->path, 0600));
	EXPECT_ERR(EPERM, chown(self->path, USER_A, -1));
	/* A socket whose owner did not open it is not opened by root. */
	toyfs_path(self->path, variant->kind, self->n, "ctl");
	EXPECT_ERR(EPERM, chmod(self->path, 0666));
	EXPECT_ERR(EPERM, chown(self->path, USER_B, USER_B));
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_ERR(EPERM, chmod(self->path, 0666));
	EXPECT_EQ(0, toyfs_mode(variant->kind, self->n, "ctl"));
}

TEST_F(toyfs_perm, chown__takes_a_capability_and_is_of_all)
{
	static const char * const names[] = { "", "ctl", "data", "status" };
	struct stat st;
	size_t i;

	toyfs_path(self->path, variant->kind, self->a.n, "ctl");
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_ERR(EPERM, chown(self->path, USER_B, -1));
	EXPECT_ERR(EPERM, chown(self->path, -1, USER_B));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(chown(self->path, USER_B, USER_B));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_OK(toyfs_stat(variant->kind, self->a.n, names[i], &st));
		EXPECT_EQ(USER_B, st.st_uid);
		EXPECT_EQ(USER_B, st.st_gid);
	}
	EXPECT_STREQ("4712", toyfs_status(variant->kind, self->a.n, "uid"));
	ASSERT_OK(toyfs_as(USER_A));
	expect_doors(_metadata, variant->kind, self->a.n, EACCES);
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	expect_doors(_metadata, variant->kind, self->a.n, 0);
	EXPECT_OK(chmod(self->path, 0640));
}

/* The owner may leave it to one of his own groups, as any file. */
TEST_F(toyfs_perm, chgrp__to_a_group_of_ones_own)
{
	struct stat st;

	toyfs_path(self->path, variant->kind, self->a.n, "ctl");
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_OK(chown(self->path, -1, USER_A));
	EXPECT_OK(chmod(self->path, 0660));
	ASSERT_OK(stat(self->path, &st));
	EXPECT_EQ(S_IFIFO | 0660, st.st_mode);
	EXPECT_EQ(USER_A, st.st_gid);
	EXPECT_ERR(EPERM, chown(self->path, -1, USER_B));
}

TOY_TEST_MAIN

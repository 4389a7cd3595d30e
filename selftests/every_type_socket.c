// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: making sockets and pairs of them, and what the descriptor is as a
 * file.
 */
#include <grp.h>
#include <sys/stat.h>

#include "toy_test.h"

FIXTURE(every_type_socket)
{
	int family;
	int type;
};

FIXTURE_VARIANT(every_type_socket)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_socket, VARIANTS_ALL)

FIXTURE_SETUP(every_type_socket)
{
	toy_guard(20);
	self->family = toy_kind_family(variant->kind);
	self->type = variant->kind.type;
}

FIXTURE_TEARDOWN(every_type_socket)
{
}

/* ---------------------------------------------------------------- socket(2) */

/* What the family does not have, and what nobody has. */
TEST_F(every_type_socket, bad_type__esocktnosupport_or_einval)
{
	EXPECT_ERR(ESOCKTNOSUPPORT, socket(self->family, SOCK_RDM, 0));
	EXPECT_ERR(ESOCKTNOSUPPORT, socket(self->family, SOCK_DCCP, 0));
	/* AF_INET has it from times before AF_PACKET. */
	if (!toy_kind_is_inet(variant->kind)) {
		EXPECT_ERR(ESOCKTNOSUPPORT,
			   socket(self->family, SOCK_PACKET, 0));
	}
	EXPECT_ERR(EINVAL, socket(self->family, 11, 0));
	EXPECT_ERR(EINVAL, socket(self->family, 15, 0));
	EXPECT_ERR(EINVAL, socket(self->family, -1, 0));
	EXPECT_ERR(EINVAL, socket(self->family, self->type | 0x100, 0));
	EXPECT_ERR(ESOCKTNOSUPPORT, socket(self->family, 0, 0));
}

TEST_F(every_type_socket, bad_protocol__eprotonosupport)
{
	EXPECT_ERR(EPROTONOSUPPORT, socket(self->family, self->type, 250));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_ERR(EPROTONOSUPPORT, socket(self->family, self->type,
						   1));
		EXPECT_ERR(EPROTONOSUPPORT, socket(self->family, self->type,
						   -1));
	}
}

/* Whoever may open sockets may open these. */
TEST_F(every_type_socket, socket__takes_no_privilege)
{
	pid_t pid = fork();

	if (!pid) {
		EXPECT_OK(setgroups(0, NULL));
		EXPECT_OK(setresuid(4711, 4711, 4711));
		EXPECT_OK(socket(self->family, self->type, 0));
		_exit(!_metadata->passed);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
}

static void expect_flags(struct __test_metadata *_metadata, int fd, bool cloexec,
			 bool nonblock)
{
	EXPECT_EQ(cloexec ? FD_CLOEXEC : 0, fcntl(fd, F_GETFD));
	EXPECT_EQ(nonblock ? O_NONBLOCK | O_RDWR : O_RDWR,
		  fcntl(fd, F_GETFL));
}

TEST_F(every_type_socket, sock_cloexec_sock_nonblock__are_set_at_birth)
{
	const int flags[] = { 0, SOCK_CLOEXEC, SOCK_NONBLOCK,
			      SOCK_CLOEXEC | SOCK_NONBLOCK };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = socket(self->family, self->type | flags[i], 0);
		ASSERT_OK(fd);
		expect_flags(_metadata, fd, flags[i] & SOCK_CLOEXEC,
			     flags[i] & SOCK_NONBLOCK);
		EXPECT_OK(close(fd));
	}
}

/* ------------------------------------------------------------ socketpair(2) */

TOY_TEST(every_type_socket, socketpair__carries_data_both_ways, VARIANTS_LOCAL)
{
	char buf[8];
	int fd[2], i;

	ASSERT_OK(socketpair(self->family, self->type, 0, fd));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(3, send(fd[i], "abc", 3, 0));
		EXPECT_EQ(3, recv(fd[!i], buf, sizeof(buf), 0));
		EXPECT_EQ(0, memcmp(buf, "abc", 3));
		EXPECT_ERR(EAGAIN, recv(fd[i], buf, 1, MSG_DONTWAIT));
	}
	EXPECT_OK(close(fd[0]));
	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_EQ(0, recv(fd[1], buf, sizeof(buf), 0));
		EXPECT_ERR(EPIPE, send(fd[1], "x", 1, MSG_NOSIGNAL));
	} else {
		EXPECT_ERR(ECONNREFUSED, send(fd[1], "x", 1, MSG_NOSIGNAL));
	}
}

TOY_TEST(every_type_socket, socketpair__flags_are_for_both_ends,
	 VARIANTS_LOCAL)
{
	int fd[2], i;

	ASSERT_OK(socketpair(self->family, self->type | SOCK_CLOEXEC |
			     SOCK_NONBLOCK, 0, fd));
	for (i = 0; i < 2; i++)
		expect_flags(_metadata, fd[i], true, true);
	ASSERT_OK(socketpair(self->family, self->type, 0, fd));
	for (i = 0; i < 2; i++)
		expect_flags(_metadata, fd[i], false, false);
}

TOY_TEST(every_type_socket, socketpair__has_no_names, VARIANTS_TOY)
{
	struct toy_name none = toy_name_toy(0, 0), name;
	int fd[2], i;

	ASSERT_OK(socketpair(self->family, self->type, 0, fd));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(toy_name_of(fd[i], &name));
		EXPECT_TRUE(toy_name_equal(&none, &name));
		ASSERT_OK(toy_name_of_peer(fd[i], &name));
		EXPECT_TRUE(toy_name_equal(&none, &name));
	}
}

TOY_TEST(every_type_socket, socketpair__bad_arguments, VARIANTS_LOCAL)
{
	int fd[2], last, next;

	last = dup(0);
	EXPECT_ERR(EFAULT, socketpair(self->family, self->type, 0,
				      (int *)toy_page_bad()));
	EXPECT_ERR(ESOCKTNOSUPPORT, socketpair(self->family, SOCK_RDM, 0, fd));
	EXPECT_ERR(EINVAL, socketpair(self->family, 15, 0, fd));
	EXPECT_ERR(EPROTONOSUPPORT, socketpair(self->family, self->type, 250,
					       fd));
	/* No descriptor is left behind. */
	next = dup(0);
	EXPECT_EQ(last + 1, next);
}

/* A pair is connected, and cannot be connected otherwise. */
TOY_TEST(every_type_socket, socketpair__of_connections_stays_connected,
	 VARIANTS_CONN & VARIANTS_TOY)
{
	struct toy_name name;
	int fd[2], server;

	server = toy_listener(variant->kind, &name, 1);
	ASSERT_OK(server);
	ASSERT_OK(socketpair(self->family, self->type, 0, fd));
	EXPECT_ERR(EISCONN, toy_connect(fd[0], &name));
	EXPECT_ERR(EINVAL, listen(fd[0], 1));
	EXPECT_ERR(EINVAL, accept(fd[0], NULL, NULL));
}

/* ------------------------------------------------------------- a descriptor */

TEST_F(every_type_socket, proc_self_fd__cannot_be_opened)
{
	char path[64], link[64] = "";
	struct stat st;
	int fd;

	fd = socket(self->family, self->type, 0);
	ASSERT_OK(fd);
	ASSERT_OK(fstat(fd, &st));
	EXPECT_TRUE(S_ISSOCK(st.st_mode));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_OK(readlink(path, link, sizeof(link) - 1));
	EXPECT_EQ(0, strncmp(link, "socket:[", 8));
	EXPECT_ERR(ENXIO, open(path, O_RDWR));
	EXPECT_ERR(ENXIO, open(path, O_RDONLY));
	EXPECT_ERR(ENXIO, open(path, O_WRONLY | O_NONBLOCK));
	EXPECT_OK(open(path, O_PATH));
}

TEST_F(every_type_socket, file_calls__that_a_socket_does_not_have)
{
	const long page = sysconf(_SC_PAGESIZE);
	char c;
	int fd;

	fd = socket(self->family, self->type, 0);
	ASSERT_OK(fd);
	EXPECT_ERR(ESPIPE, lseek(fd, 0, SEEK_CUR));
	EXPECT_ERR(ESPIPE, pread(fd, &c, 1, 0));
	EXPECT_ERR(ESPIPE, pwrite(fd, &c, 1, 0));
	EXPECT_ERR(EINVAL, ftruncate(fd, 0));
	EXPECT_ERR(EINVAL, fsync(fd));
	EXPECT_ERR(ENOTDIR, fchdir(fd));
	/* TCP maps what it receives. */
	if (toy_kind_is_inet(variant->kind))
		return;
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(ENODEV, errno);
}

/* Calls for sockets on what is none; and on a socket that is gone. */
TEST_F(every_type_socket, closed__ebadf)
{
	int fd;
	char c;

	fd = socket(self->family, self->type, 0);
	ASSERT_OK(fd);
	EXPECT_OK(close(fd));
	EXPECT_ERR(EBADF, close(fd));
	EXPECT_ERR(EBADF, send(fd, &c, 1, 0));
	EXPECT_ERR(EBADF, recv(fd, &c, 1, 0));
	EXPECT_ERR(EBADF, listen(fd, 1));
}

/* The connection is there until the last descriptor is closed. */
TEST_F(every_type_socket, dup__keeps_the_socket)
{
	int fd[2], copy;
	char c;

	ASSERT_OK(toy_pair(variant->kind, fd));
	copy = dup(fd[0]);
	ASSERT_OK(copy);
	EXPECT_OK(close(fd[0]));
	EXPECT_EQ(1, send(copy, "x", 1, 0));
	EXPECT_EQ(1, recv(fd[1], &c, 1, 0));
	EXPECT_ERR(EAGAIN, recv(fd[1], &c, 1, MSG_DONTWAIT));
	EXPECT_OK(close(copy));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
}

TEST_F(every_type_socket, fork__shares_the_socket)
{
	int fd[2];
	pid_t pid;
	char c;

	ASSERT_OK(toy_pair(variant->kind, fd));
	pid = fork();
	if (!pid)
		_exit(close(fd[1]) || send(fd[0], "x", 1, 0) != 1);
	EXPECT_EQ(0, toy_child_wait(pid));
	EXPECT_EQ(1, recv(fd[1], &c, 1, 0));
	EXPECT_ERR(EAGAIN, recv(fd[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, send(fd[0], "x", 1, 0));
}

TOY_TEST_MAIN

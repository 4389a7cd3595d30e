// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: whose rights count. A command has those of who opened the file, not of
 * who writes: a program with more rights that inherits a descriptor lends it none.
 * And what one sees of others where they are hidden.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "toy_test.h"
#include "toyfs.h"

/* Two users that need not exist. */
#define USER_A	4711
#define USER_B	4712

FIXTURE(toyfs_rights)
{
	struct toyfs_end a;	/* user A's, made by clone */
	char path[TOYFS_PATH];
};

FIXTURE_VARIANT(toyfs_rights)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_rights, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_rights)
{
	toy_guard(25);
	ASSERT_OK(toyfs_as(USER_A));
	ASSERT_OK(toyfs_new(variant->kind, &self->a));
	ASSERT_OK(toyfs_as(0));
}

FIXTURE_TEARDOWN(toyfs_rights)
{
}

/* --------------------------------------------------------- whose rights count */

/* As a setuid program that got its standard output from its caller. */
TEST_F(toyfs_rights, command__has_the_openers_rights)
{
	/* We are root, the descriptor was opened by user A. */
	EXPECT_ERR(EACCES, toyfs_ctl(self->a.ctl, "bind *:80"));
	EXPECT_ERR(EACCES, toyfs_ctl(self->a.ctl, "bind *:1023"));
	EXPECT_OK(toyfs_ctl(self->a.ctl, "bind *:%u",
			    toyfs_port(variant->kind)));
}

TEST_F(toyfs_rights, command__by_a_user_on_roots_descriptor)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_OK(toyfs_ctl(end.ctl, "bind *:81"));
}

/* Root's own descriptor of A's socket has root's rights. */
TEST_F(toyfs_rights, command__each_open_has_its_own)
{
	int ctl = toyfs_open(variant->kind, self->a.n, "ctl", O_RDWR);

	ASSERT_OK(ctl);
	EXPECT_ERR(EACCES, toyfs_ctl(self->a.ctl, "bind *:82"));
	EXPECT_OK(toyfs_ctl(ctl, "bind *:82"));
}

static int drop_cap(int cap)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[cap / 32].effective &= ~(1u << cap % 32);
	return syscall(SYS_capset, &header, data);
}

TEST_F(toyfs_rights, root_ctl__takes_cap_net_admin)
{
	int fd;

	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_ERR(EACCES, open(TOYFS "/ctl", O_RDWR));
	EXPECT_ERR(EACCES, open(TOYFS "/ctl", O_RDONLY));
	ASSERT_OK(toyfs_as(0));
	fd = open(TOYFS "/ctl", O_RDWR);
	EXPECT_OK(toyfs_ctl(fd, "node 5"));
	ASSERT_OK(drop_cap(CAP_NET_ADMIN));
	/* Opened with it. */
	EXPECT_OK(toyfs_ctl(fd, "node 5"));
	fd = open(TOYFS "/ctl", O_RDWR);
	ASSERT_OK(fd);
	EXPECT_ERR(EPERM, toyfs_ctl(fd, "node 5"));
	EXPECT_ERR(EPERM, toyfs_ctl(fd, "neigh flush"));
}

/* The other side is told of the opener, not of who wrote the command. */
TOY_TEST(toyfs_rights, connect__is_the_openers, VARIANTS_CONN)
{
	struct toyfs_end server, call;
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	unsigned int port;
	int sock;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_ctl(self->a.ctl, "connect 1:%u", port));
	ASSERT_OK(toyfs_accept(&server, &call));
	sock = toyfs_getsock(call.ctl, 0);
	ASSERT_OK(getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len));
	EXPECT_EQ(USER_A, peer.uid);
	EXPECT_EQ(USER_A, peer.gid);
}

TOY_TEST(toyfs_rights, listen__is_the_openers, VARIANTS_CONN)
{
	unsigned int port = toyfs_port(variant->kind);
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	struct toyfs_end client;
	int sock;

	ASSERT_OK(toyfs_ctl(self->a.ctl, "announce *:%u", port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	sock = toyfs_getsock(client.ctl, 0);
	ASSERT_OK(getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len));
	EXPECT_EQ(USER_A, peer.uid);
}

/* Who accepts by another's listen gets a socket of the listener's owner. */
TOY_TEST(toyfs_rights, accept__stays_the_listeners, VARIANTS_CONN)
{
	unsigned int port = toyfs_port(variant->kind);
	struct toyfs_end client, call;
	struct stat st;

	ASSERT_OK(toyfs_ctl(self->a.ctl, "announce *:%u", port));
	toyfs_path(self->path, variant->kind, self->a.n, "listen");
	ASSERT_OK(chmod(self->path, 0666));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	ASSERT_OK(toyfs_as(USER_B));
	ASSERT_OK(toyfs_accept(&self->a, &call));
	ASSERT_OK(toyfs_stat(variant->kind, call.n, "data", &st));
	EXPECT_EQ(USER_A, st.st_uid);
	EXPECT_EQ(S_IFIFO | 0666, st.st_mode);
	toyfs_path(self->path, variant->kind, call.n, "data");
	EXPECT_ERR(EPERM, chmod(self->path, 0600));
}

/* To leave a device takes a capability, which the opener has not. */
TEST_F(toyfs_rights, set__device_takes_cap_net_raw_to_leave)
{
	int ctl;

	ASSERT_OK(toyfs_ctl(self->a.ctl, "set device lo"));
	EXPECT_ERR(EPERM, toyfs_ctl(self->a.ctl, "set device *"));
	ctl = toyfs_open(variant->kind, self->a.n, "ctl", O_RDWR);
	ASSERT_OK(ctl);
	EXPECT_OK(toyfs_ctl(ctl, "set device *"));
}

/* None of the others takes one: set is no way around those that do. */
TEST_F(toyfs_rights, set__takes_no_capability)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_as(USER_A));
	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_OK(toyfs_ctl(end.ctl, "set rcvbuf 100000000"));
	EXPECT_OK(toyfs_ctl(end.ctl, "set sndbuf 100000000"));
	EXPECT_GT(100000000, toy_opt_get(toyfs_getsock(end.ctl, 0), SOL_SOCKET,
					 SO_RCVBUF));
}

/* -------------------------------------------------------------------- hide */

TEST_F(toyfs_rights, hide__shows_ones_own_alone)
{
	struct toyfs_end a, b;
	char name[16];
	struct stat st;

	ASSERT_OK(toyfs_sandbox("hide=1"));
	toyfs_path(self->path, variant->kind, -1, "");
	ASSERT_OK(toyfs_as(USER_A));
	ASSERT_OK(toyfs_new(variant->kind, &a));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	ASSERT_OK(toyfs_new(variant->kind, &b));
	snprintf(name, sizeof(name), "%d", a.n);
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, a.n, "", &st));
	EXPECT_ERR(ENOENT, toyfs_open(variant->kind, a.n, "status", O_RDONLY));
	EXPECT_ERR(ENOENT, toyfs_open(variant->kind, a.n, "ctl", O_RDWR));
	EXPECT_EQ(0, toyfs_list(self->path, name, NULL));
	EXPECT_OK(toyfs_stat(variant->kind, b.n, "status", &st));
	/* Root sees both, and that it looked shows B nothing. */
	ASSERT_OK(toyfs_as(0));
	EXPECT_OK(toyfs_stat(variant->kind, a.n, "status", &st));
	EXPECT_EQ(1, toyfs_list(self->path, name, NULL));
	ASSERT_OK(toyfs_as(USER_B));
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, a.n, "status", &st));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_OK(toyfs_stat(variant->kind, a.n, "status", &st));
	EXPECT_EQ(1, toyfs_list(self->path, name, NULL));
	/* Switched off while it is mounted. */
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_mount("hide=0", MS_REMOUNT));
	ASSERT_OK(toyfs_as(USER_B));
	EXPECT_OK(toyfs_stat(variant->kind, a.n, "status", &st));
}

TOY_TEST_MAIN

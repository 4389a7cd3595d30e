// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: mounting. One tree for a network namespace; its options; what lives on
 * after umount and after the namespace; user namespaces.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "toy_test.h"
#include "toyfs.h"

#define USER_A	4711
#define GROUP_B	4712

/* A test begins where toyfs is mounted once, as nobody else's. */
FIXTURE(toyfs_mount)
{
	struct toyfs_end end;
};

FIXTURE_SETUP(toyfs_mount)
{
	toy_guard(25);
	ASSERT_OK(unshare(CLONE_NEWNS | CLONE_NEWNET));
	ASSERT_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

FIXTURE_TEARDOWN(toyfs_mount)
{
}

/* The options in /proc/self/mounts of what is mounted last at TOYFS. */
static char *options_shown(char *text, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "r");
	char line[1024], options[400];

	text[0] = '\0';
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s " TOYFS " toyfs %399s", options) == 1)
			snprintf(text, size, ",%s,", options);
	if (file)
		fclose(file);
	return text;
}

/* ----------------------------------------------------------------- options */

TEST_F(toyfs_mount, options__defaults)
{
	char text[512];
	struct stat st;

	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	EXPECT_EQ(0600, toyfs_mode(TOY_STREAM, self->end.n, "ctl"));
	ASSERT_OK(toyfs_stat(TOY_STREAM, self->end.n, "ctl", &st));
	EXPECT_EQ(getegid(), st.st_gid);
	options_shown(text, sizeof(text));
	EXPECT_EQ(NULL, strstr(text, ",mode="));
	EXPECT_EQ(NULL, strstr(text, ",gid="));
	EXPECT_EQ(NULL, strstr(text, ",hide="));
	EXPECT_EQ(NULL, strstr(text, ",foreign,"));
}

TEST_F(toyfs_mount, options__mode_and_gid)
{
	static const char * const names[] = { "ctl", "data", "listen" };
	char text[512];
	struct stat st;
	int i, fd;

	ASSERT_OK(toyfs_mount("mode=0640,gid=4712", 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	for (i = 0; i < 3; i++) {
		ASSERT_OK(toyfs_stat(TOY_STREAM, self->end.n, names[i], &st));
		EXPECT_EQ(S_IFIFO | 0640, st.st_mode);
		EXPECT_EQ(GROUP_B, st.st_gid);
		EXPECT_EQ(0, st.st_uid);
	}
	EXPECT_STREQ("0640", toyfs_status(TOY_STREAM, self->end.n, "mode"));
	EXPECT_NE(NULL, strstr(options_shown(text, sizeof(text)),
			       ",mode=0640,"));
	EXPECT_NE(NULL, strstr(text, ",gid=4712,"));
	/* Not those of sockets that were made by a call. */
	fd = toy_socket(TOY_STREAM, 0);
	self->end.n = toyfs_number_of(TOY_STREAM, fd);
	ASSERT_OK(toyfs_stat(TOY_STREAM, self->end.n, "ctl", &st));
	EXPECT_EQ(S_IFIFO, st.st_mode);
	EXPECT_EQ(getegid(), st.st_gid);
}

/* accept by listen hands on what the listener has. */
TEST_F(toyfs_mount, options__of_children)
{
	struct toyfs_end server, client, end;
	unsigned int port;
	struct stat st;

	ASSERT_OK(toyfs_mount("mode=0660,gid=4712", 0));
	ASSERT_OK(toyfs_server(TOY_STREAM, &server, &port));
	ASSERT_OK(toyfs_client(TOY_STREAM, &client, port));
	ASSERT_OK(toyfs_accept(&server, &end));
	ASSERT_OK(toyfs_stat(TOY_STREAM, end.n, "ctl", &st));
	EXPECT_EQ(S_IFIFO | 0660, st.st_mode);
	EXPECT_EQ(GROUP_B, st.st_gid);
}

TEST_F(toyfs_mount, options__bad_ones_einval)
{
	static const char * const bad[] = {
		"mode=0777", "mode=01000", "mode=x", "mode=", "mode",
		"gid=-2", "gid=x", "gid=", "hide=2", "hide=x", "hide=",
		"foreign=1", "nonsense", "uid=0", "mode=0600x",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_mount(bad[i], 0)) {
			TH_LOG("mount -o %s", bad[i]);
		}
	/* Nothing of them stays. */
	EXPECT_OK(toyfs_mount("mode=0666", 0));
}

TEST_F(toyfs_mount, second__other_options_ebusy)
{
	char dir[] = "/tmp/toyfs-XXXXXX";

	ASSERT_OK(toyfs_mount("mode=0640,hide=1", 0));
	ASSERT_NE(NULL, mkdtemp(dir));
	EXPECT_ERR(EBUSY, mount("none", dir, "toyfs", 0, "mode=0600"));
	EXPECT_ERR(EBUSY, mount("none", dir, "toyfs", 0, "hide=0"));
	EXPECT_ERR(EBUSY, mount("none", dir, "toyfs", 0, "foreign"));
	EXPECT_ERR(EBUSY, mount("none", dir, "toyfs", 0, "gid=4712"));
	EXPECT_ERR(EBUSY, mount("none", dir, "toyfs", 0, "hide=1,mode=0644"));
	EXPECT_OK(mount("none", dir, "toyfs", 0, "mode=0640"));
	EXPECT_OK(umount(dir));
	EXPECT_OK(mount("none", dir, "toyfs", 0, NULL));
	EXPECT_OK(umount(dir));
	/* The last mount's end is the options' end. */
	ASSERT_OK(umount(TOYFS));
	EXPECT_OK(mount("none", dir, "toyfs", 0, "mode=0600,foreign"));
	EXPECT_OK(umount(dir));
	EXPECT_OK(rmdir(dir));
}

TEST_F(toyfs_mount, remount__changes_them)
{
	struct toyfs_end after;
	char text[512];

	ASSERT_OK(toyfs_mount("mode=0640", 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	ASSERT_OK(toyfs_mount("mode=0666,hide=1", MS_REMOUNT));
	ASSERT_OK(toyfs_new(TOY_STREAM, &after));
	EXPECT_EQ(0640, toyfs_mode(TOY_STREAM, self->end.n, "ctl"));
	EXPECT_EQ(0666, toyfs_mode(TOY_STREAM, after.n, "ctl"));
	EXPECT_NE(NULL, strstr(options_shown(text, sizeof(text)),
			       ",mode=0666,"));
	EXPECT_NE(NULL, strstr(text, ",hide=1,"));
	EXPECT_ERR(EINVAL, toyfs_mount("mode=0777", MS_REMOUNT));
	ASSERT_OK(toyfs_new(TOY_STREAM, &after));
	EXPECT_EQ(0666, toyfs_mode(TOY_STREAM, after.n, "ctl"));
}

/* ------------------------------------------------------------------ umount */

TEST_F(toyfs_mount, umount__busy_while_a_file_is_open)
{
	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	EXPECT_ERR(EBUSY, umount(TOYFS));
	toyfs_close(&self->end);
	EXPECT_OK(umount(TOYFS));
}

/* Lazily: what is open goes on, and a new mount is the same tree. */
TEST_F(toyfs_mount, umount__lazy_with_open_descriptors)
{
	struct toyfs_end end[2];
	struct statfs before, after;
	char buf[8];
	int status;

	ASSERT_OK(toyfs_mount("mode=0640", 0));
	ASSERT_OK(toyfs_pair(TOY_STREAM, end));
	status = toyfs_open(TOY_STREAM, end[0].n, "status", O_RDONLY);
	ASSERT_OK(fstatfs(status, &before));
	EXPECT_EQ(TOYFS_MAGIC, before.f_type);
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	/* What was mounted there before, if anything, is another one. */
	ASSERT_OK(fstatfs(status, &after));
	EXPECT_EQ(before.f_type, after.f_type);
	EXPECT_EQ(2, write(end[0].data, "hi", 2));
	EXPECT_EQ(2, read(end[1].data, buf, sizeof(buf)));
	EXPECT_STREQ("established", toyfs_status_fd(status, "state"));
	EXPECT_OK(toyfs_ctl(end[0].ctl, "shutdown wr"));
	EXPECT_EQ(0, read(end[1].data, buf, sizeof(buf)));

	ASSERT_OK(toyfs_mount(NULL, 0));
	EXPECT_STREQ("fin_wait2", toyfs_status(TOY_STREAM, end[0].n, "state"));
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	toyfs_close(&end[0]);
	EXPECT_STREQ("closed", toyfs_status_fd(status, "state"));
	close(status);
	toyfs_close(&end[1]);
}

TEST_F(toyfs_mount, umount__lazy_under_who_waits)
{
	struct toyfs_end server, client;
	unsigned int port;
	pid_t pid;

	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_server(TOY_STREAM, &server, &port));
	server.data = toyfs_open(TOY_STREAM, server.n, "listen", O_RDWR);
	ASSERT_OK(server.data);
	ASSERT_OK(toyfs_new(TOY_STREAM, &client));
	pid = fork();
	if (!pid)
		_exit(toyfs_number(server.data) < 0);
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	ASSERT_OK(toyfs_ctl(client.ctl, "connect 1:%u", port));
	EXPECT_EQ(0, toy_child_wait(pid));
}

/* A bind mount of a socket's directory goes on showing that socket alone. */
TEST_F(toyfs_mount, bind__of_one_file)
{
	char path[TOYFS_PATH], file[] = "/tmp/toyfs-XXXXXX";
	int fd = mkstemp(file);
	char line[256];

	ASSERT_OK(fd);
	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	toyfs_path(path, TOY_STREAM, self->end.n, "status");
	ASSERT_OK(mount(path, file, NULL, MS_BIND, NULL));
	toyfs_close(&self->end);
	fd = open(file, O_RDONLY);
	if (fd >= 0) {
		memset(line, 0, sizeof(line));
		EXPECT_LT(0, read(fd, line, sizeof(line) - 1));
		EXPECT_NE(NULL, strstr(line, "state=closed"));
		close(fd);
	}
	EXPECT_OK(umount2(file, MNT_DETACH));
	EXPECT_OK(unlink(file));
}

/* What is mounted in a socket's directory goes with the socket. */
TEST_F(toyfs_mount, mounted_on__a_directory_that_goes)
{
	char path[TOYFS_PATH], shown[4096] = "";
	struct stat st;
	FILE *file;

	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	toyfs_path(path, TOY_STREAM, self->end.n, "");
	ASSERT_OK(mount("tmp", path, "tmpfs", 0, NULL));
	ASSERT_OK(stat(path, &st));
	EXPECT_NE(0555 | S_IFDIR, st.st_mode);
	toyfs_close(&self->end);
	EXPECT_ERR(ENOENT, stat(path, &st));
	file = fopen("/proc/self/mounts", "r");
	while (fgets(shown, sizeof(shown), file))
		EXPECT_EQ(NULL, strstr(shown, TOYFS "/stream/"));
	fclose(file);
	EXPECT_OK(umount(TOYFS));
}

/* -------------------------------------------------------- network namespaces */

TEST_F(toyfs_mount, netns__sees_its_own_sockets)
{
	int home = open("/proc/self/ns/net", O_RDONLY);
	struct toyfs_end other;
	struct stat st;

	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_OK(toyfs_mount(NULL, 0));
	EXPECT_ERR(ENOENT, toyfs_stat(TOY_STREAM, self->end.n, "", &st));
	ASSERT_OK(toyfs_new(TOY_STREAM, &other));
	EXPECT_OK(toyfs_stat(TOY_STREAM, other.n, "", &st));
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	ASSERT_OK(setns(home, CLONE_NEWNET));
	EXPECT_OK(toyfs_stat(TOY_STREAM, self->end.n, "", &st));
	EXPECT_OK(toyfs_ctl(other.ctl, "bind *:*"));
}

/* The mount is of the namespace it was made in, which it keeps alive. */
TEST_F(toyfs_mount, netns__lives_while_it_is_mounted)
{
	int home = open("/proc/self/ns/net", O_RDONLY);
	struct toyfs_end server, client;
	struct toy_name name;
	unsigned int port;
	struct stat st;

	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_OK(toyfs_mount("foreign", 0));
	ASSERT_OK(toyfs_server(TOY_STREAM, &server, &port));
	/* Nobody is in there any more. */
	ASSERT_OK(setns(home, CLONE_NEWNET));
	ASSERT_OK(toyfs_client(TOY_STREAM, &client, port));
	EXPECT_STREQ("established", toyfs_status(TOY_STREAM, client.n,
						 "state"));
	EXPECT_OK(toyfs_stat(TOY_STREAM, server.n, "", &st));
	name = toy_name_toy(TOY_NODE_LOOPBACK, port);
	EXPECT_ERR(ECONNREFUSED, toy_connected(TOY_STREAM, &name));
	toyfs_close(&client);
	toyfs_close(&server);
	EXPECT_OK(umount(TOYFS));
}

TEST_F(toyfs_mount, netns__another_may_not_open)
{
	static const char * const names[] = { "ctl", "data", "listen" };
	int home = open("/proc/self/ns/net", O_RDONLY), i;
	char text[512];

	ASSERT_OK(toyfs_mount("mode=0666", 0));
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_ERR(EACCES, toyfs_open(TOY_STREAM, -1, "clone", O_RDWR));
	EXPECT_ERR(EACCES, toyfs_open(TOY_SEQPACKET, -1, "clone", O_RDONLY));
	EXPECT_ERR(EACCES, open(TOYFS "/ctl", O_RDWR));
	for (i = 0; i < 3; i++) {
		EXPECT_ERR(EACCES, toyfs_open(TOY_STREAM, self->end.n,
					      names[i], O_RDWR));
		EXPECT_ERR(EACCES, toyfs_open(TOY_STREAM, self->end.n,
					      names[i], O_RDONLY));
	}
	/* To look is free, and what is open stays open. */
	EXPECT_LT(0, toyfs_cat(TOY_STREAM, self->end.n, "status", text,
			       sizeof(text)));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	ASSERT_OK(setns(home, CLONE_NEWNET));
	EXPECT_OK(toyfs_open(TOY_STREAM, self->end.n, "data", O_RDWR));
	ASSERT_OK(toyfs_mount("foreign", MS_REMOUNT));
	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_OK(toyfs_open(TOY_STREAM, self->end.n, "data", O_RDWR));
}

/* --------------------------------------------------------- user namespaces */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* Become user A, then the root of a user namespace of A's. */
static int become_namespace_root(int flags)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %d 1", USER_A);
	if (toyfs_become(USER_A) || prctl(PR_SET_DUMPABLE, 1) ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNS | flags))
		return -1;
	return write_file("/proc/self/setgroups", "deny") ||
	       write_file("/proc/self/uid_map", map) ||
	       write_file("/proc/self/gid_map", map) ? -1 : 0;
}

TEST_F(toyfs_mount, userns__an_own_network_may_be_mounted)
{
	struct stat st;

	ASSERT_OK(become_namespace_root(CLONE_NEWNET));
	ASSERT_OK(toyfs_mount("hide=1", 0));
	ASSERT_OK(stat(TOYFS "/ctl", &st));
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	ASSERT_OK(toyfs_stat(TOY_STREAM, self->end.n, "ctl", &st));
	EXPECT_EQ(0, st.st_uid);
	EXPECT_STREQ("0", toyfs_status(TOY_STREAM, self->end.n, "uid"));
	/* Root of this namespace has its privileged ports, too. */
	EXPECT_OK(toyfs_ctl(self->end.ctl, "bind *:80"));
	EXPECT_OK(open(TOYFS "/ctl", O_RDWR));
	EXPECT_ERR(EINVAL, toyfs_mount("gid=4712", MS_REMOUNT));
}

TEST_F(toyfs_mount, userns__another_network_may_not)
{
	ASSERT_OK(toyfs_mount(NULL, 0));
	ASSERT_OK(become_namespace_root(0));
	EXPECT_ERR(EPERM, toyfs_mount(NULL, 0));
	/* The inherited mount works, without rights there. */
	ASSERT_OK(toyfs_new(TOY_STREAM, &self->end));
	EXPECT_ERR(EACCES, toyfs_ctl(self->end.ctl, "bind *:80"));
	EXPECT_ERR(EACCES, open(TOYFS "/ctl", O_RDWR));
}

TEST_F(toyfs_mount, user__may_not_mount)
{
	ASSERT_OK(toyfs_become(USER_A));
	EXPECT_ERR(EPERM, toyfs_mount(NULL, 0));
}

TOY_TEST_MAIN

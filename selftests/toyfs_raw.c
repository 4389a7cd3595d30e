// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: raw sockets. Who may make one and who may open it, how it is listed,
 * which commands it has. What is read and written is in toyfs_raw_data.c.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "toy_raw.h"
#include "toy_test.h"

#define NOBODY	65534

FIXTURE(toyfs_raw)
{
	struct toy_raw raw;
};

FIXTURE_SETUP(toyfs_raw)
{
	toy_guard(60);
	ASSERT_OK(toy_raw_make(&self->raw));
}

FIXTURE_TEARDOWN(toyfs_raw)
{
}

static bool status_is(const struct toyfs_end *end, const char *key,
		      const char *want)
{
	const char *is = toyfs_status(end->kind, end->n, key);

	if (strcmp(is, want))
		fprintf(stderr, "# %s=%s, not %s\n", key, is, want);
	return !strcmp(is, want);
}

/* ------------------------------------------------------------------- rights */

static int drop_net_raw(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1u << CAP_NET_RAW);
	return syscall(SYS_capset, &header, data);
}

/* As nobody, in these new namespaces, open a clone: 0, or the errno. */
static int as_nobody(int namespaces, struct toy_kind kind)
{
	pid_t pid = fork();

	if (!pid) {
		if (toyfs_become(NOBODY) ||
		    (namespaces && unshare(namespaces)))
			_exit(255);
		_exit(toyfs_open(kind, -1, "clone", O_RDWR) < 0 ? errno : 0);
	}
	return toy_child_wait(pid);
}

TEST_F(toyfs_raw, clone__takes_a_capability)
{
	struct toyfs_end end;

	EXPECT_EQ(0666, toyfs_mode(TOY_RAW, -1, "clone"));
	EXPECT_EQ(0, as_nobody(0, TOY_DGRAM));
	EXPECT_EQ(EPERM, as_nobody(0, TOY_RAW));
	/* Rights over others' users are none over this network. */
	EXPECT_EQ(EPERM, as_nobody(CLONE_NEWUSER, TOY_RAW));
	EXPECT_EQ(EACCES, as_nobody(CLONE_NEWUSER | CLONE_NEWNET, TOY_RAW));
	ASSERT_OK(toyfs_mount("foreign", MS_REMOUNT));
	EXPECT_EQ(EPERM, as_nobody(CLONE_NEWUSER | CLONE_NEWNET, TOY_RAW));
	EXPECT_EQ(0, as_nobody(CLONE_NEWUSER | CLONE_NEWNET, TOY_DGRAM));
	/* Root has it, but for one that gave it up; what is made stays. */
	EXPECT_OK(toyfs_new(TOY_RAW, &end));
	ASSERT_OK(drop_net_raw());
	EXPECT_ERR(EPERM, toyfs_open(TOY_RAW, -1, "clone", O_RDWR));
	EXPECT_OK(toyfs_data(&end, O_RDWR));
}

TEST_F(toyfs_raw, clone__from_another_namespace)
{
	ASSERT_OK(toy_cable_enter(&self->raw.cable, 0));
	EXPECT_ERR(EACCES, toyfs_open(TOY_RAW, -1, "clone", O_RDWR));
	EXPECT_ERR(EACCES, toyfs_data(&self->raw.end, O_RDWR));
	EXPECT_TRUE(status_is(&self->raw.end, "type", "raw"));
	/* It is the mount's namespace that it hears, wherever the opener is. */
	ASSERT_OK(toyfs_mount("foreign", MS_REMOUNT));
	ASSERT_OK(toyfs_new(TOY_RAW, &self->raw.end));
	ASSERT_OK(toyfs_data(&self->raw.end, O_RDWR));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	EXPECT_FALSE(toy_raw_silent(self->raw.end.data));
}

/* What a mount gives to everybody is not everybody's frames. */
TEST_F(toyfs_raw, mode__is_for_the_maker)
{
	struct toyfs_end raw, dgram;
	char path[TOYFS_PATH];

	EXPECT_EQ(0600, toyfs_mode(TOY_RAW, self->raw.end.n, "data"));
	ASSERT_OK(toyfs_mount("mode=0666", MS_REMOUNT));
	ASSERT_OK(toyfs_new(TOY_RAW, &raw));
	ASSERT_OK(toyfs_new(TOY_DGRAM, &dgram));
	EXPECT_EQ(0666, toyfs_mode(TOY_DGRAM, dgram.n, "data"));
	EXPECT_EQ(0600, toyfs_mode(TOY_RAW, raw.n, "data"));
	ASSERT_OK(toyfs_as(NOBODY));
	EXPECT_ERR(EACCES, toyfs_data(&raw, O_RDONLY));
	ASSERT_OK(toyfs_as(0));
	/* Its owner may, and who was let in needs no capability. */
	ASSERT_OK(chmod(toyfs_path(path, TOY_RAW, raw.n, "data"), 0644));
	ASSERT_OK(toyfs_as(NOBODY));
	EXPECT_ERR(EACCES, toyfs_data(&raw, O_RDWR));
	ASSERT_OK(toyfs_data(&raw, O_RDONLY));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	EXPECT_FALSE(toy_raw_silent(raw.data));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_mount("mode=0444", MS_REMOUNT));
	ASSERT_OK(toyfs_new(TOY_RAW, &raw));
	EXPECT_EQ(0400, toyfs_mode(TOY_RAW, raw.n, "ctl"));
}

TEST_F(toyfs_raw, hide__hides_it)
{
	struct stat st;

	ASSERT_OK(toyfs_as(NOBODY));
	EXPECT_OK(toyfs_stat(TOY_RAW, self->raw.end.n, "status", &st));
	EXPECT_ERR(EACCES, toyfs_data(&self->raw.end, O_RDONLY));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_mount("hide=1", MS_REMOUNT));
	ASSERT_OK(toyfs_as(NOBODY));
	EXPECT_ERR(ENOENT, toyfs_stat(TOY_RAW, self->raw.end.n, "status", &st));
}

/* ------------------------------------------------------------------ listing */

TEST_F(toyfs_raw, directory__has_no_listen)
{
	static const char * const files[] = {
		"ctl", "data", "local", "remote", "status", "err",
	};
	char path[TOYFS_PATH], name[16];
	struct stat st;
	size_t i;

	toyfs_path(path, TOY_RAW, self->raw.end.n, "");
	for (i = 0; i < ARRAY_SIZE(files); i++)
		EXPECT_EQ(1, toyfs_list(path, files[i], NULL));
	EXPECT_EQ(0, toyfs_list(path, "listen", NULL));
	EXPECT_ERR(ENOENT, toyfs_open(TOY_RAW, self->raw.end.n, "listen",
				      O_RDWR));
	snprintf(name, sizeof(name), "%d", self->raw.end.n);
	EXPECT_EQ(1, toyfs_list(TOYFS "/raw", name, NULL));
	EXPECT_EQ(1, toyfs_list(TOYFS "/raw", "clone", NULL));
	EXPECT_EQ(0, toyfs_list(TOYFS "/dgram", name, NULL));
	EXPECT_ERR(ENOENT, toyfs_stat(TOY_DGRAM, self->raw.end.n, "", &st));
	toyfs_close(&self->raw.end);
	EXPECT_EQ(0, toyfs_list(TOYFS "/raw", name, NULL));
}

/* One that socket(2) made: seen, closed, opened by its owner. */
TEST_F(toyfs_raw, socket__is_there_and_closed)
{
	struct toyfs_end end = { .kind = TOY_RAW, .ctl = -1 };
	int sock = toy_cable_socket(&self->raw.cable, 1, TOY_RAW, 0);
	struct toy_frame f;

	ASSERT_OK(sock);
	end.n = toyfs_number_of(TOY_RAW, sock);
	ASSERT_LT(0, end.n);
	EXPECT_TRUE(status_is(&end, "type", "raw"));
	EXPECT_TRUE(status_is(&end, "mode", "0000"));
	EXPECT_ERR(EPERM, toyfs_data(&end, O_RDONLY));
	EXPECT_ERR(EPERM, toyfs_open(TOY_RAW, end.n, "ctl", O_RDWR));
	ASSERT_OK(toyfs_fsmode(sock, 0600));
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	EXPECT_ERR(EPERM, toyfs_fsmode(sock, 0) ?:
		   toyfs_open(TOY_RAW, end.n, "data", O_RDWR));
	/* It lives on in what was opened before. */
	toy_close(&sock);
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	ASSERT_OK(toy_raw_hear(end.data, &f));
	EXPECT_EQ(21, f.len);
	toyfs_close(&end);
	EXPECT_ERR(ENOENT, toyfs_open(TOY_RAW, end.n, "status", O_RDONLY));
}

TEST_F(toyfs_raw, getsock__is_the_socket)
{
	int sock = toyfs_getsock(self->raw.end.ctl, O_CLOEXEC);
	struct toy_name name = toy_name_toy(5, 6);

	ASSERT_OK(sock);
	EXPECT_EQ(SOCK_RAW, toy_opt_get(sock, SOL_SOCKET, SO_TYPE));
	ASSERT_OK(toy_bind(sock, &name));
	EXPECT_TRUE(toyfs_begins(&self->raw.end, "local", "5:6\n"));
	toyfs_close(&self->raw.end);
	EXPECT_TRUE(toyfs_begins(&self->raw.end, "local", "5:6\n"));
}

TEST_F(toyfs_raw, events__tell_of_it)
{
	int fd = open(TOYFS "/events", O_RDONLY | O_CLOEXEC);
	long clones = toy_cable_stat(&self->raw.cable, 1, "ToyClones");
	char text[512] = "", want[64];
	struct toyfs_end end;

	ASSERT_OK(fd);
	ASSERT_OK(toyfs_new(TOY_RAW, &end));
	EXPECT_EQ(clones + 1, toy_cable_stat(&self->raw.cable, 1, "ToyClones"));
	ASSERT_LT(0, read(fd, text, sizeof(text) - 1));
	snprintf(want, sizeof(want), " id=%d type=raw old=none new=close ",
		 end.n);
	EXPECT_NE(NULL, strstr(text, want));
	toyfs_close(&end);
	memset(text, 0, sizeof(text));
	ASSERT_LT(0, read(fd, text, sizeof(text) - 1));
	EXPECT_NE(NULL, strstr(text, " type=raw old=close new=none "));
}

/* ----------------------------------------------------------------- commands */

TEST_F(toyfs_raw, bind__is_what_it_hears)
{
	static const struct {
		const char *address;
		bool hears;
	} t[] = {
		{ "2:7001", true }, { "3:*", true }, { "*:7001", true },
		{ "4:*", false }, { "*:80", false }, { "*:*", true },
	};
	struct toy_frame f;
	char line[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "bind %s",
				    t[i].address));
		snprintf(line, sizeof(line), "%s\n", t[i].address);
		EXPECT_TRUE(toyfs_begins(&self->raw.end, "local", line));
		EXPECT_TRUE(toyfs_begins(&self->raw.end, "remote", "*:*\n"));
		ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
		EXPECT_EQ(t[i].hears, !toy_raw_silent(self->raw.end.data));
		if (t[i].hears)
			EXPECT_OK(toy_raw_hear(self->raw.end.data, &f));
	}
	EXPECT_ERR(EINVAL, toyfs_ctl(self->raw.end.ctl, "bind 2"));
	EXPECT_TRUE(toy_raw_err(&self->raw, "22 EINVAL bind: an address is"));
}

TEST_F(toyfs_raw, device__is_where_it_hears)
{
	struct toy_frame f = toy_raw_datagram(2, 'x');

	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "set device lo"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'a'));
	EXPECT_TRUE(toy_raw_silent(self->raw.end.data));
	/* And sends: lo is no link. */
	EXPECT_ERR(ENETUNREACH, toy_raw_say(self->raw.end.data, &f));
	EXPECT_TRUE(toy_raw_err(&self->raw, "101 ENETUNREACH send: no link"));
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "set device toy1"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'b'));
	ASSERT_OK(toy_raw_hear(self->raw.end.data, &f));
	EXPECT_EQ('b', f.at[20]);
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "set device *"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'c'));
	EXPECT_OK(toy_raw_hear(self->raw.end.data, &f));
}

TEST_F(toyfs_raw, commands__that_it_has_not)
{
	static const struct {
		const char *line;
		const char *err;
	} t[] = {
		{ "listen", "95 EOPNOTSUPP listen: nobody calls a raw" },
		{ "announce *:80", "95 EOPNOTSUPP announce: nobody calls" },
		{ "connect 2:7001", "95 EOPNOTSUPP connect: a raw socket has" },
		{ "connect x", "95 EOPNOTSUPP connect: a raw socket has" },
		{ "disconnect", "95 EOPNOTSUPP disconnect: a raw socket has" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_ERR(EOPNOTSUPP, toyfs_ctl(self->raw.end.ctl, t[i].line));
		EXPECT_TRUE(toy_raw_err(&self->raw, t[i].err)) {
			TH_LOG("after %s", t[i].line);
		}
	}
	EXPECT_TRUE(status_is(&self->raw.end, "state", "idle"));
	EXPECT_TRUE(toyfs_begins(&self->raw.end, "local", "*:*\n"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->raw.end.ctl, "shutdown all"));
}

TEST_F(toyfs_raw, status__counts)
{
	const struct toyfs_end *end = &self->raw.end;
	struct toy_frame f;
	int i, fd;

	EXPECT_TRUE(status_is(end, "type", "raw"));
	EXPECT_TRUE(status_is(end, "state", "idle"));
	EXPECT_TRUE(status_is(end, "backend", "raw"));
	EXPECT_TRUE(status_is(end, "mode", "0600"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'y'));
	EXPECT_TRUE(status_is(end, "rq", "42"));
	EXPECT_TRUE(status_is(end, "sq", "0"));
	EXPECT_TRUE(status_is(end, "drops", "0"));
	ASSERT_OK(toy_raw_hear(end->data, &f));
	EXPECT_TRUE(status_is(end, "rq", "21"));
	ASSERT_OK(toyfs_ctl(end->ctl, "set rcvbuf 4096"));
	for (i = 0; i < 100; i++)
		ASSERT_OK(toy_raw_arrive(&self->raw, 'z'));
	EXPECT_LT(0, atoi(toyfs_status(TOY_RAW, end->n, "drops")));
	fd = toyfs_open(TOY_RAW, end->n, "status", O_RDONLY);
	toyfs_close(&self->raw.end);
	EXPECT_STREQ("closed", toyfs_status_fd(fd, "state"));
	EXPECT_STREQ("raw", toyfs_status_fd(fd, "type"));
}

TOY_TEST_MAIN

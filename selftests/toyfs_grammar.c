// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: how ctl is written and read. Lines, words, lengths and addresses; the
 * cursor of the number; TOYIOC_GETSOCK; the commands of the root's ctl.
 */
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

/* Longest line and longest write, the newline not counted in the former. */
#define LINE_MOST	255
#define WRITE_MOST	4096

FIXTURE(toyfs_grammar)
{
	struct toyfs_end end;
	char want[32];	/* what reading it gives */
	char buf[WRITE_MOST + 512];
};

FIXTURE_VARIANT(toyfs_grammar)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_grammar, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_grammar)
{
	toy_guard(20);
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
	snprintf(self->want, sizeof(self->want), "%d\n", self->end.n);
}

FIXTURE_TEARDOWN(toyfs_grammar)
{
}

/* Whether a bind has been done: its port, 0 for none. */
static int port_of(const struct toyfs_end *end)
{
	int sock = toyfs_getsock(end->ctl, O_CLOEXEC);
	struct toy_name name;
	int ret = toy_name_of(sock, &name);

	close(sock);
	return ret ? -1 : name.toy.stoy_port;
}

/* ------------------------------------------------------------------- lines */

TEST_F(toyfs_grammar, line__blanks_and_empty_lines)
{
	EXPECT_EQ(1, write(self->end.ctl, "\n", 1));
	EXPECT_EQ(4, write(self->end.ctl, "\n\t\n\n", 4));
	EXPECT_EQ(14, write(self->end.ctl, " set linger 5\n", 14));
	EXPECT_EQ(14, write(self->end.ctl, "\tset\tlinger\t5 ", 14));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "\n\n   bind    *:*  \t\n\n"));
	EXPECT_LT(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, line__the_end_of_the_write_ends_it)
{
	EXPECT_ERR(EINVAL, write(self->end.ctl, "bi", 2));
	EXPECT_ERR(EINVAL, write(self->end.ctl, "nd *:*", 6));
	EXPECT_EQ(0, port_of(&self->end));
	EXPECT_EQ(8, write(self->end.ctl, "bind *:*", 8));
	EXPECT_LT(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, line__bad_ones)
{
	static const char * const bad[] = {
		"frobnicate", "BIND *:*", "bind*:*", "bind", "bind *:* *:*",
		"bindx *:*", "hangup 1", "disconnect 1", "connect",
		"connect 1:1 2", "announce", "announce *:* 1 2", "#bind *:*",
		"bind *:*;", "\x7f", "\xff\xfe",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "%s", bad[i])) {
			TH_LOG("'%s'", bad[i]);
		}
	EXPECT_EQ(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, line__unknown_verb_is_in_err)
{
	char text[256];

	EXPECT_EQ(0, toyfs_cat(variant->kind, self->end.n, "err", text,
			       sizeof(text)));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "frobnicate"));
	EXPECT_LT(0, toyfs_cat(variant->kind, self->end.n, "err", text,
			       sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "22 EINVAL ", 10)) {
		TH_LOG("err is '%s'", text);
	}
	/* A success leaves it. */
	EXPECT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	EXPECT_LT(0, toyfs_cat(variant->kind, self->end.n, "err", text,
			       sizeof(text)));
}

TEST_F(toyfs_grammar, line__with_a_nul)
{
	EXPECT_ERR(EINVAL, write(self->end.ctl, "bind *:*", 9));
	EXPECT_ERR(EINVAL, write(self->end.ctl, "bind\0 *:*", 9));
	EXPECT_ERR(EINVAL, write(self->end.ctl, "\0", 1));
	EXPECT_EQ(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, line__at_its_longest)
{
	char *buf = self->buf;

	memset(buf, ' ', sizeof(self->buf));
	memcpy(buf, "bind *:*", 8);
	buf[LINE_MOST + 1] = '\n';
	EXPECT_ERR(E2BIG, write(self->end.ctl, buf, LINE_MOST + 2));
	EXPECT_ERR(E2BIG, write(self->end.ctl, buf, LINE_MOST + 1));
	EXPECT_EQ(0, port_of(&self->end));
	buf[LINE_MOST] = '\n';
	EXPECT_EQ(LINE_MOST + 1, write(self->end.ctl, buf, LINE_MOST + 1));
	EXPECT_LT(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, write__at_its_longest)
{
	char *buf = self->buf;

	memset(buf, '\n', sizeof(self->buf));
	memcpy(buf, "bind *:*", 8);
	EXPECT_ERR(E2BIG, write(self->end.ctl, buf, WRITE_MOST + 1));
	EXPECT_EQ(0, port_of(&self->end));
	EXPECT_EQ(WRITE_MOST, write(self->end.ctl, buf, WRITE_MOST));
	EXPECT_LT(0, port_of(&self->end));
	EXPECT_EQ(0, write(self->end.ctl, buf, 0));
}

/* ----------------------------------------------------------- several lines */

TEST_F(toyfs_grammar, lines__run_in_order)
{
	unsigned int port = toyfs_port(variant->kind);

	ASSERT_OK(toyfs_ctl(self->end.ctl,
			    "set sndtimeo 100\nbind *:%u\nset sndtimeo 0",
			    port));
	EXPECT_EQ(port, port_of(&self->end));
}

/* As any write that fails half way: how much was done, then the errno. */
TEST_F(toyfs_grammar, lines__the_first_failure_ends_them)
{
	unsigned int port = toyfs_port(variant->kind);
	char *buf = self->buf;
	int first, len;

	first = sprintf(buf, "\nset sndtimeo 100\n");
	len = first + sprintf(buf + first, "frobnicate\nbind *:%u\n", port);
	EXPECT_EQ(first, write(self->end.ctl, buf, len));
	EXPECT_EQ(0, port_of(&self->end));
	EXPECT_ERR(EINVAL, write(self->end.ctl, buf + first, len - first));
	EXPECT_EQ(0, port_of(&self->end));
	first += strlen("frobnicate\n");
	EXPECT_EQ(len - first, write(self->end.ctl, buf + first, len - first));
	EXPECT_EQ(port, port_of(&self->end));
}

TEST_F(toyfs_grammar, writev__is_one_write)
{
	struct iovec iov[] = {
		{ "bi", 2 }, { "nd *", 4 }, { "", 0 }, { ":*\nse", 5 },
		{ "t sndtimeo 100", 14 },
	};

	EXPECT_EQ(25, writev(self->end.ctl, iov, ARRAY_SIZE(iov)));
	EXPECT_LT(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, write__from_a_bad_pointer)
{
	char *bad = toy_page_bad();

	EXPECT_ERR(EFAULT, write(self->end.ctl, bad, 10));
	memcpy(bad - 8, "bind *:*", 8);
	EXPECT_ERR(EFAULT, write(self->end.ctl, bad - 8, 9));
	EXPECT_EQ(0, port_of(&self->end));
	EXPECT_EQ(8, write(self->end.ctl, bad - 8, 8));
}

/* --------------------------------------------------------------- addresses */

TEST_F(toyfs_grammar, address__bad_ones)
{
	static const char * const bad[] = {
		"1", "1:", ":1", ":", "!", "a:b", "1:a", "1:65536",
		"4294967296:2000", "18446744073709551617:2000", "-1:2000",
		"1:-1", "+1:2000", "1:0x7d0", "0x1:2000", "1::2000",
		"1:!2000", "1:2000:", "1.1:2000", "1:2000x", "**:2000",
		"*:2*", "1;2000", "1:99999999999999999999",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "bind %s",
					     bad[i])) {
			TH_LOG("bind %s", bad[i]);
		}
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "connect %s",
					     bad[i])) {
			TH_LOG("connect %s", bad[i]);
		}
	}
	EXPECT_EQ(0, port_of(&self->end));
}

TEST_F(toyfs_grammar, address__at_its_bounds)
{
	/* A number that is read whole: what is wrong with it is said later. */
	EXPECT_ERR(EADDRNOTAVAIL, toyfs_ctl(self->end.ctl,
					    "bind 4294967294:2000"));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "bind *:65535"));
	EXPECT_EQ(65535, port_of(&self->end));
}

TOY_TEST(toyfs_grammar, listen__bad_backlogs, VARIANTS_CONN)
{
	static const char * const bad[] = { "x", "-1", "1x", "1 1", "*" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "announce *:* %s",
					     bad[i])) {
			TH_LOG("announce *:* %s", bad[i]);
		}
	EXPECT_EQ(0, port_of(&self->end));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "listen %s",
					     bad[i]));
}

/* ------------------------------------------------------------- the number */

TEST_F(toyfs_grammar, number__once_then_the_end)
{
	size_t len = strlen(self->want), i;
	char *buf = self->buf;
	int fd;

	/* The fixture has read it. */
	EXPECT_EQ(0, read(self->end.ctl, buf, 10));
	fd = toyfs_open(variant->kind, self->end.n, "ctl", O_RDONLY);
	ASSERT_OK(fd);
	for (i = 0; i < len; i++) {
		EXPECT_EQ(0, read(fd, buf, 0));
		ASSERT_EQ(1, read(fd, buf, 1));
		EXPECT_EQ(self->want[i], buf[0]);
	}
	EXPECT_EQ(0, read(fd, buf, 1));
	EXPECT_EQ(0, read(fd, buf, 100));
}

TEST_F(toyfs_grammar, number__each_open_has_a_cursor)
{
	char *buf = self->buf;
	int a, b, c;

	a = toyfs_open(variant->kind, self->end.n, "ctl", O_RDWR);
	b = toyfs_open(variant->kind, self->end.n, "ctl", O_RDWR);
	c = dup(a);
	EXPECT_EQ(1, read(a, buf, 1));
	EXPECT_EQ(self->end.n, toyfs_number(b));
	EXPECT_EQ(strlen(self->want) - 1, read(c, buf, 100));
	EXPECT_EQ(0, read(a, buf, 100));
	/* A write rewinds that of the open it was made through. */
	EXPECT_OK(toyfs_ctl(c, "bind *:*"));
	EXPECT_EQ(0, read(b, buf, 100));
	EXPECT_EQ(self->end.n, toyfs_number(a));
}

TEST_F(toyfs_grammar, number__into_several_buffers)
{
	char *buf = self->buf;
	struct iovec iov[] = { { buf, 1 }, { buf + 1, 0 }, { buf + 1, 99 } };

	EXPECT_EQ(1, write(self->end.ctl, "\n", 1));
	EXPECT_EQ(strlen(self->want), readv(self->end.ctl, iov, 3));
	EXPECT_EQ(0, memcmp(buf, self->want, strlen(self->want)));
	EXPECT_EQ(1, write(self->end.ctl, "\n", 1));
	EXPECT_ERR(EFAULT, read(self->end.ctl, toy_page_bad(), 10));
	EXPECT_EQ(self->end.n, toyfs_number(self->end.ctl));
}

/* ------------------------------------------------------------ TOYIOC_GETSOCK */

TEST_F(toyfs_grammar, getsock__is_the_socket)
{
	char inode[32], cookie[32];
	__u64 c = 0;
	socklen_t len = sizeof(c);
	struct stat st;
	int a, b;

	a = toyfs_getsock(self->end.ctl, O_CLOEXEC);
	b = toyfs_getsock(self->end.ctl, 0);
	ASSERT_OK(a);
	ASSERT_OK(b);
	EXPECT_NE(a, b);
	EXPECT_EQ(variant->kind.type, toy_opt_get(a, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(toy_family(), toy_opt_get(a, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(FD_CLOEXEC, fcntl(a, F_GETFD));
	EXPECT_EQ(0, fcntl(b, F_GETFD));
	ASSERT_OK(fstat(a, &st));
	EXPECT_TRUE(S_ISSOCK(st.st_mode));
	snprintf(inode, sizeof(inode), "%lu", (unsigned long)st.st_ino);
	EXPECT_STREQ(inode, toyfs_status(variant->kind, self->end.n, "inode"));
	ASSERT_OK(getsockopt(a, SOL_SOCKET, SO_COOKIE, &c, &len));
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)c);
	EXPECT_STREQ(cookie, toyfs_status(variant->kind, self->end.n,
					  "cookie"));
	/* One open file: a flag of the one is the other's. */
	ASSERT_OK(toy_nonblock(a, true));
	EXPECT_EQ(O_NONBLOCK, fcntl(b, F_GETFL) & O_NONBLOCK);
}

TEST_F(toyfs_grammar, getsock__flags_and_modes)
{
	const int n = self->end.n;
	int fd;

	EXPECT_ERR(EINVAL, toyfs_getsock(self->end.ctl, O_APPEND));
	EXPECT_ERR(EINVAL, toyfs_getsock(self->end.ctl, -1));
	EXPECT_ERR(EINVAL, toyfs_getsock(self->end.ctl, 1));
	EXPECT_OK(toyfs_getsock(self->end.ctl, O_NONBLOCK | O_CLOEXEC));
	fd = toyfs_open(variant->kind, n, "ctl", O_RDONLY);
	EXPECT_ERR(EBADF, toyfs_getsock(fd, 0));
	EXPECT_ERR(EBADF, toyfs_ctl(fd, "bind *:*"));
	fd = toyfs_open(variant->kind, n, "ctl", O_WRONLY);
	EXPECT_ERR(EBADF, toyfs_getsock(fd, 0));
	EXPECT_ERR(EBADF, toyfs_number(fd));
	EXPECT_OK(toyfs_ctl(fd, "bind *:*"));
	fd = toyfs_open(variant->kind, n, "data", O_RDWR);
	EXPECT_ERR(ENOTTY, toyfs_getsock(fd, 0));
	fd = toyfs_open(variant->kind, n, "status", O_RDONLY);
	EXPECT_ERR(ENOTTY, toyfs_getsock(fd, 0));
	EXPECT_ERR(ENOTTY, ioctl(self->end.ctl, _IO(0xF7, 77), 0));
	fd = toyfs_open(variant->kind, n, "ctl", O_PATH);
	EXPECT_ERR(EBADF, toyfs_getsock(fd, 0));
}

/* ----------------------------------------------------------- the root's ctl */

TEST(root_ctl__commands)
{
	char buf[8];
	int fd = open(TOYFS "/ctl", O_RDWR);

	ASSERT_OK(fd);
	EXPECT_EQ((int)toy_node_own(), toyfs_number(fd));
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	EXPECT_OK(toyfs_ctl(fd, "node 5"));
	EXPECT_EQ(5, toyfs_number(fd));
	EXPECT_ERR(EINVAL, toyfs_ctl(fd, "node 1"));
	EXPECT_OK(toyfs_ctl(fd, "node 0"));
	EXPECT_ERR(EINVAL, toyfs_ctl(fd, "node x"));
	EXPECT_ERR(ENODEV, toyfs_ctl(fd, "link add nosuch0"));
	EXPECT_OK(toyfs_ctl(fd, "link add lo"));
	EXPECT_ERR(EEXIST, toyfs_ctl(fd, "link add lo"));
	EXPECT_OK(toyfs_ctl(fd, "link del lo"));
	EXPECT_ERR(ENODEV, toyfs_ctl(fd, "link del lo"));
	EXPECT_OK(toyfs_ctl(fd, "neigh flush"));
	EXPECT_ERR(EINVAL, toyfs_ctl(fd, "frobnicate"));
	EXPECT_ERR(EINVAL, toyfs_ctl(fd, "bind *:*"));
	EXPECT_ERR(EINVAL, write(fd, "node\0 5", 7));
	EXPECT_ERR(ENOTTY, toyfs_getsock(fd, 0));
	EXPECT_EQ((int)toy_node_own(), toyfs_number(fd));
}

TOY_TEST_MAIN

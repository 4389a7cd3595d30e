// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: allocations that fail. Opening, accepting, commands, listings and mounts,
 * each with its first allocation failing, then its second and so on: what failed
 * says that there was no memory, leaves nothing, and may be repeated.
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_fault.h"
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_fault)
{
	struct toyfs_end server;
	struct toyfs_end end;
	unsigned int port;
	bool fault;
	int n;
};

FIXTURE_VARIANT(toyfs_fault)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_fault, VARIANTS_TOY)

/* All of it or nothing: on a kernel without faults no test would say a thing. */
static void __attribute__((constructor)) faults_or_skip(void)
{
	if (!toy_fault_prepare())
		return;
	printf("TAP version 13\n1..0 # SKIP this kernel cannot inject faults\n");
	exit(KSFT_SKIP);
}

FIXTURE_SETUP(toyfs_fault)
{
	toy_guard(25);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	self->fault = true;
	self->n = 1;
}

/* Nothing that failed holds the mount, or is in it. */
FIXTURE_TEARDOWN(toyfs_fault)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	int left = 0;
	DIR *d;

	EXPECT_GT(TOY_FAULT_MOST, self->n);
	toyfs_close(&self->server);
	d = opendir(toyfs_path(path, variant->kind, -1, ""));
	ASSERT_NE(NULL, d);
	while ((entry = readdir(d)))
		left += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(d);
	EXPECT_EQ(0, left);
	EXPECT_OK(umount(TOYFS));
}

/* Once more, until no allocation is left to fail. */
static bool again(bool fault, int n)
{
	return fault && n < TOY_FAULT_MOST;
}

/* --------------------------------------------------------------------- opening */

TEST_F(toyfs_fault, clone__open)
{
	char path[TOYFS_PATH];
	int fd;

	toyfs_path(path, variant->kind, -1, "clone");
	for (; again(self->fault, self->n); self->n++) {
		toy_fault_arm(self->n);
		fd = open(path, O_RDWR);
		self->fault = toy_fault_happened();
		ASSERT_TRUE(fd >= 0 || toy_fault_errno(errno)) {
			TH_LOG("%d: %s", self->n, toy_errno_name(errno));
		}
		toy_close(&fd);
	}
	EXPECT_LT(4, self->n);
}

static void expect_opens(struct __test_metadata *_metadata, const char *path,
			 int flags, int *n)
{
	bool fault = true;
	int fd;

	for (; again(fault, *n); ++*n) {
		toy_fault_arm(*n);
		fd = open(path, flags);
		fault = toy_fault_happened();
		ASSERT_TRUE(fd >= 0 || toy_fault_errno(errno)) {
			TH_LOG("%d: %s", *n, toy_errno_name(errno));
		}
		toy_close(&fd);
	}
	/* There was something to fail. */
	EXPECT_LT(2, *n);
}

/* Of names that were looked up before, and of new ones. */
TEST_F(toyfs_fault, ctl_data_listen__open)
{
	static const char * const files[] = { "ctl", "data", "listen" };
	char path[TOYFS_PATH];
	int i, n;

	for (i = 0; i < 2 + toy_kind_is_conn(variant->kind); i++) {
		toyfs_path(path, variant->kind, self->server.n, files[i]);
		n = 1;
		expect_opens(_metadata, path, O_RDWR, &n);
		EXPECT_GT(TOY_FAULT_MOST, n);
	}
}

/* A name, an inode, a socket, a call, or the words about what has failed. */
TEST_F(toyfs_fault, dial__open)
{
	char path[TOYFS_PATH];

	toyfs_address(path, variant->kind, self->port);
	expect_opens(_metadata, path, O_RDWR, &self->n);
	EXPECT_LT(6, self->n);
}

TEST_F(toyfs_fault, events__open)
{
	expect_opens(_metadata, TOYFS "/events", O_RDONLY, &self->n);
}

TEST_F(toyfs_fault, lookup__of_new_sockets)
{
	char path[TOYFS_PATH];
	struct stat st;
	int ret;

	for (; again(self->fault, self->n); self->n++) {
		ASSERT_OK(toyfs_new(variant->kind, &self->end));
		toyfs_path(path, variant->kind, self->end.n, "status");
		toy_fault_arm(self->n);
		ret = stat(path, &st);
		self->fault = toy_fault_happened();
		ASSERT_TRUE(!ret || toy_fault_errno(errno)) {
			TH_LOG("%d: %s", self->n, toy_errno_name(errno));
		}
		/* And it is found by the next who asks. */
		ASSERT_OK(stat(path, &st));
		toyfs_close(&self->end);
	}
	EXPECT_LT(4, self->n);
}

TEST_F(toyfs_fault, getsock__fails_cleanly)
{
	int fd;

	for (; again(self->fault, self->n); self->n++) {
		ASSERT_OK(toyfs_new(variant->kind, &self->end));
		toy_fault_arm(self->n);
		fd = toyfs_getsock(self->end.ctl, 0);
		self->fault = toy_fault_happened();
		ASSERT_TRUE(fd >= 0 || toy_fault_errno(errno) ||
			    errno == EMFILE);
		toy_close(&fd);
		toyfs_close(&self->end);
	}
}

/* -------------------------------------------------------------------- commands */

/*
 * The command fails for want of memory, or does what it does. Then it may be
 * repeated, or @rest of it where its first half was done; NULL for no halves.
 */
static void expect_command(struct __test_metadata *_metadata,
			   struct toy_kind kind, const char *command,
			   const char *rest, int *n)
{
	const size_t len = strlen(command);
	struct toyfs_end end;
	bool fault = true;
	ssize_t ret;

	for (*n = 1; again(fault, *n); ++*n) {
		ASSERT_OK(toyfs_new(kind, &end));
		toy_fault_arm(*n);
		ret = write(end.ctl, command, len);
		fault = toy_fault_happened();
		if (ret < 0) {
			ASSERT_TRUE(toy_fault_errno(errno)) {
				TH_LOG("%s: %d: %s", command, *n,
				       toy_errno_name(errno));
			}
			ret = write(end.ctl, command, len);
			if (ret < 0 && rest)
				ret = toyfs_ctl(end.ctl, "%s", rest);
			ASSERT_LE(0, ret) {
				TH_LOG("%s: not again after %d", command, *n);
			}
		} else {
			ASSERT_EQ((ssize_t)len, ret);
		}
		toyfs_close(&end);
	}
	EXPECT_GT(TOY_FAULT_MOST, *n);
}

TEST_F(toyfs_fault, command__each)
{
	static const char * const commands[] = {
		"bind *:*", "hangup", "set rcvbuf 10000", "set linger 5",
		"set nodelay on",
	};
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		expect_command(_metadata, variant->kind, commands[i],
			       NULL, &self->n);
	snprintf(text, sizeof(text), "connect 1:%u", self->port);
	expect_command(_metadata, variant->kind, text, NULL, &self->n);
	if (toy_kind_is_conn(variant->kind))
		expect_command(_metadata, variant->kind, "announce *:* 5",
			       "listen 5", &self->n);
	if (toy_kind_is_msg(variant->kind))
		expect_command(_metadata, variant->kind,
			       "headers on\nshort discard", NULL, &self->n);
}

/* A call that could not be accepted is not lost. */
TOY_TEST(toyfs_fault, listen__accept, VARIANTS_CONN)
{
	struct toyfs_end call = { .kind = variant->kind };
	int fd, n;

	for (; again(self->fault, self->n); self->n++) {
		ASSERT_OK(toyfs_client(variant->kind, &self->end, self->port));
		fd = toyfs_open(variant->kind, self->server.n, "listen",
				O_RDWR | O_NONBLOCK);
		ASSERT_OK(fd);
		toy_fault_arm(self->n);
		n = toyfs_number(fd);
		self->fault = toy_fault_happened();
		if (n < 0) {
			ASSERT_TRUE(toy_fault_errno(errno)) {
				TH_LOG("%d: %s", self->n,
				       toy_errno_name(errno));
			}
			n = toyfs_number(fd);
		}
		ASSERT_LE(0, n);
		/* It is the one that called. */
		call.n = n;
		ASSERT_OK(toyfs_data(&call, O_RDWR | O_NONBLOCK));
		ASSERT_OK(toyfs_data(&self->end, O_RDWR));
		ASSERT_EQ(1, write(self->end.data, "x", 1));
		ASSERT_EQ(1, read(call.data, &(char){ 0 }, 1));
		toy_close(&call.data);
		toyfs_close(&self->end);
		close(fd);
	}
	EXPECT_LT(3, self->n);
}

/* ------------------------------------------------------------------------ data */

/* What write said it wrote comes out of read, however often each fails. */
TEST_F(toyfs_fault, data__read_and_write)
{
	static char out[20000], in[20000];
	struct toyfs_end end[2];
	ssize_t sent, got;

	toyfs_close(&self->server);
	for (; again(self->fault, self->n); self->n++) {
		ASSERT_OK(toyfs_pair(variant->kind, end));
		ASSERT_OK(toy_nonblock(end[1].data, true));
		toy_fill(out, sizeof(out), self->n);
		toy_fault_arm(self->n);
		sent = write(end[0].data, out, sizeof(out));
		self->fault = toy_fault_happened();
		if (sent < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			ASSERT_ERR(EAGAIN, read(end[1].data, in, 1));
			sent = write(end[0].data, out, sizeof(out));
		}
		toy_fault_arm(self->n);
		got = read(end[1].data, in, sizeof(in));
		self->fault |= toy_fault_happened();
		if (got < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			got = 0;
		}
		while (got < sent) {
			ssize_t more = read(end[1].data, in + got,
					    sizeof(in) - got);

			ASSERT_LT(0, more);
			got += more;
		}
		ASSERT_EQ(-1, toy_check(in, sent, self->n));
		toyfs_close(&end[0]);
		toyfs_close(&end[1]);
	}
}

/* A message with a header, of which the text is made as it is read. */
TOY_TEST(toyfs_fault, data__with_headers, VARIANT_TOY_DGRAM)
{
	struct toyfs_end end[2];
	char line[64];
	ssize_t got;

	for (; again(self->fault, self->n); self->n++) {
		ASSERT_OK(toyfs_pair(variant->kind, end));
		ASSERT_OK(toyfs_ctl(end[1].ctl, "headers on"));
		ASSERT_OK(toy_nonblock(end[1].data, true));
		ASSERT_EQ(2, write(end[0].data, "hi", 2));
		toy_fault_arm(self->n);
		got = read(end[1].data, line, sizeof(line));
		self->fault = toy_fault_happened();
		if (got < 0) {
			ASSERT_TRUE(toy_fault_errno(errno));
			got = read(end[1].data, line, sizeof(line));
		}
		ASSERT_LT(6, got);
		EXPECT_EQ(0, memcmp(line + got - 4, " hi\n", 4));
		toyfs_close(&end[0]);
		toyfs_close(&end[1]);
	}
}

/* --------------------------------------------------------------- the whole tree */

static int list(const char *path, int *found)
{
	struct dirent *entry;
	DIR *d = opendir(path);

	*found = 0;
	if (!d)
		return -1;
	for (errno = 0; (entry = readdir(d)); errno = 0)
		++*found;
	if (errno) {
		int err = errno;

		closedir(d);
		errno = err;
		return -1;
	}
	return closedir(d);
}

TEST_F(toyfs_fault, readdir__is_whole_or_says_so)
{
	char path[TOYFS_PATH];
	int ret, found, all;

	toyfs_path(path, variant->kind, -1, "");
	ASSERT_OK(list(path, &all));
	for (; again(self->fault, self->n); self->n++) {
		toy_fault_arm(self->n);
		ret = list(path, &found);
		self->fault = toy_fault_happened();
		ASSERT_TRUE(!ret || toy_fault_errno(errno));
		if (!ret)
			ASSERT_EQ(all, found);
	}
}

TEST_F(toyfs_fault, status__read)
{
	char path[TOYFS_PATH], line[1024];
	ssize_t n;
	int fd;

	toyfs_path(path, variant->kind, self->server.n, "status");
	for (; again(self->fault, self->n); self->n++) {
		fd = open(path, O_RDONLY);
		ASSERT_OK(fd);
		toy_fault_arm(self->n);
		n = read(fd, line, sizeof(line));
		self->fault = toy_fault_happened();
		ASSERT_TRUE(n > 100 || (n < 0 && toy_fault_errno(errno)));
		close(fd);
	}
	EXPECT_LT(2, self->n);
}

/* The first mount of a namespace makes its tree. */
TEST_F(toyfs_fault, mount__fails_cleanly)
{
	int ret;

	toyfs_close(&self->server);
	ASSERT_OK(umount(TOYFS));
	for (; again(self->fault, self->n); self->n++) {
		toy_fault_arm(self->n);
		ret = toyfs_mount("mode=0640,hide=1", 0);
		self->fault = toy_fault_happened();
		if (!ret) {
			ASSERT_OK(toyfs_new(variant->kind, &self->end));
			ASSERT_EQ(0640, toyfs_mode(variant->kind, self->end.n,
						   "ctl"));
			toyfs_close(&self->end);
			ASSERT_OK(umount(TOYFS));
		} else {
			ASSERT_TRUE(toy_fault_errno(errno)) {
				TH_LOG("%d: %s", self->n,
				       toy_errno_name(errno));
			}
		}
	}
	EXPECT_LT(8, self->n);
	ASSERT_OK(toyfs_mount(NULL, 0));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/toy column by column, for readers of all sorts, and fdinfo, which
 * tells of the same.
 */
#include <linux/filter.h>
#include <sched.h>

#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

#define USER_A	4711

/* Sockets that live while others come and go. */
#define MANY	2000

FIXTURE(inspect_proc)
{
	int fd[2];
	struct toy_name name;
};

FIXTURE_VARIANT(inspect_proc)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_proc, VARIANTS_TOY)

FIXTURE_SETUP(inspect_proc)
{
	toy_guard(60);
	/* Where nobody else has a socket. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_proc)
{
}

/* -------------------------------------------------------------------- rows */

struct row {
	unsigned int sl;
	char type[16];
	char local[32];
	char remote[32];
	char state[16];
	unsigned int tx;
	unsigned int rx;
	unsigned int calls;
	unsigned int backlog;
	unsigned int uid;
	unsigned long inode;
	int ref;
	int drops;
};

static bool row_parse(const char *line, struct row *row)
{
	int end = 0;

	return sscanf(line,
		      "%u %15s %31s %31s %15s %8x:%8x %u/%u %u %lu %d %d%n",
		      &row->sl, row->type, row->local, row->remote, row->state,
		      &row->tx, &row->rx, &row->calls, &row->backlog,
		      &row->uid, &row->inode, &row->ref, &row->drops,
		      &end) == 13 && line[end] == '\n';
}

/* How many rows have this inode number; -1: one of them is no row. */
static int row_by_inode(unsigned long inode, struct row *row)
{
	FILE *file = fopen("/proc/net/toy", "r");
	char line[256];
	struct row now;
	int n = 0;

	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		n = -1;
	while (n >= 0 && fgets(line, sizeof(line), file)) {
		if (!row_parse(line, &now)) {
			n = -1;
		} else if (now.inode == inode) {
			*row = now;
			n++;
		}
	}
	fclose(file);
	return n;
}

static int row_of(int sock, struct row *row)
{
	memset(row, 0, sizeof(*row));
	return row_by_inode(toy_inode(sock), row);
}

static int rows(void)
{
	FILE *file = fopen("/proc/net/toy", "r");
	int c, n = -1;

	if (!file)
		return -1;
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static const char *address(const struct toy_name *name, char *text)
{
	char node[16] = "*", port[16] = "*";

	if (name->toy.stoy_node)
		snprintf(node, sizeof(node), "%u", name->toy.stoy_node);
	if (name->toy.stoy_port)
		snprintf(port, sizeof(port), "%u", name->toy.stoy_port);
	sprintf(text, "%s:%s", node, port);
	return text;
}

static int filter_all(int fd)
{
	struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

TEST_F(inspect_proc, toy__of_a_new_one)
{
	char number[16], path[TOYFS_PATH];
	struct row row;

	self->fd[0] = toy_socket(variant->kind, 0);
	toyfs_path(path, variant->kind, -1, "");
	ASSERT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_EQ(1, rows());
	snprintf(number, sizeof(number), "%u", row.sl);
	EXPECT_EQ(1, toyfs_list(path, number, NULL));
	EXPECT_STREQ(toyfs_type(variant->kind), row.type);
	EXPECT_STREQ("*:*", row.local);
	EXPECT_STREQ("*:*", row.remote);
	EXPECT_STREQ("close", row.state);
	EXPECT_EQ(0, row.tx);
	EXPECT_EQ(0, row.rx);
	EXPECT_EQ(0, row.calls);
	EXPECT_EQ(0, row.backlog);
	EXPECT_EQ(0, row.uid);
	EXPECT_EQ(1, row.ref);
	EXPECT_EQ(0, row.drops);
	close(self->fd[0]);
	EXPECT_EQ(0, rows());
}

TEST_F(inspect_proc, toy__bound_and_by_whom)
{
	struct toy_name any = toy_name_toy(TOY_NODE_ANY, 5555);
	struct row row;

	ASSERT_OK(toyfs_as(USER_A));
	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toy_bind(self->fd[0], &any));
	ASSERT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_STREQ("*:5555", row.local);
	EXPECT_STREQ("*:*", row.remote);
	EXPECT_EQ(USER_A, row.uid);
}

TOY_TEST(inspect_proc, toy__listener_with_calls, VARIANTS_CONN)
{
	struct row row, call;
	char text[48];
	int i;

	self->fd[0] = toy_listener(variant->kind, &self->name, 5);
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_STREQ(address(&self->name, text), row.local);
	EXPECT_STREQ("*:*", row.remote);
	EXPECT_STREQ("listen", row.state);
	EXPECT_EQ(2, row.calls);
	EXPECT_EQ(5, row.backlog);
	EXPECT_EQ(0, row.tx);
	EXPECT_EQ(0, row.rx);
	/* The calls have rows, and no inode yet. */
	EXPECT_EQ(5, rows());
	EXPECT_EQ(2, row_by_inode(0, &call));
	EXPECT_STREQ("established", call.state);
	EXPECT_STREQ(row.local, call.local);
	ASSERT_OK(accept(self->fd[0], NULL, NULL));
	EXPECT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_EQ(1, row.calls);
	EXPECT_EQ(1, row_by_inode(0, &call));
}

TEST_F(inspect_proc, toy__pair_with_unread_bytes)
{
	struct toy_name name;
	char text[48];
	struct row row;
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(20, send(self->fd[0], "01234567890123456789", 20, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(1, row_of(self->fd[i], &row));
		ASSERT_OK(toy_name_of(self->fd[i], &name));
		EXPECT_STREQ(address(&name, text), row.local);
		ASSERT_OK(toy_name_of_peer(self->fd[i], &name));
		EXPECT_STREQ(address(&name, text), row.remote);
		EXPECT_STREQ("established", row.state);
		EXPECT_EQ(i ? 23 : 0, row.rx);
		EXPECT_EQ(toy_ioctl_int(self->fd[i], TIOCOUTQ), (int)row.tx);
		if (toy_kind_is_conn(variant->kind)) {
			EXPECT_EQ(i ? 0 : 23, row.tx);
			EXPECT_EQ(2, row.ref);
		}
	}
}

TOY_TEST(inspect_proc, toy__half_closed, VARIANTS_CONN)
{
	struct row row;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_STREQ("fin_wait2", row.state);
	EXPECT_EQ(1, row_of(self->fd[1], &row));
	EXPECT_STREQ("close_wait", row.state);
	ASSERT_OK(shutdown(self->fd[1], SHUT_WR));
	EXPECT_EQ(1, row_of(self->fd[1], &row));
	EXPECT_STREQ("close", row.state);
}

TOY_TEST(inspect_proc, toy__drops, VARIANTS_MSG)
{
	struct row row;
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(filter_all(self->fd[1]));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	EXPECT_EQ(1, row_of(self->fd[1], &row));
	EXPECT_EQ(3, row.drops);
	EXPECT_EQ(0, row.rx);
	EXPECT_EQ(1, row_of(self->fd[0], &row));
	EXPECT_EQ(0, row.drops);
}

/* Another namespace of users has other numbers for them, of network no row. */
TEST_F(inspect_proc, toy__other_namespaces)
{
	struct row row;
	int map, sock;
	pid_t pid;

	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(toyfs_as(USER_A));
	self->fd[1] = toy_socket(variant->kind, 0);
	ASSERT_OK(toyfs_as(0));
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(1);
		map = open("/proc/self/uid_map", O_WRONLY);
		if (write(map, "7 0 1", 5) != 5)
			_exit(2);
		if (row_of(self->fd[0], &row) != 1 || row.uid != 7)
			_exit(3);
		if (row_of(self->fd[1], &row) != 1 || row.uid != 65534)
			_exit(4);
		if (unshare(CLONE_NEWNET) || rows())
			_exit(5);
		sock = toy_socket(variant->kind, 0);
		_exit(rows() != 1 || row_of(sock, &row) != 1 ||
		      row_of(self->fd[0], &row) ? 6 : 0);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
	EXPECT_EQ(2, rows());
}

/* Read so many bytes at a time. Returns how many lines are no rows. */
static int read_pieces(size_t piece, struct toy_crowd *crowd)
{
	int fd = open("/proc/net/toy", O_RDONLY), left = 0, bad = 0;
	char buf[512], *end, *line;
	struct row row;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf + left, piece)) > 0) {
		buf[left + n] = '\0';
		for (line = buf; (end = strchr(line, '\n')); line = end + 1) {
			if (row_parse(line, &row))
				toy_crowd_see(crowd, row.inode);
			else
				bad++;
		}
		left = strlen(line);
		memmove(buf, line, left);
		if (left > 200)
			break;
	}
	close(fd);
	return n || left ? -1 : bad;
}

TEST_F(inspect_proc, toy__small_reads_while_others_come_and_go)
{
	static const size_t pieces[] = { 16, 100, 255 };
	struct toy_crowd crowd;
	size_t i;

	ASSERT_OK(toy_crowd_make(&crowd, variant->kind, MANY));
	ASSERT_EQ(MANY, crowd.n);
	ASSERT_EQ(MANY, rows());
	ASSERT_OK(toy_crowd_churn(&crowd));
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		/* Only the first line is none. */
		EXPECT_EQ(1, read_pieces(pieces[i], &crowd));
		EXPECT_EQ(0, toy_crowd_odd(&crowd));
	}
	EXPECT_LT(0, toy_crowd_still(&crowd));
}

/* ------------------------------------------------------------------ fdinfo */

static bool fdinfo_is_row(int sock)
{
	char path[64], text[1024], want[256];
	struct row row;
	size_t len;
	FILE *file;

	if (row_of(sock, &row) != 1)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", sock);
	file = fopen(path, "r");
	if (!file)
		return false;
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	snprintf(want, sizeof(want),
		 "\ntoy-type:\t%s\ntoy-id:\t%u\ntoy-local:\t%s\n"
		 "toy-remote:\t%s\ntoy-state:\t%s\ntoy-rq:\t%u\n"
		 "toy-sq:\t%u\n", row.type, row.sl, row.local, row.remote,
		 row.state, row.calls ?: row.rx, row.backlog ?: row.tx);
	if (strstr(text, want))
		return true;
	fprintf(stderr, "# not%s# in %s", want, text);
	return false;
}

TEST_F(inspect_proc, fdinfo__is_the_row)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(7, send(self->fd[0], "abcdefg", 7, 0));
	EXPECT_TRUE(fdinfo_is_row(self->fd[0]));
	EXPECT_TRUE(fdinfo_is_row(self->fd[1]));
	EXPECT_TRUE(fdinfo_is_row(toy_socket(variant->kind, 0)));
}

TOY_TEST(inspect_proc, fdinfo__of_a_listener, VARIANTS_CONN)
{
	self->fd[0] = toy_listener(variant->kind, &self->name, 5);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	EXPECT_TRUE(fdinfo_is_row(self->fd[0]));
}

TOY_TEST_MAIN

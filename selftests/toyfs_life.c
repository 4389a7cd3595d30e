// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: how long a socket lives. Through files, while any of them is open that
 * is the socket's own; in which order they are closed makes no difference. What
 * is open of a dead one says so, and leads nowhere else.
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

/* Descriptors that hold a socket: ctl or listen, another ctl, data, the socket */
#define HOLDERS	4
#define ORDERS	24

FIXTURE(toyfs_life)
{
	struct toyfs_end end[2];
	int fd[HOLDERS];
};

FIXTURE_VARIANT(toyfs_life)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_life, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_life)
{
	toy_guard(28);
	signal(SIGPIPE, SIG_IGN);
}

FIXTURE_TEARDOWN(toyfs_life)
{
}

/* The @order-th permutation of 0 to 3. */
static void permute(int order, int index[HOLDERS])
{
	int left[HOLDERS] = { 0, 1, 2, 3 }, i, j, k;

	for (i = 0; i < HOLDERS; i++) {
		k = order % (HOLDERS - i);
		order /= HOLDERS - i;
		index[i] = left[k];
		for (j = k; j < HOLDERS - 1; j++)
			left[j] = left[j + 1];
	}
}

/* What lives is in the tree, and its peer can tell. */
static bool is_there(const struct toyfs_end *end)
{
	struct stat st;

	return !toyfs_stat(end->kind, end->n, "status", &st);
}

static bool peer_sees_it(const struct toyfs_end *peer)
{
	if (toy_kind_is_conn(peer->kind))
		return !(toy_poll(peer->data, POLLRDHUP, 0) &
			 (POLLHUP | POLLRDHUP));
	return write(peer->data, "x", 1) == 1;
}

static int open_holders(struct toyfs_end *end, int fd[HOLDERS])
{
	fd[0] = end->ctl;
	fd[1] = toyfs_open(end->kind, end->n, "ctl", O_RDWR);
	fd[2] = end->data;
	fd[3] = toyfs_getsock(end->ctl, O_CLOEXEC);
	return fd[0] < 0 || fd[1] < 0 || fd[2] < 0 || fd[3] < 0 ? -1 : 0;
}

/* Close @fd in this order: it lives until the last one is closed. */
static void expect_lives(struct __test_metadata *_metadata, int order,
			 const struct toyfs_end *end, int fd[HOLDERS],
			 const struct toyfs_end *peer)
{
	int index[HOLDERS], i;

	permute(order, index);
	for (i = 0; i < HOLDERS; i++) {
		ASSERT_TRUE(is_there(end)) {
			TH_LOG("order %d, gone after %d closes", order, i);
		}
		ASSERT_TRUE(peer_sees_it(peer)) {
			TH_LOG("order %d, cut off after %d closes", order, i);
		}
		EXPECT_OK(close(fd[index[i]]));
	}
	ASSERT_FALSE(is_there(end)) {
		TH_LOG("order %d, there after all closes", order);
	}
	ASSERT_FALSE(peer_sees_it(peer));
}

/* ------------------------------------------------------------ orders of close */

TEST_F(toyfs_life, orders__of_who_connected)
{
	int i;

	for (i = 0; i < ORDERS; i++) {
		ASSERT_OK(toyfs_pair(variant->kind, self->end));
		ASSERT_OK(open_holders(&self->end[0], self->fd));
		expect_lives(_metadata, i, &self->end[0], self->fd,
			     &self->end[1]);
		toyfs_close(&self->end[1]);
		ASSERT_FALSE(is_there(&self->end[1]));
	}
}

TEST_F(toyfs_life, orders__of_who_was_accepted)
{
	int i;

	for (i = 0; i < ORDERS; i++) {
		ASSERT_OK(toyfs_pair(variant->kind, self->end));
		ASSERT_OK(open_holders(&self->end[1], self->fd));
		expect_lives(_metadata, i, &self->end[1], self->fd,
			     &self->end[0]);
		toyfs_close(&self->end[0]);
	}
}

/* Made by socket(2): its maker's close is one of the four, not the last. */
TEST_F(toyfs_life, orders__of_a_socket_made_by_a_call)
{
	struct toyfs_end end = { .kind = variant->kind };
	int i, sock;

	for (i = 0; i < ORDERS; i++) {
		ASSERT_OK(toyfs_mixed(variant->kind, &sock, &self->end[0]));
		ASSERT_OK(toyfs_fsmode(sock, 0600));
		end.n = toyfs_number_of(variant->kind, sock);
		ASSERT_LE(0, end.n);
		self->fd[0] = toyfs_open(variant->kind, end.n, "ctl", O_RDWR);
		self->fd[1] = sock;
		self->fd[2] = toyfs_open(variant->kind, end.n, "data", O_RDWR);
		self->fd[3] = toyfs_getsock(self->fd[0], 0);
		ASSERT_OK(self->fd[0]);
		ASSERT_OK(self->fd[2]);
		ASSERT_OK(self->fd[3]);
		expect_lives(_metadata, i, &end, self->fd, &self->end[0]);
		toyfs_close(&self->end[0]);
	}
}

TEST_F(toyfs_life, fork__a_childs_descriptors_count)
{
	int go[2];
	pid_t pid;
	char c;

	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	ASSERT_OK(pipe(go));
	pid = fork();
	if (!pid) {
		close(go[1]);
		/* Killed, not closed one by one, after the parent's word. */
		if (read(go[0], &c, 1) == 1)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	toyfs_close(&self->end[0]);
	EXPECT_TRUE(is_there(&self->end[0]));
	EXPECT_TRUE(peer_sees_it(&self->end[1]));
	ASSERT_EQ(1, write(go[1], "x", 1));
	EXPECT_EQ(128 + SIGKILL, toy_child_wait(pid));
	EXPECT_FALSE(is_there(&self->end[0]));
	EXPECT_FALSE(peer_sees_it(&self->end[1]));
}

/* ------------------------------------------------------------------ the dead */

TEST_F(toyfs_life, dead__open_files_say_so)
{
	static const char * const names[] = { "local", "remote", "err" };
	char line[256], want[128];
	int status, fd[3], i;

	ASSERT_OK(toyfs_new(variant->kind, &self->end[0]));
	status = toyfs_open(variant->kind, self->end[0].n, "status", O_RDONLY);
	ASSERT_OK(status);
	for (i = 0; i < 3; i++) {
		fd[i] = toyfs_open(variant->kind, self->end[0].n, names[i],
				   O_RDONLY);
		ASSERT_OK(fd[i]);
	}
	EXPECT_STREQ("idle", toyfs_status_fd(status, "state"));
	toyfs_close(&self->end[0]);
	snprintf(want, sizeof(want), "id=%d type=%s state=closed\n",
		 self->end[0].n, toyfs_type(variant->kind));
	memset(line, 0, sizeof(line));
	EXPECT_LT(0, pread(status, line, sizeof(line) - 1, 0));
	EXPECT_STREQ(want, line);
	for (i = 0; i < 3; i++) {
		memset(line, 0, sizeof(line));
		EXPECT_LT(0, read(fd[i], line, sizeof(line) - 1));
		EXPECT_STREQ("state=closed\n", line);
	}
}

TEST_F(toyfs_life, dead__nothing_more_is_found)
{
	char path[TOYFS_PATH], link[64];
	struct dirent *entry;
	int dir, status, count = 0;
	struct stat st;
	DIR *d;

	ASSERT_OK(toyfs_new(variant->kind, &self->end[0]));
	toyfs_path(path, variant->kind, self->end[0].n, "");
	dir = open(path, O_RDONLY | O_DIRECTORY);
	ASSERT_OK(dir);
	status = openat(dir, "status", O_PATH);
	ASSERT_OK(status);
	ASSERT_OK(fchdir(dir));
	toyfs_close(&self->end[0]);

	EXPECT_ERR(ENOENT, stat(path, &st));
	EXPECT_ERR(ENOENT, openat(dir, "status", O_RDONLY));
	EXPECT_ERR(ENOENT, openat(dir, "ctl", O_RDWR));
	EXPECT_ERR(ENOENT, open("data", O_RDWR | O_CREAT, 0600));
	d = opendir(".");
	while (d && (entry = readdir(d)))
		count += entry->d_name[0] != '.';
	EXPECT_EQ(0, count);
	/* A path through a descriptor is a way in that asks no directory. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", status);
	status = open(link, O_RDONLY);
	EXPECT_TRUE(status < 0 ||
		    !strcmp("closed", toyfs_status_fd(status, "state")));
}

TEST_F(toyfs_life, dead__ctl_and_data_by_proc)
{
	static const char * const names[] = { "ctl", "data", "listen" };
	char link[64];
	int fd[3], i;

	ASSERT_OK(toyfs_new(variant->kind, &self->end[0]));
	for (i = 0; i < 2 + toy_kind_is_conn(variant->kind); i++) {
		fd[i] = toyfs_open(variant->kind, self->end[0].n, names[i],
				   O_PATH);
		ASSERT_OK(fd[i]);
	}
	toyfs_close(&self->end[0]);
	EXPECT_FALSE(is_there(&self->end[0]));
	while (i--) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd[i]);
		EXPECT_EQ(-1, open(link, O_RDWR)) {
			TH_LOG("%s of a dead socket opens", names[i]);
		}
	}
}

/* ------------------------------------------------------------------ listeners */

TOY_TEST(toyfs_life, listener__calls_not_accepted_die_with_it, VARIANTS_CONN)
{
	struct toyfs_end server, late;
	unsigned int port;
	char c;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &self->end[0], port));
	ASSERT_OK(toyfs_data(&self->end[0], O_RDWR));
	toyfs_close(&server);
	EXPECT_FALSE(is_there(&server));
	EXPECT_ERR(ECONNRESET, read(self->end[0].data, &c, 1));
	EXPECT_EQ(0, read(self->end[0].data, &c, 1));
	EXPECT_ERR(EPIPE, write(self->end[0].data, "x", 1));
	EXPECT_ERR(ECONNREFUSED, toyfs_client(variant->kind, &late, port));
	/* The caller itself is there until it is closed. */
	EXPECT_TRUE(is_there(&self->end[0]));
}

/* One that was accepted does not need it. */
TOY_TEST(toyfs_life, listener__what_was_accepted_outlives_it, VARIANTS_CONN)
{
	struct toyfs_end server;
	unsigned int port;
	char buf[8];

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &self->end[0], port));
	ASSERT_OK(toyfs_accept(&server, &self->end[1]));
	toyfs_close(&server);
	EXPECT_FALSE(is_there(&server));
	ASSERT_OK(toyfs_data(&self->end[0], O_RDWR));
	ASSERT_OK(toyfs_data(&self->end[1], O_RDWR));
	EXPECT_EQ(2, write(self->end[0].data, "hi", 2));
	EXPECT_EQ(2, read(self->end[1].data, buf, 8));
	EXPECT_OK(toyfs_ctl(self->end[1].ctl, "shutdown wr"));
	EXPECT_EQ(self->end[1].n, toyfs_number(self->end[1].ctl));
}

TOY_TEST(toyfs_life, listener__unbound_listen_fails_as_documented,
	 VARIANTS_CONN)
{
	struct toyfs_end idle;
	char buf[8];
	int fd;

	ASSERT_OK(toyfs_new(variant->kind, &idle));
	fd = toyfs_open(variant->kind, idle.n, "listen", O_RDWR);
	ASSERT_OK(fd);
	EXPECT_ERR(EINVAL, read(fd, buf, sizeof(buf)));
	EXPECT_ERR(ENOTCONN, toyfs_ctl(fd, "shutdown wr"));
	EXPECT_ERR(ENOTCONN, toyfs_getsock(fd, 0));
	ASSERT_OK(toyfs_ctl(idle.ctl, "announce *:*"));
	EXPECT_EQ(0, read(fd, buf, 0));
	ASSERT_OK(toy_nonblock(fd, true));
	EXPECT_ERR(EAGAIN, read(fd, buf, sizeof(buf)));
	/* One that waits for calls is no connection. */
	EXPECT_ERR(ENOTCONN, toyfs_ctl(fd, "hangup"));
}

/* What waits to be accepted, of what may: "2/5". */
static char *backlog_of(const struct toyfs_end *end, char *text)
{
	return strcpy(text, toyfs_status(end->kind, end->n, "backlog"));
}

/* The same of a number that is read byte by byte: one call, one number. */
TOY_TEST(toyfs_life, listener__accepts_at_the_first_byte, VARIANTS_CONN)
{
	struct toyfs_end server, a, b;
	char text[32] = "";
	unsigned int port;
	int fd, i, sock;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &a, port));
	ASSERT_OK(toyfs_client(variant->kind, &b, port));
	fd = toyfs_open(variant->kind, server.n, "listen", O_RDWR);
	ASSERT_OK(fd);
	EXPECT_EQ(0, read(fd, text, 0));
	EXPECT_STREQ("2", strtok(backlog_of(&server, text), "/"));
	memset(text, 0, sizeof(text));
	for (i = 0; read(fd, text + i, 1) == 1; i++)
		ASSERT_GT(20, i);
	EXPECT_EQ('\n', text[i - 1]);
	EXPECT_STREQ("established", toyfs_status(variant->kind, atoi(text),
						 "state"));
	EXPECT_EQ(POLLIN, toy_poll(toyfs_open(variant->kind, server.n,
					      "listen", O_RDWR), POLLIN, 0));
	sock = toyfs_getsock(fd, 0);
	EXPECT_OK(sock);
	EXPECT_EQ(1, send(sock, "x", 1, 0));
	ASSERT_OK(toyfs_data(&a, O_RDWR));
	EXPECT_EQ(1, read(a.data, text, 8));
}

/* What cannot be told is told to who asks next; the call is not lost. */
TOY_TEST(toyfs_life, listener__accepts_into_a_bad_pointer, VARIANTS_CONN)
{
	struct toyfs_end server, a, end = { .kind = variant->kind };
	unsigned int port;
	char c;
	int fd;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &a, port));
	ASSERT_OK(toyfs_data(&a, O_RDWR));
	fd = toyfs_open(variant->kind, server.n, "listen", O_RDWR);
	EXPECT_ERR(EFAULT, read(fd, toy_page_bad(), 10));
	end.n = toyfs_number(fd);
	ASSERT_LE(0, end.n);
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	EXPECT_EQ(1, write(a.data, "x", 1));
	EXPECT_EQ(1, read(end.data, &c, 1));
}

static long read_listen(void *arg)
{
	char text[32];

	return read(*(int *)arg, text, sizeof(text));
}

/* Two who read one descriptor: one call, and one of them is told of it. */
TOY_TEST(toyfs_life, listener__two_readers_of_one_descriptor, VARIANTS_CONN)
{
	struct toyfs_end server, caller;
	struct toy_thread thread[2];
	unsigned int port;
	long len[2];
	int fd, i, k;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	/* They come out of the same lock, at nearly the same moment. */
	for (k = 0; k < 50; k++) {
		fd = toyfs_open(variant->kind, server.n, "listen", O_RDWR);
		ASSERT_OK(fd);
		for (i = 0; i < 2; i++) {
			ASSERT_OK(toy_thread_start(&thread[i], read_listen,
						   &fd));
			ASSERT_TRUE(toy_thread_sleeping(&thread[i]));
		}
		ASSERT_OK(toyfs_client(variant->kind, &caller, port));
		for (i = 0; i < 2; i++)
			len[i] = toy_thread_join(&thread[i]);
		ASSERT_LT(0, len[0] + len[1]);
		ASSERT_EQ(0, len[0] * len[1]) {
			TH_LOG("round %d: both have the number", k);
		}
		toyfs_close(&caller);
		close(fd);
	}
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: events, a line for each change of a socket's state; and stats, where
 * such things are counted. In a network namespace of the test's own, so that
 * nobody else's sockets are told of.
 */
#include <sched.h>
#include <sys/mount.h>

#include "toy_test.h"
#include "toyfs.h"

#define USER_A	4711
#define USER_B	4712

/* As many as a reader can be behind. */
#define WAITING	256

FIXTURE(toyfs_events)
{
	int fd;		/* events, O_NONBLOCK */
};

FIXTURE_VARIANT(toyfs_events)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_events, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_events)
{
	toy_guard(25);
	ASSERT_OK(toyfs_sandbox(NULL));
	self->fd = open(TOYFS "/events", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_OK(self->fd);
}

FIXTURE_TEARDOWN(toyfs_events)
{
}

static char text[200000];

/* All that waits, in @text; the number of lines. */
static int read_all(int fd)
{
	size_t len = 0;
	ssize_t n;
	int lines = 0;
	char *p;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	for (p = text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

/* "none>close>listen>" of socket @n in @text; each line begins where the one
 * before it ended, else a "!" is in it.
 */
static char *course(int n, char *out, size_t size)
{
	char id[32], value[64], last[64] = "";
	char *line, *end;
	size_t len = 0;

	snprintf(id, sizeof(id), "%d", n);
	out[0] = '\0';
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		char copy[512];

		snprintf(copy, sizeof(copy), "%.*s", (int)(end - line), line);
		if (strcmp(toyfs_field(copy, "id", value, sizeof(value)), id))
			continue;
		toyfs_field(copy, "old", value, sizeof(value));
		if (!len)
			len += snprintf(out + len, size - len, "%s", value);
		else if (strcmp(last, value))
			len += snprintf(out + len, size - len, "!");
		toyfs_field(copy, "new", last, sizeof(last));
		len += snprintf(out + len, size - len, ">%s", last);
	}
	return out;
}

/* ------------------------------------------------------------------- courses */

TEST_F(toyfs_events, birth_and_end__of_clone_and_socket)
{
	char out[256], local[64];
	struct toyfs_end end;
	int fd, n;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	toyfs_close(&end);
	fd = toy_socket(variant->kind, 0);
	n = toyfs_number_of(variant->kind, fd);
	ASSERT_LE(0, n);
	close(fd);
	EXPECT_EQ(4, read_all(self->fd));
	EXPECT_STREQ("none>close>none", course(end.n, out, sizeof(out)));
	EXPECT_STREQ("none>close>none", course(n, out, sizeof(out)));
	EXPECT_STREQ(toyfs_type(variant->kind),
		     toyfs_field(text, "type", out, sizeof(out)));
	EXPECT_STREQ("0", toyfs_field(text, "uid", out, sizeof(out)));
	EXPECT_STREQ("*:*", toyfs_field(text, "local", local, sizeof(local)));
}

TOY_TEST(toyfs_events, course__of_a_connection, VARIANTS_CONN)
{
	struct toyfs_end server, client, end;
	char out[256], want[64];
	unsigned int port;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	ASSERT_OK(toyfs_accept(&server, &end));
	ASSERT_OK(toyfs_ctl(client.ctl, "shutdown wr"));
	toyfs_close(&client);
	toyfs_close(&end);
	toyfs_close(&server);
	EXPECT_LT(8, read_all(self->fd));
	EXPECT_STREQ("none>close>listen>close>none",
		     course(server.n, out, sizeof(out)));
	course(client.n, out, sizeof(out));
	EXPECT_EQ(NULL, strchr(out, '!'));
	EXPECT_EQ(0, strncmp(out, "none>close>", 11));
	EXPECT_NE(NULL, strstr(out, ">established>fin_wait2>")) {
		TH_LOG("the client's course is %s", out);
	}
	EXPECT_STREQ(">none", out + strlen(out) - 5);
	course(end.n, out, sizeof(out));
	EXPECT_EQ(NULL, strchr(out, '!'));
	EXPECT_EQ(0, strncmp(out, "none>", 5));
	EXPECT_NE(NULL, strstr(out, "established>close_wait>")) {
		TH_LOG("the child's course is %s", out);
	}
	EXPECT_STREQ(">none", out + strlen(out) - 5);
	snprintf(want, sizeof(want), " remote=1:%u ", port);
	EXPECT_NE(NULL, strstr(text, want));
}

/* A refusal begins nothing that is not ended. */
TOY_TEST(toyfs_events, course__of_a_refused_call, VARIANTS_CONN)
{
	struct toyfs_end end;
	char out[256];

	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_ERR(ECONNREFUSED, toyfs_ctl(end.ctl, "connect 1:%u",
					   toyfs_port(variant->kind)));
	toyfs_close(&end);
	read_all(self->fd);
	course(end.n, out, sizeof(out));
	EXPECT_EQ(0, strncmp(out, "none>close", 10));
	EXPECT_EQ(NULL, strchr(out, '!'));
	EXPECT_EQ(NULL, strstr(out, "established"));
	EXPECT_STREQ("close>none", out + strlen(out) - 10);
}

/* What was not accepted has a course, too, which ends. */
TOY_TEST(toyfs_events, course__of_a_call_not_accepted, VARIANTS_CONN)
{
	struct toyfs_end server, client;
	unsigned int port, births = 0, ends = 0;
	char *p;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	toyfs_close(&server);
	toyfs_close(&client);
	ASSERT_LT(0, read_all(self->fd));
	for (p = text; (p = strstr(p, " old=none ")); p++)
		births++;
	for (p = text; (p = strstr(p, " new=none ")); p++)
		ends++;
	EXPECT_LE(2, births);
	EXPECT_EQ(births, ends);
}

TEST_F(toyfs_events, time__never_goes_back)
{
	double before = 0, now;
	struct toyfs_end end;
	char *line;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_OK(toyfs_new(variant->kind, &end));
		toyfs_close(&end);
	}
	ASSERT_EQ(40, read_all(self->fd));
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		ASSERT_EQ(0, strncmp(line, "time=", 5));
		now = strtod(line + 5, &line);
		ASSERT_EQ(' ', *line);
		EXPECT_LE(before, now);
		before = now;
	}
}

/* ------------------------------------------------------------------- reading */

TEST_F(toyfs_events, read__waits_or_not)
{
	struct toyfs_end end;
	char c;

	EXPECT_ERR(EAGAIN, read(self->fd, &c, 1));
	EXPECT_EQ(0, read(self->fd, &c, 0));
	EXPECT_EQ(0, toy_poll(self->fd, POLLIN | POLLOUT, 0));
	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_EQ(POLLIN, toy_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_ERR(EFAULT, read(self->fd, toy_page_bad(), 10));
	EXPECT_EQ(1, read_all(self->fd));
	EXPECT_EQ(0, toy_poll(self->fd, POLLIN, 0));
	EXPECT_ERR(EAGAIN, read(self->fd, &c, 1));
}

static long read_some(void *arg)
{
	return read(*(int *)arg, text, 300);
}

TEST_F(toyfs_events, read__wakes_with_the_event)
{
	struct toy_thread thread;
	struct toyfs_end end;
	char id[32], want[32];

	ASSERT_OK(toy_nonblock(self->fd, false));
	ASSERT_OK(toy_thread_start(&thread, read_some, &self->fd));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_LT(0, toy_thread_join(&thread));
	snprintf(want, sizeof(want), "%d", end.n);
	EXPECT_STREQ(want, toyfs_field(text, "id", id, sizeof(id)));
	/* A signal ends the wait as well. */
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&thread, read_some, &self->fd));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toy_thread_kill(&thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&thread));
}

/* Bytes or blocks, the same text. */
TEST_F(toyfs_events, read__byte_by_byte)
{
	int whole = open(TOYFS "/events", O_RDONLY | O_NONBLOCK);
	static char bytes[20000];
	struct toyfs_end end;
	size_t len = 0;
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_OK(toyfs_new(variant->kind, &end));
		toyfs_close(&end);
	}
	while (read(self->fd, bytes + len, 1) == 1)
		len++;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(10, read_all(whole));
	EXPECT_STREQ(text, bytes);
}

TEST_F(toyfs_events, open__hears_from_then_on)
{
	struct toyfs_end a, b;
	char out[64];
	int late;

	ASSERT_OK(toyfs_new(variant->kind, &a));
	late = open(TOYFS "/events", O_RDONLY | O_NONBLOCK);
	ASSERT_OK(toyfs_new(variant->kind, &b));
	EXPECT_EQ(1, read_all(late));
	EXPECT_STREQ("", course(a.n, out, sizeof(out)));
	EXPECT_STREQ("none>close", course(b.n, out, sizeof(out)));
	EXPECT_EQ(2, read_all(self->fd));
}

/* ---------------------------------------------------------------------- lost */

TEST_F(toyfs_events, lost__are_counted)
{
	int i, kept, count = 2 * WAITING;
	struct toyfs_end end;
	char *p;

	for (i = 0; i < count; i++) {
		ASSERT_OK(toyfs_new(variant->kind, &end));
		toyfs_close(&end);
	}
	EXPECT_EQ(POLLIN, toy_poll(self->fd, POLLIN, 0));
	kept = read_all(self->fd) - 1;
	EXPECT_LE(WAITING, kept);
	EXPECT_GT(2 * count, kept);
	p = strstr(text, "lost=");
	ASSERT_NE(NULL, p);
	EXPECT_EQ(2 * count, kept + atoi(p + 5));
	EXPECT_EQ(NULL, strstr(p + 1, "lost="));
	/* And then on, without a loss. */
	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_EQ(1, read_all(self->fd));
	EXPECT_EQ(NULL, strstr(text, "lost="));
}

struct maker {
	struct toy_kind kind;
	int count;
};

static long make_sockets(void *arg)
{
	const struct maker *m = arg;
	int i, fd;

	for (i = 0; i < m->count; i++) {
		fd = toy_socket(m->kind, 0);
		if (fd < 0)
			return -1;
		close(fd);
	}
	return i;
}

/* However it is raced with, what was read and what was lost is what was. */
TEST_F(toyfs_events, lost__while_it_is_read)
{
	struct maker m = { variant->kind, 2000 };
	struct toy_thread thread[2];
	long lines = 0, lost = 0;
	char *p;
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&thread[i], make_sockets, &m));
	for (i = 0; i < 2;) {
		i += toy_thread_done(&thread[i], 0);
		lines += read_all(self->fd);
		for (p = text; (p = strstr(p, "lost=")); p++) {
			lost += atoi(p + 5);
			lines--;
		}
	}
	for (i = 0; i < 2; i++)
		EXPECT_EQ(m.count, toy_thread_join(&thread[i]));
	lines += read_all(self->fd);
	for (p = text; (p = strstr(p, "lost=")); p++) {
		lost += atoi(p + 5);
		lines--;
	}
	EXPECT_EQ(2L * 2 * m.count, lines + lost);
}

/* --------------------------------------------------------------- who and where */

TEST_F(toyfs_events, netns__another_is_not_told_of)
{
	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_OK(toy_socket(variant->kind, 0));
	EXPECT_EQ(0, read_all(self->fd));
}

TEST_F(toyfs_events, hide__shows_ones_own)
{
	struct toyfs_end a, b;
	char out[64];
	int fd;

	ASSERT_OK(toyfs_mount("hide=1", MS_REMOUNT));
	ASSERT_OK(toyfs_as(USER_A));
	fd = open(TOYFS "/events", O_RDONLY | O_NONBLOCK);
	ASSERT_OK(fd);
	ASSERT_OK(toyfs_new(variant->kind, &a));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	ASSERT_OK(toyfs_new(variant->kind, &b));
	/* Nor what B does without toyfs. */
	ASSERT_OK(toy_socket(variant->kind, 0));
	ASSERT_OK(toyfs_as(0));
	EXPECT_EQ(1, read_all(fd));
	EXPECT_STREQ("none>close", course(a.n, out, sizeof(out)));
	EXPECT_STREQ("4711", toyfs_field(text, "uid", out, sizeof(out)));
	EXPECT_EQ(3, read_all(self->fd));
	EXPECT_STREQ("none>close", course(b.n, out, sizeof(out)));
}

TOY_TEST_MAIN

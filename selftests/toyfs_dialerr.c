// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: dial that fails, by errno and in words, whose words these are; who may
 * dial; calls that wait for a place in a backlog, and who acts meanwhile.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

#define USER_A	4711
#define USER_B	4712

#define VARIANTS_TOYS	(VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET)

FIXTURE(toyfs_dialerr)
{
	struct toyfs_end server;	/* its backlog is full */
	struct toyfs_end caller;	/* who fills it */
	char path[TOYFS_PATH];		/* of the server's address */
	char free[TOYFS_PATH];		/* of one that nobody has */
	unsigned int port;
	struct toy_thread thread;
};

FIXTURE_VARIANT(toyfs_dialerr)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_dialerr, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_dialerr)
{
	toy_guard(25);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	toyfs_address(self->path, variant->kind, self->port);
	toyfs_dial_path(self->free, variant->kind, "1:9");
	if (!toy_kind_is_conn(variant->kind))
		return;
	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 0"));
	ASSERT_OK(toyfs_client(variant->kind, &self->caller, self->port));
}

FIXTURE_TEARDOWN(toyfs_dialerr)
{
}

/* What dial/err says to this user, without the newline. */
static const char *words(struct toy_kind kind)
{
	static char text[256];

	if (toyfs_cat(kind, -1, "dial/err", text, sizeof(text)) < 0)
		return toy_errno_name(errno);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Those that the fixture has made. */
static int made(struct toy_kind kind)
{
	return toy_kind_is_conn(kind) ? 3 : 1;
}

/* -------------------------------------------------------------------- words */

TOY_TEST(toyfs_dialerr, words__refused, VARIANTS_TOYS)
{
	EXPECT_STREQ("", words(variant->kind));
	EXPECT_ERR(ECONNREFUSED, open(self->free, O_RDWR));
	EXPECT_STREQ("111 ECONNREFUSED connect 1:9: nothing listens on that port",
		     words(variant->kind));
	EXPECT_EQ(made(variant->kind), toyfs_count(variant->kind));
	/* A type's own. */
	EXPECT_STREQ("", words(TOY_DGRAM));
}

TEST_F(toyfs_dialerr, words__no_link)
{
	toyfs_dial_path(self->path, variant->kind, "7!80");
	EXPECT_ERR(ENETUNREACH, open(self->path, O_RDONLY));
	EXPECT_STREQ("101 ENETUNREACH connect 7:80: no link leads to that node",
		     words(variant->kind));
	EXPECT_EQ(made(variant->kind), toyfs_count(variant->kind));
}

TEST_F(toyfs_dialerr, words__broadcast)
{
	toyfs_dial_path(self->path, variant->kind, "4294967295:80");
	EXPECT_ERR(EACCES, open(self->path, O_WRONLY));
	EXPECT_STREQ(toy_kind_is_conn(variant->kind) ?
		     "13 EACCES connect 4294967295:80: nothing but datagrams can be broadcast" :
		     "13 EACCES connect 4294967295:80: broadcast takes SO_BROADCAST",
		     words(variant->kind));
}

/* Said to who opens, not to who looks. */
TEST_F(toyfs_dialerr, words__no_address)
{
	struct stat st;

	toyfs_dial_path(self->path, variant->kind, "*:80");
	EXPECT_ERR(ENOENT, stat(self->path, &st));
	EXPECT_ERR(EPERM, mkdir(self->path, 0777));
	EXPECT_STREQ("", words(variant->kind));
	EXPECT_ERR(ENOENT, open(self->path, O_RDWR | O_CREAT, 0666));
	EXPECT_STREQ("2 ENOENT connect: an address is node:port, two numbers from 1 on",
		     words(variant->kind));
}

/* The next success takes nothing away, as with a socket's err. */
TOY_TEST(toyfs_dialerr, words__stay, VARIANT_TOY_DGRAM)
{
	int fd;

	toyfs_dial_path(self->free, variant->kind, "7:80");
	EXPECT_ERR(ENETUNREACH, open(self->free, O_RDONLY));
	fd = open(self->path, O_RDWR);
	ASSERT_OK(fd);
	EXPECT_EQ(0, strncmp("101 ENETUNREACH", words(variant->kind), 15));
}

/* ------------------------------------------------------------- whose they are */

TEST_F(toyfs_dialerr, users__have_their_own)
{
	char path[TOYFS_PATH], text[256] = "";
	int err;

	toyfs_path(path, variant->kind, -1, "dial/err");
	toyfs_dial_path(self->path, variant->kind, "7:1");
	toyfs_dial_path(self->free, variant->kind, "7:2");
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_ERR(ENETUNREACH, open(self->path, O_RDWR));
	err = open(path, O_RDONLY);
	ASSERT_OK(toyfs_as(0));
	EXPECT_STREQ("", words(variant->kind));
	ASSERT_OK(toyfs_as(USER_B));
	EXPECT_STREQ("", words(variant->kind));
	EXPECT_ERR(ENETUNREACH, open(self->free, O_RDWR));
	EXPECT_NE(NULL, strstr(words(variant->kind), " 7:2: "));
	/* The words are those of who opened err, not of who reads it. */
	ASSERT_LT(0, read(err, text, sizeof(text) - 1));
	EXPECT_NE(NULL, strstr(text, " 7:1: "));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_NE(NULL, strstr(words(variant->kind), " 7:1: "));
}

/* Of more users than that the one who failed first is forgotten. */
TOY_TEST(toyfs_dialerr, users__are_remembered_in_bounds, VARIANT_TOY_STREAM)
{
	const int most = 512;
	int i;

	toyfs_dial_path(self->path, variant->kind, "7:1");
	for (i = 0; i <= most; i++) {
		ASSERT_OK(toyfs_as(USER_A + i));
		ASSERT_ERR(ENETUNREACH, open(self->path, O_RDWR));
		ASSERT_OK(toyfs_as(0));
		/* Who fails again is the last one. */
		if (i != most / 2)
			continue;
		ASSERT_OK(toyfs_as(USER_A + 1));
		ASSERT_ERR(ENETUNREACH, open(self->path, O_RDWR));
		ASSERT_OK(toyfs_as(0));
	}
	ASSERT_OK(toyfs_as(USER_A));
	EXPECT_STREQ("", words(variant->kind));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_A + 1));
	EXPECT_STRNE("", words(variant->kind));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_A + most));
	EXPECT_STRNE("", words(variant->kind));
}

/* ------------------------------------------------------------------ who may */

TEST_F(toyfs_dialerr, foreign__may_look_and_not_dial)
{
	struct stat st;

	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_OK(stat(self->path, &st));
	EXPECT_ERR(EACCES, open(self->path, O_RDWR));
	EXPECT_NE(NULL, strstr(words(variant->kind), "of another network namespace"));
	EXPECT_EQ(made(variant->kind), toyfs_count(variant->kind));
	ASSERT_OK(toyfs_mount("foreign", MS_REMOUNT));
	if (toy_kind_is_conn(variant->kind))
		/* In the mount's namespace, where the backlog is full. */
		EXPECT_ERR(EAGAIN, open(self->path, O_RDWR | O_NONBLOCK));
	else
		EXPECT_OK(open(self->path, O_RDWR | O_NONBLOCK));
}

TEST_F(toyfs_dialerr, owner__is_who_dials)
{
	struct stat st;
	int fd, n;

	if (toy_kind_is_conn(variant->kind))
		ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 9"));
	ASSERT_OK(toyfs_mount("mode=0640,hide=1", MS_REMOUNT));
	ASSERT_OK(toyfs_as(USER_A));
	fd = open(self->path, O_RDWR);
	ASSERT_OK(fd);
	/* No other one has been made since. */
	for (n = self->server.n + 50; n > self->server.n; n--)
		if (!toyfs_stat(variant->kind, n, "data", &st))
			break;
	EXPECT_EQ(USER_A, st.st_uid);
	EXPECT_EQ(S_IFIFO | 0640, st.st_mode);
	EXPECT_OK(toyfs_open(variant->kind, n, "ctl", O_RDWR));
	ASSERT_OK(toyfs_as(0));
	ASSERT_OK(toyfs_as(USER_B));
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, n, "data", &st));
	EXPECT_OK(stat(self->path, &st));
}

/* ---------------------------------------------------------- calls that wait */

static long do_dial(void *arg)
{
	return open(arg, O_RDWR);
}

TOY_TEST(toyfs_dialerr, wait__not_with_nonblock, VARIANTS_TOYS)
{
	EXPECT_ERR(EAGAIN, open(self->path, O_RDWR | O_NONBLOCK));
	EXPECT_NE(NULL, strstr(words(variant->kind), "backlog is full"));
	EXPECT_EQ(3, toyfs_count(variant->kind));
}

TOY_TEST(toyfs_dialerr, wait__for_a_place, VARIANTS_TOYS)
{
	struct toyfs_end call[2];

	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toyfs_accept(&self->server, &call[0]));
	ASSERT_OK(toyfs_accept(&self->server, &call[1]));
	ASSERT_OK(toyfs_data(&call[1], O_RDWR));
	ASSERT_OK(toy_thread_join(&self->thread));
	ASSERT_EQ(1, write(call[1].data, "x", 1));
	EXPECT_EQ(1, read(self->thread.result, &(char){ 0 }, 1));
}

TOY_TEST(toyfs_dialerr, wait__interrupted, VARIANTS_TOYS)
{
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	EXPECT_EQ(4, toyfs_count(variant->kind));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&self->thread));
	EXPECT_EQ(0, strncmp("4 EINTR connect 1:", words(variant->kind), 18));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 3));
}

TOY_TEST(toyfs_dialerr, wait__restarted, VARIANTS_TOYS)
{
	struct toyfs_end call[2];

	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	while (!toy_signal_count(SIGUSR1))
		toy_sleep(1);
	ASSERT_OK(toyfs_accept(&self->server, &call[0]));
	ASSERT_OK(toyfs_accept(&self->server, &call[1]));
	EXPECT_OK(toy_thread_join(&self->thread));
	/* Once, however often it was called. */
	EXPECT_TRUE(toyfs_count_is(variant->kind, 5));
}

/* Who waits is in nobody's way: not in the directory's, nor in its siblings'. */
TOY_TEST(toyfs_dialerr, wait__others_do_not, VARIANTS_TOYS)
{
	char dir[TOYFS_PATH];
	struct toyfs_end end;
	struct stat st;

	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	EXPECT_OK(stat(self->path, &st));
	EXPECT_ERR(EEXIST, mkdir(self->path, 0777));
	EXPECT_ERR(ECONNREFUSED, open(self->free, O_RDWR | O_CREAT, 0666));
	EXPECT_ERR(EAGAIN, open(self->path, O_RDWR | O_CREAT | O_NONBLOCK,
				0666));
	EXPECT_EQ(1, toyfs_list(toyfs_dial_path(dir, variant->kind, ""), "err",
				NULL));
	EXPECT_OK(toyfs_new(variant->kind, &end));
	EXPECT_ERR(EBUSY, umount(TOYFS));
	EXPECT_FALSE(toy_thread_done(&self->thread, 0));
	ASSERT_OK(toyfs_ctl(self->server.ctl, "hangup"));
	EXPECT_ERR(ECONNREFUSED, toy_thread_join(&self->thread));
}

/* Its owner may hang up on it. Who has it open then has an idle socket. */
TOY_TEST(toyfs_dialerr, wait__hung_up, VARIANTS_TOYS)
{
	struct toyfs_end end = { .kind = variant->kind, .ctl = -1 };

	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	for (end.n = self->server.n; end.ctl < 0; end.n++)
		if (!strcmp("syn_sent", toyfs_status(variant->kind, end.n,
						     "state")))
			end.ctl = toyfs_open(variant->kind, end.n, "ctl",
					     O_RDWR);
	end.n--;
	ASSERT_OK(toyfs_ctl(end.ctl, "hangup"));
	EXPECT_ERR(ECONNABORTED, toy_thread_join(&self->thread));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, end.n, "state"));
	EXPECT_EQ(end.n, toyfs_number(end.ctl));
	toy_close(&end.ctl);
	EXPECT_TRUE(toyfs_count_is(variant->kind, 3));
}

/* The mount goes while somebody dials: he gets his connection all the same. */
TOY_TEST(toyfs_dialerr, wait__unmounted, VARIANTS_TOYS)
{
	char data[TOYFS_PATH];
	int call;

	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	call = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	ASSERT_OK(call);
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	/* What is seen now is the one below, of the namespace this was. */
	EXPECT_ERR(EACCES, open(toyfs_path(data, variant->kind, -1, "clone"),
				O_RDWR));
	EXPECT_LE(0, toyfs_number(call));
	ASSERT_OK(toy_thread_join(&self->thread));
	EXPECT_EQ(1, write(self->thread.result, "x", 1));
}

/* ------------------------------------------------------------ many at once */

#define DIALLERS	8
#define CALLS		20

static long do_many(void *arg)
{
	int fd, i;

	for (i = 0; i < CALLS; i++) {
		fd = open(arg, O_RDWR);
		if (fd < 0 || write(fd, "x", 1) != 1)
			return -1;
		close(fd);
	}
	return 0;
}

/* Each of many calls by the same name arrives, with its byte. */
TEST_F(toyfs_dialerr, many__at_once)
{
	struct toy_thread thread[DIALLERS];
	struct toyfs_end call;
	int i;
	char c;

	if (toy_kind_is_conn(variant->kind)) {
		ASSERT_OK(toyfs_accept(&self->server, &call));
		toyfs_close(&call);
		toyfs_close(&self->caller);
	} else {
		ASSERT_OK(toyfs_data(&self->server, O_RDWR));
	}
	for (i = 0; i < DIALLERS; i++)
		ASSERT_OK(toy_thread_start(&thread[i], do_many, self->path));
	for (i = 0; i < DIALLERS * CALLS; i++) {
		call = self->server;
		if (toy_kind_is_conn(variant->kind)) {
			ASSERT_OK(toyfs_accept(&self->server, &call));
			ASSERT_OK(toyfs_data(&call, O_RDWR));
		}
		ASSERT_EQ(1, read(call.data, &c, 1));
		if (toy_kind_is_conn(variant->kind))
			toyfs_close(&call);
	}
	for (i = 0; i < DIALLERS; i++)
		EXPECT_OK(toy_thread_join(&thread[i]));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 1));
}

TOY_TEST_MAIN

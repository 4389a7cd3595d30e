// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: dial over a cable. Calls that are answered, refused, not answered, not
 * waited for, and given up; what was written arrives though its writer has gone.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_cable.h"
#include "toy_test.h"
#include "toyfs.h"

#define PORT		7001
#define VARIANTS_TOYS	(VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET)

FIXTURE(toyfs_dialwire)
{
	struct toy_cable cable;
	char path[TOYFS_PATH];		/* of the listener at end 1 */
	struct toy_thread thread;
	int listener;
	int fd[2];
};

FIXTURE_VARIANT(toyfs_dialwire)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_dialwire, VARIANTS_TOYS)

/* This thread is at end 0, whose toyfs is mounted. */
FIXTURE_SETUP(toyfs_dialwire)
{
	toy_guard(60);
	signal(SIGPIPE, SIG_IGN);
	self->listener = toy_cable_callable(&self->cable, variant->kind, PORT,
					    &self->fd[0]);
	ASSERT_OK(self->listener);
	toy_close(&self->fd[0]);
	ASSERT_OK(toy_cable_enter(&self->cable, 0));
	ASSERT_OK(toyfs_private(NULL));
	ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	snprintf(self->path, TOYFS_PATH, TOYFS "/%s/dial/%u:%u",
		 toyfs_type(variant->kind), toy_cable_node(1), PORT);
}

FIXTURE_TEARDOWN(toyfs_dialwire)
{
}

static const char *words(struct toy_kind kind)
{
	static char text[256];

	if (toyfs_cat(kind, -1, "dial/err", text, sizeof(text)) < 0)
		return toy_errno_name(errno);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static long do_dial(void *arg)
{
	return open(arg, O_RDWR);
}

/* From now on nobody hears what is said to end 1; this thread is at end 0. */
static int deaf(const struct toy_cable *cable)
{
	return toy_cable_deaf(cable, 1) || toy_cable_enter(cable, 0) ? -1 : 0;
}

static int hear(const struct toy_cable *cable)
{
	return toy_cable_hear(cable, 1) || toy_cable_enter(cable, 0) ? -1 : 0;
}

/* --------------------------------------------------------------- answered */

TEST_F(toyfs_dialwire, dial__is_a_connection)
{
	char buf[8];

	self->fd[0] = open(self->path, O_RDWR);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_OK(self->fd[1]);
	ASSERT_EQ(2, write(self->fd[0], "hi", 2));
	EXPECT_EQ(2, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
	ASSERT_EQ(3, send(self->fd[1], "you", 3, 0));
	EXPECT_EQ(3, read(self->fd[0], buf, sizeof(buf)));
	EXPECT_EQ(1, toyfs_count(variant->kind));
}

/* More than a window, by who closes at once. */
TEST_F(toyfs_dialwire, close__all_that_was_written_arrives)
{
	static char out[300000], in[300000];
	const size_t piece = toy_kind_is_stream(variant->kind) ? sizeof(out) :
							      30000;
	size_t done;

	toy_fill(out, sizeof(out), 1);
	self->fd[0] = open(self->path, O_WRONLY);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_RCVBUF, 1000000));
	for (done = 0; done < sizeof(out); done += piece)
		ASSERT_EQ((ssize_t)piece, write(self->fd[0], out + done, piece));
	toy_close(&self->fd[0]);
	EXPECT_EQ((ssize_t)sizeof(in), toy_recv_all(self->fd[1], in,
						    sizeof(in)));
	EXPECT_EQ(-1, toy_check(in, sizeof(in), 1));
	EXPECT_EQ(0, recv(self->fd[1], in, 1, 0));
	EXPECT_EQ(0, toyfs_count(variant->kind));
}

/* ----------------------------------------------------------- not answered */

TEST_F(toyfs_dialwire, refused__by_errno_and_in_words)
{
	toyfs_dial_path(self->path, variant->kind, "3:7002");
	EXPECT_ERR(ECONNREFUSED, open(self->path, O_RDWR));
	EXPECT_STREQ("111 ECONNREFUSED connect 3:7002: nothing listens on that port",
		     words(variant->kind));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 0));
}

TEST_F(toyfs_dialwire, silent__node)
{
	toyfs_dial_path(self->path, variant->kind, "9:80");
	EXPECT_ERR(EHOSTUNREACH, open(self->path, O_RDWR));
	EXPECT_STREQ("113 EHOSTUNREACH connect 9:80: the node does not answer",
		     words(variant->kind));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 0));
}

/* The number of the one socket that calls; -1 and errno. */
static int caller(struct toy_kind kind)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	int n = -1;
	DIR *d;

	d = opendir(toyfs_path(path, kind, -1, ""));
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			n = atoi(entry->d_name);
	if (d)
		closedir(d);
	return n;
}

/* A peer that does not answer: its owner may shorten the wait by a hangup. */
TEST_F(toyfs_dialwire, silent__hung_up)
{
	int ctl, n;

	ASSERT_OK(deaf(&self->cable));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	n = caller(variant->kind);
	EXPECT_STREQ("syn_sent", toyfs_status(variant->kind, n, "state"));
	ctl = toyfs_open(variant->kind, n, "ctl", O_RDWR);
	ASSERT_OK(ctl);
	ASSERT_OK(toyfs_ctl(ctl, "hangup"));
	EXPECT_ERR(ECONNABORTED, toy_thread_join(&self->thread));
	toy_close(&ctl);
	EXPECT_TRUE(toyfs_count_is(variant->kind, 0));
}

TEST_F(toyfs_dialwire, silent__timed_out)
{
	int ctl;

	ASSERT_OK(deaf(&self->cable));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ctl = toyfs_open(variant->kind, caller(variant->kind), "ctl", O_RDWR);
	ASSERT_OK(ctl);
	/* Looked at when the SYN goes again. */
	ASSERT_OK(toyfs_ctl(ctl, "set user_timeout 1500"));
	EXPECT_ERR(ETIMEDOUT, toy_thread_join(&self->thread));
	EXPECT_STREQ("110 ETIMEDOUT connect 3:7001: the peer does not answer",
		     words(variant->kind));
}

/* ------------------------------------------------------------- interrupted */

TEST_F(toyfs_dialwire, interrupted__leaves_nothing)
{
	ASSERT_OK(deaf(&self->cable));
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&self->thread));
	EXPECT_STREQ("4 EINTR connect 3:7001: a signal came",
		     words(variant->kind));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 0));
	EXPECT_OK(umount(TOYFS));
}

TEST_F(toyfs_dialwire, interrupted__dials_anew)
{
	int ctl;

	ASSERT_OK(deaf(&self->cable));
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	while (!toy_signal_count(SIGUSR1))
		toy_sleep(1);
	ASSERT_OK(hear(&self->cable));
	ASSERT_TRUE(toy_thread_done(&self->thread, 20000));
	ASSERT_OK(toy_thread_join(&self->thread));
	self->fd[0] = self->thread.result;
	self->fd[1] = toy_cable_answer(self->listener);
	ctl = toyfs_open(variant->kind, caller(variant->kind), "ctl", O_RDWR);
	EXPECT_TRUE(toy_cable_talk(self->fd[1], toyfs_getsock(ctl, 0)));
	EXPECT_EQ(1, toyfs_count(variant->kind));
}

/* A signal that cannot be caught ends it as well. */
TEST_F(toyfs_dialwire, killed__leaves_nothing)
{
	pid_t pid;
	int i;

	ASSERT_OK(deaf(&self->cable));
	pid = fork();
	ASSERT_OK(pid);
	if (!pid) {
		open(self->path, O_RDWR | O_CREAT, 0666);
		_exit(0);
	}
	for (i = 0; i < 2000 && !toyfs_count(variant->kind); i++)
		toy_sleep(10);
	ASSERT_EQ(1, toyfs_count(variant->kind));
	ASSERT_OK(kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, toy_child_wait(pid));
	EXPECT_TRUE(toyfs_count_is(variant->kind, 0));
}

/* -------------------------------------------------------------- not waiting */

TEST_F(toyfs_dialwire, nonblock__in_progress_then_done)
{
	char c;

	ASSERT_OK(deaf(&self->cable));
	self->fd[0] = open(self->path, O_RDWR | O_NONBLOCK);
	ASSERT_OK(self->fd[0]);
	EXPECT_STREQ("syn_sent", toyfs_status(variant->kind,
					      caller(variant->kind), "state"));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLIN | POLLOUT, 0));
	EXPECT_ERR(EAGAIN, write(self->fd[0], "x", 1));
	EXPECT_ERR(EAGAIN, read(self->fd[0], &c, 1));
	ASSERT_OK(hear(&self->cable));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLIN | POLLOUT, 20000));
	ASSERT_EQ(1, write(self->fd[0], "x", 1));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, 10000));
}

TEST_F(toyfs_dialwire, nonblock__refused)
{
	char c, text[128];

	toyfs_dial_path(self->path, variant->kind, "3:7002");
	self->fd[0] = open(self->path, O_RDWR | O_NONBLOCK);
	ASSERT_OK(self->fd[0]);
	EXPECT_TRUE(toy_poll(self->fd[0], POLLOUT, 10000) &
		    (POLLERR | POLLHUP));
	/* The open had gone well: nothing is said of it there. */
	EXPECT_EQ(NULL, strstr(words(variant->kind), "7002"));
	EXPECT_ERR(ECONNREFUSED, read(self->fd[0], &c, 1));
	EXPECT_LT(0, toyfs_cat(variant->kind, caller(variant->kind), "err",
			       text, sizeof(text)));
	EXPECT_EQ(0, strncmp("111 ECONNREFUSED", text, 16)) {
		TH_LOG("err is %s", text);
	}
	EXPECT_EQ(-1, write(self->fd[0], "x", 1));
}

/* Closed before it came to anything. */
TEST_F(toyfs_dialwire, nonblock__given_up)
{
	ASSERT_OK(deaf(&self->cable));
	self->fd[0] = open(self->path, O_RDWR | O_NONBLOCK);
	ASSERT_OK(self->fd[0]);
	toy_close(&self->fd[0]);
	EXPECT_EQ(0, toyfs_count(variant->kind));
	EXPECT_OK(umount(TOYFS));
}

/* -------------------------------------------------------------- the mount goes */

TEST_F(toyfs_dialwire, umount__while_it_dials)
{
	ASSERT_OK(deaf(&self->cable));
	ASSERT_OK(toy_thread_start(&self->thread, do_dial, self->path));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	EXPECT_ERR(EBUSY, umount(TOYFS));
	ASSERT_OK(umount2(TOYFS, MNT_DETACH));
	ASSERT_OK(hear(&self->cable));
	ASSERT_TRUE(toy_thread_done(&self->thread, 20000));
	ASSERT_OK(toy_thread_join(&self->thread));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_EQ(1, write(self->thread.result, "x", 1));
	EXPECT_EQ(1, toy_recv(self->fd[1], &(char){ 0 }, 1, 0, 10000));
}

TOY_TEST_MAIN

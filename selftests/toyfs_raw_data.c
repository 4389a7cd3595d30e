// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: frames through the data of a raw socket, and how it is waited for.
 */
#include <limits.h>
#include <sys/stat.h>

#include "toy_raw.h"
#include "toy_test.h"

FIXTURE(toyfs_raw_data)
{
	struct toy_raw raw;
};

FIXTURE_SETUP(toyfs_raw_data)
{
	toy_guard(60);
	ASSERT_OK(toy_raw_make(&self->raw));
}

FIXTURE_TEARDOWN(toyfs_raw_data)
{
}

/* --------------------------------------------------------------------- data */

TEST_F(toyfs_raw_data, read__one_frame)
{
	struct toy_frame f;
	struct stat st;

	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'y'));
	EXPECT_EQ(21, toy_ioctl_int(self->raw.end.data, FIONREAD));
	ASSERT_OK(toyfs_stat(TOY_RAW, self->raw.end.n, "data", &st));
	EXPECT_EQ(21, st.st_size);
	ASSERT_OK(toy_raw_hear(self->raw.end.data, &f));
	ASSERT_EQ(21, f.len);
	EXPECT_EQ(0, memcmp(f.at, "TY", 2));
	EXPECT_EQ(FRAME_DATAGRAM, toy_frame_get(&f, 3, 1));
	EXPECT_EQ(2, toy_frame_get(&f, 4, 4));
	EXPECT_EQ(3, toy_frame_get(&f, 8, 4));
	EXPECT_EQ(TOY_RAW_PORT, toy_frame_get(&f, 14, 2));
	EXPECT_EQ('x', f.at[20]);
	/* Byte by byte, then with the rest dropped. */
	EXPECT_EQ(1, read(self->raw.end.data, f.at, 1));
	EXPECT_EQ(1, read(self->raw.end.data, f.at + 1, 1));
	EXPECT_EQ(19, read(self->raw.end.data, f.at + 2, 100));
	EXPECT_EQ(0, memcmp(f.at, "TY", 2));
	EXPECT_EQ('y', f.at[20]);
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "short discard"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'z'));
	EXPECT_EQ(2, read(self->raw.end.data, f.at, 2));
	ASSERT_OK(toy_nonblock(self->raw.end.data, true));
	EXPECT_ERR(EAGAIN, read(self->raw.end.data, f.at, 1));
}

TEST_F(toyfs_raw_data, write__one_frame)
{
	struct toy_frame f = toy_raw_datagram(2, 'x');
	char c = 0;

	ASSERT_OK(toy_raw_say(self->raw.end.data, &f));
	ASSERT_EQ(1, toy_recv(self->raw.fd[0], &c, 1, 0, TOY_RAW_MS));
	EXPECT_EQ('x', c);
	/* What was heard is sent again, as a bridge would. */
	ASSERT_OK(toy_raw_arrive(&self->raw, 'y'));
	ASSERT_OK(toy_raw_hear(self->raw.end.data, &f));
	toy_frame_put(&f, 4, 4, 3);
	toy_frame_put(&f, 8, 4, 2);
	toy_frame_put(&f, 18, 2, 0);
	ASSERT_OK(toy_raw_say(self->raw.end.data, &f));
	ASSERT_EQ(1, toy_recv(self->raw.fd[0], &c, 1, 0, TOY_RAW_MS));
	EXPECT_EQ('y', c);
	/* What is no frame. */
	f.len = 19;
	EXPECT_ERR(EINVAL, toy_raw_say(self->raw.end.data, &f));
	EXPECT_TRUE(toy_raw_err(&self->raw, "22 EINVAL send: a frame has"));
	f.len = TOY_CABLE_MTU + 1;
	EXPECT_ERR(EMSGSIZE, toy_raw_say(self->raw.end.data, &f));
	f = toy_raw_datagram(2, 'x');
	f.at[0] = 'X';
	EXPECT_ERR(EINVAL, toy_raw_say(self->raw.end.data, &f));
	EXPECT_ERR(EFAULT, write(self->raw.end.data, toy_page_bad(), 30));
}

/* One write of data, with an address before it. */
static int say_to(int data, const char *address, const struct toy_frame *f)
{
	char text[9100];
	int n = snprintf(text, sizeof(text), "%s ", address);

	memcpy(text + n, f->at, f->len);
	return write(data, text, n + f->len) == n + (ssize_t)f->len ? 0 : -1;
}

TEST_F(toyfs_raw_data, headers__are_whom_it_is_from_and_for)
{
	struct toy_frame f, got;
	char c = 0;

	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "headers on"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	ASSERT_OK(toy_raw_hear(self->raw.end.data, &got));
	/* Nothing behind it, though it ends in no newline. */
	ASSERT_EQ(7 + 21, got.len);
	EXPECT_EQ(0, memcmp(got.at, "2:7001 TY", 9));
	EXPECT_EQ('x', got.at[7 + 20]);
	f = toy_raw_datagram(2, 'y');
	ASSERT_OK(say_to(self->raw.end.data, "2:*", &f));
	ASSERT_EQ(1, toy_recv(self->raw.fd[0], &c, 1, 0, TOY_RAW_MS));
	EXPECT_EQ('y', c);
	/* A frame for node 4 to the station of node 2; one for 2 to all. */
	f = toy_raw_datagram(4, 'z');
	ASSERT_OK(say_to(self->raw.end.data, "2:7001", &f));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->raw.cable, 0,
					 "ToyDroppedNotOurs", 1));
	f = toy_raw_datagram(2, 'z');
	ASSERT_OK(say_to(self->raw.end.data, "4294967295:*", &f));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->raw.cable, 0,
					 "ToyDroppedBroadcast", 1));
	EXPECT_ERR(ENETUNREACH, say_to(self->raw.end.data, "*:*", &f));
	EXPECT_ERR(EINVAL, toy_raw_say(self->raw.end.data, &f));
	EXPECT_ERR(EAGAIN, recv(self->raw.fd[0], &c, 1, MSG_DONTWAIT));
}

/* ---------------------------------------------------------------- readiness */

TEST_F(toyfs_raw_data, poll__and_shutdown)
{
	struct toy_frame f = toy_raw_datagram(2, 'x');
	int data = self->raw.end.data;

	EXPECT_EQ(POLLOUT, toy_poll(data, POLLIN | POLLOUT, 0));
	EXPECT_EQ(POLLOUT, toy_poll(self->raw.end.ctl, POLLIN | POLLOUT, 0));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	EXPECT_EQ(POLLIN | POLLOUT, toy_poll(data, POLLIN | POLLOUT, 0));
	/* No peer is needed; what is there can still be read. */
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "shutdown rd"));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'y'));
	EXPECT_EQ(21, read(data, f.at, sizeof(f.at)));
	EXPECT_EQ(0, read(data, f.at, sizeof(f.at)));
	f = toy_raw_datagram(2, 'x');
	EXPECT_OK(toy_raw_say(data, &f));
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "hangup"));
	EXPECT_TRUE(toy_poll(data, POLLIN, 0) & POLLHUP);
	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	EXPECT_ERR(EPIPE, toy_raw_say(data, &f));
	EXPECT_EQ(1, toy_signal_count(SIGPIPE));
	EXPECT_OK(toyfs_ctl(self->raw.end.ctl, "hangup"));
}

static long reads(void *arg)
{
	char buf[64];

	return read(*(int *)arg, buf, sizeof(buf));
}

static long polls(void *arg)
{
	return toy_poll(*(int *)arg, POLLIN, TOY_RAW_MS);
}

TEST_F(toyfs_raw_data, wait__for_a_frame_and_for_the_end)
{
	struct toy_thread t[2];

	ASSERT_OK(toy_thread_start(&t[0], reads, &self->raw.end.data));
	ASSERT_TRUE(toy_thread_sleeping(&t[0]));
	ASSERT_OK(toy_raw_arrive(&self->raw, 'x'));
	EXPECT_EQ(21, toy_thread_join(&t[0]));
	ASSERT_OK(toy_thread_start(&t[0], reads, &self->raw.end.data));
	ASSERT_OK(toy_thread_start(&t[1], polls, &self->raw.end.data));
	ASSERT_TRUE(toy_thread_sleeping(&t[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t[1]));
	ASSERT_OK(toyfs_ctl(self->raw.end.ctl, "hangup"));
	EXPECT_EQ(0, toy_thread_join(&t[0]));
	EXPECT_TRUE(toy_thread_join(&t[1]) & POLLHUP);
}

/* -------------------------------------------------------------------- storm */

struct storm {
	int fd;
	struct toy_name name;
	bool stop;
};

static bool rages(struct storm *storm)
{
	return !__atomic_load_n(&storm->stop, __ATOMIC_RELAXED);
}

static long sends(void *arg)
{
	struct storm *storm = arg;
	long n = 0;

	while (rages(storm))
		n += toy_sendto(storm->fd, "x", 1, 0, &storm->name) == 1;
	return n;
}

/* Looks at all there are, and opens what may have gone already. */
static long looks(void *arg)
{
	char path[TOYFS_PATH], text[1024];
	struct storm *storm = arg;
	struct dirent *entry;
	long seen = 0;
	DIR *d;
	int fd, n;

	while (rages(storm)) {
		d = opendir(toyfs_path(path, TOY_RAW, -1, ""));
		while (d && (entry = readdir(d))) {
			n = atoi(entry->d_name);
			seen += toyfs_cat(TOY_RAW, n, "status", text,
					  sizeof(text)) > 0;
			fd = toyfs_open(TOY_RAW, n, "data",
					O_RDWR | O_NONBLOCK);
			if (fd >= 0 && read(fd, text, 7) < 0 &&
			    errno != EAGAIN)
				seen = LONG_MIN;
			toy_close(&fd);
		}
		if (d)
			closedir(d);
	}
	return seen;
}

/* Sockets come and go by files while frames come, and the link with them. */
TEST_F(toyfs_raw_data, storm__of_opens_while_frames_come)
{
	struct storm storm = { .fd = self->raw.fd[0], .name = self->raw.name };
	long long over = toy_now() + 4000;
	struct toy_thread t[2];
	struct toyfs_end end[3];
	struct toy_frame f;
	int i, rounds = 0;

	ASSERT_OK(toy_thread_start(&t[0], sends, &storm));
	ASSERT_OK(toy_thread_start(&t[1], looks, &storm));
	while (toy_now() < over) {
		for (i = 0; i < 3; i++) {
			ASSERT_OK(toyfs_new(TOY_RAW, &end[i]));
			ASSERT_OK(toyfs_data(&end[i], O_RDWR | O_NONBLOCK));
		}
		/* The looker may have had it. */
		if (toy_poll(end[0].data, POLLIN, 20) & POLLIN &&
		    read(end[0].data, f.at, sizeof(f.at)) < 0)
			EXPECT_EQ(EAGAIN, errno);
		ASSERT_OK(toyfs_ctl(end[1].ctl, "hangup"));
		if (rounds++ % 4 == 3) {
			ASSERT_OK(toy_cable_deaf(&self->raw.cable, 1));
			ASSERT_OK(toy_cable_hear(&self->raw.cable, 1));
		}
		for (i = 0; i < 3; i++)
			toyfs_close(&end[i]);
	}
	__atomic_store_n(&storm.stop, true, __ATOMIC_RELAXED);
	EXPECT_GT(toy_thread_join(&t[0]), 0);
	EXPECT_GT(toy_thread_join(&t[1]), 0);
	EXPECT_GT(rounds, 1);
}

TOY_TEST_MAIN

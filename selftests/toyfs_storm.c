// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: everything at once, for some seconds. Sockets are made, called, hung up
 * and closed while others list, open, poll and read what they find of them. There
 * is no telling what each call returns; what counts is that nothing is reached
 * that is gone, and that nothing is left: the mount lets go of all.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

/* How long, in ms. */
#define STORM	4000

#define ACTORS	8

/**
 * struct actor - a thread of the storm
 * @kind:	whose directory
 * @random:	its own generator
 * @stop:	of all: set when it is time
 * @count:	how often it got what it wanted
 */
struct actor {
	struct toy_kind kind;
	__u64 random;
	const bool *stop;
	long count;
};

/**
 * struct storm - all of them
 * @actor:	what each does
 * @thread:	and by which thread
 * @actors:	how many there are
 * @stop:	for struct actor
 */
struct storm {
	struct actor actor[ACTORS];
	struct toy_thread thread[ACTORS];
	int actors;
	bool stop;
};

FIXTURE(toyfs_storm)
{
	struct storm storm;
};

FIXTURE_VARIANT(toyfs_storm)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_storm, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_storm)
{
	toy_guard(28);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(toyfs_storm)
{
}

static __u64 any(struct actor *a, __u64 n)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (a->random >> 8) % n;
}

static bool goes_on(const struct actor *a)
{
	return !__atomic_load_n(a->stop, __ATOMIC_RELAXED);
}

/* A number that may be of a socket; -1 when there is none. */
static int any_number(struct actor *a)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	int n = -1, skip = any(a, 8);
	DIR *d = opendir(toyfs_path(path, a->kind, -1, ""));

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		n = atoi(entry->d_name);
		if (!skip--)
			break;
	}
	if (d)
		closedir(d);
	return n;
}

/* ------------------------------------------------------------------- actors */

/* Sockets by clone, some of them connected, for a moment. */
static long act_clone(void *arg)
{
	struct actor *a = arg;
	struct toyfs_end end[2];

	while (goes_on(a)) {
		if (any(a, 2)) {
			if (toyfs_pair(a->kind, end))
				return -1;
			toyfs_close(&end[any(a, 2)]);
			toyfs_close(&end[0]);
			toyfs_close(&end[1]);
		} else {
			if (toyfs_new(a->kind, &end[0]))
				return -1;
			toyfs_close(&end[0]);
		}
		a->count++;
	}
	return 0;
}

/* Sockets by call, open to toyfs, closed while others have them open. */
static long act_socket(void *arg)
{
	struct actor *a = arg;
	int fd[2], i;

	while (goes_on(a)) {
		if (toy_pair(a->kind, fd))
			return -1;
		for (i = 0; i < 2; i++)
			toyfs_fsmode(fd[i], 0666);
		sched_yield();
		close(fd[0]);
		close(fd[1]);
		a->count++;
	}
	return 0;
}

/* Listeners with calls nobody, or somebody else, accepts. */
static long act_listen(void *arg)
{
	struct actor *a = arg;
	struct toyfs_end server, client;
	unsigned int port;

	while (goes_on(a)) {
		if (toyfs_server(a->kind, &server, &port))
			return -1;
		if (toyfs_client(a->kind, &client, port))
			return -1;
		if (any(a, 2))
			toyfs_ctl(server.ctl, "hangup");
		toyfs_close(any(a, 2) ? &server : &client);
		toyfs_close(&client);
		toyfs_close(&server);
		a->count++;
	}
	return 0;
}

static long act_hangup(void *arg)
{
	static const char * const words[] = {
		"hangup", "disconnect", "shutdown rdwr", "bind *:*",
		"connect 1:9", "set rcvbuf 5000",
	};
	struct actor *a = arg;
	int fd;

	while (goes_on(a)) {
		fd = toyfs_open(a->kind, any_number(a), "ctl",
				O_RDWR | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (!toyfs_ctl(fd, "%s", words[any(a, ARRAY_SIZE(words))]))
			a->count++;
		close(fd);
	}
	return 0;
}

/* Files of a socket as shells redirect to them, kept for a while. */
static long act_open(void *arg)
{
	static const char * const files[] = {
		"ctl", "data", "status", "err", "local",
	};
	struct actor *a = arg;
	char buf[600];
	int fd[4] = { -1, -1, -1, -1 }, *p, i;
	ssize_t n;

	while (goes_on(a)) {
		p = &fd[any(a, 4)];
		toy_close(p);
		*p = toyfs_open(a->kind, any_number(a),
				files[any(a, ARRAY_SIZE(files))],
				O_NONBLOCK | (any(a, 2) ? O_RDWR : O_RDONLY));
		n = read(*p, buf, any(a, sizeof(buf)));
		if (n > 0)
			a->count++;
		n = write(*p, "\n", 1);
		i = toyfs_getsock(*p, O_CLOEXEC);
		if (i >= 0) {
			n = recv(i, buf, sizeof(buf), MSG_DONTWAIT);
			close(i);
		}
	}
	for (i = 0; i < 4; i++)
		toy_close(&fd[i]);
	return 0;
}

/* Takes calls of others' listeners, through files that then are the calls'. */
static long act_accept(void *arg)
{
	struct actor *a = arg;
	int fd, sock;

	while (goes_on(a)) {
		fd = toyfs_open(a->kind, any_number(a), "listen",
				O_RDWR | O_NONBLOCK);
		if (toyfs_number(fd) >= 0) {
			a->count++;
			sock = toyfs_getsock(fd, O_CLOEXEC);
			if (any(a, 2))
				toyfs_ctl(fd, "hangup");
			toy_close(any(a, 2) ? &fd : &sock);
			toy_close(&sock);
		}
		toy_close(&fd);
	}
	return 0;
}

/* Watches what it finds, and hears of ends while it waits. */
static long act_epoll(void *arg)
{
	static const char * const files[] = { "ctl", "data", "listen" };
	struct actor *a = arg;
	struct epoll_event event[16];
	int fd[16], epoll, i, k;

	while (goes_on(a)) {
		epoll = epoll_create1(EPOLL_CLOEXEC);
		for (i = 0; i < 16; i++) {
			fd[i] = toyfs_open(a->kind, any_number(a),
					   files[any(a, 3)],
					   O_RDWR | O_NONBLOCK);
			event[0] = (struct epoll_event){
				.events = EPOLLIN | EPOLLRDHUP |
					  (any(a, 2) ? EPOLLET : 0),
			};
			if (fd[i] >= 0)
				epoll_ctl(epoll, EPOLL_CTL_ADD, fd[i], event);
		}
		for (k = 0; k < 4; k++)
			if (epoll_wait(epoll, event, 16, 2) > 0)
				a->count++;
		if (any(a, 2))
			toy_close(&epoll);
		for (i = 0; i < 16; i++)
			toy_close(&fd[i]);
		toy_close(&epoll);
	}
	return 0;
}

/* Reads all there is, as grep -r does. */
static long act_grep(void *arg)
{
	static const char * const files[] = {
		"status", "local", "remote", "err",
	};
	struct actor *a = arg;
	char path[TOYFS_PATH], text[1024];
	struct dirent *entry;
	int i;
	DIR *d;

	while (goes_on(a)) {
		d = opendir(toyfs_path(path, a->kind, -1, ""));
		while (d && (entry = readdir(d))) {
			for (i = 0; i < 4; i++) {
				if (toyfs_cat(a->kind, atoi(entry->d_name),
					      files[i], text, sizeof(text)) > 0)
					a->count++;
				else if (errno != ENOENT && i < 3)
					break;
			}
		}
		if (d)
			closedir(d);
	}
	return 0;
}

/* Reads events now and then, with a reader that falls behind. */
static long act_events(void *arg)
{
	struct actor *a = arg;
	char buf[3000];
	int fd = -1;

	while (goes_on(a)) {
		if (!any(a, 100)) {
			close(fd);
			fd = -1;
		}
		if (fd < 0)
			fd = open(TOYFS "/events",
				  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		toy_poll(fd, POLLIN, 2);
		if (read(fd, buf, any(a, sizeof(buf))) > 0)
			a->count++;
	}
	close(fd);
	return 0;
}

/* Another mount of the same tree comes and goes; caches are dropped. */
static long act_mount(void *arg)
{
	struct actor *a = arg;
	struct stat st;
	int fd;

	while (goes_on(a)) {
		if (mount("none", "/mnt", "toyfs", 0, NULL))
			continue;
		if (!stat("/mnt/stream/clone", &st))
			a->count++;
		umount2("/mnt", MNT_DETACH);
		fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
		if (fd >= 0 && write(fd, "2", 1) != 1)
			return -1;
		close(fd);
		toy_sleep(any(a, 20));
	}
	return 0;
}

/* -------------------------------------------------------------------- storms */

static void start(struct __test_metadata *_metadata, struct storm *storm,
		  struct toy_kind kind, long (*act)(void *arg))
{
	struct actor *a = &storm->actor[storm->actors];

	a->kind = kind;
	a->random = 0x9e3779b97f4a7c15 * (storm->actors + 1);
	a->stop = &storm->stop;
	ASSERT_OK(toy_thread_start(&storm->thread[storm->actors++], act, a));
}

/* Let it rage; then nothing of it is there, and the tree can be unmounted. */
static void finish(struct __test_metadata *_metadata, struct storm *storm,
		   struct toy_kind kind)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	int i, left = 0;
	DIR *d;

	toy_sleep(STORM);
	__atomic_store_n(&storm->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < storm->actors; i++) {
		EXPECT_EQ(0, toy_thread_join(&storm->thread[i])) {
			TH_LOG("actor %d: %s", i, toy_errno_name(errno));
		}
		EXPECT_LT(0, storm->actor[i].count) {
			TH_LOG("actor %d did nothing", i);
		}
	}
	d = opendir(toyfs_path(path, kind, -1, ""));
	ASSERT_NE(NULL, d);
	while ((entry = readdir(d)))
		left += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(d);
	EXPECT_EQ(0, left);
	EXPECT_OK(umount(TOYFS));
}

TEST_F(toyfs_storm, clones_and_readers)
{
	start(_metadata, &self->storm, variant->kind, act_clone);
	start(_metadata, &self->storm, variant->kind, act_grep);
	start(_metadata, &self->storm, variant->kind, act_open);
	start(_metadata, &self->storm, variant->kind, act_events);
	finish(_metadata, &self->storm, variant->kind);
}

TEST_F(toyfs_storm, sockets_and_hangups)
{
	start(_metadata, &self->storm, variant->kind, act_socket);
	start(_metadata, &self->storm, variant->kind, act_hangup);
	start(_metadata, &self->storm, variant->kind, act_open);
	start(_metadata, &self->storm, variant->kind, act_epoll);
	finish(_metadata, &self->storm, variant->kind);
}

TOY_TEST(toyfs_storm, listeners_and_watchers, VARIANTS_CONN)
{
	start(_metadata, &self->storm, variant->kind, act_listen);
	start(_metadata, &self->storm, variant->kind, act_listen);
	start(_metadata, &self->storm, variant->kind, act_accept);
	start(_metadata, &self->storm, variant->kind, act_epoll);
	start(_metadata, &self->storm, variant->kind, act_grep);
	finish(_metadata, &self->storm, variant->kind);
}

TEST_F(toyfs_storm, everything)
{
	start(_metadata, &self->storm, variant->kind, act_socket);
	start(_metadata, &self->storm, variant->kind, act_socket);
	start(_metadata, &self->storm, variant->kind, act_open);
	start(_metadata, &self->storm, variant->kind, act_epoll);
	start(_metadata, &self->storm, variant->kind, act_grep);
	start(_metadata, &self->storm, variant->kind, act_events);
	start(_metadata, &self->storm, variant->kind, act_hangup);
	start(_metadata, &self->storm, variant->kind, act_mount);
	finish(_metadata, &self->storm, variant->kind);
}

TOY_TEST_MAIN

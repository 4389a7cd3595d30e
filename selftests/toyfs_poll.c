// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: poll and epoll of ctl, data, listen and events, level and edge. data is
 * measured by the socket behind it. A hangup, an end and a listen that becomes
 * another socket's ctl happen while somebody waits.
 */
#include <sys/epoll.h>

#include "toy_test.h"
#include "toyfs.h"

/* What may differ by a wake-up under way. */
#define SOON	5000

FIXTURE(toyfs_poll)
{
	struct toyfs_end server;
	struct toyfs_end end[2];
	unsigned int port;	/* of server */
	int epoll;
};

FIXTURE_VARIANT(toyfs_poll)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_poll, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_poll)
{
	toy_guard(25);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_OK(self->epoll);
}

FIXTURE_TEARDOWN(toyfs_poll)
{
}

#define EVERYTHING	(POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | \
			 POLLWRNORM | POLLRDBAND | POLLWRBAND)

/* Watch @fd, which is told of by its number. */
static int watch(int epoll, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* The events of @fd, 0 when nothing comes within @ms; -1 for another's. */
static int wait_for(int epoll, int fd, int ms)
{
	struct epoll_event event[8];
	int i, n = epoll_wait(epoll, event, 8, ms), found = 0;

	for (i = 0; i < n; i++) {
		if (event[i].data.fd != fd)
			return -1;
		found = event[i].events;
	}
	return found;
}

/* The same, with others' events passed over, which may be there all the time. */
static int wait_for_one(int epoll, int fd, int ms)
{
	struct epoll_event event[8];
	int i, n;

	for (;;) {
		n = epoll_wait(epoll, event, 8, ms);
		for (i = 0; i < n; i++)
			if (event[i].data.fd == fd)
				return event[i].events;
		if (n <= 0 || ms-- <= 0)
			return 0;
		usleep(1000);
	}
}

/* --------------------------------------------------------------------- data */

static void expect_like_sock(struct __test_metadata *_metadata,
			     const struct toyfs_end *end, const char *when)
{
	int sock = toyfs_getsock(end->ctl, O_CLOEXEC);
	int data = toyfs_open(end->kind, end->n, "data", O_RDWR);

	ASSERT_OK(sock);
	ASSERT_OK(data);
	EXPECT_EQ(toy_poll(sock, EVERYTHING, 0),
		  toy_poll(data, EVERYTHING, 0)) {
		TH_LOG("data's poll is not the socket's: %s", when);
	}
	close(sock);
	close(data);
}

TEST_F(toyfs_poll, data__as_the_socket_in_every_state)
{
	struct toyfs_end idle, *end = self->end;

	ASSERT_OK(toyfs_new(variant->kind, &idle));
	expect_like_sock(_metadata, &idle, "idle");
	expect_like_sock(_metadata, &self->server, "listening or bound");
	expect_like_sock(_metadata, &end[0], "connected");
	ASSERT_EQ(3, write(end[0].data, "abc", 3));
	expect_like_sock(_metadata, &end[0], "with something sent");
	expect_like_sock(_metadata, &end[1], "with something to read");
	ASSERT_OK(toy_nonblock(end[0].data, true));
	while (write(end[0].data, "abc", 3) > 0)
		;
	expect_like_sock(_metadata, &end[0], "full");
	ASSERT_OK(toyfs_ctl(end[1].ctl, "shutdown wr"));
	expect_like_sock(_metadata, &end[0], "its peer shut for writing");
	expect_like_sock(_metadata, &end[1], "shut for writing");
	toyfs_close(&end[0]);
	expect_like_sock(_metadata, &end[1], "its peer gone");
	ASSERT_OK(toyfs_ctl(end[1].ctl, "hangup"));
	expect_like_sock(_metadata, &end[1], "hung up");
}

TEST_F(toyfs_poll, data__level)
{
	int to = self->end[1].data;
	char buf[8];

	ASSERT_OK(watch(self->epoll, to, EPOLLIN));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
	ASSERT_EQ(2, write(self->end[0].data, "ab", 2));
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, to, SOON));
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, to, SOON));
	ASSERT_EQ(2, read(to, buf, sizeof(buf)));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
}

TEST_F(toyfs_poll, data__edge)
{
	int to = self->end[1].data;
	char buf[8];

	ASSERT_OK(watch(self->epoll, to, EPOLLIN | EPOLLET));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
	ASSERT_EQ(2, write(self->end[0].data, "ab", 2));
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, to, SOON));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
	ASSERT_EQ(1, write(self->end[0].data, "c", 1));
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, to, SOON));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
	while (toy_ioctl_int(to, FIONREAD) > 0)
		ASSERT_LT(0, read(to, buf, sizeof(buf)));
	EXPECT_EQ(0, wait_for(self->epoll, to, 0));
}

/* Room again is an event, also for who waits by a file. */
TEST_F(toyfs_poll, data__edge_of_room)
{
	int from = self->end[0].data;
	char buf[2000];

	ASSERT_OK(toy_nonblock(from, true));
	ASSERT_OK(toy_nonblock(self->end[1].data, true));
	while (write(from, buf, sizeof(buf)) > 0)
		;
	ASSERT_OK(watch(self->epoll, from, EPOLLOUT | EPOLLET));
	EXPECT_EQ(0, wait_for(self->epoll, from, 0));
	while (read(self->end[1].data, buf, sizeof(buf)) > 0)
		;
	EXPECT_EQ(EPOLLOUT, wait_for(self->epoll, from, SOON));
}

/* ---------------------------------------------------------------------- ctl */

TEST_F(toyfs_poll, ctl__readable_while_the_number_is_not_read)
{
	int ctl = toyfs_open(variant->kind, self->end[0].n, "ctl", O_RDWR);
	const int in = POLLIN | POLLRDNORM, out = POLLOUT | POLLWRNORM;
	char c;

	ASSERT_OK(ctl);
	EXPECT_EQ(in | out, toy_poll(ctl, in | out, 0));
	ASSERT_EQ(1, read(ctl, &c, 1));
	EXPECT_EQ(in | out, toy_poll(ctl, in | out, 0));
	while (read(ctl, &c, 1) > 0)
		;
	EXPECT_EQ(out, toy_poll(ctl, in | out, 0));
	ASSERT_OK(toyfs_ctl(ctl, "\n"));
	EXPECT_EQ(in | out, toy_poll(ctl, in | out, 0));
	/* Data is none of its. */
	while (read(ctl, &c, 1) > 0)
		;
	ASSERT_EQ(1, write(self->end[1].data, "x", 1));
	EXPECT_EQ(out, toy_poll(ctl, in | out, 0));
}

TOY_TEST(toyfs_poll, ctl__hears_of_the_end, VARIANTS_CONN)
{
	int ctl = self->end[1].ctl;

	ASSERT_OK(watch(self->epoll, ctl, EPOLLRDHUP));
	EXPECT_EQ(0, wait_for(self->epoll, ctl, 0));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "shutdown wr"));
	EXPECT_EQ(EPOLLRDHUP, wait_for(self->epoll, ctl, SOON));
	toyfs_close(&self->end[0]);
	EXPECT_EQ(EPOLLRDHUP | EPOLLHUP, wait_for(self->epoll, ctl, SOON));
}

struct waiting {
	int fd;
	int events;
};

static long poll_for(void *arg)
{
	const struct waiting *w = arg;

	return toy_poll(w->fd, w->events, -1);
}

TEST_F(toyfs_poll, hangup__wakes_who_polls)
{
	struct waiting data = { self->end[0].data, POLLIN };
	struct waiting ctl = { self->end[0].ctl, 0 };
	struct toy_thread a, b;

	ASSERT_OK(toy_thread_start(&a, poll_for, &data));
	ASSERT_OK(toy_thread_start(&b, poll_for, &ctl));
	ASSERT_TRUE(toy_thread_sleeping(&a));
	ASSERT_TRUE(toy_thread_sleeping(&b));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
	EXPECT_EQ(POLLIN | POLLHUP, toy_thread_join(&a));
	EXPECT_EQ(POLLHUP, toy_thread_join(&b));
}

TEST_F(toyfs_poll, hangup__under_epoll)
{
	const struct toyfs_end *end = &self->end[0];
	int sock = toyfs_getsock(end->ctl, 0), i;

	ASSERT_OK(watch(self->epoll, end->data, EPOLLIN | EPOLLET));
	ASSERT_OK(watch(self->epoll, end->ctl, EPOLLRDHUP | EPOLLET));
	ASSERT_OK(watch(self->epoll, sock, EPOLLIN | EPOLLET));
	EXPECT_EQ(0, wait_for(self->epoll, end->data, 0));
	ASSERT_OK(toyfs_ctl(end->ctl, "hangup"));
	for (i = 0; i < 3; i++) {
		struct epoll_event event;

		ASSERT_EQ(1, epoll_wait(self->epoll, &event, 1, SOON));
		EXPECT_LT(0, event.events & EPOLLHUP);
	}
	/* It is watched still, by files that are there still. */
	EXPECT_OK(epoll_ctl(self->epoll, EPOLL_CTL_DEL, end->data, NULL));
	EXPECT_OK(toyfs_ctl(end->ctl, "hangup"));
	toyfs_close(&self->end[0]);
	close(sock);
	EXPECT_EQ(0, wait_for(self->epoll, -1, 0));
}

/* ------------------------------------------------------------------- listen */

TOY_TEST(toyfs_poll, listen__in_is_a_call, VARIANTS_CONN)
{
	int fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	struct toyfs_end end;
	struct toy_thread thread;
	struct waiting w = { fd, POLLIN | POLLRDNORM };

	ASSERT_OK(fd);
	EXPECT_EQ(0, toy_poll(fd, EVERYTHING, 0));
	ASSERT_OK(toy_thread_start(&thread, poll_for, &w));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_client(variant->kind, &end, self->port));
	EXPECT_EQ(POLLIN | POLLRDNORM, toy_thread_join(&thread));
	/* Whoever else has it open sees the same, until one has accepted. */
	ASSERT_OK(toyfs_accept(&self->server, &end));
	EXPECT_EQ(0, toy_poll(fd, POLLIN, 0));
}

TOY_TEST(toyfs_poll, listen__edge_for_each_call, VARIANTS_CONN)
{
	int fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	struct toyfs_end end;
	int i;

	ASSERT_OK(watch(self->epoll, fd, EPOLLIN | EPOLLET));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, wait_for(self->epoll, fd, 0));
		ASSERT_OK(toyfs_client(variant->kind, &end, self->port));
		EXPECT_EQ(EPOLLIN, wait_for(self->epoll, fd, SOON));
	}
}

/* The descriptor is watched as listen, then it is the ctl of a connection. */
TOY_TEST(toyfs_poll, listen__becomes_a_ctl_while_watched, VARIANTS_CONN)
{
	int fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	struct toyfs_end client, late;
	char c;

	ASSERT_OK(watch(self->epoll, fd, EPOLLIN | EPOLLRDHUP));
	ASSERT_OK(toyfs_client(variant->kind, &client, self->port));
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, fd, SOON));
	ASSERT_EQ(1, read(fd, &c, 1));
	/* The rest of the number. */
	EXPECT_EQ(EPOLLIN, wait_for(self->epoll, fd, SOON));
	while (read(fd, &c, 1) > 0)
		;
	EXPECT_EQ(0, wait_for(self->epoll, fd, 0));
	/* Another call is not of its business any more ... */
	ASSERT_OK(toyfs_client(variant->kind, &late, self->port));
	EXPECT_EQ(0, wait_for(self->epoll, fd, 0));
	/* ... but the end of its own connection is. */
	toyfs_close(&client);
	EXPECT_EQ(EPOLLHUP | EPOLLRDHUP | EPOLLIN,
		  EPOLLIN | wait_for(self->epoll, fd, SOON));
}

static long wait_hup(void *arg)
{
	const struct waiting *w = arg;

	return wait_for(w->fd, w->events, 20000);
}

/* Somebody sleeps on it already when it becomes a ctl. */
TOY_TEST(toyfs_poll, listen__becomes_a_ctl_under_a_sleeper, VARIANTS_CONN)
{
	int fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	struct waiting w = { self->epoll, fd };
	struct toyfs_end client;
	struct toy_thread thread;

	/* Nothing but the end wakes it. */
	ASSERT_OK(watch(self->epoll, fd, EPOLLRDHUP));
	ASSERT_OK(toy_thread_start(&thread, wait_hup, &w));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_client(variant->kind, &client, self->port));
	ASSERT_LE(0, toyfs_number(fd));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	toyfs_close(&client);
	EXPECT_EQ(EPOLLHUP | EPOLLRDHUP, toy_thread_join(&thread));
}

TOY_TEST(toyfs_poll, listen__of_a_listener_that_ends, VARIANTS_CONN)
{
	struct waiting w = { -1, POLLIN };
	struct toy_thread thread;
	char buf[8];

	w.fd = toyfs_open(variant->kind, self->server.n, "listen",
			  O_RDWR | O_NONBLOCK);
	ASSERT_OK(toy_thread_start(&thread, poll_for, &w));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_ctl(self->server.ctl, "hangup"));
	EXPECT_LT(0, toy_thread_join(&thread));
	EXPECT_ERR(EINVAL, read(w.fd, buf, sizeof(buf)));
}

/* A server of one loop: ctl, listen, data and events of one epoll. */
TOY_TEST(toyfs_poll, epoll__all_files_together, VARIANTS_CONN)
{
	int fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	int events = open(TOYFS "/events", O_RDONLY | O_NONBLOCK);
	struct toyfs_end client, end = { .kind = variant->kind };
	char buf[4096];

	ASSERT_OK(events);
	/* The command that made it listen has rewound it. */
	ASSERT_EQ(self->server.n, toyfs_number(self->server.ctl));
	ASSERT_OK(watch(self->epoll, fd, EPOLLIN));
	ASSERT_OK(watch(self->epoll, events, EPOLLIN));
	ASSERT_OK(watch(self->epoll, self->server.ctl, EPOLLIN));
	EXPECT_EQ(0, wait_for(self->epoll, -1, 0));
	ASSERT_OK(toyfs_client(variant->kind, &client, self->port));
	EXPECT_EQ(EPOLLIN, wait_for_one(self->epoll, fd, SOON));
	EXPECT_EQ(EPOLLIN, wait_for_one(self->epoll, events, SOON));
	end.n = toyfs_number(fd);
	ASSERT_LE(0, end.n);
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	ASSERT_OK(watch(self->epoll, end.data, EPOLLIN));
	ASSERT_OK(toyfs_data(&client, O_RDWR));
	ASSERT_EQ(2, write(client.data, "hi", 2));
	EXPECT_EQ(EPOLLIN, wait_for_one(self->epoll, end.data, SOON));
	while (read(events, buf, sizeof(buf)) > 0)
		;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, wait_for_one(self->epoll, events, 0));
	toyfs_close(&client);
	EXPECT_EQ(EPOLLHUP, EPOLLHUP & wait_for_one(self->epoll, fd, SOON));
	EXPECT_EQ(EPOLLHUP, EPOLLHUP & wait_for_one(self->epoll, end.data,
						    SOON));
	EXPECT_EQ(EPOLLIN, wait_for_one(self->epoll, events, SOON));
}

TOY_TEST_MAIN

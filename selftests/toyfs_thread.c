// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: calls that wait while others act. Signals end or restart them, commands
 * of other descriptors do not wait for them, and a descriptor that is closed
 * under a call that waits is open until that is done.
 */
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_thread)
{
	struct toyfs_end server;	/* its backlog is full */
	struct toyfs_end caller;	/* who fills it */
	struct toyfs_end end[2];
	unsigned int port;
	struct toy_thread thread;
};

FIXTURE_VARIANT(toyfs_thread)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_thread, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_thread)
{
	toy_guard(25);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	if (!toy_kind_is_conn(variant->kind))
		return;
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 0"));
	ASSERT_OK(toyfs_client(variant->kind, &self->caller, self->port));
}

FIXTURE_TEARDOWN(toyfs_thread)
{
}

/**
 * struct job - what a thread does
 * @fd:		with what
 * @port:	for connect
 * @buf:	what it has read
 */
struct job {
	int fd;
	unsigned int port;
	char buf[64];
};

static long do_connect(void *arg)
{
	const struct job *job = arg;

	return toyfs_ctl(job->fd, "connect 1:%u", job->port);
}

static long do_read(void *arg)
{
	struct job *job = arg;

	return read(job->fd, job->buf, sizeof(job->buf));
}

static long do_write(void *arg)
{
	static char bytes[4000];
	const struct job *job = arg;
	ssize_t n;

	do {
		n = write(job->fd, bytes, sizeof(bytes));
	} while (n > 0);
	return n;
}

/* ------------------------------------------------------------------- signals */

TOY_TEST(toyfs_thread, connect__interrupted_is_idle, VARIANTS_CONN)
{
	struct job job = { .port = self->port };
	struct toyfs_end end, call;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	job.fd = end.ctl;
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&self->thread, do_connect, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&self->thread));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, end.n, "state"));
	ASSERT_OK(toyfs_accept(&self->server, &call));
	EXPECT_OK(toyfs_ctl(end.ctl, "connect 1:%u", self->port));
}

TOY_TEST(toyfs_thread, connect__restarted, VARIANTS_CONN)
{
	struct job job = { .port = self->port };
	struct toyfs_end end, call;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	job.fd = end.ctl;
	ASSERT_OK(toy_signal_catch(SIGUSR1, SA_RESTART));
	ASSERT_OK(toy_thread_start(&self->thread, do_connect, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	while (!toy_signal_count(SIGUSR1))
		sched_yield();
	ASSERT_OK(toyfs_accept(&self->server, &call));
	EXPECT_OK(toy_thread_join(&self->thread));
	EXPECT_STREQ("established", toyfs_status(variant->kind, end.n,
						 "state"));
}

TOY_TEST(toyfs_thread, accept__interrupted_and_again, VARIANTS_CONN)
{
	struct toyfs_end call;
	struct job job;

	ASSERT_OK(toyfs_accept(&self->server, &call));
	job.fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&self->thread, do_read, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_kill(&self->thread, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&self->thread));
	ASSERT_OK(toyfs_client(variant->kind, &call, self->port));
	EXPECT_LE(0, toyfs_number(job.fd));
}

/* The second reader waits for the first one, which a signal ends as well. */
TOY_TEST(toyfs_thread, accept__second_reader_interrupted, VARIANTS_CONN)
{
	struct toyfs_end call;
	struct toy_thread second;
	struct job job[2];

	ASSERT_OK(toyfs_accept(&self->server, &call));
	job[0].fd = toyfs_open(variant->kind, self->server.n, "listen",
			       O_RDWR);
	job[1].fd = job[0].fd;
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&self->thread, do_read, &job[0]));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toy_thread_start(&second, do_read, &job[1]));
	ASSERT_TRUE(toy_thread_sleeping(&second));
	ASSERT_OK(toy_thread_kill(&second, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&second));
	ASSERT_OK(toyfs_client(variant->kind, &call, self->port));
	EXPECT_LT(0, toy_thread_join(&self->thread));
}

/* --------------------------------------------------------- others meanwhile */

/* Who waits in connect is in nobody's way. */
TOY_TEST(toyfs_thread, connect__others_do_not_wait, VARIANTS_CONN)
{
	struct job job = { .port = self->port };
	struct toyfs_end end, call;
	int ctl, sock;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	job.fd = end.ctl;
	ASSERT_OK(toy_thread_start(&self->thread, do_connect, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ctl = toyfs_open(variant->kind, end.n, "ctl", O_RDWR);
	ASSERT_OK(ctl);
	EXPECT_EQ(end.n, toyfs_number(ctl));
	EXPECT_OK(toyfs_ctl(ctl, "set rcvbuf 5000\nset linger 1"));
	EXPECT_EQ(end.n, toyfs_number(end.ctl));
	sock = toyfs_getsock(end.ctl, 0);
	EXPECT_OK(sock);
	EXPECT_OK(toyfs_data(&end, O_RDWR | O_NONBLOCK));
	EXPECT_STREQ("syn_sent", toyfs_status(variant->kind, end.n, "state"));
	ASSERT_OK(toyfs_accept(&self->server, &call));
	EXPECT_OK(toy_thread_join(&self->thread));
}

/* A hangup ends whatever is under way. */
TOY_TEST(toyfs_thread, connect__ended_by_a_hangup, VARIANTS_CONN)
{
	struct job job = { .port = self->port };
	struct toyfs_end end;
	int ctl;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	job.fd = end.ctl;
	ASSERT_OK(toy_thread_start(&self->thread, do_connect, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ctl = toyfs_open(variant->kind, end.n, "ctl", O_RDWR);
	EXPECT_OK(toyfs_ctl(ctl, "hangup"));
	ASSERT_TRUE(toy_thread_done(&self->thread, 5000));
	EXPECT_EQ(-1, toy_thread_join(&self->thread));
	EXPECT_STRNE("established", toyfs_status(variant->kind, end.n,
						 "state"));
}

TEST_F(toyfs_thread, write__ended_by_a_hangup)
{
	struct job job = { .fd = self->end[0].data };

	ASSERT_OK(toy_thread_start(&self->thread, do_write, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
	EXPECT_ERR(EPIPE, toy_thread_join(&self->thread));
}

TEST_F(toyfs_thread, write__ended_by_the_peers_end)
{
	struct job job = { .fd = self->end[0].data };

	ASSERT_OK(toy_thread_start(&self->thread, do_write, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	toyfs_close(&self->end[1]);
	EXPECT_EQ(-1, toy_thread_join(&self->thread));
	EXPECT_TRUE(errno == EPIPE || errno == ECONNRESET ||
		    errno == ECONNREFUSED);
}

/* ------------------------------------------------------- closed under a call */

/* As with any file: the call that waits has it open until it is done. */
TEST_F(toyfs_thread, read__of_data_that_is_closed)
{
	struct job job = { .fd = self->end[0].data };
	struct stat st;

	ASSERT_OK(toy_thread_start(&self->thread, do_read, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	toyfs_close(&self->end[0]);
	EXPECT_OK(toyfs_stat(variant->kind, self->end[0].n, "", &st));
	ASSERT_EQ(3, write(self->end[1].data, "abc", 3));
	EXPECT_EQ(3, toy_thread_join(&self->thread));
	EXPECT_EQ(0, memcmp(job.buf, "abc", 3));
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, self->end[0].n, "", &st));
}

TOY_TEST(toyfs_thread, accept__of_a_listener_that_is_closed, VARIANTS_CONN)
{
	struct toyfs_end call;
	struct job job = { };
	struct stat st;
	int fd;

	ASSERT_OK(toyfs_accept(&self->server, &call));
	fd = toyfs_open(variant->kind, self->server.n, "listen", O_RDWR);
	job.fd = fd;
	ASSERT_OK(toy_thread_start(&self->thread, do_read, &job));
	ASSERT_TRUE(toy_thread_sleeping(&self->thread));
	toyfs_close(&self->server);
	close(fd);
	/* Nobody but the one who waits: it still may be called. */
	if (!toyfs_client(variant->kind, &call, self->port)) {
		EXPECT_LT(0, toy_thread_join(&self->thread));
	} else {
		EXPECT_EQ(ECONNREFUSED, errno);
		EXPECT_ERR(EINVAL, toy_thread_join(&self->thread));
	}
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, self->server.n, "", &st));
}

/* ---------------------------------------------------------------- the number */

/**
 * struct racer - one of two who read a ctl at the same moment
 * @fd:		of both
 * @round:	which reading is on, from 1
 * @ready:	how many have done theirs
 * @got:	bytes of this reading, of both
 */
struct racer {
	int fd;
	int round;
	int ready;
	long got;
};

#define ROUNDS	3000

static long race(void *arg)
{
	struct racer *r = arg;
	char buf[32];
	ssize_t n;
	int i;

	for (i = 1; i <= ROUNDS; i++) {
		/* Not asleep: they are to come out together. */
		while (__atomic_load_n(&r->round, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		n = read(r->fd, buf, sizeof(buf));
		if (n < 0)
			return -1;
		__atomic_fetch_add(&r->got, n, __ATOMIC_RELAXED);
		__atomic_fetch_add(&r->ready, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

/* A number that two read at once is read once, as the bytes of a file are. */
TEST_F(toyfs_thread, number__two_readers)
{
	struct racer r = { .fd = self->end[0].ctl };
	struct toy_thread thread[2];
	char text[32];
	long twice = 0;
	int i;

	snprintf(text, sizeof(text), "%d\n", self->end[0].n);
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&thread[i], race, &r));
	for (i = 1; i <= ROUNDS; i++) {
		ASSERT_OK(toyfs_ctl(r.fd, "\n"));
		r.got = 0;
		r.ready = 0;
		__atomic_store_n(&r.round, i, __ATOMIC_RELEASE);
		while (__atomic_load_n(&r.ready, __ATOMIC_ACQUIRE) < 2)
			sched_yield();
		twice += r.got != (long)strlen(text);
	}
	for (i = 0; i < 2; i++)
		EXPECT_OK(toy_thread_join(&thread[i]));
	EXPECT_EQ(0, twice);
}

/* -------------------------------------------------------------- conversations */

#define TALKS	60

/**
 * struct talker - a client that asks and expects its own answer
 * @kind:	of its sockets
 * @port:	of the server
 * @seed:	what it says
 */
struct talker {
	struct toy_kind kind;
	unsigned int port;
	unsigned int seed;
};

static long talk(void *arg)
{
	const struct talker *t = arg;
	unsigned int i;
	char buf[64];

	for (i = 0; i < TALKS; i++) {
		struct toyfs_end end;
		int len = sprintf(buf, "%u/%u", t->seed, i), n;
		char answer[64] = "";

		if (toyfs_client(t->kind, &end, t->port) ||
		    toyfs_data(&end, O_RDWR))
			return -1;
		if (write(end.data, buf, len) != len)
			return -2;
		n = read(end.data, answer, sizeof(answer) - 1);
		if (n != len || strcmp(answer, buf))
			return -3;
		toyfs_close(&end);
	}
	return i;
}

static long serve(void *arg)
{
	const struct toyfs_end *server = arg;
	char buf[64];
	int i;

	for (i = 0; i < TALKS; i++) {
		struct toyfs_end end;
		ssize_t n;

		if (toyfs_accept(server, &end) || toyfs_data(&end, O_RDWR))
			return -1;
		n = read(end.data, buf, sizeof(buf));
		if (n <= 0 || write(end.data, buf, n) != n)
			return -2;
		toyfs_close(&end);
	}
	return i;
}

/* Several servers of one listener, several clients: each has its answer. */
TOY_TEST(toyfs_thread, echo__each_gets_its_own, VARIANTS_CONN)
{
	struct talker talker[3];
	struct toy_thread client[3], servant[3];
	struct toyfs_end server;
	unsigned int port;
	int i;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	for (i = 0; i < 3; i++)
		ASSERT_OK(toy_thread_start(&servant[i], serve, &server));
	for (i = 0; i < 3; i++) {
		talker[i] = (struct talker){ variant->kind, port, i };
		ASSERT_OK(toy_thread_start(&client[i], talk, &talker[i]));
	}
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(TALKS, toy_thread_join(&client[i]));
		EXPECT_EQ(TALKS, toy_thread_join(&servant[i]));
	}
}

TOY_TEST_MAIN

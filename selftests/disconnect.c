// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams and seqpackets that are disconnected (connect to AF_UNSPEC) while they
 * are in use, and used anew: who waits for anything, what the old peer may still
 * do, and that nothing of one connection gets into the next.
 */
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "toy_test.h"
#include "toyfs.h"

#define PATIENCE_MS	10000
#define STORM_MS	3000

#define VARIANTS_TOY_CONN	(VARIANTS_TOY & VARIANTS_CONN)

/* ---------------------------------------------------------------- helpers */

static int disconnect(int fd)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	return connect(fd, &unspec, sizeof(unspec));
}

static long send_until_error(void *arg)
{
	static const char zeros[1000];
	int fd = *(int *)arg;

	while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) >= 0)
		;
	return -1;
}

static long recv_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0);
}

static long peek_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, MSG_PEEK);
}

static long poll_out(void *arg)
{
	return toy_poll(*(int *)arg, POLLOUT, PATIENCE_MS);
}

struct calling {
	int fd;
	const struct toy_name *to;
};

static long call(void *arg)
{
	struct calling *c = arg;

	return toy_connect(c->fd, c->to);
}

/* One cpu for all threads made from here on: theirs where this one sleeps. */
static void take_precedence(bool on)
{
	struct sched_param param = { .sched_priority = on };
	cpu_set_t cpus;
	int i;

	CPU_ZERO(&cpus);
	for (i = 0; i < (on ? 1 : CPU_SETSIZE); i++)
		CPU_SET(i, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sched_setscheduler(0, on ? SCHED_FIFO | SCHED_RESET_ON_FORK :
			   SCHED_OTHER, &param);
}

/* --------------------------------------------------------------- fixtures */

/**
 * fd[0] has connected to a listener, fd[1] is what that accepted; there is a
 * second listener to connect to afterwards.
 */
FIXTURE(parting) {
	struct toy_name name[2];
	int listener[2];
	int fd[2];
	int next;	/* what the second listener accepted, or -1 */
};

FIXTURE_VARIANT(parting) {
	struct toy_kind kind;
};

TOY_VARIANTS(parting, VARIANTS_TOY_CONN)

FIXTURE_SETUP(parting)
{
	int i;

	toy_guard(60);
	self->next = -1;
	for (i = 0; i < 2; i++) {
		self->listener[i] = toy_listener(variant->kind, &self->name[i],
						 1);
		ASSERT_OK(self->listener[i]);
	}
	self->fd[0] = toy_connected(variant->kind, &self->name[0]);
	ASSERT_OK(self->fd[0]);
	self->fd[1] = accept(self->listener[0], NULL, NULL);
	ASSERT_OK(self->fd[1]);
}

FIXTURE_TEARDOWN(parting)
{
	int i;

	for (i = 0; i < 2; i++) {
		toy_close(&self->fd[i]);
		toy_close(&self->listener[i]);
	}
	toy_close(&self->next);
}

/* Disconnect one end and connect it to the second listener. */
static int move(struct _test_data_parting *self, int end)
{
	if (disconnect(self->fd[end]) ||
	    toy_connect(self->fd[end], &self->name[1]))
		return -1;
	self->next = accept(self->listener[1], NULL, NULL);
	return self->next;
}

/* ------------------------------------------------------------ who waits */

TEST_F(parting, blocked_reader__finds_the_end)
{
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, recv_one, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(disconnect(self->fd[0]));
	ASSERT_TRUE(toy_thread_done(&t, PATIENCE_MS));
	EXPECT_EQ(0, toy_thread_join(&t));
	EXPECT_ERR(ENOTCONN, recv_one(&self->fd[0]));
}

TEST_F(parting, blocked_peeker__finds_the_end)
{
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, peek_one, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(disconnect(self->fd[0]));
	ASSERT_TRUE(toy_thread_done(&t, PATIENCE_MS));
	EXPECT_EQ(0, toy_thread_join(&t));
}

/* It waits for room that the old peer may never make. */
TEST_F(parting, blocked_sender__is_let_go)
{
	struct toy_thread t;

	ASSERT_OK(toy_thread_start(&t, send_until_error, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(disconnect(self->fd[0]));
	EXPECT_TRUE(toy_thread_done(&t, PATIENCE_MS / 2)) {
		TH_LOG("the sender sleeps on");
		toy_close(&self->fd[1]);
	}
	toy_thread_join(&t);
	EXPECT_TRUE(t.err == EPIPE || t.err == ENOTCONN) {
		TH_LOG("errno %s", toy_errno_name(t.err));
	}
}

TEST_F(parting, blocked_ends_of_the_peer__find_the_end)
{
	struct toy_thread sender, reader;

	ASSERT_OK(toy_thread_start(&reader, recv_one, &self->fd[1]));
	ASSERT_OK(toy_thread_start(&sender, send_until_error, &self->fd[1]));
	ASSERT_TRUE(toy_thread_sleeping(&reader));
	ASSERT_TRUE(toy_thread_sleeping(&sender));
	ASSERT_OK(disconnect(self->fd[0]));
	ASSERT_TRUE(toy_thread_done(&reader, PATIENCE_MS));
	ASSERT_TRUE(toy_thread_done(&sender, PATIENCE_MS));
	/* What was sent to it was lost: one of them is told of a reset. */
	toy_thread_join(&reader);
	toy_thread_join(&sender);
	EXPECT_TRUE(reader.err == ECONNRESET || sender.err == ECONNRESET);
}

TEST_F(parting, poller__is_told)
{
	struct toy_thread t;

	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	ASSERT_OK(toy_thread_start(&t, poll_out, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(disconnect(self->fd[0]));
	EXPECT_EQ(POLLHUP, toy_thread_join(&t) & POLLHUP);
}

/* Who polled while connect(2) waited for a place in the backlog. */
TEST_F(parting, poller__is_told_of_the_connection)
{
	struct calling c = { .to = &self->name[1] };
	struct toy_thread caller, poller;
	int i, fd[3];

	for (i = 0; i < 2; i++) {
		fd[i] = toy_connected(variant->kind, &self->name[1]);
		ASSERT_OK(fd[i]);
	}
	c.fd = toy_socket(variant->kind, SOCK_CLOEXEC);
	fd[2] = c.fd;
	ASSERT_OK(toy_thread_start(&caller, call, &c));
	ASSERT_TRUE(toy_thread_sleeping(&caller));
	ASSERT_OK(toy_thread_start(&poller, poll_out, &c.fd));
	ASSERT_TRUE(toy_thread_sleeping(&poller));
	self->next = accept(self->listener[1], NULL, NULL);
	ASSERT_OK(self->next);
	EXPECT_EQ(0, toy_thread_join(&caller));
	EXPECT_TRUE(toy_thread_done(&poller, PATIENCE_MS / 2)) {
		TH_LOG("the poller sleeps on");
	}
	EXPECT_EQ(POLLOUT, toy_thread_join(&poller));
	for (i = 0; i < 3; i++)
		toy_close(&fd[i]);
}

/* A connect that waits is given up, and the socket free for another one. */
TEST_F(parting, connect_that_waits__is_given_up)
{
	struct calling c = { .to = &self->name[1] };
	struct toy_thread caller;
	struct toy_name name;
	int i, fd[2];

	for (i = 0; i < 2; i++) {
		fd[i] = toy_connected(variant->kind, &self->name[1]);
		ASSERT_OK(fd[i]);
	}
	c.fd = toy_socket(variant->kind, SOCK_CLOEXEC);
	take_precedence(true);
	ASSERT_OK(toy_thread_start(&caller, call, &c));
	ASSERT_TRUE(toy_thread_sleeping(&caller));
	ASSERT_OK(disconnect(c.fd));
	/* Before the other thread could notice. */
	i = toy_connect(c.fd, &self->name[0]);
	EXPECT_TRUE(!i || errno == EALREADY);
	take_precedence(false);
	ASSERT_TRUE(toy_thread_done(&caller, PATIENCE_MS));
	EXPECT_ERR(ECONNABORTED, toy_thread_join(&caller));
	if (i)
		ASSERT_OK(toy_connect(c.fd, &self->name[0]));
	self->next = accept(self->listener[0], NULL, NULL);
	ASSERT_OK(self->next);
	ASSERT_OK(toy_name_of(c.fd, &name));
	EXPECT_NE(0, name.toy.stoy_port);
	ASSERT_OK(toy_name_of_peer(self->next, &name));
	EXPECT_NE(0, name.toy.stoy_port);
	EXPECT_EQ(1, send(self->next, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(POLLIN | POLLOUT, toy_poll(c.fd, POLLIN | POLLOUT, 0));
	toy_close(&c.fd);
	toy_close(&fd[0]);
	toy_close(&fd[1]);
}

static long recv_ten(void *arg)
{
	char buf[10];

	return recv(*(int *)arg, buf, sizeof(buf), MSG_WAITALL);
}

/*
 * Bytes of two connections do not meet in one read, though the next peer lies
 * where the last one lay.
 */
TOY_TEST(parting, read__is_of_one_connection, VARIANT_TOY_STREAM)
{
	struct toy_thread t;

	take_precedence(true);
	ASSERT_OK(toy_thread_start(&t, recv_ten, &self->fd[0]));
	ASSERT_EQ(3, send(self->fd[1], "abc", 3, 0));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	toy_close(&self->fd[1]);
	ASSERT_OK(move(self, 0));
	ASSERT_EQ(7, send(self->next, "defghij", 7, 0));
	take_precedence(false);
	EXPECT_EQ(3, toy_thread_join(&t));
	EXPECT_EQ(7, toy_ioctl_int(self->fd[0], FIONREAD));
}

/* ------------------------------------------------------- what stays behind */

TEST_F(parting, unread__is_lost_and_resets)
{
	char c;

	ASSERT_EQ(3, send(self->fd[1], "abc", 3, 0));
	ASSERT_OK(move(self, 0));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[0], FIONREAD));
	EXPECT_ERR(ECONNRESET, recv(self->fd[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

TEST_F(parting, sent__can_be_read_by_the_old_peer)
{
	char buf[8];

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_OK(move(self, 0));
	ASSERT_EQ(3, send(self->fd[0], "def", 3, 0));
	EXPECT_EQ(3, recv(self->fd[1], buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	EXPECT_EQ(0, recv(self->fd[1], buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(3, recv(self->next, buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(0, memcmp(buf, "def", 3));
}

/* Its error is the old connection's. */
TEST_F(parting, reset__does_not_reach_the_next_connection)
{
	char c;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	toy_close(&self->fd[1]);
	EXPECT_EQ(POLLERR, toy_poll(self->fd[0], 0, 0) & POLLERR);
	ASSERT_OK(move(self, 0));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, send(self->next, "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
}

TEST_F(parting, shutdown__does_not_reach_the_next_connection)
{
	char c;

	ASSERT_OK(shutdown(self->fd[0], SHUT_WR));
	ASSERT_OK(shutdown(self->fd[1], SHUT_RDWR));
	ASSERT_OK(move(self, 0));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->next, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, send(self->next, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
}

TEST_F(parting, peek_off__begins_anew)
{
	char c;

	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_PEEK_OFF, 0));
	ASSERT_EQ(1, send(self->fd[1], "a", 1, 0));
	ASSERT_EQ(1, recv(self->fd[0], &c, 1, MSG_PEEK | MSG_DONTWAIT));
	ASSERT_OK(move(self, 0));
	ASSERT_EQ(1, send(self->next, "b", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], &c, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ('b', c);
}

TOY_TEST(parting, urgent_byte__is_lost, VARIANTS_STREAM)
{
	char c;

	ASSERT_EQ(2, send(self->fd[1], "ab", 2, MSG_OOB));
	ASSERT_OK(move(self, 0));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLPRI | POLLIN, 0));
	EXPECT_ERR(EINVAL, recv(self->fd[0], &c, 1, MSG_OOB));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[0], SIOCATMARK));
	ASSERT_EQ(2, send(self->next, "cd", 2, MSG_OOB));
	EXPECT_EQ(1, recv(self->fd[0], &c, 1, MSG_OOB));
	EXPECT_EQ('d', c);
}

/*
 * What the old peer has not read still takes its place in the send buffer; poll
 * and send have to agree on that.
 */
TEST_F(parting, room__poll_says_what_send_does)
{
	ssize_t want, n;
	char c = 0;

	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	ASSERT_OK(move(self, 0));
	want = toy_poll(self->fd[0], POLLOUT, 0) & POLLOUT ? 1 : -1;
	n = send(self->fd[0], &c, 1, MSG_DONTWAIT);
	EXPECT_EQ(want, n);
	ASSERT_LT(0, toy_recv_empty(self->fd[1]));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLOUT, PATIENCE_MS));
	EXPECT_EQ(1, send(self->fd[0], &c, 1, MSG_DONTWAIT));
}

/* ----------------------------------------------------- what the old peer may */

TEST_F(parting, old_peer__sends_to_nobody)
{
	char c;

	ASSERT_OK(move(self, 0));
	EXPECT_ERR(EPIPE, send(self->fd[1], "x", 1, MSG_NOSIGNAL));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(POLLHUP, toy_poll(self->fd[1], 0, 0) & POLLHUP);
}

TEST_F(parting, old_peer__ends_nothing)
{
	char c;

	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_OK(move(self, 0));
	ASSERT_OK(shutdown(self->fd[1], SHUT_RDWR));
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLIN | POLLOUT, 0));
	/* With data unread: a reset, if it reached anybody. */
	toy_close(&self->fd[1]);
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, send(self->next, "x", 1, 0));
	EXPECT_EQ(1, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
}

/* It does not learn how much the next one has to read. */
TEST_F(parting, old_peer__has_nothing_unread)
{
	ASSERT_OK(move(self, 0));
	ASSERT_EQ(3, send(self->next, "abc", 3, 0));
	EXPECT_EQ(3, toy_ioctl_int(self->next, TIOCOUTQ));
	EXPECT_EQ(0, toy_ioctl_int(self->fd[1], TIOCOUTQ));
}

/* Both let go of each other, and connect to somebody else. */
TEST_F(parting, both__go_their_ways)
{
	int fd[2];
	char c;

	ASSERT_OK(disconnect(self->fd[1]));
	ASSERT_OK(disconnect(self->fd[0]));
	ASSERT_OK(toy_connect(self->fd[0], &self->name[1]));
	fd[0] = accept(self->listener[1], NULL, NULL);
	ASSERT_OK(toy_connect(self->fd[1], &self->name[1]));
	fd[1] = accept(self->listener[1], NULL, NULL);
	EXPECT_EQ(1, send(self->fd[0], "a", 1, 0));
	EXPECT_EQ(1, send(self->fd[1], "b", 1, 0));
	EXPECT_EQ(1, recv(fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ('a', c);
	EXPECT_EQ(1, recv(fd[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ('b', c);
	toy_close(&fd[0]);
	toy_close(&fd[1]);
}

/* ------------------------------------------------------------------- names */

/* The child's port is its listener's: it goes with the connection. */
TEST_F(parting, port__of_a_child_is_given_back)
{
	struct toy_name name;
	int fd = toy_socket(variant->kind, SOCK_CLOEXEC);

	toy_close(&self->listener[0]);
	EXPECT_ERR(EADDRINUSE, toy_bind(fd, &self->name[0]));
	ASSERT_OK(disconnect(self->fd[1]));
	ASSERT_OK(toy_name_of(self->fd[1], &name));
	EXPECT_EQ(0, name.toy.stoy_port);
	EXPECT_OK(toy_bind(fd, &self->name[0]));
	name = toy_name_new(variant->kind);
	EXPECT_OK(toy_bind(self->fd[1], &name));
	EXPECT_OK(listen(self->fd[1], 1));
	toy_close(&fd);
}

TEST_F(parting, port__that_was_asked_for_stays)
{
	struct toy_name mine = toy_name_new(variant->kind), name;
	int fd = toy_socket(variant->kind, SOCK_CLOEXEC);

	ASSERT_OK(toy_bind(fd, &mine));
	ASSERT_OK(toy_connect(fd, &self->name[1]));
	ASSERT_OK(disconnect(fd));
	ASSERT_OK(toy_name_of(fd, &name));
	EXPECT_EQ(mine.toy.stoy_port, name.toy.stoy_port);
	EXPECT_OK(listen(fd, 1));
	/* A listener is disconnected, too: it stops. */
	EXPECT_OK(disconnect(fd));
	EXPECT_OK(toy_connect(fd, &self->name[1]));
	toy_close(&fd);
}

/* ------------------------------------------------- a part of a message read */

struct fault {
	int uffd;
	char *page;
	int data;
};

static long read_into_fault(void *arg)
{
	struct fault *f = arg;

	return read(f->data, f->page, 2);
}

static int fault_init(struct fault *f, long page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	f->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (f->uffd < 0)
		return -1;
	f->page = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (unsigned long)f->page;
	reg.range.len = page;
	if (ioctl(f->uffd, UFFDIO_API, &api))
		return -1;
	return ioctl(f->uffd, UFFDIO_REGISTER, &reg);
}

/* The reader is in the middle of the copy while the connection goes. */
TOY_TEST(parting, part_of_a_message__stays_with_its_connection,
	 VARIANT_TOY_SEQPACKET)
{
	long page = sysconf(_SC_PAGESIZE);
	struct uffdio_zeropage zero = {};
	struct toy_thread t;
	struct fault f;
	char buf[8];

	if (fault_init(&f, page))
		SKIP(return, "no userfaultfd");
	ASSERT_OK(toyfs_fsmode(self->fd[0], 0600));
	f.data = toyfs_open(variant->kind,
			    toyfs_number_of(variant->kind, self->fd[0]), "data",
			    O_RDWR);
	ASSERT_OK(f.data);
	ASSERT_EQ(6, send(self->fd[1], "abcdef", 6, 0));
	ASSERT_OK(toy_thread_start(&t, read_into_fault, &f));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(move(self, 0));
	zero.range.start = (unsigned long)f.page;
	zero.range.len = page;
	ASSERT_OK(ioctl(f.uffd, UFFDIO_ZEROPAGE, &zero));
	EXPECT_EQ(2, toy_thread_join(&t));

	EXPECT_EQ(0, toy_ioctl_int(self->fd[0], FIONREAD));
	ASSERT_EQ(3, send(self->next, "new", 3, 0));
	EXPECT_EQ(3, recv(self->fd[0], buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(0, memcmp(buf, "new", 3));
	toy_close(&f.data);
	toy_close(&f.uffd);
	munmap(f.page, page);
}

/* -------------------------------------------------------------------- storms */

#define CALLERS		2
#define CHILDREN	4
#define WORKERS		6

/* Calling ends write lower case letters, accepting ends capitals. */
struct storm {
	struct toy_kind kind;
	const struct toy_name *name;
	int listener;
	int caller[CALLERS];
	int child[CHILDREN];	/* other sockets are put in by dup3(2) */
	atomic_bool stop;
	atomic_int foreign;
	atomic_ulong moved, connected;
};

struct worker {
	struct storm *storm;
	unsigned int seed;
};

/* STORM_MS in the environment: for how long. */
static int storm_ms(void)
{
	const char *ms = getenv("STORM_MS");

	return ms ? atoi(ms) : STORM_MS;
}

static bool all_of_case(const char *buf, ssize_t n, bool capital)
{
	while (n-- > 0)
		if (buf[n] != (capital ? 'A' : 'a'))
			return false;
	return true;
}

static void storm_got(struct storm *s, const char *buf, ssize_t n, bool caller)
{
	if (n <= 0)
		return;
	atomic_fetch_add(&s->moved, n);
	if (!all_of_case(buf, n, caller))
		atomic_fetch_add(&s->foreign, 1);
}

static void storm_splice(struct storm *s, int fd, bool caller)
{
	char buf[512];
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return;
	if (splice(fd, NULL, p[1], NULL, sizeof(buf), SPLICE_F_NONBLOCK) > 0)
		storm_got(s, buf, read(p[0], buf, sizeof(buf)), caller);
	toy_close(&p[0]);
	toy_close(&p[1]);
}

static void storm_step(struct worker *w, char *buf, size_t size)
{
	struct storm *s = w->storm;
	bool caller = rand_r(&w->seed) & 1;
	int i = rand_r(&w->seed);
	int fd = caller ? s->caller[i % CALLERS] : s->child[i % CHILDREN];
	int wait = rand_r(&w->seed) % 4 ? MSG_DONTWAIT : 0;
	size_t len = 1 + rand_r(&w->seed) % (rand_r(&w->seed) % 8 ? 300 : size);

	switch (rand_r(&w->seed) % 16) {
	case 0 ... 4:
		memset(buf, caller ? 'a' : 'A', len);
		send(fd, buf, len, MSG_NOSIGNAL | wait |
		     (i & 0x1c0 || s->kind.type != SOCK_STREAM ? 0 : MSG_OOB));
		break;
	case 5 ... 8:
		storm_got(s, buf, recv(fd, buf, len, wait), caller);
		break;
	case 9:
		storm_got(s, buf, recv(fd, buf, len, wait | MSG_PEEK), caller);
		break;
	case 10:
		storm_got(s, buf, recv(fd, buf, len, wait | MSG_OOB), caller);
		break;
	case 11:
		storm_splice(s, fd, caller);
		break;
	case 12:
		toy_poll(fd, POLLIN | POLLOUT, wait ? 0 : 2);
		break;
	case 13:
		toy_ioctl_int(fd, FIONREAD);
		toy_ioctl_int(fd, TIOCOUTQ);
		toy_opt_get(fd, SOL_SOCKET, SO_ERROR);
		break;
	case 14:
		if (!(i & 0xf00))
			shutdown(fd, i >> 12 & 1);
		break;
	default:
		if (!caller && !(i & 0xf00))
			disconnect(fd);
	}
}

static long storm_work(void *arg)
{
	struct worker *w = arg;
	char *buf = calloc(1, 65536);

	while (!atomic_load(&w->storm->stop))
		storm_step(w, buf, 60000);
	free(buf);
	return 0;
}

/* Callers lose their peers, and get new ones. */
static long storm_part(void *arg)
{
	struct worker *w = arg;
	struct storm *s = w->storm;

	while (!atomic_load(&s->stop)) {
		int fd = s->caller[rand_r(&w->seed) % CALLERS];

		if (!(rand_r(&w->seed) % 3))
			usleep(rand_r(&w->seed) % 300);
		disconnect(fd);
		if (!toy_connect(fd, s->name))
			atomic_fetch_add(&s->connected, 1);
	}
	return 0;
}

static long storm_accept(void *arg)
{
	struct worker *w = arg;
	struct storm *s = w->storm;

	while (!atomic_load(&s->stop)) {
		int fd = accept(s->listener, NULL, NULL);

		if (fd < 0)
			continue;
		toy_opt_timeo(fd, SO_RCVTIMEO, 5);
		toy_opt_timeo(fd, SO_SNDTIMEO, 5);
		dup3(fd, s->child[rand_r(&w->seed) % CHILDREN], O_CLOEXEC);
		close(fd);
	}
	return 0;
}

static void storm_prepare(struct __test_metadata *_metadata, struct storm *s)
{
	int i;

	ASSERT_OK(toy_opt_timeo(s->listener, SO_RCVTIMEO, 50));
	for (i = 0; i < CALLERS; i++) {
		s->caller[i] = toy_socket(s->kind, SOCK_CLOEXEC);
		ASSERT_OK(s->caller[i]);
		toy_opt_timeo(s->caller[i], SO_RCVTIMEO, 5);
		toy_opt_timeo(s->caller[i], SO_SNDTIMEO, 5);
		toy_opt_set(s->caller[i], SOL_SOCKET, SO_OOBINLINE, 1);
	}
	for (i = 0; i < CHILDREN; i++)
		s->child[i] = toy_socket(s->kind, SOCK_CLOEXEC);
}

/* Whatever was going on: the socket is as good as new. */
static void storm_calmed(struct __test_metadata *_metadata, struct storm *s,
			 int fd)
{
	char buf[8];
	int peer;

	ASSERT_OK(disconnect(fd));
	EXPECT_EQ(0, toy_ioctl_int(fd, FIONREAD));
	ASSERT_OK(toy_connect(fd, s->name));
	peer = accept(s->listener, NULL, NULL);
	ASSERT_OK(peer);
	EXPECT_EQ(0, toy_opt_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(POLLOUT, toy_poll(fd, POLLIN | POLLOUT | POLLPRI, 0));
	EXPECT_EQ(0, toy_ioctl_int(fd, TIOCOUTQ));
	EXPECT_EQ(3, send(fd, "aaa", 3, MSG_DONTWAIT));
	EXPECT_EQ(3, recv(peer, buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(3, send(peer, "AAA", 3, MSG_DONTWAIT));
	EXPECT_EQ(3, recv(fd, buf, 8, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(fd, buf, 8, MSG_DONTWAIT));
	toy_close(&peer);
}

TEST_F(parting, storm__of_connections)
{
	struct storm s = { .kind = variant->kind, .name = &self->name[1],
			   .listener = self->listener[1] };
	long (*fn[])(void *) = { storm_part, storm_accept };
	struct toy_thread t[WORKERS + 2];
	struct worker w[WORKERS + 2];
	int i;

	storm_prepare(_metadata, &s);
	for (i = 0; i < WORKERS + 2; i++) {
		w[i] = (struct worker){ &s, i + 1 };
		ASSERT_OK(toy_thread_start(&t[i], i < 2 ? fn[i] : storm_work,
					   &w[i]));
	}
	toy_sleep(storm_ms());
	atomic_store(&s.stop, true);
	for (i = 0; i < WORKERS + 2; i++) {
		EXPECT_TRUE(toy_thread_done(&t[i], PATIENCE_MS)) {
			TH_LOG("thread %d hangs", i);
		}
		toy_thread_join(&t[i]);
	}
	TH_LOG("%lu connections, %lu bytes", s.connected, s.moved);
	EXPECT_EQ(0, s.foreign);
	EXPECT_LT(0, s.connected);
	EXPECT_LT(0, s.moved);
	/* Those that wait are of nobody any more. */
	toy_nonblock(s.listener, true);
	while ((i = accept(s.listener, NULL, NULL)) >= 0)
		close(i);
	for (i = 0; i < CHILDREN; i++)
		toy_close(&s.child[i]);
	for (i = 0; i < CALLERS; i++)
		storm_calmed(_metadata, &s, s.caller[i]);
	for (i = 0; i < CALLERS; i++)
		toy_close(&s.caller[i]);
}

struct stranger {
	int fd;
	atomic_bool stop;
};

static long stranger_send(void *arg)
{
	struct stranger *s = arg;
	static char buf[3000];

	memset(buf, 's', sizeof(buf));
	while (!atomic_load(&s->stop))
		send(s->fd, buf, sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT);
	return 0;
}

/*
 * A sender that has found its peer is interrupted; when it goes on the peer has
 * been disconnected, is another one's, and has an empty buffer of his at hand.
 */
TEST_F(parting, storm__late_senders_reach_nobody)
{
	struct stranger s = { .stop = false };
	long long end = toy_now() + storm_ms();
	static char buf[5000];
	struct toy_thread t;
	ssize_t n, left;
	long rounds;

	s.fd = toy_socket(variant->kind, SOCK_CLOEXEC);
	take_precedence(true);
	ASSERT_OK(toy_thread_start(&t, stranger_send, &s));
	for (rounds = 0; toy_now() < end; rounds++) {
		disconnect(s.fd);
		toy_close(&self->fd[1]);
		ASSERT_OK(toy_connect(s.fd, &self->name[0]));
		self->fd[1] = accept(self->listener[0], NULL, NULL);
		ASSERT_OK(self->fd[1]);
		usleep(rounds * 7 % 400);
		while (recv(self->fd[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
		ASSERT_OK(move(self, 1));
		ASSERT_EQ(sizeof(buf), send(self->next, buf, sizeof(buf), 0));
		for (left = sizeof(buf); left; left -= n) {
			n = recv(self->fd[1], buf, sizeof(buf), MSG_DONTWAIT);
			ASSERT_LT(0, n);
		}
		usleep(200);
		n = recv(self->fd[1], buf, sizeof(buf), MSG_DONTWAIT);
		EXPECT_EQ(-1, n) {
			TH_LOG("round %ld: %zd bytes of a stranger", rounds, n);
			break;
		}
		toy_close(&self->next);
	}
	TH_LOG("%ld rounds", rounds);
	atomic_store(&s.stop, true);
	take_precedence(false);
	EXPECT_EQ(0, toy_thread_join(&t));
	toy_close(&s.fd);
}

TOY_TEST_MAIN

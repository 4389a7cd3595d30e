// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs that once were in the module: each test is called by what went wrong,
 * and would have caught it.
 *
 * Races are run for RACE_MS, which made them show up reliably; what must come
 * is waited for as long as PATIENCE_MS.
 */
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "toy_test.h"

#define RACE_MS		1000
#define PATIENCE_MS	10000

#define VARIANTS_TOY_CONN	(VARIANTS_TOY & VARIANTS_CONN)
#define VARIANTS_TOY_MSG	(VARIANTS_TOY & VARIANTS_MSG)

/* ---------------------------------------------------------------- helpers */

/* Blocking sends by a thread. */
struct sends {
	int fd;
	const struct toy_name *to;	/* NULL: the peer */
	size_t len;
	int count;
};

/* How many messages were sent, -1 if one failed. */
static long send_all_of(void *arg)
{
	static const char zeros[65536];
	struct sends *s = arg;
	int i;

	for (i = 0; i < s->count; i++)
		if (sendto(s->fd, zeros, s->len, MSG_NOSIGNAL,
			   s->to ? &s->to->sa : NULL,
			   s->to ? s->to->len : 0) < 0)
			return -1;
	return s->count;
}

static long recv_one(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0);
}

static long accept_one(void *arg)
{
	return accept(*(int *)arg, NULL, NULL);
}

static long poll_writable(void *arg)
{
	return toy_poll(*(int *)arg, POLLOUT, 2 * PATIENCE_MS);
}

/* A page that no page table has yet, of bytes 'b'. */
static char *page_fresh(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = memfd_create("fresh", MFD_CLOEXEC);
	char text[page];
	char *p;

	memset(text, 'b', page);
	if (fd < 0 || write(fd, text, page) != page)
		abort();
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	return p;
}

/* TOY_LAST_ERROR, up to the name of the call: three words. */
static const char *last_error(int fd)
{
	static char text[256];
	socklen_t len = sizeof(text);
	int i, spaces = 0;

	if (getsockopt(fd, SOL_TOY, TOY_LAST_ERROR, text, &len))
		return "getsockopt failed";
	for (i = 0; text[i] && text[i] != ':' && spaces < 3; i++)
		spaces += text[i] == ' ';
	text[spaces == 3 ? i - 1 : i] = '\0';
	return text;
}

/* --------------------------------------------------------------- fixtures */

FIXTURE(regression) {
	int fd[2];
};

FIXTURE_VARIANT(regression) {
	struct toy_kind kind;
};

TOY_VARIANTS(regression, VARIANTS_ALL)

FIXTURE_SETUP(regression)
{
	toy_guard(60);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
}

FIXTURE_TEARDOWN(regression)
{
	toy_close(&self->fd[0]);
	toy_close(&self->fd[1]);
}

/* A receiver with little room, and who sends to it. */
#define SENDERS	4

FIXTURE(crowd) {
	struct toy_name name;
	int receiver;
	int fd[SENDERS];
};

FIXTURE_VARIANT(crowd) {
	struct toy_kind kind;
};

TOY_VARIANTS(crowd, VARIANTS_DGRAM & ~VARIANT_UDP)

FIXTURE_SETUP(crowd)
{
	int i;

	toy_guard(60);
	self->receiver = toy_bound(variant->kind, &self->name);
	ASSERT_OK(self->receiver);
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 8000));
	for (i = 0; i < SENDERS; i++) {
		self->fd[i] = toy_connected(variant->kind, &self->name);
		ASSERT_OK(self->fd[i]);
	}
}

FIXTURE_TEARDOWN(crowd)
{
	int i;

	for (i = 0; i < SENDERS; i++)
		toy_close(&self->fd[i]);
	toy_close(&self->receiver);
}

/* ------------------------------------------------- wake-ups that were lost */

/*
 * Freed memory told of itself where the send buffer went below a quarter, and
 * the sender asked whether it was: with one byte between the two, a sender whose
 * buffers ended exactly there slept for ever.
 */
TOY_TEST(regression, sndbuf__sender_slept_for_ever_at_the_exact_quarter,
	 VARIANTS_MSG & VARIANTS_LOCAL)
{
	static const int sizes[] = { 4608, 9216, 13824 };
	struct sends s = { .fd = self->fd[0], .len = 100, .count = 40 };
	struct toy_thread t;
	char got[100];
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_OK(toy_opt_set(s.fd, SOL_SOCKET, SO_SNDBUF, sizes[i]));
		ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
		ASSERT_TRUE(toy_thread_sleeping(&t));
		for (n = 0; n < s.count; n++) {
			ASSERT_EQ(100, toy_recv(self->fd[1], got, 100, 0,
						PATIENCE_MS)) {
				TH_LOG("SO_SNDBUF %d, message %d", sizes[i], n);
			}
		}
		EXPECT_EQ(s.count, toy_thread_join(&t));
	}
}

/*
 * The same quarter once more: of the last, emptied buffer of a stream nobody
 * told where it alone came to one byte more.
 */
TOY_TEST(regression, sndbuf__writer_slept_for_ever_behind_the_last_buffer,
	 VARIANTS_STREAM)
{
	struct sends s = { .len = 1700, .count = 6 };
	size_t left, all = s.len * s.count;
	struct toy_thread t;
	char got[8192];
	ssize_t n;
	int size;

	for (size = 4602; size <= 4610; size++) {
		toy_close(&self->fd[0]);
		toy_close(&self->fd[1]);
		ASSERT_OK(toy_socketpair(variant->kind, self->fd));
		s.fd = self->fd[0];
		ASSERT_OK(toy_opt_set(s.fd, SOL_SOCKET, SO_SNDBUF, size));
		ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
		toy_thread_sleeping(&t);
		for (left = all; left; left -= n) {
			n = toy_recv(self->fd[1], got, sizeof(got), 0,
				     PATIENCE_MS);
			ASSERT_LT(0, n) {
				TH_LOG("SO_SNDBUF %d, %zu left", size, left);
			}
		}
		EXPECT_EQ(s.count, toy_thread_join(&t));
	}
}

/*
 * A sender that waited for its own send buffer was not woken while the receiver
 * it was connected to was full, though it sent to another one.
 */
TOY_TEST(crowd, write_space__kept_silent_while_the_peer_was_full,
	 VARIANT_TOY_DGRAM)
{
	struct sends s = { .fd = self->fd[0], .len = 100, .count = 1 };
	static char large[60000];
	struct toy_name name;
	struct toy_thread t;
	char buf[100] = "";
	long count = 0;
	int other;

	other = toy_bound(variant->kind, &name);
	ASSERT_OK(other);
	s.to = &name;
	ASSERT_OK(toy_opt_set(s.fd, SOL_SOCKET, SO_SNDBUF, 1));
	/* It knows its peer from the first message on. */
	ASSERT_EQ(100, send(s.fd, buf, 100, MSG_DONTWAIT));
	ASSERT_EQ(100, toy_recv(self->receiver, buf, 100, 0, PATIENCE_MS));
	/* An empty queue takes one of any size, and not a byte more then. */
	ASSERT_EQ(60000, send(self->fd[1], large, 60000, MSG_DONTWAIT));

	while (toy_sendto(s.fd, buf, 100, MSG_DONTWAIT, &name) == 100)
		count++;
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	for (; count >= 0; count--)
		ASSERT_EQ(100, toy_recv(other, buf, 100, 0, PATIENCE_MS));
	EXPECT_EQ(1, toy_thread_join(&t));
	toy_close(&other);
}

struct edges {
	int fd;
	long long end;
};

/* Send until refused, wait for the edge, and so on. */
static long send_by_edges(void *arg)
{
	struct edges *edges = arg;
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	long refused = 0;
	char buf[100] = "";

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, edges->fd, &e))
		return -1;
	while (toy_now() < edges->end) {
		if (send(edges->fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			continue;
		if (errno != EAGAIN)
			return -1;
		refused++;
		if (epoll_wait(epoll, &e, 1, PATIENCE_MS) != 1)
			return -2;
	}
	close(epoll);
	return refused;
}

/*
 * A receiver that took all its messages between a sender's EAGAIN and its being
 * put on the waiting list told nobody: no edge came any more.
 */
TEST_F(crowd, epollet__edge_was_lost_when_the_receiver_drained_meanwhile)
{
	struct toy_thread t[2];
	struct edges edges[2];
	long refused = 0;
	char buf[100];
	int i;

	/* Room for one message: each that is taken is the last one. */
	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 1));
	for (i = 0; i < 2; i++) {
		edges[i] = (struct edges){ self->fd[i], toy_now() + RACE_MS };
		ASSERT_OK(toy_thread_start(&t[i], send_by_edges, &edges[i]));
	}
	for (i = 0; i < 2; i++) {
		long n;

		while (!__atomic_load_n(&t[i].done, __ATOMIC_ACQUIRE))
			recv(self->receiver, buf, sizeof(buf), MSG_DONTWAIT);
		n = toy_thread_join(&t[i]);
		EXPECT_LE(0, n) {
			TH_LOG("sender %d: %s", i,
			       n == -2 ? "no edge" : "send failed");
		}
		refused += n;
	}
	EXPECT_LT(0, refused);
}

/* One large message taken made room for many small ones, and woke one sender. */
TOY_TEST(crowd, room__woke_one_sender_where_all_had_room, VARIANT_TOY_DGRAM)
{
	struct toy_thread t[SENDERS];
	struct sends s[SENDERS];
	static char large[60000];
	int i;

	ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF, 20000));
	ASSERT_EQ(60000, send(self->fd[0], large, 60000, MSG_DONTWAIT));
	for (i = 0; i < SENDERS; i++) {
		s[i] = (struct sends){ .fd = self->fd[i], .len = 100,
				       .count = 1 };
		ASSERT_OK(toy_thread_start(&t[i], send_all_of, &s[i]));
		ASSERT_TRUE(toy_thread_sleeping(&t[i]));
	}
	ASSERT_EQ(60000, recv(self->receiver, large, 60000, MSG_DONTWAIT));
	for (i = 0; i < SENDERS; i++) {
		ASSERT_TRUE(toy_thread_done(&t[i], PATIENCE_MS)) {
			TH_LOG("sender %d sleeps though there is room", i);
		}
		EXPECT_EQ(1, toy_thread_join(&t[i]));
	}
}

/* A sender that waited for a full receiver overlooked its own SHUT_WR. */
TOY_TEST(crowd, shutdown__blocked_sender_sent_after_it, VARIANT_TOY_DGRAM)
{
	struct sends s = { .fd = self->fd[0], .len = 100, .count = 1 };
	long there;
	struct toy_thread t;

	ASSERT_LE(0, toy_send_full(self->fd[1], 100));
	ASSERT_EQ(0, toy_send_full(self->fd[0], 100));
	ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(shutdown(s.fd, SHUT_WR));
	ASSERT_TRUE(toy_thread_done(&t, PATIENCE_MS));
	EXPECT_ERR(EPIPE, toy_thread_join(&t));
	there = toy_recv_empty(self->receiver);
	EXPECT_LT(0, there);
	EXPECT_EQ(0, toy_recv_empty(self->receiver));
}

/*
 * poll went by one byte of room, send by what a message takes: a program that
 * asked before it sent was told so and refused, and told so, with all its time.
 */
TEST_F(crowd, poll__promised_room_that_send_refused)
{
	static const size_t sizes[] = { 1, 1000, 2000, 5000, 30000 };
	char *buf = calloc(1, 30000);
	size_t i;
	int s;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (s = 0; s < SENDERS; s++) {
			ASSERT_LE(0, toy_send_full(self->fd[s], sizes[i]));
			EXPECT_EQ(0, toy_poll(self->fd[s], POLLOUT, 0)) {
				TH_LOG("sender %d of %zu bytes", s, sizes[i]);
			}
		}
		/* With each that is taken there is a little more room. */
		while (recv(self->receiver, buf, 30000, MSG_DONTWAIT) > 0) {
			s = (s + 1) % SENDERS;
			if (toy_poll(self->fd[s], POLLOUT, 0) != POLLOUT)
				continue;
			if (send(self->fd[s], buf, sizes[i],
				 MSG_DONTWAIT) > 0) {
				ASSERT_LT(0, recv(self->receiver, buf, 30000,
						  MSG_DONTWAIT));
				continue;
			}
			EXPECT_EQ(0, toy_poll(self->fd[s], POLLOUT, 0)) {
				TH_LOG("sender %d of %zu bytes", s, sizes[i]);
			}
		}
	}
	free(buf);
}

/* Who polled for room with one receiver was left there by connect(2). */
TEST_F(crowd, connect__left_a_poller_with_the_old_peer)
{
	struct toy_name name;
	struct toy_thread t;
	int other;

	other = toy_bound(variant->kind, &name);
	ASSERT_OK(other);
	ASSERT_LE(0, toy_send_full(self->fd[1], 100));
	ASSERT_EQ(0, toy_send_full(self->fd[0], 100));
	ASSERT_OK(toy_thread_start(&t, poll_writable, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_connect(self->fd[0], &name));
	ASSERT_TRUE(toy_thread_done(&t, PATIENCE_MS));
	EXPECT_EQ(POLLOUT, toy_thread_join(&t));
	toy_close(&other);
}

/* ----------------------------------------------------- bytes that went wrong */

#define PERIOD	251

struct flow {
	int fd;
	long long end;
	char *pattern;		/* 64 KiB and PERIOD more, of that period */
};

static char *pattern_new(void)
{
	char *p = malloc(65536 + PERIOD);
	int i;

	for (i = 0; i < 65536 + PERIOD; i++)
		p[i] = i % PERIOD;
	return p;
}

/* Writes that leave room in a buffer of pages, and writes that go there. */
static long write_large_and_small(void *arg)
{
	struct flow *flow = arg;
	size_t pos = 0, len;
	int i;

	for (i = 0; toy_now() < flow->end; i++) {
		len = i % 25 ? 100 : 5000;
		if (toy_send_all(flow->fd, flow->pattern + pos % PERIOD,
				 len) != (ssize_t)len)
			return -1;
		pos += len;
	}
	shutdown(flow->fd, SHUT_WR);
	return pos;
}

/*
 * A small write made a buffer of pages longer while a large read copied from it
 * without the lock, which asked for the length more than once: bytes were moved,
 * or came from elsewhere.
 */
TOY_TEST(regression, read__copied_from_a_buffer_that_grew, VARIANTS_STREAM)
{
	struct flow flow = { self->fd[0], toy_now() + RACE_MS, pattern_new() };
	char *got = malloc(65536);
	struct toy_thread t;
	long pos = 0;
	ssize_t n;
	int i;

	ASSERT_OK(toy_thread_start(&t, write_large_and_small, &flow));
	while ((n = recv(self->fd[1], got, 65536, 0)) > 0) {
		ASSERT_EQ(0, memcmp(got, flow.pattern + pos % PERIOD, n)) {
			TH_LOG("in %zd bytes from %ld on", n, pos);
		}
		pos += n;
		/* Looks of one byte go the same way, and are many. */
		for (i = 0; i < 20; i++) {
			n = recv(self->fd[1], got, 1, MSG_PEEK | MSG_DONTWAIT);
			ASSERT_TRUE(n != 1 || got[0] == (char)(pos % PERIOD)) {
				TH_LOG("at %ld", pos);
			}
		}
	}
	EXPECT_EQ(0, n);
	EXPECT_EQ(pos, toy_thread_join(&t));
}

/*
 * A short read took the room of the first buffer for its payload, and went on
 * into what nobody had written. A write from a page that is not there yet makes a
 * second buffer.
 */
TOY_TEST(regression, read__went_past_the_payload_of_the_first_buffer,
	 VARIANTS_STREAM)
{
	size_t first, n;
	char buf[4096];

	for (first = 1; first < 2000; first += 111) {
		char *page = page_fresh();

		memset(buf, 'a', first);
		ASSERT_EQ(first, send(self->fd[0], buf, first, 0));
		ASSERT_EQ(200, send(self->fd[0], page, 200, 0));
		memset(buf, 'z', sizeof(buf));
		for (n = 0; n < first + 200;) {
			ssize_t ret = toy_recv(self->fd[1], buf + n, first + 80,
					       0, PATIENCE_MS);

			ASSERT_LT(0, ret);
			n += ret;
		}
		ASSERT_EQ(first + 200, n);
		for (n = 0; n < first + 200; n++) {
			ASSERT_EQ(n < first ? 'a' : 'b', buf[n]) {
				TH_LOG("byte %zu of %zu and 200", n, first);
			}
		}
		munmap(page, sysconf(_SC_PAGESIZE));
	}
}

/*
 * The time was written to the user's memory under a spinlock: if that took a
 * page fault it was lost, without a word.
 */
TOY_TEST(regression, timestamp__was_lost_in_a_fresh_page, VARIANTS_TOY)
{
	static const size_t sizes[] = { 1, 100, 5000, 50000 };
	static char buf[50000];
	size_t i;

	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_TIMESTAMPNS, 1));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = page_fresh(), .msg_controllen = 256,
		};
		struct cmsghdr *cmsg;

		ASSERT_EQ(sizes[i], send(self->fd[0], buf, sizes[i], 0));
		ASSERT_EQ(sizes[i], recvmsg(self->fd[1], &msg, MSG_DONTWAIT));
		EXPECT_EQ(0, msg.msg_flags & MSG_CTRUNC);
		cmsg = CMSG_FIRSTHDR(&msg);
		ASSERT_NE(NULL, cmsg) {
			TH_LOG("with %zu bytes", sizes[i]);
		}
		EXPECT_EQ(SOL_SOCKET, cmsg->cmsg_level);
		EXPECT_EQ(SCM_TIMESTAMPNS, cmsg->cmsg_type);
	}
}

/*
 * The filter saw a message anew at each try: one that cuts it and asks for its
 * length had another answer for what it had cut itself.
 */
TOY_TEST(crowd, filter__judged_again_what_it_had_cut, VARIANT_TOY_DGRAM)
{
	struct sock_filter keep_4_of_more[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 4, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 4),
	};
	struct sock_fprog prog = { ARRAY_SIZE(keep_4_of_more), keep_4_of_more };
	struct sends s = { .fd = self->fd[0], .len = 10, .count = 1 };
	struct toy_thread t;
	char buf[10];
	long there;

	ASSERT_OK(setsockopt(self->receiver, SOL_SOCKET, SO_ATTACH_FILTER,
			     &prog, sizeof(prog)));
	there = toy_send_full(self->fd[1], 10);
	ASSERT_LT(0, there);
	ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	for (; there >= 0; there--)
		EXPECT_EQ(4, toy_recv(self->receiver, buf, 10, 0, PATIENCE_MS));
	EXPECT_EQ(1, toy_thread_join(&t));
}

/* ------------------------------------------------------- ends and errors */

/*
 * A look at what is there took the reset for itself and threw it away, and said
 * 'end of file' where there were messages in front of it.
 */
TOY_TEST(regression, msg_peek__swallowed_the_reset_and_hid_a_message,
	 VARIANTS_TOY_CONN)
{
	char buf[8];
	int i;

	ASSERT_EQ(1, send(self->fd[1], "x", 1, 0));
	ASSERT_EQ(6, send(self->fd[0], "unread", 6, 0));
	toy_close(&self->fd[1]);
	for (i = 0; i < 3; i++) {
		buf[0] = '\0';
		EXPECT_EQ(1, recv(self->fd[0], buf, 8, MSG_PEEK));
		EXPECT_EQ('x', buf[0]);
	}
	EXPECT_EQ(1, recv(self->fd[0], buf, 8, 0));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], buf, 8, 0));
	EXPECT_EQ(0, recv(self->fd[0], buf, 8, 0));
}

/* What a peer that closed had not read was reported as on its way for ever. */
TOY_TEST(regression, siocoutq__counted_what_a_closed_peer_had_not_read,
	 VARIANTS_TOY_CONN)
{
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, toy_ioctl_int(self->fd[0], SIOCOUTQ));
	toy_close(&self->fd[1]);
	EXPECT_EQ(0, toy_ioctl_int(self->fd[0], SIOCOUTQ));
}

struct closing {
	atomic_int fd;
	atomic_bool stop;
};

/* Close what is handed over, and say so. */
static long close_handed(void *arg)
{
	struct closing *closing = arg;
	long count = 0;

	while (!closing->stop) {
		int fd = closing->fd;

		if (fd < 0) {
			sched_yield();
			continue;
		}
		close(fd);
		closing->fd = -1;
		count++;
	}
	return count;
}

/*
 * An urgent byte sends SIGURG to the owner of the peer's file, and the file was
 * looked for in a socket that closed at that moment.
 */
TOY_TEST(regression, sigurg__went_to_the_owner_of_a_file_that_was_gone,
	 VARIANT_TOY_STREAM | VARIANT_TCP)
{
	struct closing closing = { .fd = -1 };
	long long end = toy_now() + RACE_MS;
	struct toy_thread t;
	long rounds = 0;
	int fd[2], i;

	ASSERT_OK(toy_signal_catch(SIGURG, SA_RESTART));
	ASSERT_OK(toy_thread_start(&t, close_handed, &closing));
	for (; toy_now() < end; rounds++) {
		ASSERT_OK(toy_socketpair(variant->kind, fd));
		ASSERT_OK(fcntl(fd[1], F_SETOWN, getpid()));
		closing.fd = fd[1];
		for (i = 0; i < 1000; i++) {
			if (send(fd[0], "u", 1, MSG_OOB | MSG_NOSIGNAL) == 1)
				continue;
			ASSERT_TRUE(errno == EPIPE || errno == ECONNRESET) {
				TH_LOG("%s", toy_errno_name(errno));
			}
			break;
		}
		while (closing.fd >= 0)
			sched_yield();
		close(fd[0]);
	}
	closing.stop = true;
	EXPECT_EQ(rounds, toy_thread_join(&t));
	EXPECT_LT(0, toy_signal_count(SIGURG));
}

/*
 * What refused a datagram and what a listener keeps lay in the same bytes: the
 * close of either wrote over what it did not have.
 */
TEST_F(crowd, close__of_a_receiver_that_had_refused)
{
	int i, n;

	for (n = 0; n < 20; n++) {
		for (i = 0; i < SENDERS; i++) {
			ASSERT_LE(0, toy_send_full(self->fd[i], 100));
			EXPECT_EQ(0, toy_poll(self->fd[i], POLLOUT, 0));
		}
		toy_close(&self->receiver);
		for (i = 0; i < SENDERS; i++) {
			EXPECT_ERR(ECONNREFUSED, send(self->fd[i], "", 1, 0));
			toy_close(&self->fd[i]);
		}
		self->receiver = toy_bound(variant->kind, &self->name);
		ASSERT_OK(self->receiver);
		ASSERT_OK(toy_opt_set(self->receiver, SOL_SOCKET, SO_RCVBUF,
				      8000));
		for (i = 0; i < SENDERS; i++) {
			self->fd[i] = toy_connected(variant->kind, &self->name);
			ASSERT_OK(self->fd[i]);
		}
	}
}

TOY_TEST(regression, close__of_a_listener_with_credentials,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct toy_name name;
	struct ucred ucred;
	int fd[3], i, n, listener;
	socklen_t len;

	for (n = 0; n < 20; n++) {
		listener = toy_listener(variant->kind, &name, 4);
		ASSERT_OK(listener);
		for (i = 0; i < 3; i++) {
			fd[i] = toy_connected(variant->kind, &name);
			ASSERT_OK(fd[i]);
			ASSERT_EQ(1, send(fd[i], "", 1, 0));
		}
		/* Twice: the credentials of the first time are let go. */
		ASSERT_OK(listen(listener, 5));
		toy_close(&listener);
		for (i = 0; i < 3; i++) {
			len = sizeof(ucred);
			ASSERT_OK(getsockopt(fd[i], SOL_SOCKET, SO_PEERCRED,
					     &ucred, &len));
			EXPECT_EQ(getpid(), ucred.pid);
			EXPECT_EQ(getuid(), ucred.uid);
			toy_close(&fd[i]);
		}
	}
}

/* A port that connect(2) chose stayed after it was refused: no bind any more. */
TOY_TEST(regression, connect__refused_kept_the_port_it_had_chosen,
	 VARIANTS_CONN)
{
	struct toy_name name = toy_name_new(variant->kind), own;
	int fd = toy_socket(variant->kind, 0), i;

	for (i = 0; i < 3; i++)
		EXPECT_ERR(ECONNREFUSED, toy_connect(fd, &name));
	own = toy_name_new(variant->kind);
	EXPECT_OK(toy_bind(fd, &own));
	EXPECT_OK(toy_name_of(fd, &name));
	EXPECT_TRUE(toy_name_equal(&name, &own));
	/* But the program's own choice stays. */
	name = toy_name_new(variant->kind);
	EXPECT_ERR(ECONNREFUSED, toy_connect(fd, &name));
	EXPECT_OK(toy_name_of(fd, &name));
	EXPECT_TRUE(toy_name_equal(&name, &own));
	toy_close(&fd);
}

/* ----------------------------------------------------------- who gets what */

struct sender {
	int fd;
	atomic_long calls;
	atomic_bool stop;
};

static long send_and_count(void *arg)
{
	struct sender *s = arg;

	while (!s->stop) {
		send(s->fd, "", 1, MSG_DONTWAIT);
		s->calls++;
	}
	return 0;
}

/* Until a call that began after this one has ended. */
static void wait_for_calls(struct sender *s)
{
	long seen = s->calls;

	while (s->calls < seen + 2)
		sched_yield();
}

/*
 * A sender that had just looked up the receiver put it down as the one to send
 * to after another thread had connected elsewhere: all that followed went to
 * the old one.
 */
TOY_TEST(regression, connect__elsewhere_left_datagrams_going_to_the_old_peer,
	 VARIANTS_DGRAM & ~VARIANT_UDP)
{
	struct sender s = { .fd = toy_socket(variant->kind, 0) };
	long long end = toy_now() + RACE_MS;
	struct toy_name name[2];
	int fd[2], i, rounds, to = 0;
	struct toy_thread t;
	char c;

	for (i = 0; i < 2; i++) {
		fd[i] = toy_bound(variant->kind, &name[i]);
		ASSERT_OK(fd[i]);
	}
	ASSERT_OK(toy_connect(s.fd, &name[to]));
	ASSERT_OK(toy_thread_start(&t, send_and_count, &s));
	for (rounds = 0; toy_now() < end; rounds++) {
		/* The first send after a connect looks up: meet that one. */
		to = !to;
		ASSERT_OK(toy_connect(s.fd, &name[!to]));
		for (i = rounds * 7 % 2000; i > 0; i--)
			atomic_signal_fence(memory_order_seq_cst);
		ASSERT_OK(toy_connect(s.fd, &name[to]));
		wait_for_calls(&s);
		ASSERT_LE(0, toy_recv_empty(fd[!to]));
		ASSERT_LE(0, toy_recv_empty(fd[to]));
		EXPECT_EQ(1, toy_recv(fd[to], &c, 1, 0, PATIENCE_MS));
		ASSERT_ERR(EAGAIN, recv(fd[!to], &c, 1, MSG_DONTWAIT));
	}
	s.stop = true;
	toy_thread_join(&t);
	for (i = 0; i < 2; i++)
		toy_close(&fd[i]);
	toy_close(&s.fd);
}

static int reuseport_bound(struct toy_kind kind, const struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_NONBLOCK);

	if (toy_opt_set(fd, SOL_TOY, TOY_REUSEPORT, 1) || toy_bind(fd, name)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct churn {
	struct toy_kind kind;
	struct toy_name name;
	atomic_bool stop;
};

/* Listeners that come and go, and their like of the other types. */
static long listen_and_close(void *arg)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct churn *churn = arg;
	long count = 0;

	while (!churn->stop) {
		int type = count % 4 ? churn->kind.type : types[count / 4 % 3];
		struct toy_kind kind = { AF_TOY, type };
		int fd = reuseport_bound(kind, &churn->name);

		if (fd < 0)
			return -1;
		if (toy_kind_is_conn(kind) && listen(fd, 8))
			return -2;
		close(fd);
		count++;
	}
	return count;
}

/*
 * A call that had found a listener which then closed was refused, though another
 * one listened on the port; and a look-up that was led astray by a socket in
 * use again did not notice.
 */
TOY_TEST(regression, connect__was_refused_while_another_listened,
	 VARIANTS_TOY_CONN)
{
	struct churn churn = { variant->kind, toy_name_new(variant->kind),
			       false };
	int listener = reuseport_bound(variant->kind, &churn.name);
	long long end = toy_now() + RACE_MS;
	struct toy_thread t[2];
	int fd, i;

	ASSERT_OK(listener);
	ASSERT_OK(listen(listener, 500));
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_thread_start(&t[i], listen_and_close, &churn));
	while (toy_now() < end) {
		fd = toy_connected(variant->kind, &churn.name);
		ASSERT_OK(fd);
		close(fd);
		while ((fd = accept(listener, NULL, NULL)) >= 0)
			close(fd);
	}
	churn.stop = true;
	for (i = 0; i < 2; i++)
		EXPECT_LT(0, toy_thread_join(&t[i]));
	toy_close(&listener);
}

/* --------------------------------------------------------- options and words */

/* Two switches that are said to be one were two. */
TOY_TEST(regression, passcred__of_two_names_did_not_go_off_by_the_other,
	 VARIANTS_TOY)
{
	alignas(8) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { control, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(toy_opt_set(self->fd[1], SOL_TOY, TOY_PASSCRED, 1));
	if (toy_opt_get(self->fd[1], SOL_SOCKET, SO_PASSCRED) != 1)
		SKIP(return, "SO_PASSCRED is AF_UNIX' alone on this kernel");
	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_PASSCRED, 0));
	EXPECT_EQ(0, toy_opt_get(self->fd[1], SOL_TOY, TOY_PASSCRED));
	ASSERT_EQ(1, send(self->fd[0], "", 1, 0));
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	ASSERT_EQ(1, recvmsg(self->fd[1], &msg, 0));
	EXPECT_EQ(0, msg.msg_controllen);
}

/* A child has the switch as of accept, as it has SO_PASSCRED. */
TOY_TEST(regression, passcred__of_a_child_was_that_of_the_connect,
	 VARIANTS_TOY_CONN)
{
	struct toy_name name;
	int listener, fd, child;

	listener = toy_listener(variant->kind, &name, 1);
	ASSERT_OK(listener);
	ASSERT_OK(toy_opt_set(listener, SOL_TOY, TOY_PASSCRED, 1));
	fd = toy_connected(variant->kind, &name);
	ASSERT_OK(fd);
	ASSERT_OK(toy_opt_set(listener, SOL_TOY, TOY_PASSCRED, 0));
	child = accept(listener, NULL, NULL);
	ASSERT_OK(child);
	EXPECT_EQ(0, toy_opt_get(child, SOL_TOY, TOY_PASSCRED));
	toy_close(&child);
	toy_close(&fd);
	toy_close(&listener);
}

/* The words for a signal had an errno of the kernel's own, 512 ERESTARTSYS. */
TOY_TEST(regression, last_error__said_erestartsys_after_a_signal, VARIANTS_TOY)
{
	struct sends s = { .fd = self->fd[0], .len = 100, .count = 1 };
	struct toy_thread t;

	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	ASSERT_OK(toy_thread_start(&t, recv_one, &self->fd[1]));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&t));
	EXPECT_STREQ("4 EINTR recv", last_error(self->fd[1]));

	ASSERT_LT(0, toy_send_full(s.fd, s.len));
	ASSERT_OK(toy_thread_start(&t, send_all_of, &s));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&t));
	EXPECT_STREQ("4 EINTR send", last_error(s.fd));
}

TOY_TEST(regression, last_error__said_erestartsys_after_a_signal_to_accept,
	 VARIANTS_TOY_CONN)
{
	struct toy_name name;
	struct toy_thread t;
	int listener;

	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
	listener = toy_listener(variant->kind, &name, 1);
	ASSERT_OK(listener);
	ASSERT_OK(toy_thread_start(&t, accept_one, &listener));
	ASSERT_TRUE(toy_thread_sleeping(&t));
	ASSERT_OK(toy_thread_kill(&t, SIGUSR1));
	EXPECT_ERR(EINTR, toy_thread_join(&t));
	EXPECT_STREQ("4 EINTR accept", last_error(listener));
	toy_close(&listener);
}

/* Of a stream's failed send there were no words at all. */
TOY_TEST(regression, last_error__was_silent_about_a_streams_send,
	 VARIANT_TOY_STREAM)
{
	ASSERT_LT(0, toy_send_full(self->fd[0], 1000));
	EXPECT_STREQ("11 EAGAIN send", last_error(self->fd[0]));
	toy_close(&self->fd[1]);
	EXPECT_ERR(EPIPE, send(self->fd[0], "", 1, MSG_NOSIGNAL));
	EXPECT_STREQ("32 EPIPE send", last_error(self->fd[0]));
}

TOY_TEST_MAIN

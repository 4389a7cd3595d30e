// SPDX-License-Identifier: GPL-2.0-only
/*
 * The histograms of TOY_INFO: how long data waited to be read and calls to be
 * accepted, while sysctl net.toy.histograms is 1.
 */
#include <time.h>

#include "toy_histogram.h"
#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(inspect_histogram)
{
	int fd[2];
	struct toy_name name;
	struct toy_info info;
};

FIXTURE_VARIANT(inspect_histogram)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_histogram, VARIANTS_TOY)

FIXTURE_SETUP(inspect_histogram)
{
	toy_guard(100);
	/* Where nobody else turns the switch. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_histogram)
{
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static int class_of(long long us)
{
	int n = 0;

	for (; us > 0 && n < TOY_HISTOGRAM - 1; us >>= 1)
		n++;
	return n;
}

/*
 * Whether @now has one sample more than @before, of a wait of so many us. The
 * test's clock and the kernel's may disagree by a class.
 */
static bool waited(const __u32 *before, const __u32 *now, long long least,
		   long long most)
{
	int i, class = -1;

	for (i = 0; i < TOY_HISTOGRAM; i++) {
		if (now[i] == before[i])
			continue;
		if (now[i] != before[i] + 1 || class >= 0)
			return false;
		class = i;
	}
	if (class >= 0 && class >= class_of(least) - 1 &&
	    class <= class_of(most) + 1)
		return true;
	fprintf(stderr, "# class %d, not %d to %d\n", class, class_of(least),
		class_of(most));
	return false;
}

/* ----------------------------------------------------------------- waiting */

TEST_F(inspect_histogram, default__is_off)
{
	struct toy_info zero = { };

	EXPECT_STREQ("0", toy_sysctl_get("histograms"));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 3));
	ASSERT_OK(toy_histogram_look(self->fd[1], &self->info));
	EXPECT_EQ(0, memcmp(zero.toyi_queue_delay, self->info.toyi_queue_delay,
			    sizeof(zero.toyi_queue_delay)));
	EXPECT_EQ(0, memcmp(zero.toyi_accept_wait, self->info.toyi_accept_wait,
			    sizeof(zero.toyi_accept_wait)));
	if (!toy_kind_is_conn(variant->kind))
		return;
	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(accept(self->fd[0], NULL, NULL));
	EXPECT_EQ(0, toy_histogram_accepts(self->fd[0]));
}

static const int waits[] = { 0, 1, 5, 50, 300 };

TEST_F(inspect_histogram, queue_delay__is_how_long_it_waited)
{
	struct toy_info before;
	long long began, sent;
	size_t i;
	char c;

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_OK(toy_histogram_look(self->fd[1], &before));
		began = now_us();
		ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
		sent = now_us();
		toy_sleep(waits[i]);
		sent = now_us() - sent;
		ASSERT_EQ(1, recv(self->fd[1], &c, 1, 0));
		began = now_us() - began;
		ASSERT_OK(toy_histogram_look(self->fd[1], &self->info));
		EXPECT_TRUE(waited(before.toyi_queue_delay,
				   self->info.toyi_queue_delay, sent, began));
	}
	EXPECT_EQ(ARRAY_SIZE(waits), toy_histogram_reads(self->fd[1]));
	EXPECT_EQ(0, toy_histogram_reads(self->fd[0]));
	EXPECT_EQ(0, toy_histogram_accepts(self->fd[1]));
}

TOY_TEST(inspect_histogram, accept_wait__is_how_long_it_waited, VARIANTS_CONN)
{
	struct toy_info before;
	long long began, called;
	int client, child;
	size_t i;

	ASSERT_OK(toy_histogram_turn(true));
	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_OK(toy_histogram_look(self->fd[0], &before));
		began = now_us();
		client = toy_connected(variant->kind, &self->name);
		ASSERT_OK(client);
		called = now_us();
		toy_sleep(waits[i]);
		called = now_us() - called;
		child = accept(self->fd[0], NULL, NULL);
		ASSERT_OK(child);
		began = now_us() - began;
		ASSERT_OK(toy_histogram_look(self->fd[0], &self->info));
		EXPECT_TRUE(waited(before.toyi_accept_wait,
				   self->info.toyi_accept_wait, called,
				   began));
		EXPECT_EQ(0, toy_histogram_accepts(client));
		EXPECT_EQ(0, toy_histogram_accepts(child));
	}
	EXPECT_EQ(ARRAY_SIZE(waits), toy_histogram_accepts(self->fd[0]));
	EXPECT_EQ(0, toy_histogram_reads(self->fd[0]));
}

/* The oldest bytes of a buffer are what counts. */
TOY_TEST(inspect_histogram, queue_delay__of_the_oldest, VARIANT_TOY_STREAM)
{
	struct toy_info none = { };
	long long first, all;
	char buf[2];

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	all = now_us();
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	first = now_us();
	toy_sleep(100);
	ASSERT_EQ(1, send(self->fd[0], "b", 1, 0));
	first = now_us() - first;
	ASSERT_EQ(2, recv(self->fd[1], buf, 2, 0));
	all = now_us() - all;
	ASSERT_OK(toy_histogram_look(self->fd[1], &self->info));
	EXPECT_TRUE(waited(none.toyi_queue_delay, self->info.toyi_queue_delay,
			   first, all));
}

/* ---------------------------------------------------------------- counting */

TEST_F(inspect_histogram, queue_delay__counts_reads)
{
	char buf[16];
	int i;

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 100));
	ASSERT_OK(toy_histogram_talk(self->fd[1], self->fd[0], 10));
	EXPECT_EQ(100, toy_histogram_reads(self->fd[1]));
	EXPECT_EQ(10, toy_histogram_reads(self->fd[0]));
	/* A look takes nothing, nor does who finds nothing. */
	EXPECT_ERR(EAGAIN, recv(self->fd[1], buf, 1, MSG_DONTWAIT));
	ASSERT_EQ(10, send(self->fd[0], "0123456789", 10, 0));
	ASSERT_EQ(1, recv(self->fd[1], buf, 1, MSG_PEEK));
	EXPECT_EQ(100, toy_histogram_reads(self->fd[1]));
	if (toy_kind_is_msg(variant->kind)) {
		ASSERT_EQ(1, recv(self->fd[1], buf, 1, 0));
		EXPECT_EQ(101, toy_histogram_reads(self->fd[1]));
		return;
	}
	for (i = 1; i <= 5; i++) {
		ASSERT_EQ(2, recv(self->fd[1], buf, 2, 0));
		EXPECT_EQ(100 + i, toy_histogram_reads(self->fd[1]));
	}
}

/* Many that wait are read by one call, or by as many as there are messages. */
TEST_F(inspect_histogram, queue_delay__of_a_queue)
{
	char buf[64];
	int i;

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	for (i = 0; i < 7; i++)
		ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	if (toy_kind_is_stream(variant->kind)) {
		ASSERT_EQ(21, recv(self->fd[1], buf, sizeof(buf), 0));
		EXPECT_EQ(1, toy_histogram_reads(self->fd[1]));
		return;
	}
	for (i = 0; i < 7; i++)
		ASSERT_EQ(3, recv(self->fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(7, toy_histogram_reads(self->fd[1]));
}

/* A byte that is stepped over was not read, a byte that is skipped neither. */
TOY_TEST(inspect_histogram, queue_delay__of_urgent_bytes, VARIANT_TOY_STREAM)
{
	char buf[16];

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(1, send(self->fd[0], "!", 1, MSG_OOB));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, recv(self->fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(1, toy_histogram_reads(self->fd[1]));
	ASSERT_EQ(1, send(self->fd[0], "!", 1, MSG_OOB));
	ASSERT_EQ(1, send(self->fd[0], "!", 1, MSG_OOB));
	EXPECT_EQ(1, toy_histogram_reads(self->fd[1]));
}

/* What was dropped was not read. */
TEST_F(inspect_histogram, queue_delay__of_the_unread)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 2));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_OK(connect(self->fd[1], &none, sizeof(none)));
	EXPECT_EQ(2, toy_histogram_reads(self->fd[1]));
}

TEST_F(inspect_histogram, queue_delay__through_files)
{
	int peer, sock;
	struct toyfs_end end;
	char buf[16];

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toyfs_mixed(variant->kind, &peer, &end));
	sock = toyfs_getsock(end.ctl, 0);
	ASSERT_OK(sock);
	ASSERT_EQ(6, send(peer, "abcde\n", 6, 0));
	ASSERT_EQ(3, read(end.data, buf, 3));
	ASSERT_EQ(3, read(end.data, buf, sizeof(buf)));
	EXPECT_EQ(2, toy_histogram_reads(sock));
	/* Bytes that could not be copied are still there. */
	ASSERT_EQ(2, send(peer, "a\n", 2, 0));
	EXPECT_ERR(EFAULT, read(end.data, toy_page_bad(), sizeof(buf)));
	EXPECT_EQ(2, toy_histogram_reads(sock));
	ASSERT_EQ(2, read(end.data, buf, sizeof(buf)));
	EXPECT_EQ(3, toy_histogram_reads(sock));
}

/* Neither the header of a message nor the newline behind it is data. */
TOY_TEST(inspect_histogram, queue_delay__with_headers, VARIANTS_MSG)
{
	struct toyfs_end end;
	int peer, sock;
	char c;

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toyfs_mixed(variant->kind, &peer, &end));
	sock = toyfs_getsock(end.ctl, 0);
	ASSERT_OK(sock);
	ASSERT_OK(toyfs_ctl(end.ctl, "headers on"));
	ASSERT_EQ(5, send(peer, "abcde", 5, 0));
	do {
		ASSERT_EQ(1, read(end.data, &c, 1));
	} while (c != ' ');
	EXPECT_EQ(0, toy_histogram_reads(sock));
	do {
		ASSERT_EQ(1, read(end.data, &c, 1));
	} while (c != '\n');
	EXPECT_EQ(5, toy_histogram_reads(sock));
}

TOY_TEST(inspect_histogram, accept_wait__counts_calls, VARIANTS_CONN)
{
	int i;

	ASSERT_OK(toy_histogram_turn(true));
	self->fd[0] = toy_listener(variant->kind, &self->name, 20);
	for (i = 0; i < 20; i++)
		ASSERT_OK(toy_connected(variant->kind, &self->name));
	EXPECT_EQ(0, toy_histogram_accepts(self->fd[0]));
	for (i = 1; i <= 10; i++) {
		ASSERT_OK(accept(self->fd[0], NULL, NULL));
		EXPECT_EQ(i, toy_histogram_accepts(self->fd[0]));
	}
	/* Those that are reset were not accepted. */
	ASSERT_OK(shutdown(self->fd[0], SHUT_RD));
	EXPECT_EQ(10, toy_histogram_accepts(self->fd[0]));
}

TEST_F(inspect_histogram, diag__shows_the_same)
{
	struct toy_diag_req req;
	struct toy_seen seen;

	ASSERT_OK(toy_histogram_turn(true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_histogram_talk(self->fd[0], self->fd[1], 5));
	ASSERT_OK(toy_histogram_look(self->fd[1], &self->info));
	EXPECT_EQ(5, toy_histogram_sum(self->info.toyi_queue_delay));
	req = toy_nl_req_of(self->fd[1], TOY_DIAG_SHOW_INFO);
	ASSERT_OK(toy_nl_one(toy_nl_open(), &req, &seen));
	EXPECT_EQ(0, memcmp(&self->info, &seen.info, sizeof(seen.info)));
}

TOY_TEST_MAIN

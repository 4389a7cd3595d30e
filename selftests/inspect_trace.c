// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints: each is passed where something happened and nowhere else, and
 * tells the truth about it.
 */
#include <linux/filter.h>

#include "toy_test.h"
#include "toy_trace.h"
#include "toyfs.h"

/* Events between two looks. */
#define MANY	256

FIXTURE(inspect_trace)
{
	struct toy_trace trace;
	int fd[2];
	struct toy_name name;
};

FIXTURE_VARIANT(inspect_trace)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_trace, VARIANTS_TOY)

FIXTURE_SETUP(inspect_trace)
{
	toy_guard(60);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toy_trace_open(&self->trace));
}

FIXTURE_TEARDOWN(inspect_trace)
{
	toy_trace_close(&self->trace);
}

#define EXPECT_STORY(want)						\
	EXPECT_STREQ(want, toy_trace_story(&self->trace))

/* A pair called a and b, from now on traced. */
static int traced_pair(struct toy_trace *trace, struct toy_kind kind, int fd[2])
{
	if (toy_pair(kind, fd))
		return -1;
	toy_trace_name(trace, 'a', fd[0]);
	toy_trace_name(trace, 'b', fd[1]);
	return toy_trace_enable(trace, NULL, true);
}

static int filter_all(int fd)
{
	struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

/* ------------------------------------------------------- sending, receiving */

TEST_F(inspect_trace, message__sent_and_received)
{
	char buf[10];

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_EQ(5, send(self->fd[0], "hello", 5, MSG_NOSIGNAL));
	EXPECT_STORY("rcv b len=5; xmit a len=5; "
		     "sendmsg a size=5 ret=5 flags=0x4000");
	ASSERT_EQ(5, recv(self->fd[1], buf, 10, 0));
	EXPECT_STORY("recvmsg b size=10 ret=5 flags=0x0");
	ASSERT_EQ(2, send(self->fd[1], "ab", 2, 0));
	ASSERT_EQ(2, read(self->fd[0], buf, 7));
	EXPECT_STORY("rcv a len=2; xmit b len=2; "
		     "sendmsg b size=2 ret=2 flags=0x0; "
		     "recvmsg a size=7 ret=2 flags=0x0");
}

TEST_F(inspect_trace, message__through_files)
{
	struct toyfs_end end;
	char buf[10];

	ASSERT_OK(toyfs_mixed(variant->kind, &self->fd[0], &end));
	toy_trace_name(&self->trace, 'a', self->fd[0]);
	self->trace.id['b'] = end.n;
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	ASSERT_EQ(3, write(end.data, "ab\n", 3));
	/* As write(2) to the socket: there it is the core that says MSG_EOR. */
	EXPECT_STORY(variant->kind.type == SOCK_SEQPACKET ?
		     "rcv a len=3; xmit b len=3; "
		     "sendmsg b size=3 ret=3 flags=0x80" :
		     "rcv a len=3; xmit b len=3; "
		     "sendmsg b size=3 ret=3 flags=0x0");
	ASSERT_EQ(3, send(self->fd[0], "ab\n", 3, 0));
	EXPECT_STORY("rcv b len=3; xmit a len=3; "
		     "sendmsg a size=3 ret=3 flags=0x0");
	ASSERT_EQ(3, read(end.data, buf, 10));
	EXPECT_STORY("recvmsg b size=10 ret=3 flags=0x0");
}

/* A long write goes in several buffers, a message in one. */
TEST_F(inspect_trace, message__that_is_long)
{
	size_t size = toy_kind_is_stream(variant->kind) ? 200000 : 60000;
	static struct toy_traced seen[MANY];
	unsigned long sent = 0, received = 0;
	int i, n, calls = 0;
	char value[80];

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_EQ(size, send(self->fd[0], toy_zalloc(size), size, 0));
	n = toy_trace_take(&self->trace, seen, MANY);
	ASSERT_LE(3, n);
	for (i = 0; i < n; i++) {
		toyfs_field(seen[i].rest, "len", value, sizeof(value));
		if (!strcmp(seen[i].event, "toy_xmit"))
			sent += atoi(value);
		else if (!strcmp(seen[i].event, "toy_rcv"))
			received += atoi(value);
		else
			calls++;
	}
	EXPECT_EQ(size, sent);
	EXPECT_EQ(size, received);
	EXPECT_EQ(1, calls);
	snprintf(value, sizeof(value), "size=%zu ret=%zu flags=0x0", size,
		 size);
	EXPECT_STREQ(value, seen[n - 1].rest);
	if (!toy_kind_is_stream(variant->kind))
		EXPECT_EQ(3, n);
}

TEST_F(inspect_trace, message__with_flags)
{
	char buf[10];

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, MSG_EOR | MSG_DONTWAIT));
	EXPECT_STORY("rcv b len=3; xmit a len=3; "
		     "sendmsg a size=3 ret=3 flags=0xc0");
	ASSERT_EQ(2, recv(self->fd[1], buf, 2, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_STORY("recvmsg b size=2 ret=2 flags=0x42");
	ASSERT_OK(toy_nonblock(self->fd[1], true));
	ASSERT_EQ(3, read(self->fd[1], buf, 5));
	EXPECT_STORY("recvmsg b size=5 ret=3 flags=0x40");
}

TOY_TEST(inspect_trace, message__that_is_urgent, VARIANT_TOY_STREAM)
{
	char byte;

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_EQ(1, send(self->fd[0], "!", 1, MSG_OOB));
	EXPECT_STORY("rcv b len=1; xmit a len=1; "
		     "sendmsg a size=1 ret=1 flags=0x1");
	ASSERT_EQ(1, recv(self->fd[1], &byte, 1, MSG_OOB));
	EXPECT_STORY("recvmsg b size=1 ret=1 flags=0x1");
}

/* ----------------------------------------------------------------- failing */

TEST_F(inspect_trace, failure__nothing_there)
{
	char buf[10];

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	EXPECT_ERR(EAGAIN, recv(self->fd[1], buf, 10, MSG_DONTWAIT));
	EXPECT_STORY("recvmsg b size=10 ret=-11 flags=0x40");
}

TEST_F(inspect_trace, failure__no_room)
{
	char buf[1000] = "";

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_LT(0, toy_send_full(self->fd[0], sizeof(buf)));
	toy_trace_name(&self->trace, 'a', self->fd[0]);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	EXPECT_ERR(EAGAIN, send(self->fd[0], buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_STORY("sendmsg a size=1000 ret=-11 flags=0x40");
}

TEST_F(inspect_trace, failure__shut)
{
	char buf[10];

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(shutdown(self->fd[0], SHUT_WR));
	toy_trace_name(&self->trace, 'a', self->fd[0]);
	toy_trace_name(&self->trace, 'b', self->fd[1]);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	EXPECT_ERR(EPIPE, send(self->fd[0], "abc", 3, MSG_NOSIGNAL));
	EXPECT_STORY("sendmsg a size=3 ret=-32 flags=0x4000");
	if (!toy_kind_is_conn(variant->kind))
		return;
	EXPECT_EQ(0, recv(self->fd[1], buf, 10, 0));
	EXPECT_STORY("recvmsg b size=10 ret=0 flags=0x0");
}

TEST_F(inspect_trace, failure__not_connected)
{
	char buf[10];

	self->fd[0] = toy_socket(variant->kind, 0);
	toy_trace_name(&self->trace, 'a', self->fd[0]);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(ENOTCONN, send(self->fd[0], "abc", 3, 0));
		EXPECT_ERR(ENOTCONN, recv(self->fd[0], buf, 10, 0));
		EXPECT_STORY("sendmsg a size=3 ret=-107 flags=0x0; "
			     "recvmsg a size=10 ret=-107 flags=0x0");
	} else {
		EXPECT_ERR(ENOTCONN, send(self->fd[0], "abc", 3, 0));
		EXPECT_STORY("sendmsg a size=3 ret=-107 flags=0x0");
	}
}

TOY_TEST(inspect_trace, failure__too_long, VARIANTS_MSG)
{
	size_t size = 1 << 20;

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	EXPECT_ERR(EMSGSIZE, send(self->fd[0], toy_zalloc(size), size, 0));
	EXPECT_STORY("sendmsg a size=1048576 ret=-90 flags=0x0");
}

TEST_F(inspect_trace, failure__bad_address)
{
	char *bad = toy_page_bad();

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	EXPECT_ERR(EFAULT, send(self->fd[0], bad, 3, 0));
	EXPECT_STORY("sendmsg a size=3 ret=-14 flags=0x0");
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	toy_trace_story(&self->trace);
	EXPECT_ERR(EFAULT, recv(self->fd[1], bad, 3, 0));
	EXPECT_STORY("recvmsg b size=3 ret=-14 flags=0x0");
}

/* ------------------------------------------------------------------ states */

#define STATE(name, from, to)						\
	"state " name " oldstate=" from " newstate=" to

TOY_TEST(inspect_trace, state__of_server_and_client, VARIANTS_CONN)
{
	int child;

	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	toy_trace_name(&self->trace, 's', self->fd[0]);
	EXPECT_STORY(STATE("s", "NONE", "CLOSE") "; "
		     STATE("s", "CLOSE", "LISTEN"));
	self->fd[1] = toy_connected(variant->kind, &self->name);
	child = accept(self->fd[0], NULL, NULL);
	ASSERT_OK(child);
	toy_trace_name(&self->trace, 'c', self->fd[1]);
	toy_trace_name(&self->trace, 'k', child);
	EXPECT_STORY(STATE("c", "NONE", "CLOSE") "; "
		     STATE("k", "NONE", "CLOSE") "; "
		     STATE("k", "CLOSE", "ESTABLISHED") "; "
		     STATE("c", "CLOSE", "ESTABLISHED"));
	ASSERT_OK(shutdown(self->fd[1], SHUT_WR));
	EXPECT_STORY(STATE("c", "ESTABLISHED", "FIN_WAIT2") "; "
		     STATE("k", "ESTABLISHED", "CLOSE_WAIT"));
	close(child);
	EXPECT_STORY(STATE("k", "CLOSE_WAIT", "NONE") "; "
		     STATE("c", "FIN_WAIT2", "CLOSE"));
	close(self->fd[1]);
	EXPECT_STORY(STATE("c", "CLOSE", "NONE"));
	close(self->fd[0]);
	EXPECT_STORY(STATE("s", "LISTEN", "CLOSE") "; "
		     STATE("s", "CLOSE", "NONE"));
}

TOY_TEST(inspect_trace, state__of_a_call_that_waits, VARIANTS_CONN)
{
	self->fd[0] = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	self->fd[1] = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_opt_timeo(self->fd[1], SO_SNDTIMEO, 20));
	toy_trace_name(&self->trace, 'c', self->fd[1]);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	EXPECT_ERR(EAGAIN, toy_connect(self->fd[1], &self->name));
	/* The child that was made for it has come to nothing. */
	EXPECT_STORY(STATE("c", "CLOSE", "SYN_SENT") "; "
		     STATE("c", "SYN_SENT", "CLOSE"));
}

TOY_TEST(inspect_trace, state__of_a_datagram_socket, VARIANTS_DGRAM)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	self->fd[0] = toy_bound(variant->kind, &self->name);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	self->fd[1] = toy_connected(variant->kind, &self->name);
	toy_trace_name(&self->trace, 'c', self->fd[1]);
	EXPECT_STORY(STATE("c", "NONE", "CLOSE") "; "
		     STATE("c", "CLOSE", "ESTABLISHED"));
	ASSERT_OK(connect(self->fd[1], &none, sizeof(none)));
	EXPECT_STORY(STATE("c", "ESTABLISHED", "CLOSE"));
	close(self->fd[1]);
	EXPECT_STORY(STATE("c", "CLOSE", "NONE"));
}

/* A reset, and the end of a connection that its owner left. */
TOY_TEST(inspect_trace, state__of_what_was_cut_short, VARIANTS_CONN)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	toy_trace_name(&self->trace, 'a', self->fd[0]);
	toy_trace_name(&self->trace, 'b', self->fd[1]);
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_state", true));
	ASSERT_OK(connect(self->fd[1], &none, sizeof(none)));
	EXPECT_STORY(STATE("b", "ESTABLISHED", "CLOSE") "; "
		     STATE("a", "ESTABLISHED", "CLOSE"));
}

/* ------------------------------------------------------------------- drops */

/* A counter of /proc/net/toy_stat, -1 where there is none. */
static long counter(const char *name)
{
	FILE *file = fopen("/proc/net/toy_stat", "r");
	long value, found = -1;
	char now[64];

	while (file && fscanf(file, "%63s %ld\n", now, &value) == 2)
		if (!strcmp(now, name))
			found = value;
	if (file)
		fclose(file);
	return found;
}

TOY_TEST(inspect_trace, drop__by_a_filter, VARIANTS_MSG)
{
	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_OK(filter_all(self->fd[1]));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	/* It got there, as far as the sender knows. */
	EXPECT_STORY("drop b len=3 reason=FILTER; xmit a len=3; "
		     "sendmsg a size=3 ret=3 flags=0x0");
	EXPECT_EQ(0, counter("ToyDroppedUnread"));
}

/* Who leaves a connection keeps its number, who closes has none any more. */
TEST_F(inspect_trace, drop__unread)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	bool stream = toy_kind_is_stream(variant->kind);
	const char *want;
	char buf[2];

	ASSERT_OK(traced_pair(&self->trace, variant->kind, self->fd));
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, false));
	ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	ASSERT_EQ(3, send(self->fd[0], "cde", 3, 0));
	ASSERT_EQ(1, send(self->fd[0], "f", 1, 0));
	ASSERT_EQ(2, recv(self->fd[1], buf, 2, 0));
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_drop", true));
	if (toy_kind_is_conn(variant->kind)) {
		ASSERT_OK(connect(self->fd[1], &none, sizeof(none)));
		want = stream ? "drop b len=4 reason=UNREAD" :
		       "drop b len=3 reason=UNREAD; drop b len=1 reason=UNREAD";
	} else {
		close(self->fd[1]);
		want = "drop - len=3 reason=UNREAD; drop - len=1 reason=UNREAD";
	}
	EXPECT_STORY(want);
	EXPECT_EQ(stream ? 1 : 2, counter("ToyDroppedUnread"));
	close(self->fd[0]);
	EXPECT_STORY("");
}

/* A call that nobody accepted, and what was sent with it. */
TOY_TEST(inspect_trace, drop__never_accepted, VARIANTS_CONN)
{
	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	self->fd[1] = toy_connected(variant->kind, &self->name);
	ASSERT_EQ(4, send(self->fd[1], "abcd", 4, 0));
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_drop", true));
	close(self->fd[0]);
	EXPECT_STORY("drop - len=4 reason=UNREAD");
	EXPECT_EQ(1, counter("ToyDroppedUnread"));
}

/* Nothing is dropped where all was read. */
TEST_F(inspect_trace, drop__none)
{
	char buf[3];

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_drop", true));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	ASSERT_EQ(3, recv(self->fd[1], buf, 3, 0));
	close(self->fd[0]);
	close(self->fd[1]);
	EXPECT_STORY("");
	EXPECT_EQ(0, counter("ToyDroppedUnread"));
}

TOY_TEST_MAIN

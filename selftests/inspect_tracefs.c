// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints by tracefs: what fields an event has, that a filter of any of
 * them works, and that what is not switched on writes nothing.
 */
#include <sched.h>
#include <sys/stat.h>

#include "toy_test.h"
#include "toy_trace.h"
#include "toyfs.h"

static const char *const events[] = TOY_TRACE_EVENTS;

/* Events between two looks. */
#define MANY	64

FIXTURE(inspect_tracefs)
{
	struct toy_trace trace;
	int fd[2];
};

FIXTURE_VARIANT(inspect_tracefs)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_tracefs, VARIANTS_TOY)

FIXTURE_SETUP(inspect_tracefs)
{
	toy_guard(60);
	ASSERT_OK(toyfs_sandbox(NULL));
	ASSERT_OK(toy_trace_open(&self->trace));
}

FIXTURE_TEARDOWN(inspect_tracefs)
{
	toy_trace_close(&self->trace);
}

/* What was traced last. */
static struct toy_traced seen[MANY];

static int taken(const struct toy_trace *trace)
{
	return toy_trace_take(trace, seen, MANY);
}

/* How many of those taken are of this event. */
static int count(int n, const char *event)
{
	int i, found = 0;

	for (i = 0; i < n; i++)
		found += !strcmp(seen[i].event, event);
	return found;
}

/* Sockets pass every tracepoint at least once. */
static int everything(struct toy_kind kind)
{
	int fd[2];
	char c;

	if (toy_pair(kind, fd) || recv(fd[1], &c, 1, MSG_DONTWAIT) != -1 ||
	    send(fd[0], "ab", 2, 0) != 2 || recv(fd[1], &c, 1, 0) != 1 ||
	    send(fd[1], "c", 1, 0) != 1)
		return -1;
	close(fd[0]);
	close(fd[1]);
	return 0;
}

/* ------------------------------------------------------------------ fields */

static const struct field {
	const char *event;
	const char *type;
	const char *name;
	int size;
	int is_signed;
} fields[] = {
	/* of all events */
	{ NULL, "const void *", "skaddr", sizeof(void *), 0 },
	{ NULL, "u32", "netns", 4, 0 },
	{ NULL, "u32", "id", 4, 0 },
	{ NULL, "u16", "type", 2, 0 },
	{ NULL, "u16", "sport", 2, 0 },
	{ NULL, "u16", "dport", 2, 0 },
	{ NULL, "u32", "snode", 4, 0 },
	{ NULL, "u32", "dnode", 4, 0 },
	/* of one */
	{ "toy_state", "int", "oldstate", 4, 1 },
	{ "toy_state", "int", "newstate", 4, 1 },
	{ "toy_sendmsg", "u64", "size", 8, 0 },
	{ "toy_sendmsg", "s64", "ret", 8, 1 },
	{ "toy_sendmsg", "u32", "flags", 4, 0 },
	{ "toy_recvmsg", "u64", "size", 8, 0 },
	{ "toy_recvmsg", "s64", "ret", 8, 1 },
	{ "toy_recvmsg", "u32", "flags", 4, 0 },
	{ "toy_xmit", "u32", "len", 4, 0 },
	{ "toy_rcv", "u32", "len", 4, 0 },
	{ "toy_drop", "u32", "len", 4, 0 },
	{ "toy_drop", "u32", "reason", 4, 0 },
};

static bool has_field(const char *format, const struct field *field)
{
	char head[64], tail[64];
	const char *p;

	snprintf(head, sizeof(head), "\tfield:%s %s;\toffset:", field->type,
		 field->name);
	snprintf(tail, sizeof(tail), ";\tsize:%d;\tsigned:%d;\n", field->size,
		 field->is_signed);
	p = strstr(format, head);
	if (!p)
		return false;
	p += strlen(head);
	p += strspn(p, "0123456789");
	return !strncmp(p, tail, strlen(tail));
}

/* An ABI: programs name them. */
TEST(format__has_the_fields)
{
	struct toy_trace trace;
	char format[4096], file[64];
	size_t event, i;

	ASSERT_OK(toy_trace_open(&trace));
	for (event = 0; event < ARRAY_SIZE(events); event++) {
		snprintf(file, sizeof(file), "events/toy/%s/format",
			 events[event]);
		EXPECT_LT(0, toy_trace_read(&trace, file, format,
					    sizeof(format)));
		for (i = 0; i < ARRAY_SIZE(fields); i++) {
			if (fields[i].event &&
			    strcmp(fields[i].event, events[event]))
				continue;
			EXPECT_TRUE(has_field(format, &fields[i])) {
				TH_LOG("%s: no field %s", events[event],
				       fields[i].name);
			}
		}
	}
	toy_trace_close(&trace);
}

static unsigned int netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

/* What every event says of a socket is what its own calls say. */
TEST_F(inspect_tracefs, text__is_of_the_socket)
{
	struct toy_name local, remote;
	char want[2][32];
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_name_of(self->fd[0], &local));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &remote));
	snprintf(want[0], sizeof(want[0]), "%u:%u", local.toy.stoy_node,
		 local.toy.stoy_port);
	snprintf(want[1], sizeof(want[1]), "%u:%u", remote.toy.stoy_node,
		 remote.toy.stoy_port);
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_EQ(3, taken(&self->trace));
	for (i = 0; i < 3; i++) {
		/* The first is the peer's toy_rcv. */
		EXPECT_STREQ(want[!i], seen[i].local);
		EXPECT_STREQ(want[!!i], seen[i].remote);
		EXPECT_EQ(toy_trace_number(self->fd[!i]), seen[i].id);
		EXPECT_STREQ(toyfs_type(variant->kind), seen[i].type);
		EXPECT_EQ(netns(), seen[i].netns);
	}
}

/* Wherever the caller is by then. */
TEST_F(inspect_tracefs, netns__is_of_the_socket)
{
	unsigned int here = netns();

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_NE(here, netns());
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_sendmsg", true));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_EQ(2, taken(&self->trace));
	EXPECT_EQ(here, seen[0].netns);
	EXPECT_EQ(netns(), seen[1].netns);
}

/* ------------------------------------------------------------------ enable */

TEST_F(inspect_tracefs, enable__none)
{
	ASSERT_OK(everything(variant->kind));
	EXPECT_EQ(0, taken(&self->trace));
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	ASSERT_OK(everything(variant->kind));
	EXPECT_LT(10, taken(&self->trace));
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, false));
	ASSERT_OK(everything(variant->kind));
	EXPECT_EQ(0, taken(&self->trace));
}

TEST_F(inspect_tracefs, enable__one)
{
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		ASSERT_OK(toy_trace_enable(&self->trace, events[i], true));
		ASSERT_OK(everything(variant->kind));
		n = taken(&self->trace);
		EXPECT_LT(0, n) {
			TH_LOG("no %s", events[i]);
		}
		EXPECT_EQ(n, count(n, events[i]));
		ASSERT_OK(toy_trace_enable(&self->trace, events[i], false));
	}
}

TEST_F(inspect_tracefs, enable__in_one_instance)
{
	struct toy_trace other;
	int n;

	ASSERT_OK(toy_trace_open(&other));
	ASSERT_OK(toy_trace_enable(&self->trace, "toy_drop", true));
	ASSERT_OK(toy_trace_enable(&other, "toy_recvmsg", true));
	ASSERT_OK(everything(variant->kind));
	n = taken(&self->trace);
	EXPECT_LT(0, n);
	EXPECT_EQ(n, count(n, "toy_drop"));
	n = toy_trace_take(&other, seen, MANY);
	EXPECT_EQ(2, n);
	EXPECT_EQ(n, count(n, "toy_recvmsg"));
	toy_trace_close(&other);
}

/* ----------------------------------------------------------------- filters */

/* A field that has this value, and one that has another. */
static int filtered(const struct toy_trace *trace, int sock,
		    const char *field, unsigned long value, bool same)
{
	char text[64];
	size_t i;

	snprintf(text, sizeof(text), "%s %s %lu", field, same ? "==" : "!=",
		 value);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (toy_trace_filter(trace, events[i], text))
			return -1;
	if (send(sock, "a", 1, 0) != 1)
		return -1;
	return taken(trace);
}

/* The three events of a send: two of the sender, one of its peer. */
TEST_F(inspect_tracefs, filter__by_every_common_field)
{
	struct toy_name local, remote;
	struct {
		const char *name;
		unsigned long value;
		int same;
	} field[] = {
		{ "netns", netns(), 3 }, { "type", variant->kind.type, 3 },
		{ "snode", 1, 3 }, { "dnode", 1, 3 }, { "skaddr", 0, 0 },
		{ "id", 0, 2 }, { "sport", 0, 2 }, { "dport", 0, 2 },
	};
	size_t i;
	int n;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_name_of(self->fd[0], &local));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &remote));
	field[5].value = toy_trace_number(self->fd[0]);
	field[6].value = local.toy.stoy_port;
	field[7].value = remote.toy.stoy_port;
	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	for (i = 0; i < ARRAY_SIZE(field); i++) {
		n = filtered(&self->trace, self->fd[0], field[i].name,
			     field[i].value, true);
		EXPECT_EQ(field[i].same, n) {
			TH_LOG("%s == %lu", field[i].name, field[i].value);
		}
		n = filtered(&self->trace, self->fd[0], field[i].name,
			     field[i].value, false);
		EXPECT_EQ(3 - field[i].same, n) {
			TH_LOG("%s != %lu", field[i].name, field[i].value);
		}
	}
}

/* Lets through the events whose text has this, and they are some at least. */
static const struct {
	const char *event;
	const char *filter;
	const char *text;
} own[] = {
	{ "toy_state", "newstate == 0", "newstate=NONE" },
	{ "toy_state", "oldstate == 7 && newstate == 1",
	  "oldstate=CLOSE newstate=ESTABLISHED" },
	{ "toy_sendmsg", "size == 2", "size=2 " },
	{ "toy_sendmsg", "ret == 1 && flags == 0", "ret=1 flags=0x0" },
	{ "toy_recvmsg", "ret < 0", "ret=-" },
	{ "toy_recvmsg", "flags & 0x40", "flags=0x40" },
	{ "toy_xmit", "len == 1", "len=1" },
	{ "toy_rcv", "len > 1", "len=2" },
	{ "toy_drop", "len == 1", "len=1 " },
	{ "toy_drop", "reason == 1", "reason=UNREAD" },
};

static int count_text(int n, const char *text)
{
	int i, found = 0;

	for (i = 0; i < n; i++)
		found += !!strstr(seen[i].rest, text);
	return found;
}

TEST_F(inspect_tracefs, filter__by_own_fields)
{
	int n, want;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		ASSERT_OK(toy_trace_enable(&self->trace, own[i].event, true));
		ASSERT_OK(everything(variant->kind));
		n = taken(&self->trace);
		want = count_text(n, own[i].text);
		EXPECT_LT(0, want);
		ASSERT_OK(toy_trace_filter(&self->trace, own[i].event,
					   own[i].filter));
		ASSERT_OK(everything(variant->kind));
		n = taken(&self->trace);
		EXPECT_EQ(want, n) {
			TH_LOG("%s: %s", own[i].event, own[i].filter);
		}
		EXPECT_EQ(want, count_text(n, own[i].text));
		ASSERT_OK(toy_trace_filter(&self->trace, own[i].event, "0"));
		ASSERT_OK(toy_trace_enable(&self->trace, own[i].event, false));
	}
}

/* Of one event it is none of another's. */
TEST_F(inspect_tracefs, filter__of_one_event)
{
	int n;

	ASSERT_OK(toy_trace_enable(&self->trace, NULL, true));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	taken(&self->trace);
	ASSERT_OK(toy_trace_filter(&self->trace, "toy_sendmsg", "size == 3"));
	ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	n = taken(&self->trace);
	EXPECT_EQ(2, n);
	EXPECT_EQ(0, count(n, "toy_sendmsg"));
	ASSERT_EQ(3, send(self->fd[0], "abc", 3, 0));
	EXPECT_EQ(3, taken(&self->trace));
	ASSERT_OK(toy_trace_filter(&self->trace, "toy_sendmsg", "0"));
	ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	EXPECT_EQ(3, taken(&self->trace));
}

TEST(filter__that_is_none)
{
	static const char *const bad[] = {
		"nosuch == 1", "size == 1", "len == many",
	};
	struct toy_trace trace;
	char text[256];
	size_t i;

	ASSERT_OK(toy_trace_open(&trace));
	ASSERT_OK(toy_trace_filter(&trace, "toy_xmit", "len == 7"));
	ASSERT_LT(0, toy_trace_read(&trace, "events/toy/toy_xmit/filter", text,
				    sizeof(text)));
	EXPECT_STREQ("len == 7\n", text);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toy_trace_filter(&trace, "toy_xmit",
						    bad[i])) {
			TH_LOG("filter %s", bad[i]);
		}
	ASSERT_OK(toy_trace_filter(&trace, "toy_xmit", "0"));
	ASSERT_LT(0, toy_trace_read(&trace, "events/toy/toy_xmit/filter", text,
				    sizeof(text)));
	EXPECT_STREQ("none\n", text);
	toy_trace_close(&trace);
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: messages through data. What becomes of the tail of a message, of empty
 * messages, and addresses in the text.
 */
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_message)
{
	struct toyfs_end end;	/* its peer is sock, made by socket(2) */
	int sock;
	int data;		/* of end */
	int plain;		/* another descriptor of end's socket */
};

FIXTURE_VARIANT(toyfs_message)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_message, VARIANTS_MSG & VARIANTS_TOY)

FIXTURE_SETUP(toyfs_message)
{
	toy_guard(20);
	ASSERT_OK(toyfs_mixed(variant->kind, &self->sock, &self->end));
	self->data = self->end.data;
	self->plain = toyfs_getsock(self->end.ctl, O_CLOEXEC);
	ASSERT_OK(self->plain);
	ASSERT_OK(toy_nonblock(self->data, true));
}

FIXTURE_TEARDOWN(toyfs_message)
{
}

static char out[100000], in[100000];

/* One read gives exactly this. */
static void expect_read(struct __test_metadata *_metadata, int fd,
			const char *text)
{
	memset(in, 0, 512);
	EXPECT_EQ((ssize_t)strlen(text), read(fd, in, sizeof(in)));
	EXPECT_STREQ(text, in);
}

static long skipped(const struct toyfs_end *end)
{
	return atol(toyfs_status(end->kind, end->n, "skipped"));
}

/* --------------------------------------------------------------- boundaries */

TEST_F(toyfs_message, read__one_message_each)
{
	ASSERT_EQ(3, send(self->sock, "abc", 3, 0));
	ASSERT_EQ(2, send(self->sock, "de", 2, 0));
	expect_read(_metadata, self->data, "abc");
	expect_read(_metadata, self->data, "de");
	EXPECT_ERR(EAGAIN, read(self->data, in, 10));
}

TEST_F(toyfs_message, write__one_message_each)
{
	ASSERT_EQ(3, write(self->data, "abc", 3));
	ASSERT_EQ(2, write(self->data, "de", 2));
	EXPECT_EQ(3, recv(self->sock, in, 100, 0));
	EXPECT_EQ(2, recv(self->sock, in, 100, 0));
}

TEST_F(toyfs_message, write__too_long_emsgsize)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set sndbuf 5000"));
	EXPECT_ERR(EMSGSIZE, write(self->data, out, 50000));
	EXPECT_ERR(EAGAIN, recv(self->sock, in, 1, MSG_DONTWAIT));
	EXPECT_EQ(3, write(self->data, "abc", 3));
}

TEST_F(toyfs_message, read__a_large_one)
{
	size_t done;
	ssize_t n;

	toy_fill(out, 60000, 5);
	ASSERT_EQ(60000, send(self->sock, out, 60000, 0));
	EXPECT_EQ(60000, toy_ioctl_int(self->data, FIONREAD));
	for (done = 0; done < 60000; done += n) {
		n = read(self->data, in + done, 999);
		ASSERT_LT(0, n);
		ASSERT_EQ(60000 - done - n,
			  toy_ioctl_int(self->data, FIONREAD));
	}
	EXPECT_EQ(-1, toy_check(in, 60000, 5));
}

/* -------------------------------------------------------------------- short */

TEST_F(toyfs_message, keep__the_tail_is_read_next)
{
	ASSERT_EQ(6, send(self->sock, "abcdef", 6, 0));
	ASSERT_EQ(2, send(self->sock, "gh", 2, 0));
	EXPECT_EQ(2, read(self->data, in, 2));
	EXPECT_EQ(0, memcmp(in, "ab", 2));
	EXPECT_EQ(4, toy_ioctl_int(self->data, FIONREAD));
	/* Never joined with the next message. */
	expect_read(_metadata, self->data, "cdef");
	expect_read(_metadata, self->data, "gh");
}

/* A shell reads a line byte by byte. */
TEST_F(toyfs_message, keep__byte_by_byte)
{
	static const char text[] = "a line\n";
	size_t i;

	ASSERT_EQ(7, send(self->sock, text, 7, 0));
	ASSERT_EQ(7, send(self->sock, text, 7, 0));
	for (i = 0; i < 14; i++) {
		ASSERT_EQ(1, read(self->data, in, 1));
		ASSERT_EQ(text[i % 7], in[0]);
	}
	EXPECT_ERR(EAGAIN, read(self->data, in, 1));
}

/* The tail is at the head of the queue, for recv(2) too. */
TEST_F(toyfs_message, keep__the_tail_is_a_shorter_message)
{
	ASSERT_EQ(6, send(self->sock, "abcdef", 6, 0));
	EXPECT_EQ(2, read(self->data, in, 2));
	EXPECT_EQ(4, recv(self->plain, in, 1, MSG_PEEK | MSG_TRUNC));
	EXPECT_EQ('c', in[0]);
	EXPECT_EQ(1, read(self->data, in, 1));
	EXPECT_EQ(3, recv(self->plain, in, 10, 0));
	EXPECT_EQ(0, memcmp(in, "def", 3));
	EXPECT_ERR(EAGAIN, read(self->data, in, 1));
}

/* The sender has its room back once all is read, and not for ever less. */
TEST_F(toyfs_message, keep__accounts_for_what_is_read)
{
	int i, n;

	for (i = 0; i < 300; i++) {
		ASSERT_EQ(5000, send(self->sock, out, 5000, MSG_DONTWAIT));
		for (n = 0; n < 5000; n += 1250)
			ASSERT_EQ(1250, read(self->data, in, 1250));
	}
	EXPECT_EQ(0, toy_ioctl_int(self->sock, TIOCOUTQ));
	EXPECT_EQ(0, toy_ioctl_int(self->data, FIONREAD));
	EXPECT_STREQ("0", toyfs_status(variant->kind, self->end.n, "rq"));
}

TEST_F(toyfs_message, discard__is_recv)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "short discard"));
	ASSERT_EQ(6, send(self->sock, "abcdef", 6, 0));
	ASSERT_EQ(2, send(self->sock, "gh", 2, 0));
	EXPECT_EQ(2, read(self->data, in, 2));
	expect_read(_metadata, self->data, "gh");
	ASSERT_OK(toyfs_ctl(self->end.ctl, "short keep"));
	ASSERT_EQ(3, send(self->sock, "abc", 3, 0));
	EXPECT_EQ(2, read(self->data, in, 2));
	expect_read(_metadata, self->data, "c");
}

TEST_F(toyfs_message, readv__fills_one_buffer_after_the_other)
{
	struct iovec iov[] = { { in, 2 }, { in + 100, 2 } };

	ASSERT_EQ(5, send(self->sock, "abcde", 5, 0));
	EXPECT_EQ(4, readv(self->data, iov, 2));
	EXPECT_EQ(0, memcmp(in, "ab", 2));
	EXPECT_EQ(0, memcmp(in + 100, "cd", 2));
	expect_read(_metadata, self->data, "e");
}

/* -------------------------------------------------------------------- empty */

TEST_F(toyfs_message, empty__are_skipped_and_counted)
{
	EXPECT_EQ(0, skipped(&self->end));
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	ASSERT_EQ(3, send(self->sock, "abc", 3, 0));
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	expect_read(_metadata, self->data, "abc");
	EXPECT_ERR(EAGAIN, read(self->data, in, 10));
	EXPECT_EQ(3, skipped(&self->end));
	EXPECT_EQ(0, toy_poll(self->data, POLLIN, 0));
}

static long read_ten(void *arg)
{
	return read(*(int *)arg, in, 10);
}

/* Nothing but an empty one: whoever waits goes on waiting. */
TEST_F(toyfs_message, empty__do_not_end_a_read)
{
	struct toy_thread thread;

	ASSERT_OK(toy_nonblock(self->data, false));
	ASSERT_OK(toy_thread_start(&thread, read_ten, &self->data));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_EQ(2, send(self->sock, "ab", 2, 0));
	EXPECT_EQ(2, toy_thread_join(&thread));
}

/* recv(2) sees them, as ever. */
TEST_F(toyfs_message, empty__are_messages_to_recv)
{
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	ASSERT_EQ(1, send(self->sock, "x", 1, 0));
	EXPECT_EQ(0, recv(self->plain, in, 10, MSG_DONTWAIT));
	EXPECT_EQ(1, recv(self->plain, in, 10, MSG_DONTWAIT));
	EXPECT_EQ(0, skipped(&self->end));
}

TOY_TEST(toyfs_message, empty__before_the_end_of_file, VARIANT_TOY_SEQPACKET)
{
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	toy_close(&self->sock);
	EXPECT_EQ(0, read(self->data, in, 10));
	EXPECT_EQ(0, read(self->data, in, 10));
	EXPECT_EQ(1, skipped(&self->end));
}

/* ------------------------------------------------------------------ headers */

/* The address of a socket as toyfs writes it. */
static char *address_of(int sock, char *text)
{
	struct toy_name name;

	toy_name_of(sock, &name);
	sprintf(text, "%u:%u", name.toy.stoy_node ?: 1, name.toy.stoy_port);
	return text;
}

TEST_F(toyfs_message, headers__name_the_sender)
{
	char from[64], want[128];

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	address_of(self->sock, from);
	ASSERT_EQ(5, send(self->sock, "hello", 5, 0));
	ASSERT_EQ(6, send(self->sock, "world\n", 6, 0));
	/* A line each: the newline is there in any case, and once. */
	snprintf(want, sizeof(want), "%s hello\n", from);
	expect_read(_metadata, self->data, want);
	snprintf(want, sizeof(want), "%s world\n", from);
	expect_read(_metadata, self->data, want);
	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers off"));
	ASSERT_EQ(5, send(self->sock, "plain", 5, 0));
	expect_read(_metadata, self->data, "plain");
}

TEST_F(toyfs_message, headers__byte_by_byte)
{
	char from[64], want[128];
	size_t i;
	int k;

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	snprintf(want, sizeof(want), "%s hi\n", address_of(self->sock, from));
	for (k = 0; k < 2; k++)
		ASSERT_EQ(2, send(self->sock, "hi", 2, 0));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < strlen(want); i++) {
			/* Also of the newline that is in no message. */
			ASSERT_EQ(POLLIN, toy_poll(self->data, POLLIN, 0));
			ASSERT_EQ(1, read(self->data, in, 1));
			ASSERT_EQ(want[i], in[0]);
		}
	}
	EXPECT_ERR(EAGAIN, read(self->data, in, 1));
	EXPECT_EQ(0, toy_poll(self->data, POLLIN, 0));
}

TEST_F(toyfs_message, headers__with_discard)
{
	char from[64], want[128];

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on\nshort discard"));
	snprintf(want, sizeof(want), "%s two\n", address_of(self->sock, from));
	ASSERT_EQ(3, send(self->sock, "one", 3, 0));
	ASSERT_EQ(3, send(self->sock, "two", 3, 0));
	EXPECT_EQ(2, read(self->data, in, 2));
	expect_read(_metadata, self->data, want);
}

TEST_F(toyfs_message, headers__empty_are_skipped_too)
{
	char from[64], want[128];

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	snprintf(want, sizeof(want), "%s x\n", address_of(self->sock, from));
	ASSERT_EQ(0, send(self->sock, "", 0, 0));
	ASSERT_EQ(1, send(self->sock, "x", 1, 0));
	expect_read(_metadata, self->data, want);
	EXPECT_EQ(1, skipped(&self->end));
}

TEST_F(toyfs_message, headers__of_what_is_written)
{
	char to[64], text[128];
	int len;

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	address_of(self->sock, to);
	len = snprintf(text, sizeof(text), "%s hello there\n", to);
	ASSERT_EQ(len, write(self->data, text, len));
	/* The payload as it is. */
	EXPECT_EQ(12, recv(self->sock, in, 100, 0));
	EXPECT_EQ(0, memcmp(in, "hello there\n", 12));
	len = snprintf(text, sizeof(text), "%s  x", to);
	ASSERT_EQ(len, write(self->data, text, len));
	EXPECT_EQ(2, recv(self->sock, in, 100, 0));
	EXPECT_EQ(0, memcmp(in, " x", 2));
}

TEST_F(toyfs_message, headers__written_badly_einval)
{
	static const char * const bad[] = {
		"hello", "hello there", "1:x y", "1 x", ":80 x", "1: x",
		"1:65536 x", "4294967296:80 x", " x", "\n",
	};
	size_t i;

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, write(self->data, bad[i],
					 strlen(bad[i]))) {
			TH_LOG("'%s'", bad[i]);
		}
	memset(out, '1', 5000);
	EXPECT_ERR(EINVAL, write(self->data, out, 5000));
	EXPECT_ERR(EAGAIN, recv(self->sock, in, 10, MSG_DONTWAIT));
}

TOY_TEST(toyfs_message, headers__to_another_eisconn, VARIANT_TOY_SEQPACKET)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	EXPECT_ERR(EISCONN, write(self->data, "1:9 x", 5));
	EXPECT_ERR(EISCONN, write(self->data, "4711:9 x", 8));
	EXPECT_ERR(EAGAIN, recv(self->sock, in, 10, MSG_DONTWAIT));
}

/* What a shell's echo server does: one socket, many peers. */
TOY_TEST(toyfs_message, headers__serve_many_peers, VARIANT_TOY_DGRAM)
{
	struct toyfs_end server;
	struct toy_name name;
	unsigned int port;
	int peer[3], i;
	ssize_t len;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_data(&server, O_RDWR));
	ASSERT_OK(toyfs_ctl(server.ctl, "headers on"));
	name = toy_name_toy(TOY_NODE_LOOPBACK, port);
	for (i = 0; i < 3; i++) {
		peer[i] = toy_socket(variant->kind, 0);
		snprintf(out, 10, "hi %d\n", i);
		ASSERT_EQ(5, toy_sendto(peer[i], out, 5, 0, &name));
	}
	for (i = 0; i < 3; i++) {
		len = read(server.data, in, sizeof(in));
		ASSERT_LT(5, len);
		ASSERT_EQ(len, write(server.data, in, len));
	}
	for (i = 0; i < 3; i++) {
		snprintf(out, 10, "hi %d\n", i);
		EXPECT_EQ(5, toy_recv(peer[i], in, 10, 0, 2000));
		EXPECT_EQ(0, memcmp(in, out, 5));
	}
}

TOY_TEST(toyfs_message, headers__to_nobody_econnrefused, VARIANT_TOY_DGRAM)
{
	char text[64];
	int len;

	ASSERT_OK(toyfs_ctl(self->end.ctl, "headers on"));
	len = sprintf(text, "1:%u x", toyfs_port(variant->kind));
	EXPECT_ERR(ECONNREFUSED, write(self->data, text, len));
	EXPECT_ERR(ENETUNREACH, write(self->data, "4711:80 x", 9));
}

TOY_TEST_MAIN

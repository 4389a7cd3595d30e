// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: the commands of ctl that end something, shutdown and hangup, and what is
 * said of messages, headers and short.
 */
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_end)
{
	struct toyfs_end end[2];	/* a pair */
	struct toyfs_end idle;
};

FIXTURE_VARIANT(toyfs_end)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_end, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_end)
{
	toy_guard(20);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toyfs_pair(variant->kind, self->end));
	ASSERT_OK(toyfs_new(variant->kind, &self->idle));
}

FIXTURE_TEARDOWN(toyfs_end)
{
}

static bool state_is(const struct toyfs_end *end, const char *state)
{
	return !strcmp(state, toyfs_status(end->kind, end->n, "state"));
}

/* ---------------------------------------------------------------- shutdown */

TEST_F(toyfs_end, shutdown__enotconn_where_there_is_no_connection)
{
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->idle.ctl, "shutdown rd"));
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->idle.ctl, "shutdown wr"));
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->idle.ctl, "shutdown rdwr"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->idle.ctl, "shutdown"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end[0].ctl, "shutdown x"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end[0].ctl, "shutdown rd wr"));
	EXPECT_EQ(1, write(self->end[0].data, "x", 1));
}

TOY_TEST(toyfs_end, shutdown__wr_is_the_peers_end_of_file, VARIANTS_CONN)
{
	char buf[8];

	ASSERT_EQ(3, write(self->end[0].data, "abc", 3));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "shutdown wr"));
	EXPECT_ERR(EPIPE, write(self->end[0].data, "x", 1));
	EXPECT_TRUE(state_is(&self->end[0], "fin_wait2"));
	EXPECT_TRUE(state_is(&self->end[1], "close_wait"));
	EXPECT_EQ(3, read(self->end[1].data, buf, sizeof(buf)));
	EXPECT_EQ(0, read(self->end[1].data, buf, sizeof(buf)));
	/* The other direction goes on. */
	EXPECT_EQ(4, write(self->end[1].data, "back", 4));
	EXPECT_EQ(4, read(self->end[0].data, buf, sizeof(buf)));
	EXPECT_OK(toyfs_ctl(self->end[1].ctl, "shutdown wr"));
	EXPECT_EQ(0, read(self->end[0].data, buf, sizeof(buf)));
}

TEST_F(toyfs_end, shutdown__rd_refuses_what_comes)
{
	char buf[8];

	ASSERT_EQ(3, write(self->end[0].data, "old", 3));
	ASSERT_OK(toyfs_ctl(self->end[1].ctl, "shutdown rd"));
	EXPECT_ERR(EPIPE, write(self->end[0].data, "new", 3));
	EXPECT_EQ(3, read(self->end[1].data, buf, sizeof(buf)));
	EXPECT_EQ(0, read(self->end[1].data, buf, sizeof(buf)));
	EXPECT_EQ(4, write(self->end[1].data, "back", 4));
}

TEST_F(toyfs_end, shutdown__rdwr_ends_both)
{
	char buf[8];

	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "shutdown rdwr"));
	EXPECT_EQ(0, read(self->end[0].data, buf, sizeof(buf)));
	EXPECT_ERR(EPIPE, write(self->end[0].data, "x", 1));
	EXPECT_ERR(EPIPE, write(self->end[1].data, "x", 1));
}

/* ------------------------------------------------------------------ hangup */

TEST_F(toyfs_end, hangup__succeeds_in_every_state)
{
	struct toyfs_end server, orphan;
	unsigned int port;
	int i;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &orphan, port));
	for (i = 0; i < 3; i++) {
		EXPECT_OK(toyfs_ctl(self->idle.ctl, "hangup"));
		EXPECT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
		EXPECT_OK(toyfs_ctl(self->end[1].ctl, "hangup"));
		EXPECT_OK(toyfs_ctl(server.ctl, "hangup\nhangup"));
		EXPECT_OK(toyfs_ctl(orphan.ctl, "hangup"));
	}
	EXPECT_ERR(EINVAL, toyfs_ctl(self->idle.ctl, "hangup now"));
}

TEST_F(toyfs_end, hangup__ends_both_directions)
{
	char buf[8];

	ASSERT_EQ(3, write(self->end[0].data, "abc", 3));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
	EXPECT_ERR(EPIPE, write(self->end[0].data, "x", 1));
	EXPECT_EQ(0, read(self->end[0].data, buf, sizeof(buf)));
	EXPECT_EQ(-1, write(self->end[1].data, "x", 1));
	EXPECT_TRUE(errno == EPIPE || errno == ECONNREFUSED);
	if (toy_kind_is_conn(variant->kind)) {
		/* What was sent before is there. */
		EXPECT_EQ(3, read(self->end[1].data, buf, sizeof(buf)));
		EXPECT_EQ(0, read(self->end[1].data, buf, sizeof(buf)));
	}
}

/* A number stays that socket's while somebody has it open. */
TEST_F(toyfs_end, hangup__frees_nothing)
{
	const int n = self->end[0].n;
	char before[64], after[64];
	int sock;

	snprintf(before, sizeof(before), "%s",
		 toyfs_status(variant->kind, n, "inode"));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
	snprintf(after, sizeof(after), "%s",
		 toyfs_status(variant->kind, n, "inode"));
	EXPECT_STREQ(before, after);
	EXPECT_FALSE(state_is(&self->end[0], "closed"));
	EXPECT_EQ(n, toyfs_number(self->end[0].ctl));
	sock = toyfs_getsock(self->end[0].ctl, 0);
	EXPECT_OK(sock);
	EXPECT_EQ(variant->kind.type, toy_opt_get(sock, SOL_SOCKET, SO_TYPE));
	EXPECT_OK(toyfs_open(variant->kind, n, "data", O_RDWR));
	EXPECT_OK(toyfs_open(variant->kind, n, "ctl", O_RDWR));
}

TOY_TEST(toyfs_end, hangup__of_a_listener_stops_it, VARIANTS_CONN)
{
	struct toyfs_end server, client, late;
	unsigned int port;
	char buf[1];

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	ASSERT_OK(toyfs_data(&client, O_RDWR));
	ASSERT_OK(toyfs_ctl(server.ctl, "hangup"));
	/* The call that was not accepted is reset, the next refused. */
	EXPECT_ERR(ECONNRESET, read(client.data, buf, 1));
	EXPECT_ERR(ECONNREFUSED, toyfs_client(variant->kind, &late, port));
	EXPECT_ERR(EINVAL, toyfs_accept(&server, &late));
	EXPECT_FALSE(state_is(&server, "listen"));
}

struct call {
	int fd;
	char buf[8];
};

static long read_one(void *arg)
{
	struct call *call = arg;

	return read(call->fd, call->buf, sizeof(call->buf));
}

TEST_F(toyfs_end, hangup__wakes_who_reads)
{
	struct call own = { .fd = self->end[0].data };
	struct toy_thread thread;

	ASSERT_OK(toy_thread_start(&thread, read_one, &own));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_ctl(self->end[0].ctl, "hangup"));
	EXPECT_EQ(0, toy_thread_join(&thread));
}

TOY_TEST(toyfs_end, hangup__wakes_who_accepts, VARIANTS_CONN)
{
	struct toyfs_end server;
	struct toy_thread thread;
	unsigned int port;
	struct call call;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	call.fd = toyfs_open(variant->kind, server.n, "listen", O_RDWR);
	ASSERT_OK(call.fd);
	ASSERT_OK(toy_thread_start(&thread, read_one, &call));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_ctl(server.ctl, "hangup"));
	EXPECT_ERR(EINVAL, toy_thread_join(&thread));
}

/* A server of datagrams has no connection, and is ended all the same. */
TOY_TEST(toyfs_end, hangup__of_a_bound_socket, VARIANT_TOY_DGRAM)
{
	struct toyfs_end server, client;
	struct toy_thread thread;
	unsigned int port;
	struct call call;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_data(&server, O_RDWR));
	call.fd = server.data;
	ASSERT_OK(toy_thread_start(&thread, read_one, &call));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(toyfs_ctl(server.ctl, "hangup"));
	EXPECT_EQ(0, toy_thread_join(&thread));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	ASSERT_OK(toyfs_data(&client, O_RDWR));
	EXPECT_EQ(-1, write(client.data, "x", 1));
	EXPECT_EQ(0, read(server.data, call.buf, 1));
}

/* ---------------------------------------------------------- headers, short */

TOY_TEST(toyfs_end, headers_short__not_for_streams, VARIANT_TOY_STREAM)
{
	static const char * const commands[] = {
		"headers on", "headers off", "short keep", "short discard",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		EXPECT_ERR(EOPNOTSUPP, toyfs_ctl(self->end[0].ctl, "%s",
						 commands[i]));
}

TOY_TEST(toyfs_end, headers_short__of_messages, VARIANTS_MSG)
{
	static const char * const bad[] = {
		"headers", "headers yes", "headers on on", "headers 1 1",
		"short", "short on", "short keep keep",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end[0].ctl, "%s", bad[i])) {
			TH_LOG("'%s'", bad[i]);
		}
	EXPECT_OK(toyfs_ctl(self->end[0].ctl,
			    "headers on\nshort discard\nshort keep\nheaders off"));
	/* In any state. */
	EXPECT_OK(toyfs_ctl(self->idle.ctl, "headers on\nshort discard"));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: the commands of ctl, what they do and how they fail, in the order of the
 * list in the documentation. Their grammar is in toyfs_grammar.c, set in
 * toyfs_set.c.
 */
#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_ctl)
{
	struct toyfs_end server;	/* listening; a datagram's is bound */
	struct toyfs_end end;		/* new */
	unsigned int port;		/* of server */
	int sock;			/* the descriptor of end's socket */
};

FIXTURE_VARIANT(toyfs_ctl)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_ctl, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_ctl)
{
	toy_guard(20);
	ASSERT_OK(toyfs_server(variant->kind, &self->server, &self->port));
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
	self->sock = toyfs_getsock(self->end.ctl, O_CLOEXEC);
	ASSERT_OK(self->sock);
}

FIXTURE_TEARDOWN(toyfs_ctl)
{
}

/* A failure is in err as well, and that is what TOY_LAST_ERROR says. */
static void expect_err_file(struct __test_metadata *_metadata,
			    const struct toyfs_end *end, int err,
			    const char *words)
{
	char text[256], begins[128], option[256] = "";
	socklen_t len = sizeof(option);
	int sock = toyfs_getsock(end->ctl, O_CLOEXEC);

	ASSERT_OK(sock);
	snprintf(begins, sizeof(begins), "%d %s %s", err, toy_errno_name(err),
		 words);
	ASSERT_LT(0, toyfs_cat(end->kind, end->n, "err", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, begins, strlen(begins))) {
		TH_LOG("err is '%s', not '%s'", text, begins);
	}
	ASSERT_OK(getsockopt(sock, SOL_TOY, TOY_LAST_ERROR, option, &len));
	strcat(option, "\n");
	EXPECT_STREQ(option, text);
	close(sock);
}

/* The line of a file is this, and a newline. */
static void expect_line(struct __test_metadata *_metadata,
			const struct toyfs_end *end, const char *file,
			const char *format, unsigned int value)
{
	char text[256], want[256];

	snprintf(want, sizeof(want), format, value);
	strcat(want, "\n");
	ASSERT_LT(0, toyfs_cat(end->kind, end->n, file, text, sizeof(text)));
	EXPECT_STREQ(want, text);
}

/* The port that getsockname(2) shows. */
static int port_of(int sock)
{
	struct toy_name name;

	return toy_name_of(sock, &name) ? -1 : name.toy.stoy_port;
}

/* -------------------------------------------------------------------- bind */

TEST_F(toyfs_ctl, bind__all_spellings)
{
	static const char * const formats[] = {
		"*:%u", "*!%u", "1:%u", "1!%u", "0:%u",
	};
	unsigned int i, port;
	struct toyfs_end end;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		char address[32];

		port = toyfs_port(variant->kind);
		snprintf(address, sizeof(address), formats[i], port);
		ASSERT_OK(toyfs_new(variant->kind, &end));
		EXPECT_OK(toyfs_ctl(end.ctl, "bind %s", address)) {
			TH_LOG("bind %s", address);
		}
		expect_line(_metadata, &end, "local",
			    address[0] == '1' ? "1:%u" : "*:%u", port);
		toyfs_close(&end);
	}
}

TEST_F(toyfs_ctl, bind__chooses_a_port)
{
	EXPECT_EQ(0, port_of(self->sock));
	expect_line(_metadata, &self->end, "local", "*:*", 0);
	expect_line(_metadata, &self->end, "remote", "*:*", 0);
	ASSERT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	ASSERT_LT(1023, port_of(self->sock));
	expect_line(_metadata, &self->end, "local", "*:%u",
		    port_of(self->sock));
}

TEST_F(toyfs_ctl, bind__errors)
{
	char words[64];

	EXPECT_ERR(EADDRINUSE, toyfs_ctl(self->end.ctl, "bind *:%u",
					 self->port));
	snprintf(words, sizeof(words), "bind *:%u: ", self->port);
	expect_err_file(_metadata, &self->end, EADDRINUSE, words);
	EXPECT_ERR(EADDRNOTAVAIL, toyfs_ctl(self->end.ctl, "bind 12345:80"));
	expect_err_file(_metadata, &self->end, EADDRNOTAVAIL, "bind 12345:80");
	/* None of them has bound it. */
	EXPECT_EQ(0, port_of(self->sock));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "bind *:*"));
	expect_err_file(_metadata, &self->end, EINVAL, "bind");
}

/* ------------------------------------------------------- listen, announce */

TOY_TEST(toyfs_ctl, listen__unbound_einval, VARIANTS_CONN)
{
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "listen"));
	expect_err_file(_metadata, &self->end, EINVAL, "listen");
	ASSERT_OK(toyfs_ctl(self->end.ctl, "bind *:*"));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "listen"));
	EXPECT_EQ(1, toy_opt_get(self->sock, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_STREQ("listen", toyfs_status(variant->kind, self->end.n,
					    "state"));
}

TOY_TEST(toyfs_ctl, listen__bounds_the_backlog, VARIANTS_CONN)
{
	struct toyfs_end end;
	char most[32] = "";
	FILE *file;
	int i;

	file = fopen("/proc/sys/net/core/somaxconn", "r");
	ASSERT_NE(NULL, file);
	strcpy(most, "0/");
	ASSERT_EQ(1, fscanf(file, "%20s", most + 2));
	fclose(file);
	EXPECT_STREQ(most, toyfs_status(variant->kind, self->server.n,
					"backlog"));
	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 1000000"));
	EXPECT_STREQ(most, toyfs_status(variant->kind, self->server.n,
					"backlog"));
	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 1"));
	EXPECT_STREQ("0/1", toyfs_status(variant->kind, self->server.n,
					 "backlog"));
	for (i = 0; i < 2; i++)
		ASSERT_OK(toyfs_client(variant->kind, &end, self->port));
	EXPECT_STREQ("2/1", toyfs_status(variant->kind, self->server.n,
					 "backlog"));
	/* Full, as it is to connect(2): who does not wait is sent away. */
	ASSERT_OK(toy_nonblock(self->end.ctl, true));
	EXPECT_ERR(EAGAIN, toyfs_ctl(self->end.ctl, "connect 1:%u",
				     self->port));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, self->end.n,
					  "state"));
	ASSERT_OK(toyfs_accept(&self->server, &end));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
}

TOY_TEST(toyfs_ctl, listen__connected_eisconn, VARIANTS_CONN)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	EXPECT_ERR(EISCONN, toyfs_ctl(self->end.ctl, "listen"));
	expect_err_file(_metadata, &self->end, EISCONN, "");
	EXPECT_ERR(EISCONN, toyfs_ctl(self->end.ctl, "listen 5"));
}

TOY_TEST(toyfs_ctl, listen__dgram_eopnotsupp, VARIANT_TOY_DGRAM)
{
	EXPECT_ERR(EOPNOTSUPP, toyfs_ctl(self->server.ctl, "listen"));
	expect_err_file(_metadata, &self->server, EOPNOTSUPP, "");
	EXPECT_ERR(EOPNOTSUPP, toyfs_ctl(self->end.ctl, "announce *:%u",
					 toyfs_port(variant->kind)));
}

TOY_TEST(toyfs_ctl, announce__binds_and_listens, VARIANTS_CONN)
{
	unsigned int port = toyfs_port(variant->kind);
	struct toyfs_end end;

	ASSERT_OK(toyfs_ctl(self->end.ctl, "announce *:%u 3", port));
	EXPECT_STREQ("0/3", toyfs_status(variant->kind, self->end.n,
					 "backlog"));
	expect_line(_metadata, &self->end, "local", "*:%u", port);
	EXPECT_OK(toyfs_client(variant->kind, &end, port));
	EXPECT_ERR(EISCONN, toyfs_ctl(end.ctl, "announce *:*"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "announce *:*"));
}

TOY_TEST(toyfs_ctl, announce__failing_does_not_listen, VARIANTS_CONN)
{
	EXPECT_ERR(EADDRINUSE, toyfs_ctl(self->end.ctl, "announce *:%u",
					 self->port));
	EXPECT_ERR(EADDRNOTAVAIL, toyfs_ctl(self->end.ctl, "announce 777:%u",
					    self->port));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, self->end.n,
					  "state"));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "announce *:*"));
}

/* ----------------------------------------------------- connect, disconnect */

TOY_TEST(toyfs_ctl, connect__refused_leaves_it_idle, VARIANTS_CONN)
{
	unsigned int port = toyfs_port(variant->kind);
	char words[64];

	EXPECT_ERR(ECONNREFUSED, toyfs_ctl(self->end.ctl, "connect 1:%u",
					   port));
	snprintf(words, sizeof(words), "connect 1:%u: ", port);
	expect_err_file(_metadata, &self->end, ECONNREFUSED, words);
	EXPECT_STREQ("idle", toyfs_status(variant->kind, self->end.n,
					  "state"));
	EXPECT_ERR(ENETUNREACH, toyfs_ctl(self->end.ctl, "connect 4711:%u",
					  self->port));
	EXPECT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	EXPECT_STREQ("established", toyfs_status(variant->kind, self->end.n,
						 "state"));
}

TEST_F(toyfs_ctl, connect__names_both_ends)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect *:%u", self->port));
	expect_line(_metadata, &self->end, "remote", "1:%u", self->port);
	expect_line(_metadata, &self->end, "local", "1:%u",
		    port_of(self->sock));
}

TOY_TEST(toyfs_ctl, connect__again_eisconn, VARIANTS_CONN)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	EXPECT_ERR(EISCONN, toyfs_ctl(self->end.ctl, "connect 1:%u",
				      self->port));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->server.ctl, "connect 1:%u",
				     self->port));
}

TOY_TEST(toyfs_ctl, connect__again_is_another_peer, VARIANT_TOY_DGRAM)
{
	struct toyfs_end other;
	unsigned int port;

	ASSERT_OK(toyfs_server(variant->kind, &other, &port));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", port));
	expect_line(_metadata, &self->end, "remote", "1:%u", port);
}

struct command {
	int fd;
	unsigned int port;
};

static long connect_to(void *arg)
{
	const struct command *c = arg;

	return toyfs_ctl(c->fd, "connect 1:%u", c->port);
}

/* A connect that waits can be seen, and others of the socket do not wait. */
TOY_TEST(toyfs_ctl, connect__while_another_waits, VARIANTS_CONN)
{
	struct command c = { self->end.ctl, self->port };
	struct toy_thread thread;
	struct toyfs_end end;
	int ctl;

	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 0"));
	ASSERT_OK(toyfs_client(variant->kind, &end, self->port));
	ASSERT_OK(toy_thread_start(&thread, connect_to, &c));
	ASSERT_TRUE(toy_thread_sleeping(&thread));
	EXPECT_STREQ("syn_sent", toyfs_status(variant->kind, self->end.n,
					      "state"));
	/* Another descriptor, with a position of its own. */
	ctl = toyfs_open(variant->kind, self->end.n, "ctl",
			 O_RDWR | O_NONBLOCK);
	ASSERT_OK(ctl);
	EXPECT_ERR(EALREADY, toyfs_ctl(ctl, "connect 1:%u", self->port));
	EXPECT_EQ(0, toy_poll(ctl, POLLOUT, 0));
	ASSERT_OK(toyfs_accept(&self->server, &end));
	EXPECT_OK(toy_thread_join(&thread));
	EXPECT_EQ(POLLOUT, toy_poll(ctl, POLLOUT, 0));
	EXPECT_STREQ("established", toyfs_status(variant->kind, self->end.n,
						 "state"));
}

TOY_TEST(toyfs_ctl, connect__gives_up_after_sndtimeo, VARIANTS_CONN)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_ctl(self->server.ctl, "listen 0"));
	ASSERT_OK(toyfs_client(variant->kind, &end, self->port));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set sndtimeo 50"));
	EXPECT_ERR(EAGAIN, toyfs_ctl(self->end.ctl, "connect 1:%u",
				     self->port));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, self->end.n,
					  "state"));
}

TEST_F(toyfs_ctl, disconnect__enotconn_where_there_is_no_connection)
{
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->end.ctl, "disconnect"));
	expect_err_file(_metadata, &self->end, ENOTCONN, "");
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->server.ctl, "disconnect"));
}

TEST_F(toyfs_ctl, disconnect__and_connect_again)
{
	struct toyfs_end end;
	char buf[8];

	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	if (toy_kind_is_conn(variant->kind)) {
		ASSERT_OK(toyfs_accept(&self->server, &end));
		ASSERT_OK(toyfs_data(&end, O_RDWR));
	}
	ASSERT_OK(toyfs_ctl(self->end.ctl, "disconnect"));
	EXPECT_STREQ("idle", toyfs_status(variant->kind, self->end.n,
					  "state"));
	expect_line(_metadata, &self->end, "remote", "*:*", 0);
	EXPECT_ERR(ENOTCONN, toyfs_ctl(self->end.ctl, "disconnect"));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_EQ(0, read(end.data, buf, 1));

	ASSERT_OK(toyfs_ctl(self->end.ctl, "connect 1:%u", self->port));
	ASSERT_OK(toyfs_data(&self->end, O_RDWR));
	ASSERT_EQ(5, write(self->end.data, "again", 5));
	if (toy_kind_is_conn(variant->kind))
		ASSERT_OK(toyfs_accept(&self->server, &end));
	else
		end = self->server;
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	EXPECT_EQ(5, read(end.data, buf, sizeof(buf)));
}

TOY_TEST_MAIN

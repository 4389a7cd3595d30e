// SPDX-License-Identifier: GPL-2.0-only
/*
 * The choices that AF_TOY makes where the families it is measured by disagree,
 * in the order of the list in the documentation, for peers on this node. A
 * yardstick runs along where it makes the same choice. Urgent data and
 * credentials are in choices_oob.c and choices_creds.c.
 */
#include "toy_test.h"

/*
 * Every test is a process of its own: what it leaves open goes with it, so the
 * fixture has nothing to tear down.
 */
FIXTURE(choices)
{
	struct toy_name name;	/* of server */
	int server;		/* bound, and listening where the kind does */
	int client;		/* new */
	int fd[2];		/* for toy_pair() */
};

FIXTURE_VARIANT(choices)
{
	struct toy_kind kind;
};

TOY_VARIANTS(choices, VARIANTS_ALL)

FIXTURE_SETUP(choices)
{
	toy_guard(20);
	if (toy_kind_is_conn(variant->kind))
		self->server = toy_listener(variant->kind, &self->name, 4);
	else
		self->server = toy_bound(variant->kind, &self->name);
	ASSERT_OK(self->server);
	self->client = toy_socket(variant->kind, 0);
	ASSERT_OK(self->client);
}

FIXTURE_TEARDOWN(choices)
{
}

TOY_TEST(choices, connect_to_bound_that_does_not_listen__econnrefused,
	 VARIANTS_CONN)
{
	struct toy_name name;
	int fd;

	fd = toy_bound(variant->kind, &name);
	ASSERT_OK(fd);
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->client, &name));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->client, &name));
	/* Not listening is not for ever. */
	ASSERT_OK(listen(fd, 1));
	EXPECT_OK(toy_connect(self->client, &name));
}

TOY_TEST(choices, connect_to_free_port__econnrefused, VARIANTS_CONN)
{
	struct toy_name name = toy_name_new(variant->kind);

	EXPECT_ERR(ECONNREFUSED, toy_connect(self->client, &name));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->client, &name));
	EXPECT_OK(toy_connect(self->client, &self->name));
}

/* AF_UNIX has no SIGPIPE for seqpackets. */
TOY_TEST(choices, first_write_after_peer_closed__epipe_at_once,
	 VARIANTS_CONN & VARIANTS_LOCAL & ~VARIANT_UNIX_SEQPACKET)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	toy_close(&self->fd[1]);
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, write(self->fd[0], "x", 1));
	EXPECT_EQ(1, toy_signal_count(SIGPIPE));
}

/* TCP has its own use for it: it throws the bytes away. */
TOY_TEST(choices, msg_trunc_on_stream_receive__ignored,
	 VARIANTS_STREAM & VARIANTS_LOCAL)
{
	char buf[8] = "........";
	struct iovec iov = { buf, 4 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(8, send(self->fd[0], "abcdefgh", 8, 0));
	EXPECT_EQ(4, recvmsg(self->fd[1], &msg, MSG_TRUNC));
	EXPECT_EQ(0, msg.msg_flags & MSG_TRUNC);
	EXPECT_EQ(0, memcmp(buf, "abcd....", 8));
	EXPECT_EQ(4, recv(self->fd[1], buf, 8, MSG_TRUNC | MSG_DONTWAIT));
	EXPECT_EQ(0, memcmp(buf, "efgh....", 8));
}

/* AF_UNIX ignores the address of a seqpacket's send. */
TOY_TEST(choices, sendto_on_connected__eisconn,
	 (VARIANTS_CONN & VARIANTS_TOY) | VARIANT_UNIX_STREAM)
{
	char c;

	ASSERT_OK(toy_connect(self->client, &self->name));
	self->fd[0] = accept(self->server, NULL, NULL);
	ASSERT_OK(self->fd[0]);
	EXPECT_ERR(EISCONN, toy_sendto(self->client, "x", 1, 0, &self->name));
	EXPECT_ERR(EISCONN, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_ERR(EAGAIN, recv(self->client, &c, 1, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
}

TOY_TEST(choices, sendto_on_unconnected__enotconn,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	EXPECT_ERR(ENOTCONN, send(self->client, "x", 1, 0));
	EXPECT_ERR(ENOTCONN, write(self->client, "x", 1));
	EXPECT_ERR(ENOTCONN, send(self->server, "x", 1, 0));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_ERR(ENOTCONN,
			   toy_sendto(self->client, "x", 1, 0, &self->name));
		EXPECT_ERR(ENOTCONN,
			   toy_sendto(self->server, "x", 1, 0, &self->name));
	}
	/* ... and it can still be connected. */
	EXPECT_OK(toy_connect(self->client, &self->name));
}

TOY_TEST(choices, listen_on_unbound__einval, VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct toy_name name = toy_name_new(variant->kind);

	EXPECT_ERR(EINVAL, listen(self->client, 4));
	EXPECT_EQ(0, toy_opt_get(self->client, SOL_SOCKET, SO_ACCEPTCONN));
	ASSERT_OK(toy_bind(self->client, &name));
	EXPECT_OK(listen(self->client, 4));
	EXPECT_EQ(1, toy_opt_get(self->client, SOL_SOCKET, SO_ACCEPTCONN));
}

static int port_of(int fd)
{
	struct toy_name name;

	if (toy_name_of(fd, &name))
		return -1;
	if (name.sa.sa_family == AF_INET)
		return ntohs(name.in.sin_port);
	return name.toy.stoy_port;
}

static bool port_is_chosen(struct toy_kind kind, int port)
{
	const char *path = toy_kind_is_inet(kind) ?
		"/proc/sys/net/ipv4/ip_local_port_range" :
		"/proc/sys/net/toy/port_range";
	int low = -1, high = -1;
	FILE *file;

	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%d %d", &low, &high) != 2)
		high = -1;
	fclose(file);
	return port >= low && port <= high;
}

TOY_TEST(choices, connect_from_unbound__autobinds,
	 VARIANTS_TOY | VARIANTS_INET)
{
	EXPECT_EQ(0, port_of(self->client));
	ASSERT_OK(toy_connect(self->client, &self->name));
	EXPECT_TRUE(port_is_chosen(variant->kind, port_of(self->client)));
}

TOY_TEST(choices, sendto_from_unbound__autobinds,
	 VARIANT_TOY_DGRAM | VARIANT_UDP)
{
	struct toy_name from = { .len = sizeof(from.ss) };
	int port;
	char c;

	EXPECT_EQ(0, port_of(self->client));
	ASSERT_EQ(1, toy_sendto(self->client, "x", 1, 0, &self->name));
	port = port_of(self->client);
	EXPECT_TRUE(port_is_chosen(variant->kind, port));
	/* The receiver is told that port, can answer to it, and it keeps. */
	ASSERT_EQ(1, recvfrom(self->server, &c, 1, 0, &from.sa, &from.len));
	ASSERT_EQ(1, toy_sendto(self->server, "y", 1, 0, &from));
	EXPECT_EQ(1, toy_recv(self->client, &c, 1, 0, 1000));
	EXPECT_EQ('y', c);
	ASSERT_EQ(1, toy_sendto(self->client, "x", 1, 0, &self->name));
	EXPECT_EQ(port, port_of(self->client));
}

/* The last free port of a range is found; without one the errno is bind's. */
TOY_TEST(choices, connect_from_unbound__no_free_port_eaddrnotavail,
	 VARIANTS_TOY)
{
	const char *path = "/proc/sys/net/toy/port_range";
	char before[64] = "";
	FILE *file;
	int fd[2];

	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	ASSERT_NE(NULL, fgets(before, sizeof(before), file));
	fclose(file);
	file = fopen(path, "w");
	ASSERT_NE(NULL, file);
	fprintf(file, "61001 61002\n");
	ASSERT_EQ(0, fclose(file));

	fd[0] = toy_connected(variant->kind, &self->name);
	EXPECT_OK(fd[0]);
	fd[1] = toy_connected(variant->kind, &self->name);
	EXPECT_OK(fd[1]);
	EXPECT_EQ(61001 + 61002, port_of(fd[0]) + port_of(fd[1]));
	EXPECT_ERR(EADDRNOTAVAIL, toy_connect(self->client, &self->name));
	EXPECT_OK(close(fd[0]));
	EXPECT_OK(toy_connect(self->client, &self->name));

	file = fopen(path, "w");
	ASSERT_NE(NULL, file);
	fprintf(file, "%s", before);
	EXPECT_EQ(0, fclose(file));
}

static long send_one(void *arg)
{
	return send(*(int *)arg, "last", 4, 0);
}

TOY_TEST(choices, full_dgram_queue__eagain_or_sender_blocks,
	 VARIANTS_DGRAM & VARIANTS_LOCAL)
{
	struct toy_thread thread;
	char buf[8];
	long count;

	ASSERT_OK(toy_connect(self->client, &self->name));
	count = toy_send_full(self->client, 1);
	ASSERT_LT(0, count);
	ASSERT_OK(toy_nonblock(self->client, true));
	EXPECT_ERR(EAGAIN, send(self->client, "x", 1, 0));
	ASSERT_OK(toy_nonblock(self->client, false));
	ASSERT_OK(toy_opt_timeo(self->client, SO_SNDTIMEO, 30));
	EXPECT_ERR(EAGAIN, send(self->client, "x", 1, 0));
	ASSERT_OK(toy_opt_timeo(self->client, SO_SNDTIMEO, 0));

	ASSERT_OK(toy_thread_start(&thread, send_one, &self->client));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	while (count--)
		EXPECT_EQ(1, toy_recv(self->server, buf, sizeof(buf), 0, 5000));
	EXPECT_EQ(4, toy_thread_join(&thread));
	/* Nothing was dropped, and the blocked one came last. */
	EXPECT_EQ(4, toy_recv(self->server, buf, sizeof(buf), 0, 5000));
	EXPECT_EQ(0, memcmp(buf, "last", 4));
	EXPECT_ERR(EAGAIN, recv(self->server, buf, sizeof(buf), MSG_DONTWAIT));
}

TOY_TEST(choices, dgram_to_port_nobody_has__econnrefused_from_send,
	 VARIANTS_DGRAM & VARIANTS_LOCAL)
{
	struct toy_name nobody = toy_name_new(variant->kind);
	char c;

	EXPECT_ERR(ECONNREFUSED, toy_sendto(self->client, "x", 1, 0, &nobody));
	EXPECT_ERR(ECONNREFUSED, toy_sendto(self->client, "x", 1, 0, &nobody));
	/* Refusals leave the socket as it was. */
	EXPECT_EQ(0, toy_opt_get(self->client, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(1, toy_sendto(self->client, "x", 1, 0, &self->name));
	EXPECT_EQ(1, recv(self->server, &c, 1, 0));
}

/* As with UDP, connecting asks nobody, and who comes later is found. */
TOY_TEST(choices, dgram_to_port_nobody_has__until_somebody_binds,
	 VARIANT_TOY_DGRAM)
{
	struct toy_name nobody = toy_name_new(variant->kind);
	int fd;
	char c;

	ASSERT_OK(toy_connect(self->client, &nobody));
	EXPECT_ERR(ECONNREFUSED, send(self->client, "x", 1, 0));
	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	ASSERT_OK(toy_bind(fd, &nobody));
	EXPECT_EQ(1, send(self->client, "y", 1, 0));
	EXPECT_EQ(1, recv(fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ('y', c);
	EXPECT_OK(close(fd));
	EXPECT_ERR(ECONNREFUSED, send(self->client, "x", 1, 0));
}

TOY_TEST(choices, dgram_to_closed_peer__econnrefused_from_send,
	 VARIANTS_DGRAM & VARIANTS_LOCAL)
{
	ASSERT_OK(toy_connect(self->client, &self->name));
	ASSERT_EQ(1, send(self->client, "x", 1, 0));
	toy_close(&self->server);
	EXPECT_ERR(ECONNREFUSED, send(self->client, "x", 1, MSG_NOSIGNAL));
}

TOY_TEST(choices, bindtodevice_to_no_link__enetunreach, VARIANTS_TOY)
{
	ASSERT_OK(setsockopt(self->client, SOL_SOCKET, SO_BINDTODEVICE, "lo",
			     3));
	EXPECT_ERR(ENETUNREACH, toy_connect(self->client, &self->name));
	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(ENOTCONN, send(self->client, "x", 1, 0));
	} else {
		EXPECT_ERR(ENETUNREACH,
			   toy_sendto(self->client, "x", 1, 0, &self->name));
	}
	/* Let go of the device: reachable again. */
	ASSERT_OK(setsockopt(self->client, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	EXPECT_OK(toy_connect(self->client, &self->name));
	EXPECT_EQ(1, send(self->client, "x", 1, 0));
}

TOY_TEST(choices, foreign_node_without_link__enetunreach, VARIANTS_TOY)
{
	struct toy_name far = self->name;

	far.toy.stoy_node = toy_node_own() == 4711 ? 4712 : 4711;
	EXPECT_ERR(ENETUNREACH, toy_connect(self->client, &far));
	if (!toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(ENETUNREACH,
			   toy_sendto(self->client, "x", 1, 0, &far));
	}
	EXPECT_OK(toy_connect(self->client, &self->name));
}

/* AF_UNIX has no SIGPIPE for messages, on any occasion. */
TOY_TEST(choices, shut_rd__peers_writes_epipe, VARIANTS_LOCAL)
{
	char buf[4];

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_signal_catch(SIGPIPE, 0));
	ASSERT_EQ(3, send(self->fd[0], "old", 3, 0));
	ASSERT_OK(shutdown(self->fd[1], SHUT_RD));
	EXPECT_ERR(EPIPE, send(self->fd[0], "new", 3, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_signal_count(SIGPIPE));
	EXPECT_ERR(EPIPE, send(self->fd[0], "new", 3, 0));
	if (toy_kind_is_stream(variant->kind))
		EXPECT_EQ(1, toy_signal_count(SIGPIPE));
	/* What was there stays, the other direction goes on. */
	EXPECT_EQ(3, recv(self->fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(4, send(self->fd[1], "back", 4, 0));
	EXPECT_EQ(4, recv(self->fd[0], buf, sizeof(buf), 0));
}

static long send_until_error(void *arg)
{
	char buf[512] = { 0 };

	while (send(*(int *)arg, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
		;
	return -1;
}

/* AF_UNIX forgets the blocked senders of datagrams. */
TOY_TEST(choices, shut_rd__wakes_a_blocked_writer,
	 VARIANTS_LOCAL & ~VARIANT_UNIX_DGRAM)
{
	struct toy_thread thread;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_thread_start(&thread, send_until_error, &self->fd[0]));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(shutdown(self->fd[1], SHUT_RD));
	EXPECT_ERR(EPIPE, toy_thread_join(&thread));
}

TOY_TEST(choices, unknown_option_or_level__enoprotoopt, VARIANTS_TOY)
{
	const struct {
		int level, option;
	} unknown[] = {
		{ SOL_SOCKET, 4711 }, { SOL_TOY, 0 }, { SOL_TOY, 4711 },
		{ SOL_TOY, -1 }, { 4711, 1 }, { 0, 1 }, { IPPROTO_TCP, 1 },
		{ IPPROTO_UDP, 1 }, { -1, -1 },
	};
	char buf[64] = { 0 };
	socklen_t len;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		len = sizeof(buf);
		EXPECT_ERR(ENOPROTOOPT,
			   setsockopt(self->client, unknown[i].level,
				      unknown[i].option, buf, len)) {
			TH_LOG("set level %d option %d", unknown[i].level,
			       unknown[i].option);
		}
		EXPECT_ERR(ENOPROTOOPT,
			   getsockopt(self->client, unknown[i].level,
				      unknown[i].option, buf, &len)) {
			TH_LOG("get level %d option %d", unknown[i].level,
			       unknown[i].option);
		}
	}
}

TOY_TEST(choices, nonblocking_connect__done_at_once,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	ASSERT_OK(toy_nonblock(self->client, true));
	ASSERT_OK(toy_connect(self->client, &self->name));
	EXPECT_EQ(POLLOUT, toy_poll(self->client, POLLOUT | POLLIN, 0));
	EXPECT_EQ(0, toy_opt_get(self->client, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(1, send(self->client, "x", 1, 0));
}

TOY_TEST(choices, nonblocking_connect__backlog_full_eagain,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	int i;

	ASSERT_OK(listen(self->server, 1));
	for (i = 0; i < 2; i++)
		ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_nonblock(self->client, true));
	EXPECT_ERR(EAGAIN, toy_connect(self->client, &self->name));
	EXPECT_ERR(EAGAIN, toy_connect(self->client, &self->name));
	/* Room again: the same socket gets through. */
	ASSERT_OK(accept(self->server, NULL, NULL));
	EXPECT_OK(toy_connect(self->client, &self->name));
}

struct connect_args {
	int fd;
	const struct toy_name *name;
};

static long connect_one(void *arg)
{
	const struct connect_args *args = arg;

	return toy_connect(args->fd, args->name);
}

TOY_TEST(choices, backlog_full__blocking_connect_waits,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct connect_args args = { self->client, &self->name };
	struct toy_thread thread;
	char c;

	ASSERT_OK(listen(self->server, 0));
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_thread_start(&thread, connect_one, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	ASSERT_OK(accept(self->server, NULL, NULL));
	EXPECT_OK(toy_thread_join(&thread));
	self->fd[0] = accept(self->server, NULL, NULL);
	ASSERT_OK(self->fd[0]);
	EXPECT_EQ(1, send(self->client, "x", 1, 0));
	EXPECT_EQ(1, toy_recv(self->fd[0], &c, 1, 0, 1000));
}

TOY_TEST(choices, backlog_full__sndtimeo_ends_the_wait,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	long long began;

	ASSERT_OK(listen(self->server, 0));
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_opt_timeo(self->client, SO_SNDTIMEO, 200));
	began = toy_now();
	EXPECT_ERR(EAGAIN, toy_connect(self->client, &self->name));
	EXPECT_LE(50, toy_now() - began);
	/* The socket is as new. */
	ASSERT_OK(accept(self->server, NULL, NULL));
	EXPECT_OK(toy_connect(self->client, &self->name));
}

TOY_TEST(choices, backlog_full__listener_closes_econnrefused,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct connect_args args = { self->client, &self->name };
	struct toy_thread thread;

	ASSERT_OK(listen(self->server, 0));
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_thread_start(&thread, connect_one, &args));
	EXPECT_TRUE(toy_thread_sleeping(&thread));
	toy_close(&self->server);
	EXPECT_ERR(ECONNREFUSED, toy_thread_join(&thread));
}

TOY_TEST(choices, so_protocol__as_passed, VARIANTS_TOY)
{
	EXPECT_EQ(0, toy_opt_get(self->client, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(0, toy_opt_get(self->server, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_ERR(ENOPROTOOPT,
		   toy_opt_set(self->client, SOL_SOCKET, SO_PROTOCOL, 0));
}

TOY_TEST(choices, protocol_other_than_0__eprotonosupport, VARIANTS_TOY)
{
	const int type = variant->kind.type, family = toy_family();

	EXPECT_ERR(EPROTONOSUPPORT, socket(family, type, 1));
	EXPECT_ERR(EPROTONOSUPPORT, socket(family, type, IPPROTO_TCP));
	EXPECT_ERR(EPROTONOSUPPORT, socket(family, type, family));
	EXPECT_ERR(EPROTONOSUPPORT, socketpair(family, type, 1, self->fd));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams and seqpackets between two namespaces, beside TCP over the same cable:
 * names, refusals, calls that cross, calls to oneself. 'Opening' of
 * Documentation/protocol/connections.md, as programs see it.
 */
#include <netinet/tcp.h>

#include "toy_cable.h"
#include "toy_test.h"

#define PORT		7001
#define VARIANTS_TOYS	(VARIANT_TOY_STREAM | VARIANT_TOY_SEQPACKET)

FIXTURE(ether_conn)
{
	struct toy_cable cable;
	struct toy_name name;
	int listener;
	int fd[2];
};

FIXTURE_VARIANT(ether_conn)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_conn, VARIANTS_TOYS | VARIANT_TCP)

/* A listener at end 1 whose address is name, and fd[0] at end 0. */
FIXTURE_SETUP(ether_conn)
{
	toy_guard(60);
	signal(SIGPIPE, SIG_IGN);
	self->fd[1] = -1;
	self->name = toy_cable_name(variant->kind, 1, PORT);
	self->listener = toy_cable_callable(&self->cable, variant->kind, PORT,
					    &self->fd[0]);
	ASSERT_OK(self->listener);
}

FIXTURE_TEARDOWN(ether_conn)
{
}

/* ------------------------------------------------------------------ names */

TEST_F(ether_conn, connect__names)
{
	struct toy_name own, peer, from = { .len = sizeof(from.ss) };

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = accept(self->listener, &from.sa, &from.len);
	ASSERT_OK(self->fd[1]);
	ASSERT_OK(toy_name_of(self->fd[0], &own));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &peer));
	EXPECT_TRUE(toy_name_equal(&peer, &self->name));
	EXPECT_TRUE(toy_name_equal(&own, &from));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(toy_cable_node(0), own.toy.stoy_node);
		EXPECT_GE(own.toy.stoy_port, 32768);
	}
	ASSERT_OK(toy_name_of_peer(self->fd[1], &peer));
	EXPECT_TRUE(toy_name_equal(&peer, &own));
	ASSERT_OK(toy_name_of(self->fd[1], &peer));
	EXPECT_TRUE(toy_name_equal(&peer, &self->name));
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TEST_F(ether_conn, connect__from_a_port_of_ones_own)
{
	struct toy_name name = toy_cable_name(variant->kind, 0, PORT + 1);
	struct toy_name from = { .len = sizeof(from.ss) };

	toy_cable_enter(&self->cable, 0);
	ASSERT_OK(toy_bind(self->fd[0], &name));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = accept(self->listener, &from.sa, &from.len);
	ASSERT_OK(self->fd[1]);
	EXPECT_TRUE(toy_name_equal(&name, &from));
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TOY_TEST(ether_conn, connect__states, VARIANTS_TOYS)
{
	struct toy_info info;

	ASSERT_OK(toy_cable_info(self->listener, &info));
	EXPECT_EQ(10, info.toyi_state);		/* TCP_LISTEN */
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_OK(toy_cable_info(self->fd[0], &info));
	EXPECT_EQ(1, info.toyi_state);		/* TCP_ESTABLISHED */
	EXPECT_EQ(1, info.toyi_backend);
	ASSERT_OK(toy_cable_info(self->fd[1], &info));
	EXPECT_EQ(1, info.toyi_state);
	EXPECT_EQ(1, info.toyi_backend);
	EXPECT_EQ(1, toy_cable_stat(&self->cable, 0, "ToyConnects"));
	EXPECT_EQ(1, toy_cable_stat(&self->cable, 1, "ToyAccepts"));
	EXPECT_EQ(0, toy_cable_drops(&self->cable, 0));
	EXPECT_EQ(0, toy_cable_drops(&self->cable, 1));
}

TEST_F(ether_conn, connect__again)
{
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_ERR(EISCONN, toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
	EXPECT_ERR(EISCONN, toy_connect(self->fd[1], &self->name));
}

/* ---------------------------------------------------------------- refused */

TEST_F(ether_conn, refused__nobody_listens)
{
	struct toy_name free = toy_cable_name(variant->kind, 1, PORT + 1);

	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &free));
	EXPECT_EQ(0, toy_error(self->fd[0]));
	if (toy_kind_is_toy(variant->kind))
		EXPECT_EQ(1, toy_cable_stat(&self->cable, 0, "ToyRefused"));
}

TEST_F(ether_conn, refused__bound_is_not_listening)
{
	struct toy_name name = toy_cable_name(variant->kind, 1, PORT + 1);
	int fd = toy_cable_bound(&self->cable, 1, variant->kind, PORT + 1);

	ASSERT_OK(fd);
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &name));
}

TEST_F(ether_conn, refused__then_not)
{
	struct toy_name name = toy_cable_name(variant->kind, 1, PORT + 1);
	int listener;

	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &name));
	listener = toy_cable_listener(&self->cable, 1, variant->kind, PORT + 1,
				      1);
	ASSERT_OK(toy_connect(self->fd[0], &name));
	self->fd[1] = toy_cable_answer(listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

/* Each type has ports of its own. */
TOY_TEST(ether_conn, refused__another_type, VARIANTS_TOYS)
{
	struct toy_kind other = toy_kind_is_stream(variant->kind) ?
				TOY_SEQPACKET : TOY_STREAM;
	int fd = toy_cable_socket(&self->cable, 0, other, 0);

	EXPECT_ERR(ECONNREFUSED, toy_connect(fd, &self->name));
}

/* Who is bound to node 1 listens to those at home. */
TOY_TEST(ether_conn, refused__a_listener_of_node_1, VARIANTS_TOYS)
{
	struct toy_name home = toy_name_toy(TOY_NODE_LOOPBACK, PORT);

	toy_close(&self->listener);
	self->listener = toy_cable_socket(&self->cable, 1, variant->kind, 0);
	ASSERT_OK(toy_bind(self->listener, &home));
	ASSERT_OK(listen(self->listener, 1));
	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd[0], &self->name));
}

TOY_TEST(ether_conn, refused__from_node_1, VARIANTS_TOYS)
{
	struct toy_name home = toy_name_toy(TOY_NODE_LOOPBACK, 0);

	toy_cable_enter(&self->cable, 0);
	ASSERT_OK(toy_bind(self->fd[0], &home));
	EXPECT_ERR(ENETUNREACH, toy_connect(self->fd[0], &self->name));
}

TOY_TEST(ether_conn, unreachable__without_a_node_id, VARIANTS_TOYS)
{
	toy_cable_enter(&self->cable, 0);
	ASSERT_OK(toy_node_set(0));
	EXPECT_ERR(ENETUNREACH, toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_node_set(5));
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
}

TOY_TEST(ether_conn, unreachable__without_a_link, VARIANTS_TOYS)
{
	ASSERT_OK(toy_bind_device(self->fd[0], "lo"));
	EXPECT_ERR(ENETUNREACH, toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_bind_device(self->fd[0], "toy0"));
	EXPECT_OK(toy_connect(self->fd[0], &self->name));
}

/* --------------------------------------------------------------- both ends */

/* Each calls the other, and the calls cross: the cable is long. */
TEST_F(ether_conn, crossing__is_one_connection)
{
	struct toy_name name[2];
	int i;

	for (i = 0; i < 2; i++) {
		name[i] = toy_cable_name(variant->kind, i, PORT + 2);
		toy_close(&self->fd[i]);
		self->fd[i] = toy_cable_bound(&self->cable, i, variant->kind,
					      PORT + 2);
		ASSERT_OK(self->fd[i]);
		ASSERT_OK(toy_nonblock(self->fd[i], true));
	}
	if (toy_kind_is_toy(variant->kind))
		ASSERT_OK(toy_cable_acquaint(&self->cable, variant->kind));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, toy_cable_run(&self->cable, i,
					   "tc qdisc add dev toy%d root netem delay 300ms",
					   i));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[0], &name[1]));
	ASSERT_ERR(EINPROGRESS, toy_connect(self->fd[1], &name[0]));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[0], 20000));
	EXPECT_EQ(0, toy_cable_outcome(self->fd[1], 20000));
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
	EXPECT_TRUE(toy_cable_talk(self->fd[1], self->fd[0]));
}

/* ------------------------------------------------------------------ the end */

/* A reset behind the peer's end: who reads sees the end, who writes the error. */
TEST_F(ether_conn, end_then_reset)
{
	char c;

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_EQ(4, send(self->fd[0], "word", 4, 0));
	ASSERT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 10000));
	ASSERT_OK(shutdown(self->fd[1], SHUT_WR));
	ASSERT_EQ(POLLRDHUP, toy_poll(self->fd[0], POLLRDHUP, 10000));
	toy_close(&self->fd[1]);
	ASSERT_EQ(POLLERR, POLLERR & toy_poll(self->fd[0], 0, 10000));
	EXPECT_EQ(0, recv(self->fd[0], &c, 1, 0));
	EXPECT_ERR(EPIPE, send(self->fd[0], "x", 1, MSG_NOSIGNAL));
}

/* --------------------------------------------------------------- segments */

static int maxseg_set(struct toy_kind kind, int fd, int bytes)
{
	return toy_kind_is_toy(kind) ?
	       toy_opt_set(fd, SOL_TOY, TOY_MAXSEG, bytes) :
	       toy_opt_set(fd, IPPROTO_TCP, TCP_MAXSEG, bytes);
}

static int maxseg(struct toy_kind kind, int fd)
{
	return toy_kind_is_toy(kind) ? toy_opt_get(fd, SOL_TOY, TOY_MAXSEG) :
				       toy_opt_get(fd, IPPROTO_TCP, TCP_MAXSEG);
}

/* Of one end or the other: neither sends more. */
TEST_F(ether_conn, maxseg__is_for_both_ways)
{
	bool toy = toy_kind_is_toy(variant->kind);
	int i, n;

	ASSERT_OK(maxseg_set(variant->kind, self->fd[0], 600));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	for (i = 0; i < 2; i++) {
		n = maxseg(variant->kind, self->fd[i]);
		/* TCP leaves room for its timestamps. */
		EXPECT_LE(toy ? 600 : 500, n);
		EXPECT_GE(600, n);
	}
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
	EXPECT_TRUE(toy_cable_talk(self->fd[1], self->fd[0]));
}

TEST_F(ether_conn, maxseg__of_a_listener_is_its_childs)
{
	int n;

	ASSERT_OK(maxseg_set(variant->kind, self->listener, 700));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	n = maxseg(variant->kind, self->fd[0]);
	EXPECT_LE(600, n);
	EXPECT_GE(700, n);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

/* What was set is what segments have. */
TOY_TEST(ether_conn, maxseg__is_kept, VARIANTS_TOYS)
{
	struct toy_info info;
	char buf[20000] = "";

	ASSERT_OK(maxseg_set(variant->kind, self->fd[0], 200));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	self->fd[1] = toy_cable_answer(self->listener);
	ASSERT_EQ((ssize_t)sizeof(buf),
		  send(self->fd[0], buf, sizeof(buf), 0));
	ASSERT_EQ((ssize_t)sizeof(buf),
		  recv(self->fd[1], buf, sizeof(buf), MSG_WAITALL));
	ASSERT_OK(toy_cable_info(self->fd[1], &info));
	EXPECT_EQ(200, info.toyi_mss);
}

/* ------------------------------------------------------------------ oneself */

TOY_TEST(ether_conn, lo__by_the_wire, VARIANTS_TOYS)
{
	struct toy_name home = toy_name_toy(TOY_NODE_LOOPBACK, PORT), name;
	struct toy_info info;

	toy_cable_enter(&self->cable, 1);
	ASSERT_OK(toy_sysctl_set("links", "toy1,lo"));
	toy_close(&self->fd[0]);
	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_bind_device(self->fd[0], "lo"));
	ASSERT_OK(toy_connect(self->fd[0], &home));
	self->fd[1] = toy_cable_answer(self->listener);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
	ASSERT_OK(toy_cable_info(self->fd[0], &info));
	EXPECT_EQ(1, info.toyi_backend);
	ASSERT_OK(toy_name_of(self->fd[0], &name));
	EXPECT_EQ(TOY_NODE_LOOPBACK, name.toy.stoy_node);
	EXPECT_GE(toy_cable_stat(&self->cable, 1, "ToyFramesIn"), 5);
}

/* A port that is connected to itself: both ends of a crossing are one. */
TOY_TEST(ether_conn, lo__to_itself, VARIANTS_TOYS)
{
	struct toy_name home = toy_name_toy(TOY_NODE_LOOPBACK, PORT + 3);
	char c = 0;

	toy_cable_enter(&self->cable, 1);
	ASSERT_OK(toy_sysctl_set("links", "toy1,lo"));
	toy_close(&self->fd[0]);
	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_bind_device(self->fd[0], "lo"));
	ASSERT_OK(toy_bind(self->fd[0], &home));
	ASSERT_OK(toy_connect(self->fd[0], &home));
	EXPECT_EQ(1, send(self->fd[0], "z", 1, 0));
	EXPECT_EQ(1, toy_recv(self->fd[0], &c, 1, 0, 10000));
	EXPECT_EQ('z', c);
	EXPECT_OK(shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(0, toy_recv(self->fd[0], &c, 1, 0, 10000));
}

TOY_TEST_MAIN

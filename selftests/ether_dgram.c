// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams between two namespaces, beside UDP over the same cable: [D1 to D4] of
 * Documentation/protocol/neighbours.md, and what stays at home.
 */
#include "toy_cable.h"
#include "toy_test.h"

#define PORT	7001
#define LARGEST	(TOY_CABLE_MTU - 20)

FIXTURE(ether_dgram)
{
	struct toy_cable cable;
	struct toy_name name;
	int fd[2];
};

FIXTURE_VARIANT(ether_dgram)
{
	struct toy_kind kind;
};

TOY_VARIANTS(ether_dgram, VARIANT_TOY_DGRAM | VARIANT_UDP)

/* fd[1] is a receiver at end 1 whose address is name; fd[0] is nothing yet. */
FIXTURE_SETUP(ether_dgram)
{
	toy_guard(60);
	ASSERT_OK(toy_cable_make(&self->cable));
	self->name = toy_cable_name(variant->kind, 1, PORT);
	self->fd[1] = toy_cable_bound(&self->cable, 1, variant->kind, PORT);
	ASSERT_OK(self->fd[1]);
	self->fd[0] = toy_cable_socket(&self->cable, 0, variant->kind, 0);
	ASSERT_OK(self->fd[0]);
}

FIXTURE_TEARDOWN(ether_dgram)
{
}

/* Nothing comes: what was sent later is there first. */
static bool nothing(int fd)
{
	char c;

	return toy_recv(fd, &c, 1, 0, 100) == -1 && errno == ETIMEDOUT;
}

/* ------------------------------------------------------------------- data */

TEST_F(ether_dgram, send__names_who_sent)
{
	struct toy_name from = { .len = sizeof(from.ss) }, own;
	char buf[10];

	ASSERT_EQ(5, toy_sendto(self->fd[0], "hello", 5, 0, &self->name));
	ASSERT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 10000));
	ASSERT_EQ(5, recvfrom(self->fd[1], buf, sizeof(buf), 0, &from.sa,
			      &from.len));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	ASSERT_OK(toy_name_of(self->fd[0], &own));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(toy_cable_node(0), from.toy.stoy_node);
		EXPECT_EQ(own.toy.stoy_port, from.toy.stoy_port);
		EXPECT_EQ(TOY_NODE_ANY, own.toy.stoy_node);
	} else {
		EXPECT_EQ(own.in.sin_port, from.in.sin_port);
	}
	/* And can be answered. */
	ASSERT_EQ(3, toy_sendto(self->fd[1], "you", 3, 0, &from));
	EXPECT_EQ(3, toy_recv(self->fd[0], buf, sizeof(buf), 0, 10000));
}

TEST_F(ether_dgram, send__every_length)
{
	char out[LARGEST], in[LARGEST + 1];
	size_t len;

	toy_fill(out, sizeof(out), 1);
	/* About what Ethernet pads to, then larger steps. */
	for (len = 0; len <= LARGEST; len += len < 50 ? 1 : 65) {
		ASSERT_EQ((ssize_t)len, toy_sendto(self->fd[0], out, len, 0,
						   &self->name));
		ASSERT_EQ((ssize_t)len, toy_recv(self->fd[1], in, sizeof(in),
						 0, 10000));
		ASSERT_EQ(-1, toy_check(in, len, 1));
	}
}

TEST_F(ether_dgram, send__of_no_bytes_is_a_message)
{
	char buf[10] = "";

	ASSERT_EQ(0, toy_sendto(self->fd[0], NULL, 0, 0, &self->name));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "a", 1, 0, &self->name));
	EXPECT_EQ(0, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
	EXPECT_EQ(1, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
	EXPECT_EQ('a', buf[0]);
}

TOY_TEST(ether_dgram, send__the_largest, VARIANT_TOY_DGRAM)
{
	char out[LARGEST + 1], in[LARGEST + 1];

	toy_fill(out, sizeof(out), 2);
	EXPECT_ERR(EMSGSIZE, toy_sendto(self->fd[0], out, LARGEST + 1, 0,
					&self->name));
	ASSERT_EQ(LARGEST, toy_sendto(self->fd[0], out, LARGEST, 0,
				      &self->name));
	EXPECT_ERR(EMSGSIZE, toy_sendto(self->fd[0], out, LARGEST + 1, 0,
					&self->name));
	ASSERT_EQ(LARGEST, toy_recv(self->fd[1], in, sizeof(in), 0, 10000));
	EXPECT_EQ(-1, toy_check(in, LARGEST, 2));
	EXPECT_TRUE(nothing(self->fd[1]));
}

/* The rest of a frame that is in pieces goes, too. */
TEST_F(ether_dgram, recv__cuts_short)
{
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	char out[LARGEST - 8], in[LARGEST];

	toy_fill(out, sizeof(out), 3);
	ASSERT_EQ((ssize_t)sizeof(out),
		  toy_sendto(self->fd[0], out, sizeof(out), 0, &self->name));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "b", 1, 0, &self->name));
	ASSERT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 10000));
	iov = (struct iovec){ in, 1000 };
	EXPECT_EQ((ssize_t)sizeof(out),
		  recvmsg(self->fd[1], &msg, MSG_PEEK | MSG_TRUNC));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags);
	EXPECT_EQ(-1, toy_check(in, 1000, 3));
	memset(in, 0, sizeof(in));
	EXPECT_EQ(1000, recvmsg(self->fd[1], &msg, 0));
	EXPECT_EQ(MSG_TRUNC, msg.msg_flags);
	EXPECT_EQ(-1, toy_check(in, 1000, 3));
	EXPECT_EQ(1, toy_recv(self->fd[1], in, sizeof(in), 0, 10000));
	EXPECT_EQ('b', in[0]);
}

TEST_F(ether_dgram, send__order_is_kept)
{
	int i, got;

	for (i = 0; i < 500; i++) {
		ASSERT_EQ((ssize_t)sizeof(i),
			  toy_sendto(self->fd[0], &i, sizeof(i), 0,
				     &self->name));
		ASSERT_EQ((ssize_t)sizeof(got),
			  toy_recv(self->fd[1], &got, sizeof(got), 0, 10000));
		ASSERT_EQ(i, got);
	}
}

/* What comes while nobody reads is dropped; the sender does not wait. */
TEST_F(ether_dgram, send__to_a_full_queue_is_lost)
{
	char buf[1000] = "";
	int sent = 0, got = 0;
	struct toy_info info;

	ASSERT_OK(toy_opt_set(self->fd[1], SOL_SOCKET, SO_RCVBUF, 20000));
	while (sent < 200) {
		ASSERT_EQ((ssize_t)sizeof(buf),
			  toy_sendto(self->fd[0], buf, sizeof(buf), 0,
				     &self->name));
		sent++;
	}
	EXPECT_EQ(POLLOUT, toy_poll(self->fd[0], POLLOUT, 10000));
	while (toy_recv(self->fd[1], buf, sizeof(buf), 0, 200) >= 0)
		got++;
	EXPECT_GE(got, 5);
	EXPECT_LT(got, sent);
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(sent - got, toy_cable_stat(&self->cable, 1,
						     "ToyDroppedFull"));
		EXPECT_EQ(sent - got, toy_cable_drops(&self->cable, 1));
		ASSERT_OK(toy_cable_info(self->fd[0], &info));
		EXPECT_EQ(sent * sizeof(buf), info.toyi_bytes_out);
	}
	/* There is room again. */
	ASSERT_EQ(1, toy_sendto(self->fd[0], "c", 1, 0, &self->name));
	EXPECT_EQ(1, toy_recv(self->fd[1], buf, sizeof(buf), 0, 10000));
}

/* ---------------------------------------------------- connected, refusals */

TEST_F(ether_dgram, connect__names)
{
	struct toy_name own, peer;

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_name_of(self->fd[0], &own));
	ASSERT_OK(toy_name_of_peer(self->fd[0], &peer));
	EXPECT_TRUE(toy_name_equal(&peer, &self->name));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(toy_cable_node(0), own.toy.stoy_node);
		EXPECT_NE(0, own.toy.stoy_port);
	} else {
		EXPECT_EQ(htonl(0x0a580002), own.in.sin_addr.s_addr);
	}
}

TEST_F(ether_dgram, connect__hears_the_peer_alone)
{
	struct toy_name own;
	char c = 0;
	int other;

	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_name_of(self->fd[0], &own));
	other = toy_cable_bound(&self->cable, 1, variant->kind, PORT + 1);
	ASSERT_EQ(1, toy_sendto(other, "a", 1, 0, &own));
	ASSERT_EQ(1, toy_sendto(self->fd[1], "b", 1, 0, &own));
	EXPECT_EQ(1, toy_recv(self->fd[0], &c, 1, 0, 10000));
	EXPECT_EQ('b', c);
	EXPECT_TRUE(nothing(self->fd[0]));
}

/* Sends where nobody is, until a refusal has come back. */
static int refused(int fd)
{
	if (send(fd, "x", 1, 0) != 1)
		return -1;
	return toy_poll(fd, 0, 10000);
}

TEST_F(ether_dgram, refused__poll_and_recv)
{
	char c;

	toy_close(&self->fd[1]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(POLLERR, refused(self->fd[0]));
	EXPECT_ERR(ECONNREFUSED, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(0, toy_poll(self->fd[0], 0, 0));
	if (toy_kind_is_toy(variant->kind)) {
		EXPECT_EQ(1, toy_cable_stat(&self->cable, 1,
					    "ToyDroppedNoPort"));
		EXPECT_EQ(0, toy_cable_drops(&self->cable, 0));
	}
}

TEST_F(ether_dgram, refused__send)
{
	toy_close(&self->fd[1]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(POLLERR, refused(self->fd[0]));
	EXPECT_ERR(ECONNREFUSED, send(self->fd[0], "y", 1, 0));
	EXPECT_EQ(1, send(self->fd[0], "z", 1, 0));
}

TEST_F(ether_dgram, refused__option)
{
	toy_close(&self->fd[1]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(POLLERR, refused(self->fd[0]));
	EXPECT_EQ(ECONNREFUSED, toy_opt_get(self->fd[0], SOL_SOCKET,
					    SO_ERROR));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

static long receive(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0);
}

TEST_F(ether_dgram, refused__wakes_a_reader)
{
	struct toy_thread reader;

	toy_close(&self->fd[1]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_OK(toy_thread_start(&reader, receive, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&reader));
	ASSERT_EQ(1, send(self->fd[0], "x", 1, 0));
	ASSERT_TRUE(toy_thread_done(&reader, 10000));
	EXPECT_ERR(ECONNREFUSED, toy_thread_join(&reader));
}

TEST_F(ether_dgram, refused__goes_on_when_somebody_is_there)
{
	char c;

	toy_close(&self->fd[1]);
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	EXPECT_EQ(POLLERR, refused(self->fd[0]));
	self->fd[1] = toy_cable_bound(&self->cable, 1, variant->kind, PORT);
	EXPECT_ERR(ECONNREFUSED, send(self->fd[0], "y", 1, 0));
	EXPECT_EQ(1, send(self->fd[0], "z", 1, 0));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, 10000));
	EXPECT_EQ('z', c);
}

TEST_F(ether_dgram, refused__is_not_for_the_unconnected)
{
	char c;

	toy_close(&self->fd[1]);
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_EQ(0, toy_poll(self->fd[0], POLLIN, 200));
	EXPECT_ERR(EAGAIN, recv(self->fd[0], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
}

/* 100 a second and 20 at once: README.md, 'Rate limits'. */
TOY_TEST(ether_dgram, refused__is_rate_limited, VARIANT_TOY_DGRAM)
{
	long out, i;

	toy_close(&self->fd[1]);
	/* The answer to WHO_HAS is behind us. */
	ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	ASSERT_EQ(1, toy_cable_stat_wait(&self->cable, 1, "ToyDroppedNoPort",
					 1));
	out = toy_cable_stat(&self->cable, 1, "ToyFramesOut");
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(1, toy_sendto(self->fd[0], "x", 1, 0, &self->name));
	EXPECT_EQ(2001, toy_cable_stat_wait(&self->cable, 1,
					    "ToyDroppedNoPort", 2001));
	out = toy_cable_stat(&self->cable, 1, "ToyFramesOut") - out;
	EXPECT_GE(out, 10);
	EXPECT_LT(out, 1500);
}

/* ------------------------------------------------------------- neighbours */

/* 16 frames wait for an answer, the oldest are dropped. */
TOY_TEST(ether_dgram, wait__sixteen, VARIANT_TOY_DGRAM)
{
	int i, got;

	toy_cable_enter(&self->cable, 1);
	ASSERT_OK(toy_sysctl_set("links", "\n"));
	for (i = 0; i < 20; i++)
		ASSERT_EQ((ssize_t)sizeof(i),
			  toy_sendto(self->fd[0], &i, sizeof(i), 0,
				     &self->name));
	ASSERT_OK(toy_sysctl_set("links", "toy1"));
	for (i = 4; i < 20; i++) {
		ASSERT_EQ((ssize_t)sizeof(got),
			  toy_recv(self->fd[1], &got, sizeof(got), 0, 10000));
		EXPECT_EQ(i, got);
	}
	EXPECT_TRUE(nothing(self->fd[1]));
}

TOY_TEST_MAIN

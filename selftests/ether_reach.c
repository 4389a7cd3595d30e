// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a datagram reaches: everybody, those behind a device, oneself. What is
 * about node 1 stays at home.
 */
#include "toy_cable.h"
#include "toy_test.h"

#define PORT	7001
#define LARGEST	(TOY_CABLE_MTU - 20)

FIXTURE(ether_reach)
{
	struct toy_cable cable;
	struct toy_name name;
	int fd[2];
};

/* fd[1] is a receiver at end 1 whose address is name; fd[0] is nothing yet. */
FIXTURE_SETUP(ether_reach)
{
	toy_guard(60);
	ASSERT_OK(toy_cable_make(&self->cable));
	self->name = toy_cable_name(TOY_DGRAM, 1, PORT);
	self->fd[1] = toy_cable_bound(&self->cable, 1, TOY_DGRAM, PORT);
	ASSERT_OK(self->fd[1]);
	self->fd[0] = toy_cable_socket(&self->cable, 0, TOY_DGRAM, 0);
	ASSERT_OK(self->fd[0]);
}

FIXTURE_TEARDOWN(ether_reach)
{
}

/* Nothing comes: what was sent later is there first. */
static bool nothing(int fd)
{
	char c;

	return toy_recv(fd, &c, 1, 0, 100) == -1 && errno == ETIMEDOUT;
}

static int to_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

/* -------------------------------------------------------------- broadcast */

static struct toy_name everybody(void)
{
	return toy_name_toy(TOY_NODE_BROADCAST, PORT);
}

TEST_F(ether_reach, broadcast__takes_an_option)
{
	struct toy_name all = everybody();
	char c;

	EXPECT_ERR(EACCES, toy_sendto(self->fd[0], "a", 1, 0, &all));
	EXPECT_ERR(EACCES, toy_connect(self->fd[0], &all));
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_BROADCAST, 1));
	EXPECT_EQ(1, toy_sendto(self->fd[0], "b", 1, 0, &all));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, 10000));
	EXPECT_EQ('b', c);
	EXPECT_OK(toy_connect(self->fd[0], &all));
	EXPECT_EQ(1, send(self->fd[0], "c", 1, 0));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, 10000));
	EXPECT_EQ('c', c);
}

/* A further receiver of the port at an end, bound to this node. */
static int receiver(const struct toy_cable *cable, int end, __u32 node)
{
	struct toy_name name = toy_name_toy(node, PORT);
	int fd = toy_cable_socket(cable, end, TOY_DGRAM, 0);

	if (toy_opt_set(fd, SOL_TOY, TOY_REUSEPORT, 1) || toy_bind(fd, &name))
		toy_close(&fd);
	return fd;
}

TEST_F(ether_reach, broadcast__to_all_of_the_others)
{
	struct toy_name all = everybody(), peer;
	int hears[4], home, other, inside;
	size_t i;
	char c;

	toy_close(&self->fd[1]);
	for (i = 0; i < 4; i++) {
		hears[i] = receiver(&self->cable, 1,
				    i == 3 ? toy_cable_node(1) : TOY_NODE_ANY);
		ASSERT_OK(hears[i]);
	}
	inside = receiver(&self->cable, 1, TOY_NODE_LOOPBACK);
	ASSERT_OK(inside);
	/* One hears toy1, one hears lo. */
	ASSERT_OK(to_device(hears[1], "toy1"));
	other = receiver(&self->cable, 1, TOY_NODE_ANY);
	ASSERT_OK(to_device(other, "lo"));
	/* One has another peer than who sends. */
	peer = toy_name_toy(toy_cable_node(0), PORT + 1);
	ASSERT_OK(toy_connect(hears[2], &peer));
	home = receiver(&self->cable, 0, TOY_NODE_ANY);
	ASSERT_OK(home);

	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_BROADCAST, 1));
	ASSERT_EQ(1, toy_sendto(self->fd[0], "a", 1, 0, &all));
	EXPECT_EQ(1, toy_recv(hears[0], &c, 1, 0, 10000));
	EXPECT_EQ(1, toy_recv(hears[1], &c, 1, 0, 10000));
	EXPECT_TRUE(nothing(hears[2]));
	EXPECT_EQ(1, toy_recv(hears[3], &c, 1, 0, 10000));
	EXPECT_TRUE(nothing(other));
	EXPECT_TRUE(nothing(inside));
	/* It is for the others. */
	EXPECT_TRUE(nothing(home));
}

TEST_F(ether_reach, broadcast__is_not_refused)
{
	struct toy_name all = everybody();
	long out;

	toy_close(&self->fd[1]);
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_BROADCAST, 1));
	out = toy_cable_stat(&self->cable, 1, "ToyFramesOut");
	ASSERT_OK(toy_connect(self->fd[0], &all));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	EXPECT_EQ(1, toy_cable_stat_wait(&self->cable, 1, "ToyDroppedNoPort",
					 1));
	EXPECT_EQ(out, toy_cable_stat(&self->cable, 1, "ToyFramesOut"));
	EXPECT_EQ(0, toy_poll(self->fd[0], 0, 100));
}

TEST_F(ether_reach, broadcast__the_largest)
{
	struct toy_name all = everybody();
	char out[LARGEST + 1], in[LARGEST + 1];

	toy_fill(out, sizeof(out), 4);
	ASSERT_OK(toy_opt_set(self->fd[0], SOL_SOCKET, SO_BROADCAST, 1));
	EXPECT_ERR(EMSGSIZE, toy_sendto(self->fd[0], out, LARGEST + 1, 0,
					&all));
	EXPECT_EQ(LARGEST, toy_sendto(self->fd[0], out, LARGEST, 0, &all));
	ASSERT_EQ(LARGEST, toy_recv(self->fd[1], in, sizeof(in), 0, 10000));
	EXPECT_EQ(-1, toy_check(in, LARGEST, 4));
}

/* ---------------------------------------------------------- devices, home */

TEST_F(ether_reach, device__that_is_no_link)
{
	ASSERT_OK(to_device(self->fd[0], "lo"));
	EXPECT_ERR(ENETUNREACH, toy_connect(self->fd[0], &self->name));
	EXPECT_ERR(ENETUNREACH, toy_sendto(self->fd[0], "a", 1, 0,
					   &self->name));
}

TEST_F(ether_reach, device__that_is_the_link)
{
	char c;

	ASSERT_OK(to_device(self->fd[0], "toy0"));
	ASSERT_OK(to_device(self->fd[1], "toy1"));
	EXPECT_EQ(1, toy_sendto(self->fd[0], "a", 1, 0, &self->name));
	EXPECT_EQ(1, toy_recv(self->fd[1], &c, 1, 0, 10000));
	/* Not from another device. */
	toy_cable_enter(&self->cable, 1);
	ASSERT_OK(to_device(self->fd[1], "lo"));
	EXPECT_EQ(1, toy_sendto(self->fd[0], "b", 1, 0, &self->name));
	EXPECT_TRUE(nothing(self->fd[1]));
	EXPECT_EQ(1, toy_cable_stat(&self->cable, 1, "ToyDroppedNoPort"));
}

/* The wire protocol to oneself, by both names that one has. */
TEST_F(ether_reach, lo__to_oneself)
{
	struct toy_name name, from;
	__u32 nodes[] = { TOY_NODE_LOOPBACK, toy_cable_node(1) };
	size_t i;
	int fd;
	char c;

	toy_cable_enter(&self->cable, 1);
	ASSERT_OK(toy_sysctl_set("links", "toy1,lo"));
	fd = toy_socket(TOY_DGRAM, 0);
	ASSERT_OK(to_device(fd, "lo"));
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		long in = toy_cable_stat(&self->cable, 1, "ToyFramesIn");

		name = toy_name_toy(nodes[i], PORT);
		ASSERT_EQ(1, toy_sendto(fd, "a", 1, 0, &name));
		from.len = sizeof(from.ss);
		ASSERT_EQ(POLLIN, toy_poll(self->fd[1], POLLIN, 10000));
		ASSERT_EQ(1, recvfrom(self->fd[1], &c, 1, 0, &from.sa,
				      &from.len));
		EXPECT_EQ(nodes[i], from.toy.stoy_node);
		EXPECT_GT(toy_cable_stat(&self->cable, 1, "ToyFramesIn"), in);
	}
	/* The shorter way does not lead to who is bound to a device. */
	EXPECT_ERR(ECONNREFUSED, toy_sendto(self->fd[1], "b", 1, 0, &from));
	ASSERT_OK(to_device(self->fd[1], "lo"));
	ASSERT_EQ(1, toy_sendto(self->fd[1], "c", 1, 0, &from));
	EXPECT_EQ(1, toy_recv(fd, &c, 1, 0, 10000));
	EXPECT_EQ('c', c);
	EXPECT_EQ(0, toy_cable_drops(&self->cable, 1));
}

/* Node 1 is for those at home, in both directions. */
TEST_F(ether_reach, home__node_1)
{
	struct toy_name home = toy_name_toy(TOY_NODE_LOOPBACK, PORT);

	toy_close(&self->fd[1]);
	self->fd[1] = toy_cable_socket(&self->cable, 1, TOY_DGRAM, 0);
	ASSERT_OK(toy_bind(self->fd[1], &home));
	ASSERT_OK(toy_connect(self->fd[0], &self->name));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	EXPECT_EQ(POLLERR, toy_poll(self->fd[0], 0, 10000));
	EXPECT_TRUE(nothing(self->fd[1]));

	toy_close(&self->fd[0]);
	self->fd[0] = toy_cable_socket(&self->cable, 0, TOY_DGRAM, 0);
	ASSERT_OK(toy_bind(self->fd[0], &home));
	EXPECT_ERR(ENETUNREACH, toy_sendto(self->fd[0], "a", 1, 0,
					   &self->name));
}

TOY_TEST_MAIN

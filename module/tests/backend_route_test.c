// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which backend leads to a node.
 */
#include "fake.h"

FIXTURE(route) {
	struct sock *sk;
	const struct toy_backend *backend;
};

FIXTURE_SETUP(route)
{
	self->sk = toy_fake_sock(_metadata, SOCK_DGRAM);
}

FIXTURE_TEARDOWN(route)
{
}

static void expect(struct __test_metadata *_metadata,
		   struct route_fixture *self, u32 node, int err,
		   const struct toy_backend *backend)
{
	self->backend = NULL;
	EXPECT_EQ(err, toy_route(self->sk, node, &self->backend)) {
		TH_LOG("node %u", node);
	}
	EXPECT_EQ(backend, self->backend);
}

#define EXPECT_ROUTE(node, backend) \
	expect(_metadata, self, node, 0, backend)
#define EXPECT_NO_ROUTE(node, err) \
	expect(_metadata, self, node, err, NULL)

TEST_F(route, route__without_a_link)
{
	EXPECT_ROUTE(TOY_NODE_ANY, &toy_local);
	EXPECT_ROUTE(TOY_NODE_LOOPBACK, &toy_local);
	EXPECT_NO_ROUTE(2, -ENETUNREACH);
	toy_net_set_node(&init_net, 2);
	EXPECT_ROUTE(2, &toy_local);
	EXPECT_NO_ROUTE(3, -ENETUNREACH);
	sock_set_flag(self->sk, SOCK_BROADCAST);
	EXPECT_NO_ROUTE(TOY_NODE_BROADCAST, -ENETUNREACH);
}

TEST_F(route, route__over_a_link)
{
	toy_fake_link(_metadata, 2);
	EXPECT_ROUTE(TOY_NODE_LOOPBACK, &toy_local);
	EXPECT_ROUTE(2, &toy_local);
	EXPECT_ROUTE(3, &toy_ethernet);
	EXPECT_ROUTE(U32_MAX - 1, &toy_ethernet);
}

/* SO_BINDTODEVICE: over that link, even to oneself. */
TEST_F(route, route__by_device)
{
	struct toy_link *link = toy_fake_link(_metadata, 2);

	self->sk->sk_bound_dev_if = link->ifindex;
	EXPECT_ROUTE(2, &toy_ethernet);
	EXPECT_ROUTE(3, &toy_ethernet);
	self->sk->sk_bound_dev_if = link->ifindex + 1000;
	EXPECT_NO_ROUTE(2, -ENETUNREACH);
	EXPECT_NO_ROUTE(3, -ENETUNREACH);
}

TEST_F(route, route__to_all)
{
	struct sock *stream = toy_fake_sock(_metadata, SOCK_STREAM);

	toy_fake_link(_metadata, 2);
	EXPECT_NO_ROUTE(TOY_NODE_BROADCAST, -EACCES);
	sock_set_flag(self->sk, SOCK_BROADCAST);
	EXPECT_ROUTE(TOY_NODE_BROADCAST, &toy_ethernet);
	sock_set_flag(stream, SOCK_BROADCAST);
	self->sk = stream;
	EXPECT_NO_ROUTE(TOY_NODE_BROADCAST, -EACCES);
}

TEST_F(route, source__what_the_peer_sees)
{
	toy_net_set_node(&init_net, 2);
	EXPECT_EQ(2, toy_route_source(self->sk, 3));
	EXPECT_EQ(2, toy_route_source(self->sk, 2));
	EXPECT_EQ(TOY_NODE_LOOPBACK, toy_route_source(self->sk, 0));
	EXPECT_EQ(TOY_NODE_LOOPBACK,
		  toy_route_source(self->sk, TOY_NODE_LOOPBACK));
	toy_addr_set(&toy_sk(self->sk)->bound, toy_addr(7, 0));
	EXPECT_EQ(7, toy_route_source(self->sk, 3));
	EXPECT_EQ(7, toy_route_source(self->sk, 2));
	toy_addr_set(&toy_sk(self->sk)->bound, toy_addr(0, 0));
}

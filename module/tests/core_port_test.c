// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: who may hold one, and who answers.
 */
#include "../core/port.h"
#include "fake.h"

static struct sock *bound(struct __test_metadata *_metadata, int type, u32 node,
			  u16 port)
{
	struct sock *sk = toy_fake_sock(_metadata, type);
	u32 holder = 0;

	ASSERT_EQ(0, toy_port_bind(sk, node, port, &holder));
	return sk;
}

static int bind_to(struct sock *sk, u32 node, u16 port)
{
	u32 holder;

	return toy_port_bind(sk, node, port, &holder);
}

TEST(bind__shows_the_port)
{
	struct sock *sk = bound(_metadata, SOCK_STREAM, 2, 80);

	EXPECT_TRUE(toy_is_bound(sk));
	EXPECT_EQ(2, toy_sk(sk)->bound.node);
	EXPECT_EQ(80, toy_sk(sk)->bound.port);
	toy_port_release(sk);
	EXPECT_FALSE(toy_is_bound(sk));
	/* Twice is nothing. */
	toy_port_release(sk);
}

TEST(bind__who_may_share)
{
	static const struct {
		int type;
		u32 a, b;
		bool reuse_a, reuse_b, share_a, share_b, ok;
	} cases[] = {
		/* nodes */
		{ SOCK_STREAM, 0, 0, .ok = false },
		{ SOCK_STREAM, 2, 2, .ok = false },
		{ SOCK_STREAM, 0, 2, .ok = false },
		{ SOCK_STREAM, 2, 0, .ok = false },
		{ SOCK_STREAM, 1, 2, .ok = true },
		/* SO_REUSEADDR: both of them */
		{ SOCK_STREAM, 2, 2, true, false, .ok = false },
		{ SOCK_STREAM, 2, 2, false, true, .ok = false },
		{ SOCK_STREAM, 2, 2, true, true, .ok = true },
		{ SOCK_DGRAM, 0, 2, true, true, .ok = true },
		{ SOCK_DGRAM, 0, 2, true, false, .ok = false },
		/* TOY_REUSEPORT: both of them */
		{ SOCK_STREAM, 0, 0, .share_a = true, .ok = false },
		{ SOCK_STREAM, 0, 0, .share_b = true, .ok = false },
		{ SOCK_STREAM, 0, 0, .share_a = true, .share_b = true, .ok = true },
		/* one of each is neither */
		{ SOCK_STREAM, 0, 0, .reuse_a = true, .share_b = true, .ok = false },
	};
	struct sock *a, *b;
	u32 holder;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		a = toy_fake_sock(_metadata, cases[i].type);
		b = toy_fake_sock(_metadata, cases[i].type);
		a->sk_reuse = cases[i].reuse_a;
		b->sk_reuse = cases[i].reuse_b;
		toy_sk(a)->opt.reuseport = cases[i].share_a;
		toy_sk(b)->opt.reuseport = cases[i].share_b;
		ASSERT_EQ(0, bind_to(a, cases[i].a, 80));
		holder = 0;
		err = toy_port_bind(b, cases[i].b, 80, &holder);
		EXPECT_EQ(cases[i].ok, !err) {
			TH_LOG("case %d", i);
		}
		EXPECT_EQ(cases[i].ok, toy_is_bound(b));
		if (err) {
			EXPECT_EQ(-EADDRINUSE, err);
			EXPECT_EQ(toy_sk(a)->id, holder);
			/* What failed has left nothing behind. */
			EXPECT_EQ(TOY_NODE_ANY, toy_sk(b)->bound.node);
		} else {
			EXPECT_EQ(cases[i].b, toy_sk(b)->bound.node);
		}
		toy_fake_release(a);
		toy_fake_release(b);
	}
}

TEST(bind__reuseport_is_for_one_user)
{
	struct sock *a = toy_fake_sock(_metadata, SOCK_DGRAM);
	struct sock *b = toy_fake_sock(_metadata, SOCK_DGRAM);

	toy_sk(a)->opt.reuseport = true;
	toy_sk(b)->opt.reuseport = true;
	b->sk_uid = KUIDT_INIT(1000);
	EXPECT_EQ(0, bind_to(a, 0, 80));
	EXPECT_EQ(-EADDRINUSE, bind_to(b, 0, 80));
}

TEST(bind__types_do_not_meet)
{
	bound(_metadata, SOCK_STREAM, 0, 80);
	bound(_metadata, SOCK_SEQPACKET, 0, 80);
	bound(_metadata, SOCK_DGRAM, 0, 80);
}

TEST(bind__edges_of_the_table)
{
	bound(_metadata, SOCK_STREAM, 0, 1);
	bound(_metadata, SOCK_STREAM, 0, TOY_PORT_BLOCK - 1);
	bound(_metadata, SOCK_STREAM, 0, TOY_PORT_BLOCK);
	bound(_metadata, SOCK_STREAM, 0, U16_MAX);
}

/* Every port of a small range is found, the last one as well as the first. */
static void choose_all(struct __test_metadata *_metadata, int lo, int hi, int n)
{
	struct toy_net *tn = toy_net(&init_net);
	int was_lo = tn->port_lo, was_hi = tn->port_hi, i, err = 0;
	unsigned long seen = 0;

	tn->port_lo = lo;
	tn->port_hi = hi;
	for (i = 0; i < n; i++) {
		struct sock *sk = toy_fake_sock(_metadata, SOCK_STREAM);

		err = bind_to(sk, 0, 0);
		EXPECT_EQ(0, err);
		EXPECT_GE(toy_sk(sk)->bound.port, min(lo, hi));
		EXPECT_LE(toy_sk(sk)->bound.port, max(lo, hi));
		__set_bit(toy_sk(sk)->bound.port - min(lo, hi), &seen);
	}
	EXPECT_EQ(n, hweight_long(seen));
	err = bind_to(toy_fake_sock(_metadata, SOCK_STREAM), 0, 0);
	tn->port_lo = was_lo;
	tn->port_hi = was_hi;
	EXPECT_EQ(-EADDRINUSE, err);
}

TEST(choose__until_there_are_no_more)
{
	choose_all(_metadata, 40000, 40019, 20);
}

TEST(choose__the_only_one)
{
	choose_all(_metadata, U16_MAX, U16_MAX, 1);
}

/* As it is for a moment while both ends of the range are written. */
TEST(choose__ends_the_wrong_way_round)
{
	choose_all(_metadata, 40007, 40000, 8);
}

TEST(listen__two_that_share)
{
	struct sock *a = toy_fake_sock(_metadata, SOCK_STREAM);
	struct sock *b = toy_fake_sock(_metadata, SOCK_STREAM);
	u32 holder = 0;

	a->sk_reuse = 1;
	b->sk_reuse = 1;
	EXPECT_EQ(0, bind_to(a, 0, 80));
	EXPECT_EQ(0, bind_to(b, 0, 80));
	EXPECT_EQ(0, toy_port_listen(a, &holder));
	EXPECT_EQ(TCP_LISTEN, a->sk_state);
	EXPECT_EQ(-EADDRINUSE, toy_port_listen(b, &holder));
	EXPECT_EQ(toy_sk(a)->id, holder);
	EXPECT_EQ(TCP_CLOSE, b->sk_state);
	/* Nor may a third one bind now. */
	EXPECT_EQ(-EADDRINUSE,
		  bind_to(toy_fake_sock(_metadata, SOCK_STREAM), 0, 80));
	toy_port_unlisten(a);
	EXPECT_EQ(0, toy_port_listen(b, &holder));
	toy_port_unlisten(b);
}

static struct sock *lookup(enum toy_space space, u32 node, u16 port, int dif)
{
	struct toy_addr to = toy_addr(node, port), from = toy_addr(9, 9);
	struct sock *sk = toy_port_lookup_on(&init_net, space, &to, &from, dif);

	/* The test has one, too: it stays. */
	if (sk)
		sock_put(sk);
	return sk;
}

TEST(lookup__nobody)
{
	bound(_metadata, SOCK_DGRAM, 2, 80);
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 2, 81, 0));
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 3, 80, 0));
	/* A block that nobody has used, the last port of all. */
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 2, U16_MAX, 0));
	EXPECT_EQ(NULL, lookup(TOY_SPACE_SEQPACKET, 2, 80, 0));
}

TEST(lookup__streams_only_if_they_listen)
{
	struct sock *sk = bound(_metadata, SOCK_STREAM, 0, 80);
	u32 holder;

	EXPECT_EQ(NULL, lookup(TOY_SPACE_STREAM, 2, 80, 0));
	EXPECT_EQ(0, toy_port_listen(sk, &holder));
	EXPECT_EQ(sk, lookup(TOY_SPACE_STREAM, 2, 80, 0));
	toy_port_unlisten(sk);
	EXPECT_EQ(NULL, lookup(TOY_SPACE_STREAM, 2, 80, 0));
}

/* Bound to the node beats bound to all, connected to the sender beats both. */
TEST(lookup__the_best_one)
{
	struct sock *all, *node, *peer, *other;

	all = toy_fake_sock(_metadata, SOCK_DGRAM);
	node = toy_fake_sock(_metadata, SOCK_DGRAM);
	peer = toy_fake_sock(_metadata, SOCK_DGRAM);
	other = toy_fake_sock(_metadata, SOCK_DGRAM);
	all->sk_reuse = 1;
	node->sk_reuse = 1;
	peer->sk_reuse = 1;
	other->sk_reuse = 1;
	toy_addr_set(&toy_sk(peer)->remote, toy_addr(9, 9));
	toy_addr_set(&toy_sk(other)->remote, toy_addr(9, 8));

	ASSERT_EQ(0, bind_to(other, 2, 80));
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 2, 80, 0));
	ASSERT_EQ(0, bind_to(all, 0, 80));
	EXPECT_EQ(all, lookup(TOY_SPACE_DGRAM, 2, 80, 0));
	ASSERT_EQ(0, bind_to(node, 2, 80));
	EXPECT_EQ(node, lookup(TOY_SPACE_DGRAM, 2, 80, 0));
	EXPECT_EQ(all, lookup(TOY_SPACE_DGRAM, 3, 80, 0));
	ASSERT_EQ(0, bind_to(peer, 0, 80));
	EXPECT_EQ(peer, lookup(TOY_SPACE_DGRAM, 2, 80, 0));
}

TEST(lookup__by_device)
{
	struct sock *sk = bound(_metadata, SOCK_DGRAM, 0, 80);

	sk->sk_bound_dev_if = 7;
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 2, 80, 0));
	EXPECT_EQ(NULL, lookup(TOY_SPACE_DGRAM, 2, 80, 6));
	EXPECT_EQ(sk, lookup(TOY_SPACE_DGRAM, 2, 80, 7));
	sk->sk_bound_dev_if = 0;
	EXPECT_EQ(sk, lookup(TOY_SPACE_DGRAM, 2, 80, 7));
}

/* Those that share a port share the work: many callers, nobody without one. */
TEST(lookup__reuseport_spreads)
{
	struct sock *sk[4], *found;
	int seen[4] = { 0 };
	int i, port;

	for (i = 0; i < 4; i++) {
		sk[i] = toy_fake_sock(_metadata, SOCK_DGRAM);
		toy_sk(sk[i])->opt.reuseport = true;
		ASSERT_EQ(0, bind_to(sk[i], 0, 80));
	}
	for (port = 1; port <= 400; port++) {
		struct toy_addr to = toy_addr(2, 80), from = toy_addr(9, port);

		found = toy_port_lookup(&init_net, TOY_SPACE_DGRAM, &to, &from);
		ASSERT_NE(NULL, found);
		sock_put(found);
		for (i = 0; i < 4; i++)
			seen[i] += sk[i] == found;
		/* The same caller, the same one. */
		EXPECT_EQ(found, toy_port_lookup(&init_net, TOY_SPACE_DGRAM,
						 &to, &from));
		sock_put(found);
	}
	for (i = 0; i < 4; i++)
		EXPECT_GE(seen[i], 40);
}

TEST(inherit__keeps_the_port_in_use)
{
	struct sock *listener = bound(_metadata, SOCK_STREAM, 0, 80);
	struct sock *child = toy_fake_sock(_metadata, SOCK_STREAM);
	struct sock *late = toy_fake_sock(_metadata, SOCK_STREAM);

	toy_sk(child)->bound = toy_sk(listener)->bound;
	EXPECT_TRUE(toy_port_inherit(child, listener));
	toy_port_release(listener);
	EXPECT_FALSE(toy_port_inherit(late, listener));
	EXPECT_EQ(-EADDRINUSE,
		  bind_to(toy_fake_sock(_metadata, SOCK_STREAM), 0, 80));
	toy_port_release(child);
	EXPECT_EQ(0, bind_to(toy_fake_sock(_metadata, SOCK_STREAM), 0, 80));
}

TEST(collect__those_who_hear_all)
{
	struct toy_addr from = toy_addr(9, 9);
	struct sock *found[4], *all, *home, *node;
	int n;

	EXPECT_EQ(0, toy_port_collect(&init_net, TOY_SPACE_DGRAM, 90, &from, 0,
				      found, 4));
	all = toy_fake_sock(_metadata, SOCK_DGRAM);
	home = toy_fake_sock(_metadata, SOCK_DGRAM);
	node = toy_fake_sock(_metadata, SOCK_DGRAM);
	all->sk_reuse = 1;
	home->sk_reuse = 1;
	node->sk_reuse = 1;
	ASSERT_EQ(0, bind_to(all, 0, 80));
	ASSERT_EQ(0, bind_to(home, TOY_NODE_LOOPBACK, 80));
	ASSERT_EQ(0, bind_to(node, 2, 80));
	n = toy_port_collect(&init_net, TOY_SPACE_DGRAM, 80, &from, 0, found, 4);
	EXPECT_EQ(2, n);
	while (n--) {
		EXPECT_NE(home, found[n]);
		sock_put(found[n]);
	}
	/* No more than there is room for. */
	n = toy_port_collect(&init_net, TOY_SPACE_DGRAM, 80, &from, 0, found, 1);
	EXPECT_EQ(1, n);
	sock_put(found[0]);
	/* One that is connected elsewhere is not meant. */
	toy_addr_set(&toy_sk(all)->remote, toy_addr(8, 8));
	n = toy_port_collect(&init_net, TOY_SPACE_DGRAM, 80, &from, 0, found, 4);
	EXPECT_EQ(1, n);
	EXPECT_EQ(node, found[0]);
	sock_put(found[0]);
}

/* References are given back, whatever a look-up found. */
TEST(lookup__takes_one_reference)
{
	struct toy_addr to = toy_addr(2, 80), from = toy_addr(9, 9);
	struct sock *sk = bound(_metadata, SOCK_DGRAM, 0, 80);
	int before = refcount_read(&sk->sk_refcnt);

	EXPECT_EQ(sk, toy_port_lookup(&init_net, TOY_SPACE_DGRAM, &to, &from));
	EXPECT_EQ(before + 1, refcount_read(&sk->sk_refcnt));
	sock_put(sk);
}

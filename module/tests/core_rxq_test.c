// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue of messages: who may, how much, in which order, put back.
 */
#include "../core/rxq.h"
#include "../core/stat.h"
#include "fake.h"

FIXTURE(rxq) {
	struct sock *to;
	struct sock *from;
	struct toy_addr addr;
	int off;
	unsigned long seen;
};

FIXTURE_SETUP(rxq)
{
	self->to = toy_fake_sock(_metadata, SOCK_DGRAM);
	self->from = toy_fake_sock(_metadata, SOCK_DGRAM);
	self->addr = toy_addr(2, 80);
}

FIXTURE_TEARDOWN(rxq)
{
	toy_rxq_shut(self->to, false);
	EXPECT_EQ(1, refcount_read(&self->from->sk_wmem_alloc));
}

#define SEND(text)							\
	send(_metadata, self->to, self->from, text, &self->addr)
#define TAKE(flags)							\
	toy_rxq_take(self->to, flags, &self->off, &self->seen)

static int send(struct __test_metadata *_metadata, struct sock *to,
		struct sock *from, const char *text, const struct toy_addr *addr)
{
	struct sk_buff *skb = toy_fake_message(_metadata, from, text);
	int err = toy_rxq_deliver(to, skb, addr);

	/* What was not taken is the sender's still. */
	if (err)
		toy_buf_free(skb);
	return err;
}

TEST_F(rxq, deliver__and_take)
{
	struct sk_buff *a, *b;

	EXPECT_TRUE(toy_rxq_empty(self->to));
	EXPECT_EQ(0, SEND("one"));
	EXPECT_EQ(0, SEND("three"));
	EXPECT_FALSE(toy_rxq_empty(self->to));
	EXPECT_EQ(8, toy_rxq_bytes(self->to));
	EXPECT_EQ(3, toy_rxq_next_bytes(self->to));
	a = TAKE(0);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(3, a->len);
	EXPECT_EQ(0, self->off);
	EXPECT_EQ(5, toy_rxq_next_bytes(self->to));
	b = TAKE(0);
	ASSERT_NE(NULL, b);
	EXPECT_EQ(5, b->len);
	EXPECT_EQ(NULL, TAKE(0));
	EXPECT_EQ(0, toy_rxq_bytes(self->to));
	EXPECT_EQ(0, toy_rxq_next_bytes(self->to));
	EXPECT_EQ(0, atomic_read(&self->to->sk_rmem_alloc));
	toy_buf_free(a);
	toy_buf_free(b);
}

TEST_F(rxq, deliver__to_whom_it_may_not)
{
	/* A connected one hears its peer alone. */
	toy_addr_set(&toy_sk(self->to)->remote, toy_addr(2, 81));
	EXPECT_EQ(-ECONNREFUSED, SEND("a"));
	toy_addr_set(&toy_sk(self->to)->remote, self->addr);
	EXPECT_EQ(0, SEND("a"));
	toy_addr_set(&toy_sk(self->to)->remote, toy_addr(0, 0));

	self->to->sk_shutdown = RCV_SHUTDOWN;
	EXPECT_EQ(-EPIPE, SEND("a"));
	self->to->sk_shutdown = SEND_SHUTDOWN;
	EXPECT_EQ(0, SEND("a"));
	self->to->sk_shutdown = 0;

	toy_rxq_shut(self->to, false);
	EXPECT_EQ(-ECONNREFUSED, SEND("a"));
	sock_reset_flag(self->to, SOCK_DEAD);
}

/* A seqpacket comes from the peer, or not at all. */
TEST_F(rxq, deliver__of_the_peer_alone)
{
	struct sock *a = toy_fake_sock(_metadata, SOCK_SEQPACKET);
	struct sock *b = toy_fake_sock(_metadata, SOCK_SEQPACKET);

	EXPECT_EQ(-EPIPE, send(_metadata, a, b, "x", NULL));
	toy_fake_join(a, b);
	EXPECT_EQ(0, send(_metadata, a, b, "x", NULL));
	EXPECT_EQ(-EPIPE, send(_metadata, a, self->from, "x", NULL));
}

/* An empty queue takes any message, however large: or it could never come. */
TEST_F(rxq, has_room__edges)
{
	unsigned int truesize;

	self->to->sk_rcvbuf = 1;
	EXPECT_TRUE(toy_rxq_has_room(self->to, INT_MAX));
	EXPECT_EQ(0, SEND("a"));
	EXPECT_EQ(-EAGAIN, SEND("b"));
	truesize = atomic_read(&self->to->sk_rmem_alloc);
	self->to->sk_rcvbuf = truesize + 100;
	EXPECT_TRUE(toy_rxq_has_room(self->to, 100));
	EXPECT_FALSE(toy_rxq_has_room(self->to, 101));
}

TEST_F(rxq, deliver__tells)
{
	unsigned long seen;

	EXPECT_EQ(NULL, TAKE(0));
	seen = self->seen;
	EXPECT_FALSE(toy_rxq_has_new(self->to, seen));
	EXPECT_EQ(0, SEND("a"));
	EXPECT_TRUE(toy_rxq_has_new(self->to, seen));
}

TEST_F(rxq, put_back__what_was_not_read)
{
	struct sk_buff *skb;

	EXPECT_EQ(0, SEND("hello"));
	EXPECT_EQ(0, SEND("world"));
	skb = TAKE(0);
	EXPECT_TRUE(toy_rxq_put_back(self->to, skb, 2));
	EXPECT_EQ(8, toy_rxq_bytes(self->to));
	EXPECT_EQ(3, toy_rxq_next_bytes(self->to));
	EXPECT_EQ(skb, TAKE(0));
	EXPECT_EQ(2, self->off);
	EXPECT_TRUE(toy_rxq_put_back(self->to, skb, 3));
	/* All of it was read, and it is still the first. */
	EXPECT_TRUE(toy_buf_spent(skb));
	EXPECT_EQ(0, toy_rxq_next_bytes(self->to));
	EXPECT_EQ(skb, TAKE(0));
	toy_buf_free(skb);
}

/* The connection has ended meanwhile: not for the next one. */
TEST_F(rxq, put_back__in_another_era)
{
	unsigned long before = toy_stat_read(&init_net, TOY_STAT_UNREAD);
	struct sk_buff *skb;

	EXPECT_EQ(0, SEND("hello"));
	skb = TAKE(0);
	toy_era_next(self->to);
	EXPECT_FALSE(toy_rxq_put_back(self->to, skb, 2));
	EXPECT_EQ(before + 1, toy_stat_read(&init_net, TOY_STAT_UNREAD));
	EXPECT_TRUE(toy_rxq_empty(self->to));
	toy_buf_free(skb);
}

/* The counts begin anew at 2^32, forwards and back. */
TEST_F(rxq, count__wraps)
{
	struct toy_sock *toy = toy_sk(self->to);
	struct sk_buff *skb;

	toy->written = U32_MAX - 2;
	toy->consumed = U32_MAX - 2;
	EXPECT_EQ(0, SEND("hello"));
	EXPECT_EQ(2, toy->written);
	EXPECT_EQ(1, toy->written_wraps);
	EXPECT_EQ(5, toy_rxq_bytes(self->to));
	skb = TAKE(0);
	EXPECT_EQ(2, toy->consumed);
	EXPECT_EQ(1, toy->consumed_wraps);
	EXPECT_TRUE(toy_rxq_put_back(self->to, skb, 1));
	EXPECT_EQ(U32_MAX - 1, toy->consumed);
	EXPECT_EQ(0, toy->consumed_wraps);
	EXPECT_EQ(skb, TAKE(0));
	EXPECT_EQ(1, toy->consumed_wraps);
	toy_buf_free(skb);
}

TEST_F(rxq, peek__leaves_it)
{
	struct sk_buff *skb, *again;

	EXPECT_EQ(0, SEND("hello"));
	skb = TAKE(MSG_PEEK);
	ASSERT_NE(NULL, skb);
	EXPECT_EQ(2, refcount_read(&skb->users));
	again = TAKE(MSG_PEEK);
	EXPECT_EQ(skb, again);
	EXPECT_EQ(5, toy_rxq_bytes(self->to));
	kfree_skb(again);
	kfree_skb(skb);
}

/* SO_PEEK_OFF: over the messages as if they were one, empty ones once. */
TEST_F(rxq, peek__from_an_offset)
{
	static const struct {
		int at, len, off;
	} cases[] = {
		{ 0, 3, 0 }, { 2, 3, 2 }, { 3, 5, 0 }, { 7, 5, 4 }, { 8, -1 },
	};
	struct sk_buff *skb;
	int i;

	EXPECT_EQ(0, SEND("one"));
	EXPECT_EQ(0, SEND("three"));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		self->to->sk_peek_off = cases[i].at;
		skb = TAKE(MSG_PEEK);
		EXPECT_EQ(cases[i].len >= 0, !!skb);
		if (!skb)
			continue;
		EXPECT_EQ(cases[i].len, skb->len);
		EXPECT_EQ(cases[i].off, self->off);
		kfree_skb(skb);
	}
	self->to->sk_peek_off = -1;
}

TEST_F(rxq, shut__all_that_was_queued_goes)
{
	unsigned long before = toy_stat_read(&init_net, TOY_STAT_UNREAD);
	u8 era = toy_sk(self->to)->era;

	EXPECT_EQ(0, SEND("one"));
	/* An empty message is one, too. */
	EXPECT_EQ(0, SEND(""));
	EXPECT_TRUE(toy_rxq_shut(self->to, true));
	EXPECT_EQ(before + 2, toy_stat_read(&init_net, TOY_STAT_UNREAD));
	EXPECT_EQ(0, toy_rxq_bytes(self->to));
	EXPECT_EQ(0, atomic_read(&self->to->sk_rmem_alloc));
	EXPECT_EQ(1, refcount_read(&self->from->sk_wmem_alloc));
	EXPECT_EQ((u8)(era + 1), toy_sk(self->to)->era);
	EXPECT_EQ(SHUTDOWN_MASK, self->to->sk_shutdown);
	EXPECT_FALSE(toy_rxq_shut(self->to, true));
	sock_reset_flag(self->to, SOCK_DEAD);
}

TEST_F(rxq, arrive__of_a_link)
{
	struct sk_buff *skb = alloc_skb(100, GFP_KERNEL);

	memset(skb_put(skb, 10), 'x', 10);
	EXPECT_EQ(0, toy_rxq_arrive(self->to, skb, -1));
	EXPECT_EQ(10, toy_rxq_bytes(self->to));
	EXPECT_NE(0, atomic_read(&self->to->sk_rmem_alloc));
	/* Nobody reads any more: all of it was in vain. */
	self->to->sk_shutdown = RCV_SHUTDOWN;
	skb = alloc_skb(100, GFP_KERNEL);
	memset(skb_put(skb, 10), 'x', 10);
	EXPECT_EQ(10, toy_rxq_arrive(self->to, skb, -1));
	EXPECT_EQ(10, toy_rxq_bytes(self->to));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of addresses: found, replaced, counted.
 */
#include <linux/rtnetlink.h>

#include "../backend/pair.h"
#include "fake.h"

FIXTURE(pair) {
	struct toy_ether *ether;
	struct toy_link *link;
	struct toy_addr here;
	struct toy_addr there;
};

FIXTURE_SETUP(pair)
{
	self->ether = toy_ether(&init_net);
	self->link = toy_fake_link(_metadata, 2);
	self->here = toy_addr(2, 80);
	self->there = toy_addr(3, 4000);
}

FIXTURE_TEARDOWN(pair)
{
}

static int freed;

static void free_pair(struct toy_pair *pair)
{
	freed++;
	kfree_rcu(pair, rcu);
}

static struct toy_pair *make(struct __test_metadata *_metadata,
			     struct pair_fixture *self, u8 type,
			     struct toy_addr here, struct toy_addr there)
{
	struct toy_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL);

	ASSERT_NE(NULL, pair);
	toy_pair_init(pair, self->ether, self->link, toy_fake_mac, type, here,
		      there);
	pair->kind = TOY_PAIR_WAIT;
	pair->free = free_pair;
	freed = 0;
	return pair;
}

#define MAKE() make(_metadata, self, TOY_FRAME_STREAM, self->here, self->there)

static struct toy_pair *find(struct pair_fixture *self, u8 type,
			     struct toy_addr here, struct toy_addr there)
{
	struct toy_pair *pair = toy_pair_find(self->ether, type, &here, &there);

	if (pair)
		toy_pair_put(pair);
	return pair;
}

#define FIND()	find(self, TOY_FRAME_STREAM, self->here, self->there)

TEST_F(pair, find__just_it)
{
	struct toy_pair *pair = MAKE();

	EXPECT_EQ(NULL, FIND());
	EXPECT_EQ(0, toy_pair_add(pair));
	EXPECT_EQ(pair, FIND());
	EXPECT_EQ(2, refcount_read(&pair->ref));
	EXPECT_EQ(NULL, find(self, TOY_FRAME_SEQPACKET, self->here,
			     self->there));
	EXPECT_EQ(NULL, find(self, TOY_FRAME_STREAM, self->there, self->here));
	EXPECT_EQ(NULL, find(self, TOY_FRAME_STREAM, toy_addr(2, 81),
			     self->there));
	EXPECT_EQ(NULL, find(self, TOY_FRAME_STREAM, self->here,
			     toy_addr(4, 4000)));
	EXPECT_TRUE(toy_pair_del(pair));
	EXPECT_FALSE(toy_pair_del(pair));
	EXPECT_EQ(NULL, FIND());
	EXPECT_EQ(0, freed);
	toy_pair_put(pair);
	EXPECT_EQ(1, freed);
}

TEST_F(pair, add__taken)
{
	struct toy_pair *a = MAKE(), *b = MAKE();

	EXPECT_EQ(0, toy_pair_add(a));
	EXPECT_EQ(-EADDRNOTAVAIL, toy_pair_add(b));
	EXPECT_EQ(1, refcount_read(&b->ref));
	EXPECT_EQ(a, FIND());
	toy_pair_del(a);
	EXPECT_EQ(0, toy_pair_add(b));
	toy_pair_del(b);
	toy_pair_put(a);
	toy_pair_put(b);
}

TEST_F(pair, replace__in_one_step)
{
	struct toy_pair *a = MAKE(), *b = MAKE(), *c = MAKE();

	EXPECT_EQ(0, toy_pair_add(a));
	EXPECT_TRUE(toy_pair_replace(a, b));
	EXPECT_EQ(b, FIND());
	EXPECT_EQ(1, refcount_read(&a->ref));
	/* What is not there any more is not replaced. */
	EXPECT_FALSE(toy_pair_replace(a, c));
	EXPECT_EQ(1, refcount_read(&c->ref));
	EXPECT_EQ(b, FIND());
	EXPECT_FALSE(toy_pair_del(a));
	EXPECT_TRUE(toy_pair_del(b));
	toy_pair_put(a);
	toy_pair_put(b);
	toy_pair_put(c);
	EXPECT_EQ(3, freed);
}

TEST_F(pair, put__lets_go_of_the_link)
{
	int links = refcount_read(&self->link->ref);
	int pairs = atomic_read(&self->ether->nr_pairs);
	struct toy_pair *pair = MAKE();

	EXPECT_EQ(links + 1, refcount_read(&self->link->ref));
	EXPECT_EQ(pairs + 1, atomic_read(&self->ether->nr_pairs));
	toy_pair_put(toy_pair_hold(pair));
	EXPECT_EQ(pairs + 1, atomic_read(&self->ether->nr_pairs));
	toy_pair_put(pair);
	EXPECT_EQ(links, refcount_read(&self->link->ref));
	EXPECT_EQ(pairs, atomic_read(&self->ether->nr_pairs));
}

TEST_F(pair, say__to_the_station)
{
	struct toy_segment seg = { .flags = TOY_FLAG_RST, .seq = 77 };
	struct toy_pair *pair = MAKE();
	struct toy_frame seen;

	toy_pair_say(pair, &seg);
	kfree_skb(toy_fake_sent(self->link, &seen));
	EXPECT_EQ(TOY_FRAME_STREAM, seen.type);
	EXPECT_EQ(2, seen.src);
	EXPECT_EQ(80, seen.sport);
	EXPECT_EQ(3, seen.dst);
	EXPECT_EQ(4000, seen.dport);
	EXPECT_EQ(TOY_FLAG_RST, seen.seg.flags);
	EXPECT_EQ(77, seen.seg.seq);
	toy_pair_put(pair);
}

/*
 * A timer fires not before its time; one that is too far away for a timer fires
 * in between, and is armed again.
 */
TEST_F(pair, jiffies__never_too_early)
{
	static const u64 waits[] = {
		0, 1, 9999, 10000, 10001, USEC_PER_SEC, 1000 * USEC_PER_SEC,
	};
	u64 now = toy_pair_now();
	int i;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		unsigned long before = jiffies;
		unsigned long at = toy_pair_jiffies(now, now + waits[i]);

		EXPECT_GE(jiffies_to_usecs(at - before), (u32)waits[i]);
	}
	/* What is over fires at once. */
	EXPECT_LE(toy_pair_jiffies(now, 0), jiffies + 1);
	/* None at all is far away, and not in the past. */
	EXPECT_TRUE(time_after(toy_pair_jiffies(now, U64_MAX), jiffies + HZ));
}

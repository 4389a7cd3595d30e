// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbours: asked for, answered, given up, forgotten.
 */
#include "../backend/neigh.h"
#include "../core/stat.h"
#include "fake.h"

FIXTURE(neigh) {
	struct toy_ether *ether;
	struct toy_link *link;
	struct toy_frame seen;
};

FIXTURE_SETUP(neigh)
{
	self->ether = toy_ether(&init_net);
	self->link = toy_fake_link(_metadata, 2);
}

FIXTURE_TEARDOWN(neigh)
{
	toy_neigh_forget(self->ether, NULL);
	EXPECT_EQ(0, self->ether->nr_neigh);
}

#define FAR	(3600 * HZ)

static const u8 other_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x77 };

/* Timers go off when the test says so: the machine may be slow. With BH off. */
static void put_off(struct neigh_fixture *self, u32 node)
{
	struct toy_neigh *n = toy_neigh_look(self->ether, node, 0);

	if (!n)
		return;
	if (timer_pending(&n->timer))
		mod_timer(&n->timer, jiffies + FAR);
	toy_neigh_put(n);
}

static int send(struct neigh_fixture *self, u32 node, u16 port)
{
	struct toy_frame frame = {
		.type = TOY_FRAME_DATAGRAM, .src = 2, .dst = node,
		.sport = 1, .dport = port,
	};
	int err;

	local_bh_disable();
	err = toy_neigh_send(self->ether, node, 0,
			     toy_frame_alloc(toy_fake_dev(self->link), &frame));
	put_off(self, node);
	local_bh_enable();
	return err;
}

static void hear(struct __test_metadata *_metadata, struct neigh_fixture *self,
		 u8 type, u32 from, const u8 *mac)
{
	struct toy_frame frame = { .type = type, .src = from, .dst = 2 };

	local_bh_disable();
	toy_fake_receive(_metadata, self->link, &frame, mac);
	put_off(self, from);
	local_bh_enable();
}

/* Its timer goes off. */
static void expire(struct neigh_fixture *self, u32 node)
{
	struct toy_neigh *n = toy_neigh_look(self->ether, node, 0);

	local_bh_disable();
	/* The reference of the timer is its function's. */
	if (del_timer(&n->timer))
		toy_neigh_timer(&n->timer);
	put_off(self, node);
	local_bh_enable();
	toy_neigh_put(n);
}

static int state(struct neigh_fixture *self, u32 node)
{
	struct toy_neigh *n = toy_neigh_look(self->ether, node, 0);
	int state = n ? n->state : -1;

	if (n)
		toy_neigh_put(n);
	return state;
}

/* How many frames of a type were sent, others being none; keeps the last one. */
static int sent(struct __test_metadata *_metadata, struct neigh_fixture *self,
		u8 type)
{
	struct toy_frame frame;
	struct sk_buff *skb;
	int n = 0;

	while ((skb = toy_fake_sent(self->link, &frame))) {
		EXPECT_EQ(type, frame.type);
		self->seen = frame;
		kfree_skb(skb);
		n++;
	}
	return n;
}

#define SENT(type)		sent(_metadata, self, type)
#define HEAR(type, from, mac)	hear(_metadata, self, type, from, mac)

TEST_F(neigh, send__asks_first)
{
	EXPECT_EQ(0, send(self, 3, 80));
	EXPECT_EQ(TOY_NEIGH_INCOMPLETE, state(self, 3));
	EXPECT_EQ(1, SENT(TOY_FRAME_WHO_HAS));
	EXPECT_EQ(0, send(self, 3, 81));
	EXPECT_EQ(0, SENT(TOY_FRAME_WHO_HAS));
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	EXPECT_EQ(TOY_NEIGH_REACHABLE, state(self, 3));
	EXPECT_EQ(2, SENT(TOY_FRAME_DATAGRAM));
	EXPECT_EQ(81, self->seen.dport);
	EXPECT_EQ(0, send(self, 3, 82));
	EXPECT_EQ(1, SENT(TOY_FRAME_DATAGRAM));
}

/* So many wait, then the oldest goes. */
TEST_F(neigh, send__so_many_wait)
{
	int i;

	for (i = 0; i < TOY_NEIGH_WAITING + 3; i++)
		EXPECT_EQ(0, send(self, 3, 100 + i));
	EXPECT_EQ(1, SENT(TOY_FRAME_WHO_HAS));
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	for (i = 0; i < TOY_NEIGH_WAITING; i++) {
		kfree_skb(toy_fake_sent(self->link, &self->seen));
		EXPECT_EQ(103 + i, self->seen.dport);
	}
	toy_fake_silence(_metadata, self->link);
}

TEST_F(neigh, timer__gives_up)
{
	EXPECT_EQ(0, send(self, 3, 80));
	EXPECT_EQ(1, SENT(TOY_FRAME_WHO_HAS));
	expire(self, 3);
	expire(self, 3);
	EXPECT_EQ(2, SENT(TOY_FRAME_WHO_HAS));
	EXPECT_EQ(TOY_NEIGH_INCOMPLETE, state(self, 3));
	expire(self, 3);
	EXPECT_EQ(TOY_NEIGH_FAILED, state(self, 3));
	EXPECT_EQ(0, SENT(TOY_FRAME_WHO_HAS));
	/* The answer comes too late for what waited, and was not waited for. */
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	EXPECT_EQ(TOY_NEIGH_FAILED, state(self, 3));
	EXPECT_EQ(0, SENT(TOY_FRAME_DATAGRAM));
}

/* After a failure nobody asks again at once. */
TEST_F(neigh, send__after_it_failed)
{
	struct toy_neigh *n;

	EXPECT_EQ(0, send(self, 3, 80));
	expire(self, 3);
	expire(self, 3);
	expire(self, 3);
	EXPECT_EQ(3, SENT(TOY_FRAME_WHO_HAS));
	n = toy_neigh_look(self->ether, 3, 0);
	n->answered = jiffies + FAR;
	EXPECT_EQ(-EHOSTUNREACH, send(self, 3, 80));
	EXPECT_EQ(0, SENT(TOY_FRAME_WHO_HAS));
	n->answered = jiffies - FAR;
	EXPECT_EQ(0, send(self, 3, 80));
	EXPECT_EQ(1, SENT(TOY_FRAME_WHO_HAS));
	toy_neigh_put(n);
}

/* Known for long, used again: asked for before it is given up [N5]. */
TEST_F(neigh, timer__from_reachable_to_probe)
{
	EXPECT_EQ(0, send(self, 3, 80));
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	expire(self, 3);
	EXPECT_EQ(TOY_NEIGH_STALE, state(self, 3));
	toy_fake_flush(self->link);
	EXPECT_EQ(0, send(self, 3, 80));
	EXPECT_EQ(TOY_NEIGH_DELAY, state(self, 3));
	EXPECT_EQ(1, SENT(TOY_FRAME_DATAGRAM));
	expire(self, 3);
	EXPECT_EQ(TOY_NEIGH_PROBE, state(self, 3));
	EXPECT_EQ(1, SENT(TOY_FRAME_WHO_HAS));
	/* Still good meanwhile; another station may not take its place. */
	EXPECT_EQ(0, send(self, 3, 80));
	EXPECT_EQ(1, SENT(TOY_FRAME_DATAGRAM));
	HEAR(TOY_FRAME_I_AM, 3, other_mac);
	EXPECT_EQ(TOY_NEIGH_PROBE, state(self, 3));
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	EXPECT_EQ(TOY_NEIGH_REACHABLE, state(self, 3));
}

static unsigned long dropped(enum toy_drop reason)
{
	return toy_stat_read(&init_net, TOY_STAT_DROPS + reason);
}

TEST_F(neigh, answered__unasked)
{
	unsigned long before = dropped(TOY_DROP_UNASKED);

	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_UNASKED));
	EXPECT_EQ(-1, state(self, 3));
}

TEST_F(neigh, answered__by_two)
{
	unsigned long before = dropped(TOY_DROP_CONFLICT);
	struct toy_neigh *n;

	EXPECT_EQ(0, send(self, 3, 80));
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	n = toy_neigh_look(self->ether, 3, 0);
	n->answered = jiffies + FAR;
	HEAR(TOY_FRAME_I_AM, 3, other_mac);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_CONFLICT));
	EXPECT_TRUE(ether_addr_equal(toy_fake_mac, n->mac));
	toy_neigh_put(n);
	toy_fake_flush(self->link);
}

TEST_F(neigh, asked__answers_and_remembers)
{
	HEAR(TOY_FRAME_WHO_HAS, 3, toy_fake_mac);
	EXPECT_EQ(1, SENT(TOY_FRAME_I_AM));
	EXPECT_EQ(2, self->seen.src);
	EXPECT_EQ(3, self->seen.dst);
	EXPECT_EQ(TOY_NEIGH_STALE, state(self, 3));
}

TEST_F(neigh, forget__behind_a_link)
{
	struct toy_link *other = toy_fake_link_more(_metadata);

	EXPECT_EQ(0, send(self, 3, 80));
	toy_fake_flush(other);
	HEAR(TOY_FRAME_I_AM, 3, toy_fake_mac);
	toy_neigh_forget(self->ether, other);
	EXPECT_EQ(TOY_NEIGH_REACHABLE, state(self, 3));
	toy_neigh_forget(self->ether, self->link);
	EXPECT_EQ(-1, state(self, 3));
}

/* What waits goes with the entry, and it is not found dead. */
TEST_F(neigh, forget__what_waits)
{
	struct toy_neigh *n;

	EXPECT_EQ(0, send(self, 3, 80));
	n = toy_neigh_look(self->ether, 3, 0);
	toy_neigh_forget(self->ether, NULL);
	EXPECT_TRUE(n->dead);
	EXPECT_FALSE(timer_pending(&n->timer));
	EXPECT_EQ(0, skb_queue_len(&n->waiting));
	EXPECT_EQ(0, n->asker);
	EXPECT_EQ(1, refcount_read(&n->ref));
	toy_neigh_put(n);
}

/* ---- neigh_table.c ---- */

static struct toy_neigh *make(struct neigh_fixture *self, u32 id, u8 state,
			      long age)
{
	struct toy_neigh *n = toy_neigh_get(self->ether, id, 0, true);

	if (!n)
		return NULL;
	n->state = state;
	n->used = jiffies - age;
	toy_neigh_put(n);
	return n;
}

/* A full table: the failed ones go first, then the stale, the oldest of them. */
TEST_F(neigh, get__who_makes_room)
{
	u32 id, stale = 500, failed = 700;

	for (id = 10; id < 10 + TOY_NEIGH_MAX; id++)
		ASSERT_NE(NULL, make(self, id, id == failed ? TOY_NEIGH_FAILED :
				     id == stale || id == stale + 1 ?
				     TOY_NEIGH_STALE : TOY_NEIGH_REACHABLE,
				     id == stale + 1 ? 200 : 100));
	EXPECT_EQ(TOY_NEIGH_MAX, self->ether->nr_neigh);
	ASSERT_NE(NULL, make(self, 5000, TOY_NEIGH_REACHABLE, 0));
	EXPECT_EQ(-1, state(self, failed));
	ASSERT_NE(NULL, make(self, 5001, TOY_NEIGH_REACHABLE, 0));
	EXPECT_EQ(-1, state(self, stale + 1));
	EXPECT_EQ(TOY_NEIGH_STALE, state(self, stale));
	ASSERT_NE(NULL, make(self, 5002, TOY_NEIGH_REACHABLE, 0));
	EXPECT_EQ(-1, state(self, stale));
	/* All are in use. */
	EXPECT_EQ(NULL, make(self, 5003, TOY_NEIGH_REACHABLE, 0));
	EXPECT_EQ(-ENOBUFS, send(self, 5003, 80));
	EXPECT_EQ(TOY_NEIGH_MAX, self->ether->nr_neigh);
	/* Those that are asked for make room for ours, not for strangers. */
	make(self, 10, TOY_NEIGH_INCOMPLETE, 0);
	EXPECT_EQ(NULL, toy_neigh_get(self->ether, 5003, 0, false));
	ASSERT_NE(NULL, make(self, 5003, TOY_NEIGH_REACHABLE, 0));
}

/* One entry for each device that is asked for. */
TEST_F(neigh, get__by_device)
{
	struct toy_neigh *a = toy_neigh_get(self->ether, 3, 0, true);
	struct toy_neigh *b = toy_neigh_get(self->ether, 3, 7, true);

	EXPECT_NE(a, b);
	EXPECT_EQ(b, toy_neigh_get(self->ether, 3, 7, true));
	EXPECT_EQ(3, refcount_read(&b->ref));
	EXPECT_EQ(2, self->ether->nr_neigh);
	toy_neigh_put(b);
	toy_neigh_put(b);
	toy_neigh_put(a);
}

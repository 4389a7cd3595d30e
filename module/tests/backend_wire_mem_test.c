// SPDX-License-Identifier: GPL-2.0-only
/*
 * What connections may hold, all together, and whose turn it is.
 */
#include "../backend/wire.h"
#include "fake.h"

FIXTURE(mem) {
	struct toy_wire *a;
	struct toy_wire *b;
	struct sock *sk;
};

FIXTURE_SETUP(mem)
{
	self->sk = toy_fake_sock(_metadata, SOCK_STREAM);
	self->a = toy_test_zalloc(_metadata, sizeof(*self->a));
	self->b = toy_test_zalloc(_metadata, sizeof(*self->b));
	self->a->sk = self->sk;
	self->b->sk = self->sk;
}

FIXTURE_TEARDOWN(mem)
{
	toy_wire_mem_end(self->a);
	toy_wire_mem_end(self->b);
	toy_wire_mem_favour_end(self->a);
	toy_wire_mem_favour_end(self->b);
	EXPECT_FALSE(toy_wire_mem_scarce());
}

/* Small changes are not worth telling all the others. */
TEST_F(mem, update__in_steps)
{
	self->a->memory = SZ_4K - 1;
	toy_wire_mem_update(self->a);
	EXPECT_EQ(0, self->a->counted);
	self->a->memory = SZ_4K;
	toy_wire_mem_update(self->a);
	EXPECT_EQ(SZ_4K, self->a->counted);
	self->a->memory = 1;
	toy_wire_mem_update(self->a);
	EXPECT_EQ(SZ_4K, self->a->counted);
	self->a->memory = 0;
	toy_wire_mem_update(self->a);
	EXPECT_EQ(0, self->a->counted);
}

TEST_F(mem, behind__a_reader_that_freed_much)
{
	self->a->memory = SZ_32K;
	toy_wire_mem_update(self->a);
	self->a->memory = SZ_16K + 1;
	EXPECT_FALSE(toy_wire_mem_behind(self->a, self->sk));
	self->a->memory = SZ_16K;
	EXPECT_TRUE(toy_wire_mem_behind(self->a, self->sk));
	/* More than was counted is not behind. */
	self->a->memory = SZ_64K;
	EXPECT_FALSE(toy_wire_mem_behind(self->a, self->sk));
}

TEST_F(mem, scarce__beyond_the_limit)
{
	EXPECT_FALSE(toy_wire_mem_scarce());
	/* 2 GiB: more than any limit of a machine this test runs on. */
	self->a->memory = BIT(31) - 1;
	toy_wire_mem_update(self->a);
	EXPECT_TRUE(toy_wire_mem_scarce());
	/* And so far beyond it that nobody has a turn. */
	EXPECT_FALSE(toy_wire_mem_favour(self->a));
	toy_wire_mem_end(self->a);
	EXPECT_EQ(0, self->a->counted);
	EXPECT_FALSE(toy_wire_mem_scarce());
}

/*
 * One at a time; when its turn is over, another one's, if that wanted it. A turn
 * takes two seconds at most: where this machine slept for one, it is tried again.
 */
TEST_F(mem, favour__takes_turns)
{
	static const bool expected[] = {
		true, true, false, false, true, false,
	};
	bool mine[ARRAY_SIZE(expected)];
	unsigned long start;
	int i;

	do {
		toy_wire_mem_favour_end(self->a);
		toy_wire_mem_favour_end(self->b);
		/* Whoever had the last turn: it is nobody's any more. */
		while (!toy_wire_mem_favour(self->a))
			cond_resched();
		toy_wire_mem_favour_end(self->a);
		start = jiffies;
		mine[0] = toy_wire_mem_favour(self->a);
		mine[1] = toy_wire_mem_favour(self->a);
		mine[2] = toy_wire_mem_favour(self->b);
		/* Who has none cannot end it. */
		toy_wire_mem_favour_end(self->b);
		mine[3] = toy_wire_mem_favour(self->b);
		toy_wire_mem_favour_end(self->a);
		mine[4] = toy_wire_mem_favour(self->b);
		mine[5] = toy_wire_mem_favour(self->a);
	} while (time_after(jiffies, start + HZ));
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		EXPECT_EQ(expected[i], mine[i]) {
			TH_LOG("step %d", i);
		}
}

/* Nobody else wanted it: the same one again. */
TEST_F(mem, favour__again)
{
	EXPECT_TRUE(toy_wire_mem_favour(self->a));
	toy_wire_mem_favour_end(self->a);
	EXPECT_TRUE(toy_wire_mem_favour(self->a));
}

TEST_F(mem, orphan__is_counted_by_kind)
{
	self->a->conn.state = TOY_STATE_FIN_WAIT1;
	toy_wire_orphan(self->a);
	EXPECT_EQ(TOY_ORPHAN_SENDS, self->a->orphan);
	toy_wire_orphan(self->a);
	self->a->conn.state = TOY_STATE_FIN_WAIT2;
	toy_wire_orphan(self->a);
	EXPECT_EQ(TOY_ORPHAN_WAITS, self->a->orphan);
	toy_wire_orphan_end(self->a);
	EXPECT_EQ(TOY_ORPHAN_NONE, self->a->orphan);
	toy_wire_orphan_end(self->a);
}

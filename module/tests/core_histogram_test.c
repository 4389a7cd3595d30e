// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms: which class a time is in, whose they are, when they go.
 */
#include "../core/histogram.h"
#include "../core/registry.h"
#include "fake.h"

FIXTURE(histogram) {
	struct sock *sk;
	struct toy_info info;
};

FIXTURE_SETUP(histogram)
{
	self->sk = toy_fake_sock(_metadata, SOCK_DGRAM);
	toy_histogram_switch(toy_net(&init_net), true);
}

FIXTURE_TEARDOWN(histogram)
{
	toy_histogram_switch(toy_net(&init_net), false);
}

static u32 sum(const u32 *class)
{
	u32 n = 0, i;

	for (i = 0; i < TOY_HISTOGRAM; i++)
		n += class[i];
	return n;
}

static const struct toy_info *look(struct histogram_fixture *self)
{
	memset(&self->info, 0, sizeof(self->info));
	toy_histogram_fill(self->sk, &self->info);
	return &self->info;
}

/*
 * So many us are in the class of their highest bit. Time goes on meanwhile: the
 * middle of classes that are seconds wide.
 */
TEST_F(histogram, read__class_of_a_time)
{
	int bit;

	for (bit = 24; bit < 48; bit++) {
		int class = min(bit + 1, TOY_HISTOGRAM - 1);
		u64 us = BIT_ULL(bit) + BIT_ULL(bit - 1);
		u32 before = look(self)->toyi_queue_delay[class];

		toy_histogram_taken(self->sk, ktime_get_ns() - us * 1000);
		EXPECT_EQ(before + 1, look(self)->toyi_queue_delay[class]) {
			TH_LOG("2^%d us", bit);
		}
	}
	EXPECT_EQ(24, sum(look(self)->toyi_queue_delay));
	EXPECT_EQ(0, sum(self->info.toyi_accept_wait));
}

TEST_F(histogram, read__nothing_began)
{
	toy_histogram_taken(self->sk, 0);
	EXPECT_EQ(0, sum(look(self)->toyi_queue_delay));
}

TEST_F(histogram, accepted__is_counted_apart)
{
	toy_rx_lock(self->sk);
	toy_histogram_accepted(self->sk, ktime_get_ns());
	toy_rx_unlock(self->sk);
	EXPECT_EQ(1, sum(look(self)->toyi_accept_wait));
	EXPECT_EQ(0, sum(self->info.toyi_queue_delay));
}

/* What was counted is still to be seen, but nothing more is. */
TEST_F(histogram, switch__off)
{
	toy_histogram_taken(self->sk, ktime_get_ns());
	EXPECT_NE(0, toy_histogram_start(self->sk));
	toy_histogram_switch(toy_net(&init_net), false);
	EXPECT_EQ(0, toy_histogram_start(self->sk));
	toy_histogram_taken(self->sk, ktime_get_ns());
	EXPECT_EQ(1, sum(look(self)->toyi_queue_delay));
	/* Twice off is once. */
	toy_histogram_switch(toy_net(&init_net), false);
}

TEST_F(histogram, drop__goes_with_the_socket)
{
	struct xarray *all = &toy_net(&init_net)->histogram;

	toy_histogram_taken(self->sk, ktime_get_ns());
	EXPECT_FALSE(xa_empty(all));
	toy_registry_del(self->sk);
	EXPECT_TRUE(xa_empty(all));
	/* A socket that nobody can look up any more has none. */
	toy_histogram_taken(self->sk, ktime_get_ns());
	EXPECT_TRUE(xa_empty(all));
}

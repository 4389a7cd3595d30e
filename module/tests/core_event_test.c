// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: who is told of what, and what is lost.
 */
#include "../core/event.h"
#include "../core/stat.h"
#include "fake.h"

FIXTURE(event) {
	struct toy_event_reader *reader;
	struct sock *sk;
	struct toy_event event;
	unsigned int lost;
};

FIXTURE_SETUP(event)
{
	self->reader = toy_test_zalloc(_metadata, sizeof(*self->reader));
	self->reader->all = true;
	self->sk = toy_fake_sock(_metadata, SOCK_STREAM);
	ASSERT_EQ(0, toy_event_join(&init_net, self->reader, false));
}

FIXTURE_TEARDOWN(event)
{
	toy_event_leave(&init_net, self->reader);
}

#define TAKE()	toy_event_take(&init_net, self->reader, &self->event, \
			       &self->lost)

TEST_F(event, tell__says_what_happened)
{
	toy_addr_set(&toy_sk(self->sk)->local, toy_addr(2, 80));
	toy_addr_set(&toy_sk(self->sk)->remote, toy_addr(3, 81));
	self->sk->sk_uid = KUIDT_INIT(1000);
	EXPECT_FALSE(toy_event_ready(self->reader));
	toy_set_state_new(self->sk, TCP_LISTEN);
	EXPECT_TRUE(toy_event_ready(self->reader));
	EXPECT_TRUE(TAKE());
	EXPECT_EQ(toy_sk(self->sk)->id, self->event.id);
	EXPECT_EQ(SOCK_STREAM, self->event.type);
	EXPECT_EQ(TCP_CLOSE, self->event.old);
	EXPECT_EQ(TCP_LISTEN, self->event.new);
	EXPECT_EQ(toy_addr(2, 80).all, self->event.local.all);
	EXPECT_EQ(toy_addr(3, 81).all, self->event.remote.all);
	EXPECT_EQ(1000, self->event.uid.val);
	EXPECT_FALSE(TAKE());
	EXPECT_EQ(0, self->lost);
	toy_set_state_new(self->sk, TCP_CLOSE);
}

TEST_F(event, tell__of_births_and_deaths)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_DGRAM);

	EXPECT_TRUE(TAKE());
	EXPECT_EQ(TOY_STATE_NONE, self->event.old);
	EXPECT_EQ(TCP_CLOSE, self->event.new);
	toy_fake_release(sk);
	EXPECT_TRUE(TAKE());
	EXPECT_EQ(TCP_CLOSE, self->event.old);
	EXPECT_EQ(TOY_STATE_NONE, self->event.new);
	EXPECT_FALSE(TAKE());
}

TEST_F(event, tell__no_change_is_no_event)
{
	toy_set_state_new(self->sk, TCP_CLOSE);
	EXPECT_FALSE(TAKE());
}

TEST_F(event, viewer__sees_his_own)
{
	self->reader->all = false;
	self->reader->viewer = KUIDT_INIT(1000);
	toy_set_state_new(self->sk, TCP_LISTEN);
	EXPECT_FALSE(TAKE());
	self->sk->sk_uid = KUIDT_INIT(1000);
	toy_set_state_new(self->sk, TCP_CLOSE);
	EXPECT_TRUE(TAKE());
	EXPECT_EQ(TCP_LISTEN, self->event.old);
}

/* The ring is full: what comes then is counted, and told of in its place. */
TEST_F(event, ring__overflows)
{
	unsigned long before = toy_stat_read(&init_net, TOY_STAT_EVENTS_LOST);
	int i;

	for (i = 0; i < TOY_EVENT_RING; i++)
		toy_set_state_new(self->sk, i & 1 ? TCP_CLOSE : TCP_LISTEN);
	EXPECT_EQ(0, self->reader->lost);
	for (i = 0; i < 10; i++)
		toy_set_state_new(self->sk, i & 1 ? TCP_CLOSE : TCP_LISTEN);
	EXPECT_EQ(before + 10, toy_stat_read(&init_net, TOY_STAT_EVENTS_LOST));

	/* There is room for one by now, but not before the loss was told. */
	EXPECT_TRUE(TAKE());
	toy_set_state_new(self->sk, TCP_LISTEN);
	for (i = 1; i < TOY_EVENT_RING; i++) {
		EXPECT_TRUE(TAKE());
		EXPECT_EQ(0, self->lost);
	}
	EXPECT_TRUE(toy_event_ready(self->reader));
	EXPECT_FALSE(TAKE());
	EXPECT_EQ(11, self->lost);
	EXPECT_FALSE(toy_event_ready(self->reader));
	toy_set_state_new(self->sk, TCP_CLOSE);
	EXPECT_TRUE(TAKE());
	EXPECT_EQ(TCP_LISTEN, self->event.old);
}

/* The counters go round after 2^32 events. */
TEST_F(event, ring__wraps)
{
	int i;

	self->reader->first = U32_MAX - 2;
	self->reader->next = U32_MAX - 2;
	for (i = 0; i < 6; i++)
		toy_set_state_new(self->sk, i & 1 ? TCP_CLOSE : TCP_LISTEN);
	EXPECT_EQ(0, self->reader->lost);
	for (i = 0; i < 6; i++) {
		EXPECT_TRUE(TAKE());
		EXPECT_EQ(i & 1 ? TCP_CLOSE : TCP_LISTEN, self->event.new);
	}
	EXPECT_FALSE(TAKE());
}

TEST_F(event, join__so_many_and_no_more)
{
	struct toy_net *tn = toy_net(&init_net);
	struct toy_event_reader *late;

	late = toy_test_zalloc(_metadata, sizeof(*late));
	tn->nr_event_readers += TOY_EVENT_READERS - 1;
	EXPECT_EQ(-ENFILE, toy_event_join(&init_net, late, false));
	EXPECT_EQ(TOY_EVENT_READERS, tn->nr_event_readers);
	EXPECT_EQ(0, toy_event_join(&init_net, late, true));
	toy_event_leave(&init_net, late);
	tn->nr_event_readers -= TOY_EVENT_READERS - 1;
}

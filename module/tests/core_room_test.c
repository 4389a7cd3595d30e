// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for room in somebody else's queue.
 */
#include "../core/port.h"
#include "../core/room.h"
#include "../core/rxq.h"
#include "fake.h"

static bool waited_for(struct sock *sk)
{
	return !list_empty(&toy_sk(sk)->room_wait.head);
}

FIXTURE(room) {
	struct sock *to;
	struct sock *from;
	long timeo;
};

static int told;

static void tell(struct sock *sk)
{
	told++;
}

FIXTURE_SETUP(room)
{
	told = 0;
	self->to = toy_fake_sock(_metadata, SOCK_DGRAM);
	self->from = toy_fake_sock(_metadata, SOCK_DGRAM);
	self->from->sk_write_space = tell;
	toy_peer_set(self->from, self->to);
	self->timeo = 1;
}

FIXTURE_TEARDOWN(room)
{
	EXPECT_FALSE(waited_for(self->to));
}

/* Its queue is full from here on. */
static void make_full(struct __test_metadata *_metadata,
		      struct room_fixture *self)
{
	struct toy_addr from = toy_addr(2, 80);
	struct sk_buff *skb = toy_fake_message(_metadata, self->from, "x");

	self->to->sk_rcvbuf = 1;
	EXPECT_EQ(0, toy_rxq_deliver(self->to, skb, &from));
}

static void take_one(struct room_fixture *self)
{
	unsigned long seen;
	int off;

	toy_buf_free(toy_rxq_take(self->to, 0, &off, &seen));
}

TEST_F(room, wait__not_at_all)
{
	self->timeo = 0;
	EXPECT_EQ(-EAGAIN, toy_room_wait(self->to, 1, &self->timeo, NULL));
}

TEST_F(room, wait__there_is_room)
{
	self->timeo = MAX_SCHEDULE_TIMEOUT;
	EXPECT_EQ(0, toy_room_wait(self->to, INT_MAX, &self->timeo, NULL));
	EXPECT_EQ(MAX_SCHEDULE_TIMEOUT, self->timeo);
}

TEST_F(room, wait__until_time_is_up)
{
	make_full(_metadata, self);
	EXPECT_EQ(-EAGAIN, toy_room_wait(self->to, 1, &self->timeo, NULL));
	EXPECT_EQ(0, self->timeo);
	take_one(self);
}

/* There will never be room: that is not to be waited for. */
TEST_F(room, wait__for_one_that_ended)
{
	make_full(_metadata, self);
	self->to->sk_shutdown = RCV_SHUTDOWN;
	self->timeo = MAX_SCHEDULE_TIMEOUT;
	EXPECT_EQ(0, toy_room_wait(self->to, 1, &self->timeo, NULL));
	self->to->sk_shutdown = 0;
	take_one(self);
}

TEST_F(room, wait__under_a_lock)
{
	make_full(_metadata, self);
	lock_sock(self->from);
	EXPECT_EQ(-EAGAIN, toy_room_wait(self->to, 1, &self->timeo,
					 self->from));
	EXPECT_TRUE(lockdep_sock_is_held(self->from));
	release_sock(self->from);
	EXPECT_TRUE(list_empty(&sk_sleep(self->from)->head));
	take_one(self);
}

/* A listener's backlog is room, too. */
TEST_F(room, wait__for_a_listener)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_STREAM);

	/* Not listening: nothing to wait for. */
	self->timeo = MAX_SCHEDULE_TIMEOUT;
	EXPECT_EQ(0, toy_room_wait(sk, 0, &self->timeo, NULL));
	toy_set_state_new(sk, TCP_LISTEN);
	sk->sk_ack_backlog = sk->sk_max_ack_backlog + 1;
	self->timeo = 1;
	EXPECT_EQ(-EAGAIN, toy_room_wait(sk, 0, &self->timeo, NULL));
	sk->sk_ack_backlog = 0;
	toy_set_state_new(sk, TCP_CLOSE);
}

/* A poller is told once when there is room, and has to look again. */
TEST_F(room, relay__tells_once)
{
	int before = refcount_read(&self->to->sk_refcnt);

	EXPECT_FALSE(toy_room_relay(self->from, self->to));
	make_full(_metadata, self);
	EXPECT_TRUE(toy_room_relay(self->from, self->to));
	EXPECT_TRUE(toy_room_relay(self->from, self->to));
	EXPECT_EQ(before + 1, refcount_read(&self->to->sk_refcnt));
	EXPECT_EQ(0, told);
	take_one(self);
	EXPECT_EQ(1, told);
	make_full(_metadata, self);
	take_one(self);
	EXPECT_EQ(1, told);
	toy_room_unrelay(self->from);
	EXPECT_EQ(before, refcount_read(&self->to->sk_refcnt));
	/* Twice is nothing. */
	toy_room_unrelay(self->from);
}

TEST_F(room, relay__goes_with_the_peer)
{
	struct sock *other = toy_fake_sock(_metadata, SOCK_DGRAM);
	int before = refcount_read(&self->to->sk_refcnt);

	/* Connected elsewhere since the caller looked. */
	EXPECT_FALSE(toy_room_relay(self->from, other));
	EXPECT_EQ(NULL, toy_relay_to(toy_sk(self->from)));
	EXPECT_FALSE(toy_room_relay(self->from, self->to));
	toy_peer_set(self->from, other);
	EXPECT_FALSE(toy_room_relay(self->from, other));
	EXPECT_EQ(other, toy_relay_to(toy_sk(self->from)));
	/* Neither the relay's reference nor the peer's is left at the old one. */
	EXPECT_EQ(before - 1, refcount_read(&self->to->sk_refcnt));
	EXPECT_FALSE(waited_for(self->to));
	toy_room_unrelay(self->from);
}

/* Room is for what was refused, not for anything. */
TEST_F(room, relay__for_what_was_refused)
{
	EXPECT_EQ(1, toy_room_wanted(self->from));
	make_full(_metadata, self);
	self->to->sk_rcvbuf = atomic_read(&self->to->sk_rmem_alloc) + 100;
	toy_sk(self->from)->refused = 100;
	EXPECT_FALSE(toy_room_relay(self->from, self->to));
	toy_sk(self->from)->refused = 101;
	EXPECT_TRUE(toy_room_relay(self->from, self->to));
	toy_room_unrelay(self->from);
	take_one(self);
}

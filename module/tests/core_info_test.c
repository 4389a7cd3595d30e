// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is to know of a socket; its states; its peer.
 */
#include "../core/info.h"
#include "../core/registry.h"
#include "../core/rxq.h"
#include "fake.h"

FIXTURE(info) {
	struct sock *a;
	struct sock *b;
	struct toy_info info;
	struct toy_queues queues;
	struct toy_peer_id peer;
};

FIXTURE_SETUP(info)
{
	self->a = toy_fake_sock(_metadata, SOCK_STREAM);
	self->b = toy_fake_sock(_metadata, SOCK_STREAM);
	toy_fake_join(self->a, self->b);
}

FIXTURE_TEARDOWN(info)
{
}

/* More than 2^32 bytes: both halves of the sum. */
TEST_F(info, fill__counts_beyond_32_bits)
{
	toy_sk(self->a)->consumed = 5;
	toy_sk(self->a)->consumed_wraps = 3;
	toy_sk(self->b)->written = 7;
	toy_sk(self->b)->written_wraps = 2;
	toy_info_fill(self->a, &self->info);
	EXPECT_EQ(TCP_ESTABLISHED, self->info.toyi_state);
	EXPECT_EQ((3ULL << 32) + 5, self->info.toyi_bytes_in);
	EXPECT_EQ((2ULL << 32) + 7, self->info.toyi_bytes_out);
	EXPECT_EQ(0, self->info.toyi_max_message);
	toy_sk(self->b)->written = toy_sk(self->b)->written_wraps = 0;
	toy_sk(self->a)->written = 5;
}

/* What the peer counts is somebody else's, once it has another one. */
TEST_F(info, fill__not_of_another_connection)
{
	toy_sk(self->b)->written = 7;
	toy_sk(self->b)->consumed = 7;
	toy_peer_set(self->b, NULL);
	toy_info_fill(self->a, &self->info);
	EXPECT_EQ(0, self->info.toyi_bytes_out);
	/* One that has closed, and nothing else, still counts for us. */
	toy_sk(self->b)->era = 1;
	toy_registry_del(self->b);
	toy_info_fill(self->a, &self->info);
	EXPECT_EQ(7, self->info.toyi_bytes_out);
	toy_peer_set(self->a, NULL);
	toy_info_fill(self->a, &self->info);
	EXPECT_EQ(0, self->info.toyi_bytes_out);
}

TEST_F(info, fill__of_messages)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_DGRAM);

	sk->sk_sndbuf = 10000;
	toy_sent_add(sk, 5);
	toy_sent_add(sk, U32_MAX);
	atomic_set(&sk->sk_drops, 3);
	toy_info_fill(sk, &self->info);
	EXPECT_EQ(10000 - TOY_MESSAGE_RESERVE, self->info.toyi_max_message);
	EXPECT_EQ(5ULL + U32_MAX, self->info.toyi_bytes_out);
	EXPECT_EQ(3, self->info.toyi_drops[TOY_DROP_FILTER]);
}

TEST_F(info, queues__of_listeners_and_others)
{
	toy_sk(self->a)->written = 2;
	toy_sk(self->a)->consumed = U32_MAX;
	toy_fake.unread = 9;
	toy_info_queues(self->a, &self->queues);
	EXPECT_EQ(3, self->queues.rx);
	EXPECT_EQ(9, self->queues.tx);
	toy_sk(self->a)->written = toy_sk(self->a)->consumed;

	toy_set_state_new(self->a, TCP_LISTEN);
	self->a->sk_ack_backlog = 4;
	self->a->sk_max_ack_backlog = 5;
	toy_info_queues(self->a, &self->queues);
	EXPECT_EQ(4, self->queues.rx);
	EXPECT_EQ(5, self->queues.tx);
	toy_set_state_new(self->a, TCP_CLOSE);
	self->a->sk_ack_backlog = 0;
}

TEST_F(info, peer__only_while_it_is_somebody)
{
	int before = refcount_read(&self->b->sk_refcnt);

	toy_info_peer(self->a, &self->peer);
	EXPECT_NE(0, self->peer.ino);
	EXPECT_NE(0, self->peer.cookie[0] | self->peer.cookie[1]);
	EXPECT_EQ(before, refcount_read(&self->b->sk_refcnt));
	toy_registry_del(self->b);
	toy_info_peer(self->a, &self->peer);
	EXPECT_EQ(0, self->peer.ino);
	EXPECT_EQ(0, self->peer.cookie[0] | self->peer.cookie[1]);
}

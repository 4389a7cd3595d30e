// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream's queue: what is joined, found, consumed, urgent; numbers that wrap.
 */
#include "../core/rxq.h"
#include "fake.h"

FIXTURE(stream) {
	struct sock *to;
	struct sock *from;
	struct toy_creds creds;
	u8 data[64];
};

FIXTURE_SETUP(stream)
{
	int i;

	self->to = toy_fake_sock(_metadata, SOCK_STREAM);
	self->from = toy_fake_sock(_metadata, SOCK_STREAM);
	toy_fake_join(self->to, self->from);
	self->creds = toy_fake_creds();
	for (i = 0; i < sizeof(self->data); i++)
		self->data[i] = 'a' + i % 26;
	/* All that follows happens where the numbers begin anew. */
	toy_sk(self->to)->written = U32_MAX - 7;
	toy_sk(self->to)->consumed = U32_MAX - 7;
}

FIXTURE_TEARDOWN(stream)
{
	toy_rxq_shut(self->to, false);
	EXPECT_EQ(1, refcount_read(&self->from->sk_wmem_alloc));
}

static struct sk_buff *buffer(struct stream_fixture *self, size_t len)
{
	struct msghdr msg;
	struct sk_buff *skb;
	struct kvec vec;
	int err;

	skb = toy_buf_alloc(self->from, len, true, &self->creds, &err);
	if (!skb)
		return NULL;
	toy_fake_msg(&msg, &vec, self->data, len, true);
	if (toy_buf_copy_from(skb, &msg, len))
		return NULL;
	return skb;
}

static int fill(struct stream_fixture *self, size_t len, bool urgent)
{
	struct msghdr msg;
	struct kvec vec;

	toy_fake_msg(&msg, &vec, self->data, len, true);
	return toy_rxq_fill(self->to, self->from, &msg, len, &self->creds,
			    urgent);
}

static void consume(struct stream_fixture *self, u32 n)
{
	struct sk_buff *done;

	toy_rx_lock(self->to);
	done = toy_rxq_consume(self->to, n);
	toy_rx_unlock(self->to);
	if (done)
		toy_buf_free(done);
}

static u32 buffers(struct stream_fixture *self)
{
	return skb_queue_len(&self->to->sk_receive_queue);
}

TEST_F(stream, append__then_fill_its_rest)
{
	EXPECT_EQ(0, fill(self, 3, false));
	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), false));
	EXPECT_EQ(5, fill(self, 5, false));
	EXPECT_EQ(1, buffers(self));
	EXPECT_EQ(9, toy_rxq_bytes(self->to));
	EXPECT_EQ(1, toy_sk(self->to)->written_wraps);
	EXPECT_EQ(1, toy_sk(self->to)->written);
	/* More than it has room for is not cut: the sender makes a buffer. */
	EXPECT_EQ(0, toy_rxq_fill(self->to, self->from, NULL, SZ_64K,
				  &self->creds, false));
}

TEST_F(stream, fill__not_what_another_one_sent)
{
	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), false));
	EXPECT_TRUE(toy_rxq_lags(self->to, &self->creds));
	self->creds.uid = KUIDT_INIT(1000);
	EXPECT_FALSE(toy_rxq_lags(self->to, &self->creds));
	EXPECT_EQ(0, fill(self, 5, false));
	/* But what was read through bears whose name it will. */
	consume(self, 4);
	EXPECT_EQ(5, fill(self, 5, false));
	EXPECT_TRUE(toy_buf_has_creds(skb_peek(&self->to->sk_receive_queue),
				      &self->creds));
}

/* Not while a reader copies from it. */
TEST_F(stream, fill__not_under_a_reader)
{
	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), false));
	toy_sk(self->to)->reading = skb_peek(&self->to->sk_receive_queue);
	EXPECT_EQ(0, fill(self, 5, false));
	toy_sk(self->to)->reading = NULL;
	EXPECT_EQ(5, fill(self, 5, false));
}

TEST_F(stream, any__of_a_stranger)
{
	struct sock *stranger = toy_fake_sock(_metadata, SOCK_STREAM);
	struct sk_buff *skb;
	struct msghdr msg;
	struct kvec vec;

	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), false));
	toy_fake_msg(&msg, &vec, self->data, 1, true);
	EXPECT_EQ(-EPIPE, toy_rxq_fill(self->to, stranger, &msg, 1,
				       &self->creds, false));
	consume(self, 4);
	EXPECT_EQ(NULL, toy_rxq_steal(self->to, stranger, 1, &self->creds));
	/* Nor of the peer, when nobody reads any more. */
	skb = buffer(self, 4);
	self->to->sk_shutdown = RCV_SHUTDOWN;
	EXPECT_EQ(-EPIPE, fill(self, 1, false));
	EXPECT_EQ(-EPIPE, toy_rxq_append(self->to, skb, false));
	toy_buf_free(skb);
	EXPECT_EQ(NULL, toy_rxq_steal(self->to, self->from, 1, &self->creds));
	self->to->sk_shutdown = 0;
}

TEST_F(stream, steal__the_empty_one)
{
	struct sk_buff *skb = buffer(self, 4);

	EXPECT_EQ(0, toy_rxq_append(self->to, skb, false));
	EXPECT_EQ(NULL, toy_rxq_steal(self->to, self->from, 1, &self->creds));
	consume(self, 4);
	/* It stays, as the buffer at hand. */
	EXPECT_EQ(1, buffers(self));
	EXPECT_EQ(NULL, toy_rxq_steal(self->to, self->from, SZ_1M,
				      &self->creds));
	EXPECT_EQ(skb, toy_rxq_steal(self->to, self->from, 9, &self->creds));
	EXPECT_EQ(9, skb->len);
	EXPECT_EQ(0, buffers(self));
	toy_buf_free(skb);
}

TEST_F(stream, find__across_the_wrap)
{
	u32 first = toy_sk(self->to)->consumed, i;
	struct sk_buff *a = buffer(self, 4), *b = buffer(self, 10);

	EXPECT_EQ(0, toy_rxq_append(self->to, a, false));
	EXPECT_EQ(0, toy_rxq_append(self->to, b, false));
	toy_rx_lock(self->to);
	for (i = 0; i < 14; i++)
		EXPECT_EQ(i < 4 ? a : b, toy_rxq_find(self->to, first + i)) {
			TH_LOG("byte %u", i);
		}
	EXPECT_EQ(NULL, toy_rxq_find(self->to, first + 14));
	EXPECT_EQ(NULL, toy_rxq_find(self->to, first - 1));
	toy_rx_unlock(self->to);
}

TEST_F(stream, consume__piece_by_piece)
{
	int i;

	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), false));
	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 10), false));
	for (i = 14; i; i--) {
		EXPECT_EQ(i, toy_rxq_bytes(self->to));
		EXPECT_EQ(i > 10 ? 2 : 1, buffers(self));
		consume(self, 1);
	}
	EXPECT_TRUE(toy_rxq_empty(self->to));
	EXPECT_EQ(1, toy_sk(self->to)->consumed_wraps);
	EXPECT_EQ(1, buffers(self));
	toy_rx_lock(self->to);
	toy_buf_free(toy_rxq_trim(self->to));
	EXPECT_EQ(NULL, toy_rxq_trim(self->to));
	toy_rx_unlock(self->to);
}

/* The mark of an urgent byte; another one takes its place. */
TEST_F(stream, urgent__the_last_byte)
{
	struct toy_sock *toy = toy_sk(self->to);
	u32 first = toy->written;

	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 4), true));
	EXPECT_EQ(TOY_URG_VALID | 'd', toy->urg);
	EXPECT_EQ(first + 3, toy->urg_seq);
	/* FIONREAD: up to the mark. */
	EXPECT_EQ(3, toy_rxq_next_bytes(self->to));
	EXPECT_EQ(5, fill(self, 5, true));
	EXPECT_EQ(TOY_URG_VALID | 'e', toy->urg);
	EXPECT_EQ(first + 8, toy->urg_seq);
	consume(self, 8);
	EXPECT_NE(0, toy->urg);
	consume(self, 1);
	EXPECT_EQ(0, toy->urg);
}

/* Nobody fetched it, and the reader stands before it: it is skipped. */
TEST_F(stream, urgent__skipped_for_the_next)
{
	EXPECT_EQ(0, toy_rxq_append(self->to, buffer(self, 1), true));
	EXPECT_EQ(0, toy_rxq_next_bytes(self->to));
	EXPECT_EQ(1, fill(self, 1, true));
	EXPECT_EQ(1, toy_rxq_bytes(self->to));
	/* Not where it is data like other: SO_OOBINLINE. */
	sock_set_flag(self->to, SOCK_URGINLINE);
	EXPECT_EQ(1, fill(self, 1, true));
	EXPECT_EQ(2, toy_rxq_bytes(self->to));
	EXPECT_EQ(2, toy_rxq_next_bytes(self->to));
}

/* Small pieces that a link brings become one. */
TEST_F(stream, arrive__joins_what_is_small)
{
	struct sk_buff *skb;
	int i;

	for (i = 0; i < 3; i++) {
		skb = alloc_skb(TOY_BUF_SMALL, GFP_KERNEL);
		ASSERT_NE(NULL, skb);
		memcpy(skb_put(skb, 10), self->data, 10);
		EXPECT_EQ(0, toy_rxq_arrive(self->to, skb, i == 2 ? 4 : -1));
	}
	EXPECT_EQ(1, buffers(self));
	EXPECT_EQ(30, toy_rxq_bytes(self->to));
	EXPECT_EQ(TOY_URG_VALID | 'e', toy_sk(self->to)->urg);
	EXPECT_EQ(U32_MAX - 7 + 24, toy_sk(self->to)->urg_seq);
	consume(self, 30);
	/* One of a link has no sender here who could use it again. */
	EXPECT_EQ(0, buffers(self));
	EXPECT_EQ(0, atomic_read(&self->to->sk_rmem_alloc));
}

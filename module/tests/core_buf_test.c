// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: how large, who pays, what is kept at hand.
 */
#include <linux/pid.h>

#include "../core/buf.h"
#include "fake.h"

FIXTURE(buf) {
	struct sock *sk;
	struct toy_creds creds;
	int err;
};

FIXTURE_SETUP(buf)
{
	self->sk = toy_fake_sock(_metadata, SOCK_SEQPACKET);
	self->creds = toy_fake_creds();
	/* Or it would have no peer, and a sender that waits would give up. */
	toy_fake_join(self->sk, toy_fake_sock(_metadata, SOCK_SEQPACKET));
}

FIXTURE_TEARDOWN(buf)
{
	/* All is paid back, but for the byte that the socket itself is. */
	toy_buf_drop_spare(self->sk);
	EXPECT_EQ(1, refcount_read(&self->sk->sk_wmem_alloc));
}

static struct sk_buff *alloc(struct buf_fixture *self, size_t len)
{
	return toy_buf_alloc_message(self->sk, len, true, &self->creds,
				     &self->err);
}

TEST_F(buf, alloc__of_every_size)
{
	static const size_t sizes[] = {
		0, 1, 2, 63, TOY_BUF_SMALL - 1, TOY_BUF_SMALL,
		TOY_BUF_SMALL + 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
		SZ_32K, SZ_32K + 1, TOY_BUF_LARGE - 1, TOY_BUF_LARGE,
		TOY_BUF_LARGE + 1, 3 * TOY_BUF_LARGE + 5,
	};
	struct sk_buff *skb;
	int i;

	self->sk->sk_sndbuf = SZ_1M;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		skb = alloc(self, sizes[i]);
		ASSERT_NE(NULL, skb);
		EXPECT_EQ(sizes[i], skb->len);
		EXPECT_EQ(1 + skb->truesize,
			  refcount_read(&self->sk->sk_wmem_alloc));
		EXPECT_GE(skb->truesize, sizes[i]);
		EXPECT_EQ(sizes[i] > TOY_BUF_LARGE, skb_has_frag_list(skb));
		toy_buf_free(skb);
		EXPECT_EQ(1, refcount_read(&self->sk->sk_wmem_alloc));
	}
}

TEST_F(buf, alloc__keeps_its_sender)
{
	struct pid *pid = task_tgid(current);
	int before = refcount_read(&pid->count);
	struct sk_buff *skb = alloc(self, 10);

	EXPECT_TRUE(toy_buf_has_creds(skb, &self->creds));
	EXPECT_EQ(before + 1, refcount_read(&pid->count));
	/* Another one sends with it: the old one is let go of. */
	self->creds.pid = NULL;
	self->creds.uid = KUIDT_INIT(5);
	EXPECT_FALSE(toy_buf_has_creds(skb, &self->creds));
	toy_buf_set_creds(skb, &self->creds);
	EXPECT_TRUE(toy_buf_has_creds(skb, &self->creds));
	EXPECT_EQ(before, refcount_read(&pid->count));
	toy_buf_free(skb);
	EXPECT_EQ(before, refcount_read(&pid->count));
}

TEST_F(buf, alloc__no_room)
{
	struct sk_buff *skb = alloc(self, 1000);

	ASSERT_NE(NULL, skb);
	self->sk->sk_sndbuf = skb->truesize;
	EXPECT_EQ(NULL, alloc(self, 1));
	EXPECT_EQ(-EAGAIN, self->err);
	/* A byte of room is enough for one more, as elsewhere. */
	self->sk->sk_sndbuf++;
	toy_buf_free(alloc(self, 1));
	toy_buf_free(skb);
}

TEST_F(buf, alloc__no_more_to_send)
{
	self->sk->sk_shutdown = SEND_SHUTDOWN;
	EXPECT_EQ(NULL, alloc(self, 1));
	EXPECT_EQ(-EPIPE, self->err);
	self->sk->sk_shutdown = 0;
	self->sk->sk_err = ECONNRESET;
	EXPECT_EQ(NULL, alloc(self, 1));
	EXPECT_EQ(-ECONNRESET, self->err);
	/* It was told of, once. */
	EXPECT_EQ(0, self->sk->sk_err);
}

/* Who waits for room is told that there is nobody to send to any more. */
TEST_F(buf, alloc__waits_in_vain)
{
	struct sk_buff *skb = alloc(self, 1000);

	self->sk->sk_sndbuf = skb->truesize;
	toy_peer_set(self->sk, NULL);
	EXPECT_EQ(NULL, toy_buf_alloc(self->sk, 1, false, &self->creds,
				      &self->err));
	EXPECT_EQ(-EPIPE, self->err);
	toy_buf_free(skb);
}

/* Spans of bytes, wherever in the pages they begin and end. */
TEST_F(buf, write__and_read_anywhere)
{
	static const struct {
		u32 len, off, n;
	} cases[] = {
		{ 100, 0, 100 }, { 100, 99, 1 }, { 100, 50, 0 },
		{ 5000, 0, 5000 }, { 5000, 4095, 2 }, { 5000, 4096, 904 },
		{ SZ_64K, 0, SZ_64K }, { SZ_64K, SZ_32K - 1, 2 },
		{ SZ_64K, SZ_64K - 1, 1 }, { 100000, SZ_64K - 1, 2 },
		{ 100000, 0, 100000 }, { 200000, 131071, 2 },
	};
	u8 *in = kvzalloc(SZ_256K, GFP_KERNEL);
	u8 *out = kvzalloc(SZ_256K, GFP_KERNEL);
	struct sk_buff *skb;
	struct msghdr msg;
	struct kvec vec;
	int i, j;

	ASSERT_NE(NULL, in);
	ASSERT_NE(NULL, out);
	self->sk->sk_sndbuf = SZ_1M;
	for (j = 0; j < SZ_256K; j++)
		in[j] = j ^ j >> 8 ^ j >> 16;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		skb = alloc(self, cases[i].len);
		ASSERT_NE(NULL, skb);
		toy_fake_msg(&msg, &vec, in, cases[i].len, true);
		EXPECT_EQ(0, toy_buf_copy_from(skb, &msg, cases[i].len));
		memset(out, 0, cases[i].n + 1);
		toy_fake_msg(&msg, &vec, out, cases[i].n, false);
		EXPECT_EQ(0, toy_buf_copy_to(skb, cases[i].off, cases[i].n,
					     &msg));
		EXPECT_EQ(0, memcmp(in + cases[i].off, out, cases[i].n)) {
			TH_LOG("case %d", i);
		}
		EXPECT_EQ(0, out[cases[i].n]);
		toy_buf_free(skb);
	}
	kvfree(in);
	kvfree(out);
}

TEST_F(buf, resize__keeps_the_pages)
{
	struct sk_buff *skb = alloc(self, 3 * PAGE_SIZE);
	unsigned int capacity = toy_buf_capacity(skb);

	EXPECT_GE(capacity, 3 * PAGE_SIZE);
	toy_buf_resize(skb, 0);
	EXPECT_EQ(0, skb->len);
	EXPECT_EQ(capacity, toy_buf_capacity(skb));
	toy_buf_resize(skb, capacity);
	EXPECT_EQ(capacity, skb->len);
	toy_buf_resize(skb, 1);
	EXPECT_EQ(1, skb->len);
	toy_buf_free(skb);
}

/* Somebody else holds a page: nothing may be written there. */
TEST_F(buf, capacity__of_a_lent_page)
{
	struct sk_buff *skb = alloc(self, 5000);
	struct page *page = skb_frag_page(&skb_shinfo(skb)->frags[0]);

	EXPECT_NE(0, toy_buf_capacity(skb));
	get_page(page);
	EXPECT_EQ(0, toy_buf_capacity(skb));
	put_page(page);
	EXPECT_NE(0, toy_buf_capacity(skb));
	toy_buf_free(skb);
}

TEST_F(buf, recycle__is_at_hand)
{
	struct sk_buff *skb = alloc(self, 100), *again;

	toy_buf_cb(skb)->eor = true;
	toy_buf_cb(skb)->off = 7;
	toy_buf_cb(skb)->head = 3;
	skb->peeked = 1;
	toy_buf_recycle(skb);
	EXPECT_EQ(1, refcount_read(&self->sk->sk_wmem_alloc));
	EXPECT_EQ(skb, *toy_spare(self->sk));
	again = alloc(self, 200);
	EXPECT_EQ(skb, again);
	EXPECT_EQ(NULL, *toy_spare(self->sk));
	EXPECT_EQ(200, again->len);
	EXPECT_FALSE(again->peeked);
	EXPECT_FALSE(toy_buf_cb(again)->eor);
	EXPECT_EQ(0, toy_buf_cb(again)->off);
	EXPECT_EQ(0, toy_buf_cb(again)->head);
	EXPECT_EQ(1 + again->truesize,
		  refcount_read(&self->sk->sk_wmem_alloc));
	toy_buf_free(again);
}

/* One at hand is enough; one that is too small, or not its own, is none. */
TEST_F(buf, recycle__what_is_not_kept)
{
	struct sk_buff *a = alloc(self, 100), *b = alloc(self, 100);
	struct sk_buff *clone;

	toy_buf_recycle(a);
	toy_buf_recycle(b);
	EXPECT_EQ(a, *toy_spare(self->sk));
	/* Too small for that: it goes. */
	b = alloc(self, TOY_BUF_LARGE);
	EXPECT_NE(a, b);
	EXPECT_EQ(NULL, *toy_spare(self->sk));
	/* Larger than half of the send buffer. */
	self->sk->sk_sndbuf = b->truesize;
	toy_buf_recycle(b);
	EXPECT_EQ(NULL, *toy_spare(self->sk));
	self->sk->sk_sndbuf = SZ_256K;

	a = alloc(self, 100);
	clone = skb_clone(a, GFP_KERNEL);
	toy_buf_recycle(a);
	EXPECT_EQ(NULL, *toy_spare(self->sk));
	kfree_skb(clone);

	a = alloc(self, 100);
	self->sk->sk_shutdown = SEND_SHUTDOWN;
	toy_buf_recycle(a);
	EXPECT_EQ(NULL, *toy_spare(self->sk));
}

static int told;

static void tell(struct sock *sk)
{
	told++;
}

/* Room is told of once, when the use of the send buffer drops to the mark. */
TEST_F(buf, uncharge__tells_of_room)
{
	struct sk_buff *skb[16];
	int i, n;

	told = 0;
	self->sk->sk_write_space = tell;
	self->sk->sk_sndbuf = SZ_32K;
	for (n = 0; n < 16; n++) {
		skb[n] = alloc(self, 3000);
		if (!skb[n])
			break;
	}
	ASSERT_GE(n, 4);
	EXPECT_FALSE(toy_sock_has_room(self->sk));
	for (i = 0; i < n; i++) {
		bool had = toy_sock_has_room(self->sk);

		toy_buf_free(skb[i]);
		EXPECT_EQ(toy_sock_has_room(self->sk), told == 1) {
			TH_LOG("%d of %d, room before: %d", i, n, had);
		}
	}
	EXPECT_EQ(1, told);
}

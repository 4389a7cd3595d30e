// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of sockets: given out, found, and given out again.
 */
#include "../core/registry.h"
#include "fake.h"

static u32 id_of(const struct sock *sk)
{
	return toy_sk(sk)->id;
}

TEST(add__one_after_another)
{
	struct sock *a = toy_fake_sock(_metadata, SOCK_STREAM);
	struct sock *b = toy_fake_sock(_metadata, SOCK_DGRAM);

	EXPECT_NE(0, id_of(a));
	EXPECT_EQ(id_of(a) + 1, id_of(b));
}

TEST(get__it_or_nothing)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_STREAM);
	int before = refcount_read(&sk->sk_refcnt);
	u32 id = id_of(sk);

	EXPECT_EQ(sk, toy_registry_get(&init_net, id));
	EXPECT_EQ(before + 1, refcount_read(&sk->sk_refcnt));
	sock_put(sk);
	EXPECT_EQ(NULL, toy_registry_get(&init_net, 0));
	EXPECT_EQ(NULL, toy_registry_get(&init_net, id + 1));
	EXPECT_EQ(NULL, toy_registry_get(&init_net, INT_MAX));
	EXPECT_EQ(NULL, toy_registry_get(&init_net, U32_MAX));
	toy_registry_del(sk);
	EXPECT_EQ(0, id_of(sk));
	EXPECT_EQ(NULL, toy_registry_get(&init_net, id));
	/* Once more is nothing. */
	toy_registry_del(sk);
}

TEST(next__goes_through_all_of_them)
{
	unsigned long id = 0;
	struct sock *sk;
	int i, n = 0;
	u32 last = 0;

	/* Several blocks of them. */
	for (i = 0; i < 300; i++)
		toy_fake_sock(_metadata, SOCK_DGRAM);
	for (; (sk = toy_registry_next(&init_net, &id)); id++) {
		EXPECT_EQ(id, id_of(sk));
		EXPECT_LT(last, id_of(sk));
		last = id_of(sk);
		sock_put(sk);
		n++;
	}
	EXPECT_EQ(300, n);
	id = (unsigned long)last + 1;
	EXPECT_EQ(NULL, toy_registry_next(&init_net, &id));
}

/* After the largest number comes 1, and not what is still in use. */
TEST(add__goes_round)
{
	struct toy_net *tn = toy_net(&init_net);
	u32 was = tn->next_id, first, most = 0;
	struct sock *sk;
	int i;

	first = id_of(toy_fake_sock(_metadata, SOCK_DGRAM));
	/* As if the numbers of that block had been used up. */
	tn->next_id = INT_MAX - 10;
	for (i = 0; i < 200; i++) {
		sk = toy_fake_sock(_metadata, SOCK_DGRAM);
		EXPECT_NE(0, id_of(sk));
		EXPECT_LE(id_of(sk), INT_MAX);
		EXPECT_NE(first, id_of(sk));
		most = max(most, id_of(sk));
	}
	EXPECT_LE(most, INT_MAX);
	EXPECT_LT(id_of(sk), 10000);
	toy_fake_end();
	toy_fake_begin();
	tn->next_id = max(tn->next_id, was);
}

TEST(add__not_what_is_in_use)
{
	struct toy_net *tn = toy_net(&init_net);
	struct sock *a = toy_fake_sock(_metadata, SOCK_DGRAM);
	struct sock *b = toy_fake_sock(_metadata, SOCK_DGRAM);
	struct sock *c, *d;
	u32 freed;

	if (id_of(b) != id_of(a) + 1 || id_of(b) % 125 > 120 ||
	    id_of(a) % 125 == 0) {
		/* They have to be in one block. */
		b = toy_fake_sock(_metadata, SOCK_DGRAM);
	}
	freed = id_of(a);
	toy_fake_release(a);
	tn->next_id = freed;
	c = toy_fake_sock(_metadata, SOCK_DGRAM);
	EXPECT_EQ(freed, id_of(c));
	d = toy_fake_sock(_metadata, SOCK_DGRAM);
	EXPECT_NE(id_of(b), id_of(d));
	EXPECT_LT(id_of(b), id_of(d));
}

/* Blocks without sockets do not stay, but for the one of today. */
TEST(del__gives_the_blocks_back)
{
	struct toy_net *tn = toy_net(&init_net);
	struct toy_registry_block *block;
	unsigned long index;
	int i, n = 0;

	for (i = 0; i < 1000; i++)
		toy_fake_sock(_metadata, SOCK_DGRAM);
	xa_for_each(&tn->blocks, index, block)
		n++;
	EXPECT_GE(n, 8);
	toy_fake_end();
	n = 0;
	xa_for_each(&tn->blocks, index, block)
		n++;
	EXPECT_EQ(1, n);
}

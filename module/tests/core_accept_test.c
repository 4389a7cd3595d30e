// SPDX-License-Identifier: GPL-2.0-only
/*
 * A listener's queue: places, order, the end of it.
 */
#include "../core/accept.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "fake.h"

FIXTURE(listener) {
	struct sock *sk;
};

FIXTURE_SETUP(listener)
{
	u32 holder;

	self->sk = toy_fake_sock(_metadata, SOCK_STREAM);
	self->sk->sk_max_ack_backlog = 2;
	ASSERT_EQ(0, toy_port_bind(self->sk, 0, 80, &holder));
	ASSERT_EQ(0, toy_accept_open(self->sk));
	ASSERT_EQ(0, toy_port_listen(self->sk, &holder));
}

FIXTURE_TEARDOWN(listener)
{
}

/* A child as a connect makes it: the listener's alone. */
static struct sock *child_of(struct __test_metadata *_metadata,
			     struct sock *listener)
{
	struct sock *child = toy_sock_clone(listener);

	ASSERT_NE(NULL, child);
	ASSERT_EQ(0, toy_registry_add(child, GFP_KERNEL));
	EXPECT_TRUE(toy_port_inherit(child, listener));
	return child;
}

/* What accept(2) does with one, and then close(2). */
static void child_end(struct sock *child)
{
	toy_registry_del(child);
	toy_port_release(child);
	sock_put(child);
}

TEST_F(listener, clone__begins_anew)
{
	struct sock *child = child_of(_metadata, self->sk);

	EXPECT_EQ(TCP_CLOSE, child->sk_state);
	EXPECT_EQ(0, child->sk_max_ack_backlog);
	EXPECT_EQ(1, refcount_read(&child->sk_refcnt));
	EXPECT_EQ(NULL, child->sk_socket);
	EXPECT_EQ(toy_sk(self->sk)->backend, toy_sk(child)->backend);
	EXPECT_EQ(toy_sk(self->sk)->maker, toy_sk(child)->maker);
	EXPECT_EQ(80, toy_sk(child)->bound.port);
	EXPECT_FALSE(toy_has_peer(child));
	child_end(child);
}

TEST_F(listener, reserve__as_many_as_the_backlog_says)
{
	int n = 0;

	/* As many as it says and one, as TCP counts. */
	while (n < 10 && toy_accept_reserve(self->sk))
		n++;
	EXPECT_EQ(3, n);
	EXPECT_EQ(3, self->sk->sk_ack_backlog);
	toy_accept_cancel(self->sk);
	EXPECT_TRUE(toy_accept_reserve(self->sk));
	for (; n; n--)
		toy_accept_cancel(self->sk);
	EXPECT_EQ(0, self->sk->sk_ack_backlog);
}

TEST_F(listener, take__first_come_first_served)
{
	struct sock *a = child_of(_metadata, self->sk);
	struct sock *b = child_of(_metadata, self->sk);

	EXPECT_EQ(NULL, toy_accept_take(self->sk));
	EXPECT_FALSE(toy_accept_ready(self->sk, 0));
	toy_rx_lock(self->sk);
	toy_accept_add(self->sk, a);
	toy_rx_unlock(self->sk);
	EXPECT_TRUE(toy_accept_reserve(self->sk));
	EXPECT_TRUE(toy_accept_take_place(self->sk, b));
	EXPECT_TRUE(toy_accept_ready(self->sk, 0));
	EXPECT_EQ(2, self->sk->sk_ack_backlog);
	EXPECT_EQ(a, toy_accept_take(self->sk));
	EXPECT_EQ(b, toy_accept_take(self->sk));
	EXPECT_EQ(NULL, toy_accept_take(self->sk));
	EXPECT_EQ(0, self->sk->sk_ack_backlog);
	child_end(a);
	child_end(b);
}

TEST_F(listener, stop__resets_who_waits)
{
	struct sock *a = child_of(_metadata, self->sk);
	struct sock *b = child_of(_metadata, self->sk);

	toy_rx_lock(self->sk);
	toy_accept_add(self->sk, a);
	toy_accept_add(self->sk, b);
	toy_rx_unlock(self->sk);
	lock_sock(self->sk);
	toy_accept_stop(self->sk);
	release_sock(self->sk);
	EXPECT_EQ(2, toy_fake.aborted);
	EXPECT_EQ(TCP_CLOSE, self->sk->sk_state);
	EXPECT_EQ(0, self->sk->sk_ack_backlog);
	EXPECT_EQ(NULL, toy_sk(self->sk)->caller);
	/* It is over, which is something to return. */
	EXPECT_TRUE(toy_accept_ready(self->sk, 0));
}

/* A place was promised, and then the listener stops. */
TEST_F(listener, take_place__too_late)
{
	struct sock *child = child_of(_metadata, self->sk);

	EXPECT_TRUE(toy_accept_reserve(self->sk));
	lock_sock(self->sk);
	toy_accept_stop(self->sk);
	release_sock(self->sk);
	EXPECT_FALSE(toy_accept_take_place(self->sk, child));
	EXPECT_EQ(0, self->sk->sk_ack_backlog);
	EXPECT_FALSE(toy_accept_reserve(self->sk));
	child_end(child);
}

/* listen(2) once more: who called it last is who is meant. */
TEST_F(listener, open__twice)
{
	const struct toy_caller *first = toy_sk(self->sk)->caller;

	ASSERT_NE(NULL, first);
	EXPECT_EQ(current_cred(), first->cred);
	EXPECT_EQ(task_tgid(current), first->pid);
	EXPECT_EQ(0, toy_accept_open(self->sk));
	EXPECT_NE(NULL, toy_sk(self->sk)->caller);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket: its states, its peer, what it forgets.
 */
#include "../core/registry.h"
#include "../core/rxq.h"
#include "fake.h"

FIXTURE(sock) {
	struct sock *a;
	struct sock *b;
};

FIXTURE_SETUP(sock)
{
	self->a = toy_fake_sock(_metadata, SOCK_STREAM);
	self->b = toy_fake_sock(_metadata, SOCK_STREAM);
	toy_fake_join(self->a, self->b);
}

FIXTURE_TEARDOWN(sock)
{
}

TEST_F(sock, fin__in_either_order)
{
	static const struct {
		int state, sent, received;
	} cases[] = {
		{ TCP_ESTABLISHED, TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
		{ TCP_CLOSE_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT },
		{ TCP_FIN_WAIT2, TCP_FIN_WAIT2, TCP_CLOSE },
		{ TCP_CLOSE, TCP_CLOSE, TCP_CLOSE },
		{ TCP_SYN_SENT, TCP_SYN_SENT, TCP_SYN_SENT },
		{ TCP_LISTEN, TCP_LISTEN, TCP_LISTEN },
	};
	int i;

	toy_rx_lock(self->a);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_set_state(self->a, cases[i].state);
		toy_fin_sent(self->a);
		EXPECT_EQ(cases[i].sent, self->a->sk_state);
		toy_set_state(self->a, cases[i].state);
		toy_fin_received(self->a);
		EXPECT_EQ(cases[i].received, self->a->sk_state);
	}
	toy_set_state(self->a, TCP_CLOSE);
	toy_rx_unlock(self->a);
}

TEST_F(sock, peer_set__counts_references)
{
	struct sock *c = toy_fake_sock(_metadata, SOCK_DGRAM);
	int before = refcount_read(&c->sk_refcnt);
	struct sock *d = toy_fake_sock(_metadata, SOCK_DGRAM);

	EXPECT_EQ(NULL, toy_peer_get(d));
	toy_peer_set(d, c);
	toy_peer_set(d, c);
	EXPECT_EQ(before + 1, refcount_read(&c->sk_refcnt));
	EXPECT_EQ(c, toy_peer_get(d));
	sock_put(c);
	toy_peer_set(d, NULL);
	EXPECT_EQ(before, refcount_read(&c->sk_refcnt));
}

TEST_F(sock, peercred__is_let_go_of)
{
	struct pid *pid = task_tgid(current);
	int before = refcount_read(&pid->count);

	toy_set_peercred(self->a, pid, current_cred());
	toy_set_peercred(self->a, pid, current_cred());
	EXPECT_EQ(before + 1, refcount_read(&pid->count));
	EXPECT_EQ(current_cred(), self->a->sk_peer_cred);
	toy_set_peercred(self->a, NULL, NULL);
	EXPECT_EQ(before, refcount_read(&pid->count));
	EXPECT_EQ(NULL, self->a->sk_peer_cred);
}

TEST_F(sock, reopen__as_new)
{
	struct toy_sock *toy = toy_sk(self->a);

	toy->bound = toy_addr(2, 80);
	toy->local = toy_addr(3, 80);
	toy->remote = toy_addr(4, 5);
	toy->written = 10;
	toy->consumed = 10;
	toy->written_wraps = 1;
	toy->consumed_wraps = 1;
	self->a->sk_err = ECONNRESET;
	self->a->sk_shutdown = SHUTDOWN_MASK;
	self->a->sk_peek_off = 7;
	lock_sock(self->a);
	toy_sock_reopen(self->a);
	release_sock(self->a);
	EXPECT_EQ(toy_addr(2, 80).all, toy->local.all);
	EXPECT_EQ(0, toy->remote.all);
	EXPECT_EQ(0, toy->written + toy->consumed);
	EXPECT_EQ(0, toy->written_wraps + toy->consumed_wraps);
	EXPECT_EQ(0, self->a->sk_err);
	EXPECT_EQ(0, self->a->sk_shutdown);
	EXPECT_EQ(0, self->a->sk_peek_off);
	toy->bound = toy_addr(0, 0);
}

/* SOCK_DESTROY, of each kind of socket. */
TEST_F(sock, destroy__a_connection)
{
	u8 era = toy_sk(self->a)->era;

	EXPECT_EQ(0, toy_proto.diag_destroy(self->a, ECONNABORTED));
	EXPECT_EQ(ECONNABORTED, self->a->sk_err);
	EXPECT_EQ(1, toy_fake.aborted);
	EXPECT_EQ(TCP_CLOSE, self->a->sk_state);
	EXPECT_NE(era, toy_sk(self->a)->era);
	/* Once more there is nothing to part from. */
	EXPECT_EQ(0, toy_proto.diag_destroy(self->a, ECONNABORTED));
	EXPECT_EQ(1, toy_fake.aborted);
}

TEST_F(sock, destroy__of_messages)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_DGRAM);

	EXPECT_EQ(0, toy_proto.diag_destroy(sk, ECONNABORTED));
	EXPECT_EQ(ECONNABORTED, sk->sk_err);
	EXPECT_EQ(SHUTDOWN_MASK, toy_fake.shut);
}

/* What a connect that waits finds when it looks again. */
TEST_F(sock, destroy__a_call)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_STREAM);
	u8 era = toy_sk(sk)->era;

	toy_set_state_new(sk, TCP_SYN_SENT);
	EXPECT_EQ(0, toy_proto.diag_destroy(sk, ECONNABORTED));
	EXPECT_EQ((u8)(era + 1), toy_sk(sk)->era);
	EXPECT_EQ(0, sk->sk_err);
	EXPECT_EQ(0, toy_fake.aborted);
	toy_set_state_new(sk, TCP_CLOSE);
}

TEST_F(sock, keepalive__needs_no_backend_for_it)
{
	toy_proto.keepalive(self->a, 1);
	EXPECT_TRUE(sock_flag(self->a, SOCK_KEEPOPEN));
	toy_proto.keepalive(self->a, 0);
	EXPECT_FALSE(sock_flag(self->a, SOCK_KEEPOPEN));
}

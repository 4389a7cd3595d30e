// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversations: what toyfs knows of a socket, and for how long.
 */
#include "../core/conv.h"
#include "../core/registry.h"
#include "fake.h"

FIXTURE(conv) {
	struct sock *sk;
	struct toy_conv *conv;
	struct toy_conv_view view;
};

FIXTURE_SETUP(conv)
{
	self->sk = toy_fake_sock(_metadata, SOCK_DGRAM);
	self->conv = toy_conv_of(self->sk);
	ASSERT_FALSE(IS_ERR(self->conv));
}

FIXTURE_TEARDOWN(conv)
{
	toy_conv_put(self->conv);
}

TEST_F(conv, of__the_same_for_all)
{
	struct toy_conv *again = toy_conv_of(self->sk);
	int before = refcount_read(&self->sk->sk_refcnt);
	struct sock *sk;

	EXPECT_EQ(self->conv, again);
	EXPECT_EQ(toy_sk(self->sk)->id, self->conv->id);
	EXPECT_EQ(SOCK_DGRAM, self->conv->type);
	sk = toy_conv_sock(self->conv);
	EXPECT_EQ(self->sk, sk);
	EXPECT_EQ(before + 1, refcount_read(&self->sk->sk_refcnt));
	sock_put(sk);
	toy_conv_put(again);
	EXPECT_EQ(1, refcount_read(&self->conv->ref));
}

/* Nobody looks any more, and nothing was set. */
TEST_F(conv, put__the_last_one)
{
	toy_conv_put(self->conv);
	EXPECT_EQ(NULL, toy_sk(self->sk)->conv);
	self->conv = toy_conv_of(self->sk);
	EXPECT_FALSE(IS_ERR(self->conv));
	/* NULL is nothing. */
	toy_conv_put(NULL);
}

TEST_F(conv, put__what_was_set_stays)
{
	EXPECT_EQ(0, toy_conv_open_up(self->conv, true, 0640));
	EXPECT_EQ(2, refcount_read(&self->conv->ref));
	EXPECT_EQ(0, toy_conv_open_up(self->conv, true, 0644));
	EXPECT_EQ(2, refcount_read(&self->conv->ref));
	toy_conv_put(self->conv);
	EXPECT_EQ(self->conv, toy_sk(self->sk)->conv);
	self->conv = toy_conv_of(self->sk);
	toy_conv_look(self->conv, &self->view);
	EXPECT_EQ(0644, self->view.mode);
}

TEST_F(conv, gone__everything_is_refused)
{
	toy_conv_publish(self->conv, 0600, INVALID_UID, INVALID_GID);
	toy_registry_del(self->sk);
	EXPECT_TRUE(self->conv->gone);
	EXPECT_EQ(NULL, toy_conv_sock(self->conv));
	EXPECT_EQ(NULL, toy_conv_file(self->conv));
	EXPECT_EQ(-ENOENT, toy_conv_open_up(self->conv, true, 0600));
	EXPECT_EQ(-ENOENT, toy_conv_publish(self->conv, 0600, INVALID_UID,
					    INVALID_GID));
	EXPECT_EQ(-ENOENT, toy_conv_chmod(self->conv, 0600));
	EXPECT_EQ(-ENOENT, toy_conv_chown(self->conv, GLOBAL_ROOT_UID,
					  INVALID_GID));
	EXPECT_EQ(-ENOENT, toy_conv_set_headers(self->conv, true));
	EXPECT_EQ(-ENOENT, toy_conv_set_discard(self->conv, true));
	EXPECT_EQ(1, refcount_read(&self->conv->ref));
	EXPECT_EQ(-ENOENT, PTR_ERR(toy_conv_of(self->sk)));
}

TEST_F(conv, mode__of_what_may_be_opened)
{
	toy_conv_look(self->conv, &self->view);
	EXPECT_FALSE(self->view.openable);
	EXPECT_EQ(0, self->view.mode);
	EXPECT_EQ(-EPERM, toy_conv_chmod(self->conv, 0666));
	EXPECT_EQ(-EPERM, toy_conv_chown(self->conv, GLOBAL_ROOT_UID,
					 GLOBAL_ROOT_GID));
	EXPECT_EQ(0, toy_conv_open_up(self->conv, true, 0600));
	EXPECT_EQ(0, toy_conv_chmod(self->conv, 0644));
	toy_conv_look(self->conv, &self->view);
	EXPECT_TRUE(self->view.openable);
	EXPECT_EQ(0644, self->view.mode);
	/* Shut again: the mode is not shown, and may not be changed. */
	EXPECT_EQ(0, toy_conv_open_up(self->conv, false, 0644));
	toy_conv_look(self->conv, &self->view);
	EXPECT_EQ(0, self->view.mode);
	EXPECT_EQ(-EPERM, toy_conv_chmod(self->conv, 0666));
}

TEST_F(conv, owner__follows_the_socket)
{
	self->sk->sk_uid = KUIDT_INIT(1000);
	toy_sk(self->sk)->gid = KGIDT_INIT(1001);
	toy_conv_look(self->conv, &self->view);
	EXPECT_EQ(1000, self->view.uid.val);
	EXPECT_EQ(1001, self->view.gid.val);
	EXPECT_EQ(1000, toy_conv_uid_of(self->sk).val);
	/* And is kept when that is gone. */
	self->sk->sk_uid = KUIDT_INIT(1002);
	toy_conv_look(self->conv, &self->view);
	toy_registry_del(self->sk);
	toy_conv_look(self->conv, &self->view);
	EXPECT_EQ(1002, self->view.uid.val);
}

/* Either alone: the other one is what it was at that time. */
TEST_F(conv, chown__of_one_half)
{
	self->sk->sk_uid = KUIDT_INIT(1000);
	toy_sk(self->sk)->gid = KGIDT_INIT(1001);
	EXPECT_EQ(0, toy_conv_open_up(self->conv, true, 0600));
	EXPECT_EQ(0, toy_conv_chown(self->conv, INVALID_UID, INVALID_GID));
	EXPECT_FALSE(self->conv->chowned);
	EXPECT_EQ(0, toy_conv_chown(self->conv, INVALID_UID, KGIDT_INIT(5)));
	self->sk->sk_uid = KUIDT_INIT(7);
	toy_conv_look(self->conv, &self->view);
	EXPECT_EQ(1000, self->view.uid.val);
	EXPECT_EQ(5, self->view.gid.val);
	EXPECT_EQ(1000, toy_conv_uid_of(self->sk).val);
}

TEST_F(conv, switches__are_apart)
{
	EXPECT_EQ(0, toy_conv_set_headers(self->conv, true));
	EXPECT_TRUE(self->conv->headers);
	EXPECT_FALSE(self->conv->discard);
	EXPECT_EQ(0, toy_conv_set_discard(self->conv, true));
	EXPECT_EQ(0, toy_conv_set_headers(self->conv, false));
	EXPECT_FALSE(self->conv->headers);
	EXPECT_TRUE(self->conv->discard);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fakes: sockets without a program, with a backend that only counts; a device
 * that keeps what it is to send. All go when the test is over.
 */
#ifndef _TOY_TESTS_FAKE_H
#define _TOY_TESTS_FAKE_H

#include "../backend/backend.h"
#include "../backend/ether.h"
#include "../core/buf.h"
#include "toy_test.h"

/**
 * struct toy_fake - what the fakes' backend was asked for, in this test
 * @closed:	closes
 * @aborted:	those that cut a connection short
 * @shut:	RCV_ and SEND_SHUTDOWN of the last shutdown
 * @unread:	what it says that the peer has not taken
 */
struct toy_fake {
	int	closed;
	int	aborted;
	int	shut;
	int	unread;
};

extern struct toy_fake toy_fake;
extern const struct toy_backend toy_fake_backend;

/* fake.c */
void toy_fake_begin(void);
void toy_fake_end(void);
struct sock *toy_fake_sock(struct kunit *test, int type);
void toy_fake_release(struct sock *sk);
void toy_fake_join(struct sock *a, struct sock *b);
struct toy_creds toy_fake_creds(void);
struct sk_buff *toy_fake_message(struct kunit *test, struct sock *sk,
				 const char *text);
void toy_fake_msg(struct msghdr *msg, struct kvec *vec, void *data, size_t len,
		  bool source);

/* fake_link.c */
struct toy_link *toy_fake_link(struct kunit *test, u32 node);
struct toy_link *toy_fake_link_more(struct kunit *test);
struct net_device *toy_fake_dev(const struct toy_link *link);
void toy_fake_link_end(void);
struct sk_buff *toy_fake_sent(const struct toy_link *link,
			      struct toy_frame *frame);
void toy_fake_flush(const struct toy_link *link);
void toy_fake_silence(struct kunit *test, const struct toy_link *link);
void toy_fake_receive(struct kunit *test, struct toy_link *link,
		      const struct toy_frame *frame, const u8 *from);
extern const u8 toy_fake_mac[ETH_ALEN];

#endif /* _TOY_TESTS_FAKE_H */

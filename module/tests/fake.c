// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fake sockets.
 */
#include <linux/cred.h>
#include <linux/net.h>

#include "../core/registry.h"
#include "../core/room.h"
#include "../core/rxq.h"
#include "../sock/ops.h"
#include "fake.h"
/* After the kernel's headers. */
#include "libc/setjmp.h"
#include "libc/stdlib.h"

struct rnd_state toy_test_chance;
struct kunit_try_catch *toy_test_catch;

struct toy_fake toy_fake;

/**
 * struct toy_fake_entry - a fake socket that lives
 * @node:	in toy_fakes
 * @sock:	the socket
 */
struct toy_fake_entry {
	struct list_head	node;
	struct socket		*sock;
};

static LIST_HEAD(toy_fakes);

static void toy_fake_close(struct sock *sk, bool abort)
{
	toy_fake.closed++;
	toy_fake.aborted += abort;
	if (!toy_connection_type(sk))
		toy_room_unrelay(sk);
	toy_rxq_shut(sk, true);
	toy_peer_set(sk, NULL);
}

static void toy_fake_shutdown(struct sock *sk, int how)
{
	toy_fake.shut = how;
}

static bool toy_fake_writable(const struct sock *sk)
{
	return true;
}

static int toy_fake_unread(struct sock *sk)
{
	return toy_fake.unread;
}

const struct toy_backend toy_fake_backend = {
	.name		= "fake",
	.close		= toy_fake_close,
	.shutdown	= toy_fake_shutdown,
	.writable	= toy_fake_writable,
	.unread		= toy_fake_unread,
};

/**
 * toy_fake_begin() - nothing was counted yet
 */
void toy_fake_begin(void)
{
	memset(&toy_fake, 0, sizeof(toy_fake));
}

static void toy_fake_free(struct toy_fake_entry *entry)
{
	list_del(&entry->node);
	toy_release(entry->sock);
	sock_release(entry->sock);
	kfree(entry);
}

/**
 * toy_fake_end() - all fakes of a test go
 */
void toy_fake_end(void)
{
	struct toy_fake_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &toy_fakes, node)
		toy_fake_free(entry);
	toy_fake_link_end();
}

/**
 * toy_fake_sock() - a socket whose backend does nothing
 * @_metadata:	test
 * @type:	SOCK_*
 *
 * Return: the socket, which is the test's until toy_fake_release() or its end.
 */
struct sock *toy_fake_sock(struct kunit *_metadata, int type)
{
	struct toy_fake_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	struct sock *sk = NULL;

	ASSERT_NE(NULL, entry);
	if (sock_create_lite(toy_family, type, 0, &entry->sock)) {
		kfree(entry);
		entry = NULL;
	}
	ASSERT_NE(NULL, entry);
	sk = toy_sock_alloc(&init_net, entry->sock, &toy_fake_backend, 1);
	list_add_tail(&entry->node, &toy_fakes);
	ASSERT_NE(NULL, sk);
	return sk;
}

/**
 * toy_fake_release() - a fake is closed before the end
 * @sk:		socket of toy_fake_sock()
 */
void toy_fake_release(struct sock *sk)
{
	struct toy_fake_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &toy_fakes, node)
		if (entry->sock == sk->sk_socket) {
			toy_fake_free(entry);
			return;
		}
}

/**
 * toy_fake_join() - two sockets are connected
 * @a:		one of them
 * @b:		the other one
 */
void toy_fake_join(struct sock *a, struct sock *b)
{
	toy_peer_set(a, b);
	toy_peer_set(b, a);
	toy_set_state_new(a, TCP_ESTABLISHED);
	toy_set_state_new(b, TCP_ESTABLISHED);
}

/**
 * toy_fake_creds() - who runs the test, as a sender
 */
struct toy_creds toy_fake_creds(void)
{
	return (struct toy_creds){
		.pid = task_tgid(current),
		.uid = current_euid(),
		.gid = current_egid(),
	};
}

/**
 * toy_fake_msg() - what is sent, or where to it is received
 * @msg:	set
 * @vec:	set, for as long as @msg
 * @data:	bytes
 * @len:	how many
 * @source:	whether it is sent
 */
void toy_fake_msg(struct msghdr *msg, struct kvec *vec, void *data, size_t len,
		  bool source)
{
	memset(msg, 0, sizeof(*msg));
	vec->iov_base = data;
	vec->iov_len = len;
	iov_iter_kvec(&msg->msg_iter, source ? ITER_SOURCE : ITER_DEST, vec, 1,
		      len);
}

/**
 * toy_fake_message() - a message as a sender makes it
 * @_metadata:	test
 * @sk:		sender
 * @text:	content
 *
 * Return: buffer, the caller's.
 */
struct sk_buff *toy_fake_message(struct kunit *_metadata, struct sock *sk,
				 const char *text)
{
	struct toy_creds creds = toy_fake_creds();
	struct msghdr msg;
	struct sk_buff *skb;
	struct kvec vec;
	int err;

	toy_fake_msg(&msg, &vec, (void *)text, strlen(text), true);
	skb = toy_buf_alloc_message(sk, strlen(text), true, &creds, &err);
	ASSERT_NE(NULL, skb);
	ASSERT_EQ(0, toy_buf_copy_from(skb, &msg, strlen(text)));
	return skb;
}

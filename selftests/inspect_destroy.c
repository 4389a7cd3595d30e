// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_DESTROY: who may, what the socket's users see, what its peer sees, and
 * that whoever waits is woken.
 */
#include <linux/capability.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/syscall.h>

#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

#define USER_A		4711

/* For what should be done at once. */
#define PATIENCE_MS	20000

FIXTURE(inspect_destroy)
{
	int nl;
	int fd[2];
	struct toy_name name;
	struct toy_thread t;
	struct toy_seen seen;
	char buf[16];
};

FIXTURE_VARIANT(inspect_destroy)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_destroy, VARIANTS_TOY)

FIXTURE_SETUP(inspect_destroy)
{
	toy_guard(60);
	/* Where nobody else has a socket. */
	ASSERT_OK(toyfs_sandbox(NULL));
	self->nl = toy_nl_open();
	ASSERT_OK(self->nl);
}

FIXTURE_TEARDOWN(inspect_destroy)
{
}

static int destroy(int nl, int sock)
{
	struct toy_diag_req req = toy_nl_req_of(sock, 0);

	return toy_nl_destroy(nl, &req);
}

static int state_of(int nl, int sock)
{
	struct toy_diag_req req = toy_nl_req_of(sock, 0);
	struct toy_seen seen;

	return toy_nl_one(nl, &req, &seen) ? -1 : seen.msg.tdiag_state;
}

/* ----------------------------------------------------------------- who may */

static int drop_cap(int cap)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	return syscall(SYS_capset, &header, data);
}

static bool may_not(int nl, int sock)
{
	struct toy_diag_req req = toy_nl_req_of(sock, 0);

	if (!toy_nl_destroy(nl, &req) || errno != EPERM)
		return false;
	/* Nor find out what there is. */
	req.tdiag_ino++;
	return toy_nl_destroy(nl, &req) && errno == EPERM;
}

TEST_F(inspect_destroy, rights__without_the_capability)
{
	pid_t pid;

	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	pid = fork();
	if (!pid)
		_exit(drop_cap(CAP_NET_ADMIN) ||
		      !may_not(self->nl, self->fd[0]) ||
		      !may_not(toy_nl_open(), self->fd[0]));
	EXPECT_EQ(0, toy_child_wait(pid));
	pid = fork();
	if (!pid)
		_exit(toyfs_become(USER_A) ||
		      !may_not(toy_nl_open(), self->fd[0]));
	EXPECT_EQ(0, toy_child_wait(pid));
	/* All rights, but over another namespace. */
	pid = fork();
	if (!pid)
		_exit(unshare(CLONE_NEWUSER) ||
		      !may_not(toy_nl_open(), self->fd[0]));
	EXPECT_EQ(0, toy_child_wait(pid));
	EXPECT_EQ(1, send(self->fd[0], "a", 1, 0));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

/* ------------------------------------------------------- what the users see */

TEST_F(inspect_destroy, reader__sees_it_once)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_TRUE(toy_poll(self->fd[0], POLLIN, 0) & POLLERR);
	EXPECT_ERR(ECONNABORTED, recv(self->fd[0], self->buf, 16, 0));
	EXPECT_EQ(0, recv(self->fd[0], self->buf, 16, 0));
	EXPECT_ERR(EPIPE, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

TOY_TEST(inspect_destroy, writer__sees_it_once, VARIANTS_CONN)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_ERR(ECONNABORTED, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
	EXPECT_ERR(EPIPE, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, recv(self->fd[0], self->buf, 16, 0));
	EXPECT_EQ(TCP_CLOSE, state_of(self->nl, self->fd[0]));
}

TEST_F(inspect_destroy, so_error__takes_it)
{
	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_EQ(ECONNABORTED, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv(self->fd[0], self->buf, 16, 0));
}

TEST_F(inspect_destroy, unconnected__has_the_error)
{
	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_EQ(ECONNABORTED, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	/* And once more does no harm. */
	ASSERT_OK(destroy(self->nl, self->fd[0]));
}

/* ---------------------------------------------------------- what peers see */

TOY_TEST(inspect_destroy, peer__sees_a_reset, VARIANTS_CONN)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	/* What is there is read first. */
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_EQ(TCP_CLOSE, state_of(self->nl, self->fd[1]));
	EXPECT_EQ(1, recv(self->fd[1], self->buf, 16, 0));
	EXPECT_ERR(ECONNRESET, recv(self->fd[1], self->buf, 16, 0));
	EXPECT_EQ(0, recv(self->fd[1], self->buf, 16, 0));
	EXPECT_ERR(EPIPE, send(self->fd[1], "a", 1, MSG_NOSIGNAL));
}

TOY_TEST(inspect_destroy, peer__that_sends_sees_a_reset, VARIANTS_CONN)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(destroy(self->nl, self->fd[1]));
	EXPECT_EQ(ECONNRESET, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
	EXPECT_ERR(EPIPE, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
}

TOY_TEST(inspect_destroy, sender__to_a_datagram_socket, VARIANTS_DGRAM)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(destroy(self->nl, self->fd[1]));
	EXPECT_ERR(EPIPE, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
	/* It can be sent from as before. */
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

/* One that nobody accepted yet has no inode number, but a cookie. */
TOY_TEST(inspect_destroy, call__that_waits, VARIANTS_CONN)
{
	struct toy_diag_req req;
	int server;

	server = toy_listener(variant->kind, &self->name, 1);
	self->fd[0] = toy_connected(variant->kind, &self->name);
	req = toy_nl_req_of(self->fd[0], TOY_DIAG_SHOW_PEER);
	ASSERT_OK(toy_nl_one(self->nl, &req, &self->seen));
	req = toy_nl_req(0);
	memcpy(req.tdiag_cookie, self->seen.peer_cookie,
	       sizeof(req.tdiag_cookie));
	ASSERT_OK(toy_nl_destroy(self->nl, &req));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], self->buf, 16, 0));
	self->fd[1] = accept(server, NULL, NULL);
	ASSERT_OK(self->fd[1]);
	EXPECT_ERR(ECONNABORTED, recv(self->fd[1], self->buf, 16, 0));
	EXPECT_EQ(0, recv(self->fd[1], self->buf, 16, 0));
}

TOY_TEST(inspect_destroy, listener__stops, VARIANTS_CONN)
{
	int server = toy_listener(variant->kind, &self->name, 1);

	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(self->fd[0]);
	ASSERT_OK(destroy(self->nl, server));
	EXPECT_EQ(TCP_CLOSE, state_of(self->nl, server));
	EXPECT_EQ(ECONNABORTED, toy_opt_get(server, SOL_SOCKET, SO_ERROR));
	EXPECT_ERR(EINVAL, accept(server, NULL, NULL));
	EXPECT_ERR(ECONNRESET, recv(self->fd[0], self->buf, 16, 0));
	EXPECT_ERR(ECONNREFUSED, toy_connected(variant->kind, &self->name));
	/* The port is still its own. */
	EXPECT_OK(listen(server, 1));
	EXPECT_OK(toy_connected(variant->kind, &self->name));
}

/* ----------------------------------------------------------- those who wait */

static long wait_to_read(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, 0);
}

static long wait_to_write(void *arg)
{
	char buf[1000] = "";
	long n;

	do {
		n = send(*(int *)arg, buf, sizeof(buf), MSG_NOSIGNAL);
	} while (n == sizeof(buf));
	return n;
}

static long wait_to_accept(void *arg)
{
	return accept(*(int *)arg, NULL, NULL);
}

static long wait_to_connect(void *arg)
{
	int *fd = arg;
	struct toy_name name;

	/* The listener is the second one. */
	if (toy_name_of(fd[1], &name))
		return -2;
	return toy_connect(fd[0], &name);
}

#define EXPECT_WOKEN(err)						\
	do {								\
		ASSERT_TRUE(toy_thread_done(&self->t, PATIENCE_MS));	\
		EXPECT_ERR(err, toy_thread_join(&self->t));		\
	} while (0)

TEST_F(inspect_destroy, reader__is_woken)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_read, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_WOKEN(ECONNABORTED);
	EXPECT_EQ(0, recv(self->fd[0], self->buf, 16, 0));
}

TOY_TEST(inspect_destroy, reader__at_the_peer_is_woken, VARIANTS_CONN)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_read, &self->fd[1]));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_WOKEN(ECONNRESET);
}

TOY_TEST(inspect_destroy, writer__is_woken, VARIANTS_CONN)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_write, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_WOKEN(ECONNABORTED);
	EXPECT_ERR(EPIPE, send(self->fd[0], "a", 1, MSG_NOSIGNAL));
}

/* Full is the receiver: the sender learns that it takes nothing any more. */
TOY_TEST(inspect_destroy, writer__to_a_datagram_socket_is_woken,
	 VARIANTS_DGRAM)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_write, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[1]));
	EXPECT_WOKEN(EPIPE);
}

TOY_TEST(inspect_destroy, accept__is_woken, VARIANTS_CONN)
{
	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	ASSERT_OK(toy_thread_start(&self->t, wait_to_accept, &self->fd[0]));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_WOKEN(EINVAL);
}

TOY_TEST(inspect_destroy, connect__is_woken, VARIANTS_CONN)
{
	self->fd[0] = toy_socket(variant->kind, 0);
	self->fd[1] = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_connect, self->fd));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	EXPECT_EQ(TCP_SYN_SENT, state_of(self->nl, self->fd[0]));
	ASSERT_OK(destroy(self->nl, self->fd[0]));
	EXPECT_WOKEN(ECONNABORTED);
	EXPECT_EQ(TCP_CLOSE, state_of(self->nl, self->fd[0]));
	/* Told already. */
	EXPECT_EQ(0, toy_opt_get(self->fd[0], SOL_SOCKET, SO_ERROR));
}

TOY_TEST(inspect_destroy, connect__to_a_listener_is_woken, VARIANTS_CONN)
{
	self->fd[0] = toy_socket(variant->kind, 0);
	self->fd[1] = toy_listener(variant->kind, &self->name, 0);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(toy_thread_start(&self->t, wait_to_connect, self->fd));
	ASSERT_TRUE(toy_thread_sleeping(&self->t));
	ASSERT_OK(destroy(self->nl, self->fd[1]));
	EXPECT_WOKEN(ECONNREFUSED);
}

TOY_TEST_MAIN

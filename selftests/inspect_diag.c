// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag(7): dumps and look-ups, every attribute of an answer against the
 * socket it is about, who sees what, and requests that are refused.
 */
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sched.h>

#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

#define USER_A	4711

/* Sockets of a dump that takes long. */
#define MANY	5000

/* What is in every answer. */
static const __u32 always = 1U << TOY_DIAG_ID | 1U << TOY_DIAG_UID |
			    1U << TOY_DIAG_DROPS;

FIXTURE(inspect_diag)
{
	int nl;
	int fd[2];
	struct toy_name name;
	struct toy_seen seen;
};

FIXTURE_VARIANT(inspect_diag)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_diag, VARIANTS_TOY)

FIXTURE_SETUP(inspect_diag)
{
	toy_guard(60);
	/* Where nobody else has a socket. */
	ASSERT_OK(toyfs_sandbox(NULL));
	self->nl = toy_nl_open();
	ASSERT_OK(self->nl);
}

FIXTURE_TEARDOWN(inspect_diag)
{
}

static int look(int nl, int sock, __u32 show, struct toy_seen *seen)
{
	struct toy_diag_req req = toy_nl_req_of(sock, show);

	if (toy_nl_one(nl, &req, seen))
		return -1;
	errno = EBADMSG;
	return seen->odd || seen->twice ? -1 : 0;
}

/* ------------------------------------------------------------------- dumps */

static long dump(int nl, int type, __u32 states)
{
	struct toy_diag_req req = toy_nl_req(0);

	req.sdiag_type = type;
	req.tdiag_states = states;
	return toy_nl_dump(nl, &req, NULL, NULL);
}

TEST_F(inspect_diag, dump__by_type_and_state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	bool conn = toy_kind_is_conn(variant->kind);
	size_t i;

	EXPECT_EQ(0, dump(self->nl, 0, 0));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(toy_socket(variant->kind, 0));
	if (conn)
		ASSERT_OK(toy_listener(variant->kind, &self->name, 1));
	EXPECT_EQ(conn ? 4 : 3, dump(self->nl, 0, 0));
	for (i = 0; i < ARRAY_SIZE(types); i++)
		EXPECT_EQ(variant->kind.type != types[i] ? 0 : conn ? 4 : 3,
			  dump(self->nl, types[i], 0));
	EXPECT_EQ(0, dump(self->nl, SOCK_RAW, 0));
	EXPECT_EQ(2, dump(self->nl, 0, 1 << TCP_ESTABLISHED));
	EXPECT_EQ(1, dump(self->nl, 0, 1 << TCP_CLOSE));
	EXPECT_EQ(conn, dump(self->nl, 0, 1 << TCP_LISTEN));
	EXPECT_EQ(0, dump(self->nl, 0, 1 << TCP_SYN_SENT));
	EXPECT_EQ(3, dump(self->nl, variant->kind.type,
			  1 << TCP_ESTABLISHED | 1 << TCP_CLOSE));
	EXPECT_EQ(conn ? 4 : 3, dump(self->nl, 0, ~0U));
}

/* A dump does not look at inode numbers and cookies. */
TEST_F(inspect_diag, dump__of_one_is_of_all)
{
	struct toy_diag_req req;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	req = toy_nl_req_of(self->fd[0], 0);
	EXPECT_EQ(2, toy_nl_dump(self->nl, &req, NULL, NULL));
}

static void see(const struct toy_seen *seen, void *arg)
{
	toy_crowd_see(arg, seen->msg.tdiag_ino);
}

TEST_F(inspect_diag, dump__while_others_come_and_go)
{
	__u32 show[] = { 0, TOY_DIAG_SHOW_ALL };
	struct toy_diag_req req;
	struct toy_crowd crowd;
	size_t i;

	ASSERT_OK(toy_crowd_make(&crowd, variant->kind, MANY));
	ASSERT_OK(toy_crowd_churn(&crowd));
	for (i = 0; i < ARRAY_SIZE(show); i++) {
		req = toy_nl_req(show[i]);
		EXPECT_LE(crowd.n, toy_nl_dump(self->nl, &req, see, &crowd));
		EXPECT_EQ(0, toy_crowd_odd(&crowd));
	}
	EXPECT_LT(0, toy_crowd_still(&crowd));
}

/* ---------------------------------------------------------------- look-ups */

TEST_F(inspect_diag, one__by_inode_cookie_and_both)
{
	struct toy_diag_req req;
	int i, by;

	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	for (i = 0; i < 2; i++) {
		for (by = 1; by < 4; by++) {
			req = toy_nl_req_of(self->fd[i], 0);
			if (!(by & 1))
				req.tdiag_ino = 0;
			if (!(by & 2))
				memset(req.tdiag_cookie, 0xff,
				       sizeof(req.tdiag_cookie));
			ASSERT_OK(toy_nl_one(self->nl, &req, &self->seen));
			EXPECT_EQ(toy_inode(self->fd[i]),
				  self->seen.msg.tdiag_ino);
			req.sdiag_type = variant->kind.type;
			EXPECT_OK(toy_nl_one(self->nl, &req, &self->seen));
			req.sdiag_type = SOCK_RAW;
			EXPECT_ERR(ENOENT, toy_nl_one(self->nl, &req,
						      &self->seen));
		}
	}
}

TEST_F(inspect_diag, one__that_is_not_there)
{
	struct toy_diag_req req, other;

	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	req = toy_nl_req(0);
	EXPECT_ERR(EINVAL, toy_nl_one(self->nl, &req, &self->seen));
	req = toy_nl_req_of(self->fd[0], 0);
	other = toy_nl_req_of(self->fd[1], 0);
	req.tdiag_ino = other.tdiag_ino;
	EXPECT_ERR(ENOENT, toy_nl_one(self->nl, &req, &self->seen));
	req.tdiag_ino = 0;
	req.tdiag_cookie[1]++;
	EXPECT_ERR(ENOENT, toy_nl_one(self->nl, &req, &self->seen));
	req.tdiag_cookie[1]--;
	EXPECT_OK(toy_nl_one(self->nl, &req, &self->seen));
	close(self->fd[0]);
	EXPECT_ERR(ENOENT, toy_nl_one(self->nl, &req, &self->seen));
}

/* -------------------------------------------------------------- attributes */

TEST_F(inspect_diag, msg__names_and_state)
{
	struct toy_diag_msg *msg = &self->seen.msg;
	struct toy_name local, remote;
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(look(self->nl, self->fd[i], 0, &self->seen));
		EXPECT_EQ(always, self->seen.have);
		ASSERT_OK(toy_name_of(self->fd[i], &local));
		ASSERT_OK(toy_name_of_peer(self->fd[i], &remote));
		EXPECT_EQ(toy_family(), msg->tdiag_family);
		EXPECT_EQ(variant->kind.type, msg->tdiag_type);
		EXPECT_EQ(TCP_ESTABLISHED, msg->tdiag_state);
		EXPECT_EQ(0, msg->tdiag_shutdown);
		EXPECT_EQ(toy_inode(self->fd[i]), msg->tdiag_ino);
		EXPECT_EQ((__u32)toy_cookie(self->fd[i]), msg->tdiag_cookie[0]);
		EXPECT_EQ(toy_cookie(self->fd[i]) >> 32, msg->tdiag_cookie[1]);
		EXPECT_EQ(local.toy.stoy_node, msg->tdiag_local_node);
		EXPECT_EQ(local.toy.stoy_port, msg->tdiag_local_port);
		EXPECT_EQ(remote.toy.stoy_node, msg->tdiag_remote_node);
		EXPECT_EQ(remote.toy.stoy_port, msg->tdiag_remote_port);
		EXPECT_EQ(toyfs_number_of(variant->kind, self->fd[i]),
			  (int)self->seen.id);
	}
	ASSERT_OK(shutdown(self->fd[1], SHUT_WR));
	ASSERT_OK(look(self->nl, self->fd[1], 0, &self->seen));
	EXPECT_EQ(2, msg->tdiag_shutdown);
	if (!toy_kind_is_conn(variant->kind))
		return;
	EXPECT_EQ(TCP_FIN_WAIT2, msg->tdiag_state);
	ASSERT_OK(look(self->nl, self->fd[0], 0, &self->seen));
	EXPECT_EQ(1, msg->tdiag_shutdown);
	EXPECT_EQ(TCP_CLOSE_WAIT, msg->tdiag_state);
}

TEST_F(inspect_diag, peer__joins_both_ends)
{
	__u32 show = TOY_DIAG_SHOW_PEER;
	struct toy_seen *seen = &self->seen;
	int i;

	ASSERT_OK(look(self->nl, toy_socket(variant->kind, 0), show, seen));
	EXPECT_EQ(always, seen->have);
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	for (i = 0; i < 2; i++) {
		/* Datagrams: whom the last one went to. */
		ASSERT_EQ(1, send(self->fd[i], "a", 1, 0));
		ASSERT_OK(look(self->nl, self->fd[i], show, seen));
		EXPECT_EQ(always | 1 << TOY_DIAG_PEER_INODE |
			  1 << TOY_DIAG_PEER_COOKIE, seen->have);
		EXPECT_EQ(toy_inode(self->fd[!i]), seen->peer_ino);
		EXPECT_EQ(toy_cookie(self->fd[!i]),
			  (__u64)seen->peer_cookie[1] << 32 |
			  seen->peer_cookie[0]);
	}
	close(self->fd[1]);
	ASSERT_OK(look(self->nl, self->fd[0], show, seen));
	EXPECT_EQ(always, seen->have);
}

/* It has a cookie, by which it is found, but no inode yet. */
TOY_TEST(inspect_diag, peer__that_nobody_accepted, VARIANTS_CONN)
{
	struct toy_diag_req req = toy_nl_req(TOY_DIAG_SHOW_PEER);
	struct toy_seen *seen = &self->seen;

	ASSERT_OK(toy_listener(variant->kind, &self->name, 1));
	self->fd[0] = toy_connected(variant->kind, &self->name);
	ASSERT_OK(look(self->nl, self->fd[0], TOY_DIAG_SHOW_PEER, seen));
	EXPECT_EQ(0, seen->peer_ino);
	memcpy(req.tdiag_cookie, seen->peer_cookie, sizeof(req.tdiag_cookie));
	ASSERT_OK(toy_nl_one(self->nl, &req, seen));
	EXPECT_EQ(0, seen->msg.tdiag_ino);
	EXPECT_EQ(toy_inode(self->fd[0]), seen->peer_ino);
}

TEST_F(inspect_diag, all__against_the_calls)
{
	struct toy_seen *seen = &self->seen;
	__u32 mem[SK_MEMINFO_VARS];
	struct toy_info info;
	char text[256];
	socklen_t len;
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(7, send(self->fd[0], "abcdefg", 7, 0));
	EXPECT_ERR(ENOPROTOOPT, toy_opt_get(self->fd[1], SOL_TOY, 99));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(look(self->nl, self->fd[i], TOY_DIAG_SHOW_ALL &
			       ~TOY_DIAG_SHOW_PEER, seen));
		EXPECT_EQ(always | 1 << TOY_DIAG_QUEUES |
			  1 << TOY_DIAG_MEMINFO | 1 << TOY_DIAG_INFO |
			  1 << TOY_DIAG_BACKEND |
			  (i ? 1 << TOY_DIAG_LAST_ERROR : 0), seen->have);
		EXPECT_EQ(i ? 7 : 0, seen->queues.rqueue);
		EXPECT_EQ(toy_ioctl_int(self->fd[i], TIOCOUTQ),
			  (int)seen->queues.wqueue);
		len = sizeof(mem);
		ASSERT_OK(getsockopt(self->fd[i], SOL_SOCKET, SO_MEMINFO, mem,
				     &len));
		EXPECT_EQ(0, memcmp(mem, seen->mem, sizeof(mem)));
		len = sizeof(info);
		ASSERT_OK(getsockopt(self->fd[i], SOL_TOY, TOY_INFO, &info,
				     &len));
		EXPECT_EQ(0, memcmp(&info, &seen->info, sizeof(info)));
		EXPECT_STREQ("local", seen->backend);
		len = sizeof(text);
		ASSERT_OK(getsockopt(self->fd[i], SOL_TOY, TOY_LAST_ERROR,
				     text, &len));
		EXPECT_STREQ(text, seen->error);
	}
}

TOY_TEST(inspect_diag, queues__of_a_listener, VARIANTS_CONN)
{
	self->fd[0] = toy_listener(variant->kind, &self->name, 5);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_OK(look(self->nl, self->fd[0], TOY_DIAG_SHOW_QUEUES,
		       &self->seen));
	EXPECT_EQ(TCP_LISTEN, self->seen.msg.tdiag_state);
	EXPECT_EQ(1, self->seen.queues.rqueue);
	EXPECT_EQ(5, self->seen.queues.wqueue);
}

TOY_TEST(inspect_diag, drops__by_a_filter, VARIANTS_MSG)
{
	struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = drop };

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(setsockopt(self->fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			     sizeof(prog)));
	ASSERT_EQ(1, send(self->fd[0], "a", 1, 0));
	ASSERT_EQ(1, send(self->fd[0], "b", 1, 0));
	ASSERT_OK(look(self->nl, self->fd[1], 0, &self->seen));
	EXPECT_EQ(2, self->seen.drops);
}

/* ------------------------------------------------------------ who sees what */

static int other_user(int nl, const int fd[2], struct toy_seen *seen)
{
	int map;

	if (unshare(CLONE_NEWUSER))
		return 1;
	map = open("/proc/self/uid_map", O_WRONLY);
	if (write(map, "7 0 1", 5) != 5)
		return 2;
	/* Whose socket asks is what counts. */
	if (look(nl, fd[0], 0, seen) || seen->uid ||
	    look(nl, fd[1], 0, seen) || seen->uid != USER_A)
		return 3;
	nl = toy_nl_open();
	if (look(nl, fd[0], 0, seen) || seen->uid != 7 ||
	    look(nl, fd[1], 0, seen) || seen->uid != 65534)
		return 4;
	return 0;
}

TEST_F(inspect_diag, uid__as_the_reader_has_it)
{
	pid_t pid;

	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(toyfs_as(USER_A));
	self->fd[1] = toy_socket(variant->kind, 0);
	ASSERT_OK(toyfs_as(0));
	pid = fork();
	if (!pid)
		_exit(other_user(self->nl, self->fd, &self->seen));
	EXPECT_EQ(0, toy_child_wait(pid));
}

TEST_F(inspect_diag, net__of_others_is_not_there)
{
	struct toy_diag_req req;
	int nl;

	self->fd[0] = toy_socket(variant->kind, 0);
	req = toy_nl_req_of(self->fd[0], 0);
	ASSERT_OK(unshare(CLONE_NEWNET));
	nl = toy_nl_open();
	EXPECT_EQ(0, dump(nl, 0, 0));
	EXPECT_ERR(ENOENT, toy_nl_one(nl, &req, &self->seen));
	EXPECT_ERR(ENOENT, toy_nl_destroy(nl, &req));
	self->fd[1] = toy_socket(variant->kind, 0);
	EXPECT_EQ(1, dump(nl, 0, 0));
	EXPECT_EQ(1, dump(self->nl, 0, 0));
	EXPECT_OK(toy_nl_one(self->nl, &req, &self->seen));
}

TOY_TEST_MAIN

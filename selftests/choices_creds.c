// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control messages: descriptors are refused, credentials work, by the switch of
 * AF_TOY's own and by that of AF_UNIX, which runs along.
 */
#include <grp.h>
#include <sched.h>
#include <stdalign.h>

#include "toy_test.h"

/* Two users that need not exist. */
#define USER_A	4711
#define USER_B	4712

FIXTURE(choices_creds)
{
	int to;
	int from;
};

FIXTURE_VARIANT(choices_creds)
{
	struct toy_kind kind;
};

TOY_VARIANTS(choices_creds, VARIANTS_LOCAL)

FIXTURE_SETUP(choices_creds)
{
	int fd[2];

	toy_guard(20);
	ASSERT_OK(toy_socketpair(variant->kind, fd));
	self->from = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(choices_creds)
{
}

static int passcred_set(struct toy_kind kind, int fd, int on)
{
	if (toy_kind_is_toy(kind))
		return toy_opt_set(fd, SOL_TOY, TOY_PASSCRED, on);
	return toy_opt_set(fd, SOL_SOCKET, SO_PASSCRED, on);
}

/*
 * Send text with one control message, or with none if @len is 0. SCM_RIGHTS and
 * SCM_CREDENTIALS are both at SOL_SOCKET.
 */
static ssize_t send_control(int fd, const char *text, int type,
			    const void *data, size_t len)
{
	alignas(8) char control[CMSG_SPACE(64)] = { 0 };
	struct iovec iov = { (void *)text, strlen(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (len) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(len);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = type;
		cmsg->cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(cmsg), data, len);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static ssize_t send_creds(int fd, const char *text, pid_t pid, uid_t uid,
			  gid_t gid)
{
	struct ucred ucred = { .pid = pid, .uid = uid, .gid = gid };

	return send_control(fd, text, SCM_CREDENTIALS, &ucred, sizeof(ucred));
}

/* What came with a message. */
struct received {
	char text[64];
	struct ucred ucred;	/* pid -1: none */
	int flags;
};

static ssize_t recv_creds(int fd, struct received *r, int flags)
{
	alignas(8) char control[CMSG_SPACE(64)] = { 0 };
	struct iovec iov = { r->text, sizeof(r->text) - 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t len;

	memset(r, 0, sizeof(*r));
	r->ucred.pid = -1;
	len = recvmsg(fd, &msg, flags);
	r->flags = msg.msg_flags;
	if (len < 0)
		return len;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    cmsg->cmsg_type == SCM_CREDENTIALS &&
		    cmsg->cmsg_len == CMSG_LEN(sizeof(r->ucred)))
			memcpy(&r->ucred, CMSG_DATA(cmsg), sizeof(r->ucred));
	return len;
}

/* A child that has become another user; in the parent its pid. */
static pid_t fork_as(uid_t uid)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		_exit(99);
	return 0;
}

TOY_TEST(choices_creds, scm_rights__einval_and_nothing_queued, VARIANTS_TOY)
{
	int fd[2], both[2];

	ASSERT_OK(pipe(fd));
	EXPECT_ERR(EINVAL, send_control(self->from, "x", SCM_RIGHTS, &fd[1],
					sizeof(int)));
	both[0] = fd[0];
	both[1] = fd[1];
	EXPECT_ERR(EINVAL, send_control(self->from, "x", SCM_RIGHTS, both,
					sizeof(both)));
	EXPECT_EQ(0, toy_poll(self->to, POLLIN, 0));
	/* Nobody holds the descriptor any more. */
	EXPECT_OK(close(fd[1]));
	EXPECT_EQ(POLLHUP, toy_poll(fd[0], POLLIN, 0));
	EXPECT_EQ(1, send(self->from, "y", 1, 0));
	EXPECT_EQ(1, toy_poll(self->to, POLLIN, 0) & POLLIN);
}

TEST_F(choices_creds, passcred__brings_credentials_with_every_message)
{
	struct received r;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(1, recv_creds(self->to, &r, MSG_PEEK));
	EXPECT_EQ(getpid(), r.ucred.pid);
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(getpid(), r.ucred.pid);
	EXPECT_EQ(getuid(), r.ucred.uid);
	EXPECT_EQ(getgid(), r.ucred.gid);
	EXPECT_EQ(0, r.flags & MSG_CTRUNC);
}

TEST_F(choices_creds, passcred__off_brings_none)
{
	struct received r;

	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	ASSERT_EQ(1, send_creds(self->from, "b", getpid(), getuid(), getgid()));
	EXPECT_LT(0, recv_creds(self->to, &r, 0));
	EXPECT_EQ(-1, r.ucred.pid);
	EXPECT_EQ(0, r.flags & MSG_CTRUNC);
	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_OK(passcred_set(variant->kind, self->to, 0));
	ASSERT_EQ(1, send(self->from, "c", 1, 0));
	EXPECT_LT(0, recv_creds(self->to, &r, 0));
	EXPECT_EQ(-1, r.ucred.pid);
}

/* AF_UNIX notes credentials only if somebody wants them when it sends. */
TOY_TEST(choices_creds, passcred__may_be_set_after_the_message_came,
	 VARIANTS_TOY)
{
	struct received r;
	pid_t pid;

	pid = fork_as(USER_A);
	if (!pid)
		_exit(send(self->from, "a", 1, 0) != 1);
	ASSERT_EQ(0, toy_child_wait(pid));
	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(pid, r.ucred.pid);
	EXPECT_EQ(USER_A, r.ucred.uid);
}

TEST_F(choices_creds, passcred__own_credentials_may_be_named)
{
	struct received r;
	pid_t pid;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	pid = fork_as(USER_A);
	if (!pid)
		_exit(send_creds(self->from, "a", getpid(), USER_A, USER_A) != 1);
	EXPECT_EQ(0, toy_child_wait(pid));
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(pid, r.ucred.pid);
	EXPECT_EQ(USER_A, r.ucred.uid);
	EXPECT_EQ(USER_A, r.ucred.gid);
}

TEST_F(choices_creds, passcred__forged_credentials_eperm)
{
	struct received r;
	pid_t pid;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	pid = fork_as(USER_A);
	if (!pid) {
		EXPECT_ERR(EPERM, send_creds(self->from, "a", getpid(), 0,
					     USER_A));
		EXPECT_ERR(EPERM, send_creds(self->from, "a", getpid(), USER_A,
					     0));
		EXPECT_ERR(EPERM, send_creds(self->from, "a", getppid(), USER_A,
					     USER_A));
		EXPECT_ERR(EPERM, send_creds(self->from, "a", 1, USER_A,
					     USER_A));
		_exit(!_metadata->passed);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
	EXPECT_ERR(EAGAIN, recv_creds(self->to, &r, MSG_DONTWAIT));
}

TEST_F(choices_creds, passcred__root_may_speak_for_others)
{
	struct received r;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_EQ(1, send_creds(self->from, "a", getpid(), USER_A, USER_B));
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(getpid(), r.ucred.pid);
	EXPECT_EQ(USER_A, r.ucred.uid);
	EXPECT_EQ(USER_B, r.ucred.gid);
	ASSERT_EQ(1, send_creds(self->from, "a", 1, 0, 0));
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(1, r.ucred.pid);
	EXPECT_ERR(ESRCH, send_creds(self->from, "a", 0x3fffffff, 0, 0));
	EXPECT_ERR(EAGAIN, recv_creds(self->to, &r, MSG_DONTWAIT));
}

TOY_TEST(choices_creds, so_passcred__is_the_same_switch_where_core_allows,
	 VARIANTS_TOY)
{
	struct received r;

	EXPECT_EQ(0, toy_opt_get(self->to, SOL_TOY, TOY_PASSCRED));
	ASSERT_OK(toy_opt_set(self->to, SOL_TOY, TOY_PASSCRED, 7));
	EXPECT_EQ(1, toy_opt_get(self->to, SOL_TOY, TOY_PASSCRED));
	if (toy_opt_set(self->from, SOL_SOCKET, SO_PASSCRED, 1)) {
		/* Newer cores keep it for AF_UNIX. */
		EXPECT_EQ(EOPNOTSUPP, errno);
		return;
	}
	EXPECT_EQ(1, toy_opt_get(self->from, SOL_TOY, TOY_PASSCRED));
	EXPECT_EQ(1, toy_opt_get(self->to, SOL_SOCKET, SO_PASSCRED));
	ASSERT_EQ(1, send(self->to, "a", 1, 0));
	EXPECT_EQ(1, recv_creds(self->from, &r, 0));
	EXPECT_EQ(getpid(), r.ucred.pid);
	ASSERT_OK(toy_opt_set(self->from, SOL_SOCKET, SO_PASSCRED, 0));
	EXPECT_EQ(0, toy_opt_get(self->from, SOL_TOY, TOY_PASSCRED));
	ASSERT_EQ(1, send(self->to, "b", 1, 0));
	EXPECT_EQ(1, recv_creds(self->from, &r, 0));
	EXPECT_EQ(-1, r.ucred.pid);
}

TEST_F(choices_creds, two_users_on_one_inherited_socket__are_told_apart)
{
	const uid_t user[] = { USER_A, USER_B, USER_A, 0 };
	struct received r;
	pid_t pid[4];
	int i;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	for (i = 0; i < 4; i++) {
		pid[i] = fork_as(user[i]);
		if (!pid[i])
			_exit(write(self->from, "abcd" + i, 1) != 1);
		ASSERT_EQ(0, toy_child_wait(pid[i]));
	}
	/* Nor is anything joined that is from two of them. */
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(1, recv_creds(self->to, &r, 0));
		EXPECT_EQ('a' + i, r.text[0]);
		EXPECT_EQ(pid[i], r.ucred.pid);
		EXPECT_EQ(user[i], r.ucred.uid);
		EXPECT_EQ(user[i], r.ucred.gid);
	}
}

TOY_TEST(choices_creds, stream_of_two_users__is_one_stream_without_passcred,
	 VARIANT_TOY_STREAM)
{
	struct received r;
	pid_t pid;

	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	pid = fork_as(USER_A);
	if (!pid)
		_exit(send(self->from, "b", 1, 0) != 1);
	ASSERT_EQ(0, toy_child_wait(pid));
	ASSERT_EQ(1, send(self->from, "c", 1, 0));
	EXPECT_EQ(3, recv_creds(self->to, &r, 0));
	EXPECT_STREQ("abc", r.text);
}

TOY_TEST(choices_creds, stream_of_one_user__is_joined_with_passcred,
	 VARIANTS_STREAM & VARIANTS_LOCAL)
{
	struct received r;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	ASSERT_EQ(1, send(self->from, "b", 1, 0));
	EXPECT_EQ(2, recv_creds(self->to, &r, 0));
	EXPECT_STREQ("ab", r.text);
}

/* What one reads with WAITALL is from one sender: it ends where that does. */
TOY_TEST(choices_creds, stream_of_two_users__ends_waitall,
	 VARIANTS_STREAM & VARIANTS_LOCAL)
{
	struct received r;
	pid_t pid;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	pid = fork_as(USER_A);
	if (!pid)
		_exit(send(self->from, "b", 1, 0) != 1);
	ASSERT_EQ(0, toy_child_wait(pid));
	EXPECT_EQ(1, recv_creds(self->to, &r, MSG_WAITALL));
	EXPECT_EQ(0, r.ucred.uid);
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(USER_A, r.ucred.uid);
}

static int peercred(int fd, struct ucred *ucred)
{
	socklen_t len = sizeof(*ucred);

	memset(ucred, 0x55, sizeof(*ucred));
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, &len);
}

TEST_F(choices_creds, so_peercred__of_a_socketpair_are_the_maker)
{
	struct ucred ucred;
	int i, fd[2] = { self->from, self->to };

	for (i = 0; i < 2; i++) {
		ASSERT_OK(peercred(fd[i], &ucred));
		EXPECT_EQ(getpid(), ucred.pid);
		EXPECT_EQ(getuid(), ucred.uid);
		EXPECT_EQ(getgid(), ucred.gid);
	}
}

TEST_F(choices_creds, so_peercred__of_the_unconnected_is_nobody)
{
	struct ucred ucred;
	int fd;

	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	ASSERT_OK(peercred(fd, &ucred));
	EXPECT_EQ(0, ucred.pid);
	EXPECT_EQ((uid_t)-1, ucred.uid);
	EXPECT_EQ((gid_t)-1, ucred.gid);
}

TOY_TEST(choices_creds, so_peercred__is_the_caller_and_who_listened,
	 VARIANTS_CONN & VARIANTS_LOCAL)
{
	struct toy_name name;
	struct ucred ucred;
	int listener, fd;
	pid_t pid;

	listener = toy_bound(variant->kind, &name);
	ASSERT_OK(listener);
	/* Who listens counts, not who bound or who accepts. */
	ASSERT_OK(setegid(USER_B));
	ASSERT_OK(seteuid(USER_B));
	ASSERT_OK(listen(listener, 4));
	ASSERT_OK(seteuid(0));
	ASSERT_OK(setegid(0));

	pid = fork_as(USER_A);
	if (!pid) {
		fd = toy_connected(variant->kind, &name);
		EXPECT_OK(fd);
		EXPECT_OK(peercred(fd, &ucred));
		EXPECT_EQ(getppid(), ucred.pid);
		EXPECT_EQ(USER_B, ucred.uid);
		EXPECT_EQ(USER_B, ucred.gid);
		_exit(!_metadata->passed);
	}
	fd = accept(listener, NULL, NULL);
	ASSERT_OK(fd);
	ASSERT_OK(peercred(fd, &ucred));
	EXPECT_EQ(pid, ucred.pid);
	EXPECT_EQ(USER_A, ucred.uid);
	EXPECT_EQ(USER_A, ucred.gid);
	EXPECT_EQ(0, toy_child_wait(pid));
	/* Its end does not change who it was. */
	ASSERT_OK(peercred(fd, &ucred));
	EXPECT_EQ(USER_A, ucred.uid);
}

TEST_F(choices_creds, msg_ctrunc__when_the_control_buffer_is_too_small)
{
	alignas(8) char control[CMSG_SPACE(sizeof(struct ucred))];
	const size_t sizes[] = { 0, 1, sizeof(struct cmsghdr) - 1,
				 sizeof(struct cmsghdr),
				 CMSG_LEN(sizeof(struct ucred)) - 1 };
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t i;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(1, send(self->from, "a", 1, 0));
		msg.msg_control = sizes[i] ? control : NULL;
		msg.msg_controllen = sizes[i];
		ASSERT_EQ(1, recvmsg(self->to, &msg, 0));
		EXPECT_EQ(MSG_CTRUNC, msg.msg_flags & MSG_CTRUNC) {
			TH_LOG("control buffer of %zu", sizes[i]);
		}
		EXPECT_GE(sizes[i], msg.msg_controllen);
	}
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	msg.msg_control = control;
	msg.msg_controllen = CMSG_LEN(sizeof(struct ucred));
	ASSERT_EQ(1, recvmsg(self->to, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_CTRUNC);
}

TEST_F(choices_creds, msg_cmsg_cloexec__accepted)
{
	struct received r;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(1, recv_creds(self->to, &r, MSG_CMSG_CLOEXEC));
	EXPECT_EQ(getpid(), r.ucred.pid);
	ASSERT_OK(passcred_set(variant->kind, self->to, 0));
	ASSERT_EQ(1, send(self->from, "a", 1, 0));
	EXPECT_EQ(1, recv(self->to, r.text, 1, MSG_CMSG_CLOEXEC));
}

TEST_F(choices_creds, control_messages__malformed_are_einval)
{
	alignas(8) char control[64] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	};
	struct cmsghdr *cmsg = (struct cmsghdr *)control;
	struct ucred ucred = { getpid(), 0, 0 };

	/* Shorter than its own header; longer than the buffer. */
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_CREDENTIALS;
	cmsg->cmsg_len = sizeof(*cmsg) - 1;
	msg.msg_controllen = sizeof(control);
	EXPECT_ERR(EINVAL, sendmsg(self->from, &msg, 0));
	cmsg->cmsg_len = sizeof(control) + 1;
	EXPECT_ERR(EINVAL, sendmsg(self->from, &msg, 0));
	/* Of the wrong size; of a type that nobody knows. */
	EXPECT_ERR(EINVAL, send_control(self->from, "x", SCM_CREDENTIALS,
					&ucred, sizeof(ucred) - 1));
	EXPECT_ERR(EINVAL, send_control(self->from, "x", 4711, &ucred,
					sizeof(ucred)));
	/* A pointer that leads nowhere; more than anybody may send. */
	msg.msg_control = toy_page_bad();
	EXPECT_ERR(EFAULT, sendmsg(self->from, &msg, 0));
	msg.msg_controllen = 1 << 30;
	EXPECT_ERR(ENOBUFS, sendmsg(self->from, &msg, 0));
	EXPECT_ERR(EAGAIN, recv(self->to, control, 1, MSG_DONTWAIT));
	EXPECT_EQ(1, send(self->from, "x", 1, 0));
	EXPECT_EQ(1, recv(self->to, control, 1, MSG_DONTWAIT));
}

/* Each receiver reads the sender's ids in its own namespaces. */
TEST_F(choices_creds, ids__are_those_of_the_readers_namespace)
{
	struct received r;
	pid_t pid;

	ASSERT_OK(passcred_set(variant->kind, self->to, 1));
	pid = fork();
	ASSERT_OK(pid);
	if (!pid) {
		char c;

		if (unshare(CLONE_NEWUSER))
			_exit(77);
		c = send(self->from, "a", 1, 0) != 1;
		_exit(c || recv_creds(self->to, &r, 0) != 1 ||
		      r.ucred.uid != 65534 || r.ucred.gid != 65534 ||
		      send(self->from, "b", 1, 0) != 1);
	}
	switch (toy_child_wait(pid)) {
	case 0:
		break;
	case 77:
		SKIP(return, "this kernel has no user namespaces");
	default:
		ASSERT_TRUE(false) TH_LOG("the child saw other ids");
	}
	EXPECT_EQ(1, recv_creds(self->to, &r, 0));
	EXPECT_EQ(pid, r.ucred.pid);
	EXPECT_EQ(0, r.ucred.uid);
}

TOY_TEST_MAIN

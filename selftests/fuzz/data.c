// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that send and receive.
 */
#include "fuzz.h"

static const int send_flags[] = { MSG_DONTWAIT, MSG_OOB, MSG_EOR, MSG_MORE,
				  MSG_DONTROUTE, MSG_CONFIRM, MSG_ZEROCOPY };
static const int recv_flags[] = { MSG_DONTWAIT, MSG_PEEK, MSG_OOB, MSG_WAITALL,
				  MSG_TRUNC, MSG_ERRQUEUE, MSG_CMSG_CLOEXEC };

static int sending(__u32 arg)
{
	int flags = fuzz_flags(arg, send_flags, ARRAY_SIZE(send_flags));

	if (arg >> 27 == 0)
		flags |= 1 << (arg >> 8) % 31;
	return flags | MSG_NOSIGNAL;
}

static int receiving(__u32 arg)
{
	int flags = fuzz_flags(arg, recv_flags, ARRAY_SIZE(recv_flags));

	if (arg >> 27 == 0)
		flags |= 1 << (arg >> 8) % 31;
	return flags;
}

/* Some of what is sent looks like frames, addresses and words of toyfs. */
static void *payload(struct fuzz_thread *t, __u32 arg, size_t len)
{
	static const char *const texts[] = {
		"TY\1\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\0", "1:2000 hello\n",
		"3:2001 x", "TY\1\4\0\0\0\2\0\0\0\3\7\320\7\320\0\0\0\0",
	};
	char *buf = fuzz_buf(t, arg, len);

	if (len >= 20 && buf >= t->pool && buf < t->pool + FUZZ_POOL / 2)
		memcpy(buf, texts[arg % 4], arg % 4 == 1 ? 13 :
		       arg % 4 == 2 ? 8 : 20);
	return buf;
}

/* What a message has beside its bytes. */
static void control(struct fuzz_thread *t, __u32 arg, struct msghdr *msg)
{
	struct cmsghdr *cmsg = (void *)(t->pool + FUZZ_POOL - 256);
	struct ucred cred = { getpid(), getuid(), getgid() };

	if (arg % 4)
		return;
	*cmsg = (struct cmsghdr){ CMSG_LEN(sizeof(cred)), SOL_SOCKET,
				  SCM_CREDENTIALS };
	switch ((arg >> 2) % 8) {
	case 0:
		cmsg->cmsg_type = SCM_RIGHTS;
		break;
	case 1:
		cmsg->cmsg_len = arg >> 8;
		break;
	case 2:
		cred.pid = arg >> 8;
		break;
	case 3:
		cmsg->cmsg_level = SOL_TOY;
		break;
	}
	memcpy(CMSG_DATA(cmsg), &cred, sizeof(cred));
	msg->msg_control = cmsg;
	msg->msg_controllen = CMSG_SPACE(sizeof(cred));
	fuzz_say(t, ", cmsg %d", cmsg->cmsg_type);
}

/**
 * struct message - a message with all that belongs to it
 * @name:	whom it is for
 * @iov:	its parts
 */
struct message {
	struct toy_name name;
	struct iovec iov[3];
};

static void message(struct fuzz_thread *t, const __u32 *arg,
		    struct msghdr *msg, struct message *m)
{
	unsigned int i;

	*msg = (struct msghdr){ .msg_iov = m->iov,
				.msg_iovlen = arg[2] % 4 };
	for (i = 0; i < 3; i++) {
		m->iov[i].iov_len = fuzz_len(arg[1] >> (4 * i));
		m->iov[i].iov_base = payload(t, arg[2] >> (3 * i),
					     m->iov[i].iov_len);
	}
	if (arg[3] % 3 == 0) {
		m->name = fuzz_name(t, arg[3] >> 2, false);
		msg->msg_name = &m->name.ss;
		msg->msg_namelen = m->name.len;
		fuzz_say(t, ", %s", fuzz_name_text(&m->name));
	}
}

static long call_send(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = sending(arg[2]);
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu, %#x", len, flags);
	t->most = len;
	return send(fd, payload(t, arg[3], len), len, flags);
}

static long call_sendto(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = sending(arg[2]);
	struct toy_name name = fuzz_name(t, arg[4], false);
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu, %#x, %s", len, flags, fuzz_name_text(&name));
	t->most = len;
	return sendto(fd, payload(t, arg[3], len), len, flags, &name.sa,
		      name.len);
}

static long call_sendmsg(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = sending(arg[4]);
	struct message m;
	struct msghdr msg;

	message(t, arg, &msg, &m);
	control(t, arg[3] >> 8, &msg);
	fuzz_say(t, ", %#x", flags);
	return sendmsg(fd, &msg, flags);
}

static long call_sendmmsg(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = sending(arg[4]);
	struct mmsghdr msgs[2] = {};
	struct message m[2];

	message(t, arg, &msgs[0].msg_hdr, &m[0]);
	message(t, arg + 1, &msgs[1].msg_hdr, &m[1]);
	control(t, arg[3] >> 8, &msgs[1].msg_hdr);
	fuzz_say(t, ", %#x", flags);
	t->most = 2;
	return sendmmsg(fd, msgs, 2, flags);
}

static long call_recv(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = receiving(arg[2]);
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu, %#x", len, flags);
	if (!(flags & MSG_TRUNC))
		t->most = len;
	return recv(fd, fuzz_buf(t, arg[3], len), len, flags);
}

static long call_recvfrom(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = receiving(arg[2]);
	struct toy_name name = { .len = arg[4] % 32 };
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu, %#x, %u", len, flags, name.len);
	if (!(flags & MSG_TRUNC))
		t->most = len;
	return recvfrom(fd, fuzz_buf(t, arg[3], len), len, flags, &name.sa,
			&name.len);
}

static long call_recvmsg(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = receiving(arg[4]);
	struct message m;
	struct msghdr msg;

	message(t, arg, &msg, &m);
	if (arg[3] & 32) {
		msg.msg_control = t->pool + FUZZ_POOL - 256;
		msg.msg_controllen = (arg[3] >> 6) % 256;
	}
	fuzz_say(t, ", %#x", flags);
	return recvmsg(fd, &msg, flags);
}

static long call_recvmmsg(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS), flags = receiving(arg[4]);
	struct timespec ts = { 0, arg[3] % 50000000 };
	struct mmsghdr msgs[2] = {};
	struct message m[2];

	message(t, arg, &msgs[0].msg_hdr, &m[0]);
	message(t, arg + 1, &msgs[1].msg_hdr, &m[1]);
	fuzz_say(t, ", %#x", flags);
	t->most = 2;
	return recvmmsg(fd, msgs, 2, flags, &ts);
}

#define READABLE	(FUZZ_CARRIERS | FUZZ_BIT(FUZZ_CTL) | \
			 FUZZ_BIT(FUZZ_LISTEN) | FUZZ_BIT(FUZZ_TEXT))

static long call_read(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], READABLE);
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu", len);
	t->most = len;
	return read(fd, fuzz_buf(t, arg[3], len), len);
}

static long call_readv(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], READABLE);
	struct message m;
	struct msghdr msg;

	message(t, (const __u32[]){ 0, arg[1], arg[2], 1 }, &msg, &m);
	return readv(fd, m.iov, arg[2] % 4);
}

/* Commands are the business of toyfs.c. */
static long call_write(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_CARRIERS);
	size_t len = fuzz_len(arg[1]);

	fuzz_say(t, ", %zu", len);
	t->most = len;
	return write(fd, payload(t, arg[3], len), len);
}

static long call_writev(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_CARRIERS);
	struct message m;
	struct msghdr msg;

	message(t, (const __u32[]){ 0, arg[1], arg[2], 1 }, &msg, &m);
	return writev(fd, m.iov, arg[2] % 4);
}

/* ECONNABORTED, ENETDOWN, ETIMEDOUT: over a link. */
static const int send_errnos[] = {
	ENOTCONN, EISCONN, EOPNOTSUPP, EMSGSIZE, EPIPE, ECONNRESET,
	ECONNREFUSED, EAFNOSUPPORT, EACCES, ENETUNREACH, EHOSTUNREACH, ENOBUFS,
	EPERM, ESRCH, ECONNABORTED, ENETDOWN, ETIMEDOUT, EADDRNOTAVAIL, 0
};

static const int recv_errnos[] = {
	ENOTCONN, EOPNOTSUPP, ECONNRESET, ECONNREFUSED, EHOSTUNREACH,
	ECONNABORTED, ETIMEDOUT, 0
};

/* The core tells of any error that waits, also of those that are for writers. */
static const int recvmmsg_errnos[] = {
	ENOTCONN, EOPNOTSUPP, ECONNRESET, ECONNREFUSED, EHOSTUNREACH,
	ECONNABORTED, ETIMEDOUT, EPIPE, 0
};

const struct fuzz_op fuzz_data_ops[] = {
	{ "send", call_send, send_errnos, 14, FUZZ_SOCKETS },
	{ "sendto", call_sendto, send_errnos, 14, FUZZ_SOCKETS },
	{ "sendmsg", call_sendmsg, send_errnos, 10, FUZZ_SOCKETS },
	{ "sendmmsg", call_sendmmsg, send_errnos, 4, FUZZ_SOCKETS },
	{ "recv", call_recv, recv_errnos, 14, FUZZ_SOCKETS },
	{ "recvfrom", call_recvfrom, recv_errnos, 6, FUZZ_SOCKETS },
	{ "recvmsg", call_recvmsg, recv_errnos, 8, FUZZ_SOCKETS },
	{ "recvmmsg", call_recvmmsg, recvmmsg_errnos, 4,
	  FUZZ_SOCKETS },
	{ "read", call_read, recv_errnos, 12, READABLE },
	{ "readv", call_readv, recv_errnos, 4, READABLE },
	{ "write", call_write, send_errnos, 12, FUZZ_CARRIERS },
	{ "writev", call_writev, send_errnos, 4, FUZZ_CARRIERS },
	{}
};

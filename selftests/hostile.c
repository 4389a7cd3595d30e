// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that no program means to make: every system call, with flags, lengths,
 * addresses and pointers at random, on a socket of each type in each state. The
 * kernel survives it, fails as the manual says, and works afterwards.
 *
 * The seeds are fixed; what a failure prints can be run again.
 */
#include <linux/sockios.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>

#include "toy_test.h"

#define PATIENCE_MS	10000

/* Bytes of memory for all that is sent and received; a bad page follows. */
#define POOL	(256 * 1024)

/**
 * struct hostile - a socket in some state, and who torments it
 * @kind:	of what type it is
 * @fd:		the socket, and the one at its other end or -1
 * @name:	where it is bound, if it is
 * @random:	state of the generator
 * @pool:	POOL bytes
 * @call:	the last call
 * @err:	its errno, where that is not one it may have; else 0
 */
struct hostile {
	struct toy_kind kind;
	int fd[2];
	struct toy_name name;
	__u64 random;
	char *pool;
	const char *call;
	int err;
};

static __u64 any(struct hostile *h)
{
	h->random ^= h->random << 13;
	h->random ^= h->random >> 7;
	h->random ^= h->random << 17;
	return h->random >> 8;
}

static __u64 any_of(struct hostile *h, __u64 n)
{
	return any(h) % n;
}

static int any_flags(struct hostile *h)
{
	switch (any_of(h, 4)) {
	case 0:
		return 0;
	case 1:
		return 1u << any_of(h, 32);
	case 2:
		return 1u << any_of(h, 32) | 1u << any_of(h, 32);
	default:
		return any(h);
	}
}

static size_t any_len(struct hostile *h)
{
	static const size_t lens[] = {
		0, 1, 4, 7, 8, 9, 100, 4095, 4096, 4097, 65536, 65537,
		POOL, POOL + 1, 1ul << 31, 1ul << 32, SIZE_MAX / 2, SIZE_MAX,
	};

	if (any_of(h, 2))
		return any_of(h, 9000);
	return lens[any_of(h, ARRAY_SIZE(lens))];
}

static void *any_pointer(struct hostile *h)
{
	switch (any_of(h, 12)) {
	case 0:
		return NULL;
	case 1:
		return (void *)any(h);
	case 2:
		return (void *)0xffff888000000000;
	case 3:
		return (void *)-any_of(h, 4096);
	case 4:
		return h->pool + POOL;
	case 5:
		return h->pool + POOL - any_of(h, 128);
	default:
		return h->pool + any_of(h, POOL / 2);
	}
}

static int any_int(struct hostile *h)
{
	static const int ints[] = { 0, 1, -1, 2, 255, 4096, INT32_MAX,
				    INT32_MIN };

	if (any_of(h, 2))
		return any(h);
	return ints[any_of(h, ARRAY_SIZE(ints))];
}

/* An address: the own one, one of the family, or no address at all. */
static void any_name(struct hostile *h, struct toy_name *name)
{
	size_t i;

	*name = h->name;
	if (any_of(h, 3) && name->len)
		return;
	*name = toy_name_toy(any_of(h, 3), 1024 + any_of(h, 60000));
	switch (any_of(h, 6)) {
	case 0:
		name->toy.stoy_node = any(h);
		break;
	case 1:
		name->toy.stoy_port = any_of(h, 3);
		break;
	case 2:
		name->len = any_of(h, 20);
		break;
	case 3:
		for (i = 0; i < 16; i++)
			((char *)&name->ss)[i] = any(h);
		name->len = any_of(h, 16);
		break;
	default:
		break;
	}
}

/* A msghdr that may be anything; its parts are in @name and @iov. */
static void any_msg(struct hostile *h, struct msghdr *msg,
		    struct toy_name *name, struct iovec *iov, int iovs)
{
	struct cmsghdr *cmsg = (struct cmsghdr *)h->pool;
	int i;

	for (i = 0; i < iovs; i++)
		iov[i] = (struct iovec){ any_pointer(h), any_len(h) };
	*msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = any_of(h, iovs) };
	if (!any_of(h, 16))
		msg->msg_iovlen = any_len(h);
	if (!any_of(h, 3)) {
		any_name(h, name);
		msg->msg_name = any_of(h, 8) ? name : any_pointer(h);
		msg->msg_namelen = any_of(h, 8) ? (int)name->len : any_int(h);
	}
	if (!any_of(h, 3)) {
		cmsg->cmsg_level = any_of(h, 4) ? SOL_SOCKET : any_int(h);
		cmsg->cmsg_type = any_of(h, 4) ? any_of(h, 4) : any(h);
		cmsg->cmsg_len = any_of(h, 4) ? CMSG_LEN(any_of(h, 20)) :
						any_len(h);
		msg->msg_control = any_of(h, 4) ? cmsg : any_pointer(h);
		msg->msg_controllen = any_of(h, 4) ? CMSG_SPACE(20) :
						     any_len(h);
	}
	msg->msg_flags = any_flags(h);
}

static long call_send(struct hostile *h, int fd)
{
	return send(fd, any_pointer(h), any_len(h), any_flags(h));
}

static long call_sendto(struct hostile *h, int fd)
{
	struct toy_name name;

	any_name(h, &name);
	return toy_sendto(fd, any_pointer(h), any_of(h, 5000), any_flags(h),
			  &name);
}

static long call_sendmsg(struct hostile *h, int fd)
{
	struct toy_name name;
	struct iovec iov[6];
	struct msghdr msg;

	any_msg(h, &msg, &name, iov, ARRAY_SIZE(iov));
	return sendmsg(fd, &msg, any_flags(h));
}

static long call_sendmmsg(struct hostile *h, int fd)
{
	struct toy_name name[2];
	struct mmsghdr msgs[2];
	struct iovec iov[2][4];
	int i;

	for (i = 0; i < 2; i++)
		any_msg(h, &msgs[i].msg_hdr, &name[i], iov[i], 4);
	return sendmmsg(fd, msgs, any_of(h, 3), any_flags(h));
}

static long call_write(struct hostile *h, int fd)
{
	return write(fd, any_pointer(h), any_len(h));
}

static long call_recv(struct hostile *h, int fd)
{
	return recv(fd, any_pointer(h), any_len(h), any_flags(h));
}

static long call_recvfrom(struct hostile *h, int fd)
{
	return recvfrom(fd, any_pointer(h), any_of(h, 9000), any_flags(h),
			any_pointer(h), any_pointer(h));
}

static long call_recvmsg(struct hostile *h, int fd)
{
	struct toy_name name;
	struct iovec iov[6];
	struct msghdr msg;

	any_msg(h, &msg, &name, iov, ARRAY_SIZE(iov));
	return recvmsg(fd, &msg, any_flags(h));
}

static long call_recvmmsg(struct hostile *h, int fd)
{
	struct timespec ts = { 0, any_of(h, 1000000) };
	struct toy_name name[2];
	struct mmsghdr msgs[2];
	struct iovec iov[2][4];
	int i;

	for (i = 0; i < 2; i++)
		any_msg(h, &msgs[i].msg_hdr, &name[i], iov[i], 4);
	return recvmmsg(fd, msgs, 1 + any_of(h, 2), any_flags(h), &ts);
}

static long call_read(struct hostile *h, int fd)
{
	return read(fd, any_pointer(h), any_len(h));
}

static long call_bind(struct hostile *h, int fd)
{
	struct toy_name name;

	any_name(h, &name);
	return bind(fd, any_of(h, 8) ? &name.sa : any_pointer(h),
		    any_of(h, 8) ? (int)name.len : any_int(h));
}

static long call_connect(struct hostile *h, int fd)
{
	struct toy_name name;

	any_name(h, &name);
	return connect(fd, any_of(h, 8) ? &name.sa : any_pointer(h),
		       any_of(h, 8) ? (int)name.len : any_int(h));
}

static long call_listen(struct hostile *h, int fd)
{
	return listen(fd, any_int(h));
}

static long call_accept(struct hostile *h, int fd)
{
	bool named = any_of(h, 2);
	long ret;

	ret = accept4(fd, named ? any_pointer(h) : NULL,
		      named ? any_pointer(h) : NULL,
		      any_of(h, 2) ? 0 : any_flags(h));
	if (ret >= 0)
		close(ret);
	return ret;
}

static long call_shutdown(struct hostile *h, int fd)
{
	/* Not often, as few calls do anything afterwards. */
	return shutdown(fd, any_of(h, 4) ? any_int(h) | 4 : (int)any_of(h, 3));
}

static long call_name(struct hostile *h, int fd)
{
	if (any_of(h, 2))
		return getsockname(fd, any_pointer(h), any_pointer(h));
	return getpeername(fd, any_pointer(h), any_pointer(h));
}

static int any_level(struct hostile *h)
{
	switch (any_of(h, 4)) {
	case 0:
		return SOL_TOY;
	case 1:
		return any_of(h, 512);
	default:
		return SOL_SOCKET;
	}
}

static long call_setsockopt(struct hostile *h, int fd)
{
	int value = any_int(h), option = any_of(h, 80);

	if (any_of(h, 2))
		return setsockopt(fd, any_level(h), option, &value,
				  sizeof(value));
	return setsockopt(fd, any_level(h), any_of(h, 8) ? option : any_int(h),
			  any_pointer(h), any_of(h, 4) ? (int)any_of(h, 64) :
							 any_int(h));
}

static long call_getsockopt(struct hostile *h, int fd)
{
	socklen_t len = any_of(h, 4) ? (int)any_of(h, 200) : any_int(h);

	return getsockopt(fd, any_level(h), any_of(h, 80), any_pointer(h),
			  any_of(h, 4) ? &len : any_pointer(h));
}

static long call_ioctl(struct hostile *h, int fd)
{
	static const int commands[] = {
		FIONREAD, SIOCOUTQ, SIOCATMARK, FIOASYNC, SIOCGPGRP,
		0x8906 /* SIOCGSTAMP */, SIOCPROTOPRIVATE,
	};
	unsigned int command = any(h);

	/* Others with the letter of the sockets would set up interfaces. */
	if (any_of(h, 2) || (command >> 8 & 0xff) == 0x89)
		command = commands[any_of(h, ARRAY_SIZE(commands))];
	return ioctl(fd, command, any_pointer(h));
}

static long call_fcntl(struct hostile *h, int fd)
{
	switch (any_of(h, 5)) {
	case 0:
		return fcntl(fd, F_SETFL, any_flags(h) & ~O_NONBLOCK);
	case 1:
		return fcntl(fd, F_SETOWN, getpid());
	case 2:
		return fcntl(fd, F_SETPIPE_SZ, any_int(h));
	case 3:
		return fcntl(fd, F_SETLEASE, any_int(h));
	default:
		return fcntl(fd, F_GETOWN);
	}
}

static long call_poll(struct hostile *h, int fd)
{
	return toy_poll(fd, any(h), any_of(h, 2));
}

static long call_file(struct hostile *h, int fd)
{
	off_t off = any_of(h, 5000);
	struct iovec iov[2] = { { any_pointer(h), any_len(h) },
				{ any_pointer(h), any_len(h) } };
	void *p;

	switch (any_of(h, 10)) {
	case 0:
		return pread(fd, any_pointer(h), any_len(h), off);
	case 1:
		return preadv2(fd, iov, 2, -1, any_flags(h));
	case 2:
		return pwritev2(fd, iov, 2, -1, any_flags(h));
	case 3:
		return lseek(fd, off, any_of(h, 6));
	case 4:
		return ftruncate(fd, any_len(h));
	case 5:
		return fsync(fd);
	case 6:
		return sendfile(h->fd[1], fd, any_of(h, 2) ? &off : NULL,
				any_len(h));
	case 7:
		return splice(fd, NULL, h->fd[1], NULL, any_len(h),
			      any_flags(h));
	case 8:
		return fallocate(fd, any_of(h, 64), off, any_len(h));
	default:
		p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		return p == MAP_FAILED ? -1 : 0;
	}
}

/* What a call may fail with, beside what each may. */
static const int send_errnos[] = {
	ENOTCONN, EISCONN, EOPNOTSUPP, EMSGSIZE, EPIPE, ECONNRESET,
	ECONNREFUSED, EAFNOSUPPORT, EACCES, ENETUNREACH, ENOBUFS, EPERM, ESRCH,
	0
};

static const int recv_errnos[] = {
	ENOTCONN, EOPNOTSUPP, ECONNRESET, EMSGSIZE, ENOBUFS, 0
};

static const int bind_errnos[] = {
	EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EACCES, 0
};

static const int connect_errnos[] = {
	ECONNREFUSED, EISCONN, EALREADY, EAFNOSUPPORT, ENETUNREACH, EACCES,
	EADDRNOTAVAIL, 0
};

static const int listen_errnos[] = { EOPNOTSUPP, EADDRINUSE, 0 };

static const int accept_errnos[] = { EOPNOTSUPP, 0 };

static const int name_errnos[] = { ENOTCONN, 0 };

static const int setsockopt_errnos[] = {
	ENOPROTOOPT, EDOM, EPERM, EOPNOTSUPP, ENODEV, ENOENT, EBADF, ENOMEM, 0
};

static const int getsockopt_errnos[] = {
	ENOPROTOOPT, ERANGE, ENODATA, EOPNOTSUPP, ENOTCONN, 0
};

static const int ioctl_errnos[] = { ENOTTY, ENOENT, EPERM, 0 };

static const int fcntl_errnos[] = { EBADF, EPERM, 0 };

static const int file_errnos[] = {
	ENOTCONN, EOPNOTSUPP, EMSGSIZE, EPIPE, ECONNRESET, ECONNREFUSED,
	ENETUNREACH, ENOBUFS, ESPIPE, ENODEV, EBADF, 0
};

/* Every system call on a socket, and what it may fail with. */
static const struct hostile_call {
	const char *name;
	long (*call)(struct hostile *h, int fd);
	const int *errnos;
} hostile_calls[] = {
	{ "send", call_send, send_errnos },
	{ "sendto", call_sendto, send_errnos },
	{ "sendmsg", call_sendmsg, send_errnos },
	{ "sendmmsg", call_sendmmsg, send_errnos },
	{ "write", call_write, send_errnos },
	{ "recv", call_recv, recv_errnos },
	{ "recvfrom", call_recvfrom, recv_errnos },
	{ "recvmsg", call_recvmsg, recv_errnos },
	{ "recvmmsg", call_recvmmsg, recv_errnos },
	{ "read", call_read, recv_errnos },
	{ "bind", call_bind, bind_errnos },
	{ "connect", call_connect, connect_errnos },
	{ "listen", call_listen, listen_errnos },
	{ "accept4", call_accept, accept_errnos },
	{ "shutdown", call_shutdown, name_errnos },
	{ "getsockname or getpeername", call_name, name_errnos },
	{ "setsockopt", call_setsockopt, setsockopt_errnos },
	{ "getsockopt", call_getsockopt, getsockopt_errnos },
	{ "ioctl", call_ioctl, ioctl_errnos },
	{ "fcntl", call_fcntl, fcntl_errnos },
	{ "poll", call_poll, fcntl_errnos },
	{ "a call for files", call_file, file_errnos },
};

static bool errno_is_known(const struct hostile_call *call, int err)
{
	const int *known;

	if (err == EAGAIN || err == EINTR || err == EFAULT || err == EINVAL)
		return true;
	for (known = call->errnos; *known; known++)
		if (*known == err)
			return true;
	return false;
}

/* Interrupts calls of this thread that wait, again and again. */
static timer_t tick_start(void)
{
	const struct itimerspec every = { { 0, 30000000 }, { 0, 30000000 } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1,
	};
	timer_t timer;

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		abort();
	return timer;
}

#define CALLS	150

/* Calls of any kind on one socket or the other. How many failed; -1: see @err. */
static long torment(void *arg)
{
	struct hostile *h = arg;
	timer_t timer = tick_start();
	long failed = 0;
	int i;

	for (i = 0; i < CALLS && !h->err; i++) {
		const struct hostile_call *call;
		int fd = h->fd[h->fd[1] >= 0 && !any_of(h, 4)];

		call = &hostile_calls[any_of(h, ARRAY_SIZE(hostile_calls))];
		toy_nonblock(fd, any_of(h, 32));
		if (call->call(h, fd) != -1)
			continue;
		failed++;
		h->call = call->name;
		if (!errno_is_known(call, errno))
			h->err = errno;
	}
	timer_delete(timer);
	return h->err ? -1 : failed;
}

static int state_new(struct hostile *h)
{
	h->fd[0] = toy_socket(h->kind, 0);
	return h->fd[0];
}

static int state_bound(struct hostile *h)
{
	h->fd[0] = toy_bound(h->kind, &h->name);
	return h->fd[0];
}

/* With calls or messages that wait. */
static int state_listening(struct hostile *h)
{
	if (toy_kind_is_conn(h->kind))
		h->fd[0] = toy_listener(h->kind, &h->name, 2);
	else
		h->fd[0] = toy_bound(h->kind, &h->name);
	h->fd[1] = toy_connected(h->kind, &h->name);
	return send(h->fd[1], "abc", 3, 0);
}

static int state_refused(struct hostile *h)
{
	struct toy_name name = toy_name_new(h->kind);

	h->fd[0] = toy_socket(h->kind, 0);
	if (!toy_connect(h->fd[0], &name))
		send(h->fd[0], "abc", 3, MSG_DONTWAIT);
	return errno == ECONNREFUSED ? 0 : -1;
}

static int state_connected(struct hostile *h)
{
	if (toy_pair(h->kind, h->fd))
		return -1;
	return toy_name_of(h->fd[1], &h->name);
}

static int state_paired(struct hostile *h)
{
	return toy_socketpair(h->kind, h->fd);
}

static int state_readable(struct hostile *h)
{
	if (state_connected(h))
		return -1;
	send(h->fd[1], h->pool, 1, 0);
	send(h->fd[1], h->pool, 5000, 0);
	return send(h->fd[1], h->pool, 100, 0);
}

static int state_urgent(struct hostile *h)
{
	if (state_readable(h) < 0)
		return -1;
	send(h->fd[1], "abc", 3, MSG_OOB);
	return 0;
}

static int state_full(struct hostile *h)
{
	if (state_connected(h))
		return -1;
	toy_opt_set(h->fd[0], SOL_SOCKET, SO_SNDBUF, 20000);
	return toy_send_full(h->fd[0], 1000);
}

static int state_peer_shut(struct hostile *h)
{
	return state_connected(h) ?: shutdown(h->fd[1], SHUT_WR);
}

static int state_own_shut(struct hostile *h)
{
	return state_connected(h) ?: shutdown(h->fd[0], SHUT_RDWR);
}

static int state_peer_gone(struct hostile *h)
{
	if (state_connected(h))
		return -1;
	toy_close(&h->fd[1]);
	return 0;
}

static int state_reset(struct hostile *h)
{
	if (state_connected(h))
		return -1;
	send(h->fd[0], "unread", 6, 0);
	send(h->fd[1], "before", 6, 0);
	toy_close(&h->fd[1]);
	return 0;
}

static const struct hostile_state {
	const char *name;
	int (*make)(struct hostile *h);
} hostile_states[] = {
	{ "new", state_new },
	{ "bound", state_bound },
	{ "listening", state_listening },
	{ "refused", state_refused },
	{ "connected", state_connected },
	{ "paired", state_paired },
	{ "readable", state_readable },
	{ "urgent", state_urgent },
	{ "full", state_full },
	{ "peer shut", state_peer_shut },
	{ "own shut", state_own_shut },
	{ "peer gone", state_peer_gone },
	{ "reset", state_reset },
};

/* Memory of this size in front of a page that is none. */
static char *pool_new(void)
{
	char *p = mmap(NULL, POOL + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + POOL, 4096, PROT_NONE))
		abort();
	return p;
}

FIXTURE(hostile) {
	char *pool;
};

FIXTURE_VARIANT(hostile) {
	struct toy_kind kind;
};

TOY_VARIANTS(hostile, VARIANTS_TOY)

FIXTURE_SETUP(hostile)
{
	toy_guard(60);
	self->pool = pool_new();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	ASSERT_OK(toy_signal_catch(SIGUSR1, 0));
}

/* A pair of the kind still works. */
FIXTURE_TEARDOWN(hostile)
{
	char buf[8];
	int fd[2];

	EXPECT_OK(toy_pair(variant->kind, fd));
	EXPECT_EQ(3, send(fd[0], "abc", 3, 0));
	EXPECT_EQ(3, toy_recv(fd[1], buf, 8, 0, PATIENCE_MS));
	toy_close(&fd[0]);
	toy_close(&fd[1]);
}

TEST_F(hostile, calls__of_any_kind_in_every_state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hostile_states); i++) {
		struct hostile h = {
			.kind = variant->kind, .fd = { -1, -1 },
			.random = 4711 + i, .pool = self->pool,
		};

		ASSERT_OK(hostile_states[i].make(&h)) {
			TH_LOG("%s", hostile_states[i].name);
		}
		EXPECT_LT(0, torment(&h)) {
			TH_LOG("%s: %s of %s", hostile_states[i].name,
			       toy_errno_name(h.err), h.call);
		}
		toy_close(&h.fd[0]);
		toy_close(&h.fd[1]);
	}
}

TEST_F(hostile, calls__by_two_threads_in_every_state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hostile_states); i++) {
		struct hostile h[2] = { {
			.kind = variant->kind, .fd = { -1, -1 },
			.random = 1147 + i, .pool = self->pool,
		} };
		struct toy_thread t;
		long ret[2];
		int n;

		ASSERT_OK(hostile_states[i].make(&h[0])) {
			TH_LOG("%s", hostile_states[i].name);
		}
		h[1] = h[0];
		h[1].random += 1000;
		ASSERT_OK(toy_thread_start(&t, torment, &h[1]));
		ret[0] = torment(&h[0]);
		ret[1] = toy_thread_join(&t);
		for (n = 0; n < 2; n++) {
			EXPECT_LT(0, ret[n]) {
				TH_LOG("%s: %s of %s", hostile_states[i].name,
				       toy_errno_name(h[n].err), h[n].call);
			}
		}
		toy_close(&h[0].fd[0]);
		toy_close(&h[0].fd[1]);
	}
}

TOY_TEST_MAIN

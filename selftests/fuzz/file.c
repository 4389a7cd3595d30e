// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all descriptors have: waiting, pipes, other processes.
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "fuzz.h"

static long call_poll(struct fuzz_thread *t, const __u32 *arg)
{
	struct pollfd fds[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fds[i].fd = fuzz_fd(t, arg[i], ~1U);
		fds[i].events = arg[3] >> (8 * i);
		fuzz_say(t, "/%#hx ", fds[i].events);
	}
	t->most = 3;
	return poll(fds, 3, arg[4] % 30);
}

static long call_epoll_create(struct fuzz_thread *t, const __u32 *arg)
{
	return fuzz_put(t, arg[0], epoll_create1(EPOLL_CLOEXEC), FUZZ_EPOLL, 0);
}

static long call_epoll_ctl(struct fuzz_thread *t, const __u32 *arg)
{
	struct epoll_event event = { .events = arg[3] & (EPOLLIN | EPOLLOUT |
			EPOLLPRI | EPOLLRDHUP | EPOLLET | EPOLLONESHOT) };
	int ep = fuzz_fd(t, arg[0], FUZZ_BIT(FUZZ_EPOLL));
	int op = arg[2] & 1 ? EPOLL_CTL_ADD : 1 + arg[2] / 2 % 3, fd;

	fuzz_say(t, ", %d, ", op);
	fd = fuzz_fd(t, arg[1], FUZZ_CARRIERS | FUZZ_BIT(FUZZ_TEXT) |
		     FUZZ_BIT(FUZZ_LISTEN));
	return epoll_ctl(ep, op, fd, &event);
}

static long call_epoll_wait(struct fuzz_thread *t, const __u32 *arg)
{
	int ep = fuzz_fd(t, arg[0], FUZZ_BIT(FUZZ_EPOLL));
	struct epoll_event events[4];

	t->most = 4;
	return epoll_wait(ep, events, 4, arg[1] % 30);
}

static long call_pipe(struct fuzz_thread *t, const __u32 *arg)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC))
		return -1;
	if (write(fd[1], t->pool, arg[1] % 5000) < 0 && errno != EAGAIN)
		return -1;
	fuzz_put(t, arg[0], fd[0], FUZZ_PIPE, 0);
	fuzz_put(t, arg[0] + 1, fd[1], FUZZ_PIPE, 0);
	return 0;
}

static long call_memfd(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, arg[1] % 100000)) {
		close(fd);
		return -1;
	}
	return fuzz_put(t, arg[0], fd, FUZZ_FILE, 0);
}

static long call_splice(struct fuzz_thread *t, const __u32 *arg)
{
	unsigned int from = FUZZ_CARRIERS, to = FUZZ_BIT(FUZZ_PIPE);
	int in, out;

	if (arg[2] & 1) {
		from = to;
		to = FUZZ_CARRIERS;
	}
	in = fuzz_fd(t, arg[0], from);
	fuzz_say(t, ", ");
	out = fuzz_fd(t, arg[1], to);
	t->most = fuzz_len(arg[3]);
	fuzz_say(t, ", %ld", t->most);
	return splice(in, NULL, out, NULL, t->most,
		      arg[2] & 2 ? SPLICE_F_NONBLOCK : 0);
}

static long call_sendfile(struct fuzz_thread *t, const __u32 *arg)
{
	int in = fuzz_fd(t, arg[0], FUZZ_BIT(FUZZ_FILE) | FUZZ_BIT(FUZZ_TEXT)), out;

	fuzz_say(t, ", ");
	out = fuzz_fd(t, arg[1], FUZZ_CARRIERS | FUZZ_BIT(FUZZ_PIPE));
	t->most = fuzz_len(arg[3]);
	return sendfile(out, in, NULL, t->most);
}

static long call_tee(struct fuzz_thread *t, const __u32 *arg)
{
	int in = fuzz_fd(t, arg[0], FUZZ_BIT(FUZZ_PIPE)), out;

	fuzz_say(t, ", ");
	out = fuzz_fd(t, arg[1], FUZZ_BIT(FUZZ_PIPE));
	t->most = fuzz_len(arg[3]);
	return tee(in, out, t->most, SPLICE_F_NONBLOCK);
}

/* What is for files that have a place, a size, pages. */
static long call_other(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_CARRIERS | FUZZ_BIT(FUZZ_TEXT));
	struct stat st;

	fuzz_say(t, ", %u", arg[1] % 6);
	switch (arg[1] % 6) {
	case 0:
		return pread(fd, t->pool, arg[2] % 5000, arg[3] % 100);
	case 1:
		return lseek(fd, arg[2] % 100, arg[3] % 3);
	case 2:
		return ftruncate(fd, arg[2]);
	case 3:
		return fsync(fd);
	case 4:
		return fchmod(fd, arg[2] & 0777);
	default:
		return fstat(fd, &st);
	}
}

/* A process that has the same descriptors for a moment, and uses one. */
static long call_fork(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct timespec ts = { 0, arg[1] % 20000000 };
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -1 : 0;
	alarm(10);
	if (arg[2] & 1)
		send(fd, "from a child", 12, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		recv(fd, t->pool, 100, MSG_DONTWAIT);
	nanosleep(&ts, NULL);
	_exit(0);
}

/*
 * EPERM and EEXIST, ENOENT, ELOOP: epoll. What splice and sendfile say of sockets
 * is what write and read say.
 */
static const int none[] = { 0 };
static const int epoll_errnos[] = { EPERM, EEXIST, ENOENT, ELOOP, EBADF, 0 };
static const int move_errnos[] = {
	ENOTCONN, EOPNOTSUPP, EMSGSIZE, EPIPE, ECONNRESET, ECONNREFUSED,
	ENETUNREACH, EHOSTUNREACH, ENOBUFS, ESPIPE, EBADF, ECONNABORTED,
	ENETDOWN, ETIMEDOUT, EACCES, EADDRNOTAVAIL, 0
};

static const int other_errnos[] = { ESPIPE, EBADF, EPERM, EROFS, EOPNOTSUPP,
				    EACCES, ENOENT, ENOTCONN, 0 };

#define MOVERS	(FUZZ_CARRIERS | FUZZ_BIT(FUZZ_PIPE))

const struct fuzz_op fuzz_file_ops[] = {
	{ "poll", call_poll, none, 6, ~1U },
	{ "epoll_create1", call_epoll_create, none, 3, 0 },
	{ "epoll_ctl", call_epoll_ctl, epoll_errnos, 5,
	  FUZZ_CARRIERS | FUZZ_BIT(FUZZ_TEXT) | FUZZ_BIT(FUZZ_LISTEN) },
	{ "epoll_wait", call_epoll_wait, none, 3, FUZZ_BIT(FUZZ_EPOLL) },
	{ "pipe2", call_pipe, none, 5, 0 },
	{ "memfd_create", call_memfd, none, 2, 0 },
	{ "splice", call_splice, move_errnos, 6, MOVERS },
	{ "sendfile", call_sendfile, move_errnos, 4, MOVERS },
	{ "tee", call_tee, move_errnos, 2, MOVERS },
	{ "fchmod and others", call_other, other_errnos, 3,
	  FUZZ_CARRIERS | FUZZ_BIT(FUZZ_TEXT) },
	{ "fork", call_fork, none, 2, 0 },
	{}
};

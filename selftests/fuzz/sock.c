// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that make, name and connect sockets.
 */
#include "fuzz.h"

static const int file_flags[] = { SOCK_NONBLOCK, SOCK_CLOEXEC };

/* Who waits costs time: three of four do not. */
static int waiting(__u32 arg)
{
	return arg % 4 ? SOCK_NONBLOCK : 0;
}

static long call_socket(struct fuzz_thread *t, const __u32 *arg)
{
	enum fuzz_kind kind;
	int type = fuzz_type(arg[0], &kind), protocol = 0;

	if (arg[1] % 32 == 0)
		protocol = arg[2] % 300;
	if (arg[1] % 32 == 1)
		type = arg[2] % 16;
	type |= waiting(arg[3]);
	fuzz_say(t, "AF_TOY, %#x, %d", type, protocol);
	return fuzz_put(t, arg[4], socket(toy_family(), type, protocol), kind,
			0);
}

static long call_socketpair(struct fuzz_thread *t, const __u32 *arg)
{
	enum fuzz_kind kind;
	int fd[2], type = fuzz_type(arg[0], &kind);

	type |= waiting(arg[3]);
	fuzz_say(t, "AF_TOY, %#x, 0", type);
	if (socketpair(toy_family(), type, 0, fd))
		return -1;
	fuzz_put(t, arg[4], fd[0], kind, 0);
	fuzz_put(t, arg[4] + 1, fd[1], kind, 0);
	return 0;
}

/* Two sockets that talk from now on, or one that calls and is not answered. */
static int connect_them(struct fuzz_thread *t, struct toy_kind kind,
			const struct toy_name *name, const __u32 *arg,
			int fd[3])
{
	struct toy_name peer;

	if (fd[0] < 0 || fd[1] < 0 || toy_bind(fd[0], name))
		return -1;
	if (toy_kind_is_conn(kind) && listen(fd[0], arg[3] % 4))
		return -1;
	if (toy_connect(fd[1], name) && errno != EINPROGRESS)
		return -1;
	if (!toy_kind_is_conn(kind)) {
		if (t->end < 2 && !toy_name_of(fd[1], &peer) && arg[2] & 2)
			toy_connect(fd[0], &peer);
		return 0;
	}
	if (arg[2] & 2)
		return 0;
	toy_poll(fd[0], POLLIN, 100);
	fd[2] = accept4(fd[0], NULL, NULL, waiting(arg[4]));
	return fd[2] < 0 ? -1 : 0;
}

static long call_converse(struct fuzz_thread *t, const __u32 *arg)
{
	static const struct toy_kind kinds[] = { TOY_STREAM, TOY_SEQPACKET,
						 TOY_DGRAM };
	struct toy_name name = toy_name_toy(t->end < 2 ? 2 + t->end : 1,
					    2000 + arg[1] % 6);
	struct toy_kind kind = kinds[arg[0] % 3];
	enum fuzz_kind is = fuzz_kind_of(kind.type);
	bool away = arg[2] & 1 && t->end < 2;
	int fd[3] = { -1, -1, -1 }, ret;

	fuzz_say(t, "%d, %s, %s", kind.type, fuzz_name_text(&name),
		 away ? "over the cable" : "here");
	fd[0] = toy_socket(kind, SOCK_NONBLOCK);
	if (arg[3] & 8)
		toy_opt_set(fd[0], SOL_TOY, TOY_FSMODE, 0666);
	if (away && toy_cable_enter(&t->world->cable, !t->end))
		abort();
	fd[1] = toy_socket(kind, waiting(arg[4]));
	if (away && toy_cable_enter(&t->world->cable, t->end))
		abort();
	ret = connect_them(t, kind, &name, arg, fd);
	fuzz_put(t, arg[4] >> 8, fd[0], is, 0);
	fuzz_put(t, (arg[4] >> 8) + 1, fd[1], is, 0);
	fuzz_put(t, (arg[4] >> 8) + 2, fd[2], is, 0);
	return ret;
}

static long call_bind(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct toy_name name = fuzz_name(t, arg[1], true);

	fuzz_say(t, ", %s", fuzz_name_text(&name));
	return bind(fd, &name.sa, name.len);
}

static long call_connect(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct toy_name name = fuzz_name(t, arg[1], false);

	fuzz_say(t, ", %s", fuzz_name_text(&name));
	return connect(fd, &name.sa, name.len);
}

static long call_listen(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_CONN);
	int backlog = arg[1] % 8 ? (int)(arg[1] % 5) : (int)arg[2];

	fuzz_say(t, ", %d", backlog);
	return listen(fd, backlog);
}

static long call_accept(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_CONN);
	int flags = fuzz_flags(arg[1], file_flags, 2);
	enum fuzz_kind kind = t->kind;
	struct toy_name name = { .len = sizeof(name.ss) };
	bool named = arg[2] & 1;

	if (arg[3] % 64 == 0)
		flags |= arg[3];
	fuzz_say(t, ", %#x", flags);
	return fuzz_put(t, arg[4], accept4(fd, named ? &name.sa : NULL,
					   named ? &name.len : NULL, flags),
			kind, 0);
}

/* Not often, as few calls do anything afterwards. */
static long call_shutdown(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	int how = arg[1] % 16 ? (int)(arg[1] % 3) : (int)arg[2];

	fuzz_say(t, ", %d", how);
	return shutdown(fd, how);
}

static long call_name(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct toy_name name = { .len = arg[1] % 20 };

	fuzz_say(t, ", %u", name.len);
	if (arg[2] & 1)
		return getsockname(fd, &name.sa, &name.len);
	return getpeername(fd, &name.sa, &name.len);
}

static long call_close(struct fuzz_thread *t, const __u32 *arg)
{
	struct fuzz_slot *slot = fuzz_slot_of(t, arg[0], ~1U);
	int fd = __atomic_exchange_n(&slot->fd, -1, __ATOMIC_SEQ_CST);

	t->kind = slot->kind;
	slot->kind = FUZZ_NONE;
	slot->id = 0;
	fuzz_say(t, "%d", fd);
	return close(fd);
}

static long call_dup(struct fuzz_thread *t, const __u32 *arg)
{
	struct fuzz_slot *slot = fuzz_slot_of(t, arg[0], ~1U);
	int fd = slot->fd;

	t->kind = slot->kind;
	fuzz_say(t, "%d", fd);
	return fuzz_put(t, arg[1], dup(fd), slot->kind, slot->id);
}

static const int socket_errnos[] = { EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPERM,
				     0 };
static const int socketpair_errnos[] = { EOPNOTSUPP, 0 };

static const int converse_errnos[] = {
	EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH,
	ENETDOWN, ETIMEDOUT, ECONNABORTED, ENOBUFS, 0
};

static const int bind_errnos[] = { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT,
				   EACCES, 0 };

static const int connect_errnos[] = {
	ECONNREFUSED, EISCONN, EALREADY, EAFNOSUPPORT, ENETUNREACH,
	EHOSTUNREACH, EACCES, EADDRNOTAVAIL, EINPROGRESS, ETIMEDOUT,
	ECONNABORTED, ECONNRESET, ENETDOWN, ENOBUFS, EOPNOTSUPP, 0
};

static const int listen_errnos[] = { EOPNOTSUPP, EADDRINUSE, 0 };
static const int accept_errnos[] = { EOPNOTSUPP, 0 };
static const int shutdown_errnos[] = { ENOTCONN, 0 };
static const int name_errnos[] = { ENOTCONN, 0 };
static const int none[] = { 0 };

const struct fuzz_op fuzz_sock_ops[] = {
	{ "socket", call_socket, socket_errnos, 12, 0 },
	{ "socketpair", call_socketpair, socketpair_errnos, 8, 0 },
	{ "converse", call_converse, converse_errnos, 16, 0 },
	{ "bind", call_bind, bind_errnos, 8, FUZZ_SOCKETS },
	{ "connect", call_connect, connect_errnos, 12, FUZZ_SOCKETS },
	{ "listen", call_listen, listen_errnos, 6, FUZZ_SOCKETS },
	{ "accept4", call_accept, accept_errnos, 8, FUZZ_SOCKETS },
	{ "shutdown", call_shutdown, shutdown_errnos, 4, FUZZ_SOCKETS },
	{ "getsockname", call_name, name_errnos, 4, FUZZ_SOCKETS },
	{ "close", call_close, none, 8, ~1U },
	{ "dup", call_dup, none, 4, ~1U },
	{}
};

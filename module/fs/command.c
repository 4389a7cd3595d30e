// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of a socket's ctl, as toyfs(5) has them.
 *
 * Each is the system call of its name, made with the credentials of who opened
 * the file. What the family itself refuses it has words for already
 * (TOY_LAST_ERROR); here are those for what is refused before.
 */
#include <linux/net.h>
#include <linux/string.h>
#include <net/sock.h>

#include "../backend/backend.h"
#include "../core/failure.h"
#include "../core/stat.h"
#include "../proto/addr.h"
#include "lines.h"
#include "toyfs.h"

static const struct toy_addr toyfs_no_addr;

static int toyfs_fail(const struct toyfs_call *call, int err, const char *why)
{
	return toy_fail_at(call->sock->sk, err, call->verb, &toyfs_no_addr,
			   why);
}

/* The address that a word is. Returns 0; -EINVAL. */
static int toyfs_address(const struct toyfs_call *call, const char *word,
			 struct sockaddr_toy *name)
{
	u32 node;
	u16 port;

	if (toy_addr_parse(word, &node, &port))
		return toyfs_fail(call, -EINVAL,
				  "an address is node:port, or * for either");
	*name = (struct sockaddr_toy){
		.stoy_family	= toy_family,
		.stoy_port	= port,
		.stoy_node	= node,
	};
	return 0;
}

/* A backlog, as listen(2) bounds it. */
static int toyfs_backlog(const struct toyfs_call *call, int word, int *backlog)
{
	int most = READ_ONCE(sock_net(call->sock->sk)->core.sysctl_somaxconn);
	long long number = most;
	int err;

	if (call->argc > word) {
		err = toyfs_number(call->argv[word], &number);
		if (err)
			return toyfs_fail(call, err, "a backlog is a number");
	}
	*backlog = min_t(long long, number, most);
	return 0;
}

/* What would make a listen fail after the bind of an announce. */
static int toyfs_may_listen(const struct toyfs_call *call)
{
	if (!toy_connection_type(call->sock->sk))
		return toyfs_fail(call, -EOPNOTSUPP,
				  call->sock->type == SOCK_RAW ?
				  "nobody calls a raw socket" :
				  "nobody calls a datagram socket");
	if (toy_connected(call->sock->sk))
		return toyfs_fail(call, -EISCONN, "the socket is connected");
	return 0;
}

static int toyfs_bind(const struct toyfs_call *call)
{
	struct sockaddr_toy name;
	int err;

	err = toyfs_address(call, call->argv[1], &name);
	if (err)
		return err;
	return kernel_bind(call->sock, (void *)&name, sizeof(name));
}

static int toyfs_listen(const struct toyfs_call *call)
{
	int backlog, err;

	err = toyfs_may_listen(call) ?: toyfs_backlog(call, 1, &backlog);
	if (err)
		return err;
	return kernel_listen(call->sock, backlog);
}

static int toyfs_announce(const struct toyfs_call *call)
{
	int backlog, err;

	err = toyfs_may_listen(call) ?: toyfs_backlog(call, 2, &backlog);
	if (!err)
		err = toyfs_bind(call);
	if (err)
		return err;
	return kernel_listen(call->sock, backlog);
}

/* Of connect and disconnect: a raw socket talks to whom its frames say. */
static int toyfs_may_connect(const struct toyfs_call *call)
{
	if (call->sock->type == SOCK_RAW)
		return toyfs_fail(call, -EOPNOTSUPP,
				  "a raw socket has no peer");
	return 0;
}

static int toyfs_connect(const struct toyfs_call *call)
{
	struct sockaddr_toy name;
	int err;

	err = toyfs_may_connect(call) ?:
	      toyfs_address(call, call->argv[1], &name);
	if (err)
		return err;
	return kernel_connect(call->sock, (void *)&name, sizeof(name),
			      call->nonblock ? O_NONBLOCK : 0);
}

static int toyfs_disconnect(const struct toyfs_call *call)
{
	struct sockaddr name = { .sa_family = AF_UNSPEC };
	int err = toyfs_may_connect(call);

	if (err)
		return err;
	if (!toy_connected(call->sock->sk))
		return toyfs_fail(call, -ENOTCONN, "the socket is not connected");
	return kernel_connect(call->sock, (void *)&name, sizeof(name), 0);
}

static int toyfs_shutdown(const struct toyfs_call *call)
{
	static const char *const how[] = {
		[SHUT_RD] = "rd", [SHUT_WR] = "wr", [SHUT_RDWR] = "rdwr",
	};
	int i = match_string(how, ARRAY_SIZE(how), call->argv[1]);

	if (i < 0)
		return toyfs_fail(call, -EINVAL, "shutdown is of rd, wr, rdwr");
	return kernel_sock_shutdown(call->sock, i);
}

/*
 * Both directions end, calls in the backlog too; there may be nothing to end.
 * A datagram or raw socket need not be connected for that: its readers wait,
 * too.
 */
static int toyfs_hangup(const struct toyfs_call *call)
{
	struct sock *sk = call->sock->sk;

	if (toy_connection_type(sk)) {
		if (toy_connected(sk) || READ_ONCE(sk->sk_state) != TCP_CLOSE)
			kernel_sock_shutdown(call->sock, SHUT_RDWR);
		return 0;
	}
	lock_sock(sk);
	toy_sk(sk)->backend->shutdown(sk, SHUTDOWN_MASK);
	release_sock(sk);
	return 0;
}

static int toyfs_headers(const struct toyfs_call *call)
{
	bool on = !strcmp(call->argv[1], "on");

	if (call->sock->type == SOCK_STREAM)
		return toyfs_fail(call, -EOPNOTSUPP, "a stream has no messages");
	if (!on && strcmp(call->argv[1], "off"))
		return toyfs_fail(call, -EINVAL, "headers are on or off");
	return toy_conv_set_headers(call->conv, on);
}

static int toyfs_short(const struct toyfs_call *call)
{
	bool discard = !strcmp(call->argv[1], "discard");

	if (call->sock->type == SOCK_STREAM)
		return toyfs_fail(call, -EOPNOTSUPP, "a stream has no messages");
	if (!discard && strcmp(call->argv[1], "keep"))
		return toyfs_fail(call, -EINVAL, "short is of keep, discard");
	return toy_conv_set_discard(call->conv, discard);
}

static const struct toyfs_command toyfs_commands[] = {
	{ "bind",	2, 2, toyfs_bind },
	{ "listen",	1, 2, toyfs_listen },
	{ "announce",	2, 3, toyfs_announce },
	{ "connect",	2, 2, toyfs_connect },
	{ "disconnect",	1, 1, toyfs_disconnect },
	{ "shutdown",	2, 2, toyfs_shutdown },
	{ "hangup",	1, 1, toyfs_hangup },
	{ "headers",	2, 2, toyfs_headers },
	{ "short",	2, 2, toyfs_short },
	{ "set",	3, 3, toyfs_set_run },
};

/* Find the command of a line and run it. */
static int toyfs_command_try(struct toyfs_call *call)
{
	const struct toyfs_command *command;

	call->verb = "ctl";
	if (call->argc == -E2BIG)
		return toyfs_fail(call, -E2BIG, "a line has at most 255 bytes, a write 4096");
	if (call->argc < 0)
		return toyfs_fail(call, call->argc, "that is no line of words");
	command = toyfs_command_find(toyfs_commands,
				     ARRAY_SIZE(toyfs_commands), call);
	if (!command)
		return toyfs_fail(call, -EINVAL,
				  "no such command with so many words");
	call->verb = command->verb;
	return command->run(call);
}

/**
 * toyfs_command_run() - run one line of a socket's ctl
 * @call:	the line, or what is wrong with it, see toyfs_lines_run()
 *
 * Context: process, with the credentials of who opened the file; may sleep.
 * Return: 0; a negative errno, toyfs(5) says which.
 */
int toyfs_command_run(struct toyfs_call *call)
{
	const struct net *net = sock_net(call->sock->sk);
	int err = toyfs_command_try(call);

	toy_stat_inc(net, TOY_STAT_COMMANDS);
	if (err)
		toy_stat_inc(net, TOY_STAT_COMMAND_ERRORS);
	return err;
}

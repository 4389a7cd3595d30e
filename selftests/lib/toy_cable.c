// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cable between two network namespaces.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "toy_cable.h"

#define PORT	7000

__u32 toy_cable_node(int end)
{
	return end + 2;
}

int toy_cable_enter(const struct toy_cable *cable, int end)
{
	return setns(cable->net[end], CLONE_NEWNET);
}

int toy_cable_run(const struct toy_cable *cable, int end, const char *format,
		  ...)
{
	char command[512];
	va_list args;
	int status;

	if (toy_cable_enter(cable, end))
		return -1;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	status = system(command);
	if (status < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static int net_open(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* Devices and addresses of one end; end 0 makes the cable. */
static int plug(const struct toy_cable *cable, int end)
{
	char veth[256] = "";

	if (end == 0)
		snprintf(veth, sizeof(veth),
			 "link add toy0 mtu %d address 02:00:00:00:00:02 type veth peer name toy1 mtu %d address 02:00:00:00:00:03 netns /proc/%d/fd/%d\n",
			 TOY_CABLE_MTU, TOY_CABLE_MTU, getpid(),
			 cable->net[1]);
	return toy_cable_run(cable, end,
			     "ip -batch - <<E\n%slink set toy%d up\nlink set lo up\naddr add 10.88.0.%u/24 dev toy%d\nE",
			     veth, end, toy_cable_node(end), end);
}

/* A node id, and the device becomes a link. */
static int join(const struct toy_cable *cable, int end)
{
	const char name[] = { 't', 'o', 'y', '0' + end, '\0' };

	if (toy_cable_enter(cable, end) || toy_node_set(toy_cable_node(end)))
		return -1;
	return toy_sysctl_set("links", name);
}

int toy_cable_make(struct toy_cable *cable)
{
	int i;

	cable->net[TOY_CABLE_HOME] = net_open();
	for (i = 0; i < 2; i++) {
		if (unshare(CLONE_NEWNET))
			return -1;
		cable->net[i] = net_open();
		if (cable->net[i] < 0)
			return -1;
	}
	for (i = 0; i < 2; i++) {
		if (plug(cable, i)) {
			errno = ENODEV;
			return -1;
		}
	}
	return join(cable, 1) ?: join(cable, 0);
}

/* ---------------------------------------------------------------- sockets */

struct toy_name toy_cable_name(struct toy_kind kind, int end, __u16 port)
{
	struct toy_name name = { .len = sizeof(name.in) };

	if (!toy_kind_is_inet(kind))
		return toy_name_toy(toy_cable_node(end), port);
	name.in.sin_family = AF_INET;
	name.in.sin_port = htons(port);
	name.in.sin_addr.s_addr = htonl(0x0a580000 + toy_cable_node(end));
	return name;
}

int toy_cable_socket(const struct toy_cable *cable, int end,
		     struct toy_kind kind, int flags)
{
	if (toy_cable_enter(cable, end))
		return -1;
	return toy_socket(kind, flags | SOCK_CLOEXEC);
}

int toy_cable_bound(const struct toy_cable *cable, int end,
		    struct toy_kind kind, __u16 port)
{
	struct toy_name name = toy_cable_name(kind, end, port);
	int fd = toy_cable_socket(cable, end, kind, 0);

	if (toy_kind_is_inet(kind))
		name.in.sin_addr.s_addr = htonl(INADDR_ANY);
	else
		name.toy.stoy_node = TOY_NODE_ANY;
	if (fd >= 0 && toy_bind(fd, &name))
		toy_close(&fd);
	return fd;
}

int toy_cable_listener(const struct toy_cable *cable, int end,
		       struct toy_kind kind, __u16 port, int backlog)
{
	int fd = toy_cable_bound(cable, end, kind, port);

	if (fd >= 0 && listen(fd, backlog))
		toy_close(&fd);
	return fd;
}

int toy_cable_callable(struct toy_cable *cable, struct toy_kind kind, __u16 port,
		       int *caller)
{
	int fd;

	if (toy_cable_make(cable))
		return -1;
	fd = toy_cable_listener(cable, 1, kind, port, 8);
	if (fd < 0)
		return -1;
	*caller = toy_cable_socket(cable, 0, kind, 0);
	if (*caller < 0)
		toy_close(&fd);
	return fd;
}

static int pair_dgram(const struct toy_cable *cable, struct toy_kind kind,
		      int fd[2])
{
	struct toy_name name;
	int i;

	for (i = 0; i < 2; i++) {
		name = toy_cable_name(kind, !i, PORT);
		fd[i] = toy_cable_bound(cable, i, kind, PORT);
		if (fd[i] < 0 || toy_connect(fd[i], &name))
			return -1;
	}
	return 0;
}

int toy_cable_pair(const struct toy_cable *cable, struct toy_kind kind,
		   int fd[2])
{
	struct toy_name name = toy_cable_name(kind, 1, PORT);
	int listener;

	fd[0] = -1;
	fd[1] = -1;
	if (!toy_kind_is_conn(kind))
		return pair_dgram(cable, kind, fd);
	listener = toy_cable_listener(cable, 1, kind, PORT, 1);
	if (listener < 0)
		return -1;
	fd[0] = toy_cable_socket(cable, 0, kind, 0);
	if (fd[0] < 0 || toy_connect(fd[0], &name))
		return -1;
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fd[1] < 0 ? -1 : 0;
}

int toy_cable_answer(int listener)
{
	if (toy_poll(listener, POLLIN, 10000) != POLLIN)
		return -1;
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

bool toy_cable_talk(int a, int b)
{
	char got[2] = "";

	return send(a, "x", 1, MSG_NOSIGNAL) == 1 &&
	       toy_recv(b, &got[0], 1, 0, 10000) == 1 &&
	       send(b, "y", 1, MSG_NOSIGNAL) == 1 &&
	       toy_recv(a, &got[1], 1, 0, 10000) == 1 &&
	       got[0] == 'x' && got[1] == 'y';
}

int toy_cable_outcome(int fd, int ms)
{
	int revents = toy_poll(fd, POLLOUT, ms);

	return revents & POLLOUT ? toy_error(fd) : ETIMEDOUT;
}

int toy_error(int fd)
{
	return toy_opt_get(fd, SOL_SOCKET, SO_ERROR);
}

int toy_bind_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

/* ------------------------------------------------------------------ silence */

int toy_cable_deaf(const struct toy_cable *cable, int end)
{
	if (toy_cable_enter(cable, end))
		return -1;
	return toy_sysctl_set("links", "\n");
}

int toy_cable_hear(const struct toy_cable *cable, int end)
{
	return join(cable, end);
}

int toy_cable_acquaint(const struct toy_cable *cable, struct toy_kind kind)
{
	struct toy_name free = toy_cable_name(kind, 1, PORT + 999);
	int fd = toy_cable_socket(cable, 0, kind, 0);
	int refused = toy_connect(fd, &free) && errno == ECONNREFUSED;

	toy_close(&fd);
	return refused ? 0 : -1;
}

/* ---------------------------------------------------------------- numbers */

/* The sum of counters whose names begin so; -1: there is none. */
static long stat_sum(const struct toy_cable *cable, int end, const char *name,
		     bool begins)
{
	FILE *file;
	char now[64];
	long value, sum = -1;

	if (toy_cable_enter(cable, end))
		return -1;
	file = fopen("/proc/net/toy_stat", "r");
	while (file && fscanf(file, "%63s %ld\n", now, &value) == 2) {
		if (begins ? strncmp(now, name, strlen(name)) :
			     strcmp(now, name))
			continue;
		sum = sum < 0 ? value : sum + value;
	}
	if (file)
		fclose(file);
	return sum;
}

long toy_cable_stat(const struct toy_cable *cable, int end, const char *name)
{
	return stat_sum(cable, end, name, false);
}

long toy_cable_drops(const struct toy_cable *cable, int end)
{
	return stat_sum(cable, end, "ToyDropped", true);
}

long toy_cable_stat_wait(const struct toy_cable *cable, int end,
			 const char *name, long want)
{
	long long over = toy_now() + 10000;
	long value;

	for (;;) {
		value = toy_cable_stat(cable, end, name);
		if (value == want || toy_now() >= over)
			return value;
		toy_sleep(5);
	}
}

int toy_cable_info(int fd, struct toy_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return getsockopt(fd, SOL_TOY, TOY_INFO, info, &len);
}

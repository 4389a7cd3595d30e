// SPDX-License-Identifier: GPL-2.0-only
/*
 * The histograms of TOY_INFO, for the selftests: see toy_histogram.h.
 */
#include "toy_histogram.h"
#include "toy_netlink.h"

int toy_histogram_turn(bool on)
{
	return toy_sysctl_set("histograms", on ? "1\n" : "0\n");
}

int toy_histogram_look(int sock, struct toy_info *info)
{
	socklen_t len = sizeof(*info);

	return getsockopt(sock, SOL_TOY, TOY_INFO, info, &len);
}

unsigned int toy_histogram_sum(const __u32 *classes)
{
	unsigned int i, n = 0;

	for (i = 0; i < TOY_HISTOGRAM; i++)
		n += classes[i];
	return n;
}

int toy_histogram_reads(int sock)
{
	struct toy_info info;

	if (toy_histogram_look(sock, &info))
		return -1;
	return toy_histogram_sum(info.toyi_queue_delay);
}

int toy_histogram_accepts(int sock)
{
	struct toy_info info;

	if (toy_histogram_look(sock, &info))
		return -1;
	return toy_histogram_sum(info.toyi_accept_wait);
}

int toy_histogram_talk(int from, int to, int n)
{
	char c;

	while (n--)
		if (send(from, "a", 1, 0) != 1 || recv(to, &c, 1, 0) != 1)
			return -1;
	return 0;
}

/* Connected sockets, and a listener with a call that nobody accepts. */
static int begin(struct toy_kind kind, int fd[3])
{
	struct toy_name name;
	int call;

	fd[2] = -1;
	if (!toy_kind_is_conn(kind))
		return toy_pair(kind, fd);
	fd[2] = toy_listener(kind, &name, 2);
	fd[0] = toy_connected(kind, &name);
	fd[1] = accept(fd[2], NULL, NULL);
	call = toy_connected(kind, &name);
	toy_close(&call);
	return fd[1] < 0 ? -1 : 0;
}

static int destroy(int sock)
{
	struct toy_diag_req req = toy_nl_req_of(sock, 0);
	int nl = toy_nl_open(), err;

	err = toy_nl_destroy(nl, &req);
	close(nl);
	return err;
}

int toy_histogram_life(struct toy_kind kind, unsigned int n)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd[3], err;

	if (begin(kind, fd))
		return -1;
	err = toy_histogram_talk(fd[0], fd[1], 1) ||
	      toy_histogram_talk(fd[1], fd[0], 1);
	if (!err && n % 4 == 1)
		err = connect(fd[0], &none, sizeof(none));
	if (!err && n % 4 == 2)
		err = send(fd[0], "unread", 6, 0) != 6;
	if (!err && n % 4 == 3)
		err = destroy(fd[1]);
	toy_close(&fd[2]);
	toy_close(&fd[1]);
	toy_close(&fd[0]);
	return err ? -1 : 0;
}

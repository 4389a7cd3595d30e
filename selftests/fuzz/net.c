// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces, devices, sysctls, and those who look at all sockets.
 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include "fuzz.h"
#include "toy_netlink.h"

static long call_unshare(struct fuzz_thread *t, const __u32 *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNET))
		return -1;
	t->end = 2;
	return 0;
}

static long call_setns(struct fuzz_thread *t, const __u32 *arg)
{
	int end = arg[0] % 2;

	fuzz_say(t, "%d", end);
	if (toy_cable_enter(&t->world->cable, end))
		return -1;
	t->end = end;
	return 0;
}

/* A veth called fuzz0; the kernel names the other end. */
struct veth {
	struct nlmsghdr nlh;
	struct ifinfomsg ifi;
	struct rtattr name;
	char text[8];
	struct rtattr info;
	struct rtattr kind;
	char veth[4];
};

long fuzz_link(bool add)
{
	struct veth veth = {
		.nlh = { sizeof(veth), add ? RTM_NEWLINK : RTM_DELLINK,
			 NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		.name = { RTA_LENGTH(6), IFLA_IFNAME },
		.text = "fuzz0",
		.info = { RTA_LENGTH(8), IFLA_LINKINFO },
		.kind = { RTA_LENGTH(4), IFLA_INFO_KIND },
		.veth = { 'v', 'e', 't', 'h' },
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[256];
	} answer;
	int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t len = -1;

	if (add)
		veth.nlh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	if (nl >= 0 && send(nl, &veth, sizeof(veth), 0) > 0)
		len = recv(nl, &answer, sizeof(answer), 0);
	toy_close(&nl);
	if (len < (ssize_t)(sizeof(answer.nlh) + sizeof(int)))
		return -1;
	errno = -answer.err.error;
	return errno ? -1 : 0;
}

static long call_link(struct fuzz_thread *t, const __u32 *arg)
{
	fuzz_say(t, "%s", arg[0] & 1 ? "add" : "del");
	return fuzz_link(arg[0] & 1);
}

static long call_updown(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const devices[] = { "toy0", "toy1", "fuzz0", "lo" };
	struct ifreq req = {};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	strcpy(req.ifr_name, devices[arg[0] % 4]);
	/* Up more often than down, or nothing would get through. */
	req.ifr_flags = arg[1] % 4 ? IFF_UP : 0;
	fuzz_say(t, "%s, %s", req.ifr_name, req.ifr_flags ? "up" : "down");
	ret = ioctl(fd, SIOCSIFFLAGS, &req);
	toy_close(&fd);
	return ret;
}

static long call_sysctl(struct fuzz_thread *t, const __u32 *arg)
{
	static const struct {
		const char *name;
		const char *text;
	} sets[] = {
		{ "links", "toy0" }, { "links", "toy1" }, { "links", "\n" },
		{ "links", "lo" }, { "links", "toy0,fuzz0" },
		{ "links", "nosuch" }, { "node", "2" }, { "node", "3" },
		{ "node", "0" }, { "node", "7" }, { "node", "1" },
		{ "histograms", "1" }, { "histograms", "0" },
		{ "port_range", "40000 40003" }, { "port_range", "32768 60999" },
		{ "port_range", "5 4" },
	};
	unsigned int i = arg[0] % ARRAY_SIZE(sets);

	fuzz_say(t, "net.toy.%s, \"%s\"", sets[i].name, sets[i].text);
	return toy_sysctl_set(sets[i].name, sets[i].text);
}

static long call_dump(struct fuzz_thread *t, const __u32 *arg)
{
	struct toy_diag_req req = toy_nl_req(arg[0] % (2 * TOY_DIAG_SHOW_ALL));
	int nl = toy_nl_open();
	long ret;

	req.sdiag_type = arg[1] % 8 ? 0 : arg[1] >> 3;
	req.tdiag_states = arg[2] % 4 ? 0 : arg[2];
	fuzz_say(t, "show=%#x, states=%#x", req.tdiag_show, req.tdiag_states);
	ret = toy_nl_dump(nl, &req, NULL, NULL);
	toy_close(&nl);
	return ret;
}

static long call_destroy(struct fuzz_thread *t, const __u32 *arg)
{
	int nl = toy_nl_open(), fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct toy_diag_req req;
	struct toy_seen seen;
	long ret;

	req = toy_nl_req_of(fd, TOY_DIAG_SHOW_ALL);
	if (arg[1] & 1)
		ret = toy_nl_destroy(nl, &req);
	else
		ret = toy_nl_one(nl, &req, &seen);
	toy_close(&nl);
	return ret;
}

static long call_proc(struct fuzz_thread *t, const __u32 *arg)
{
	static const char *const names[] = { "toy", "toy_stat", "protocols" };
	char path[64];
	long ret;
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s",
		 names[arg[0] % 3]);
	fuzz_say(t, "%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = pread(fd, t->pool, fuzz_len(arg[1]), arg[2] % 300);
	toy_close(&fd);
	return ret;
}

static const int none[] = { 0 };
/* EBUSY, ENODEV, EEXIST: of devices, by name. */
static const int link_errnos[] = { EEXIST, ENODEV, 0 };
static const int sysctl_errnos[] = { ENODEV, EOPNOTSUPP, 0 };
/* ESTALE: of a cookie. EOPNOTSUPP: a socket of another family. */
static const int diag_errnos[] = { ENOENT, ESTALE, EOPNOTSUPP, EBADF, 0 };

const struct fuzz_op fuzz_net_ops[] = {
	{ "unshare", call_unshare, none, 1, 0 },
	{ "setns", call_setns, none, 6, 0 },
	{ "RTM_NEWLINK", call_link, link_errnos, 1, 0 },
	{ "SIOCSIFFLAGS", call_updown, link_errnos, 1, 0 },
	{ "sysctl", call_sysctl, sysctl_errnos, 1, 0 },
	{ "SOCK_DIAG dump", call_dump, diag_errnos, 2, 0 },
	{ "SOCK_DESTROY", call_destroy, diag_errnos, 2, FUZZ_SOCKETS },
	{ "pread of /proc/net", call_proc, none, 2, 0 },
	{}
};

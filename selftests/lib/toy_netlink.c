// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag(7) of AF_TOY, for the selftests: see toy_netlink.h.
 */
#include <linux/rtnetlink.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "toy_netlink.h"

/* A dump fills at most this much at a time. */
#define ANSWER_MAX	65536

int toy_nl_open(void)
{
	struct timeval patience = { 20 * toy_patience(), 0 };
	int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (nl >= 0)
		setsockopt(nl, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
	return nl;
}

struct toy_diag_req toy_nl_req(__u32 show)
{
	return (struct toy_diag_req){
		.sdiag_family = toy_family(),
		.tdiag_show = show,
		.tdiag_cookie = { TOY_NO_COOKIE, TOY_NO_COOKIE },
	};
}

struct toy_diag_req toy_nl_req_of(int sock, __u32 show)
{
	struct toy_diag_req req = toy_nl_req(show);
	__u64 cookie = toy_cookie(sock);

	req.tdiag_ino = toy_inode(sock);
	req.tdiag_cookie[0] = cookie;
	req.tdiag_cookie[1] = cookie >> 32;
	return req;
}

__u32 toy_inode(int sock)
{
	struct stat st;

	return fstat(sock, &st) ? 0 : st.st_ino;
}

__u64 toy_cookie(int sock)
{
	__u64 cookie = 0;
	socklen_t len = sizeof(cookie);

	return getsockopt(sock, SOL_SOCKET, SO_COOKIE, &cookie, &len) ?
	       0 : cookie;
}

/* ----------------------------------------------------------------- answers */

/* Where an attribute goes, and how long it is; 0 for a string, -1 for none. */
static int place_of(struct toy_seen *seen, int type, void **where)
{
	switch (type) {
	case TOY_DIAG_ID:
		*where = &seen->id;
		return sizeof(seen->id);
	case TOY_DIAG_UID:
		*where = &seen->uid;
		return sizeof(seen->uid);
	case TOY_DIAG_DROPS:
		*where = &seen->drops;
		return sizeof(seen->drops);
	case TOY_DIAG_PEER_INODE:
		*where = &seen->peer_ino;
		return sizeof(seen->peer_ino);
	case TOY_DIAG_PEER_COOKIE:
		*where = seen->peer_cookie;
		return sizeof(seen->peer_cookie);
	case TOY_DIAG_QUEUES:
		*where = &seen->queues;
		return sizeof(seen->queues);
	case TOY_DIAG_MEMINFO:
		*where = seen->mem;
		return sizeof(seen->mem);
	case TOY_DIAG_INFO:
		*where = &seen->info;
		return sizeof(seen->info);
	case TOY_DIAG_BACKEND:
		*where = seen->backend;
		return 0;
	case TOY_DIAG_LAST_ERROR:
		*where = seen->error;
		return 0;
	default:
		return -1;
	}
}

static void take(struct toy_seen *seen, int type, const void *data, int len)
{
	void *where = NULL;
	int want, room;

	if (type == TOY_DIAG_PAD)
		return;
	seen->twice |= seen->have & 1U << (type & 31);
	seen->have |= 1U << (type & 31);
	want = place_of(seen, type, &where);
	if (want > 0 && want == len) {
		memcpy(where, data, len);
		return;
	}
	room = where == seen->error ? sizeof(seen->error) :
	       sizeof(seen->backend);
	/* With its NUL, and no other one. */
	if (!want && len && len <= room &&
	    strnlen(data, len) == (size_t)len - 1)
		memcpy(where, data, len);
	else
		seen->odd |= 1U << (type & 31);
}

static bool parse(const struct nlmsghdr *nlh, struct toy_seen *seen)
{
	int left = NLMSG_PAYLOAD(nlh, sizeof(struct toy_diag_msg));
	struct rtattr *attr;

	memset(seen, 0, sizeof(*seen));
	if (left < 0)
		return false;
	memcpy(&seen->msg, NLMSG_DATA(nlh), sizeof(seen->msg));
	attr = (void *)((char *)NLMSG_DATA(nlh) +
			NLMSG_ALIGN(sizeof(struct toy_diag_msg)));
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		take(seen, attr->rta_type & NLA_TYPE_MASK, RTA_DATA(attr),
		     RTA_PAYLOAD(attr));
	return !left;
}

/**
 * struct asked - a request that is under way
 * @seq:	its number
 * @shown:	sockets in its answer so far
 * @err:	what it ended with
 * @ended:	that was all
 */
struct asked {
	__u32 seq;
	void (*each)(const struct toy_seen *seen, void *arg);
	void *arg;
	long shown;
	int err;
	bool ended;
};

static void answer(struct asked *asked, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = NLMSG_DATA(nlh);
	struct toy_seen seen;

	if (nlh->nlmsg_seq != asked->seq)
		return;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		asked->err = -error->error;
		asked->ended = true;
		break;
	case NLMSG_DONE:
		asked->ended = true;
		break;
	default:
		if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    !parse(nlh, &seen)) {
			asked->err = EBADMSG;
			asked->ended = true;
			break;
		}
		asked->shown++;
		if (asked->each)
			asked->each(&seen, asked->arg);
		asked->ended = !(nlh->nlmsg_flags & NLM_F_MULTI);
	}
}

static int answers(int nl, struct asked *asked)
{
	char *buf = malloc(ANSWER_MAX);
	struct nlmsghdr *nlh;
	ssize_t len;
	int left;

	while (buf && !asked->ended) {
		len = recv(nl, buf, ANSWER_MAX, 0);
		if (len < 0) {
			asked->err = errno;
			break;
		}
		left = len;
		for (nlh = (void *)buf; NLMSG_OK(nlh, left);
		     nlh = NLMSG_NEXT(nlh, left))
			answer(asked, nlh);
	}
	free(buf);
	return asked->err;
}

/* --------------------------------------------------------------- questions */

long toy_nl_ask(int nl, int type, int flags, const void *body, size_t len,
		void (*each)(const struct toy_seen *seen, void *arg),
		void *arg)
{
	static atomic_uint seq;
	struct asked asked = {
		.seq = atomic_fetch_add(&seq, 1) + 1,
		.each = each,
		.arg = arg,
	};
	struct nlmsghdr nlh = {
		.nlmsg_len = NLMSG_LENGTH(len),
		.nlmsg_type = type,
		.nlmsg_flags = flags | NLM_F_REQUEST,
		.nlmsg_seq = asked.seq,
	};
	struct iovec iov[] = {
		{ &nlh, sizeof(nlh) }, { (void *)body, len },
	};

	if (writev(nl, iov, 2) < 0)
		return -1;
	if (answers(nl, &asked)) {
		errno = asked.err;
		return -1;
	}
	return asked.shown;
}

static void keep(const struct toy_seen *seen, void *arg)
{
	*(struct toy_seen *)arg = *seen;
}

int toy_nl_one(int nl, const struct toy_diag_req *req, struct toy_seen *seen)
{
	long n = toy_nl_ask(nl, SOCK_DIAG_BY_FAMILY, 0, req, sizeof(*req),
			    keep, seen);

	return n < 0 ? -1 : 0;
}

long toy_nl_dump(int nl, const struct toy_diag_req *req,
		 void (*each)(const struct toy_seen *seen, void *arg),
		 void *arg)
{
	return toy_nl_ask(nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, req,
			  sizeof(*req), each, arg);
}

int toy_nl_destroy(int nl, const struct toy_diag_req *req)
{
	long n = toy_nl_ask(nl, SOCK_DESTROY, NLM_F_ACK, req, sizeof(*req),
			    NULL, NULL);

	return n < 0 ? -1 : 0;
}

/* -------------------------------------------------------------- many of them */

static int by_number(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* Room for so many and some more; how many there is room for. */
static unsigned int make_room(unsigned int n)
{
	struct rlimit limit;

	limit.rlim_cur = n + 200;
	limit.rlim_max = n + 200;
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur < n + 200 ? limit.rlim_cur - 200 : n;
}

int toy_crowd_make(struct toy_crowd *crowd, struct toy_kind kind,
		   unsigned int n)
{
	unsigned int i;
	int gap, fd;

	memset(crowd, 0, sizeof(*crowd));
	crowd->kind = kind;
	crowd->n = make_room(n);
	crowd->ino = calloc(crowd->n, sizeof(*crowd->ino));
	crowd->seen = calloc(crowd->n, sizeof(*crowd->seen));
	if (!crowd->ino || !crowd->seen)
		return -1;
	for (i = 0; i < crowd->n; i++) {
		gap = i % 4 ? -1 : toy_socket(kind, SOCK_CLOEXEC);
		fd = toy_socket(kind, SOCK_CLOEXEC);
		if (fd < 0)
			return -1;
		toy_close(&gap);
		crowd->ino[i] = toy_inode(fd);
	}
	qsort(crowd->ino, crowd->n, sizeof(*crowd->ino), by_number);
	return 0;
}

void toy_crowd_see(struct toy_crowd *crowd, __u32 ino)
{
	__u32 *at = bsearch(&ino, crowd->ino, crowd->n, sizeof(*crowd->ino),
			    by_number);

	if (at && crowd->seen[at - crowd->ino] < 255)
		crowd->seen[at - crowd->ino]++;
}

unsigned int toy_crowd_odd(struct toy_crowd *crowd)
{
	unsigned int i, odd = 0;

	for (i = 0; i < crowd->n; i++)
		odd += crowd->seen[i] != 1;
	memset(crowd->seen, 0, crowd->n);
	return odd;
}

static long churn(void *arg)
{
	struct toy_crowd *crowd = arg;
	int fd[16], i;
	long n = 0;

	while (__atomic_load_n(&crowd->go, __ATOMIC_RELAXED)) {
		for (i = 0; i < 16; i++) {
			fd[i] = toy_socket(crowd->kind, SOCK_CLOEXEC);
			n += fd[i] >= 0;
		}
		for (i = 0; i < 16; i++)
			toy_close(&fd[i]);
	}
	return n;
}

int toy_crowd_churn(struct toy_crowd *crowd)
{
	crowd->go = true;
	return toy_thread_start(&crowd->thread, churn, crowd);
}

long toy_crowd_still(struct toy_crowd *crowd)
{
	__atomic_store_n(&crowd->go, false, __ATOMIC_RELAXED);
	return toy_thread_join(&crowd->thread);
}

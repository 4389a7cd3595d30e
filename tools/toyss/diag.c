// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the kernel. libmnl's own callback loop is not used, as it takes a dump
 * that was interrupted by changes for a failed one.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "diag.h"

/* Room for one datagram of answers; the kernel makes them of 32 KB at most. */
#define DIAG_BUFFER	65536

/**
 * struct diag - a way to the kernel
 * @dump:	answers to dumps; NULL: they come from a file
 * @one:	other answers, which may not mix with those; opened at need
 * @replay:	the file; NULL
 * @family:	AF_TOY, or what the module was told
 * @seq:	of the last request
 * @changed:	whether sockets came and went while the kernel listed them
 * @buf:	the answers, aligned as they have to be
 */
struct diag {
	struct mnl_socket *dump;
	struct mnl_socket *one;
	FILE *replay;
	int family;
	uint32_t seq;
	bool changed;
	uint64_t buf[DIAG_BUFFER / 8];
};

enum verdict {
	GO_ON,
	DONE,
	FAILED,
};

static int read_family(void)
{
	FILE *file = fopen("/sys/module/toy/parameters/family", "re");
	int family = AF_TOY;

	if (file) {
		if (fscanf(file, "%d", &family) != 1)
			family = AF_TOY;
		fclose(file);
	}
	return family;
}

static struct mnl_socket *netlink_open(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG,
						 SOCK_CLOEXEC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		err(EXIT_FAILURE, "netlink");
	return nl;
}

struct diag *diag_open(void)
{
	struct diag *diag = xalloc(NULL, 1, sizeof(*diag));
	const char *file = getenv(DIAG_REPLAY);

	diag->dump = NULL;
	diag->one = NULL;
	diag->replay = NULL;
	diag->seq = 0;
	diag->changed = false;
	diag->family = read_family();
	if (file) {
		diag->replay = fopen(file, "re");
		if (!diag->replay)
			err(EXIT_FAILURE, "%s", file);
	} else {
		diag->dump = netlink_open();
	}
	return diag;
}

void diag_close(struct diag *diag)
{
	if (diag->dump)
		mnl_socket_close(diag->dump);
	if (diag->one)
		mnl_socket_close(diag->one);
	if (diag->replay)
		fclose(diag->replay);
	free(diag);
}

bool diag_replays(const struct diag *diag)
{
	return diag->replay;
}

/* The number of the one type in a set of them; 0: there are more. */
static uint8_t only_type(uint32_t types)
{
	return types && !(types & (types - 1)) ? __builtin_ctz(types) : 0;
}

static bool request(struct diag *diag, struct mnl_socket *nl, uint16_t type,
		    uint16_t flags, const struct toy_diag_req *req)
{
	uint64_t buf[(MNL_NLMSG_HDRLEN + sizeof(*req)) / 8 + 1];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++diag->seq;
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(*req)), req,
	       sizeof(*req));
	return mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0;
}

/* The -errno of NLMSG_ERROR and, where a dump fails half way, NLMSG_DONE. */
static int answered_error(const struct nlmsghdr *nlh)
{
	int error;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	return error < 0 ? error : -error;
}

static enum verdict explain(const struct diag *diag, int error)
{
	if (error == -ENOENT || error == -EPROTONOSUPPORT)
		warnx("family %d has no sock_diag here: is the module toy loaded?",
		      diag->family);
	else
		warnx("the kernel's answer: %s", strerror(-error));
	return FAILED;
}

static enum verdict dump_message(struct diag *diag, const struct nlmsghdr *nlh,
				 diag_fn *fn, void *data)
{
	struct sock sock;
	int error;

	if (diag->dump &&
	    (!mnl_nlmsg_seq_ok(nlh, diag->seq) ||
	     !mnl_nlmsg_portid_ok(nlh, mnl_socket_get_portid(diag->dump))))
		return GO_ON;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		diag->changed = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return GO_ON;
	case NLMSG_DONE:
	case NLMSG_ERROR:
		error = answered_error(nlh);
		return error ? explain(diag, error) : DONE;
	case SOCK_DIAG_BY_FAMILY:
		if (sock_parse(nlh, &sock))
			return fn(nlh, &sock, data) ? GO_ON : FAILED;
	}
	warnx("the kernel's answer makes no sense: type %u, %u bytes",
	      nlh->nlmsg_type, nlh->nlmsg_len);
	return FAILED;
}

static enum verdict dump_datagram(struct diag *diag, diag_fn *fn, void *data)
{
	ssize_t got = mnl_socket_recvfrom(diag->dump, diag->buf, DIAG_BUFFER);
	const struct nlmsghdr *nlh = (void *)diag->buf;
	enum verdict verdict = GO_ON;
	int len = got;

	if (got < 0 && errno == EINTR)
		return GO_ON;
	if (got <= 0) {
		warn("netlink");
		return FAILED;
	}
	while (verdict == GO_ON && mnl_nlmsg_ok(nlh, len)) {
		verdict = dump_message(diag, nlh, fn, data);
		nlh = mnl_nlmsg_next(nlh, &len);
	}
	return verdict;
}

/* The next message of the file; its end is the end of the dump. */
static enum verdict dump_replayed(struct diag *diag, diag_fn *fn, void *data)
{
	struct nlmsghdr *nlh = (void *)diag->buf;
	size_t got = fread(nlh, 1, sizeof(*nlh), diag->replay);
	size_t rest;

	if (!got && !ferror(diag->replay))
		return DONE;
	if (got == sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	    nlh->nlmsg_len <= DIAG_BUFFER) {
		rest = nlh->nlmsg_len - sizeof(*nlh);
		if (fread(nlh + 1, 1, rest, diag->replay) == rest)
			return dump_message(diag, nlh, fn, data);
	}
	warnx("%s: no answers of sock_diag", getenv(DIAG_REPLAY));
	return FAILED;
}

bool diag_dump(struct diag *diag, uint32_t types, uint32_t states,
	       uint32_t show, diag_fn *fn, void *data)
{
	const struct toy_diag_req req = {
		.sdiag_family	= diag->family,
		.sdiag_type	= only_type(types),
		.tdiag_states	= states,
		.tdiag_show	= show,
	};
	enum verdict verdict = GO_ON;

	diag->changed = false;
	if (diag->replay)
		rewind(diag->replay);
	else if (!request(diag, diag->dump, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
			  &req))
		err(EXIT_FAILURE, "netlink");
	while (verdict == GO_ON)
		verdict = diag->replay ? dump_replayed(diag, fn, data) :
					 dump_datagram(diag, fn, data);
	if (diag->changed)
		warnx("sockets came and went meanwhile; some may be missing");
	return verdict == DONE;
}

int diag_destroy(struct diag *diag, const struct sock *sock)
{
	const struct toy_diag_req req = {
		.sdiag_family	= diag->family,
		.sdiag_type	= sock->type,
		.tdiag_ino	= sock->inode,
		.tdiag_cookie	= { sock->cookie, sock->cookie >> 32 },
	};
	uint64_t buf[128];
	const struct nlmsghdr *nlh = (void *)buf;
	uint32_t seq = diag->seq;
	ssize_t got;

	if (!diag->one)
		diag->one = netlink_open();
	if (!request(diag, diag->one, SOCK_DESTROY, NLM_F_ACK, &req))
		return -errno;
	do {
		got = mnl_socket_recvfrom(diag->one, buf, sizeof(buf));
	} while (got < 0 && errno == EINTR);
	/* The dump that goes on has its own number. */
	diag->seq = seq;
	if (got < 0)
		return -errno;
	if (!mnl_nlmsg_ok(nlh, got) || nlh->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answered_error(nlh);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of TCP, see tcp(7).
 */
#include <errno.h>
#include <string.h>
#include <netinet/in.h>

#include <linux/tcp.h>
#include <linux/toy.h>

#include "descriptor.h"
#include "memory.h"
#include "option.h"
#include "real.h"

/* What an algorithm's name may have, with its end (TCP_CA_NAME_MAX). */
#define NAME_MAX_CA	16
/*
 * Between sockets of one node there are no segments. Programs that choose a size
 * by them are told what TCP has on lo.
 */
#define SEGMENT_LOCAL	65483

/* What the family controls congestion by: RFC 5681 and 6675, as this one. */
static const char congestion[NAME_MAX_CA] = "reno";

/*
 * Hints how to send and call, which nothing but speed depends on. TCP_FASTOPEN:
 * calls come without data.
 */
static const struct option_idle idle[] = {
	{ TCP_CORK, 0 },
	{ TCP_SYNCNT, 6 },
	{ TCP_LINGER2, 60 },
	{ TCP_DEFER_ACCEPT, 0 },
	{ TCP_WINDOW_CLAMP, 0 },
	{ TCP_QUICKACK, 1 },
	{ TCP_THIN_LINEAR_TIMEOUTS, 0 },
	{ TCP_THIN_DUPACK, 0 },
	{ TCP_FASTOPEN, 0 },
	{ TCP_FASTOPEN_CONNECT, 0 },
	{ TCP_NOTSENT_LOWAT, 0 },
	{ 0, 0 }
};

/* The family's own number of an option; 0: it has none like it. */
static int own_name(int name)
{
	switch (name) {
	case TCP_NODELAY:
		return TOY_NODELAY;
	case TCP_MAXSEG:
		return TOY_MAXSEG;
	case TCP_KEEPIDLE:
		return TOY_KEEPIDLE;
	case TCP_KEEPINTVL:
		return TOY_KEEPINTVL;
	case TCP_KEEPCNT:
		return TOY_KEEPCNT;
	case TCP_USER_TIMEOUT:
		return TOY_USER_TIMEOUT;
	default:
		return 0;
	}
}

static int set_congestion(const char *val, socklen_t len)
{
	if (!len)
		return descriptor_fail(-EINVAL);
	if (len > NAME_MAX_CA - 1)
		len = NAME_MAX_CA - 1;
	if (!memory_readable(val, len))
		return descriptor_fail(-EFAULT);
	if (strnlen(val, len) != strlen(congestion) ||
	    memcmp(val, congestion, strlen(congestion)))
		return descriptor_fail(-ENOENT);
	return 0;
}

int option_tcp_set(int fd, int name, const void *val, socklen_t len)
{
	if (own_name(name))
		return real()->setsockopt(fd, SOL_TOY, own_name(name), val,
					  len);
	if (name == TCP_CONGESTION)
		return set_congestion(val, len);
	if (option_idle_find(idle, name))
		return option_idle_set(val, len, sizeof(int));
	return descriptor_fail(-ENOPROTOOPT);
}

static int get_segment(int fd, void *val, socklen_t *len)
{
	socklen_t size = sizeof(int);
	int value;

	if (real()->getsockopt(fd, SOL_TOY, TOY_MAXSEG, &value, &size))
		return -1;
	if (!value)
		value = SEGMENT_LOCAL;
	return option_answer(val, len, &value, sizeof(value));
}

int option_tcp_get(int fd, int name, void *val, socklen_t *len)
{
	const struct option_idle *option;

	switch (name) {
	case TCP_MAXSEG:
		return get_segment(fd, val, len);
	case TCP_CONGESTION:
		return option_answer(val, len, congestion, sizeof(congestion));
	case TCP_INFO:
		return option_info(fd, val, len);
	}
	if (own_name(name))
		return real()->getsockopt(fd, SOL_TOY, own_name(name), val,
					  len);
	option = option_idle_find(idle, name);
	if (!option)
		return descriptor_fail(-ENOPROTOOPT);
	return option_answer(val, len, &option->value, sizeof(option->value));
}

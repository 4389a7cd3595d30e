// SPDX-License-Identifier: GPL-2.0-only
/*
 * setsockopt(2) and getsockopt(2): who answers, and what answers have in common.
 */
#include <errno.h>
#include <string.h>
#include <netinet/in.h>

#include <linux/toy.h>

#include "descriptor.h"
#include "export.h"
#include "memory.h"
#include "option.h"
#include "real.h"

int option_answer(void *val, socklen_t *len, const void *value, size_t size)
{
	if (!memory_readable(len, sizeof(*len)))
		return descriptor_fail(-EFAULT);
	if ((int)*len < 0)
		return descriptor_fail(-EINVAL);
	if (*len < size)
		size = *len;
	if (!memory_readable(val, size))
		return descriptor_fail(-EFAULT);
	memcpy(val, value, size);
	*len = size;
	return 0;
}

const struct option_idle *option_idle_find(const struct option_idle *idle,
					   int name)
{
	for (; idle->name; idle++) {
		if (idle->name == name)
			return idle;
	}
	return NULL;
}

int option_idle_set(const void *val, socklen_t len, socklen_t least)
{
	if (len < least)
		return descriptor_fail(-EINVAL);
	if (!memory_readable(val, least))
		return descriptor_fail(-EFAULT);
	return 0;
}

/* The core keeps this one for IP; the family has its own. */
static int set_socket(int fd, int name, const void *val, socklen_t len)
{
	if (name == SO_REUSEPORT && descriptor_of(fd) != DESCRIPTOR_OTHER)
		return real()->setsockopt(fd, SOL_TOY, TOY_REUSEPORT, val, len);
	return real()->setsockopt(fd, SOL_SOCKET, name, val, len);
}

EXPORT int setsockopt(int fd, int level, int name, const void *val,
		      socklen_t len)
{
	enum descriptor what;

	if (level == SOL_SOCKET)
		return set_socket(fd, name, val, len);
	if (level != IPPROTO_TCP && level != IPPROTO_IP)
		return real()->setsockopt(fd, level, name, val, len);
	what = descriptor_of(fd);
	if (what == DESCRIPTOR_STREAM && level == IPPROTO_TCP)
		return option_tcp_set(fd, name, val, len);
	if (what != DESCRIPTOR_OTHER && level == IPPROTO_IP)
		return option_ip_set(name, val, len);
	return real()->setsockopt(fd, level, name, val, len);
}

static int get_socket(int fd, int name, void *val, socklen_t *len)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	int value;

	if (name == SO_DOMAIN || name == SO_PROTOCOL || name == SO_REUSEPORT)
		what = descriptor_of(fd);
	if (what == DESCRIPTOR_OTHER)
		return real()->getsockopt(fd, SOL_SOCKET, name, val, len);
	if (name == SO_REUSEPORT)
		return real()->getsockopt(fd, SOL_TOY, TOY_REUSEPORT, val, len);
	if (name == SO_DOMAIN)
		value = AF_INET;
	else
		value = what == DESCRIPTOR_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	return option_answer(val, len, &value, sizeof(value));
}

EXPORT int getsockopt(int fd, int level, int name, void *restrict val,
		      socklen_t *restrict len)
{
	enum descriptor what;

	if (level == SOL_SOCKET)
		return get_socket(fd, name, val, len);
	if (level != IPPROTO_TCP && level != IPPROTO_IP)
		return real()->getsockopt(fd, level, name, val, len);
	what = descriptor_of(fd);
	if (what == DESCRIPTOR_STREAM && level == IPPROTO_TCP)
		return option_tcp_get(fd, name, val, len);
	if (what != DESCRIPTOR_OTHER && level == IPPROTO_IP)
		return option_ip_get(name, val, len);
	return real()->getsockopt(fd, level, name, val, len);
}

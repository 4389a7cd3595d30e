// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose a descriptor is.
 */
#include <errno.h>
#include <pthread.h>

#include "../family.h"
#include "descriptor.h"
#include "real.h"

static int family;

static void look_up(void)
{
	family = family_read();
}

int descriptor_family(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_up);
	return family;
}

/* Now, as the program may go where there is no /sys. */
static void __attribute__((constructor)) load(void)
{
	descriptor_family();
}

/* An option at SOL_SOCKET; -1: it is no socket. */
static int ask(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value;

	if (real()->getsockopt(fd, SOL_SOCKET, name, &value, &len))
		return -1;
	return value;
}

enum descriptor descriptor_of(int fd)
{
	enum descriptor what = DESCRIPTOR_OTHER;
	int saved = errno;

	if (ask(fd, SO_DOMAIN) == descriptor_family())
		switch (ask(fd, SO_TYPE)) {
		case SOCK_STREAM:
			what = DESCRIPTOR_STREAM;
			break;
		case SOCK_DGRAM:
			what = DESCRIPTOR_DGRAM;
			break;
		}
	errno = saved;
	return what;
}

int descriptor_fail(int err)
{
	errno = -err;
	return -1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C library's own functions.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#include "real.h"

#define MEMBER(name)	{ #name, offsetof(struct real, name) }

static const struct {
	const char *name;
	size_t at;
} members[] = {
	MEMBER(socket),
	MEMBER(bind),
	MEMBER(listen),
	MEMBER(connect),
	MEMBER(accept4),
	MEMBER(getsockname),
	MEMBER(getpeername),
	MEMBER(sendto),
	MEMBER(sendmsg),
	MEMBER(sendmmsg),
	MEMBER(recvfrom),
	MEMBER(recvmsg),
	MEMBER(recvmmsg),
	MEMBER(getsockopt),
	MEMBER(setsockopt),
};

static struct real functions;

static void look_up(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		*(void **)((char *)&functions + members[i].at) =
			dlsym(RTLD_NEXT, members[i].name);
}

const struct real *real(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_up);
	return &functions;
}

/* dlsym(3) is nothing for signal handlers, nor for a child of many threads. */
static void __attribute__((constructor)) load(void)
{
	real();
}

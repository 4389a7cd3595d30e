// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's pointers.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory.h"

/* The least page there is, so that none is left out. */
#define PAGE		4096
/* What the kernel takes a set of signals for, whatever the C library does. */
#define SIGSET		8
/* No way to change a mask: the call fails with EINVAL after reading it. */
#define NO_HOW		(-1)

static bool word_readable(uintptr_t at)
{
	at &= ~(uintptr_t)(SIGSET - 1);
	/* NULL is no set at all to the kernel. */
	if (!at)
		return false;
	return !syscall(SYS_rt_sigprocmask, NO_HOW, at, NULL, SIGSET) ||
	       errno != EFAULT;
}

bool memory_readable(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p, last = at + n - 1;
	int saved = errno;
	bool ok = true;

	if (!n)
		return true;
	if (last < at)
		return false;
	for (; ok && at <= last; at = (at | (PAGE - 1)) + 1)
		ok = word_readable(at);
	errno = saved;
	return ok;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which places of the module calls reach, as the kernel's KCOV tells it.
 */
#include <linux/kcov.h>
#include <sys/mman.h>

#include "fuzz.h"

/* Places that one call may reach; the rest of them is not told. */
#define PLACES	32768

static int fds[FUZZ_THREADS] = { -1, -1, -1, -1 };
static unsigned long *cover[FUZZ_THREADS];

bool fuzz_kcov_open(unsigned int threads)
{
	unsigned int i;
	void *p;

	for (i = 0; i < threads; i++) {
		fds[i] = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0 || ioctl(fds[i], KCOV_INIT_TRACE, PLACES))
			return false;
		p = mmap(NULL, PLACES * sizeof(long), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fds[i], 0);
		if (p == MAP_FAILED)
			return false;
		cover[i] = p;
	}
	return true;
}

void fuzz_kcov_begin(unsigned int thread)
{
	if (!cover[thread])
		return;
	if (ioctl(fds[thread], KCOV_ENABLE, KCOV_TRACE_PC))
		abort();
	__atomic_store_n(&cover[thread][0], 0, __ATOMIC_RELAXED);
}

void fuzz_kcov_take(unsigned int thread, struct fuzz_said *said)
{
	unsigned long *pcs = cover[thread], n, i;
	unsigned int class;

	if (!pcs)
		return;
	n = __atomic_load_n(&pcs[0], __ATOMIC_RELAXED);
	for (i = 1; i <= n; i++) {
		class = (pcs[i] * 0x9e3779b97f4a7c15ULL) >> 48;
		if (said->place[class])
			continue;
		said->place[class] = 1;
		__atomic_add_fetch(&said->fresh, 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&pcs[0], 0, __ATOMIC_RELAXED);
}

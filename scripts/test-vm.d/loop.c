// SPDX-License-Identifier: GPL-2.0-only
/* Time a loop of system calls, a few times: see --icount of scripts/vm. */
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(void)
{
	int round, i;
	long start;

	for (round = 0; round < 5; round++) {
		start = now();
		for (i = 0; i < 1000; i++)
			syscall(SYS_getppid);
		printf("%ld\n", now() - start);
	}
	return 0;
}

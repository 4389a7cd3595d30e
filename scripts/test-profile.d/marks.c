// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known before scripts/profile counts it: three pairs of marks, around
 *
 *	1  instructions of this program, so many, and so many of them locked
 *	2  system calls with short and long copies, 50 times
 *	3  the same, 100 times
 *
 * The times that 2 and 3 took are printed.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What a kernel writes over its LOCK prefixes on one processor. */
#define DS		".byte 0x3e\n\t"

#define LOOPS		1000L
#define TICK		4000000L
#define SHORT_COPY	64
#define LONG_COPY	16384

static inline void mark_begin(void)
{
	asm volatile("nopl 0x746f7931(%%rax)" ::: "memory");
}

static inline void mark_end(void)
{
	asm volatile("nopl 0x746f7930(%%rax)" ::: "memory");
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* 30 instructions a loop, of which the first 13 are locked. */
static void known(void)
{
	long loops = LOOPS, word = 0;

	mark_begin();
	asm volatile("1:\n\t"
		     "lock incl %1\n\t"
		     "lock xaddq %%rax, %1\n\t"
		     "lock btsl $3, %1\n\t"
		     "lock cmpxchgq %%rcx, %1\n\t"
		     "lock subw $1, %1\n\t"
		     "lock notq %1\n\t"
		     "xchgq %%rax, %1\n\t"
		     "xchgb %%al, %1\n\t"
		     DS "addl $1, %1\n\t"
		     DS "cmpxchgl %%ecx, %1\n\t"
		     DS "decq %1\n\t"
		     DS "orb %%al, %1\n\t"
		     DS "btrl $1, %1\n\t"

		     "incl %1\n\t"
		     "xaddq %%rax, %1\n\t"
		     "btsl $3, %1\n\t"
		     "cmpxchgq %%rcx, %1\n\t"
		     "subw $1, %1\n\t"
		     "notq %1\n\t"
		     "xchgq %%rax, %%rcx\n\t"
		     "xchgb %%al, %%cl\n\t"
		     DS "cmpl $1, %1\n\t"
		     DS "addl $1, %%eax\n\t"
		     DS "movq %1, %%rax\n\t"
		     DS "btl $3, %1\n\t"
		     DS "testl $1, %1\n\t"
		     DS "movl $0, %%ecx\n\t"
		     "nop\n\t"
		     "decq %0\n\t"
		     "jnz 1b"
		     : "+r"(loops), "+m"(word) : : "rax", "rcx", "cc", "memory");
	mark_end();
}

static int copy(const int fd[2], long size)
{
	static char buf[LONG_COPY];

	return write(fd[0], buf, size) == size && read(fd[1], buf, size) == size;
}

/* Begin soon after a timer interrupt, so that there is none among the loops. */
static void wait_for_tick(void)
{
	long then = (now() / TICK + 2) * TICK + TICK / 8;
	struct timespec at = { then / 1000000000, then % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL))
		;
}

static int timed(const int fd[2], int loops)
{
	long start;
	int i, ok = 1;

	wait_for_tick();
	start = now();
	mark_begin();
	for (i = 0; i < loops; i++)
		ok &= copy(fd, SHORT_COPY) && copy(fd, LONG_COPY);
	mark_end();
	printf("%ld\n", now() - start);
	return ok;
}

int main(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) || !copy(fd, LONG_COPY))
		return 1;
	known();
	return !timed(fd, 50) || !timed(fd, 100);
}

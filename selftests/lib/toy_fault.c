// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail, for the selftests: see toy_fault.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "toy_fault.h"

#define DEBUGFS		"/sys/kernel/debug"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define FAILSLAB	DEBUGFS "/failslab/"

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

int toy_fault_prepare(void)
{
	if (access(FAIL_NTH, W_OK))
		return -1;
	if (access(DEBUGFS "/failslab", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	/* Allocations that may sleep are to fail too, and without many words. */
	if (write_to(DEBUGFS "/failslab/ignore-gfp-wait", "0") ||
	    write_to(DEBUGFS "/failslab/verbose", "0"))
		return -1;
	write_to(DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "0");
	write_to(DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "0");
	write_to(DEBUGFS "/fail_page_alloc/min-order", "0");
	write_to(DEBUGFS "/fail_page_alloc/verbose", "0");
	return 0;
}

/* Of this process: a test is one of its own, with one thread. */
static int fail_nth(void)
{
	static int fd = -1;
	static pid_t of;

	if (of != getpid()) {
		fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
		of = getpid();
	}
	if (fd < 0)
		abort();
	return fd;
}

void toy_fault_arm(int n)
{
	int fd = fail_nth();
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fd, text, len, 0) != len)
		abort();
}

bool toy_fault_happened(void)
{
	char text[16] = "";
	int err = errno, left;

	if (pread(fail_nth(), text, sizeof(text) - 1, 0) <= 0)
		abort();
	left = atoi(text);
	toy_fault_arm(0);
	errno = err;
	return !left;
}

void toy_fault_none(void)
{
	write_to(FAILSLAB "probability", "0");
	write_to(FAILSLAB "times", "-1");
	write_to(FAILSLAB "space", "0");
	write_to(FAILSLAB "ignore-gfp-wait", "0");
}

int toy_fault_after(long bytes)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", bytes);
	toy_fault_none();
	if (write_to(FAILSLAB "ignore-gfp-wait", "1") ||
	    write_to(FAILSLAB "times", "1") ||
	    write_to(FAILSLAB "space", text))
		return -1;
	return write_to(FAILSLAB "probability", "100");
}

bool toy_fault_over(void)
{
	char text[24] = "";
	int fd = open(FAILSLAB "times", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		abort();
	close(fd);
	toy_fault_none();
	return !atoi(text);
}

bool toy_fault_errno(int err)
{
	return err == ENOMEM || err == ENOBUFS || err == ENFILE;
}

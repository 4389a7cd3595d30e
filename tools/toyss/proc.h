/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes hold which socket, as far as /proc lets us look.
 */
#ifndef TOYSS_PROC_H
#define TOYSS_PROC_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct holder - a descriptor for a socket
 * @inode:	the socket
 * @pid:	process that has it
 * @fd:		its number there
 * @comm:	name of the process, as /proc/PID/comm, not escaped
 */
struct holder {
	uint32_t inode;
	pid_t pid;
	int fd;
	const char *comm;
};

/** holders_read() - look at all processes */
void holders_read(void);

/**
 * holders_of() - the holders of a socket
 * @inode:	the socket
 * @count:	gets how many there are
 *
 * Return: the first, by process and descriptor.
 */
const struct holder *holders_of(uint32_t inode, size_t *count);

#endif /* TOYSS_PROC_H */

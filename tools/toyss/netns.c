// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network namespaces by name.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

static int netns_open(const char *name)
{
	char *path;
	int fd;

	if (strchr(name, '/'))
		return open(name, O_RDONLY | O_CLOEXEC);
	if (asprintf(&path, "/run/netns/%s", name) < 0)
		err(EXIT_FAILURE, "memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	return fd;
}

void netns_enter(const char *name)
{
	int fd = netns_open(name);

	if (fd < 0)
		err(EXIT_FAILURE, "cannot open network namespace \"%s\"", name);
	if (setns(fd, CLONE_NEWNET))
		err(EXIT_FAILURE, "cannot enter network namespace \"%s\"",
		    name);
	close(fd);
}

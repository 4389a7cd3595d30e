// SPDX-License-Identifier: GPL-2.0-only
/*
 * The number of the family.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/toy.h>

#include "family.h"

int family_read(void)
{
	int fd, family = 0, saved = errno;
	char text[16] = "";

	fd = open("/sys/module/toy/parameters/family", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) > 0)
			family = atoi(text);
		close(fd);
	}
	errno = saved;
	return family > 0 ? family : AF_TOY;
}

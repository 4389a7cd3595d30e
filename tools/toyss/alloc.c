// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory, without which there is nothing to print.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static void *there(void *p)
{
	if (!p)
		err(EXIT_FAILURE, "memory");
	return p;
}

void *xalloc(void *old, size_t count, size_t size)
{
	return there(reallocarray(old, count ?: 1, size));
}

char *xdup(const char *text)
{
	return there(strdup(text));
}

FILE *xstream(char **text, size_t *size)
{
	return there(open_memstream(text, size));
}

void xfinish(FILE *stream)
{
	if (fclose(stream))
		err(EXIT_FAILURE, "memory");
}

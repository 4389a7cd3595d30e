/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, without which there is nothing to print.
 */
#ifndef TOYSS_ALLOC_H
#define TOYSS_ALLOC_H

#include <stddef.h>
#include <stdio.h>

/** xalloc() - as reallocarray(3); ends the program where there is none */
void *xalloc(void *old, size_t count, size_t size);

/** xdup() - as strdup(3); ends the program where there is none */
char *xdup(const char *text);

/** xstream() - as open_memstream(3); ends the program where there is none */
FILE *xstream(char **text, size_t *size);

/** xfinish() - ends what xstream() began: its text is there */
void xfinish(FILE *stream);

#endif /* TOYSS_ALLOC_H */

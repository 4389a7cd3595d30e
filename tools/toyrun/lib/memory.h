/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program's pointers, which this library follows where the kernel would have
 * checked them.
 */
#ifndef TOYRUN_MEMORY_H
#define TOYRUN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * memory_readable() - would the kernel give EFAULT?
 * @p:	where
 * @n:	how many bytes, 0 for none
 *
 * Costs a short system call for each page. Leaves errno alone.
 */
bool memory_readable(const void *p, size_t n);

#endif

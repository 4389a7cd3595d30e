/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binaries (ELF), as far as it matters who loads them.
 */
#ifndef TOYRUN_BINARY_H
#define TOYRUN_BINARY_H

#include <stddef.h>

/**
 * enum binary_kind - what a file is to the dynamic loader
 * @BINARY_NONE:		no ELF file at all
 * @BINARY_FOREIGN:	of another machine or word size than this program
 * @BINARY_STATIC:		asks for no loader
 * @BINARY_DYNAMIC:	asks for one
 */
enum binary_kind {
	BINARY_NONE,
	BINARY_FOREIGN,
	BINARY_STATIC,
	BINARY_DYNAMIC,
};

/**
 * binary_look() - look at a file
 * @fd:		open for reading
 * @loader:	set to the path of the loader, if it is BINARY_DYNAMIC
 * @size:	room there
 *
 * Return: what it is; what cannot be read is BINARY_NONE.
 */
enum binary_kind binary_look(int fd, char *loader, size_t size);

#endif

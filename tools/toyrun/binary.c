// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF files: elf(5).
 */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"

static bool read_at(int fd, void *to, size_t size, off_t at)
{
	return pread(fd, to, size, at) == (ssize_t)size;
}

/* Of the same machine as we are: our own header is in memory. */
static bool is_native(const ElfW(Ehdr) *header)
{
	extern const ElfW(Ehdr) __ehdr_start __attribute__((weak));

	return header->e_ident[EI_CLASS] == __ehdr_start.e_ident[EI_CLASS] &&
	       header->e_ident[EI_DATA] == __ehdr_start.e_ident[EI_DATA] &&
	       header->e_machine == __ehdr_start.e_machine;
}

enum binary_kind binary_look(int fd, char *loader, size_t size)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	int i;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG))
		return BINARY_NONE;
	if (!is_native(&header))
		return BINARY_FOREIGN;
	for (i = 0; i < header.e_phnum; i++) {
		if (!read_at(fd, &segment, sizeof(segment),
			     header.e_phoff + i * sizeof(segment)))
			return BINARY_STATIC;
		if (segment.p_type != PT_INTERP)
			continue;
		if (!segment.p_filesz || segment.p_filesz > size ||
		    !read_at(fd, loader, segment.p_filesz, segment.p_offset))
			return BINARY_STATIC;
		loader[segment.p_filesz - 1] = '\0';
		return BINARY_DYNAMIC;
	}
	return BINARY_STATIC;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF files: elf(5).
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"

static bool read_at(int fd, void *to, size_t size, off_t at)
{
	return pread(fd, to, size, at) == (ssize_t)size;
}

/* Of the same machine as this program is. */
static bool is_native(const unsigned char *ident, unsigned int machine)
{
	ElfW(Ehdr) own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && read_at(fd, &own, sizeof(own), 0);

	if (fd >= 0)
		close(fd);
	return !known || (ident[EI_CLASS] == own.e_ident[EI_CLASS] &&
			  ident[EI_DATA] == own.e_ident[EI_DATA] &&
			  machine == own.e_machine);
}

enum binary_kind binary_look(int fd, char *loader, size_t size)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	int i;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG))
		return BINARY_NONE;
	if (!is_native(header.e_ident, header.e_machine))
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

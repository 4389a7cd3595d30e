// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Internet checksum (RFC 1071), by the book.
 */
#include "csum.h"

/**
 * csum() - the sum over some bytes
 * @data:	bytes
 * @len:	how many
 *
 * Return: what belongs into the field, were it 0 in @data; 0 if it is there and
 * right.
 */
u16 csum(const void *data, size_t len)
{
	const u8 *p = data;
	u64 sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/**
 * csum_set() - complete a frame
 * @frame:	from its magic on, with 0 in the field
 * @len:	bytes of it, without padding
 */
void csum_set(void *frame, size_t len)
{
	u16 sum = csum(frame, len);
	u8 *field = (u8 *)frame + TOY_HEADER_CSUM;

	field[0] = sum >> 8;
	field[1] = sum;
}

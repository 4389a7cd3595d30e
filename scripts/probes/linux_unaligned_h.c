// SPDX-License-Identifier: GPL-2.0-only
/* Access to what is not aligned is the same on all machines (6.12). */
#include <linux/unaligned.h>

u16 probe(const u8 *data);
u16 probe(const u8 *data)
{
	return get_unaligned_be16(data);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sender's scoreboard: which of its bytes the peer has although it misses
 * some before them (RFC 2018), and what follows from that (RFC 6675).
 */
#ifndef _TOY_PROTO_SACK_H
#define _TOY_PROTO_SACK_H

#include "ranges.h"

/**
 * struct toy_sack - what the peer has beyond the acknowledgment
 * @have:	that, all of it between SND.UNA and SND.NXT
 *
 * Full, it forgets what else the peer has: that is sent once too often.
 */
struct toy_sack {
	struct toy_ranges	have;
};

u32 toy_sack_update(struct toy_sack *sack, const struct toy_range *blocks,
		    u32 count, u32 una, u32 nxt);
u32 toy_sack_lost(const struct toy_sack *sack, u32 una, u32 mss);
u32 toy_sack_pipe(const struct toy_sack *sack, u32 una, u32 nxt, u32 again,
		  u32 lost);
void toy_sack_acked(struct toy_sack *sack, u32 una);
bool toy_sack_hole(const struct toy_sack *sack, u32 from, u32 to,
		   struct toy_range *hole);

#endif /* _TOY_PROTO_SACK_H */

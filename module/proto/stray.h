/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments for which there is no connection: steps [C1] to [L3].
 */
#ifndef _TOY_PROTO_STRAY_H
#define _TOY_PROTO_STRAY_H

#include "conn.h"

enum toy_on toy_stray_event(const struct toy_segment *seg);
void toy_stray_reset(const struct toy_segment *seg, struct toy_segment *rst);

#endif /* _TOY_PROTO_STRAY_H */

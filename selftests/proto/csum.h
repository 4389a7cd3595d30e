/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Internet checksum, which in the kernel is left to others.
 */
#ifndef PROTO_CSUM_H
#define PROTO_CSUM_H

#include "../../module/proto/header.h"

u16 csum(const void *data, size_t len);
void csum_set(void *frame, size_t len);

#endif /* PROTO_CSUM_H */

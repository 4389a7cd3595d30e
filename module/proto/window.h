/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: what is announced to the peer, what the peer's lets through, and how
 * both ends keep from silly small steps (RFC 9293, 3.8.6).
 */
#ifndef _TOY_PROTO_WINDOW_H
#define _TOY_PROTO_WINDOW_H

#include "seq.h"

/* Keeps sequence numbers in a window comparable with those around it. */
#define TOY_WINDOW_MAX		0x40000000U

u32 toy_window_edge(u32 nxt, u32 edge, u32 space, u32 step);
u32 toy_window_usable(u32 una, u32 wnd, u32 nxt);

#endif /* _TOY_PROTO_WINDOW_H */

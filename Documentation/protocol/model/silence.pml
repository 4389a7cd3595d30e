/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * So much is lost that ends give up. What was acknowledged has been delivered all
 * the same. One of the users waits before he closes, until data has arrived or been
 * acknowledged.
 */
#define OPENS0		1
#define LISTENS1	true
#define DATA0		1
#define DATA1		1
#define MAY_BE_LAZY	true
#define MAY_CLOSE0	!lazy || got[LIFE(1, peer[0])] == DATA1
#define MAY_CLOSE1	lazy || una[1] == nxt[1]
#define MAY_GIVE_UP	true
#define REFUSABLE	true
#define KEEPALIVE	true
#define TRIES		1
#ifndef LOST
#define LOST		4
#define REPEATED	0
#endif

#include "end.pml"

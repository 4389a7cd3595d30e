/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * End 1 crashes at any moment and calls again from the same port. End 0 believes
 * in the old connection, until it hears of the new one or its data or a probe is
 * answered by RST; then its listener takes the call.
 */
#define CONNECTED
#define DATA0		1
#define DATA1		1
#define LISTENS0	true
#define CRASHES		1
#define OPENS1		1
#define KEEPALIVE	true
#define MAY_CLOSE0	false
#define MAY_CLOSE1	false
#define GOAL		THROUGH
#ifndef LOST
#define LOST		2
#define REPEATED	1
#endif

#include "end.pml"

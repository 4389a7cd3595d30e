/* SPDX-License-Identifier: GPL-2.0-only */
/* The same after a reset, when there is no TIME_WAIT. Both ends have listeners. */
#define CONNECTED
#define DATA0		1
#define DATA1		1
#define LISTENS0	true
#define LISTENS1	true
#define OPENS1		1
#define ABORTS		1
#define KEEPALIVE	true
#define MAY_CLOSE0	false
#define MAY_CLOSE1	false
#define GOAL		THROUGH
#ifndef LOST
#define LOST		1
#define REPEATED	1
#endif

#include "end.pml"

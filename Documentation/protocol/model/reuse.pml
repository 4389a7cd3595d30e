/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * After a close, a call on the same ports while old segments are under way. End 0
 * is in TIME_WAIT and has a listener.
 */
#define CONNECTED
#define DATA0		1
#define DATA1		1
#define LISTENS0	true
#define OPENS1		1
#define MAY_CLOSE0	life[0] == 0
#define MAY_CLOSE1	life[1] == 0 && st[1] == CLOSE_WAIT
#define GOAL		THROUGH
#ifndef LOST
#define LOST		0
#define REPEATED	2
#endif

#include "end.pml"

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end aborts, at any moment. Where no segment is lost the other one hears of
 * it without asking.
 */
#define CONNECTED
#define DATA0		2
#define DATA1		1
#define MAY_CLOSE1	st[1] == CLOSE_WAIT
#define ABORTS		1
#define KEEPALIVE	LOST > 0
#ifndef LOST
#define LOST		0
#define REPEATED	1
#endif

#include "end.pml"

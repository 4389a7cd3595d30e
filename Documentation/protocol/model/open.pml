/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * End 0 calls a listener. Both send; 0 closes when it likes, 1 when it has read
 * the end.
 */
#define OPENS0		1
#define LISTENS1	true
#define DATA0		1
#define DATA1		1
#define MAY_CLOSE1	st[1] == CLOSE_WAIT
#ifndef LOST
#define LOST		2
#define REPEATED	1
#endif

#include "end.pml"

/* SPDX-License-Identifier: GPL-2.0-only */
/* The end that was called closes first, and its listener stays. */
#define OPENS0		1
#define LISTENS1	true
#define MAY_CLOSE0	st[0] == CLOSE_WAIT
#ifndef LOST
#define LOST		2
#define REPEATED	2
#endif

#include "end.pml"

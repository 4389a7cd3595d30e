/* SPDX-License-Identifier: GPL-2.0-only */
/* End 0 closes when it likes, end 1 when it has read the end. */
#define CONNECTED
#define DATA0		2
#define DATA1		1
#define MAY_CLOSE1	st[1] == CLOSE_WAIT
#ifndef LOST
#define LOST		2
#define REPEATED	2
#endif

#include "end.pml"

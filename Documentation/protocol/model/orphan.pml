/* SPDX-License-Identifier: GPL-2.0-only */
/* End 0 closes; end 1 reads the end and keeps its own open for ever. */
#define CONNECTED
#define DATA0		1
#define DATA1		1
#define CLOSES_TWICE	true
#define MAY_CLOSE1	false
#define STUBBORN	true
#define KEEPALIVE	true
#ifndef LOST
#define LOST		2
#define REPEATED	2
#endif

#include "end.pml"

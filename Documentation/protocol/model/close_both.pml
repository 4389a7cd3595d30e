/* SPDX-License-Identifier: GPL-2.0-only */
/* Both ends close when they like: before, after, and at the same moment. */
#define CONNECTED
#define DATA0		1
#define DATA1		1
#define CLOSES_TWICE	true
#ifndef LOST
#define LOST		1
#define REPEATED	2
#endif

#include "end.pml"

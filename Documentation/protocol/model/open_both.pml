/* SPDX-License-Identifier: GPL-2.0-only */
/* Both ends call each other, and may lose patience before they are through. */
#define OPENS0		1
#define OPENS1		1
#define DATA0		1
#define CLOSES_EARLY	true
#define REFUSABLE	true
#ifndef LOST
#define LOST		1
#define REPEATED	1
#endif

#include "end.pml"

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A listener goes away while it is called, at any moment; or the caller does, who
 * has a listener, too.
 */
#define OPENS0		1
#define LISTENS0	true
#define LISTENS1	true
#define LISTENER_CLOSES	true
#define ABORTS		1
#define MAY_SPARE	true
#define REFUSABLE	true
#define KEEPALIVE	true
#ifndef LOST
#define LOST		1
#define REPEATED	1
#endif

#include "end.pml"

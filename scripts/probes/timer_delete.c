// SPDX-License-Identifier: GPL-2.0-only
/* del_timer() is called this (6.2). */
#include <linux/timer.h>

int probe(struct timer_list *timer);
int probe(struct timer_list *timer)
{
	return timer_delete(timer);
}

// SPDX-License-Identifier: GPL-2.0-only
/* from_timer() is called this (6.16). */
#include <linux/timer.h>

struct probe {
	struct timer_list timer;
};

struct probe *probe(struct timer_list *timer);
struct probe *probe(struct timer_list *timer)
{
	struct probe *p = timer_container_of(p, timer, timer);

	return p;
}

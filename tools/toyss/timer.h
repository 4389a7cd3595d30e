/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers by word.
 */
#ifndef TOYSS_TIMER_H
#define TOYSS_TIMER_H

#include <stdint.h>

/** TIMER_TEXT - room for a time */
#define TIMER_TEXT	32

/** timer_name() - of the number in struct toy_diag_timer; never NULL */
const char *timer_name(unsigned int timer);

/** timer_format() - milliseconds as ss(8) shows them: 119min, 12sec, 200ms */
void timer_format(char text[TIMER_TEXT], uint32_t ms);

#endif /* TOYSS_TIMER_H */

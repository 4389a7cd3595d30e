// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers by word.
 */
#include <stdio.h>

#include "array.h"
#include "timer.h"

const char *timer_name(unsigned int timer)
{
	static const char *const names[] = {
		"off", "on", "keepalive", "timewait", "persist",
	};

	return timer < ARRAY_SIZE(names) ? names[timer] : "unknown";
}

/* Two digits or so, as more would be stale when they are read. */
void timer_format(char text[TIMER_TEXT], uint32_t ms)
{
	uint32_t seconds = ms / 1000, minutes = seconds / 60;

	if (minutes > 9)
		snprintf(text, TIMER_TEXT, "%umin", minutes);
	else if (minutes && seconds % 60)
		snprintf(text, TIMER_TEXT, "%umin%usec", minutes,
			 seconds % 60);
	else if (minutes)
		snprintf(text, TIMER_TEXT, "%umin", minutes);
	else if (seconds > 9)
		snprintf(text, TIMER_TEXT, "%usec", seconds);
	else if (seconds)
		snprintf(text, TIMER_TEXT, "%u.%03usec", seconds, ms % 1000);
	else
		snprintf(text, TIMER_TEXT, "%ums", ms);
}

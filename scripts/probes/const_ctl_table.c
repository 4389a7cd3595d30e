// SPDX-License-Identifier: GPL-2.0-only
/* A sysctl handler's table is const (6.11). */
#include <linux/sysctl.h>

static int probe_handler(const struct ctl_table *table, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	return proc_dointvec(table, write, buffer, lenp, ppos);
}

extern struct ctl_table probe;
struct ctl_table probe = { .proc_handler = probe_handler };

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters, and what they are called.
 */
#include "../core/stat.h"
#include "toy_test.h"

/* Two drops have other counters; those of frames begin at a number of their own. */
static bool is_gap(int i)
{
	int reason = i - TOY_STAT_DROPS;

	return reason == TOY_DROP_FILTER || reason == TOY_DROP_UNREAD ||
	       (reason > TOY_DROP_HALF_OPEN && reason < TOY_DROP_SHORT);
}

TEST(name__is_there)
{
	int i;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		ASSERT_EQ(is_gap(i), !toy_stat_name(i)) {
			TH_LOG("counter %d", i);
		}
		ASSERT_EQ(!toy_stat_name(i), !toy_stat_snmp_name(i));
	}
}

/* 0: two counters have a name in common, or none. */
static int name_cmp(int i, int j)
{
	if (!toy_stat_name(i) || !toy_stat_name(j))
		return 0;
	return strcmp(toy_stat_name(i), toy_stat_name(j)) &&
	       strcmp(toy_stat_snmp_name(i), toy_stat_snmp_name(j));
}

TEST(name__is_nobody_elses)
{
	int i, j;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		for (j = 0; j < i; j++) {
			if (is_gap(i) || is_gap(j))
				continue;
			EXPECT_NE(0, name_cmp(i, j));
		}
	}
}

/* "dropped_no_port" is "DroppedNoPort": what reads one, finds the other. */
TEST(name__is_the_same_twice)
{
	int i;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		const char *name = toy_stat_name(i);
		const char *snmp = toy_stat_snmp_name(i);
		bool begins = true;

		if (is_gap(i))
			continue;
		for (; *name; name++) {
			if (*name == '_') {
				begins = true;
				continue;
			}
			EXPECT_EQ(begins ? *name - 'a' + 'A' : *name, *snmp);
			snmp++;
			begins = false;
		}
		EXPECT_EQ(0, *snmp);
	}
}

TEST(inc__counts_one)
{
	int i;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		unsigned long before = toy_stat_read(&init_net, i);

		toy_stat_inc(&init_net, i);
		EXPECT_EQ(before + 1, toy_stat_read(&init_net, i));
	}
}

TEST(read__is_the_sum_of_all_cpus)
{
	unsigned long before = toy_stat_read(&init_net, TOY_STAT_ACCEPTS);
	int cpu, n = 0;

	for_each_possible_cpu(cpu) {
		per_cpu_ptr(toy_net(&init_net)->stat,
			    cpu)->count[TOY_STAT_ACCEPTS] += 100;
		n += 100;
	}
	EXPECT_EQ(before + n, toy_stat_read(&init_net, TOY_STAT_ACCEPTS));
	for_each_possible_cpu(cpu)
		per_cpu_ptr(toy_net(&init_net)->stat,
			    cpu)->count[TOY_STAT_ACCEPTS] -= 100;
}

TEST(drop__counts_its_reason)
{
	unsigned long before, moved;

	before = toy_stat_read(&init_net, TOY_STAT_DROPS + TOY_DROP_NO_PORT);
	moved = toy_stat_read(&init_net, TOY_STAT_DROPS + TOY_DROP_MOVED);
	toy_stat_drop(&init_net, TOY_DROP_NO_PORT);
	EXPECT_EQ(before + 1, toy_stat_read(&init_net, TOY_STAT_DROPS +
						       TOY_DROP_NO_PORT));
	EXPECT_EQ(moved, toy_stat_read(&init_net, TOY_STAT_DROPS +
						  TOY_DROP_MOVED));
}

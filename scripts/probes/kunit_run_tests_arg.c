// SPDX-License-Identifier: GPL-2.0-only
/* 6.16: __kunit_test_suites_init() is told whether to run them at once. */
#include <kunit/test.h>

int probe(struct kunit_suite **suites);

int probe(struct kunit_suite **suites)
{
	return __kunit_test_suites_init(suites, 1, true);
}

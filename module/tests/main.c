// SPDX-License-Identifier: GPL-2.0-only
/*
 * toy_test.ko: the family comes up as toy.ko does it, then all suites run.
 */
#include <kunit/test.h>

#include <linux/module.h>

/* The order of init and exit is main.c's; when it all begins is ours to say. */
#pragma push_macro("module_init")
#pragma push_macro("module_exit")
#undef module_init
#undef module_exit
#define module_init(init)
#define module_exit(exit)
#include "../main.c"
#pragma pop_macro("module_init")
#pragma pop_macro("module_exit")

#include "../compat.h"
#include "suites.h"
#include "toy_test.h"

/**
 * toy_test_fail() - an expectation was not met
 * @test:	test
 * @file:	where that is written
 * @line:	likewise
 * @what:	the expectation
 * @expected:	its two sides
 * @seen:	likewise
 */
void toy_test_fail(struct kunit *test, const char *file, int line,
		   const char *what, long expected, long seen)
{
	KUNIT_FAIL(test, "%s:%d: %s: expected %ld (%#lx), seen %ld (%#lx)",
		   kbasename(file), line, what, expected, expected, seen, seen);
}

/**
 * toy_test_fail_strings() - the same of two texts
 * @test:	test
 * @file:	where that is written
 * @line:	likewise
 * @expected:	text
 * @seen:	text
 */
void toy_test_fail_strings(struct kunit *test, const char *file, int line,
			   const char *expected, const char *seen)
{
	KUNIT_FAIL(test, "%s:%d: expected '%s', seen '%s'", kbasename(file),
		   line, expected, seen);
}

/**
 * toy_test_zalloc() - memory that goes when the test is over
 * @test:	test, given up if there is none
 * @size:	bytes
 */
void *toy_test_zalloc(struct kunit *test, size_t size)
{
	void *p = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

#define TOY_SUITES	ARRAY_SIZE(toy_suites)

static char *suites[TOY_SUITES];
static int nr_suites;
module_param_array(suites, charp, &nr_suites, 0444);
MODULE_PARM_DESC(suites, "names of the suites to run (default: all)");

/* Those to run come first. */
static int toy_test_choose(void)
{
	int i, n = 0;

	if (!nr_suites)
		return TOY_SUITES;
	for (i = 0; i < TOY_SUITES; i++) {
		const char *name = toy_suites[i]->name;

		if (match_string((const char **)suites, nr_suites, name) < 0)
			continue;
		swap(toy_suites[n], toy_suites[i]);
		n++;
	}
	return n;
}

static int nr_run;

static int __init toy_test_init(void)
{
	int err = toy_init();

	if (err)
		return err;
	nr_run = toy_test_choose();
	toy_compat_kunit_run(toy_suites, nr_run);
	/* What scripts/kunit looks for: none of them brought it all down. */
	pr_info("toy_test: %d suites\n", nr_run);
	return 0;
}

static void __exit toy_test_exit(void)
{
	__kunit_test_suites_exit(toy_suites, nr_run);
	toy_exit();
}

module_init(toy_test_init);
module_exit(toy_test_exit);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of the kernel's selftests (kselftest_harness.h) for KUnit, so that
 * one vocabulary does for all tests here, and those of proto/ run in both places.
 *
 *	TEST(function__case)
 *	{
 *		EXPECT_EQ(expected, seen);
 *		ASSERT_TRUE(it_makes_sense_to_go_on);
 *	}
 *
 * scripts/kunit-suites makes one suite of each file, and no test can be
 * forgotten in a list. Failures go by one function: KUnit's own macros leave a
 * struct on the stack for each expectation, and KASAN a wall around each of them.
 */
#ifndef _TOY_TESTS_TOY_TEST_H
#define _TOY_TESTS_TOY_TEST_H

#include <kunit/test.h>
#include <linux/string.h>

/* What helpers of tests take as an argument: "struct __test_metadata *_metadata". */
#define __test_metadata		kunit

#define TEST(name)	static void test_##name(struct kunit *_metadata)

#define FIXTURE_DATA(fixture)	struct fixture##_fixture
#define FIXTURE(fixture)	FIXTURE_DATA(fixture)
#define FIXTURE_SETUP(fixture)						\
	static void __maybe_unused					\
	fixture##_setup(struct kunit *_metadata, FIXTURE_DATA(fixture) *self)
#define FIXTURE_TEARDOWN(fixture)					\
	static void __maybe_unused					\
	fixture##_teardown(struct kunit *_metadata, FIXTURE_DATA(fixture) *self)

/* What a test of a fixture leaves behind when it gives up, KUnit frees. */
#define TEST_F(fixture, name)						\
	static void fixture##_##name(struct kunit *_metadata,		\
				     FIXTURE_DATA(fixture) *self);	\
	TEST(name)							\
	{								\
		FIXTURE_DATA(fixture) *self;				\
									\
		self = toy_test_zalloc(_metadata, sizeof(*self));	\
		fixture##_setup(_metadata, self);			\
		fixture##_##name(_metadata, self);			\
		fixture##_teardown(_metadata, self);			\
	}								\
	static void fixture##_##name(struct kunit *_metadata,		\
				     FIXTURE_DATA(fixture) *self)

#define TEST_HARNESS_MAIN

/* What is in braces behind an expectation is done if that fails. */
#define TOY_TEST_COMPARE(expected, op, seen, otherwise)			\
	for (bool bad_ = ({						\
		typeof(expected) expected_ = (expected);		\
		typeof(seen) seen_ = (seen);				\
		bool good_ = expected_ op seen_;			\
									\
		if (unlikely(!good_))					\
			toy_test_fail(_metadata, __FILE__, __LINE__,	\
				      #expected " " #op " " #seen,	\
				      (long)expected_, (long)seen_);	\
		!good_;							\
	}); bad_; bad_ = false, otherwise)

#define TOY_TEST_STRINGS(expected, op, seen, otherwise)			\
	for (bool bad_ = ({						\
		const char *expected_ = (expected), *seen_ = (seen);	\
		bool good_ = strcmp(expected_, seen_) op 0;		\
									\
		if (unlikely(!good_))					\
			toy_test_fail_strings(_metadata, __FILE__,	\
					      __LINE__, expected_,	\
					      seen_);			\
		!good_;							\
	}); bad_; bad_ = false, otherwise)

#define TOY_TEST_GO_ON	((void)0)
#define TOY_TEST_GIVE_UP	kunit_try_catch_throw(&_metadata->try_catch)

#define EXPECT_EQ(e, s)	TOY_TEST_COMPARE(e, ==, s, TOY_TEST_GO_ON)
#define EXPECT_NE(e, s)	TOY_TEST_COMPARE(e, !=, s, TOY_TEST_GO_ON)
#define EXPECT_LT(e, s)	TOY_TEST_COMPARE(e, <, s, TOY_TEST_GO_ON)
#define EXPECT_LE(e, s)	TOY_TEST_COMPARE(e, <=, s, TOY_TEST_GO_ON)
#define EXPECT_GT(e, s)	TOY_TEST_COMPARE(e, >, s, TOY_TEST_GO_ON)
#define EXPECT_GE(e, s)	TOY_TEST_COMPARE(e, >=, s, TOY_TEST_GO_ON)
#define EXPECT_TRUE(s)	TOY_TEST_COMPARE(false, !=, !!(s), TOY_TEST_GO_ON)
#define EXPECT_FALSE(s)	TOY_TEST_COMPARE(false, ==, !!(s), TOY_TEST_GO_ON)
#define EXPECT_STREQ(e, s) TOY_TEST_STRINGS(e, ==, s, TOY_TEST_GO_ON)

#define ASSERT_EQ(e, s)	TOY_TEST_COMPARE(e, ==, s, TOY_TEST_GIVE_UP)
#define ASSERT_NE(e, s)	TOY_TEST_COMPARE(e, !=, s, TOY_TEST_GIVE_UP)
#define ASSERT_LE(e, s)	TOY_TEST_COMPARE(e, <=, s, TOY_TEST_GIVE_UP)
#define ASSERT_GE(e, s)	TOY_TEST_COMPARE(e, >=, s, TOY_TEST_GIVE_UP)
#define ASSERT_TRUE(s)	TOY_TEST_COMPARE(false, !=, !!(s), TOY_TEST_GIVE_UP)
#define ASSERT_FALSE(s)	TOY_TEST_COMPARE(false, ==, !!(s), TOY_TEST_GIVE_UP)
#define ASSERT_STREQ(e, s) TOY_TEST_STRINGS(e, ==, s, TOY_TEST_GIVE_UP)

#define TH_LOG(format, ...)						\
	kunit_info(_metadata, "%s:%d: " format "\n", __FILE__, __LINE__, \
		   ##__VA_ARGS__)

/* main.c */
void toy_test_fail(struct kunit *test, const char *file, int line,
		   const char *what, long expected, long seen);
void toy_test_fail_strings(struct kunit *test, const char *file, int line,
			   const char *expected, const char *seen);
void *toy_test_zalloc(struct kunit *test, size_t size);

/* left.c: before and after each test: what it left behind is its failure */
int toy_test_begin(struct kunit *test);
void toy_test_end(struct kunit *test);

#endif /* _TOY_TESTS_TOY_TEST_H */

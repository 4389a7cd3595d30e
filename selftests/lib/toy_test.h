/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: what every test program includes
 *
 * The harness, the helpers of toy_lib.h, the lists of variants, EXPECT_OK() and
 * EXPECT_ERR(), and main(). Compiled once in a program: the harness holds data.
 */
#ifndef TOY_TEST_H
#define TOY_TEST_H

#include <fnmatch.h>

#include "toy_lib.h"
#include "kselftest_harness.h"

/* --------------------------------------------------------------- variants */

/**
 * enum toy_variant - which kinds a fixture runs over, a set
 *
 * VARIANTS_PEERS are the yardsticks: the families that AF_TOY is measured by.
 */
enum toy_variant {
	VARIANT_TOY_STREAM	= 1 << 0,
	VARIANT_TOY_SEQPACKET	= 1 << 1,
	VARIANT_TOY_DGRAM	= 1 << 2,
	VARIANT_UNIX_STREAM	= 1 << 3,
	VARIANT_UNIX_SEQPACKET	= 1 << 4,
	VARIANT_UNIX_DGRAM	= 1 << 5,
	VARIANT_TCP		= 1 << 6,
	VARIANT_UDP		= 1 << 7,

	VARIANTS_STREAM		= VARIANT_TOY_STREAM | VARIANT_UNIX_STREAM |
				  VARIANT_TCP,
	VARIANTS_SEQPACKET	= VARIANT_TOY_SEQPACKET |
				  VARIANT_UNIX_SEQPACKET,
	VARIANTS_DGRAM		= VARIANT_TOY_DGRAM | VARIANT_UNIX_DGRAM |
				  VARIANT_UDP,
	VARIANTS_CONN		= VARIANTS_STREAM | VARIANTS_SEQPACKET,
	VARIANTS_MSG		= VARIANTS_SEQPACKET | VARIANTS_DGRAM,
	VARIANTS_ALL		= VARIANTS_CONN | VARIANTS_DGRAM,
	VARIANTS_INET		= VARIANT_TCP | VARIANT_UDP,
	VARIANTS_UNIX		= VARIANT_UNIX_STREAM | VARIANT_UNIX_SEQPACKET |
				  VARIANT_UNIX_DGRAM,
	VARIANTS_PEERS		= VARIANTS_UNIX | VARIANTS_INET,
	VARIANTS_TOY		= VARIANTS_ALL & ~VARIANTS_PEERS,
	VARIANTS_LOCAL		= VARIANTS_TOY | VARIANTS_UNIX,
};

struct toy_variant_kind {
	const char *name;
	struct toy_kind kind;
};

/* In the order of the bits of enum toy_variant. */
static const struct toy_variant_kind toy_variant_kinds[] = {
	{ "toy_stream", { AF_TOY, SOCK_STREAM } },
	{ "toy_seqpacket", { AF_TOY, SOCK_SEQPACKET } },
	{ "toy_dgram", { AF_TOY, SOCK_DGRAM } },
	{ "unix_stream", { AF_UNIX, SOCK_STREAM } },
	{ "unix_seqpacket", { AF_UNIX, SOCK_SEQPACKET } },
	{ "unix_dgram", { AF_UNIX, SOCK_DGRAM } },
	{ "tcp", { AF_INET, SOCK_STREAM } },
	{ "udp", { AF_INET, SOCK_DGRAM } },
};

static inline void *toy_zalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

static inline void toy_variants_add(struct __fixture_metadata *fixture,
				    unsigned int which)
{
	struct __fixture_variant_metadata *variant;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(toy_variant_kinds); i++) {
		if (!(which & 1 << i))
			continue;
		variant = toy_zalloc(sizeof(*variant));
		variant->name = toy_variant_kinds[i].name;
		variant->data = &toy_variant_kinds[i].kind;
		__register_fixture_variant(fixture, variant);
	}
}

/**
 * TOY_VARIANTS() - run a fixture over kinds
 * @fixture:	whose variant is exactly { struct toy_kind kind; }
 * @which:	set of enum toy_variant
 *
 *	FIXTURE(echo) { int fd[2]; };
 *	FIXTURE_VARIANT(echo) { struct toy_kind kind; };
 *	TOY_VARIANTS(echo, VARIANTS_CONN & ~VARIANT_TCP)
 */
#define TOY_VARIANTS(fixture, which)					\
	static void __attribute__((constructor))			\
	toy_variants_##fixture(void)					\
	{								\
		toy_variants_add(&_##fixture##_fixture_object, which);	\
	}

/* Tests that run over less than their fixture's variants. */
struct toy_test_only {
	const struct __test_metadata *test;
	unsigned int which;
	struct toy_test_only *next;
};

static struct toy_test_only *toy_test_onlys;

static inline void toy_test_only_add(const struct __test_metadata *test,
				     unsigned int which)
{
	struct toy_test_only *only = toy_zalloc(sizeof(*only));

	only->test = test;
	only->which = which;
	only->next = toy_test_onlys;
	toy_test_onlys = only;
}

static inline bool toy_test_wants(const struct __test_metadata *test,
				  const struct __fixture_variant_metadata *v)
{
	const struct toy_test_only *only = toy_test_onlys;
	size_t i;

	while (only && only->test != test)
		only = only->next;
	if (!only)
		return true;
	for (i = 0; i < ARRAY_SIZE(toy_variant_kinds); i++)
		if (v->data == &toy_variant_kinds[i].kind)
			return only->which & 1 << i;
	return true;
}

/**
 * TOY_TEST() - TEST_F() over some of the kinds of a fixture
 * @fixture:	with TOY_VARIANTS()
 * @test:	name of the test
 * @only:	set of enum toy_variant: for the others the test does not exist
 */
#define TOY_TEST(fixture, test, only)					\
	static struct __test_metadata _##fixture##_##test##_object;	\
	static void __attribute__((constructor))			\
	toy_only_##fixture##_##test(void)				\
	{								\
		toy_test_only_add(&_##fixture##_##test##_object, only);	\
	}								\
	TEST_F(fixture, test)

/* ------------------------------------------------------- expecting errnos */

static inline void toy_expect_ok(struct __test_metadata *_metadata, long ret,
				 const char *call, const char *file, int line)
{
	int err = errno;

	__INC_STEP(_metadata);
	if (ret >= 0)
		return;
	fprintf(TH_LOG_STREAM, "# %s:%d:%s:Expected %s to succeed, got %s\n",
		file, line, _metadata->name, call, toy_errno_name(err));
	_metadata->passed = 0;
	_metadata->trigger = 1;
}

static inline void toy_expect_err(struct __test_metadata *_metadata, int want,
				  long ret, const char *call, const char *file,
				  int line)
{
	int err = errno;

	__INC_STEP(_metadata);
	if (ret == -1 && err == want)
		return;
	fprintf(TH_LOG_STREAM, "# %s:%d:%s:Expected %s of %s, ", file, line,
		_metadata->name, toy_errno_name(want), call);
	if (ret == -1)
		fprintf(TH_LOG_STREAM, "got %s\n", toy_errno_name(err));
	else
		fprintf(TH_LOG_STREAM, "it returned %ld\n", ret);
	_metadata->passed = 0;
	_metadata->trigger = 1;
}

#define __TOY_OK(call, _assert)						\
	for (toy_expect_ok(_metadata, (long)(call), #call, __FILE__,	\
			   __LINE__);					\
	     _metadata->trigger;					\
	     _metadata->trigger = __bail(_assert, _metadata))

#define __TOY_ERR(_err, call, _assert)					\
	for (toy_expect_err(_metadata, _err, (errno = 0, (long)(call)),	\
			    #call, __FILE__, __LINE__);			\
	     _metadata->trigger;					\
	     _metadata->trigger = __bail(_assert, _metadata))

/** EXPECT_OK(call) - the call does not return a negative value */
#define EXPECT_OK(call)		__TOY_OK(call, 0)
#define ASSERT_OK(call)		__TOY_OK(call, 1)
/** EXPECT_ERR(errno, call) - the call returns -1 with this errno */
#define EXPECT_ERR(err, call)	__TOY_ERR(err, call, 0)
#define ASSERT_ERR(err, call)	__TOY_ERR(err, call, 1)

/* -------------------------------------------------------------------- main */

/* Append one test, with one variant of its, to the list of what runs. */
static inline void toy_run_add(struct __fixture_metadata ***end,
			       const struct __fixture_metadata *fixture,
			       const struct __fixture_variant_metadata *variant,
			       const struct __test_metadata *test)
{
	struct __fixture_metadata *f = toy_zalloc(sizeof(*f));

	f->name = fixture->name;
	f->tests = toy_zalloc(sizeof(*test));
	*f->tests = *test;
	f->tests->fixture = f;
	f->tests->timeout *= toy_patience();
	f->tests->next = NULL;
	if (variant) {
		f->variant = toy_zalloc(sizeof(*variant));
		*f->variant = *variant;
		f->variant->next = NULL;
	}
	**end = f;
	*end = &f->next;
}

/**
 * toy_test_select() - what runs: in the order of the source, less what is not
 * asked for
 *
 * Options are -f, -v and -t, each with a glob(7) pattern as bash's extglob has
 * them, for the fixture, the variant and the test; without any, all tests run.
 * A test runs over its variants before the next one does.
 */
static inline void toy_test_select(int argc, char **argv)
{
	const char *fixture = "*", *variant = "*", *test = "*";
	struct __fixture_metadata *f = __fixture_list;
	struct __fixture_metadata **end = &__fixture_list;
	struct __fixture_variant_metadata *v;
	struct __test_metadata *t;
	int c;

	while ((c = getopt(argc, argv, "f:v:t:")) != -1) {
		switch (c) {
		case 'f':
			fixture = optarg;
			break;
		case 'v':
			variant = optarg;
			break;
		case 't':
			test = optarg;
			break;
		default:
			fprintf(stderr,
				"usage: %s [-f FIXTURE] [-v VARIANT] [-t TEST]\n",
				argv[0]);
			exit(KSFT_FAIL);
		}
	}
	*end = NULL;
	for (; f; f = f->next) {
		if (fnmatch(fixture, f->name, FNM_EXTMATCH))
			continue;
		for (t = f->tests; t; t = t->next) {
			if (fnmatch(test, t->name, FNM_EXTMATCH))
				continue;
			if (!f->variant && !fnmatch(variant, "", FNM_EXTMATCH))
				toy_run_add(&end, f, NULL, t);
			for (v = f->variant; v; v = v->next)
				if (toy_test_wants(t, v) &&
				    !fnmatch(variant, v->name, FNM_EXTMATCH))
					toy_run_add(&end, f, v, t);
		}
	}
}

#define TOY_TEST_MAIN							\
	static void __attribute__((constructor))			\
	__constructor_order_last(void)					\
	{								\
		if (!__constructor_order)				\
			__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD; \
	}								\
	int main(int argc, char **argv)					\
	{								\
		toy_test_select(argc, argv);				\
		exit(test_harness_run(argc, argv));			\
	}

#endif /* TOY_TEST_H */

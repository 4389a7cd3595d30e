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

static inline void toy_variants_add(struct __fixture_metadata *fixture,
				    unsigned int which)
{
	static const struct {
		const char *name;
		struct toy_kind kind;
	} all[] = {
		{ "toy_stream", { AF_TOY, SOCK_STREAM } },
		{ "toy_seqpacket", { AF_TOY, SOCK_SEQPACKET } },
		{ "toy_dgram", { AF_TOY, SOCK_DGRAM } },
		{ "unix_stream", { AF_UNIX, SOCK_STREAM } },
		{ "unix_seqpacket", { AF_UNIX, SOCK_SEQPACKET } },
		{ "unix_dgram", { AF_UNIX, SOCK_DGRAM } },
		{ "tcp", { AF_INET, SOCK_STREAM } },
		{ "udp", { AF_INET, SOCK_DGRAM } },
	};
	struct __fixture_variant_metadata *variant;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (!(which & 1 << i))
			continue;
		variant = calloc(1, sizeof(*variant));
		if (!variant)
			abort();
		variant->name = all[i].name;
		variant->data = &all[i].kind;
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
	for (toy_expect_ok(_metadata, (errno = 0, (long)(call)),	\
			   #call, __FILE__, __LINE__);			\
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

/* Drop from a list of the harness what @pattern does not name. */
#define __TOY_SELECT(head, pattern) do {				\
	__typeof__(head) *__head = &(head), *__link = __head;		\
	__typeof__(head) __last = NULL;					\
									\
	while (*__link) {						\
		if (fnmatch(pattern, (*__link)->name, FNM_EXTMATCH)) {	\
			*__link = (*__link)->next;			\
			continue;					\
		}							\
		__last = *__link;					\
		__link = &(*__link)->next;				\
	}								\
	if (__last)							\
		(*__head)->prev = __last;				\
} while (0)

/**
 * toy_test_select() - leave only those tests that the arguments name
 *
 * Options are -f, -v and -t, each with a glob(7) pattern, for the fixture, the
 * variant and the test; without any, all tests run. A fixture that has lost all
 * of its variants runs nothing.
 */
static inline void toy_test_select(int argc, char **argv)
{
	const char *fixture = "*", *variant = "*", *test = "*";
	struct __fixture_metadata *f;
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
	__TOY_SELECT(__fixture_list, fixture);
	for (f = __fixture_list; f; f = f->next) {
		__TOY_SELECT(f->tests, test);
		__TOY_SELECT(f->variant, variant);
		if (!f->variant && fnmatch(variant, "", FNM_EXTMATCH))
			f->tests = NULL;
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

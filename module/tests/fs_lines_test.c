// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines and words: how what is written to a ctl is cut.
 */
#include <linux/uio.h>

#include "../fs/lines.h"
#include "toy_test.h"

/* What a run was called with, "verb word|verb", and how it is to end. */
static char calls[512];
static const char *fails_at;
static int how;

static int run(struct toyfs_call *call)
{
	int i;

	if (*calls)
		strlcat(calls, "|", sizeof(calls));
	if (call->argc < 0) {
		snprintf(calls + strlen(calls), 16, "%d", call->argc);
		return call->argc;
	}
	for (i = 0; i < call->argc; i++) {
		if (i)
			strlcat(calls, " ", sizeof(calls));
		strlcat(calls, call->argv[i], sizeof(calls));
	}
	return fails_at && !strcmp(call->argv[0], fails_at) ? how : 0;
}

static ssize_t write(const char *text, size_t len)
{
	struct kvec vec = { .iov_base = (void *)text, .iov_len = len };
	struct toyfs_call call = {};
	struct iov_iter iter;

	calls[0] = '\0';
	iov_iter_kvec(&iter, ITER_SOURCE, &vec, 1, len);
	return toyfs_lines_run(&call, &iter, run);
}

TEST(lines_run__cuts)
{
	static const struct {
		const char *text;
		const char *calls;
	} cases[] = {
		{ "", "" }, { "\n", "" }, { " \t\n\t\n", "" },
		{ "bind *:80", "bind *:80" },
		{ "bind *:80\n", "bind *:80" },
		{ "  bind\t *:80 \t\n", "bind *:80" },
		{ "a\nb\n\nc", "a|b|c" },
		{ "a b c d\n", "a b c d" },
		/* Only blanks and tabs part words. */
		{ "a\rb\vc\n", "a\rb\vc" },
	};
	int i;

	fails_at = NULL;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].text);

		EXPECT_EQ(len, write(cases[i].text, len));
		EXPECT_STREQ(cases[i].calls, calls);
	}
}

/* What was done before the line that failed counts as written. */
TEST(lines_run__stops_at_a_failure)
{
	fails_at = "bad";
	how = -EADDRINUSE;
	EXPECT_EQ(-EADDRINUSE, write("bad\nx\n", 6));
	EXPECT_STREQ("bad", calls);
	EXPECT_EQ(4, write("a\nb\nbad\nx\n", 10));
	EXPECT_STREQ("a|b|bad", calls);
	/* An empty line before it was done, too. */
	EXPECT_EQ(1, write("\nbad\n", 5));
	fails_at = NULL;
}

TEST(lines_run__what_is_no_line)
{
	EXPECT_EQ(-EINVAL, write("a b c d e\n", 10));
	EXPECT_STREQ("-22", calls);
	EXPECT_EQ(-EINVAL, write("a\0b\n", 4));
	EXPECT_STREQ("-22", calls);
	EXPECT_EQ(2, write("x\na\0b\n", 6));
	EXPECT_STREQ("x|-22", calls);
	EXPECT_EQ(-EINVAL, write("\0", 1));
}

TEST(lines_run__lengths)
{
	static const struct {
		int line, lines, ret;
	} cases[] = {
		{ TOYFS_LINE_MAX, 1, TOYFS_LINE_MAX + 1 },
		{ TOYFS_LINE_MAX + 1, 1, -E2BIG },
		/* As long as a write may be, and longer. */
		{ TOYFS_LINE_MAX, 16, TOYFS_WRITE_MAX },
		{ 0, TOYFS_WRITE_MAX, TOYFS_WRITE_MAX },
		{ 0, TOYFS_WRITE_MAX + 1, -E2BIG },
	};
	char *text = toy_test_zalloc(_metadata, 2 * TOYFS_WRITE_MAX);
	int i, j;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int len = 0;

		for (j = 0; j < cases[i].lines; j++) {
			memset(text + len, ' ', cases[i].line);
			len += cases[i].line;
			text[len++] = '\n';
		}
		EXPECT_EQ(cases[i].ret, write(text, len)) {
			TH_LOG("case %d", i);
		}
	}
}

TEST(command_find__by_verb_and_words)
{
	static const struct toyfs_command commands[] = {
		{ "one", 1, 1 }, { "some", 2, 3 }, { "any", 1, 4 },
	};
	static const struct {
		const char *verb;
		int argc, found;
	} cases[] = {
		{ "one", 1, 0 }, { "one", 2, -1 }, { "some", 1, -1 },
		{ "some", 2, 1 }, { "some", 3, 1 }, { "some", 4, -1 },
		{ "any", 1, 2 }, { "any", 4, 2 }, { "an", 1, -1 },
		{ "anyone", 1, -1 }, { "", 1, -1 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct toyfs_call call = { .argc = cases[i].argc };
		const struct toyfs_command *found;

		call.argv[0] = (char *)cases[i].verb;
		found = toyfs_command_find(commands, 3, &call);
		EXPECT_EQ(cases[i].found >= 0, !!found);
		if (found)
			EXPECT_EQ(cases[i].found, found - commands);
	}
}

TEST(number__digits_alone)
{
	static const struct {
		const char *word;
		int err;
		long long number;
	} cases[] = {
		{ "0", 0, 0 }, { "7", 0, 7 }, { "007", 0, 7 },
		{ "4294967296", 0, 4294967296LL },
		{ "999999999999999999", 0, 999999999999999999LL },
		{ "1000000000000000000", -ERANGE },
		{ "99999999999999999999999", -ERANGE },
		{ "", -EINVAL }, { "-1", -EINVAL }, { "+1", -EINVAL },
		{ "0x1", -EINVAL }, { "1 ", -EINVAL }, { " 1", -EINVAL },
		{ "1.5", -EINVAL }, { "99999999999999999999999x", -EINVAL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		long long number = 0;

		EXPECT_EQ(cases[i].err, toyfs_number(cases[i].word, &number)) {
			TH_LOG("'%s'", cases[i].word);
		}
		if (!cases[i].err)
			EXPECT_EQ(cases[i].number, number);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctl net.toy.*: the default of each, what it takes, and what it refuses.
 */
#include <dirent.h>
#include <sched.h>
#include <time.h>

#include "toy_test.h"
#include "toyfs.h"

#define SYSCTLS	"/proc/sys/net/toy"
#define USER_A	4711

/* Writes of rubbish to each. */
#define RUBBISH	3000

FIXTURE(inspect_sysctl)
{
};

FIXTURE_VARIANT(inspect_sysctl)
{
	const char *name;
	const char *initial;
	/* What it says after each write. */
	const char *good[8][2];
	const char *bad[24];
	/* The numbers it may ever say: how many, and their range. */
	int numbers;
	long least, most;
};

FIXTURE_VARIANT_ADD(inspect_sysctl, node)
{
	.name = "node",
	.initial = "0",
	.good = {
		{ "2", "2" }, { "4294967294", "4294967294" }, { "0", "0" },
		{ "77\n", "77" }, { " 78 ", "78" },
	},
	.bad = {
		"1", "0x1", "4294967295", "4294967296", "18446744073709551617",
		"99999999999999999999999", "-1", "-2", "-4294967290", "",
		"\n", " ", "abc", "7abc", "1.5", "7,8", "+7", "--7",
	},
	.numbers = 1,
	.most = 4294967294,
};

FIXTURE_VARIANT_ADD(inspect_sysctl, port_range)
{
	.name = "port_range",
	.initial = "32768\t60999",
	.good = {
		{ "1024 65535", "1024\t65535" }, { "1024 1024", "1024\t1024" },
		{ "65535\t65535\n", "65535\t65535" },
		{ " 5000  5004 ", "5000\t5004" },
	},
	.bad = {
		"1023 65535", "1024 65536", "5000 4999", "65535 1024", "0 0",
		"0 65535", "1024 0", "-1 5000", "5000 -1", "1024 4294967295",
		"4294968320 65535", "99999999999999999999999 5000", "", "\n",
		"a b", "5000 b", "a 5000", "5000,6000", "5000-6000",
		"5000 6000x",
	},
	.numbers = 2,
	.least = 1024,
	.most = 65535,
};

FIXTURE_VARIANT_ADD(inspect_sysctl, histograms)
{
	.name = "histograms",
	.initial = "0",
	.good = {
		{ "1", "1" }, { "1\n", "1" }, { "0", "0" }, { " 1 ", "1" },
		{ "0\n", "0" },
	},
	.bad = {
		"2", "3", "-1", "0x2", "255", "256", "257", "65536", "65537",
		"4294967295", "4294967296", "4294967297",
		"99999999999999999999999", "", "\n", "on", "yes", "1on", "1.0",
		"+1",
	},
	.numbers = 1,
	.most = 1,
};

FIXTURE_SETUP(inspect_sysctl)
{
	toy_guard(60);
	/* Where they are as they were made. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_sysctl)
{
}

/* An empty write never reaches the file. */
static int set(const char *name, const char *text)
{
	return toy_sysctl_set(name, *text ? text : "\n");
}

TEST_F(inspect_sysctl, default__of_a_new_namespace)
{
	EXPECT_STREQ(variant->initial, toy_sysctl_get(variant->name));
	ASSERT_OK(set(variant->name, variant->good[0][0]));
	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_STREQ(variant->initial, toy_sysctl_get(variant->name));
}

TEST_F(inspect_sysctl, good__is_taken)
{
	int i;

	for (i = 0; variant->good[i][0]; i++) {
		EXPECT_OK(set(variant->name, variant->good[i][0])) {
			TH_LOG("value \"%s\"", variant->good[i][0]);
		}
		EXPECT_STREQ(variant->good[i][1],
			     toy_sysctl_get(variant->name));
	}
}

TEST_F(inspect_sysctl, bad__is_refused)
{
	const char *before = variant->good[0][1];
	int i;

	ASSERT_OK(set(variant->name, variant->good[0][0]));
	for (i = 0; variant->bad[i]; i++) {
		EXPECT_ERR(EINVAL, set(variant->name, variant->bad[i])) {
			TH_LOG("value \"%s\"", variant->bad[i]);
		}
		ASSERT_STREQ(before, toy_sysctl_get(variant->name)) {
			TH_LOG("value \"%s\"", variant->bad[i]);
		}
	}
}

TEST_F(inspect_sysctl, long__is_refused)
{
	static const char digits[] = " 0123456789x";
	char text[8192];
	size_t i;

	for (i = 1; i < sizeof(digits) - 1; i++) {
		memset(text, digits[i], sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		EXPECT_ERR(EINVAL, set(variant->name, text));
	}
	EXPECT_STREQ(variant->initial, toy_sysctl_get(variant->name));
}

/* Whether it says as many numbers as it ought to, all in their range. */
static bool in_range(const char *text, int numbers, long least, long most)
{
	long value, last = least;
	char *end;

	for (; numbers; numbers--) {
		value = strtol(text, &end, 10);
		if (end == text || value < last || value > most)
			return false;
		last = value;
		text = end;
	}
	return !*text;
}

static const char *rubbish(char *text, size_t size)
{
	static const char some[] = "0123456789 \t\n-x,abcdef+.";
	size_t i, len = 1 + rand() % (rand() % 8 ? 12 : size - 1);

	for (i = 0; i < len; i++)
		text[i] = rand() % 16 ? some[rand() % (sizeof(some) - 1)] :
			  1 + rand() % 255;
	text[len] = '\0';
	return text;
}

TEST_F(inspect_sysctl, rubbish__is_refused_or_a_number)
{
	unsigned int seed = time(NULL) ^ getpid(), i, refused = 0;
	char text[128];

	TH_LOG("seed %u", seed);
	srand(seed);
	for (i = 0; i < RUBBISH; i++) {
		if (toy_sysctl_set(variant->name,
				   rubbish(text, sizeof(text)))) {
			ASSERT_EQ(EINVAL, errno);
			refused++;
		}
		ASSERT_TRUE(in_range(toy_sysctl_get(variant->name),
				     variant->numbers, variant->least,
				     variant->most)) {
			TH_LOG("\"%s\" made it \"%s\"", text,
			       toy_sysctl_get(variant->name));
		}
	}
	EXPECT_LT(RUBBISH / 4, refused);
}

TEST_F(inspect_sysctl, user__may_look)
{
	ASSERT_OK(toyfs_become(USER_A));
	EXPECT_STREQ(variant->initial, toy_sysctl_get(variant->name));
	EXPECT_ERR(EACCES, set(variant->name, variant->good[0][0]));
}

/* What is new there belongs into the variants above. */
TEST(table__is_complete)
{
	static const char *const names[] = {
		"histograms", "links", "node", "port_range"
	};
	struct dirent **list;
	int i, n;

	ASSERT_OK(toyfs_sandbox(NULL));
	n = scandir(SYSCTLS, &list, NULL, alphasort);
	/* With "." and ".." */
	ASSERT_EQ(2 + ARRAY_SIZE(names), n);
	for (i = 2; i < n; i++)
		EXPECT_STREQ(names[i - 2], list[i]->d_name);
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: set, the socket options as commands. What a value does is measured by
 * setsockopt(2) of the same value on another socket.
 */
#include <net/if.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_set)
{
	struct toyfs_end end;
	int sock;	/* the same socket */
	int plain;	/* another one, made by socket(2) */
};

FIXTURE_VARIANT(toyfs_set)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_set, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_set)
{
	toy_guard(20);
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
	self->sock = toyfs_getsock(self->end.ctl, O_CLOEXEC);
	ASSERT_OK(self->sock);
	self->plain = toy_socket(variant->kind, 0);
	ASSERT_OK(self->plain);
}

FIXTURE_TEARDOWN(toyfs_set)
{
}

/**
 * struct option - an option whose value is an int in both worlds
 * @low:	smallest value; what is less is ERANGE
 * @high:	largest, in the same way
 * @good:	a value that is not the default
 */
struct option {
	const char *name;
	int level;
	int option;
	long long low;
	long long high;
	int good;
};

static const struct option numbers[] = {
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF, 0, INT32_MAX, 30000 },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF, 0, INT32_MAX, 30000 },
	{ "rcvlowat", SOL_SOCKET, SO_RCVLOWAT, 0, INT32_MAX, 100 },
	{ "keepidle", SOL_TOY, TOY_KEEPIDLE, 1, 32767, 60 },
	{ "keepintvl", SOL_TOY, TOY_KEEPINTVL, 1, 32767, 61 },
	{ "keepcnt", SOL_TOY, TOY_KEEPCNT, 1, 127, 5 },
	{ "user_timeout", SOL_TOY, TOY_USER_TIMEOUT, 0, INT32_MAX, 7000 },
	{ "maxseg", SOL_TOY, TOY_MAXSEG, 0, 65535, 1000 },
};

static const struct option switches[] = {
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1 },
	{ "broadcast", SOL_SOCKET, SO_BROADCAST, 0, 1, 1 },
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR, 0, 1, 1 },
	{ "reuseport", SOL_TOY, TOY_REUSEPORT, 0, 1, 1 },
	{ "oobinline", SOL_SOCKET, SO_OOBINLINE, 0, 1, 1 },
	{ "nodelay", SOL_TOY, TOY_NODELAY, 0, 1, 1 },
};

/* set does what setsockopt(2) does, and fails as it does. */
static void expect_like_setsockopt(struct __test_metadata *_metadata,
				   const struct option *o, int ctl, int sock,
				   int plain, int value)
{
	int want = toy_opt_set(plain, o->level, o->option, value);
	int err = errno;

	if (want)
		EXPECT_ERR(err, toyfs_ctl(ctl, "set %s %d", o->name, value));
	else
		EXPECT_OK(toyfs_ctl(ctl, "set %s %d", o->name, value));
	EXPECT_EQ(toy_opt_get(plain, o->level, o->option),
		  toy_opt_get(sock, o->level, o->option)) {
		TH_LOG("of set %s %d", o->name, value);
	}
}

/* ----------------------------------------------------------------- numbers */

TEST_F(toyfs_set, number__takes_effect)
{
	const struct option *o;
	int before;

	for (o = numbers; o < numbers + ARRAY_SIZE(numbers); o++) {
		before = toy_opt_get(self->sock, o->level, o->option);
		expect_like_setsockopt(_metadata, o, self->end.ctl, self->sock,
				       self->plain, o->good);
		EXPECT_NE(before, toy_opt_get(self->sock, o->level,
					      o->option)) {
			TH_LOG("of set %s %d", o->name, o->good);
		}
	}
}

TEST_F(toyfs_set, number__at_its_bounds)
{
	const struct option *o;

	for (o = numbers; o < numbers + ARRAY_SIZE(numbers); o++) {
		expect_like_setsockopt(_metadata, o, self->end.ctl, self->sock,
				       self->plain, o->low);
		expect_like_setsockopt(_metadata, o, self->end.ctl, self->sock,
				       self->plain, o->high);
	}
}

TEST_F(toyfs_set, number__out_of_range_erange)
{
	const struct option *o;
	int before;

	for (o = numbers; o < numbers + ARRAY_SIZE(numbers); o++) {
		before = toy_opt_get(self->sock, o->level, o->option);
		EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl, "set %s %lld",
					     o->name, o->high + 1)) {
			TH_LOG("set %s %lld", o->name, o->high + 1);
		}
		if (o->low)
			EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl,
						     "set %s %lld", o->name,
						     o->low - 1));
		EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl, "set %s %s",
					     o->name, "4294967297"));
		EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl, "set %s %s",
					     o->name,
					     "18446744073709551617"));
		EXPECT_EQ(before, toy_opt_get(self->sock, o->level,
					      o->option));
	}
}

TEST_F(toyfs_set, number__that_is_none_einval)
{
	static const char * const bad[] = {
		"", "x", "on", "1x", "1 2", "0x", "1.5", "*", "+", "-",
	};
	const struct option *o;
	size_t i;

	for (o = numbers; o < numbers + ARRAY_SIZE(numbers); o++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "set %s %s",
						     o->name, bad[i])) {
				TH_LOG("set %s %s", o->name, bad[i]);
			}
	}
}

/* ---------------------------------------------------------------- switches */

TEST_F(toyfs_set, switch__on_and_off)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {
		{ "on", 1 }, { "off", 0 }, { "1", 1 }, { "0", 0 },
	};
	const struct option *o;
	size_t i;
	int err;

	for (o = switches; o < switches + ARRAY_SIZE(switches); o++) {
		/* What a type does not have set does not have. */
		if (toy_opt_set(self->plain, o->level, o->option, 1)) {
			err = errno;
			EXPECT_ERR(err, toyfs_ctl(self->end.ctl, "set %s on",
						  o->name));
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(words); i++) {
			EXPECT_OK(toyfs_ctl(self->end.ctl, "set %s %s",
					    o->name, words[i].word));
			EXPECT_EQ(words[i].value,
				  toy_opt_get(self->sock, o->level,
					      o->option)) {
				TH_LOG("set %s %s", o->name, words[i].word);
			}
		}
	}
}

TEST_F(toyfs_set, switch__other_words)
{
	static const char * const bad[] = { "", "yes", "On", "onn", "on off" };
	const struct option *o;
	size_t i;

	for (o = switches; o < switches + ARRAY_SIZE(switches); o++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "set %s %s",
						     o->name, bad[i])) {
				TH_LOG("set %s %s", o->name, bad[i]);
			}
		/* A number, but none of its. */
		EXPECT_EQ(-1, toyfs_ctl(self->end.ctl, "set %s 2", o->name));
		EXPECT_TRUE(errno == ERANGE || errno == EINVAL);
		EXPECT_EQ(toy_opt_get(self->plain, o->level, o->option),
			  toy_opt_get(self->sock, o->level, o->option));
	}
}

/* --------------------------------------------------------- times and linger */

static long timeo_ms(int sock, int option)
{
	struct timeval tv = { -1, 0 };
	socklen_t len = sizeof(tv);

	if (getsockopt(sock, SOL_SOCKET, option, &tv, &len))
		return -1;
	return tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

TEST_F(toyfs_set, timeo__in_ms)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl,
			    "set rcvtimeo 1500\nset sndtimeo 2500"));
	EXPECT_EQ(1500, timeo_ms(self->sock, SO_RCVTIMEO));
	EXPECT_EQ(2500, timeo_ms(self->sock, SO_SNDTIMEO));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set rcvtimeo 0\nset sndtimeo 0"));
	EXPECT_EQ(0, timeo_ms(self->sock, SO_RCVTIMEO));
	EXPECT_EQ(0, timeo_ms(self->sock, SO_SNDTIMEO));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "set rcvtimeo soon"));
	EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl,
				     "set rcvtimeo 99999999999999999999"));
	EXPECT_EQ(0, timeo_ms(self->sock, SO_RCVTIMEO));
}

/* Every read of data, and the accept of listen, goes by it. */
TEST_F(toyfs_set, timeo__ends_a_read)
{
	struct toyfs_end end[2];
	char buf[8];

	ASSERT_OK(toyfs_pair(variant->kind, end));
	ASSERT_OK(toyfs_ctl(end[0].ctl, "set rcvtimeo 40"));
	EXPECT_ERR(EAGAIN, read(end[0].data, buf, 1));
	if (!toy_kind_is_conn(variant->kind))
		return;
	ASSERT_OK(toyfs_ctl(self->end.ctl,
			    "announce *:*\nset rcvtimeo 40"));
	EXPECT_ERR(EAGAIN, toyfs_accept(&self->end, &end[0]));
}

TEST_F(toyfs_set, linger__seconds_or_off)
{
	struct linger linger;
	socklen_t len = sizeof(linger);

	ASSERT_OK(toyfs_ctl(self->end.ctl, "set linger 5"));
	ASSERT_OK(getsockopt(self->sock, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(5, linger.l_linger);
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set linger 0"));
	ASSERT_OK(getsockopt(self->sock, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(0, linger.l_linger);
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set linger off"));
	ASSERT_OK(getsockopt(self->sock, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(0, linger.l_onoff);
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "set linger long"));
	EXPECT_ERR(ERANGE, toyfs_ctl(self->end.ctl, "set linger 4294967296"));
}

/* ------------------------------------------------------------------ device */

static bool device_is(int sock, const char *want)
{
	char name[IFNAMSIZ] = "";
	socklen_t len = sizeof(name);

	return !getsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, name, &len) &&
	       !strcmp(name, want);
}

TEST_F(toyfs_set, device__a_name_or_any)
{
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set device lo"));
	EXPECT_TRUE(device_is(self->sock, "lo"));
	EXPECT_ERR(ENODEV, toyfs_ctl(self->end.ctl, "set device none0"));
	EXPECT_TRUE(device_is(self->sock, "lo"));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "set device *"));
	EXPECT_TRUE(device_is(self->sock, ""));
	/* Longer than any name is: not the device whose name it begins with. */
	EXPECT_ERR(ENODEV, toyfs_ctl(self->end.ctl,
				     "set device lo34567890123456"));
	EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "set device"));
	EXPECT_TRUE(device_is(self->sock, ""));
}

/* ------------------------------------------------------------------- names */

TEST_F(toyfs_set, name__unknown_einval)
{
	static const char * const bad[] = {
		"set", "set rcvbuf", "set RCVBUF 1", "set rcvbu 1",
		"set rcvbuff 1", "set rcvbufforce 1", "set x 1", "set mode 1",
		"rcvbuf 1", "set rcvbuf=1",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toyfs_ctl(self->end.ctl, "%s", bad[i])) {
			TH_LOG("'%s'", bad[i]);
		}
}

TOY_TEST_MAIN

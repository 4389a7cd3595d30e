// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of a ctl, with the errno and the words of each failure; options.
 */
#include <linux/net.h>

#include "../core/conv.h"
#include "../core/failure.h"
#include "../core/stat.h"
#include "../fs/lines.h"
#include "fake.h"

/* Commands call the socket's own operations: a real one. */
FIXTURE(command) {
	struct socket *sock;
	struct toy_conv *conv;
	char text[TOY_FAILURE_TEXT];
};

FIXTURE_SETUP(command)
{
	ASSERT_EQ(0, sock_create_kern(&init_net, toy_family, SOCK_STREAM, 0,
				      &self->sock));
	self->conv = toy_conv_of(self->sock->sk);
	ASSERT_FALSE(IS_ERR(self->conv));
}

FIXTURE_TEARDOWN(command)
{
	toy_conv_put(self->conv);
	sock_release(self->sock);
}

/* Another type of socket in its place. */
static void become(struct __test_metadata *_metadata,
		   struct command_fixture *self, int type)
{
	toy_conv_put(self->conv);
	sock_release(self->sock);
	ASSERT_EQ(0, sock_create_kern(&init_net, toy_family, type, 0,
				      &self->sock));
	self->conv = toy_conv_of(self->sock->sk);
	ASSERT_FALSE(IS_ERR(self->conv));
}

static int command(struct command_fixture *self, const char *line)
{
	char copy[64], *rest = copy, *word;
	struct toyfs_call call = {
		.sock = self->sock, .conv = self->conv, .nonblock = true,
	};

	strscpy(copy, line, sizeof(copy));
	while ((word = strsep(&rest, " ")))
		call.argv[call.argc++] = word;
	return toyfs_command_run(&call);
}

/* A row: a line, its errno and the words that are to be read of it. */
struct row {
	const char *line;
	int err;
	const char *text;
};

static void run_rows(struct __test_metadata *_metadata,
		     struct command_fixture *self, const struct row *rows, int n)
{
	unsigned long all, bad;
	int i;

	for (i = 0; i < n; i++) {
		all = toy_stat_read(&init_net, TOY_STAT_COMMANDS);
		bad = toy_stat_read(&init_net, TOY_STAT_COMMAND_ERRORS);
		EXPECT_EQ(rows[i].err, command(self, rows[i].line)) {
			TH_LOG("'%s'", rows[i].line);
		}
		EXPECT_EQ(all + 1, toy_stat_read(&init_net,
						 TOY_STAT_COMMANDS));
		EXPECT_EQ(bad + !!rows[i].err,
			  toy_stat_read(&init_net, TOY_STAT_COMMAND_ERRORS));
		if (!rows[i].text)
			continue;
		toy_failure_format(self->sock->sk, self->text,
				   sizeof(self->text));
		EXPECT_STREQ(rows[i].text, self->text);
	}
}

#define RUN(...) do {							\
	static const struct row rows[] = { __VA_ARGS__ };		\
									\
	run_rows(_metadata, self, rows, ARRAY_SIZE(rows));		\
} while (0)

TEST_F(command, run__what_is_none)
{
	RUN(
	    { "fly", -EINVAL,
	      "22 EINVAL ctl: no such command with so many words" },
	    { "bind", -EINVAL,
	      "22 EINVAL ctl: no such command with so many words" },
	    { "hangup now", -EINVAL },
	    { "BIND *:80", -EINVAL },
	    { "bind 80", -EINVAL,
	      "22 EINVAL bind: an address is node:port, or * for either" },
	    { "connect x:y", -EINVAL,
	      "22 EINVAL connect: an address is node:port, or * for either" },
	    { "shutdown both", -EINVAL,
	      "22 EINVAL shutdown: shutdown is of rd, wr, rdwr" },
	    { "headers on", -EOPNOTSUPP,
	      "95 EOPNOTSUPP headers: a stream has no messages" },
	    { "short keep", -EOPNOTSUPP },
	    { "disconnect", -ENOTCONN,
	      "107 ENOTCONN disconnect: the socket is not connected" });
}

TEST_F(command, run__a_listener)
{
	RUN(
	    { "listen ten", -EINVAL,
	      "22 EINVAL listen: a backlog is a number" },
	    { "announce *:5000 99999999999999999999", -ERANGE },
	    { "announce *:5000 3", 0 },
	    { "bind *:5001", -EINVAL });
	EXPECT_EQ(TCP_LISTEN, self->sock->sk->sk_state);
	EXPECT_EQ(3, self->sock->sk->sk_max_ack_backlog);
	EXPECT_EQ(5000, toy_sk(self->sock->sk)->bound.port);
	/* More than the system lets one have is as much as it lets. */
	RUN(
	    { "listen 4000000000", 0 });
	EXPECT_EQ(READ_ONCE(init_net.core.sysctl_somaxconn),
		  self->sock->sk->sk_max_ack_backlog);
	RUN(
	    { "hangup", 0 });
	EXPECT_EQ(TCP_CLOSE, self->sock->sk->sk_state);
	/* Nothing to hang up is nothing to complain of. */
	RUN(
	    { "hangup", 0 });
}

TEST_F(command, run__of_messages)
{
	become(_metadata, self, SOCK_DGRAM);
	RUN(
	    { "listen", -EOPNOTSUPP,
	      "95 EOPNOTSUPP listen: nobody calls a datagram socket" },
	    { "announce *:80", -EOPNOTSUPP },
	    { "headers maybe", -EINVAL,
	      "22 EINVAL headers: headers are on or off" },
	    { "headers on", 0 },
	    { "short maybe", -EINVAL },
	    { "short discard", 0 });
	EXPECT_TRUE(self->conv->headers);
	EXPECT_TRUE(self->conv->discard);
	RUN(
	    { "headers off", 0 }, { "short keep", 0 });
	EXPECT_FALSE(self->conv->headers);
	EXPECT_FALSE(self->conv->discard);
	/* announce that failed has not bound it. */
	EXPECT_FALSE(toy_is_bound(self->sock->sk));
}

/* ---- set.c ---- */

TEST_F(command, set__what_is_none)
{
	RUN(
	    { "set colour red", -EINVAL, "22 EINVAL set: no such option" },
	    { "set nodelay perhaps", -EINVAL,
	      "22 EINVAL set: that is no value for this option" },
	    { "set nodelay 2", -ERANGE,
	      "34 ERANGE set: the number is out of range" },
	    { "set keepidle 0", -ERANGE },
	    { "set keepidle 32768", -ERANGE },
	    { "set keepcnt 128", -ERANGE },
	    { "set rcvbuf 2147483648", -ERANGE },
	    { "set rcvbuf -1", -EINVAL },
	    { "set linger on", -EINVAL },
	    { "set device none-such", -ENODEV },
	    { "set device a-name-that-is-longer-than-any", -ENODEV,
	      "19 ENODEV set: the option is refused" });
}

TEST_F(command, set__each_option)
{
	struct sock *sk = self->sock->sk;
	struct toy_sock *toy = toy_sk(sk);

	RUN(
	    { "set nodelay on", 0 }, { "set keepidle 1", 0 },
	    { "set keepintvl 32767", 0 }, { "set keepcnt 127", 0 },
	    { "set user_timeout 5000", 0 }, { "set reuseport 1", 0 },
	    { "set maxseg 500", 0 }, { "set keepalive on", 0 },
	    { "set broadcast 1", 0 }, { "set reuseaddr on", 0 },
	    { "set oobinline on", 0 }, { "set rcvlowat 17", 0 },
	    { "set rcvtimeo 1500", 0 }, { "set sndtimeo 0", 0 },
	    { "set linger 7", 0 });
	EXPECT_TRUE(toy->opt.nodelay);
	EXPECT_EQ(1, toy->opt.keepidle);
	EXPECT_EQ(32767, toy->opt.keepintvl);
	EXPECT_EQ(127, toy->opt.keepcnt);
	EXPECT_EQ(5000, toy->opt.user_timeout);
	EXPECT_TRUE(toy->opt.reuseport);
	EXPECT_EQ(500, toy->opt.maxseg);
	EXPECT_TRUE(sock_flag(sk, SOCK_KEEPOPEN));
	EXPECT_TRUE(sock_flag(sk, SOCK_BROADCAST));
	EXPECT_TRUE(sock_flag(sk, SOCK_URGINLINE));
	EXPECT_NE(0, (int)sk->sk_reuse);
	EXPECT_EQ(17, sk->sk_rcvlowat);
	EXPECT_EQ(msecs_to_jiffies(1500), sk->sk_rcvtimeo);
	EXPECT_EQ(MAX_SCHEDULE_TIMEOUT, sk->sk_sndtimeo);
	EXPECT_TRUE(sock_flag(sk, SOCK_LINGER));
	EXPECT_EQ(7 * HZ, sk->sk_lingertime);
	RUN(
	    { "set linger off", 0 }, { "set nodelay off", 0 },
	    { "set keepalive 0", 0 }, { "set maxseg 0", 0 });
	EXPECT_FALSE(sock_flag(sk, SOCK_LINGER));
	EXPECT_FALSE(toy->opt.nodelay);
	EXPECT_FALSE(sock_flag(sk, SOCK_KEEPOPEN));
	EXPECT_EQ(0, toy->opt.maxseg);
}

TEST_F(command, set__a_device)
{
	struct toy_link *link = toy_fake_link(_metadata, 2);
	char line[32];

	snprintf(line, sizeof(line), "set device %s",
		 toy_fake_dev(link)->name);
	EXPECT_EQ(0, command(self, line));
	EXPECT_EQ(link->ifindex, self->sock->sk->sk_bound_dev_if);
	EXPECT_EQ(0, command(self, "set device *"));
	EXPECT_EQ(0, self->sock->sk->sk_bound_dev_if);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: socket options that are kept, bounded and refused. What options
 * make of the data is in every_type_data.c, those at SOL_TOY are in
 * every_type_sol.c.
 */
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/time.h>

#include "toy_test.h"

FIXTURE(every_type_opts)
{
	int fd;		/* new */
	int pair[2];
};

FIXTURE_VARIANT(every_type_opts)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_opts, VARIANTS_ALL)

FIXTURE_SETUP(every_type_opts)
{
	toy_guard(20);
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
	ASSERT_OK(toy_pair(variant->kind, self->pair));
}

FIXTURE_TEARDOWN(every_type_opts)
{
}

/* --------------------------------------------------------------- timeouts */

static const int timeouts[] = { SO_RCVTIMEO, SO_SNDTIMEO };

TEST_F(every_type_opts, timeouts__default_0_and_round_trip)
{
	struct timeval tv, want[] = { { 1, 500000 }, { 0, 40000 }, { 100, 0 },
				      { 0, 0 } };
	socklen_t len;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		len = sizeof(tv);
		ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, timeouts[i], &tv,
				     &len));
		EXPECT_EQ(sizeof(tv), len);
		EXPECT_EQ(0, tv.tv_sec);
		EXPECT_EQ(0, tv.tv_usec);
		for (j = 0; j < ARRAY_SIZE(want); j++) {
			ASSERT_OK(setsockopt(self->fd, SOL_SOCKET, timeouts[i],
					     &want[j], sizeof(tv)));
			ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, timeouts[i],
					     &tv, &len));
			EXPECT_EQ(want[j].tv_sec, tv.tv_sec);
			EXPECT_EQ(want[j].tv_usec, tv.tv_usec);
		}
	}
}

TEST_F(every_type_opts, timeouts__bad_microseconds_edom)
{
	struct timeval bad[] = { { 0, 1000000 }, { 5, -1 }, { 0, 1 << 30 } };
	size_t i, j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < ARRAY_SIZE(bad); j++)
			EXPECT_ERR(EDOM, setsockopt(self->fd, SOL_SOCKET,
						    timeouts[i], &bad[j],
						    sizeof(bad[j])));
		EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_SOCKET, timeouts[i],
					      &bad[0], sizeof(bad[0]) - 1));
		EXPECT_ERR(EFAULT, setsockopt(self->fd, SOL_SOCKET, timeouts[i],
					      toy_page_bad(), sizeof(bad[0])));
	}
}

TEST_F(every_type_opts, timeouts__expiry_of_a_receive_eagain)
{
	long long began = toy_now();
	char c;

	ASSERT_OK(toy_opt_timeo(self->pair[0], SO_RCVTIMEO, 200));
	EXPECT_ERR(EAGAIN, recv(self->pair[0], &c, 1, 0));
	EXPECT_LE(50, toy_now() - began);
	EXPECT_GT(5000, toy_now() - began);
	EXPECT_ERR(EAGAIN, read(self->pair[0], &c, 1));
	/* It is the time for one call, not for the socket. */
	ASSERT_EQ(1, send(self->pair[1], "x", 1, 0));
	EXPECT_EQ(1, recv(self->pair[0], &c, 1, 0));
}

TOY_TEST(every_type_opts, timeouts__expiry_of_a_send_eagain,
	 VARIANTS_ALL & ~VARIANT_UDP)
{
	long long began;

	ASSERT_LT(0, toy_send_full(self->pair[0], 1000));
	ASSERT_LE(0, toy_send_full(self->pair[0], 1));
	ASSERT_OK(toy_opt_timeo(self->pair[0], SO_SNDTIMEO, 200));
	began = toy_now();
	EXPECT_ERR(EAGAIN, send(self->pair[0], "x", 1, 0));
	EXPECT_LE(50, toy_now() - began);
	EXPECT_GT(5000, toy_now() - began);
}

TOY_TEST(every_type_opts, timeouts__expiry_of_an_accept_eagain, VARIANTS_CONN)
{
	long long began = toy_now();
	struct toy_name name;
	int fd;

	fd = toy_listener(variant->kind, &name, 4);
	ASSERT_OK(fd);
	ASSERT_OK(toy_opt_timeo(fd, SO_RCVTIMEO, 200));
	EXPECT_ERR(EAGAIN, accept(fd, NULL, NULL));
	EXPECT_LE(50, toy_now() - began);
}

/* ---------------------------------------------------------------- buffers */

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(4711, 4711, 4711) ||
	       setresuid(4711, 4711, 4711) ? -1 : 0;
}

static int number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	int n = -1;

	if (file) {
		if (fscanf(file, "%d", &n) != 1)
			n = -1;
		fclose(file);
	}
	return n;
}

static const struct {
	int option, force;
	const char *most;
} buffers[] = {
	{ SO_SNDBUF, SO_SNDBUFFORCE, "/proc/sys/net/core/wmem_max" },
	{ SO_RCVBUF, SO_RCVBUFFORCE, "/proc/sys/net/core/rmem_max" },
};

TEST_F(every_type_opts, buffers__are_doubled_and_bounded)
{
	const int fd = self->fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		const int option = buffers[i].option;
		int most = number_in(buffers[i].most);

		EXPECT_LT(4096, toy_opt_get(fd, SOL_SOCKET, option));
		ASSERT_OK(toy_opt_set(fd, SOL_SOCKET, option, 30000));
		EXPECT_EQ(60000, toy_opt_get(fd, SOL_SOCKET, option));
		ASSERT_OK(toy_opt_set(fd, SOL_SOCKET, option, 1));
		EXPECT_LT(2000, toy_opt_get(fd, SOL_SOCKET, option));
		EXPECT_GT(10000, toy_opt_get(fd, SOL_SOCKET, option));
		ASSERT_OK(toy_opt_set(fd, SOL_SOCKET, option, most + 100000));
		EXPECT_EQ(most * 2, toy_opt_get(fd, SOL_SOCKET, option));
	}
}

TEST_F(every_type_opts, buffers__force_goes_beyond_the_bound)
{
	const int fd = self->fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		const int option = buffers[i].option;
		int most = number_in(buffers[i].most);

		ASSERT_OK(toy_opt_set(fd, SOL_SOCKET, buffers[i].force,
				      most + 100000));
		EXPECT_EQ((most + 100000) * 2,
			  toy_opt_get(fd, SOL_SOCKET, option));
	}
}

TEST_F(every_type_opts, buffers__force_takes_cap_net_admin)
{
	pid_t pid = fork();

	if (!pid) {
		EXPECT_OK(become_nobody());
		EXPECT_ERR(EPERM, toy_opt_set(self->fd, SOL_SOCKET,
					      SO_SNDBUFFORCE, 30000));
		EXPECT_ERR(EPERM, toy_opt_set(self->fd, SOL_SOCKET,
					      SO_RCVBUFFORCE, 30000));
		EXPECT_OK(toy_opt_set(self->fd, SOL_SOCKET, SO_SNDBUF, 30000));
		_exit(!_metadata->passed);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
}

/* ... in the initial user namespace. */
TEST_F(every_type_opts, buffers__force_takes_more_than_a_user_namespace)
{
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(77);
		EXPECT_ERR(EPERM, toy_opt_set(self->fd, SOL_SOCKET,
					      SO_SNDBUFFORCE, 30000));
		EXPECT_ERR(EPERM, toy_opt_set(self->fd, SOL_SOCKET,
					      SO_RCVBUFFORCE, 30000));
		_exit(!_metadata->passed);
	}
	switch (toy_child_wait(pid)) {
	case 0:
		break;
	case 77:
		SKIP(return, "this kernel has no user namespaces");
	default:
		ASSERT_TRUE(false);
	}
}

/* ------------------------------------------------------- kept by the core */

TEST_F(every_type_opts, so_rcvlowat__round_trip)
{
	EXPECT_EQ(1, toy_opt_get(self->fd, SOL_SOCKET, SO_RCVLOWAT));
	ASSERT_OK(toy_opt_set(self->fd, SOL_SOCKET, SO_RCVLOWAT, 100));
	EXPECT_EQ(100, toy_opt_get(self->fd, SOL_SOCKET, SO_RCVLOWAT));
	ASSERT_OK(toy_opt_set(self->fd, SOL_SOCKET, SO_RCVLOWAT, 0));
	EXPECT_EQ(1, toy_opt_get(self->fd, SOL_SOCKET, SO_RCVLOWAT));
}

TEST_F(every_type_opts, so_linger__round_trip)
{
	struct linger linger = { 7, 7 }, want = { 1, 5 };
	socklen_t len = sizeof(linger);

	ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(sizeof(linger), len);
	EXPECT_EQ(0, linger.l_onoff);
	ASSERT_OK(setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &want,
			     sizeof(want)));
	ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(5, linger.l_linger);
	EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &want,
				      sizeof(want) - 1));
}

TEST_F(every_type_opts, so_linger__close_does_not_wait_here)
{
	struct linger linger = { 1, 100 };
	long long began = toy_now();

	ASSERT_OK(setsockopt(self->pair[0], SOL_SOCKET, SO_LINGER, &linger,
			     sizeof(linger)));
	ASSERT_EQ(1, send(self->pair[0], "x", 1, 0));
	EXPECT_OK(close(self->pair[0]));
	EXPECT_GT(5000, toy_now() - began);
}

/* AF_UNIX does not know this way to reset. */
TOY_TEST(every_type_opts, so_linger__0_resets,
	 VARIANTS_CONN & ~VARIANTS_UNIX)
{
	struct linger linger = { 1, 0 };
	char c;

	ASSERT_OK(setsockopt(self->pair[0], SOL_SOCKET, SO_LINGER, &linger,
			     sizeof(linger)));
	EXPECT_OK(close(self->pair[0]));
	toy_poll(self->pair[1], POLLIN, 2000);
	EXPECT_ERR(ECONNRESET, recv(self->pair[1], &c, 1, 0));
	EXPECT_EQ(0, recv(self->pair[1], &c, 1, 0));
	EXPECT_ERR(EPIPE, send(self->pair[1], "x", 1, MSG_NOSIGNAL));
}

static const int switches[] = {
	SO_KEEPALIVE, SO_REUSEADDR, SO_BROADCAST, SO_OOBINLINE, SO_TIMESTAMP,
	SO_TIMESTAMPNS, SO_DONTROUTE, SO_DEBUG,
};

TEST_F(every_type_opts, switches__are_0_or_1)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, switches[i])) {
			TH_LOG("option %d", switches[i]);
		}
		ASSERT_OK(toy_opt_set(self->fd, SOL_SOCKET, switches[i], 17));
		EXPECT_EQ(1, toy_opt_get(self->fd, SOL_SOCKET, switches[i])) {
			TH_LOG("option %d", switches[i]);
		}
		ASSERT_OK(toy_opt_set(self->fd, SOL_SOCKET, switches[i], 0));
		EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, switches[i])) {
			TH_LOG("option %d", switches[i]);
		}
	}
}

TEST_F(every_type_opts, so_reuseaddr__does_not_share_with_a_listener)
{
	struct toy_name name;
	int fd[2], i;

	if (!toy_kind_is_conn(variant->kind))
		ASSERT_OK(fd[0] = toy_bound(variant->kind, &name));
	else
		ASSERT_OK(fd[0] = toy_listener(variant->kind, &name, 1));
	fd[1] = toy_socket(variant->kind, 0);
	ASSERT_OK(fd[1]);
	for (i = 0; i < 2 && toy_kind_is_conn(variant->kind); i++)
		ASSERT_OK(toy_opt_set(fd[i], SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_ERR(EADDRINUSE, toy_bind(fd[1], &name));
	EXPECT_OK(close(fd[0]));
	EXPECT_OK(toy_bind(fd[1], &name));
}

TOY_TEST(every_type_opts, so_reuseport__eopnotsupp, VARIANTS_TOY)
{
	EXPECT_ERR(EOPNOTSUPP, toy_opt_set(self->fd, SOL_SOCKET, SO_REUSEPORT,
					   1));
	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, SO_REUSEPORT));
}

TOY_TEST(every_type_opts, so_broadcast__guards_the_broadcast_node,
	 VARIANT_TOY_DGRAM)
{
	struct toy_name all = toy_name_toy(TOY_NODE_BROADCAST, 5000);

	EXPECT_ERR(EACCES, toy_sendto(self->fd, "x", 1, 0, &all));
	EXPECT_ERR(EACCES, toy_connect(self->fd, &all));
	ASSERT_OK(toy_opt_set(self->fd, SOL_SOCKET, SO_BROADCAST, 1));
	/* There is no link to send it over. */
	EXPECT_ERR(ENETUNREACH, toy_sendto(self->fd, "x", 1, 0, &all));
}

/* ------------------------------------------------------- what a socket is */

TEST_F(every_type_opts, so_type_domain_protocol__tell_what_it_is)
{
	const int type = variant->kind.type;
	int fd = self->pair[1];

	EXPECT_EQ(type, toy_opt_get(self->fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(type, toy_opt_get(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(toy_kind_family(variant->kind),
		  toy_opt_get(self->fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(toy_kind_family(variant->kind),
		  toy_opt_get(fd, SOL_SOCKET, SO_DOMAIN));
	if (!toy_kind_is_inet(variant->kind)) {
		EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, SO_PROTOCOL));
		EXPECT_EQ(0, toy_opt_get(fd, SOL_SOCKET, SO_PROTOCOL));
	}
	EXPECT_ERR(ENOPROTOOPT, toy_opt_set(self->fd, SOL_SOCKET, SO_TYPE, 1));
	EXPECT_ERR(ENOPROTOOPT, toy_opt_set(self->fd, SOL_SOCKET, SO_ERROR, 1));
	EXPECT_ERR(ENOPROTOOPT, toy_opt_set(self->fd, SOL_SOCKET, SO_DOMAIN,
					    1));
}

TEST_F(every_type_opts, so_acceptconn__tells_a_listener)
{
	struct toy_name name;
	int fd;

	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, toy_opt_get(self->pair[1], SOL_SOCKET, SO_ACCEPTCONN));
	fd = toy_bound(variant->kind, &name);
	ASSERT_OK(fd);
	EXPECT_EQ(0, toy_opt_get(fd, SOL_SOCKET, SO_ACCEPTCONN));
	if (!toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(EOPNOTSUPP, listen(fd, 1));
		EXPECT_EQ(0, toy_opt_get(fd, SOL_SOCKET, SO_ACCEPTCONN));
		return;
	}
	ASSERT_OK(listen(fd, 1));
	EXPECT_EQ(1, toy_opt_get(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

TOY_TEST(every_type_opts, so_error__tells_once, VARIANTS_CONN)
{
	EXPECT_EQ(0, toy_opt_get(self->pair[0], SOL_SOCKET, SO_ERROR));
	/* A peer that closes without having read all resets. */
	ASSERT_EQ(1, send(self->pair[0], "x", 1, 0));
	toy_poll(self->pair[1], POLLIN, 2000);
	EXPECT_OK(close(self->pair[1]));
	toy_poll(self->pair[0], POLLIN, 2000);
	EXPECT_EQ(ECONNRESET,
		  toy_opt_get(self->pair[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, toy_opt_get(self->pair[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv(self->pair[0], &(int){ 0 }, 1, 0));
}

TEST_F(every_type_opts, so_bindtodevice__name_in_and_out)
{
	char name[IFNAMSIZ] = "?";
	socklen_t len = sizeof(name);

	ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			     &len));
	EXPECT_EQ(0, len);
	EXPECT_ERR(ENODEV, setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE,
				      "nosuchdev", 10));
	ASSERT_OK(setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	len = sizeof(name);
	ASSERT_OK(getsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			     &len));
	EXPECT_STREQ("lo", name);
	EXPECT_EQ((int)if_nametoindex("lo"),
		  toy_opt_get(self->fd, SOL_SOCKET, SO_BINDTOIFINDEX));
	ASSERT_OK(setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_SOCKET, SO_BINDTOIFINDEX));
}

/* ------------------------------------------------------------ length, value */

TEST_F(every_type_opts, value__short_negative_or_nowhere)
{
	int value = 0;
	socklen_t len;

	EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      &value, sizeof(value) - 1));
	EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      &value, -1));
	EXPECT_ERR(EFAULT, setsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      toy_page_bad(), sizeof(value)));
	len = -1;
	EXPECT_ERR(EINVAL, getsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      &value, &len));
	EXPECT_ERR(EFAULT, getsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      &value, (void *)toy_page_bad()));
	len = sizeof(value);
	EXPECT_ERR(EFAULT, getsockopt(self->fd, SOL_SOCKET, SO_KEEPALIVE,
				      toy_page_bad(), &len));
}

TOY_TEST_MAIN

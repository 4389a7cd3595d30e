// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: the options of our own, at the level SOL_TOY. TCP runs along for
 * those that mirror its own.
 */
#include <grp.h>
#include <netinet/tcp.h>

#include "toy_test.h"

FIXTURE(every_type_sol)
{
	int fd;		/* new */
};

FIXTURE_VARIANT(every_type_sol)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_sol, VARIANTS_ALL)

FIXTURE_SETUP(every_type_sol)
{
	toy_guard(20);
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
}

FIXTURE_TEARDOWN(every_type_sol)
{
}

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(4711, 4711, 4711) ||
	       setresuid(4711, 4711, 4711) ? -1 : 0;
}

/* Our own switch, and the one that TCP and UDP have for it. */
static int reuseport_set(struct toy_kind kind, int fd, int on)
{
	if (toy_kind_is_toy(kind))
		return toy_opt_set(fd, SOL_TOY, TOY_REUSEPORT, on);
	return toy_opt_set(fd, SOL_SOCKET, SO_REUSEPORT, on);
}

TOY_TEST(every_type_sol, toy_reuseport__shares_a_port_if_all_want_it,
	 VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_new(variant->kind);
	int fd[4], i;

	for (i = 0; i < 4; i++) {
		fd[i] = toy_socket(variant->kind, 0);
		ASSERT_OK(fd[i]);
		ASSERT_OK(reuseport_set(variant->kind, fd[i], i < 3));
	}
	EXPECT_OK(toy_bind(fd[0], &name));
	EXPECT_OK(toy_bind(fd[1], &name));
	EXPECT_OK(toy_bind(fd[2], &name));
	EXPECT_ERR(EADDRINUSE, toy_bind(fd[3], &name));
	/* The first one did not share: nobody shares with it. */
	for (i = 0; i < 3; i++)
		close(fd[i]);
	EXPECT_OK(toy_bind(fd[3], &name));
	fd[0] = toy_socket(variant->kind, 0);
	ASSERT_OK(fd[0]);
	ASSERT_OK(reuseport_set(variant->kind, fd[0], 1));
	EXPECT_ERR(EADDRINUSE, toy_bind(fd[0], &name));
}

TOY_TEST(every_type_sol, toy_reuseport__shares_with_the_same_user_alone,
	 VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_new(variant->kind);
	pid_t pid;

	ASSERT_OK(reuseport_set(variant->kind, self->fd, 1));
	ASSERT_OK(toy_bind(self->fd, &name));
	pid = fork();
	if (!pid) {
		int fd;

		EXPECT_OK(become_nobody());
		fd = toy_socket(variant->kind, 0);
		EXPECT_OK(fd);
		EXPECT_OK(reuseport_set(variant->kind, fd, 1));
		EXPECT_ERR(EADDRINUSE, toy_bind(fd, &name));
		_exit(!_metadata->passed);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
}

TOY_TEST(every_type_sol, toy_reuseport__spreads_datagrams,
	 VARIANT_TOY_DGRAM | VARIANT_UDP)
{
	struct toy_name name = toy_name_new(variant->kind);
	int fd[4], i, n, most = 0, total = 0;
	char c;

	for (i = 0; i < 4; i++) {
		fd[i] = toy_socket(variant->kind, 0);
		ASSERT_OK(fd[i]);
		ASSERT_OK(reuseport_set(variant->kind, fd[i], 1));
		ASSERT_OK(toy_bind(fd[i], &name));
	}
	for (i = 0; i < 64; i++) {
		int from = toy_socket(variant->kind, 0);

		ASSERT_EQ(1, toy_sendto(from, "x", 1, 0, &name));
		EXPECT_OK(close(from));
	}
	toy_sleep(20);
	for (i = 0; i < 4; i++) {
		for (n = 0; recv(fd[i], &c, 1, MSG_DONTWAIT) == 1; n++)
			;
		total += n;
		most = n > most ? n : most;
	}
	EXPECT_EQ(64, total);
	EXPECT_GT(64, most);
}

TOY_TEST(every_type_sol, value__of_sol_toy_short_negative_or_nowhere,
	 VARIANTS_TOY)
{
	long value = 0;
	socklen_t len;
	int option;

	for (option = TOY_NODELAY; option <= TOY_PASSCRED; option++) {
		EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_TOY, option, &value,
					      sizeof(int) - 1));
		EXPECT_ERR(EINVAL, setsockopt(self->fd, SOL_TOY, option, &value,
					      -1));
		EXPECT_ERR(EFAULT, setsockopt(self->fd, SOL_TOY, option,
					      toy_page_bad(), sizeof(int)));
		len = -1;
		EXPECT_ERR(EINVAL, getsockopt(self->fd, SOL_TOY, option, &value,
					      &len));
		EXPECT_ERR(EFAULT, getsockopt(self->fd, SOL_TOY, option, &value,
					      (void *)toy_page_bad()));
		len = sizeof(int);
		EXPECT_ERR(EFAULT, getsockopt(self->fd, SOL_TOY, option,
					      toy_page_bad(), &len));
		len = sizeof(value);
		EXPECT_OK(getsockopt(self->fd, SOL_TOY, option, &value, &len));
		EXPECT_EQ(sizeof(int), len);
	}
}

TOY_TEST(every_type_sol, sol_toy__switches_are_0_or_1, VARIANTS_TOY)
{
	const int option[] = { TOY_NODELAY, TOY_REUSEPORT, TOY_PASSCRED };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option); i++) {
		EXPECT_EQ(0, toy_opt_get(self->fd, SOL_TOY, option[i]));
		ASSERT_OK(toy_opt_set(self->fd, SOL_TOY, option[i], -17));
		EXPECT_EQ(1, toy_opt_get(self->fd, SOL_TOY, option[i]));
		ASSERT_OK(toy_opt_set(self->fd, SOL_TOY, option[i], 0));
		EXPECT_EQ(0, toy_opt_get(self->fd, SOL_TOY, option[i]));
	}
}

/* The ranges are TCP's, which runs along. */
TOY_TEST(every_type_sol, keepalive__times_have_ranges,
	 VARIANTS_TOY | VARIANT_TCP)
{
	const struct {
		int toy, tcp, most;
	} option[] = {
		{ TOY_KEEPIDLE, TCP_KEEPIDLE, 32767 },
		{ TOY_KEEPINTVL, TCP_KEEPINTVL, 32767 },
		{ TOY_KEEPCNT, TCP_KEEPCNT, 127 },
	};
	const bool toy = toy_kind_is_toy(variant->kind);
	const int level = toy ? SOL_TOY : IPPROTO_TCP, fd = self->fd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option); i++) {
		const int which = toy ? option[i].toy : option[i].tcp;
		const int most = option[i].most;

		EXPECT_LT(0, toy_opt_get(fd, level, which));
		ASSERT_OK(toy_opt_set(fd, level, which, 1));
		EXPECT_EQ(1, toy_opt_get(fd, level, which));
		ASSERT_OK(toy_opt_set(fd, level, which, most));
		EXPECT_ERR(EINVAL, toy_opt_set(fd, level, which, 0));
		EXPECT_ERR(EINVAL, toy_opt_set(fd, level, which, -1));
		EXPECT_ERR(EINVAL, toy_opt_set(fd, level, which, most + 1));
		EXPECT_EQ(most, toy_opt_get(fd, level, which));
	}
}

TOY_TEST(every_type_sol, toy_user_timeout__is_not_negative, VARIANTS_TOY)
{
	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_TOY, TOY_USER_TIMEOUT));
	ASSERT_OK(toy_opt_set(self->fd, SOL_TOY, TOY_USER_TIMEOUT, 3000));
	EXPECT_EQ(3000, toy_opt_get(self->fd, SOL_TOY, TOY_USER_TIMEOUT));
	EXPECT_ERR(EINVAL, toy_opt_set(self->fd, SOL_TOY, TOY_USER_TIMEOUT,
				       -1));
	ASSERT_OK(toy_opt_set(self->fd, SOL_TOY, TOY_USER_TIMEOUT, 0));
}

TOY_TEST(every_type_sol, toy_maxseg__has_a_range, VARIANTS_TOY)
{
	const int good[] = { 128, 65535, 0 }, bad[] = { -1, 1, 127, 65536 };
	size_t i;

	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_TOY, TOY_MAXSEG));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_OK(toy_opt_set(self->fd, SOL_TOY, TOY_MAXSEG, good[i]));
		EXPECT_EQ(good[i], toy_opt_get(self->fd, SOL_TOY, TOY_MAXSEG));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, toy_opt_set(self->fd, SOL_TOY, TOY_MAXSEG,
					       bad[i]));
	EXPECT_EQ(0, toy_opt_get(self->fd, SOL_TOY, TOY_MAXSEG));
}

TOY_TEST(every_type_sol, toy_last_error__tells_in_words, VARIANTS_TOY)
{
	char text[200] = "?", want[64];
	socklen_t len = sizeof(text);
	struct toy_name name = toy_name_new(variant->kind);

	ASSERT_OK(getsockopt(self->fd, SOL_TOY, TOY_LAST_ERROR, text, &len));
	EXPECT_STREQ("", text);
	EXPECT_EQ(1, len);

	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd, &name));
	} else {
		EXPECT_ERR(ECONNREFUSED, toy_sendto(self->fd, "x", 1, 0,
						    &name));
	}
	snprintf(want, sizeof(want), "111 ECONNREFUSED %s 1:%u: ",
		 toy_kind_is_conn(variant->kind) ? "connect" : "send",
		 name.toy.stoy_port);
	len = sizeof(text);
	ASSERT_OK(getsockopt(self->fd, SOL_TOY, TOY_LAST_ERROR, text, &len));
	EXPECT_EQ(strlen(text) + 1, len);
	EXPECT_EQ(0, strncmp(want, text, strlen(want))) {
		TH_LOG("\"%s\", not \"%s...\"", text, want);
	}
	/* Cut to the buffer, and terminated all the same. */
	memset(text, '?', sizeof(text));
	len = 8;
	ASSERT_OK(getsockopt(self->fd, SOL_TOY, TOY_LAST_ERROR, text, &len));
	EXPECT_EQ(8, len);
	EXPECT_STREQ("111 ECO", text);
	EXPECT_EQ('?', text[8]);
	EXPECT_ERR(ENOPROTOOPT, setsockopt(self->fd, SOL_TOY, TOY_LAST_ERROR,
					   text, 8));
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers: the counters of /proc/net/toy_stat, the row of /proc/net/protocols,
 * and TOY_INFO.
 */
#include <linux/filter.h>
#include <netinet/tcp.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(inspect_info)
{
	int fd[2];
	struct toy_name name;
};

FIXTURE_VARIANT(inspect_info)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_info, VARIANTS_TOY)

FIXTURE_SETUP(inspect_info)
{
	toy_guard(30);
	/* Where nobody else counts. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_info)
{
}

static int filter_all(int fd)
{
	struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

/* ---------------------------------------------------------------- counters */

/* A counter of net/toy_stat, -1 where there is none. */
static long counter(const char *name)
{
	FILE *file = fopen("/proc/net/toy_stat", "r");
	char now[64];
	long value;

	if (!file)
		return -1;
	while (fscanf(file, "%63s %ld\n", now, &value) == 2) {
		if (strcmp(now, name))
			continue;
		fclose(file);
		return value;
	}
	fclose(file);
	return -1;
}

TEST_F(inspect_info, toy_stat__sockets)
{
	EXPECT_EQ(0, counter("ToySockets"));
	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_EQ(1, counter("ToySockets"));
	close(self->fd[0]);
	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	EXPECT_EQ(3, counter("ToySockets"));
	EXPECT_EQ(0, counter("ToyConnects"));
}

TOY_TEST(inspect_info, toy_stat__connections, VARIANTS_CONN)
{
	int fd;

	self->fd[0] = toy_listener(variant->kind, &self->name, 0);
	self->fd[1] = toy_connected(variant->kind, &self->name);
	EXPECT_EQ(1, counter("ToyConnects"));
	EXPECT_EQ(3, counter("ToySockets"));
	EXPECT_EQ(0, counter("ToyAccepts"));
	fd = toy_socket(variant->kind, SOCK_NONBLOCK);
	EXPECT_ERR(EAGAIN, toy_connect(fd, &self->name));
	EXPECT_EQ(1, counter("ToyBacklogFull"));
	fd = accept(self->fd[0], NULL, NULL);
	ASSERT_OK(fd);
	EXPECT_EQ(1, counter("ToyAccepts"));
	EXPECT_EQ(1, send(self->fd[1], "a", 1, 0));
	EXPECT_EQ(0, counter("ToyResets"));
	close(fd);
	EXPECT_EQ(1, counter("ToyResets"));
	EXPECT_EQ(0, counter("ToyRefused"));
	close(self->fd[0]);
	EXPECT_ERR(ECONNREFUSED, toy_connected(variant->kind, &self->name));
	EXPECT_EQ(1, counter("ToyRefused"));
	EXPECT_EQ(1, counter("ToyConnects"));
}

TOY_TEST(inspect_info, toy_stat__filtered, VARIANTS_MSG)
{
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(filter_all(self->fd[1]));
	EXPECT_EQ(1, send(self->fd[0], "a", 1, 0));
	EXPECT_EQ(1, counter("ToyFiltered"));
}

TEST_F(inspect_info, toy_stat__files)
{
	struct toyfs_end end;

	ASSERT_OK(toyfs_new(variant->kind, &end));
	EXPECT_EQ(1, counter("ToyClones"));
	EXPECT_OK(toyfs_ctl(end.ctl, "bind *:%u", 5000));
	EXPECT_EQ(1, counter("ToyCommands"));
	EXPECT_EQ(0, counter("ToyCommandErrors"));
	EXPECT_ERR(EINVAL, toyfs_ctl(end.ctl, "no such command"));
	EXPECT_EQ(2, counter("ToyCommands"));
	EXPECT_EQ(1, counter("ToyCommandErrors"));
}

TEST(toy_stat__is_stats_by_other_names)
{
	unsigned long a, b;
	char names[64];
	FILE *in[2];
	int n;

	toy_guard(20);
	ASSERT_OK(toyfs_sandbox(NULL));
	toy_close(&(int){ toy_socket(TOY_STREAM, 0) });
	in[0] = fopen("/proc/net/toy_stat", "r");
	in[1] = fopen(TOYFS "/stats", "r");
	ASSERT_TRUE(in[0] && in[1]);
	for (n = 0; fscanf(in[0], "%63s %lu\n", names, &a) == 2; n++) {
		EXPECT_EQ(0, strncmp(names, "Toy", 3));
		ASSERT_EQ(2, fscanf(in[1], "%63s %lu\n", names, &b));
		EXPECT_EQ(a, b);
	}
	EXPECT_LE(12, n);
	EXPECT_TRUE(feof(in[0]));
	EXPECT_TRUE(feof(in[1]));
}

/* Those that are closed may count for a moment. */
static int protocols_settle(int want)
{
	long long end = toy_now() + 10000;
	char line[256];
	FILE *file;
	int n;

	do {
		n = -1;
		file = fopen("/proc/net/protocols", "r");
		while (file && n < 0 && fgets(line, sizeof(line), file))
			sscanf(line, "TOY %*d %d", &n);
		if (file)
			fclose(file);
	} while (n != want && toy_now() < end);
	return n;
}

TEST_F(inspect_info, protocols__counts)
{
	EXPECT_EQ(0, protocols_settle(0));
	ASSERT_OK(toy_socketpair(variant->kind, self->fd));
	EXPECT_EQ(2, protocols_settle(2));
	close(self->fd[0]);
	close(self->fd[1]);
	EXPECT_EQ(0, protocols_settle(0));
}

/* ---------------------------------------------------------------- TOY_INFO */

static int info_of(int sock, struct toy_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0xff, sizeof(*info));
	if (getsockopt(sock, SOL_TOY, TOY_INFO, info, &len))
		return -1;
	return len;
}

TEST_F(inspect_info, info__of_a_new_one)
{
	struct toy_info info, zero = { };

	self->fd[0] = toy_socket(variant->kind, 0);
	ASSERT_EQ(sizeof(info), info_of(self->fd[0], &info));
	EXPECT_EQ(TCP_CLOSE, info.toyi_state);
	EXPECT_EQ(toy_kind_is_stream(variant->kind) ? 0 :
		  toy_opt_get(self->fd[0], SOL_SOCKET, SO_SNDBUF) - 32,
		  (int)info.toyi_max_message);
	/* All the rest is a wire's or has not happened. */
	zero.toyi_state = info.toyi_state;
	zero.toyi_max_message = info.toyi_max_message;
	EXPECT_EQ(0, memcmp(&zero, &info, sizeof(info)));
}

/* Who was built with a shorter struct, or with a longer one. */
TEST_F(inspect_info, info__cut_to_the_buffer)
{
	char all[sizeof(struct toy_info)], buf[sizeof(all) + 9], rest[9];
	socklen_t len, want, size, left;

	memset(rest, 0x5a, sizeof(rest));
	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(5, send(self->fd[0], "abcde", 5, 0));
	len = sizeof(all);
	ASSERT_OK(getsockopt(self->fd[0], SOL_TOY, TOY_INFO, all, &len));
	for (size = 0; size <= sizeof(buf); size++) {
		memset(buf, 0x5a, sizeof(buf));
		len = size;
		ASSERT_OK(getsockopt(self->fd[0], SOL_TOY, TOY_INFO, buf,
				     &len));
		want = size < sizeof(all) ? size : sizeof(all);
		ASSERT_EQ(want, len);
		ASSERT_EQ(0, memcmp(all, buf, len));
		left = sizeof(buf) - len;
		ASSERT_EQ(0, memcmp(rest, buf + len, left < 9 ? left : 9));
	}
}

TEST_F(inspect_info, info__errors)
{
	int one = 1;
	socklen_t len = -1;
	char buf[4];

	self->fd[0] = toy_socket(variant->kind, 0);
	EXPECT_ERR(EINVAL, getsockopt(self->fd[0], SOL_TOY, TOY_INFO, buf,
				      &len));
	len = sizeof(struct toy_info);
	EXPECT_ERR(EFAULT, getsockopt(self->fd[0], SOL_TOY, TOY_INFO,
				      toy_page_bad() - 4, &len));
	EXPECT_ERR(EFAULT, getsockopt(self->fd[0], SOL_TOY, TOY_INFO, buf,
				      (socklen_t *)toy_page_bad()));
	EXPECT_ERR(ENOPROTOOPT, setsockopt(self->fd[0], SOL_TOY, TOY_INFO,
					   &one, sizeof(one)));
}

TEST_F(inspect_info, info__bytes)
{
	struct toy_info info[2];
	char buf[16];
	int i;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_EQ(10, send(self->fd[0], "0123456789", 10, 0));
	ASSERT_EQ(5, send(self->fd[0], "01234", 5, 0));
	ASSERT_EQ(3, send(self->fd[1], "012", 3, 0));
	ASSERT_EQ(10, recv(self->fd[1], buf, 10, 0));
	/* A look is no reading. */
	ASSERT_EQ(3, recv(self->fd[0], buf, 3, MSG_PEEK));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(sizeof(info[i]), info_of(self->fd[i], &info[i]));
	EXPECT_EQ(TCP_ESTABLISHED, info[0].toyi_state);
	EXPECT_EQ(15, info[0].toyi_bytes_out);
	EXPECT_EQ(0, info[0].toyi_bytes_in);
	EXPECT_EQ(3, info[1].toyi_bytes_out);
	EXPECT_EQ(10, info[1].toyi_bytes_in);
	ASSERT_EQ(5, recv(self->fd[1], buf, 16, 0));
	ASSERT_EQ(3, recv(self->fd[0], buf, 16, 0));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(sizeof(info[i]), info_of(self->fd[i], &info[i]));
	EXPECT_EQ(15, info[0].toyi_bytes_out);
	EXPECT_EQ(3, info[0].toyi_bytes_in);
	EXPECT_EQ(3, info[1].toyi_bytes_out);
	EXPECT_EQ(15, info[1].toyi_bytes_in);
}

TOY_TEST(inspect_info, info__drops, VARIANTS_MSG)
{
	struct toy_info info;

	ASSERT_OK(toy_pair(variant->kind, self->fd));
	ASSERT_OK(filter_all(self->fd[1]));
	ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	ASSERT_EQ(2, send(self->fd[0], "ab", 2, 0));
	ASSERT_EQ(sizeof(info), info_of(self->fd[1], &info));
	EXPECT_EQ(2, info.toyi_drops[TOY_DROP_FILTER]);
	EXPECT_EQ(0, info.toyi_bytes_in);
}

TOY_TEST(inspect_info, info__of_a_listener, VARIANTS_CONN)
{
	struct toy_info info;

	self->fd[0] = toy_listener(variant->kind, &self->name, 1);
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	ASSERT_EQ(sizeof(info), info_of(self->fd[0], &info));
	EXPECT_EQ(TCP_LISTEN, info.toyi_state);
	EXPECT_EQ(0, info.toyi_bytes_in);
	EXPECT_EQ(0, info.toyi_bytes_out);
}

TOY_TEST_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyfs: the regular files. status key by key, local and remote against the
 * socket's own calls, stats.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include "toy_test.h"
#include "toyfs.h"

FIXTURE(toyfs_status)
{
	struct toyfs_end end;
	char line[1024];
};

FIXTURE_VARIANT(toyfs_status)
{
	struct toy_kind kind;
};

TOY_VARIANTS(toyfs_status, VARIANTS_TOY)

FIXTURE_SETUP(toyfs_status)
{
	toy_guard(20);
	ASSERT_OK(toyfs_new(variant->kind, &self->end));
}

FIXTURE_TEARDOWN(toyfs_status)
{
}

static bool field_is(const struct toyfs_end *end, const char *key,
		     const char *value)
{
	const char *is = toyfs_status(end->kind, end->n, key);

	if (!strcmp(is, value))
		return true;
	fprintf(stderr, "# %s=%s, not %s\n", key, is, value);
	return false;
}

/* Programs may take them by position. */
TEST_F(toyfs_status, line__has_these_keys_in_this_order)
{
	static const char * const keys[] = {
		"id", "type", "state", "local", "remote", "backend", "uid",
		"gid", "pid", "comm", "inode", "cookie", "rq", "sq", "backlog",
		"drops", "skipped", "retrans", "rtt", "age", "mode",
	};
	char *p = self->line, key[32];
	ssize_t len;
	size_t i;

	len = toyfs_cat(variant->kind, self->end.n, "status", self->line,
			sizeof(self->line));
	ASSERT_LT(0, len);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(key, sizeof(key), "%s%s=", i ? " " : "", keys[i]);
		ASSERT_EQ(0, strncmp(p, key, strlen(key))) {
			TH_LOG("%s not at '%s'", keys[i], p);
		}
		p += strlen(key);
		EXPECT_LT(0, strcspn(p, "\n "));
		p += strcspn(p, "\n ");
	}
	EXPECT_STREQ("\n", p);
}

TEST_F(toyfs_status, line__of_a_new_one)
{
	const struct toyfs_end *end = &self->end;
	char number[32];

	snprintf(number, sizeof(number), "%d", end->n);
	EXPECT_TRUE(field_is(end, "id", number));
	EXPECT_TRUE(field_is(end, "type", toyfs_type(variant->kind)));
	EXPECT_TRUE(field_is(end, "state", "idle"));
	EXPECT_TRUE(field_is(end, "local", "*:*"));
	EXPECT_TRUE(field_is(end, "remote", "*:*"));
	EXPECT_TRUE(field_is(end, "backend", "local"));
	EXPECT_TRUE(field_is(end, "uid", "0"));
	EXPECT_TRUE(field_is(end, "gid", "0"));
	EXPECT_TRUE(field_is(end, "rq", "0"));
	EXPECT_TRUE(field_is(end, "sq", "0"));
	EXPECT_TRUE(field_is(end, "drops", "0"));
	EXPECT_TRUE(field_is(end, "skipped", "0"));
	EXPECT_TRUE(field_is(end, "mode", "0600"));
	snprintf(number, sizeof(number), "%d", getpid());
	EXPECT_TRUE(field_is(end, "pid", number));
}

/* No name of a program can pass for a key or for a line of its own. */
TEST_F(toyfs_status, comm__is_escaped)
{
	ASSERT_OK(prctl(PR_SET_NAME, "a mode=9\n\\x\x01\xff"));
	ASSERT_LT(0, toyfs_cat(variant->kind, self->end.n, "status",
			       self->line, sizeof(self->line)));
	EXPECT_NE(NULL, strstr(self->line,
			       " comm=a\\040mode=9\\012\\134x\\001\\377 "));
	EXPECT_EQ(self->line + strlen(self->line) - 1,
		  strchr(self->line, '\n'));
}

TEST_F(toyfs_status, comm__of_a_maker_that_is_gone)
{
	struct toyfs_end end = { .kind = variant->kind };
	int fd[2];
	pid_t pid;

	/* The child makes it; we hold it by an open data. */
	ASSERT_OK(pipe(fd));
	pid = fork();
	if (!pid) {
		if (toyfs_new(variant->kind, &end) ||
		    write(fd[1], &end.n, sizeof(end.n)) != sizeof(end.n))
			_exit(1);
		pause();
	}
	ASSERT_EQ(sizeof(end.n), read(fd[0], &end.n, sizeof(end.n)));
	ASSERT_OK(toyfs_data(&end, O_RDWR));
	ASSERT_OK(kill(pid, SIGKILL));
	ASSERT_EQ(128 + SIGKILL, toy_child_wait(pid));
	EXPECT_TRUE(field_is(&end, "comm", "-"));
}

TEST_F(toyfs_status, names__are_getsocknames)
{
	char local[64], remote[64], want[80], got[80];
	struct toyfs_end end[2];
	struct toy_name name;
	int i, sock;

	ASSERT_OK(toyfs_pair(variant->kind, end));
	for (i = 0; i < 2; i++) {
		sock = toyfs_getsock(end[i].ctl, 0);
		ASSERT_OK(toy_name_of(sock, &name));
		snprintf(local, sizeof(local), "%u:%u", name.toy.stoy_node,
			 name.toy.stoy_port);
		ASSERT_OK(toy_name_of_peer(sock, &name));
		snprintf(remote, sizeof(remote), "%u:%u", name.toy.stoy_node,
			 name.toy.stoy_port);
		/* What is bound to all nodes is written with a star. */
		EXPECT_TRUE(field_is(&end[i], "local", !strncmp(local, "0:", 2) ?
				     memcpy(local, "*", 1) : local));
		EXPECT_TRUE(field_is(&end[i], "remote", remote));
		snprintf(want, sizeof(want), "%s\n", local);
		toyfs_cat(variant->kind, end[i].n, "local", got, sizeof(got));
		EXPECT_STREQ(want, got);
		snprintf(want, sizeof(want), "%s\n", remote);
		toyfs_cat(variant->kind, end[i].n, "remote", got, sizeof(got));
		EXPECT_STREQ(want, got);
	}
}

TEST_F(toyfs_status, queues__follow_the_data)
{
	struct toyfs_end end[2];
	char buf[16];

	ASSERT_OK(toyfs_pair(variant->kind, end));
	ASSERT_EQ(3, write(end[0].data, "abc", 3));
	ASSERT_EQ(4, write(end[0].data, "defg", 4));
	EXPECT_TRUE(field_is(&end[1], "rq", "7"));
	EXPECT_LE(7, atoi(toyfs_status(variant->kind, end[0].n, "sq")));
	if (toy_kind_is_conn(variant->kind))
		EXPECT_TRUE(field_is(&end[0], "sq", "7"));
	while (toy_ioctl_int(end[1].data, FIONREAD) > 0)
		ASSERT_LT(0, read(end[1].data, buf, sizeof(buf)));
	EXPECT_TRUE(field_is(&end[1], "rq", "0"));
	EXPECT_TRUE(field_is(&end[0], "sq", "0"));
}

/* Of sockets that were made by calls, in each of their states. */
TOY_TEST(toyfs_status, states__of_a_connection, VARIANTS_CONN)
{
	struct toyfs_end end[3] = { };
	struct toy_name name;
	int server, fd[2], i;

	server = toy_listener(variant->kind, &name, 5);
	ASSERT_OK(server);
	fd[0] = toy_connected(variant->kind, &name);
	ASSERT_OK(fd[0]);
	fd[1] = accept(server, NULL, NULL);
	ASSERT_OK(fd[1]);
	for (i = 0; i < 3; i++) {
		end[i].kind = variant->kind;
		end[i].n = toyfs_number_of(variant->kind,
					   i == 2 ? server : fd[i]);
		ASSERT_LE(0, end[i].n);
	}
	EXPECT_TRUE(field_is(&end[2], "state", "listen"));
	EXPECT_TRUE(field_is(&end[2], "backlog", "0/5"));
	EXPECT_TRUE(field_is(&end[0], "state", "established"));
	EXPECT_TRUE(field_is(&end[1], "state", "established"));
	EXPECT_TRUE(field_is(&end[1], "backlog", "0/0"));
	ASSERT_OK(shutdown(fd[0], SHUT_WR));
	EXPECT_TRUE(field_is(&end[0], "state", "fin_wait2"));
	EXPECT_TRUE(field_is(&end[1], "state", "close_wait"));
	close(fd[0]);
	EXPECT_TRUE(field_is(&end[0], "state", "?"));
	EXPECT_TRUE(field_is(&end[1], "state", "close_wait"));
	ASSERT_OK(shutdown(fd[1], SHUT_WR));
	EXPECT_TRUE(field_is(&end[1], "state", "closed"));
}

/* A call that nobody accepted yet is there to be seen, not to be opened. */
TOY_TEST(toyfs_status, states__of_a_call_not_accepted, VARIANTS_CONN)
{
	struct toyfs_end server, client, call = { .kind = variant->kind };
	unsigned int port;
	struct stat st;

	ASSERT_OK(toyfs_server(variant->kind, &server, &port));
	ASSERT_OK(toyfs_client(variant->kind, &client, port));
	/* Numbers are given in sequence: it is the next one or so. */
	for (call.n = client.n + 1; call.n < client.n + 100; call.n++)
		if (!toyfs_stat(variant->kind, call.n, "", &st))
			break;
	ASSERT_OK(toyfs_stat(variant->kind, call.n, "status", &st));
	EXPECT_TRUE(field_is(&call, "state", "established"));
	EXPECT_TRUE(field_is(&call, "mode", "0000"));
	EXPECT_ERR(EPERM, toyfs_open(variant->kind, call.n, "ctl", O_RDWR));
	EXPECT_ERR(EPERM, toyfs_open(variant->kind, call.n, "data", O_RDWR));
	toyfs_close(&server);
	EXPECT_ERR(ENOENT, toyfs_stat(variant->kind, call.n, "", &st));
}

TEST_F(toyfs_status, age__counts)
{
	double first = atof(toyfs_status(variant->kind, self->end.n, "age"));
	long long began = toy_now();

	while (toy_now() < began + 30)
		sched_yield();
	EXPECT_LT(first, atof(toyfs_status(variant->kind, self->end.n,
					   "age")));
	EXPECT_GT(20, first);
}

/* One open is one moment until it is rewound. */
TEST_F(toyfs_status, rewind__reads_it_anew)
{
	int fd = toyfs_open(variant->kind, self->end.n, "status", O_RDONLY);

	EXPECT_STREQ("*:*", toyfs_status_fd(fd, "local"));
	ASSERT_OK(toyfs_ctl(self->end.ctl, "bind *:65534"));
	EXPECT_STREQ("*:65534", toyfs_status_fd(fd, "local"));
}

/* Counters: a name and a number each, which do not go down. */
TEST_F(toyfs_status, stats__are_names_and_numbers)
{
	unsigned long long before[64], now, sum = 0, sum_after = 0;
	struct toyfs_end end[2];
	char name[64];
	FILE *file;
	int i, n = 0;

	file = fopen(TOYFS "/stats", "r");
	ASSERT_NE(NULL, file);
	while (n < 64 && fscanf(file, "%63s %llu\n", name, &before[n]) == 2)
		sum += before[n++];
	EXPECT_TRUE(feof(file));
	fclose(file);
	ASSERT_LT(3, n);
	ASSERT_OK(toyfs_pair(variant->kind, end));
	toyfs_close(&end[0]);
	toyfs_close(&end[1]);
	file = fopen(TOYFS "/stats", "r");
	for (i = 0; i < n; i++) {
		ASSERT_EQ(2, fscanf(file, "%63s %llu\n", name, &now));
		sum_after += now;
	}
	fclose(file);
	EXPECT_LT(sum, sum_after);
}

TEST(links_neigh__are_empty)
{
	char c;
	int fd;

	fd = open(TOYFS "/links", O_RDONLY);
	ASSERT_OK(fd);
	EXPECT_EQ(0, read(fd, &c, 1));
	fd = open(TOYFS "/neigh", O_RDONLY);
	ASSERT_OK(fd);
	EXPECT_EQ(0, read(fd, &c, 1));
}

TOY_TEST_MAIN

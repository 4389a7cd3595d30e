// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at very many sockets, by netlink, /proc/net/toy and toyfs: each that
 * lives throughout is seen once, whatever comes and goes; and the time that it
 * takes grows as their number does, not faster.
 */
#include <dirent.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

#define FEW	2000
#define MANY	20000

FIXTURE(inspect_churn)
{
	struct toy_crowd crowd;
};

FIXTURE_VARIANT(inspect_churn)
{
	struct toy_kind kind;
};

TOY_VARIANTS(inspect_churn, VARIANTS_TOY)

FIXTURE_SETUP(inspect_churn)
{
	toy_guard(200);
	/* Where nobody else has a socket. */
	ASSERT_OK(toyfs_sandbox(NULL));
}

FIXTURE_TEARDOWN(inspect_churn)
{
}

/* ----------------------------------------------------------------- looking */

/* Each returns how many sockets it saw, -1 and errno. */

static void see(const struct toy_seen *seen, void *crowd)
{
	toy_crowd_see(crowd, seen->msg.tdiag_ino);
}

static long look_netlink(struct toy_kind kind, struct toy_crowd *crowd)
{
	struct toy_diag_req req = toy_nl_req(TOY_DIAG_SHOW_ALL);
	int nl = toy_nl_open();
	long n;

	req.sdiag_type = kind.type;
	n = toy_nl_dump(nl, &req, see, crowd);
	close(nl);
	return n;
}

static long look_proc(struct toy_kind kind, struct toy_crowd *crowd)
{
	FILE *file = fopen("/proc/net/toy", "r");
	unsigned int inode;
	char line[256];
	long n = 0;

	(void)kind;
	if (!file || !fgets(line, sizeof(line), file))
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u %*s %*s %*s %*s %*s %*s %*u %u",
			   &inode) != 1)
			return -1;
		toy_crowd_see(crowd, inode);
		n++;
	}
	fclose(file);
	return n;
}

/* The inode number of each socket by its number, which is all toyfs shows. */
static __u32 *inode_of;
static unsigned int numbers;

static void note_number(const struct toy_seen *seen, void *arg)
{
	(void)arg;
	if (seen->id >= numbers) {
		inode_of = realloc(inode_of,
				   2 * (seen->id + 1) * sizeof(*inode_of));
		if (!inode_of)
			abort();
		memset(inode_of + numbers, 0, (2 * (seen->id + 1) - numbers) *
		       sizeof(*inode_of));
		numbers = 2 * (seen->id + 1);
	}
	inode_of[seen->id] = seen->msg.tdiag_ino;
}

static long learn_numbers(void)
{
	struct toy_diag_req req = toy_nl_req(0);
	int nl = toy_nl_open();
	long n = toy_nl_dump(nl, &req, note_number, NULL);

	close(nl);
	return n;
}

static long look_toyfs(struct toy_kind kind, struct toy_crowd *crowd)
{
	char path[TOYFS_PATH];
	struct dirent *entry;
	unsigned long number;
	long n = 0;
	char *end;
	DIR *dir;

	dir = opendir(toyfs_path(path, kind, -1, ""));
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		number = strtoul(entry->d_name, &end, 10);
		if (*end)
			continue;
		if (number < numbers)
			toy_crowd_see(crowd, inode_of[number]);
		n++;
	}
	closedir(dir);
	return n;
}

static const struct {
	const char *name;
	long (*fn)(struct toy_kind kind, struct toy_crowd *crowd);
} looks[] = {
	{ "netlink", look_netlink },
	{ "/proc/net/toy", look_proc },
	{ "toyfs", look_toyfs },
};

#define LOOKS	((int)ARRAY_SIZE(looks))

/* -------------------------------------------------------- coming and going */

struct churn {
	atomic_bool stop;
	atomic_long made;
};

/* Makes sockets of all types and closes them. */
static void churn(struct churn *churn)
{
	struct toy_kind kinds[] = { TOY_STREAM, TOY_SEQPACKET, TOY_DGRAM };
	int fd[3], i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(&churn->stop)) {
		for (i = 0; i < 3; i++) {
			fd[i] = toy_socket(kinds[i], 0);
			atomic_fetch_add(&churn->made, fd[i] >= 0);
		}
		for (i = 0; i < 3; i++)
			toy_close(&fd[i]);
	}
	_exit(0);
}

static void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* Looks until there has been much coming and going during one of them. */
static bool looked_in_churn(int i, struct toy_kind kind,
			    struct toy_crowd *crowd, struct churn *other)
{
	long made, tries;

	for (tries = 0; tries < 200; tries++) {
		made = atomic_load(&other->made);
		if (looks[i].fn(kind, crowd) < MANY || toy_crowd_odd(crowd))
			break;
		if (atomic_load(&other->made) - made > 100)
			return true;
	}
	fprintf(stderr, "# %s: after %ld looks\n", looks[i].name, tries);
	return false;
}

TEST_F_TIMEOUT(inspect_churn, look__while_others_come_and_go, 120)
{
	struct churn *other = shared_memory(sizeof(*other));
	pid_t pid;
	int i;

	pid = fork();
	if (!pid)
		churn(other);
	ASSERT_OK(pid);
	ASSERT_OK(toy_crowd_make(&self->crowd, variant->kind, MANY));
	ASSERT_EQ(MANY, self->crowd.n);
	ASSERT_LE(MANY, learn_numbers());
	for (i = 0; i < LOOKS; i++)
		EXPECT_TRUE(looked_in_churn(i, variant->kind, &self->crowd,
					    other));
	atomic_store(&other->stop, true);
	EXPECT_EQ(0, toy_child_wait(pid));
}

/* -------------------------------------------------------------------- time */

#define ROUNDS	7

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* The time that a look takes, in the end at as many sockets as MANY; -1. */
static long measure(int look, struct toy_kind kind, struct toy_crowd *crowd)
{
	long began = now_ns();
	unsigned int again;

	for (again = 0; again < MANY / crowd->n; again++)
		if (looks[look].fn(kind, crowd) != crowd->n)
			return -1;
	return now_ns() - began;
}

/* A process with @n sockets in a namespace of their own measures when asked. */
static void looker(struct toy_kind kind, unsigned int n, int sock)
{
	struct toy_crowd crowd;
	char look;
	long ns;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (toyfs_sandbox(NULL) || toy_crowd_make(&crowd, kind, n) ||
	    crowd.n != n || learn_numbers() != n)
		_exit(1);
	while (read(sock, &look, 1) == 1) {
		ns = measure(look, kind, &crowd);
		if (write(sock, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

/* Returns the socket by which to ask. */
static int looker_start(struct toy_kind kind, unsigned int n)
{
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -1;
	pid = fork();
	if (!pid) {
		close(fd[0]);
		looker(kind, n, fd[1]);
	}
	close(fd[1]);
	return pid < 0 ? -1 : fd[0];
}

static long ask(int sock, char look)
{
	long ns = -1;

	if (write(sock, &look, 1) != 1 || read(sock, &ns, sizeof(ns)) <= 0)
		return -1;
	return ns;
}

static int by_size(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * How long each socket takes where there are many, in percent of where there
 * are few. The two take turns, so that what else the machine does slows both;
 * the least but one of several rounds. Not by the time of the process, for
 * which an emulated processor that is held up counts nothing.
 */
static long slower(const int sock[2], char look)
{
	long percent[ROUNDS], few, many;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		few = ask(sock[0], look);
		many = ask(sock[1], look);
		if (few <= 0 || many < 0)
			return -1;
		percent[round] = 100 * many / few;
	}
	qsort(percent, ROUNDS, sizeof(percent[0]), by_size);
	return percent[1];
}

/* If each took a look at all others it would be ten times as long. */
TEST_F_TIMEOUT(inspect_churn, look__takes_linear_time, 120)
{
	int sock[2], i;
	long percent;

	sock[0] = looker_start(variant->kind, FEW);
	sock[1] = looker_start(variant->kind, MANY);
	ASSERT_OK(sock[0]);
	ASSERT_OK(sock[1]);
	for (i = 0; i < LOOKS; i++) {
		percent = slower(sock, i);
		TH_LOG("%s: %ld %%", looks[i].name, percent);
		EXPECT_LT(0, percent);
		EXPECT_GT(200, percent);
	}
}

TOY_TEST_MAIN

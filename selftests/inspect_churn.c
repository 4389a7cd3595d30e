// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at very many sockets, by netlink, /proc/net/toy and toyfs: each that
 * lives throughout is seen once, whatever comes and goes; and the time that it
 * takes grows as their number does, not faster.
 */
#include <dirent.h>
#include <limits.h>
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

TEST_F(inspect_churn, look__while_others_come_and_go)
{
	struct churn *other = shared_memory(sizeof(*other));
	struct toy_crowd *crowd = &self->crowd;
	long made;
	pid_t pid;
	int i;

	pid = fork();
	if (!pid)
		churn(other);
	ASSERT_OK(pid);
	ASSERT_OK(toy_crowd_make(crowd, variant->kind, MANY));
	ASSERT_EQ(MANY, crowd->n);
	ASSERT_LE(MANY, learn_numbers());
	for (i = 0; i < LOOKS; i++) {
		made = atomic_load(&other->made);
		EXPECT_LE(MANY, looks[i].fn(variant->kind, crowd));
		EXPECT_EQ(0, toy_crowd_odd(crowd)) {
			TH_LOG("by %s", looks[i].name);
		}
		EXPECT_LT(100, atomic_load(&other->made) - made);
	}
	atomic_store(&other->stop, true);
	EXPECT_EQ(0, toy_child_wait(pid));
}

/* -------------------------------------------------------------------- time */

static long cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* The time that a look at @n sockets takes for each of them: best of five. */
static void measure(struct toy_kind kind, unsigned int n, long *ns)
{
	struct toy_crowd crowd;
	long began, took;
	int i, round;

	if (toy_crowd_make(&crowd, kind, n) || crowd.n != n ||
	    learn_numbers() != n)
		_exit(1);
	for (i = 0; i < LOOKS; i++) {
		ns[i] = LONG_MAX;
		for (round = 0; round < 5; round++) {
			began = cpu_ns();
			if (looks[i].fn(kind, &crowd) != n)
				_exit(2);
			took = (cpu_ns() - began) / n;
			if (took < ns[i])
				ns[i] = took;
		}
	}
	_exit(0);
}

/* If each took a look at all others, that would be ten times as much. */
TEST_F(inspect_churn, look__takes_linear_time)
{
	static const unsigned int n[] = { FEW, MANY };
	long (*ns)[LOOKS] = shared_memory(2 * sizeof(*ns));
	pid_t pid;
	int i;

	for (i = 0; i < 2; i++) {
		pid = fork();
		if (!pid)
			measure(variant->kind, n[i], ns[i]);
		ASSERT_EQ(0, toy_child_wait(pid));
	}
	for (i = 0; i < LOOKS; i++) {
		TH_LOG("%s: %ld ns each of %u, %ld of %u", looks[i].name,
		       ns[0][i], FEW, ns[1][i], MANY);
		EXPECT_GT(5 * ns[0][i], ns[1][i]);
	}
}

TOY_TEST_MAIN

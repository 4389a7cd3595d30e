// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets of any family, for the selftests: see toy_lib.h.
 */
#include <linux/sock_diag.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "toy_lib.h"

/* ------------------------------------------------------------------ kinds */

static long number_in_file(const char *path, long otherwise)
{
	char text[32];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return otherwise;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return otherwise;
	text[len] = '\0';
	return strtol(text, NULL, 0);
}

int toy_family(void)
{
	static int family;

	if (!family)
		family = number_in_file("/sys/module/toy/parameters/family",
					AF_TOY);
	return family;
}

int toy_kind_family(struct toy_kind kind)
{
	return toy_kind_is_toy(kind) ? toy_family() : kind.family;
}

/* -------------------------------------------------------------- addresses */

struct toy_name toy_name_toy(__u32 node, __u16 port)
{
	return (struct toy_name){
		.toy = {
			.stoy_family = toy_family(),
			.stoy_port = port,
			.stoy_node = node,
		},
		.len = sizeof(struct sockaddr_toy),
	};
}

static struct toy_name name_unix(const char *text)
{
	struct toy_name name = { .un = { .sun_family = AF_UNIX } };
	size_t len = strlen(text);

	memcpy(name.un.sun_path + 1, text, len);
	name.len = offsetof(struct sockaddr_un, sun_path) + 1 + len;
	return name;
}

static struct toy_name name_inet(__u16 port)
{
	return (struct toy_name){
		.in = {
			.sin_family = AF_INET,
			.sin_port = htons(port),
			.sin_addr = { htonl(INADDR_LOOPBACK) },
		},
		.len = sizeof(struct sockaddr_in),
	};
}

/* A port that was free a moment ago: what the kernel chose for a socket. */
static struct toy_name name_port(struct toy_kind kind)
{
	struct toy_name name = toy_name_any(kind);
	int fd = toy_socket(kind, SOCK_CLOEXEC);

	if (fd >= 0) {
		if (!toy_bind(fd, &name))
			toy_name_of(fd, &name);
		close(fd);
	}
	return name;
}

struct toy_name toy_name_new(struct toy_kind kind)
{
	static atomic_int count;
	int n = atomic_fetch_add(&count, 1);
	char text[64];

	switch (kind.family) {
	case AF_UNIX:
		snprintf(text, sizeof(text), "toy-test/%d/%d", getpid(), n);
		return name_unix(text);
	case AF_INET:
		return name_port(kind);
	default:
		/* Clear of the privileged ports and of those that are chosen. */
		return toy_name_toy(TOY_NODE_LOOPBACK,
				    2000 + (getpid() * 64 + n) % 30000);
	}
}

struct toy_name toy_name_any(struct toy_kind kind)
{
	struct toy_name name;

	switch (kind.family) {
	case AF_UNIX:
		name = name_unix("");
		name.len = sizeof(sa_family_t);
		return name;
	case AF_INET:
		return name_inet(0);
	default:
		return toy_name_toy(TOY_NODE_ANY, TOY_PORT_ANY);
	}
}

int toy_name_of(int fd, struct toy_name *name)
{
	memset(name, 0, sizeof(*name));
	name->len = sizeof(name->ss);
	return getsockname(fd, &name->sa, &name->len);
}

int toy_name_of_peer(int fd, struct toy_name *name)
{
	memset(name, 0, sizeof(*name));
	name->len = sizeof(name->ss);
	return getpeername(fd, &name->sa, &name->len);
}

bool toy_name_equal(const struct toy_name *a, const struct toy_name *b)
{
	return a->len == b->len && !memcmp(&a->ss, &b->ss, a->len);
}

__u32 toy_node_own(void)
{
	return number_in_file("/proc/sys/net/toy/node", 0);
}

int toy_node_set(__u32 node)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", node);
	return toy_sysctl_set("node", text);
}

static int sysctl_open(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/toy/%s", name);
	return open(path, flags | O_CLOEXEC);
}

int toy_sysctl_set(const char *name, const char *text)
{
	int err = 0, fd = sysctl_open(name, O_WRONLY);

	if (fd < 0)
		return -1;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}

const char *toy_sysctl_get(const char *name)
{
	static __thread char text[64];
	int fd = sysctl_open(name, O_RDONLY);
	ssize_t len = -1;

	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (len < 0)
		return "?";
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* ---------------------------------------------------------------- sockets */

/* Close after a failure without losing the errno of the failure. */
static int fail_close(int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return -1;
}

int toy_socket(struct toy_kind kind, int flags)
{
	return socket(toy_kind_family(kind), kind.type | flags, 0);
}

int toy_bind(int fd, const struct toy_name *name)
{
	return bind(fd, &name->sa, name->len);
}

int toy_connect(int fd, const struct toy_name *name)
{
	return connect(fd, &name->sa, name->len);
}

ssize_t toy_sendto(int fd, const void *buf, size_t len, int flags,
		   const struct toy_name *name)
{
	return sendto(fd, buf, len, flags, &name->sa, name->len);
}

int toy_bound(struct toy_kind kind, struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	*name = toy_name_new(kind);
	if (toy_bind(fd, name))
		return fail_close(fd);
	return fd;
}

int toy_listener(struct toy_kind kind, struct toy_name *name, int backlog)
{
	int fd = toy_bound(kind, name);

	if (fd >= 0 && listen(fd, backlog))
		return fail_close(fd);
	return fd;
}

int toy_connected(struct toy_kind kind, const struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_CLOEXEC);

	if (fd >= 0 && toy_connect(fd, name))
		return fail_close(fd);
	return fd;
}

static int pair_dgram(struct toy_kind kind, int fd[2])
{
	struct toy_name name[2];

	fd[0] = toy_bound(kind, &name[0]);
	if (fd[0] < 0)
		return -1;
	fd[1] = toy_bound(kind, &name[1]);
	if (fd[1] < 0)
		return fail_close(fd[0]);
	if (toy_connect(fd[0], &name[1]) || toy_connect(fd[1], &name[0])) {
		fail_close(fd[0]);
		return fail_close(fd[1]);
	}
	return 0;
}

/* This thread goes to the namespace that TOY_WIRE and a digit name. */
static int wire_enter(const char *prefix, int end)
{
	char path[100];
	int fd, ret;

	snprintf(path, sizeof(path), "%s%d", prefix, end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	return ret;
}

/* A socket at an end, bound there for whoever calls; @name is how he calls it. */
static int wire_bound(struct toy_kind kind, const char *prefix, int end,
		      struct toy_name *name)
{
	int fd;

	if (wire_enter(prefix, end))
		return -1;
	fd = toy_socket(kind, SOCK_CLOEXEC);
	if (fd < 0)
		return -1;
	*name = toy_name_new(kind);
	name->toy.stoy_node = TOY_NODE_ANY;
	if (toy_bind(fd, name))
		return fail_close(fd);
	name->toy.stoy_node = 2 + end;
	return fd;
}

/* The first is at the end that has node 2, the second where node 3 is. */
static int wire_ends(struct toy_kind kind, const char *prefix, int fd[2])
{
	struct toy_name name[2];
	int listener;

	listener = wire_bound(kind, prefix, 1, &name[1]);
	if (listener < 0)
		return -1;
	if (toy_kind_is_conn(kind) && listen(listener, 1))
		return fail_close(listener);
	fd[0] = wire_bound(kind, prefix, 0, &name[0]);
	if (fd[0] < 0 || toy_connect(fd[0], &name[1]))
		return fail_close(listener);
	if (!toy_kind_is_conn(kind)) {
		fd[1] = listener;
		return toy_connect(fd[1], &name[0]);
	}
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fd[1] < 0 ? -1 : 0;
}

/* TOY_WIRE=/run/netns/NAME-: two namespaces with a cable between, lib/ether.sh */
static int wire_pair(struct toy_kind kind, const char *prefix, int fd[2])
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret;

	if (home < 0)
		return -1;
	ret = wire_ends(kind, prefix, fd);
	if (setns(home, CLONE_NEWNET))
		ret = -1;
	close(home);
	return ret;
}

int toy_pair(struct toy_kind kind, int fd[2])
{
	const char *wire = getenv("TOY_WIRE");
	struct toy_name name;
	int listener;

	fd[0] = -1;
	fd[1] = -1;
	if (wire && toy_kind_is_toy(kind))
		return wire_pair(kind, wire, fd);
	if (!toy_kind_is_conn(kind))
		return pair_dgram(kind, fd);
	listener = toy_listener(kind, &name, 1);
	if (listener < 0)
		return -1;
	fd[0] = toy_connected(kind, &name);
	if (fd[0] >= 0)
		fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd[1] < 0) {
		fail_close(listener);
		fail_close(fd[0]);
		fd[0] = -1;
		return -1;
	}
	close(listener);
	return 0;
}

int toy_socketpair(struct toy_kind kind, int fd[2])
{
	if (toy_kind_is_inet(kind))
		return toy_pair(kind, fd);
	return socketpair(toy_kind_family(kind), kind.type | SOCK_CLOEXEC, 0,
			  fd);
}

void toy_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int toy_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags);
}

long toy_rmem(int fd)
{
	__u32 info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		return -1;
	return info[SK_MEMINFO_RMEM_ALLOC];
}

int toy_opt_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int toy_opt_get(int fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, option, &value, &len))
		return -1;
	return value;
}

int toy_opt_timeo(int fd, int option, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	return setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

int toy_ioctl_int(int fd, unsigned long request)
{
	int value = -2;

	if (ioctl(fd, request, &value))
		return -1;
	return value;
}

/* -------------------------------------------------------------- transfers */

ssize_t toy_recv(int fd, void *buf, size_t len, int flags, int ms)
{
	long long end = toy_now() + ms;
	ssize_t ret;

	for (;;) {
		long long left = end - toy_now();

		ret = recv(fd, buf, len, flags | MSG_DONTWAIT);
		if (ret >= 0 || errno != EAGAIN)
			return ret;
		if (left <= 0)
			break;
		toy_poll(fd, POLLIN, left);
	}
	errno = ETIMEDOUT;
	return -1;
}

ssize_t toy_send_all(int fd, const void *buf, size_t len)
{
	size_t sent = 0;
	ssize_t ret;

	do {
		ret = send(fd, (const char *)buf + sent, len - sent,
			   MSG_NOSIGNAL);
		if (ret < 0)
			return sent ? (ssize_t)sent : -1;
		sent += ret;
	} while (sent < len);
	return sent;
}

ssize_t toy_recv_all(int fd, void *buf, size_t len)
{
	size_t got = 0;
	ssize_t ret;

	while (got < len) {
		ret = recv(fd, (char *)buf + got, len - got, 0);
		if (ret < 0)
			return -1;
		if (!ret)
			break;
		got += ret;
	}
	return got;
}

/* TCP hands on to the peer's buffer: it has room again a moment later. */
static bool is_tcp(int fd)
{
	return toy_opt_get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET &&
	       toy_opt_get(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
}

long toy_send_full(int fd, size_t size)
{
	int err, refused = 0, enough = is_tcp(fd) ? 10 : 1;
	char *buf = calloc(1, size ?: 1);
	long count = 0;

	do {
		while (send(fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			refused = 0;
			count++;
		}
		err = errno;
		if (++refused < enough)
			toy_sleep(10);
	} while (err == EAGAIN && refused < enough);
	free(buf);
	errno = err;
	return err == EAGAIN ? count : -1;
}

long toy_recv_empty(int fd)
{
	static char buf[65536];
	long count = 0;
	ssize_t ret;

	while ((ret = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		count += ret;
	return ret < 0 && errno != EAGAIN ? -1 : count;
}

static unsigned char pattern(size_t i, unsigned int seed)
{
	return (i * 2654435761u >> 8) + i + seed * 29;
}

void toy_fill(void *buf, size_t len, unsigned int seed)
{
	unsigned char *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = pattern(i, seed);
}

long toy_check(const void *buf, size_t len, unsigned int seed)
{
	const unsigned char *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != pattern(i, seed))
			return i;
	return -1;
}

/* ---------------------------------------------------- polling, time, pages */

int toy_poll(int fd, short events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int ret = poll(&pfd, 1, ms);

	return ret < 0 ? -1 : pfd.revents;
}

long long toy_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

bool toy_clock_is_exact(void)
{
	FILE *file = fopen("/proc/cmdline", "r");
	char line[1024] = "";

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	return strstr(line, "tsc_early_khz=1000000");
}

long long toy_now(void)
{
	struct timespec ts;

	/*
	 * The time of the last tick, as the kernel's timeouts count: on an
	 * emulated machine that stood still the two run apart from the real
	 * time, and a timeout seems to end early.
	 */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void toy_sleep(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

char *toy_page_bad(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p;

	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p + page, page, PROT_NONE))
		abort();
	return p + page;
}

unsigned int toy_patience(void)
{
	const char *slow = getenv("TOY_TEST_SLOW");
	int n = slow ? atoi(slow) : 1;

	return n > 0 ? n : 1;
}

void toy_guard(unsigned int seconds)
{
	signal(SIGALRM, SIG_DFL);
	alarm(seconds * toy_patience());
}

/* ------------------------------------------------- signals, threads, tasks */

static atomic_int signals[_NSIG];

static void on_signal(int signo)
{
	atomic_fetch_add(&signals[signo], 1);
}

int toy_signal_catch(int signo, int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	atomic_store(&signals[signo], 0);
	return sigaction(signo, &sa, NULL);
}

int toy_signal_count(int signo)
{
	return atomic_load(&signals[signo]);
}

static void *thread_main(void *arg)
{
	struct toy_thread *t = arg;

	__atomic_store_n(&t->tid, gettid(), __ATOMIC_RELEASE);
	errno = 0;
	t->result = t->fn(t->arg);
	t->err = errno;
	__atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
	return NULL;
}

int toy_thread_start(struct toy_thread *t, long (*fn)(void *arg), void *arg)
{
	int err;

	memset(t, 0, sizeof(*t));
	t->fn = fn;
	t->arg = arg;
	err = pthread_create(&t->thread, NULL, thread_main, t);
	if (err) {
		errno = err;
		return -1;
	}
	while (!__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return 0;
}

static char thread_state(pid_t tid)
{
	char path[64], text[256], *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	p = strrchr(text, ')');
	return p && p[1] ? p[2] : 0;
}

bool toy_thread_sleeping(struct toy_thread *t)
{
	long long end = toy_now() + 10000;
	int seen = 0;

	/* Twice: the first may be a short sleep on the way into the call. */
	while (toy_now() < end && !__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
		seen = thread_state(t->tid) == 'S' ? seen + 1 : 0;
		if (seen == 3)
			return true;
		toy_sleep(2);
	}
	return false;
}

bool toy_thread_done(struct toy_thread *t, int ms)
{
	long long end = toy_now() + ms;

	while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
		if (toy_now() >= end)
			return false;
		toy_sleep(1);
	}
	return true;
}

long toy_thread_join(struct toy_thread *t)
{
	pthread_join(t->thread, NULL);
	errno = t->err;
	return t->result;
}

int toy_thread_kill(struct toy_thread *t, int signo)
{
	return syscall(SYS_tgkill, getpid(), t->tid, signo);
}

int toy_child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *toy_errno_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "no error";

	return name ? name : "an unknown errno";
}

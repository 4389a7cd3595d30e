/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: sockets of any family, for the selftests
 *
 * A test body is written once and runs against AF_TOY and against the families
 * that AF_TOY is measured by: AF_UNIX, and TCP and UDP on lo. struct toy_kind
 * says which; the toy_kind_* and toy_pair_* helpers hide how each family names
 * its sockets. A body that must differ asks toy_kind_is_toy() and the like, so
 * that a difference is visible where it is tested.
 *
 * Helpers return what the system calls under them return (-1 and errno), so
 * that a test can say EXPECT_OK() or EXPECT_ERR() of either. They print nothing
 * and never use the harness' macros: they may be called from any thread.
 */
#ifndef TOY_LIB_H
#define TOY_LIB_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/toy.h>

/* ------------------------------------------------------------------ kinds */

/**
 * struct toy_kind - what a test runs against
 * @family:	AF_TOY (whatever number the module took), AF_UNIX or AF_INET
 * @type:	SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM
 *
 * Passed by value and usable in the static initialiser of a variant.
 */
struct toy_kind {
	int family;
	int type;
};

#define TOY_STREAM	((struct toy_kind){ AF_TOY, SOCK_STREAM })
#define TOY_SEQPACKET	((struct toy_kind){ AF_TOY, SOCK_SEQPACKET })
#define TOY_DGRAM	((struct toy_kind){ AF_TOY, SOCK_DGRAM })

static inline bool toy_kind_is_toy(struct toy_kind kind)
{
	return kind.family == AF_TOY;
}

static inline bool toy_kind_is_unix(struct toy_kind kind)
{
	return kind.family == AF_UNIX;
}

static inline bool toy_kind_is_inet(struct toy_kind kind)
{
	return kind.family == AF_INET;
}

static inline bool toy_kind_is_stream(struct toy_kind kind)
{
	return kind.type == SOCK_STREAM;
}

/* listens and accepts */
static inline bool toy_kind_is_conn(struct toy_kind kind)
{
	return kind.type != SOCK_DGRAM;
}

/* keeps message boundaries */
static inline bool toy_kind_is_msg(struct toy_kind kind)
{
	return kind.type != SOCK_STREAM;
}

/** toy_family() - the number that the module has taken, AF_TOY as a rule */
int toy_family(void);

/** toy_kind_family() - the number of the kind's family for socket(2) */
int toy_kind_family(struct toy_kind kind);

/* -------------------------------------------------------------- addresses */

/**
 * struct toy_name - an address of any of the families
 * @len:	bytes of it that count, as for bind(2)
 */
struct toy_name {
	union {
		struct sockaddr sa;
		struct sockaddr_toy toy;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_storage ss;
	};
	socklen_t len;
};

/** toy_name_toy() - an AF_TOY address of this node and port */
struct toy_name toy_name_toy(__u32 node, __u16 port);
/** toy_name_new() - a name of this kind that nobody is bound to */
struct toy_name toy_name_new(struct toy_kind kind);
/** toy_name_any() - the name with which bind(2) chooses a free one */
struct toy_name toy_name_any(struct toy_kind kind);
/** toy_name_of() - getsockname(2) */
int toy_name_of(int fd, struct toy_name *name);
/** toy_name_of_peer() - getpeername(2) */
int toy_name_of_peer(int fd, struct toy_name *name);
/** toy_name_equal() - the same length and the same bytes */
bool toy_name_equal(const struct toy_name *a, const struct toy_name *b);
/** toy_node_own() - the own node id of this namespace, 0 when it has none */
__u32 toy_node_own(void);
/** toy_node_set() - give this namespace a node id (sysctl net.toy.node) */
int toy_node_set(__u32 node);
/**
 * toy_sysctl_set() - write to net.toy.@name of this namespace in one write(2)
 *
 * Returns: 0, -1 and errno
 */
int toy_sysctl_set(const char *name, const char *text);
/**
 * toy_sysctl_get() - what net.toy.@name says, without the newline
 *
 * Returns: text that the next call of this thread overwrites; "?" for no such
 */
const char *toy_sysctl_get(const char *name);

/* ---------------------------------------------------------------- sockets */

/** toy_socket() - socket(2); @flags are SOCK_CLOEXEC and SOCK_NONBLOCK */
int toy_socket(struct toy_kind kind, int flags);
/** toy_bind() - bind(2) to @name */
int toy_bind(int fd, const struct toy_name *name);
/** toy_connect() - connect(2) to @name */
int toy_connect(int fd, const struct toy_name *name);
/** toy_sendto() - sendto(2) @name */
ssize_t toy_sendto(int fd, const void *buf, size_t len, int flags,
		   const struct toy_name *name);
/** toy_bound() - a new socket bound to a new name, which is put into @name */
int toy_bound(struct toy_kind kind, struct toy_name *name);
/** toy_listener() - the same, listening */
int toy_listener(struct toy_kind kind, struct toy_name *name, int backlog);
/** toy_connected() - a new socket connected to @name */
int toy_connected(struct toy_kind kind, const struct toy_name *name);
/**
 * toy_pair() - two sockets connected to each other, the way programs do it
 *
 * With TOY_WIRE in the environment those of AF_TOY are in two namespaces with a
 * cable between (test-ether-generic.sh).
 *
 * Streams and seqpackets by listen, connect and accept: fd[0] has connected,
 * fd[1] was accepted. Datagram sockets are bound and connected both ways.
 */
int toy_pair(struct toy_kind kind, int fd[2]);
/** toy_socketpair() - socketpair(2), where the family has it, else toy_pair() */
int toy_socketpair(struct toy_kind kind, int fd[2]);
/** toy_close() - close(2) where *fd is a descriptor, and make it -1 */
void toy_close(int *fd);
/** toy_nonblock() - set or clear O_NONBLOCK */
int toy_nonblock(int fd, bool on);
/** toy_opt_set() - setsockopt(2) of an int */
int toy_opt_set(int fd, int level, int option, int value);
/** toy_opt_get() - getsockopt(2) of an int; -1 and errno when it fails */
int toy_opt_get(int fd, int level, int option);
/** toy_rmem() - memory of what is in a socket's receive queue; -1 and errno */
long toy_rmem(int fd);
/** toy_opt_timeo() - SO_RCVTIMEO or SO_SNDTIMEO in ms, 0 is for ever */
int toy_opt_timeo(int fd, int option, int ms);
/** toy_ioctl_int() - an ioctl(2) that fills in an int; -1 and errno */
int toy_ioctl_int(int fd, unsigned long request);

/* -------------------------------------------------------------- transfers */

/** toy_recv() - recv(2) that waits @ms at most, then -1 and ETIMEDOUT */
ssize_t toy_recv(int fd, void *buf, size_t len, int flags, int ms);
/** toy_send_all() - send until all is sent; the bytes sent, -1 if none were */
ssize_t toy_send_all(int fd, const void *buf, size_t len);
/** toy_recv_all() - receive until @len or end of file; -1 for an error */
ssize_t toy_recv_all(int fd, void *buf, size_t len);
/**
 * toy_send_full() - send messages of @size until the socket would block
 *
 * Returns: how many, or -1 for another error than EAGAIN
 */
long toy_send_full(int fd, size_t size);
/** toy_recv_empty() - receive and forget what is there; bytes, or -1 */
long toy_recv_empty(int fd);
/** toy_fill() - put a pattern into @buf that depends on @seed and place */
void toy_fill(void *buf, size_t len, unsigned int seed);
/** toy_check() - first place that differs from toy_fill(), -1 if none does */
long toy_check(const void *buf, size_t len, unsigned int seed);

/* ---------------------------------------------------- polling, time, pages */

/** toy_poll() - poll(2) one descriptor for @ms; its revents, -1 for an error */
int toy_poll(int fd, short events, int ms);
/**
 * toy_now() - the time of the last tick in ms, as the kernel's timeouts count
 *
 * On an emulated machine ticks come late and in bunches: give tests of timeouts
 * a wide margin all the same.
 */
long long toy_now(void);
/** toy_clock() - monotonic time in ns */
long long toy_clock(void);
/** toy_clock_is_exact() - whether a ns is an instruction: scripts/vm --icount */
bool toy_clock_is_exact(void);
/** toy_sleep() - at least @ms, through signals */
void toy_sleep(int ms);
/**
 * toy_page_bad() - a page that may be neither read nor written
 *
 * The page in front of it is an ordinary one: toy_page_bad() - n is a buffer
 * of which n bytes are good.
 */
char *toy_page_bad(void);
/**
 * toy_patience() - by how much this kernel is slower than others
 *
 * Returns: what selftests/run found or was told (TOY_TEST_SLOW), 1 otherwise
 */
unsigned int toy_patience(void);
/**
 * toy_guard() - end this process by SIGALRM after so many seconds
 *
 * Called by a fixture's setup: a test that hangs fails on its own. The time is
 * multiplied by toy_patience().
 */
void toy_guard(unsigned int seconds);

/* ------------------------------------------------- signals, threads, tasks */

/** toy_signal_catch() - count @signo from now on; @flags as SA_RESTART */
int toy_signal_catch(int signo, int flags);
/** toy_signal_count() - how often @signo has come since toy_signal_catch() */
int toy_signal_count(int signo);

/**
 * struct toy_thread - a thread and what became of its function
 * @fn:		what it runs; what it returns is found in @result
 * @arg:	given to @fn
 * @result:	of @fn
 * @err:	errno after @fn
 * @tid:	for toy_thread_sleeping() and tgkill(2)
 * @done:	@fn has returned
 */
struct toy_thread {
	long (*fn)(void *arg);
	void *arg;
	long result;
	int err;
	pid_t tid;
	bool done;
	pthread_t thread;
};

/** toy_thread_start() - run @fn(@arg) in a thread of its own */
int toy_thread_start(struct toy_thread *t, long (*fn)(void *arg), void *arg);
/**
 * toy_thread_sleeping() - wait until the thread sleeps in the kernel
 *
 * Returns: true when it sleeps, false when it has ended or the time is over
 */
bool toy_thread_sleeping(struct toy_thread *t);
/** toy_thread_done() - wait @ms at most for its end; whether it has ended */
bool toy_thread_done(struct toy_thread *t, int ms);
/** toy_thread_join() - wait for its end; returns @result, sets errno to @err */
long toy_thread_join(struct toy_thread *t);
/** toy_thread_kill() - send the thread a signal */
int toy_thread_kill(struct toy_thread *t, int signo);

/** toy_child_wait() - exit status of a child, 128 + signal, -1 for an error */
int toy_child_wait(pid_t pid);

/** toy_errno_name() - "EAGAIN"; "no error" for 0 */
const char *toy_errno_name(int err);

#endif /* TOY_LIB_H */

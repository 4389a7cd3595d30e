/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: what an operation costs, on AF_TOY and on its peers
 *
 * A *case* is an operation, a *subject* what it is done with: a family's socket
 * type, or a pipe. A *row* is a case of one size with one subject; each is
 * measured in a process of its own, so that none inherits what another left.
 *
 * The unit is the nanosecond, which under scripts/vm --icount is an instruction
 * of the guest. What is measured are rounds of so many operations, without a call
 * of the clock within a round, and the best round counts: the others had timer
 * interrupts, or a kernel thread, among them. A round begins at the same
 * distance from a tick each time, so that those which are longer than a tick
 * have the same number of them. What is freed only after a grace period, as
 * sockets are, counts where rounds are that long.
 */
#ifndef BENCH_H
#define BENCH_H

#include "toy_lib.h"

/** BENCH_LARGEST - the largest size of one write */
#define BENCH_LARGEST	(1024 * 1024)
/** BENCH_PIPE - in place of the family of a subject that is no socket */
#define BENCH_PIPE	AF_UNSPEC
/** BENCH_SIZES_END - ends a list of sizes */
#define BENCH_SIZES_END	(-1)

/**
 * struct bench_subject - what a case is measured with
 * @name:	"toy-stream"
 * @kind:	its family, AF_VSOCK and BENCH_PIPE among them, and its type
 */
struct bench_subject {
	const char *name;
	struct toy_kind kind;
};

/**
 * struct bench_end - one end of a connection
 * @in:		descriptor to read from
 * @out:	descriptor to write to: of sockets the same
 */
struct bench_end {
	int in;
	int out;
};

struct bench_case;

/**
 * struct bench_job - a row that is being measured
 * @what:	the case
 * @subject:	what with
 * @size:	bytes, or what else the case counts
 * @loops:	operations in a round
 * @warm:	rounds that come first and do not count
 * @rounds:	rounds that count
 * @since:	clock at the beginning of this round, ns
 * @best:	the least that a round took, ns; LLONG_MAX before the first
 * @result:	ns for an operation, or bytes
 */
struct bench_job {
	const struct bench_case *what;
	const struct bench_subject *subject;
	long size;
	long loops;
	int warm;
	int rounds;
	long long since;
	long long best;
	long result;
};

/**
 * struct bench_case - an operation
 * @name:	"write-read"
 * @sizes:	in what sizes, up to BENCH_SIZES_END
 * @cable:	over a cable between two namespaces
 * @warm:	rounds that do not count
 * @rounds:	rounds that do, unless told otherwise
 * @loops:	how many operations make a round of a size
 * @fits:	whether a row makes sense
 * @run:	measure; 0, or -1 and errno
 */
struct bench_case {
	const char *name;
	const long *sizes;
	bool cable;
	int warm;
	int rounds;
	long (*loops)(long size);
	bool (*fits)(const struct bench_subject *subject, long size);
	int (*run)(struct bench_job *job);
};

/* The cases, each where its file says what it does. */
extern const struct bench_case bench_write_read, bench_one_way;
extern const struct bench_case bench_ping_pong, bench_poll;
extern const struct bench_case bench_socketpair, bench_connect;
extern const struct bench_case bench_lookup;
extern const struct bench_case bench_memory_idle, bench_memory_pair;
extern const struct bench_case bench_memory_object;
extern const struct bench_case bench_veth_ping_pong, bench_veth_one_way;

/** bench_sizes_data - 1 byte to 1 MiB */
extern const long bench_sizes_data[];
/** bench_sizes_none - of a case that has no size */
extern const long bench_sizes_none[];

/* ---------------------------------------------------------------- rounds */

/**
 * bench_round() - begin the next round of @job->loops operations
 *
 * On x86-64 the instruction nopl 0x746f7931(%rax) is executed where a round
 * begins, nopl 0x746f7930(%rax) where it ends: they do nothing, and tell a
 * profiler what is measured.
 *
 * Returns: whether there is one
 */
bool bench_round(struct bench_job *job);
/** bench_round_end() - it is over; @job->result is that of the best so far */
void bench_round_end(struct bench_job *job);

/* -------------------------------------------------------------- subjects */

/** bench_subjects - all of them, up to one without a name */
extern const struct bench_subject bench_subjects[];

/** bench_is_stream() - without message boundaries */
bool bench_is_stream(const struct bench_subject *subject);
/** bench_is_conn() - a socket that listens and accepts */
bool bench_is_conn(const struct bench_subject *subject);
/** bench_is_dgram() - a datagram socket */
bool bench_is_dgram(const struct bench_subject *subject);
/** bench_is_ether() - what there is between two machines */
bool bench_is_ether(const struct bench_subject *subject);
/** bench_takes() - whether one write can be of @size bytes, and is read as sent */
bool bench_takes(const struct bench_subject *subject, long size);
/**
 * bench_present() - whether this kernel has the subject
 *
 * Loads the module that vsock needs for talking to oneself.
 */
bool bench_present(const struct bench_subject *subject);
/** bench_socket() - socket(2) */
int bench_socket(const struct bench_subject *subject);
/**
 * bench_listener() - a listening socket
 * @buffers:	its buffers and those of what it accepts, bytes; 0: the default
 * @name:	what to connect to
 */
int bench_listener(const struct bench_subject *subject, int buffers,
		   struct toy_name *name);
/** bench_connected() - a socket that is connected to @name */
int bench_connected(const struct bench_subject *subject, int buffers,
		    const struct toy_name *name);
/** bench_tune() - buffers of a socket, no waiting for more data in TCP */
int bench_tune(const struct bench_subject *subject, int fd, int buffers);
/**
 * bench_pair() - a connection: of pipes, one in each direction
 *
 * Over a cable, which is made first, where the case says so; once in a process.
 */
int bench_pair(const struct bench_job *job, int buffers,
	       struct bench_end end[2]);

/* ------------------------------------------------------------- transfers */

/** bench_buffer() - BENCH_LARGEST bytes that are in memory */
char *bench_buffer(void);
/** bench_write() - write(2) of all @size bytes in one; whether it did */
bool bench_write(int fd, const char *buf, long size);
/** bench_read() - read(2) until there are @size bytes; whether there were */
bool bench_read(int fd, char *buf, long size);
/**
 * bench_serve() - a process for the other end
 * @serve:	what it does there until the connection ends
 *
 * It has no descriptors of the end here, and ends with its parent.
 *
 * Returns: its pid once it is about to serve, -1
 */
pid_t bench_serve(const struct bench_job *job, const struct bench_end end[2],
		  int (*serve)(const struct bench_job *job,
			       const struct bench_end *end));
/** bench_dismiss() - end that process */
void bench_dismiss(pid_t pid);

/**
 * bench_parallel() - measure many at once, and print what came out
 *
 * Lines of case, how many, subject and operations a second, with tabs between,
 * one for each run, AF_TOY and AF_UNIX by turns.
 *
 * Returns: whether all could be measured
 */
bool bench_parallel(void);

#endif /* BENCH_H */

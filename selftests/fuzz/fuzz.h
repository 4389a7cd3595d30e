/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: random sequences of system calls on AF_TOY and toyfs
 *
 * A program is a list of calls, made from a seed and nothing else: who has the
 * seed has the program. Each runs in a process of its own, by one thread or
 * several, in a world: two namespaces with a cable (toy_cable.h) and toyfs. The
 * calls find their descriptors in a few slots that all threads share.
 *
 * A run may end in a complaint: an errno that no manual page has for the call, a
 * call that never ends, a process that crashes, a socket that stays, a word of
 * the kernel.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "toy_cable.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/** FUZZ_THREADS - most threads of a program */
#define FUZZ_THREADS	4
/** FUZZ_CALLS - most calls of a program */
#define FUZZ_CALLS	4096
/** FUZZ_OPS - most different calls */
#define FUZZ_OPS	64
/** FUZZ_SLOTS - descriptors that a program has */
#define FUZZ_SLOTS	16
/** FUZZ_LINEAGE - most mutations in a row */
#define FUZZ_LINEAGE	8
/** FUZZ_POOL - bytes of memory a thread has for data; a bad page follows */
#define FUZZ_POOL	65536
/** FUZZ_PLACES - classes into which places in the code are sorted */
#define FUZZ_PLACES	65536

/* ---------------------------------------------------------------- programs */

/**
 * struct fuzz_call - one call
 * @op:		which one, an index of fuzz_ops
 * @thread:	who makes it
 * @arg:	chance, of which the call makes its arguments
 */
struct fuzz_call {
	__u16 op;
	__u16 thread;
	__u32 arg[5];
};

/**
 * struct fuzz_program - what is run
 * @lineage:	the seed, then those of mutations
 * @seeds:	how many of them
 * @threads:	who runs it
 * @calls:	how many it has
 * @call:	they
 */
struct fuzz_program {
	__u64 lineage[FUZZ_LINEAGE];
	unsigned int seeds;
	unsigned int threads;
	unsigned int calls;
	struct fuzz_call call[FUZZ_CALLS];
};

/** fuzz_random() - the next number of a generator whose state is @state */
__u64 fuzz_random(__u64 *state);
/** fuzz_program_make() - make it anew from @lineage; the rest is set before */
void fuzz_program_make(struct fuzz_program *program, unsigned int calls);
/**
 * fuzz_program_keep() - leave only these calls
 * @text:	their numbers, by commas, ascending
 *
 * Returns: 0, -1 where that is no such list
 */
int fuzz_program_keep(struct fuzz_program *program, const char *text);
/** fuzz_program_show() - the options that make it again, but for those kept */
const char *fuzz_program_show(const struct fuzz_program *program,
			      unsigned int calls, char *text, size_t size);

/* ------------------------------------------------------------------- calls */

/** enum fuzz_kind - what a descriptor is; several are told by their bits */
enum fuzz_kind {
	FUZZ_NONE,
	FUZZ_STREAM,
	FUZZ_SEQPACKET,
	FUZZ_DGRAM,
	FUZZ_RAW,
	FUZZ_CTL,
	FUZZ_DATA,
	FUZZ_LISTEN,
	FUZZ_TEXT,
	FUZZ_DIR,
	FUZZ_PIPE,
	FUZZ_FILE,
	FUZZ_EPOLL,
	FUZZ_KINDS,
};

#define FUZZ_BIT(kind)	(1U << (kind))
#define FUZZ_SOCKETS	(FUZZ_BIT(FUZZ_STREAM) | FUZZ_BIT(FUZZ_SEQPACKET) | \
			 FUZZ_BIT(FUZZ_DGRAM) | FUZZ_BIT(FUZZ_RAW))
#define FUZZ_CONN	(FUZZ_BIT(FUZZ_STREAM) | FUZZ_BIT(FUZZ_SEQPACKET))
#define FUZZ_CARRIERS	(FUZZ_SOCKETS | FUZZ_BIT(FUZZ_DATA))

/**
 * struct fuzz_slot - a descriptor
 * @fd:		it, or -1
 * @kind:	what it is
 * @id:		number of its directory in toyfs, where it is known; else 0
 */
struct fuzz_slot {
	int fd;
	enum fuzz_kind kind;
	int id;
};

/**
 * struct fuzz_world - where programs run
 * @cable:	two namespaces
 * @sockets:	references on the module before anything ran
 * @kmsg:	the kernel's log, read so far
 */
struct fuzz_world {
	struct toy_cable cable;
	long sockets;
	int kmsg;
};

/**
 * struct fuzz_said - what the process of a run tells, in shared memory
 * @thread:	of each thread: its id, calls done, the call it is at, what it
 *		has done with all
 * @complaint:	the first one, or empty
 * @made:	how often each call was made, in all runs
 * @done:	how often without an error
 * @place:	places of the code that were reached, in all runs
 * @fresh:	places this run was the first to reach
 */
struct fuzz_said {
	struct {
		pid_t tid;
		unsigned int done;
		bool over;
		char text[256];
	} thread[FUZZ_THREADS];
	char complaint[512];
	unsigned long made[FUZZ_OPS];
	unsigned long done[FUZZ_OPS];
	unsigned char place[FUZZ_PLACES];
	unsigned int fresh;
};

/**
 * struct fuzz_thread - who makes calls
 * @number:	0 and on
 * @world:	where
 * @said:	what is told
 * @slot:	descriptors, shared with the others
 * @pool:	memory of its own
 * @kind:	of the descriptor that the call is made on
 * @at:		the slot it is from
 * @fd:		the descriptor
 * @most:	a greater result would be a lie; -1: any is right
 * @text:	of the call, as it will be shown
 * @end:	where it is now, 0 or 1; 2: a namespace of its own
 * @program:	what it makes calls of
 */
struct fuzz_thread {
	unsigned int number;
	struct fuzz_world *world;
	struct fuzz_said *said;
	struct fuzz_slot *slot;
	char *pool;
	enum fuzz_kind kind;
	const struct fuzz_slot *at;
	int fd;
	long most;
	char *text;
	int end;
	const struct fuzz_program *program;
};

/**
 * struct fuzz_op - a call
 * @name:	as strace has it
 * @call:	makes it; -1 and errno
 * @errnos:	those of the manual pages, ended by 0, beside EINTR, EAGAIN,
 *		EINVAL and EFAULT
 * @weight:	how often; 0: only where it is asked for
 * @wants:	bits of the kinds of descriptors that @errnos are true of; 0: any
 */
struct fuzz_op {
	const char *name;
	long (*call)(struct fuzz_thread *t, const __u32 *arg);
	const int *errnos;
	unsigned int weight;
	unsigned int wants;
};

extern const struct fuzz_op fuzz_sock_ops[], fuzz_data_ops[], fuzz_option_ops[],
			    fuzz_file_ops[], fuzz_toyfs_ops[], fuzz_net_ops[],
			    fuzz_plant_ops[];

/** fuzz_op() - a call by its number, NULL behind the last */
const struct fuzz_op *fuzz_op(unsigned int number);
/** fuzz_op_named() - the number of a call, -1 where there is none */
int fuzz_op_named(const char *name);
/** fuzz_op_may() - whether @err is one that this call may fail with */
bool fuzz_op_may(const struct fuzz_thread *t, const struct fuzz_op *op, int err);

/* --------------------------------------------------- what calls make use of */

/** fuzz_say() - the call's arguments, for the trace, before it is made */
void fuzz_say(struct fuzz_thread *t, const char *format, ...);
/**
 * fuzz_fd() - a descriptor from a slot
 * @kinds:	bits of those that are preferred; one call of 16 gets any
 *
 * Sets @t->kind.
 */
int fuzz_fd(struct fuzz_thread *t, __u32 arg, unsigned int kinds);
/** fuzz_slot_of() - the slot itself, by the same rule */
struct fuzz_slot *fuzz_slot_of(struct fuzz_thread *t, __u32 arg,
			       unsigned int kinds);
/** fuzz_put() - a new descriptor takes a slot; what was there is closed; @fd */
int fuzz_put(struct fuzz_thread *t, __u32 arg, int fd, enum fuzz_kind kind,
	     int id);
/**
 * fuzz_name() - an address: mostly one of few that are in use
 * @own:	to be bound to
 */
struct toy_name fuzz_name(const struct fuzz_thread *t, __u32 arg, bool own);
/** fuzz_name_text() - for fuzz_say() */
const char *fuzz_name_text(const struct toy_name *name);
/** fuzz_buf() - memory for @len bytes; one of 32 is bad, or half so */
void *fuzz_buf(struct fuzz_thread *t, __u32 arg, size_t len);
/** fuzz_len() - a length: mostly small */
size_t fuzz_len(__u32 arg);
/** fuzz_type() - a type of sockets, and which kind that is */
int fuzz_type(__u32 arg, enum fuzz_kind *kind);
/** fuzz_kind_of() - the kind of a socket type */
enum fuzz_kind fuzz_kind_of(int type);
/** fuzz_flags() - some of @n flags, by chance */
int fuzz_flags(__u32 arg, const int *flags, unsigned int n);
/** fuzz_id() - the number of a socket in toyfs, 0 where that cannot be told */
int fuzz_id(const struct fuzz_slot *slot);

/* -------------------------------------------------------------------- runs */

/** fuzz_world_make() - 0, -1 and errno */
int fuzz_world_make(struct fuzz_world *world);
/** fuzz_world_reset() - as it was when it was made; what was connected is not */
void fuzz_world_reset(struct fuzz_world *world);
/** fuzz_world_sockets() - references on the module: sockets, mounts, files */
long fuzz_world_sockets(void);
/** fuzz_world_log() - the kernel's next complaint, if there is one */
bool fuzz_world_log(struct fuzz_world *world, char *text, size_t size);
/** fuzz_link() - a veth fuzz0 comes into this thread's namespace, or goes */
long fuzz_link(bool add);
/** fuzz_world_tell() - a line into the kernel's log */
void fuzz_world_tell(const char *format, ...);

/**
 * struct fuzz_how - how programs are run
 * @trace:	show each call
 * @tell:	tell the kernel's log of each call before it is made
 * @forbid:	an errno that is to be complained of, 0 for none
 * @patience:	seconds without the end of a call before that is a hang
 */
struct fuzz_how {
	bool trace;
	bool tell;
	int forbid;
	unsigned int patience;
};

extern struct fuzz_how fuzz_how;
extern struct fuzz_said *fuzz_said;

/** fuzz_process() - what the process of a run does; never returns */
void fuzz_process(struct fuzz_world *world, const struct fuzz_program *program);
/**
 * fuzz_run() - run a program in a process of its own
 * @complaint:	512 bytes; "" where there is none
 *
 * Returns: whether there is none
 */
bool fuzz_run(struct fuzz_world *world, const struct fuzz_program *program,
	      char *complaint);
/**
 * fuzz_minimise() - leave out calls as long as the complaint stays
 * @complaint:	that it is about
 * @keep:	becomes the numbers of calls that are left, by commas
 */
void fuzz_minimise(struct fuzz_world *world, struct fuzz_program *program,
		   const char *complaint, char *keep, size_t size);

/* -------------------------------------------------------------------- kcov */

/** fuzz_kcov_open() - false where the kernel does not tell what code it runs */
bool fuzz_kcov_open(unsigned int threads);
/** fuzz_kcov_begin() - from now on, of this thread */
void fuzz_kcov_begin(unsigned int thread);
/** fuzz_kcov_take() - sort what this thread's calls reached */
void fuzz_kcov_take(unsigned int thread, struct fuzz_said *said);

#endif /* FUZZ_H */

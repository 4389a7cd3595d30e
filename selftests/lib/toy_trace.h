/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: the tracepoints of AF_TOY by tracefs, for the selftests
 *
 * Each struct toy_trace is an instance of its own, of which what the opening
 * thread does is shown, so that tests do not disturb each other. Helpers return
 * what the system calls under them return (-1 and errno) and print nothing.
 *
 * Switching a tracepoint on patches the kernel's code. QEMU 7.2 may go on for
 * ever with an old translation of code that another processor runs meanwhile.
 * So nothing here patches what every process runs: set_event_pid and the names
 * of processes would take tracepoints in the scheduler.
 */
#ifndef TOY_TRACE_H
#define TOY_TRACE_H

#include "toy_lib.h"

/** TOY_TRACE_EVENTS - their names, for a loop over all */
#define TOY_TRACE_EVENTS						\
	{ "toy_state", "toy_sendmsg", "toy_recvmsg", "toy_xmit",	\
	  "toy_rcv", "toy_drop" }

/**
 * struct toy_trace - an instance of tracefs
 * @path:	its directory
 * @tid:	thread whose events are shown
 * @id:		numbers of the sockets that have a name, by name
 */
struct toy_trace {
	char path[64];
	int tid;
	unsigned int id['z' + 1];
};

/**
 * struct toy_traced - an event as tracefs prints it
 * @tid:	thread that passed it
 * @event:	its name
 * @netns:	inode number of the network namespace
 * @id:		number of the socket
 * @type:	"stream", "seqpacket", "dgram"
 * @local:	its address, as text
 * @remote:	its peer's
 * @rest:	what the event has beyond that, "key=value ..."
 */
struct toy_traced {
	int tid;
	char event[32];
	unsigned int netns;
	unsigned int id;
	char type[16];
	char local[32];
	char remote[32];
	char rest[128];
};

/** toy_trace_open() - make an instance; mounts tracefs where it is missing */
int toy_trace_open(struct toy_trace *trace);
/** toy_trace_close() - remove it */
void toy_trace_close(struct toy_trace *trace);
/** toy_trace_write() - write a text to a file of it */
int toy_trace_write(const struct toy_trace *trace, const char *file,
		    const char *text);
/** toy_trace_read() - what a file of it says; the length */
ssize_t toy_trace_read(const struct toy_trace *trace, const char *file,
		       char *text, size_t size);
/** toy_trace_enable() - switch an event on or off; all for @event NULL */
int toy_trace_enable(const struct toy_trace *trace, const char *event,
		     bool on);
/** toy_trace_filter() - give an event a filter, "0" for none */
int toy_trace_filter(const struct toy_trace *trace, const char *event,
		     const char *filter);
/**
 * toy_trace_take() - what has been traced since the last time
 * @trace:	instance
 * @seen:	where to, in order of time
 * @max:	room there
 *
 * Returns: how many; -1 and errno, EBADMSG: a line is none of an event
 */
int toy_trace_take(const struct toy_trace *trace, struct toy_traced *seen,
		   int max);

/* ----------------------------------------------------------------- stories */

/** toy_trace_number() - a socket's number in /proc/net/toy, 0 for none */
unsigned int toy_trace_number(int sock);
/** toy_trace_name() - call a socket by a letter from a to z */
void toy_trace_name(struct toy_trace *trace, char name, int sock);
/**
 * toy_trace_story() - what toy_trace_take() says, as one text
 *
 * "EVENT NAME key=value ...; EVENT ...": the event without "toy_". The name is
 * "?" for a socket that has none, "-" for one that has no number.
 *
 * Returns: text that the next call overwrites
 */
const char *toy_trace_story(struct toy_trace *trace);

#endif /* TOY_TRACE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: a raw socket through files, for the selftests
 *
 *	  end 0: node 2				  end 1: node 3, with a toyfs
 *	+---------------+			+--------------------------+
 *	|	  fd[0] |-----------------------| fd[1], and end hears all |
 *	+---------------+			+--------------------------+
 *
 * As toy_lib.h: helpers return what the system calls under them return.
 */
#ifndef TOY_RAW_H
#define TOY_RAW_H

#include "toy_frame.h"
#include "toyfs.h"

/** TOY_RAW - the kind */
#define TOY_RAW		((struct toy_kind){ AF_TOY, SOCK_RAW })
/** TOY_RAW_PORT - of both datagram sockets */
#define TOY_RAW_PORT	7001
/** TOY_RAW_MS - how long to wait for what has to come */
#define TOY_RAW_MS	10000

/**
 * struct toy_raw - both ends
 * @cable:	between them
 * @name:	of fd[1]
 * @fd:		datagram sockets of the ends, which know each other's station
 * @end:	a raw socket of end 1, by clone, with its data open
 */
struct toy_raw {
	struct toy_cable cable;
	struct toy_name name;
	int fd[2];
	struct toyfs_end end;
};

/** toy_raw_make() - all of it; this thread is at end 1 then, with its toyfs */
int toy_raw_make(struct toy_raw *raw);
/** toy_raw_arrive() - a datagram with this byte has come in at end 1 */
int toy_raw_arrive(struct toy_raw *raw, char c);
/** toy_raw_hear() - one read of data, waited for */
int toy_raw_hear(int data, struct toy_frame *f);
/** toy_raw_silent() - whether nothing is to be read */
bool toy_raw_silent(int data);
/** toy_raw_datagram() - one of end 1's to a node, with this byte */
struct toy_frame toy_raw_datagram(__u32 to, char c);
/** toy_raw_say() - one write of data */
int toy_raw_say(int data, const struct toy_frame *f);
/** toy_raw_err() - whether the socket's err begins like this */
bool toy_raw_err(const struct toy_raw *raw, const char *want);

#endif /* TOY_RAW_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the kernel, by sock_diag(7).
 */
#ifndef TOYSS_DIAG_H
#define TOYSS_DIAG_H

#include <stdio.h>

#include "sock.h"

/**
 * DIAG_REPLAY - environment: a file that "toyss -D" wrote
 *
 * Its messages are read where the kernel's would be, as ss(8) does with
 * TCPDIAG_FILE. For tests, and to look at another machine's sockets.
 */
#define DIAG_REPLAY	"TOYDIAG_FILE"

struct diag;

/**
 * typedef diag_fn - what to do with an answer
 * @nlh:	the message itself
 * @sock:	what it says
 * @data:	the caller's
 *
 * Return: whether to go on.
 */
typedef bool diag_fn(const struct nlmsghdr *nlh, const struct sock *sock,
		     void *data);

/**
 * diag_open() - get ready to ask in the network namespace of the process
 *
 * Ends the program where that is not possible.
 */
struct diag *diag_open(void);

/** diag_close() - the end of it */
void diag_close(struct diag *diag);

/** diag_replays() - whether answers come from a file */
bool diag_replays(const struct diag *diag);

/**
 * diag_dump() - ask for all sockets
 * @diag:	from diag_open()
 * @types:	bits (1 << SOCK_*); others may come nevertheless
 * @states:	as tdiag_states; others may come nevertheless
 * @show:	TOY_DIAG_SHOW_*
 * @fn:		gets each answer
 * @data:	its own
 *
 * Return: whether all came. Else the reason was printed.
 */
bool diag_dump(struct diag *diag, uint32_t types, uint32_t states,
	       uint32_t show, diag_fn *fn, void *data);

/**
 * diag_destroy() - close a socket
 *
 * May be called from diag_dump()'s function.
 *
 * Return: 0; -EPERM; -ENOENT: it has gone; -EOPNOTSUPP.
 */
int diag_destroy(struct diag *diag, const struct sock *sock);

#endif /* TOYSS_DIAG_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A listener's queue of calls not accepted yet.
 */
#ifndef _TOY_CORE_ACCEPT_H
#define _TOY_CORE_ACCEPT_H

#include "sock.h"

/**
 * struct toy_caller - the process that called listen(2)
 * @cred:	its credentials then, a reference: SO_PEERCRED of who connects
 * @pid:	itself, a reference
 */
struct toy_caller {
	const struct cred	*cred;
	struct pid		*pid;
};

void toy_accept_add(struct sock *listener, struct sock *child);
bool toy_accept_reserve(struct sock *listener);
void toy_accept_cancel(struct sock *listener);
bool toy_accept_take_place(struct sock *listener, struct sock *child);
struct sock *toy_accept_take(struct sock *listener);
int toy_accept_open(struct sock *sk);
void toy_accept_close(struct sock *sk);
void toy_accept_stop(struct sock *listener);

/* Whether accept has something to return: a call, or that it is over. */
static inline bool toy_accept_ready(struct sock *listener,
				    unsigned long unused)
{
	return !list_empty_careful(&toy_sk(listener)->accept_queue) ||
	       READ_ONCE(listener->sk_state) != TCP_LISTEN;
}

#endif /* _TOY_CORE_ACCEPT_H */

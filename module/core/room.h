/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for room in another socket's queue.
 */
#ifndef _TOY_CORE_ROOM_H
#define _TOY_CORE_ROOM_H

#include "sock.h"

/* Room for how much a datagram socket waits: what was refused, or anything. */
static inline unsigned int toy_room_wanted(const struct sock *sk)
{
	return READ_ONCE(toy_sk(sk)->refused) ?: 1;
}

int toy_room_wait(struct sock *holder, unsigned int truesize, long *timeo,
		  struct sock *locked);
void toy_room_pass_on(struct sock *holder);
bool toy_room_relay(struct sock *sk, struct sock *holder);
void toy_room_unrelay(struct sock *sk);

#endif /* _TOY_CORE_ROOM_H */

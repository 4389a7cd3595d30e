/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to know of a socket, for whoever shows it.
 */
#ifndef _TOY_CORE_INFO_H
#define _TOY_CORE_INFO_H

#include "sock.h"

/**
 * struct toy_peer_id - the other end, where that is in this kernel
 * @ino:	inode number; 0: nobody accepted it yet, or there is none
 * @cookie:	as sock_diag has it; 0: there is none
 */
struct toy_peer_id {
	u32	ino;
	u32	cookie[2];
};

/**
 * struct toy_queues - how much waits
 * @rx:		bytes to be read; of a listener, calls to be accepted
 * @tx:		bytes the peer has not taken; of a listener, its backlog
 */
struct toy_queues {
	u32	rx;
	u32	tx;
};

void toy_info_of_link(struct sock *sk, struct toy_info *info);
void toy_info_fill(struct sock *sk, struct toy_info *info);
void toy_info_names(struct sock *sk, struct toy_addr *local,
		    struct toy_addr *remote);
void toy_info_queues(struct sock *sk, struct toy_queues *queues);
void toy_info_peer(struct sock *sk, struct toy_peer_id *peer);

#endif /* _TOY_CORE_INFO_H */

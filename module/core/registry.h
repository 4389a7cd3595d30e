/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All sockets of a network namespace, by number.
 */
#ifndef _TOY_CORE_REGISTRY_H
#define _TOY_CORE_REGISTRY_H

#include "sock.h"

void toy_registry_init(struct toy_net *tn);
void toy_registry_exit(struct toy_net *tn);

int toy_registry_add(struct sock *sk, gfp_t gfp);
void toy_registry_del(struct sock *sk);
struct sock *toy_registry_get(struct net *net, u32 id);
struct sock *toy_registry_next(struct net *net, unsigned long *id);

#endif /* _TOY_CORE_REGISTRY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the table of neighbours (neigh_table.c) and what becomes of its
 * entries (neigh.c).
 */
#ifndef _TOY_BACKEND_NEIGH_H
#define _TOY_BACKEND_NEIGH_H

#include "ether.h"

/* neigh_table.c */
void toy_neigh_put(struct toy_neigh *n);
void toy_neigh_arm(struct toy_neigh *n, unsigned long delay);
void toy_neigh_set(struct toy_neigh *n, u8 state);
struct toy_neigh *toy_neigh_look(struct toy_ether *ether, u32 id, int ifindex);
struct toy_neigh *toy_neigh_get(struct toy_ether *ether, u32 id, int ifindex,
				bool ours);
void toy_neigh_remove(struct toy_neigh *n, struct sk_buff_head *waited)
	__releases(&n->lock);

/* neigh.c */
void toy_neigh_timer(struct timer_list *timer);

#endif /* _TOY_BACKEND_NEIGH_H */

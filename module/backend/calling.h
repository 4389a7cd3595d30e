/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A half-open call.
 */
#ifndef _TOY_BACKEND_CALLING_H
#define _TOY_BACKEND_CALLING_H

#include "../proto/call.h"
#include "pair.h"

/**
 * struct toy_calling - a half-open call
 * @pair:	first
 * @order:	in toy_call_slot.calls, by age, while it is counted there; under
 *		pair_lock
 * @lock:	protects what follows; taken with BH off
 * @call:	its numbers
 * @complete:	a socket is being made of it
 * @gone:	out of the table, or about to be
 * @timer:	sends SYN ACK again; holds a reference while it runs
 */
struct toy_calling {
	struct toy_pair		pair;
	struct list_head	order;
	spinlock_t		lock; /* what follows */
	struct toy_call		call;
	bool			complete;
	bool			gone;
	struct timer_list	timer;
};

static inline struct toy_calling *toy_calling(const struct toy_pair *pair)
{
	return container_of(pair, struct toy_calling, pair);
}

/* calling.c */
void toy_calling_close(struct toy_calling *c);

/* calling_child.c */
enum toy_drop toy_calling_complete(struct toy_calling *c,
				   struct toy_link *link, struct sk_buff *skb,
				   struct toy_frame *frame);

#endif /* _TOY_BACKEND_CALLING_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of addresses: what is known under "from there to here".
 */
#ifndef _TOY_BACKEND_PAIR_H
#define _TOY_BACKEND_PAIR_H

#include "../proto/call.h"
#include "ether.h"

/* What a pair may be, in the order of [O2]. */
enum toy_pair_kind {
	TOY_PAIR_WIRE,		/* a connection, struct toy_wire */
	TOY_PAIR_WAIT,		/* one in TIME_WAIT, struct toy_waiting */
	TOY_PAIR_CALL,		/* a half-open call, struct toy_calling */
};

/**
 * struct toy_pair - what segments between two addresses are for
 * @hash:	in the table of pairs, under toy_ether.pair_lock; read under RCU
 * @rcu:	freed after a grace period
 * @ref:	the table, the timer while it runs, who looks at it, a socket
 * @kind:	enum toy_pair_kind
 * @type:	TOY_FRAME_STREAM or TOY_FRAME_SEQPACKET
 * @mac:	the station [I6]
 * @local:	our address
 * @remote:	theirs
 * @ether:	namespace
 * @link:	the link [I6], a reference
 * @free:	how it is freed: what is behind it goes, then the memory by RCU
 */
struct toy_pair {
	struct hlist_node	hash;
	struct rcu_head		rcu;
	refcount_t		ref;
	u8			kind;
	u8			type;
	u8			mac[ETH_ALEN];
	struct toy_addr		local;
	struct toy_addr		remote;
	struct toy_ether	*ether;
	struct toy_link		*link;
	void			(*free)(struct toy_pair *pair);
};

void toy_pair_init(struct toy_pair *pair, struct toy_ether *ether,
		   struct toy_link *link, const u8 *mac, u8 type, struct toy_addr local,
		   struct toy_addr remote);
int toy_pair_add(struct toy_pair *pair);
bool toy_pair_del(struct toy_pair *pair);
bool toy_pair_replace(struct toy_pair *old, struct toy_pair *pair);
struct toy_pair *toy_pair_find(struct toy_ether *ether, u8 type,
			       const struct toy_addr *local,
			       const struct toy_addr *remote);
void toy_pair_put(struct toy_pair *pair);
void toy_pair_say(struct toy_pair *pair, const struct toy_segment *seg);

static inline struct toy_pair *toy_pair_hold(struct toy_pair *pair)
{
	refcount_inc(&pair->ref);
	return pair;
}

/* The engine's clock. */
static inline u64 toy_pair_now(void)
{
	return ktime_to_us(ktime_get());
}

/* When a timer has to fire so that it is not before @deadline. */
static inline unsigned long toy_pair_jiffies(u64 now, u64 deadline)
{
	u64 us = deadline > now ? deadline - now : 0;

	return jiffies + usecs_to_jiffies(min_t(u64, us, U32_MAX / 4)) + 1;
}

/* wire_input.c */
void toy_wire_segment(struct toy_pair *pair, struct toy_link *link,
		      struct sk_buff *skb, struct toy_frame *frame);

/* wire_run.c */
void toy_wire_unreachable(struct sock *sk, u32 node);

/* calling.c */
void toy_calling_segment(struct toy_pair *pair, struct toy_link *link,
			 struct sk_buff *skb, struct toy_frame *frame);
void toy_calling_new(struct toy_link *link, struct sk_buff *skb,
		     struct toy_frame *frame, struct toy_pair *old, u32 least);
void toy_calling_end(struct toy_pair *pair);
u64 toy_calling_deadline(const struct toy_pair *pair, u8 *retries);
u32 toy_calling_iss(struct toy_ether *ether, const struct toy_pair *pair);

/* waiting.c */
struct toy_waiting;
struct toy_waiting *toy_waiting_make(const struct toy_pair *from,
				     const struct toy_conn *conn, u64 now);
void toy_waiting_begin(struct toy_pair *from, struct toy_waiting *waiting);
void toy_waiting_segment(struct toy_pair *pair, struct toy_link *link,
			 struct sk_buff *skb, struct toy_frame *frame);
void toy_waiting_end(struct toy_pair *pair);
u64 toy_waiting_deadline(const struct toy_pair *pair);

/* segment.c */
struct sock *toy_segment_listener(struct toy_link *link,
				  const struct sk_buff *skb,
				  const struct toy_frame *frame);
bool toy_segment_at_home(const struct toy_pair *pair,
			 const struct toy_link *link,
			 const struct sk_buff *skb);
void toy_ether_segment(struct toy_link *link, struct sk_buff *skb,
		       struct toy_frame *frame);
enum toy_drop toy_segment_reason(u8 drop);
void toy_ether_stray(struct toy_link *link, struct sk_buff *skb,
		     const struct toy_frame *frame, enum toy_drop reason);
void toy_ether_seg_drop(struct toy_link *link, struct sk_buff *skb, u8 drop);
void toy_pair_end_all(struct toy_ether *ether, const struct toy_link *link);

#endif /* _TOY_BACKEND_PAIR_H */

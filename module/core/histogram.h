/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histograms: how long data waited to be read, and calls to be accepted.
 *
 * They cost a look at the clock for each buffer, so they are off until somebody
 * sets net.toy.histograms; while no namespace has, all that is left of them in
 * the way of a message is a no-op (a static key).
 */
#ifndef _TOY_CORE_HISTOGRAM_H
#define _TOY_CORE_HISTOGRAM_H

#include <linux/jump_label_ratelimit.h>
#include <linux/ktime.h>

#include "sock.h"

extern struct static_key_false_deferred toy_histograms;

void toy_histogram_init(struct toy_net *tn);
void toy_histogram_exit(struct toy_net *tn);
void toy_histogram_flush(void);
void toy_histogram_switch(struct toy_net *tn, bool on);
void toy_histogram_drop(struct toy_net *tn, u32 id);
void toy_histogram_fill(struct sock *sk, struct toy_info *info);

u64 toy_histogram_clock(const struct sock *sk);
void toy_histogram_read(struct sock *sk, u64 since);
void toy_histogram_taken(struct sock *sk, u64 since);
void toy_histogram_accepted(struct sock *sk, u64 since);

/* Whether any namespace wants histograms. */
static inline bool toy_histogram_on(void)
{
	return static_branch_unlikely(&toy_histograms.key);
}

/* When something begins to wait at @sk, in ns; 0 where nobody wants to know. */
static inline u64 toy_histogram_start(const struct sock *sk)
{
	return toy_histogram_on() ? toy_histogram_clock(sk) : 0;
}

#endif /* _TOY_CORE_HISTOGRAM_H */

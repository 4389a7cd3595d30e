/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: the histograms of TOY_INFO, for the selftests
 *
 * As toy_lib.h: helpers return what the kernel says (-1 and errno), print
 * nothing and may be called from any thread.
 */
#ifndef TOY_HISTOGRAM_H
#define TOY_HISTOGRAM_H

#include "toy_lib.h"

/** toy_histogram_turn() - turn sysctl net.toy.histograms of this namespace */
int toy_histogram_turn(bool on);
/** toy_histogram_look() - getsockopt(2) of TOY_INFO */
int toy_histogram_look(int sock, struct toy_info *info);
/** toy_histogram_sum() - samples in all classes of a histogram */
unsigned int toy_histogram_sum(const __u32 *classes);
/** toy_histogram_reads() - samples of how long data waited; -1 and errno */
int toy_histogram_reads(int sock);
/** toy_histogram_accepts() - samples of how long calls waited; -1 and errno */
int toy_histogram_accepts(int sock);
/**
 * toy_histogram_talk() - send and read messages of a byte, one after the other
 * @from:	connected socket
 * @to:		its peer
 * @n:		how many
 */
int toy_histogram_talk(int from, int to, int n);
/**
 * toy_histogram_life() - sockets that have samples, and then end
 * @kind:	of which kind
 * @n:		in which way: closed, disconnected, with unread data, destroyed
 */
int toy_histogram_life(struct toy_kind kind, unsigned int n);

#endif /* TOY_HISTOGRAM_H */

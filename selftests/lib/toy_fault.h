/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: allocations that fail, for the selftests
 *
 * By /proc/thread-self/fail-nth of kernels with fault injection, as the debug
 * kernel of scripts/vm is. A call is made again and again, with its first
 * allocation failing, then its second and so on, until one gets through without:
 *
 *	for (n = 1, fault = true; fault && n < TOY_FAULT_MOST; n++) {
 *		toy_fault_arm(n);
 *		ret = call();
 *		fault = toy_fault_happened();
 *		...
 *	}
 */
#ifndef TOY_FAULT_H
#define TOY_FAULT_H

#include <stdbool.h>

/** TOY_FAULT_MOST - no call here has more allocations than that */
#define TOY_FAULT_MOST	400

/**
 * toy_fault_prepare() - have all kinds of allocations fail that can be made to
 *
 * Returns: 0, -1 where the kernel cannot inject faults or we are not its root
 */
int toy_fault_prepare(void);
/** toy_fault_arm() - let this thread's @n-th allocation from here on fail */
void toy_fault_arm(int n);
/**
 * toy_fault_happened() - whether it has failed; none does from here on
 *
 * errno stays as it is.
 */
bool toy_fault_happened(void);
/**
 * toy_fault_after() - let one allocation fail that may not sleep
 * @bytes:	so much is allocated before
 *
 * Whoever makes it, in softirq as well, so that it may be anybody's. With
 * @bytes from 0 on in small steps each of what happens meanwhile fails once.
 *
 * Returns: 0, -1 and errno
 */
int toy_fault_after(long bytes);
/** toy_fault_over() - whether that one has failed; none does from here on */
bool toy_fault_over(void);
/** toy_fault_none() - none fails from here on, but for those of fail-nth */
void toy_fault_none(void);
/** toy_fault_errno() - whether @err is one that says 'no memory' */
bool toy_fault_errno(int err);

#endif /* TOY_FAULT_H */

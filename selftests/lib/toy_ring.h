/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: io_uring(7) by its system calls, for the selftests
 *
 * One request at a time is handed over; results are told apart by an id.
 */
#ifndef TOY_RING_H
#define TOY_RING_H

#include <linux/io_uring.h>
#include <stddef.h>

/**
 * struct toy_ring - a ring with room for a handful of requests
 * @fd:		of the ring; the rest is what it maps
 */
struct toy_ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

/** toy_ring_make() - set one up; -1 and errno */
int toy_ring_make(struct toy_ring *ring);
/** toy_ring_submit() - hand over one request; @id comes back with its result */
int toy_ring_submit(struct toy_ring *ring, const struct io_uring_sqe *sqe,
		    unsigned long id);
/** toy_ring_next() - the next result in @ms: of which request, 0 for none */
unsigned long toy_ring_next(struct toy_ring *ring, int ms, int *res);
/** toy_ring_rw() - IORING_OP_READ, _WRITE (at no offset), _SEND or _RECV */
struct io_uring_sqe toy_ring_rw(int op, int fd, const void *buf, size_t len);
/** toy_ring_call() - a request and its result, as it comes; -EBUSY for none */
int toy_ring_call(struct toy_ring *ring, const struct io_uring_sqe *sqe);

#endif /* TOY_RING_H */

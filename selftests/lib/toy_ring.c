// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring(7) by its system calls, for the selftests: see toy_ring.h.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "toy_lib.h"
#include "toy_ring.h"

int toy_ring_make(struct toy_ring *ring)
{
	struct io_uring_params p = { 0 };
	size_t size;
	char *map;

	ring->fd = syscall(SYS_io_uring_setup, 8, &p);
	if (ring->fd < 0)
		return -1;
	/* One mapping for both: IORING_FEAT_SINGLE_MMAP, since 5.4. */
	size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
		   IORING_OFF_SQ_RING);
	if (map == MAP_FAILED)
		return -1;
	ring->sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			  IORING_OFF_SQES);
	if (ring->sqes == MAP_FAILED)
		return -1;
	ring->sq_tail = (unsigned int *)(map + p.sq_off.tail);
	ring->sq_mask = (unsigned int *)(map + p.sq_off.ring_mask);
	ring->sq_array = (unsigned int *)(map + p.sq_off.array);
	ring->cq_head = (unsigned int *)(map + p.cq_off.head);
	ring->cq_tail = (unsigned int *)(map + p.cq_off.tail);
	ring->cq_mask = (unsigned int *)(map + p.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(map + p.cq_off.cqes);
	return 0;
}

int toy_ring_submit(struct toy_ring *ring, const struct io_uring_sqe *sqe,
		    unsigned long id)
{
	unsigned int tail = *ring->sq_tail, slot = tail & *ring->sq_mask;

	ring->sqes[slot] = *sqe;
	ring->sqes[slot].user_data = id;
	ring->sq_array[slot] = slot;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1 ?
	       0 : -1;
}

unsigned long toy_ring_next(struct toy_ring *ring, int ms, int *res)
{
	unsigned int head = *ring->cq_head;
	struct io_uring_cqe *cqe;

	if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) {
		toy_poll(ring->fd, POLLIN, ms);
		if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE))
			return 0;
	}
	cqe = &ring->cqes[head & *ring->cq_mask];
	*res = cqe->res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return cqe->user_data;
}

struct io_uring_sqe toy_ring_rw(int op, int fd, const void *buf, size_t len)
{
	return (struct io_uring_sqe){
		.opcode = op, .fd = fd, .addr = (unsigned long)buf,
		.len = len, .off = op == IORING_OP_READ ||
				   op == IORING_OP_WRITE ? -1 : 0,
	};
}

int toy_ring_call(struct toy_ring *ring, const struct io_uring_sqe *sqe)
{
	int res;

	if (toy_ring_submit(ring, sqe, 4711) ||
	    toy_ring_next(ring, 5000, &res) != 4711)
		return -EBUSY;
	return res;
}

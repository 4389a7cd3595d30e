/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of proto/ and the simulation take from <stdlib.h>.
 */
#ifndef _TOY_TESTS_STDLIB_H
#define _TOY_TESTS_STDLIB_H

#include <linux/bug.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Before free() means something else. */
#include "../toy_test.h"

#define abort()		BUG()
#define malloc(n)	kvmalloc(n, GFP_KERNEL)
#define calloc(n, size)	kvcalloc(n, size, GFP_KERNEL)
#define free(p)		kvfree(p)

/* The heap of the simulation alone grows: it doubles. */
static inline void *toy_test_realloc(void *old, size_t size)
{
	void *new = kvmalloc(size, GFP_KERNEL);

	if (new && old)
		memcpy(new, old, size / 2);
	kvfree(old);
	return new;
}

#define realloc(p, size) toy_test_realloc(p, size)

/* Chance that is the same each time: proto_sim.c. */
extern struct rnd_state toy_test_chance;

#define srandom(seed)	prandom_seed_state(&toy_test_chance, seed)
#define random()	(prandom_u32_state(&toy_test_chance) >> 1)

/* The simulation has one of its own. */
#undef swap

#endif /* _TOY_TESTS_STDLIB_H */

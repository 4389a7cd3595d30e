// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluates filters.
 */
#include "filter.h"

static bool compare(enum filter_compare how, uint32_t a, uint32_t b)
{
	switch (how) {
	case FILTER_EQ:
		return a == b;
	case FILTER_NE:
		return a != b;
	case FILTER_LT:
		return a < b;
	case FILTER_GT:
		return a > b;
	case FILTER_LE:
		return a <= b;
	case FILTER_GE:
		return a >= b;
	}
	return false;
}

static bool same(const struct filter_step *step, const struct endpoint *at)
{
	return (step->any_node || at->node == step->to.node) &&
	       (step->any_port || at->port == step->to.port);
}

/* The parser lets nothing be ordered but either a node or a port. */
static bool test(const struct filter_step *step, const struct endpoint *at)
{
	if (step->compare == FILTER_EQ || step->compare == FILTER_NE)
		return same(step, at) == (step->compare == FILTER_EQ);
	if (step->any_node)
		return compare(step->compare, at->port, step->to.port);
	return compare(step->compare, at->node, step->to.node);
}

/* Results wait in the bits of a word, the last one lowest. */
static bool evaluate(const struct filter *filter, const struct endpoint *local,
		     const struct endpoint *remote)
{
	uint64_t results = 0;
	size_t i;

	for (i = 0; i < filter->count; i++) {
		const struct filter_step *step = &filter->steps[i];

		switch (step->op) {
		case FILTER_TEST:
			results = results << 1 |
				  test(step, step->remote ? remote : local);
			break;
		case FILTER_NOT:
			results ^= 1;
			break;
		case FILTER_AND:
			results = results >> 1 & (results | ~1ULL);
			break;
		case FILTER_OR:
			results = results >> 1 | (results & 1);
			break;
		}
	}
	return results & 1;
}

static bool has_bit(uint32_t bits, unsigned int bit)
{
	return bit < 32 ? bits >> bit & 1 : bits == ~0U;
}

bool filter_match(const struct filter *filter, int type, unsigned int state,
		  const struct endpoint *local, const struct endpoint *remote)
{
	return has_bit(filter->types, type) &&
	       has_bit(filter->states, state) &&
	       (!filter->count || evaluate(filter, local, remote));
}

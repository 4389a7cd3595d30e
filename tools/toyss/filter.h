/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets are shown: their types, their states, and an expression over
 * their addresses.
 *
 * An expression is kept as the steps that evaluate it, operands before what
 * joins them: "a and not b" is TEST a, TEST b, NOT, AND. So no input, however
 * long, makes the evaluation recurse.
 */
#ifndef TOYSS_FILTER_H
#define TOYSS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sock.h"

/**
 * FILTER_NESTING - parentheses within each other
 *
 * Each level leaves at most two results waiting for what it yields, and all
 * results of an evaluation fit the bits of one u64.
 */
#define FILTER_NESTING	30

enum filter_op {
	FILTER_TEST,
	FILTER_NOT,
	FILTER_AND,
	FILTER_OR,
};

enum filter_compare {
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_GT,
	FILTER_LE,
	FILTER_GE,
};

/**
 * struct filter_step - a predicate, or what joins the last ones
 * @op:		which of these
 * @compare:	how: address with the one here
 * @remote:	the peer's address, not the own
 * @any_node:	the node does not matter
 * @any_port:	the port does not matter
 * @to:		what it is compared to
 */
struct filter_step {
	enum filter_op op;
	enum filter_compare compare;
	bool remote;
	bool any_node;
	bool any_port;
	struct endpoint to;
};

/**
 * struct filter - which sockets are shown
 * @types:	bits (1 << SOCK_*)
 * @states:	bits (1 << TCP_*)
 * @steps:	the expression; NULL: all
 * @count:	how many steps
 */
struct filter {
	uint32_t types;
	uint32_t states;
	struct filter_step *steps;
	size_t count;
};

/** filter_match() - whether a socket is shown */
bool filter_match(const struct filter *filter, int type, unsigned int state,
		  const struct endpoint *local, const struct endpoint *remote);

/**
 * filter_parse() - read an expression
 * @filter:	gets its steps
 * @text:	the expression; blanks alone are no condition
 *
 * Return: NULL; what is wrong with it, valid until the next call.
 */
const char *filter_parse(struct filter *filter, const char *text);

#endif /* TOYSS_FILTER_H */

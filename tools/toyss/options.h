/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the command line asks for.
 */
#ifndef TOYSS_OPTIONS_H
#define TOYSS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"

/* STATUS_USAGE - exit status: the command line makes no sense */
#define STATUS_USAGE	2

/**
 * struct options - what the command line asks for
 * @filter:	which sockets
 * @states:	whether it names states
 * @choice:	whether it names types, or has an expression
 * @numeric:	-n
 * @timer:	-o
 * @extended:	-e
 * @memory:	-m
 * @processes:	-p
 * @info:	-i
 * @summary:	-s
 * @events:	-E
 * @kill:	-K
 * @bare:	-H: no header
 * @oneline:	-O
 * @json:	-j
 * @netns:	-N: name or path; NULL
 * @record:	-D: file; NULL
 */
struct options {
	struct filter filter;
	bool states;
	bool choice;
	bool numeric;
	bool timer;
	bool extended;
	bool memory;
	bool processes;
	bool info;
	bool summary;
	bool events;
	bool kill;
	bool bare;
	bool oneline;
	bool json;
	const char *netns;
	const char *record;
};

/**
 * options_parse() - read the command line
 *
 * Ends the program after -h and -V, and where it makes no sense.
 */
void options_parse(struct options *options, int argc, char **argv);

/** options_show() - TOY_DIAG_SHOW_* of what will be printed */
uint32_t options_show(const struct options *options);

#endif /* TOYSS_OPTIONS_H */

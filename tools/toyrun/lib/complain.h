/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program cannot know, told to its user.
 */
#ifndef TOYRUN_COMPLAIN_H
#define TOYRUN_COMPLAIN_H

#include <netinet/in.h>

/**
 * complain_map() - the environment's list has a bad element
 * @bad:	the element, up to a comma
 * @why:	what it is
 */
void complain_map(const char *bad, const char *why);

/**
 * complain_address() - there is no node for an address
 * @address:	IPv4
 * @port:	of the host's byte order
 *
 * A line on standard error, unless the last one was of the same address.
 * Leaves errno alone.
 */
void complain_address(struct in_addr address, unsigned int port);

/**
 * complain_node() - there is no address for a node
 * @node:	the node
 *
 * As complain_address().
 */
void complain_node(unsigned int node);

#endif

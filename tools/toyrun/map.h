/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which node an IPv4 address stands for, and back.
 */
#ifndef TOYRUN_MAP_H
#define TOYRUN_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

/* The environment's list of pairs, ADDRESS=NODE[,ADDRESS=NODE...] */
#define MAP_ENV		"TOYRUN_MAP"
/* The most pairs there may be. */
#define MAP_MAX		256

/**
 * struct map_pair - an address and what it stands for
 * @address:	IPv4, in network byte order
 * @node:	its node
 */
struct map_pair {
	struct in_addr address;
	uint32_t node;
};

/**
 * struct map - what the environment says beyond what always holds
 * @count:	pairs
 * @pair:	in their order: of two that say different things the first counts
 */
struct map {
	unsigned int count;
	struct map_pair pair[MAP_MAX];
};

/**
 * map_parse() - add the pairs of a list
 * @map:	pairs are added to it, up to the first bad one
 * @text:	the list; empty elements are skipped
 * @bad:	set to the element that is none
 *
 * Return: NULL, or what is wrong with @bad.
 */
const char *map_parse(struct map *map, const char *text, const char **bad);

/**
 * map_node() - the node of an address
 * @map:	pairs
 * @address:	IPv4
 * @node:	set
 *
 * 0.0.0.0 is any node, 127.0.0.0/8 the loopback's, whatever @map says.
 *
 * Return: whether there is one.
 */
bool map_node(const struct map *map, struct in_addr address, uint32_t *node);

/**
 * map_address() - the address that a node is shown under
 * @map:	pairs
 * @node:	node
 *
 * Return: IPv4; 255.255.255.255, which is nobody's, where there is none.
 */
struct in_addr map_address(const struct map *map, uint32_t node);

#endif

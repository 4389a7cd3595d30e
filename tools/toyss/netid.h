/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket types by word, as the column Netid and the option -A have them.
 */
#ifndef TOYSS_NETID_H
#define TOYSS_NETID_H

#include <stdbool.h>
#include <stdint.h>

/** NETID_ALL - bits (1 << SOCK_*) of all types that there are */
#define NETID_ALL	(~0U)

/**
 * struct netid - a socket type
 * @name:	in the column
 * @event:	in toyfs' events
 * @type:	SOCK_*
 */
struct netid {
	const char *name;
	const char *event;
	int type;
};

/** netids - all of them, ended by one without a name */
extern const struct netid netids[];

/** netid_name() - the word for SOCK_*, never NULL */
const char *netid_name(int type);

/** netid_of_event() - SOCK_* of toyfs' word for it; -1 */
int netid_of_event(const char *name);

/**
 * netid_parse() - types of a list
 * @list:	names separated by commas; "all"; after "!" one to leave out
 * @types:	bits (1 << SOCK_*)
 *
 * Return: NULL; the word that is no type, valid until the next call.
 */
const char *netid_parse(const char *list, uint32_t *types);

#endif /* TOYSS_NETID_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket types by word.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netid.h"

const struct netid netids[] = {
	{ "toy_str", "stream",		SOCK_STREAM },
	{ "toy_seq", "seqpacket",	SOCK_SEQPACKET },
	{ "toy_dgr", "dgram",		SOCK_DGRAM },
	{ "toy_raw", "raw",		SOCK_RAW },
	{ NULL, NULL, 0 },
};

const char *netid_name(int type)
{
	const struct netid *netid;

	for (netid = netids; netid->name; netid++) {
		if (netid->type == type)
			return netid->name;
	}
	return "toy_???";
}

int netid_of_event(const char *name)
{
	const struct netid *netid;

	for (netid = netids; netid->name; netid++) {
		if (!strcmp(netid->event, name))
			return netid->type;
	}
	return -1;
}

/* The bits of one word; 0: there is no such type. */
static uint32_t netid_bits(const char *word)
{
	const struct netid *netid;

	if (!strcmp(word, "all"))
		return NETID_ALL;
	for (netid = netids; netid->name; netid++) {
		if (!strcmp(netid->name, word))
			return 1U << netid->type;
	}
	return 0;
}

const char *netid_parse(const char *list, uint32_t *types)
{
	static char word[64];
	bool first = true;

	*types = 0;
	for (;;) {
		size_t len = strcspn(list, ",");
		bool not = *list == '!';
		uint32_t bits;

		snprintf(word, sizeof(word), "%.*s", (int)(len - not),
			 list + not);
		bits = netid_bits(word);
		if (!bits)
			return word;
		if (not)
			*types = (first ? NETID_ALL : *types) & ~bits;
		else
			*types |= bits;
		first = false;
		list += len;
		if (!*list++)
			return NULL;
	}
}

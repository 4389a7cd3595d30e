// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many sockets there are, by type and state.
 */
#include <netinet/tcp.h>
#include <stdio.h>

#include "netid.h"
#include "state.h"
#include "summary.h"

/* Types that netids[] has, and a place for others. */
#define TYPES	5

/**
 * struct tally - sockets of a type
 * @total:	all
 * @estab:	connected, in both directions
 * @listen:	listening
 * @closed:	not connected
 * @timewait:	over, but remembered
 */
struct tally {
	unsigned long total;
	unsigned long estab;
	unsigned long listen;
	unsigned long closed;
	unsigned long timewait;
};

static void tally_add(struct tally *tally, unsigned int state)
{
	tally->total++;
	tally->estab += state == TCP_ESTABLISHED;
	tally->listen += state == TCP_LISTEN;
	tally->closed += state == TCP_CLOSE;
	tally->timewait += state == TCP_TIME_WAIT;
}

/* The first tally is of all, those after it are of netids[]. */
static bool count(const struct nlmsghdr *nlh, const struct sock *sock,
		  void *data)
{
	struct tally *tallies = data;
	int i;

	(void)nlh;
	tally_add(&tallies[0], sock->state);
	for (i = 0; netids[i].name; i++) {
		if (netids[i].type == sock->type)
			tally_add(&tallies[1 + i], sock->state);
	}
	return true;
}

static void print_tally(const char *name, const struct tally *tally)
{
	printf("%-9s %-7lu %-7lu %-7lu %-7lu %lu\n", name, tally->total,
	       tally->estab, tally->listen, tally->closed,
	       tally->total - tally->estab - tally->listen - tally->closed);
}

static void print_text(const struct tally *tallies)
{
	const struct tally *all = &tallies[0];
	int i;

	printf("Total: %lu\n", all->total);
	printf("TOY:   %lu (estab %lu, closed %lu, listen %lu, timewait %lu)\n\n",
	       all->total, all->estab, all->closed, all->listen,
	       all->timewait);
	printf("%-9s %-7s %-7s %-7s %-7s %s\n", "Transport", "Total", "Estab",
	       "Listen", "Closed", "Other");
	for (i = 0; netids[i].name; i++)
		print_tally(netids[i].name, &tallies[1 + i]);
	print_tally("TOY", all);
}

static void json_tally(struct json *json, const char *name,
		       const struct tally *tally)
{
	json_object(json, name);
	json_number(json, "total", tally->total);
	json_number(json, "estab", tally->estab);
	json_number(json, "listen", tally->listen);
	json_number(json, "closed", tally->closed);
	json_number(json, "timewait", tally->timewait);
	json_end(json);
}

static void print_json(struct json *json, const struct tally *tallies)
{
	int i;

	json_object(json, NULL);
	json_tally(json, "total", &tallies[0]);
	for (i = 0; netids[i].name; i++)
		json_tally(json, netids[i].name, &tallies[1 + i]);
	json_end(json);
}

bool summary_print(struct diag *diag, struct json *json)
{
	struct tally tallies[1 + TYPES] = { 0 };
	bool done = diag_dump(diag, NETID_ALL, 0, 0, count, tallies);

	if (json)
		print_json(json, tallies);
	else
		print_text(tallies);
	return done;
}

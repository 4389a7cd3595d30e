// SPDX-License-Identifier: GPL-2.0-only
/*
 * States by word, and the groups of them that filters know.
 */
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>

#include "array.h"
#include "state.h"

#define BIT(state) (1U << (state))

/**
 * struct state - the words for a state
 * @shown:	in the column State
 * @name:	in filters
 * @event:	in toyfs
 */
struct state {
	const char *shown;
	const char *name;
	const char *event;
};

static const struct state states[] = {
	[STATE_NONE]		= { "NONE", NULL, "none" },
	[TCP_ESTABLISHED]	= { "ESTAB", "established", "established" },
	[TCP_SYN_SENT]		= { "SYN-SENT", "syn-sent", "syn_sent" },
	[TCP_SYN_RECV]		= { "SYN-RECV", "syn-recv", "syn_recv" },
	[TCP_FIN_WAIT1]		= { "FIN-WAIT-1", "fin-wait-1", "fin_wait1" },
	[TCP_FIN_WAIT2]		= { "FIN-WAIT-2", "fin-wait-2", "fin_wait2" },
	[TCP_TIME_WAIT]		= { "TIME-WAIT", "time-wait", "time_wait" },
	[TCP_CLOSE]		= { "UNCONN", "closed", "close" },
	[TCP_CLOSE_WAIT]	= { "CLOSE-WAIT", "close-wait", "close_wait" },
	[TCP_LAST_ACK]		= { "LAST-ACK", "last-ack", "last_ack" },
	[TCP_LISTEN]		= { "LISTEN", "listening", "listen" },
	[TCP_CLOSING]		= { "CLOSING", "closing", "closing" },
};

#define STATES ARRAY_SIZE(states)

#define CONNECTED ~(BIT(TCP_CLOSE) | BIT(TCP_LISTEN) | BIT(STATE_NONE))
#define BUCKET (BIT(TCP_SYN_RECV) | BIT(TCP_TIME_WAIT))

/**
 * struct group - more states, or other words for one
 * @name:	in filters
 * @bits:	(1 << TCP_*)
 */
struct group {
	const char *name;
	uint32_t bits;
};

static const struct group groups[] = {
	{ "all",		STATES_ALL },
	{ "connected",		CONNECTED },
	{ "synchronized",	CONNECTED & ~BIT(TCP_SYN_SENT) },
	{ "bucket",		BUCKET },
	{ "big",		~BUCKET },
	{ "close",		BIT(TCP_CLOSE) },
	{ "syn-rcv",		BIT(TCP_SYN_RECV) },
	{ NULL, 0 },
};

/* Connections that somebody may talk over. */
uint32_t states_default(void)
{
	return CONNECTED & ~BUCKET;
}

/* What waits for others to speak first. */
uint32_t states_listening(void)
{
	return BIT(TCP_LISTEN) | BIT(TCP_CLOSE);
}

const char *state_name(unsigned int state)
{
	return state < STATES ? states[state].shown : "UNKNOWN";
}

int state_of_event(const char *name)
{
	size_t i;

	for (i = 0; i < STATES; i++) {
		if (!strcmp(states[i].event, name))
			return i;
	}
	return -1;
}

uint32_t states_parse(const char *name)
{
	const struct group *group;
	size_t i;

	for (group = groups; group->name; group++) {
		if (!strcasecmp(group->name, name))
			return group->bits;
	}
	for (i = STATE_NONE + 1; i < STATES; i++) {
		if (!strcasecmp(states[i].name, name) ||
		    !strcasecmp(states[i].shown, name))
			return BIT(i);
	}
	return 0;
}

uint32_t states_request(uint32_t bits)
{
	return bits == STATES_ALL ? 0 : bits & (BIT(STATES) - 1) &
					~BIT(STATE_NONE);
}

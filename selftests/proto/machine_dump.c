// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print the state table as Documentation/protocol/transitions.tsv has it, less
 * the comments, for the two to be compared.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../module/proto/machine.h"

/* In the order of the document. */
static const struct {
	enum toy_state state;
	const char *name;
} states[] = {
	{ TOY_STATE_CLOSE, "CLOSE" },
	{ TOY_STATE_LISTEN, "LISTEN" },
	{ TOY_STATE_SYN_SENT, "SYN_SENT" },
	{ TOY_STATE_SYN_RECV, "SYN_RECV" },
	{ TOY_STATE_ESTABLISHED, "ESTABLISHED" },
	{ TOY_STATE_FIN_WAIT1, "FIN_WAIT1" },
	{ TOY_STATE_FIN_WAIT2, "FIN_WAIT2" },
	{ TOY_STATE_CLOSE_WAIT, "CLOSE_WAIT" },
	{ TOY_STATE_CLOSING, "CLOSING" },
	{ TOY_STATE_LAST_ACK, "LAST_ACK" },
	{ TOY_STATE_TIME_WAIT, "TIME_WAIT" },
};

static const char *const events[TOY_EVENTS] = {
	[TOY_ON_PASSIVE_OPEN]	= "PASSIVE_OPEN",
	[TOY_ON_ACTIVE_OPEN]	= "ACTIVE_OPEN",
	[TOY_ON_CLOSE]		= "CLOSE",
	[TOY_ON_ABORT]		= "ABORT",
	[TOY_ON_SYN]		= "SYN",
	[TOY_ON_SYN_ACK]	= "SYN_ACK",
	[TOY_ON_ACK_OF_SYN]	= "ACK_OF_SYN",
	[TOY_ON_ACK_OF_FIN]	= "ACK_OF_FIN",
	[TOY_ON_FIN]		= "FIN",
	[TOY_ON_FIN_ACK_OF_FIN]	= "FIN_ACK_OF_FIN",
	[TOY_ON_RST]		= "RST",
	[TOY_ON_GIVE_UP]	= "GIVE_UP",
	[TOY_ON_TIME_WAIT_OVER]	= "TIME_WAIT_OVER",
};

/* By bit. */
static const char *const actions[] = {
	"none", "new_call", "send_syn", "send_syn_ack", "send_ack",
	"challenge_ack", "send_fin", "send_rst", "reset_calls", "defer_close",
	"notify_connected", "notify_eof", "start_time_wait",
	"start_orphan_timer", "take_over",
};

static const char *const reasons[] = {
	[TOY_NEVER_NO_SOCKET]	= "no_socket",
	[TOY_NEVER_NO_SYN_OUT]	= "no_syn_out",
	[TOY_NEVER_NO_FIN_OUT]	= "no_fin_out",
	[TOY_NEVER_ACK_FIRST]	= "ack_first",
	[TOY_NEVER_NO_TIMER]	= "no_timer",
};

static const char *error_name(unsigned int error)
{
	switch (error) {
	case EPIPE:
		return "EPIPE";
	case EINVAL:
		return "EINVAL";
	case EISCONN:
		return "EISCONN";
	case EALREADY:
		return "EALREADY";
	case ETIMEDOUT:
		return "ETIMEDOUT";
	case ECONNRESET:
		return "ECONNRESET";
	case ECONNREFUSED:
		return "ECONNREFUSED";
	case ECONNABORTED:
		return "ECONNABORTED";
	default:
		return "?";
	}
}

static const char *state_name(unsigned int state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].state == state)
			return states[i].name;
	return "?";
}

static void print_actions(const struct toy_transition *t)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!(t->actions & BIT(i)))
			continue;
		printf("%s%s", comma, actions[i]);
		comma = ",";
	}
	if (t->actions & TOY_DO_ERROR)
		printf("%serror=%s", comma, error_name(t->error));
}

static void print_entry(const struct toy_transition *t)
{
	switch (t->never) {
	case TOY_NEVER_NOT:
		printf("%s\t", state_name(t->next));
		print_actions(t);
		break;
	case TOY_NEVER_REFUSED:
		printf("-\trefused=%s", error_name(t->error));
		break;
	default:
		printf("-\tnever=%s", reasons[t->never]);
		break;
	}
	putchar('\n');
}

int main(void)
{
	size_t s, e;

	puts("state\tevent\tnext\tactions");
	for (s = 0; s < ARRAY_SIZE(states); s++) {
		for (e = 0; e < TOY_EVENTS; e++) {
			printf("%s\t%s\t", states[s].name, events[e]);
			print_entry(toy_machine_step(states[s].state, e));
		}
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * States of a socket by word: those of linux/tcp_states.h.
 */
#include <linux/kernel.h>
#include <linux/net.h>
#include <net/tcp_states.h>

#include "event.h"
#include "state.h"

static const char *const toy_state_names[] = {
	[TOY_STATE_NONE]	= "none",
	[TCP_ESTABLISHED]	= "established",
	[TCP_SYN_SENT]		= "syn_sent",
	[TCP_SYN_RECV]		= "syn_recv",
	[TCP_FIN_WAIT1]		= "fin_wait1",
	[TCP_FIN_WAIT2]		= "fin_wait2",
	[TCP_TIME_WAIT]		= "time_wait",
	[TCP_CLOSE]		= "close",
	[TCP_CLOSE_WAIT]	= "close_wait",
	[TCP_LAST_ACK]		= "last_ack",
	[TCP_LISTEN]		= "listen",
	[TCP_CLOSING]		= "closing",
};

/**
 * toy_state_name() - a state by word
 * @state:	TCP_* or TOY_STATE_NONE
 */
const char *toy_state_name(int state)
{
	if (state < 0 || state >= ARRAY_SIZE(toy_state_names) ||
	    !toy_state_names[state])
		return "unknown";
	return toy_state_names[state];
}

/**
 * toy_type_name() - a socket type by word, as toyfs' directories are called
 * @type:	SOCK_*
 */
const char *toy_type_name(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return "stream";
	case SOCK_SEQPACKET:
		return "seqpacket";
	case SOCK_RAW:
		return "raw";
	default:
		return "dgram";
	}
}

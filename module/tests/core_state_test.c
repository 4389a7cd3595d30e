// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for states and types.
 */
#include <linux/net.h>
#include <net/tcp_states.h>

#include "../core/event.h"
#include "../core/state.h"
#include "toy_test.h"

TEST(state_name__of_each)
{
	static const struct {
		int state;
		const char *name;
	} cases[] = {
		{ TOY_STATE_NONE, "none" },
		{ TCP_ESTABLISHED, "established" },
		{ TCP_SYN_SENT, "syn_sent" },
		{ TCP_SYN_RECV, "syn_recv" },
		{ TCP_FIN_WAIT1, "fin_wait1" },
		{ TCP_FIN_WAIT2, "fin_wait2" },
		{ TCP_TIME_WAIT, "time_wait" },
		{ TCP_CLOSE, "close" },
		{ TCP_CLOSE_WAIT, "close_wait" },
		{ TCP_LAST_ACK, "last_ack" },
		{ TCP_LISTEN, "listen" },
		{ TCP_CLOSING, "closing" },
		/* None of ours, and out of bounds. */
		{ TCP_NEW_SYN_RECV, "unknown" },
		{ -1, "unknown" }, { INT_MIN, "unknown" },
		{ TCP_MAX_STATES, "unknown" }, { INT_MAX, "unknown" },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_STREQ(cases[i].name, toy_state_name(cases[i].state));
}

TEST(type_name__of_each)
{
	EXPECT_STREQ("stream", toy_type_name(SOCK_STREAM));
	EXPECT_STREQ("seqpacket", toy_type_name(SOCK_SEQPACKET));
	EXPECT_STREQ("dgram", toy_type_name(SOCK_DGRAM));
	EXPECT_STREQ("raw", toy_type_name(SOCK_RAW));
}

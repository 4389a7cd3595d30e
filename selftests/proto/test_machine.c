// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state table: that it is whole and makes sense. That it is the one of
 * Documentation/protocol/transitions.tsv is for machine_dump and a comparison.
 */
#include "proto_test.h"

#include <netinet/tcp.h>

#include "../../module/proto/machine.h"

/* All pairs by one number; states begin with 1. */
#define PAIRS		((TOY_STATES - 1) * TOY_EVENTS)
#define STATE(pair)	((pair) / TOY_EVENTS + 1)
#define EVENT(pair)	((pair) % TOY_EVENTS)

static const struct toy_transition *entry(int pair)
{
	return toy_machine_step(STATE(pair), EVENT(pair));
}

TEST(states__are_tcps)
{
	EXPECT_EQ((int)TCP_ESTABLISHED, (int)TOY_STATE_ESTABLISHED);
	EXPECT_EQ((int)TCP_SYN_SENT, (int)TOY_STATE_SYN_SENT);
	EXPECT_EQ((int)TCP_SYN_RECV, (int)TOY_STATE_SYN_RECV);
	EXPECT_EQ((int)TCP_FIN_WAIT1, (int)TOY_STATE_FIN_WAIT1);
	EXPECT_EQ((int)TCP_FIN_WAIT2, (int)TOY_STATE_FIN_WAIT2);
	EXPECT_EQ((int)TCP_TIME_WAIT, (int)TOY_STATE_TIME_WAIT);
	EXPECT_EQ((int)TCP_CLOSE, (int)TOY_STATE_CLOSE);
	EXPECT_EQ((int)TCP_CLOSE_WAIT, (int)TOY_STATE_CLOSE_WAIT);
	EXPECT_EQ((int)TCP_LAST_ACK, (int)TOY_STATE_LAST_ACK);
	EXPECT_EQ((int)TCP_LISTEN, (int)TOY_STATE_LISTEN);
	EXPECT_EQ((int)TCP_CLOSING, (int)TOY_STATE_CLOSING);
}

/* Each pair has actions or a reason, and not both. */
TEST(entries__are_all_there)
{
	int i;

	for (i = 0; i < PAIRS; i++) {
		const struct toy_transition *t = entry(i);

		EXPECT_EQ(!t->never, !!t->actions) {
			TH_LOG("state %d, event %d", STATE(i), EVENT(i));
		}
		EXPECT_EQ(!t->never, t->next >= TOY_STATE_ESTABLISHED);
	}
}

TEST(entries__have_an_error_where_they_say_so)
{
	int i;

	for (i = 0; i < PAIRS; i++) {
		const struct toy_transition *t = entry(i);
		bool says = t->actions & TOY_DO_ERROR ||
			    t->never == TOY_NEVER_REFUSED;

		EXPECT_EQ(says, !!t->error) {
			TH_LOG("state %d, event %d", STATE(i), EVENT(i));
		}
	}
}

TEST(entries__none_is_alone)
{
	int i;

	for (i = 0; i < PAIRS; i++) {
		const struct toy_transition *t = entry(i);

		EXPECT_TRUE(!(t->actions & TOY_DO_NONE) ||
			    t->actions == TOY_DO_NONE);
	}
}

/* A segment in two events leads where the one event of both leads. */
TEST(fin_ack_of_fin__is_both)
{
	const struct toy_transition *ack, *fin, *both;

	ack = toy_machine_step(TOY_STATE_FIN_WAIT1, TOY_ON_ACK_OF_FIN);
	fin = toy_machine_step(ack->next, TOY_ON_FIN);
	both = toy_machine_step(TOY_STATE_FIN_WAIT1, TOY_ON_FIN_ACK_OF_FIN);
	EXPECT_EQ(fin->next, both->next);
	EXPECT_EQ(fin->actions, both->actions);
}

/*
 * Everything that can be aborted ends by it, and nothing that is over begins.
 */
TEST(abort__ends)
{
	int s;

	for (s = TOY_STATE_ESTABLISHED; s < TOY_STATES; s++)
		EXPECT_EQ(TOY_STATE_CLOSE,
			  toy_machine_step(s, TOY_ON_ABORT)->next);
}

/* Every state is reached from CLOSE. */
TEST(states__are_reached)
{
	bool seen[TOY_STATES] = { [TOY_STATE_CLOSE] = true };
	int i, s, round;

	for (round = 0; round < TOY_STATES; round++)
		for (i = 0; i < PAIRS; i++)
			if (seen[STATE(i)])
				seen[entry(i)->next] = true;
	for (s = TOY_STATE_ESTABLISHED; s < TOY_STATES; s++)
		EXPECT_TRUE(seen[s]) {
			TH_LOG("state %d", s);
		}
}

TEST_HARNESS_MAIN

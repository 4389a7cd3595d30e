/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of a connection as a table: every state x every event.
 *
 * Documentation/protocol/transitions.tsv is the same table, with the meaning of
 * events and actions; selftests/proto/machine_dump prints this one like that.
 */
#ifndef _TOY_PROTO_MACHINE_H
#define _TOY_PROTO_MACHINE_H

#include "port.h"

/**
 * enum toy_state - states of a connection
 * @TOY_STATE_ESTABLISHED:	both ends know of each other
 * @TOY_STATE_SYN_SENT:		our SYN is out
 * @TOY_STATE_SYN_RECV:		theirs has come, ours is not acknowledged
 * @TOY_STATE_FIN_WAIT1:	our FIN is out
 * @TOY_STATE_FIN_WAIT2:	our FIN is acknowledged
 * @TOY_STATE_TIME_WAIT:	both FINs are: 2 MSL are waited for
 * @TOY_STATE_CLOSE:		there is no connection
 * @TOY_STATE_CLOSE_WAIT:	their FIN has come
 * @TOY_STATE_LAST_ACK:		their FIN has come, then ours went out
 * @TOY_STATE_LISTEN:		a listener, or a call before its SYN
 * @TOY_STATE_CLOSING:		our FIN is out, theirs has come meanwhile
 * @TOY_STATES:			one more than the largest
 *
 * Names and numbers are those of linux/tcp_states.h (net/tcp_states.h in the
 * kernel, which proto/ does not include).
 */
enum toy_state {
	TOY_STATE_ESTABLISHED = 1,
	TOY_STATE_SYN_SENT,
	TOY_STATE_SYN_RECV,
	TOY_STATE_FIN_WAIT1,
	TOY_STATE_FIN_WAIT2,
	TOY_STATE_TIME_WAIT,
	TOY_STATE_CLOSE,
	TOY_STATE_CLOSE_WAIT,
	TOY_STATE_LAST_ACK,
	TOY_STATE_LISTEN,
	TOY_STATE_CLOSING,
	TOY_STATES,
};

/**
 * enum toy_on - events
 * @TOY_ON_PASSIVE_OPEN:	user: listen
 * @TOY_ON_ACTIVE_OPEN:		user: connect
 * @TOY_ON_CLOSE:		user: no more will be sent
 * @TOY_ON_ABORT:		user: away with it
 * @TOY_ON_SYN:			segment: SYN without ACK
 * @TOY_ON_SYN_ACK:		segment: SYN with ACK
 * @TOY_ON_ACK_OF_SYN:		segment: the first ACK to cover our SYN
 * @TOY_ON_ACK_OF_FIN:		segment: the first ACK to cover our FIN
 * @TOY_ON_FIN:			segment: FIN, and all before it has arrived
 * @TOY_ON_FIN_ACK_OF_FIN:	segment: both of these
 * @TOY_ON_RST:			segment: RST that passed the checks
 * @TOY_ON_GIVE_UP:		timer: nothing was heard for too long
 * @TOY_ON_TIME_WAIT_OVER:	timer: 2 MSL have gone by
 * @TOY_EVENTS:			number of these
 */
enum toy_on {
	TOY_ON_PASSIVE_OPEN,
	TOY_ON_ACTIVE_OPEN,
	TOY_ON_CLOSE,
	TOY_ON_ABORT,
	TOY_ON_SYN,
	TOY_ON_SYN_ACK,
	TOY_ON_ACK_OF_SYN,
	TOY_ON_ACK_OF_FIN,
	TOY_ON_FIN,
	TOY_ON_FIN_ACK_OF_FIN,
	TOY_ON_RST,
	TOY_ON_GIVE_UP,
	TOY_ON_TIME_WAIT_OVER,
	TOY_EVENTS,
};

/*
 * Actions, a set; the order of the bits is that in which they are done.
 * TOY_DO_NONE says that it was thought of.
 */
#define TOY_DO_NONE			BIT(0)
#define TOY_DO_NEW_CALL			BIT(1)
#define TOY_DO_SEND_SYN			BIT(2)
#define TOY_DO_SEND_SYN_ACK		BIT(3)
#define TOY_DO_SEND_ACK			BIT(4)
#define TOY_DO_CHALLENGE_ACK		BIT(5)
#define TOY_DO_SEND_FIN			BIT(6)
#define TOY_DO_SEND_RST			BIT(7)
#define TOY_DO_RESET_CALLS		BIT(8)
#define TOY_DO_DEFER_CLOSE		BIT(9)
#define TOY_DO_NOTIFY_CONNECTED		BIT(10)
#define TOY_DO_NOTIFY_EOF		BIT(11)
#define TOY_DO_START_TIME_WAIT		BIT(12)
#define TOY_DO_START_ORPHAN_TIMER	BIT(13)
#define TOY_DO_TAKE_OVER		BIT(14)
#define TOY_DO_ERROR			BIT(15)

/**
 * enum toy_never - why a pair of state and event does not come about
 * @TOY_NEVER_NOT:		it does
 * @TOY_NEVER_REFUSED:		the call fails before there is an event
 * @TOY_NEVER_NO_SOCKET:	there is no socket to call with
 * @TOY_NEVER_NO_SYN_OUT:	no SYN of ours is out
 * @TOY_NEVER_NO_FIN_OUT:	no FIN of ours is out
 * @TOY_NEVER_ACK_FIRST:	an ACK of our SYN has led to another state
 * @TOY_NEVER_NO_TIMER:		this timer does not run in this state
 */
enum toy_never {
	TOY_NEVER_NOT,
	TOY_NEVER_REFUSED,
	TOY_NEVER_NO_SOCKET,
	TOY_NEVER_NO_SYN_OUT,
	TOY_NEVER_NO_FIN_OUT,
	TOY_NEVER_ACK_FIRST,
	TOY_NEVER_NO_TIMER,
};

/**
 * struct toy_transition - what an event does in a state
 * @next:	enum toy_state afterwards; 0 where it does not come about
 * @never:	enum toy_never
 * @actions:	TOY_DO_*; 0 where it does not come about
 * @error:	positive errno, of TOY_DO_ERROR or TOY_NEVER_REFUSED
 */
struct toy_transition {
	u8	next;
	u8	never;
	u16	actions;
	u16	error;
};

const struct toy_transition *toy_machine_step(enum toy_state state,
					      enum toy_on event);

#endif /* _TOY_PROTO_MACHINE_H */

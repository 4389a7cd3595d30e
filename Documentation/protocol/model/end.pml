/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes: two ends, each with a channel to it that loses, repeats and
 * reorders, a user and timers. README.md says what is proved and what is left
 * out. A scenario sets its parameters and includes this file.
 */
#include "params.pml"
#include "state.pml"
#include "receive.pml"

/* Segment number which, out of the channel; the others stay in order. */
inline take(i)
{
	x_n = len(net[i]);
	do
	:: x_n > 0 ->
		if
		:: which == 0 -> net[i]?m_flags, m_seq, m_ack, m_life
		:: else ->
			net[i]?x_view, x_event, x_next, x_error;
			net[i]!x_view, x_event, x_next, x_error
		fi;
		which = (which == 0 -> CHANNEL : which - 1);
		x_n--
	:: else -> break
	od;
	which = 0
}

/* Something may be sent: data in the window, FIN also behind it (W3). */
#define CAN_SEND(i)	((st[i] == ESTABLISHED || st[i] == CLOSE_WAIT || \
			  st[i] == FIN_WAIT1 || st[i] == CLOSING || \
			  st[i] == LAST_ACK) && \
			 (nxt[i] + 1 < ALL(i) && nxt[i] < una[i] + WINDOW || \
			  nxt[i] + 1 == ALL(i) && fin[i]))

inline send_new(i)
{
	if
	:: nxt[i] + 1 < ALL(i) ->
		send(i, ACK + DATA, nxt[i], rcv[i]);
		nxt[i]++
	:: nxt[i] + 2 == ALL(i) && fin[i] ->
		send(i, ACK + DATA + FIN, nxt[i], rcv[i]);
		nxt[i] = nxt[i] + 2
	:: nxt[i] + 1 == ALL(i) ->
		send(i, ACK + FIN, nxt[i], rcv[i]);
		nxt[i]++
	fi
}

/* R4: what is at SND.UNA, once more. */
inline send_again(i)
{
	if
	:: st[i] == SYN_SENT -> send(i, SYN, ISS(i), 0)
	:: st[i] == SYN_RECV -> send(i, SYN + ACK, ISS(i), rcv[i])
	:: !OPENING(i) && una[i] == ALL(i) - 1 -> send(i, ACK + FIN, una[i], rcv[i])
	:: else -> send(i, ACK + DATA, una[i], rcv[i])
	fi
}

/* An event that no segment causes. */
inline happen(i, state, E)
{
	x_reply = NOTHING;
	x_view = state;
	x_event = E;
	fire(i)
}

inline retire_listener(i)
{
	happen(i, LISTEN, (aborts > 0 -> E_ABORT : E_CLOSE));
	if
	:: call[i] && (x_actions & DO_RESET_CALLS) -> happen(i, st[i], E_ABORT)
	:: else
	fi
}

inline crash(i)
{
	gone[i] = gone[i] | (1 << life[i]);
	st[i] = CLOSE;
	forget(i)
}

inline time_passes()
{
	limit[0] = false; limit_rst[0] = false;
	limit[1] = false; limit_rst[1] = false
}

#define MAY_CLOSE(i)	((i) == 0 -> (MAY_CLOSE0) : (MAY_CLOSE1))

/* Both are connected to each other, and nothing is left to be done. */
#define THROUGH		(st[0] == ESTABLISHED && st[1] == ESTABLISHED && \
			 peer[0] == life[1] && peer[1] == life[0] && \
			 got[LIFE(0, life[0])] == DATA0 && \
			 got[LIFE(1, life[1])] == DATA1 && \
			 !WAITS(0) && !WAITS(1))
#define OVER		(empty(net[0]) && empty(net[1]) && opens[0] == 0 && \
			 opens[1] == 0 && (GOAL || \
			 (st[0] == CLOSE && st[1] == CLOSE)))

/*
 * Promela's timeout is true when nothing else can happen: all that is under way
 * has arrived, and users have done what they will do. P7: an end that is stuck
 * without having reached OVER is an invalid end state, to spin.
 */
proctype End(byte i)
{
	do
	/* A segment: any one of those under way. */
	:: atomic {
		nempty(net[i]);
		do
		:: which + 1 < len(net[i]) -> which++
		:: break
		od;
		if
		:: fate = ONCE
		:: repeated > 0 -> repeated--; fate = TWICE
		:: lost > 0 -> lost--; fate = NEVER
		fi;
		d_step {
			take(i);
			if
			:: fate == TWICE ->
				net[i]!!m_flags, m_seq, m_ack, m_life
			:: else
			fi;
			if
			:: fate != NEVER -> receive(i)
			:: else
			fi;
			fate = ONCE
		}
	}
	:: atomic { CAN_SEND(i) -> send_new(i) }

	/* The user, and the timers of R5, E4 and TIME_WAIT. */
	:: atomic {
		if
		:: opens[i] > 0 && st[i] == CLOSE ->
			opens[i]--; todo = E_ACTIVE_OPEN
		:: (st[i] == ESTABLISHED || st[i] == CLOSE_WAIT) && !left[i] &&
		   MAY_CLOSE(i) ->
			left[i] = true; todo = E_CLOSE
		:: CLOSES_EARLY && OPENING(i) && !call[i] && !left[i] ->
			left[i] = true; todo = E_CLOSE
		:: defer[i] && (st[i] == ESTABLISHED || st[i] == CLOSE_WAIT) ->
			defer[i] = false; todo = E_CLOSE
		:: again > 0 && i == 0 && fin[i] && st[i] != TIME_WAIT ->
			again--; todo = E_CLOSE
		:: aborts > 0 && !call[i] && st[i] != CLOSE && st[i] != TIME_WAIT ->
			aborts--; todo = E_ABORT
		:: timeout && WAITS(i) && tries[i] == TRIES -> todo = E_GIVE_UP
		:: timeout && STUBBORN && i == 0 && st[i] == FIN_WAIT2 && timer[i] ->
			todo = E_GIVE_UP
		:: timeout && st[i] == TIME_WAIT && timer[i] && !WAITS(0) &&
		   !WAITS(1) -> todo = E_TIME_WAIT_OVER
		fi;
		d_step {
			if
			:: todo == E_GIVE_UP || todo == E_TIME_WAIT_OVER ->
				time_passes()
			:: else
			fi;
			happen(i, st[i], todo);
			todo = 0
		}
	}
	:: d_step { MAY_SPARE && aborts > 0 -> aborts-- }
	:: d_step { crashes > 0 && i == 1 && st[i] != CLOSE -> crashes--; crash(i) }
	:: d_step { retires > 0 && i == 1 && lsn[i] -> retires--; retire_listener(i) }

	/* R4. Both ends' timers are equally fast. */
	:: d_step { timeout && WAITS(i) && tries[i] < TRIES &&
		    (!WAITS(1 - i) || tries[i] <= tries[1 - i]) ->
		time_passes(); tries[i]++; send_again(i) }
	/* K1. Only probes that find something out: others change nothing. */
	:: d_step { timeout && KEEPALIVE && st[1 - i] == CLOSE &&
		    (st[i] == ESTABLISHED || st[i] == FIN_WAIT2 ||
		     st[i] == CLOSE_WAIT) && una[i] == nxt[i] ->
		time_passes(); send(i, ACK, una[i] - 1, rcv[i]) }

	:: OVER || over -> over = true; break
	od
}

/* Which entries of the table were used, for scripts/protocol-table hits. */
c_code {
	static unsigned long toy_hits[16][32];

	static void toy_print_hits(void)
	{
		int state, event;

		for (state = 0; state < 16; state++)
			for (event = 0; event < 32; event++)
				if (toy_hits[state][event])
					printf("hit %d %d %lu\n", state, event,
					       toy_hits[state][event]);
	}
};

inline connect_both()
{
	una[0] = ISS(0) + 1;
	una[1] = ISS(1) + 1;
	nxt[0] = una[0];
	nxt[1] = una[1];
	rcv[0] = una[1];
	rcv[1] = una[0];
	st[0] = ESTABLISHED;
	st[1] = ESTABLISHED
}

init
{
	if
	:: true
	:: MAY_BE_LAZY -> lazy = true
	fi;
	d_step {
		c_code { atexit(toy_print_hits); };
		opens[0] = OPENS0;
		opens[1] = OPENS1;
		x_k = 0;
		do
		:: x_k < 2 ->
			if
			:: (x_k == 0 -> LISTENS0 : LISTENS1) ->
				happen(x_k, CLOSE, E_PASSIVE_OPEN)
			:: else
			fi;
			x_k++
		:: else -> break
		od;
#ifdef CONNECTED
		connect_both();
#endif
		x_n = 0
	};
	run End(0);
	run End(1)
}

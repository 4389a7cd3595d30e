/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two ends know, the channels between them, and the one place where a
 * state changes: fire(), which goes by the state table (table.pml is made of
 * ../transitions.tsv) and checks the properties P1, P4, P5, P6.
 */
#include "table.pml"

/* Flags of a segment; DATA stands for a payload of one byte. */
#define SYN	1
#define ACK	2
#define FIN	4
#define RST	8
#define DATA	16

/* By end. Numbers do not wrap: serial arithmetic is not what is modelled. */
byte st[2] = CLOSE;	/* of the connection or call; never LISTEN */
bool lsn[2];		/* there is a listener */
bool call[2];		/* half-open: born of a listener, not yet ESTABLISHED */
byte una[2], nxt[2], rcv[2];	/* SND.UNA, SND.NXT, RCV.NXT */
bool fin[2];		/* FIN stands behind the data */
bool eof[2];		/* the peer's FIN has arrived */
bool defer[2];		/* CLOSE was put off */
bool timer[2];		/* that of TIME_WAIT, or of an orphan in FIN_WAIT2, runs */
byte tries[2];		/* times in a row that the same was sent again */
/* A challenge ACK was sent and no time has passed: to RST; to all else. */
bool limit_rst[2], limit[2];
bool left[2];		/* the user has closed */
bool lazy;		/* whether users wait before they close, for scenarios */

/* What is left of the scenario. */
byte opens[2], lost = LOST, repeated = REPEATED, aborts = ABORTS;
bool over;
byte crashes = CRASHES, again = CLOSES_TWICE, retires = LISTENER_CLOSES;

/*
 * What only the observer knows. Each connection or call of an end is one of its
 * lives, numbered; each segment bears the life that sent it.
 */
byte life[2];
byte peer[2];			/* the life whose SYN was taken */
byte met[2 * LIVES];		/* by life: the life that it met */
byte got[2 * LIVES];		/* by life: bytes of it that were delivered */
byte gone[2];			/* by end: lives that did not end cleanly, a set */
bool passive[2];		/* closed after the peer did */

/* By receiver: flags, seq, ack, life. Sorted, so that equal sets are equal. */
chan net[2] = [CHANNEL] of { byte, byte, byte, byte };
/*
 * What happens next: which segment arrives and how often, which event. Chosen in
 * steps of their own, so not scratch.
 */
byte which, fate, todo;
#define ONCE	0
#define TWICE	1
#define NEVER	2

/*
 * Scratch, without meaning between two steps and no part of the state. (The
 * prefixes keep clear of the names that spin's C code has.)
 */
hidden byte m_flags, m_seq, m_ack, m_life, m_len;	/* the segment */
hidden byte x_view, x_event, x_next, x_error, x_reply, x_more, x_n, x_k;
hidden int x_actions;

#define NO_EVENT	20

/* x_reply: what answers a segment that is no event, or behind an event. */
#define NOTHING		0
#define AN_ACK		1
#define LIMITED_ACK	2
#define A_CHALLENGE	3
#define A_RST		4

#define DATA_OF(i)	((i) == 0 -> DATA0 : DATA1)
#define ISS_OF(i, l)	(10 + 100 * (i) + STEP * (l))
#define ISS(i)		ISS_OF(i, life[i])
#define IRS(i)		ISS_OF(1 - (i), peer[i])
#define LIFE(i, l)	((i) * LIVES + (l))
/* The number behind the FIN. */
#define ALL(i)		(ISS(i) + DATA_OF(i) + 2)
#define FIN_ACKED(i)	(fin[i] && una[i] == ALL(i))

/* What a segment finds: O2. */
#define VIEW(i)		(st[i] == CLOSE && lsn[i] -> LISTEN : st[i])
#define OPENING(i)	(st[i] == SYN_SENT || st[i] == SYN_RECV)
#define SYNCHRONISED(i)	(st[i] != CLOSE && !OPENING(i))
#define WAITS(i)	(st[i] != CLOSE && st[i] != TIME_WAIT && una[i] < nxt[i])

/*
 * A channel holds a set: what is under way already is not added again. That two
 * equal segments arrive is what repeated stands for.
 */
inline send(i, F, S, A)
{
	x_n = ((F) & RST -> 0 : life[i]);
	if
	:: net[1 - i]??[eval(F), eval(S), eval(A), eval(x_n)]
	:: else ->
		assert(nfull(net[1 - i]));
		net[1 - i]!!F, S, A, x_n
	fi
}

/* A new life, by [O1]. */
inline begin(i)
{
	life[i]++;
	assert(life[i] < LIVES);
	una[i] = ISS(i);
	nxt[i] = ISS(i) + 1
}

/* The SYN in the segment is taken. */
inline meet(i)
{
	rcv[i] = m_seq + 1;
	peer[i] = m_life;
	met[LIFE(i, life[i])] = m_life
}

inline forget(i)
{
	call[i] = false; una[i] = 0; nxt[i] = 0; rcv[i] = 0; fin[i] = false;
	eof[i] = false; defer[i] = false; timer[i] = false; tries[i] = 0;
	limit[i] = false; limit_rst[i] = false; left[i] = false;
	peer[i] = 0; passive[i] = false;
	x_reply = NOTHING
}

/* P4: the life that we met has met us; there is somebody to take a call. */
inline check_pair(i)
{
	assert(met[LIFE(1 - (i), peer[i])] == life[i]);
	assert(!call[i] || lsn[i])
}

/* P5: who is told of an error is told the truth. */
inline check_error(i)
{
	if
	:: x_event == E_RST && !call[i] && x_view == SYN_SENT -> assert(REFUSABLE)
	:: x_event == E_RST && !call[i] && x_view != SYN_SENT ->
		assert(gone[1 - i] & (1 << peer[i]))
	:: x_event == E_GIVE_UP && !call[i] ->
		assert(MAY_GIVE_UP || x_view == FIN_WAIT2)
	:: else
	fi
}

/* P6: the state is what connections.md says that it means; how it is left. */
inline check_meaning(i)
{
	if
	:: SYNCHRONISED(i) ->
		assert(una[i] > ISS(i) && rcv[i] > IRS(i));
		assert(st[i] == (!fin[i] ->
			(eof[i] -> CLOSE_WAIT : ESTABLISHED) :
			(FIN_ACKED(i) -> (eof[i] -> TIME_WAIT : FIN_WAIT2) :
			 (!eof[i] -> FIN_WAIT1 :
			  (passive[i] -> LAST_ACK : CLOSING)))))
	:: OPENING(i) ->
		assert(una[i] == ISS(i) && nxt[i] == ISS(i) + 1 && !fin[i]);
		assert(st[i] == SYN_SENT || rcv[i] == IRS(i) + 1)
	:: else ->
		assert(x_view != LAST_ACK || x_event != E_ACK_OF_FIN || FIN_ACKED(i));
		assert(x_view != TIME_WAIT || x_event == E_TIME_WAIT_OVER ||
		       x_event == E_SYN);
		assert(x_view == LAST_ACK || x_view == CLOSE ||
		       (x_event != E_ACK_OF_FIN && x_event != E_FIN &&
			x_event != E_FIN_ACK_OF_FIN))
	fi
}

/* C2 */
inline send_refusal(i)
{
	if
	:: m_flags & ACK -> send(i, RST, m_ack, 0)
	:: else -> send(i, RST + ACK, 0, m_seq + 1)
	fi
}

inline do_send(i)
{
	if
	:: x_actions & DO_SEND_SYN -> begin(i); send(i, SYN, ISS(i), 0)
	:: (x_actions & DO_SEND_SYN_ACK) && x_view != SYN_RECV ->
		send(i, SYN + ACK, ISS(i), rcv[i])
	:: (x_actions & DO_SEND_SYN_ACK) && x_view == SYN_RECV && !limit[i] ->
		limit[i] = true;
		send(i, SYN + ACK, ISS(i), rcv[i])
	:: x_actions & DO_SEND_ACK -> x_reply = AN_ACK
	:: x_actions & DO_CHALLENGE_ACK -> x_reply = LIMITED_ACK
	:: (x_actions & DO_SEND_RST) && (x_view == CLOSE || x_view == LISTEN) ->
		send_refusal(i)
	:: (x_actions & DO_SEND_RST) && x_view != CLOSE && x_view != LISTEN ->
		send(i, RST + ACK, nxt[i], rcv[i])
	:: else
	fi
}

inline do_actions(i)
{
	if
	:: x_actions & DO_NEW_CALL -> begin(i); meet(i); call[i] = true
	:: else
	fi;
	do_send(i);
	if
	:: x_actions & DO_SEND_FIN -> fin[i] = true; passive[i] = eof[i]
	:: x_actions & DO_NOTIFY_CONNECTED -> check_pair(i); call[i] = false
	:: x_actions & DO_DEFER_CLOSE -> defer[i] = true
	:: x_actions & DO_NOTIFY_EOF -> eof[i] = true
	:: else
	fi;
	if
	:: x_actions & (DO_START_TIME_WAIT | DO_START_ORPHAN_TIMER) ->
		timer[i] = true
	:: x_next != x_view && x_view != LISTEN && !(x_actions &
	   (DO_START_TIME_WAIT | DO_START_ORPHAN_TIMER)) -> timer[i] = false
	:: else
	fi
}

/*
 * The event x_event in the state x_view of end i. P1: the table has it, and does
 * not call it impossible. x_more afterwards: the listener has to look at the
 * segment once more (take_over).
 */
inline fire(i)
{
	x_next = NEXT_STATE(x_view, x_event);
	x_actions = ACTIONS(x_view, x_event);
	x_error = ERROR(x_view, x_event);
	assert(x_next != IMPOSSIBLE);
	assert(x_next != ESTABLISHED || x_next == x_view ||
	       (x_actions & DO_NOTIFY_CONNECTED));
	c_code { toy_hits[x_view][x_event]++; };
	/* P5: whoever loses a connection is told. */
	if
	:: x_error != 0 -> check_error(i)
	:: else ->
		assert(x_next != CLOSE || x_view == CLOSE || x_view == LISTEN ||
		       x_view == TIME_WAIT || x_event == E_ACK_OF_FIN ||
		       x_event == E_FIN_ACK_OF_FIN)
	fi;
	do_actions(i);
	if
	:: x_next == LISTEN -> lsn[i] = true; st[i] = CLOSE
	:: x_view == LISTEN && x_next == CLOSE -> lsn[i] = false
	:: x_next != LISTEN && !(x_view == LISTEN && x_next == CLOSE) ->
		tries[i] = (x_next != st[i] -> 0 : tries[i]);
		st[i] = x_next;
		check_meaning(i);
		if
		:: st[i] == CLOSE && x_view != CLOSE ->
			if
			:: x_event == E_ABORT || x_event == E_GIVE_UP ||
			   x_event == E_CLOSE || x_event == E_RST ->
				gone[i] = gone[i] | (1 << life[i])
			:: else
			fi;
			forget(i)
		:: else
		fi
	fi;
	x_more = (x_actions & DO_TAKE_OVER)
}

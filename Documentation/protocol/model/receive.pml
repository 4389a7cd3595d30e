/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A segment arrives: the steps of connections.md. The BREAK_* switches plant a
 * fault each; scripts/check-model wants each of them found.
 */

/* C1, C2, L1 to L3 */
inline receive_unknown(i)
{
	if
	:: m_flags & RST -> x_event = E_RST
	:: (m_flags & SYN) && (m_flags & ACK) -> x_event = E_SYN_ACK
	:: (m_flags & SYN) && !(m_flags & ACK) -> x_event = E_SYN
	:: m_flags & FIN -> x_event = E_FIN
	:: else -> x_event = E_ACK_OF_SYN
	fi
}

inline receive_syn_sent(i)
{
	if
#ifndef BREAK_Y1
	:: (m_flags & ACK) && m_ack != ISS(i) + 1 ->		/* Y1 */
		x_reply = (m_flags & RST -> NOTHING : A_RST)
#endif
	:: else ->
		if
		:: (m_flags & RST) && (m_flags & ACK) ->	/* Y2 */
			x_event = E_RST
		:: (m_flags & RST) && !(m_flags & ACK)
		:: (m_flags & SYN) && (m_flags & ACK) ->	/* Y3 */
			x_event = E_SYN_ACK;
			una[i] = m_ack;
			meet(i)
		:: (m_flags & SYN) && !(m_flags & ACK) ->	/* Y4 */
			x_event = E_SYN;
			meet(i)
		:: else ->					/* Y5 */
			x_event = (m_flags & FIN -> E_FIN : E_ACK_OF_SYN)
		fi
	fi
}

#ifdef BREAK_T2
#define TAKES_OVER(i)	(lsn[i])
#else
#define TAKES_OVER(i)	(lsn[i] && m_seq > rcv[i])
#endif

inline receive_time_wait(i)
{
	if
	:: m_flags & RST -> x_event = E_RST			/* T1 */
	:: (m_flags & SYN) && !(m_flags & ACK) ->		/* T2 */
		if
		:: TAKES_OVER(i) -> x_event = E_SYN
		:: else -> x_reply = LIMITED_ACK
		fi
	:: (m_flags & SYN) && (m_flags & ACK) -> x_event = E_SYN_ACK
	:: !(m_flags & (SYN | RST)) ->
		if
		:: (m_flags & FIN) && m_seq + m_len == rcv[i] ->	/* T3 */
			x_event = E_FIN
		:: else ->					/* T4 */
			x_reply = (m_len > 0 || m_seq != rcv[i] ->
				   LIMITED_ACK : NOTHING)
		fi
	fi
}

/* S1. x_more: it is acceptable, and has been cut. */
inline check_sequence(i)
{
	if
	:: (m_len == 0 && rcv[i] <= m_seq && m_seq <= rcv[i] + WINDOW + 1) ||
	   (m_len > 0 && m_seq < rcv[i] + WINDOW && m_seq + m_len > rcv[i]) ->
		x_more = true;
		if
		:: m_seq < rcv[i] && (m_flags & DATA) ->
			m_flags = m_flags - DATA;
			m_seq++;
			m_len--
		:: m_seq + m_len > rcv[i] + WINDOW + 1 && (m_flags & FIN) ->
			m_flags = m_flags - FIN;
			m_len--
		:: else
		fi
	:: else ->
#ifdef BREAK_S1
		x_more = true
#else
		x_reply = (m_flags & RST -> NOTHING :
			   (m_len > 0 -> AN_ACK : LIMITED_ACK))
#endif
	fi
}

/* S4 in SYN_RECV, where it is an event of its own. */
inline receive_ack_of_syn(i)
{
	if
#ifdef BREAK_S4
	:: true ->
#else
	:: m_ack == ISS(i) + 1 ->
#endif
		una[i] = ISS(i) + 1;
		x_event = E_ACK_OF_SYN;
		fire(i);
		x_view = st[i];
		x_event = NO_EVENT;
		x_more = true
	:: else ->
		x_reply = A_RST;
		x_more = false
	fi
}

/* S4. P3: if we are told that something has arrived, it has been delivered. */
inline receive_ack(i)
{
	if
	:: st[i] == SYN_RECV -> receive_ack_of_syn(i)
	:: st[i] != SYN_RECV && (m_ack > nxt[i] || m_ack + WINDOW < una[i]) ->
		x_reply = LIMITED_ACK;
		x_more = false
	:: st[i] != SYN_RECV && m_ack > una[i] && m_ack <= nxt[i] ->
		assert(got[LIFE(i, life[i])] >=
		       (m_ack == ALL(i) -> DATA_OF(i) : m_ack - ISS(i) - 1));
		una[i] = m_ack;
		tries[i] = 0;
		x_event = (FIN_ACKED(i) -> E_ACK_OF_FIN : NO_EVENT)
	:: else
	fi
}

/* S6. P2: each byte once, in order, from the life that was met. */
inline receive_data(i)
{
	if
	:: (m_flags & DATA) && !eof[i] ->
		x_reply = AN_ACK;
		if
#ifdef BREAK_S1
		:: true ->
#else
		:: m_seq == rcv[i] ->
#endif
			assert(m_life == peer[i]);
			assert(m_seq == IRS(i) + 1 + got[LIFE(1 - i, m_life)]);
			got[LIFE(1 - i, m_life)]++;
			rcv[i]++
		:: else
		fi
	:: else
	fi
}

/* S7 */
inline receive_fin(i)
{
	if
	:: (m_flags & FIN) && m_seq + m_len == rcv[i] + 1 && !eof[i] ->
		rcv[i]++;
		x_event = (x_event == E_ACK_OF_FIN -> E_FIN_ACK_OF_FIN : E_FIN)
	:: (m_flags & FIN) && !(m_seq + m_len == rcv[i] + 1 && !eof[i]) ->
		x_reply = AN_ACK
	:: else
	fi
}

/* The other half of a simultaneous open, S3. */
#ifdef BREAK_S3
#define SIMULTANEOUS(i)	false
#else
#define SIMULTANEOUS(i)	(st[i] == SYN_RECV && (m_flags & ACK) && \
			 m_seq == IRS(i) && m_ack == ISS(i) + 1)
#endif

inline receive_syn(i)
{
	if
	:: SIMULTANEOUS(i) ->
		x_event = E_SYN_ACK;
		una[i] = m_ack
	:: else ->
		x_event = ((m_flags & ACK) && st[i] != SYN_RECV ->
			   E_SYN_ACK : E_SYN)
	fi
}

/* S2 */
inline receive_rst(i)
{
	if
	:: m_seq == rcv[i] -> x_event = E_RST
	:: else -> x_reply = A_CHALLENGE
	fi
}

inline receive_synchronised(i)
{
	if
	:: m_flags & SYN -> receive_syn(i)
	:: else ->
		check_sequence(i);
		if
#ifdef BREAK_S2
		:: m_flags & RST -> x_event = E_RST
#else
		:: x_more && (m_flags & RST) -> receive_rst(i)
#endif
		:: x_more && !(m_flags & RST) ->
			receive_ack(i);
			if
			:: x_more -> receive_data(i); receive_fin(i)
			:: else
			fi
		:: else
		fi
	fi
}

inline send_limited(i, used)
{
	if
	:: !used ->
		used = true;
		send(i, ACK, nxt[i], rcv[i])
	:: else
	fi
}

inline send_reply(i)
{
	if
	:: x_reply == AN_ACK -> send(i, ACK, nxt[i], rcv[i])
	:: x_reply == LIMITED_ACK -> send_limited(i, limit[i])
#ifdef BREAK_LIMITS
	:: x_reply == A_CHALLENGE -> send_limited(i, limit[i])
#else
	:: x_reply == A_CHALLENGE -> send_limited(i, limit_rst[i])
#endif
	:: x_reply == A_RST -> send(i, RST, m_ack, 0)
	:: else
	fi
}

inline receive(i)
{
	m_len = (m_flags & DATA -> 1 : 0) + (m_flags & FIN -> 1 : 0);
	x_event = NO_EVENT;
	x_reply = NOTHING;
	x_more = false;
	x_view = VIEW(i);
	if
	:: x_view == CLOSE || x_view == LISTEN -> receive_unknown(i)
	:: x_view == SYN_SENT -> receive_syn_sent(i)
	:: x_view == TIME_WAIT -> receive_time_wait(i)
	:: else -> receive_synchronised(i)
	fi;
	if
	:: x_event != NO_EVENT ->
		fire(i);
		if
		:: x_more -> x_view = LISTEN; x_event = E_SYN; fire(i)	/* T2 */
		:: else
		fi
	:: else
	fi;
	send_reply(i)
}

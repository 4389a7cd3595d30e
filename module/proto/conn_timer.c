// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timers of a connection.
 */
#include "conn_impl.h"

/* What is left of TOY_USER_TIMEOUT since some ticks, us; U64_MAX: it is off. */
static u64 toy_timer_patience(const struct toy_conn *conn, u32 since, u64 now)
{
	u64 most = (u64)conn->user_timeout * TOY_MSEC;
	u64 gone = toy_since(since, now);

	if (!most)
		return U64_MAX;
	return gone + TOY_TICK_SLACK < most ? most - gone : 0;
}

/* [R3] [R4] [P1]: what is waited for, as often as it was before. */
void toy_conn_start_timer(struct toy_conn *conn, u64 now)
{
	u64 wait = toy_rto_backoff(&conn->rto, conn->retries);
	u64 left = toy_timer_patience(conn, conn->progress, now);

	conn->timer[TOY_TIMER_SEND] = now + min(wait, left);
}

/* [R5] */
static u32 toy_timer_most_retries(const struct toy_conn *conn)
{
	if (toy_state_in(conn, TOY_STATES_OPENING))
		return TOY_RETRIES_SYN;
	if (conn->flags & TOY_CONN_ORPHAN)
		return TOY_RETRIES_ORPHAN;
	return TOY_RETRIES_DATA;
}

/* [R4] [G6]: something was not acknowledged in time. */
static void toy_timer_again(struct toy_conn *conn, u64 now)
{
	if (conn->retries < U8_MAX)
		conn->retries++;
	conn->probes++;
	conn->flags &= ~TOY_CONN_TIMING;
	toy_conn_start_timer(conn, now);
	if (toy_state_in(conn, TOY_STATES_OPENING)) {
		conn->due |= TOY_DUE_SYN;
		return;
	}
	toy_ranges_clear(&conn->sack.have);
	toy_cong_timeout(&conn->cong, conn->snd_nxt - conn->snd_una, conn->mss,
			 conn->retries == 1);
	conn->recover = conn->snd_nxt;
	conn->again = conn->snd_una;
	conn->due |= TOY_DUE_AGAIN;
}

/* [P2] to [P4]: the window has been too small for too long. */
static void toy_timer_probe(struct toy_conn *conn, u64 now)
{
	/* More of them than this do not double the time any more. */
	if (conn->retries < U8_MAX)
		conn->retries++;
	conn->probes++;
	toy_conn_start_timer(conn, now);
	if (toy_window_usable(conn->snd_una, conn->snd_wnd, conn->snd_nxt))
		conn->due |= TOY_DUE_CRUMB;
	else
		conn->due |= TOY_DUE_PROBE;
}

static void toy_timer_send(struct toy_conn *conn, u64 now,
			   struct toy_result *res)
{
	bool persist = conn->flags & TOY_CONN_PERSIST;
	bool orphan = conn->flags & TOY_CONN_ORPHAN;
	u32 tries = conn->retries;

	/*
	 * [P3] [P5]: an orphan may not go on for ever even if it is answered.
	 * Before there is a window at all nothing is.
	 */
	if (!orphan && (persist ||
			(!conn->snd_wnd && conn->snd_maxwnd)))
		tries = conn->probes;
	/* In FIN_WAIT2 it is the time of an orphan that is over. */
	if (conn->state == TOY_STATE_FIN_WAIT2 ||
	    tries >= toy_timer_most_retries(conn) ||
	    !toy_timer_patience(conn, conn->progress, now)) {
		toy_conn_on(conn, TOY_ON_GIVE_UP, now, res);
		return;
	}
	if (persist)
		toy_timer_probe(conn, now);
	else
		toy_timer_again(conn, now);
}

/* [K1] [K2] */
static void toy_timer_keep(struct toy_conn *conn, u64 now,
			   struct toy_result *res)
{
	u64 idle = (u64)conn->keep_idle * TOY_SEC;
	u64 gone = toy_since(conn->heard, now);
	bool over = conn->probes >= conn->keep_cnt;

	conn->timer[TOY_TIMER_KEEP] = now + idle;
	if (!toy_state_in(conn, TOY_STATES_KEPT_ALIVE) ||
	    conn->snd_nxt != conn->snd_una || toy_conn_queued(conn))
		return;
	if (gone + TOY_TICK_SLACK < idle) {
		conn->timer[TOY_TIMER_KEEP] = now + idle - gone;
		return;
	}
	if (conn->user_timeout)
		over = conn->probes &&
		       !toy_timer_patience(conn, conn->heard, now);
	if (over) {
		toy_conn_on(conn, TOY_ON_GIVE_UP, now, res);
		return;
	}
	conn->probes++;
	conn->due |= TOY_DUE_PROBE;
	conn->timer[TOY_TIMER_KEEP] = now + (u64)conn->keep_intvl * TOY_SEC;
}

/* Whether a timer has run out; if so, it is stopped. */
static bool toy_timer_over(struct toy_conn *conn, enum toy_timer timer, u64 now)
{
	if (!conn->timer[timer] || conn->timer[timer] > now)
		return false;
	conn->timer[timer] = 0;
	return true;
}

/**
 * toy_conn_timer() - time has gone by
 * @conn:	connection
 * @now:	us; before toy_conn_deadline() nothing happens
 * @res:	set
 */
void toy_conn_timer(struct toy_conn *conn, u64 now, struct toy_result *res)
{
	memset(res, 0, sizeof(*res));
	/* [A3] */
	if (toy_timer_over(conn, TOY_TIMER_ACK, now))
		conn->due |= TOY_DUE_ACK;
	/* [W4] */
	if (toy_timer_over(conn, TOY_TIMER_MORE, now)) {
		conn->flags &= ~TOY_CONN_MORE;
		conn->due |= TOY_DUE_CRUMB;
	}
	if (toy_timer_over(conn, TOY_TIMER_SEND, now))
		toy_timer_send(conn, now, res);
	if (toy_timer_over(conn, TOY_TIMER_KEEP, now))
		toy_timer_keep(conn, now, res);
	toy_conn_predict(conn);
}

/**
 * toy_conn_deadline() - when toy_conn_timer() has to be called next
 * @conn:	connection
 *
 * Return: us; U64_MAX for never.
 */
u64 toy_conn_deadline(const struct toy_conn *conn)
{
	u64 first = U64_MAX;
	u32 i;

	/* Off is 0, which is later than any time if 1 is taken away. */
	for (i = 0; i < TOY_TIMERS; i++)
		first = min(first, conn->timer[i] - 1);
	return first == U64_MAX ? first : first + 1;
}

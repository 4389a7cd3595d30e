// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program at an end: it writes, reads and leaves, each by chance.
 */
#include "sim.h"

/* Something has changed that the program may wait for. */
void app_wake(struct end *end)
{
	u64 at = end->sim->now;

	if (end->app.think)
		at += sim_chance(end->sim, 200);
	if (end->app.begun && !end->app.left && at < end->app.at)
		end->app.at = at;
}

/* ---- reading ---- */

/* Numbers that a read takes: of a message type one whole message. */
static u32 app_readable(struct end *end)
{
	const struct end *peer = &end->sim->end[!end->id];
	u32 n = end->ready - end->read;

	if (end->setup.messages) {
		if (end->rmark == peer->nmarks ||
		    peer->marks[end->rmark] >= end->ready)
			return 0;
		return peer->marks[end->rmark] + 1 - end->read;
	}
	if (n > end->app.rchunk)
		n = 1 + sim_chance(end->sim, end->app.rchunk);
	return n;
}

static bool app_read(struct end *end)
{
	struct app *app = &end->app;
	u32 n, i, space = end_space(end);

	if (end->sim->now < app->resume)
		return false;
	n = app_readable(end);
	if (!n)
		return false;
	for (i = 0; i < n; i++)
		end->kept[(end->read + i) % RING] = 0;
	sim_tell(end->sim, "%c     read %u", 'A' + end->id, n);
	end->read += n;
	end->rmark += end->setup.messages;
	if (end->has == HAS_CONN)
		toy_conn_read(&end->conn, end_space(end) - space);
	if (app->rpause && sim_chance(end->sim, 1000) < app->rpause)
		app->resume = end->sim->now + sim_chance(end->sim,
							 app->rpause_by);
	return true;
}

/* ---- writing ---- */

static bool app_may_write(const struct end *end)
{
	return end->has == HAS_CONN && !end->app.shut && !end->error &&
	       end->bytes < end->app.total;
}

static bool app_write_stream(struct end *end)
{
	struct app *app = &end->app;
	u32 room = app->sndbuf - (end->written - end->acked);
	u32 n = 1 + sim_chance(end->sim, app->chunk), flags = 0;

	if (end->written - end->acked >= app->sndbuf)
		return false;
	if (n > room)
		n = room;
	if (n > app->total - end->bytes)
		n = app->total - end->bytes;
	if (app->more && sim_chance(end->sim, 1000) < app->more)
		flags |= TOY_WRITE_MORE;
	end->bytes += n;
	end->written += n;
	if (app->urgent && end->noobs < MESSAGES &&
	    sim_chance(end->sim, 1000) < app->urgent) {
		flags |= TOY_WRITE_URGENT;
		end->oob[end->noobs++] = end->written - 1;
	}
	sim_tell(end->sim, "%c     write %u flags %u", 'A' + end->id, n, flags);
	toy_conn_write(&end->conn, n, flags, end->sim->now);
	return true;
}

/* A message that finds no room is not written now. */
static bool app_write_message(struct end *end)
{
	struct app *app = &end->app;
	u32 used = end->written - end->acked;
	u32 n = sim_chance(end->sim, app->chunk + 1);

	if (n > end->conn.maxmsg)
		n = end->conn.maxmsg;
	if (n > app->total - end->bytes)
		n = app->total - end->bytes;
	if (used && used + n + 1 > app->sndbuf)
		return false;
	if (end->nmarks == MESSAGES)
		end->bytes = app->total;
	if (end->nmarks == MESSAGES)
		return false;
	end->bytes += n;
	end->written += n + 1;
	end->marks[end->nmarks++] = end->written - 1;
	sim_tell(end->sim, "%c     write %u", 'A' + end->id, n);
	toy_conn_write(&end->conn, n, 0, end->sim->now);
	return true;
}

/* How long the peer's messages may be is known once it has said so. */
static bool app_write(struct end *end)
{
	if (!app_may_write(end))
		return false;
	if (!end->setup.messages)
		return app_write_stream(end);
	return end->connected && app_write_message(end);
}

/* ---- options ---- */

/* SO_RCVBUF: what was announced, and the longest message, still have room. */
static void app_set_buf(struct end *end)
{
	end->setup.buf = end->setup.maxmsg + 1 +
			 sim_chance(end->sim, 300000);
	toy_conn_set_buf(&end->conn, end->setup.buf, end_space(end));
}

/* What may change at any time. */
static void app_fiddle(struct end *end)
{
	u32 mss = 128 + sim_chance(end->sim, end->setup.mss - 127);

	if (end->has != HAS_CONN || !end->app.fiddle ||
	    sim_chance(end->sim, 1000) >= end->app.fiddle)
		return;
	sim_tell(end->sim, "%c     fiddles", 'A' + end->id);
	switch (sim_chance(end->sim, 4)) {
	case 0:
		app_set_buf(end);
		break;
	case 1:
		toy_conn_set_mss(&end->conn, mss);
		break;
	case 2:
		toy_conn_set_nodelay(&end->conn, sim_chance(end->sim, 2));
		break;
	case 3:
		toy_conn_push(&end->conn);
		break;
	}
}

/* ---- leaving ---- */

static bool app_shutdown(struct end *end)
{
	struct toy_result res;

	if (end->app.shut || end->has != HAS_CONN || !end->connected)
		return false;
	sim_tell(end->sim, "%c     shutdown", 'A' + end->id);
	end->app.shut = true;
	toy_conn_shutdown(&end->conn, end->sim->now, &res);
	end_result(end, &res, NULL, NULL);
	return true;
}

/* close(): with unread data it is a reset. */
static void app_close(struct end *end)
{
	bool unread = end->read != end->ready;
	struct toy_result res;

	sim_tell(end->sim, "%c     close%s", 'A' + end->id,
		 unread ? ", unread data" : "");
	end->app.left = true;
	end->app.at = NEVER;
	if (end->has != HAS_CONN)
		return;
	if (end->app.leave == LEAVE_ABORT) {
		toy_conn_kill(&end->conn, end->sim->now, &res);
		end->conn.flags |= TOY_CONN_ORPHAN;
	} else {
		toy_conn_release(&end->conn, unread, end->sim->now, &res);
	}
	end_result(end, &res, NULL, NULL);
}

/* Whether all that could be read has been. */
static bool app_read_up(struct end *end)
{
	return end->sim->now >= end->app.resume && !app_readable(end);
}

/* Returns whether something was done. */
static bool app_leave(struct end *end)
{
	struct app *app = &end->app;
	bool written = end->bytes >= app->total || end->error;

	if (app->leave >= LEAVE_ABORT && end->sim->now >= app->leave_at) {
		if (app->leave == LEAVE_CRASH)
			end_crash(end);
		app_close(end);
		return true;
	}
	if (end->error && app_read_up(end)) {
		app_close(end);
		return true;
	}
	if (!written)
		return false;
	if (app->leave == LEAVE_CLOSE && end->connected) {
		app_close(end);
		return true;
	}
	if (end->eof && app_read_up(end) &&
	    (app->shut || app->leave != LEAVE_LAST)) {
		if (!app->shut)
			return app_shutdown(end);
		/* An orphan has less patience with a slow reader [E4]. */
		if (end->sim->clean && !end->fin_acked)
			return false;
		app_close(end);
		return true;
	}
	if (app->leave != LEAVE_LAST || (end->eof && app_read_up(end)))
		return app_shutdown(end);
	return false;
}

/* It is the program's turn. */
void app_run(struct end *end)
{
	struct app *app = &end->app;
	bool done = false;

	app->at = NEVER;
	if (app->connects && !app->begun) {
		end_connect(end);
		done = true;
	} else if (app->begun && !app->left) {
		app_fiddle(end);
		/* One of each at most, in an order of chance. */
		if (sim_chance(end->sim, 2)) {
			done |= app_read(end);
			done |= app_write(end);
		} else {
			done |= app_write(end);
			done |= app_read(end);
		}
		done |= app_leave(end);
	}
	end_pump(end);
	check_end(end);
	if (app->left)
		return;
	if (done)
		app->at = end->sim->now + 1 + sim_chance(end->sim,
							 app->think + 1);
	else if (end->sim->now < app->resume)
		app->at = app->resume;
	if (app->leave >= LEAVE_ABORT && app->begun && app->at > app->leave_at)
		app->at = app->leave_at > end->sim->now ? app->leave_at :
							  end->sim->now + 1;
}

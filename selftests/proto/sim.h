/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two ends of a connection, a wire between them, programs that use it, and a
 * clock that moves when nothing else does. All chance comes from one seed.
 *
 *	sim_wire.c	frames on their way: lost, doubled, late, spoilt
 *	sim_end.c	what the kernel will be to the engine: segments, timers
 *	sim_result.c	the same: queues
 *	sim_app.c	the program at an end: writes, reads, closes
 *	sim_check.c	what has to hold after each step
 *	sim_run.c	one run, from a seed or a description
 *	sim.c		the program: many runs, by classes
 *	throughput.c	another: how fast
 *	fuzz.c		a third: rubbish for connections in every state
 */
#ifndef PROTO_SIM_H
#define PROTO_SIM_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>

#include "../../module/proto/call.h"
#include "../../module/proto/conn.h"
#include "../../module/proto/header.h"
#include "../../module/proto/wait.h"

#define NEVER		U64_MAX

/* Content of streams: byte n of one is pattern[(key + n) % PATTERN]. */
#define PATTERN		1000003U
/* Largest frame, with room for one cut of the pattern. */
#define FRAME_MAX	(TOY_HEADER_MAX + 65535)
/* Numbers that can be kept at an end: more than any receive buffer. */
#define RING		0x200000U
/* Messages of one direction of one connection. */
#define MESSAGES	65536

/* What a number in the ring is. */
#define KEPT_BYTE	1
#define KEPT_MARK	2

struct sim;

/**
 * struct wire - the rules of the wire, both ways
 * @loss:	of a million frames, so many are lost
 * @dup:	... come twice
 * @late:	... come @late_by later than they should, behind others
 * @spoil:	... have a bit changed
 * @late_by:	us
 * @delay:	us from one end to the other
 * @jitter:	us more, by chance, order kept
 * @rate:	bytes a second, 0: no limit
 * @queue:	bytes that wait for that before more are dropped
 * @down_from:	us; from then on nothing arrives
 * @down_to:	us; until then
 * @large:	large frames arrive whole, as over veth
 */
struct wire {
	u32	loss;
	u32	dup;
	u32	late;
	u32	spoil;
	u32	late_by;
	u32	delay;
	u32	jitter;
	u64	rate;
	u32	queue;
	u64	down_from;
	u64	down_to;
	bool	large;
};

/**
 * struct frame - a frame on its way
 * @at:		us when it arrives
 * @order:	among those that arrive at the same time
 * @to:		end, 0 or 1
 * @len:	bytes of it
 * @data:	these
 */
struct frame {
	u64	at;
	u64	order;
	int	to;
	u32	len;
	u8	*data;
};

/* How an end leaves. */
enum leave {
	LEAVE_CLEAN,	/* shutdown, read to the end of file, close */
	LEAVE_LAST,	/* the same, but shutdown only behind the end of file */
	LEAVE_CLOSE,	/* close when all is written, read or not */
	LEAVE_ABORT,	/* at a time, whatever is going on */
	LEAVE_CRASH,	/* at a time, without a word */
};

/**
 * struct app - the program at an end
 * @at:		us when it does something next
 * @total:	bytes it will write
 * @chunk:	most bytes of a write
 * @sndbuf:	numbers that may be written and not acknowledged
 * @think:	most us between two actions
 * @rchunk:	most bytes of a read
 * @rpause:	of a thousand reads, so many are followed by a pause
 * @rpause_by:	us of it
 * @resume:	us when reading goes on
 * @more:	of a thousand writes, so many have MSG_MORE
 * @urgent:	of a thousand, MSG_OOB
 * @fiddle:	of a thousand turns, in so many an option or the MTU is changed
 * @leave:	how it leaves
 * @leave_at:	us when, for some
 * @connects:	it calls; else it listens
 * @starts:	us when it calls
 * @begun:	it has called, or has been called
 * @shut:	it has shut down writing
 * @left:	it has closed
 */
struct app {
	u64		at;
	u32		total;
	u32		chunk;
	u32		sndbuf;
	u32		think;
	u32		rchunk;
	u32		rpause;
	u32		rpause_by;
	u64		resume;
	u32		more;
	u32		urgent;
	u32		fiddle;
	enum leave	leave;
	u64		leave_at;
	bool		connects;
	u64		starts;
	bool		begun;
	bool		shut;
	bool		left;
};

/* What an end has of a connection. */
enum has {
	HAS_NOTHING,
	HAS_CALL,
	HAS_CONN,
	HAS_WAIT,
};

/**
 * struct end - one end
 * @sim:	all of it
 * @id:		0 or 1
 * @has:	which of the three next is there
 * @conn:	connection
 * @call:	half-open call
 * @wait:	TIME_WAIT
 * @setup:	what it brings along; the ISS is of the next connection
 * @app:	program
 * @late:	us that its timers are late
 * @no_room:	of a thousand payloads, so many cannot be kept
 * @prune:	of a thousand segments, before so many what is behind a hole is
 *		thrown away
 * @tx_max:	most payload of a frame
 * @tx_least:	least of one, if it can wait
 * @keep_idle:	s, keepalive
 * @user_timeout: ms
 * @nodelay:	TOY_NODELAY
 * @key:	of the content it sends
 * @base:	number of its first byte
 * @written:	numbers written
 * @bytes:	bytes among them
 * @acked:	numbers acknowledged
 * @marks:	positions of the ends of messages, in order
 * @nmarks:	how many
 * @oob:	positions of the urgent bytes written, in order
 * @noobs:	how many
 * @rbase:	number of the peer's first byte
 * @kept:	KEPT_* of each position, a ring
 * @ready:	positions before this one have all arrived
 * @read:	... have been read
 * @rmark:	messages read
 * @told_urgent: position of the urgent byte told of, plus 1
 * @urgent:	position of the last urgent byte that arrived as such, plus 1
 * @roob:	urgent bytes of the peer that arrived, as such or as others
 * @eof:	the peer's end of file has come
 * @fin_acked:	the peer has ours
 * @connected:	it was ESTABLISHED
 * @over:	it is over
 * @error:	errno that the program was told
 * @edge:	right edge announced
 * @edge_known:	... has been
 * @eof_at:	us when the end of file came
 * @timeouts:	retransmission timeouts
 * @segs_out:	segments sent
 * @segs_again:	of these, with numbers sent before
 */
struct end {
	struct sim		*sim;
	int			id;
	enum has		has;
	struct toy_conn		conn;
	struct toy_call		call;
	struct toy_wait		wait;
	struct toy_setup	setup;
	struct app		app;
	u32			late;
	u32			no_room;
	u32			prune;
	u32			tx_max;
	u32			tx_least;
	u32			keep_idle;
	u32			user_timeout;
	bool			nodelay;
	u32			key;
	u32			base;
	u32			written;
	u32			bytes;
	u32			acked;
	u32			marks[MESSAGES];
	u32			nmarks;
	u32			oob[MESSAGES];
	u32			noobs;
	u32			rbase;
	u8			kept[RING];
	u32			ready;
	u32			read;
	u32			rmark;
	u32			told_urgent;
	u32			urgent;
	u32			roob;
	bool			eof;
	bool			fin_acked;
	bool			connected;
	bool			over;
	int			error;
	u32			edge;
	bool			edge_known;
	u64			eof_at;
	u64			timeouts;
	u64			segs_out;
	u64			segs_again;
};

/**
 * struct sim - one run
 * @seed:	where its chance comes from
 * @chance:	state of that
 * @now:	us
 * @limit:	us when it has to be over
 * @end:	the two ends
 * @wire:	the rules
 * @busy:	us until which the wire is occupied, each way
 * @last:	us when the last frame in order arrives, each way
 * @frame:	frames on their way, a heap
 * @frames:	how many
 * @order:	numbers frames
 * @steps:	what has happened so far
 * @most:	steps after which the run is left as it is; 0: none
 * @trace:	tell it
 * @clean:	nothing may go wrong but what the wire does
 * @again:	connections to be made one after another
 * @round:	which this is
 * @failed:	where sim_fail() goes
 * @why:	and what it says
 */
struct sim {
	u64		seed;
	u64		chance;
	u64		now;
	u64		limit;
	struct end	end[2];
	struct wire	wire;
	u64		busy[2];
	u64		last[2];
	struct frame	*frame;
	u32		frames;
	u32		room;
	u64		order;
	u64		steps;
	u64		most;
	bool		trace;
	bool		clean;
	u32		again;
	u32		round;
	jmp_buf		failed;
	char		why[256];
};

/* sim_run.c */
u32 sim_chance(struct sim *sim, u32 n);
bool sim_happens(struct sim *sim, u32 of_a_million);
noreturn void sim_fail(struct sim *sim, const char *format, ...);
void sim_tell(struct sim *sim, const char *format, ...);
struct sim *sim_new(void);
void sim_reset(struct sim *sim, u64 seed);
bool sim_run(struct sim *sim);

/* sim_wire.c */
void wire_init(void);
const u8 *wire_content(u32 key, u32 pos);
void wire_send(struct end *from, const struct toy_segment *seg);
bool wire_next(struct sim *sim, struct frame *frame);
void wire_clear(struct sim *sim);

/* sim_end.c */
void end_reset(struct end *end);
void end_connect(struct end *end);
void end_crash(struct end *end);
void end_frame(struct end *end, const struct frame *frame);
void end_timer(struct end *end);
u64 end_deadline(const struct end *end);
void end_pump(struct end *end);

/* sim_result.c */
void end_result(struct end *end, const struct toy_result *res,
		const struct toy_segment *seg, const u8 *payload);

/* sim_app.c */
void app_run(struct end *end);
void app_wake(struct end *end);

/* Numbers from RCV.NXT on for which there is room. */
static inline u32 end_space(const struct end *end)
{
	u32 unread = end->ready - end->read;

	return end->setup.buf > unread ? end->setup.buf - unread : 0;
}

/* sim_check.c */
void check_end(struct end *end);
void check_segment(struct end *end, const struct toy_segment *seg,
		   const struct toy_conn *before);
void check_over(struct sim *sim);

#endif /* PROTO_SIM_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection: sequence numbers, windows, timers, what to send next.
 *
 * The rules are in Documentation/protocol; [S2] is a step there.
 *
 * The engine holds no payload, sends nothing and has no clock: values go in and
 * values come out. The caller
 *
 *  - keeps what the program writes, by sequence number from SND.UNA on, and
 *    says how much it is (toy_conn_write()); frees what is acknowledged;
 *  - keeps what arrives, by sequence number, as toy_conn_input() tells; what is
 *    before RCV.NXT can be read, but for [M3]: a message is read whole;
 *  - after each call that is not const sends what toy_conn_next() gives, until
 *    it gives nothing, and sees that toy_conn_timer() is called no earlier than
 *    toy_conn_deadline() says;
 *  - calls one at a time: struct toy_conn has no lock.
 *
 * A message of a SEQPACKET has one number more than bytes, for its end.
 * toy_conn_write() counts it, the queue of what arrives has to. To the caller
 * are left [M3] (whole messages) and [M6] (a message that is cut off). One that
 * grows too long [M5] ends the connection here: TOY_TELL_ERROR, EMSGSIZE.
 *
 * The urgent byte of a STREAM is told of twice, each time by its number in
 * toy_result.urgent: TOY_TELL_URGENT when it is known of [U2], early enough for
 * SIGURG; TOY_TELL_MARK when it can be read, that is, when it is one of
 * toy_result.ready numbers. One result may say both. The caller need not
 * remember it, and must not look at toy_conn.rcv_up: that is of a later mark, or
 * of an old one. A byte that was told of, and then not by TOY_TELL_MARK when it
 * came, is an ordinary one [U3].
 *
 * Memory: the window counts numbers, not what buffers cost, so the caller may
 * be out of memory while the window is open. It says TOY_INPUT_NO_ROOM, and then
 * need not keep what is behind a hole. What begins at RCV.NXT is taken even so,
 * as nothing else could ever make room again. Where readers will make room, or if
 * an allocation failed, it may say TOY_INPUT_NO_MEMORY: the window is shut, and
 * toy_conn_set_buf() has to open it again. A caller that wants to throw away what
 * it keeps behind holes says so by toy_conn_prune().
 *
 * Times are microseconds since whenever, and never 0. Queues are shorter than
 * 2^30 numbers.
 */
#ifndef _TOY_PROTO_CONN_H
#define _TOY_PROTO_CONN_H

#include "cong.h"
#include "header.h"
#include "machine.h"
#include "reass.h"
#include "rto.h"
#include "sack.h"
#include "window.h"

/* Coarse time: units of 1.024 ms, since a shift takes them from a u64. */
#define TOY_TICK_SHIFT		10

/**
 * enum toy_timer - what runs
 * @TOY_TIMER_SEND:	retransmission [R3], probe of a closed window [P1],
 *			orphan in FIN_WAIT2 [E4]
 * @TOY_TIMER_ACK:	delayed ACK [A3]
 * @TOY_TIMER_MORE:	patience with MSG_MORE [W4]
 * @TOY_TIMER_KEEP:	keepalive [K1]
 * @TOY_TIMERS:		number of these
 */
enum toy_timer {
	TOY_TIMER_SEND,
	TOY_TIMER_ACK,
	TOY_TIMER_MORE,
	TOY_TIMER_KEEP,
	TOY_TIMERS,
};

/* toy_conn.flags: what the connection is, and what has been. */
#define TOY_CONN_MESSAGES	0x0001	/* SEQPACKET */
#define TOY_CONN_SACK		0x0002	/* both ends permitted SACK */
#define TOY_CONN_NODELAY	0x0004	/* TOY_NODELAY: no Nagle */
#define TOY_CONN_MORE		0x0008	/* last write had MSG_MORE */
#define TOY_CONN_FIN		0x0010	/* FIN stands behind the queue */
#define TOY_CONN_ORPHAN		0x0020	/* nobody has the socket */
#define TOY_CONN_CLOSE		0x0040	/* CLOSE is put off [E1] */
#define TOY_CONN_TIMING		0x0080	/* a round trip is measured [R1] */
#define TOY_CONN_PEER_FIN	0x0100	/* FIN arrived, perhaps behind a hole */
#define TOY_CONN_URG_OUT	0x0200	/* urgent byte not acknowledged */
#define TOY_CONN_URG_IN		0x0400	/* there was an urgent byte */
#define TOY_CONN_RESCUED	0x0800	/* this recovery had its rescue [G5] */
#define TOY_CONN_PARTIAL	0x1000	/* this one had a partial ACK [G5] */
#define TOY_CONN_PERSIST	0x2000	/* TOY_TIMER_SEND is of a probe */
#define TOY_CONN_FULL		0x4000	/* cwnd holds data back */
#define TOY_CONN_SHUT		0x8000	/* no window for want of memory [W5] */

/* toy_conn.due: what toy_conn_next() has to send, whatever windows say. */
#define TOY_DUE_RST		0x01	/* the last one */
#define TOY_DUE_SYN		0x02	/* SYN, or SYN ACK */
#define TOY_DUE_AGAIN		0x04	/* the first hole */
#define TOY_DUE_PROBE		0x08	/* ACK with an old number [P2] [K1] */
#define TOY_DUE_URG		0x10	/* news of an urgent byte [U1] */
#define TOY_DUE_ACK		0x20	/* an ACK, unless one goes anyway */
#define TOY_DUE_CRUMB		0x40	/* small as it is: [P4], end of MORE */

/**
 * struct toy_conn - a connection
 * @state:	enum toy_state, not LISTEN
 * @quick:	what comes in order needs no more than the fast path
 * @due:	TOY_DUE_*
 * @quick_acks:	segments that are still to be acknowledged at once [A2]
 * @flags:	TOY_CONN_*
 * @rcv_nxt:	RCV.NXT
 * @rcv_edge:	right edge of the window as announced; never moves left, but is
 *		kept to ourselves while TOY_CONN_SHUT
 * @rcv_space:	numbers from @rcv_nxt on for which the caller has room
 * @rcv_told:	RCV.NXT as the peer knows it
 * @rcv_mss:	largest segment of the peer seen, options included
 * @ack_bytes:	received since the last ACK, options included
 * @heard:	ticks when the peer was last heard of
 * @snd_una:	SND.UNA
 * @snd_nxt:	SND.NXT
 * @snd_end:	behind the last byte queued; there is FIN, if there is one
 * @snd_wnd:	SND.WND
 * @snd_wl1:	SND.WL1
 * @snd_wl2:	SND.WL2
 * @snd_maxwnd:	SND.MAXWND
 * @mss:	SMSS: most bytes behind the 36th of a segment, options included
 * @cong:	congestion control
 * @timer:	when each runs out, us; 0: off
 * @rtt_seq:	behind the segment that is measured
 * @rtt_at:	when that was sent, low bits of us
 * @rto:	round trip time
 * @retries:	timeouts in a row, or probes of a closed window
 * @probes:	probes in a row without an answer
 * @sent:	ticks when data was last sent
 * @snd_small:	behind the last segment that was shorter than full [W4]
 * @progress:	ticks when something was last acknowledged, or began to wait
 * @recover:	SND.NXT when recovery began
 * @again:	behind what was sent again in this recovery: HighRxt
 * @mark:	SND.NXT when the first hole was sent again
 * @snd_up:	number of the urgent byte that was sent
 * @rcv_up:	number of the last urgent byte of the peer
 * @rcv_fin:	number of the peer's FIN
 * @rcv_msg:	SEQPACKET: behind the last end of a message that arrived [M5]
 * @rcv_buf:	numbers for which an empty receive buffer has room
 * @limited:	ticks of the last answer that is rate limited, or 0
 * @limited_rst: the same of answers to RST [S2]
 * @user_timeout: ms, 0 for none
 * @maxmsg:	longest message that the peer takes
 * @own_maxmsg:	longest message taken here
 * @own_mss:	most bytes behind the 36th that our link takes
 * @peer_mss:	most that the peer said it takes
 * @keep_idle:	s until the first keepalive probe, 0: no keepalive
 * @keep_intvl:	s between them
 * @keep_cnt:	how many
 * @sack:	what the peer has
 * @reass:	what has arrived behind a hole
 *
 * May be read by anybody who may call; written here alone. May be copied.
 */
struct toy_conn {
	u8			state;
	u8			quick;
	u8			due;
	u8			quick_acks;
	u32			flags;
	u32			rcv_nxt;
	u32			rcv_edge;
	u32			rcv_space;
	u32			rcv_told;
	u32			rcv_mss;
	u32			ack_bytes;
	u32			heard;
	u32			snd_una;
	u32			snd_nxt;
	u32			snd_end;
	u32			snd_wnd;
	u32			snd_wl1;
	u32			snd_wl2;
	u32			snd_maxwnd;

	u32			mss;
	u32			rtt_seq;
	u32			rtt_at;
	u32			sent;
	u32			snd_small;
	struct toy_cong		cong;
	u64			timer[TOY_TIMERS];

	struct toy_rto		rto;
	u32			progress;
	u8			retries;
	u8			probes;
	u32			recover;
	u32			again;
	u32			mark;
	u32			snd_up;
	u32			rcv_up;
	u32			rcv_fin;
	u32			rcv_msg;
	u32			rcv_buf;
	u32			limited;
	u32			limited_rst;
	u32			user_timeout;
	u32			maxmsg;
	u32			own_maxmsg;
	u16			own_mss;
	u16			peer_mss;
	u16			keep_idle;
	u16			keep_intvl;
	u8			keep_cnt;

	struct toy_sack		sack;
	struct toy_reass	reass;
};

/**
 * struct toy_setup - what this end brings along
 * @iss:	initial sequence number [O1]
 * @buf:	receive buffer, numbers; of a SEQPACKET more than @maxmsg [M4]
 * @maxmsg:	SEQPACKET: longest message that is taken
 * @mss:	most bytes behind the 36th of a frame: MTU - 36
 * @messages:	SEQPACKET
 * @no_sack:	do not permit SACK
 */
struct toy_setup {
	u32	iss;
	u32	buf;
	u32	maxmsg;
	u16	mss;
	bool	messages;
	bool	no_sack;
};

/* toy_result.tell: what the caller has to do or to tell. */
#define TOY_TELL_CONNECTED	0x0001	/* ESTABLISHED */
#define TOY_TELL_DATA		0x0002	/* @ready numbers can be read */
#define TOY_TELL_KEEP		0x0004	/* payload has to be kept */
#define TOY_TELL_ACKED		0x0008	/* @acked numbers can be freed */
#define TOY_TELL_EOF		0x0010	/* the peer sends no more */
#define TOY_TELL_URGENT		0x0020	/* @urgent will be the urgent byte */
#define TOY_TELL_FIN_ACKED	0x0040	/* the peer has all, FIN too */
#define TOY_TELL_TIME_WAIT	0x0080	/* toy_wait_begin(), then forget it */
#define TOY_TELL_CLOSED		0x0100	/* state CLOSE: it is over */
#define TOY_TELL_ERROR		0x0200	/* @error becomes pending */
#define TOY_TELL_RESET		0x0400	/* answer with toy_stray_reset() */
#define TOY_TELL_MARK		0x0800	/* @urgent is, and can be read now */

/**
 * enum toy_seg_drop - why a segment, or its payload, was of no use
 * @TOY_SEG_OK:		it was
 * @TOY_SEG_SEQUENCE:	its number is out of the window
 * @TOY_SEG_ACK:	it acknowledges what was never sent
 * @TOY_SEG_STATE:	out of place in this state
 * @TOY_SEG_CLOSED:	no such connection, or nobody to read it
 * @TOY_SEG_WINDOW:	payload for a window of 0
 * @TOY_SEG_MEMORY:	payload that the caller cannot keep, or one hole too
 *			many
 * @TOY_SEG_MALFORMED:	the message that it belongs to is too long [M5]
 * @TOY_SEG_DROPS:	number of these
 */
enum toy_seg_drop {
	TOY_SEG_OK,
	TOY_SEG_SEQUENCE,
	TOY_SEG_ACK,
	TOY_SEG_STATE,
	TOY_SEG_CLOSED,
	TOY_SEG_WINDOW,
	TOY_SEG_MEMORY,
	TOY_SEG_MALFORMED,
	TOY_SEG_DROPS,
};

/**
 * struct toy_result - what came of a call
 * @tell:	TOY_TELL_*; the other fields count only with theirs
 * @error:	positive errno
 * @drop:	enum toy_seg_drop
 * @mark:	TOY_TELL_KEEP: the end of a message is behind what is kept
 * @offset:	TOY_TELL_KEEP: where in the payload begins what is to be kept
 * @len:	TOY_TELL_KEEP: bytes of it, may be 0 with @mark
 * @seq:	TOY_TELL_KEEP: number of its first byte
 * @ready:	TOY_TELL_DATA: as many numbers more than before can be read
 * @acked:	TOY_TELL_ACKED: so many at the beginning of what is queued
 * @urgent:	TOY_TELL_URGENT, TOY_TELL_MARK: number of the urgent byte
 *
 * No number is to be kept twice. Ends of messages are among numbers, SYN and
 * FIN are not among @ready and @acked.
 */
struct toy_result {
	u16	tell;
	u16	error;
	u8	drop;
	bool	mark;
	u32	offset;
	u32	len;
	u32	seq;
	u32	ready;
	u32	acked;
	u32	urgent;
};

/**
 * struct toy_tx - what the caller knows of the next segment
 * @max:	most payload of a frame that it can make; more than a segment's
 *		if it has large ones cut, less counts as a segment's
 * @least:	wait for windows to let so much go at once, as long as something
 *		is on the way whose ACK will open them: fewer and larger frames,
 *		where frames are what costs. At most a third of the windows is
 *		waited for. 0: a segment goes as soon as it may
 * @eom:	SEQPACKET: number of the end of the message which
 *		toy_conn_seek() lies in
 * @eor:	SEQPACKET: that message was sent with MSG_EOR
 */
struct toy_tx {
	u32	max;
	u32	least;
	u32	eom;
	bool	eor;
};

/* toy_conn_write() */
#define TOY_WRITE_MORE		0x01	/* MSG_MORE */
#define TOY_WRITE_URGENT	0x02	/* MSG_OOB: the last byte is urgent */

/* toy_conn_input() */
#define TOY_INPUT_NO_ROOM	0x01	/* nothing behind a hole can be kept */
#define TOY_INPUT_NO_MEMORY	0x02	/* no payload at all */

struct toy_call;

void toy_conn_open(struct toy_conn *conn, const struct toy_setup *setup,
		   u64 now);
void toy_conn_accept(struct toy_conn *conn, const struct toy_call *call,
		     const struct toy_setup *setup, u64 now);

void toy_conn_input(struct toy_conn *conn, const struct toy_segment *seg,
		    u32 flags, u64 now, struct toy_result *res);
void toy_conn_timer(struct toy_conn *conn, u64 now, struct toy_result *res);

void toy_conn_write(struct toy_conn *conn, u32 n, u32 flags, u64 now);
void toy_conn_push(struct toy_conn *conn);
void toy_conn_read(struct toy_conn *conn, u32 n);
void toy_conn_prune(struct toy_conn *conn, u32 from);
void toy_conn_shutdown(struct toy_conn *conn, u64 now, struct toy_result *res);
void toy_conn_release(struct toy_conn *conn, bool unread, u64 now,
		      struct toy_result *res);
void toy_conn_kill(struct toy_conn *conn, u64 now, struct toy_result *res);
void toy_conn_forget(struct toy_conn *conn, u64 now, struct toy_result *res);

bool toy_conn_next(struct toy_conn *conn, u64 now, const struct toy_tx *tx,
		   struct toy_segment *seg);
u32 toy_conn_seek(const struct toy_conn *conn);
u64 toy_conn_deadline(const struct toy_conn *conn);

void toy_conn_set_nodelay(struct toy_conn *conn, bool on);
void toy_conn_set_buf(struct toy_conn *conn, u32 buf, u32 space);
void toy_conn_set_mss(struct toy_conn *conn, u32 mss);
void toy_conn_set_timeout(struct toy_conn *conn, u32 user_timeout);
void toy_conn_set_keepalive(struct toy_conn *conn, u32 idle, u32 intvl,
			    u32 cnt, u64 now);

/**
 * toy_ticks() - coarse time
 * @now:	us
 */
static inline u32 toy_ticks(u64 now)
{
	return (u32)(now >> TOY_TICK_SHIFT);
}

/**
 * toy_conn_unread() - how many numbers of what arrived can be told as read
 * @conn:	connection
 * @from:	the first number that has not been read
 */
static inline u32 toy_conn_unread(const struct toy_conn *conn, u32 from)
{
	u32 end = conn->rcv_nxt;

	/* FIN is no data. */
	if (conn->flags & TOY_CONN_PEER_FIN && toy_after(end, conn->rcv_fin))
		end = conn->rcv_fin;
	return end - from;
}

#endif /* _TOY_PROTO_CONN_H */

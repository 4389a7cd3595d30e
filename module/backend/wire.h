/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection over a link: a socket and the engine.
 */
#ifndef _TOY_BACKEND_WIRE_H
#define _TOY_BACKEND_WIRE_H

#include "../proto/call.h"
#include "pair.h"

/* What a connection may hold where all together hold too much, bytes [W5]. */
#define TOY_WIRE_LEAST	SZ_4K

/* Connections whose socket was closed. */
enum toy_orphan {
	TOY_ORPHAN_NONE,	/* it was not, or it is over */
	TOY_ORPHAN_SENDS,	/* the peer has not acknowledged everything */
	TOY_ORPHAN_WAITS,	/* it has, and has not closed its own side */
	TOY_ORPHAN_MAX,
};

/**
 * struct toy_wire - a connection over a link
 * @pair:	first; its addresses and its station
 * @sk:		the socket, a reference while the pair is in the table. It may
 *		be closed already.
 * @timer:	the engine's; holds a reference while it runs
 *
 * Under the socket's lock, which in softirq is bh_lock_sock() of a socket that
 * nobody owns:
 * @conn:	the engine
 * @sendq:	what was written and is not acknowledged, struct toy_buf_cb: @seq
 *		is the number of the first byte, @eom: a message ends here
 * @armed:	when the timer fires, us; U64_MAX: not at all, so far as it was
 *		told under the lock
 * @in:		what arrived behind a hole, by number
 * @in_next:	number of what goes into the receive queue next
 * @message:	beginning of a message whose rest is not there yet: its first
 *		part, with a list of the others
 * @message_tail: the last of them all
 * @told:	toy_sock.consumed as the engine knows it, less what was thrown away
 * @read:	number up to which the engine knows it to be read
 * @lazy:	so many more are worth telling by themselves
 * @messages:	messages that were delivered and that the engine does not know to
 *		be read
 * @memory:	of @in and @message
 * @counted:	memory of what came in, as the count of all connections has it
 * @bytes_out:	payload handed to the engine
 * @segs_out:	segments sent
 * @segs_in:	segments that came in
 * @retrans:	segments with payload that were sent again
 * @sent:	behind what was ever sent
 * @most:	the largest payload of a segment that can be made up
 * @frag:	pages for what is copied into large frames
 * @rcvbuf:	SO_RCVBUF, when it was last looked at
 * @payload:	of a frame on the link, when it was last looked at
 * @ended:	the peer's end has come; read without the lock, too
 * @pressed:	the window is shut since memory is short [W5]
 * @orphan:	enum toy_orphan
 * @maxseg:	TOY_MAXSEG of the socket when it was made
 * @over:	out of the table; read without the lock, too
 * @doom:	errno of which it has to die; set without the lock
 */
struct toy_wire {
	struct toy_pair		pair;
	struct sock		*sk;
	struct timer_list	timer;
	struct toy_conn		conn;
	u64			armed;
	struct sk_buff_head	sendq;
	struct sk_buff_head	in;
	u32			in_next;
	struct sk_buff		*message;
	struct sk_buff		*message_tail;
	u32			told;
	u32			read;
	u32			lazy;
	u32			messages;
	u32			memory;
	u32			counted;
	u64			bytes_out;
	u64			segs_out;
	u64			segs_in;
	u32			retrans;
	u32			sent;
	u32			most;
	struct page_frag	frag;
	int			rcvbuf;
	u32			payload;
	bool			ended;
	bool			pressed;
	u8			orphan;
	u16			maxseg;
	bool			over;
	int			doom;
};

/* The connection of a socket, under its lock; NULL. */
static inline struct toy_wire *toy_wire_of(const struct sock *sk)
{
	return rcu_dereference_protected(toy_sk(sk)->wire, true);
}

static inline struct toy_wire *toy_wire(const struct toy_pair *pair)
{
	return container_of(pair, struct toy_wire, pair);
}

/* Bytes, and ends of messages, that the peer has not acknowledged; SYN and FIN are
 * none.
 */
static inline u32 toy_wire_unacked(const struct toy_wire *w)
{
	s32 n = w->conn.snd_end - w->conn.snd_una;

	if (w->conn.state == TOY_STATE_SYN_SENT)
		n--;
	return max(n, 0);
}

/* wire.c */
struct toy_wire *toy_wire_make(struct sock *sk, struct toy_link *link,
			       const u8 *mac, struct toy_addr local,
			       struct toy_addr remote, gfp_t gfp);
void toy_wire_attach(struct toy_wire *w, struct sock *sk);
void toy_wire_detach(struct sock *sk);
void toy_wire_setup(const struct sock *sk, struct toy_ether *ether,
		    int ifindex, struct toy_setup *setup);
void toy_wire_check_buf(struct toy_wire *w);
void toy_wire_check_mtu(struct toy_wire *w);
void toy_wire_options(struct toy_wire *w);

/* wire_run.c */
void toy_wire_done(struct toy_wire *w, const struct toy_result *res);
void toy_wire_kill(struct toy_wire *w, int error);
void toy_wire_forget(struct toy_wire *w);
void toy_wire_flush(struct toy_wire *w, u64 now);
void toy_wire_doom(struct toy_wire *w, int error);
void toy_wire_timer(struct timer_list *timer);

/* wire_input.c */
void toy_wire_input(struct toy_wire *w, struct toy_link *link,
		    struct sk_buff *skb, struct toy_frame *frame);
int toy_wire_backlog(struct sock *sk, struct sk_buff *skb);

/* wire_mem.c */
int toy_wire_mem_init(void);
void toy_wire_mem_exit(void);
void toy_wire_mem_update(struct toy_wire *w);
bool toy_wire_mem_behind(const struct toy_wire *w, const struct sock *sk);
void toy_wire_mem_end(struct toy_wire *w);
bool toy_wire_mem_scarce(void);
bool toy_wire_mem_favour(const struct toy_wire *w);
void toy_wire_mem_favour_end(const struct toy_wire *w);
void toy_wire_orphan(struct toy_wire *w);
void toy_wire_orphan_end(struct toy_wire *w);

/* pair_show.c */
struct toy_timer_view;
void toy_wire_timer_view(struct sock *sk, struct toy_timer_view *view);

/* wire_rx.c */
u32 toy_wire_room(struct toy_wire *w, struct sk_buff *skb,
		  const struct toy_segment *seg);
void toy_wire_keep(struct toy_wire *w, struct sk_buff *skb,
		   const struct toy_frame *frame,
		   const struct toy_result *res);
void toy_wire_deliver(struct toy_wire *w, const u32 *urgent);
void toy_wire_read(struct toy_wire *w);
bool toy_wire_wants_read(const struct sock *sk);
void toy_wire_drop_in(struct toy_wire *w);

/* wire_message.c */
void toy_wire_to_message(struct toy_wire *w, struct sk_buff *skb);

/* wire_tx.c */
void toy_wire_emit(struct toy_wire *w, struct toy_segment *seg);
void toy_wire_acked(struct toy_wire *w);
bool toy_wire_message_end(const struct toy_wire *w, u32 seq,
			  struct toy_tx *tx);
ssize_t toy_wire_send(struct sock *sk, struct msghdr *msg, size_t len,
		      const struct toy_creds *creds);

#endif /* _TOY_BACKEND_WIRE_H */

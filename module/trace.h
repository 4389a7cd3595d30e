/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, in tracefs below events/toy. Documentation/inspection describes
 * each of them and its fields.
 *
 * Each begins with whose event it is, so that a filter of one works with all; but
 * a socket that closes has no number any more when it drops what it did not read.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM toy

#if !defined(_TOY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TOY_TRACE_H

#include <linux/tracepoint.h>

#include "core/sock.h"

TRACE_DEFINE_ENUM(TOY_DROP_FILTER);
TRACE_DEFINE_ENUM(TOY_DROP_UNREAD);
TRACE_DEFINE_ENUM(TOY_DROP_FULL);
TRACE_DEFINE_ENUM(TOY_DROP_SEQUENCE);
TRACE_DEFINE_ENUM(TOY_DROP_ACK);
TRACE_DEFINE_ENUM(TOY_DROP_STATE);
TRACE_DEFINE_ENUM(TOY_DROP_CLOSED);
TRACE_DEFINE_ENUM(TOY_DROP_WINDOW);
TRACE_DEFINE_ENUM(TOY_DROP_MEMORY);
TRACE_DEFINE_ENUM(TOY_DROP_BACKLOG);
TRACE_DEFINE_ENUM(TOY_DROP_HALF_OPEN);
TRACE_DEFINE_ENUM(TOY_DROP_SHORT);
TRACE_DEFINE_ENUM(TOY_DROP_MAGIC);
TRACE_DEFINE_ENUM(TOY_DROP_VERSION);
TRACE_DEFINE_ENUM(TOY_DROP_TYPE);
TRACE_DEFINE_ENUM(TOY_DROP_LENGTH);
TRACE_DEFINE_ENUM(TOY_DROP_CHECKSUM);
TRACE_DEFINE_ENUM(TOY_DROP_OPTION);
TRACE_DEFINE_ENUM(TOY_DROP_FLAGS);
TRACE_DEFINE_ENUM(TOY_DROP_MALFORMED);
TRACE_DEFINE_ENUM(TOY_DROP_BROADCAST);
TRACE_DEFINE_ENUM(TOY_DROP_LOOP);
TRACE_DEFINE_ENUM(TOY_DROP_MARTIAN);
TRACE_DEFINE_ENUM(TOY_DROP_DUPLICATE);
TRACE_DEFINE_ENUM(TOY_DROP_NOT_OURS);
TRACE_DEFINE_ENUM(TOY_DROP_MOVED);
TRACE_DEFINE_ENUM(TOY_DROP_UNASKED);
TRACE_DEFINE_ENUM(TOY_DROP_CONFLICT);
TRACE_DEFINE_ENUM(TOY_DROP_NO_PORT);

#define toy_trace_drop_name(reason)					\
	__print_symbolic(reason,					\
			 { TOY_DROP_FILTER, "FILTER" },			\
			 { TOY_DROP_UNREAD, "UNREAD" },			\
			 { TOY_DROP_FULL, "FULL" },			\
			 { TOY_DROP_SEQUENCE, "SEQUENCE" },		\
			 { TOY_DROP_ACK, "ACK" },			\
			 { TOY_DROP_STATE, "STATE" },			\
			 { TOY_DROP_CLOSED, "CLOSED" },			\
			 { TOY_DROP_WINDOW, "WINDOW" },			\
			 { TOY_DROP_MEMORY, "MEMORY" },			\
			 { TOY_DROP_BACKLOG, "BACKLOG" },		\
			 { TOY_DROP_HALF_OPEN, "HALF_OPEN" },		\
			 { TOY_DROP_SHORT, "SHORT" },			\
			 { TOY_DROP_MAGIC, "MAGIC" },			\
			 { TOY_DROP_VERSION, "VERSION" },		\
			 { TOY_DROP_TYPE, "TYPE" },			\
			 { TOY_DROP_LENGTH, "LENGTH" },			\
			 { TOY_DROP_CHECKSUM, "CHECKSUM" },		\
			 { TOY_DROP_OPTION, "OPTION" },			\
			 { TOY_DROP_FLAGS, "FLAGS" },			\
			 { TOY_DROP_MALFORMED, "MALFORMED" },		\
			 { TOY_DROP_BROADCAST, "BROADCAST" },		\
			 { TOY_DROP_LOOP, "LOOP" },			\
			 { TOY_DROP_MARTIAN, "MARTIAN" },		\
			 { TOY_DROP_DUPLICATE, "DUPLICATE" },		\
			 { TOY_DROP_NOT_OURS, "NOT_OURS" },		\
			 { TOY_DROP_MOVED, "MOVED" },			\
			 { TOY_DROP_UNASKED, "UNASKED" },		\
			 { TOY_DROP_CONFLICT, "CONFLICT" },		\
			 { TOY_DROP_NO_PORT, "NO_PORT" })

#define toy_trace_type_name(type)					\
	__print_symbolic(type,						\
			 { 1, "stream" },				\
			 { 2, "dgram" },				\
			 { 3, "raw" },					\
			 { 5, "seqpacket" })

/* The numbers of linux/tcp_states.h. */
#define toy_trace_state_name(state)					\
	__print_symbolic(state,						\
			 { 0, "NONE" },					\
			 { 1, "ESTABLISHED" },				\
			 { 2, "SYN_SENT" },				\
			 { 3, "SYN_RECV" },				\
			 { 4, "FIN_WAIT1" },				\
			 { 5, "FIN_WAIT2" },				\
			 { 6, "TIME_WAIT" },				\
			 { 7, "CLOSE" },				\
			 { 8, "CLOSE_WAIT" },				\
			 { 9, "LAST_ACK" },				\
			 { 10, "LISTEN" },				\
			 { 11, "CLOSING" })

/* The fields that every event has. */
#define TOY_TRACE_SOCK							\
	__field(const void *, skaddr)					\
	__field(u32, netns)						\
	__field(u32, id)						\
	__field(u32, snode)						\
	__field(u32, dnode)						\
	__field(u16, sport)						\
	__field(u16, dport)						\
	__field(u16, type)

#define TOY_TRACE_SOCK_ASSIGN(whose)					\
	do {								\
		const struct toy_sock *toy = toy_sk(whose);		\
		struct toy_addr from = {}, to = {};			\
									\
		if (toy) {						\
			from = toy_addr_read(&toy->local);		\
			to = toy_addr_read(&toy->remote);		\
		}							\
		__entry->skaddr = toy;					\
		__entry->netns = toy ? sock_net(&toy->sk)->ns.inum : 0;	\
		__entry->id = toy ? READ_ONCE(toy->id) : 0;		\
		__entry->snode = from.node;				\
		__entry->dnode = to.node;				\
		__entry->sport = from.port;				\
		__entry->dport = to.port;				\
		__entry->type = toy ? toy->sk.sk_type : 0;		\
	} while (0)

#define TOY_TRACE_SOCK_FORMAT						\
	"skaddr=%p netns=%u id=%u type=%s %u:%u > %u:%u "
#define TOY_TRACE_SOCK_ARGS						\
	__entry->skaddr, __entry->netns, __entry->id,			\
	toy_trace_type_name(__entry->type),				\
	__entry->snode, __entry->sport, __entry->dnode, __entry->dport

/* A socket changed its state: NONE before it is made and after it closed. */
TRACE_EVENT(toy_state,
	TP_PROTO(const struct sock *sk, int oldstate, int newstate),
	TP_ARGS(sk, oldstate, newstate),
	TP_STRUCT__entry(
		TOY_TRACE_SOCK
		__field(int, oldstate)
		__field(int, newstate)
	),
	TP_fast_assign(
		TOY_TRACE_SOCK_ASSIGN(sk);
		__entry->oldstate = oldstate;
		__entry->newstate = newstate;
	),
	TP_printk(TOY_TRACE_SOCK_FORMAT "oldstate=%s newstate=%s",
		  TOY_TRACE_SOCK_ARGS,
		  toy_trace_state_name(__entry->oldstate),
		  toy_trace_state_name(__entry->newstate))
);

DECLARE_EVENT_CLASS(toy_message,
	TP_PROTO(const struct sock *sk, size_t size, ssize_t ret,
		 unsigned int flags),
	TP_ARGS(sk, size, ret, flags),
	TP_STRUCT__entry(
		TOY_TRACE_SOCK
		__field(u32, flags)
		__field(u64, size)
		__field(s64, ret)
	),
	TP_fast_assign(
		TOY_TRACE_SOCK_ASSIGN(sk);
		__entry->flags = flags;
		__entry->size = size;
		__entry->ret = ret;
	),
	TP_printk(TOY_TRACE_SOCK_FORMAT "size=%llu ret=%lld flags=0x%x",
		  TOY_TRACE_SOCK_ARGS, __entry->size, __entry->ret,
		  __entry->flags)
);

/* The end of a sendmsg(2), write(2), ...: @size was asked for, @ret came of it. */
DEFINE_EVENT(toy_message, toy_sendmsg,
	TP_PROTO(const struct sock *sk, size_t size, ssize_t ret,
		 unsigned int flags),
	TP_ARGS(sk, size, ret, flags)
);

/* The end of a recvmsg(2), read(2), ... */
DEFINE_EVENT(toy_message, toy_recvmsg,
	TP_PROTO(const struct sock *sk, size_t size, ssize_t ret,
		 unsigned int flags),
	TP_ARGS(sk, size, ret, flags)
);

DECLARE_EVENT_CLASS(toy_data,
	TP_PROTO(const struct sock *sk, unsigned int len),
	TP_ARGS(sk, len),
	TP_STRUCT__entry(
		TOY_TRACE_SOCK
		__field(u32, len)
	),
	TP_fast_assign(
		TOY_TRACE_SOCK_ASSIGN(sk);
		__entry->len = len;
	),
	TP_printk(TOY_TRACE_SOCK_FORMAT "len=%u", TOY_TRACE_SOCK_ARGS,
		  __entry->len)
);

/*
 * A backend got data of @sk to the peer. The local one has done so when the
 * peer's queue has it, that is behind the toy_rcv or toy_drop of the peer.
 */
DEFINE_EVENT(toy_data, toy_xmit,
	TP_PROTO(const struct sock *sk, unsigned int len),
	TP_ARGS(sk, len)
);

/* Data got into the receive queue of @sk. Under its receive lock. */
DEFINE_EVENT(toy_data, toy_rcv,
	TP_PROTO(const struct sock *sk, unsigned int len),
	TP_ARGS(sk, len)
);

/* Data on its way to a reader of @sk is no more; a frame: for nobody, NULL. */
TRACE_EVENT(toy_drop,
	TP_PROTO(const struct sock *sk, unsigned int len, enum toy_drop reason),
	TP_ARGS(sk, len, reason),
	TP_STRUCT__entry(
		TOY_TRACE_SOCK
		__field(u32, len)
		__field(u32, reason)
	),
	TP_fast_assign(
		TOY_TRACE_SOCK_ASSIGN(sk);
		__entry->len = len;
		__entry->reason = reason;
	),
	TP_printk(TOY_TRACE_SOCK_FORMAT "len=%u reason=%s",
		  TOY_TRACE_SOCK_ARGS, __entry->len,
		  toy_trace_drop_name(__entry->reason))
);

#endif /* _TOY_TRACE_H */

/* Not include/trace/events, but beside trace.c. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what becomes of the sockets of a namespace, as it happens.
 */
#ifndef _TOY_CORE_EVENT_H
#define _TOY_CORE_EVENT_H

#include <linux/jump_label_ratelimit.h>
#include <linux/tracepoint-defs.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "sock.h"

/* Events that wait for a reader; further ones are lost to him. */
#define TOY_EVENT_RING		256

/*
 * Readers of a namespace, since each makes every state change a little dearer;
 * there is always room for those of CAP_NET_ADMIN.
 */
#define TOY_EVENT_READERS	64

/* There is no such socket yet, or no more. */
#define TOY_STATE_NONE		0

/**
 * struct toy_event - a socket changed its state
 * @time:	when, in ns since boot
 * @local:	the socket's address then
 * @remote:	its peer's
 * @id:		its number
 * @uid:	its owner
 * @type:	SOCK_*
 * @old:	TCP_* or TOY_STATE_NONE
 * @new:	likewise
 */
struct toy_event {
	u64		time;
	struct toy_addr	local;
	struct toy_addr	remote;
	u32		id;
	kuid_t		uid;
	u8		type;
	u8		old;
	u8		new;
};

/**
 * struct toy_event_reader - one who wants to know
 * @node:	link in toy_net.event_readers
 * @wait:	where he sleeps
 * @viewer:	shown are this user's sockets alone, unless @all
 * @all:	shown are everybody's
 * @wake:	wakes @wait: how long that takes is up to who waits
 * @first:	event to be taken next, counted from the beginning of time
 * @next:	where the next one goes, likewise
 * @lost:	events for which there was no room since he last asked
 * @ring:	the events
 *
 * @node and from @first on under toy_net.event_lock, which is taken inside the
 * receive locks.
 */
struct toy_event_reader {
	struct list_head	node;
	wait_queue_head_t	wait;
	kuid_t			viewer;
	bool			all;
	struct work_struct	wake;
	unsigned int		first;
	unsigned int		next;
	unsigned int		lost;
	struct toy_event	ring[TOY_EVENT_RING];
};

DECLARE_TRACEPOINT(toy_state);
extern struct static_key_false_deferred toy_events;

void toy_event_init(struct toy_net *tn);
void toy_event_flush(void);

int toy_event_join(struct net *net, struct toy_event_reader *reader,
		   bool privileged);
void toy_event_leave(struct net *net, struct toy_event_reader *reader);
bool toy_event_take(struct net *net, struct toy_event_reader *reader,
		    struct toy_event *event, unsigned int *lost);
bool toy_event_ready(const struct toy_event_reader *reader);

void toy_event_tell(struct sock *sk, int old, int new);

/**
 * toy_event_changed() - a socket changed its state
 * @sk:		socket
 * @old:	TCP_* or TOY_STATE_NONE
 * @new:	likewise
 *
 * A socket does so six times in its life: while nobody wants to know, in no
 * namespace, all that is left of it is two no-ops (static keys).
 *
 * Context: any but hard interrupt; often under receive locks.
 */
static inline void toy_event_changed(struct sock *sk, int old, int new)
{
	if (tracepoint_enabled(toy_state) ||
	    static_branch_unlikely(&toy_events.key))
		toy_event_tell(sk, old, new);
}

/* A socket got its number. */
static inline void toy_event_born(struct sock *sk)
{
	toy_event_changed(sk, TOY_STATE_NONE, READ_ONCE(sk->sk_state));
}

/* A socket is about to lose it. */
static inline void toy_event_gone(struct sock *sk)
{
	toy_event_changed(sk, READ_ONCE(sk->sk_state), TOY_STATE_NONE);
}

#endif /* _TOY_CORE_EVENT_H */

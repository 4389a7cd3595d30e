// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what becomes of the sockets of a namespace, as it happens.
 *
 * A state changes under a spinlock, and who changes it waits for nobody: each
 * reader has a ring of his own, and is told how many events it had no room for.
 */
#include <linux/poll.h>
#include <linux/timekeeping.h>

#include "../trace.h"
#include "conv.h"
#include "event.h"
#include "stat.h"

/* Anybody may open and close event files: at most once a second off. */
DEFINE_STATIC_KEY_DEFERRED_FALSE(toy_events, HZ);

/**
 * toy_event_flush() - the module goes, and with it what is put off
 *
 * Context: may sleep; no reader is left.
 */
void toy_event_flush(void)
{
	static_key_deferred_flush(&toy_events);
}

/**
 * toy_event_init() - a namespace without readers
 * @tn:		namespace
 */
void toy_event_init(struct toy_net *tn)
{
	spin_lock_init(&tn->event_lock);
	INIT_LIST_HEAD(&tn->event_readers);
}

static void toy_event_wake(struct work_struct *work)
{
	struct toy_event_reader *reader =
		container_of(work, struct toy_event_reader, wake);

	wake_up_interruptible_poll(&reader->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * toy_event_join() - a reader wants to know from now on
 * @net:	namespace
 * @reader:	zeroed, but for @viewer and @all
 * @privileged:	the limit is not for him
 *
 * Context: may sleep.
 * Return: 0; -ENFILE: there are TOY_EVENT_READERS already.
 */
int toy_event_join(struct net *net, struct toy_event_reader *reader,
		   bool privileged)
{
	struct toy_net *tn = toy_net(net);
	int err = 0;

	init_waitqueue_head(&reader->wait);
	INIT_WORK(&reader->wake, toy_event_wake);
	static_branch_deferred_inc(&toy_events);
	spin_lock_bh(&tn->event_lock);
	if (tn->nr_event_readers >= TOY_EVENT_READERS && !privileged) {
		err = -ENFILE;
	} else {
		list_add_tail(&reader->node, &tn->event_readers);
		WRITE_ONCE(tn->nr_event_readers, tn->nr_event_readers + 1);
	}
	spin_unlock_bh(&tn->event_lock);
	if (err)
		static_branch_slow_dec_deferred(&toy_events);
	return err;
}

/**
 * toy_event_leave() - and no longer
 * @net:	namespace
 * @reader:	reader; nobody waits for it any more
 *
 * Context: process; may sleep.
 */
void toy_event_leave(struct net *net, struct toy_event_reader *reader)
{
	struct toy_net *tn = toy_net(net);

	spin_lock_bh(&tn->event_lock);
	list_del(&reader->node);
	WRITE_ONCE(tn->nr_event_readers, tn->nr_event_readers - 1);
	spin_unlock_bh(&tn->event_lock);
	static_branch_slow_dec_deferred(&toy_events);
	cancel_work_sync(&reader->wake);
}

/**
 * toy_event_ready() - whether there is something to take
 * @reader:	reader
 *
 * A hint, which a wake-up follows where it is wrong.
 */
bool toy_event_ready(const struct toy_event_reader *reader)
{
	return READ_ONCE(reader->first) != READ_ONCE(reader->next) ||
	       READ_ONCE(reader->lost);
}

/**
 * toy_event_take() - take the oldest event
 * @net:	namespace
 * @reader:	reader
 * @event:	set
 * @lost:	set to the number of later events that were lost before it could
 *		be taken; told once, when all that came before them are taken
 *
 * Context: process.
 * Return: whether there was an event; if not @lost may still say something.
 */
bool toy_event_take(struct net *net, struct toy_event_reader *reader,
		    struct toy_event *event, unsigned int *lost)
{
	struct toy_net *tn = toy_net(net);
	bool some;

	*lost = 0;
	spin_lock_bh(&tn->event_lock);
	some = reader->first != reader->next;
	if (some) {
		*event = reader->ring[reader->first % TOY_EVENT_RING];
		WRITE_ONCE(reader->first, reader->first + 1);
	} else {
		*lost = reader->lost;
		WRITE_ONCE(reader->lost, 0);
	}
	spin_unlock_bh(&tn->event_lock);
	return some;
}

/*
 * One who has lost something gets nothing more until he was told of it, so that
 * he knows where in the sequence the gap is.
 */
static void toy_event_put(struct toy_event_reader *reader,
			  const struct toy_event *event)
{
	if (reader->lost ||
	    reader->next - reader->first == TOY_EVENT_RING) {
		WRITE_ONCE(reader->lost, reader->lost + 1);
		return;
	}
	reader->ring[reader->next % TOY_EVENT_RING] = *event;
	WRITE_ONCE(reader->next, reader->next + 1);
}

/* Tell the readers. */
static void toy_event_send(struct sock *sk, int old, int new)
{
	struct toy_net *tn = toy_net(sock_net(sk));
	struct toy_sock *toy = toy_sk(sk);
	struct toy_event event = {
		.time	= ktime_get_boottime_ns(),
		.local	= toy_addr_read(&toy->local),
		.remote	= toy_addr_read(&toy->remote),
		.id	= READ_ONCE(toy->id),
		.uid	= toy_conv_uid_of(sk),
		.type	= sk->sk_type,
		.old	= old,
		.new	= new,
	};
	struct toy_event_reader *reader;

	spin_lock_bh(&tn->event_lock);
	list_for_each_entry(reader, &tn->event_readers, node) {
		if (!reader->all && !uid_eq(reader->viewer, event.uid))
			continue;
		toy_event_put(reader, &event);
		if (reader->lost)
			toy_stat_inc(sock_net(sk), TOY_STAT_EVENTS_LOST);
		schedule_work(&reader->wake);
	}
	spin_unlock_bh(&tn->event_lock);
}

/**
 * toy_event_tell() - tell who reads events, and the tracepoint
 * @sk:		socket that changed its state
 * @old:	TCP_* or TOY_STATE_NONE
 * @new:	likewise
 *
 * Not where nobody knows the socket by a number, or no longer.
 *
 * Context: as toy_event_changed().
 */
void toy_event_tell(struct sock *sk, int old, int new)
{
	if (old == new || !READ_ONCE(toy_sk(sk)->id))
		return;
	trace_toy_state(sk, old, new);
	if (READ_ONCE(toy_net(sock_net(sk))->nr_event_readers))
		toy_event_send(sk, old, new);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * events: a line for each change of a socket's state, as it happens.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/user_namespace.h>

#include "../core/event.h"
#include "../core/state.h"
#include "../proto/addr.h"
#include "ctl.h"

/* Two addresses, two states, four numbers, and what they are called. */
#define TOYFS_EVENT_TEXT	224

/**
 * struct toyfs_events - an open events
 * @reader:	what waits to be read
 * @reading:	one read at a time; protects the line
 * @line:	the line that is being read
 * @len:	its length
 * @off:	bytes of it that were read
 */
struct toyfs_events {
	struct toy_event_reader	reader;
	struct mutex		reading; /* the line */
	char			line[TOYFS_EVENT_TEXT];
	unsigned int		len;
	unsigned int		off;
};

static unsigned int toyfs_event_format(char *line, const struct toy_event *e,
				       struct user_namespace *ns)
{
	char local[TOY_ADDR_TEXT], remote[TOY_ADDR_TEXT];
	u64 us = div_u64(e->time, NSEC_PER_USEC);
	u32 fraction;
	u64 seconds = div_u64_rem(us, USEC_PER_SEC, &fraction);

	toy_addr_format(local, sizeof(local), e->local.node, e->local.port);
	toy_addr_format(remote, sizeof(remote), e->remote.node,
			e->remote.port);
	return scnprintf(line, TOYFS_EVENT_TEXT,
			 "time=%llu.%06u id=%u type=%s old=%s new=%s local=%s remote=%s uid=%u\n",
			 seconds, fraction, e->id, toy_type_name(e->type),
			 toy_state_name(e->old), toy_state_name(e->new), local,
			 remote, from_kuid_munged(ns, e->uid));
}

/* Make the next line. Returns whether there is one. Under @reading. */
static bool toyfs_events_next(struct toyfs_events *events, struct file *file)
{
	struct net *net = toyfs_info(file_inode(file)->i_sb)->net;
	struct toy_event event;
	unsigned int lost;

	events->off = 0;
	events->len = 0;
	if (toy_event_take(net, &events->reader, &event, &lost))
		events->len = toyfs_event_format(events->line, &event,
						 file->f_cred->user_ns);
	else if (lost)
		events->len = scnprintf(events->line, TOYFS_EVENT_TEXT,
					"lost=%u\n", lost);
	return events->len;
}

/*
 * Copy what is there: whole lines as long as they fit, part of the first one
 * where not even that does. Returns bytes; 0: nothing there; -EFAULT.
 */
static ssize_t toyfs_events_copy(struct toyfs_events *events,
				 struct file *file, struct iov_iter *to)
{
	size_t copied = 0, n;

	while (iov_iter_count(to)) {
		if (events->off == events->len &&
		    !toyfs_events_next(events, file))
			break;
		n = events->len - events->off;
		if (copied && n > iov_iter_count(to))
			break;
		n = copy_to_iter(events->line + events->off, n, to);
		if (!n)
			return copied ?: -EFAULT;
		events->off += n;
		copied += n;
	}
	return copied;
}

static ssize_t toyfs_events_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct toyfs_events *events = file->private_data;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		if (mutex_lock_interruptible(&events->reading))
			return -ERESTARTSYS;
		ret = toyfs_events_copy(events, file, to);
		mutex_unlock(&events->reading);
		if (ret)
			return ret;
		if (toyfs_nonblock(iocb))
			return -EAGAIN;
		ret = wait_event_interruptible(events->reader.wait,
					       toy_event_ready(&events->reader));
		if (ret)
			return ret;
	}
}

static __poll_t toyfs_events_poll(struct file *file, poll_table *wait)
{
	struct toyfs_events *events = file->private_data;

	poll_wait(file, &events->reader.wait, wait);
	if (toy_event_ready(&events->reader) ||
	    READ_ONCE(events->off) != READ_ONCE(events->len))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static int toyfs_events_open(struct inode *inode, struct file *file)
{
	const struct toyfs_info *info = toyfs_info(inode->i_sb);
	struct toyfs_events *events;
	int err;

	events = kvzalloc(sizeof(*events), GFP_KERNEL_ACCOUNT);
	if (!events)
		return -ENOMEM;
	mutex_init(&events->reading);
	events->reader.viewer = current_fsuid();
	events->reader.all = toyfs_sees_all(info);
	err = toy_event_join(info->net, &events->reader,
			     ns_capable_noaudit(info->net->user_ns,
						CAP_NET_ADMIN));
	if (err) {
		kvfree(events);
		return err;
	}
	file->private_data = events;
	return stream_open(inode, file);
}

static int toyfs_events_release(struct inode *inode, struct file *file)
{
	struct toyfs_events *events = file->private_data;

	toy_event_leave(toyfs_info(inode->i_sb)->net, &events->reader);
	kvfree(events);
	return 0;
}

const struct file_operations toyfs_events_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_events_open,
	.release	= toyfs_events_release,
	.read_iter	= toyfs_events_read,
	.poll		= toyfs_events_poll,
	.splice_read	= toy_splice_read,
};

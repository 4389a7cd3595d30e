// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages read as a file is read: toyfs' data.
 *
 * A shell reads a byte at a time and takes 0 bytes for the end. So what a read
 * leaves of a message is for the next one ("short keep"), and empty messages
 * are stepped over. With "headers on" a message is a line, "NODE:PORT PAYLOAD",
 * whose newline is added where the payload has none: a text that begins before
 * the payload and may end behind it. How much of it was read the message itself
 * knows (struct toy_buf_cb), for as long as it is queued.
 */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "../core/conv.h"
#include "../core/histogram.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "ops.h"

/**
 * struct toy_text - one message, as the text of a file
 * @skb:	the message
 * @header:	what stands before it
 * @head_len:	length of that, 0 without headers
 * @head:	bytes of that read so far
 * @off:	bytes of the payload read so far
 * @newline:	whether one stands behind it
 */
struct toy_text {
	const struct sk_buff	*skb;
	char			header[TOY_ADDR_TEXT + 1];
	unsigned int		head_len;
	unsigned int		head;
	unsigned int		off;
	bool			newline;
};

static void toy_text_begin(struct toy_text *text, const struct sock *sk,
			   const struct sk_buff *skb, bool headers)
{
	struct toy_buf_cb *cb = toy_buf_cb(skb);
	struct toy_addr from;
	char last;

	*text = (struct toy_text){
		.skb	= skb,
		.head	= cb->head,
		.off	= cb->off,
	};
	if (!headers)
		return;
	from = toy_connection_type(sk) ? toy_addr_read(&toy_sk(sk)->remote) :
	       cb->from;
	text->head_len = toy_addr_format(text->header, TOY_ADDR_TEXT,
					 from.node, from.port);
	text->header[text->head_len++] = ' ';
	/* Switched on in the middle of a message: that one goes on without. */
	if (text->off)
		text->head = text->head_len;
	/* A frame is no text: what stands behind it would pass for its end. */
	text->newline = sk->sk_type != SOCK_RAW &&
			!skb_copy_bits(skb, skb->len - 1, &last, 1) &&
			last != '\n';
}

/*
 * Copy as much as there is room for, and advance. Returns bytes; -EFAULT.
 */
static int toy_text_copy(struct toy_text *text, struct msghdr *msg, size_t len)
{
	size_t copied = 0, n;

	n = text->head_len > text->head ?
	    min_t(size_t, len, text->head_len - text->head) : 0;
	if (n && memcpy_to_msg(msg, text->header + text->head, n))
		return -EFAULT;
	text->head += n;
	copied += n;

	n = min_t(size_t, len - copied, text->skb->len - text->off);
	if (n && skb_copy_datagram_msg(text->skb, text->off, msg, n))
		return -EFAULT;
	text->off += n;
	copied += n;

	if (text->newline && copied < len) {
		if (memcpy_to_msg(msg, "\n", 1))
			return -EFAULT;
		text->newline = false;
		copied++;
	}
	return copied;
}

static bool toy_text_done(const struct toy_text *text)
{
	return text->off == text->skb->len && !text->newline;
}

/*
 * The next message that has something to be read. NULL with *err 0 is the end.
 */
static struct sk_buff *toy_text_next(struct sock *sk, struct toy_conv *conv,
				     bool headers, int flags, int *err)
{
	struct sk_buff *skb;
	int off;

	while ((skb = toy_message_next(sk, flags, &off, err))) {
		if (!skb->len) {
			atomic_inc(&conv->skipped);
			toy_stat_inc(sock_net(sk), TOY_STAT_EMPTY_SKIPPED);
		} else if (headers || !toy_buf_spent(skb)) {
			break;
		}
		toy_buf_recycle(skb);
		/* There may be no end to them. */
		cond_resched();
		if (signal_pending(current)) {
			*err = -ERESTARTSYS;
			return NULL;
		}
	}
	return skb;
}

/**
 * toy_message_read() - read(2) of toyfs' data: seqpackets and datagrams
 * @sk:		socket, connected where its type wants it
 * @msg:	where to
 * @len:	room there
 * @flags:	MSG_DONTWAIT
 *
 * What could not be copied stays in the queue, the message whose copy failed as
 * a whole.
 *
 * Context: process; the caller holds a reference on the conversation.
 * Return: bytes copied; 0 at the end, and for no room; -EFAULT; what
 * toy_message_recvmsg() says.
 */
int toy_message_read(struct sock *sk, struct msghdr *msg, size_t len,
		     int flags)
{
	struct toy_conv *conv = READ_ONCE(toy_sk(sk)->conv);
	struct toy_text text;
	struct sk_buff *skb;
	unsigned int taken;
	bool headers;
	int ret = 0;

	if (!len || !conv)
		return 0;
	headers = READ_ONCE(conv->headers);
	skb = toy_text_next(sk, conv, headers, flags, &ret);
	if (!skb) {
		if (ret)
			toy_recv_failed(sk, ret);
		return ret;
	}
	toy_text_begin(&text, sk, skb, headers);
	taken = text.off;
	ret = toy_text_copy(&text, msg, len);
	/* What belongs to the text alone is no data. */
	if (toy_histogram_on() && text.off > taken)
		toy_histogram_taken(sk, toy_buf_cb(skb)->queued);
	if (ret < 0) {
		toy_recv_failed(sk, ret);
		if (toy_rxq_put_back(sk, skb, 0))
			return ret;
	} else if (!toy_text_done(&text) && !READ_ONCE(conv->discard)) {
		toy_buf_cb(skb)->head = text.head;
		if (toy_rxq_put_back(sk, skb, text.off - taken))
			return ret;
	}
	sk_peek_offset_bwd(sk, skb->len - taken);
	toy_buf_recycle(skb);
	return ret;
}

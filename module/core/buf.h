/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers: sk_buffs with a sender, his credentials and a place in a stream.
 */
#ifndef _TOY_CORE_BUF_H
#define _TOY_CORE_BUF_H

#include <linux/skbuff.h>
#include <linux/uio.h>

#include "sock.h"

/* The payload that fits a small buffer: its data is one 2 KiB allocation. */
#define TOY_BUF_SMALL	SKB_WITH_OVERHEAD(2048)

/* The part of the send buffer that no message gets, as AF_UNIX has it. */
#define TOY_MESSAGE_RESERVE	32

/* The most that one sk_buff takes in page fragments on every kernel. */
#define TOY_BUF_LARGE	SZ_64K

/**
 * struct toy_buf_cb - what the family keeps in skb->cb while a buffer is queued
 * @pid:	the sending process, a reference
 * @uid:	its user id
 * @gid:	its group id
 * @seq:	sequence number of the first byte (stream)
 * @from:	address that answers the sender (dgram)
 * @eor:	MSG_EOR was given (seqpacket)
 * @lent:	a pipe holds pages of it, or did (stream)
 * @eom:	a message ends with this buffer (backend/wire.c)
 * @era:	the receiver's when it was queued (seqpacket)
 * @head:	bytes of the message's header line that were read (sock/text.c)
 * @off:	bytes of the message that were read; the rest is still queued
 * @queued:	when the first of its bytes came, toy_histogram_start()
 */
struct toy_buf_cb {
	struct pid	*pid;
	kuid_t		uid;
	kgid_t		gid;
	union {
		u32		seq;
		struct toy_addr	from;
	};
	union {
		bool		eor;
		bool		lent;
	};
	bool		eom;
	u8		era;
	u8		head;
	u32		off;
	u64		queued;
};

static inline struct toy_buf_cb *toy_buf_cb(const struct sk_buff *skb)
{
	sock_skb_cb_check_size(sizeof(struct toy_buf_cb));
	return (struct toy_buf_cb *)skb->cb;
}

/**
 * struct toy_creds - who sends: the caller, or whom SCM_CREDENTIALS named
 * @pid:	the process; the caller of the function holds it
 * @uid:	user id
 * @gid:	group id
 */
struct toy_creds {
	struct pid	*pid;
	kuid_t		uid;
	kgid_t		gid;
};

/* Whether a buffer bears just these credentials. */
static inline bool toy_buf_has_creds(const struct sk_buff *skb,
				     const struct toy_creds *creds)
{
	const struct toy_buf_cb *cb = toy_buf_cb(skb);

	return cb->pid == creds->pid && uid_eq(cb->uid, creds->uid) &&
	       gid_eq(cb->gid, creds->gid);
}

/* What is left to be read of a message. */
static inline unsigned int toy_buf_left(const struct sk_buff *skb)
{
	return skb->len - toy_buf_cb(skb)->off;
}

/* Whether all of a message was read, but for a newline behind it (sock/text.c). */
static inline bool toy_buf_spent(const struct sk_buff *skb)
{
	return skb->len && !toy_buf_left(skb);
}

void toy_buf_set_pid(struct sk_buff *skb, struct pid *pid);
unsigned int toy_buf_capacity_pieces(const struct sk_buff *skb);
void toy_buf_resize_pieces(struct sk_buff *skb, unsigned int len);

/**
 * toy_buf_set_creds() - stamp a buffer with its sender's credentials
 * @skb:	buffer, the caller's alone or under its queue's receive lock
 * @creds:	the credentials; a reference on the pid is taken
 */
static inline void toy_buf_set_creds(struct sk_buff *skb,
				     const struct toy_creds *creds)
{
	struct toy_buf_cb *cb = toy_buf_cb(skb);

	if (unlikely(cb->pid != creds->pid))
		toy_buf_set_pid(skb, creds->pid);
	cb->uid = creds->uid;
	cb->gid = creds->gid;
}

/**
 * toy_buf_capacity() - bytes that a buffer has room for when it is empty
 * @skb:	buffer without a frag_list
 *
 * Return: 0 where somebody else holds one of its pages too, so that nothing may
 * be written over what they hold.
 */
static inline unsigned int toy_buf_capacity(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct page *page;

	if (unlikely(shinfo->nr_frags != 1))
		return toy_buf_capacity_pieces(skb);
	page = skb_frag_page(&shinfo->frags[0]);
	return likely(page_count(page) == 1) ? page_size(page) : 0;
}

/**
 * toy_buf_resize() - let a buffer without a frag_list span so many bytes
 * @skb:	buffer, the caller's alone or under its queue's receive lock
 * @len:	at most its capacity
 *
 * Pages that are not needed stay with the buffer, as fragments of no length.
 */
static inline void toy_buf_resize(struct sk_buff *skb, unsigned int len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (unlikely(shinfo->nr_frags != 1)) {
		toy_buf_resize_pieces(skb, len);
		return;
	}
	skb_frag_size_set(&shinfo->frags[0], len);
	skb->data_len = len;
	skb->len = len;
}

/**
 * struct toy_span - a part of a buffer in one piece
 * @frag:	fragment that it is in
 * @off:	where in the fragment's page it begins
 * @room:	bytes from there to the end of the page
 */
struct toy_span {
	skb_frag_t	*frag;
	unsigned int	off;
	unsigned int	room;
};

/**
 * toy_buf_span() - where a byte of a buffer is
 * @skb:	buffer
 * @off:	which byte; the first one behind the payload is where more goes
 * @span:	set
 *
 * Return: whether it is in a page of ours; not in a small message, nor in what
 * a link brought, nor behind the end of the last page.
 */
static inline bool toy_buf_span(const struct sk_buff *skb, unsigned int off,
				struct toy_span *span)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	int i;

	if (unlikely(!skb->sk))
		return false;
	for (i = 0; i < shinfo->nr_frags; i++) {
		unsigned int size = page_size(skb_frag_page(&shinfo->frags[i]));

		if (off < size) {
			span->frag = &shinfo->frags[i];
			span->off = off;
			span->room = size - off;
			return true;
		}
		off -= size;
	}
	return false;
}

static inline void *toy_span_at(const struct toy_span *span)
{
	return (u8 *)skb_frag_address(span->frag) + span->off;
}

/* Whether bytes of a buffer are in one page of ours; if so @span says where. */
static inline bool toy_buf_one_page(const struct sk_buff *skb,
				    unsigned int off, size_t n,
				    struct toy_span *span)
{
	return n <= PAGE_SIZE && toy_buf_span(skb, off, span) &&
	       n <= span->room;
}

size_t toy_buf_write_pieces(struct sk_buff *skb, unsigned int off, size_t n,
			    struct iov_iter *from);
size_t toy_buf_read_pieces(const struct sk_buff *skb, unsigned int off,
			   size_t n, struct iov_iter *to);

/**
 * toy_buf_write() - copy into a buffer
 * @skb:	buffer
 * @off:	where to, at most behind the payload
 * @n:		bytes
 * @from:	where from; moves on by what is returned
 *
 * Return: bytes copied; less than @n where memory could not be read, or the room
 * is not in pages of ours, see toy_buf_span().
 */
static inline size_t toy_buf_write(struct sk_buff *skb, unsigned int off,
				   size_t n, struct iov_iter *from)
{
	struct toy_span span;

	if (likely(toy_buf_one_page(skb, off, n, &span)))
		return copy_page_from_iter(skb_frag_page(span.frag), span.off,
					   n, from);
	return toy_buf_write_pieces(skb, off, n, from);
}

/**
 * toy_buf_read() - copy out of a buffer
 * @skb:	buffer
 * @off:	where from
 * @n:		bytes, all of them payload
 * @to:		where to; moves on by what is returned
 *
 * Return: bytes copied; less than @n as toy_buf_write() has it.
 */
static inline size_t toy_buf_read(const struct sk_buff *skb, unsigned int off,
				  size_t n, struct iov_iter *to)
{
	struct toy_span span;

	/* A pipe would keep the page, which is no file's. */
	if (likely(user_backed_iter(to) &&
		   toy_buf_one_page(skb, off, n, &span)))
		return copy_page_to_iter(skb_frag_page(span.frag), span.off, n,
					 to);
	return toy_buf_read_pieces(skb, off, n, to);
}

int toy_buf_copy_from_rest(struct sk_buff *skb, struct msghdr *msg, size_t done,
			   size_t n);
int toy_buf_copy_to_rest(const struct sk_buff *skb, unsigned int off,
			 size_t done, size_t n, struct msghdr *msg);

/**
 * toy_buf_copy_from() - copy what is sent into a new buffer
 * @skb:	buffer, which spans it
 * @msg:	what is sent
 * @n:		its length
 *
 * Context: may sleep.
 * Return: 0, -EFAULT.
 */
static inline int toy_buf_copy_from(struct sk_buff *skb, struct msghdr *msg,
				    size_t n)
{
	size_t done = toy_buf_write(skb, 0, n, &msg->msg_iter);

	return likely(done == n) ? 0 :
	       toy_buf_copy_from_rest(skb, msg, done, n);
}

/**
 * toy_buf_copy_to() - copy a part of a buffer, wherever that is, to its reader
 * @skb:	buffer
 * @off:	where the part begins
 * @n:		its length
 * @msg:	where to
 *
 * Context: may sleep.
 * Return: 0, -EFAULT.
 */
static inline int toy_buf_copy_to(const struct sk_buff *skb, unsigned int off,
				  size_t n, struct msghdr *msg)
{
	size_t done = toy_buf_read(skb, off, n, &msg->msg_iter);

	return likely(done == n) ? 0 :
	       toy_buf_copy_to_rest(skb, off, done, n, msg);
}

struct sk_buff *toy_buf_take_spare(struct sock *sk, size_t len,
				   const struct toy_creds *creds);
struct sk_buff *toy_buf_alloc(struct sock *sk, size_t len, bool nonblock,
			      const struct toy_creds *creds, int *err);
struct sk_buff *toy_buf_alloc_message(struct sock *sk, size_t len,
				      bool nonblock,
				      const struct toy_creds *creds, int *err);
void toy_buf_free(struct sk_buff *skb);
void toy_buf_recycle(struct sk_buff *skb);
void toy_buf_drop_spare(struct sock *sk);

#endif /* _TOY_CORE_BUF_H */

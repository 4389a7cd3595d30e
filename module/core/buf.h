/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers: sk_buffs with a sender, his credentials and a place in a stream.
 */
#ifndef _TOY_CORE_BUF_H
#define _TOY_CORE_BUF_H

#include <linux/skbuff.h>

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
	bool		eor;
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

/* Bytes written to a span at the end of the payload belong to it now. */
static inline void toy_span_extend(struct sk_buff *skb,
				   const struct toy_span *span, unsigned int n)
{
	skb_frag_size_add(span->frag, n);
	skb->data_len += n;
	skb->len += n;
}

static inline u8 toy_span_byte(const struct toy_span *span, unsigned int i)
{
	return *((u8 *)skb_frag_address(span->frag) + span->off + i);
}

void toy_buf_set_creds(struct sk_buff *skb, const struct toy_creds *creds);
unsigned int toy_buf_capacity(const struct sk_buff *skb);
void toy_buf_resize(struct sk_buff *skb, unsigned int len);
int toy_buf_copy_to(const struct sk_buff *skb, unsigned int off, size_t n,
		    struct msghdr *msg);

struct sk_buff *toy_buf_alloc(struct sock *sk, size_t len, bool nonblock,
			      const struct toy_creds *creds, int *err);
struct sk_buff *toy_buf_alloc_message(struct sock *sk, size_t len,
				      bool nonblock,
				      const struct toy_creds *creds, int *err);
void toy_buf_free(struct sk_buff *skb);
void toy_buf_recycle(struct sk_buff *skb);
void toy_buf_drop_spare(struct sock *sk);

#endif /* _TOY_CORE_BUF_H */

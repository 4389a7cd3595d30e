// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: sk_buffs with a sender, his credentials and a place in a stream.
 *
 * A buffer is charged to its sender from the first byte to the last
 * (sk_wmem_alloc, and the sender's memory cgroup through sk_allocation), as
 * AF_UNIX does it. A fresh buffer is costly: two allocations, each charged to
 * the cgroup and cleared by kernels with init_on_alloc. Therefore an emptied
 * one is kept at hand: streams leave it in the queue (core/rxq.c), and readers
 * give one back to the sender (toy_buf_recycle()).
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>

#include "buf.h"

/*
 * Take a buffer's memory off its sender. The sender's write_space callback
 * runs when that brings it below the mark of toy_sock_has_room(), and not for
 * every buffer: nobody can be waiting for room while there is room.
 */
static void toy_buf_uncharge(struct sock *sk, unsigned int truesize)
{
	int mark, old;

	/* The last byte keeps sk alive until its callback has returned. */
	if (__refcount_sub_and_test(truesize - 1, &sk->sk_wmem_alloc, &old))
		WARN_ON_ONCE(1);
	/* Not before: who enlarges the send buffer wakes for what he sees. */
	mark = toy_sock_mark(sk);
	old--;
	if (old > mark && old - (int)truesize <= mark)
		toy_room_ready(sk);
	sk_free(sk);
}

static void toy_buf_destruct(struct sk_buff *skb)
{
	put_pid(toy_buf_cb(skb)->pid);
	toy_buf_uncharge(skb->sk, skb->truesize);
}

static void toy_buf_charge(struct sk_buff *skb, struct sock *sk)
{
	skb->sk = sk;
	skb->destructor = toy_buf_destruct;
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
}

/* What toy_buf_set_creds() does where the process is another one. */
void toy_buf_set_pid(struct sk_buff *skb, struct pid *pid)
{
	put_pid(toy_buf_cb(skb)->pid);
	toy_buf_cb(skb)->pid = get_pid(pid);
}

/* toy_buf_capacity() of more fragments than one, or none. */
unsigned int toy_buf_capacity_pieces(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int room = 0;
	int i;

	if (!shinfo->nr_frags)
		return skb_end_offset(skb);
	for (i = 0; i < shinfo->nr_frags; i++) {
		struct page *page = skb_frag_page(&shinfo->frags[i]);

		if (page_count(page) != 1)
			return 0;
		room += page_size(page);
	}
	return room;
}

/* toy_buf_resize() of more fragments than one, or none. */
void toy_buf_resize_pieces(struct sk_buff *skb, unsigned int len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int left = len;
	int i;

	if (!shinfo->nr_frags) {
		__skb_set_length(skb, len);
		return;
	}
	for (i = 0; i < shinfo->nr_frags; i++) {
		skb_frag_t *frag = &shinfo->frags[i];
		unsigned int n = min_t(unsigned int, left,
				       page_size(skb_frag_page(frag)));

		skb_frag_size_set(frag, n);
		left -= n;
	}
	skb->data_len = len;
	skb->len = len;
}

/*
 * The two copies where one page does not hold it all. A whole fragment costs one
 * check of its bounds, less than the kernel's way of taking page by page.
 */
size_t toy_buf_write_pieces(struct sk_buff *skb, unsigned int off, size_t n,
			    struct iov_iter *from)
{
	struct toy_span span;
	size_t done = 0;

	while (done < n && toy_buf_span(skb, off + done, &span)) {
		size_t most = min_t(size_t, n - done, span.room);
		size_t copied;

		copied = copy_from_iter(toy_span_at(&span), most, from);
		done += copied;
		if (unlikely(copied != most))
			break;
	}
	return done;
}

size_t toy_buf_read_pieces(const struct sk_buff *skb, unsigned int off,
			   size_t n, struct iov_iter *to)
{
	struct toy_span span;
	size_t done = 0;

	while (done < n && toy_buf_span(skb, off + done, &span)) {
		size_t most = min_t(size_t, n - done, span.room);
		size_t copied;

		copied = copy_to_iter(toy_span_at(&span), most, to);
		done += copied;
		if (unlikely(copied != most))
			break;
	}
	return done;
}

/* The rest of toy_buf_copy_from(), from @done on. */
int toy_buf_copy_from_rest(struct sk_buff *skb, struct msghdr *msg, size_t done,
			   size_t n)
{
	int err = skb_copy_datagram_from_iter(skb, done, &msg->msg_iter,
					      n - done);

	if (err)
		iov_iter_revert(&msg->msg_iter, done);
	return err;
}

/* The rest of toy_buf_copy_to(), from @done on. */
int toy_buf_copy_to_rest(const struct sk_buff *skb, unsigned int off,
			 size_t done, size_t n, struct msghdr *msg)
{
	int err = skb_copy_datagram_msg(skb, off + done, msg, n - done);

	if (err)
		iov_iter_revert(&msg->msg_iter, done);
	return err;
}

/*
 * Whether the payload lies in one piece with the head. To and from pages the
 * kernel copies with fewer checks, as nothing else can be near. But what goes over
 * a link is sent in one piece with its header; and a queue full of small messages
 * is to take as little as can be: only one that is alone on its way gets a page,
 * if that is not large, and then is the sender's spare.
 */
static bool toy_buf_is_linear(const struct sock *sk, size_t len)
{
	if (len > TOY_BUF_SMALL)
		return false;
	if (toy_wired(sk))
		return true;
	return sk->sk_type != SOCK_STREAM &&
	       (PAGE_SIZE > 4096 || sk_wmem_alloc_get(sk));
}

/* How a buffer for @len bytes is made up, at most TOY_BUF_LARGE of them. */
static void toy_buf_shape(const struct sock *sk, size_t len,
			  unsigned long *linear, unsigned long *paged)
{
	if (toy_buf_is_linear(sk, len)) {
		*linear = TOY_BUF_SMALL;
		*paged = 0;
	} else {
		*linear = 0;
		*paged = max(PAGE_SIZE, roundup_pow_of_two(max_t(size_t, len, 1)));
	}
}

/* Whether a sender that waits for room in its send buffer has to go on. */
static bool toy_buf_wait_over(const struct sock *sk, u8 era)
{
	return sk_wmem_alloc_get(sk) < READ_ONCE(sk->sk_sndbuf) ||
	       READ_ONCE(sk->sk_err) ||
	       READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN ||
	       READ_ONCE(toy_sk(sk)->era) != era || toy_parted(sk);
}

/*
 * Wait for room in the send buffer, as the core does it (sock_wait_for_wmem()),
 * but not past a disconnect of a stream or seqpacket: that clears what would tell of
 * it. Returns 0: try again; -EPIPE; what a signal makes of it.
 */
static int toy_buf_wait(struct sock *sk, u8 era, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	/* On the queue before looking; pairs with skwq_has_sleeper(). */
	smp_mb();
	if (!toy_buf_wait_over(sk, era)) {
		if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		else
			*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	if (!err && (READ_ONCE(toy_sk(sk)->era) != era || toy_parted(sk)))
		err = sock_error(sk) ?: -EPIPE;
	return err;
}

/*
 * Whether a spare is of use. In a stream's queue small writes fill up pages; one in
 * a single piece is from when the socket was connected over a link.
 */
static bool toy_buf_suits(const struct sock *sk, const struct sk_buff *skb,
			  size_t len)
{
	if (sk->sk_type == SOCK_STREAM && !toy_wired(sk) &&
	    !skb_shinfo(skb)->nr_frags)
		return false;
	return toy_buf_capacity(skb) >= len;
}

/**
 * toy_buf_take_spare() - the buffer at hand, if nothing speaks against using it
 * @sk:		sending socket, which is charged
 * @len:	bytes it has to hold; it spans them then
 * @creds:	whose it is
 *
 * Context: no lock held.
 * Return: the buffer, NULL.
 */
struct sk_buff *toy_buf_take_spare(struct sock *sk, size_t len,
				   const struct toy_creds *creds)
{
	struct sk_buff *skb;

	if (!READ_ONCE(*toy_spare(sk)) || READ_ONCE(sk->sk_err) ||
	    READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN ||
	    sk_wmem_alloc_get(sk) >= READ_ONCE(sk->sk_sndbuf))
		return NULL;
	skb = xchg(toy_spare(sk), NULL);
	if (!skb)
		return NULL;
	toy_buf_charge(skb, sk);
	if (!toy_buf_suits(sk, skb, len)) {
		kfree_skb(skb);
		return NULL;
	}
	toy_buf_set_creds(skb, creds);
	toy_buf_resize(skb, len);
	return skb;
}

/**
 * toy_buf_alloc() - a buffer for a part of a stream or a whole message
 * @sk:		sending socket, which is charged
 * @len:	bytes it has to hold, at most TOY_BUF_LARGE; it spans them then
 * @nonblock:	do not wait for room in the send buffer
 * @creds:	whose it is
 * @err:	set when it fails: -EAGAIN, -ENOBUFS, -EPIPE, what the socket's
 *		error is, or what a signal makes of it
 *
 * Context: may sleep; no lock held.
 * Return: the buffer, NULL.
 */
struct sk_buff *toy_buf_alloc(struct sock *sk, size_t len, bool nonblock,
			      const struct toy_creds *creds, int *err)
{
	long timeo = sock_sndtimeo(sk, nonblock);
	u8 era = READ_ONCE(toy_sk(sk)->era);
	unsigned long linear, paged;
	struct sk_buff *skb;

	toy_buf_shape(sk, len, &linear, &paged);
	for (;;) {
		skb = sock_alloc_send_pskb(sk, linear, paged, true, err,
					   PAGE_ALLOC_COSTLY_ORDER);
		if (skb)
			break;
		if (*err != -EAGAIN || !timeo)
			return NULL;
		*err = toy_buf_wait(sk, era, &timeo);
		if (*err)
			return NULL;
	}
	skb->destructor = toy_buf_destruct;
	toy_buf_set_creds(skb, creds);
	toy_buf_resize(skb, len);
	return skb;
}

/*
 * Append further buffers to @head until it spans @len bytes in all. The message
 * was held against the send buffer as a whole; several threads that send at the
 * same moment may exceed it by a message each, as with any socket.
 */
static int toy_buf_chain(struct sock *sk, struct sk_buff *head, size_t len)
{
	struct sk_buff **next = &skb_shinfo(head)->frag_list;
	int err;

	while (head->len < len) {
		size_t n = min_t(size_t, len - head->len, TOY_BUF_LARGE);
		unsigned long linear, paged;
		struct sk_buff *skb;

		toy_buf_shape(sk, n, &linear, &paged);
		skb = alloc_skb_with_frags(linear, paged,
					   PAGE_ALLOC_COSTLY_ORDER, &err,
					   sk->sk_allocation);
		if (!skb)
			return err;
		toy_buf_resize(skb, n);
		*next = skb;
		next = &skb->next;
		head->len += n;
		head->data_len += n;
		head->truesize += skb->truesize;
		refcount_add(skb->truesize, &sk->sk_wmem_alloc);
	}
	return 0;
}

/**
 * toy_buf_alloc_message() - a buffer for one message of any length
 * @sk:		sending socket, which is charged
 * @len:	length of the message, already held against the send buffer
 * @nonblock:	do not wait for room in the send buffer
 * @creds:	whose it is
 * @err:	as toy_buf_alloc() has it
 *
 * Context: may sleep; no lock held.
 * Return: the buffer, NULL.
 */
struct sk_buff *toy_buf_alloc_message(struct sock *sk, size_t len,
				      bool nonblock,
				      const struct toy_creds *creds, int *err)
{
	struct sk_buff *skb;

	skb = toy_buf_take_spare(sk, len, creds);
	if (skb)
		return skb;
	skb = toy_buf_alloc(sk, min_t(size_t, len, TOY_BUF_LARGE), nonblock,
			    creds, err);
	if (!skb || len <= TOY_BUF_LARGE)
		return skb;
	*err = toy_buf_chain(sk, skb, len);
	if (*err) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/**
 * toy_buf_free() - free a buffer that was read, not dropped
 * @skb:	buffer, the caller's alone; may be NULL
 */
void toy_buf_free(struct sk_buff *skb)
{
	consume_skb(skb);
}

static bool toy_buf_recyclable(const struct sk_buff *skb, struct sock *sender)
{
	return !skb_shared(skb) && !skb_cloned(skb) && !skb_has_frag_list(skb) &&
	       skb->truesize <= READ_ONCE(sender->sk_sndbuf) >> 1 &&
	       !(READ_ONCE(sender->sk_shutdown) & SEND_SHUTDOWN) &&
	       !READ_ONCE(*toy_spare(sender));
}

/**
 * toy_buf_recycle() - done with a buffer: give it to its sender
 * @skb:	buffer, off every queue; its reference goes to the callee
 *
 * The sender has one spare buffer at most; the others are freed. The spare is
 * no longer charged to the sender's socket: its next use charges it again.
 *
 * Context: any but hard interrupt; no receive lock held, since the sender may
 * be woken.
 */
void toy_buf_recycle(struct sk_buff *skb)
{
	unsigned int truesize = skb->truesize;
	struct sock *sender = skb->sk;

	/* What a link brought has no sender here. */
	if (!sender || !toy_buf_recyclable(skb, sender)) {
		consume_skb(skb);
		return;
	}
	/* What a queue and a receiver may have left in it. */
	skb->sk = NULL;
	skb->destructor = NULL;
	skb->tstamp = 0;
	skb->peeked = 0;
	toy_buf_cb(skb)->eor = false;
	toy_buf_cb(skb)->head = 0;
	toy_buf_cb(skb)->off = 0;
	toy_buf_resize(skb, 0);

	/* The charge keeps the sender alive until here. */
	if (cmpxchg(toy_spare(sender), NULL, skb)) {
		put_pid(toy_buf_cb(skb)->pid);
		consume_skb(skb);
	}
	toy_buf_uncharge(sender, truesize);
}

/**
 * toy_buf_drop_spare() - free the buffer at hand
 * @sk:		socket that sends no more
 *
 * Who is giving one back at this moment may leave another one, for the destructor.
 */
void toy_buf_drop_spare(struct sock *sk)
{
	struct sk_buff *skb;

	if (!READ_ONCE(*toy_spare(sk)))
		return;
	skb = xchg(toy_spare(sk), NULL);
	if (!skb)
		return;
	put_pid(toy_buf_cb(skb)->pid);
	consume_skb(skb);
}

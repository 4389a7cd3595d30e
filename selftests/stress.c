// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: conversations over streams and seqpackets, datagrams to
 * receivers that keep count, listeners that come and go, random walks against a
 * model, and signals to all of them. Every byte is checked.
 *
 *	TOY_STRESS_SECONDS	how long (20)
 *	TOY_STRESS_SEED		the seed of a run that is to be repeated
 *
 * What a worker does follows from the seed and its number alone; when it does
 * so is left to the scheduler.
 */
#include <limits.h>
#include <stdatomic.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "toy_test.h"

#define MAGIC		0x70795373u
#define BUF_SIZE	65536
#define MESSAGE_MAX	6000
#define LISTENERS	2
#define ANSWERERS	3
#define CALLERS		4
#define RECEIVERS	2
#define SENDERS		4
/* A worker that does nothing for so long (s) is stuck. */
#define PATIENCE	60

#define fallthrough	__attribute__((__fallthrough__))

struct world;

struct worker {
	void (*run)(struct worker *w);
	const char *name;
	struct world *world;
	struct toy_kind kind;
	int id;
	__u64 random;
	atomic_ulong steps;
	atomic_bool ended;
	struct toy_thread thread;
	char *buf;
	int pipe[2];
};

/* The listeners, and those who call and answer, of one type. */
struct exchange {
	struct toy_name name[LISTENERS];
	int listener[LISTENERS];
	atomic_int callers;
};

struct world {
	int family;
	__u64 seed;
	struct exchange stream;
	struct exchange seqpacket;
	struct toy_name receiver[RECEIVERS];
	struct toy_name unsteady;
	int inbox[RECEIVERS];
	atomic_int senders;
	struct worker worker[64];
	int workers;
};

static atomic_bool stop;
static atomic_int failures;
static atomic_ulong conversations, bytes, messages, datagrams, walks, lost_calls;

/* ---------------------------------------------------------------- helpers */

static void complain_of(struct worker *w, int err, const char *text)
{
	/* All that comes after the first follows from it. */
	if (!atomic_fetch_add(&failures, 1))
		fprintf(stderr, "# %s %d: %s (errno %s), TOY_STRESS_SEED=%llu\n",
			w->name, w->id, text, toy_errno_name(err),
			w->world->seed);
	atomic_store(&stop, true);
}

/* Says what is wrong, as printf(3) does, and ends the run. */
#define complain(w, ...) do {						\
	int __err = errno;						\
	char __text[256];						\
									\
	snprintf(__text, sizeof(__text), __VA_ARGS__);			\
	complain_of(w, __err, __text);					\
} while (0)

static __u64 mix(__u64 x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* 0 to n - 1 */
static __u64 pick(struct worker *w, __u64 n)
{
	w->random = mix(w->random);
	return w->random % n;
}

static bool chance(struct worker *w, unsigned int one_in)
{
	return pick(w, one_in) == 0;
}

/* 1 to @max, of all magnitudes */
static size_t pick_size(struct worker *w, size_t max)
{
	size_t magnitude = 1ul << pick(w, 17);
	size_t size = 1 + pick(w, magnitude);

	return size < max ? size : max;
}

static void step(struct worker *w)
{
	atomic_fetch_add_explicit(&w->steps, 1, memory_order_relaxed);
}

/* The bytes of a stream with this seed from this place on. */
static void fill(void *buf, size_t len, __u64 seed, __u64 at)
{
	unsigned char *p = buf;

	for (; len && at & 7; len--, at++)
		*p++ = mix(seed + at / 8) >> at % 8 * 8;
	for (; len >= 8; len -= 8, at += 8, p += 8) {
		__u64 word = mix(seed + at / 8);

		memcpy(p, &word, 8);
	}
	for (; len; len--, at++)
		*p++ = mix(seed + at / 8) >> at % 8 * 8;
}

static bool matches(const void *buf, size_t len, __u64 seed, __u64 at)
{
	char want[1024];

	while (len) {
		size_t n = len < sizeof(want) ? len : sizeof(want);

		fill(want, n, seed, at);
		if (memcmp(buf, want, n))
			return false;
		buf = (const char *)buf + n;
		at += n;
		len -= n;
	}
	return true;
}

/* A socket bound to a name of the kernel's choice. */
static int bound_any(struct toy_kind kind, struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_CLOEXEC);

	*name = toy_name_any(kind);
	if (fd < 0 || toy_bind(fd, name) || toy_name_of(fd, name)) {
		toy_close(&fd);
		return -1;
	}
	return fd;
}

/* One that others may be bound beside, where the family has that. */
static int listen_beside(struct toy_kind kind, struct toy_name *name)
{
	int fd = toy_socket(kind, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	if (toy_kind_is_toy(kind))
		toy_opt_set(fd, SOL_TOY, TOY_REUSEPORT, 1);
	if (toy_bind(fd, name) || toy_name_of(fd, name) || listen(fd, 3)) {
		toy_close(&fd);
		return -1;
	}
	return fd;
}

/* Blocking calls give up now and then, so that nothing hangs for good. */
static void set_timeouts(struct worker *w, int fd)
{
	toy_opt_set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	toy_opt_timeo(fd, SO_RCVTIMEO, 1 + pick(w, chance(w, 4) ? 200 : 10));
	toy_opt_timeo(fd, SO_SNDTIMEO, 1 + pick(w, chance(w, 4) ? 200 : 10));
	if (chance(w, 4))
		toy_opt_set(fd, SOL_SOCKET, SO_SNDBUF, 1 << (12 + pick(w, 8)));
	if (chance(w, 8))
		toy_opt_set(fd, SOL_SOCKET, SO_RCVBUF, 1 << (12 + pick(w, 8)));
}

/* The next access to the buffer faults; what is in it stays. */
static void forget_pages(struct worker *w)
{
	madvise(w->buf, BUF_SIZE, MADV_DONTNEED);
}

/* Change what must make no difference to the bytes. */
static void unsettle(struct worker *w, int fd)
{
	switch (pick(w, 4)) {
	case 0:
		toy_opt_set(fd, SOL_SOCKET, SO_TIMESTAMP, pick(w, 2));
		break;
	case 1:
		/* with AF_UNIX bytes are apart that were sent without it */
		if (toy_kind_is_toy(w->kind))
			toy_opt_set(fd, SOL_TOY, TOY_PASSCRED, pick(w, 2));
		break;
	case 2:
		toy_opt_set(fd, SOL_SOCKET, SO_SNDBUF, 8192 << pick(w, 6));
		break;
	default:
		forget_pages(w);
	}
}

static bool again(int err)
{
	return err == EAGAIN || err == EINTR;
}

/* The peer has ended the connection, which it may only when it said so. */
static bool gone(int err)
{
	return err == EPIPE || err == ECONNRESET;
}

/* ------------------------------------------------------------ conversations */

/*
 * struct header - what a caller says first
 * @total:	bytes (stream) or messages (seqpacket) that will come, and be
 *		sent back
 * @caller_quits: after so many of them; LLONG_MAX for never
 * @answerer_quits: the same for the other side
 */
struct header {
	__u32 magic;
	__u32 pad;
	__u64 seed;
	long long total;
	long long caller_quits;
	long long answerer_quits;
};

struct talk {
	struct header h;
	int fd;
	bool messages;
	long long put;
	long long got;
	bool over;
};

/* Each message of a seqpacket conversation has a length and place of its own. */
static size_t message_len(const struct talk *t, long long k)
{
	return 1 + mix(t->h.seed ^ k) % MESSAGE_MAX;
}

static __u64 message_at(long long k)
{
	return (__u64)k * 8192;
}

/* By way of a pipe; what the socket does not take is forgotten. */
static ssize_t send_spliced(struct worker *w, int fd, char *buf, size_t len)
{
	unsigned int flags = chance(w, 2) ? SPLICE_F_NONBLOCK : 0;
	ssize_t n, left, err;

	left = write(w->pipe[1], buf, len < 30000 ? len : 30000);
	if (left < 0)
		return -1;
	n = splice(w->pipe[0], NULL, fd, NULL, left, flags);
	err = errno;
	left -= n < 0 ? 0 : n;
	while (left > 0) {
		ssize_t gone = read(w->pipe[0], buf, left);

		left -= gone < 0 ? 0 : gone;
	}
	errno = err;
	return n;
}

/* The urgent byte stays in its place: all have SO_OOBINLINE set. */
static int urgent_flag(struct worker *w)
{
	return w->kind.type == SOCK_STREAM && toy_kind_is_toy(w->kind) &&
	       chance(w, 10) ? MSG_OOB : 0;
}

/* Send in one of many ways. */
static ssize_t send_somehow(struct worker *w, int fd, char *buf, size_t len)
{
	int flags = MSG_NOSIGNAL | (chance(w, 2) ? MSG_DONTWAIT : 0) |
		    urgent_flag(w);
	size_t cut = pick(w, len + 1);
	struct iovec iov[] = { { buf, cut }, { NULL, 0 },
			       { buf + cut, len - cut } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };

	step(w);
	if (chance(w, 40))
		unsettle(w, fd);
	switch (pick(w, 9)) {
	case 0 ... 1:
		return sendmsg(fd, &msg, flags);
	case 2 ... 3:
		return write(fd, buf, len);
	case 4 ... 5:
		return writev(fd, iov, 3);
	case 6:
		if (w->kind.type == SOCK_STREAM)
			return send_spliced(w, fd, buf, len);
		fallthrough;
	default:
		return send(fd, buf, len, flags);
	}
}

static ssize_t recv_spliced(struct worker *w, int fd, char *buf, size_t len)
{
	unsigned int flags = chance(w, 2) ? SPLICE_F_NONBLOCK : 0;
	ssize_t n, got = 0;

	n = splice(fd, NULL, w->pipe[1], NULL, len < 30000 ? len : 30000,
		   flags);
	while (got < n) {
		ssize_t ret = read(w->pipe[0], buf + got, n - got);

		got += ret < 0 ? 0 : ret;
	}
	return n;
}

static ssize_t recv_somehow(struct worker *w, int fd, char *buf, size_t len)
{
	int flags = chance(w, 2) ? MSG_DONTWAIT : 0;
	size_t cut = pick(w, len + 1);
	struct iovec iov[] = { { buf, cut }, { NULL, 0 },
			       { buf + cut, len - cut } };

	step(w);
	if (chance(w, 40))
		unsettle(w, fd);
	switch (pick(w, 24)) {
	case 0 ... 4:
		return read(fd, buf, len);
	case 5 ... 9:
		return readv(fd, iov, 3);
	case 10:
		return recv(fd, buf, len, flags | MSG_WAITALL);
	case 11 ... 13:
		if (w->kind.type == SOCK_STREAM)
			return recv_spliced(w, fd, buf, len);
		fallthrough;
	default:
		return recv(fd, buf, len, flags);
	}
}

/* Returns what was sent, in the unit of the conversation; -1 and errno. */
static long long talk_send(struct worker *w, struct talk *t)
{
	size_t len;
	ssize_t ret;

	if (t->messages) {
		len = message_len(t, t->put);
		fill(w->buf, len, t->h.seed, message_at(t->put));
		ret = send_somehow(w, t->fd, w->buf, len);
		if (ret >= 0 && ret != (ssize_t)len)
			complain(w, "%zd of %zu bytes of a message sent", ret,
				 len);
		return ret < 0 ? -1 : 1;
	}
	len = pick_size(w, BUF_SIZE);
	if (len > (__u64)(t->h.total - t->put))
		len = t->h.total - t->put;
	fill(w->buf, len, t->h.seed, t->put);
	return send_somehow(w, t->fd, w->buf, len);
}

static void check_message(struct worker *w, struct talk *t, ssize_t len)
{
	size_t want = message_len(t, t->got);

	if (len != (ssize_t)want)
		complain(w, "message %lld: %zd bytes, not %zu",
			 t->got, len, want);
	else if (!matches(w->buf, len, t->h.seed, message_at(t->got)))
		complain(w, "message %lld: wrong bytes", t->got);
}

/* Returns what was received, checked; 0 for the end; -1 and errno. */
static long long talk_recv(struct worker *w, struct talk *t)
{
	bool peek = chance(w, 5);
	size_t len;
	ssize_t ret;

	if (t->messages) {
		if (peek) {
			ret = recv(t->fd, NULL, 0,
				   MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
			if (ret > 0 &&
			    ret != (ssize_t)message_len(t, t->got))
				complain(w, "peeked at %zd bytes", ret);
		}
		ret = recv_somehow(w, t->fd, w->buf, BUF_SIZE);
		if (ret <= 0)
			return ret;
		check_message(w, t, ret);
		return 1;
	}
	len = pick_size(w, BUF_SIZE);
	if (peek)
		ret = recv(t->fd, w->buf, len, MSG_PEEK | MSG_DONTWAIT);
	else
		ret = recv_somehow(w, t->fd, w->buf, len);
	if (ret > 0 && !matches(w->buf, ret, t->h.seed, t->got))
		complain(w, "wrong bytes at %lld", t->got);
	if (ret > 0 && peek) {
		errno = EAGAIN;
		return -1;
	}
	return ret;
}

static void talk_close(struct worker *w, struct talk *t)
{
	struct linger linger = { .l_onoff = 1 };

	if (chance(w, 8))
		setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &linger,
			   sizeof(linger));
	if (chance(w, 8))
		shutdown(t->fd, pick(w, 3));
	toy_close(&t->fd);
}

/* ---- the caller */

/* Call until let in; false when the time is over. */
static bool call(struct worker *w, struct talk *t, struct exchange *e)
{
	struct toy_name *name = &e->name[pick(w, LISTENERS)];

	t->fd = toy_socket(w->kind, SOCK_CLOEXEC);
	set_timeouts(w, t->fd);
	while (toy_connect(t->fd, name)) {
		step(w);
		if (!again(errno)) {
			complain(w, "connect");
			return false;
		}
		atomic_fetch_add(&lost_calls, 1);
		if (atomic_load(&stop))
			return false;
	}
	return true;
}

static bool say_header(struct worker *w, struct talk *t)
{
	struct header h = { .magic = MAGIC, .seed = pick(w, ULLONG_MAX),
			    .caller_quits = LLONG_MAX,
			    .answerer_quits = LLONG_MAX };
	ssize_t ret;

	h.total = t->messages ? 1 + pick(w, 200) : pick_size(w, 65536) * 5;
	if (chance(w, 8))
		h.caller_quits = pick(w, h.total + 1);
	if (chance(w, 8))
		h.answerer_quits = pick(w, h.total + 1);
	t->h = h;
	do {
		ret = send(t->fd, &h, sizeof(h), MSG_NOSIGNAL);
		step(w);
	} while (ret < 0 && again(errno));
	/* Nothing of it has been read: there is room for it at once. */
	if (ret == sizeof(h))
		return true;
	complain(w, "%zd bytes of a header sent", ret);
	return false;
}

/* One step of a conversation; false when there is nothing to do but wait. */
static bool caller_step(struct worker *w, struct talk *t)
{
	bool quits = t->h.answerer_quits != LLONG_MAX;
	bool moved = false;
	long long n;

	if (t->put < t->h.total && !t->over &&
	    (t->got == t->put || chance(w, 2))) {
		n = talk_send(w, t);
		if (n > 0) {
			t->put += n;
			moved = true;
		} else if (n < 0 && gone(errno) && quits) {
			t->over = true;
		} else if (n < 0 && !again(errno)) {
			complain(w, "sending at %lld of %lld",
				 t->put, t->h.total);
		}
		if (t->put == t->h.total && shutdown(t->fd, SHUT_WR) && !quits)
			complain(w, "shutdown");
	}
	/* Nothing can come yet, and waiting for it would cost time. */
	if (t->got == t->put && t->put < t->h.total && !t->over)
		return moved;
	n = talk_recv(w, t);
	if (n > 0) {
		t->got += n;
		return true;
	}
	if (!n || gone(errno)) {
		if (!quits && (n || t->got < t->h.total))
			complain(w, "the end after %lld of %lld",
				 t->got, t->h.total);
		t->got = -1;
		return true;
	}
	if (!again(errno))
		complain(w, "receiving");
	return moved;
}

static void caller_talk(struct worker *w, struct talk *t)
{
	int idle = 0;

	/* Until the end has been seen, or it is time to quit. */
	while (t->got >= 0 && t->got < t->h.caller_quits) {
		if (atomic_load(&failures))
			return;
		if (caller_step(w, t)) {
			idle = 0;
			continue;
		}
		toy_poll(t->fd, t->put < t->h.total && !t->over ?
			 POLLIN | POLLOUT : POLLIN, 100);
		if (++idle > 10 * PATIENCE) {
			complain(w, "no answer: sent %lld, received %lld of %lld",
				 t->put, t->got,
				 t->h.total);
			return;
		}
	}
}

static void call_and_talk(struct worker *w, struct exchange *e)
{
	while (!atomic_load(&stop)) {
		struct talk t = { .messages = toy_kind_is_msg(w->kind) };

		if (call(w, &t, e) && say_header(w, &t)) {
			caller_talk(w, &t);
			atomic_fetch_add(&conversations, 1);
			atomic_fetch_add(t.messages ? &messages : &bytes,
					 t.put);
		}
		talk_close(w, &t);
	}
	atomic_fetch_sub(&e->callers, 1);
}

static void stream_caller(struct worker *w)
{
	call_and_talk(w, &w->world->stream);
}

static void seqpacket_caller(struct worker *w)
{
	call_and_talk(w, &w->world->seqpacket);
}

/* ---- the answerer */

/* Send back what was received; false when the caller is gone. */
static bool send_back(struct worker *w, struct talk *t, char *buf, size_t len)
{
	size_t sent = 0;
	int idle = 0;

	while (sent < len && !atomic_load(&failures)) {
		ssize_t n = send(t->fd, buf + sent, len - sent, MSG_NOSIGNAL);

		step(w);
		if (n > 0) {
			sent += n;
			idle = 0;
		} else if (!again(errno)) {
			if (!gone(errno) || t->h.caller_quits == LLONG_MAX)
				complain(w, "sending back");
			return false;
		} else if (errno == EAGAIN && ++idle > 3000) {
			complain(w, "sending back blocks for ever");
			return false;
		}
	}
	return true;
}

/* Receive exactly a header; nothing at all is what a quitter may send. */
static bool hear_header(struct worker *w, struct talk *t)
{
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(t->h)) {
		n = recv(t->fd, (char *)&t->h + got, sizeof(t->h) - got, 0);
		step(w);
		if (n > 0)
			got += n;
		else if (n == 0 || gone(errno))
			return false;
		else if (!again(errno) || atomic_load(&failures))
			break;
	}
	if (got == sizeof(t->h) && t->h.magic == MAGIC)
		return true;
	if (!atomic_load(&failures))
		complain(w, "a bad header of %zu bytes", got);
	return false;
}

static void answer(struct worker *w, struct talk *t)
{
	bool quits;
	long long n;

	if (!hear_header(w, t))
		return;
	quits = t->h.caller_quits != LLONG_MAX;
	while (t->got < t->h.answerer_quits && !atomic_load(&failures)) {
		size_t len = t->messages ? message_len(t, t->got) : 0;

		n = talk_recv(w, t);
		if (n > 0) {
			t->got += n;
			if (!send_back(w, t, w->buf, len ?: (size_t)n))
				return;
		} else if (!n) {
			if (t->got < t->h.total && !quits)
				complain(w, "the end after %lld of %lld",
					 t->got,
					 t->h.total);
			return;
		} else if (gone(errno)) {
			if (!quits)
				complain(w, "broken at %lld", t->got);
			return;
		} else if (!again(errno)) {
			complain(w, "receiving");
		}
	}
}

static void accept_and_answer(struct worker *w, struct exchange *e)
{
	while (atomic_load(&e->callers) && !atomic_load(&failures)) {
		struct talk t = { .messages = toy_kind_is_msg(w->kind) };
		int listener = e->listener[pick(w, LISTENERS)];

		step(w);
		/* poll says nothing about what others leave for us */
		if (chance(w, 2) && !toy_poll(listener, POLLIN, 20))
			continue;
		t.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (t.fd < 0) {
			if (!again(errno))
				complain(w, "accept");
			continue;
		}
		set_timeouts(w, t.fd);
		answer(w, &t);
		/* The end must be clean where the caller counts on it. */
		if (t.h.answerer_quits == LLONG_MAX)
			toy_close(&t.fd);
		else
			talk_close(w, &t);
	}
}

static void stream_answerer(struct worker *w)
{
	accept_and_answer(w, &w->world->stream);
}

static void seqpacket_answerer(struct worker *w)
{
	accept_and_answer(w, &w->world->seqpacket);
}

/* ---------------------------------------------------------------- datagrams */

/*
 * struct dgram - what each datagram begins with
 * @epoch:	counts the sockets that a sender has used
 * @seq:	counts the datagrams of an epoch, per receiver
 * @last:	it is the last of its epoch
 * @len:	bytes that follow
 */
struct dgram {
	__u32 magic;
	__u32 sender;
	__u32 epoch;
	__u32 seq;
	__u32 last;
	__u32 len;
	__u64 seed;
};

static size_t dgram_make(struct worker *w, struct dgram *d)
{
	d->magic = MAGIC;
	d->len = pick_size(w, 20000) - 1;
	d->seed = pick(w, ULLONG_MAX);
	memcpy(w->buf, d, sizeof(*d));
	fill(w->buf + sizeof(*d), d->len, d->seed, 0);
	return sizeof(*d) + d->len;
}

static bool dgram_check(struct worker *w, const char *buf, ssize_t len,
			struct dgram *d)
{
	if (len >= (ssize_t)sizeof(*d)) {
		memcpy(d, buf, sizeof(*d));
		if (d->magic == MAGIC &&
		    len == (ssize_t)(sizeof(*d) + d->len) &&
		    matches(buf + sizeof(*d), d->len, d->seed, 0))
			return true;
	}
	complain(w, "a bad datagram of %zd bytes", len);
	return false;
}

/* Send to a receiver that is always there: it arrives. */
static bool send_steady(struct worker *w, int fd, const struct toy_name *to,
			size_t len)
{
	int idle = 0;
	ssize_t n;

	for (;;) {
		int flags = MSG_NOSIGNAL | (chance(w, 2) ? MSG_DONTWAIT : 0);

		step(w);
		if (to)
			n = toy_sendto(fd, w->buf, len, flags, to);
		else
			n = send(fd, w->buf, len, flags);
		if (n == (ssize_t)len)
			return true;
		if (n >= 0 || !again(errno) || ++idle > 30 * PATIENCE) {
			complain(w, "send of %zu bytes returned %zd", len, n);
			return false;
		}
		if (atomic_load(&failures))
			return false;
		/* with an address, no poll knows which receiver is meant */
		if (errno == EAGAIN && flags & MSG_DONTWAIT)
			toy_poll(fd, to ? POLLIN : POLLOUT, to ? 2 : 50);
	}
}

static void send_epoch(struct worker *w, __u32 epoch)
{
	struct toy_name *to = &w->world->receiver[pick(w, RECEIVERS)];
	struct dgram d = { .sender = w->id, .epoch = epoch }, back;
	__u32 count = 1 + pick(w, 100);
	int fd = toy_socket(w->kind, SOCK_CLOEXEC);
	ssize_t n;

	set_timeouts(w, fd);
	/* messages are larger than the smallest send buffers */
	toy_opt_set(fd, SOL_SOCKET, SO_SNDBUF, 60000);
	if (chance(w, 2)) {
		if (toy_connect(fd, to))
			complain(w, "connect");
		to = NULL;
	}
	for (d.seq = 0; d.seq < count; d.seq++) {
		d.last = d.seq == count - 1;
		if (!send_steady(w, fd, to, dgram_make(w, &d)))
			break;
		atomic_fetch_add(&datagrams, 1);
		/* answers, and those to who had the port before */
		n = recv(fd, w->buf, BUF_SIZE, MSG_DONTWAIT);
		if (n >= 0)
			dgram_check(w, w->buf, n, &back);
		else if (!again(errno))
			complain(w, "receiving an answer");
	}
	toy_close(&fd);
}

/* Send to one that comes and goes: refused or taken, but never wrong. */
static void send_unsteady(struct worker *w)
{
	struct dgram d = { .sender = w->id };
	int fd = toy_socket(w->kind, SOCK_CLOEXEC);
	int i;

	set_timeouts(w, fd);
	toy_opt_set(fd, SOL_SOCKET, SO_SNDBUF, 60000);
	for (i = 0; i < 20; i++) {
		size_t len = dgram_make(w, &d);

		step(w);
		if (toy_sendto(fd, w->buf, len, MSG_NOSIGNAL,
			       &w->world->unsteady) < 0 && !again(errno) &&
		    !gone(errno) && errno != ECONNREFUSED)
			complain(w, "sending to the unsteady one");
	}
	toy_close(&fd);
}

static void dgram_sender(struct worker *w)
{
	__u32 epoch = 1;

	while (!atomic_load(&stop)) {
		send_epoch(w, epoch++);
		if (chance(w, 3))
			send_unsteady(w);
	}
	atomic_fetch_sub(&w->world->senders, 1);
}

/* Which datagram is to come next from each sender. */
struct expected {
	__u32 epoch;
	__u32 seq;
	bool ended;
};

static void expect(struct worker *w, struct expected *from,
		   const struct dgram *d)
{
	struct expected *e = &from[d->sender % 64];

	if (d->epoch != e->epoch) {
		if (e->epoch && (!e->ended || d->epoch < e->epoch))
			complain(w, "sender %u: epoch %u after %u of %u",
				 d->sender, d->epoch, e->seq, e->epoch);
		*e = (struct expected){ .epoch = d->epoch };
	}
	if (d->seq != e->seq || e->ended)
		complain(w, "sender %u, epoch %u: datagram %u, not %u",
			 d->sender, d->epoch, d->seq, e->seq);
	e->seq++;
	e->ended = d->last;
}

static void dgram_receiver(struct worker *w)
{
	struct expected from[64] = { };
	int fd = w->world->inbox[w->id];
	struct toy_name name;
	struct dgram d;
	ssize_t n;
	int i;

	while (!atomic_load(&failures)) {
		bool over = !atomic_load(&w->world->senders);

		step(w);
		name.len = sizeof(name.ss);
		n = recvfrom(fd, w->buf, BUF_SIZE, chance(w, 2) ?
			     MSG_DONTWAIT : 0, &name.sa, &name.len);
		if (n < 0 && errno == EAGAIN && over)
			break;
		if (n < 0 && !again(errno))
			complain(w, "receiving");
		if (n < 0)
			continue;
		if (!dgram_check(w, w->buf, n, &d))
			break;
		expect(w, from, &d);
		if (chance(w, 16) && name.len > sizeof(sa_family_t))
			toy_sendto(fd, w->buf, n, MSG_DONTWAIT | MSG_NOSIGNAL,
				   &name);
		/* let it become full */
		if (chance(w, 200))
			toy_sleep(pick(w, 50));
	}
	for (i = 0; i < 64 && !atomic_load(&failures); i++)
		if (from[i].epoch && !from[i].ended)
			complain(w, "sender %d: lost the end of epoch %u", i,
				 from[i].epoch);
}

static void dgram_unsteady(struct worker *w)
{
	while (!atomic_load(&stop)) {
		int fd = toy_socket(w->kind, SOCK_CLOEXEC);
		struct dgram d;
		ssize_t n;
		int i;

		set_timeouts(w, fd);
		step(w);
		if (toy_bind(fd, &w->world->unsteady))
			complain(w, "binding again");
		for (i = pick(w, 50); i; i--) {
			n = recv(fd, w->buf, BUF_SIZE, 0);
			if (n >= 0)
				dgram_check(w, w->buf, n, &d);
			else if (!again(errno))
				break;
		}
		if (chance(w, 2))
			shutdown(fd, SHUT_RD);
		toy_close(&fd);
		toy_sleep(pick(w, 5));
	}
}

/* ------------------------------------------- listeners that come and go */

static void churner(struct worker *w)
{
	while (!atomic_load(&stop)) {
		struct toy_name name = toy_name_any(w->kind);
		int fd[8], listener, peer, i, n = 0;
		char byte;

		step(w);
		listener = listen_beside(w->kind, &name);
		if (listener < 0) {
			complain(w, "listening");
			return;
		}
		toy_nonblock(listener, true);
		for (i = 0; i < 8; i++) {
			fd[n] = toy_socket(w->kind, SOCK_NONBLOCK);
			if (!toy_connect(fd[n], &name))
				n++;
			else if (again(errno))
				toy_close(&fd[n]);
			else
				complain(w, "calling");
			if (chance(w, 4)) {
				peer = accept(listener, NULL, NULL);
				if (peer >= 0 && chance(w, 2))
					send(peer, "x", 1, MSG_NOSIGNAL);
				toy_close(&peer);
			}
		}
		if (chance(w, 3))
			shutdown(listener, SHUT_RDWR);
		toy_close(&listener);
		for (i = 0; i < n; i++) {
			/* all are closed or reset by now, some with a byte */
			ssize_t ret = recv(fd[i], &byte, 1, 0);

			if (ret < 0 && errno != ECONNRESET)
				complain(w, "a call that was dropped");
			toy_close(&fd[i]);
		}
	}
}

/* ------------------------------------------------- walks against a model */

/* One direction of a pair: what was put in and what was taken out. */
struct way {
	__u64 put;
	__u64 got;
	__u64 put_bytes;
	__u64 got_bytes;
	bool shut;
};

struct walk {
	int fd[2];
	bool messages;
	__u64 seed;
	/* way[i] leads from fd[i] to the other one */
	struct way way[2];
};

static size_t walk_len(const struct walk *k, __u64 n)
{
	return mix(k->seed ^ n) % 3000;
}

static bool walk_empty(const struct walk *k, const struct way *way)
{
	return k->messages ? way->put == way->got :
			     way->put_bytes == way->got_bytes;
}

static void walk_send(struct worker *w, struct walk *k, int end)
{
	struct way *way = &k->way[end];
	__u64 seed = k->seed + end;
	size_t len;
	ssize_t n;

	if (k->messages) {
		len = walk_len(k, way->put);
		fill(w->buf, len, seed, way->put * 4096);
	} else {
		len = pick_size(w, 20000);
		fill(w->buf, len, seed, way->put_bytes);
	}
	n = send(k->fd[end], w->buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (way->shut) {
		if (n >= 0 || errno != EPIPE)
			complain(w, "send after shutdown returned %zd", n);
	} else if (n < 0) {
		if (errno != EINTR && (errno != EAGAIN || walk_empty(k, way)))
			complain(w, "send into a queue of %llu bytes",
				 (way->put_bytes -
						      way->got_bytes));
	} else if (k->messages && n != (ssize_t)len) {
		complain(w, "%zd of %zu bytes of a message sent", n, len);
	} else {
		way->put++;
		way->put_bytes += n;
	}
}

static void walk_recv(struct worker *w, struct walk *k, int end, int flags)
{
	struct way *way = &k->way[!end];
	size_t room = pick_size(w, 30000), want;
	__u64 seed = k->seed + !end;
	ssize_t n;

	n = recv(k->fd[end], w->buf, room, flags | MSG_DONTWAIT);
	if (walk_empty(k, way)) {
		if (way->shut && w->kind.type != SOCK_DGRAM ? n :
		    (n >= 0 || !again(errno)))
			complain(w, "receive of nothing returned %zd", n);
		return;
	}
	if (n < 0 && errno == EINTR)
		return;
	want = k->messages ? walk_len(k, way->got) :
			     way->put_bytes - way->got_bytes;
	if (n != (ssize_t)(want < room ? want : room) ||
	    !matches(w->buf, n, seed, k->messages ? way->got * 4096 :
						    way->got_bytes))
		complain(w, "receive of %zu at %llu returned %zd", want,
			 way->got_bytes, n);
	if (flags & MSG_PEEK)
		return;
	way->got++;
	way->got_bytes += k->messages ? want : (size_t)n;
}

static void walk_look(struct worker *w, struct walk *k, int end)
{
	struct way *in = &k->way[!end], *out = &k->way[end];
	__u64 unread = in->put_bytes - in->got_bytes;
	bool conn = w->kind.type != SOCK_DGRAM;
	int n, want;

	n = toy_ioctl_int(k->fd[end], FIONREAD);
	want = !k->messages ? unread :
	       walk_empty(k, in) ? 0 : walk_len(k, in->got);
	if (n != want)
		complain(w, "FIONREAD %d, not %d", n, want);
	if (toy_kind_is_toy(w->kind)) {
		n = toy_ioctl_int(k->fd[end], SIOCOUTQ);
		want = out->put_bytes - out->got_bytes;
		if (conn ? n != want : walk_empty(k, out) && n)
			complain(w, "SIOCOUTQ %d, not %d", n, want);
	}
	n = toy_poll(k->fd[end], POLLIN | POLLOUT | POLLRDHUP, 0);
	if (n < 0)
		return;
	if (!!(n & POLLIN) != (!walk_empty(k, in) || (conn && in->shut)))
		complain(w, "poll gives %#x, %llu unread", n,
			 unread);
	if (walk_empty(k, out) && !out->shut && !(n & POLLOUT))
		complain(w, "poll gives %#x, nothing queued", n);
	if (conn && !!(n & POLLRDHUP) != in->shut)
		complain(w, "poll gives %#x, shutdown is %d", n, in->shut);
	if (n & POLLERR)
		complain(w, "poll gives %#x", n);
}

/* The other end closes: drain, a reset where it had not read all, the end. */
static void walk_close(struct worker *w, struct walk *k, int end)
{
	bool reset = !walk_empty(k, &k->way[end]);
	int i;

	toy_close(&k->fd[!end]);
	k->way[!end].shut = true;
	k->way[end].shut = true;
	while (!walk_empty(k, &k->way[!end]) && !atomic_load(&failures))
		walk_recv(w, k, end, 0);
	if (reset && (recv(k->fd[end], w->buf, 1, MSG_DONTWAIT) != -1 ||
		      errno != ECONNRESET))
		complain(w, "no reset by a peer that left data");
	for (i = 0; i < 2; i++)
		if (recv(k->fd[end], w->buf, 1, 0))
			complain(w, "no end after a peer that closed");
	walk_send(w, k, end);
}

static void walk_step(struct worker *w, struct walk *k)
{
	int end = pick(w, 2);

	step(w);
	switch (pick(w, 16)) {
	case 0 ... 5:
		walk_send(w, k, end);
		break;
	case 6 ... 11:
		walk_recv(w, k, end, 0);
		break;
	case 12:
		walk_recv(w, k, end, MSG_PEEK);
		if (chance(w, 4))
			unsettle(w, k->fd[end]);
		break;
	case 13:
		/* rarely: it ends the walk */
		if (w->kind.type != SOCK_DGRAM && chance(w, 60)) {
			if (shutdown(k->fd[end], SHUT_WR))
				complain(w, "shutdown");
			k->way[end].shut = true;
		}
		break;
	default:
		walk_look(w, k, end);
	}
}

static void walker(struct worker *w)
{
	while (!atomic_load(&stop)) {
		struct walk k = { .messages = toy_kind_is_msg(w->kind),
				  .seed = pick(w, ULLONG_MAX) };
		int i;

		if (chance(w, 2) ? toy_pair(w->kind, k.fd) :
				   toy_socketpair(w->kind, k.fd)) {
			complain(w, "making a pair");
			return;
		}
		for (i = 20 + pick(w, 400); i && !atomic_load(&failures); i--)
			walk_step(w, &k);
		if (w->kind.type != SOCK_DGRAM && chance(w, 2))
			walk_close(w, &k, pick(w, 2));
		toy_close(&k.fd[0]);
		toy_close(&k.fd[1]);
		atomic_fetch_add(&walks, 1);
	}
}

/* ------------------------------------------------------------------ signals */

/* Interrupts everybody all the time, by a call that returns and one that does. */
static void interrupter(struct worker *w)
{
	struct world *world = w->world;

	while (!atomic_load(&stop)) {
		struct worker *to = &world->worker[pick(w, world->workers)];

		step(w);
		if (to != w && !atomic_load(&to->ended))
			toy_thread_kill(&to->thread, chance(w, 2) ? SIGUSR1 :
								    SIGUSR2);
		toy_sleep(1 + pick(w, 4));
	}
}

/* ---------------------------------------------------------------- the world */

static long worker_main(void *arg)
{
	struct worker *w = arg;

	w->run(w);
	atomic_store(&w->ended, true);
	return 0;
}

/* A buffer of shared memory, whose pages can be forgotten, and a pipe. */
static void equip(struct worker *w)
{
	int fd = memfd_create("stress", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, BUF_SIZE) || pipe2(w->pipe, O_CLOEXEC))
		abort();
	w->buf = mmap(NULL, BUF_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0);
	if (w->buf == MAP_FAILED)
		abort();
	close(fd);
}

static void hire(struct world *world, const char *name, int type, int count,
		 void (*run)(struct worker *w))
{
	int i;

	for (i = 0; i < count; i++) {
		struct worker *w = &world->worker[world->workers];

		*w = (struct worker){ .run = run, .name = name, .id = i,
				      .world = world,
				      .kind = { world->family, type } };
		w->random = mix(world->seed ^ mix(world->workers++));
		equip(w);
	}
}

/* The listeners of a type: of AF_TOY they share a port. */
static int open_exchange(struct world *world, struct exchange *e, int type)
{
	struct toy_kind kind = { world->family, type };
	int i;

	atomic_store(&e->callers, CALLERS);
	for (i = 0; i < LISTENERS; i++) {
		e->name[i] = i && toy_kind_is_toy(kind) ? e->name[0] :
							  toy_name_any(kind);
		e->listener[i] = listen_beside(kind, &e->name[i]);
		if (e->listener[i] < 0 ||
		    toy_opt_timeo(e->listener[i], SO_RCVTIMEO, 50))
			return -1;
	}
	return 0;
}

static int open_world(struct world *world)
{
	struct toy_kind kind = { world->family, SOCK_DGRAM };
	int i;

	if (open_exchange(world, &world->stream, SOCK_STREAM) ||
	    open_exchange(world, &world->seqpacket, SOCK_SEQPACKET))
		return -1;
	for (i = 0; i < RECEIVERS; i++) {
		world->inbox[i] = bound_any(kind, &world->receiver[i]);
		if (world->inbox[i] < 0 ||
		    toy_opt_timeo(world->inbox[i], SO_RCVTIMEO, 50) ||
		    toy_opt_set(world->inbox[i], SOL_SOCKET, SO_RCVBUF, 50000))
			return -1;
	}
	world->unsteady = toy_name_new(kind);
	atomic_store(&world->senders, SENDERS);
	return 0;
}

static void close_world(struct world *world)
{
	int i;

	for (i = 0; i < LISTENERS; i++) {
		toy_close(&world->stream.listener[i]);
		toy_close(&world->seqpacket.listener[i]);
	}
	for (i = 0; i < RECEIVERS; i++)
		toy_close(&world->inbox[i]);
}

static void populate(struct world *world)
{
	hire(world, "stream caller", SOCK_STREAM, CALLERS, stream_caller);
	hire(world, "stream answerer", SOCK_STREAM, ANSWERERS, stream_answerer);
	hire(world, "seqpacket caller", SOCK_SEQPACKET, CALLERS,
	     seqpacket_caller);
	hire(world, "seqpacket answerer", SOCK_SEQPACKET, ANSWERERS,
	     seqpacket_answerer);
	hire(world, "dgram sender", SOCK_DGRAM, SENDERS, dgram_sender);
	hire(world, "dgram receiver", SOCK_DGRAM, RECEIVERS, dgram_receiver);
	hire(world, "unsteady receiver", SOCK_DGRAM, 1, dgram_unsteady);
	hire(world, "stream churner", SOCK_STREAM, 1, churner);
	hire(world, "seqpacket churner", SOCK_SEQPACKET, 1, churner);
	hire(world, "stream walker", SOCK_STREAM, 1, walker);
	/* AF_UNIX does not report a reset in its place there */
	if (world->family == AF_TOY) {
		hire(world, "seqpacket walker", SOCK_SEQPACKET, 1, walker);
		hire(world, "dgram walker", SOCK_DGRAM, 1, walker);
	}
	hire(world, "interrupter", SOCK_DGRAM, 1, interrupter);
}

/* Where a thread sleeps, for who looks into a hang. */
static void tell_where(struct worker *w)
{
	static const char * const files[] = { "wchan", "syscall", "stack" };
	char path[64], text[2048];
	ssize_t len;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/self/task/%d/%s",
			 w->thread.tid, files[i]);
		fd = open(path, O_RDONLY);
		len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		toy_close(&fd);
		if (len <= 0)
			continue;
		text[len] = '\0';
		fprintf(stderr, "# %s %d, %s: %s\n", w->name, w->id, files[i],
			text);
	}
}

/* Whether all have ended, or moved since they were looked at @before. */
static bool all_move(struct world *world, unsigned long *before)
{
	bool ok = true;
	int i;

	for (i = 0; i < world->workers; i++) {
		struct worker *w = &world->worker[i];
		unsigned long now = atomic_load(&w->steps);

		if (now == before[i] && !atomic_load(&w->ended)) {
			errno = 0;
			complain(w, "stuck for %d s", PATIENCE);
			tell_where(w);
			ok = false;
		}
		before[i] = now;
	}
	return ok;
}

static bool all_ended(struct world *world)
{
	int i;

	for (i = 0; i < world->workers; i++)
		if (!atomic_load(&world->worker[i].ended))
			return false;
	return true;
}

/* Run for so many seconds, then until all have ended. False: someone hangs. */
static bool supervise(struct world *world, int seconds)
{
	long long end = toy_now() + seconds * 1000LL;
	long long look = toy_now() + PATIENCE * 1000LL;
	unsigned long before[ARRAY_SIZE(world->worker)] = { };

	while (!all_ended(world)) {
		if (toy_now() >= end)
			atomic_store(&stop, true);
		if (toy_now() >= look) {
			if (!all_move(world, before))
				return false;
			look = toy_now() + PATIENCE * 1000LL;
		}
		toy_sleep(50);
	}
	return true;
}

static long number_of(const char *variable, long otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoll(text, NULL, 0) : otherwise;
}

/* -------------------------------------------------------------------- tests */

FIXTURE(mixed) {
	struct world *world;
};

FIXTURE_VARIANT(mixed) {
	struct toy_kind kind;
};

TOY_VARIANTS(mixed, VARIANT_TOY_STREAM | VARIANT_UNIX_STREAM)

FIXTURE_SETUP(mixed)
{
	self->world = calloc(1, sizeof(*self->world));
	ASSERT_NE(NULL, self->world);
	self->world->family = variant->kind.family;
	self->world->seed = number_of("TOY_STRESS_SEED",
				      mix(toy_now()) % 1000000000);
	toy_signal_catch(SIGUSR1, 0);
	toy_signal_catch(SIGUSR2, SA_RESTART);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(open_world(self->world));
	populate(self->world);
}

FIXTURE_TEARDOWN(mixed)
{
	close_world(self->world);
}

TEST_F_TIMEOUT(mixed, all_types_at_once, INT_MAX)
{
	long seconds = number_of("TOY_STRESS_SECONDS", 20);
	struct world *world = self->world;
	int i;

	/* The yardstick shows that it is the test that is right. */
	if (toy_kind_is_unix(variant->kind) && seconds > 5)
		seconds = 5;
	fprintf(stderr, "# TOY_STRESS_SEED=%llu TOY_STRESS_SECONDS=%ld\n",
		world->seed, seconds);
	for (i = 0; i < world->workers; i++)
		ASSERT_OK(toy_thread_start(&world->worker[i].thread,
					   worker_main, &world->worker[i]));
	if (!supervise(world, seconds))
		_exit(1);
	for (i = 0; i < world->workers; i++)
		EXPECT_EQ(0, toy_thread_join(&world->worker[i].thread));
	EXPECT_EQ(0, atomic_load(&failures));
	fprintf(stderr, "# %lu conversations (%lu calls made again): %lu MB, %lu messages\n",
		atomic_load(&conversations), atomic_load(&lost_calls),
		atomic_load(&bytes) >> 20, atomic_load(&messages));
	fprintf(stderr, "# %lu datagrams, %lu walks, %d signals\n",
		atomic_load(&datagrams), atomic_load(&walks),
		toy_signal_count(SIGUSR1) + toy_signal_count(SIGUSR2));
	EXPECT_LT(0, atomic_load(&conversations));
	EXPECT_LT(0, atomic_load(&datagrams));
	EXPECT_LT(0, atomic_load(&walks));
}

TOY_TEST_MAIN

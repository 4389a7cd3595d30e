// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is ready, and how much: poll(2) and ioctl(2).
 */
#include <linux/compat.h>
#include <linux/sockios.h>
#include <linux/termios.h>
#include <linux/uaccess.h>

#include "../backend/backend.h"
#include "../core/accept.h"
#include "../core/room.h"
#include "../core/rxq.h"
#include "ops.h"

/*
 * SO_RCVLOWAT gates EPOLLIN of a stream; but a sender who waits for room will
 * not send what is missing.
 */
static bool toy_poll_enough(const struct sock *sk)
{
	const struct toy_sock *toy = toy_sk(sk);
	u32 bytes = toy_rxq_bytes(sk);
	const struct sock *peer;
	bool enough;

	/* An urgent byte that comes next is skipped by the reader. */
	if (unlikely(READ_ONCE(toy->urg)) && bytes &&
	    READ_ONCE(toy->urg_seq) == READ_ONCE(toy->consumed) &&
	    !sock_flag(sk, SOCK_URGINLINE))
		bytes--;
	if (!bytes)
		return false;
	if (likely(bytes >= READ_ONCE(sk->sk_rcvlowat)))
		return true;
	if (toy_wired(sk))
		return toy_wire_is_tight(sk);
	rcu_read_lock();
	peer = rcu_dereference(toy->peer);
	enough = peer && !toy_sock_has_room(peer);
	rcu_read_unlock();
	return enough;
}

static bool toy_poll_readable(struct sock *sk)
{
	if (sk->sk_type == SOCK_STREAM)
		return toy_poll_enough(sk);
	return !toy_rxq_empty(sk);
}

/*
 * A datagram socket whose receiver is full: have it told of room, then look
 * again, since room may have come before the relay was there.
 */
static bool toy_poll_writable(struct sock *sk, bool waits)
{
	struct sock *peer;
	bool refuses;

	if (READ_ONCE(toy_sk(sk)->backend)->writable(sk))
		return true;
	if (toy_connection_type(sk) || !waits)
		return false;
	peer = toy_peer_get(sk);
	if (!peer)
		return false;
	refuses = toy_room_relay(sk, peer);
	sock_put(peer);
	return !refuses && toy_sock_has_room(sk);
}

#define TOY_POLL_OUT	(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

static __poll_t toy_poll_errors(const struct sock *sk, int state)
{
	int shutdown = READ_ONCE(sk->sk_shutdown);
	__poll_t mask = 0;

	if (READ_ONCE(sk->sk_err))
		mask |= EPOLLERR;
	if (shutdown == SHUTDOWN_MASK ||
	    (toy_connection_type(sk) && state == TCP_CLOSE))
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	return mask;
}

/**
 * toy_poll() - poll(2), every type
 * @file:	file of the socket
 * @sock:	socket
 * @wait:	where the poller wants to be woken from, and for what
 *
 * Return: EPOLL* bits, as unix(7) and tcp(7) set them.
 */
__poll_t toy_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask;
	int state;

	sock_poll_wait(file, sock, wait);
	state = READ_ONCE(sk->sk_state);
	if (state == TCP_LISTEN)
		return toy_accept_ready(sk, 0) ? EPOLLIN | EPOLLRDNORM : 0;

	mask = toy_poll_errors(sk, state);
	if (toy_poll_readable(sk))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(toy_sk(sk)->urg) & TOY_URG_VALID)
		mask |= EPOLLPRI;
	/* Who waits for something to read does not pay for the rest. */
	if (toy_connecting(sk) || !(poll_requested_events(wait) & TOY_POLL_OUT))
		return mask;
	if (toy_poll_writable(sk, poll_requested_events(wait) & EPOLLOUT))
		return mask | TOY_POLL_OUT;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	/* Asked for SIGIO, now look again: room may have come in between. */
	smp_mb__after_atomic();
	if (READ_ONCE(toy_sk(sk)->backend)->writable(sk))
		mask |= TOY_POLL_OUT;
	return mask;
}

static bool toy_ioctl_atmark(struct sock *sk)
{
	struct toy_sock *toy = toy_sk(sk);
	bool at;

	toy_rx_lock(sk);
	at = toy->urg && toy->urg_seq == toy->consumed;
	toy_rx_unlock(sk);
	return at;
}

/**
 * toy_ioctl() - ioctl(2): FIONREAD (SIOCINQ), TIOCOUTQ (SIOCOUTQ), SIOCATMARK
 * @sock:	socket
 * @cmd:	one of these
 * @arg:	int in user space that is set
 *
 * Return: 0; -EINVAL: a listener; -EFAULT; -ENOIOCTLCMD for the core to go on.
 */
int toy_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;
	int n;

	switch (cmd) {
	case SIOCINQ:
		if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
			return toy_fail(sk, -EINVAL, "ioctl",
					"a listener has no data");
		n = toy_rxq_next_bytes(sk);
		break;
	case SIOCOUTQ:
		if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
			return toy_fail(sk, -EINVAL, "ioctl",
					"a listener has no data");
		n = READ_ONCE(toy_sk(sk)->backend)->unread(sk);
		break;
	case SIOCATMARK:
		if (sk->sk_type != SOCK_STREAM)
			return -ENOIOCTLCMD;
		n = toy_ioctl_atmark(sk);
		break;
	default:
		return -ENOIOCTLCMD;
	}
	return put_user(n, (int __user *)arg);
}

#ifdef CONFIG_COMPAT
int toy_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return toy_ioctl(sock, cmd, (unsigned long)compat_ptr(arg));
}
#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages that come in parts: in order and not, small ones, while others hold
 * the same frames, through filters, and where there is no memory for something.
 *
 * The peer is this program, which writes its frames by hand.
 */
#include <linux/filter.h>
#include <net/if.h>

#include "toy_fault.h"
#include "toy_peer.h"
#include "toy_test.h"

#define TOY_RAW		((struct toy_kind){ AF_TOY, SOCK_RAW })
#define PORT		7001
#define MS		(3000 * (int)toy_patience())
#define LARGE		100000
/* From one allocation that fails to the next: none is smaller. */
#define STEP		128
/* What a filter leaves of a message, if it is that long. */
#define CUT		2500

FIXTURE(ether_parts)
{
	struct toy_cable cable;
	int listener;
	int tap[2];		/* SOCK_RAW, AF_PACKET; -1 */
	struct toy_peer peer;
};

FIXTURE_VARIANT(ether_parts)
{
	bool tapped;
};

FIXTURE_VARIANT_ADD(ether_parts, alone) {
	.tapped = false,
};

FIXTURE_VARIANT_ADD(ether_parts, tapped) {
	.tapped = true,
};

FIXTURE_SETUP(ether_parts)
{
	int i, size = 1 << 22;

	toy_guard(110);
	ASSERT_OK(toy_cable_make(&self->cable));
	self->listener = toy_cable_listener(&self->cable, 1, TOY_SEQPACKET,
					    PORT, 8);
	ASSERT_OK(self->listener);
	self->tap[0] = -1;
	self->tap[1] = -1;
	if (variant->tapped) {
		self->tap[0] = toy_cable_socket(&self->cable, 1, TOY_RAW, 0);
		self->tap[1] = toy_frame_open(&self->cable, 1);
		for (i = 0; i < 2; i++)
			ASSERT_OK(setsockopt(self->tap[i], SOL_SOCKET,
					     SO_RCVBUFFORCE, &size,
					     sizeof(size)));
	}
	self->peer.wire = toy_frame_open(&self->cable, 0);
	ASSERT_OK(self->peer.wire);
	ASSERT_OK(toy_peer_call(&self->peer, PORT, self->listener));
}

FIXTURE_TEARDOWN(ether_parts)
{
	toy_fault_none();
}

/* ------------------------------------------------------------- the reader */

/* What recvmsg(2) says of a message, and its flags; -1, also if it is wrong. */
static ssize_t reads(int fd, __u32 at, int *flags)
{
	static __u8 buf[LARGE];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n, i;

	if (!(toy_poll(fd, POLLIN, MS) & POLLIN))
		return -1;
	n = recvmsg(fd, &msg, MSG_DONTWAIT);
	for (i = 0; i < n; i++)
		if (buf[i] != toy_peer_byte(at + i))
			return -1;
	*flags = msg.msg_flags;
	return n;
}

/* Whether a tap has these frames as they were sent, one after the other. */
static bool tap_has(int tap, int skip, const struct toy_peer *p,
		    const struct toy_part *part, size_t n)
{
	__u8 buf[sizeof(struct toy_frame)];
	struct toy_frame f;
	size_t i = 0;
	ssize_t len;

	while (i < n) {
		len = toy_recv(tap, buf, sizeof(buf), 0, MS);
		if (len < 0)
			return false;
		f = toy_peer_frame(p, (struct toy_part){ part[i].at,
				   part[i].len, part[i].flags | FRAME_ACK });
		/* The handshake is heard as well. */
		if ((size_t)len == skip + f.len &&
		    !memcmp(buf + skip, f.at, f.len))
			i++;
		else if (i)
			return false;
	}
	return true;
}

/* Those who hold the frames hold what was sent, whatever was made of ours. */
static bool taps_have(const int tap[2], const struct toy_peer *p,
		      const struct toy_part *part, size_t n)
{
	return tap[0] < 0 || (tap_has(tap[0], 0, p, part, n) &&
			      tap_has(tap[1], 14, p, part, n));
}

/* ------------------------------------------------------------------ parts */

TEST_F(ether_parts, parts__in_order)
{
	static const struct toy_part part[] = {
		{ 0, 1000, 0 }, { 1000, 1000, 0 },
		{ 2000, 500, FRAME_EOM | FRAME_EOR },
		{ 2501, 700, 0 }, { 3201, 1, FRAME_EOM },
	};
	struct toy_peer *p = &self->peer;
	int flags;

	ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
	EXPECT_EQ(2500, reads(p->fd, 0, &flags));
	EXPECT_EQ(MSG_EOR, flags & MSG_EOR);
	EXPECT_EQ(701, reads(p->fd, 2501, &flags));
	EXPECT_EQ(0, flags & MSG_EOR);
	EXPECT_EQ(0, toy_rmem(p->fd));
	EXPECT_TRUE(taps_have(self->tap, p, part, ARRAY_SIZE(part)));
}

/* The first one has spare room, in which others go, if it is nobody else's. */
TEST_F(ether_parts, parts__small_ones_first)
{
	static const struct toy_part part[] = {
		{ 0, 1, 0 }, { 1, 2, 0 }, { 3, 30, 0 }, { 33, 1000, 0 },
		{ 1033, 3, 0 }, { 1036, 1400, 0 }, { 2436, 1, 0 },
		{ 2437, 0, FRAME_EOM },
	};
	struct toy_peer *p = &self->peer;
	int flags;

	ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
	EXPECT_EQ(2437, reads(p->fd, 0, &flags));
	EXPECT_TRUE(taps_have(self->tap, p, part, ARRAY_SIZE(part)));
}

/* It takes no more than a few times its length. */
TEST_F(ether_parts, parts__of_a_byte_each)
{
	const int len = 3000;
	struct toy_peer *p = &self->peer;
	int i, flags;

	for (i = 0; i < len; i++)
		ASSERT_OK(toy_peer_say(p, i, 1, FRAME_ACK));
	ASSERT_OK(toy_peer_say(p, len, 0, FRAME_ACK | FRAME_EOM));
	ASSERT_EQ(POLLIN, toy_poll(p->fd, POLLIN, MS));
	EXPECT_LT(len, toy_rmem(p->fd));
	EXPECT_GT(3 * len, toy_rmem(p->fd));
	EXPECT_EQ(len, reads(p->fd, 0, &flags));
}

/* Which of them is a first one is known when the hole is filled. */
TEST_F(ether_parts, parts__behind_a_hole)
{
	static const struct toy_part part[] = {
		{ 6004, 100, 0 }, { 4001, 1400, FRAME_EOM }, { 3001, 1000, 0 },
		{ 2000, 1000, FRAME_EOM }, { 5402, 601, FRAME_EOM | FRAME_EOR },
		{ 1000, 1000, 0 }, { 0, 1000, 0 }, { 6104, 1, FRAME_EOM },
	};
	struct toy_peer *p = &self->peer;
	int flags;

	ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
	EXPECT_EQ(3000, reads(p->fd, 0, &flags));
	EXPECT_EQ(2400, reads(p->fd, 3001, &flags));
	EXPECT_EQ(0, flags & MSG_EOR);
	EXPECT_EQ(601, reads(p->fd, 5402, &flags));
	EXPECT_EQ(MSG_EOR, flags & MSG_EOR);
	EXPECT_EQ(101, reads(p->fd, 6004, &flags));
	EXPECT_TRUE(taps_have(self->tap, p, part, ARRAY_SIZE(part)));
}

TEST_F(ether_parts, parts__repeated_and_overlapping)
{
	static const struct toy_part part[] = {
		{ 0, 1000, 0 }, { 500, 1000, 0 }, { 0, 700, 0 },
		{ 2000, 300, FRAME_EOM }, { 1900, 300, 0 }, { 1400, 600, 0 },
		{ 1000, 1300, FRAME_EOM }, { 2301, 5, FRAME_EOM },
	};
	struct toy_peer *p = &self->peer;
	int flags;

	ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
	EXPECT_EQ(2300, reads(p->fd, 0, &flags));
	EXPECT_EQ(5, reads(p->fd, 2301, &flags));
	EXPECT_TRUE(taps_have(self->tap, p, part, ARRAY_SIZE(part)));
}

/* By a peer of the module's, whose parts are lists of pages. */
TEST_F(ether_parts, parts__of_a_large_message)
{
	static __u8 out[LARGE], in[LARGE];
	int fd[2], i;

	ASSERT_OK(toy_cable_pair(&self->cable, TOY_SEQPACKET, fd));
	for (i = 0; i < 20; i++) {
		toy_fill(out, LARGE, i);
		ASSERT_EQ(LARGE, send(fd[i % 2], out, LARGE, 0));
		ASSERT_EQ(LARGE, toy_recv(fd[!(i % 2)], in, LARGE, 0, MS));
		ASSERT_EQ(-1, toy_check(in, LARGE, i));
	}
}

/* ---------------------------------------------------------------- filters */

static int attach(int fd, struct sock_filter *code, size_t n)
{
	struct sock_fprog prog = { .len = n, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int attach_cut(int fd, __u32 len)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, len) };

	return attach(fd, code, ARRAY_SIZE(code));
}

TEST_F(ether_parts, filter__cuts_where_it_likes)
{
	static const struct toy_part part[] = {
		{ 0, 1000, 0 }, { 1000, 1000, 0 }, { 2000, 400, FRAME_EOM },
	};
	static const __u32 cut[] = { 1, 999, 1000, 1001, 1999, 2000, 2399 };
	struct toy_peer *p = &self->peer;
	size_t i;
	int flags;

	for (i = 0; i < ARRAY_SIZE(cut); i++) {
		ASSERT_OK(attach_cut(p->fd, cut[i]));
		ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
		EXPECT_EQ(cut[i], reads(p->fd, 0, &flags));
		EXPECT_TRUE(taps_have(self->tap, p, part, ARRAY_SIZE(part)));
		ASSERT_OK(close(p->fd));
		ASSERT_OK(toy_peer_call(p, PORT, self->listener));
	}
}

/* A message in parts comes by the same device as any other. */
TEST_F(ether_parts, filter__knows_the_device)
{
	static const struct toy_part part[] = {
		{ 0, 1000, FRAME_EOM },
		{ 1001, 1000, 0 }, { 2001, 1000, FRAME_EOM },
	};
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 SKF_AD_OFF + SKF_AD_IFINDEX),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 100000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct toy_peer *p = &self->peer;
	int flags;

	ASSERT_OK(toy_cable_enter(&self->cable, 1));
	code[1].k = if_nametoindex("toy1");
	ASSERT_OK(attach(p->fd, code, ARRAY_SIZE(code)));
	ASSERT_OK(toy_peer_say_parts(p, part, ARRAY_SIZE(part)));
	EXPECT_EQ(1000, reads(p->fd, 0, &flags));
	EXPECT_EQ(2000, reads(p->fd, 1001, &flags));
}

/* ----------------------------------------------------------------- faults */

/* All is sent, again if need be, until it is known to have arrived. */
static bool arrives(struct toy_peer *p, const struct toy_part *part, size_t n,
		    __u32 end)
{
	long long over = toy_now() + MS;

	p->acked = 0;
	do {
		if (toy_peer_say_parts(p, part, n))
			return false;
		while (p->acked != end && toy_peer_hear(p, 20))
			;
	} while (p->acked != end && toy_now() < over);
	return p->acked == end;
}

/*
 * One allocation fails of those that may not sleep, whoever makes it; then the
 * connection ends. Returns whether there was one.
 */
static bool expect_read(struct __test_metadata *_metadata, struct toy_peer *p,
			const struct toy_part *part, size_t n, bool fin,
			long bytes)
{
	__u32 end = 4002 + fin;
	int flags;
	bool fault;

	ASSERT_OK(toy_fault_after(bytes));
	EXPECT_TRUE(arrives(p, part, n, end));
	if (!fin)
		EXPECT_OK(toy_peer_say(p, end, 0, FRAME_RST));
	fault = toy_fault_over();
	EXPECT_EQ(fin ? 3000 : CUT, reads(p->fd, 0, &flags));
	EXPECT_EQ(1000, reads(p->fd, 3001, &flags));
	if (fin)
		EXPECT_EQ(0, toy_recv(p->fd, &flags, 1, 0, MS));
	if (!fin)
		EXPECT_ERR(ECONNRESET, toy_recv(p->fd, &flags, 1, 0, MS));
	return fault;
}

/* Each in turn, over a connection of its own; by FIN or by a reset. */
static void expect_all_read(struct __test_metadata *_metadata,
			    struct toy_peer *p, int listener,
			    const struct toy_part *part, size_t n, bool fin)
{
	long bytes = 0;
	bool fault;

	do {
		if (fin) {
			/* Then nothing keeps the connection after the FIN. */
			ASSERT_OK(shutdown(p->fd, SHUT_WR));
			ASSERT_EQ(FRAME_FIN | FRAME_ACK,
				  toy_peer_hear(p, MS) & ~FRAME_PSH);
			ASSERT_OK(toy_peer_say(p, 0, 0, FRAME_ACK));
		} else {
			ASSERT_OK(attach_cut(p->fd, CUT));
		}
		fault = expect_read(_metadata, p, part, n, fin, bytes);
		bytes += STEP;
		ASSERT_OK(close(p->fd));
		ASSERT_OK(toy_peer_call(p, PORT, listener));
	} while (fault);
	EXPECT_LT(8 * STEP, bytes);
}

/* The last part comes first, so that all the others are behind a hole. */
TEST_F(ether_parts, fault__what_was_acknowledged_is_read_before_the_end)
{
	static const struct toy_part part[] = {
		{ 3501, 500, FRAME_EOM | FRAME_FIN }, { 3001, 500, 0 },
		{ 2000, 1000, FRAME_EOM }, { 1000, 1000, 0 }, { 0, 1000, 0 },
	};

	if (toy_fault_prepare())
		SKIP(return, "this kernel cannot inject faults");
	expect_all_read(_metadata, &self->peer, self->listener, part,
			ARRAY_SIZE(part), true);
}

/* What a filter cuts it can cut without memory. */
TEST_F(ether_parts, fault__what_was_acknowledged_is_read_before_the_reset)
{
	static const struct toy_part part[] = {
		{ 3501, 500, FRAME_EOM }, { 2000, 1000, FRAME_EOM },
		{ 3001, 500, 0 }, { 1000, 1000, 0 }, { 0, 1000, 0 },
	};

	if (toy_fault_prepare())
		SKIP(return, "this kernel cannot inject faults");
	expect_all_read(_metadata, &self->peer, self->listener, part,
			ARRAY_SIZE(part), false);
}

TOY_TEST_MAIN

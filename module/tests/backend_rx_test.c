// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that come in: whose they are, and what is done with others.
 */
#include "../backend/calling.h"
#include "../core/accept.h"
#include "../core/port.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "fake.h"

FIXTURE(rx) {
	struct toy_ether *ether;
	struct toy_link *link;
	struct toy_frame seen;
};

FIXTURE_SETUP(rx)
{
	self->ether = toy_ether(&init_net);
	self->link = toy_fake_link(_metadata, 2);
}

FIXTURE_TEARDOWN(rx)
{
	toy_neigh_forget(self->ether, NULL);
}

static unsigned long dropped(int reason)
{
	return toy_stat_read(&init_net, TOY_STAT_DROPS + reason);
}

TEST_F(rx, identity__who_is_heard)
{
	static const struct {
		u32 src, dst;
		int reason;
	} cases[] = {
		{ 0, 2, TOY_DROP_MARTIAN },
		{ TOY_NODE_BROADCAST, 2, TOY_DROP_MARTIAN },
		{ TOY_NODE_LOOPBACK, 2, TOY_DROP_MARTIAN },
		{ 2, 2, TOY_DROP_DUPLICATE },
		{ 3, 4, TOY_DROP_NOT_OURS },
		{ 3, TOY_NODE_LOOPBACK, TOY_DROP_NOT_OURS },
		{ 3, 0, TOY_DROP_NOT_OURS },
		/* Nobody is at that port. */
		{ 3, 2, TOY_DROP_NO_PORT },
		{ 3, TOY_NODE_BROADCAST, TOY_DROP_NO_PORT },
	};
	unsigned long before;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct toy_frame frame = {
			.type = TOY_FRAME_DATAGRAM, .src = cases[i].src,
			.dst = cases[i].dst, .sport = 5, .dport = 6,
		};

		before = dropped(cases[i].reason);
		toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
		EXPECT_EQ(before + 1, dropped(cases[i].reason)) {
			TH_LOG("from %u to %u", cases[i].src, cases[i].dst);
		}
	}
	EXPECT_EQ(1, atomic_read(&self->link->duplicates));
	/* Only who sent to us alone is told that nobody is there. */
	kfree_skb(toy_fake_sent(self->link, &self->seen));
	EXPECT_EQ(TOY_FRAME_REFUSED, self->seen.type);
	EXPECT_EQ(6, self->seen.sport);
	EXPECT_EQ(5, self->seen.dport);
	toy_fake_silence(_metadata, self->link);
}

/* Our own, that came back. */
TEST_F(rx, identity__a_loop)
{
	struct toy_frame frame = {
		.type = TOY_FRAME_WHO_HAS, .src = 3, .dst = 2,
	};
	unsigned long before = dropped(TOY_DROP_LOOP);

	toy_fake_receive(_metadata, self->link, &frame,
			 toy_fake_dev(self->link)->dev_addr);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_LOOP));
	toy_fake_silence(_metadata, self->link);
}

static struct sock *receiver(struct __test_metadata *_metadata, u16 port)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_DGRAM);
	u32 holder;

	ASSERT_EQ(0, toy_port_bind(sk, 0, port, &holder));
	return sk;
}

TEST_F(rx, datagram__to_a_socket)
{
	struct sock *sk = receiver(_metadata, 80);
	struct toy_frame frame = {
		.type = TOY_FRAME_DATAGRAM, .src = 3, .dst = 2,
		.sport = 5, .dport = 80, .seg.len = 9,
	};
	unsigned long seen;
	struct sk_buff *skb;
	int off;

	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(9, toy_rxq_bytes(sk));
	skb = toy_rxq_take(sk, 0, &off, &seen);
	ASSERT_NE(NULL, skb);
	EXPECT_EQ(9, skb->len);
	EXPECT_EQ(toy_addr(3, 5).all, toy_buf_cb(skb)->from.all);
	EXPECT_FALSE(uid_valid(toy_buf_cb(skb)->uid));
	kfree_skb(skb);
	toy_fake_silence(_metadata, self->link);
}

TEST_F(rx, datagram__no_room)
{
	unsigned long before = dropped(TOY_DROP_FULL);
	struct sock *sk = receiver(_metadata, 80);
	struct toy_frame frame = {
		.type = TOY_FRAME_DATAGRAM, .src = 3, .dst = 2,
		.sport = 5, .dport = 80, .seg.len = 9,
	};

	sk->sk_rcvbuf = 1;
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_FULL));
	EXPECT_EQ(9, toy_rxq_bytes(sk));
	/* Full is not gone: nobody is told. */
	toy_fake_silence(_metadata, self->link);
}

TEST_F(rx, datagram__to_all)
{
	struct sock *a = toy_fake_sock(_metadata, SOCK_DGRAM);
	struct sock *b = toy_fake_sock(_metadata, SOCK_DGRAM);
	struct toy_frame frame = {
		.type = TOY_FRAME_DATAGRAM, .src = 3, .dst = TOY_NODE_BROADCAST,
		.sport = 5, .dport = 80, .seg.len = 9,
	};
	u32 holder;

	a->sk_reuse = 1;
	b->sk_reuse = 1;
	ASSERT_EQ(0, toy_port_bind(a, 0, 80, &holder));
	ASSERT_EQ(0, toy_port_bind(b, 2, 80, &holder));
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(9, toy_rxq_bytes(a));
	EXPECT_EQ(9, toy_rxq_bytes(b));
}

TEST_F(rx, refused__of_the_peer_alone)
{
	struct sock *sk = receiver(_metadata, 80);
	struct toy_frame frame = {
		.type = TOY_FRAME_REFUSED, .src = 3, .dst = 2,
		.sport = 5, .dport = 80,
	};

	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(0, sk->sk_err);
	toy_addr_set(&toy_sk(sk)->remote, toy_addr(3, 6));
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(0, sk->sk_err);
	toy_addr_set(&toy_sk(sk)->remote, toy_addr(3, 5));
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	EXPECT_EQ(ECONNREFUSED, sk->sk_err);
	sk->sk_err = 0;
}

/* ---- segment.c: strays ---- */

static void segment(struct __test_metadata *_metadata, struct rx_fixture *self,
		    u16 sport, const struct toy_segment *seg)
{
	struct toy_addr here = toy_addr(2, 80), there = toy_addr(3, sport);
	struct toy_frame frame = {
		.type = TOY_FRAME_STREAM, .src = 3, .dst = 2,
		.sport = sport, .dport = 80, .seg = *seg,
	};
	struct toy_pair *pair;

	/* A half-open call repeats what it said only when the test says so. */
	local_bh_disable();
	toy_fake_receive(_metadata, self->link, &frame, toy_fake_mac);
	pair = toy_pair_find(self->ether, TOY_FRAME_STREAM, &here, &there);
	if (pair && pair->kind == TOY_PAIR_CALL &&
	    timer_pending(&toy_calling(pair)->timer))
		mod_timer(&toy_calling(pair)->timer, jiffies + 3600 * HZ);
	if (pair)
		toy_pair_put(pair);
	local_bh_enable();
}

#define SEGMENT(sport, ...) \
	segment(_metadata, self, sport, &(struct toy_segment){ __VA_ARGS__ })

#define SYN(sport)							\
	SEGMENT(sport, .seq = 5000, .flags = TOY_FLAG_SYN, .wnd = 20000, \
		.has = TOY_HAS_MSS | TOY_HAS_SACK_OK, .mss = 1000)

/* The next thing sent; how many there are is for the caller to say. */
static const struct toy_segment *sent(struct rx_fixture *self)
{
	kfree_skb(toy_fake_sent(self->link, &self->seen));
	return &self->seen.seg;
}

TEST_F(rx, stray__is_reset)
{
	unsigned long before = dropped(TOY_DROP_CLOSED);

	SEGMENT(5, .seq = 10, .ack = 77, .flags = TOY_FLAG_ACK);
	EXPECT_EQ(TOY_FLAG_RST, sent(self)->flags);
	EXPECT_EQ(77, self->seen.seg.seq);
	EXPECT_EQ(80, self->seen.sport);
	EXPECT_EQ(5, self->seen.dport);
	/* A SYN for nobody, too. */
	SYN(5);
	EXPECT_EQ(TOY_FLAG_RST | TOY_FLAG_ACK, sent(self)->flags);
	EXPECT_EQ(5001, self->seen.seg.ack);
	EXPECT_EQ(before + 2, dropped(TOY_DROP_CLOSED));
	/* A reset is not answered. */
	SEGMENT(5, .seq = 10, .flags = TOY_FLAG_RST);
	toy_fake_silence(_metadata, self->link);
}

TEST_F(rx, segment_reason__of_each)
{
	static const struct {
		int drop, reason;
	} cases[] = {
		{ TOY_SEG_OK, TOY_DROP_CLOSED },
		{ TOY_SEG_SEQUENCE, TOY_DROP_SEQUENCE },
		{ TOY_SEG_ACK, TOY_DROP_ACK },
		{ TOY_SEG_STATE, TOY_DROP_STATE },
		{ TOY_SEG_CLOSED, TOY_DROP_CLOSED },
		{ TOY_SEG_WINDOW, TOY_DROP_WINDOW },
		{ TOY_SEG_MEMORY, TOY_DROP_MEMORY },
		{ TOY_SEG_MALFORMED, TOY_DROP_MALFORMED },
	};
	int i;

	EXPECT_EQ(TOY_SEG_DROPS, ARRAY_SIZE(cases));
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_EQ(cases[i].reason, toy_segment_reason(cases[i].drop));
}

/* ---- calling.c ---- */

static struct sock *listener(struct __test_metadata *_metadata, int backlog)
{
	struct sock *sk = toy_fake_sock(_metadata, SOCK_STREAM);
	u32 holder;

	sk->sk_max_ack_backlog = backlog;
	ASSERT_EQ(0, toy_port_bind(sk, 0, 80, &holder));
	ASSERT_EQ(0, toy_accept_open(sk));
	ASSERT_EQ(0, toy_port_listen(sk, &holder));
	return sk;
}

TEST_F(rx, call__is_answered)
{
	const struct toy_segment *seg;
	u32 iss;

	listener(_metadata, 5);
	SYN(5);
	seg = sent(self);
	EXPECT_EQ(TOY_FLAG_SYN | TOY_FLAG_ACK, seg->flags);
	EXPECT_EQ(5001, seg->ack);
	EXPECT_EQ(ETH_DATA_LEN - TOY_HEADER_SEGMENT, seg->mss);
	iss = seg->seq;
	EXPECT_EQ(1, self->ether->nr_calls);
	/* Once more: the same answer, no second call. */
	SYN(5);
	EXPECT_EQ(TOY_FLAG_SYN | TOY_FLAG_ACK, sent(self)->flags);
	EXPECT_EQ(iss, self->seen.seg.seq);
	EXPECT_EQ(1, self->ether->nr_calls);
	/* It was nothing. */
	SEGMENT(5, .seq = 5001, .flags = TOY_FLAG_RST);
	EXPECT_EQ(0, self->ether->nr_calls);
	toy_fake_silence(_metadata, self->link);
}

TEST_F(rx, call__from_another_station)
{
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x77 };
	struct toy_frame frame = {
		.type = TOY_FRAME_STREAM, .src = 3, .dst = 2, .sport = 5,
		.dport = 80, .seg = { .seq = 5001, .flags = TOY_FLAG_RST },
	};
	unsigned long before = dropped(TOY_DROP_MOVED);

	listener(_metadata, 5);
	SYN(5);
	toy_fake_flush(self->link);
	toy_fake_receive(_metadata, self->link, &frame, mac);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_MOVED));
	EXPECT_EQ(1, self->ether->nr_calls);
}

/* A socket is made of it when the last ACK comes, and not before. */
TEST_F(rx, call__completes)
{
	struct sock *sk = listener(_metadata, 5);
	u32 iss;

	SYN(5);
	iss = sent(self)->seq;
	EXPECT_EQ(0, sk->sk_ack_backlog);
	/* That acknowledges what was never said. */
	SEGMENT(5, .seq = 5001, .ack = iss + 2, .wnd = 20000,
		.flags = TOY_FLAG_ACK);
	EXPECT_EQ(TOY_FLAG_RST, sent(self)->flags);
	EXPECT_EQ(iss + 2, self->seen.seg.seq);
	EXPECT_EQ(0, sk->sk_ack_backlog);
	SEGMENT(5, .seq = 5001, .ack = iss + 1, .wnd = 20000,
		.flags = TOY_FLAG_ACK);
	EXPECT_EQ(1, sk->sk_ack_backlog);
	EXPECT_EQ(0, self->ether->nr_calls);
	/* Nobody accepts it: it is reset when the listener closes. */
	toy_fake_flush(self->link);
	toy_fake_release(sk);
	EXPECT_EQ(TOY_FLAG_RST, sent(self)->flags & TOY_FLAG_RST);
}

/* The backlog is full: the call stays as it is, and its peer repeats. */
TEST_F(rx, call__no_place)
{
	unsigned long before = dropped(TOY_DROP_BACKLOG);
	struct sock *sk = listener(_metadata, 0);
	u32 iss;

	SYN(5);
	iss = sent(self)->seq;
	SYN(6);
	toy_fake_flush(self->link);
	EXPECT_TRUE(toy_accept_reserve(sk));
	SEGMENT(5, .seq = 5001, .ack = iss + 1, .wnd = 20000,
		.flags = TOY_FLAG_ACK);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_BACKLOG));
	EXPECT_EQ(2, self->ether->nr_calls);
	SYN(7);
	EXPECT_EQ(before + 2, dropped(TOY_DROP_BACKLOG));
	toy_fake_silence(_metadata, self->link);
	toy_accept_cancel(sk);
	SEGMENT(5, .seq = 5001, .ack = iss + 1, .wnd = 20000,
		.flags = TOY_FLAG_ACK);
	EXPECT_EQ(1, sk->sk_ack_backlog);
	EXPECT_EQ(1, self->ether->nr_calls);
}

/* [L3]: one more than a port may have ends the oldest one. */
TEST_F(rx, call__too_many)
{
	unsigned long before = dropped(TOY_DROP_HALF_OPEN);
	struct toy_addr here = toy_addr(2, 80), there = toy_addr(3, 1);
	struct toy_pair *pair;
	int i;

	listener(_metadata, 5);
	for (i = 1; i <= 256; i++)
		SYN(i);
	EXPECT_EQ(256, self->ether->nr_calls);
	EXPECT_EQ(before, dropped(TOY_DROP_HALF_OPEN));
	SYN(257);
	EXPECT_EQ(256, self->ether->nr_calls);
	EXPECT_EQ(before + 1, dropped(TOY_DROP_HALF_OPEN));
	EXPECT_EQ(NULL, toy_pair_find(self->ether, TOY_FRAME_STREAM, &here,
				      &there));
	there.port = 2;
	pair = toy_pair_find(self->ether, TOY_FRAME_STREAM, &here, &there);
	EXPECT_NE(NULL, pair);
	if (pair)
		toy_pair_put(pair);
	toy_fake_flush(self->link);
}

/* ---- waiting.c ---- */

static struct toy_pair *wait_begin(struct __test_metadata *_metadata,
				   struct rx_fixture *self)
{
	struct toy_conn *conn = toy_test_zalloc(_metadata, sizeof(*conn));
	struct toy_addr here = toy_addr(2, 80), there = toy_addr(3, 5);
	struct toy_waiting *w;
	struct toy_pair *pair;

	/* Made of a call, which is as good as a connection for this. */
	listener(_metadata, 5);
	SYN(5);
	toy_fake_flush(self->link);
	pair = toy_pair_find(self->ether, TOY_FRAME_STREAM, &here, &there);
	ASSERT_NE(NULL, pair);
	conn->snd_nxt = 900;
	conn->snd_una = 900;
	conn->rcv_nxt = 5001;
	conn->rcv_edge = 6001;
	w = toy_waiting_make(pair, conn, toy_pair_now());
	ASSERT_NE(NULL, w);
	toy_waiting_begin(pair, w);
	toy_calling_end(pair);
	toy_pair_put(pair);
	pair = toy_pair_find(self->ether, TOY_FRAME_STREAM, &here, &there);
	ASSERT_NE(NULL, pair);
	return pair;
}

TEST_F(rx, waiting__answers_what_is_repeated)
{
	struct toy_pair *pair = wait_begin(_metadata, self);

	EXPECT_EQ(TOY_PAIR_WAIT, pair->kind);
	EXPECT_EQ(1, self->ether->nr_waiting);
	SEGMENT(5, .seq = 5000, .ack = 900, .flags = TOY_FLAG_FIN |
		TOY_FLAG_ACK);
	EXPECT_EQ(TOY_FLAG_ACK, sent(self)->flags);
	EXPECT_EQ(5001, self->seen.seg.ack);
	EXPECT_EQ(900, self->seen.seg.seq);
	toy_waiting_end(pair);
	EXPECT_EQ(0, self->ether->nr_waiting);
	/* Twice is once. */
	toy_waiting_end(pair);
	EXPECT_EQ(0, self->ether->nr_waiting);
	EXPECT_EQ(1, refcount_read(&pair->ref));
	toy_pair_put(pair);
}

/* [T2]: a new call of the same pair, while somebody listens. */
TEST_F(rx, waiting__is_taken_over)
{
	struct toy_pair *pair = wait_begin(_metadata, self);

	SEGMENT(5, .seq = 50000, .flags = TOY_FLAG_SYN, .wnd = 20000,
		.has = TOY_HAS_MSS, .mss = 1000);
	EXPECT_EQ(TOY_FLAG_SYN | TOY_FLAG_ACK, sent(self)->flags);
	EXPECT_EQ(50001, self->seen.seg.ack);
	EXPECT_EQ(0, self->ether->nr_waiting);
	EXPECT_EQ(1, self->ether->nr_calls);
	EXPECT_EQ(1, refcount_read(&pair->ref));
	toy_pair_put(pair);
}

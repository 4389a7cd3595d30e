// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open calls, TIME_WAIT, and segments for nobody: [C1] to [L3], [S1] to
 * [S4] of a call, [T1] to [T4], 'Reset'.
 */
#include "conn_test.h"

#include "../../module/proto/call.h"
#include "../../module/proto/stray.h"
#include "../../module/proto/wait.h"

#define SEG(...)	(&(struct toy_segment){ .wnd = WND, __VA_ARGS__ })

/* ---- strays ---- */

static u32 todo(enum toy_state state, const struct toy_segment *seg)
{
	return toy_machine_step(state, toy_stray_event(seg))->actions;
}

TEST(stray__no_connection)
{
	EXPECT_EQ(TOY_DO_NONE, todo(TOY_STATE_CLOSE, SEG(.flags = R)));
	EXPECT_EQ(TOY_DO_NONE, todo(TOY_STATE_CLOSE, SEG(.flags = R | A)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_CLOSE, SEG(.flags = S)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_CLOSE, SEG(.flags = S | A)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_CLOSE, SEG(.flags = A)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_CLOSE, SEG(.flags = A | F)));
}

TEST(stray__listener)
{
	EXPECT_EQ(TOY_DO_NONE, todo(TOY_STATE_LISTEN, SEG(.flags = R)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_LISTEN, SEG(.flags = A)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_LISTEN, SEG(.flags = S | A)));
	EXPECT_EQ(TOY_DO_SEND_RST, todo(TOY_STATE_LISTEN, SEG(.flags = A | F)));
	EXPECT_EQ(TOY_DO_NEW_CALL | TOY_DO_SEND_SYN_ACK,
		  todo(TOY_STATE_LISTEN, SEG(.flags = S)));
}

TEST(reset__numbers)
{
	struct toy_segment rst;

	toy_stray_reset(SEG(.seq = 10, .ack = 77, .flags = A, .len = 5), &rst);
	EXPECT_EQ(R, rst.flags);
	EXPECT_EQ(77, rst.seq);
	EXPECT_EQ(0, rst.ack);
	toy_stray_reset(SEG(.seq = 10, .flags = S), &rst);
	EXPECT_EQ(R | A, rst.flags);
	EXPECT_EQ(0, rst.seq);
	EXPECT_EQ(11, rst.ack);
	EXPECT_EQ(0, rst.has);
	EXPECT_EQ(0, rst.wnd);
}

/* ---- calls ---- */

static const struct toy_setup setup = {
	.iss = 9000, .buf = WND, .mss = MSS,
};

/* A call, its SYN ACK sent. */
static struct toy_call make_call(u64 now)
{
	struct toy_call call;

	toy_call_init(&call, SEG(.seq = 5000, .flags = S, .mss = 700,
				 .has = TOY_HAS_MSS | TOY_HAS_SACK_OK),
		      &setup, now);
	return call;
}

#define VERDICT(...)							\
	toy_call_input(&call, SEG(__VA_ARGS__), now, &drop)

TEST(call__syn_ack)
{
	struct toy_call call = make_call(START);
	struct toy_segment seg;

	toy_call_syn_ack(&call, &seg);
	EXPECT_EQ(9000, seg.seq);
	EXPECT_EQ(5001, seg.ack);
	EXPECT_EQ(S | A, seg.flags);
	EXPECT_EQ(WND, seg.wnd);
	EXPECT_EQ(TOY_HAS_MSS | TOY_HAS_SACK_OK, seg.has);
	EXPECT_EQ(MSS, seg.mss);
}

/* SACK is not offered to who did not offer it. */
TEST(call__syn_ack_without_sack)
{
	struct toy_segment seg;
	struct toy_call call;

	toy_call_init(&call, SEG(.seq = 5000, .flags = S), &setup, START);
	toy_call_syn_ack(&call, &seg);
	EXPECT_EQ(TOY_HAS_MSS, seg.has);
	EXPECT_EQ(536, call.peer_mss);
}

/* [R5]: 1, 2, 4, 8, 16, 32 s: six SYN ACK in 63 s. */
TEST(call__nobody_answers)
{
	struct toy_call call = make_call(START);
	u64 now = START;
	int i;

	EXPECT_EQ(TOY_VERDICT_DROP, toy_call_timer(&call, now));
	for (i = 0; i < 5; i++) {
		now = call.deadline;
		EXPECT_EQ(TOY_VERDICT_SYN_ACK, toy_call_timer(&call, now));
	}
	now = call.deadline;
	EXPECT_EQ(START + 63 * (u64)TOY_SEC, now);
	EXPECT_EQ(TOY_VERDICT_GONE, toy_call_timer(&call, now));
}

TEST(call__is_accepted)
{
	u64 now = START + 20 * TOY_MSEC;
	struct toy_call call = make_call(START);
	struct toy_result res;
	enum toy_seg_drop drop;
	struct toy_conn conn;

	ASSERT_EQ(TOY_VERDICT_ACCEPT,
		  VERDICT(.seq = 5001, .ack = 9001, .flags = A, .len = 3));
	toy_conn_accept(&conn, &call, &setup, now);
	EXPECT_EQ(TOY_STATE_SYN_RECV, conn.state);
	toy_conn_input(&conn, SEG(.seq = 5001, .ack = 9001, .flags = A,
				  .len = 3), 0, now, &res);
	EXPECT_EQ(TOY_TELL_CONNECTED | TOY_TELL_DATA | TOY_TELL_KEEP, res.tell);
	EXPECT_EQ(TOY_STATE_ESTABLISHED, conn.state);
	EXPECT_EQ(700, conn.mss);
	EXPECT_EQ(5004, conn.rcv_nxt);
	EXPECT_EQ(20 * TOY_MSEC, conn.rto.srtt8 >> 3);
	EXPECT_EQ(WND, conn.snd_wnd);
	EXPECT_TRUE(conn.flags & TOY_CONN_SACK);
}

/* [G1]: SYN ACK was lost. */
TEST(call__slow_start)
{
	u64 now = START + 2 * (u64)TOY_SEC;
	struct toy_call call = make_call(START);
	struct toy_result res;
	struct toy_conn conn;

	toy_call_timer(&call, now);
	toy_conn_accept(&conn, &call, &setup, now);
	toy_conn_input(&conn, SEG(.seq = 5001, .ack = 9001, .flags = A), 0,
		       now, &res);
	EXPECT_EQ(700, conn.cong.cwnd);
	EXPECT_EQ(3 * TOY_SEC, conn.rto.rto);
}

TEST(call__wrong_ack)
{
	struct toy_call call = make_call(START);
	enum toy_seg_drop drop;
	u64 now = START;

	EXPECT_EQ(TOY_VERDICT_RESET,
		  VERDICT(.seq = 5001, .ack = 9002, .flags = A));
	EXPECT_EQ(TOY_SEG_ACK, drop);
	EXPECT_EQ(TOY_VERDICT_RESET,
		  VERDICT(.seq = 5001, .ack = 9000, .flags = A));
}

TEST(call__rst)
{
	struct toy_call call = make_call(START);
	enum toy_seg_drop drop;
	u64 now = START;

	EXPECT_EQ(TOY_VERDICT_DROP, VERDICT(.seq = 5000, .flags = R));
	EXPECT_EQ(TOY_SEG_SEQUENCE, drop);
	EXPECT_EQ(TOY_VERDICT_ANSWER, VERDICT(.seq = 5002, .flags = R));
	EXPECT_EQ(TOY_VERDICT_DROP, VERDICT(.seq = 5002, .flags = R));
	EXPECT_EQ(TOY_VERDICT_GONE, VERDICT(.seq = 5001, .flags = R));
}

TEST(call__syn_again)
{
	struct toy_call call = make_call(START);
	enum toy_seg_drop drop;
	u64 now = START;

	EXPECT_EQ(TOY_VERDICT_SYN_ACK, VERDICT(.seq = 5000, .flags = S));
	EXPECT_EQ(TOY_VERDICT_DROP, VERDICT(.seq = 5000, .flags = S));
	now += 501 * TOY_MSEC;
	EXPECT_EQ(TOY_VERDICT_SYN_ACK, VERDICT(.seq = 1, .flags = S));
}

TEST(call__out_of_the_window)
{
	struct toy_call call = make_call(START);
	struct toy_segment seg;
	enum toy_seg_drop drop;
	u64 now = START;

	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  VERDICT(.seq = 4000, .ack = 9001, .flags = A, .len = 10));
	EXPECT_EQ(TOY_SEG_SEQUENCE, drop);
	toy_call_answer(&call, &seg);
	EXPECT_EQ(9001, seg.seq);
	EXPECT_EQ(5001, seg.ack);
	EXPECT_EQ(A, seg.flags);
	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  VERDICT(.seq = 5000, .ack = 9001, .flags = A));
	EXPECT_EQ(TOY_VERDICT_DROP,
		  VERDICT(.seq = 5000, .ack = 9001, .flags = A));
}

/* ---- TIME_WAIT ---- */

#define WAITS(listener, ...)						\
	toy_wait_input(&wait, SEG(__VA_ARGS__), listener, now, &drop)

static struct toy_wait make_wait(void)
{
	return (struct toy_wait){ .snd_nxt = 1002, .rcv_nxt = 5002,
				  .rcv_wnd = WND, .deadline = START };
}

TEST(wait__begins_from_a_connection)
{
	struct toy_conn conn = { .snd_nxt = 1002, .rcv_nxt = 5002,
				 .rcv_edge = 5002 + WND };
	struct toy_segment seg;
	struct toy_wait wait;

	toy_wait_begin(&wait, &conn, START);
	EXPECT_EQ(START + 60 * (u64)TOY_SEC, wait.deadline);
	toy_wait_answer(&wait, &seg);
	EXPECT_EQ(1002, seg.seq);
	EXPECT_EQ(5002, seg.ack);
	EXPECT_EQ(WND, seg.wnd);
	EXPECT_EQ(A, seg.flags);
	EXPECT_EQ(1002 + 65536, toy_wait_iss(&wait));
}

/* [T1] RFC 1337 */
TEST(wait__rst_changes_nothing)
{
	struct toy_wait wait = make_wait();
	enum toy_seg_drop drop;
	u64 now = START - 1;

	EXPECT_EQ(TOY_VERDICT_DROP, WAITS(true, .seq = 5002, .flags = R));
	EXPECT_EQ(TOY_SEG_CLOSED, drop);
	EXPECT_EQ(START, wait.deadline);
}

/* [T2] */
TEST(wait__is_taken_over)
{
	struct toy_wait wait = make_wait(), before = wait;
	enum toy_seg_drop drop;
	u64 now = START - 1;

	EXPECT_EQ(TOY_VERDICT_TAKE_OVER,
		  WAITS(true, .seq = 5003, .flags = S));
	/* The listener may think otherwise: all is as it was. */
	EXPECT_EQ(0, memcmp(&wait, &before, sizeof(wait)));
	EXPECT_EQ(TOY_VERDICT_ANSWER, WAITS(true, .seq = 5002, .flags = S));
	EXPECT_EQ(TOY_SEG_SEQUENCE, drop);
	EXPECT_EQ(TOY_VERDICT_DROP, WAITS(false, .seq = 5003, .flags = S));
	now += 501 * TOY_MSEC;
	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  WAITS(true, .seq = 5003, .ack = 1002, .flags = S | A));
}

/* [T3] */
TEST(wait__fin_again)
{
	struct toy_wait wait = make_wait();
	enum toy_seg_drop drop;
	u64 now = START - 1;

	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  WAITS(true, .seq = 5001, .ack = 1002, .flags = A | F));
	EXPECT_EQ(now + 60 * (u64)TOY_SEC, wait.deadline);
	/* Without a limit: each is a FIN whose ACK was lost. */
	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  WAITS(true, .seq = 4901, .ack = 1002, .flags = A | F,
			.len = 100));
}

/* [T4] */
TEST(wait__anything_else)
{
	struct toy_wait wait = make_wait();
	enum toy_seg_drop drop;
	u64 now = START - 1;

	EXPECT_EQ(TOY_VERDICT_DROP,
		  WAITS(true, .seq = 5002, .ack = 1002, .flags = A));
	EXPECT_EQ(TOY_SEG_STATE, drop);
	EXPECT_EQ(TOY_VERDICT_ANSWER,
		  WAITS(true, .seq = 4000, .ack = 1002, .flags = A));
	EXPECT_EQ(TOY_SEG_SEQUENCE, drop);
	EXPECT_EQ(TOY_VERDICT_DROP,
		  WAITS(true, .seq = 5002, .ack = 1002, .flags = A, .len = 9));
	EXPECT_EQ(START, wait.deadline);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames as bytes: the examples of Documentation/protocol/frames.md, and each
 * of its checks.
 */
#include "proto_test.h"

#include "../../module/proto/header.h"
#include "csum.h"

/* Bytes of a text like "5459 01"; returns how many. */
static u32 bytes(const char *text, u8 *to)
{
	unsigned int byte;
	u32 n = 0;
	int used;

	while (sscanf(text, " %2x%n", &byte, &used) == 1) {
		to[n++] = byte;
		text += used;
	}
	return n;
}

/* F1 to F9, the checksum among them. */
static enum toy_header_error check(const u8 *data, u32 len,
				   struct toy_frame *frame)
{
	enum toy_header_error error;

	error = toy_header_parse(data, len, len, frame);
	if (error)
		return error;
	if (csum(data, frame->size + frame->seg.len))
		return TOY_HEADER_CHECKSUM;
	return toy_header_check(data, frame);
}

static const char *const example[] = {
	"545901010000000200000003000000000000aaa0",
	"545901020000000300000002000000000000aa9f",
	"5459010300000002000000039c4000350005ca5168656c6c6f",
	"54590104000000030000000200359c4000000e28",
	"5459010500000002000000039c4000500000e6490000100000000000000100000b020000020405b804020101",
	"5459010600000002000000039c4000500002fc43000010010000900100010000095800006869",
};

TEST(example__is_read)
{
	struct toy_frame frame;
	u8 data[80];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(example); i++)
		EXPECT_EQ(TOY_HEADER_OK,
			  check(data, bytes(example[i], data), &frame));
}

TEST(example__datagram)
{
	struct toy_frame frame;
	u8 data[80];

	ASSERT_EQ(TOY_HEADER_OK, check(data, bytes(example[2], data), &frame));
	EXPECT_EQ(TOY_FRAME_DATAGRAM, frame.type);
	EXPECT_EQ(20, frame.size);
	EXPECT_EQ(2, frame.src);
	EXPECT_EQ(3, frame.dst);
	EXPECT_EQ(40000, frame.sport);
	EXPECT_EQ(53, frame.dport);
	EXPECT_EQ(5, frame.seg.len);
}

TEST(example__syn)
{
	struct toy_frame frame;
	u8 data[80];

	ASSERT_EQ(TOY_HEADER_OK, check(data, bytes(example[4], data), &frame));
	EXPECT_EQ(44, frame.size);
	EXPECT_EQ(0x1000, frame.seg.seq);
	EXPECT_EQ(TOY_FLAG_SYN, frame.seg.flags);
	EXPECT_EQ(65536, frame.seg.wnd);
	EXPECT_EQ(TOY_HAS_MSS | TOY_HAS_SACK_OK, frame.seg.has);
	EXPECT_EQ(1464, frame.seg.mss);
}

TEST(example__message)
{
	struct toy_frame frame;
	u8 data[80];

	ASSERT_EQ(TOY_HEADER_OK, check(data, bytes(example[5], data), &frame));
	EXPECT_EQ(TOY_FRAME_SEQPACKET, frame.type);
	EXPECT_EQ(36, frame.size);
	EXPECT_EQ(2, frame.seg.len);
	EXPECT_EQ(0x9001, frame.seg.ack);
	EXPECT_EQ(TOY_FLAG_PSH | TOY_FLAG_ACK | TOY_FLAG_EOM, frame.seg.flags);
}

/* What is built from what was read is what was read. */
TEST(example__is_built)
{
	struct toy_frame frame;
	u8 data[80], again[80];
	u32 len;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(example); i++) {
		len = bytes(example[i], data);
		ASSERT_EQ(TOY_HEADER_OK, check(data, len, &frame));
		memset(again, 0xaa, sizeof(again));
		toy_header_build(again, &frame);
		memcpy(again + frame.size, data + frame.size, frame.seg.len);
		csum_set(again, frame.size + frame.seg.len);
		EXPECT_EQ(0, memcmp(data, again, len)) {
			TH_LOG("example %zu", i);
		}
		EXPECT_EQ(0xaa, again[len]);
	}
}

TEST(parse__ends_before_each_byte)
{
	struct toy_frame frame;
	u8 data[80], *copy;
	u32 len, n;

	len = bytes(example[4], data);
	for (n = 0; n < len; n++) {
		/* Of its own, so that a sanitizer sees who reads behind it. */
		copy = malloc(n ? n : 1);
		memcpy(copy, data, n);
		EXPECT_EQ(n < 20 ? TOY_HEADER_SHORT : TOY_HEADER_LENGTH,
			  toy_header_parse(copy, n, n, &frame));
		free(copy);
	}
}

TEST(parse__padding_is_not_payload)
{
	struct toy_frame frame;
	u8 data[80] = { 0 };

	bytes(example[2], data);
	EXPECT_EQ(TOY_HEADER_OK, check(data, 60, &frame));
	EXPECT_EQ(5, frame.seg.len);
}

/* The frame is longer than what is readable: headers alone have to be. */
TEST(parse__payload_need_not_be_readable)
{
	struct toy_frame frame;
	u8 data[80];

	bytes(example[2], data);
	EXPECT_EQ(TOY_HEADER_OK, toy_header_parse(data, 20, 25, &frame));
	EXPECT_EQ(TOY_HEADER_LENGTH, toy_header_parse(data, 20, 24, &frame));
}

TEST(need__grows_until_the_header_is_there)
{
	u8 data[80];

	bytes(example[4], data);
	EXPECT_EQ(20, toy_header_need(data, 0));
	EXPECT_EQ(36, toy_header_need(data, 20));
	EXPECT_EQ(44, toy_header_need(data, 36));
	EXPECT_EQ(44, toy_header_need(data, 44));
	bytes(example[2], data);
	EXPECT_EQ(20, toy_header_need(data, 20));
}

/* One byte of an example changed, its checksum made right again. */
struct mutant {
	const char *what;
	int example;
	int at;
	u8 value;
	enum toy_header_error error;
};

static const struct mutant mutants[] = {
	{ "magic, first byte", 0, 0, 0x55, TOY_HEADER_MAGIC },
	{ "magic, second byte", 0, 1, 0x58, TOY_HEADER_MAGIC },
	{ "version 0", 0, 2, 0, TOY_HEADER_VERSION },
	{ "version 2", 0, 2, 2, TOY_HEADER_VERSION },
	{ "type 0", 0, 3, 0, TOY_HEADER_TYPE },
	{ "type 7", 0, 3, 7, TOY_HEADER_TYPE },
	{ "payload beyond the frame", 2, 17, 6, TOY_HEADER_LENGTH },
	{ "payload far beyond the frame", 2, 16, 0xff, TOY_HEADER_LENGTH },
	{ "header of 8 words", 4, 32, 8, TOY_HEADER_LENGTH },
	{ "header of 0 words", 4, 32, 0, TOY_HEADER_LENGTH },
	{ "header of 12 words in 11", 4, 32, 12, TOY_HEADER_LENGTH },
	{ "header of 16 words", 4, 32, 16, TOY_HEADER_LENGTH },
	{ "header of 255 words", 4, 32, 255, TOY_HEADER_LENGTH },
	{ "option of length 0", 4, 37, 0, TOY_HEADER_OPTION },
	{ "option of length 1", 4, 37, 1, TOY_HEADER_OPTION },
	{ "MSS of length 3", 4, 37, 3, TOY_HEADER_OPTION },
	{ "SACK permitted of length 3", 4, 41, 3, TOY_HEADER_OPTION },
	{ "option beyond the header", 4, 41, 5, TOY_HEADER_OPTION },
	{ "SACK of 5 bytes", 4, 40, 5, TOY_HEADER_OPTION },
	{ "kind at the very end", 4, 43, 9, TOY_HEADER_OPTION },
	{ "port in WHO_HAS", 0, 13, 1, TOY_HEADER_MALFORMED },
	{ "other port in I_AM", 1, 15, 1, TOY_HEADER_MALFORMED },
	{ "datagram to port 0", 2, 15, 0, TOY_HEADER_MALFORMED },
	{ "flags: none", 4, 33, 0, TOY_HEADER_FLAGS },
	{ "flags: PSH alone", 4, 33, 0x08, TOY_HEADER_FLAGS },
	{ "flags: SYN FIN", 4, 33, 0x03, TOY_HEADER_FLAGS },
	{ "flags: SYN RST", 4, 33, 0x06, TOY_HEADER_FLAGS },
	{ "flags: SYN URG", 4, 33, 0x22, TOY_HEADER_FLAGS },
	{ "flags: RST FIN", 4, 33, 0x05, TOY_HEADER_FLAGS },
	{ "flags: RST URG", 4, 33, 0x24, TOY_HEADER_FLAGS },
	{ "flags: stream with EOM", 4, 33, 0x50, TOY_HEADER_FLAGS },
	{ "flags: stream with EOM EOR", 4, 33, 0xd0, TOY_HEADER_FLAGS },
	{ "flags: stream with EOR", 4, 33, 0x90, TOY_HEADER_FLAGS },
	{ "flags: SYN with payload", 5, 33, 0x02, TOY_HEADER_FLAGS },
	{ "flags: RST with payload", 5, 33, 0x14, TOY_HEADER_FLAGS },
	{ "flags: EOR without EOM", 5, 33, 0x90, TOY_HEADER_FLAGS },
	{ "flags: seqpacket with URG", 5, 33, 0x70, TOY_HEADER_FLAGS },
	{ "flags: FIN within a message", 5, 33, 0x11, TOY_HEADER_FLAGS },
	{ "flags: FIN behind a message", 5, 33, 0x51, TOY_HEADER_OK },
	{ "flags: EOM EOR", 5, 33, 0xd0, TOY_HEADER_OK },
	{ "flags: part of a message", 5, 33, 0x10, TOY_HEADER_OK },
	{ "flags: RST", 4, 33, 0x04, TOY_HEADER_OK },
	{ "flags: RST ACK PSH", 4, 33, 0x1c, TOY_HEADER_OK },
	{ "flags: SYN ACK", 4, 33, 0x12, TOY_HEADER_OK },
	{ "flags: ACK URG FIN of a stream", 4, 33, 0x31, TOY_HEADER_OK },
	{ "unknown option", 4, 40, 200, TOY_HEADER_OK },
	{ "end of options", 4, 36, 0, TOY_HEADER_OK },
};

TEST(check__mutants)
{
	struct toy_frame frame;
	u8 data[80];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mutants); i++) {
		const struct mutant *m = &mutants[i];
		u32 len = bytes(example[m->example], data);

		data[m->at] = m->value;
		data[18] = 0;
		data[19] = 0;
		csum_set(data, len);
		EXPECT_EQ(m->error, check(data, len, &frame)) {
			TH_LOG("%s", m->what);
		}
	}
}

/* Payload where there is none: a frame longer than the example. */
TEST(check__payload_of_a_question)
{
	static const int which[] = { 0, 1, 3 };
	struct toy_frame frame;
	u8 data[80] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(which); i++) {
		bytes(example[which[i]], data);
		data[17] = 1;
		EXPECT_EQ(TOY_HEADER_OK,
			  toy_header_parse(data, 21, 21, &frame));
		EXPECT_EQ(TOY_HEADER_MALFORMED,
			  toy_header_check(data, &frame));
	}
}

TEST(check__every_single_bit_is_in_the_checksum)
{
	struct toy_frame frame;
	u8 data[80];
	u32 len, bit;

	len = bytes(example[5], data);
	for (bit = 0; bit < len * 8; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		EXPECT_NE(TOY_HEADER_OK, check(data, len, &frame));
		data[bit / 8] ^= 1 << bit % 8;
	}
}

TEST(option__out_of_place_is_skipped)
{
	struct toy_frame frame;
	u8 data[80];

	bytes(example[4], data);
	data[33] = TOY_FLAG_ACK;
	ASSERT_EQ(TOY_HEADER_OK, toy_header_parse(data, 44, 44, &frame));
	ASSERT_EQ(TOY_HEADER_OK, toy_header_check(data, &frame));
	EXPECT_EQ(0, frame.seg.has);
}

TEST(option__last_of_two_counts)
{
	static const u8 twice[8] = { 2, 4, 1, 0, 2, 4, 2, 0 };
	struct toy_frame frame;
	u8 data[80];

	bytes(example[4], data);
	memcpy(data + 36, twice, sizeof(twice));
	ASSERT_EQ(TOY_HEADER_OK, toy_header_parse(data, 44, 44, &frame));
	ASSERT_EQ(TOY_HEADER_OK, toy_header_check(data, &frame));
	EXPECT_EQ(0x200, frame.seg.mss);
}

/* All that a header can have, out and in. */
TEST(build__full_house)
{
	struct toy_frame frame = {
		.type = TOY_FRAME_SEQPACKET, .src = 0x01020304,
		.dst = 0xfffefdfc, .sport = 65535, .dport = 1,
		.seg = { .seq = 0xfffffff0, .ack = 0x80000000,
			 .wnd = 0x3fffffff,
			 .flags = TOY_FLAG_SYN | TOY_FLAG_ACK,
			 .has = TOY_HAS_MSS | TOY_HAS_MAXMSG | TOY_HAS_SACK_OK,
			 .mss = 65499, .maxmsg = 0x12345678 } };
	struct toy_frame seen;
	u8 data[TOY_HEADER_MAX];

	toy_header_build(data, &frame);
	EXPECT_EQ(48, frame.size);
	ASSERT_EQ(TOY_HEADER_OK, toy_header_parse(data, 48, 48, &seen));
	ASSERT_EQ(TOY_HEADER_OK, toy_header_check(data, &seen));
	EXPECT_EQ(frame.src, seen.src);
	EXPECT_EQ(frame.dst, seen.dst);
	EXPECT_EQ(frame.seg.seq, seen.seg.seq);
	EXPECT_EQ(frame.seg.ack, seen.seg.ack);
	EXPECT_EQ(frame.seg.wnd, seen.seg.wnd);
	EXPECT_EQ(frame.seg.has, seen.seg.has);
	EXPECT_EQ(65499, seen.seg.mss);
	EXPECT_EQ(0x12345678, seen.seg.maxmsg);
}

TEST(build__two_sack_blocks)
{
	struct toy_frame frame = {
		.type = TOY_FRAME_STREAM, .sport = 1, .dport = 2,
		.seg = { .flags = TOY_FLAG_ACK | TOY_FLAG_URG, .urg = 0x1234,
			 .sacks = 2,
			 .sack = { { 1, 2 }, { 0xffffffff, 3 } } } };
	struct toy_frame seen;
	u8 data[TOY_HEADER_MAX];

	toy_header_build(data, &frame);
	EXPECT_EQ(56, frame.size);
	ASSERT_EQ(TOY_HEADER_OK, toy_header_parse(data, 56, 56, &seen));
	ASSERT_EQ(TOY_HEADER_OK, toy_header_check(data, &seen));
	EXPECT_EQ(0x1234, seen.seg.urg);
	ASSERT_EQ(2, seen.seg.sacks);
	EXPECT_EQ(0xffffffff, seen.seg.sack[1].start);
	EXPECT_EQ(3, seen.seg.sack[1].end);
}

TEST_HARNESS_MAIN

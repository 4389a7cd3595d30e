// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames as bytes and as numbers.
 */
#include "header.h"

/* Offsets of what only segments have. */
#define TOY_AT_SEQ		20
#define TOY_AT_ACK		24
#define TOY_AT_WND		28
#define TOY_AT_SIZE		32
#define TOY_AT_FLAGS		33
#define TOY_AT_URG		34

#define TOY_OPT_END		0
#define TOY_OPT_NOP		1
#define TOY_OPT_MSS		2
#define TOY_OPT_MAXMSG		3
#define TOY_OPT_SACK_OK		4
#define TOY_OPT_SACK		5

/* Length of a SACK option with some blocks. */
#define TOY_SACK_SIZE(blocks)	(2 + 8 * (blocks))

static u16 toy_get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static u32 toy_get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void toy_put16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void toy_put32(u8 *p, u32 value)
{
	p[0] = value >> 24;
	p[1] = value >> 16;
	p[2] = value >> 8;
	p[3] = value;
}

/* ---- reading ---- */

/**
 * toy_header_need() - how much of a frame has to be readable to go on
 * @data:	the frame from its magic on
 * @have:	bytes that are readable there
 *
 * For buffers in pieces: have that much readable and ask again, until it is. A
 * frame that has less is parsed all the same, and found too short.
 *
 * Return: bytes; not more than @have: that is the header.
 */
u32 toy_header_need(const u8 *data, u32 have)
{
	u32 size;

	if (have < TOY_HEADER_BASE)
		return TOY_HEADER_BASE;
	if (!toy_frame_is_segment(data[3]))
		return TOY_HEADER_BASE;
	if (have < TOY_HEADER_SEGMENT)
		return TOY_HEADER_SEGMENT;
	size = data[TOY_AT_SIZE] * 4;
	return size <= TOY_HEADER_MAX ? max_t(u32, size, TOY_HEADER_SEGMENT) :
					TOY_HEADER_SEGMENT;
}

/* The numbers that only segments have; [F5] for their header. */
static enum toy_header_error
toy_header_segment(const u8 *data, u32 have, struct toy_frame *frame)
{
	struct toy_segment *seg = &frame->seg;
	u32 size;

	if (have < TOY_HEADER_SEGMENT)
		return TOY_HEADER_LENGTH;
	size = data[TOY_AT_SIZE] * 4;
	if (size < TOY_HEADER_SEGMENT || size > TOY_HEADER_MAX || size > have)
		return TOY_HEADER_LENGTH;
	frame->size = size;
	seg->seq = toy_get32(data + TOY_AT_SEQ);
	seg->ack = toy_get32(data + TOY_AT_ACK);
	seg->wnd = toy_get32(data + TOY_AT_WND);
	seg->flags = data[TOY_AT_FLAGS];
	seg->urg = toy_get16(data + TOY_AT_URG);
	return TOY_HEADER_OK;
}

/**
 * toy_header_parse() - read a frame's header: steps [F1] to [F5]
 * @data:	the frame from its magic on
 * @have:	bytes that are readable there, the whole header among them
 *		unless the frame ends before it
 * @len:	bytes of the frame, padding included
 * @frame:	set, but for options; undefined after an error
 *
 * toy_header_check() does the rest, once the caller has verified the checksum.
 *
 * Return: TOY_HEADER_OK, or the first check that failed.
 */
enum toy_header_error toy_header_parse(const u8 *data, u32 have, u32 len,
				       struct toy_frame *frame)
{
	enum toy_header_error error;

	if (have < TOY_HEADER_BASE)
		return TOY_HEADER_SHORT;
	if (toy_get16(data) != TOY_MAGIC)
		return TOY_HEADER_MAGIC;
	if (data[2] != TOY_VERSION)
		return TOY_HEADER_VERSION;
	frame->type = data[3];
	frame->size = TOY_HEADER_BASE;
	frame->src = toy_get32(data + 4);
	frame->dst = toy_get32(data + 8);
	frame->sport = toy_get16(data + 12);
	frame->dport = toy_get16(data + 14);
	frame->seg.len = toy_get16(data + 16);
	frame->seg.has = 0;
	frame->seg.sacks = 0;
	if (toy_frame_is_segment(frame->type)) {
		error = toy_header_segment(data, have, frame);
		if (error)
			return error;
	} else if (frame->type < TOY_FRAME_WHO_HAS ||
		   frame->type > TOY_FRAME_SEQPACKET) {
		return TOY_HEADER_TYPE;
	}
	if (len < frame->size || len - frame->size < frame->seg.len)
		return TOY_HEADER_LENGTH;
	return TOY_HEADER_OK;
}

/* One option of a known kind and length, where it is in its place. */
static void toy_option_take(const u8 *opt, struct toy_frame *frame)
{
	struct toy_segment *seg = &frame->seg;
	u32 i;

	if (opt[0] == TOY_OPT_SACK) {
		if (seg->flags & TOY_FLAG_SYN || !(seg->flags & TOY_FLAG_ACK))
			return;
		seg->sacks = opt[1] / 8;
		for (i = 0; i < seg->sacks; i++) {
			seg->sack[i].start = toy_get32(opt + 2 + 8 * i);
			seg->sack[i].end = toy_get32(opt + 6 + 8 * i);
		}
		return;
	}
	if (!(seg->flags & TOY_FLAG_SYN))
		return;
	if (opt[0] == TOY_OPT_MSS) {
		seg->has |= TOY_HAS_MSS;
		seg->mss = toy_get16(opt + 2);
	} else if (opt[0] == TOY_OPT_SACK_OK) {
		seg->has |= TOY_HAS_SACK_OK;
	} else if (opt[0] == TOY_OPT_MAXMSG &&
		   frame->type == TOY_FRAME_SEQPACKET) {
		seg->has |= TOY_HAS_MAXMSG;
		seg->maxmsg = toy_get32(opt + 2);
	}
}

/* Whether an option of this kind can have this length. */
static bool toy_option_fits(u8 kind, u8 len)
{
	switch (kind) {
	case TOY_OPT_MSS:
		return len == 4;
	case TOY_OPT_MAXMSG:
		return len == 6;
	case TOY_OPT_SACK_OK:
		return len == 2;
	case TOY_OPT_SACK:
		return len == TOY_SACK_SIZE(1) || len == TOY_SACK_SIZE(2);
	default:
		return len >= 2;
	}
}

/* [F7] */
static enum toy_header_error toy_options_read(const u8 *data,
					      struct toy_frame *frame)
{
	const u8 *opt = data + TOY_HEADER_SEGMENT;
	const u8 *end = data + frame->size;

	while (opt < end && opt[0] != TOY_OPT_END) {
		if (opt[0] == TOY_OPT_NOP) {
			opt++;
			continue;
		}
		if (end - opt < 2 || opt[1] > end - opt ||
		    !toy_option_fits(opt[0], opt[1]))
			return TOY_HEADER_OPTION;
		toy_option_take(opt, frame);
		opt += opt[1];
	}
	return TOY_HEADER_OK;
}

/* [F8], but for what most segments have: ACK, and of the others only PSH. */
static bool toy_flags_agree(const struct toy_frame *frame)
{
	const struct toy_segment *seg = &frame->seg;
	bool messages = frame->type == TOY_FRAME_SEQPACKET;
	u8 flags = seg->flags, alone = TOY_FLAG_FIN | TOY_FLAG_URG |
				       TOY_FLAG_EOM | TOY_FLAG_EOR;

	if (!(flags & (TOY_FLAG_SYN | TOY_FLAG_RST | TOY_FLAG_ACK)))
		return false;
	if (flags & TOY_FLAG_SYN &&
	    (flags & (alone | TOY_FLAG_RST) || seg->len))
		return false;
	if (flags & TOY_FLAG_RST && (flags & alone || seg->len))
		return false;
	if (flags & TOY_FLAG_EOR && !(flags & TOY_FLAG_EOM))
		return false;
	if (!messages)
		return !(flags & TOY_FLAG_EOM);
	if (flags & TOY_FLAG_FIN && seg->len && !(flags & TOY_FLAG_EOM))
		return false;
	return !(flags & TOY_FLAG_URG);
}

/* [F9] */
static bool toy_frame_malformed(const struct toy_frame *frame)
{
	bool question = frame->type == TOY_FRAME_WHO_HAS ||
			frame->type == TOY_FRAME_I_AM;

	if (question ? frame->sport || frame->dport :
		       !frame->sport || !frame->dport)
		return true;
	return frame->seg.len &&
	       (question || frame->type == TOY_FRAME_REFUSED);
}

/**
 * toy_header_check() - read the rest of a frame's header: steps [F7] to [F9]
 * @data:	the frame from its magic on
 * @frame:	as toy_header_parse() set it; options are added
 *
 * Return: TOY_HEADER_OK, or the first check that failed.
 */
enum toy_header_error toy_header_check(const u8 *data, struct toy_frame *frame)
{
	enum toy_header_error error;

	if (toy_frame_is_segment(frame->type)) {
		if (frame->size > TOY_HEADER_SEGMENT) {
			error = toy_options_read(data, frame);
			if (error)
				return error;
		}
		if ((frame->seg.flags & ~TOY_FLAG_PSH) != TOY_FLAG_ACK &&
		    !toy_flags_agree(frame))
			return TOY_HEADER_FLAGS;
	}
	if (toy_frame_malformed(frame))
		return TOY_HEADER_MALFORMED;
	return TOY_HEADER_OK;
}

/* ---- writing ---- */

/* Bytes of the options before they are padded. */
static u32 toy_options_len(const struct toy_segment *seg)
{
	u32 len = 0;

	if (seg->has & TOY_HAS_MSS)
		len += 4;
	if (seg->has & TOY_HAS_MAXMSG)
		len += 6;
	if (seg->has & TOY_HAS_SACK_OK)
		len += 2;
	if (seg->sacks)
		len += TOY_SACK_SIZE(seg->sacks);
	return len;
}

/**
 * toy_header_options() - how long the options of a segment are
 * @seg:	segment
 *
 * Return: bytes, padding included.
 */
u32 toy_header_options(const struct toy_segment *seg)
{
	if (likely(!seg->has && !seg->sacks))
		return 0;
	return (toy_options_len(seg) + 3) & ~3U;
}

static void toy_options_write(u8 *opt, const struct toy_segment *seg)
{
	u32 i, nops = -toy_options_len(seg) & 3;

	if (seg->has & TOY_HAS_MSS) {
		opt[0] = TOY_OPT_MSS;
		opt[1] = 4;
		toy_put16(opt + 2, seg->mss);
		opt += 4;
	}
	if (seg->has & TOY_HAS_SACK_OK) {
		opt[0] = TOY_OPT_SACK_OK;
		opt[1] = 2;
		opt += 2;
	}
	if (seg->has & TOY_HAS_MAXMSG) {
		opt[0] = TOY_OPT_MAXMSG;
		opt[1] = 6;
		toy_put32(opt + 2, seg->maxmsg);
		opt += 6;
	}
	if (seg->sacks) {
		opt[0] = TOY_OPT_SACK;
		opt[1] = TOY_SACK_SIZE(seg->sacks);
		for (i = 0; i < seg->sacks; i++) {
			toy_put32(opt + 2 + 8 * i, seg->sack[i].start);
			toy_put32(opt + 6 + 8 * i, seg->sack[i].end);
		}
		opt += opt[1];
	}
	while (nops--)
		*opt++ = TOY_OPT_NOP;
}

/**
 * toy_header_build() - write a frame's header
 * @data:	where to: room for TOY_HEADER_BASE, or for TOY_HEADER_SEGMENT
 *		and toy_header_options() of a segment
 * @frame:	what to write; @size is set, @seg.len is at most 65535
 *
 * The checksum is left 0.
 */
void toy_header_build(u8 *data, struct toy_frame *frame)
{
	const struct toy_segment *seg = &frame->seg;

	frame->size = TOY_HEADER_BASE;
	toy_put16(data, TOY_MAGIC);
	data[2] = TOY_VERSION;
	data[3] = frame->type;
	toy_put32(data + 4, frame->src);
	toy_put32(data + 8, frame->dst);
	toy_put16(data + 12, frame->sport);
	toy_put16(data + 14, frame->dport);
	toy_put16(data + 16, seg->len);
	toy_put16(data + TOY_HEADER_CSUM, 0);
	if (!toy_frame_is_segment(frame->type))
		return;
	frame->size = TOY_HEADER_SEGMENT + toy_header_options(seg);
	toy_put32(data + TOY_AT_SEQ, seg->seq);
	toy_put32(data + TOY_AT_ACK, seg->ack);
	toy_put32(data + TOY_AT_WND, seg->wnd);
	data[TOY_AT_SIZE] = frame->size / 4;
	data[TOY_AT_FLAGS] = seg->flags;
	toy_put16(data + TOY_AT_URG, seg->urg);
	if (unlikely(frame->size > TOY_HEADER_SEGMENT))
		toy_options_write(data + TOY_HEADER_SEGMENT, seg);
}

/**
 * toy_header_cut() - the header of a piece of a segment that was cut
 * @data:	header of the whole, of a STREAM or SEQPACKET without URG
 * @off:	where in the payload the piece begins
 * @len:	its length
 * @last:	it is the last one, with all that ends there
 *
 * The checksum is left 0.
 */
void toy_header_cut(u8 *data, u32 off, u16 len, bool last)
{
	toy_put16(data + 16, len);
	toy_put16(data + TOY_HEADER_CSUM, 0);
	toy_put32(data + TOY_AT_SEQ, toy_get32(data + TOY_AT_SEQ) + off);
	if (!last)
		data[TOY_AT_FLAGS] &= ~(TOY_FLAG_FIN | TOY_FLAG_PSH | TOY_FLAG_EOM |
			      TOY_FLAG_EOR);
}

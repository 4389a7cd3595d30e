/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames as bytes and as numbers. Documentation/protocol/frames.md has the
 * picture, and the steps [F...] of the checks.
 */
#ifndef _TOY_PROTO_HEADER_H
#define _TOY_PROTO_HEADER_H

#include "reass.h"

#define TOY_MAGIC		0x5459	/* "TY" */
#define TOY_VERSION		1

/* Bytes: what every frame has, what every segment has, what one may have. */
#define TOY_HEADER_BASE		20
#define TOY_HEADER_SEGMENT	36
#define TOY_HEADER_MAX		60

/* Where in the header the checksum is. */
#define TOY_HEADER_CSUM		18

/* Types of frames. */
#define TOY_FRAME_WHO_HAS	1
#define TOY_FRAME_I_AM		2
#define TOY_FRAME_DATAGRAM	3
#define TOY_FRAME_REFUSED	4
#define TOY_FRAME_STREAM	5
#define TOY_FRAME_SEQPACKET	6

/* Flags of a segment. */
#define TOY_FLAG_FIN		0x01
#define TOY_FLAG_SYN		0x02
#define TOY_FLAG_RST		0x04
#define TOY_FLAG_PSH		0x08
#define TOY_FLAG_ACK		0x10
#define TOY_FLAG_URG		0x20
#define TOY_FLAG_EOM		0x40	/* the end of a message is behind it */
#define TOY_FLAG_EOR		0x80	/* and the sender said MSG_EOR */

/* What else a segment has, in toy_segment.has. */
#define TOY_HAS_MSS		0x01
#define TOY_HAS_MAXMSG		0x02
#define TOY_HAS_SACK_OK		0x04

/**
 * struct toy_segment - a segment of a connection, as the engine knows it
 * @seq:	sequence number of the first byte, or of the SYN before it
 * @ack:	acknowledgment number, with TOY_FLAG_ACK
 * @wnd:	window, bytes
 * @len:	payload, bytes
 * @flags:	TOY_FLAG_*
 * @has:	TOY_HAS_*: the options that are there, but for SACK
 * @sacks:	blocks in @sack
 * @urg:	the urgent byte is at @seq plus this, with TOY_FLAG_URG
 * @mss:	most bytes behind the 36th that the sender takes
 * @maxmsg:	longest message that the sender takes
 * @sack:	blocks of the SACK option
 */
struct toy_segment {
	u32			seq;
	u32			ack;
	u32			wnd;
	u32			len;
	u8			flags;
	u8			has;
	u8			sacks;
	u16			urg;
	u16			mss;
	u32			maxmsg;
	struct toy_range	sack[TOY_SACK_BLOCKS];
};

/**
 * struct toy_frame - a frame as numbers, in host byte order
 * @src:	source node
 * @dst:	destination node
 * @sport:	source port
 * @dport:	destination port
 * @type:	TOY_FRAME_*
 * @size:	bytes of the header, behind which the payload begins
 * @seg:	@len: payload, of all types; the rest only of segments
 */
struct toy_frame {
	u32			src;
	u32			dst;
	u16			sport;
	u16			dport;
	u8			type;
	u8			size;
	struct toy_segment	seg;
};

/* Least that a connection works with: MSS, MAXMSG, also where none are told. */
#define TOY_MSS_MIN		128
#define TOY_MSS_DEFAULT		536
#define TOY_MAXMSG_MIN		4096

/**
 * enum toy_header_error - why a frame is none
 * @TOY_HEADER_OK:		it is one
 * @TOY_HEADER_SHORT:		[F1] less than the base header is there
 * @TOY_HEADER_MAGIC:		[F2] somebody else's experiment
 * @TOY_HEADER_VERSION:		[F3] another protocol
 * @TOY_HEADER_TYPE:		[F4] of no known type
 * @TOY_HEADER_LENGTH:		[F5] header or payload end beyond the frame
 * @TOY_HEADER_CHECKSUM:	[F6] for the caller, who knows the device
 * @TOY_HEADER_OPTION:		[F7] an option's length is wrong
 * @TOY_HEADER_FLAGS:		[F8] flags that do not go together
 * @TOY_HEADER_MALFORMED:	[F9] ports or a payload where there are none
 * @TOY_HEADER_ERRORS:		number of these
 */
enum toy_header_error {
	TOY_HEADER_OK,
	TOY_HEADER_SHORT,
	TOY_HEADER_MAGIC,
	TOY_HEADER_VERSION,
	TOY_HEADER_TYPE,
	TOY_HEADER_LENGTH,
	TOY_HEADER_CHECKSUM,
	TOY_HEADER_OPTION,
	TOY_HEADER_FLAGS,
	TOY_HEADER_MALFORMED,
	TOY_HEADER_ERRORS,
};

/* Whether frames of a type are segments of connections. */
static inline bool toy_frame_is_segment(u8 type)
{
	return type == TOY_FRAME_STREAM || type == TOY_FRAME_SEQPACKET;
}

u32 toy_header_need(const u8 *data, u32 have);
enum toy_header_error toy_header_parse(const u8 *data, u32 have, u32 len,
				       struct toy_frame *frame);
enum toy_header_error toy_header_check(const u8 *data, struct toy_frame *frame);
u32 toy_header_options(const struct toy_segment *seg);
void toy_header_build(u8 *data, struct toy_frame *frame);
void toy_header_cut(u8 *data, u32 off, u16 len, bool last);

#endif /* _TOY_PROTO_HEADER_H */

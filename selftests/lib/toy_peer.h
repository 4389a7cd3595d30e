/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: the peer of a seqpacket, whose segments are written by hand
 *
 * A stranger at end 0 of a cable, who calls a socket of end 1. Numbers count from
 * his first message; the value of a byte follows from its number. Nothing is sent
 * but what the test says.
 *
 * As toy_lib.h: helpers return what the system calls under them return.
 */
#ifndef TOY_PEER_H
#define TOY_PEER_H

#include "toy_frame.h"

/** TOY_PEER_NODE - his node and station */
#define TOY_PEER_NODE	9

/**
 * struct toy_part - a segment
 * @at:		number of its first byte
 * @len:	bytes
 * @flags:	FRAME_*; toy_peer_say_parts() adds FRAME_ACK
 */
struct toy_part {
	__u32 at;
	__u32 len;
	int flags;
};

/**
 * struct toy_peer - a connection as its peer has it
 * @wire:	AF_PACKET at end 0
 * @from:	his port
 * @to:		the listener's
 * @base:	sequence number of number 0
 * @ack:	the socket's next sequence number
 * @acked:	number up to which the socket has acknowledged
 * @fd:		the socket
 */
struct toy_peer {
	int wire;
	__u16 from;
	__u16 to;
	__u32 base;
	__u32 ack;
	__u32 acked;
	int fd;
};

/** toy_peer_byte() - the byte with this number */
__u8 toy_peer_byte(__u32 number);
/** toy_peer_frame() - a segment, as it goes over the wire */
struct toy_frame toy_peer_frame(const struct toy_peer *p,
				struct toy_part part);
/** toy_peer_say() - send one */
int toy_peer_say(const struct toy_peer *p, __u32 at, __u32 len, int flags);
/** toy_peer_say_parts() - send some */
int toy_peer_say_parts(const struct toy_peer *p, const struct toy_part *part,
		       size_t n);
/** toy_peer_hear() - the flags of the next segment; 0: none comes for @ms */
int toy_peer_hear(struct toy_peer *p, int ms);
/**
 * toy_peer_call() - another connection, from another port
 * @p:		with wire; the rest may be that of the last one
 * @port:	of @listener
 *
 * Returns: the socket that was accepted
 */
int toy_peer_call(struct toy_peer *p, __u16 port, int listener);

#endif /* TOY_PEER_H */

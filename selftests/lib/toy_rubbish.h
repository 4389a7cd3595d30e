/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: hostile frames by the thousand, for the selftests
 *
 * A gun holds frames that go out together, through one AF_PACKET socket. What
 * toy_rubbish() makes of a frame follows from its random number alone.
 */
#ifndef TOY_RUBBISH_H
#define TOY_RUBBISH_H

#include "toy_frame.h"

/** TOY_GUN_LOAD - frames that go out together */
#define TOY_GUN_LOAD	64

/**
 * struct toy_gun - frames that wait, and where they go
 * @fd:		AF_PACKET socket that receives nothing
 * @at:		the device
 * @frame:	the frames
 * @loaded:	how many of them
 * @shot:	how many went out so far
 */
struct toy_gun {
	int fd;
	struct toy_frame *frame;
	unsigned int loaded;
	unsigned long shot;
	unsigned char at[32];
};

/**
 * struct toy_victim - a connection, or an address, to shoot at
 * @type:	FRAME_STREAM, FRAME_SEQPACKET
 * @port:	the port that is shot at
 * @from:	port of ours
 * @seq:	number that is expected of us
 * @ack:	number that is expected next of it
 * @fd:		its socket, or -1
 */
struct toy_victim {
	int type;
	__u16 port;
	__u16 from;
	__u32 seq;
	__u32 ack;
	int fd;
};

/** toy_random() - the next number, by xorshift */
__u64 toy_random(__u64 *state);
/** toy_gun_open() - for the device of an end, where this thread then is */
int toy_gun_open(struct toy_gun *gun, const struct toy_cable *cable, int end);
/** toy_gun_next() - the frame to be written next; a full load goes out first */
struct toy_frame *toy_gun_next(struct toy_gun *gun);
/** toy_gun_fire() - all that waits goes out; -1: not all of it could */
int toy_gun_fire(struct toy_gun *gun);
/** toy_gun_close() - after toy_gun_fire() */
void toy_gun_close(struct toy_gun *gun);
/**
 * toy_rubbish() - a frame between nodes, near what a victim would take, or not
 * @from:	our node and station
 * @to:		the victim's
 */
void toy_rubbish(struct toy_frame *f, __u64 *random,
		 const struct toy_victim *victim, unsigned int from,
		 unsigned int to);

#endif /* TOY_RUBBISH_H */

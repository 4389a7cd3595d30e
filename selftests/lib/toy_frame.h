/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: frames written out by hand, for the selftests
 *
 * What Documentation/protocol/frames.md says, once more and by other means than
 * the module: a test puts bytes where the document has them. Offsets are the
 * document's, from the magic on.
 */
#ifndef TOY_FRAME_H
#define TOY_FRAME_H

#include "toy_cable.h"

/** TOY_FRAME_TYPE - the EtherType */
#define TOY_FRAME_TYPE	0x88b5

/* Types of frames. */
enum {
	FRAME_WHO_HAS	= 1,
	FRAME_I_AM	= 2,
	FRAME_DATAGRAM	= 3,
	FRAME_REFUSED	= 4,
	FRAME_STREAM	= 5,
	FRAME_SEQPACKET	= 6,
};

/* Flags of segments. */
enum {
	FRAME_FIN	= 0x01,
	FRAME_SYN	= 0x02,
	FRAME_RST	= 0x04,
	FRAME_PSH	= 0x08,
	FRAME_ACK	= 0x10,
	FRAME_URG	= 0x20,
	FRAME_EOM	= 0x40,
	FRAME_EOR	= 0x80,
};

/**
 * struct toy_frame - a frame
 * @eth:	Ethernet header
 * @at:		from the magic on
 * @len:	bytes there
 */
struct toy_frame {
	__u8 eth[14];
	__u8 at[9000];
	size_t len;
};

/**
 * toy_frame_mac() - a made-up station, 02:00:00:00:00:@n
 *
 * Those of toy_cable.h have the number of their node.
 */
void toy_frame_mac(__u8 mac[6], unsigned int n);
/** toy_frame_init() - Ethernet header between stations; no bytes follow */
void toy_frame_init(struct toy_frame *f, unsigned int from, unsigned int to);
/** toy_frame_put() - a big-endian number of @size bytes */
void toy_frame_put(struct toy_frame *f, size_t offset, size_t size,
		   __u32 value);
/** toy_frame_get() - the same, read */
__u32 toy_frame_get(const struct toy_frame *f, size_t offset, size_t size);
/** toy_frame_base() - the header that all types have, for this payload */
void toy_frame_base(struct toy_frame *f, int type, __u32 from, __u32 to,
		    __u16 from_port, __u16 to_port, __u16 payload);
/** toy_frame_segment() - the part that connections have; no options */
void toy_frame_segment(struct toy_frame *f, __u32 seq, __u32 ack, __u32 window,
		       int flags);
/** toy_frame_add() - bytes at the end */
void toy_frame_add(struct toy_frame *f, const void *bytes, size_t len);
/** toy_frame_sum() - the checksum of all that is there, put into its field */
void toy_frame_sum(struct toy_frame *f);
/** toy_frame_sum_right() - whether the checksum is right */
bool toy_frame_sum_right(const struct toy_frame *f);

/**
 * toy_frame_open() - an AF_PACKET socket on the device of an end
 *
 * It sees what comes in there, for whichever station it is, and nothing that was
 * sent through it.
 */
int toy_frame_open(const struct toy_cable *cable, int end);
/** toy_frame_send() - send a frame as it is */
int toy_frame_send(int fd, const struct toy_frame *f);
/**
 * toy_frame_recv() - the next frame of this type for this station
 * @station:	number of its Ethernet address, -1 for any
 * @type:	0 for any
 * @ms:		how long to wait for it
 *
 * Returns: 0; -1 and ETIMEDOUT
 */
int toy_frame_recv(int fd, struct toy_frame *f, int station, int type, int ms);

#endif /* TOY_FRAME_H */

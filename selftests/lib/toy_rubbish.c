// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile frames: near to right ones, and far.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "toy_rubbish.h"

__u64 toy_random(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static __u32 below(__u64 *random, __u32 n)
{
	return (toy_random(random) >> 16) % n;
}

/* -------------------------------------------------------------------- gun */

int toy_gun_open(struct toy_gun *gun, const struct toy_cable *cable, int end)
{
	const char name[] = { 't', 'o', 'y', '0' + end, '\0' };
	struct sockaddr_ll at = { .sll_family = AF_PACKET };

	memset(gun, 0, sizeof(*gun));
	if (toy_cable_enter(cable, end))
		return -1;
	at.sll_ifindex = if_nametoindex(name);
	memcpy(gun->at, &at, sizeof(at));
	gun->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	gun->frame = calloc(TOY_GUN_LOAD, sizeof(*gun->frame));
	return gun->fd < 0 || !gun->frame ? -1 : 0;
}

int toy_gun_fire(struct toy_gun *gun)
{
	struct mmsghdr msg[TOY_GUN_LOAD] = {};
	struct iovec iov[TOY_GUN_LOAD];
	unsigned int i, gone = 0;
	int n;

	for (i = 0; i < gun->loaded; i++) {
		iov[i].iov_base = &gun->frame[i];
		iov[i].iov_len = sizeof(gun->frame[i].eth) + gun->frame[i].len;
		msg[i].msg_hdr.msg_name = gun->at;
		msg[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_ll);
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (gone < gun->loaded) {
		n = sendmmsg(gun->fd, msg + gone, gun->loaded - gone, 0);
		if (n <= 0)
			return -1;
		gone += n;
	}
	gun->shot += gone;
	gun->loaded = 0;
	return 0;
}

struct toy_frame *toy_gun_next(struct toy_gun *gun)
{
	if (gun->loaded == TOY_GUN_LOAD && toy_gun_fire(gun))
		abort();
	return &gun->frame[gun->loaded++];
}

void toy_gun_close(struct toy_gun *gun)
{
	free(gun->frame);
	toy_close(&gun->fd);
}

/* ---------------------------------------------------------------- rubbish */

/* Near a number, at an edge, or anywhere */
static __u32 near(__u64 *random, __u32 number)
{
	switch (below(random, 8)) {
	case 0:
		return number - below(random, 100);
	case 1:
		return number + below(random, 3000);
	case 2:
		return number + 65000 + below(random, 100000);
	case 3:
		return toy_random(random);
	case 4:
		return number + 0x7ffffff0 + below(random, 32);
	default:
		return number;
	}
}

static void options(struct toy_frame *f, __u64 *random)
{
	static const __u8 kinds[][10] = {
		{ 2, 4, 5, 180 }, { 3, 6, 0, 0, 32, 0 }, { 4, 2, 1, 1 },
		{ 5, 10, 0, 0, 0, 1, 0, 0, 0, 9 }, { 2, 0 }, { 5, 1 },
		{ 5, 255 }, { 77, 3, 1 }, { 77, 0 }, { 1, 1, 1, 0 },
	};
	unsigned int words = below(random, 7), i;
	__u8 bytes[24];

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = below(random, 2) ? 1 : toy_random(random);
	for (i = 0; i + 10 <= words * 4; i += 10)
		memcpy(bytes + i, kinds[below(random, 10)], 10);
	toy_frame_add(f, bytes, words * 4);
	toy_frame_put(f, 32, 1, 9 + words);
}

static void segment(struct toy_frame *f, __u64 *random,
		    const struct toy_victim *victim)
{
	static const __u8 flags[] = {
		FRAME_SYN, FRAME_SYN | FRAME_ACK, FRAME_ACK, FRAME_ACK,
		FRAME_ACK | FRAME_PSH, FRAME_ACK | FRAME_FIN,
		FRAME_RST, FRAME_RST | FRAME_ACK, FRAME_ACK | FRAME_URG,
		FRAME_ACK | FRAME_EOM, FRAME_ACK | FRAME_EOM | FRAME_EOR,
		FRAME_ACK | FRAME_FIN | FRAME_EOM,
	};
	static const __u32 windows[] = { 0, 1, 100, 65536, 1 << 30, ~0U };

	toy_frame_segment(f, near(random, victim->seq),
			  near(random, victim->ack),
			  windows[below(random, 6)],
			  below(random, 8) ? flags[below(random, 12)] :
			  (int)below(random, 256));
	if (f->at[33] & FRAME_URG)
		toy_frame_put(f, 34, 2, below(random, 65536));
	if (!below(random, 4))
		options(f, random);
}

static void payload(struct toy_frame *f, __u64 *random)
{
	static const __u8 bytes[1500] = "rubbish";
	unsigned int len = 0;

	if (below(random, 2))
		len = below(random, below(random, 4) ? 64 : 1440);
	toy_frame_add(f, bytes, len);
	toy_frame_put(f, 16, 2, len);
}

/* One of the ways in which a frame may be wrong. Whether its sum is right */
static bool spoil(struct toy_frame *f, __u64 *random)
{
	unsigned int i;

	switch (below(random, 20)) {
	case 0:
		for (i = below(random, 8) + 1; i; i--)
			f->at[below(random, f->len)] = toy_random(random);
		break;
	case 1:
		f->len = below(random, f->len);
		break;
	case 2:
		toy_frame_put(f, 16, 2, toy_random(random) & 0xffff);
		break;
	case 3:
		toy_frame_put(f, 32, 1, toy_random(random) & 0xff);
		break;
	case 4:
		toy_frame_put(f, below(random, 4), 1, below(random, 8));
		break;
	case 5:
		toy_frame_put(f, 4 + 4 * below(random, 2), 4,
			      below(random, 6) - 1);
		break;
	case 6:
		toy_frame_put(f, 12 + 2 * below(random, 2), 2, 0);
		break;
	case 7:
		for (i = 2; i < f->len; i++)
			f->at[i] = toy_random(random);
		break;
	case 8:
		memset(f->eth, 0xff, 6);
		break;
	case 9:
		return false;
	}
	return true;
}

void toy_rubbish(struct toy_frame *f, __u64 *random,
		 const struct toy_victim *victim, unsigned int from,
		 unsigned int to)
{
	int type = below(random, 10) ? victim->type : (int)below(random, 6) + 1;
	__u16 port = victim->port, mine = victim->from;

	if (!below(random, 8))
		port = below(random, 65536);
	if (type < FRAME_DATAGRAM) {
		port = 0;
		mine = 0;
	}
	toy_frame_init(f, from, to);
	toy_frame_base(f, type, from, to, mine, port, 0);
	if (type >= FRAME_STREAM)
		segment(f, random, victim);
	if (type == FRAME_DATAGRAM || type >= FRAME_STREAM)
		payload(f, random);
	if (spoil(f, random) && f->len >= 20)
		toy_frame_sum(f);
}

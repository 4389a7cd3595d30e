// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames written out by hand.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "toy_frame.h"

void toy_frame_mac(__u8 mac[6], unsigned int n)
{
	memset(mac, 0, 6);
	mac[0] = 0x02;
	mac[5] = n;
}

void toy_frame_init(struct toy_frame *f, unsigned int from, unsigned int to)
{
	memset(f, 0, sizeof(*f));
	toy_frame_mac(f->eth, to);
	toy_frame_mac(f->eth + 6, from);
	f->eth[12] = TOY_FRAME_TYPE >> 8;
	f->eth[13] = TOY_FRAME_TYPE & 0xff;
}

void toy_frame_put(struct toy_frame *f, size_t offset, size_t size,
		   __u32 value)
{
	while (size--) {
		f->at[offset + size] = value & 0xff;
		value >>= 8;
	}
}

__u32 toy_frame_get(const struct toy_frame *f, size_t offset, size_t size)
{
	__u32 value = 0;
	size_t i;

	for (i = 0; i < size; i++)
		value = value << 8 | f->at[offset + i];
	return value;
}

void toy_frame_base(struct toy_frame *f, int type, __u32 from, __u32 to,
		    __u16 from_port, __u16 to_port, __u16 payload)
{
	toy_frame_put(f, 0, 2, 0x5459);
	toy_frame_put(f, 2, 1, 1);
	toy_frame_put(f, 3, 1, type);
	toy_frame_put(f, 4, 4, from);
	toy_frame_put(f, 8, 4, to);
	toy_frame_put(f, 12, 2, from_port);
	toy_frame_put(f, 14, 2, to_port);
	toy_frame_put(f, 16, 2, payload);
	f->len = 20;
}

void toy_frame_segment(struct toy_frame *f, __u32 seq, __u32 ack, __u32 window,
		       int flags)
{
	toy_frame_put(f, 20, 4, seq);
	toy_frame_put(f, 24, 4, ack);
	toy_frame_put(f, 28, 4, window);
	toy_frame_put(f, 32, 1, 9);
	toy_frame_put(f, 33, 1, flags);
	toy_frame_put(f, 34, 2, 0);
	f->len = 36;
}

void toy_frame_add(struct toy_frame *f, const void *bytes, size_t len)
{
	memcpy(f->at + f->len, bytes, len);
	f->len += len;
}

/* The ones' complement sum of 16-bit words, a byte 0 behind an odd one. */
static __u16 sum(const __u8 *at, size_t len)
{
	__u32 total = 0;
	size_t i;

	for (i = 0; i < len; i++)
		total += i & 1 ? at[i] : at[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

void toy_frame_sum(struct toy_frame *f)
{
	toy_frame_put(f, 18, 2, 0);
	toy_frame_put(f, 18, 2, (__u16)~sum(f->at, f->len));
}

bool toy_frame_sum_right(const struct toy_frame *f)
{
	return sum(f->at, f->len) == 0xffff;
}

int toy_frame_open(const struct toy_cable *cable, int end)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TOY_FRAME_TYPE),
	};
	const char name[] = { 't', 'o', 'y', '0' + end, '\0' };
	int fd;

	if (toy_cable_enter(cable, end))
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	at.sll_ifindex = if_nametoindex(name);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)))
		toy_close(&fd);
	return fd;
}

int toy_frame_send(int fd, const struct toy_frame *f)
{
	__u8 bytes[sizeof(f->eth) + sizeof(f->at)];
	size_t len = sizeof(f->eth) + f->len;

	memcpy(bytes, f->eth, sizeof(f->eth));
	memcpy(bytes + sizeof(f->eth), f->at, f->len);
	return send(fd, bytes, len, 0) == (ssize_t)len ? 0 : -1;
}

/* One frame that came in; 0: another one. */
static int take(int fd, struct toy_frame *f, int station, int type)
{
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	__u8 bytes[sizeof(f->eth) + sizeof(f->at)], mac[6];
	ssize_t len;

	len = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
		       (struct sockaddr *)&from, &size);
	if (len < (ssize_t)sizeof(f->eth))
		return len < 0 ? -1 : 0;
	memset(f, 0, sizeof(*f));
	memcpy(f->eth, bytes, sizeof(f->eth));
	f->len = len - sizeof(f->eth);
	memcpy(f->at, bytes + sizeof(f->eth), f->len);
	toy_frame_mac(mac, station);
	if (from.sll_pkttype == PACKET_OUTGOING ||
	    (station >= 0 && memcmp(f->eth, mac, sizeof(mac))) ||
	    (type && f->at[3] != type))
		return 0;
	return 1;
}

int toy_frame_recv(int fd, struct toy_frame *f, int station, int type, int ms)
{
	long long over = toy_now() + ms;
	int got;

	for (;;) {
		got = take(fd, f, station, type);
		if (got > 0)
			return 0;
		if (!got)
			continue;
		if (toy_now() >= over)
			break;
		toy_poll(fd, POLLIN, 10);
	}
	errno = ETIMEDOUT;
	return -1;
}

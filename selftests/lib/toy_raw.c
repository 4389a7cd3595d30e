// SPDX-License-Identifier: GPL-2.0-only
/*
 * A raw socket through files.
 */
#include "toy_raw.h"

int toy_raw_make(struct toy_raw *raw)
{
	int i;

	if (toy_cable_make(&raw->cable))
		return -1;
	raw->name = toy_cable_name(TOY_DGRAM, 1, TOY_RAW_PORT);
	for (i = 0; i < 2; i++) {
		raw->fd[i] = toy_cable_bound(&raw->cable, i, TOY_DGRAM,
					     TOY_RAW_PORT);
		if (raw->fd[i] < 0)
			return -1;
	}
	/* They know each other: no questions in what is heard from here on. */
	if (toy_raw_arrive(raw, 'a') || toyfs_private(NULL) ||
	    toyfs_new(TOY_RAW, &raw->end))
		return -1;
	return toyfs_data(&raw->end, O_RDWR);
}

/* Its own socket gets it after the raw ones did. */
int toy_raw_arrive(struct toy_raw *raw, char c)
{
	char got;

	if (toy_sendto(raw->fd[0], &c, 1, 0, &raw->name) != 1 ||
	    toy_recv(raw->fd[1], &got, 1, 0, TOY_RAW_MS) != 1)
		return -1;
	return got == c ? 0 : -1;
}

int toy_raw_hear(int data, struct toy_frame *f)
{
	ssize_t n;

	memset(f, 0, sizeof(*f));
	if (!(toy_poll(data, POLLIN, TOY_RAW_MS) & POLLIN))
		return -1;
	n = read(data, f->at, sizeof(f->at));
	if (n < 0)
		return -1;
	f->len = n;
	return 0;
}

bool toy_raw_silent(int data)
{
	return !(toy_poll(data, POLLIN, 0) & POLLIN);
}

struct toy_frame toy_raw_datagram(__u32 to, char c)
{
	struct toy_frame f;

	toy_frame_init(&f, 3, 2);
	toy_frame_base(&f, FRAME_DATAGRAM, 3, to, TOY_RAW_PORT, TOY_RAW_PORT,
		       1);
	toy_frame_add(&f, &c, 1);
	return f;
}

int toy_raw_say(int data, const struct toy_frame *f)
{
	return write(data, f->at, f->len) == (ssize_t)f->len ? 0 : -1;
}

bool toy_raw_err(const struct toy_raw *raw, const char *want)
{
	return toyfs_begins(&raw->end, "err", want);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * For libFuzzer: bytes as a frame.
 */
#include <stdlib.h>
#include <string.h>

#include "../../module/proto/header.h"
#include "csum.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* What was accepted, built once more and read once more, is the same. */
static void check_again(const struct toy_frame *f)
{
	struct toy_frame again = *f, seen;
	u8 data[TOY_HEADER_MAX];

	/* Options that only a foreign peer would put together. */
	if (toy_header_options(&f->seg) > 24)
		return;
	toy_header_build(data, &again);
	if (toy_header_parse(data, again.size, again.size + f->seg.len,
			     &seen) || toy_header_check(data, &seen))
		abort();
	if (seen.type != f->type || seen.src != f->src || seen.dst != f->dst ||
	    seen.sport != f->sport || seen.dport != f->dport ||
	    seen.seg.len != f->seg.len)
		abort();
	if (!toy_frame_is_segment(f->type))
		return;
	if (seen.seg.seq != f->seg.seq || seen.seg.ack != f->seg.ack ||
	    seen.seg.wnd != f->seg.wnd || seen.seg.flags != f->seg.flags ||
	    seen.seg.has != f->seg.has || seen.seg.sacks != f->seg.sacks)
		abort();
}

/* As a driver hands it over: as much readable as is asked for, no byte more. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 have = 0, need;
	struct toy_frame f;
	u8 *copy;

	for (;;) {
		need = toy_header_need(data, have);
		if (need <= have || have == size)
			break;
		have = need < size ? need : size;
	}
	copy = malloc(have ? have : 1);
	if (!copy)
		abort();
	memcpy(copy, data, have);
	if (!toy_header_parse(copy, have, size, &f)) {
		if (f.size > have || f.size + f.seg.len > size)
			abort();
		csum(data, f.size + f.seg.len);
		if (!toy_header_check(copy, &f))
			check_again(&f);
	}
	free(copy);
	return 0;
}

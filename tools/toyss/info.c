// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of struct toy_info by name. Names are those of ss(8) where it
 * has one for the thing.
 */
#include "array.h"
#include "info.h"

static const char *const drop_names[TOY_DROPS] = {
	[TOY_DROP_FILTER] = "drop_filter",
};

static size_t add(struct info_item *items, size_t n, const char *name,
		  uint64_t value, int micro)
{
	items[n] = (struct info_item) { name, value, micro };
	return n + 1;
}

static size_t add_drops(const struct toy_info *info, struct info_item *items,
			size_t n)
{
	uint64_t other = 0;
	size_t i;

	for (i = 0; i < TOY_DROPS; i++) {
		if (drop_names[i])
			n = add(items, n, drop_names[i], info->toyi_drops[i],
				0);
		else
			other += info->toyi_drops[i];
	}
	return add(items, n, "drop_other", other, 0);
}

size_t info_items(const struct toy_info *info,
		  struct info_item items[INFO_ITEMS])
{
	size_t n = 0;

	n = add(items, n, "rto", info->toyi_rto, 1);
	n = add(items, n, "rtt", info->toyi_rtt, 1);
	n = add(items, n, "rttvar", info->toyi_rttvar, 1);
	n = add(items, n, "mss", info->toyi_mss, 0);
	n = add(items, n, "max_message", info->toyi_max_message, 0);
	n = add(items, n, "cwnd", info->toyi_snd_cwnd, 0);
	n = add(items, n, "ssthresh", info->toyi_snd_ssthresh, 0);
	n = add(items, n, "backoff", info->toyi_retransmits, 0);
	n = add(items, n, "retrans", info->toyi_total_retrans, 0);
	n = add(items, n, "bytes_sent", info->toyi_bytes_out, 0);
	n = add(items, n, "bytes_received", info->toyi_bytes_in, 0);
	n = add(items, n, "segs_out", info->toyi_segs_out, 0);
	n = add(items, n, "segs_in", info->toyi_segs_in, 0);
	return add_drops(info, items, n);
}

int info_histogram(const struct toy_info *info, size_t n,
		   struct info_histogram *histogram)
{
	const struct info_histogram all[] = {
		{ "queue_delay", info->toyi_queue_delay },
		{ "accept_wait", info->toyi_accept_wait },
	};

	if (n >= ARRAY_SIZE(all))
		return 0;
	*histogram = all[n];
	return 1;
}

int info_histogram_used(const struct info_histogram *histogram)
{
	int i;

	for (i = 0; i < TOY_HISTOGRAM; i++) {
		if (histogram->classes[i])
			return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of struct toy_info, each a name and a number.
 */
#ifndef TOYSS_INFO_H
#define TOYSS_INFO_H

#include <stddef.h>
#include <stdint.h>
#include <linux/toy.h>

/**
 * struct info_item - a counter
 * @name:	of it
 * @value:	of it
 * @micro:	@value is in us; ss(8) has such in ms, with a fraction
 */
struct info_item {
	const char *name;
	uint64_t value;
	int micro;
};

/* INFO_ITEMS - room for all of them */
#define INFO_ITEMS 32

/**
 * info_items() - all counters
 * @info:	where from
 * @items:	gets them
 *
 * Return: how many.
 */
size_t info_items(const struct toy_info *info,
		  struct info_item items[INFO_ITEMS]);

/**
 * struct info_histogram - how often something took how long
 * @name:	of it
 * @classes:	TOY_HISTOGRAM numbers; n counts up to 2^n us
 */
struct info_histogram {
	const char *name;
	const uint32_t *classes;
};

/**
 * info_histogram() - the histograms, also empty ones
 * @info:	where from
 * @n:		which, from 0
 * @histogram:	gets it
 *
 * Return: 1; 0: there is no such.
 */
int info_histogram(const struct toy_info *info, size_t n,
		   struct info_histogram *histogram);

/** info_histogram_used() - whether something was counted */
int info_histogram_used(const struct info_histogram *histogram);

#endif /* TOYSS_INFO_H */

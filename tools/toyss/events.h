/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens from now on.
 */
#ifndef TOYSS_EVENTS_H
#define TOYSS_EVENTS_H

#include "options.h"

/**
 * events_print() - print each change of state as it happens
 * @options:	which, and how
 *
 * Ends where reading or printing fails.
 */
void events_print(const struct options *options);

#endif /* TOYSS_EVENTS_H */

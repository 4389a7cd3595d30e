/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces by name.
 */
#ifndef TOYSS_NETNS_H
#define TOYSS_NETNS_H

/**
 * netns_enter() - go to a network namespace
 * @name:	as "ip netns" has it; with a slash, the path of one
 *
 * Ends the program where that fails.
 */
void netns_enter(const char *name);

#endif /* TOYSS_NETNS_H */

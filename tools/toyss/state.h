/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States by word: as ss(8) prints and takes them, and as toyfs(5) has them.
 */
#ifndef TOYSS_STATE_H
#define TOYSS_STATE_H

#include <stdint.h>

/** STATE_NONE - in events: there is no socket, before its birth and after */
#define STATE_NONE	0

/** STATES_ALL - bits (1 << TCP_*), also of states yet unknown */
#define STATES_ALL	(~0U)

uint32_t states_default(void);
uint32_t states_listening(void);

/** state_name() - the word for TCP_*, never NULL */
const char *state_name(unsigned int state);

/** state_of_event() - TCP_* or STATE_NONE of toyfs' word for it; -1 */
int state_of_event(const char *name);

/**
 * states_parse() - bits of a state or a group of them
 * @name:	as after "state" or "exclude"
 *
 * Return: bits (1 << TCP_*); 0: there is no such name.
 */
uint32_t states_parse(const char *name);

/** states_request() - what to ask the kernel for: 0 for all */
uint32_t states_request(uint32_t states);

#endif /* TOYSS_STATE_H */

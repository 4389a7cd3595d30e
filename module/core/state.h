/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States of a socket by word.
 */
#ifndef _TOY_CORE_STATE_H
#define _TOY_CORE_STATE_H

const char *toy_state_name(int state);

#endif /* _TOY_CORE_STATE_H */

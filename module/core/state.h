/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States and types of a socket by word.
 */
#ifndef _TOY_CORE_STATE_H
#define _TOY_CORE_STATE_H

const char *toy_state_name(int state);
const char *toy_type_name(int type);

#endif /* _TOY_CORE_STATE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOY_PROFILE_LOCKED_H
#define TOY_PROFILE_LOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * locked_insn - does this instruction of an x86-64 lock the bus?
 * @code:	its bytes
 * @size:	how many
 *
 * True for what has a LOCK prefix and for XCHG with memory, which locks without
 * one. A kernel that boots on one processor writes a DS prefix, which means
 * nothing, over its LOCK prefixes; so an instruction that could be locked and
 * has that prefix counts as locked.
 */
bool locked_insn(const uint8_t *code, size_t size);

#endif

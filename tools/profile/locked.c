// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which instructions are locked: just so much of an x86 decoder as tells that.
 * "Intel 64 and IA-32 Architectures Software Developer's Manual", volume 2:
 * chapter 2 for the format, LOCK for the instructions that it may precede.
 */
#include "locked.h"

#define PREFIX_LOCK	0xf0
#define PREFIX_DS	0x3e
#define TWO_BYTES	0x0f

/* The legacy prefixes but LOCK and DS: other segments, sizes, REP. */
static bool other_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf2: case 0xf3:
		return true;
	}
	return false;
}

/* XADD, CMPXCHG, CMPXCHG8B, BTS and its kin, after 0x0f. @reg selects in groups. */
static bool two_byte_rmw(uint8_t opcode, uint8_t reg)
{
	switch (opcode) {
	case 0xab: case 0xb3: case 0xbb:
	case 0xb0: case 0xb1: case 0xc0: case 0xc1:
		return true;
	case 0xba:
		return reg >= 5;
	case 0xc7:
		return reg == 1;
	}
	return false;
}

/* Arithmetic that writes to its ModRM operand, and XCHG. */
static bool one_byte_rmw(uint8_t opcode, uint8_t reg)
{
	/* ADD, OR, ADC, SBB, AND, SUB, XOR; CMP, which is next, only reads. */
	if (opcode < 0x38)
		return (opcode & 7) < 2;
	switch (opcode) {
	case 0x80: case 0x81: case 0x83:
		return reg < 7;
	case 0x86: case 0x87:
		return true;
	case 0xf6: case 0xf7:
		return reg == 2 || reg == 3;
	case 0xfe: case 0xff:
		return reg < 2;
	}
	return false;
}

bool locked_insn(const uint8_t *code, size_t size)
{
	const uint8_t *end = code + size;
	bool ds = false, rmw, xchg;
	uint8_t modrm;

	for (; code < end; code++) {
		if (*code == PREFIX_LOCK)
			return true;
		if (*code == PREFIX_DS)
			ds = true;
		else if (!other_prefix(*code))
			break;
	}
	/* REX */
	if (code < end && (*code & 0xf0) == 0x40)
		code++;
	if (end - code < 2)
		return false;

	xchg = (*code & 0xfe) == 0x86;
	if (*code == TWO_BYTES) {
		if (end - code < 3)
			return false;
		modrm = code[2];
		rmw = two_byte_rmw(code[1], modrm >> 3 & 7);
	} else {
		modrm = code[1];
		rmw = one_byte_rmw(code[0], modrm >> 3 & 7);
	}
	/* Registers (mod 3) cannot be locked. */
	return rmw && modrm >> 6 != 3 && (ds || xchg);
}

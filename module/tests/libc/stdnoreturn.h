/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the simulation takes from <stdnoreturn.h>.
 */
#include <linux/compiler.h>

#define noreturn	__noreturn

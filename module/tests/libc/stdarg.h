/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of proto/ take from <stdarg.h>.
 */
#include <linux/stdarg.h>

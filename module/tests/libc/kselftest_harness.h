/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The harness of the selftests, in the kernel: see ../toy_test.h.
 */
#include <linux/uio.h>

#include "../toy_test.h"

/* In conn_test.h it is not the opposite of READ. */
#undef WRITE

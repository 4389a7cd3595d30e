/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of proto/ include: the harness of the kernel's selftests, and
 * TEST_HARNESS_MAIN at their end. No socket, no module, any machine.
 */
#ifndef PROTO_TEST_H
#define PROTO_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

/*
 * Clang looks into the harness, which hands more to a test than most need, and
 * compares whatever it is given.
 */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"

#endif /* PROTO_TEST_H */

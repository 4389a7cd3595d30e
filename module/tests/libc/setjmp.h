/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <setjmp.h> for the simulation, which jumps out of a run that fails. Here its
 * thread ends: proto_sim.c lets each run have one of its own.
 */
#ifndef _TOY_TESTS_SETJMP_H
#define _TOY_TESTS_SETJMP_H

#include <kunit/try-catch.h>

extern struct kunit_try_catch *toy_test_catch;

typedef struct kunit_try_catch *jmp_buf[1];

#define setjmp(env)		((env)[0] = toy_test_catch, 0)
#define longjmp(env, value)	kunit_try_catch_throw((env)[0])

#endif /* _TOY_TESTS_SETJMP_H */

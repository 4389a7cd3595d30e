// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be complained of, on demand: whether the fuzzer would see it.
 */
#include "fuzz.h"

static long call_hang(struct fuzz_thread *t, const __u32 *arg)
{
	(void)t;
	(void)arg;
	for (;;)
		pause();
	return 0;
}

static long call_crash(struct fuzz_thread *t, const __u32 *arg)
{
	(void)t;
	(void)arg;
	raise(SIGSEGV);
	return 0;
}

/* A socket in a process that nobody waits for. */
static long call_stay(struct fuzz_thread *t, const __u32 *arg)
{
	(void)t;
	(void)arg;
	if (!fork()) {
		socket(toy_family(), SOCK_STREAM, 0);
		alarm(600);
		pause();
		_exit(0);
	}
	return 0;
}

static long call_warn(struct fuzz_thread *t, const __u32 *arg)
{
	(void)t;
	(void)arg;
	fuzz_world_tell("fuzz: a planted WARNING: nothing\n");
	return 0;
}

static long call_errno(struct fuzz_thread *t, const __u32 *arg)
{
	(void)t;
	(void)arg;
	errno = ENOTRECOVERABLE;
	return -1;
}

static const int none[] = { 0 };

const struct fuzz_op fuzz_plant_ops[] = {
	{ "hang", call_hang, none, 0, 0 },
	{ "crash", call_crash, none, 0, 0 },
	{ "stay", call_stay, none, 0, 0 },
	{ "warn", call_warn, none, 0, 0 },
	{ "errno", call_errno, none, 0, 0 },
	{}
};

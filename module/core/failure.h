/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reason of a failed call, in words.
 */
#ifndef _TOY_CORE_FAILURE_H
#define _TOY_CORE_FAILURE_H

#include "sock.h"

/* "112 EAVERYLONGNAME somecall 4294967295:65535: " and a sentence */
#define TOY_FAILURE_TEXT	160

int toy_fail_with(struct sock *sk, int err, const char *verb,
		  const struct toy_addr *addr, const char *why, u32 detail);
const char *toy_why(int err);
void toy_failure_get(struct sock *sk, struct toy_failure *failure);
int toy_failure_text(const struct toy_failure *failure, char *buf, size_t size);
int toy_failure_format(struct sock *sk, char *buf, size_t size);

/* The same, without a number. */
static inline int toy_fail_at(struct sock *sk, int err, const char *verb,
			      const struct toy_addr *addr, const char *why)
{
	return toy_fail_with(sk, err, verb, addr, why, 0);
}

/* The same, about the address of the socket's peer. */
static inline int toy_fail(struct sock *sk, int err, const char *verb,
			   const char *why)
{
	return toy_fail_at(sk, err, verb, &toy_sk(sk)->remote, why);
}

#endif /* _TOY_CORE_FAILURE_H */

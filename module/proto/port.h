/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What proto/ takes from its surroundings: types, errnos, strings, a few
 * macros. The one file here that knows whether this is the kernel.
 */
#ifndef _TOY_PROTO_PORT_H
#define _TOY_PROTO_PORT_H

#include <linux/errno.h>
#include <linux/types.h>

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define u8	__u8
#define u16	__u16
#define u32	__u32
#define u64	__u64
#define s32	__s32
#define s64	__s64

#define U8_MAX		((u8)~0U)
#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)

/* The same where the buffer is large enough, as it is here. */
#define scnprintf	snprintf

#define BIT(n)		(1UL << (n))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define min(a, b)							\
	({								\
		__typeof__(a) _a = (a);					\
		__typeof__(b) _b = (b);					\
		_a < _b ? _a : _b;					\
	})
#define max(a, b)							\
	({								\
		__typeof__(a) _a = (a);					\
		__typeof__(b) _b = (b);					\
		_a < _b ? _b : _a;					\
	})
#define min_t(type, a, b)						\
	({								\
		type _a = (a), _b = (b);				\
		_a < _b ? _a : _b;					\
	})
#define max_t(type, a, b)						\
	({								\
		type _a = (a), _b = (b);				\
		_a < _b ? _b : _a;					\
	})

#endif /* __KERNEL__ */

#endif /* _TOY_PROTO_PORT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of this library is seen from outside: the calls it stands before.
 */
#ifndef TOYRUN_EXPORT_H
#define TOYRUN_EXPORT_H

/** EXPORT - a function in place of the C library's of that name */
#define EXPORT	__attribute__((visibility("default")))

/*
 * With _GNU_SOURCE the C library declares addresses as a union of pointers to
 * all kinds of them; a definition has to do the same.
 */
/** ADDR - the pointer in such a parameter */
#define ADDR(arg)	((arg).__sockaddr__)

#endif

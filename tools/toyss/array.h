/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOYSS_ARRAY_H
#define TOYSS_ARRAY_H

/** ARRAY_SIZE() - elements of an array */
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* TOYSS_ARRAY_H */

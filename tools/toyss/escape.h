/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others chose, such as the names of processes: nothing in it may
 * look like ours, or make a terminal do something.
 */
#ifndef TOYSS_ESCAPE_H
#define TOYSS_ESCAPE_H

#include <stdio.h>

/**
 * escape_text() - print on a line among others
 *
 * Double quotes, backslashes and bytes that are not printable ASCII as \ooo.
 */
void escape_text(FILE *out, const char *text);

/**
 * escape_json() - print as a string of JSON
 *
 * UTF-8 stays. Bytes that are none are U+FFFD each.
 */
void escape_json(FILE *out, const char *text);

#endif /* TOYSS_ESCAPE_H */

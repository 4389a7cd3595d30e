/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that is to be run: where it is, and whether the dynamic loader
 * would give it our library.
 */
#ifndef TOYRUN_PROGRAM_H
#define TOYRUN_PROGRAM_H

#include <limits.h>

/**
 * program_find() - look for a program as execvp(3) does
 * @path:	set
 * @name:	what the user called it
 *
 * Return: 0; -ENOENT: there is none; -EACCES: what there is cannot be run.
 */
int program_find(char path[PATH_MAX], const char *name);

/**
 * program_check() - would the library be loaded?
 * @path:	the program; if it is a script set to its interpreter
 *
 * What cannot be read is taken for good.
 *
 * Return: NULL, or what @path is that rules it out.
 */
const char *program_check(char path[PATH_MAX]);

#endif

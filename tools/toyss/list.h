/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists sockets.
 */
#ifndef TOYSS_LIST_H
#define TOYSS_LIST_H

#include "diag.h"
#include "json.h"
#include "options.h"

/**
 * list_print() - print the sockets that are asked for; close them with -K
 * @diag:	whom to ask
 * @options:	which, and how
 *
 * Return: whether everything went well. Else the reason was printed.
 */
bool list_print(struct diag *diag, const struct options *options);

#endif /* TOYSS_LIST_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket as text.
 */
#ifndef TOYSS_ROW_H
#define TOYSS_ROW_H

#include "options.h"
#include "table.h"

/** row_make() - the row of a socket */
void row_make(struct row *row, const struct sock *sock,
	      const struct options *options);

#endif /* TOYSS_ROW_H */

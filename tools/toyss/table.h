/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows in columns, whose widths are known when all rows are.
 */
#ifndef TOYSS_TABLE_H
#define TOYSS_TABLE_H

#include <stdbool.h>

enum column {
	COLUMN_NETID,
	COLUMN_STATE,
	COLUMN_RECVQ,
	COLUMN_SENDQ,
	COLUMN_LOCAL_NODE,
	COLUMN_LOCAL_PORT,
	COLUMN_PEER_NODE,
	COLUMN_PEER_PORT,
	COLUMN_PROCESS,
	COLUMNS,
};

/**
 * struct row - a line, and what is below it
 * @cell:	by column; printable ASCII, owned by the row
 * @below:	text of a line of its own; "": none; owned by the row
 */
struct row {
	char *cell[COLUMNS];
	char *below;
};

/**
 * struct table - rows
 * @rows:	in the order in which they came
 * @count:	of them
 * @room:	of memory
 */
struct table {
	struct row *rows;
	unsigned long count;
	unsigned long room;
};

/** table_add() - one more row, of which the table becomes the owner */
void table_add(struct table *table, const struct row *row);

/**
 * table_print() - print and empty it
 * @table:	the rows
 * @bare:	no header
 * @oneline:	nothing gets a line of its own
 *
 * Fills a terminal as ss(8) does. Elsewhere columns are as narrow as can be.
 */
void table_print(struct table *table, bool bare, bool oneline);

#endif /* TOYSS_TABLE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows in columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "alloc.h"
#include "table.h"

static const struct row header = {
	.cell = {
		[COLUMN_NETID]		= (char *)"Netid",
		[COLUMN_STATE]		= (char *)"State",
		[COLUMN_RECVQ]		= (char *)"Recv-Q",
		[COLUMN_SENDQ]		= (char *)"Send-Q",
		[COLUMN_LOCAL_NODE]	= (char *)"Local Address",
		[COLUMN_LOCAL_PORT]	= (char *)"Port",
		[COLUMN_PEER_NODE]	= (char *)"Peer Address",
		[COLUMN_PEER_PORT]	= (char *)"Port",
		[COLUMN_PROCESS]	= (char *)"Process",
	},
	.below = (char *)"",
};

/**
 * struct layout - how rows become lines
 * @width:	of each column
 * @gap:	blanks between columns
 * @split:	the last column has lines of its own
 * @oneline:	nothing else has
 */
struct layout {
	int width[COLUMNS];
	int gap;
	bool split;
	bool oneline;
};

/* Whether blanks follow; addresses end in a colon, the last one in nothing. */
static bool has_gap(enum column column)
{
	return column != COLUMN_LOCAL_NODE && column != COLUMN_PEER_NODE &&
	       column != COLUMN_PROCESS;
}

/* Of a row: gaps as has_gap() has them, and the colons of its two addresses */
#define GAPS	6
#define COLONS	2

void table_add(struct table *table, const struct row *row)
{
	if (table->count == table->room) {
		table->room = 2 * table->room + 64;
		table->rows = xalloc(table->rows, table->room, sizeof(*row));
	}
	table->rows[table->count++] = *row;
}

/* Columns of the terminal; 0: it is none. */
static int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static void layout_fit(struct layout *layout, const struct row *row)
{
	int i;

	for (i = 0; i < COLUMNS; i++) {
		int len = strlen(row->cell[i]);

		if (len > layout->width[i])
			layout->width[i] = len;
	}
}

static void layout_make(struct layout *layout, const struct table *table,
			bool bare)
{
	int i, total = GAPS + COLONS, terminal = terminal_width();
	unsigned long n;

	if (!bare)
		layout_fit(layout, &header);
	for (n = 0; n < table->count; n++)
		layout_fit(layout, &table->rows[n]);
	for (i = 0; i < COLUMNS; i++)
		total += layout->width[i];
	layout->gap = 1;
	if (!terminal || layout->oneline)
		return;
	if (total <= terminal)
		layout->gap += (terminal - total) / GAPS;
	else
		layout->split = true;
}

/* Blanks are printed when something follows them, so that no line ends so. */
static void print_cell(const char *text, int width, bool right, int *blanks)
{
	int len = strlen(text), pad = width > len ? width - len : 0;

	if (right)
		*blanks += pad;
	if (len) {
		printf("%*s%s", *blanks, "", text);
		*blanks = 0;
	}
	if (!right)
		*blanks += pad;
}

static void print_row(const struct layout *layout, const struct row *row)
{
	const char *process = row->cell[COLUMN_PROCESS];
	int i, blanks = 0;

	for (i = 0; i < COLUMN_PROCESS; i++) {
		bool half = !has_gap(i);

		print_cell(row->cell[i], layout->width[i], half, &blanks);
		if (half)
			putchar(':');
		else
			blanks += layout->gap;
	}
	if (*process && layout->split && row != &header)
		printf("\n\t%s", process);
	else
		print_cell(process, 0, false, &blanks);
	if (*row->below)
		printf(layout->oneline ? " %s" : "\n\t %s", row->below);
	putchar('\n');
}

static void row_free(struct row *row)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		free(row->cell[i]);
	free(row->below);
}

void table_print(struct table *table, bool bare, bool oneline)
{
	struct layout layout = { .oneline = oneline };
	unsigned long n;

	layout_make(&layout, table, bare);
	if (!bare)
		print_row(&layout, &header);
	for (n = 0; n < table->count; n++) {
		print_row(&layout, &table->rows[n]);
		row_free(&table->rows[n]);
	}
	free(table->rows);
	*table = (struct table) { NULL, 0, 0 };
}

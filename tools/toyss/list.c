// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists sockets.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_sock.h"
#include "list.h"
#include "proc.h"
#include "row.h"
#include "state.h"

/**
 * struct list - sockets on their way from the kernel to the output
 * @diag:	where they come from
 * @options:	which, and how
 * @table:	those for a table
 * @json:	writes the others
 * @record:	where answers are kept
 * @failed:	something was not closed
 */
struct list {
	struct diag *diag;
	const struct options *options;
	struct table table;
	struct json json;
	FILE *record;
	bool failed;
};

/* Whether it was closed now. What has gone meanwhile is passed over. */
static bool list_kill(struct list *list, const struct sock *sock)
{
	int error = diag_destroy(list->diag, sock);

	if (error && error != -ENOENT) {
		if (!list->failed)
			warnx("cannot close a socket: %s", strerror(-error));
		list->failed = true;
	}
	return !error;
}

static bool list_sock(const struct nlmsghdr *nlh, const struct sock *sock,
		      void *data)
{
	struct list *list = data;
	struct row row;

	if (!filter_match(&list->options->filter, sock->type, sock->state,
			  &sock->local, &sock->remote))
		return true;
	if (list->options->kill && !list_kill(list, sock))
		return true;
	if (list->record) {
		fwrite(nlh, 1, nlh->nlmsg_len, list->record);
	} else if (list->options->json) {
		json_sock(&list->json, sock, list->options);
	} else {
		row_make(&row, sock, list->options);
		table_add(&list->table, &row);
	}
	return true;
}

static FILE *record_open(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "we") : stdout;

	if (!file)
		err(EXIT_FAILURE, "%s", path);
	return file;
}

static void record_close(FILE *file, const char *path)
{
	if (fflush(file) || ferror(file))
		err(EXIT_FAILURE, "%s", path);
	if (file != stdout)
		fclose(file);
}

bool list_print(struct diag *diag, const struct options *options)
{
	const struct filter *filter = &options->filter;
	struct list list = {
		.diag		= diag,
		.options	= options,
		.json.out	= stdout,
	};
	bool done;

	if (options->processes)
		holders_read();
	if (options->record)
		list.record = record_open(options->record);
	if (options->json)
		json_array(&list.json, NULL);
	done = diag_dump(diag, filter->types, states_request(filter->states),
			 options_show(options), list_sock, &list);
	if (list.record)
		record_close(list.record, options->record);
	else if (options->json)
		json_end(&list.json);
	else if (done || list.table.count)
		table_print(&list.table, options->bare, options->oneline);
	return done && !list.failed;
}

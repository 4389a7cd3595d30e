// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket as text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "alloc.h"
#include "escape.h"
#include "info.h"
#include "netid.h"
#include "proc.h"
#include "row.h"
#include "state.h"
#include "timer.h"

/* All that is optional begins with a blank, which is cut from the first. */
static char *finish(FILE *out, char **text)
{
	xfinish(out);
	if (**text == ' ')
		memmove(*text, *text + 1, strlen(*text));
	return *text;
}

static void print_users(FILE *out, const struct sock *sock)
{
	size_t count, i;
	const struct holder *holder = holders_of(sock->inode, &count);

	if (!count)
		return;
	fputs(" users:(", out);
	for (i = 0; i < count; i++) {
		fputs(i ? ",(\"" : "(\"", out);
		escape_text(out, holder[i].comm);
		fprintf(out, "\",pid=%d,fd=%d)", holder[i].pid, holder[i].fd);
	}
	fputc(')', out);
}

static void print_timer(FILE *out, const struct toy_diag_timer *timer)
{
	char left[TIMER_TEXT];

	timer_format(left, timer->expires);
	fprintf(out, " timer:(%s,%s,%u)", timer_name(timer->timer), left,
		timer->retrans);
}

static void print_extended(FILE *out, const struct sock *sock)
{
	if (sock->uid)
		fprintf(out, " uid:%u", sock->uid);
	fprintf(out, " ino:%u sk:%llx id:%u", sock->inode,
		(unsigned long long)sock->cookie, sock->id);
	if (sock->peer_inode)
		fprintf(out, " peer:%u", sock->peer_inode);
	if (sock->drops)
		fprintf(out, " drops:%u", sock->drops);
	/* What it still does: receive, send. */
	fprintf(out, " %c-%c", sock->shutdown & 1 ? '-' : '<',
		sock->shutdown & 2 ? '-' : '>');
}

static void print_memory(FILE *out, const uint32_t *mem)
{
	fprintf(out, " skmem:(r%u,rb%u,t%u,tb%u,f%u,w%u,o%u,bl%u,d%u)",
		mem[SK_MEMINFO_RMEM_ALLOC], mem[SK_MEMINFO_RCVBUF],
		mem[SK_MEMINFO_WMEM_ALLOC], mem[SK_MEMINFO_SNDBUF],
		mem[SK_MEMINFO_FWD_ALLOC], mem[SK_MEMINFO_WMEM_QUEUED],
		mem[SK_MEMINFO_OPTMEM], mem[SK_MEMINFO_BACKLOG],
		mem[SK_MEMINFO_DROPS]);
}

/* Classes that counted something, each by its upper bound in us */
static void print_histogram(FILE *out, const struct info_histogram *histogram)
{
	const char *comma = "";
	int i;

	fprintf(out, " %s:(", histogram->name);
	for (i = 0; i < TOY_HISTOGRAM; i++) {
		if (!histogram->classes[i])
			continue;
		fprintf(out, "%s%luus=%u", comma, 1UL << i,
			histogram->classes[i]);
		comma = ",";
	}
	fputc(')', out);
}

/* What is not 0; without a network that is little of it. */
static void print_info(FILE *out, const struct toy_info *info)
{
	struct info_item items[INFO_ITEMS];
	struct info_histogram histogram;
	size_t i, count = info_items(info, items);

	for (i = 0; i < count; i++) {
		if (!items[i].value)
			continue;
		if (items[i].micro)
			fprintf(out, " %s:%g", items[i].name,
				items[i].value / 1000.0);
		else
			fprintf(out, " %s:%llu", items[i].name,
				(unsigned long long)items[i].value);
	}
	for (i = 0; info_histogram(info, i, &histogram); i++) {
		if (info_histogram_used(&histogram))
			print_histogram(out, &histogram);
	}
}

static char *process_cell(const struct sock *sock,
			  const struct options *options)
{
	size_t size;
	char *text;
	FILE *out = xstream(&text, &size);

	if (options->processes)
		print_users(out, sock);
	if (options->timer && sock_has(sock, TOY_DIAG_TIMER))
		print_timer(out, &sock->timer);
	if (options->extended)
		print_extended(out, sock);
	return finish(out, &text);
}

static char *below(const struct sock *sock, const struct options *options)
{
	size_t size;
	char *text;
	FILE *out = xstream(&text, &size);

	if (options->memory && sock_has(sock, TOY_DIAG_MEMINFO))
		print_memory(out, sock->meminfo);
	if (options->info && sock->backend) {
		fputs(" backend:", out);
		escape_text(out, sock->backend);
	}
	if (options->info && sock_has(sock, TOY_DIAG_INFO))
		print_info(out, &sock->info);
	if (options->extended && sock->error) {
		fputs(" error:\"", out);
		escape_text(out, sock->error);
		fputc('"', out);
	}
	return finish(out, &text);
}

static char *number(uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return xdup(text);
}

static void address_cells(char **cells, const struct endpoint *at,
			  bool numeric)
{
	char text[ADDRESS_TEXT];

	node_format(text, at->node);
	cells[0] = xdup(text);
	port_format(text, at->port, numeric);
	cells[1] = xdup(text);
}

void row_make(struct row *row, const struct sock *sock,
	      const struct options *options)
{
	row->cell[COLUMN_NETID] = xdup(netid_name(sock->type));
	row->cell[COLUMN_STATE] = xdup(state_name(sock->state));
	row->cell[COLUMN_RECVQ] = number(sock->queues.rqueue);
	row->cell[COLUMN_SENDQ] = number(sock->queues.wqueue);
	address_cells(&row->cell[COLUMN_LOCAL_NODE], &sock->local,
		      options->numeric);
	address_cells(&row->cell[COLUMN_PEER_NODE], &sock->remote,
		      options->numeric);
	row->cell[COLUMN_PROCESS] = process_cell(sock, options);
	row->below = below(sock, options);
}

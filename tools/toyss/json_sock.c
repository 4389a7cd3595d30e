// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket as JSON.
 */
#include <stdio.h>

#include "info.h"
#include "json_sock.h"
#include "netid.h"
#include "proc.h"
#include "state.h"
#include "timer.h"

void json_address(struct json *json, const char *name,
		  const struct endpoint *at)
{
	json_object(json, name);
	json_number(json, "node", at->node);
	json_number(json, "port", at->port);
	json_end(json);
}

static void json_users(struct json *json, const struct sock *sock)
{
	size_t count, i;
	const struct holder *holder = holders_of(sock->inode, &count);

	json_array(json, "users");
	for (i = 0; i < count; i++) {
		json_object(json, NULL);
		json_string(json, "comm", holder[i].comm);
		json_number(json, "pid", holder[i].pid);
		json_number(json, "fd", holder[i].fd);
		json_end(json);
	}
	json_end(json);
}

static void json_timer(struct json *json, const struct toy_diag_timer *timer)
{
	json_object(json, "timer");
	json_string(json, "name", timer_name(timer->timer));
	json_number(json, "expires_ms", timer->expires);
	json_number(json, "retrans", timer->retrans);
	json_end(json);
}

static void json_extended(struct json *json, const struct sock *sock)
{
	char cookie[20];

	/* Text, as it may be more than a double holds. */
	snprintf(cookie, sizeof(cookie), "%llx",
		 (unsigned long long)sock->cookie);
	json_number(json, "uid", sock->uid);
	json_number(json, "ino", sock->inode);
	json_string(json, "sk", cookie);
	json_number(json, "id", sock->id);
	if (sock_has(sock, TOY_DIAG_PEER_INODE))
		json_number(json, "peer_ino", sock->peer_inode);
	json_number(json, "drops", sock->drops);
	json_number(json, "shutdown", sock->shutdown);
	if (sock->error)
		json_string(json, "error", sock->error);
}

static void json_memory(struct json *json, const uint32_t *meminfo)
{
	static const char *const names[SK_MEMINFO_VARS] = {
		[SK_MEMINFO_RMEM_ALLOC]		= "r",
		[SK_MEMINFO_RCVBUF]		= "rb",
		[SK_MEMINFO_WMEM_ALLOC]		= "t",
		[SK_MEMINFO_SNDBUF]		= "tb",
		[SK_MEMINFO_FWD_ALLOC]		= "f",
		[SK_MEMINFO_WMEM_QUEUED]	= "w",
		[SK_MEMINFO_OPTMEM]		= "o",
		[SK_MEMINFO_BACKLOG]		= "bl",
		[SK_MEMINFO_DROPS]		= "d",
	};
	int i;

	json_object(json, "skmem");
	for (i = 0; i < SK_MEMINFO_VARS; i++)
		json_number(json, names[i], meminfo[i]);
	json_end(json);
}

static void json_info(struct json *json, const struct toy_info *info)
{
	struct info_item items[INFO_ITEMS];
	struct info_histogram histogram;
	size_t i, n, count = info_items(info, items);

	json_object(json, "info");
	for (i = 0; i < count; i++) {
		if (items[i].micro)
			json_fraction(json, items[i].name,
				      items[i].value / 1000.0);
		else
			json_number(json, items[i].name, items[i].value);
	}
	for (i = 0; info_histogram(info, i, &histogram); i++) {
		if (!info_histogram_used(&histogram))
			continue;
		json_array(json, histogram.name);
		for (n = 0; n < TOY_HISTOGRAM; n++)
			json_number(json, NULL, histogram.classes[n]);
		json_end(json);
	}
	json_end(json);
}

void json_sock(struct json *json, const struct sock *sock,
	       const struct options *options)
{
	json_object(json, NULL);
	json_string(json, "netid", netid_name(sock->type));
	json_string(json, "state", state_name(sock->state));
	json_number(json, "recv_q", sock->queues.rqueue);
	json_number(json, "send_q", sock->queues.wqueue);
	json_address(json, "local", &sock->local);
	json_address(json, "peer", &sock->remote);
	if (options->processes)
		json_users(json, sock);
	if (options->timer && sock_has(sock, TOY_DIAG_TIMER))
		json_timer(json, &sock->timer);
	if (options->extended)
		json_extended(json, sock);
	if (options->memory && sock_has(sock, TOY_DIAG_MEMINFO))
		json_memory(json, sock->meminfo);
	if (options->info && sock->backend)
		json_string(json, "backend", sock->backend);
	if (options->info && sock_has(sock, TOY_DIAG_INFO))
		json_info(json, &sock->info);
	json_end(json);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens from now on: lines of toyfs' events, as toyfs(5) has them, in
 * columns or as JSON.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "events.h"
#include "json_sock.h"
#include "netid.h"
#include "state.h"
#include "toyfs.h"

/**
 * struct event - a change of a socket's state
 * @time:	seconds since boot, as text
 * @lost:	events that are missing here; then nothing else is set
 * @id:		directory in toyfs
 * @uid:	owner
 * @type:	SOCK_*
 * @old:	state before
 * @new:	state since
 * @local:	its address
 * @remote:	its peer's
 */
struct event {
	char time[32];
	unsigned int lost;
	unsigned int id;
	unsigned int uid;
	int type;
	int old;
	int new;
	struct endpoint local;
	struct endpoint remote;
};

/* node:port, * for 0 */
static bool parse_address(char *text, struct endpoint *at)
{
	char *colon = strchr(text, ':');

	if (!colon)
		return false;
	*colon = '\0';
	return (!strcmp(text, "*") || node_parse(text, &at->node)) &&
	       (!strcmp(colon + 1, "*") || port_parse(colon + 1, &at->port));
}

static bool parse_number(const char *text, unsigned int *number)
{
	uint32_t value;

	if (!node_parse(text, &value))
		return false;
	*number = value;
	return true;
}

/* A key that is not known is from a newer kernel. */
static bool parse_member(const char *key, char *value, struct event *event)
{
	if (!strcmp(key, "lost"))
		return parse_number(value, &event->lost);
	if (!strcmp(key, "id"))
		return parse_number(value, &event->id);
	if (!strcmp(key, "uid"))
		return parse_number(value, &event->uid);
	if (!strcmp(key, "local"))
		return parse_address(value, &event->local);
	if (!strcmp(key, "remote"))
		return parse_address(value, &event->remote);
	if (!strcmp(key, "type"))
		return (event->type = netid_of_event(value)) >= 0;
	if (!strcmp(key, "old"))
		return (event->old = state_of_event(value)) >= 0;
	if (!strcmp(key, "new"))
		return (event->new = state_of_event(value)) >= 0;
	if (!strcmp(key, "time"))
		snprintf(event->time, sizeof(event->time), "%s", value);
	return true;
}

static bool parse_line(char *line, struct event *event)
{
	char *word;

	*event = (struct event) { .type = -1 };
	while ((word = strsep(&line, "\n "))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (!value)
			return false;
		*value++ = '\0';
		if (!parse_member(word, value, event))
			return false;
	}
	return event->lost || event->type >= 0;
}

static void print_address(const struct endpoint *at, bool numeric, char end)
{
	char node[ADDRESS_TEXT], port[ADDRESS_TEXT];

	node_format(node, at->node);
	port_format(port, at->port, numeric);
	printf("%13s:%-6s%c", node, port, end);
}

static void print_header(void)
{
	printf("%-14s %-7s %-10s %-10s %13s:%-6s %13s:%-6s Socket\n",
	       "Time", "Netid", "Old-State", "State", "Local Address", "Port",
	       "Peer Address", "Port");
}

static void print_event(const struct event *event, bool numeric)
{
	printf("%-14s %-7s %-10s %-10s ", event->time,
	       netid_name(event->type), state_name(event->old),
	       state_name(event->new));
	print_address(&event->local, numeric, ' ');
	print_address(&event->remote, numeric, ' ');
	printf("uid:%u id:%u\n", event->uid, event->id);
}

/* One object a line, as the list of them has no end. */
static void print_json(const struct event *event)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_string(&json, "time", event->time);
	json_string(&json, "netid", netid_name(event->type));
	json_string(&json, "old_state", state_name(event->old));
	json_string(&json, "state", state_name(event->new));
	json_address(&json, "local", &event->local);
	json_address(&json, "peer", &event->remote);
	json_number(&json, "uid", event->uid);
	json_number(&json, "id", event->id);
	json_end(&json);
}

static void print_line(char *line, const struct options *options)
{
	struct event event;

	if (!parse_line(line, &event))
		errx(EXIT_FAILURE, "an event that makes no sense");
	if (event.lost)
		warnx("%u events were lost", event.lost);
	else if (!filter_match(&options->filter, event.type, event.new,
			       &event.local, &event.remote))
		return;
	else if (options->json)
		print_json(&event);
	else
		print_event(&event, options->numeric);
	if (fflush(stdout))
		err(EXIT_FAILURE, "output");
}

void events_print(const struct options *options)
{
	FILE *file = fdopen(toyfs_open("events"), "r");
	char line[512];

	if (!file)
		err(EXIT_FAILURE, "events");
	/* Now that it is open nothing that happens is missed. */
	if (!options->bare && !options->json)
		print_header();
	fflush(stdout);
	while (fgets(line, sizeof(line), file))
		print_line(line, options);
	if (ferror(file))
		err(EXIT_FAILURE, "events");
	fclose(file);
}

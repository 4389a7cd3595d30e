// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes and ports as text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "service.h"

static bool number_parse(const char *text, unsigned long max,
			 unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoul(text, &end, 10);
	return !*end && !errno && *number <= max;
}

void node_format(char text[ADDRESS_TEXT], uint32_t node)
{
	snprintf(text, ADDRESS_TEXT, node ? "%u" : "*", node);
}

void port_format(char text[ADDRESS_TEXT], uint16_t port, bool numeric)
{
	const char *name = numeric ? NULL : service_name(port);

	if (name)
		snprintf(text, ADDRESS_TEXT, "%s", name);
	else
		snprintf(text, ADDRESS_TEXT, port ? "%u" : "*", port);
}

bool node_parse(const char *text, uint32_t *node)
{
	unsigned long number;

	if (!number_parse(text, UINT32_MAX, &number))
		return false;
	*node = number;
	return true;
}

bool port_parse(const char *text, uint16_t *port)
{
	unsigned long number;

	if (!number_parse(text, UINT16_MAX, &number))
		return service_port(text, port);
	*port = number;
	return true;
}

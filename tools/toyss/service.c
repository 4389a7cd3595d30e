// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of ports. The file is read once, as a table may have many rows.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "alloc.h"
#include "service.h"

/**
 * struct service - a name of a port
 * @next:	the one that was read before
 * @name:	its name
 * @port:	its number
 */
struct service {
	struct service *next;
	char *name;
	uint16_t port;
};

static struct service *services_read(void)
{
	struct service *list = NULL;
	struct servent *entry;

	setservent(0);
	while ((entry = getservent())) {
		struct service *service;

		if (strcmp(entry->s_proto, "toy"))
			continue;
		service = xalloc(NULL, 1, sizeof(*service));
		service->name = xdup(entry->s_name);
		service->port = ntohs(entry->s_port);
		service->next = list;
		list = service;
	}
	endservent();
	return list;
}

static const struct service *services(void)
{
	static struct service *list;
	static bool read;

	if (!read)
		list = services_read();
	read = true;
	return list;
}

const char *service_name(uint16_t port)
{
	const struct service *service;

	for (service = services(); service; service = service->next) {
		if (service->port == port)
			return service->name;
	}
	return NULL;
}

bool service_port(const char *name, uint16_t *port)
{
	const struct service *service;

	for (service = services(); service; service = service->next) {
		if (!strcmp(service->name, name)) {
			*port = service->port;
			return true;
		}
	}
	return false;
}

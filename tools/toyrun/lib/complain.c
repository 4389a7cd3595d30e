// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line on standard error, where that is not one of the program's connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../map.h"
#include "complain.h"
#include "descriptor.h"

/* One write(2), as this may be a signal handler, where stdio is out of bounds. */
static void say(const char *format, ...)
{
	char what[160], line[240];
	int saved = errno;
	ssize_t n;
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	n = snprintf(line, sizeof(line), "toyrun: %.40s: %s\n",
		     program_invocation_short_name, what);
	if (descriptor_of(STDERR_FILENO) == DESCRIPTOR_OTHER)
		n = write(STDERR_FILENO, line, n);
	errno = saved;
}

void complain_map(const char *bad, const char *why)
{
	say(MAP_ENV ": '%.*s' %s", (int)strcspn(bad, ","), bad, why);
}

void complain_address(struct in_addr address, unsigned int port)
{
	static atomic_uint last;
	char text[INET_ADDRSTRLEN];

	if (atomic_exchange(&last, address.s_addr) == address.s_addr)
		return;
	inet_ntop(AF_INET, &address, text, sizeof(text));
	say("%s:%u: " MAP_ENV " has no node for this address", text, port);
}

void complain_node(unsigned int node)
{
	static atomic_uint last;

	if (atomic_exchange(&last, node) == node)
		return;
	say("node %u: " MAP_ENV " has no address for it, it is shown as 255.255.255.255",
	    node);
}

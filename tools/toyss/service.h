/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of ports: lines like "echo 7/toy" of services(5). There are none unless
 * the administrator wrote them.
 */
#ifndef TOYSS_SERVICE_H
#define TOYSS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/** service_name() - the name of a port; NULL */
const char *service_name(uint16_t port);

/** service_port() - whether there is a port of that name */
bool service_port(const char *name, uint16_t *port);

#endif /* TOYSS_SERVICE_H */

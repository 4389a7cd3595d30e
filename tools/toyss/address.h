/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes and ports as text.
 */
#ifndef TOYSS_ADDRESS_H
#define TOYSS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/** ADDRESS_TEXT - room for either of them; a service may be cut */
#define ADDRESS_TEXT	32

/** node_format() - a number, * for 0 */
void node_format(char text[ADDRESS_TEXT], uint32_t node);

/**
 * port_format() - a number, * for 0
 * @numeric:	also where services(5) has a name for the port
 */
void port_format(char text[ADDRESS_TEXT], uint16_t port, bool numeric);

/** node_parse() - whether text is a node: 0 to 4294967295 */
bool node_parse(const char *text, uint32_t *node);

/** port_parse() - whether text is a port: 0 to 65535, or a name */
bool port_parse(const char *text, uint16_t *port);

#endif /* TOYSS_ADDRESS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket as JSON.
 */
#ifndef TOYSS_JSON_SOCK_H
#define TOYSS_JSON_SOCK_H

#include "json.h"
#include "options.h"

/** json_sock() - write a socket, with the parts that were asked for */
void json_sock(struct json *json, const struct sock *sock,
	       const struct options *options);

/** json_address() - write node and port as one member */
void json_address(struct json *json, const char *name,
		  const struct endpoint *at);

#endif /* TOYSS_JSON_SOCK_H */

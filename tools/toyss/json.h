/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON, a member a call; commas and brackets see to themselves.
 */
#ifndef TOYSS_JSON_H
#define TOYSS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** JSON_DEPTH - objects and arrays within each other, at most */
#define JSON_DEPTH	8

/**
 * struct json - a text that is being written
 * @out:	where to
 * @depth:	objects and arrays that are open
 * @more:	by depth: whether it has members
 * @close:	by depth: the bracket that ends it
 */
struct json {
	FILE *out;
	int depth;
	bool more[JSON_DEPTH + 1];
	char close[JSON_DEPTH + 1];
};

/*
 * Each of these writes a member. name: of the member; NULL in an array and
 * outside of everything.
 */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_string(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, uint64_t value);
void json_fraction(struct json *json, const char *name, double value);

/** json_end() - ends the innermost object or array */
void json_end(struct json *json);

#endif /* TOYSS_JSON_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes JSON.
 */
#include <assert.h>

#include "escape.h"
#include "json.h"

/* What stands before a member. Those of an outermost array get a line each. */
static void member(struct json *json, const char *name)
{
	bool line = json->depth == 1 && json->close[1] == ']';

	if (json->more[json->depth])
		fputs(line ? ",\n" : ",", json->out);
	json->more[json->depth] = true;
	if (name) {
		escape_json(json->out, name);
		fputc(':', json->out);
	}
}

static void json_open(struct json *json, const char *name, char begin,
		      char end)
{
	assert(json->depth < JSON_DEPTH);
	member(json, name);
	fputc(begin, json->out);
	json->depth++;
	json->more[json->depth] = false;
	json->close[json->depth] = end;
}

void json_object(struct json *json, const char *name)
{
	json_open(json, name, '{', '}');
}

void json_array(struct json *json, const char *name)
{
	json_open(json, name, '[', ']');
}

void json_end(struct json *json)
{
	fputc(json->close[json->depth], json->out);
	json->depth--;
	if (!json->depth) {
		fputc('\n', json->out);
		json->more[0] = false;
	}
}

void json_string(struct json *json, const char *name, const char *value)
{
	member(json, name);
	escape_json(json->out, value);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	member(json, name);
	fprintf(json->out, "%llu", (unsigned long long)value);
}

void json_fraction(struct json *json, const char *name, double value)
{
	member(json, name);
	fprintf(json->out, "%g", value);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads filter expressions:
 *
 *	any	  := all { "or" all }
 *	all	  := inverse { [ "and" ] inverse }
 *	inverse	  := { "not" } ( "(" any ")" | predicate )
 *	predicate := ( "src" | "dst" ) [ COMPARE ] HOST
 *		   | ( "sport" | "dport" ) [ COMPARE ] PORT
 */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "alloc.h"
#include "filter.h"
#include "filter_lex.h"

/**
 * struct parser - an expression that is being read
 * @lex:	where
 * @filter:	gets the steps
 * @room:	steps for which it has room
 * @depth:	parentheses that are open
 * @error:	what is wrong, as far as it was read; NULL
 */
struct parser {
	struct filter_lex lex;
	struct filter *filter;
	size_t room;
	unsigned int depth;
	const char *error;
};

static bool wrong(struct parser *parser, const char *error)
{
	if (!parser->error)
		parser->error = error;
	return false;
}

static bool emit(struct parser *parser, struct filter_step step)
{
	struct filter *filter = parser->filter;

	if (filter->count == parser->room) {
		parser->room = 2 * parser->room + 8;
		filter->steps = xalloc(filter->steps, parser->room,
				       sizeof(step));
	}
	filter->steps[filter->count++] = step;
	return true;
}

static bool parse_port(const char *text, struct filter_step *step)
{
	step->any_port = !strcmp(text, "*");
	return step->any_port || port_parse(text, &step->to.port);
}

static bool parse_node(const char *text, struct filter_step *step)
{
	step->any_node = !*text || !strcmp(text, "*");
	return step->any_node || node_parse(text, &step->to.node);
}

/* NODE, NODE:PORT, :PORT, and * for either */
static bool parse_host(struct parser *parser, struct filter_step *step)
{
	char *colon = strrchr(parser->lex.word, ':');

	if (colon)
		*colon = '\0';
	else
		step->any_port = true;
	if (!parse_node(parser->lex.word, step))
		return wrong(parser, "no node");
	if (colon && !parse_port(colon + 1, step))
		return wrong(parser, "no port");
	return true;
}

/* PORT, :PORT, and * for it */
static bool parse_only_port(struct parser *parser, struct filter_step *step)
{
	char *text = parser->lex.word;
	char *colon = strrchr(text, ':');

	step->any_node = true;
	if (colon) {
		*colon = '\0';
		if (*text && strcmp(text, "*"))
			return wrong(parser, "no port alone");
		text = colon + 1;
	}
	return parse_port(text, step) || wrong(parser, "no port");
}

static bool parse_predicate(struct parser *parser)
{
	static const char *const fields[] = { "src", "dst", "sport", "dport" };
	struct filter_step step = { .op = FILTER_TEST };
	struct filter_lex *lex = &parser->lex;
	size_t field = 0;

	while (field < 4 && strcmp(lex->word, fields[field]))
		field++;
	if (lex->token != TOKEN_WORD || field == 4)
		return wrong(parser, "no src, dst, sport or dport");
	step.remote = field % 2;
	filter_lex_next(lex);
	if (lex->token == TOKEN_COMPARE) {
		step.compare = lex->compare;
		filter_lex_next(lex);
	}
	if (lex->token != TOKEN_WORD)
		return wrong(parser, "no address");
	if (field < 2 ? !parse_host(parser, &step) :
			!parse_only_port(parser, &step))
		return false;
	if (step.compare > FILTER_NE && step.any_node == step.any_port)
		return wrong(parser, "only a node or a port has an order");
	filter_lex_next(lex);
	return emit(parser, step);
}

static bool parse_any(struct parser *parser);

static bool parse_group(struct parser *parser)
{
	if (++parser->depth > FILTER_NESTING)
		return wrong(parser, "too many parentheses");
	filter_lex_next(&parser->lex);
	if (!parse_any(parser))
		return false;
	if (parser->lex.token != TOKEN_CLOSE)
		return wrong(parser, "no )");
	filter_lex_next(&parser->lex);
	parser->depth--;
	return true;
}

static bool parse_inverse(struct parser *parser)
{
	bool inverse = false;

	while (parser->lex.token == TOKEN_NOT) {
		inverse = !inverse;
		filter_lex_next(&parser->lex);
	}
	if (parser->lex.token == TOKEN_OPEN ? !parse_group(parser) :
					      !parse_predicate(parser))
		return false;
	return !inverse || emit(parser, (struct filter_step) {
		.op = FILTER_NOT,
	});
}

/* Whether another operand of "and" follows, be it without the word. */
static bool more(struct parser *parser)
{
	switch (parser->lex.token) {
	case TOKEN_AND:
		filter_lex_next(&parser->lex);
		return true;
	case TOKEN_WORD:
	case TOKEN_NOT:
	case TOKEN_OPEN:
		return true;
	default:
		return false;
	}
}

static bool parse_all(struct parser *parser)
{
	const struct filter_step and = { .op = FILTER_AND };

	if (!parse_inverse(parser))
		return false;
	while (more(parser)) {
		if (!parse_inverse(parser) || !emit(parser, and))
			return false;
	}
	return true;
}

static bool parse_any(struct parser *parser)
{
	const struct filter_step or = { .op = FILTER_OR };

	if (!parse_all(parser))
		return false;
	while (parser->lex.token == TOKEN_OR) {
		filter_lex_next(&parser->lex);
		if (!parse_all(parser) || !emit(parser, or))
			return false;
	}
	return true;
}

const char *filter_parse(struct filter *filter, const char *text)
{
	struct parser parser = { .filter = filter, .lex.at = text };
	static char error[256];

	filter_lex_next(&parser.lex);
	if (parser.lex.token == TOKEN_END)
		return NULL;
	if (parse_any(&parser) && parser.lex.token == TOKEN_END)
		return NULL;
	wrong(&parser, "nothing is expected");
	if (*parser.lex.start)
		snprintf(error, sizeof(error), "filter: %s at '%.60s'", parser.error,
			 parser.lex.start);
	else
		snprintf(error, sizeof(error), "filter: %s at the end", parser.error);
	return error;
}

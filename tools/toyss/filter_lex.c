// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words and signs of a filter expression. Signs need no blanks around them.
 */
#include <stdio.h>
#include <string.h>

#include "filter_lex.h"

#define BLANKS	" \t\n\r\v\f"
#define SIGNS	"()!=<>|&"

/**
 * struct spelling - a way to write a token
 * @text:	a sign or a word
 * @token:	what it means
 * @compare:	which comparison
 */
struct spelling {
	const char *text;
	enum token token;
	enum filter_compare compare;
};

/* Of signs that begin alike the longest comes first. */
static const struct spelling spellings[] = {
	{ "(",		TOKEN_OPEN,	0 },
	{ ")",		TOKEN_CLOSE,	0 },
	{ "&&",		TOKEN_AND,	0 },
	{ "&",		TOKEN_AND,	0 },
	{ "||",		TOKEN_OR,	0 },
	{ "|",		TOKEN_OR,	0 },
	{ "==",		TOKEN_COMPARE,	FILTER_EQ },
	{ "=",		TOKEN_COMPARE,	FILTER_EQ },
	{ "!=",		TOKEN_COMPARE,	FILTER_NE },
	{ "!",		TOKEN_NOT,	0 },
	{ "<=",		TOKEN_COMPARE,	FILTER_LE },
	{ "<",		TOKEN_COMPARE,	FILTER_LT },
	{ ">=",		TOKEN_COMPARE,	FILTER_GE },
	{ ">",		TOKEN_COMPARE,	FILTER_GT },
	{ "and",	TOKEN_AND,	0 },
	{ "or",		TOKEN_OR,	0 },
	{ "not",	TOKEN_NOT,	0 },
	{ "eq",		TOKEN_COMPARE,	FILTER_EQ },
	{ "ne",		TOKEN_COMPARE,	FILTER_NE },
	{ "neq",	TOKEN_COMPARE,	FILTER_NE },
	{ "lt",		TOKEN_COMPARE,	FILTER_LT },
	{ "gt",		TOKEN_COMPARE,	FILTER_GT },
	{ "le",		TOKEN_COMPARE,	FILTER_LE },
	{ "leq",	TOKEN_COMPARE,	FILTER_LE },
	{ "ge",		TOKEN_COMPARE,	FILTER_GE },
	{ "geq",	TOKEN_COMPARE,	FILTER_GE },
	{ NULL,		TOKEN_BAD,	0 },
};

static const struct spelling *spelling_of(const char *text, size_t len)
{
	const struct spelling *spelling;
	bool sign = strchr(SIGNS, *text);

	for (spelling = spellings; spelling->text; spelling++) {
		size_t n = strlen(spelling->text);

		if ((sign ? n <= len : n == len) &&
		    !strncmp(spelling->text, text, n))
			return spelling;
	}
	return NULL;
}

void filter_lex_next(struct filter_lex *lex)
{
	const struct spelling *spelling;
	size_t len;

	lex->at += strspn(lex->at, BLANKS);
	lex->start = lex->at;
	lex->word[0] = '\0';
	lex->token = TOKEN_END;
	if (!*lex->at)
		return;
	len = strspn(lex->at, SIGNS) ?: strcspn(lex->at, BLANKS SIGNS);
	spelling = spelling_of(lex->at, len);
	if (spelling) {
		len = strlen(spelling->text);
		lex->token = spelling->token;
		lex->compare = spelling->compare;
	} else {
		lex->token = len < FILTER_WORD ? TOKEN_WORD : TOKEN_BAD;
	}
	snprintf(lex->word, sizeof(lex->word), "%.*s", (int)len, lex->at);
	lex->at += len;
}

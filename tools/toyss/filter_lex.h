/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words and signs of a filter expression.
 */
#ifndef TOYSS_FILTER_LEX_H
#define TOYSS_FILTER_LEX_H

#include "filter.h"

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_COMPARE,
	TOKEN_BAD,
};

/* FILTER_WORD - room for a word; no name or number is that long */
#define FILTER_WORD	64

/**
 * struct filter_lex - how far an expression is read
 * @at:		what follows the token
 * @start:	where the token began
 * @token:	what it is
 * @compare:	which, of TOKEN_COMPARE
 * @word:	of all but TOKEN_END, as it is written; cut
 */
struct filter_lex {
	const char *at;
	const char *start;
	enum token token;
	enum filter_compare compare;
	char word[FILTER_WORD];
};

/** filter_lex_next() - go on to the next token */
void filter_lex_next(struct filter_lex *lex);

#endif /* TOYSS_FILTER_LEX_H */

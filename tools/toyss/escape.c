// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that others chose.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "escape.h"

void escape_text(FILE *out, const char *text)
{
	unsigned char c;

	while ((c = *text++)) {
		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
}

/* The bytes that follow the first one of a character; -1: it cannot be first. */
static int utf8_following(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	if (first >= 0xf0 && first <= 0xf4)
		return 3;
	return -1;
}

/* The length of the character that text begins with; 0: it is none. */
static int utf8_decode(const unsigned char *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	int following = utf8_following(*text);
	int i;

	if (following < 0)
		return 0;
	*code = following ? *text & 0x3f >> following : *text;
	for (i = 1; i <= following; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[following] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return following + 1;
}

/* Control characters of both sets, and what JSON itself needs. */
static bool json_escapes(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code < 0xa0) || code == '"' ||
	       code == '\\';
}

void escape_json(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	fputc('"', out);
	while (*at) {
		uint32_t code = 0;
		int len = utf8_decode(at, &code);

		if (!len)
			fputs("\\ufffd", out);
		else if (json_escapes(code))
			fprintf(out, "\\u%04x", code);
		else
			fwrite(at, 1, len, out);
		at += len ?: 1;
	}
	fputc('"', out);
}

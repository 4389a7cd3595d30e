// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written to a ctl: lines, and words in them.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "lines.h"

static bool toyfs_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut a line into words. Returns 0; -EINVAL: too many. */
static int toyfs_lines_split(struct toyfs_call *call, char *line)
{
	bool within = false;

	call->argc = 0;
	for (; *line; line++) {
		if (toyfs_is_blank(*line)) {
			*line = '\0';
			within = false;
		} else if (!within) {
			if (call->argc == TOYFS_WORDS_MAX)
				return -EINVAL;
			call->argv[call->argc++] = line;
			within = true;
		}
	}
	return 0;
}

/* Run one line, NUL at its end; blank ones do nothing. */
static int toyfs_line_run(struct toyfs_call *call, char *line, size_t len,
			  int (*run)(struct toyfs_call *call))
{
	int err = 0;

	call->argc = 0;
	if (len > TOYFS_LINE_MAX)
		err = -E2BIG;
	else if (strlen(line) != len)
		err = -EINVAL;
	else
		err = toyfs_lines_split(call, line);
	if (err) {
		/* No verb: the callee finds the words for what went wrong. */
		call->argc = err;
		return run(call);
	}
	return call->argc ? run(call) : 0;
}

/**
 * toyfs_lines_run() - run what one write(2) brings
 * @call:	for whom; its words are set
 * @from:	the lines; the end of it ends the last one
 * @run:	runs one line. argc is -E2BIG or -EINVAL for one that is too long
 *		or no line of words, which it has to return
 *
 * Context: may sleep.
 * Return: bytes of the lines that were run, all unless one failed; what the
 * first one failed with; -E2BIG: more than TOYFS_WRITE_MAX; -EFAULT; -ENOMEM.
 */
ssize_t toyfs_lines_run(struct toyfs_call *call, struct iov_iter *from,
			int (*run)(struct toyfs_call *call))
{
	size_t len = iov_iter_count(from), done = 0;
	char line_text[TOYFS_LINE_MAX + 1];
	char *text = line_text;
	int err = 0;

	if (len > TOYFS_WRITE_MAX) {
		call->argc = -E2BIG;
		return run(call);
	}
	if (len >= sizeof(line_text))
		text = kmalloc(len + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (!copy_from_iter_full(text, len, from)) {
		err = -EFAULT;
		goto free;
	}
	text[len] = '\0';
	while (done < len) {
		char *line = text + done;
		char *end = memchr(line, '\n', len - done);
		size_t n = end ? end - line : len - done;

		line[n] = '\0';
		err = toyfs_line_run(call, line, n, run);
		if (err)
			break;
		done += n + !!end;
	}
free:
	if (text != line_text)
		kfree(text);
	return done ?: err;
}

/**
 * toyfs_command_find() - the command that a line means
 * @commands:	those there are
 * @n:		how many
 * @call:	the line
 *
 * Return: the command; NULL: no such verb, or not with so many words.
 */
const struct toyfs_command *
toyfs_command_find(const struct toyfs_command *commands, int n,
		   const struct toyfs_call *call)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(commands[i].verb, call->argv[0]) &&
		    call->argc >= commands[i].least &&
		    call->argc <= commands[i].most)
			return &commands[i];
	return NULL;
}

/**
 * toyfs_number() - read a decimal number
 * @word:	digits
 * @number:	set
 *
 * Return: 0; -EINVAL: something else; -ERANGE: more than 18 digits.
 */
int toyfs_number(const char *word, long long *number)
{
	const char *c;

	for (c = word; *c; c++)
		if (!isdigit(*c))
			return -EINVAL;
	if (c == word)
		return -EINVAL;
	if (c - word > 18)
		return -ERANGE;
	return kstrtoll(word, 10, number);
}

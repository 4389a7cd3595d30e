/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: lines of words, written to a ctl.
 */
#ifndef _TOY_FS_LINES_H
#define _TOY_FS_LINES_H

#include <linux/types.h>

struct file;
struct net;
struct iov_iter;
struct socket;
struct toy_conv;

#define TOYFS_LINE_MAX	255
#define TOYFS_WRITE_MAX	4096
#define TOYFS_WORDS_MAX	4

/**
 * struct toyfs_call - one command on its way
 * @sock:	the socket it is for; NULL in the root's ctl
 * @conv:	its conversation
 * @net:	namespace, in the root's ctl
 * @nonblock:	do not wait
 * @verb:	which command it is, static text; "ctl" until that is known
 * @argc:	number of words
 * @argv:	the words, the verb first
 */
struct toyfs_call {
	struct socket	*sock;
	struct toy_conv	*conv;
	struct net	*net;
	bool		nonblock;
	const char	*verb;
	int		argc;
	char		*argv[TOYFS_WORDS_MAX];
};

/**
 * struct toyfs_command - a verb
 * @verb:	the word
 * @least:	words, the verb among them
 * @most:	at most
 * @run:	do it; 0 or a negative errno
 */
struct toyfs_command {
	const char	*verb;
	u8		least;
	u8		most;
	int		(*run)(const struct toyfs_call *call);
};

ssize_t toyfs_lines_run(struct toyfs_call *call, struct iov_iter *from,
			int (*run)(struct toyfs_call *call));
const struct toyfs_command *
toyfs_command_find(const struct toyfs_command *commands, int n,
		   const struct toyfs_call *call);

int toyfs_command_run(struct toyfs_call *call);
int toyfs_set_run(const struct toyfs_call *call);
int toyfs_number(const char *word, long long *number);

#endif /* _TOY_FS_LINES_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: sockets as files, for the selftests
 *
 * As toy_lib.h: helpers return what the system calls under them return, print
 * nothing, and may be called from any thread. A socket is named by its kind,
 * whose directory it is in, and its number there.
 */
#ifndef TOYFS_H
#define TOYFS_H

#include <dirent.h>

#include "toy_lib.h"

/** TOYFS - where it is mounted */
#define TOYFS	"/net/toy"

/** TOYFS_PATH - bytes that are enough for any path of it */
#define TOYFS_PATH	512

/**
 * struct toyfs_end - a socket through files
 * @kind:	what it is
 * @n:		its number
 * @ctl:	descriptor of its clone or ctl, or of the listen that accepted it
 * @data:	descriptor of its data, -1 where it is not open
 */
struct toyfs_end {
	struct toy_kind kind;
	int n;
	int ctl;
	int data;
};

/* ------------------------------------------------------------------- paths */

/** toyfs_type() - "stream", "seqpacket", "dgram" or "raw" */
const char *toyfs_type(struct toy_kind kind);
/**
 * toyfs_path() - the path of a file
 * @path:	TOYFS_PATH bytes
 * @kind:	whose directory
 * @n:		number of the socket, -1 for the directory of the type itself
 * @file:	name in there, "" for the directory
 *
 * Returns: @path
 */
char *toyfs_path(char *path, struct toy_kind kind, int n, const char *file);
/** toyfs_dial_path() - the path of a name in dial; @path as toyfs_path() */
char *toyfs_dial_path(char *path, struct toy_kind kind, const char *name);
/** toyfs_address() - the path by which a port of node 1 is dialled */
char *toyfs_address(char *path, struct toy_kind kind, unsigned int port);
/** toyfs_open() - open(2) of toyfs_path(); O_CLOEXEC is added to @flags */
int toyfs_open(struct toy_kind kind, int n, const char *file, int flags);
/** toyfs_stat() - stat(2) of toyfs_path() */
int toyfs_stat(struct toy_kind kind, int n, const char *file, struct stat *st);
/** toyfs_mode() - the permission bits of toyfs_path(), -1 and errno */
int toyfs_mode(struct toy_kind kind, int n, const char *file);
/**
 * toyfs_cat() - what can be read of a file, as a string
 * @text:	where to
 * @size:	room there, with the NUL
 *
 * Returns: its length, -1 and errno
 */
ssize_t toyfs_cat(struct toy_kind kind, int n, const char *file, char *text,
		  size_t size);
/**
 * toyfs_field() - the value of a key in a line of key=value
 * @value:	where to
 * @size:	room there
 *
 * Returns: @value; "?" where there is no such key
 */
char *toyfs_field(const char *line, const char *key, char *value, size_t size);
/**
 * toyfs_status() - the value of a key in status, see toyfs_field()
 *
 * Returns: text that the next call of this thread overwrites; "?" for no such
 * key or no such socket
 */
const char *toyfs_status(struct toy_kind kind, int n, const char *key);
/** toyfs_begins() - whether what can be read of a file begins like this */
bool toyfs_begins(const struct toyfs_end *end, const char *file,
		  const char *want);
/** toyfs_status_fd() - the same of an open status */
const char *toyfs_status_fd(int fd, const char *key);
/**
 * toyfs_list() - how often a name is in a directory
 * @type:	if not NULL set to its d_type
 */
int toyfs_list(const char *dir, const char *name, unsigned char *type);

/** toyfs_count() - how many sockets of a type there are; -1 and errno */
int toyfs_count(struct toy_kind kind);
/**
 * toyfs_count_is() - whether there are so many within 10 s
 *
 * What an open that fails has made goes on the thread's way out of the kernel.
 */
bool toyfs_count_is(struct toy_kind kind, int count);

/* ----------------------------------------------------------------- sockets */

/** toyfs_number() - read the number of a ctl, clone or listen; -1 and errno */
int toyfs_number(int fd);
/** toyfs_number_of() - the number of a socket by its descriptor, -1 for none */
int toyfs_number_of(struct toy_kind kind, int sock);
/** toyfs_fsmode() - setsockopt(2) of TOY_FSMODE */
int toyfs_fsmode(int sock, int mode);
/**
 * toyfs_ctl() - write commands, as printf() makes them, in one write(2)
 *
 * Returns: 0 when all was taken, else -1 and errno, EREMOTEIO where a part was
 */
int toyfs_ctl(int fd, const char *format, ...);
/** toyfs_getsock() - TOYIOC_GETSOCK */
int toyfs_getsock(int fd, int flags);
/** toyfs_new() - make a socket by clone */
int toyfs_new(struct toy_kind kind, struct toyfs_end *end);
/** toyfs_data() - open its data; @flags as O_RDWR */
int toyfs_data(struct toyfs_end *end, int flags);
/** toyfs_close() - close what is open of it */
void toyfs_close(struct toyfs_end *end);
/** toyfs_port() - a port that nobody has */
unsigned int toyfs_port(struct toy_kind kind);
/** toyfs_server() - a socket that listens, a datagram socket that is bound */
int toyfs_server(struct toy_kind kind, struct toyfs_end *end,
		 unsigned int *port);
/** toyfs_client() - a socket that is connected to node 1 and this port */
int toyfs_client(struct toy_kind kind, struct toyfs_end *end,
		 unsigned int port);
/** toyfs_accept() - open listen and accept a call there */
int toyfs_accept(const struct toyfs_end *server, struct toyfs_end *end);
/**
 * toyfs_pair() - two sockets connected to each other, with their data open
 *
 * end[0] has connected, end[1] was accepted. Datagram sockets are connected both
 * ways.
 */
int toyfs_pair(struct toy_kind kind, struct toyfs_end end[2]);
/**
 * toyfs_mixed() - the same, but the first one made by socket(2)
 * @sock:	that one
 * @end:	the other one, with its data open
 */
int toyfs_mixed(struct toy_kind kind, int *sock, struct toyfs_end *end);

/* ------------------------------------------------------ namespaces and users */

/**
 * toyfs_private() - go into a mount namespace of one's own, with the toyfs of
 * the network namespace that this thread is in
 * @options:	of the mount
 */
int toyfs_private(const char *options);
/**
 * toyfs_sandbox() - go into a mount namespace and a network namespace of one's
 * own, with a new toyfs mounted
 * @options:	of the mount
 */
int toyfs_sandbox(const char *options);
/** toyfs_mount() - mount(2) one more over TOYFS */
int toyfs_mount(const char *options, unsigned long flags);
/** toyfs_become() - be this user with its group, for ever, without rights */
int toyfs_become(unsigned int uid);
/** toyfs_as() - be this user for a while; 0 to be root again */
int toyfs_as(unsigned int uid);

#endif /* TOYFS_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * "set NAME VALUE": socket options by their names.
 */
#include <linux/if.h>
#include <linux/net.h>
#include <linux/string.h>
#include <net/sock.h>

#include "../core/failure.h"
#include "lines.h"
#include "toyfs.h"

/* How the text of a value becomes what setsockopt(2) takes. */
enum toyfs_value {
	TOYFS_INT,		/* a number */
	TOYFS_BOOL,		/* on, off, 1, 0 */
	TOYFS_MILLISECONDS,	/* a struct timeval; 0 is for ever */
	TOYFS_LINGER,		/* seconds, or off */
	TOYFS_DEVICE,		/* a name, * for any */
};

/**
 * struct toyfs_option - an option that can be set
 * @name:	its name here
 * @level:	SOL_*
 * @optname:	its number there
 * @value:	what it takes
 * @least:	smallest number
 * @most:	largest one
 */
struct toyfs_option {
	const char		*name;
	u16			level;
	u8			optname;
	enum toyfs_value	value;
	u32			least;
	u32			most;
};

static const struct toyfs_option toyfs_options[] = {
	{ "rcvbuf",	 SOL_SOCKET, SO_RCVBUF,	      TOYFS_INT, 0, INT_MAX },
	{ "sndbuf",	 SOL_SOCKET, SO_SNDBUF,	      TOYFS_INT, 0, INT_MAX },
	{ "rcvlowat",	 SOL_SOCKET, SO_RCVLOWAT,     TOYFS_INT, 0, INT_MAX },
	{ "rcvtimeo",	 SOL_SOCKET, SO_RCVTIMEO_NEW, TOYFS_MILLISECONDS,
	  0, INT_MAX },
	{ "sndtimeo",	 SOL_SOCKET, SO_SNDTIMEO_NEW, TOYFS_MILLISECONDS,
	  0, INT_MAX },
	{ "linger",	 SOL_SOCKET, SO_LINGER,	      TOYFS_LINGER, 0, INT_MAX },
	{ "keepalive",	 SOL_SOCKET, SO_KEEPALIVE,    TOYFS_BOOL, 0, 1 },
	{ "broadcast",	 SOL_SOCKET, SO_BROADCAST,    TOYFS_BOOL, 0, 1 },
	{ "reuseaddr",	 SOL_SOCKET, SO_REUSEADDR,    TOYFS_BOOL, 0, 1 },
	{ "oobinline",	 SOL_SOCKET, SO_OOBINLINE,    TOYFS_BOOL, 0, 1 },
	{ "reuseport",	 SOL_TOY,    TOY_REUSEPORT,   TOYFS_BOOL, 0, 1 },
	{ "nodelay",	 SOL_TOY,    TOY_NODELAY,     TOYFS_BOOL, 0, 1 },
	{ "keepidle",	 SOL_TOY,    TOY_KEEPIDLE,    TOYFS_INT, 1, 32767 },
	{ "keepintvl",	 SOL_TOY,    TOY_KEEPINTVL,   TOYFS_INT, 1, 32767 },
	{ "keepcnt",	 SOL_TOY,    TOY_KEEPCNT,     TOYFS_INT, 1, 127 },
	{ "user_timeout", SOL_TOY,   TOY_USER_TIMEOUT, TOYFS_INT, 0, INT_MAX },
	{ "maxseg",	 SOL_TOY,    TOY_MAXSEG,      TOYFS_INT, 0, U16_MAX },
	{ "device",	 SOL_SOCKET, SO_BINDTODEVICE, TOYFS_DEVICE, 0, 0 },
};

static const struct toyfs_option *toyfs_option_find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(toyfs_options); i++)
		if (!strcmp(toyfs_options[i].name, name))
			return &toyfs_options[i];
	return NULL;
}

/* The number that a word is for an option. Returns 0; -EINVAL; -ERANGE. */
static int toyfs_option_number(const struct toyfs_option *option,
			       const char *word, int *number)
{
	long long value;
	int err;

	if (option->value == TOYFS_BOOL &&
	    (!strcmp(word, "on") || !strcmp(word, "off"))) {
		*number = !strcmp(word, "on");
		return 0;
	}
	err = toyfs_number(word, &value);
	if (err)
		return err;
	if (value < option->least || value > option->most)
		return -ERANGE;
	*number = value;
	return 0;
}

static int toyfs_option_apply(struct socket *sock,
			      const struct toyfs_option *option, void *value,
			      unsigned int len)
{
	sockptr_t val = KERNEL_SOCKPTR(value);

	if (option->level == SOL_SOCKET)
		return sock_setsockopt(sock, SOL_SOCKET, option->optname, val,
				       len);
	return sock->ops->setsockopt(sock, option->level, option->optname, val,
				     len);
}

/* A name that is longer than any would be cut, and be another one's. */
static int toyfs_option_device(struct socket *sock,
			       const struct toyfs_option *option, char *word)
{
	size_t len = strcmp(word, "*") ? strlen(word) : 0;

	if (len >= IFNAMSIZ)
		return -ENODEV;
	return toyfs_option_apply(sock, option, word, len);
}

static int toyfs_option_set(struct socket *sock,
			    const struct toyfs_option *option, int number,
			    bool off)
{
	struct __kernel_sock_timeval tv;
	struct linger linger;

	switch (option->value) {
	case TOYFS_MILLISECONDS:
		tv.tv_sec = number / MSEC_PER_SEC;
		tv.tv_usec = number % MSEC_PER_SEC * USEC_PER_MSEC;
		return toyfs_option_apply(sock, option, &tv, sizeof(tv));
	case TOYFS_LINGER:
		linger.l_onoff = !off;
		linger.l_linger = number;
		return toyfs_option_apply(sock, option, &linger,
					  sizeof(linger));
	default:
		return toyfs_option_apply(sock, option, &number,
					  sizeof(number));
	}
}

/* Set what a word says. Returns 0, or an errno and for @why the words to it. */
static int toyfs_option_parse(struct socket *sock,
			      const struct toyfs_option *option, char *word,
			      const char **why)
{
	bool off = option->value == TOYFS_LINGER && !strcmp(word, "off");
	int number = 0;
	int err = 0;

	*why = "the option is refused";
	if (option->value == TOYFS_DEVICE)
		return toyfs_option_device(sock, option, word);
	if (!off)
		err = toyfs_option_number(option, word, &number);
	if (!err)
		return toyfs_option_set(sock, option, number, off);
	*why = err == -ERANGE ? "the number is out of range" :
				"that is no value for this option";
	return err;
}

/**
 * toyfs_set_run() - "set NAME VALUE"
 * @call:	the line, of three words
 *
 * Context: process, with the credentials of who opened the file; may sleep.
 * Return: 0; -EINVAL: no such name, not a value; -ERANGE; what the option says.
 */
int toyfs_set_run(const struct toyfs_call *call)
{
	const struct toyfs_option *option = toyfs_option_find(call->argv[1]);
	const char *why = "no such option";
	struct toy_addr none = {};
	int err = -EINVAL;

	if (option)
		err = toyfs_option_parse(call->sock, option, call->argv[2],
					 &why);
	if (err)
		toy_fail_at(call->sock->sk, err, "set", &none, why);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options at the level SOL_TOY. Those at SOL_SOCKET are the core's.
 */
#include <linux/uaccess.h>

#include "../core/conv.h"
#include "../core/info.h"
#include "../proto/header.h"
#include "ops.h"

/* As TCP's: what fits a signed 16 bit number, and a signed 8 bit one. */
#define TOY_KEEP_SECONDS_MAX	32767
#define TOY_KEEP_PROBES_MAX	127

static bool toy_opt_in(int value, int least, int most)
{
	return value >= least && value <= most;
}

/* Set one option of type int. Under lock_sock(). */
static int toy_opt_set(struct socket *sock, int name, int value)
{
	struct toy_sock *toy = toy_sk(sock->sk);
	bool ok = true;

	switch (name) {
	case TOY_NODELAY:
		WRITE_ONCE(toy->opt.nodelay, value);
		break;
	case TOY_KEEPIDLE:
		ok = toy_opt_in(value, 1, TOY_KEEP_SECONDS_MAX);
		if (ok)
			WRITE_ONCE(toy->opt.keepidle, value);
		break;
	case TOY_KEEPINTVL:
		ok = toy_opt_in(value, 1, TOY_KEEP_SECONDS_MAX);
		if (ok)
			WRITE_ONCE(toy->opt.keepintvl, value);
		break;
	case TOY_KEEPCNT:
		ok = toy_opt_in(value, 1, TOY_KEEP_PROBES_MAX);
		if (ok)
			WRITE_ONCE(toy->opt.keepcnt, value);
		break;
	case TOY_USER_TIMEOUT:
		ok = value >= 0;
		if (ok)
			WRITE_ONCE(toy->opt.user_timeout, value);
		break;
	case TOY_REUSEPORT:
		WRITE_ONCE(toy->opt.reuseport, value);
		break;
	case TOY_MAXSEG:
		ok = !value || toy_opt_in(value, TOY_MSS_MIN, U16_MAX);
		if (ok)
			WRITE_ONCE(toy->opt.maxseg, value);
		break;
	case TOY_PASSCRED:
		toy_compat_set_passcred(sock, &toy->opt.passcred, value);
		break;
	default:
		return -ENOPROTOOPT;
	}
	if (!ok)
		return -EINVAL;
	if (toy->backend->options)
		toy->backend->options(sock->sk);
	return 0;
}

/* Whether and to whom toyfs opens the socket. */
static int toy_opt_set_fsmode(struct sock *sk, int mode)
{
	struct toy_conv *conv;
	int err;

	if (mode & ~TOY_CONV_MODES)
		return toy_fail(sk, -EINVAL, "setsockopt",
				"a file mode here is of the bits 0666");
	conv = toy_conv_of(sk);
	if (IS_ERR(conv))
		return toy_fail(sk, PTR_ERR(conv), "setsockopt",
				toy_why(PTR_ERR(conv)));
	err = toy_conv_open_up(conv, mode, mode);
	toy_conv_put(conv);
	return err;
}

/* The mode that toyfs shows; 0 for a socket that nobody ever looked at. */
static int toy_opt_get_fsmode(struct sock *sk, int *mode)
{
	struct toy_conv *conv = toy_conv_of(sk);
	struct toy_conv_view view;

	if (IS_ERR(conv))
		return PTR_ERR(conv);
	toy_conv_look(conv, &view);
	*mode = view.mode;
	toy_conv_put(conv);
	return 0;
}

/**
 * toy_setsockopt() - setsockopt(2) but for SOL_SOCKET
 * @sock:	socket
 * @level:	SOL_TOY
 * @name:	TOY_*
 * @val:	an int
 * @len:	its length
 *
 * Return: 0; -ENOPROTOOPT; -EINVAL: too short or out of range; -EFAULT.
 */
int toy_setsockopt(struct socket *sock, int level, int name, sockptr_t val,
		   unsigned int len)
{
	struct sock *sk = sock->sk;
	int value, err;

	if (level != SOL_TOY || name < TOY_NODELAY ||
	    (name > TOY_FSMODE && name != TOY_MAXSEG))
		return toy_fail(sk, -ENOPROTOOPT, "setsockopt",
				"no such option that could be set");
	if (len < sizeof(value))
		return toy_fail(sk, -EINVAL, "setsockopt",
				"the value is shorter than an int");
	if (copy_from_sockptr(&value, val, sizeof(value)))
		return -EFAULT;

	if (name == TOY_FSMODE)
		return toy_opt_set_fsmode(sk, value);

	lock_sock(sk);
	err = toy_opt_set(sock, name, value);
	release_sock(sk);
	if (err)
		toy_fail(sk, err, "setsockopt", "the value is out of range");
	return err;
}

/* What segments take now; before there are any, what they may take. */
static int toy_opt_get_maxseg(struct sock *sk)
{
	struct toy_info info = {};

	toy_info_of_link(sk, &info);
	return info.toyi_mss ?: READ_ONCE(toy_sk(sk)->opt.maxseg);
}

/* One option of type int. */
static int toy_opt_get(struct socket *sock, int name, int *value)
{
	const struct toy_sock *toy = toy_sk(sock->sk);

	switch (name) {
	case TOY_NODELAY:
		*value = READ_ONCE(toy->opt.nodelay);
		break;
	case TOY_KEEPIDLE:
		*value = READ_ONCE(toy->opt.keepidle);
		break;
	case TOY_KEEPINTVL:
		*value = READ_ONCE(toy->opt.keepintvl);
		break;
	case TOY_KEEPCNT:
		*value = READ_ONCE(toy->opt.keepcnt);
		break;
	case TOY_USER_TIMEOUT:
		*value = READ_ONCE(toy->opt.user_timeout);
		break;
	case TOY_REUSEPORT:
		*value = READ_ONCE(toy->opt.reuseport);
		break;
	case TOY_MAXSEG:
		*value = toy_opt_get_maxseg(sock->sk);
		break;
	case TOY_PASSCRED:
		*value = toy_wants_creds(sock->sk);
		break;
	case TOY_FSMODE:
		return toy_opt_get_fsmode(sock->sk, value);
	default:
		return -ENOPROTOOPT;
	}
	return 0;
}

/* TOY_LAST_ERROR: as much of the text as fits, with its NUL. */
static int toy_opt_get_text(struct sock *sk, char __user *val, int __user *len,
			    int size)
{
	char text[TOY_FAILURE_TEXT];
	int n;

	n = min(toy_failure_format(sk, text, sizeof(text)) + 1, size);
	if (!n)
		return put_user(n, len);
	text[n - 1] = '\0';
	if (put_user(n, len) || copy_to_user(val, text, n))
		return -EFAULT;
	return 0;
}

/* TOY_INFO: as much of it as fits. */
static int toy_opt_get_info(struct sock *sk, char __user *val, int __user *len,
			    int size)
{
	struct toy_info info;

	toy_info_fill(sk, &info);
	size = min_t(int, size, sizeof(info));
	if (put_user(size, len) || copy_to_user(val, &info, size))
		return -EFAULT;
	return 0;
}

/**
 * toy_getsockopt() - getsockopt(2) but for SOL_SOCKET
 * @sock:	socket
 * @level:	SOL_TOY
 * @name:	TOY_*
 * @val:	where the value goes, cut to its length
 * @len:	its length, set to what was written
 *
 * Return: 0; -ENOPROTOOPT; -EINVAL: negative length; -EFAULT.
 */
int toy_getsockopt(struct socket *sock, int level, int name, char __user *val,
		   int __user *len)
{
	struct sock *sk = sock->sk;
	int value, size, err;

	if (get_user(size, len))
		return -EFAULT;
	if (size < 0)
		return -EINVAL;
	if (level == SOL_TOY && name == TOY_LAST_ERROR)
		return toy_opt_get_text(sk, val, len, size);
	if (level == SOL_TOY && name == TOY_INFO)
		return toy_opt_get_info(sk, val, len, size);
	err = level == SOL_TOY ? toy_opt_get(sock, name, &value) : -ENOPROTOOPT;
	if (err)
		return toy_fail(sk, err, "getsockopt", err == -ENOPROTOOPT ?
				"no such option" : toy_why(err));
	size = min_t(int, size, sizeof(value));
	if (put_user(size, len) || copy_to_user(val, &value, size))
		return -EFAULT;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of TCP and IP, on sockets of AF_TOY: some it has itself, some can
 * be taken without doing anything, the rest are unknown.
 */
#ifndef TOYRUN_OPTION_H
#define TOYRUN_OPTION_H

#include <stddef.h>
#include <sys/socket.h>

/**
 * struct option_idle - an option that is taken and has no effect
 * @name:	its number
 * @value:	what it reads as, always
 */
struct option_idle {
	int name;
	int value;
};

/** option_tcp_set() - setsockopt(2) at IPPROTO_TCP */
int option_tcp_set(int fd, int name, const void *val, socklen_t len);

/** option_tcp_get() - getsockopt(2) at IPPROTO_TCP */
int option_tcp_get(int fd, int name, void *val, socklen_t *len);

/** option_ip_set() - setsockopt(2) at IPPROTO_IP */
int option_ip_set(int name, const void *val, socklen_t len);

/** option_ip_get() - getsockopt(2) at IPPROTO_IP */
int option_ip_get(int name, void *val, socklen_t *len);

/**
 * option_answer() - end a getsockopt(2)
 * @val:	where the program wants the value
 * @len:	how much of it, and how much it is
 * @value:	the value
 * @size:	how long that is
 *
 * Return: 0; -1 with EFAULT or EINVAL.
 */
int option_answer(void *val, socklen_t *len, const void *value, size_t size);

/** option_info() - getsockopt(2) of TCP_INFO */
int option_info(int fd, void *val, socklen_t *len);

/**
 * option_idle_find() - look for an option
 * @idle:	what there is, ended by a 0
 * @name:	its number
 *
 * Return: it, or NULL.
 */
const struct option_idle *option_idle_find(const struct option_idle *idle,
					   int name);

/**
 * option_idle_set() - end a setsockopt(2) that has no effect
 * @val:	the value
 * @len:	its length
 * @least:	how long it has to be
 *
 * Return: 0; -1 with EFAULT or EINVAL.
 */
int option_idle_set(const void *val, socklen_t len, socklen_t least);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct sockaddr_in to struct sockaddr_toy and back, with the lengths that go
 * with them.
 */
#ifndef TOYRUN_ADDRESS_H
#define TOYRUN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include <linux/toy.h>

/**
 * address_copied() - what the kernel finds of an address before it looks at it
 * @addr:	what a program passes, which may be a bad pointer
 * @len:	its length
 *
 * Return: 0; -EFAULT; -EINVAL: no address is as long.
 */
int address_copied(const struct sockaddr *addr, socklen_t len);

/**
 * address_family() - the family of an address that a program passes
 * @family:	set
 * @addr:	its address, which may be a bad pointer
 * @len:	its length
 *
 * Return: 0; -EFAULT; -EINVAL: too short or too long.
 */
int address_family(sa_family_t *family, const struct sockaddr *addr,
		   socklen_t len);

/**
 * address_to_toy() - an address that a program passes
 * @toy:	set
 * @addr:	its address
 * @len:	its length
 *
 * Return: 0; -EFAULT; -EINVAL: too short or too long; -EAFNOSUPPORT: not IPv4;
 * -EADDRNOTAVAIL: it has no node, which was told on standard error. AF_UNSPEC is
 * taken for AF_INET, as the kernel does where a caller has not ruled it out.
 */
int address_to_toy(struct sockaddr_toy *toy, const struct sockaddr *addr,
		   socklen_t len);

/**
 * struct address_out - an address that a program asks for
 * @to:		where the kernel is to write it
 * @to_len:	how long it may be, then its length
 * @addr:	where the program wants it
 * @room:	how much of it
 * @short_one:	what is too short for the program's is written here
 */
struct address_out {
	void *to;
	socklen_t to_len;
	struct sockaddr *addr;
	socklen_t room;
	struct sockaddr_toy short_one;
};

/**
 * address_ask() - before the call
 * @out:	set; @to and @to_len are for the call
 * @addr:	where the program wants it; may be a bad pointer
 * @room:	how long it may be
 */
void address_ask(struct address_out *out, struct sockaddr *addr,
		 socklen_t room);

/**
 * address_ask_room() - the same, where the length is behind a pointer
 * @out:	set
 * @addr:	where the program wants it
 * @len:	how long it may be; may be a bad pointer
 *
 * Return: false: a bad pointer. The kernel is to be given what the program gave,
 * and decides what becomes of the call.
 */
bool address_ask_room(struct address_out *out, struct sockaddr *addr,
		      const socklen_t *len);

/**
 * address_got() - after a call that went well
 * @out:	as address_ask() set it
 *
 * The program has it as an IPv4 address then, as much of it as there is room for.
 *
 * Return: its true length.
 */
socklen_t address_got(struct address_out *out);

#endif

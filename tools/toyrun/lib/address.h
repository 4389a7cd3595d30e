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
 * address_family() - the family of an address that a program passes
 * @family:	set
 * @addr:	its address, which may be a bad pointer
 * @len:	its length
 *
 * Return: 0; EFAULT; EINVAL: the length cannot be one.
 */
int address_family(sa_family_t *family, const struct sockaddr *addr,
		   socklen_t len);

/**
 * address_to_toy() - an address that a program passes
 * @toy:	set
 * @addr:	its address
 * @len:	its length
 *
 * Return: 0; EFAULT; EINVAL: too short or too long; EAFNOSUPPORT: not IPv4;
 * EADDRNOTAVAIL: it has no node, which was told on standard error. AF_UNSPEC is
 * taken for AF_INET, as the kernel does where a caller has not ruled it out.
 */
int address_to_toy(struct sockaddr_toy *toy, const struct sockaddr *addr,
		   socklen_t len);

/**
 * address_room() - how long an address may be that a program asks for
 * @room:	set
 * @len:	where it says that; may be a bad pointer
 *
 * Return: false: EFAULT.
 */
bool address_room(socklen_t *room, const socklen_t *len);

/**
 * address_from_toy() - make an address IPv4 that the kernel has written
 * @addr:	where that was; unless it is of the family it is left as it is
 * @room:	how long it may be: no more is written
 * @len:	set to its true length
 */
void address_from_toy(struct sockaddr *addr, socklen_t room, socklen_t *len);

#endif

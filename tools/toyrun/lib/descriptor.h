/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a descriptor is. There is no table that dup, fork, exec and close would
 * have to keep up to date: the kernel is asked.
 */
#ifndef TOYRUN_DESCRIPTOR_H
#define TOYRUN_DESCRIPTOR_H

/**
 * enum descriptor - what a descriptor is to this library
 * @DESCRIPTOR_OTHER:	none of its business
 * @DESCRIPTOR_STREAM:	stands for a TCP socket
 * @DESCRIPTOR_DGRAM:	stands for a UDP socket
 */
enum descriptor {
	DESCRIPTOR_OTHER,
	DESCRIPTOR_STREAM,
	DESCRIPTOR_DGRAM,
};

/** descriptor_of() - what @fd is; leaves errno alone */
enum descriptor descriptor_of(int fd);

/** descriptor_family() - the number of the family */
int descriptor_family(void);

/**
 * descriptor_fail() - let a call of the program fail
 * @err:	negative errno
 *
 * Return: -1.
 */
int descriptor_fail(int err);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The toyfs of the network namespace in which we are.
 */
#ifndef TOYSS_TOYFS_H
#define TOYSS_TOYFS_H

/**
 * toyfs_open() - open a file of it for reading
 * @name:	in its root
 *
 * A toyfs shows the namespace in which it was mounted, which need not be ours.
 * So one is mounted, at no place, where we may do that. Others use the mount at
 * /net/toy, or else the first that /proc/self/mounts has, if it is of our
 * namespace.
 *
 * Return: a descriptor. Ends the program where there is none.
 */
int toyfs_open(const char *name);

#endif /* TOYSS_TOYFS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of the family, which the module may have been told.
 */
#ifndef TOYRUN_FAMILY_H
#define TOYRUN_FAMILY_H

/**
 * family_read() - ask the module
 *
 * Return: AF_TOY, or what the module's parameter says. Leaves errno alone.
 */
int family_read(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at sockets from outside: /proc, sock_diag.
 */
#ifndef _TOY_INSPECT_INSPECT_H
#define _TOY_INSPECT_INSPECT_H

int toy_procfs_register(void);
void toy_procfs_unregister(void);

int toy_diag_register(void);
void toy_diag_unregister(void);

#endif /* _TOY_INSPECT_INSPECT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the simulation takes from <stdio.h>, to tell what happens.
 */
#include <linux/printk.h>

#define printf(...)		printk(KERN_CONT __VA_ARGS__)
#define vprintf(format, args)	vprintk(format, args)
#define putchar(c)		printk(KERN_CONT "%c", c)
#define puts(text)		printk(KERN_CONT "%s\n", text)

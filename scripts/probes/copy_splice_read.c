// SPDX-License-Identifier: GPL-2.0-only
/* What splices from anything that can be read (6.5). */
#include <linux/fs.h>

extern const struct file_operations probe;
const struct file_operations probe = { .splice_read = copy_splice_read };

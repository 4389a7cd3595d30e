// SPDX-License-Identifier: GPL-2.0-only
/* Makes the kernel complain, so that scripts/vm can be seen to notice. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/string.h>

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "nothing, fail, warn, sleep or refcount");

static char *text = "";
module_param(text, charp, 0444);
MODULE_PARM_DESC(text, "shown in sysfs");

static int __init vmtest_init(void)
{
	refcount_t ref = REFCOUNT_INIT(1);

	if (!strcmp(what, "fail"))
		return -EINVAL;
	if (!strcmp(what, "sleep")) {
		preempt_disable();
		msleep(20);
		preempt_enable();
	}
	if (!strcmp(what, "refcount")) {
		refcount_set(&ref, 0);
		refcount_inc(&ref);
	}
	WARN_ON(!strcmp(what, "warn"));
	return 0;
}
module_init(vmtest_init);

static void __exit vmtest_exit(void)
{
}
module_exit(vmtest_exit);

MODULE_DESCRIPTION("Test module of scripts/vm");
MODULE_LICENSE("GPL");

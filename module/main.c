// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc: lists the descriptor of every page table in memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "inspector.h"

static int __init ptdesc_init(void)
{
	int err;

	err = ptdesc_scan_init();
	if (err)
		return err;
	err = ptdesc_debugfs_init();
	if (err)
		goto err_scan;
	pr_info("page table descriptors are in /sys/kernel/debug/ptdesc\n");
	return 0;

err_scan:
	ptdesc_scan_exit();
	return err;
}

static void __exit ptdesc_exit(void)
{
	ptdesc_debugfs_exit();
	ptdesc_scan_exit();
}

module_init(ptdesc_init);
module_exit(ptdesc_exit);
MODULE_DESCRIPTION("Lists the descriptor of every page table in debugfs");
MODULE_VERSION("1");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc_bench.ko: what the inspector's listing costs inside the kernel. In
 * /sys/kernel/debug/ptdesc_bench:
 *
 *	listing		the inspector's file, from its own source, with a watch at each
 *			of its reschedule points; for one reader at a time
 *	result		one line, "NAME NUMBER" five times:
 *	  pages		struct pages that the inspector looks at
 *	  tables	page tables among them
 *	  loop_nsec	a bare loop over them that asks each whether it is one
 *	  points	reschedule points of the last listing that was read
 *	  longest_nsec	longest time between two of them, the return from a read()
 *			included; of all times that listing was read the best for
 *			each point, as virtual CPUs stand still now and then
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static void bench_point(void);

static void bench_resched(void)
{
	cond_resched();
}

#undef cond_resched
#define cond_resched() bench_point()
#include "../../module/scan.c"
#include "../../module/record.c"
#include "../../module/owner.c"
#include "../../module/line.c"
#include "../../module/debugfs.c"

#define BENCH_POINTS	65536U	/* enough for 64 GiB */

static u64 bench_stretch[BENCH_POINTS];	/* before each point, the best; 0: none */
static unsigned int bench_points;	/* passed in this listing */
static u64 bench_last;			/* when the last one was passed */
static struct dentry *bench_dir;

static void bench_note(void)
{
	u64 now = ktime_get_ns();
	u64 *stretch = &bench_stretch[min(bench_points, BENCH_POINTS - 1)];

	if (!*stretch || *stretch > now - bench_last)
		*stretch = now - bench_last;
	bench_points++;
}

static void bench_point(void)
{
	bench_note();
	bench_resched();
	bench_last = ktime_get_ns();
}

static ssize_t bench_read(struct file *file, char __user *to, size_t size, loff_t *ppos)
{
	ssize_t n;

	if (!*ppos)
		bench_points = 0;
	bench_last = ktime_get_ns();
	n = ptdesc_read(file, to, size, ppos);
	bench_note();
	return n;
}

static const struct file_operations bench_listing_fops = {
	.owner		= THIS_MODULE,
	.open		= ptdesc_open,
	.read		= bench_read,
	.llseek		= ptdesc_llseek,
	.release	= ptdesc_release,
};

static int bench_result_show(struct seq_file *file, void *unused)
{
	unsigned long pfn = 0, end, pages = 0, tables = 0;
	u64 start = ktime_get_ns(), loop, longest = 0;
	unsigned int i;

	while (ptdesc_next_span(&pfn, &end)) {
		while (pfn < end) {
			unsigned long stop = min(ALIGN_DOWN(pfn, PTDESC_BLOCK) + PTDESC_BLOCK, end);
			struct page *page = pfn_to_online_page(pfn), *last;

			if (!page) {
				pfn = ptdesc_skip_hole(pfn, end);
				continue;
			}
			for (last = page + (stop - pfn); page < last; page++)
				tables += ptdesc_page_is_table(page);
			pages += stop - pfn;
			pfn = stop;
			bench_resched();
		}
	}
	loop = ktime_get_ns() - start;

	for (i = 0; i < BENCH_POINTS; i++)
		longest = max(longest, bench_stretch[i]);
	seq_printf(file, "pages %lu tables %lu loop_nsec %llu points %u longest_nsec %llu\n",
		   pages, tables, loop, bench_points, longest);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench_result);

static int __init bench_init(void)
{
	int err = ptdesc_scan_init();

	if (err)
		return err;
	bench_dir = debugfs_create_dir("ptdesc_bench", NULL);
	debugfs_create_file("listing", 0400, bench_dir, NULL, &bench_listing_fops);
	debugfs_create_file("result", 0400, bench_dir, NULL, &bench_result_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(bench_dir);
	ptdesc_scan_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Measures the listing of page table descriptors");
MODULE_LICENSE("GPL");

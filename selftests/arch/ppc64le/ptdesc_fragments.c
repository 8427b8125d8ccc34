// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the descriptor of a page of tables wrong about how many of its fragments
 * are in use, to see that ptdesc-check finds it. For tests.
 *
 * /sys/kernel/debug/ptdesc_fragments takes one write() per open file, of decimal
 * numbers: "PID PFN DELTA" adds DELTA to pt_frag_refcount of the page PFN, which is
 * of tables of that process. Errors: EINVAL not of this form; EBUSY this open file
 * has changed a page already; ESRCH no such process or no mm; ENXIO no page of
 * fragments.
 *
 * A change lasts no longer than the open file that it was written to: when that is
 * closed, by its owner's death too, it is taken back. Until then mm_users is held,
 * so that no exit meets a wrong count, by which the page would be freed too early.
 * A process that frees a table meanwhile would meet it: it has to sleep. The open
 * file also holds this module, which is unloaded only when nothing is changed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static bool allow_corruption;
module_param(allow_corruption, bool, 0400);
MODULE_PARM_DESC(allow_corruption, "must be 1: this module corrupts the running kernel");

/* What is changed through an open file, in its private_data. */
struct change {
	struct mm_struct *mm;	/* mm_users held */
	struct ptdesc *pt;
	int delta;
};

static DEFINE_MUTEX(change_lock);
static struct dentry *fragments_file;

static struct mm_struct *get_pid_mm(int nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm = task ? get_task_mm(task) : NULL;

	if (task)
		put_task_struct(task);
	put_pid(pid);
	return mm;
}

/* The descriptor of a page of fragments; a table that is whole pages has no count. */
static struct ptdesc *find_fragments(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page || !PageTable(page) || atomic_read(&page_ptdesc(page)->pt_frag_refcount) < 1)
		return NULL;
	return page_ptdesc(page);
}

static int change_count(struct file *file, int pid, unsigned long pfn, int delta)
{
	struct change *change;
	int err;

	if (file->private_data)
		return -EBUSY;
	change = kmalloc(sizeof(*change), GFP_KERNEL);
	if (!change)
		return -ENOMEM;
	err = -ESRCH;
	change->mm = get_pid_mm(pid);
	if (!change->mm)
		goto free;
	err = -ENXIO;
	change->pt = find_fragments(pfn);
	if (!change->pt)
		goto put;
	change->delta = delta;
	atomic_add(delta, &change->pt->pt_frag_refcount);
	file->private_data = change;
	return 0;
put:
	mmput(change->mm);
free:
	kfree(change);
	return err;
}

static ssize_t fragments_write(struct file *file, const char __user *from, size_t count,
			       loff_t *pos)
{
	unsigned long pfn;
	int pid, delta, err;
	char line[64];

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	if (sscanf(line, "%d %lu %d", &pid, &pfn, &delta) != 3)
		return -EINVAL;
	mutex_lock(&change_lock);
	err = change_count(file, pid, pfn, delta);
	mutex_unlock(&change_lock);
	return err ? err : count;
}

static int fragments_release(struct inode *inode, struct file *file)
{
	struct change *change = file->private_data;

	if (change) {
		atomic_sub(change->delta, &change->pt->pt_frag_refcount);
		mmput(change->mm);
		kfree(change);
	}
	return 0;
}

static const struct file_operations fragments_fops = {
	.owner		= THIS_MODULE,
	.open		= nonseekable_open,
	.write		= fragments_write,
	.release	= fragments_release,
};

static int __init fragments_init(void)
{
	if (!allow_corruption) {
		pr_err("not loaded: it corrupts the kernel, say allow_corruption=1 if you mean it\n");
		return -EPERM;
	}
	fragments_file = debugfs_create_file(KBUILD_MODNAME, 0200, NULL, NULL, &fragments_fops);
	return PTR_ERR_OR_ZERO(fragments_file);
}
module_init(fragments_init);

static void __exit fragments_exit(void)
{
	debugfs_remove(fragments_file);
}
module_exit(fragments_exit);

MODULE_DESCRIPTION("Makes counts of page table fragments wrong, to test ptdesc-check");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");

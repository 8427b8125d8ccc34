// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc_inject: corrupt the page tables of a sacrificial process, to see that
 * ptdesc-check finds it. In /sys/kernel/debug/ptdesc_inject:
 *
 * inject	write "NAME PID ADDR": one corruption, in that process (number of
 *		the writer's PID namespace) at that address (hexadecimal).
 *		Errors: EINVAL not of this form, or the writer's own mm; ENOENT
 *		no such name; ESRCH no such process or no mm; EADDRNOTAVAIL
 *		ADDR has not what NAME needs; EBUSY that mm is corrupted
 *		already; EOPNOTSUPP this kernel cannot be corrupted this way.
 * undo		write "all": puts everything back.
 * status	read: "NAME PID ADDR" for each corruption in force.
 * names	read: "NAME INVARIANT LEVEL NEEDS" for each known corruption.
 *
 * A corruption lasts no longer than the open file that it was written to: when
 * that is closed, by its owner's death too, it is undone. Until then mm_users
 * is held, so that no exit meets corrupted tables. The open file also holds
 * this module, which thus is unloaded only when nothing is corrupted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "inject.h"

static bool allow_corruption;
module_param(allow_corruption, bool, 0400);
MODULE_PARM_DESC(allow_corruption,
		 "must be 1: this module corrupts the running kernel");

struct injection {
	struct list_head list;
	const struct corruption *what;
	struct file *file;	/* only compared, never followed */
	struct site site;
	int pid;
};

static DEFINE_MUTEX(injections_lock);
static LIST_HEAD(injections);
static struct dentry *inject_dir;

static const struct corruption *find_corruption(const char *name)
{
	const struct corruption *what;

	for (what = corruptions; what->name; what++)
		if (!strcmp(what->name, name))
			return what;
	return NULL;
}

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

static int inject(struct injection *new)
{
	struct site *site = &new->site;
	struct injection *old;
	int err;

	list_for_each_entry(old, &injections, list)
		if (old->site.mm == site->mm)
			return -EBUSY;

	mmap_write_lock(site->mm);
	site_find(site);
	err = site_check(site, new->what->need);
	if (!err)
		err = new->what->inject(site, new->what->level);
	mmap_write_unlock(site->mm);
	if (err)
		return err;

	list_add_tail(&new->list, &injections);
	pr_info("%s in process %d at %#lx\n", new->what->name, new->pid,
		site->addr);
	return 0;
}

static void undo(struct injection *old)
{
	struct mm_struct *mm = old->site.mm;
	bool same;

	list_del(&old->list);
	mmap_write_lock(mm);
	same = site_same(&old->site);
	if (same)
		old->what->undo(&old->site, old->what->level);
	mmap_write_unlock(mm);
	if (!same)
		pr_err("%s in process %d at %#lx: its tables moved, not undone\n",
		       old->what->name, old->pid, old->site.addr);
	mmput(mm);
	if (old->site.other)
		mmput(old->site.other);
	kfree(old);
}

static int inject_command(struct file *file, char *line)
{
	struct injection *new;
	unsigned long addr;
	char name[32];
	int pid, end = 0;
	int err;

	if (sscanf(line, "%31s %d %lx %n", name, &pid, &addr, &end) != 3 ||
	    !end || line[end] || pid <= 0 || addr >= TASK_SIZE_MAX)
		return -EINVAL;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->file = file;
	new->pid = pid;
	new->site.addr = addr;

	err = -ENOENT;
	new->what = find_corruption(name);
	if (!new->what)
		goto free_new;
	err = -ESRCH;
	new->site.mm = get_pid_mm(pid);
	if (!new->site.mm)
		goto free_new;
	err = -EINVAL;
	if (new->site.mm == current->mm)
		goto put_mm;

	mutex_lock(&injections_lock);
	err = inject(new);
	mutex_unlock(&injections_lock);
	if (!err)
		return 0;
put_mm:
	mmput(new->site.mm);
free_new:
	kfree(new);
	return err;
}

static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	char *line;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (count > PAGE_SIZE)
		return -EINVAL;
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = inject_command(file, line);
	kfree(line);
	return err ? err : count;
}

/* Undo what came through this file, or everything if it is NULL. */
static void undo_all(const struct file *file)
{
	struct injection *old, *next;

	mutex_lock(&injections_lock);
	list_for_each_entry_safe_reverse(old, next, &injections, list)
		if (!file || old->file == file)
			undo(old);
	mutex_unlock(&injections_lock);
}

static int inject_release(struct inode *inode, struct file *file)
{
	undo_all(file);
	return 0;
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = inject_write,
	.release = inject_release,
};

static ssize_t undo_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	char word[8] = "";

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (count >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, buf, count))
		return -EFAULT;
	if (!sysfs_streq(word, "all"))
		return -EINVAL;
	undo_all(NULL);
	return count;
}

static const struct file_operations undo_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = undo_write,
};

static int status_show(struct seq_file *m, void *v)
{
	struct injection *old;

	mutex_lock(&injections_lock);
	list_for_each_entry(old, &injections, list)
		seq_printf(m, "%s %d %lx\n", old->what->name, old->pid,
			   old->site.addr);
	mutex_unlock(&injections_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

static int names_show(struct seq_file *m, void *v)
{
	const struct corruption *what;

	for (what = corruptions; what->name; what++)
		seq_printf(m, "%s %s %s %s\n", what->name, what->provokes,
			   site_level_name(what->level),
			   site_need_name(what->need));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(names);

static int __init ptdesc_inject_init(void)
{
	if (!allow_corruption) {
		pr_err("not loaded: it corrupts the kernel, say allow_corruption=1 if you mean it\n");
		return -EPERM;
	}
	inject_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("inject", 0200, inject_dir, NULL, &inject_fops);
	debugfs_create_file("undo", 0200, inject_dir, NULL, &undo_fops);
	debugfs_create_file("status", 0400, inject_dir, NULL, &status_fops);
	debugfs_create_file("names", 0400, inject_dir, NULL, &names_fops);
	return 0;
}
module_init(ptdesc_inject_init);

static void __exit ptdesc_inject_exit(void)
{
	debugfs_remove(inject_dir);
	undo_all(NULL);
}
module_exit(ptdesc_inject_exit);

MODULE_DESCRIPTION("Corrupts page tables of a process on purpose, to test ptdesc-check");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");

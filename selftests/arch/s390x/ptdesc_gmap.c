// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a process make guest address spaces (gmaps) of its own memory without
 * running a guest, and tells it where its page tables are. For tests.
 *
 * /sys/kernel/debug/ptdesc_gmap takes one command per write(), about the process
 * that writes and about the gmaps that were made through this open file; read()
 * returns what the last command had to say. Numbers are hexadecimal. A command
 * fails with the error of the kernel function that it calls.
 *
 *	create LIMIT		a gmap for guest addresses up to LIMIT
 *	map FROM TO LEN		map LEN bytes at FROM to the guest address TO
 *	unmap TO LEN
 *	fault TO		write to the guest address TO
 *	replace			replace the top table by a copy
 *	shadow ASCE		a shadow gmap of the tables that ASCE names
 *	r2t, r3t, sgt, pgt SADDR ORIGIN FAKE
 *				shadow the table at ORIGIN for the address SADDR
 *	lookup SADDR		what the page table at SADDR shadows: "ORIGIN FAKE"
 *	forget			let go of the shadow gmap
 *	remove			remove the gmap and with it all shadows
 *	main, shadowed		the tables of the gmap, of its shadow: "LEVEL START PFN"
 *	mm			the page tables of the process: "LEVEL START PFN OFFSET"
 *	gaddr, frag PFN BITS	corrupt the descriptor of a table: change these bits of
 *				its guest address, or of which fragments are in use;
 *				the same again puts it right
 *	barrier			wait until freed page tables are really free
 *	hold, release		keep freed page tables from that; "release" fails
 *				with ETIMEDOUT if that was too long
 *
 * Tables are found by walking from the top, as the machine would, never by their
 * descriptors. It is not loaded without allow_corruption=1.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/gmap.h>
#include <asm/pgalloc.h>

#define TEXT_SIZE	SZ_64K
#define HOLD_MS		8000

static bool allow_corruption;
module_param(allow_corruption, bool, 0400);
MODULE_PARM_DESC(allow_corruption, "must be 1: this module corrupts the running kernel");

/* one for each open file */
struct gmapper {
	struct mutex		lock;	/* one command at a time */
	struct mm_struct	*mm;	/* of the gmap, mm_count held */
	struct gmap		*gmap;
	struct gmap		*shadow;
	char			*text;	/* what the last command said */
	size_t			len;
};

static struct dentry *gmapper_file;
static DEFINE_MUTEX(hold_lock);
static struct task_struct *holder;
static DECLARE_COMPLETION(held);

static __printf(2, 3) void say(struct gmapper *g, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g->len += vscnprintf(g->text + g->len, TEXT_SIZE - g->len, format, args);
	va_end(args);
}

static const char * const level_name[] = { "pgt", "sgt", "r3t", "r2t", "r1t" };

/* A table whose entries are of this level, for the addresses from start on. */
static void say_table(struct gmapper *g, unsigned long *table, int level, unsigned long start)
{
	unsigned long mask = level == 1 ? _SEGMENT_ENTRY_ORIGIN : _REGION_ENTRY_ORIGIN;
	int shift = _SEGMENT_SHIFT + 11 * (level - 1);
	int i;

	say(g, "%s %lx %lx\n", level_name[level], start, __pa(table) >> PAGE_SHIFT);
	if (!level)
		return;
	BUILD_BUG_ON(_SEGMENT_ENTRY_INVALID != _REGION_ENTRY_INVALID);
	for (i = 0; i < _CRST_ENTRIES; i++) {
		if (table[i] & _REGION_ENTRY_INVALID)
			continue;
		say_table(g, __va(table[i] & mask), level - 1,
			  start + ((unsigned long)i << shift));
	}
}

/* The ASCE of a shadow gmap that was taken down is 0: it cannot be asked. */
static int top_level(struct gmap *gmap)
{
	if (gmap->asce_end < _REGION3_SIZE)
		return 1;
	if (gmap->asce_end < _REGION2_SIZE)
		return 2;
	return gmap->asce_end < _REGION1_SIZE ? 3 : 4;
}

static int say_gmap(struct gmapper *g, struct gmap *gmap)
{
	if (!gmap)
		return -ENOENT;
	mmap_read_lock(g->mm);
	spin_lock(&gmap->guest_table_lock);
	say_table(g, gmap->table, top_level(gmap), 0);
	spin_unlock(&gmap->guest_table_lock);
	mmap_read_unlock(g->mm);
	return 0;
}

static void say_mm_table(struct gmapper *g, const char *level, unsigned long addr,
			 unsigned long size, const void *table)
{
	say(g, "%s %lx %lx %lx\n", level, addr & ~(size - 1), __pa(table) >> PAGE_SHIFT,
	    offset_in_page(table));
}

static int say_mm(struct gmapper *g)
{
	struct mm_struct *mm = current->mm;
	unsigned long addr = 0, end = mm->context.asce_limit;
	const void *last_p4d = NULL, *last_pud = NULL, *last_pmd = NULL;

	mmap_write_lock(mm);
	say_mm_table(g, "pgd", 0, PGDIR_SIZE, mm->pgd);
	while (addr < end) {
		pgd_t *pgd = pgd_offset(mm, addr);
		p4d_t *p4d;
		pud_t *pud;
		pmd_t *pmd;
		const void *table;

		if (pgd_none(*pgd)) {
			addr = pgd_addr_end(addr, end);
			continue;
		}
		p4d = p4d_offset(pgd, addr);
		table = p4d - p4d_index(addr);
		if (!mm_p4d_folded(mm) && table != last_p4d)
			say_mm_table(g, "p4d", addr, PGDIR_SIZE, table);
		last_p4d = table;
		if (p4d_none(*p4d)) {
			addr = p4d_addr_end(addr, end);
			continue;
		}
		pud = pud_offset(p4d, addr);
		table = pud - pud_index(addr);
		if (!mm_pud_folded(mm) && table != last_pud)
			say_mm_table(g, "pud", addr, P4D_SIZE, table);
		last_pud = table;
		if (pud_none(*pud) || pud_large(*pud)) {
			addr = pud_addr_end(addr, end);
			continue;
		}
		pmd = pmd_offset(pud, addr);
		table = pmd - pmd_index(addr);
		if (table != last_pmd)
			say_mm_table(g, "pmd", addr, PUD_SIZE, table);
		last_pmd = table;
		if (!pmd_none(*pmd) && !pmd_large(*pmd))
			say_mm_table(g, "pte", addr, PMD_SIZE, (void *)pmd_deref(*pmd));
		addr = pmd_addr_end(addr, end);
	}
	mmap_write_unlock(mm);
	return 0;
}

static int create(struct gmapper *g, unsigned long limit)
{
	int rc;

	if (g->gmap)
		return -EBUSY;
	rc = s390_enable_sie();
	if (rc)
		return rc;
	g->gmap = gmap_create(current->mm, limit);
	if (!g->gmap)
		return -ENOMEM;
	g->mm = current->mm;
	mmgrab(g->mm);
	return 0;
}

static void forget(struct gmapper *g)
{
	if (g->shadow)
		gmap_put(g->shadow);
	g->shadow = NULL;
}

static void remove(struct gmapper *g)
{
	forget(g);
	if (g->gmap) {
		gmap_remove(g->gmap);
		mmdrop(g->mm);
	}
	g->gmap = NULL;
	g->mm = NULL;
}

/* What the caller of s390_replace_asce() is left with is freed as gmap_free() would. */
static int replace(struct gmapper *g)
{
	struct ptdesc *old = virt_to_ptdesc(g->gmap->table);
	int rc = s390_replace_asce(g->gmap);

	if (rc)
		return rc;
	say(g, "%lx %lx\n", page_to_pfn(ptdesc_page(old)), __pa(g->gmap->table) >> PAGE_SHIFT);
	__pagetable_dtor(old);
	old->_pt_s390_gaddr = 0;
	pagetable_free(old);
	return 0;
}

static int shadow(struct gmapper *g, unsigned long asce)
{
	struct gmap *sg;

	if (g->shadow)
		return -EBUSY;
	sg = gmap_shadow(g->gmap, asce, 0);
	if (IS_ERR(sg))
		return PTR_ERR(sg);
	g->shadow = sg;
	return 0;
}

static int shadow_table(struct gmapper *g, const char *level, unsigned long saddr,
			unsigned long origin, int fake)
{
	int rc = -EINVAL;

	if (!g->shadow)
		return -ENOENT;
	mmap_read_lock(g->mm);
	if (!strcmp(level, "r2t"))
		rc = gmap_shadow_r2t(g->shadow, saddr, origin, fake);
	else if (!strcmp(level, "r3t"))
		rc = gmap_shadow_r3t(g->shadow, saddr, origin, fake);
	else if (!strcmp(level, "sgt"))
		rc = gmap_shadow_sgt(g->shadow, saddr, origin, fake);
	else if (!strcmp(level, "pgt"))
		rc = gmap_shadow_pgt(g->shadow, saddr, origin, fake);
	mmap_read_unlock(g->mm);
	return rc;
}

static int lookup(struct gmapper *g, unsigned long saddr)
{
	int dat_protection, fake, rc;
	unsigned long origin;

	if (!g->shadow)
		return -ENOENT;
	mmap_read_lock(g->mm);
	rc = gmap_shadow_pgt_lookup(g->shadow, saddr, &origin, &dat_protection, &fake);
	mmap_read_unlock(g->mm);
	if (!rc)
		say(g, "%lx %x\n", origin, fake);
	return rc;
}

/* An RCU read-side section on another CPU. */
static int hold_rcu(void *unused)
{
	ktime_t end = ktime_add_ms(ktime_get(), HOLD_MS);
	bool late = false;

	rcu_read_lock();
	complete(&held);
	while (!kthread_should_stop() && !late) {
		cpu_relax();
		late = ktime_after(ktime_get(), end);
	}
	rcu_read_unlock();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return late ? -ETIMEDOUT : 0;
}

static int hold(void)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct task_struct *task;

	if (cpu >= nr_cpu_ids)
		return -ENODEV;
	if (holder)
		return -EBUSY;
	task = kthread_create(hold_rcu, NULL, "ptdesc_hold");
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	holder = task;
	reinit_completion(&held);
	wake_up_process(task);
	wait_for_completion(&held);
	return 0;
}

static int release(void)
{
	struct task_struct *task = holder;

	holder = NULL;
	return task ? kthread_stop(task) : -ENOENT;
}

static int corrupt(const char *word, unsigned long pfn, unsigned long bits)
{
	struct page *page = pfn_to_online_page(pfn);
	struct ptdesc *pt;

	if (!page || !PageTable(page))
		return -ENXIO;
	pt = page_ptdesc(page);
	if (!strcmp(word, "gaddr"))
		pt->_pt_s390_gaddr ^= bits;
	else
		atomic_xor(bits, &pt->pt_frag_refcount);
	return 0;
}

static int command(struct gmapper *g, const char *line)
{
	unsigned long a = 0, b = 0, c = 0;
	char verb[12];
	int n, rc = 0;

	n = sscanf(line, "%11s %lx %lx %lx", verb, &a, &b, &c);
	if (n < 1)
		return -EINVAL;
	g->len = 0;
	if (!strcmp(verb, "mm"))
		return say_mm(g);
	if (!strcmp(verb, "barrier")) {
		synchronize_rcu();
		rcu_barrier();
		return 0;
	}
	if (!strcmp(verb, "hold") || !strcmp(verb, "release")) {
		mutex_lock(&hold_lock);
		rc = *verb == 'h' ? hold() : release();
		mutex_unlock(&hold_lock);
		return rc;
	}
	if (!strcmp(verb, "gaddr") || !strcmp(verb, "frag"))
		return corrupt(verb, a, b);
	if (!strcmp(verb, "create"))
		return create(g, a);
	if (!g->gmap)
		return -ENOENT;
	if (g->mm != current->mm)
		return -EPERM;

	if (!strcmp(verb, "map"))
		rc = gmap_map_segment(g->gmap, a, b, c);
	else if (!strcmp(verb, "unmap"))
		rc = gmap_unmap_segment(g->gmap, a, b);
	else if (!strcmp(verb, "fault"))
		rc = gmap_fault(g->gmap, a, FAULT_FLAG_WRITE);
	else if (!strcmp(verb, "replace"))
		rc = replace(g);
	else if (!strcmp(verb, "shadow"))
		rc = shadow(g, a);
	else if (!strcmp(verb, "lookup"))
		rc = lookup(g, a);
	else if (!strcmp(verb, "main"))
		rc = say_gmap(g, g->gmap);
	else if (!strcmp(verb, "shadowed"))
		rc = say_gmap(g, g->shadow);
	else if (!strcmp(verb, "forget"))
		forget(g);
	else if (!strcmp(verb, "remove"))
		remove(g);
	else
		rc = shadow_table(g, verb, a, b, c);
	return rc;
}

static ssize_t gmapper_write(struct file *file, const char __user *from, size_t count,
			     loff_t *pos)
{
	struct gmapper *g = file->private_data;
	char line[128];
	int rc;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	mutex_lock(&g->lock);
	rc = command(g, line);
	if (!rc && g->len == TEXT_SIZE - 1)
		rc = -ENOSPC;
	mutex_unlock(&g->lock);
	return rc ? rc : count;
}

static ssize_t gmapper_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct gmapper *g = file->private_data;
	loff_t start = 0;
	ssize_t n;

	mutex_lock(&g->lock);
	n = simple_read_from_buffer(to, count, &start, g->text, g->len);
	mutex_unlock(&g->lock);
	return n;
}

static int gmapper_open(struct inode *inode, struct file *file)
{
	struct gmapper *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return -ENOMEM;
	g->text = kzalloc(TEXT_SIZE, GFP_KERNEL);
	if (!g->text) {
		kfree(g);
		return -ENOMEM;
	}
	mutex_init(&g->lock);
	file->private_data = g;
	return 0;
}

static int gmapper_release(struct inode *inode, struct file *file)
{
	struct gmapper *g = file->private_data;

	remove(g);
	kfree(g->text);
	kfree(g);
	return 0;
}

static const struct file_operations gmapper_fops = {
	.owner		= THIS_MODULE,
	.open		= gmapper_open,
	.read		= gmapper_read,
	.write		= gmapper_write,
	.release	= gmapper_release,
	.llseek		= noop_llseek,
};

static int __init gmapper_init(void)
{
	if (!allow_corruption) {
		pr_err("not loaded: it corrupts the kernel, say allow_corruption=1 if you mean it\n");
		return -EPERM;
	}
	gmapper_file = debugfs_create_file("ptdesc_gmap", 0600, NULL, NULL, &gmapper_fops);
	return PTR_ERR_OR_ZERO(gmapper_file);
}
module_init(gmapper_init);

static void __exit gmapper_exit(void)
{
	debugfs_remove(gmapper_file);
	if (holder)
		release();
}
module_exit(gmapper_exit);

MODULE_DESCRIPTION("Makes gmaps without guests, for tests of page table descriptors");
MODULE_LICENSE("GPL");

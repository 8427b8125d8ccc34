// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the tasks whose PGDs are among the records.
 *
 * A descriptor's pt_mm proves nothing: below the PGD its word is stale, and the mm
 * may be freed at any time. So it is compared and never followed: a table is a PGD
 * when a task uses an mm whose address is that word and whose pgd is that table.
 * task_lock() keeps the task's mm in use meanwhile (exit_mm() and exec_mmap()
 * change task->mm under it before they let go of the mm).
 */
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "inspector.h"

/* Tasks looked at in one RCU read-side section. */
#define PTDESC_TASKS	128

#define PTDESC_BLOOM_BITS	10

/**
 * struct ptdesc_claim - the candidates of one batch
 * @records: all records, in rising pfn order
 * @count: their number
 * @open: candidates that no task has claimed yet
 * @ns: the reader's PID namespace
 * @bloom: a bit for the hash of each candidate, to pass by most tasks at once
 */
struct ptdesc_claim {
	struct ptdesc_record	*records;
	int			count;
	int			open;
	struct pid_namespace	*ns;
	DECLARE_BITMAP(bloom, 1 << PTDESC_BLOOM_BITS);
};

static unsigned int ptdesc_bloom(const struct mm_struct *mm)
{
	return hash_ptr((void *)mm, PTDESC_BLOOM_BITS);
}

static struct ptdesc_record *ptdesc_find_pfn(struct ptdesc_claim *claim, unsigned long pfn)
{
	int low = 0, high = claim->count;

	while (low < high) {
		int middle = (low + high) / 2;

		if (claim->records[middle].pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < claim->count && claim->records[low].pfn == pfn)
		return &claim->records[low];
	return NULL;
}

/* Let a task that uses some mm claim its PGD, if that is among the candidates. */
static void ptdesc_claim_pgd(struct ptdesc_claim *claim, struct task_struct *task)
{
	struct ptdesc_record *record;
	struct mm_struct *mm;

	task_lock(task);
	mm = task->mm;
	if (!mm)
		goto out;
	record = ptdesc_find_pfn(claim, page_to_pfn(virt_to_page(mm->pgd)));
	if (record && record->mm == mm && !record->owned) {
		record->owned = true;
		record->tgid = task_tgid_nr_ns(task, claim->ns);
		strscpy(record->comm, task->comm, sizeof(record->comm));
		claim->open--;
	}
out:
	task_unlock(task);
}

static void ptdesc_claim_process(struct ptdesc_claim *claim, struct task_struct *leader)
{
	struct task_struct *task;

	for_each_thread(leader, task) {
		struct mm_struct *mm = READ_ONCE(task->mm);

		if (task->flags & PF_KTHREAD)
			return;		/* borrows an mm at most */
		if (!mm)
			continue;	/* has exited; others may not have */
		if (test_bit(ptdesc_bloom(mm), claim->bloom))
			ptdesc_claim_pgd(claim, task);
		return;			/* threads share one mm */
	}
}

/**
 * ptdesc_find_owners - find out which records are PGDs, and whose
 * @records: as ptdesc_scan() left them
 * @count: their number
 *
 * Sets owned, tgid and comm where a live task was found. Visits each process
 * once if there is any candidate; may sleep.
 */
void ptdesc_find_owners(struct ptdesc_record *records, int count)
{
	struct ptdesc_claim claim = {
		.records = records,
		.count = count,
		.ns = task_active_pid_ns(current),
	};
	struct pid *pid;
	int nr = 1;
	int i;

	for (i = 0; i < count; i++) {
		if (records[i].mm) {
			__set_bit(ptdesc_bloom(records[i].mm), claim.bloom);
			claim.open++;
		}
	}

	while (claim.open && !fatal_signal_pending(current)) {
		rcu_read_lock();
		for (i = 0; i < PTDESC_TASKS; i++) {
			struct task_struct *leader;

			pid = find_ge_pid(nr, &init_pid_ns);
			if (!pid)
				break;
			nr = pid_nr(pid) + 1;
			leader = pid_task(pid, PIDTYPE_TGID);
			if (leader)
				ptdesc_claim_process(&claim, leader);
		}
		rcu_read_unlock();
		if (!pid)
			break;
		cond_resched();
	}
}

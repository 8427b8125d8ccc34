// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the walker that runs in the kernel: raw tracepoint programs that
 * are attached to nothing and run by BPF_PROG_TEST_RUN in the caller's task.
 * They only read, every read may fail, and no pointer is trusted further than
 * one bpf_probe_read_kernel().
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "walk_state.h"
#include "arch/arch.h"
#include "walk_kernel.bpf.h"
#ifdef __TARGET_ARCH_s390
#include "walk_s390.bpf.h"
#endif

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_BATCH);
	__type(key, __u32);
	__type(value, struct walk_table);
} records SEC(".maps");

/* Slot i holds the table of record i, or the answer to request i. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_BATCH);
	__uint(key_size, 4);
	__uint(value_size, WALK_TABLE_SIZE);
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_BATCH);
	__type(key, __u32);
	__type(value, struct walk_request);
} requests SEC(".maps");

/* Upper tables on the path as first read, by height. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, WALK_TABLE_SIZE);
} uppers SEC(".maps");

/* Shared with user space through the mapped .bss. */
struct walk_facts facts;
struct walk_base base;
struct walk_mm_state mm_state;
struct walk_cursor cursor;
__u64 cached_page;
__u64 longest_call;

static __u64 page_copy[8];	/* a struct page */

/* A program is over that began then: BPF_PROG_TEST_RUN kept preemption off and RCU from a grace period for so long. */
static __always_inline int over(__u64 start, int result)
{
	__u64 nsec = bpf_ktime_get_ns() - start;

	if (nsec > longest_call)
		longest_call = nsec;
	return result;
}

SEC("raw_tp/describe")
int describe(void *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	facts_fields(&facts);
	facts_types(&facts);
	facts_rcu(&facts);
#ifdef __TARGET_ARCH_s390
	facts_s390(&facts);
#endif
	return over(start, 0);
}

/* An open file of the calling process, NULL if there is none. */
static __always_inline struct file *open_file(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **array = BPF_CORE_READ(fdt, fd), *file = NULL;

	if (fd >= BPF_CORE_READ(fdt, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), array + fd))
		return NULL;
	return file;
}

static __always_inline void read_mm(void)
{
	struct mm_struct *mm = (void *)mm_state.mm;

	bpf_core_read(&mm_state.mm_users, sizeof(mm_state.mm_users), &mm->mm_users);
	bpf_core_read(&mm_state.pgtables_bytes, sizeof(mm_state.pgtables_bytes), &mm->pgtables_bytes);
	mm_state.pgd = (__u64)BPF_CORE_READ(mm, pgd);
	if (ARCH_ASCE)
		mm_state.asce = BPF_CORE_READ((struct mm_struct___s390 *)mm, context.asce);
#ifdef __TARGET_ARCH_s390
	mm_state.pgstes = mm_has_pgstes((struct mm_struct___s390 *)mm);
#endif
}

static __always_inline int find_mm(__u64 what)
{
	if (what != (__u64)-1) {
		struct file *file = open_file(what);

		if (what & WALK_FIND_PAGE) {
			cached_page = (__u64)BPF_CORE_READ(file, f_mapping, i_pages.xa_head);
			return !cached_page;
		}
		mm_state.mm = (__u64)BPF_CORE_READ(file, private_data);
	}
	if (mm_state.mm)
		read_mm();
	return !mm_state.mm;
}

/*
 * args[0]: fd of a /proc/PID/pagemap, which pins the mm; or -1 to re-read the
 * last one. With WALK_FIND_PAGE: fd of a file of which one page is in memory,
 * the first: its struct page, cached_page.
 */
SEC("raw_tp/find")
int find(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	return over(start, find_mm(ctx->args[0]));
}

static long copy_one(__u32 i, void *ctx)
{
	struct walk_request *request = bpf_map_lookup_elem(&requests, &i);
	void *slot = bpf_map_lookup_elem(&tables, &i);
	__u32 size;

	if (!request || !slot)
		return 1;
	size = request->size;
	if (size > WALK_TABLE_SIZE)
		size = WALK_TABLE_SIZE;
	request->error = bpf_probe_read_kernel(slot, size, (void *)request->address);
	return 0;
}

/* args[0]: number of requests */
SEC("raw_tp/copy")
int copy(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	bpf_loop((__u32)ctx->args[0], copy_one, NULL, 0);
	return over(start, 0);
}

#include "walk_glance.bpf.h"

/* Where the memory at this physical address is mapped. */
static __always_inline void *phys_to_virt(__u64 address)
{
	return (void *)(base.page_offset + address);
}

static __always_inline void *struct_page(__u64 pfn)
{
	return (void *)(base.vmemmap + pfn * base.page_size);
}

struct chain {
	__u64 at, first;	/* struct pages, or the tables themselves */
	__u32 length, flags;
};

/*
 * One table of the circular list that pgtable_trans_huge_deposit() builds:
 * through page->lru, or through the first words of the tables.
 */
static long chain_next(__u32 i, struct chain *chain)
{
	__u64 address = chain->at - base.page_offset, offset, next = 0;
	struct page *page = (void *)chain->at;
	__u32 type = 0;
	long error;

	if (!ARCH_DEPOSIT_LRU)
		page = struct_page(address >> ARCH_PAGE_SHIFT);
	offset = (__u64)page - base.vmemmap;
	if (offset % base.page_size || offset / base.page_size >= base.max_pfn ||
	    (!ARCH_DEPOSIT_LRU && address % ARCH_TABLE_ALIGN) ||
	    bpf_core_read(&type, sizeof(type), &page->page_type) ||
	    (type & base.table.mask) != base.table.value)
		goto bad;
	if (ARCH_DEPOSIT_LRU)
		error = bpf_core_read(&next, sizeof(next), &page->lru);
	else
		error = bpf_probe_read_kernel(&next, sizeof(next), (void *)chain->at);
	if (error)
		goto bad;
	chain->length++;
	chain->at = ARCH_DEPOSIT_LRU ? next - bpf_core_field_offset(page->lru) : next;
	return chain->at == chain->first;
bad:
	chain->flags |= WALK_CHAIN_BAD;
	return 1;
}

static __always_inline void read_chain(struct walk_table *table)
{
	struct chain chain = { .at = table->pmd_huge_pte, .first = table->pmd_huge_pte };

	if (!chain.first)
		return;
	bpf_loop(WALK_CHAIN_MAX, chain_next, &chain, 0);
	if (!chain.flags && chain.at != chain.first)
		chain.flags = WALK_CHAIN_LONG;
	table->deposited = chain.length;
	table->flags |= chain.flags;
}

static __always_inline void read_descriptor(struct walk_table *table)
{
	void *page = struct_page(table->pfn);

	/* what has no struct page reads as zeroes */
	if (table->flags & WALK_BAD_PFN)
		page = NULL;
	if (bpf_probe_read_kernel(page_copy, sizeof(page_copy), page))
		table->flags |= WALK_NO_PAGE;
	table->page_flags = page_copy[0];
	table->mapping = FROM64(page, page_copy, mapping);
	table->page_type = FROM32(page, page_copy, page_type);
	table->refcount = FROM32(page, page_copy, _refcount);
	table->pmd_huge_pte = base.deposits ? DESCRIPTOR(page_copy, pmd_huge_pte, pmd_huge_pte) : 0;
	table->pt_mm = DESCRIPTOR(page_copy, pt_mm, pt_mm);
	table->memcg_data = DESCRIPTOR(page_copy, pt_memcg_data, memcg_data);
	table->ptl = descriptor_ptl(page_copy);
	if (table->page_flags & base.head_flag)
		table->order = compound_order(page + base.page_size);
	if (table->level == WALK_PMD && base.deposits)
		read_chain(table);
}

/* Copy the table into its slot, and into uppers if the walk goes on below it. */
static __always_inline void read_table(struct walk_table *table, __u32 height, __u64 address, void *slot)
{
	__u32 key = height & 7;
	__u64 size = base.entries[key] * 8ULL;	/* in 64 bits: else the verifier loses its bound */
	void *from = phys_to_virt(address);
	void *keep = bpf_map_lookup_elem(&uppers, &key);
	long error;

	if (table->flags & WALK_BAD_PFN)
		from = NULL;
	if (size > WALK_TABLE_SIZE)
		size = WALK_TABLE_SIZE;
	if (height == 1 || !keep) {
		error = bpf_probe_read_kernel(slot, size, from);
	} else {
		error = bpf_probe_read_kernel(keep, size, from);
		bpf_probe_read_kernel(slot, size, keep);
	}
	if (error)
		table->flags |= WALK_NO_TABLE;
}

/* The entry that the walk followed at this height, as it is now. */
static __always_inline __u64 live_entry(__u32 height)
{
	__u32 h = height & 7;
	__u64 *entries = phys_to_virt(cursor.table[h]), entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), entries + cursor.index[h]);
	return arch_entry(entry);
}

/*
 * Greatest height at which an entry of the path to a table of this height has
 * changed; 0: none. (Global functions are verified once, whoever calls them.)
 */
__noinline __u32 path_changed(__u32 height)
{
	__u32 h;

	cursor.changed = 0;
#pragma unroll
	for (h = 2; h <= ARCH_LEVELS_MAX; h++)
		if (h > height && h <= cursor.levels &&
		    (live_entry(h) ^ cursor.entry[h]) & ~ARCH_VOLATILE)
			cursor.changed = h;
	return cursor.changed;
}

static __always_inline __u32 level_of(__u32 height)
{
	return height == cursor.levels ? WALK_PGD : height;
}

/* Go on in this table: from which entry, up to which. */
static __always_inline void enter(__u32 height, __u64 address, __u64 va)
{
	__u32 h = height & 7, shift = base.shift[h], entries = base.entries[h], end;
	__u64 last = va + ((__u64)entries << shift) - 1;

	end = height == cursor.levels ? cursor.limit : entries;
	cursor.table[h] = address;
	cursor.va[h] = va;
	cursor.index[h] = va < cursor.low ? (cursor.low >> shift) & (entries - 1) : 0;
	if (cursor.last < last)
		end = (cursor.last >> shift & (entries - 1)) + 1;
	cursor.end[h] = end;
	cursor.height = h;
}

/* Read one table and its descriptor into the next record. Returns its flags, -1 if there is no room. */
__noinline long visit(__u32 height, __u64 address, __u64 entry, __u64 va)
{
	__u32 i = cursor.records;
	struct walk_table *table = bpf_map_lookup_elem(&records, &i);
	void *slot = bpf_map_lookup_elem(&tables, &i);

	if (!table || !slot)
		return -1;
	table->va = va;
	table->pfn = address >> ARCH_PAGE_SHIFT;
	table->offset = address & (ARCH_PAGE_SIZE - 1);
	table->entry = entry;
	table->level = level_of(height);
	table->deposited = 0;
	table->order = 0;
	table->flags = table->pfn < base.max_pfn ? 0 : WALK_BAD_PFN;
	read_table(table, height, address, slot);
	read_descriptor(table);
	cursor.records = i + 1;
	cursor.work += WALK_WORK_TABLE + table->deposited * WALK_WORK_DEPOSITED;
	return table->flags;
}

/* Advance the index at *height by one, unless it is at an entry that leads to a table, or at the end. */
static long scan(__u32 i, __u32 *height)
{
	__u32 h = *height & 7, index = cursor.index[h], level = level_of(h), key = h;
	__u64 *upper = bpf_map_lookup_elem(&uppers, &key);

	if (!upper || index >= cursor.end[h] ||
	    (arch_entry(upper[index & (ARCH_ENTRIES - 1)]) & arch_table_mask(level)) == arch_table_value(level))
		return 1;
	cursor.index[h] = index + 1;
	return 0;
}

/*
 * Follow one entry, or go up one level. Above the pgd stands a table that
 * is not there, whose one entry leads to the pgd. Returns 1 when the walk or
 * the batch is over.
 */
static long step(__u32 i, void *ctx)
{
	__u32 height = cursor.height, h = height & 7, level, changed, index;
	__u64 entry = 0, address, va = cursor.base;
	long flags;

	if (cursor.records >= WALK_BATCH || cursor.work >= WALK_WORK)
		return 1;
	if (h < 2 || h > ARCH_LEVELS_MAX + 1) {	/* never; but user space calls until done */
		cursor.done = 1;
		return 1;
	}
	if (h > cursor.levels) {
		cursor.done = cursor.index[h];
		if (cursor.done)
			return 1;
		address = cursor.root;
	} else {
		index = cursor.index[h];
		bpf_loop(ARCH_ENTRIES + 1, scan, &height, 0);
		cursor.work += cursor.index[h] - index;
		if (cursor.index[h] >= cursor.end[h]) {
			cursor.height = h + 1;
			cursor.index[(h + 1) & 7]++;
			return 0;
		}
		/* what the table says now, which may be later than its copy by a batch */
		entry = live_entry(h);
		level = level_of(h);
		if ((entry & arch_table_mask(level)) != arch_table_value(level)) {
			cursor.vanished++;
			cursor.index[h]++;
			return 0;
		}
		cursor.entry[h] = entry;
		address = arch_table_addr(entry & ~base.crypt, level);
		va = cursor.va[h] + ((__u64)cursor.index[h] << base.shift[h]);
	}
	flags = visit(h - 1, address, entry, va);
	if (flags < 0)
		return 1;

	changed = path_changed(h - 1);
	if (changed) {
		__u32 last = cursor.records - 1;
		struct walk_table *table = bpf_map_lookup_elem(&records, &last);

		if (table)
			table->flags |= WALK_MOVED;
		/* what hangs below the change is not this mm's any more */
		cursor.height = changed;
		cursor.index[changed & 7]++;
	} else if (h == 2 || (flags & (WALK_BAD_PFN | WALK_NO_TABLE))) {
		cursor.index[h]++;
	} else {
		enter(h - 1, address, va);
	}
	return 0;
}

static __always_inline int walk_batch(__u32 steps)
{
	cursor.records = 0;
	cursor.work = 0;
	read_mm();
	if (mm_state.mm_users <= 0) {
		cursor.dead = 1;
		return 0;
	}
	if (!cursor.height) {
		cursor.levels = ARCH_ASCE ? arch_asce_levels(mm_state.asce) : base.levels;
		cursor.root = ARCH_ASCE ? arch_asce_table(mm_state.asce) : mm_state.pgd - base.page_offset;
		cursor.height = cursor.levels + 1;
	}
	bpf_loop(steps, step, NULL, 0);
	return 0;
}

/* One batch. args[0]: most steps to take. */
SEC("raw_tp/walk")
int walk(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	return over(start, walk_batch(ctx->args[0]));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file /sys/kernel/debug/ptdesc.
 *
 * Its position is a pfn. A read() returns whole lines, as many as fit, and moves
 * the position behind the last table that it listed; what follows is found anew by
 * the next read(). Only when not even one line fits is the rest of that line kept,
 * for a next read() that goes on where this one stopped. So the memory of an open
 * file is constant, and its position is always one to resume from.
 *
 * debugfs holds a reference to the module while the file is open.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "inspector.h"

/*
 * Each batch of records with a candidate for a PGD costs a visit to each process,
 * so it should not be small. No line is shorter than PTDESC_LINE_MIN.
 */
#define PTDESC_BATCH	1024
#define PTDESC_LINE_MIN	36
#define PTDESC_TEXT	4096

/**
 * struct ptdesc_reader - an open file
 * @lock: serializes read() and llseek()
 * @pos: position at which the state below holds; for any other it is reset
 * @headed: the header has been written
 * @ended: the trailer has been written
 * @from: first byte of @text that the reader has not got
 * @to: end of @text
 * @next: first record that has not been written
 * @count: number of records
 * @after: pfn to scan from when all records have been written
 * @records: tables found, valid during one read() only
 * @text: whole lines
 */
struct ptdesc_reader {
	struct mutex		lock;	/* of all below */
	loff_t			pos;
	bool			headed;
	bool			ended;
	size_t			from;
	size_t			to;
	int			next;
	int			count;
	unsigned long		after;
	struct ptdesc_record	records[PTDESC_BATCH];
	char			text[PTDESC_TEXT];
};

static struct dentry *ptdesc_file;

static void ptdesc_reset(struct ptdesc_reader *reader, loff_t pos)
{
	reader->pos = pos;
	reader->headed = pos > 0;
	reader->ended = false;
	reader->from = 0;
	reader->to = 0;
}

/* The next record, or NULL at the end of memory or of the reader's life. */
static const struct ptdesc_record *ptdesc_next(struct ptdesc_reader *reader, size_t room)
{
	if (reader->next == reader->count) {
		int max = min_t(size_t, room / PTDESC_LINE_MIN + 1, PTDESC_BATCH);

		reader->next = 0;
		reader->count = ptdesc_scan(&reader->after, reader->records, max);
		ptdesc_find_owners(reader->records, reader->count);
		if (!reader->count)
			return NULL;
	}
	return &reader->records[reader->next];
}

/* Add the next line unless it is longer than @room. Return: it was added. */
static bool ptdesc_add_line(struct ptdesc_reader *reader, size_t room)
{
	char *line = reader->text + reader->to;
	const struct ptdesc_record *record;
	size_t length;

	if (reader->ended)
		return false;
	if (!reader->headed) {
		length = ptdesc_line_header(line);
		if (length > room)
			return false;
		reader->headed = true;
		goto added;
	}

	record = ptdesc_next(reader, room);
	if (record) {
		length = ptdesc_line_record(line, record);
		if (length > room)
			return false;
		reader->pos = (loff_t)record->pfn + 1;
		reader->next++;
		goto added;
	}

	length = ptdesc_line_trailer(line);
	if (length > room || fatal_signal_pending(current))
		return false;
	reader->ended = true;
added:
	reader->to += length;
	return true;
}

/* Put as many whole lines as fit @room into the empty text; one in any case if @must. */
static void ptdesc_fill(struct ptdesc_reader *reader, size_t room, bool must)
{
	reader->from = 0;
	reader->to = 0;
	if (must && !ptdesc_add_line(reader, PTDESC_LINE_MAX))
		return;
	while (reader->to < room && reader->to <= PTDESC_TEXT - PTDESC_LINE_MAX) {
		if (!ptdesc_add_line(reader, room - reader->to))
			return;
	}
}

static ssize_t ptdesc_read(struct file *file, char __user *to, size_t size, loff_t *ppos)
{
	struct ptdesc_reader *reader = file->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	if (mutex_lock_killable(&reader->lock))
		return -EINTR;
	if (*ppos != reader->pos)
		ptdesc_reset(reader, *ppos);
	reader->next = 0;
	reader->count = 0;
	reader->after = min_t(u64, reader->pos, PTDESC_NO_PFN);

	while (done < size) {
		size_t part, left;

		if (reader->from == reader->to)
			ptdesc_fill(reader, size - done, !done);
		if (reader->from == reader->to) {
			if (fatal_signal_pending(current))
				ret = -EINTR;
			break;
		}
		part = min(size - done, reader->to - reader->from);
		left = copy_to_user(to + done, reader->text + reader->from, part);
		done += part - left;
		reader->from += part - left;
		if (left) {
			ret = -EFAULT;
			break;
		}
	}
	if (done)
		ret = done;
	if (ret >= 0)
		*ppos = reader->pos;
	mutex_unlock(&reader->lock);
	return ret;
}

static loff_t ptdesc_llseek(struct file *file, loff_t offset, int whence)
{
	struct ptdesc_reader *reader = file->private_data;
	loff_t pos = offset;

	if (whence == SEEK_CUR) {
		if (check_add_overflow(file->f_pos, offset, &pos))
			return -EOVERFLOW;
		/* head(1) gives back the bytes that it read too much, and fails if it cannot */
		if (offset < 0)
			pos = max(pos, 0LL);
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	}

	if (mutex_lock_killable(&reader->lock))
		return -EINTR;
	pos = vfs_setpos(file, pos, MAX_LFS_FILESIZE);
	/* asking for the position leaves the rest of a line where it is */
	if (pos >= 0 && (whence == SEEK_SET || offset))
		ptdesc_reset(reader, pos);
	mutex_unlock(&reader->lock);
	return pos;
}

static int ptdesc_open(struct inode *inode, struct file *file)
{
	struct ptdesc_reader *reader;

	reader = kvzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	file->private_data = reader;
	return 0;
}

static int ptdesc_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}

/* No ioctl and no mmap: with mode 0400 that keeps it readable under lockdown. */
static const struct file_operations ptdesc_fops = {
	.owner		= THIS_MODULE,
	.open		= ptdesc_open,
	.read		= ptdesc_read,
	.llseek		= ptdesc_llseek,
	.release	= ptdesc_release,
};

int ptdesc_debugfs_init(void)
{
	ptdesc_file = debugfs_create_file("ptdesc", 0400, NULL, NULL, &ptdesc_fops);
	return PTR_ERR_OR_ZERO(ptdesc_file);
}

void ptdesc_debugfs_exit(void)
{
	debugfs_remove(ptdesc_file);
}

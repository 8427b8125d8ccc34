// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several readers at once get the same tables: that of a listing before and of
 * one after them, when these two are equal. Each reader has its memory before
 * any of them starts, so that reading changes no page table. And one that is
 * stuck in the middle of a read() is in nobody's way, and can be killed.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"

#define READERS	4
#define PASSES	40	/* of each reader, so that they really meet */
#define TRIES	20
#define ROOM	(8UL << 20)

struct reader {
	pid_t pid;
	int go;			/* written to: start */
	char *text;		/* shared with the child */
};

/* pfn and order of each line: the other columns may change with the moment. */
static uint64_t digest(const char *text)
{
	uint64_t sum = 14695981039346656037U;
	int spaces = 0;

	for (; *text; text++) {
		if (*text == '\n')
			spaces = 0;
		else if (*text == ' ')
			spaces++;
		if (spaces < 2)
			sum = (sum ^ (unsigned char)*text) * 1099511628211U;
	}
	return sum;
}

static bool one_pass(struct reader *r)
{
	int fd = open(LISTING_PATH, O_RDONLY);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && len < ROOM - 1) {
		n = read(fd, r->text + len,
			 ROOM - 1 - len < 4096 ? ROOM - 1 - len : 4096);
		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	r->text[len] = '\0';
	return !n;
}

static void child(struct reader *r, int go, int ready)
{
	uint64_t first = 0;
	bool ok = true;
	char c;

	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	for (int i = 0; ok && i < PASSES; i++) {
		ok = one_pass(r);
		if (!i)
			first = digest(r->text);
		ok = ok && first == digest(r->text);
	}
	/* stay: an exit would take page tables away under the others */
	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	_exit(!ok);
}

/* So that a pass takes a while: 512 PTE tables with a page each. */
static void make_tables(void)
{
	size_t size = 1UL << 30, step = 2UL << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE) ||
	    madvise(p, size, MADV_DONTFORK))
		ksft_exit_fail_msg("no memory\n");
	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
}

static void start(struct reader *r, int ready)
{
	int go[2];

	if (pipe(go))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	r->pid = fork();
	if (r->pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!r->pid) {
		/* its own view of the shared memory, before it matters */
		for (size_t i = 0; i < ROOM; i += 4096)
			((volatile char *)r->text)[i] = 0;
		child(r, go[0], ready);
	}
	close(go[0]);
	r->go = go[1];
}

/* One round. Returns 1 equal, 0 different, -1 the guest was not quiet. */
static int round_of_readers(struct reader *readers, char *copy)
{
	struct listing before, after, l;
	int ready[2], ret = 1;
	char c;

	if (pipe(ready))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	for (int i = 0; i < READERS; i++)
		start(&readers[i], ready[1]);
	for (int i = 0; i < READERS; i++)
		if (read(ready[0], &c, 1) != 1)
			ret = 0;
	before = listing_read(0);
	for (int i = 0; i < READERS; i++)
		if (write(readers[i].go, "", 1) != 1)
			ret = 0;
	for (int i = 0; i < READERS; i++)
		if (read(ready[0], &c, 1) != 1)
			ret = 0;
	after = listing_read(0);
	for (int i = 0; i < READERS; i++) {
		int status;

		if (write(readers[i].go, "", 1) != 1)
			ret = 0;
		close(readers[i].go);
		if (waitpid(readers[i].pid, &status, 0) < 0 || status)
			ret = 0;
	}
	close(ready[0]);
	close(ready[1]);

	bool quiet = before.rows && before.rows == after.rows;

	for (size_t i = 0; quiet && i < before.rows; i++)
		quiet = before.row[i].pfn == after.row[i].pfn;
	for (int i = 0; quiet && ret && i < READERS; i++) {
		strcpy(copy, readers[i].text);
		l = listing_parse(copy, false);
		if (l.error || l.rows != after.rows)
			ret = 0;
		for (size_t r = 0; ret && r < l.rows; r++)
			ret = l.row[r].pfn == after.row[r].pfn &&
			      l.row[r].order == after.row[r].order;
		free(l.row);
	}
	listing_free(&before);
	listing_free(&after);
	return quiet ? ret : -1;
}

/*
 * A reader whose buffer ends in a page that is not there, and that nobody
 * brings: it stands in the middle of read() for as long as one likes.
 */
#define STUCK_AT	64	/* less than any listing */

struct stuck {
	char *buffer;		/* two pages, of which the second one is missing */
	size_t page;
	int uffd;
	pid_t pid;
};

static int read_and_stick(void *arg)
{
	struct stuck *s = arg;
	int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);

	_exit(read(fd, s->buffer + s->page - STUCK_AT, s->page) < 0);
}

/* NULL, or why it is not stuck. */
static const char *stick(struct stuck *s)
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct pollfd fault = { .events = POLLIN };
	struct uffd_msg msg;

	s->page = sysconf(_SC_PAGESIZE);
	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0)
		return "userfaultfd";
	fault.fd = s->uffd;
	s->buffer = mmap(NULL, 2 * s->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->buffer == MAP_FAILED)
		return "mmap";
	*s->buffer = 0;
	reg.range.start = (uintptr_t)s->buffer + s->page;
	reg.range.len = s->page;
	if (ioctl(s->uffd, UFFDIO_API, &api) ||
	    ioctl(s->uffd, UFFDIO_REGISTER, &reg))
		return "userfaultfd";
	/* in our memory, so that we hear of its faults; with files of its own */
	s->pid = clone(read_and_stick, stack + sizeof(stack), CLONE_VM | SIGCHLD, s);
	if (s->pid < 0)
		return "clone";
	while (poll(&fault, 1, 100) != 1)	/* which a reader that has come to its end would never bring */
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
			return "it came to the end";
	if (read(s->uffd, &msg, sizeof(msg)) != sizeof(msg))
		return "userfaultfd";
	return msg.event == UFFD_EVENT_PAGEFAULT ? NULL : "not a page fault";
}

static int module_references(void)
{
	int fd = open("/sys/module/ptdesc/refcnt", O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0)
		return -1;	/* built in */
	if (read(fd, text, sizeof(text) - 1) < 0)
		*text = '\0';
	close(fd);
	return atoi(text);
}

/*
 * Until 6.3 a page fault of the kernel's that a fatal signal interrupts is tried
 * again for ever on riscv (d835eb3a57de "riscv: fix livelock in uaccess"). No
 * feature tells, and who tries has lost a CPU.
 */
static bool killing_is_fatal(void)
{
#ifdef __riscv
	unsigned int major, minor;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 3));
#else
	return false;
#endif
}

static void test_kill(const struct stuck *s)
{
	struct uffdio_zeropage page = {
		.range = { (uintptr_t)s->buffer + s->page, s->page },
	};
	int status = 0;
	bool ok;

	if (killing_is_fatal()) {
		ok = !ioctl(s->uffd, UFFDIO_ZEROPAGE, &page) && waitpid(s->pid, &status, 0) == s->pid;
		if (!ok)
			ksft_exit_fail_msg("the reader cannot be freed: %s\n", strerror(errno));
		ksft_test_result_skip("killing it: this kernel livelocks (d835eb3a57de, 6.3)\n");
		return;
	}
	kill(s->pid, SIGKILL);
	ok = waitpid(s->pid, &status, 0) == s->pid;
	ksft_test_result(ok && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
			 "it can be killed (wait status 0x%x)\n", status);
}

#define STUCK_TESTS	4

static void test_stuck(void)
{
	int references = module_references(), err;
	struct stuck s = { .pid = -1 };
	const char *why = stick(&s);
	struct listing l;

	if (why) {
		ksft_print_msg("%s: %s\n", why, strerror(errno));
		for (int i = 0; i < STUCK_TESTS; i++)
			ksft_test_result_skip("no reader stuck in read()\n");
		return;
	}
	l = listing_read(0);
	ksft_test_result(l.rows && !l.error,
			 "a reader stuck in read() does not keep others from it\n");
	listing_free(&l);

	if (references < 0) {
		ksft_test_result_skip("not a module: cannot be unloaded\n");
	} else {
		err = syscall(SYS_delete_module, "ptdesc", O_NONBLOCK) ? errno : 0;
		ksft_test_result(err == EWOULDBLOCK,
				 "nor is the module unloaded under it (%s)\n",
				 strerror(err));
	}

	test_kill(&s);
	l = listing_read(0);
	ksft_test_result(l.rows && !l.error && module_references() == references,
			 "and leaves nothing behind\n");
	listing_free(&l);
	munmap(s.buffer, 2 * s.page);
	close(s.uffd);
}

int main(void)
{
	struct reader readers[READERS];
	char *copy = malloc(ROOM);
	int ret = -1, failed = 0;

	listing_keep_memory();
	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	ksft_set_plan(1 + STUCK_TESTS);
	make_tables();
	for (int i = 0; i < READERS; i++) {
		readers[i].text = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (readers[i].text == MAP_FAILED || !copy)
			ksft_exit_fail_msg("no memory\n");
	}
	/* a process that came and went between two listings is no failure */
	for (int i = 0; i < TRIES && ret <= 0 && failed < 3; i++) {
		ret = round_of_readers(readers, copy);
		failed += !ret;
	}
	if (ret < 0)
		ksft_print_msg("tables came and went in all of %d rounds\n",
			       TRIES);
	ksft_test_result(ret > 0,
			 "%d readers at once get the same tables, %d times\n",
			 READERS, PASSES);
	test_stuck();
	ksft_finished();
}

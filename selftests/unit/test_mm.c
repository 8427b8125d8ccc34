// SPDX-License-Identifier: GPL-2.0-only
/* The /proc readers, on this very process and on children in odd states. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "mm_status.h"
#include "mm_task.h"
#include "mm_vmas.h"

#define PAGES(n)	((size_t)(n) * 4096)

static const struct mm_vma *vma_at(const struct mm_vmas *vmas, const void *at)
{
	const struct mm_vma *vma = mm_vmas_from(vmas, (unsigned long)at);

	return vma && vma->start <= (unsigned long)at ? vma : NULL;
}

static void devices(void)
{
	static const char text[] =
		"7f0000000000-7f0000001000 rw-s 00000000 00:05 330    /dev/dri/card0\n"
		"7f0000001000-7f0000002000 rw-s 00000000 00:0e 1057   anon_inode:[perf_event]\n"
		"7f0000002000-7f0000003000 rw-s 00000000 00:01 15     /dev/zero (deleted)\n"
		"7f0000003000-7f0000004000 rw-p 00000000 00:05 5      /dev/zero\n";
	static const enum mm_vma_kind expected[] = { MM_VMA_DEVICE, MM_VMA_DEVICE, MM_VMA_SHMEM, MM_VMA_ANON };
	int maps = memfd_create("maps", MFD_CLOEXEC);
	struct mm_vmas vmas;

	CHECK_EQ(write(maps, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	CHECK_EQ(mm_vmas_read_fd(&vmas, maps, getpid()), 0);
	CHECK_EQ(vmas.nr, 4);
	for (size_t i = 0; i < vmas.nr; i++)
		CHECK_EQ(vmas.vma[i].kind, expected[i]);
	mm_vmas_free(&vmas);
	close(maps);
}

static void kinds(void)
{
	int file = open("/proc/self/exe", O_RDONLY), memory = memfd_create("a b", 0);
	char *anon = mmap(NULL, PAGES(3), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PAGES(2), PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *code = mmap(NULL, PAGES(1), PROT_READ | PROT_EXEC, MAP_PRIVATE, file, PAGES(1));
	char *named = mmap(NULL, PAGES(1), PROT_NONE, MAP_SHARED, memory, 0);
	char *zero = mmap(NULL, PAGES(1), PROT_READ, MAP_PRIVATE, open("/dev/zero", O_RDONLY), 0);
	const struct mm_vma *vma;
	struct mm_vmas vmas;

	CHECK_EQ(mm_vmas_read(&vmas, getpid()), 0);
	CHECK(vmas.nr > 5);
	vma = vma_at(&vmas, zero);
	CHECK(vma && vma->kind == MM_VMA_ANON && !strcmp(vma->name, "/dev/zero"));
	vma = vma_at(&vmas, anon + PAGES(2));
	CHECK(vma && vma->kind == MM_VMA_ANON && vma->flags == (MM_VMA_READ | MM_VMA_WRITE));
	vma = vma_at(&vmas, shared);
	CHECK(vma && vma->kind == MM_VMA_SHMEM && vma->flags == (MM_VMA_READ | MM_VMA_SHARED));
	CHECK(vma && vma->end - vma->start == PAGES(2));
	vma = vma_at(&vmas, code);
	CHECK(vma && vma->kind == MM_VMA_FILE && vma->flags == (MM_VMA_READ | MM_VMA_EXEC));
	CHECK(vma && vma->offset == PAGES(1) && vma->inode && strstr(vma->name, "test_mm"));
	vma = vma_at(&vmas, named);
	CHECK(vma && vma->kind == MM_VMA_SHMEM && vma->flags == MM_VMA_SHARED);
	CHECK(vma && !strcmp(vma->name, "/memfd:a b (deleted)"));
	vma = vma_at(&vmas, &vma);
	CHECK(vma && vma->kind == MM_VMA_ANON && !strcmp(vma->name, "[stack]"));
	for (size_t i = 0; i < vmas.nr; i++) {
		CHECK(vmas.vma[i].start < vmas.vma[i].end);
		CHECK(!i || vmas.vma[i - 1].end <= vmas.vma[i].start);
		if (!strcmp(vmas.vma[i].name, "[vdso]"))
			CHECK_EQ(vmas.vma[i].kind, MM_VMA_SPECIAL);
		if (!strcmp(vmas.vma[i].name, "[vsyscall]"))
			CHECK(vmas.vma[i].flags & MM_VMA_GATE);
	}
	mm_vmas_free(&vmas);
	CHECK(!vmas.nr && !vmas.vma);
	munmap(anon, PAGES(3));
	munmap(shared, PAGES(2));
	munmap(code, PAGES(1));
	munmap(named, PAGES(1));
	close(file);
	close(memory);
}

static void hugetlb(void)
{
	int fd = memfd_create("huge", MFD_HUGETLB | MFD_HUGE_2MB);
	const struct mm_vma *vma;
	struct mm_vmas vmas;
	char *huge;

	if (fd < 0) {
		printf("# no huge pages here: %s\n", strerror(errno));
		return;
	}
	CHECK_EQ(ftruncate(fd, 2 << 20), 0);
	huge = mmap(NULL, 2 << 20, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
	CHECK(huge != MAP_FAILED);
	CHECK_EQ(mm_vmas_read(&vmas, getpid()), 0);
	vma = vma_at(&vmas, huge);
	CHECK(vma && vma->kind == MM_VMA_HUGETLB);
	mm_vmas_free(&vmas);
	munmap(huge, 2 << 20);
	close(fd);
}

static void lookup(void)
{
	struct mm_vma vma[] = { { .start = 10, .end = 20 }, { .start = 20, .end = 30 }, { .start = 50, .end = 60 } };
	const struct mm_vmas vmas = { vma, 3, NULL }, none = { NULL, 0, NULL };

	CHECK(mm_vmas_from(&vmas, 0) == &vma[0]);
	CHECK(mm_vmas_from(&vmas, 19) == &vma[0]);
	CHECK(mm_vmas_from(&vmas, 20) == &vma[1]);
	CHECK(mm_vmas_from(&vmas, 30) == &vma[2]);
	CHECK(!mm_vmas_from(&vmas, 60));
	CHECK(!mm_vmas_from(&none, 0));
	CHECK(!mm_vmas_meet(&vmas, 0, 10));
	CHECK(mm_vmas_meet(&vmas, 0, 11));
	CHECK(!mm_vmas_meet(&vmas, 30, 50));
	CHECK(mm_vmas_meet(&vmas, 30, 51));
	CHECK(mm_vmas_meet(&vmas, 59, 60));
	CHECK(!mm_vmas_meet(&vmas, 60, ~0ULL));
}

static void own_status(void)
{
	struct mm_status status;
	pid_t task;

	CHECK_EQ(mm_status_read(&status, getpid()), 0);
	CHECK_STR(status.name, "test_mm");
	CHECK_EQ(status.tgid, getpid());
	CHECK_EQ(status.ppid, getppid());
	CHECK_EQ(status.uid, getuid());
	CHECK_EQ(status.threads, 1);
	CHECK(status.has_mm && status.vm_pte && status.vm_rss && status.vm_size > status.vm_rss);
	CHECK_EQ(status.vm_pte % 4096, 0);
	CHECK(status.vm_rss > 1 << 20);
	CHECK(status.nspids >= 1 && status.nspid[0] == getpid());
	CHECK_EQ(mm_task_find(getpid(), &task), MM_TASK_USER);
	CHECK_EQ(task, getpid());
}

static void nobody(void)
{
	struct mm_status status;
	struct mm_vmas vmas;
	pid_t task, pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	CHECK(mm_task_find(pid, &task) == -ESRCH);
	CHECK(mm_status_read(&status, pid) == -ESRCH);
	CHECK(mm_vmas_read(&vmas, pid) == -ESRCH);
	CHECK(!vmas.nr && !vmas.vma && !vmas.text);
}

/* WNOWAIT: it has exited, and stays a zombie. */
static void zombie(void)
{
	struct mm_status status;
	struct mm_vmas vmas;
	pid_t task, pid = fork();
	siginfo_t info;

	if (!pid)
		_exit(0);
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(mm_task_find(pid, &task), MM_TASK_DEAD);
	CHECK_EQ(mm_status_read(&status, pid), 0);
	CHECK(status.state == 'Z' && !status.has_mm);
	CHECK(mm_vmas_read(&vmas, pid) == -ESRCH);
	waitpid(pid, NULL, 0);
}

/* Process 1 of its own PID namespace, where one can be had: root's, or with a user namespace around it. */
static void namespaces(void)
{
	struct mm_status status;
	int fds[2], inner = 0;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWPID) && unshare(CLONE_NEWUSER | CLONE_NEWPID))
			_exit(1);
		inner = fork();
		if (!inner)
			pause();
		if (write(fds[1], &inner, sizeof(inner)) == sizeof(inner))
			pause();
		_exit(1);
	}
	close(fds[1]);
	if (read(fds[0], &inner, sizeof(inner)) == sizeof(inner)) {
		CHECK_EQ(mm_status_read(&status, inner), 0);
		CHECK_EQ(status.nspids, 2);
		CHECK_EQ(status.nspid[0], inner);
		CHECK_EQ(status.nspid[1], 1);
		kill(inner, SIGKILL);
	} else {
		printf("# no PID namespace could be had\n");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
}

static pthread_t leader;
static int ready;

static void *outlive(void *arg)
{
	pthread_join(leader, NULL);
	/* joined when the leader's id was cleared, on its way out: wait for it to be a zombie */
	for (;;) {
		struct mm_status status;

		if (!mm_status_read(&status, getpid()) && status.state == 'Z')
			break;
		sched_yield();
	}
	if (write(ready, "", 1) == 1)
		pause();
	return arg;
}

static void headless(void)
{
	struct mm_status status;
	struct mm_vmas vmas;
	int fds[2];
	char byte;
	pid_t task, pid;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		pthread_t thread;

		ready = fds[1];
		leader = pthread_self();
		pthread_create(&thread, NULL, outlive, NULL);
		pthread_exit(NULL);
	}
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK_EQ(mm_task_find(pid, &task), MM_TASK_USER);
	CHECK(task != pid);
	CHECK_EQ(mm_status_read(&status, pid), 0);
	CHECK(status.state == 'Z' && status.has_mm && status.vm_pte);
	CHECK_EQ(mm_vmas_read(&vmas, pid), 0);
	CHECK(vmas.nr > 5);
	mm_vmas_free(&vmas);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "VMAs are read with kind, rights and name", kinds },
		{ "devices are told from what only has a name like theirs", devices },
		{ "a hugetlbfs mapping is known by its device", hugetlb },
		{ "VMAs are found by address and span", lookup },
		{ "status says what it is about", own_status },
		{ "who is not there is ESRCH", nobody },
		{ "numbers in PID namespaces", namespaces },
		{ "a zombie has no memory", zombie },
		{ "threads that outlive their leader keep the memory", headless },
	};

	return KTAP_RUN(tests);
}

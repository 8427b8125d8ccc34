// SPDX-License-Identifier: GPL-2.0-only
/* Who may do what with /sys/kernel/debug/ptdesc, and what it shows to whom. */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"

#define NOBODY		65534

/* errno of an open in a process that has just become nobody. */
static int open_as_nobody(const char *path)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(open(path, O_RDONLY) < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void test_mode(void)
{
	char through[64];
	struct stat st;
	int fd, err;

	ksft_test_result(!stat(LISTING_PATH, &st) &&
			 st.st_mode == (S_IFREG | 0400) && !st.st_uid,
			 "a regular file of root's, mode 0400\n");
	err = open_as_nobody(LISTING_PATH);
	ksft_test_result(err == EACCES, "nobody gets EACCES (got %s)\n",
			 strerror(err));

	/* debugfs itself is 0700: ask the file, not the way to it */
	fd = open(LISTING_PATH, O_PATH);
	snprintf(through, sizeof(through), "/proc/self/fd/%d", fd);
	err = open_as_nobody(through);
	ksft_test_result(fd >= 0 && err == EACCES,
			 "nobody gets EACCES from the file itself (got %s)\n",
			 strerror(err));
	close(fd);
}

static void test_read_only(void)
{
	int fd = open(LISTING_PATH, O_RDWR);
	bool ok = fd < 0 || write(fd, "x", 1) < 0;
	void *bad;

	if (fd >= 0)
		close(fd);
	ksft_test_result(ok, "cannot be written\n");

	fd = open(LISTING_PATH, O_RDONLY);
	ksft_test_result(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) ==
			 MAP_FAILED, "cannot be mapped\n");
	ksft_test_result(ioctl(fd, 0, 0) < 0 && errno == ENOTTY,
			 "has no ioctl\n");
	bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ksft_test_result(read(fd, bad, 4096) < 0 && errno == EFAULT,
			 "EFAULT for a bad buffer\n");
	close(fd);
}

/* How many tables show a pt_mm, and how many of these are not all zeroes. */
static void count_mms(size_t *shown, size_t *real)
{
	struct listing l = listing_read(0);

	*shown = 0;
	*real = 0;
	for (size_t i = 0; i < l.rows; i++) {
		const char *mm = l.row[i].field[LISTING_PT_MM];

		if (listing_absent(mm))
			continue;
		++*shown;
		*real += strspn(mm, "0") != strlen(mm);
	}
	listing_free(&l);
}

static void test_pointers(void)
{
	size_t shown, real;
	char old = '0';

	count_mms(&shown, &real);
	if (!shown) {
		ksft_test_result_skip("kptr_restrict=2: no pt_mm is listed: " LISTING_NO_MM "\n");
		ksft_test_result_skip("kptr_restrict=1: no pt_mm is listed: " LISTING_NO_MM "\n");
		return;
	}
	if (!sysctl_set(KPTR_RESTRICT, "2", &old))
		ksft_exit_fail_msg(KPTR_RESTRICT ": %s\n", strerror(errno));
	count_mms(&shown, &real);
	ksft_test_result(shown && !real,
			 "kptr_restrict=2 hides %zu of %zu pt_mm\n",
			 shown - real, shown);
	sysctl_set(KPTR_RESTRICT, "1", NULL);
	count_mms(&shown, &real);
	ksft_test_result(shown && real == shown,
			 "kptr_restrict=1 shows root all %zu pt_mm\n", shown);
	sysctl_set(KPTR_RESTRICT, &old, NULL);
}

int main(void)
{
	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	ksft_set_plan(9);
	test_mode();
	test_read_only();
	test_pointers();
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
/* Who may do what with /sys/kernel/debug/ptdesc, and what it shows to whom. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"

#define NOBODY		65534

/* Of syslog(2). */
#define SYSLOG_ACTION_READ_ALL	3

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

/* Is there, in this listing, a table with this pt_mm? */
static bool shows(const struct listing *l, const char *mm)
{
	for (size_t i = 0; i < l->rows; i++)
		if (!strcmp(l->row[i].field[LISTING_PT_MM], mm))
			return true;
	return false;
}

/* With this kptr_restrict: how many tables show a pt_mm, how many of these are zeros. */
static struct listing read_restricted(const char *restrict_to, size_t *shown, size_t *zeros)
{
	struct listing l;

	if (!sysctl_set(KPTR_RESTRICT, restrict_to, NULL))
		ksft_exit_fail_msg(KPTR_RESTRICT ": %s\n", strerror(errno));
	l = listing_read(0);
	*shown = 0;
	*zeros = 0;
	for (size_t i = 0; i < l.rows; i++) {
		const char *mm = l.row[i].field[LISTING_PT_MM];

		if (listing_absent(mm))
			continue;
		++*shown;
		*zeros += strspn(mm, "0") == strlen(mm);
	}
	return l;
}

/* CAP_SYSLOG, which lets see addresses, in effect or not. */
static void set_syslog(bool on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	unsigned int bit = 1U << CAP_SYSLOG % 32;

	if (syscall(SYS_capget, &header, data))
		ksft_exit_fail_msg("capget: %s\n", strerror(errno));
	data[CAP_SYSLOG / 32].effective &= ~bit;
	data[CAP_SYSLOG / 32].effective |= on ? bit : 0;
	if (syscall(SYS_capset, &header, data))
		ksft_exit_fail_msg("capset: %s\n", strerror(errno));
}

/* How many of the real addresses are in another listing, or in the kernel's log. */
static size_t leaked(const struct listing *real, const struct listing *l, const char *log)
{
	size_t n = 0;

	for (size_t i = 0; i < real->rows; i++) {
		const char *mm = real->row[i].field[LISTING_PT_MM];

		if (!listing_absent(mm))
			n += l ? shows(l, mm) : !!strstr(log, mm);
	}
	return n;
}

#define POINTER_TESTS	5

static void test_pointers(void)
{
	static char log[4 << 20];
	size_t shown, zeros, all;
	struct listing real, l;
	char old = '0';

	if (!sysctl_set(KPTR_RESTRICT, "1", &old))
		ksft_exit_fail_msg(KPTR_RESTRICT ": %s\n", strerror(errno));
	real = read_restricted("1", &all, &zeros);
	if (!all) {
		for (int i = 0; i < POINTER_TESTS; i++)
			ksft_test_result_skip("no pt_mm is listed: " LISTING_NO_MM "\n");
		sysctl_set(KPTR_RESTRICT, &old, NULL);
		return;
	}
	ksft_test_result(!zeros, "kptr_restrict=1 shows root all %zu pt_mm\n", all);

	set_syslog(false);
	l = read_restricted("1", &shown, &zeros);
	set_syslog(true);
	ksft_test_result(shown && zeros == shown,
			 "... and hides %zu of %zu from who has no CAP_SYSLOG\n", zeros, shown);
	listing_free(&l);

	l = read_restricted("2", &shown, &zeros);
	ksft_test_result(shown && zeros == shown,
			 "kptr_restrict=2 hides %zu of %zu pt_mm\n", zeros, shown);
	listing_free(&l);

	l = read_restricted("0", &shown, &zeros);
	ksft_test_result(shown && !zeros && !leaked(&real, &l, NULL),
			 "kptr_restrict=0 shows %zu pt_mm, %zu of them real\n",
			 shown, leaked(&real, &l, NULL));
	listing_free(&l);

	klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1);
	ksft_test_result(strstr(log, "ptdesc") && !leaked(&real, NULL, log),
			 "none is in the kernel's log\n");
	listing_free(&real);
	sysctl_set(KPTR_RESTRICT, &old, NULL);
}

int main(void)
{
	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	ksft_set_plan(7 + POINTER_TESTS);
	test_mode();
	test_read_only();
	test_pointers();
	ksft_finished();
}

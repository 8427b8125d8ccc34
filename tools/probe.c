// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each of these makes loading the BPF programs fail with an errno that says
 * little (lockdown=confidentiality: EINVAL). kptr_restrict is not asked about:
 * the walker uses no symbol addresses.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/arch.h"
#include "probe.h"

#define BTF_FILE	"/sys/kernel/btf/vmlinux"
#define JIT_FILE	"/proc/sys/net/core/bpf_jit_enable"
#define LOCKDOWN_FILE	"/sys/kernel/security/lockdown"
#define CPU_FILE	"/proc/cpuinfo"

#ifdef __powerpc__
#define HAS_HASH_MMU	1
#else
#define HAS_HASH_MMU	0
#endif

#ifndef CAP_PERFMON
#define CAP_PERFMON	38
#endif
#ifndef CAP_BPF
#define CAP_BPF		39
#endif

__attribute__((format(printf, 4, 5)))
static int missing(char *error, size_t size, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, size, format, args);
	va_end(args);
	return -code;
}

/* Bits of the effective capability set; none if they cannot be read. */
static unsigned long long effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (unsigned long long)data[1].effective << 32;
}

static bool may_load(unsigned long long caps)
{
	bool admin = caps >> CAP_SYS_ADMIN & 1;

	return admin || ((caps >> CAP_BPF & 1) && (caps >> CAP_PERFMON & 1));
}

/* The chosen mode stands in brackets: "none integrity [confidentiality]". */
static bool locked_down(void)
{
	char modes[128] = "";
	FILE *f = fopen(LOCKDOWN_FILE, "re");

	if (!f)
		return false;
	if (!fgets(modes, sizeof(modes), f))
		modes[0] = '\0';
	fclose(f);
	return strstr(modes, "[confidentiality]");
}

/* Loops call a function of the program: that takes native code (the interpreter cannot). */
static bool interpreted(void)
{
	FILE *f = fopen(JIT_FILE, "re");
	int c = f ? getc(f) : 0;

	if (f)
		fclose(f);
	return c == '0';
}

/* "MMU : Hash", which is powerpc's alone. */
static bool hashed(void)
{
	FILE *f = HAS_HASH_MMU ? fopen(CPU_FILE, "re") : NULL;
	char line[256], mmu[8] = "";

	while (f && !mmu[0] && fgets(line, sizeof(line), f))
		if (sscanf(line, "MMU : %7s", mmu) != 1)
			mmu[0] = '\0';
	if (f)
		fclose(f);
	return !strcmp(mmu, "Hash");
}

int probe_kernel(char *error, size_t size)
{
	union bpf_attr attr = { .map_fd = -1 };

	if (sizeof(long) != 8)
		return missing(error, size, EOPNOTSUPP, "start: this program: built for 32 bits (use a 64-bit build)");
	syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, 0);
	if (errno == ENOSYS)
		return missing(error, size, ENOSYS,
			       "start: bpf(2): the kernel has no BPF (it needs CONFIG_BPF_SYSCALL)");
	if (!may_load(effective()))
		return missing(error, size, EPERM,
			       "start: BPF: missing capability (run as root, or with CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH)");
	if (locked_down())
		return missing(error, size, EPERM,
			       "start: BPF: the kernel is locked down for confidentiality, its memory cannot be read (boot with lockdown=integrity or none)");
	if (interpreted())
		return missing(error, size, EOPNOTSUPP,
			       "start: BPF: its compiler is switched off (write 1 to " JIT_FILE ")");
	if (sysconf(_SC_PAGESIZE) != ARCH_PAGE_SIZE)
		return missing(error, size, EOPNOTSUPP,
			       "start: pages of %ld bytes: on " ARCH_NAME " this program knows page tables for %llu alone",
			       sysconf(_SC_PAGESIZE), ARCH_PAGE_SIZE);
	if (hashed())
		return missing(error, size, EOPNOTSUPP,
			       "start: the hash MMU: Linux keeps page tables for it too, but in a format that this program does not know (it knows that of the radix MMU)");
	if (access(BTF_FILE, R_OK))
		return missing(error, size, errno, "start: %s: %s (the kernel needs CONFIG_DEBUG_INFO_BTF; is /sys mounted?)",
			       BTF_FILE, strerror(errno));
	return 0;
}

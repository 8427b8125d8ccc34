// SPDX-License-Identifier: GPL-2.0-only
/* The invariants of pgds: whose they are, and what is in the kernel's half. */
#include "arch/arch.h"
#include "fake_walk.h"
#include "ktap.h"
#include "verdict.h"

static void pgd_owner(void)
{
	fake_mm_build(4);
	descriptor(fake.pgd)->pt_mm = FAKE_MM + 64;
	CHECK_EQ(violated(), PGD_OWNER);
	descriptor(fake.pgd)->pt_mm = FAKE_MM;
	descriptor(fake.pte)->pt_mm = 0xdead;		/* stale below the pgd: nobody's business */
	CHECK_EQ(violated(), 0);
}

static void kernel_half(void)
{
	unsigned int ldt;

	for (unsigned int levels = 4; levels <= 5; levels++) {
		fake_mm_build(levels);
		ldt = arch_index(arch_private_start(levels), WALK_PGD, levels);
		CHECK_EQ(ldt, 512 - 240);
		fake_entries(fake.pgd)[ldt] = fake_entry(9, 0);	/* an LDT of its own */
		CHECK_EQ(violated(), 0);
		fake_entries(fake.pgd)[256] ^= ARCH_ACCESSED | ARCH_DIRTY;
		CHECK_EQ(violated(), 0);
		fake_entries(fake.pgd)[300] ^= 1ULL << 20;
		CHECK_EQ(violated(), KERNEL_HALF);
		fake_entries(fake.other_pgd)[300] ^= 1ULL << 20;	/* in every pgd */
		CHECK_EQ(violated(), 0);
		fake_entries(fake.pgd)[511] = 0;
		fake_entries(fake.other_pgd)[511] = fake_entry(11, 0);
		CHECK_EQ(violated(), KERNEL_HALF);
	}
}

static void pti_copy(void)
{
	__u64 *user;

	fake_mm_build(4);
	user = fake_entries(fake.pgd + 1);
	user[5] = fake_entry(77, 0);
	CHECK_STR(unchecked(PTI_COPY), "the kernel does not isolate page tables");
	fake.machine.pti = true;
	CHECK_EQ(violated(), PTI_COPY);
	user[5] = 0;
	CHECK_EQ(violated(), 0);
	user[511] = fake_entry(11, 0);			/* the kernel's half */
	CHECK_EQ(violated(), PTI_COPY);
	fake_entries(fake.other_pgd + 1)[511] = user[511];	/* for all */
	CHECK_EQ(violated(), 0);
	user[512 - 240] = fake_entry(9, 0);		/* an LDT that the kernel does not know */
	CHECK_EQ(violated(), PTI_COPY);
	fake_entries(fake.pgd)[512 - 240] = user[512 - 240];
	CHECK_EQ(violated(), 0);
	user[512 - 240] = 0;				/* not mapped for user mode yet */
	CHECK_EQ(violated(), 0);
	user[arch_index(FAKE_VA, WALK_PGD, 4)] = 0;
	CHECK_EQ(violated(), PTI_COPY);
}

static const struct ktap_test tests[] = {
	{ "pgd-owner", pgd_owner },
	{ "kernel-half", kernel_half },
	{ "pti-copy", pti_copy },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

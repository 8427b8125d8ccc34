// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "loader.h"

#define STACK_SIZE	512	/* bytes, as in the kernel */

static bool known_call(const struct bpf_insn *insn)
{
	return !insn->src_reg && (insn->imm == BPF_FUNC_sys_bpf || insn->imm == BPF_FUNC_sys_close ||
				  insn->imm == BPF_FUNC_btf_find_by_name_kind ||
				  insn->imm == BPF_FUNC_copy_from_user || insn->imm == BPF_FUNC_probe_read_kernel);
}

bool loader_known(const void *insns, size_t size)
{
	static const bool simple[256] = {
		[BPF_ALU64 | BPF_MOV | BPF_X] = true, [BPF_ALU64 | BPF_MOV | BPF_K] = true,
		[BPF_ALU64 | BPF_ADD | BPF_K] = true, [BPF_ALU64 | BPF_RSH | BPF_K] = true,
		[BPF_LDX | BPF_MEM | BPF_H] = true, [BPF_LDX | BPF_MEM | BPF_W] = true,
		[BPF_LDX | BPF_MEM | BPF_DW] = true,
		[BPF_STX | BPF_MEM | BPF_H] = true, [BPF_STX | BPF_MEM | BPF_W] = true,
		[BPF_STX | BPF_MEM | BPF_DW] = true,
		[BPF_ST | BPF_MEM | BPF_H] = true, [BPF_ST | BPF_MEM | BPF_W] = true,
		[BPF_ST | BPF_MEM | BPF_DW] = true,
		[BPF_JMP | BPF_JA] = true, [BPF_JMP | BPF_JEQ | BPF_K] = true, [BPF_JMP | BPF_JNE | BPF_K] = true,
		[BPF_JMP | BPF_JSET | BPF_K] = true, [BPF_JMP | BPF_JSGE | BPF_K] = true,
		[BPF_JMP | BPF_JSLT | BPF_K] = true, [BPF_JMP | BPF_JSLE | BPF_K] = true,
		[BPF_JMP | BPF_EXIT] = true,
	};
	const struct bpf_insn *insn = insns, *end = insn + size / sizeof(*insn);

	for (; insn < end; insn++) {
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE &&
		    !insn->imm)
			insn++;	/* its second half */
		else if (insn->code == (BPF_JMP | BPF_CALL) ? !known_call(insn) : !simple[insn->code])
			return false;
	}
	return true;
}

static __u64 status_of(long status)
{
	return status < 0 ? -errno : status;
}

#define INSN(opcode, to, from, where, value) \
	(struct bpf_insn){ .code = (opcode), .dst_reg = (to), .src_reg = (from), .off = (where), .imm = (value) }

#define NAME_MAX_SIZE	64	/* bytes, with the final 0 */

/*
 * The id of a type, by its name, is the kernel's to find: in its own BTF, of
 * which it would have to hand out some megabytes. Asked by a program of one call.
 */
static __u64 find_type(const char *name, __u32 size, __u32 kind)
{
	struct bpf_insn insns[NAME_MAX_SIZE / 4 + 8], *insn = insns;
	char padded[NAME_MAX_SIZE] = "";
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SYSCALL, .prog_flags = BPF_F_SLEEPABLE,
		.insns = (uintptr_t)insns, .license = (uintptr_t)"Dual BSD/GPL",
	}, run = { .test.data_in = 0 };
	int program;
	long status;

	if (size > sizeof(padded))
		return -E2BIG;
	memcpy(padded, name, size);
	for (unsigned int i = 0; i < size; i += 4) {
		__s32 part;

		memcpy(&part, padded + i, sizeof(part));
		*insn++ = INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, (int)i - NAME_MAX_SIZE, part);
	}
	*insn++ = INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
	*insn++ = INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -NAME_MAX_SIZE);
	*insn++ = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, size);
	*insn++ = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, kind);
	*insn++ = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0);
	*insn++ = INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_btf_find_by_name_kind);
	*insn++ = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	load.insn_cnt = insn - insns;
	program = syscall(__NR_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (program < 0)
		return -errno;
	run.test.prog_fd = program;
	status = syscall(__NR_bpf, BPF_PROG_TEST_RUN, &run, sizeof(run));
	status = status < 0 ? -errno : (__s32)run.test.retval;
	close(program);
	return status;
}

/* The kernel's function, by its arguments in registers 1 and up. */
static __u64 call(__s32 function, const __u64 *reg)
{
	void *to = (void *)(uintptr_t)reg[1];

	switch (function) {
	case BPF_FUNC_sys_bpf:
		return status_of(syscall(__NR_bpf, (int)reg[1], (void *)(uintptr_t)reg[2], (unsigned int)reg[3]));
	case BPF_FUNC_sys_close:
		return status_of(close((int)reg[1]));
	case BPF_FUNC_btf_find_by_name_kind:
		return find_type((const char *)(uintptr_t)reg[1], reg[2], reg[3]);
	}
	/* copies; nothing comes from nowhere, by which a loader clears its stack */
	if (!reg[3]) {
		memset(to, 0, reg[2]);
		return -EFAULT;
	}
	memcpy(to, (const void *)(uintptr_t)reg[3], reg[2]);
	return 0;
}

/* Bytes that a load or a store is of. The least significant come first: skeletons are little-endian (walk_load.c). */
static size_t width(__u8 code)
{
	static const unsigned char widths[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8,
	};

	return widths[BPF_SIZE(code) >> 3];
}

static bool jumps(const struct bpf_insn *insn, __u64 value)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return value == (__u64)insn->imm;
	case BPF_JNE:
		return value != (__u64)insn->imm;
	case BPF_JSET:
		return value & (__u64)insn->imm;
	case BPF_JSGE:
		return (__s64)value >= insn->imm;
	case BPF_JSLT:
		return (__s64)value < insn->imm;
	case BPF_JSLE:
		return (__s64)value <= insn->imm;
	}
	return false;
}

static void calculate(const struct bpf_insn *insn, __u64 *value, __u64 other)
{
	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		*value = BPF_SRC(insn->code) == BPF_X ? other : (__u64)insn->imm;
		break;
	case BPF_ADD:
		*value += insn->imm;
		break;
	case BPF_RSH:
		*value >>= insn->imm;
		break;
	}
}

static int run(const struct bpf_insn *insn, char *data, void *context)
{
	char stack[STACK_SIZE] __attribute__((aligned(8)));
	__u64 reg[16] = { [1] = (uintptr_t)context, [10] = (uintptr_t)(stack + STACK_SIZE) };

	for (;; insn++) {
		__u64 *dst = &reg[insn->dst_reg], *src = &reg[insn->src_reg], immediate = insn->imm, from;

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:	/* an address in data */
			*dst = (uintptr_t)(data + (__u32)insn[1].imm);
			insn++;
			break;
		case BPF_LDX:
			from = *src + insn->off;
			*dst = 0;
			memcpy(dst, (const void *)(uintptr_t)from, width(insn->code));
			break;
		case BPF_ST:
			memcpy((void *)(uintptr_t)(*dst + insn->off), &immediate, width(insn->code));
			break;
		case BPF_STX:
			memcpy((void *)(uintptr_t)(*dst + insn->off), src, width(insn->code));
			break;
		case BPF_ALU64:
			calculate(insn, dst, *src);
			break;
		case BPF_JMP:
			if (insn->code == (BPF_JMP | BPF_EXIT))
				return reg[0];
			if (insn->code == (BPF_JMP | BPF_CALL))
				reg[0] = call(insn->imm, reg);
			else if (jumps(insn, *dst))
				insn += insn->off;
			break;
		}
	}
}

int loader_run(const void *insns, const void *data, size_t size, void *context)
{
	char *copy = malloc(size);
	int status = -ENOMEM;

	if (copy)
		status = run(insns, memcpy(copy, data, size), context);
	free(copy);
	return status;
}

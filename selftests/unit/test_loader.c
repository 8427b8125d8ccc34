// SPDX-License-Identifier: GPL-2.0-only
/* Loaders of light skeletons, made up and of this build, run without a kernel that would run them. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "ktap.h"
#include "skeleton.h"
#include "walk_state.h"

#define INSN(opcode, to, from, where, value) \
	{ .code = (opcode), .dst_reg = (to), .src_reg = (from), .off = (where), .imm = (value) }
#define SET(to, value)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define COPY(to, from)		INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define ADD(to, value)		INSN(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value)
#define LOAD(size, to, from, where)	INSN(BPF_LDX | BPF_MEM | (size), to, from, where, 0)
#define STORE(size, to, from, where)	INSN(BPF_STX | BPF_MEM | (size), to, from, where, 0)
#define PUT(size, to, where, value)	INSN(BPF_ST | BPF_MEM | (size), to, 0, where, value)
#define DATA(to, offset)	INSN(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_IDX_VALUE, 0, 0), \
				INSN(0, 0, 0, 0, offset)
#define CALL(function)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define RUN(insns, data, context) \
	(loader_known(insns, sizeof(insns)) ? loader_run(insns, data, sizeof(data), context) : -4096)

static void moves_and_adds(void)
{
	const struct bpf_insn insns[] = { SET(3, -5), COPY(0, 3), ADD(0, -2), EXIT };
	const struct bpf_insn shift[] = {
		SET(0, -1), INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 60), EXIT
	};

	CHECK_EQ(RUN(insns, "", NULL), -7);
	CHECK_EQ(RUN(shift, "", NULL), 15);
}

static void memory_in_each_width(void)
{
	__u64 context[3] = { 0x8877665544332211, ~0ULL, ~0ULL };
	const struct bpf_insn insns[] = {
		LOAD(BPF_DW, 2, 1, 0), STORE(BPF_DW, 10, 2, -8),
		LOAD(BPF_W, 3, 10, -4), STORE(BPF_H, 1, 3, 8),
		LOAD(BPF_H, 4, 10, -6), STORE(BPF_W, 1, 4, 12),
		PUT(BPF_H, 1, 16, -2), PUT(BPF_W, 1, 20, 7), SET(0, 0), EXIT
	};
	const struct bpf_insn rest[] = { SET(0, -1), LOAD(BPF_H, 0, 1, 0), EXIT };
	const struct bpf_insn wide[] = { PUT(BPF_DW, 1, 8, -3), SET(0, 0), EXIT };

	CHECK_EQ(RUN(insns, "", context), 0);
	CHECK_EQ(context[0], 0x8877665544332211);
	CHECK_EQ(context[1], 0x00004433ffff6655);
	CHECK_EQ(context[2], 0x00000007fffffffe);
	CHECK_EQ(RUN(rest, "", context), 0x2211);
	CHECK_EQ(RUN(wide, "", context), 0);
	CHECK_EQ(context[1], -3ULL);
}

static int jump(__u8 operation, __s32 value, __s32 against)
{
	const struct bpf_insn insns[] = {
		SET(0, 0), SET(2, value), INSN(BPF_JMP | operation | BPF_K, 2, 0, 1, against),
		EXIT, SET(0, 1), EXIT
	};

	return RUN(insns, "", NULL);
}

static void jumps(void)
{
	const struct bpf_insn back[] = {
		SET(0, 0), ADD(0, 1), INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, -2, 5), EXIT
	};

	CHECK_EQ(jump(BPF_JA, 0, 0), 1);
	CHECK_EQ(jump(BPF_JEQ, -1, -1), 1);
	CHECK_EQ(jump(BPF_JEQ, 1, 2), 0);
	CHECK_EQ(jump(BPF_JNE, 1, 2), 1);
	CHECK_EQ(jump(BPF_JNE, -1, -1), 0);
	CHECK_EQ(jump(BPF_JSET, 6, 2), 1);
	CHECK_EQ(jump(BPF_JSET, 6, 1), 0);
	CHECK_EQ(jump(BPF_JSGE, 1, -1), 1);
	CHECK_EQ(jump(BPF_JSGE, -1, 1), 0);
	CHECK_EQ(jump(BPF_JSGE, 1, 1), 1);
	CHECK_EQ(jump(BPF_JSLT, -1, 1), 1);
	CHECK_EQ(jump(BPF_JSLT, 1, -1), 0);
	CHECK_EQ(jump(BPF_JSLT, 1, 1), 0);
	CHECK_EQ(jump(BPF_JSLE, 1, 1), 1);
	CHECK_EQ(jump(BPF_JSLE, -2, 1), 1);
	CHECK_EQ(jump(BPF_JSLE, 2, -1), 0);
	CHECK_EQ(RUN(back, "", NULL), 5);
}

/* The data is a copy: what is given is a constant of the skeleton. */
static void data(void)
{
	static const __u32 given[] = { 1, 2, 3 };
	const struct bpf_insn insns[] = {
		DATA(2, 8), PUT(BPF_W, 2, 0, 40), DATA(3, 4), LOAD(BPF_W, 4, 3, 0), LOAD(BPF_W, 0, 2, 0),
		STORE(BPF_W, 1, 4, 0), EXIT
	};
	__u32 second = 0;

	CHECK_EQ(RUN(insns, given, &second), 40);
	CHECK_EQ(second, 2);
	CHECK_EQ(given[2], 3);
}

static void copies_and_clears(void)
{
	struct { __u64 from, to; char text[8]; } context = { .text = "abcdefg" };
	char got[8] = "xxxxxxx";
	const struct bpf_insn copy[] = {
		COPY(6, 1), LOAD(BPF_DW, 1, 6, 8), SET(2, 4), LOAD(BPF_DW, 3, 6, 0), CALL(BPF_FUNC_copy_from_user), EXIT
	};
	const struct bpf_insn clear[] = {
		COPY(6, 1), LOAD(BPF_DW, 1, 6, 8), SET(2, 2), SET(3, 0), CALL(BPF_FUNC_probe_read_kernel), EXIT
	};

	context.from = (uintptr_t)context.text;
	context.to = (uintptr_t)got;
	CHECK_EQ(RUN(copy, "", &context), 0);
	CHECK_STR(got, "abcdxxx");
	CHECK_EQ(RUN(clear, "", &context), -EFAULT);
	CHECK(!memcmp(got, "\0\0cdxxx", 8));
}

static void calls(void)
{
	int pipes[2];
	struct { __u64 fd; } context;
	const struct bpf_insn closes[] = { LOAD(BPF_DW, 1, 1, 0), CALL(BPF_FUNC_sys_close), EXIT };
	const struct bpf_insn asks[] = {
		SET(1, 9999), COPY(2, 10), ADD(2, -128), SET(3, 128), CALL(BPF_FUNC_sys_bpf), EXIT
	};
	const struct bpf_insn finds[] = {
		DATA(1, 0), SET(2, 65), SET(3, 12), SET(4, 0), CALL(BPF_FUNC_btf_find_by_name_kind), EXIT
	};
	char name[65] = "too_long";
	int status;

	if (pipe(pipes)) {
		CHECK(!"pipe");
		return;
	}
	context.fd = pipes[0];
	CHECK_EQ(RUN(closes, "", &context), 0);
	CHECK_EQ(RUN(closes, "", &context), -EBADF);
	close(pipes[1]);
	/* not that the kernel knows: E2BIG for what the stack holds, EINVAL, or EPERM for who may not */
	status = RUN(asks, "", NULL);
	CHECK(status == -EINVAL || status == -EPERM || status == -E2BIG);
	CHECK_EQ(RUN(finds, name, NULL), -E2BIG);
}

static void what_is_unknown(void)
{
	const struct bpf_insn map[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 0),
		INSN(0, 0, 0, 0, 0), EXIT
	};
	const struct bpf_insn second[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX_VALUE, 0, 1), INSN(0, 0, 0, 0, 0), EXIT
	};
	const struct bpf_insn helper[] = { CALL(BPF_FUNC_trace_printk), EXIT };
	const struct bpf_insn kernel[] = {
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, BPF_FUNC_sys_bpf), EXIT
	};
	const struct bpf_insn atomic[] = { INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD), EXIT };
	const struct bpf_insn narrow[] = { INSN(BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 1), EXIT };
	const struct bpf_insn other[] = { INSN(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0, 0), EXIT };

	CHECK(!loader_known(map, sizeof(map)));
	CHECK(!loader_known(second, sizeof(second)));
	CHECK(!loader_known(helper, sizeof(helper)));
	CHECK(!loader_known(kernel, sizeof(kernel)));
	CHECK(!loader_known(atomic, sizeof(atomic)));
	CHECK(!loader_known(narrow, sizeof(narrow)));
	CHECK(!loader_known(other, sizeof(other)));
}

/* Asked by what the skeletons' loaders are called through. */
static bool asked, known;

#undef bpf_load_and_run
#define bpf_load_and_run(opts)	ask(opts)

static int ask(const struct bpf_load_and_run_opts *opts)
{
	asked = true;
	known = loader_known(opts->insns, opts->insns_sz);
	return -ECANCELED;
}

#include "tools/walk.lskel.h"
#include "tools/walk_glance.lskel.h"

static void this_build(void)
{
	struct walk_bpf *walk = walk_bpf__open();
	struct walk_glance_bpf *glance = walk_glance_bpf__open();

	CHECK_EQ(walk_bpf__load(walk), -ECANCELED);
	CHECK(asked && known);
	asked = known = false;
	CHECK_EQ(walk_glance_bpf__load(glance), -ECANCELED);
	CHECK(asked && known);
	walk_bpf__destroy(walk);
	walk_glance_bpf__destroy(glance);
}

static const struct ktap_test tests[] = {
	{ "moves, sums and shifts", moves_and_adds },
	{ "memory is read and written in each width", memory_in_each_width },
	{ "each jump, taken and not, forward and back", jumps },
	{ "the data that instructions refer to is a copy", data },
	{ "memory is copied, or cleared where there is no source", copies_and_clears },
	{ "calls return what the kernel says", calls },
	{ "what is not known here is left to the kernel", what_is_unknown },
	{ "the loaders of this build are known", this_build },
};

int main(void)
{
	return KTAP_RUN(tests);
}

// SPDX-License-Identifier: GPL-2.0-only
/* From the struct file of a /proc/PID/pagemap to the mm that it pins, and what the walk reads of that. */
#include <errno.h>

#include "arch/arch.h"
#include "walk_private.h"

enum { FILE_MM, PGD, USERS, BYTES, ASCE, PGSTES, ASKED };

static __u64 bits_of(const struct walk_request *answer, struct walk_bits bits)
{
	__u64 value = walk_word(answer->data, 0);

	if (!bits.size)
		return 0;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		value >>= 64 - 8 * bits.size;
	return value << bits.left >> bits.right;
}

int walk_find_mm(struct walk *walk, __u64 file)
{
	const struct walk_btf *btf = walk_btf(walk);
	struct walk_mm_state *state = walk_mm_state(walk);
	struct walk_request *ask = walk->requests;
	__u64 mm = file ? 0 : state->mm;
	int error;

	*walk->shared.bounds = (struct walk_bounds){ 0, ~0ULL };
	walk_ask(&ask[FILE_MM], file + btf->private_data, sizeof(__u64));
	walk_ask(&ask[PGD], mm + btf->pgd, sizeof(__u64));
	walk_ask(&ask[USERS], mm + btf->mm_users, sizeof(__s32));
	walk_ask(&ask[BYTES], mm + btf->pgtables_bytes, sizeof(__u64));
	walk_ask(&ask[ASCE], mm + btf->asce, ARCH_ASCE ? sizeof(__u64) : 0);
	walk_ask(&ask[PGSTES], mm + btf->pgstes.offset, btf->pgstes.size);
	for (unsigned int i = PGD; file && i < ASKED; i++)
		ask[i].from = FILE_MM + 1;
	error = walk_call(walk, WALK_COPY, ASKED);
	if (error)
		return error;
	if (file)
		state->mm = walk_word(ask[FILE_MM].data, 0);
	if (!state->mm)
		return -ESRCH;
	state->pgd = walk_word(ask[PGD].data, 0);
	state->mm_users = walk_half(ask[USERS].data, 0);
	state->pgtables_bytes = walk_word(ask[BYTES].data, 0);
	state->asce = walk_word(ask[ASCE].data, 0);
	state->pgstes = bits_of(&ask[PGSTES], btf->pgstes);
	return 0;
}

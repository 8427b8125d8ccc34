/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running the loader of a light skeleton in this process.
 *
 * bpftool puts what loads the programs of a light skeleton into a BPF program
 * of its own: a row of bpf() calls, longer than the programs that it loads. In
 * the kernel it would have to be verified and compiled to run once. But it has
 * few and simple instructions: here they are carried out one by one, and the
 * calls are made from here.
 */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Can it be run here? Not if it has an instruction, or calls a function of the
 * kernel, that is not known here: then the kernel has to run it. insns: size bytes.
 */
bool loader_known(const void *insns, size_t size);

/*
 * Run it: what it returns, 0 or a negative errno. It is trusted as the rest of
 * this program is, from whose build it comes. data: what its instructions refer
 * to, size bytes, of which it gets a copy; context: its argument, written to.
 */
int loader_run(const void *insns, const void *data, size_t size, void *context);

#endif /* LOADER_H */

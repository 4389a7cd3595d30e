// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU that counts, per address, the instructions which the guest
 * executes between two marks. A mark is an instruction that does nothing and that
 * no compiler makes, so a program needs no library to set it:
 *
 *	asm volatile("nopl 0x746f7931(%rax)");	begin: "1yot" in the code
 *	asm volatile("nopl 0x746f7930(%rax)");	end: "0yot"
 *
 * At each end the counts go to the file out=FILE, one line per address:
 *
 *	SECTION ADDRESS COUNT LOCKED
 *
 * where sections are numbered from 1, addresses are hexadecimal, and LOCKED is 1
 * for locked instructions. Programs' instructions all have the address 0: what
 * lies where differs from one process to the next.
 *
 * Counting is exact for one virtual processor (the additions are not atomic). With
 * -icount it agrees with the clock: a repeated string instruction is as many as it
 * has iterations, for both.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locked.h"
#include "qemu_plugin.h"

/* A power of two. A kernel that boots and runs a test executes some 300,000. */
#define COUNTERS	0x100000
#define MARK_SIZE	7

struct counter {
	uint64_t addr;
	uint64_t count;
	bool used;
	bool locked;
};

/* By address, open addressing: translated code holds pointers into it. */
static struct counter counters[COUNTERS];
static unsigned int counters_used;
static unsigned int section;
static bool counting;
static FILE *out;

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static void die(const char *what)
{
	fprintf(stderr, "profile: %s\n", what);
	exit(1);
}

static struct counter *counter_of(uint64_t addr, bool locked)
{
	uint64_t hash = (addr * 2 + locked) * 0x9e3779b97f4a7c15ULL;
	unsigned int i = hash >> 44 & (COUNTERS - 1);

	/* Code is patched: the same address may be locked now and not then. */
	while (counters[i].used &&
	       (counters[i].addr != addr || counters[i].locked != locked))
		i = (i + 1) & (COUNTERS - 1);
	if (!counters[i].used) {
		if (++counters_used == COUNTERS)
			die("too many instructions for the table");
		counters[i] = (struct counter){ addr, 0, true, locked };
	}
	return &counters[i];
}

static void mark_begin(unsigned int vcpu, void *data)
{
	unsigned int i;

	(void)vcpu;
	(void)data;
	for (i = 0; i < COUNTERS; i++)
		counters[i].count = 0;
	counting = true;
}

static void mark_end(unsigned int vcpu, void *data)
{
	unsigned int i;

	(void)vcpu;
	(void)data;
	if (!counting)
		return;
	counting = false;
	section++;
	for (i = 0; i < COUNTERS; i++)
		if (counters[i].count)
			fprintf(out, "%u %llx %llu %d\n", section,
				(unsigned long long)counters[i].addr,
				(unsigned long long)counters[i].count,
				counters[i].locked);
	if (fflush(out))
		die("cannot write the counts");
}

static bool is_mark(const uint8_t *code, size_t size, char which)
{
	const uint8_t mark[MARK_SIZE] = { 0x0f, 0x1f, 0x80, which, 'y', 'o', 't' };

	return size == MARK_SIZE && !memcmp(code, mark, MARK_SIZE);
}

static void instrument(struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	uint64_t addr = qemu_plugin_insn_vaddr(insn);
	size_t size = qemu_plugin_insn_size(insn);
	struct counter *counter;

	if (is_mark(code, size, '1')) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_begin,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
		return;
	}
	if (is_mark(code, size, '0')) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_end,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
		return;
	}
	/* The upper half of the addresses is the kernel's. */
	counter = counter_of(addr >> 63 ? addr : 0, locked_insn(code, size));
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
						   &counter->count, 1);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t i;

	(void)id;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		instrument(qemu_plugin_tb_get_insn(tb, i));
}

int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc,
			char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "profile: takes one argument, out=FILE\n");
		return 1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out) {
		perror(argv[0] + 4);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}

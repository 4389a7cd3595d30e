/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: QEMU's plugin interface, as much of it as is used here
 *
 * Debian packages QEMU with plugins, but not the header that declares what they
 * may call. The interface is documented and numbered (docs/devel/tcg-plugins.rst
 * in QEMU's sources); these declarations are written from that documentation,
 * for version 1. QEMU refuses a plugin whose version it does not speak.
 */
#ifndef TOY_PROFILE_QEMU_PLUGIN_H
#define TOY_PROFILE_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/** QEMU_PLUGIN_VERSION - the version that is declared here */
#define QEMU_PLUGIN_VERSION	1

/** QEMU_EXPORT - marks what QEMU looks for in a plugin */
#define QEMU_EXPORT		__attribute__((visibility("default")))

/** struct qemu_info_t - what the machine is like; not looked into */
struct qemu_info_t;
/** struct qemu_plugin_tb - a block of instructions that is being translated */
struct qemu_plugin_tb;
/** struct qemu_plugin_insn - one instruction of it */
struct qemu_plugin_insn;

/** enum qemu_plugin_cb_flags - what a call from translated code reads */
enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
	QEMU_PLUGIN_CB_R_REGS,
	QEMU_PLUGIN_CB_RW_REGS,
};

/** enum qemu_plugin_op - what translated code does without a call */
enum qemu_plugin_op {
	QEMU_PLUGIN_INLINE_ADD_U64,
};

/* What QEMU looks for in a plugin. */
extern QEMU_EXPORT int qemu_plugin_version;
QEMU_EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info,
				    int argc, char **argv);

/* When a block is translated; @tb and its instructions live until @cb returns. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*cb)(uint64_t id,
						      struct qemu_plugin_tb *tb));

/* Before each execution of @insn: call @cb, or add @imm to the u64 at @ptr. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int vcpu, void *data),
					    enum qemu_plugin_cb_flags flags,
					    void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op,
						void *ptr, uint64_t imm);

/* What a block consists of. */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#endif

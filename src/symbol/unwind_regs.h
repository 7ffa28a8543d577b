/* unwind_regs.h - where perf keeps the registers that an unwinder asks for. Both machines are compiled in everywhere. */
#ifndef STET_SYMBOL_UNWIND_REGS_H
#define STET_SYMBOL_UNWIND_REGS_H

#include "symbol/unwind_remote.h"

/* Bit of sample_regs_user of a register in DWARF's (libunwind's) numbering; -1 when perf does not record it.
 * Source: arch/x86/include/uapi/asm/perf_regs.h, arch/arm64/include/uapi/asm/perf_regs.h of Linux */
int unwind_reg_bit(enum unwind_arch arch, int reg);
int unwind_ip_bit(enum unwind_arch arch);
int unwind_sp_bit(enum unwind_arch arch);
/* Value recorded for that bit; false when it was not. */
bool unwind_reg_value(const struct unwind_sample *s, int bit, uint64_t *ret);

#endif

#include "symbol/unwind_regs.h"

enum {
    X86_IP_BIT = 8,
    X86_SP_BIT = 7,
    ARM64_SP_BIT = 31,
    ARM64_PC_BIT = 32,
};

enum unwind_arch unwind_arch_of(struct span name)
{
    if (span_is(name, "x86_64"))
        return UNWIND_ARCH_X86_64;
    if (span_is(name, "aarch64") || span_is(name, "arm64"))
        return UNWIND_ARCH_AARCH64;
    return UNWIND_ARCH_OTHER;
}

int unwind_reg_bit(enum unwind_arch arch, int reg)
{
    /* DWARF order rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip */
    static const int8_t x86_64[] = { 0, 3, 2, 1, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, X86_IP_BIT };
    switch (arch) {
    case UNWIND_ARCH_X86_64:
        return reg >= 0 && (size_t)reg < sizeof x86_64 ? x86_64[reg] : -1;
    case UNWIND_ARCH_AARCH64: /* x0..x30, sp, pc: the same order */
        return reg >= 0 && reg <= ARM64_PC_BIT ? reg : -1;
    case UNWIND_ARCH_OTHER:
        break;
    }
    return -1;
}

int unwind_ip_bit(enum unwind_arch arch)
{
    return arch == UNWIND_ARCH_X86_64 ? X86_IP_BIT : arch == UNWIND_ARCH_AARCH64 ? ARM64_PC_BIT : -1;
}

int unwind_sp_bit(enum unwind_arch arch)
{
    return arch == UNWIND_ARCH_X86_64 ? X86_SP_BIT : arch == UNWIND_ARCH_AARCH64 ? ARM64_SP_BIT : -1;
}

bool unwind_reg_value(const struct unwind_sample *s, int bit, uint64_t *ret)
{
    if (bit < 0 || bit > 63 || !(s->mask >> bit & 1))
        return false;
    uint64_t below = s->mask & ((1ull << bit) - 1);
    uint32_t index = 0;
    for (; below; below &= below - 1)
        index++;
    if (index >= s->reg_count)
        return false;
    *ret = s->regs[index];
    return true;
}

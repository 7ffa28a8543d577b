/* Register maps, and chains out of a copied stack of this very process against what the calls really were. */
#define _GNU_SOURCE /* registers of ucontext_t */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "base/num.h"
#include "symbol/unwind_regs.h"

static void registers(void **state)
{
    (void)state;
    assert_int_equal(unwind_arch_of(SPAN("x86_64")), UNWIND_ARCH_X86_64);
    assert_int_equal(unwind_arch_of(SPAN("aarch64")), UNWIND_ARCH_AARCH64);
    assert_int_equal(unwind_arch_of(SPAN("riscv64")), UNWIND_ARCH_OTHER);
    static const int x86_64[] = { 0, 3, 2, 1, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 8 };
    for (int i = 0; i < 17; i++)
        assert_int_equal(unwind_reg_bit(UNWIND_ARCH_X86_64, i), x86_64[i]);
    assert_int_equal(unwind_reg_bit(UNWIND_ARCH_X86_64, 17), -1);
    assert_int_equal(unwind_reg_bit(UNWIND_ARCH_X86_64, -1), -1);
    for (int i = 0; i <= 32; i++)
        assert_int_equal(unwind_reg_bit(UNWIND_ARCH_AARCH64, i), i);
    assert_int_equal(unwind_reg_bit(UNWIND_ARCH_AARCH64, 33), -1);
    assert_int_equal(unwind_ip_bit(UNWIND_ARCH_AARCH64), 32);
    assert_int_equal(unwind_sp_bit(UNWIND_ARCH_AARCH64), 31);
    assert_false(unwind_can(UNWIND_ARCH_OTHER));
    assert_false(unwind_can(UNWIND_ARCH_X86_64) && unwind_can(UNWIND_ARCH_AARCH64));

    uint64_t regs[] = { 11, 22, 33 };
    struct unwind_sample s = { .mask = 1u << 2 | 1u << 7 | 1u << 23, .regs = regs, .reg_count = 3 };
    uint64_t value = 0;
    assert_true(unwind_reg_value(&s, 2, &value) && value == 11);
    assert_true(unwind_reg_value(&s, 23, &value) && value == 33);
    assert_false(unwind_reg_value(&s, 3, &value));
    assert_false(unwind_reg_value(&s, 64, &value));
    s.reg_count = 2; /* fewer than the mask says */
    assert_false(unwind_reg_value(&s, 23, &value));
}

struct maps {
    struct unwind_map items[256];
    uint32_t count;
    struct symbols *symbols;
};

static bool map_find(void *user, uint64_t address, struct unwind_map *ret)
{
    const struct maps *m = user;
    for (uint32_t i = 0; i < m->count; i++) {
        if (address >= m->items[i].start && address < m->items[i].end) {
            *ret = m->items[i];
            return true;
        }
    }
    return false;
}

static void maps_read(struct maps *m, const struct symbol_options *opt)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[4096];
    assert_non_null(f);
    m->symbols = symbols_new(opt);
    while (m->count < 256 && fgets(line, sizeof line, f)) {
        struct span rest = span_of(line), range = rest, flags = rest, offset = rest, from = rest, to = rest;
        struct unwind_map *map = &m->items[m->count];
        assert_true(span_word(&rest, &range) && span_split(range, '-', &from, &to));
        assert_true(span_hex_to_u64(from, &map->start) && span_hex_to_u64(to, &map->end));
        assert_true(span_word(&rest, &flags) && span_word(&rest, &offset) && span_hex_to_u64(offset, &map->pgoff));
        size_t slash = span_chr(rest, 0, '/');
        if (flags.ptr[2] != 'x' || slash == rest.len)
            continue;
        struct symbol_ref ref = { .kind = SYMBOL_DSO_FILE, .path = span_trim(span_from(rest, slash)) };
        map->dso = symbols_dso(m->symbols, &ref);
        m->count++;
    }
    (void)fclose(f);
}

#if defined(__x86_64__)

enum { STACK_BYTES = 65536, CHAIN_MAX = 64 };

struct taken {
    uint64_t regs[24];
    uint64_t mask;
    char stack[STACK_BYTES];
    size_t stack_len;
};

/* perf's order of registers out of a context, and the stack from its stack pointer on. */
static void take(struct taken *t, const ucontext_t *uc)
{
    static const int greg[24] = { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
                                  REG_RIP, -1,      -1,      -1,      -1,      -1,      -1,      -1,
                                  REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };
    size_t n = 0;
    t->mask = 0;
    for (int i = 0; i < 24; i++) {
        if (greg[i] >= 0) {
            t->mask |= 1ull << i;
            t->regs[n++] = (uint64_t)uc->uc_mcontext.gregs[greg[i]];
        }
    }
}

static struct taken taken;
typedef int (*level_fn)(int);
int unwind_test_inner(int x);
int unwind_test_middle(int x, level_fn next);
int unwind_test_outer(int x, level_fn next);

__attribute__((noinline, no_sanitize("address"))) int unwind_test_inner(int x)
{
    ucontext_t uc;
    if (getcontext(&uc) != 0)
        return 0;
    take(&taken, &uc);
    const char *sp = (const char *)(uintptr_t)uc.uc_mcontext.gregs[REG_RSP];
    /* This function's frame and those of its callers; the process's stack goes on for more. */
    const char *end = (const char *)__builtin_frame_address(0) + 1024;
    taken.stack_len = 0;
    for (const volatile char *p = sp; p < end && taken.stack_len < STACK_BYTES; p++)
        taken.stack[taken.stack_len++] = *p;
    return x + 1;
}

__attribute__((noinline)) int unwind_test_middle(int x, level_fn next)
{
    volatile int y = next(x) + 1;
    return y;
}

__attribute__((noinline)) int unwind_test_outer(int x, level_fn next)
{
    volatile int y = unwind_test_middle(x, next) + 1;
    return y;
}

static void own_chain(void **state)
{
    (void)state;
    static const char *const want[] = { "unwind_test_inner", "unwind_test_middle", "unwind_test_outer", "own_chain" };
    assert_int_equal(unwind_test_outer(1, unwind_test_inner), 4);
    struct symbol_options opt = { .local = true };
    static struct maps maps;
    maps = (struct maps){ 0 };
    maps_read(&maps, &opt);
    struct unwind_sample s = { .abi = UNWIND_ABI_64,
                               .mask = taken.mask,
                               .regs = taken.regs,
                               .reg_count = 24,
                               .map = map_find,
                               .map_user = &maps };
    s.stack = span_make(taken.stack, taken.stack_len);
    struct unwind_space *space = unwind_space_new(UNWIND_ARCH_X86_64);
    uint64_t ips[CHAIN_MAX];
    uint32_t n = 0;
    for (int round = 0; round < 3; round++) { /* cold, cached, flushed */
        (void)unwind_sample(space, &s, ips, CHAIN_MAX, &n);
        assert_true(n >= 4);
        for (uint32_t i = 0; i < 4; i++) {
            struct unwind_map map = { .dso = NULL };
            struct symbol_hit hit;
            assert_true(map_find(&maps, ips[i], &map));
            assert_true(symbol_find(map.dso, ips[i] - map.start + map.pgoff, &hit));
            assert_true(span_is(hit.name, want[i]));
        }
        if (round == 1)
            unwind_space_flush(space);
    }
    assert_int_equal(unwind_sample(space, &s, ips, 2, &n), UNWIND_LIMIT);
    assert_int_equal(n, 2);
    s.abi = UNWIND_ABI_32;
    assert_int_equal(unwind_sample(space, &s, ips, CHAIN_MAX, &n), UNWIND_LEAF_ONLY);
    assert_int_equal(n, 1);
    s.abi = UNWIND_ABI_NONE;
    assert_int_equal(unwind_sample(space, &s, ips, CHAIN_MAX, &n), UNWIND_NO_REGS);
    assert_int_equal(n, 0);
    s.abi = UNWIND_ABI_64;
    s.stack.len = 0;
    unwind_space_flush(space);
    assert_int_equal(unwind_sample(space, &s, ips, CHAIN_MAX, &n), UNWIND_STACK_ENDS);
    assert_int_equal(n, 1);
    unwind_space_free(space);
    symbols_free(maps.symbols);
}

/* Without the binaries: the leaf, and no guess. */
static void no_binaries(void **state)
{
    (void)state;
    assert_int_equal(unwind_test_outer(1, unwind_test_inner), 4);
    struct symbol_options opt = { .root_count = 0 };
    static struct maps maps;
    maps = (struct maps){ 0 };
    maps_read(&maps, &opt);
    struct unwind_sample s = { .abi = UNWIND_ABI_64,
                               .mask = taken.mask,
                               .regs = taken.regs,
                               .reg_count = 24,
                               .map = map_find,
                               .map_user = &maps };
    s.stack = span_make(taken.stack, taken.stack_len);
    struct unwind_space *space = unwind_space_new(UNWIND_ARCH_X86_64);
    uint64_t ips[CHAIN_MAX];
    uint32_t n = 0;
    assert_int_equal(unwind_sample(space, &s, ips, CHAIN_MAX, &n), UNWIND_NO_BINARY);
    assert_int_equal(n, 1);
    unwind_space_free(space);
    symbols_free(maps.symbols);
}

/* Addresses near the ends of the range, where a sum would wrap. */
static void hostile_registers(void **state)
{
    (void)state;
    static const uint64_t places[] = { 0, 1, 7, 8, UINT64_MAX, UINT64_MAX - 6, UINT64_MAX - 7, 1ull << 63 };
    assert_int_equal(unwind_test_outer(1, unwind_test_inner), 4);
    struct symbol_options opt = { .local = true };
    static struct maps maps;
    maps = (struct maps){ 0 };
    maps_read(&maps, &opt);
    struct unwind_space *space = unwind_space_new(UNWIND_ARCH_X86_64);
    for (size_t sp = 0; sp < sizeof places / sizeof places[0]; sp++) {
        for (size_t bp = 0; bp < sizeof places / sizeof places[0]; bp++) {
            uint64_t regs[24];
            memcpy(regs, taken.regs, sizeof regs);
            regs[6] = places[bp];
            regs[7] = places[sp];
            struct unwind_sample s = { .abi = UNWIND_ABI_64,
                                       .mask = taken.mask,
                                       .regs = regs,
                                       .reg_count = 24,
                                       .map = map_find,
                                       .map_user = &maps };
            s.stack = span_make(taken.stack, taken.stack_len);
            uint64_t ips[CHAIN_MAX];
            uint32_t n = 0;
            (void)unwind_sample(space, &s, ips, CHAIN_MAX, &n);
            assert_true(n >= 1 && n <= CHAIN_MAX);
        }
    }
    unwind_space_free(space);
    symbols_free(maps.symbols);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers),
#if defined(__x86_64__)
        cmocka_unit_test(own_chain),
        cmocka_unit_test(no_binaries),
        cmocka_unit_test(hostile_registers),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

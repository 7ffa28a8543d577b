/* Registers and stack of a sample over a binary, all from anywhere: a chain ends, and its addresses lie in mappings.
 * Input: 17 registers of 8 bytes, two bytes of stack length, the stack, and an ELF file mapped at MAP_START. */
#include "fuzz.h"

#include "symbol/unwind_remote.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { REGS = 17, FRAMES = 64 };
static const uint64_t map_start = 0x400000, map_bytes = 1 << 20;

static bool map_find(void *user, uint64_t address, struct unwind_map *ret)
{
    if (address < map_start || address >= map_start + map_bytes)
        return false;
    *ret = (struct unwind_map){ .start = map_start, .end = map_start + map_bytes, .pgoff = 0x1000, .dso = user };
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t regs[REGS];
    struct unwind_space *space = unwind_space_new(UNWIND_ARCH_X86_64);
    if (!space || size < sizeof regs + 2) {
        unwind_space_free(space);
        return 0;
    }
    memcpy(regs, data, sizeof regs);
    data += sizeof regs;
    size -= sizeof regs + 2;
    size_t stack = (size_t)data[0] | (size_t)data[1] << 8;
    data += 2;
    stack = stack < size ? stack : size;
    struct symbols *symbols = symbols_new(NULL);
    struct symbol_dso *dso = symbols_image(symbols, span_make((const char *)data + stack, size - stack));
    struct unwind_sample sample = { .abi = UNWIND_ABI_64, .mask = 0xff01ff, .regs = regs, .reg_count = REGS };
    sample.stack = span_make((const char *)data, stack);
    sample.map = map_find;
    sample.map_user = dso;
    for (int round = 0; round < 2; round++) { /* cold, then from the cache */
        uint64_t ips[FRAMES];
        uint32_t n = 0;
        enum unwind_end end = unwind_sample(space, &sample, ips, FRAMES, &n);
        assert(end < UNWIND_END_COUNT && n <= FRAMES);
        for (uint32_t i = 1; i < n; i++)
            assert(ips[i] >= map_start && ips[i] < map_start + map_bytes);
    }
    unwind_space_free(space);
    symbols_free(symbols);
    return 0;
}

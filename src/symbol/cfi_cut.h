/* cfi_cut.h - reader over a copy of one entry of an unwind table: never past its end. */
#ifndef STET_SYMBOL_CFI_CUT_H
#define STET_SYMBOL_CFI_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cut {
    const uint8_t *p;
    size_t n;
    bool ok; /* false for good after a read that did not fit, which gave 0 */
};

static inline uint8_t cut_u8(struct cut *c)
{
    if (c->n == 0) {
        c->ok = false;
        return 0;
    }
    c->n--;
    return *c->p++;
}

static inline void cut_skip(struct cut *c, uint64_t n)
{
    if (n > c->n) {
        c->ok = false;
        n = c->n;
    }
    c->p += n;
    c->n -= (size_t)n;
}

static inline uint64_t cut_leb(struct cut *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = cut_u8(c);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    c->ok = false;
    return 0;
}

static inline int64_t cut_sleb(struct cut *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = cut_u8(c);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        if ((byte & 0x40) && shift + 7 < 64)
            value |= ~0ull << (shift + 7);
        return (int64_t)value;
    }
    c->ok = false;
    return 0;
}

#endif

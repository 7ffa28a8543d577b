#include "mutate.h"

#include <stdbool.h>
#include <string.h>

enum { LEVELS_MAX = 4, FIELDS_MAX = 1024, PIECE_MAX = 8192 };

/* A field in its message: tag, for bytes the length, and the body (of a number: its value). */
struct field {
    size_t at, length_at, body, end;
    unsigned wire;
};

struct fields {
    struct field items[FIELDS_MAX];
    size_t count;
};

static bool get_varint(const uint8_t *data, size_t end, size_t *at, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t c = data[(*at)++];
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            *ret = v;
            return true;
        }
    }
    return false;
}

static size_t put_varint(uint8_t *to, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

/* Fields of the message; false when it is none as a whole. */
static bool find_fields(const uint8_t *data, size_t at, size_t end, struct fields *out)
{
    out->count = 0;
    while (at < end && out->count < FIELDS_MAX) {
        struct field f = { .at = at };
        uint64_t tag, n = 0;
        if (!get_varint(data, end, &at, &tag) || tag >> 3 == 0 || tag >> 3 > 15)
            return false;
        f.wire = (unsigned)(tag & 7);
        f.length_at = f.body = at;
        if ((f.wire != 0 && f.wire != 2) || !get_varint(data, end, &at, &n))
            return false;
        if (f.wire == 2) {
            f.body = at;
            if (n > end - at)
                return false;
            at += (size_t)n;
        }
        f.end = at;
        out->items[out->count++] = f;
    }
    return out->count > 0;
}

/* Puts n bytes in the place of [at, end); false when there is no room. */
static bool replace(uint8_t *data, size_t *size, size_t max, struct field what, const uint8_t *with, size_t n)
{
    if (*size - (what.end - what.at) + n > max)
        return false;
    memmove(data + what.at + n, data + what.end, *size - what.end);
    memcpy(data + what.at, with, n);
    *size = *size - (what.end - what.at) + n;
    return true;
}

/* What stands in the place of field i afterwards: its length in bytes. */
static size_t make_piece(const uint8_t *data, const struct fields *all, size_t i, unsigned seed, uint8_t *out)
{
    static const uint64_t numbers[] = { 0, 1, 2, 3, 7, 100, 127, 128, 16384, 1000000, 1ull << 32, 1ull << 63, ~0ull };
    struct field f = all->items[i], other = all->items[seed / 8 % all->count];
    size_t n = f.end - f.at, m = other.end - other.at, body = f.end - f.body;
    switch (seed % 8) {
    case 0: /* twice, or another one before it */
        memcpy(out, data + other.at, m);
        memcpy(out + m, data + f.at, n);
        return n + m;
    case 1:
        return 0;
    case 2: /* another field of the message */
        memcpy(out, data + f.at, n);
        out[0] = (uint8_t)((seed / 8 % 15 + 1) << 3 | f.wire);
        return n;
    default:
        break;
    }
    size_t head = f.length_at - f.at;
    memcpy(out, data + f.at, head);
    if (f.wire == 0)
        return head + put_varint(out + head, seed % 8 < 5 ? numbers[seed / 8 % 13] : seed / 8 % 64);
    uint8_t text[PIECE_MAX];
    memcpy(text, data + f.body, body);
    body = LLVMFuzzerMutate(text, body, body + 64);
    head += put_varint(out + head, body);
    memcpy(out + head, text, body);
    return head + body;
}

size_t mutate_pprof(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct field path[LEVELS_MAX];
    static struct fields all, inner; /* one thread */
    uint8_t piece[2 * PIECE_MAX + 128];
    size_t depth = 0;
    if (!find_fields(data, 0, size, &all))
        return 0;
    size_t i = seed / 16 % all.count;
    /* Down into messages: three ways in four each. */
    for (unsigned turn = seed / 256; depth < LEVELS_MAX && turn % 4 != 0; turn /= 4) {
        struct field f = all.items[i];
        if (f.wire != 2 || !find_fields(data, f.body, f.end, &inner))
            break;
        path[depth++] = f;
        all = inner;
        i = turn % all.count;
    }
    struct field what = all.items[i];
    size_t before = size;
    if (max < 10 * LEVELS_MAX || what.end - what.at > PIECE_MAX - 64)
        return 0;
    for (size_t k = 0; k < all.count; k++) {
        if (all.items[k].end - all.items[k].at > PIECE_MAX)
            return 0;
    }
    if (!replace(data, &size, max - 10 * LEVELS_MAX, what, piece, make_piece(data, &all, i, seed / 3, piece)))
        return 0;
    /* Lengths of what is around it, from the inside. */
    while (depth-- > 0) {
        struct field outer = path[depth];
        uint8_t length[10];
        size_t n = put_varint(length, outer.end - outer.body + size - before);
        outer.at = outer.length_at;
        outer.end = outer.body;
        if (!replace(data, &size, max, outer, length, n))
            return 0;
    }
    return size;
}

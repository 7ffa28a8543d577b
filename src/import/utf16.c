#include "import/utf16.h"

enum { REPLACEMENT = 0xfffd };

static size_t put(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static size_t put_unit(struct utf16 *u, uint16_t unit, char *out)
{
    bool low = unit >= 0xdc00 && unit < 0xe000;
    size_t n = 0;
    if (u->high != 0) {
        uint32_t high = u->high;
        u->high = 0;
        if (low)
            return put(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00u), out);
        n = put(REPLACEMENT, out);
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
        u->high = unit;
        return n;
    }
    return n + put(low ? REPLACEMENT : unit, out + n);
}

size_t utf16_decode(struct utf16 *u, struct span in, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t byte = (uint8_t)in.ptr[i];
        if (!u->has_odd) {
            u->odd = byte;
            u->has_odd = true;
            continue;
        }
        u->has_odd = false;
        n += put_unit(u, (uint16_t)(u->big ? u->odd << 8 | byte : byte << 8 | u->odd), out + n);
    }
    return n;
}

size_t utf16_finish(struct utf16 *u, char *out)
{
    size_t n = u->high != 0 ? put(REPLACEMENT, out) : 0;
    n += u->has_odd ? put(REPLACEMENT, out + n) : 0;
    *u = (struct utf16){ .big = u->big };
    return n;
}

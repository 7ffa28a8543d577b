#include "base/pbw.h"

void pbw_varint(struct sb *out, uint64_t value)
{
    char buf[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        buf[n++] = (char)(value | 0x80);
    buf[n++] = (char)value;
    sb_add(out, span_make(buf, n));
}

void pbw_number(struct sb *out, uint32_t field, uint64_t value)
{
    if (value == 0)
        return;
    pbw_varint(out, (uint64_t)field << 3);
    pbw_varint(out, value);
}

void pbw_bytes(struct sb *out, uint32_t field, struct span bytes)
{
    pbw_varint(out, (uint64_t)field << 3 | 2);
    pbw_varint(out, bytes.len);
    sb_add(out, bytes);
}

#include "profile/codec_wire.h"

bool wire_writes(const struct wire *w)
{
    return w->out != NULL;
}

static uint8_t byte_take(struct wire *w)
{
    if (w->in.len == 0) {
        w->bad = true;
        return 0;
    }
    uint8_t b = (uint8_t)w->in.ptr[0];
    w->in = span_from(w->in, 1);
    return b;
}

void wire_u64(struct wire *w, uint64_t *v)
{
    if (wire_writes(w)) {
        char buf[10];
        size_t n = 0;
        uint64_t rest = *v;
        for (; rest >= 0x80; rest >>= 7)
            buf[n++] = (char)(0x80 | (rest & 0x7f));
        buf[n++] = (char)rest;
        sb_add(w->out, span_make(buf, n));
        return;
    }
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = byte_take(w);
        if (shift == 63 && b > 1)
            w->bad = true;
        x |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *v = w->bad ? 0 : x;
            return;
        }
    }
    w->bad = true;
    *v = 0;
}

void wire_u32(struct wire *w, uint32_t *v)
{
    uint64_t x = *v;
    wire_u64(w, &x);
    if (x > UINT32_MAX) {
        w->bad = true;
        x = 0;
    }
    *v = (uint32_t)x;
}

void wire_i64(struct wire *w, int64_t *v)
{
    uint64_t x = (uint64_t)*v << 1;
    if (*v < 0)
        x = ~x;
    wire_u64(w, &x);
    *v = (int64_t)(x >> 1);
    if (x & 1)
        *v = ~*v;
}

void wire_f64(struct wire *w, double *v)
{
    uint64_t x = 0;
    if (wire_writes(w)) {
        char buf[8];
        memcpy(&x, v, sizeof x);
        for (unsigned i = 0; i < 8; i++)
            buf[i] = (char)(x >> (8 * i));
        sb_add(w->out, span_make(buf, sizeof buf));
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        x |= (uint64_t)byte_take(w) << (8 * i);
    memcpy(v, &x, sizeof x);
}

void wire_bool(struct wire *w, bool *v)
{
    *v = wire_enum(w, *v ? 1 : 0, 2) != 0;
}

void wire_text(struct wire *w, struct span *v)
{
    uint64_t len = v->len;
    wire_u64(w, &len);
    if (wire_writes(w)) {
        sb_add(w->out, *v);
        return;
    }
    if (len > w->in.len) {
        w->bad = true;
        len = 0;
    }
    *v = arena_span(w->arena, span_sub(w->in, 0, (size_t)len));
    w->in = span_from(w->in, (size_t)len);
}

void wire_cstr(struct wire *w, const char **v)
{
    struct span s = span_of(*v);
    wire_text(w, &s);
    if (!wire_writes(w))
        *v = arena_dup(w->arena, s);
}

void wire_count(struct wire *w, uint32_t *v)
{
    wire_u32(w, v);
    if (!wire_writes(w) && *v > w->in.len) {
        w->bad = true;
        *v = 0;
    }
}

unsigned wire_enum(struct wire *w, unsigned v, unsigned count)
{
    if (wire_writes(w)) {
        sb_addc(w->out, (char)v);
        return v;
    }
    unsigned got = byte_take(w);
    if (got >= count) {
        w->bad = true;
        return 0;
    }
    return got;
}

void wire_delta(struct wire *w, uint32_t *v, uint32_t *last)
{
    int64_t d = (int64_t)*v - (int64_t)*last;
    wire_i64(w, &d);
    if (!wire_writes(w)) {
        if (d > INT64_C(0x1ffffffff) || d < -INT64_C(0x1ffffffff))
            d = -1 - (int64_t)*last;
        int64_t x = (int64_t)*last + d;
        if (x < 0 || x > (int64_t)UINT32_MAX) {
            w->bad = true;
            x = 0;
        }
        *v = (uint32_t)x;
    }
    *last = *v;
}

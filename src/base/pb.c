#include "base/pb.h"

struct pb pb_of(struct span bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    return (struct pb){ at, at + bytes.len, at, 0 };
}

struct pb pb_inside(const struct pb *outer, struct span bytes)
{
    struct pb p = pb_of(bytes);
    p.start = outer->start;
    p.base = outer->base;
    return p;
}

uint64_t pb_offset(const struct pb *p)
{
    return p->base + (uint64_t)(p->at - p->start);
}

bool pb_done(const struct pb *p)
{
    return p->at == p->end;
}

static bool broken(struct pb *p, struct err *err, const char *what)
{
    (void)err_at_byte(err, ERR_MALFORMED, pb_offset(p), "protocol buffer: %s", what);
    p->at = p->end;
    return false;
}

bool pb_varint(struct pb *p, uint64_t *ret, struct err *err)
{
    if (p->at == p->end)
        return false;
    uint64_t v = 0;
    const unsigned char *s = p->at;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (s == p->end)
            return broken(p, err, "a number is cut off");
        unsigned char c = *s++;
        if (shift == 63 && c > 1)
            return broken(p, err, "a number of more than 64 bits");
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            p->at = s;
            *ret = v;
            return true;
        }
    }
    return broken(p, err, "a number of more than 64 bits");
}

static uint64_t little(const unsigned char *s, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)s[i] << (8 * i);
    return v;
}

bool pb_next(struct pb *p, struct pb_field *ret, struct err *err)
{
    uint64_t tag;
    if (!pb_varint(p, &tag, err))
        return false;
    if (tag >> 3 == 0 || tag >> 3 > 536870911)
        return broken(p, err, "a field number out of range");
    *ret = (struct pb_field){ .number = (uint32_t)(tag >> 3), .bytes = SPAN("") };
    size_t left = (size_t)(p->end - p->at);
    switch (tag & 7) {
    case 0:
        ret->wire = PB_VARINT;
        return pb_varint(p, &ret->value, err) || (err->code == ERR_NONE && broken(p, err, "a field without a value"));
    case 1:
    case 5: {
        size_t n = (tag & 7) == 1 ? 8 : 4;
        if (left < n)
            return broken(p, err, "a number is cut off");
        ret->wire = n == 8 ? PB_FIXED64 : PB_FIXED32;
        ret->value = little(p->at, n);
        p->at += n;
        return true;
    }
    case 2: {
        uint64_t n;
        if (!pb_varint(p, &n, err))
            return err->code == ERR_NONE && broken(p, err, "a field without a length");
        left = (size_t)(p->end - p->at);
        if (n > left)
            return broken(p, err, "a field is longer than what is left");
        ret->wire = PB_BYTES;
        ret->bytes = span_make((const char *)p->at, (size_t)n);
        p->at += n;
        return true;
    }
    default:
        return broken(p, err, "an unknown kind of field");
    }
}

double pb_double(const struct pb_field *f)
{
    double d;
    memcpy(&d, &f->value, sizeof d);
    return d;
}

#include "http/request.h"

#include <strings.h>

#include "base/num.h"
#include "base/vec.h"

enum { PAIRS_MAX = 1000 };

static const char *const methods[] = {
    [METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD",     [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT", [METHOD_DELETE] = "DELETE", [METHOD_OTHER] = "OTHER",
};
_Static_assert(ARRAY_LEN(methods) == METHOD_COUNT, "one name per method");

enum method method_from_name(struct span s)
{
    for (int m = 0; m < METHOD_OTHER; m++) {
        if (span_is(s, methods[m]))
            return (enum method)m;
    }
    return METHOD_OTHER;
}

const char *method_name(enum method m)
{
    return methods[m];
}

struct span pairs_get(const struct pairs *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (span_is(p->items[i].name, name))
            return p->items[i].value;
    }
    return (struct span){ 0 };
}

void pairs_add(struct pairs *p, struct span name, struct span value)
{
    struct pair one = { name, value };
    VEC_PUSH(p, one);
}

void pairs_release(struct pairs *p)
{
    freep(&p->items);
    *p = (struct pairs){ 0 };
}

static bool hex_pair(struct span s, unsigned char *ret)
{
    uint64_t v = 0;
    /* "0x" would pass as a prefix. */
    if (s.len != 2 || s.ptr[1] == 'x' || s.ptr[1] == 'X' || !span_hex_to_u64(s, &v))
        return false;
    *ret = (unsigned char)v;
    return true;
}

bool url_decode(struct arena *arena, struct span text, bool plus, struct span *ret, struct err *err)
{
    char *out = arena_alloc(arena, text.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%') {
            if (!hex_pair(span_sub(text, i + 1, 2), &c))
                return err_set(err, ERR_BAD_REQUEST, "a %% in the address is not followed by two hex digits");
            i += 2;
        }
        if (c == '\0')
            return err_set(err, ERR_BAD_REQUEST, "the address holds a NUL");
        out[n++] = (char)c;
    }
    *ret = span_make(out, n);
    return span_is_utf8(*ret) || err_set(err, ERR_BAD_REQUEST, "the address is not UTF-8");
}

bool pairs_decode(struct pairs *p, struct arena *arena, struct span text, struct err *err)
{
    while (text.len > 0) {
        size_t end = span_chr(text, 0, '&');
        struct span part = span_sub(text, 0, end);
        text = span_from(text, end + 1);
        if (part.len == 0)
            continue;
        struct span name = part;
        struct span value = SPAN("");
        (void)span_split(part, '=', &name, &value);
        if (p->count >= PAIRS_MAX)
            return err_set(err, ERR_BAD_REQUEST, "more than %d parameters", PAIRS_MAX);
        if (!url_decode(arena, name, true, &name, err) || !url_decode(arena, value, true, &value, err))
            return false;
        pairs_add(p, name, value);
    }
    return true;
}

void url_encode(struct sb *out, struct span text)
{
    static const char digit[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '_' || c == '.' || c == '~';
        if (plain) {
            sb_addc(out, (char)c);
        } else {
            sb_addc(out, '%');
            sb_addc(out, digit[c >> 4]);
            sb_addc(out, digit[c & 15]);
        }
    }
}

bool request_accepts(const struct request *rq, const char *type)
{
    struct span accept = rq->header(rq, "Accept");
    size_t want = strlen(type);
    while (accept.len > 0) {
        size_t end = span_chr(accept, 0, ',');
        struct span one = span_trim(span_sub(accept, 0, end));
        accept = span_from(accept, end + 1);
        one = span_trim(span_sub(one, 0, span_chr(one, 0, ';')));
        if (one.len == want && strncasecmp(one.ptr, type, want) == 0)
            return true;
        if (span_is(one, "text/html") || span_is(one, "application/json") || span_is(one, "*/*"))
            return false;
    }
    return false;
}

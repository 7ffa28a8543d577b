#include "base/jscan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/sb.h"

/* TEXT_MAX bounds one token: nothing that names a function is longer. */
enum { BUF_BYTES = 256 * 1024, TEXT_MAX = 64 << 20, NUMBER_MAX = 380, LOOKAHEAD = 16 };

struct jscan {
    jscan_read_fn read;
    void *user;
    struct err *err;
    char *buf; /* BUF_BYTES, more while one token is longer; a NUL stands behind the last byte */
    size_t size;
    char *p;       /* next unread byte */
    char *end;     /* the NUL */
    uint64_t base; /* offset of buf[0] in the input */
    uint64_t at;   /* offset of the last value */
    bool eof, failed, open_end, truncated;
    bool closed;   /* jscan_doubles met the end of its array and has yet to say so */
    bool first;    /* no member or item of the innermost container was read yet */
    uint8_t *nest; /* '{' or '[' a level */
    uint32_t depth, nest_size;
    uint64_t depth_max;
    struct sb key, text;
};

struct jscan *jscan_new(jscan_read_fn read, void *user, uint64_t depth_max, struct err *err)
{
    struct jscan *js = xcalloc(1, sizeof *js);
    js->read = read;
    js->user = user;
    js->err = err;
    js->depth_max = depth_max;
    js->size = BUF_BYTES;
    js->buf = xcalloc(1, js->size + LOOKAHEAD);
    js->p = js->end = js->buf;
    js->first = true;
    return js;
}

void jscan_free(struct jscan *js)
{
    if (!js)
        return;
    free(js->buf);
    free(js->nest);
    sb_release(&js->key);
    sb_release(&js->text);
    free(js);
}

void jscan_freep(struct jscan **js)
{
    jscan_free(*js);
    *js = NULL;
}

void jscan_allow_open_end(struct jscan *js)
{
    js->open_end = true;
}

bool jscan_ok(const struct jscan *js)
{
    return !js->failed || js->truncated;
}

bool jscan_truncated(const struct jscan *js)
{
    return js->truncated;
}

uint64_t jscan_offset(const struct jscan *js)
{
    return js->at;
}

uint32_t jscan_depth(const struct jscan *js)
{
    return js->depth;
}

static uint64_t offset_of(const struct jscan *js, const char *p)
{
    return js->base + (uint64_t)(p - js->buf);
}

bool jscan_fail(struct jscan *js, enum err_code code, const char *fmt, ...)
{
    if (js->failed)
        return false;
    js->failed = true;
    char text[300];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return err_at_byte(js->err, code, js->at, "%s", text);
}

bool jscan_stop(struct jscan *js)
{
    if (js->failed && !js->truncated)
        return false;
    js->failed = true;
    js->truncated = false;
    if (js->err->byte < 0 && js->err->code != ERR_IO)
        js->err->byte = (int64_t)js->at;
    return false;
}

static bool fail_at(struct jscan *js, const char *p, const char *what)
{
    js->at = offset_of(js, p);
    return jscan_fail(js, ERR_MALFORMED, "JSON: %s", what);
}

static bool fail_end(struct jscan *js)
{
    if (js->failed)
        return false;
    if (js->open_end) {
        js->truncated = true;
        js->failed = true;
        return false;
    }
    const char *in = js->depth == 0                   ? "before a value"
                     : js->nest[js->depth - 1] == '{' ? "inside an object"
                                                      : "inside an array";
    js->at = offset_of(js, js->end);
    return jscan_fail(js, ERR_MALFORMED, "JSON: the file ends %s", in);
}

/* Reads one more piece behind [keep, end), which moves to the front first. False at the end of input. */
static bool refill(struct jscan *js, char **keep)
{
    if (js->eof || js->failed)
        return false;
    size_t have = (size_t)(js->end - *keep);
    size_t read_at = (size_t)(js->p - *keep);
    js->base += (uint64_t)(*keep - js->buf);
    memmove(js->buf, *keep, have);
    if (js->size - have < BUF_BYTES / 2) {
        if (js->size >= TEXT_MAX) {
            js->at = js->base;
            return jscan_fail(js, ERR_LIMIT, "a text of more than %d MiB", TEXT_MAX >> 20);
        }
        js->size *= 2;
        js->buf = xrealloc(js->buf, js->size + LOOKAHEAD, 1);
    }
    size_t n = 0;
    if (!js->read(js->user, js->buf + have, js->size - have, &n, js->err)) {
        js->failed = true;
        n = 0;
    }
    js->eof = n == 0;
    *keep = js->buf;
    js->p = js->buf + read_at;
    js->end = js->buf + have + n;
    memset(js->end, 0, LOOKAHEAD);
    return n > 0;
}

/* The next byte that is not blank, unread; -1 at the end of input. */
static int next_byte(struct jscan *js)
{
    for (;;) {
        while (*js->p == ' ' || *js->p == '\n' || *js->p == '\r' || *js->p == '\t')
            js->p++;
        if (*js->p != '\0' || js->p < js->end)
            return (unsigned char)*js->p;
        if (js->failed || !refill(js, &js->p))
            return -1;
    }
}

/* --- texts --- */

/* First byte of s that is a quote, a backslash or NUL: eight at a time (zero-byte test of Mycroft, 1987). */
static char *text_stop(char *s)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t high = 0x8080808080808080u;
    for (;; s += 8) {
        uint64_t w;
        memcpy(&w, s, sizeof w);
        uint64_t quote = w ^ (ones * '"');
        uint64_t slash = w ^ (ones * '\\');
        uint64_t hit = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones) & ~w);
        if (hit & high)
            break;
    }
    while (*s != '"' && *s != '\\' && *s != '\0')
        s++;
    return s;
}

static void add_utf8(struct sb *out, uint32_t c)
{
    if (c < 0x80) {
        sb_addc(out, (char)c);
    } else if (c < 0x800) {
        sb_addc(out, (char)(0xc0 | c >> 6));
        sb_addc(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        sb_addc(out, (char)(0xe0 | c >> 12));
        sb_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        sb_addc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        sb_addc(out, (char)(0xf0 | c >> 18));
        sb_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
        sb_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        sb_addc(out, (char)(0x80 | (c & 0x3f)));
    }
}

static bool hex4(const char *s, uint32_t *ret)
{
    uint64_t v;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        return false;
    if (!span_hex_to_u64(span_make(s, 4), &v))
        return false;
    *ret = (uint32_t)v;
    return true;
}

/* js->p stands behind "\u". */
static bool escape_unicode(struct jscan *js, struct sb *out)
{
    uint32_t c;
    if (js->end - js->p < 4 || !hex4(js->p, &c))
        return fail_at(js, js->p - 2, "an escape \\u needs four hexadecimal digits");
    js->p += 4;
    uint32_t low;
    if (c >= 0xd800 && c < 0xdc00 && js->end - js->p >= 6 && js->p[0] == '\\' && js->p[1] == 'u' &&
        hex4(js->p + 2, &low) && low >= 0xdc00 && low < 0xe000) {
        js->p += 6;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(out, c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
    return true;
}

/* js->p stands at a backslash. */
static bool escape(struct jscan *js, struct sb *out)
{
    while (js->end - js->p < LOOKAHEAD && refill(js, &js->p)) {
    }
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = js->p[1];
    if (js->p + 1 >= js->end)
        return fail_end(js);
    const char *hit = c ? strchr(from, c) : NULL;
    if (hit) {
        js->p += 2;
        sb_addc(out, to[hit - from]);
        return true;
    }
    if (c != 'u')
        return fail_at(js, js->p, "an unknown escape");
    js->p += 2;
    return escape_unicode(js, out);
}

/* A text; js->p stands at its opening quote. In place when it holds no escape, else in `store`. */
static bool read_text(struct jscan *js, struct sb *store, struct span *ret)
{
    char *start = js->p + 1;
    js->p = start;
    bool copied = false;
    for (;;) {
        js->p = text_stop(js->p);
        if (*js->p == '"' || *js->p == '\\') {
            if (*js->p == '"' && !copied) {
                *ret = span_make(start, (size_t)(js->p++ - start));
                return true;
            }
            if (!copied)
                sb_reset(store);
            copied = true;
            sb_add(store, span_make(start, (size_t)(js->p - start)));
            if (store->len > TEXT_MAX)
                return jscan_fail(js, ERR_LIMIT, "a text of more than %d MiB", TEXT_MAX >> 20);
            if (*js->p == '"') {
                js->p++;
                *ret = sb_span(store);
                return true;
            }
            if (!escape(js, store))
                return false;
            start = js->p;
            continue;
        }
        if (js->p < js->end)
            return fail_at(js, js->p, "a NUL byte inside a text");
        if (!refill(js, &start))
            return js->failed ? false : fail_end(js);
    }
}

/* --- numbers --- */

static const double pow10_exact[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

struct decimal {
    uint64_t mantissa; /* exact while digits <= 18 */
    int64_t digits;    /* significant digits read, leading zeros included */
    int64_t scale;     /* power of ten */
    bool negative, fraction;
};

/* Scans a number at s; the end of it, or NULL when it is none. Stops at the NUL behind the buffer. */
static char *scan_number(char *s, struct decimal *d)
{
    *d = (struct decimal){ 0 };
    if (*s == '-') {
        d->negative = true;
        s++;
    }
    char *from = s;
    for (unsigned c; (c = (unsigned)(*s - '0')) < 10; s++)
        d->mantissa = d->mantissa * 10 + c;
    d->digits = s - from;
    if (d->digits == 0)
        return NULL;
    if (*s == '.') {
        d->fraction = true;
        from = ++s;
        for (unsigned c; (c = (unsigned)(*s - '0')) < 10; s++)
            d->mantissa = d->mantissa * 10 + c;
        if (s == from)
            return NULL;
        d->scale = -(s - from);
        d->digits += s - from;
    }
    if (*s == 'e' || *s == 'E') {
        d->fraction = true;
        s++;
        bool minus = *s == '-';
        if (*s == '-' || *s == '+')
            s++;
        from = s;
        int64_t e = 0;
        for (unsigned c; (c = (unsigned)(*s - '0')) < 10; s++)
            e = e < 100000 ? e * 10 + (int64_t)c : e;
        if (s == from)
            return NULL;
        d->scale += minus ? -e : e;
    }
    return s;
}

/* Value of a scanned number. Exact by one rounding when mantissa and power of ten are (Clinger 1990), else by strtod. */
static bool decimal_value(const struct decimal *d, struct span text, struct jscan_number *ret)
{
    *ret = (struct jscan_number){ 0 };
    if (!d->fraction && d->digits <= 18) {
        ret->i = d->negative ? -(int64_t)d->mantissa : (int64_t)d->mantissa;
        ret->d = (double)ret->i;
        ret->is_int = true;
        return true;
    }
    if (d->digits <= 18 && d->mantissa < 1ull << 53 && d->scale >= -22 && d->scale <= 22) {
        double v = (double)d->mantissa;
        v = d->scale < 0 ? v / pow10_exact[-d->scale] : v * pow10_exact[d->scale];
        ret->d = d->negative ? -v : v;
    } else if (!span_to_double(text, &ret->d)) {
        return false;
    }
    if (!d->fraction) {
        ret->is_int = span_to_i64(text, &ret->i);
    } else if (fabs(ret->d) < 9007199254740992.0 && ret->d == floor(ret->d)) {
        ret->is_int = true;
        ret->i = (int64_t)ret->d;
    }
    return true;
}

static bool read_number(struct jscan *js, struct jscan_number *ret)
{
    for (;;) {
        struct decimal d;
        char *stop = scan_number(js->p, &d);
        const char *last = stop ? stop : js->p;
        if (js->end - last < 2 || (!stop && js->end - js->p < NUMBER_MAX)) {
            if (!js->eof) {
                (void)refill(js, &js->p); /* what was scanned moved: once more from its start */
                if (js->failed)
                    return false;
                continue;
            }
        }
        if (!stop)
            return fail_at(js, js->p, "expected a number");
        if (stop - js->p > NUMBER_MAX)
            return fail_at(js, js->p, "a number of too many digits");
        if (!decimal_value(&d, span_make(js->p, (size_t)(stop - js->p)), ret))
            return fail_at(js, js->p, "a number that is too large");
        js->p = stop;
        return true;
    }
}

/* --- structure --- */

static bool push(struct jscan *js, uint8_t c)
{
    if (js->depth >= js->depth_max)
        return jscan_fail(js, ERR_LIMIT, "JSON nested deeper than %llu", (unsigned long long)js->depth_max);
    if (js->depth == js->nest_size) {
        js->nest_size = js->nest_size ? js->nest_size * 2 : 64;
        js->nest = xrealloc(js->nest, js->nest_size, 1);
    }
    js->nest[js->depth++] = c;
    js->first = true;
    js->p++;
    return true;
}

/* First byte of the value that comes next, its offset noted; -1 when there is none. */
static int value_byte(struct jscan *js)
{
    if (js->failed)
        return -1;
    int c = next_byte(js);
    js->at = offset_of(js, js->p);
    js->first = false;
    if (c < 0)
        (void)fail_end(js);
    return c;
}

static bool fail_want(struct jscan *js, const char *want)
{
    return jscan_fail(js, ERR_MALFORMED, "JSON: expected %s", want);
}

enum jscan_kind jscan_peek(struct jscan *js)
{
    int c = js->failed ? -1 : next_byte(js);
    js->at = offset_of(js, js->p);
    switch (c) {
    case '{':
        return JSCAN_OBJ;
    case '[':
        return JSCAN_ARR;
    case '"':
        return JSCAN_STR;
    case 't':
    case 'f':
        return JSCAN_BOOL;
    case 'n':
        return JSCAN_NULL;
    case -1:
        return JSCAN_END;
    default:
        return JSCAN_NUM;
    }
}

bool jscan_obj(struct jscan *js)
{
    int c = value_byte(js);
    if (c != '{')
        return fail_want(js, "an object");
    return push(js, '{');
}

bool jscan_arr(struct jscan *js)
{
    int c = value_byte(js);
    if (c != '[')
        return fail_want(js, "an array");
    return push(js, '[');
}

static bool pop(struct jscan *js)
{
    js->p++;
    js->depth--;
    js->first = false;
    return false;
}

/* Before a member or item: closes the container (false) or steps over the comma. */
static bool step(struct jscan *js, char close, const char *want)
{
    if (js->failed)
        return false;
    int c = next_byte(js);
    if (c == close)
        return pop(js);
    if (!js->first) {
        if (c < 0)
            return fail_end(js);
        if (c != ',')
            return fail_at(js, js->p, want);
        js->p++;
        c = next_byte(js);
        if (c == close && js->open_end)
            return pop(js);
    }
    if (c < 0)
        return fail_end(js);
    js->first = false;
    return true;
}

bool jscan_member(struct jscan *js, struct span *ret_key)
{
    if (!step(js, '}', "expected ',' or '}'"))
        return false;
    if (*js->p != '"')
        return fail_at(js, js->p, "expected the name of a member");
    struct span key;
    if (!read_text(js, &js->key, &key))
        return false;
    if (key.ptr != js->key.ptr) {
        sb_reset(&js->key);
        sb_add(&js->key, key);
    }
    int c = next_byte(js);
    if (c < 0)
        return fail_end(js);
    if (c != ':')
        return fail_at(js, js->p, "expected ':'");
    js->p++;
    *ret_key = sb_span(&js->key);
    return true;
}

bool jscan_item(struct jscan *js)
{
    return step(js, ']', "expected ',' or ']'");
}

/* --- values --- */

static bool word(struct jscan *js, const char *text)
{
    size_t n = strlen(text);
    while ((size_t)(js->end - js->p) < n && refill(js, &js->p)) {
    }
    if (js->failed)
        return false;
    if ((size_t)(js->end - js->p) < n || memcmp(js->p, text, n) != 0)
        return (size_t)(js->end - js->p) < n && js->open_end ? fail_end(js) : fail_want(js, "a value");
    js->p += n;
    return true;
}

struct jscan_number jscan_num(struct jscan *js)
{
    struct jscan_number n = { .d = NUM_UNKNOWN };
    int c = value_byte(js);
    if (c < 0 || (c == 'n' && word(js, "null")))
        return n;
    struct jscan_number got = { 0 };
    return !js->failed && read_number(js, &got) ? got : n;
}

double jscan_double(struct jscan *js)
{
    return jscan_num(js).d;
}

struct span jscan_str(struct jscan *js)
{
    struct span s = SPAN("");
    int c = value_byte(js);
    if (c < 0 || (c == 'n' && word(js, "null")))
        return s;
    if (c != '"') {
        (void)fail_want(js, "a text");
        return s;
    }
    return read_text(js, &js->text, &s) ? s : SPAN("");
}

bool jscan_bool(struct jscan *js)
{
    int c = value_byte(js);
    if (c == 't')
        return word(js, "true");
    if (c == 'f')
        (void)word(js, "false");
    else if (c == 'n')
        (void)word(js, "null");
    else
        (void)fail_want(js, "true or false");
    return false;
}

/* Over a text without keeping it; js->p stands at its opening quote. */
static bool skip_text(struct jscan *js)
{
    js->p++;
    for (;;) {
        js->p = text_stop(js->p);
        if (*js->p == '"') {
            js->p++;
            return true;
        }
        if (js->end - js->p < 2) {
            if (js->eof || !refill(js, &js->p))
                return fail_end(js);
            continue;
        }
        js->p += *js->p == '\\' ? 2 : 1;
    }
}

/* Over the rest of the containers above `until`. */
static bool skip_container(struct jscan *js, uint32_t until)
{
    while (js->depth > until) {
        int c = next_byte(js);
        if (c < 0)
            return fail_end(js);
        if (c == '"') {
            if (!skip_text(js))
                return false;
        } else if (c == '{' || c == '[') {
            js->at = offset_of(js, js->p);
            if (!push(js, (uint8_t)c))
                return false;
        } else if (c == '}' || c == ']') {
            if (js->nest[js->depth - 1] != c - 2)
                return fail_at(js, js->p, "brackets that do not match");
            (void)pop(js);
        } else {
            js->p++;
        }
    }
    return true;
}

void jscan_skip(struct jscan *js)
{
    int c = value_byte(js);
    switch (c) {
    case -1:
        return;
    case '{':
    case '[': {
        uint32_t until = js->depth;
        if (push(js, (uint8_t)c))
            (void)skip_container(js, until);
        return;
    }
    case '"':
        (void)skip_text(js);
        return;
    case 't':
        (void)word(js, "true");
        return;
    case 'f':
        (void)word(js, "false");
        return;
    case 'n':
        (void)word(js, "null");
        return;
    default: {
        struct jscan_number n;
        (void)read_number(js, &n);
        return;
    }
    }
}

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* A whole number of one to seven digits at s, eight bytes at once and without a loop (after D. Lemire, "Quickly parsing
 * eight digits", 2018). Its end in *ret_stop, or false: something else stands there. */
static inline bool short_number(const char *s, const char **ret_stop, double *ret)
{
    uint64_t w;
    memcpy(&w, s, sizeof w);
    w ^= 0x3030303030303030u;
    uint64_t other = ((w + 0x7676767676767676u) | w) & 0x8080808080808080u;
    if (other == 0)
        return false;
    unsigned bits = (unsigned)__builtin_ctzll(other) & ~7u;
    if (bits == 0)
        return false;
    w <<= 64 - bits;
    w = w * 10 + (w >> 8);
    w = ((w & 0x000000ff000000ffu) * 0x000f424000000064u + (w >> 16 & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
    *ret = (double)(uint32_t)w;
    *ret_stop = s + bits / 8;
    return true;
}
#else
static inline bool short_number(const char *s, const char **ret_stop, double *ret)
{
    const char *from = s;
    uint32_t v = 0;
    for (unsigned c; s - from < 8 && (c = (unsigned)(*s - '0')) < 10; s++)
        v = v * 10 + c;
    *ret = v;
    *ret_stop = s;
    return s > from && s - from < 8;
}
#endif

/* Short whole numbers without blanks, far from the end of the buffer: the common case of long columns. */
static size_t short_numbers(struct jscan *js, double *out, size_t n)
{
    size_t got = 0;
    const char *p = js->p;
    while (got < n && js->end - p > 24 && *p == ',') {
        bool negative = p[1] == '-';
        const char *stop;
        double v;
        if (!short_number(p + 1 + negative, &stop, &v) || (*stop != ',' && *stop != ']'))
            break;
        out[got++] = negative ? -v : v;
        p = stop;
    }
    js->p += p - js->p;
    return got;
}

size_t jscan_doubles(struct jscan *js, double *out, size_t n)
{
    if (js->closed) {
        js->closed = false;
        return 0;
    }
    size_t got = 0;
    while (got < n) {
        if (!js->failed && !js->first)
            got += short_numbers(js, out + got, n - got);
        if (got == n)
            break;
        if (!jscan_item(js)) {
            js->closed = got > 0;
            break;
        }
        out[got] = jscan_double(js);
        if (js->failed)
            break;
        got++;
    }
    return jscan_ok(js) ? got : 0;
}

bool jscan_end(struct jscan *js)
{
    if (js->failed)
        return jscan_ok(js);
    if (next_byte(js) >= 0)
        return fail_at(js, js->p, "something follows the document");
    return !js->failed;
}

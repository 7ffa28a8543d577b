/* The file of `python3 -m cProfile -o`: marshal of {(file, line, name): (cc, nc, tt, ct, {caller: (cc, nc, tt, ct)})}.
 * Versions 0 to 4 of marshal: interned strings of Python 2 ('t', 'R'), references of Python 3.4 on ('r', FLAG_REF). Read
 * once from front to back; nesting is that of the grammar, so nothing recurses. Callers of Python before 2.5 are counts.
 * Source: CPython, Python/marshal.c and Lib/pstats.py */
#include "import/python/pstats.h"

#include <math.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"

enum { FLAG_REF = 0x80, TUPLE_MAX = 5 };

enum kind { K_NULL, K_NONE, K_NUMBER, K_TEXT, K_FUNCTION, K_NUMBERS, K_OPEN };

struct value {
    enum kind kind;
    uint32_t function;
    str_id text;
    double number; /* of K_NUMBERS: tt */
    double calls;  /* of K_NUMBERS: nc */
};

struct marshal {
    struct pstats *p;
    struct span block;
    uint64_t at; /* bytes read */
    struct {
        struct value *items;
        uint32_t count, cap;
    } refs;
    struct {
        str_id *items;
        uint32_t count, cap;
    } interned;
    struct sb text;
};

static bool fail(struct marshal *m, enum err_code code, const char *what)
{
    (void)err_set(m->p->err, code, "%s", what);
    m->p->err->byte = (int64_t)m->at;
    return false;
}

static bool take(struct marshal *m, void *out, size_t n)
{
    char *to = out;
    while (n > 0) {
        if (m->block.len == 0 && !source_block(m->p->in, &m->block, m->p->err))
            return false;
        if (m->block.len == 0)
            return fail(m, ERR_MALFORMED, "the file ends inside a value");
        size_t piece = n < m->block.len ? n : m->block.len;
        memcpy(to, m->block.ptr, piece);
        m->block = span_from(m->block, piece);
        m->at += piece;
        to += piece;
        n -= piece;
    }
    return true;
}

static bool take_u32(struct marshal *m, uint32_t *ret)
{
    unsigned char b[4];
    if (!take(m, b, sizeof b))
        return false;
    *ret = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static bool take_u64(struct marshal *m, uint64_t *ret)
{
    uint32_t lo, hi;
    if (!take_u32(m, &lo) || !take_u32(m, &hi))
        return false;
    *ret = (uint64_t)hi << 32 | lo;
    return true;
}

static bool take_text(struct marshal *m, bool short_length, str_id *ret)
{
    uint32_t n = 0;
    unsigned char small;
    if (short_length ? !take(m, &small, 1) : !take_u32(m, &n))
        return false;
    if (short_length)
        n = small;
    if (n > 1 << 20)
        return fail(m, ERR_LIMIT, "a name longer than 1 MiB");
    sb_reset(&m->text);
    while (n > 0) {
        char piece[256];
        size_t k = n < sizeof piece ? n : sizeof piece;
        if (!take(m, piece, k))
            return false;
        sb_add(&m->text, span_make(piece, k));
        n -= (uint32_t)k;
    }
    *ret = builder_str(m->p->b, sb_span(&m->text));
    return true;
}

/* Digits of 15 bits, least first; the sign is that of the length. */
static bool take_long(struct marshal *m, double *ret)
{
    uint32_t raw;
    if (!take_u32(m, &raw))
        return false;
    int64_t n = (int32_t)raw;
    uint32_t digits = (uint32_t)(n < 0 ? -n : n);
    if (digits > 64)
        return fail(m, ERR_VALUE, "a number of more than 64 digits");
    double x = 0;
    for (uint32_t i = 0; i < digits; i++) {
        unsigned char b[2];
        if (!take(m, b, sizeof b))
            return false;
        x += ldexp((double)(b[0] | b[1] << 8), (int)(15 * i));
    }
    *ret = n < 0 ? -x : x;
    return true;
}

static bool take_float_text(struct marshal *m, double *ret)
{
    unsigned char n;
    char text[256];
    if (!take(m, &n, 1) || !take(m, text, n))
        return false;
    return span_to_double(span_make(text, n), ret) || fail(m, ERR_MALFORMED, "want a number in a float");
}

static bool take_float(struct marshal *m, double *ret)
{
    uint64_t bits;
    if (!take_u64(m, &bits))
        return false;
    memcpy(ret, &bits, sizeof *ret);
    return isfinite(*ret) || fail(m, ERR_VALUE, "a time that is not finite");
}

static bool intern_text(struct marshal *m, struct value *v)
{
    if (m->interned.count >= m->p->opt->limits.frames * 4)
        return fail(m, ERR_LIMIT, "too many interned names");
    VEC_PUSH(&m->interned, v->text);
    return true;
}

/* A value that holds no other. *ret_known false: the code is of a container. */
static bool take_scalar(struct marshal *m, unsigned code, struct value *v, bool *ret_known)
{
    uint32_t u;
    uint64_t w;
    *v = (struct value){ .kind = K_NUMBER };
    *ret_known = true;
    switch (code) {
    case '0':
        v->kind = K_NULL;
        return true;
    case 'N':
        v->kind = K_NONE;
        return true;
    case 'T':
    case 'F':
        v->number = code == 'T';
        return true;
    case 'i':
        if (!take_u32(m, &u))
            return false;
        v->number = (int32_t)u;
        return true;
    case 'I':
        if (!take_u64(m, &w))
            return false;
        v->number = (double)(int64_t)w;
        return true;
    case 'l':
        return take_long(m, &v->number);
    case 'f':
        return take_float_text(m, &v->number);
    case 'g':
        return take_float(m, &v->number);
    case 's':
    case 'u':
    case 'a':
    case 'A':
    case 't':
    case 'z':
    case 'Z':
        v->kind = K_TEXT;
        return take_text(m, code == 'z' || code == 'Z', &v->text) && (code != 't' || intern_text(m, v));
    case 'R':
        v->kind = K_TEXT;
        if (!take_u32(m, &u))
            return false;
        if (u >= m->interned.count)
            return fail(m, ERR_MALFORMED, "a reference to a name that was not there yet");
        v->text = m->interned.items[u];
        return true;
    case 'r':
        if (!take_u32(m, &u))
            return false;
        if (u >= m->refs.count || m->refs.items[u].kind == K_OPEN)
            return fail(m, ERR_MALFORMED, "a reference to a value that was not there yet");
        *v = m->refs.items[u];
        return true;
    default:
        *ret_known = false;
        return true;
    }
}

static bool take_code(struct marshal *m, unsigned *ret_code, bool *ret_flag)
{
    unsigned char c;
    if (!take(m, &c, 1))
        return false;
    *ret_code = c & (FLAG_REF - 1u);
    *ret_flag = (c & FLAG_REF) != 0;
    return true;
}

/* Place of a value that later ones may refer to; UINT32_MAX when it is none. */
static bool reserve(struct marshal *m, bool flag, uint32_t *ret)
{
    *ret = UINT32_MAX;
    if (!flag)
        return true;
    if (m->refs.count >= m->p->opt->limits.frames * 16)
        return fail(m, ERR_LIMIT, "too many values that others refer to");
    struct value open = { .kind = K_OPEN };
    VEC_PUSH(&m->refs, open);
    *ret = m->refs.count - 1;
    return true;
}

static void keep(struct marshal *m, uint32_t ref, const struct value *v)
{
    if (ref != UINT32_MAX)
        m->refs.items[ref] = *v;
}

static bool take_plain(struct marshal *m, struct value *v)
{
    unsigned code;
    bool flag, known;
    uint32_t ref;
    if (!take_code(m, &code, &flag) || !reserve(m, flag, &ref) || !take_scalar(m, code, v, &known))
        return false;
    if (!known && code == 'c') /* where a name should stand; its shape is that of the Python that wrote it */
        return fail(m, ERR_UNSUPPORTED,
                    "this seems to be a recording of the pure-Python `profile` module, with the program's code in it: "
                    "record with `python3 -m cProfile -o FILE`");
    if (!known)
        return fail(m, ERR_MALFORMED, "want a name or a number");
    keep(m, ref, v);
    return true;
}

static bool take_length(struct marshal *m, unsigned code, uint32_t *ret)
{
    unsigned char small;
    if (code == '(')
        return take_u32(m, ret);
    if (code != ')')
        return fail(m, ERR_MALFORMED, "want a tuple");
    if (!take(m, &small, 1))
        return false;
    *ret = small;
    return true;
}

static bool make_function(struct marshal *m, const struct value *part, struct value *v)
{
    if (part[0].kind != K_TEXT || part[1].kind != K_NUMBER || part[2].kind != K_TEXT)
        return fail(m, ERR_MALFORMED, "want (file, line, name)");
    double line = part[1].number;
    sb_reset(&m->text);
    sb_add(&m->text, builder_str_get(m->p->b, part[0].text));
    size_t file = m->text.len;
    sb_add(&m->text, builder_str_get(m->p->b, part[2].text));
    /* The pure-Python module puts itself there; its timer is time.process_time, before Python 3.3 os.times. */
    if (line == 0 && span_is(sb_span(&m->text), "profileprofiler"))
        m->p->clock = CLOCK_CPU;
    struct span both = sb_span(&m->text);
    v->kind = K_FUNCTION;
    return pstats_function(m->p, span_sub(both, 0, file), line > 0 && line < UINT32_MAX ? (uint32_t)line : 0,
                           span_from(both, file), &v->function);
}

/* A name, a number, (file, line, name) or (cc, nc, tt, ct). */
static bool take_item(struct marshal *m, struct value *v)
{
    unsigned code;
    bool flag, known;
    uint32_t ref, n;
    struct value part[TUPLE_MAX];
    if (!take_code(m, &code, &flag) || !reserve(m, flag, &ref) || !take_scalar(m, code, v, &known))
        return false;
    if (known) {
        keep(m, ref, v);
        return true;
    }
    if (!take_length(m, code, &n))
        return false;
    if (n != 3 && n != 4)
        return fail(m, ERR_MALFORMED, "want (file, line, name) or (calls, calls, seconds, seconds)");
    for (uint32_t i = 0; i < n; i++) {
        if (!take_plain(m, &part[i]))
            return false;
        if (n == 4 && part[i].kind != K_NUMBER)
            return fail(m, ERR_MALFORMED, "want a number of calls or seconds");
    }
    *v = (struct value){ .kind = K_NUMBERS };
    if (n == 4) {
        /* Nobody agrees on the order of the two counts; the larger one has the recursive calls in it. */
        v->calls = fmax(part[0].number, part[1].number);
        v->number = part[2].number;
    } else if (!make_function(m, part, v)) {
        return false;
    }
    keep(m, ref, v);
    return true;
}

static bool take_callers(struct marshal *m, uint32_t callee)
{
    unsigned code;
    bool flag;
    uint32_t ref;
    if (!take_code(m, &code, &flag) || !reserve(m, flag, &ref))
        return false;
    if (code == 'r') { /* a shared empty dict */
        uint32_t u;
        return take_u32(m, &u);
    }
    if (code != '{')
        return fail(m, ERR_MALFORMED, "want the callers of a function");
    for (;;) {
        struct value caller, stats;
        if (!take_item(m, &caller))
            return false;
        if (caller.kind == K_NULL)
            return true;
        if (caller.kind != K_FUNCTION)
            return fail(m, ERR_MALFORMED, "want (file, line, name) of a caller");
        if (!take_item(m, &stats))
            return false;
        if (stats.kind != K_NUMBERS && stats.kind != K_NUMBER)
            return fail(m, ERR_MALFORMED, "want the calls of a caller");
        bool counts_only = stats.kind == K_NUMBER;
        if (!pstats_edge(m->p, caller.function, callee, counts_only ? stats.number : stats.calls,
                         counts_only ? NUM_UNKNOWN : stats.number))
            return false;
    }
}

static bool take_stats(struct marshal *m, uint32_t function)
{
    unsigned code;
    bool flag;
    uint32_t ref, n;
    struct value part[4];
    if (!take_code(m, &code, &flag) || !reserve(m, flag, &ref) || !take_length(m, code, &n))
        return false;
    if (n != TUPLE_MAX)
        return fail(m, ERR_MALFORMED, "want (calls, calls, seconds, seconds, callers)");
    for (uint32_t i = 0; i < 4; i++) {
        if (!take_plain(m, &part[i]))
            return false;
        if (part[i].kind != K_NUMBER)
            return fail(m, ERR_MALFORMED, "want a number of calls or seconds");
    }
    struct pstats_function *f = &m->p->functions.items[function];
    f->calls += fmax(0, fmax(part[0].number, part[1].number));
    f->self_s += fmax(0, part[2].number); /* calibrated profilers go below zero by rounding */
    return take_callers(m, function);
}

static bool read_all(struct marshal *m)
{
    unsigned code;
    bool flag;
    uint32_t ref;
    if (!take_code(m, &code, &flag) || !reserve(m, flag, &ref))
        return false;
    if (code != '{')
        return fail(m, ERR_UNRECOGNISED, "want a marshalled dict of functions");
    for (;;) {
        struct value key;
        if (!take_item(m, &key))
            return false;
        if (key.kind == K_NULL)
            return true;
        if (key.kind != K_FUNCTION)
            return fail(m, ERR_MALFORMED, "want (file, line, name) of a function");
        if (!take_stats(m, key.function))
            return false;
    }
}

bool pstats_read_marshal(struct pstats *p)
{
    struct marshal m = { .p = p };
    bool ok = read_all(&m);
    free(m.refs.items);
    free(m.interned.items);
    sb_release(&m.text);
    return ok;
}

/* Findings under construction and numbers in words. */
#include "claims/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"

const struct claims_check_info claims_checks[] = {
#define CHECK(id, code, run, about, reason) { code, about, reason },
#include "claims/checks.def"
#undef CHECK
#define KNOW(id, code, kinds, first, second, without, needs, sentence, source) { code, "a fact about a tool", source },
#include "claims/knowledge.def"
#undef KNOW
};
const size_t claims_check_count = ARRAY_LEN(claims_checks);

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Marks that turn the direction of what follows: U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. */
static bool turns(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    if (b[0] != 0xe2)
        return false;
    return (b[1] == 0x80 && (b[2] == 0x8e || b[2] == 0x8f || (b[2] >= 0xaa && b[2] <= 0xae))) ||
           (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9);
}

void put_text(struct sb *out, struct span s, size_t max)
{
    size_t begin = out->len;
    bool gap = false;
    s = span_trim(s);
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        if (n > s.len - i)
            n = 1;
        if (n == 3 && turns(s.ptr + i)) {
            i += n;
            continue;
        }
        if (out->len - begin + n > max) {
            sb_adds(out, "...");
            return;
        }
        if (blank((char)c)) {
            gap = true;
        } else if (c != '*' || (i + 1 < s.len && s.ptr[i + 1] != '*' && (i == 0 || s.ptr[i - 1] != '*'))) {
            if (gap)
                sb_addc(out, ' ');
            gap = false;
            sb_add_plain(out, span_sub(s, i, n));
        }
        i += n;
    }
}

void put_num(struct sb *out, double x)
{
    char text[64];
    if (!isfinite(x) || fabs(x) >= 1e15) {
        sb_printf(out, "%.3g", x);
        return;
    }
    if (fabs(x) < 1000) {
        (void)snprintf(text, sizeof text, "%.4g", x);
        sb_adds(out, strchr(text, 'e') && fabs(x) >= 1e-9 ? "" : text);
        if (strchr(text, 'e') && fabs(x) >= 1e-9) {
            (void)snprintf(text, sizeof text, "%.12f", x);
            size_t n = strlen(text);
            while (n > 0 && text[n - 1] == '0')
                n--;
            sb_add(out, span_make(text, n));
        }
        return;
    }
    (void)snprintf(text, sizeof text, "%.0f", x);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        sb_addc(out, text[i]);
        size_t left = n - 1 - i;
        if (left > 0 && left % 3 == 0 && text[i] != '-')
            sb_addc(out, ',');
    }
}

void put_factor(struct sb *out, double x)
{
    if (x > 0.99 && x < 1.01)
        sb_printf(out, "%.6g", x);
    else
        put_num(out, x);
}

static void put_unit(struct sb *out, const struct quantity *as)
{
    if (as->dim == DIM_PERCENT)
        sb_adds(out, " %");
    else if (as->dim == DIM_FACTOR)
        sb_addc(out, 'x');
    else if (as->dim != DIM_COUNT && as->dim != DIM_SCORE)
        sb_printf(out, " %s", as->unit);
}

/* A percentage that was computed needs no fourth digit, unless it is close to the whole. */
static double shown(double base, const struct quantity *as)
{
    double x = base / as->scale;
    bool coarse = as->dim == DIM_PERCENT && (fabs(x) < 95 || fabs(x) > 100) && fabs(x) < 1e6;
    double unit = fabs(x) >= 10 ? 10 : fabs(x) >= 1 ? 100 : 1000;
    return coarse && fabs(x) >= 0.1 ? round(x * unit) / unit : x;
}

void put_as(struct sb *out, double base, const struct quantity *as)
{
    put_num(out, shown(base, as));
    put_unit(out, as);
}

void put_span_as(struct sb *out, double lo, double hi, const struct quantity *as)
{
    struct sb a = { 0 };
    struct sb b = { 0 };
    put_num(&a, shown(lo, as));
    put_num(&b, shown(hi, as));
    sb_add(out, sb_span(&a));
    if (!span_eq(sb_span(&a), sb_span(&b))) {
        sb_addc(out, '-');
        sb_add(out, sb_span(&b));
    }
    put_unit(out, as);
    sb_release(&a);
    sb_release(&b);
}

void put_quantity(struct sb *out, const struct quantity *q)
{
    if (q->dim == DIM_MONEY && q->text.len > 0 && q->unit[0] == 'U' && !text_has(q->text, "usd|dollars"))
        sb_addc(out, '$');
    put_text(out, q->text, 60);
}

const struct quantity *unit_quantity(const struct claims *c, const struct unit *u, enum dim dim)
{
    for (uint32_t i = 0; i < u->qn; i++) {
        if (q_at(c, u, i)->dim == dim)
            return q_at(c, u, i);
    }
    return NULL;
}

static bool stops(char c)
{
    return c == ',' || c == ';' || c == '|' || c == '(' || c == ')' || c == ':' || c == '?' || c == '!';
}

struct span q_noun(const struct claims *c, const struct quantity *q)
{
    struct span s = q_unit(c, q)->text;
    size_t end = q->end;
    size_t begin = end;
    while (begin < s.len && blank(s.ptr[begin]))
        begin++;
    bool times = begin + 1 < s.len && (s.ptr[begin] | 0x20) == 'x' && blank(s.ptr[begin + 1]);
    if (begin >= s.len || times || ((s.ptr[begin] | 0x20) < 'a' || (s.ptr[begin] | 0x20) > 'z'))
        return SPAN("");
    while (end < s.len && end < q->end + 40u && !stops(s.ptr[end]) &&
           !(s.ptr[end] == '.' && (end + 1 >= s.len || blank(s.ptr[end + 1]))))
        end++;
    return text_bare(span_sub(s, q->end, end - q->end));
}

struct span q_before(const struct claims *c, const struct quantity *q)
{
    struct span s = q_unit(c, q)->text;
    size_t from = q->at;
    while (from > 0 && q->at - from < 40 && !stops(s.ptr[from - 1]))
        from--;
    return text_bare(span_sub(s, from, q->at - from));
}

/* Names out of the document stand in sentences too: no byte of them reaches a terminal as it is. */
static struct span keep(struct claims *c, struct sb *text)
{
    struct sb plain = { 0 };
    sb_add_plain(&plain, sb_span(text));
    struct span copy = arena_span(&c->doc.arena, sb_span(&plain));
    sb_release(&plain);
    sb_release(text);
    return copy;
}

static struct span excerpt_of(struct claims *c, int32_t unit)
{
    struct sb text = { 0 };
    if (unit != NONE)
        put_text(&text, unit_at(c, (size_t)unit)->text, EXCERPT_MAX);
    return keep(c, &text);
}

static bool known(const struct claims *c, const struct claims_finding *f)
{
    for (size_t i = 0; i < c->findings.count; i++) {
        const struct claims_finding *old = &c->findings.items[i];
        if (old->code == f->code && span_eq(old->text, f->text))
            return true;
    }
    return false;
}

void note_put(struct claims *c, struct note *n)
{
    struct claims_finding f = { .code = claims_checks[n->check].code, .about = span_of(claims_checks[n->check].about) };
    f.line = n->line ? n->line : n->unit != NONE ? unit_at(c, (size_t)n->unit)->line : 1;
    f.line2 = n->unit2 != NONE ? unit_at(c, (size_t)n->unit2)->line : 0;
    bool room = c->findings.count < FINDINGS_MAX;
    f.text = sb_span(&n->text);
    if (room && !known(c, &f)) {
        f.text = keep(c, &n->text);
        f.stated = keep(c, &n->stated);
        f.computed = keep(c, &n->computed);
        f.excerpt = excerpt_of(c, n->unit);
        f.excerpt2 = excerpt_of(c, n->unit2);
        VEC_PUSH(&c->findings, f);
    } else {
        c->findings_left_out += !room;
        sb_release(&n->text);
        sb_release(&n->stated);
        sb_release(&n->computed);
    }
    *n = (struct note){ 0 };
}

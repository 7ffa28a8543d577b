/* Claims of speed: which factor is stated, on what evidence, and whether the recording leaves room for it. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"
#include "base/vec.h"

const char *const claim_verdict_names[CLAIM_VERDICT_COUNT] = { "unproven", "measured", "within_ceiling",
                                                               "above_ceiling" };
const char *const claim_source_names[CLAIM_SOURCE_COUNT] = { "none", "borrowed", "own" };

/* A program that may be all CPU has a ceiling so high that it bounds nothing: no wall time was known. */
static double bounding(double ceiling)
{
    return ceiling < 1e5 ? ceiling : NUM_UNKNOWN;
}

void claims_evidence_read(const struct json *doc, struct claims_evidence *ret)
{
    *ret = (struct claims_evidence){ .given = doc != NULL };
    ret->ceiling_hi = json_num(json_path(doc, "speedup.ceiling.hi"), NUM_UNKNOWN);
    if (!num_known(ret->ceiling_hi))
        ret->ceiling_hi = json_num(json_path(doc, "facts.amdahl_ceiling_hi"), NUM_UNKNOWN);
    ret->ceiling_hi = bounding(ret->ceiling_hi);
    ret->cpu_share_hi = json_num(json_path(doc, "facts.cpu_share_hi"), NUM_UNKNOWN);
    if (!num_known(ret->ceiling_hi) && ret->cpu_share_hi < 1)
        ret->ceiling_hi = bounding(1 / (1 - ret->cpu_share_hi));
    for (const struct json *k = json_first(json_get(doc, "components")); k; k = json_next(k)) {
        struct claims_component *to = &ret->components[ret->component_count];
        struct span name = json_str(json_get(k, "name"));
        double ceiling = bounding(json_num(json_get(k, "ceiling_hi"), NUM_UNKNOWN));
        if (ret->component_count == ARRAY_LEN(ret->components) || name.len < 3 || name.len >= sizeof to->name ||
            !num_known(ceiling))
            continue;
        for (size_t i = 0; i < name.len; i++)
            to->name[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]);
        to->ceiling_hi = ceiling;
        ret->component_count++;
    }
}

#define SPEED_WORDS "faster|quicker|speedup|speed-up|speed up|throughput"
#define OTHER_WORDS                                                                                                    \
    "memory|rss|ram|size|smaller|binary|lines|code|loc|cost|cheaper|less "                                             \
    "memory|slower|compile|fewer|overhead|coverage|"                                                                   \
    "multiplier|errors|density|money|investment"

/* A row's column, or the words around the quantity, say that it is about speed. */
static bool about_speed(const struct claims *c, const struct unit *u, const struct quantity *q)
{
    struct span after = span_sub(u->text, q->end, 28);
    size_t stop = 0; /* the words up to the next number are this one's */
    while (stop < after.len && after.ptr[stop] != ',' && after.ptr[stop] != '=' &&
           (after.ptr[stop] < '0' || after.ptr[stop] > '9'))
        stop++;
    after = span_sub(after, 0, stop);
    if (u->kind == UNIT_ROW && u->table != NONE) {
        const struct unit *head = unit_at(c, (size_t)c->doc.tables.items[u->table].header);
        struct span cell = row_cell(u, row_cell_at(u, q->at));
        struct span column = row_cell(head, row_cell_at(u, q->at));
        bool other = text_has(row_cell(u, 0), OTHER_WORDS "|reliability");
        bool gain = text_has(column, "gain|improvement") && unit_quantity(c, u, DIM_TIME) != NULL;
        return !other && (gain || text_has(cell, SPEED_WORDS) || text_has(column, "speedup|speed-up|faster"));
    }
    if (text_has(after, OTHER_WORDS))
        return false;
    struct span before = q_before(c, q);
    return text_has(after, SPEED_WORDS "|performance|improvement|latency") ||
           text_has(span_from(before, before.len > 20 ? before.len - 20 : 0), SPEED_WORDS "|performance");
}

/* A question, a condition or a threshold claims nothing. */
static bool conditional(const struct claims *c, const struct unit *u, const struct quantity *q)
{
    struct span end = span_sub(u->text, u->text.len > 4 ? u->text.len - 4 : 0, 4);
    return span_chr(end, 0, '?') < end.len || u->kind == UNIT_LISTING || u->kind == UNIT_CODE || q->plus ||
           (unit_word(u, W_DECISION) && q->cmp != CMP_NONE) || text_has(u->text, "if|unless|whether|shows") ||
           text_has(q_before(c, q), "need|needs|at least|threshold|target");
}

static void factors(const struct quantity *q, bool less, double *lo, double *hi)
{
    if (q->dim == DIM_FACTOR) {
        *lo = q->lo;
        *hi = q->hi;
    } else if (less && q->hi < 100) {
        *lo = 1 / (1 - q->lo / 100);
        *hi = 1 / (1 - q->hi / 100);
    } else {
        *lo = 1 + q->lo / 100;
        *hi = 1 + q->hi / 100;
    }
    if (q->cmp == CMP_LT)
        *lo = 1;
}

/* The sentence that leads into a table or list: the nearest text before it in the section. */
static const struct unit *lead_of(const struct claims *c, size_t i)
{
    const struct unit *u = unit_at(c, i);
    for (size_t k = i; k-- > 0 && i - k < 40;) {
        const struct unit *v = unit_at(c, k);
        if (v->section != u->section)
            return NULL;
        if (v->kind == UNIT_TEXT)
            return v;
    }
    return NULL;
}

static enum claim_source source_in(const struct unit *u)
{
    if (unit_word(u, W_BENCHMARK) && (unit_word(u, W_INDUSTRY) || text_has(u->text, "based on|according to")))
        return CLAIM_BORROWED;
    if (text_has(u->text, "industry|published|according to|vendor|reported by|up to"))
        return CLAIM_BORROWED;
    if (unit_word(u, W_MEASURED) && !unit_word(u, W_ESTIMATE))
        return CLAIM_OWN;
    return CLAIM_NONE;
}

static double ceiling_for(const struct claims *c, const struct unit *u)
{
    const struct claims_evidence *ev = &c->evidence;
    for (size_t i = 0; i < ev->component_count; i++) {
        if (text_has(u->text, ev->components[i].name))
            return ev->components[i].ceiling_hi;
    }
    return ev->given ? ev->ceiling_hi : NUM_UNKNOWN;
}

static void claim_add(struct claims *c, size_t i, const struct quantity *q, double lo, double hi)
{
    const struct unit *u = unit_at(c, i);
    const struct unit *lead = u->kind == UNIT_ROW || u->kind == UNIT_ITEM ? lead_of(c, i) : NULL;
    if (c->claims.count == CLAIMS_MAX) {
        c->claims_left_out++;
        return;
    }
    struct claim x = { .line = q->line, .factor_lo = lo, .factor_hi = hi, .ceiling = ceiling_for(c, u) };
    x.source = source_in(u);
    if (x.source == CLAIM_NONE && lead)
        x.source = source_in(lead);
    if (num_known(x.ceiling))
        x.verdict = hi > x.ceiling * 1.005 ? CLAIM_ABOVE : CLAIM_WITHIN;
    else
        x.verdict = x.source == CLAIM_OWN ? CLAIM_MEASURED : CLAIM_UNPROVEN;
    struct sb text = { 0 };
    put_text(&text, u->text, EXCERPT_MAX);
    x.text = arena_span(&c->doc.arena, sb_span(&text));
    sb_release(&text);
    VEC_PUSH(&c->claims, x);
    if (x.verdict != CLAIM_ABOVE)
        return;
    struct note n = NOTE(ABOVE_CEILING, (int32_t)i);
    n.line = q->line;
    put_quantity(&n.stated, q);
    sb_adds(&n.computed, "ceiling ");
    put_factor(&n.computed, x.ceiling);
    sb_addc(&n.computed, 'x');
    put_factor(&n.text, x.ceiling);
    sb_adds(&n.text, "x is the most that the recorded program can gain as a whole; ");
    put_quantity(&n.text, q);
    sb_adds(&n.text, lo > x.ceiling * 1.005 ? " is above it" : " reaches above it");
    sb_adds(&n.text, " unless it speaks of a part alone.");
    note_put(c, &n);
}

void speed_claims(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        bool stated = false;
        for (uint32_t k = 0; k < u->qn; k++) {
            const struct quantity *q = q_at(c, u, k);
            double lo;
            double hi;
            if ((q->dim != DIM_FACTOR && q->dim != DIM_PERCENT) || q->hi <= 0 || (q->dim == DIM_FACTOR && q->hi <= 1) ||
                !about_speed(c, u, q) || conditional(c, u, q))
                continue;
            factors(q, text_has(span_sub(u->text, q->end, 24), "less time|latency reduction|reduction"), &lo, &hi);
            claim_add(c, i, q, lo, hi);
            stated = true;
        }
        for (uint32_t k = 1; k < u->qn && !stated && unit_word(u, W_FASTER); k++) {
            const struct quantity *a = q_at(c, u, k - 1);
            const struct quantity *b = q_at(c, u, k);
            if (b->op == '>' && a->dim == DIM_TIME && b->dim == DIM_TIME && b->lo > 0 && a->lo > b->hi &&
                !conditional(c, u, b))
                claim_add(c, i, b, a->lo / b->hi, a->hi / b->lo);
        }
    }
}

/* Found while the claims are read. */
void check_above_ceiling(struct claims *c)
{
    speed_claims(c);
}

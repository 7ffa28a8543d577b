/* One thing called by another's unit. */
#include "claims/check.h"

#include <math.h>

/* --- ROI as an amount --- */

void check_roi_is_money(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = unit_word(u, W_ROI) ? unit_quantity(c, u, DIM_MONEY) : NULL;
        size_t word = q ? text_find(u->text, "roi") : 0;
        if (!q || unit_quantity(c, u, DIM_PERCENT) || unit_quantity(c, u, DIM_FACTOR) || q->at < word ||
            q->at - word > 16 || u->kind == UNIT_CODE)
            continue;
        struct note n = NOTE(ROI_MONEY, (int32_t)i);
        if (q->sign < 0)
            sb_addc(&n.stated, '-');
        put_quantity(&n.stated, q);
        sb_adds(&n.computed, "ROI = (benefit - cost) / cost");
        if (q->sign < 0)
            sb_addc(&n.text, '-');
        put_quantity(&n.text, q);
        sb_adds(&n.text, " is called ROI but is an amount; ROI is benefit less cost over cost, a ratio");
        if (q->sign < 0)
            sb_adds(&n.text, " (-100 % where nothing comes back)");
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}

/* --- points of coverage as a share of errors --- */

/* Two percentages of coverage in the lines before; the later one in *ret_hi. */
static bool coverages(const struct claims *c, size_t i, const struct quantity **ret_lo, const struct quantity **ret_hi)
{
    *ret_lo = *ret_hi = NULL;
    for (size_t k = i; k-- > 0 && i - k <= 3;) {
        const struct unit *v = unit_at(c, k);
        const struct quantity *q = unit_word(v, W_COVERAGE) ? unit_quantity(c, v, DIM_PERCENT) : NULL;
        if (v->section != unit_at(c, i)->section)
            break;
        if (q && !*ret_hi)
            *ret_hi = q;
        else if (q && !*ret_lo)
            *ret_lo = q;
    }
    return *ret_lo && *ret_hi;
}

void check_coverage_points(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *lo;
        const struct quantity *hi;
        const struct quantity *q =
            unit_word(u, W_ERRORS) && unit_word(u, W_CAUGHT) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (!q || !coverages(c, i, &lo, &hi) || !near(fabs(hi->lo - lo->lo), q->lo, 0.01) || q->lo == 0)
            continue;
        double left = 100 - fmin(lo->lo, hi->lo);
        struct note n = NOTE(COVERAGE, (int32_t)i);
        n.unit2 = lo->unit_ix;
        put_quantity(&n.stated, q);
        put_quantity(&n.computed, lo);
        sb_adds(&n.computed, " -> ");
        put_quantity(&n.computed, hi);
        sb_adds(&n.computed, " covered");
        put_quantity(&n.text, q);
        sb_adds(&n.text, " is the difference in coverage (");
        put_quantity(&n.text, lo);
        sb_adds(&n.text, " to ");
        put_quantity(&n.text, hi);
        sb_printf(&n.text, ", %.3g %% of what was not covered), not a share of errors.", q->lo / left * 100);
        note_put(c, &n);
    }
}

/* --- scores of risk beside a probability --- */

void check_risk_scores(struct claims *c)
{
    const struct quantity *scores[16];
    size_t count = 0;
    const struct quantity *probability = NULL;
    double success = 1;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_RISK) && !unit_word(u, W_PROBABILITY))
            continue;
        const struct quantity *p = unit_quantity(c, u, DIM_PERCENT);
        for (uint32_t k = 0; k < u->qn && unit_word(u, W_RISK) && count < ARRAY_LEN(scores); k++) {
            const struct quantity *q = q_at(c, u, k);
            struct span before = span_sub(u->text, q->at > 12 ? q->at - 12 : 0, q->at > 12 ? 12 : q->at);
            if (q->dim != DIM_SCORE || q->hi != 10 || !text_has(before, "risk"))
                continue;
            scores[count++] = q;
            success *= 1 - q->lo / 10;
        }
        if (p && unit_word(u, W_FAIL) && unit_word(u, W_PROBABILITY) && !probability)
            probability = p;
    }
    if (count < 2 || !probability)
        return;
    struct note n = NOTE(RISK_SCORE, scores[0]->unit_ix);
    n.unit2 = probability->unit_ix;
    for (size_t i = 0; i < count; i++)
        sb_printf(&n.stated, "%s%g/10", i ? ", " : "", scores[i]->lo);
    sb_adds(&n.stated, " and ");
    put_quantity(&n.stated, probability);
    sb_printf(&n.computed, "as probabilities: %.3g %% success", success * 100);
    sb_printf(&n.text, "%zu risks scored n/10 stand beside a failure probability of ", count);
    put_quantity(&n.text, probability);
    sb_printf(&n.text, "; read as probabilities they would leave %.3g %% success, so they are another scale.",
              success * 100);
    note_put(c, &n);
}

/* --- the same percentage up and down --- */

enum direction { DIRECTION_NONE, DIRECTION_UP, DIRECTION_DOWN };

static enum direction direction_of(const struct claims *c, const struct unit *u, const struct quantity *q)
{
    struct span after = span_sub(u->text, q->end, 24);
    struct span before = q_before(c, q);
    size_t up = text_find(after, "higher|more|larger|increase|above|greater|slower|overhead");
    size_t down = text_find(after, "reduction|less|lower|fewer|smaller|decrease|below|saved|savings|faster");
    if (up == after.len && down == after.len) {
        if (text_has(before, "reduces|reduced by|saves|cuts|lowers"))
            return DIRECTION_DOWN;
        return text_has(before, "increases|raises|grows by") ? DIRECTION_UP : DIRECTION_NONE;
    }
    return up < down ? DIRECTION_UP : DIRECTION_DOWN;
}

static const char *topic_of(const struct unit *u)
{
    static const struct {
        const char *phrases, *name;
    } topics[] = { { "memory|rss|ram|footprint", "memory" },
                   { "latency|response time|response times", "latency" },
                   { "throughput|requests per second|rps", "throughput" },
                   { "cpu", "CPU" },
                   { "cost|costs|price", "cost" },
                   { "code size|lines of code|loc", "code" } };
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        if (text_has(u->text, topics[i].phrases))
            return topics[i].name;
    }
    return NULL;
}

static void base_note(struct claims *c, const struct quantity *up, const struct quantity *down, const char *topic)
{
    struct note n = NOTE(BASE, down->unit_ix);
    n.unit2 = up->unit_ix;
    put_quantity(&n.stated, up);
    sb_adds(&n.stated, " more, ");
    put_quantity(&n.stated, down);
    sb_adds(&n.stated, " less");
    double lo = (1 - 1 / (1 + up->lo / 100)) * 100;
    double hi = (1 - 1 / (1 + up->hi / 100)) * 100;
    sb_adds(&n.computed, "1 - 1/(1+p) = ");
    put_span_as(&n.computed, lo, hi, up);
    put_span_as(&n.text, lo, hi, up);
    sb_printf(&n.text, " less %s is what ", topic);
    put_quantity(&n.text, up);
    sb_adds(&n.text, " more on the other side means; ");
    put_quantity(&n.text, down);
    sb_adds(&n.text, " less would be ");
    if (down->hi < 100)
        put_span_as(&n.text, (1 / (1 - down->lo / 100) - 1) * 100, (1 / (1 - down->hi / 100) - 1) * 100, up);
    else
        sb_adds(&n.text, "more than anything");
    sb_adds(&n.text, " more.");
    note_put(c, &n);
}

void check_percent_base(struct claims *c)
{
    const struct quantity *seen[64];
    const char *topics[64];
    enum direction ways[64];
    size_t count = 0;
    unsigned notes = 0;
    for (size_t i = 0; i < c->doc.quantities.count && notes < 16; i++) {
        const struct quantity *q = &c->doc.quantities.items[i];
        const struct unit *u = q_unit(c, q);
        if (q->dim != DIM_PERCENT || !q->range || q->hi < 15 || q->hi >= 1000 || u->kind == UNIT_CODE ||
            (!unit_word(u, W_MORE) && !unit_word(u, W_LESS)))
            continue;
        const char *topic = topic_of(u);
        enum direction way = topic ? direction_of(c, u, q) : DIRECTION_NONE;
        if (way == DIRECTION_NONE)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (ways[k] == way || topics[k] != topic || seen[k]->lo != q->lo || seen[k]->hi != q->hi)
                continue;
            base_note(c, way == DIRECTION_UP ? q : seen[k], way == DIRECTION_UP ? seen[k] : q, topic);
            notes++;
            break;
        }
        if (count < ARRAY_LEN(seen)) {
            seen[count] = q;
            topics[count] = topic;
            ways[count++] = way;
        }
    }
}

/* --- heap against RSS --- */

/* "x = ....heapUsed": the name on the left. */
static struct span assigned(struct span line, const char *member)
{
    size_t at = text_find(line, member);
    size_t eq = span_chr(line, 0, '=');
    if (at == line.len || eq > at)
        return SPAN("");
    struct span left = span_trim(span_sub(line, 0, eq));
    size_t blank = span_rchr(left, ' ');
    return blank < left.len ? span_from(left, blank + 1) : left;
}

static void heap_note(struct claims *c, size_t at, size_t other)
{
    struct note n = NOTE(HEAP_RSS, (int32_t)at);
    n.unit2 = (int32_t)other;
    sb_adds(&n.stated, "heap in use against RSS");
    sb_adds(&n.computed, "RSS against RSS");
    sb_adds(
        &n.text,
        "2 measures of memory are compared: heap in use on one side, resident memory (RSS) on the other; RSS holds the "
        "heap and the rest of the process, so compare RSS with RSS.");
    note_put(c, &n);
}

/* "RSS per process | 80 MB (heap)": the quantity that stands nearest before the word. */
static void heap_row_note(struct claims *c, size_t at)
{
    const struct unit *u = unit_at(c, at);
    size_t heap = text_find(u->text, "v8 heap|heap");
    const struct quantity *q = NULL;
    for (uint32_t k = 0; k < u->qn; k++)
        q = q_at(c, u, k)->dim == DIM_BYTES && q_at(c, u, k)->at < heap ? q_at(c, u, k) : q;
    if (!q)
        return;
    struct note n = NOTE(HEAP_RSS, (int32_t)at);
    put_quantity(&n.stated, q);
    put_quantity(&n.text, q);
    sb_adds(
        &n.text,
        " is given as resident memory (RSS) and explained as heap; RSS holds the heap and the rest of the process.");
    note_put(c, &n);
}

void check_heap_against_rss(struct claims *c)
{
    struct span heap = SPAN("");
    struct span rss = SPAN("");
    size_t heap_at = 0;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_HEADING)
            heap = rss = SPAN("");
        bool code = u->kind == UNIT_CODE || u->kind == UNIT_LISTING;
        if (code && unit_word(u, W_HEAPUSED) && !unit_word(u, W_RSS)) {
            heap = assigned(u->text, "heapused|heap_used");
            heap_at = i;
        } else if (code && unit_word(u, W_RSS) && !unit_word(u, W_HEAPUSED)) {
            rss = assigned(u->text, "rss");
        } else if (code && heap.len > 1 && rss.len > 1 && span_find(u->text, 0, heap) < u->text.len &&
                   span_find(u->text, 0, rss) < u->text.len) {
            heap_note(c, i, heap_at);
            heap = rss = SPAN("");
        }
        /* "RSS per process | ~80 MB (V8 heap)" */
        if (u->kind == UNIT_ROW && unit_word(u, W_RSS) && text_has(row_cell(u, 0), "rss") && unit_word(u, W_HEAP) &&
            !text_has(row_cell(u, 0), "heap") && unit_quantity(c, u, DIM_BYTES))
            heap_row_note(c, i);
    }
}

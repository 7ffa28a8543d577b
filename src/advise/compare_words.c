/* compare_words.c - what changed, in sentences: the number first, then whether it is more than noise. */
#include "advise/compare_ctx.h"

#include <math.h>

#include "advise/words.h"
#include "evidence/stats.h"

static bool narrow(const struct compare_change *x)
{
    return x->base.hi - x->base.lo < 0.1 && x->head.hi - x->head.lo < 0.1;
}

/* "from 98 % to 34 %"; where intervals are wide, "(before 85 to 100 %, after 81 to 83 %)". */
static void before_after(struct sb *s, const struct compare_change *x)
{
    if (narrow(x)) {
        sb_adds(s, "from ");
        words_share(s, x->base.est);
        sb_adds(s, " to ");
        words_share(s, x->head.est);
        return;
    }
    sb_adds(s, "(before ");
    words_range(s, x->base.lo, x->base.hi);
    sb_adds(s, ", after ");
    words_range(s, x->head.lo, x->head.hi);
    sb_addc(s, ')');
}

static struct span take(struct compare *c, struct sb *s)
{
    struct span text = arena_span(&c->arena, sb_span(s));
    sb_release(s);
    return text;
}

static struct span verdict_sentence(struct compare *c)
{
    const struct json *b = c->in->base.doc, *h = c->in->head.doc;
    struct span wb = json_str(json_get(b, "headline")), wh = json_str(json_get(h, "headline"));
    bool same = span_eq(json_str(json_get(b, "verdict")), json_str(json_get(h, "verdict")));
    if (same && span_eq(wb, wh))
        return compare_text(c, "The answer stays: %.*s.", SPAN_FMT(wb));
    if (same)
        return compare_text(c, "The answer stays, its main reason was \"%.*s\" and is \"%.*s\".", SPAN_FMT(wb),
                            SPAN_FMT(wh));
    return compare_text(c, "The answer was \"%.*s\" and is \"%.*s\".", SPAN_FMT(wb), SPAN_FMT(wh));
}

static const char *assumed_words(bool assumed)
{
    return assumed ? ", at the spread assumed between single runs" : "";
}

/* "CPU of the time of a run fell from 98 % to 34 %, more than noise". */
static struct span share_sentence(struct compare *c, const struct compare_change *x, const char *what)
{
    struct sb s = { 0 };
    if (!share_known(x->diff))
        return SPAN("");
    if (x->more == TRI_YES) {
        sb_printf(&s, "%s %s ", what, x->diff.est > 0 ? "rose" : "fell");
        before_after(&s, x);
        sb_printf(&s, ", more than noise%s.", assumed_words(x->assumed));
    } else {
        sb_printf(&s, "%s did not change by more than noise ", what);
        sb_adds(&s, narrow(x) ? "(" : "");
        before_after(&s, x);
        sb_adds(&s, narrow(x) ? ")." : ".");
    }
    return take(c, &s);
}

static struct span seconds_sentence(struct compare *c, const struct compare_seconds *x, const char *what)
{
    struct sb s = { 0 };
    double f = x->factor.est;
    sb_printf(&s, "%s ", what);
    if (x->more != TRI_YES) {
        sb_adds(&s, "did not change by more than noise (");
        words_seconds(&s, x->base.est);
        sb_adds(&s, " before, ");
        words_seconds(&s, x->head.est);
        sb_adds(&s, " after).");
        return take(c, &s);
    }
    sb_printf(&s, "%s from ", x->diff.est > 0 ? "rose" : "fell");
    words_seconds(&s, x->base.est);
    sb_adds(&s, " to ");
    words_seconds(&s, x->head.est);
    if (num_known(f)) {
        sb_adds(&s, " (");
        words_factor(&s, f >= 1 ? f : 1 / f);
        bool wall = span_is(span_of(x->name), "wall_s");
        sb_printf(&s, "x %s)", f >= 1 ? wall ? "faster" : "less" : wall ? "slower" : "more");
    }
    sb_printf(&s, ", more than noise%s.", assumed_words(x->assumed));
    return take(c, &s);
}

static const struct compare_seconds *seconds_find(const struct compare *c, const char *name)
{
    for (uint32_t i = 0; i < c->second_count; i++) {
        if (span_is(span_of(c->seconds[i].name), name))
            return &c->seconds[i];
    }
    return NULL;
}

static bool overlapping(const struct compare *c)
{
    return span_is(compare_fact_text(&c->in->base, "concurrency"), "overlapping") &&
           span_is(compare_fact_text(&c->in->head, "concurrency"), "overlapping");
}

static struct span unknown_sentence(struct compare *c)
{
    const struct compare_change *x = &c->rules_share;
    if (x->reason)
        return compare_text(c, "%s cannot be compared: %s.",
                            overlapping(c) ? "What share of an operation is CPU" : "What share of the time was CPU",
                            x->reason);
    return SPAN("");
}

/* How busy the process was is no share of an operation: more traffic alone raises it. */
static struct span busy_sentence(struct compare *c)
{
    const struct compare_change *x = &c->cpu_share;
    struct sb s = { 0 };
    if (!share_known(x->diff) || x->more != TRI_YES)
        return SPAN("");
    sb_printf(&s, "The process was %s (CPU over wall from ", x->diff.est > 0 ? "busier" : "less busy");
    words_share(&s, x->base.est);
    sb_adds(&s, " to ");
    words_share(&s, x->head.est);
    sb_adds(&s, "): that follows the load and says nothing about one operation.");
    return take(c, &s);
}

static struct span mover_sentence(struct compare *c)
{
    struct sb s = { 0 };
    const struct compare_function *f = c->function_count > 0 ? &c->functions[0] : NULL;
    if (!f)
        return SPAN("");
    const struct compare_change *x = f->self.more == TRI_YES ? &f->self : &f->total;
    if (x->more != TRI_YES) {
        sb_printf(&s, "Of %u functions looked at none changed its share by more than noise.", c->function_count);
        return take(c, &s);
    }
    sb_printf(&s, "Largest move of %u functions looked at: %.*s %s %s ", c->function_count,
              SPAN_FMT(span_sub(f->name, 0, 80)), x == &f->total ? "with what it calls" : "on its own",
              x->diff.est > 0 ? "rose" : "fell");
    sb_adds(&s, "from ");
    words_share(&s, x->base.est);
    sb_adds(&s, " to ");
    words_share(&s, x->head.est);
    sb_printf(&s, " of %s, more than noise", c->blocked ? "blocked time" : "CPU");
    if (f->note.len > 0)
        sb_printf(&s, "; %.*s", SPAN_FMT(f->note));
    sb_addc(&s, '.');
    return take(c, &s);
}

static void push(struct span *ret, size_t *n, struct span text)
{
    if (text.len > 0 && *n < COMPARE_SENTENCES_MAX)
        ret[(*n)++] = text;
}

size_t compare_sentences(struct compare *c, struct span ret[COMPARE_SENTENCES_MAX])
{
    size_t n = 0;
    const struct compare_seconds *wall = seconds_find(c, "wall_s"), *cpu = seconds_find(c, "cpu_s");
    const struct compare_seconds *op = seconds_find(c, "op_cpu_s");
    if (wall && c->same_work)
        push(ret, &n, seconds_sentence(c, wall, "A run's wall time"));
    else if (wall && !c->other_program)
        push(ret, &n, seconds_sentence(c, wall, "A run's wall time, with other arguments,"));
    if (op)
        push(
            ret, &n,
            seconds_sentence(c, op, c->other_load ? "CPU of one operation, at another load," : "CPU of one operation"));
    if (share_known(c->rules_share.diff))
        push(ret, &n,
             share_sentence(c, &c->rules_share,
                            overlapping(c) ? "The CPU share of one operation" : "The CPU share of the time"));
    else
        push(ret, &n, unknown_sentence(c));
    if (overlapping(c))
        push(ret, &n, busy_sentence(c));
    /* A share of the time can rise because the waiting shrank. */
    if (cpu && c->same_work && cpu->more == TRI_NO && c->rules_share.more == TRI_YES)
        push(ret, &n,
             c->rules_share.diff.est > 0
                 ? SPAN("The CPU seconds stayed: the share rose because there was less waiting.")
                 : SPAN("The CPU seconds stayed: the share fell because there was more waiting."));
    push(ret, &n, mover_sentence(c));
    push(ret, &n, verdict_sentence(c));
    return n;
}

/* A share can rise because the rest got faster, and fall because the rest got slower. */
static void note_of(struct compare *c, struct compare_function *f)
{
    const struct compare_change *x = &f->self;
    if (x->more != TRI_YES || !share_known(f->base_s) || !share_known(f->head_s))
        return;
    struct share d = stats_move(f->base_s, f->head_s);
    bool up = x->diff.est > 0, grew = d.lo > 0, shrank = d.hi < 0;
    struct sb s = { 0 };
    if (up && !grew)
        sb_printf(&s, "its seconds %s (", shrank ? "fell" : "did not change by more than noise");
    else if (!up && !shrank)
        sb_printf(&s, "its seconds %s (", grew ? "rose" : "did not change by more than noise");
    if (s.len > 0) {
        words_seconds(&s, f->base_s.est);
        sb_adds(&s, " before, ");
        words_seconds(&s, f->head_s.est);
        sb_printf(&s, " after): its share %s because the rest got %s", up ? "rose" : "fell", up ? "faster" : "slower");
        f->note = arena_span(&c->arena, sb_span(&s));
    }
    sb_release(&s);
}

void compare_function_notes(struct compare *c)
{
    for (uint32_t i = 0; i < c->function_count; i++)
        note_of(c, &c->functions[i]);
}

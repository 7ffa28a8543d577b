/* dview_proposal.c - what was proposed and what else could be done: operations, alternatives, claims, benefits. */
#include "report/dview.h"

#include "base/sb.h"
#include "report/fmt.h"
#include "report/view_read.h"

enum { OPERATIONS_MAX = 60, ALTERNATIVES_MAX = 20, CLAIMS_MAX = 60, ROWS_MAX = 40, TITLE_MAX = 160 };

static struct span taken(struct dview *d, struct sb *sb)
{
    struct span kept = view_clean(d->v.arena, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

struct span dview_kind(struct arena *a, struct span kind)
{
    static const char *const rows[][2] = {
        { "full_rewrite", "a whole rewrite" },
        { "native_extension", "one part in native code" },
        { "runtime_upgrade", "a newer runtime" },
        { "component_swap", "another component in place of one" },
        { "cache", "reuse answers" },
        { "batch", "do several at once" },
        { "pool", "keep connections open" },
        { "concurrency", "do things at the same time" },
        { "gc_tuning", "tune garbage collection" },
        { "faster_runtime", "a faster runtime" },
        { "prototype", "a prototype first, then decide" },
        { "other", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(kind, rows[i][0]))
            return span_of(rows[i][1]);
    }
    return dview_name(a, view_clean(a, kind, 40));
}

static void head_make(const struct json *p, struct dview *d)
{
    struct view *v = &d->v;
    d->title = read_text(v, p, "title", TITLE_MAX);
    if (d->title.len == 0)
        d->title = v->question;
    d->scope = read_text(v, p, "scope", 300);
    d->kind = dview_kind(d->v.arena, json_str(json_get(p, "kind")));
    struct span from = read_text(v, p, "from", 40);
    struct span to = read_text(v, p, "to", 40);
    if (from.len > 0 && to.len > 0)
        d->change = view_printf(v->arena, "from %.*s to %.*s", SPAN_FMT(from), SPAN_FMT(to));
    else if (to.len > 0)
        d->change = view_printf(v->arena, "to %.*s", SPAN_FMT(to));
    d->sha256 = read_text(v, p, "sha256", 64);
}

static double ratio(double today, double then)
{
    return today > 0 && then > 0 ? today / then : NUM_UNKNOWN;
}

static void operations_make(const struct json *doc, struct dview *d)
{
    /* After the build the gain was measured; what was foreseen stands in the audit alone. */
    const struct json *list = d->after_build ? NULL : json_get(doc, "operations");
    d->operations = ARENA_ARRAY(d->v.arena, read_count(list, OPERATIONS_MAX), struct dview_operation);
    EACH (row, list) {
        if (d->operations_count == OPERATIONS_MAX)
            break;
        struct dview_operation *o = &d->operations[d->operations_count++];
        o->name = read_text(&d->v, row, "name", 80);
        o->component = o->name.len == 0;
        if (o->component)
            o->name = read_text(&d->v, row, "component", 80);
        o->text = read_text(&d->v, row, "text", 240);
        o->op_s = read_num(row, "op_s");
        o->claimed_s = read_num(row, "claimed_s");
        o->claimed_x = read_num(row, "claimed_x");
        if (!num_known(o->claimed_x))
            o->claimed_x = ratio(o->op_s, o->claimed_s);
        o->ceiling_x = read_num(row, "ceiling_x");
        o->expected = view_share_of(json_get(row, "expected_x"));
        o->saved_s = view_share_of(json_get(row, "saved_s"));
    }
}

static struct span benefit_kind(struct dview *d, struct span kind)
{
    static const char *const rows[][2] = {
        { "time", "time of people" },    { "compute", "computing" },      { "memory", "memory" },
        { "density", "fewer machines" }, { "latency", "faster answers" }, { "incidents", "fewer incidents" },
        { "other", "other, as stated" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(kind, rows[i][0]))
            return span_of(rows[i][1]);
    }
    return view_clean(d->v.arena, kind, 40);
}

static struct span usd_words(struct dview *d, const struct json *value)
{
    if (json_kind_of(value) == JSON_NUM)
        return dview_usd(d->v.arena, json_num(value, NUM_UNKNOWN));
    return dview_quantity(d->v.arena, value, SPAN("USD"));
}

static void benefit_add(struct dview *d, struct span kind, struct span usd, struct span text)
{
    if (d->benefits_count == ROWS_MAX)
        return;
    d->benefits[d->benefits_count++] = (struct dview_benefit){ benefit_kind(d, kind), usd, text };
}

static void benefits_make(const struct json *doc, struct dview *d)
{
    const struct json *list = json_get(doc, "benefits");
    d->benefits = ARENA_ARRAY(d->v.arena, ROWS_MAX, struct dview_benefit);
    EACH (row, list)
        benefit_add(d, json_str(json_get(row, "kind")), usd_words(d, json_get(row, "usd_year")),
                    read_text(&d->v, row, "text", 200));
    EACH (row, list ? NULL : json_path(doc, "roi.by_kind")) {
        if (json_kind_of(row) == JSON_NUM)
            benefit_add(d, json_key(row), usd_words(d, row), SPAN(""));
    }
}

/* What an alternative costs and whether it pays: from its own simulation, in one line. */
static struct span alternative_money(struct dview *d, const struct json *roi)
{
    struct sb sb = { 0 };
    double p = dview_chance(roi, "p_roi_pos");
    double cost = read_num(json_get(roi, "cost"), "p50");
    double npv = read_num(json_get(roi, "npv"), "p50");
    if (!num_known(cost))
        cost = json_num(json_path(roi, "point.cost"), NUM_UNKNOWN);
    if (num_known(cost))
        sb_printf(&sb, "costs about %.*s", SPAN_FMT(dview_usd(d->v.arena, cost)));
    if (num_known(p)) {
        sb_adds(&sb, sb.len ? ", " : "");
        fmt_percent(&sb, p);
        sb_adds(&sb, " chance to pay back");
    } else if (num_known(npv)) {
        sb_printf(&sb, "%snet %.*s", sb.len ? ", " : "", SPAN_FMT(dview_usd(d->v.arena, npv)));
    }
    return taken(d, &sb);
}

/* Nothing below and everything above: what stands there is a bound. */
static struct span saving(struct dview *d, const struct dview_alternative *a, double saved_s)
{
    bool bound = !num_known(a->gain.est) && num_known(a->gain.hi) && !(a->gain.lo > 0);
    struct sb sb = { 0 };
    if (saved_s > 0) {
        sb_adds(&sb, a->bound ? "at most " : "");
        fmt_seconds(&sb, saved_s);
    } else if (bound && a->gain.hi <= 1) {
        sb_adds(&sb, "at most ");
        fmt_percent(&sb, a->gain.hi);
    } else {
        sb_add(&sb, dview_percent(d->v.arena, &a->gain));
    }
    return taken(d, &sb);
}

static void alternatives_make(const struct json *doc, struct dview *d)
{
    const struct json *list = json_get(doc, "alternatives");
    d->alternatives = ARENA_ARRAY(d->v.arena, read_count(list, ALTERNATIVES_MAX), struct dview_alternative);
    EACH (row, list) {
        if (d->alternatives_count == ALTERNATIVES_MAX)
            break;
        struct dview_alternative *a = &d->alternatives[d->alternatives_count++];
        a->title = read_text(&d->v, row, "title", 100);
        a->kind = dview_kind(d->v.arena, json_str(json_get(row, "kind")));
        if (a->title.len == 0)
            a->title = a->kind;
        const struct json *covers = json_get(row, "covers");
        a->covers =
            json_kind_of(covers) == JSON_NUM
                ? dview_percent(d->v.arena, &(struct view_share){ NUM_UNKNOWN, json_num(covers, 0), NUM_UNKNOWN })
                : read_text(&d->v, row, "covers", 100);
        a->text = read_text(&d->v, row, "text", 240);
        a->gain = view_share_of(json_get(row, "gain"));
        a->own = json_bool(json_get(row, "own"), false);
        /* Documents of before this member: what the evidence suggests is a bound. */
        a->bound = json_bool(json_get(row, "bound"), !a->own && !num_known(a->gain.est));
        a->saves = saving(d, a, read_num(row, "saved_s_per_op"));
        a->money = alternative_money(d, json_get(row, "roi"));
    }
}

static void claims_make(const struct json *doc, struct dview *d)
{
    static const char *const verdicts[][2] = {
        { "above_ceiling", "more than the evidence allows" },
        { "within_ceiling", "possible by the evidence, not shown" },
        { "unproven", "not shown: no evidence was given" },
        { "measured", "measured" },
    };
    static const char *const evidence[][2] = { { "own", "measured by the authors" },
                                               { "borrowed", "measured elsewhere" },
                                               { "none", "no source" },
                                               { "unstated", "source not stated" } };
    const struct json *list = json_get(doc, "claims");
    d->claims = ARENA_ARRAY(d->v.arena, read_count(list, CLAIMS_MAX), struct dview_claim);
    EACH (row, list) {
        if (d->claims_count == CLAIMS_MAX)
            break;
        struct dview_claim *c = &d->claims[d->claims_count++];
        c->text = read_text(&d->v, row, "text", 200);
        const struct json *factor = json_get(row, "factor");
        struct view_share f = view_share_of(factor);
        if (json_kind_of(factor) == JSON_NUM)
            f.est = json_num(factor, NUM_UNKNOWN);
        if (!num_known(f.est) && num_known(f.lo) && f.lo == f.hi)
            f.est = f.lo;
        c->factor = dview_speed(d->v.arena, &f);
        c->ceiling_x = read_num(row, "ceiling_x");
        struct span verdict = json_str(json_get(row, "verdict"));
        c->words = dview_name(d->v.arena, view_clean(d->v.arena, verdict, 40));
        c->above = span_is(verdict, "above_ceiling");
        for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
            if (span_is(verdict, verdicts[i][0]))
                c->words = span_of(verdicts[i][1]);
        }
        struct span outside = read_text(&d->v, row, "outside", 100);
        if (outside.len > 0 && span_is(verdict, "unproven"))
            c->words = view_printf(d->v.arena, "unproven: %.*s", SPAN_FMT(outside));
        for (size_t i = 0; i < ARRAY_LEN(evidence); i++) {
            if (span_is(json_str(json_get(row, "evidence")), evidence[i][0]))
                c->evidence = span_of(evidence[i][1]);
        }
    }
}

static void phases_make(const struct json *p, struct dview *d)
{
    const struct json *list = json_get(p, "phases");
    d->phases = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_phase);
    EACH (row, list) {
        if (d->phases_count == ROWS_MAX)
            break;
        d->phases[d->phases_count++] =
            (struct dview_phase){ read_text(&d->v, row, "title", 120),
                                  dview_quantity(d->v.arena, json_get(row, "months"), SPAN("months")),
                                  usd_words(d, json_get(row, "stop_loss_usd")) };
    }
    list = json_get(p, "risks");
    d->risks = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct view_pair);
    EACH (row, list) {
        if (d->risks_count == ROWS_MAX)
            break;
        struct span text = json_kind_of(row) == JSON_OBJ ? read_text(&d->v, row, "text", 300)
                                                         : view_clean(d->v.arena, json_str(row), 300);
        if (text.len > 0)
            d->risks[d->risks_count++].value = text;
    }
}

/* [{"name","present": bool|null}] */
static struct dview_sign *signs(const struct json *list, struct dview *d, size_t *count)
{
    struct dview_sign *ret = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_sign);
    *count = 0;
    EACH (row, list) {
        if (*count == ROWS_MAX)
            break;
        const struct json *present = json_get(row, "present");
        ret[(*count)++] = (struct dview_sign){
            read_text(&d->v, row, "name", 160),
            json_is_null(present)       ? SPAN("not known")
            : json_bool(present, false) ? SPAN("yes")
                                        : SPAN("no"),
        };
    }
    return ret;
}

static void score_make(const struct json *doc, struct dview *d)
{
    const struct json *score = json_get(doc, "score");
    d->green = signs(json_get(score, "green"), d, &d->green_count);
    d->red = signs(json_get(score, "red"), d, &d->red_count);
    double green = read_num(score, "green_n");
    double red = read_num(score, "red_n");
    if (num_known(green) && num_known(red) && green < 1e4 && red < 1e4)
        d->score = view_printf(d->v.arena, "%.0f of %zu signs in favour, %.0f of %zu against", green, d->green_count,
                               red, d->red_count);
    const struct json *list = json_get(doc, "gaps");
    d->gaps = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_sign);
    EACH (row, list) {
        if (d->gaps_count == ROWS_MAX)
            break;
        struct span id = read_text(&d->v, row, "id", 30);
        struct span title = read_text(&d->v, row, "title", 160);
        struct span status = read_text(&d->v, row, "status", 30);
        d->gaps[d->gaps_count++] = (struct dview_sign){
            view_printf(d->v.arena, "%.*s%s%.*s", SPAN_FMT(id), id.len && title.len ? " " : "", SPAN_FMT(title)),
            view_printf(d->v.arena, "%.*s%s", SPAN_FMT(status.len ? status : SPAN("not stated")),
                        json_bool(json_get(row, "booked"), false) ? ", counted as a benefit of the change" : ""),
        };
    }
}

void dview_proposal(const struct json *doc, struct dview *d)
{
    const struct json *p = json_get(doc, "proposal");
    head_make(p, d);
    operations_make(doc, d);
    benefits_make(doc, d);
    alternatives_make(doc, d);
    claims_make(doc, d);
    phases_make(p, d);
    score_make(doc, d);
}

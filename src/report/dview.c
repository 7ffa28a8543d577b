/* dview.c - the head of a decision's view, and the words that its parts share. */
#include "report/dview.h"

#include <math.h>

#include "base/sb.h"
#include "report/fmt.h"
#include "report/view_read.h"

static struct span taken(struct arena *a, struct sb *sb)
{
    struct span kept = view_clean(a, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

static void usd_digits(struct sb *out, double usd)
{
    double size = fabs(usd);
    if (size < 0.005) {
        sb_addc(out, '0');
        return;
    }
    double step = pow(10, floor(log10(size)) - 1);
    double rounded = round(usd / step) * step;
    size = fabs(rounded);
    if (size >= 1e15)
        sb_printf(out, "%.1e", rounded);
    else if (size >= 999.5e9)
        sb_printf(out, size < 9.95e12 ? "%.1f trillion" : "%.0f trillion", rounded / 1e12);
    else if (size >= 999.5e6)
        sb_printf(out, size < 9.95e9 ? "%.1f billion" : "%.0f billion", rounded / 1e9);
    else if (size >= 999.5e3)
        sb_printf(out, size < 9.95e6 ? "%.1f million" : "%.0f million", rounded / 1e6);
    else
        fmt_number(out, rounded);
}

struct span dview_usd(struct arena *a, double usd)
{
    struct sb sb = { 0 };
    if (num_known(usd)) {
        usd_digits(&sb, usd);
        sb_adds(&sb, " USD");
    }
    return taken(a, &sb);
}

static void unit_value(struct sb *out, struct span unit, double x)
{
    if (span_is(unit, "USD"))
        usd_digits(out, x);
    else if (span_is(unit, "share"))
        sb_printf(out, fabs(x) < 0.0995 ? "%.1f" : "%.0f", x * 100);
    else if (fabs(x) < 1e15)
        fmt_number(out, x);
    else
        sb_printf(out, "%.1e", x);
}

struct span dview_quantity(struct arena *a, const struct json *q, struct span unit)
{
    struct sb sb = { 0 };
    double lo = num_known(read_num(q, "lo")) ? read_num(q, "lo") : read_num(q, "p10");
    double hi = num_known(read_num(q, "hi")) ? read_num(q, "hi") : read_num(q, "p90");
    double mode = num_known(read_num(q, "mode")) ? read_num(q, "mode") : read_num(q, "est");
    bool range = json_kind_of(q) == JSON_OBJ;
    double x = range ? mode : json_num(q, NUM_UNKNOWN);
    if (num_known(x))
        unit_value(&sb, unit, x);
    if (range && num_known(lo) && num_known(hi)) {
        sb_adds(&sb, sb.len ? " (" : "");
        bool inside = sb.len > 0;
        unit_value(&sb, unit, lo);
        sb_adds(&sb, " to ");
        unit_value(&sb, unit, hi);
        sb_adds(&sb, inside ? ")" : "");
    }
    if (sb.len > 0 && unit.len > 0)
        sb_printf(&sb, " %.*s", SPAN_FMT(span_is(unit, "share") ? SPAN("%") : unit));
    return taken(a, &sb);
}

/* Near 1 a second decimal tells ends apart; beside a larger end it says too much. */
static void speed_digits(struct sb *out, double x, double beside)
{
    if (fabs(x) >= 1e6)
        sb_adds(out, x > 0 ? "over a million" : "under minus a million");
    else
        sb_printf(out, fabs(x) < 1.995 && fabs(beside) < 1.995 ? "%.2f" : fabs(x) < 9.95 ? "%.1f" : "%.0f", x);
}

struct span dview_speed(struct arena *a, const struct view_share *x)
{
    struct sb sb = { 0 };
    bool mid = num_known(x->est);
    if (mid) {
        speed_digits(&sb, x->est, x->est);
        sb_adds(&sb, "x");
    }
    if (num_known(x->lo) && num_known(x->hi) && x->hi - x->lo > 0.005) {
        sb_adds(&sb, mid ? " (" : "");
        speed_digits(&sb, x->lo, x->hi);
        sb_adds(&sb, " to ");
        speed_digits(&sb, x->hi, x->hi);
        sb_adds(&sb, mid ? ")" : "x");
    }
    return taken(a, &sb);
}

struct span dview_percent(struct arena *a, const struct view_share *x)
{
    struct sb sb = { 0 };
    if (fabs(x->est) <= 100)
        fmt_percent(&sb, x->est);
    if (fabs(x->lo) <= 100 && fabs(x->hi) <= 100 && x->hi - x->lo > 0.0005) {
        bool inside = sb.len > 0;
        sb_adds(&sb, inside ? " (" : "");
        fmt_percent_range(&sb, x->lo, x->hi);
        sb_adds(&sb, inside ? ")" : " %");
    }
    return taken(a, &sb);
}

struct span dview_name(struct arena *a, struct span name)
{
    struct span words = read_fact_words(name);
    if (!span_eq(words, name))
        return words;
    static const char *const groups[] = { "cost.", "benefit.", "facts." };
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (span_starts(name, span_of(groups[i])))
            name = span_from(name, strlen(groups[i]));
    }
    static const char *const rows[][2] = {
        { "loc", "lines of code" },
        { "loc_factor", "new lines for one old line" },
        { "devs", "people" },
        { "rate_usd_year", "cost of a person a year" },
        { "salary_load", "cost of a person, times the salary" },
        { "usd_per_cpu_hour", "price of a CPU hour" },
        { "usd_per_gb_hour", "price of a GB hour" },
        { "cpu_hours_year", "CPU hours a year" },
        { "saved_s_per_op", "seconds saved by each operation" },
        { "usable_share", "share of the saved time that is of use" },
        { "horizon_years", "time looked ahead" },
        { "mem_saved_gb", "GB of memory saved" },
        { "overrun", "how far such projects overrun" },
        { "speed", "how much faster the code becomes" },
        { "speed_up", "speed-up of the code, times" },
        { "addressable_share", "how much of the time can be touched" },
        { "overrun_cap", "stop at so many times the plan" },
        { "ramp_usd", "getting used to it" },
        { "dual_usd", "running both for a while" },
        { "opportunity_usd", "what is not done meanwhile" },
        { "maintenance_usd_year", "upkeep a year" },
        { "latency_usd_year", "worth of faster answers a year" },
        { "other_usd_year", "other worth a year" },
        { "incidents_avoided_year", "incidents avoided a year" },
        { "usd_per_incident", "cost of an incident" },
        { "node_usd_year", "cost of a node a year" },
        { "node_cpu_share", "share of a node's CPU" },
        { "node_mem_share", "share of a node's memory" },
        { "cpu_request_saved", "saved of the CPU that is reserved" },
        { "mem_request_saved", "saved of the memory that is reserved" },
        { "packs", "packs of rules" },
        { "goal_gain", "gain that is wanted" },
        { "min_useful_gain", "smallest useful gain" },
        { "addr_share", "how much of the time can be touched" },
        { "pf", "chance of failure" },
        { "failure_probability", "chance of failure" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(name, rows[i][0]))
            return span_of(rows[i][1]);
    }
    struct sb sb = { 0 };
    for (size_t i = 0; i < name.len && i < 60; i++)
        sb_addc(&sb, name.ptr[i] == '_' || name.ptr[i] == '.' ? ' ' : name.ptr[i]);
    return taken(a, &sb);
}

double dview_chance(const struct json *obj, const char *key)
{
    double p = read_num(obj, key);
    return p >= 0 && p <= 1 ? p : NUM_UNKNOWN;
}

/* --- head --- */

static void scope_make(const struct json *doc, struct dview *d)
{
    struct view *v = &d->v;
    const struct json *whole = json_get(doc, "whole");
    const struct json *part = json_get(doc, "part");
    d->whole_open = json_bool(json_get(whole, "open"), false);
    d->whole = read_text(v, whole, "sentence", 300);
    d->part_open = json_bool(json_get(part, "open"), false);
    /* Told apart only where the answers differ and the whole was what was asked. */
    bool passed = span_is(json_str(json_get(doc, "gate")), "pass");
    d->has_part = json_kind_of(part) == JSON_OBJ && d->part_open && !d->whole_open && !passed;
    d->part = read_text(v, part, "sentence", 300);
    d->part_name = read_text(v, part, "name", 80);
    d->scope_sentence = read_text(v, doc, "scope_sentence", 400);
    /* Said once is enough. */
    struct span said = read_text(v, doc, "summary", 400);
    if (d->scope_sentence.len > 0 &&
        (span_eq(d->scope_sentence, said) || span_find(d->scope_sentence, 0, v->sentence) < d->scope_sentence.len))
        d->scope_sentence = d->whole = d->part = SPAN("");
}

/* A proposal for the whole that is answered for a part: both are said. */
static void gate_make(const struct json *doc, struct dview *d)
{
    struct view *v = &d->v;
    bool given = json_str(json_get(doc, "gate_words")).len > 0;
    if (d->not_asked) {
        v->headline = SPAN("Not a question for a profile");
        struct span prefix = SPAN("Not a question for a profile: ");
        if (span_starts(v->sentence, prefix) && v->sentence.len > prefix.len)
            v->sentence = span_from(v->sentence, prefix.len);
        if (v->sentence.len > 0 && v->sentence.ptr[0] >= 'a' && v->sentence.ptr[0] <= 'z')
            v->sentence =
                view_printf(v->arena, "%c%.*s", v->sentence.ptr[0] - 'a' + 'A', SPAN_FMT(span_from(v->sentence, 1)));
        v->state = VIEW_UNDECIDED;
        if (!given)
            v->gate_words = SPAN("not judged");
        d->gate_short = SPAN("not judged");
        return;
    }
    bool passed = span_is(v->gate, "pass");
    bool split = d->has_part;
    if (!given && split)
        v->gate_words = SPAN("closed for the whole, open for the part");
    else if (!given && passed)
        v->gate_words = SPAN("open");
    d->gate_short = span_is(v->gate, "waived") ? SPAN("waived")
                    : passed                   ? SPAN("open")
                    : split                    ? SPAN("open for one part")
                    : span_is(v->gate, "fail") ? SPAN("closed")
                                               : SPAN("not decided");
    if (passed)
        v->state = VIEW_OPEN;
    else if (v->state == VIEW_OPEN && !span_is(v->gate, "waived"))
        v->state = span_is(v->gate, "fail") ? VIEW_CLOSED : VIEW_UNDECIDED;
}

/* "How sure" where the document has no sentence of its own: what stands behind the answer, and how much of it was
 * assumed. */
static void sure_make(const struct json *doc, struct dview *d)
{
    struct view *v = &d->v;
    const struct json *facts = json_get(doc, "facts");
    d->has_evidence = v->files_count > 0 || num_known(v->rules_share.est);
    if (v->sure.len > 0 || d->not_asked)
        return;
    struct sb sb = { 0 };
    bool shares = num_known(v->rules_share.lo) && num_known(v->rules_share.hi);
    if (d->has_evidence || shares) {
        if (v->files_count > 0)
            sb_printf(&sb, "%zu file%s of evidence", v->files_count, v->files_count == 1 ? "" : "s");
        else
            sb_adds(&sb, "shares that were declared, no file");
        if (num_known(v->samples_eff)) {
            sb_adds(&sb, ", worth about ");
            fmt_number(&sb, v->samples_eff < 10 ? round(v->samples_eff) : v->samples_eff);
            sb_adds(&sb, " independent measurements");
        }
        double runs = read_num(facts, "runs_n");
        if (runs >= 1 && runs < 1e6)
            sb_printf(&sb, ", %.0f run%s", runs, runs < 2 ? "" : "s");
        const struct json *load = json_get(facts, "load_representative");
        sb_adds(&sb, json_is_null(load)       ? "; whether this load is the real one was not stated"
                     : json_num(load, 0) == 1 ? "; load stated as the real one"
                                              : "; load stated as not the real one");
        double age = read_num(facts, "evidence_age_days");
        if (age >= 0 && age < 1e5)
            sb_printf(&sb, "; %.0f day%s old", age, age == 1 ? "" : "s");
    } else if (json_count(json_get(doc, "rules")) > 0 && !read_fired(doc, "EV-00")) {
        sb_adds(&sb, "measurements that were declared, no file");
    } else {
        sb_adds(&sb, "nothing was measured: every number below is the proposal's own");
    }
    if (d->defaults_count > 0)
        sb_printf(&sb, "; %zu input%s assumed", d->defaults_count, d->defaults_count == 1 ? " is" : "s are");
    v->sure = taken(v->arena, &sb);
}

/* Shares that were declared, without a recording: the bar shows them and says so. */
static void declared_time(struct dview *d)
{
    struct view *v = &d->v;
    double lo = v->rules_share.lo;
    double hi = v->rules_share.hi;
    if (v->time_known || v->time_count > 0 || !(lo >= 0 && hi >= lo && hi <= 1))
        return;
    v->time_known = true;
    v->time_note = SPAN("as it was declared: no recording shows it");
    /* A request has a bar of its own. */
    if (num_known(v->rules_share.est) && num_known(v->op_s))
        return;
    double est = num_known(v->rules_share.est) ? v->rules_share.est : (lo + hi) / 2;
    struct view_part none = { .seconds = NUM_UNKNOWN, .lo = NUM_UNKNOWN, .hi = NUM_UNKNOWN };
    v->time = ARENA_ARRAY(v->arena, 2, struct view_part);
    v->time[0] = v->time[1] = none;
    v->time[0].name = v->time[0].klass = SPAN("cpu");
    v->time[0].words = SPAN("CPU");
    v->time[0].share = est;
    v->time[0].lo = lo;
    v->time[0].hi = hi;
    v->time[1].name = v->time[1].klass = SPAN("wait");
    v->time[1].words = SPAN("the rest: waiting, or not known");
    v->time[1].share = 1 - est;
    v->time_count = est < 1 ? 2 : 1;
}

/* The lines that the answer was held against, in words, with who set them. */
static void lines_make(const struct json *doc, struct dview *d)
{
    static const struct {
        const char *fact, *words;
    } rows[] = { { "goal_gain", "gain that is wanted" },
                 { "min_useful_gain", "smallest useful gain" },
                 { "wait_bound_threshold", "waiting below" },
                 { "cpu_bound_threshold", "computing from" } };
    struct sb sb = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EACH (row, json_get(doc, "lines")) {
            double value = read_num(row, "value");
            if (!span_is(json_str(json_get(row, "fact")), rows[i].fact) || !num_known(value))
                continue;
            struct span owner = view_clean(d->v.arena, json_str(json_get(row, "owner")), 40);
            sb_printf(&sb, "%s%s ", sb.len ? ", " : "", rows[i].words);
            fmt_percent(&sb, value);
            sb_printf(&sb, owner.len ? " (%.*s)" : "%.*s", SPAN_FMT(owner));
        }
    }
    d->lines = taken(d->v.arena, &sb);
}

/* A waiver opens the gate for a while; what the evidence says stays as it is. */
static void waived(const struct json *meta, struct dview *d)
{
    struct view *v = &d->v;
    if (!span_is(json_str(json_get(meta, "gate")), "waived") || span_is(v->gate, "waived"))
        return;
    v->gate_words = view_printf(v->arena, "waived; the evidence says: %.*s", SPAN_FMT(v->gate_words));
    d->gate_short = SPAN("waived");
}

/* Where the goal is not one of a profile, numbers would read as a judgement. */
static void judge_nothing(struct dview *d)
{
    struct view *v = &d->v;
    v->rules_count = v->why_count = v->flips_count = v->next_count = v->answers_count = v->cannot_count = 0;
    d->operations_count = d->benefits_count = d->alternatives_count = d->claims_count = d->money_lines_count = 0;
    d->green_count = d->red_count = d->gaps_count = d->distance_count = d->distance_plain = d->missing_count = 0;
    d->actions_count = d->blocked_count = d->refuted_count = d->reopen_count = d->watch_count = 0;
    d->defaults_count = d->checks_count = d->numbers_count = 0;
    d->lines = d->unanswered = SPAN("");
}

bool dview_make(const struct json *doc, const struct json *meta, struct arena *a, struct dview *ret, struct err *err)
{
    if (!span_starts(json_str(json_get(doc, "schema")), SPAN("stet/decision/")))
        return err_set(err, ERR_VALUE, "not a decision document: member schema is not stet/decision/1");
    struct dview d = { 0 };
    if (!view_make(doc, a, &d.v, err))
        return false;
    d.not_asked = json_bool(json_get(doc, "not_asked"), false);
    d.after_build = span_is(json_str(json_path(doc, "comparison.stage")), "after_build");
    scope_make(doc, &d);
    gate_make(doc, &d);
    dview_proposal(doc, &d);
    dview_money_make(doc, &d);
    dview_life(doc, meta, &d);
    waived(meta, &d);
    sure_make(doc, &d);
    lines_make(doc, &d);
    declared_time(&d);
    if (d.not_asked)
        judge_nothing(&d);
    *ret = d;
    return true;
}

/* view_run.c - the run as evidence: what closes the gate and would open it, how representative the recording is, whether
 * its parts agree. Every line comes from the document's own rules; what nobody measured or stated is said to be unknown. */
#include "report/view_read.h"

#include <math.h>

#include "base/sb.h"
#include "import/howto.h"
#include "report/fmt.h"

enum { CLOSED_MAX = 12, CARD_MAX = 16, FITS_MAX = 24 };

static struct span taken(struct view *v, struct sb *sb)
{
    struct span kept = view_clean(v->arena, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

/* --- what closes the gate --- */

/* A rule that keeps the answer down; one that lifts it to a floor closes nothing. */
static bool closes(struct span effect)
{
    static const char *const starts[] = { "undecided", "settle", "ceil", "refute", "cap" };
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_starts(effect, span_of(starts[i])))
            return true;
    }
    return false;
}

/* Who set a line: the owner of the threshold that has this value; else it stands in the rule itself. */
static struct span line_owner(struct view *v, const struct json *doc, const struct json *rule)
{
    double line = read_num(rule, "line");
    if (!num_known(line))
        return SPAN("");
    EACH (row, json_get(doc, "lines")) {
        if (fabs(read_num(row, "value") - line) > 1e-9)
            continue;
        struct span owner = read_text(v, row, "owner", 60);
        return owner.len == 0 || span_is(owner, "default") ? SPAN("default")
                                                           : view_printf(v->arena, "set by %.*s", SPAN_FMT(owner));
    }
    return SPAN("line of the rule");
}

/* The measurement that would open it. What is missing has its remedy; what was measured has to come out on the other side
 * of its line, and the remedy is what to do meanwhile. */
static struct span opens_of(struct view *v, const struct view_rule *r, const struct json *row)
{
    double measured = read_num(row, "measured");
    double line = read_num(row, "line");
    if (span_is(r->basis, "absence") || r->measured.len == 0 || !num_known(measured) || !num_known(line))
        return r->remedy;
    return view_printf(v->arena, "a recording that shows %.*s or %s in place of %.*s", SPAN_FMT(r->line),
                       measured < line ? "more" : "less", SPAN_FMT(r->measured));
}

/* Record the same program again: its command where a file names it. */
static void again_make(const struct json *doc, struct view *v)
{
    struct howto_target target = { .command = SPAN(""), .pid = -1, .seconds = 60 };
    EACH (art, json_get(doc, "artefacts")) {
        if (target.command.len == 0)
            target.command = json_str(json_get(art, "command"));
    }
    struct sb sb = { 0 };
    bool start = target.command.len > 0;
    if (howto_command("stet-record", HOWTO_LINUX, start ? HOWTO_START : HOWTO_ATTACH, &target, &sb))
        v->again = view_clean(v->arena, sb_span(&sb), 1000);
    sb_release(&sb);
}

static void closed_make(const struct json *doc, struct view *v)
{
    bool measured = false;
    v->closed = ARENA_ARRAY(v->arena, CLOSED_MAX, struct view_rule);
    /* The one that decided stands first. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < v->rules_count && v->closed_count < CLOSED_MAX; i++) {
            const struct view_rule *r = &v->rules[i];
            bool first = span_eq(r->id, v->reason_rule);
            if (!r->fired || !closes(r->effect) || first != (pass == 0))
                continue;
            struct view_rule *c = &v->closed[v->closed_count++];
            *c = *r;
            const struct json *row = read_rule(doc, arena_dup(v->arena, r->id));
            if (c->line.len > 0 && c->owner.len == 0)
                c->owner = line_owner(v, doc, row);
            c->remedy = opens_of(v, r, row);
            measured = measured || !span_is(r->basis, "absence");
        }
    }
    const struct json *potential = json_get(doc, "potential");
    struct span best = json_str(json_get(potential, "verdict"));
    struct sb sb = { 0 };
    struct span missing = read_joined(v, json_get(potential, "missing"), 8);
    if (v->state == VIEW_OPEN)
        return;
    v->closed_by_evidence = measured && v->state == VIEW_CLOSED && view_state_of(best) != VIEW_OPEN;
    again_make(doc, v);
    if (view_state_of(best) == VIEW_OPEN && missing.len > 0)
        sb_printf(&sb, "Nothing measured stands against it. It opens if these are given and favourable: %.*s.",
                  SPAN_FMT(missing));
    else if (v->state == VIEW_UNDECIDED)
        sb_adds(&sb, "Nothing here says no. What is missing keeps it closed; any one line below that is settled brings "
                     "the answer nearer.");
    else
        sb_adds(&sb, "The evidence itself keeps it closed: it opens with a measurement that shows otherwise, not with "
                     "a number that is told.");
    v->opens_words = taken(v, &sb);
}

/* --- how representative it is --- */

static double fact(const struct json *doc, const char *name)
{
    return read_num(json_get(doc, "facts"), name);
}

/* "declared by NAME", "read from the file", "computed: HOW" of a fact that is known. */
static struct span source_of(struct view *v, const struct json *doc, const char *name)
{
    EACH (row, json_get(doc, "inputs")) {
        if (!span_is(json_str(json_get(row, "name")), name))
            continue;
        struct span origin = json_str(json_get(row, "origin"));
        struct span by = read_text(v, row, "by", 100);
        struct span at = span_sub(json_str(json_get(row, "at")), 0, 10);
        struct sb sb = { 0 };
        sb_adds(&sb, span_is(origin, "declared") ? "declared" : span_is(origin, "file") ? "read from" : "computed");
        if (by.len > 0)
            sb_printf(&sb,
                      span_is(origin, "declared") ? " by %.*s"
                      : span_is(origin, "file")   ? " %.*s"
                                                  : ": %.*s",
                      SPAN_FMT(by));
        if (at.len == 10)
            sb_printf(&sb, ", %.*s", SPAN_FMT(at));
        return taken(v, &sb);
    }
    return SPAN("");
}

static struct view_card *card_add(struct view *v, const char *name, enum view_fit fit)
{
    struct view_card *c = &v->card[v->card_count];
    if (v->card_count < CARD_MAX - 1)
        v->card_count++;
    *c = (struct view_card){ .name = span_of(name), .fit = fit };
    return c;
}

/* A row of the card: a measured number, and the line of the rule that holds it. */
struct figure {
    const char *name, *rule, *unknown;
    const char *before, *after; /* what stands around the line */
    double value;
    struct span words;
    bool share, poor_above;
};

static void card_number(struct view *v, const struct json *doc, const struct figure *f)
{
    double line = read_num(read_rule(doc, f->rule), "line");
    bool known = num_known(f->value) && num_known(line);
    bool poor = f->poor_above ? f->value > line : f->value < line;
    struct view_card *c = card_add(v, f->name, !known ? FIT_UNKNOWN : poor ? FIT_POOR : FIT_GOOD);
    struct sb sb = { 0 };
    c->value = num_known(f->value) ? f->words : span_of(f->unknown);
    if (!num_known(line))
        return;
    if (f->share)
        fmt_percent(&sb, line);
    else
        fmt_number(&sb, line);
    c->against = view_printf(v->arena, "%s%s%s", f->before, sb_cstr(&sb), f->after);
    sb_release(&sb);
}

static struct span percent_words(struct view *v, double share, const char *of)
{
    struct sb sb = { 0 };
    if (!num_known(share))
        return SPAN("");
    fmt_percent(&sb, share);
    sb_adds(&sb, of);
    return taken(v, &sb);
}

static void card_load(const struct json *doc, struct view *v)
{
    double real = fact(doc, "load_representative");
    struct span model = json_str(json_path(doc, "facts.load_model"));
    struct view_card *c = card_add(v, "Load", !num_known(real) ? FIT_UNKNOWN : real > 0 ? FIT_GOOD : FIT_POOR);
    struct span by = source_of(v, doc, "load_representative");
    const char *words = !num_known(real) ? "nobody has said whether it is like the real one"
                        : real > 0       ? "like the real one"
                                         : "not like the real one";
    c->value = model.len > 0 ? view_printf(v->arena, "%s; %.*s load", words, SPAN_FMT(span_sub(model, 0, 40)))
                             : span_of(words);
    c->against = by.len > 0 ? by : SPAN("a rewrite is supported when somebody states that it is");
    c->ask = num_known(real) ? SPAN("") : SPAN("load_representative");

    struct span where = json_str(json_path(doc, "facts.environment"));
    c = card_add(v, "Environment", where.len > 0 ? FIT_GOOD : FIT_UNKNOWN);
    c->value = where.len > 0 ? view_clean(v->arena, where, 60) : SPAN("not stated: production or made for the test");
    by = source_of(v, doc, "environment");
    c->against = by.len > 0 ? by : SPAN("numbers speak for the place that they were taken in");
    c->ask = where.len > 0 ? SPAN("") : SPAN("environment");
}

static void card_length(const struct json *doc, struct view *v)
{
    double wall = fact(doc, "wall_s");
    double profile = fact(doc, "profile_s");
    struct sb sb = { 0 };
    if (num_known(wall)) {
        sb_adds(&sb, "totals over ");
        fmt_seconds(&sb, wall);
    }
    if (num_known(profile)) {
        sb_adds(&sb, sb.len ? ", profile over " : "profile over ");
        fmt_seconds(&sb, profile);
    }
    struct view_card *c = card_add(v, "Length", sb.len > 0 ? FIT_GOOD : FIT_UNKNOWN);
    c->value = sb.len > 0 ? taken(v, &sb) : SPAN("not known: no file says how long it was recorded");
    c->against = SPAN("no limit of its own; the samples below have to suffice");
    sb_release(&sb);
}

static void card_age(const struct json *doc, struct view *v)
{
    double days = fact(doc, "evidence_age_days");
    double line = read_num(read_rule(doc, "EV-12"), "line");
    double changed = fact(doc, "code_changed");
    bool poor = changed > 0 || (num_known(days) && days > line);
    struct view_card *c = card_add(v, "Age",
                                   poor                                    ? FIT_POOR
                                   : num_known(days) && num_known(changed) ? FIT_GOOD
                                                                           : FIT_UNKNOWN);
    struct sb sb = { 0 };
    if (num_known(days)) {
        fmt_number(&sb, days);
        sb_adds(&sb, days == 1 ? " day" : " days");
    } else {
        sb_adds(&sb, "when it was recorded is not stated");
    }
    sb_adds(&sb, !num_known(changed) ? "; whether the code changed since is not known"
                 : changed > 0       ? "; the code has changed since"
                                     : "; the code is still the same");
    c->value = taken(v, &sb);
    if (num_known(line)) {
        fmt_number(&sb, line);
        c->against = view_printf(v->arena, "at most %s days, and the same code", sb_cstr(&sb));
        sb_release(&sb);
    }
}

static void card_samples(const struct json *doc, struct view *v)
{
    double line = read_num(read_rule(doc, "EV-03"), "line");
    struct view_card *c = card_add(v, "Samples",
                                   !num_known(v->samples_eff)                 ? FIT_UNKNOWN
                                   : num_known(line) && v->samples_eff < line ? FIT_POOR
                                                                              : FIT_GOOD);
    c->value = v->sample_words.len > 0 ? v->sample_words : SPAN("no profile in the set");
    if (num_known(line))
        c->against = view_printf(v->arena, "%.0f independent ones at least, to state what the CPU did", line);
}

static void card_shares(const struct json *doc, struct view *v)
{
    static const char no_profile[] = "not known: no profile in the set";
    struct figure startup = { .name = "Start-up",
                              .rule = "EV-06",
                              .unknown = no_profile,
                              .before = "above ",
                              .after = " it says little about steady work",
                              .share = true,
                              .poor_above = true,
                              .value = fact(doc, "startup_share") };
    startup.words = percent_words(v, startup.value, " of the CPU samples");
    card_number(v, doc, &startup);
    struct figure unnamed = { .name = "Without a name",
                              .rule = "EV-05",
                              .unknown = no_profile,
                              .before = "above ",
                              .after = " any result can hide there",
                              .share = true,
                              .poor_above = true,
                              .value = fact(doc, "unknown_share") + fact(doc, "broken_share") };
    unnamed.words = percent_words(v, unnamed.value, " of the CPU samples");
    card_number(v, doc, &unnamed);
    struct figure lost = { .name = "Lost",
                           .rule = "EV-04",
                           .unknown = "the recorder does not say",
                           .before = "at most ",
                           .after = ": losses cluster where the CPU is busy",
                           .share = true,
                           .poor_above = true,
                           .value = fact(doc, "lost_share") };
    lost.words = percent_words(v, lost.value, " of samples or events");
    card_number(v, doc, &lost);
}

static void card_counts(const struct json *doc, struct view *v)
{
    struct figure halves = { .name = "First and second half",
                             .rule = "EV-07",
                             .unknown = "not known: the set keeps no order of samples",
                             .before = "more than ",
                             .after = " standard errors apart is not one regime",
                             .poor_above = true,
                             .value = fact(doc, "halves_z") };
    struct figure runs = { .name = "Repetitions",
                           .rule = "EV-13",
                           .unknown = "not known: name commit and scenario when uploading",
                           .before = "",
                           .after = " show how much runs differ",
                           .value = fact(doc, "runs_n") };
    struct sb sb = { 0 };
    if (num_known(halves.value)) {
        fmt_number(&sb, halves.value);
        sb_adds(&sb, " standard errors apart");
    }
    halves.words = taken(v, &sb);
    card_number(v, doc, &halves);
    if (num_known(runs.value)) {
        fmt_number(&sb, runs.value);
        sb_adds(&sb, runs.value == 1 ? " run of this work" : " runs of this work");
    }
    runs.words = taken(v, &sb);
    card_number(v, doc, &runs);
}

static void card_make(const struct json *doc, struct view *v)
{
    v->card = ARENA_ARRAY(v->arena, CARD_MAX, struct view_card);
    card_load(doc, v);
    card_length(doc, v);
    card_age(doc, v);
    card_samples(doc, v);
    card_counts(doc, v);
    card_shares(doc, v);
}

/* --- whether its parts agree --- */

static void fits_add(struct view *v, enum view_fit fit, struct span words)
{
    if (v->fits_count < FITS_MAX && words.len > 0)
        v->fits[v->fits_count++] = (struct view_card){ .value = words, .fit = fit };
}

static void fits_coverage(const struct json *doc, struct view *v)
{
    double ratio = fact(doc, "coverage_ratio");
    bool profile = fact(doc, "has_profile") > 0;
    bool totals = fact(doc, "has_cpu_accounting") > 0;
    if (!num_known(ratio)) {
        fits_add(v, FIT_UNKNOWN,
                 profile && totals ? SPAN("Whether profile and totals agree on the CPU time is not known: the profile "
                                          "counts samples that cannot be turned into seconds")
                 : profile         ? SPAN("There are no totals of CPU and wall time to hold the profile against")
                 : totals          ? SPAN("There is no profile to hold the totals against")
                                   : SPAN(""));
        return;
    }
    bool poor = read_fired(doc, "EV-14");
    struct span share = percent_words(v, ratio, "");
    if (ratio > 1)
        share = view_printf(v->arena, "%.0f %%", ratio * 100);
    fits_add(v, poor ? FIT_POOR : FIT_GOOD,
             view_printf(v->arena,
                         "Profile and totals %s on the CPU time: the profile holds %.*s of the seconds that the totals "
                         "counted; 80 to 120 %% is taken for one run",
                         poor ? "disagree" : "agree", SPAN_FMT(share)));
}

static void fits_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "artefacts");
    v->fits = ARENA_ARRAY(v->arena, FITS_MAX, struct view_card);
    fits_coverage(doc, v);
    if (json_count(list) < 2)
        return;
    if (json_bool(json_get(doc, "two_executions"), false))
        fits_add(v, FIT_POOR, SPAN("The set holds two executions of one program: shares are never added across them"));
    EACH (art, list) {
        struct span name = read_text(v, art, "name", 60);
        struct span execution = json_str(json_get(art, "execution"));
        struct span reason = read_text(v, art, "execution_reason", 200);
        if (reason.len == 0)
            continue;
        bool same = span_is(execution, "same");
        bool other = span_is(execution, "other");
        fits_add(v,
                 same    ? FIT_GOOD
                 : other ? FIT_POOR
                         : FIT_UNKNOWN,
                 view_printf(v->arena, "%.*s: %s, %.*s", SPAN_FMT(name),
                             same    ? "the same execution"
                             : other ? "another execution"
                                     : "which execution is not known",
                             SPAN_FMT(reason)));
    }
}

void view_run(const struct json *doc, struct view *v)
{
    closed_make(doc, v);
    card_make(doc, v);
    fits_make(doc, v);
}

#include "http/outcome.h"

#include "base/json.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "http/pages.h"
#include "profile/codec.h"
#include "store/watch.h"

enum { DOC_DEPTH_MAX = 128, FILES_MAX = 500 };

struct gain {
    double lo, est, hi;
};

/* What a goal is measured by, best first: a number of the run, over another where one operation counts. */
struct metric {
    const char *goals; /* blank-separated */
    const char *fact, *per;
    const char *words;
};
static const struct metric metrics[] = {
    { "latency startup", "op_s", NULL, "seconds of one operation" },
    { "latency startup", "wall_s", "ops", "wall seconds of one operation" },
    { "latency startup", "wall_s", NULL, "wall seconds of the run" },
    { "throughput cost", "cpu_s", "ops", "CPU seconds of one operation" },
    { "throughput cost", "cpu_s", NULL, "CPU seconds of the run" },
};
static const struct metric resident = { "memory", NULL, NULL, "resident memory at its highest, bytes" };

/* What a run's files say besides its analysis. */
struct run_numbers {
    struct json *doc;
    double rss_bytes; /* NaN: no file says it */
};

static bool serves(const struct metric *m, struct span goal)
{
    struct span word;
    for (struct span rest = span_of(m->goals); span_word(&rest, &word);) {
        if (span_eq(word, goal))
            return true;
    }
    return false;
}

static double fact(const struct json *doc, const char *name)
{
    double x = json_num(json_get(json_get(doc, "facts"), name), NUM_UNKNOWN);
    if (num_known(x))
        return x;
    /* Wall and CPU of one job stand in the split of time. */
    return strcmp(name, "wall_s") == 0 || strcmp(name, "cpu_s") == 0
               ? json_num(json_get(json_get(doc, "time"), name), NUM_UNKNOWN)
               : NUM_UNKNOWN;
}

static double measured(const struct metric *m, const struct json *doc)
{
    double x = fact(doc, m->fact);
    double per = m->per ? fact(doc, m->per) : 1;
    return x > 0 && per > 0 ? x / per : NUM_UNKNOWN;
}

/* The interval that the decision gave for a change of its kind; of memory, what its comparison of both gave. */
static bool foreseen(const struct json *doc, struct gain *ret, struct err *err)
{
    if (span_is(json_str(json_get(doc, "goal")), "memory")) {
        *ret = (struct gain){ fact(doc, "bus_mem_saving_lo"), fact(doc, "bus_mem_saving_est"),
                              fact(doc, "bus_mem_saving_hi") };
        return (num_known(ret->lo) && num_known(ret->hi)) ||
               err_set(err, ERR_VALUE,
                       "the decision foresaw no share of memory saved (fact bus_mem_saving); there is nothing to hold "
                       "the measurement against");
    }
    bool whole = span_is(json_str(json_path(doc, "proposal.kind")), "full_rewrite");
    for (int i = 0; i < 2; i++) {
        bool full = whole ? i == 0 : i == 1;
        ret->lo = fact(doc, full ? "gain_full_lo" : "gain_ext_lo");
        ret->est = fact(doc, full ? "gain_full_est" : "gain_ext_est");
        ret->hi = fact(doc, full ? "gain_full_hi" : "gain_ext_hi");
        if (num_known(ret->lo) && num_known(ret->hi))
            return true;
    }
    return err_set(err, ERR_VALUE, "the decision foresaw no gain: it knew no share that the change can touch");
}

/* Numbers of different loads say nothing about a change between them. */
static bool same_scenario(struct sql *db, struct arena *arena, struct span project, const struct outcome_order *o,
                          struct err *err)
{
    struct span before, after;
    if (!store_watch_scenario(db, arena, project, o->before, &before, err) ||
        !store_watch_scenario(db, arena, project, o->after, &after, err))
        return false;
    if (span_eq(before, after))
        return true;
    return err_set(err, ERR_VALUE,
                   "run: scenario '%.*s', but the run before was of scenario '%.*s'; compare the same load",
                   SPAN_FMT(after.len > 0 ? after : SPAN("none")), SPAN_FMT(before.len > 0 ? before : SPAN("none")));
}

static bool rss_take(void *user, struct span blob, struct err *err)
{
    struct run_numbers *r = user;
    const struct limits limits = LIMITS_DEFAULT;
    struct artefact *a = NULL;
    if (!artefact_decode(blob, &limits, &a, err))
        return false;
    double x = a->acct ? a->acct->rss_max_bytes : NUM_UNKNOWN;
    if (x > 0 && !(r->rss_bytes >= x))
        r->rss_bytes = x;
    artefact_free(a);
    return true;
}

static bool numbers_of(struct sql *db, struct arena *arena, struct span project, struct span run, bool memory,
                       struct run_numbers *ret, struct err *err)
{
    struct store_run row;
    struct store_analysis a;
    struct store_profiles files = { 0 };
    ret->rss_bytes = NUM_UNKNOWN;
    bool ok = store_run_get(db, arena, project, run, &row, err) &&
              store_analysis_get(db, arena, project, row.name, 0, &a, err) &&
              json_parse(a.doc, DOC_DEPTH_MAX, &ret->doc, err) &&
              (!memory || store_profiles(db, arena, project, row.name, -1, SPAN(""), FILES_MAX, &files, err));
    for (size_t i = 0; ok && i < files.count; i++)
        ok = store_artefacts(db, files.items[i].id, rss_take, ret, err);
    freep(&files.items);
    return ok;
}

static void words_write(const struct metric *m, const struct gain *g, double real, struct sb *out)
{
    const char *where = real < g->lo   ? "less than foreseen"
                        : real > g->hi ? "more than foreseen"
                                       : "within what was foreseen";
    sb_printf(out, "%s: foreseen were %.3g to %.3g %% less", m->words, 100 * g->lo, 100 * g->hi);
    if (real >= 0)
        sb_printf(out, ", measured are %.3g %% less: %s.", 100 * real, where);
    else
        sb_printf(out, ", measured are %.3g %% more: %s.", -100 * real, where);
}

static void body_write(const struct store_decision *d, const struct outcome_order *o, const struct metric *m,
                       const struct gain *g, const double values[2], struct sb *out)
{
    struct jsonw w = { .out = out };
    struct sb text = { 0 };
    struct sb url = { 0 };
    double real = 1 - values[1] / values[0];
    words_write(m, g, real, &text);
    path_run(&url, d->project, o->after);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "run", o->after);
    jsonw_str(&w, "before", o->before);
    jsonw_str(&w, "url", sb_span(&url));
    jsonw_strz(&w, "scope", m->words);
    jsonw_num(&w, "before_value", values[0]);
    jsonw_num(&w, "after_value", values[1]);
    jsonw_obj(&w, "predicted");
    jsonw_num(&w, "lo", g->lo);
    jsonw_num(&w, "est", g->est);
    jsonw_num(&w, "hi", g->hi);
    jsonw_end_obj(&w);
    jsonw_num(&w, "real", real);
    jsonw_strz(&w, "unit", "share");
    jsonw_bool(&w, "within", real >= g->lo && real <= g->hi);
    jsonw_str(&w, "text", sb_span(&text));
    jsonw_end_obj(&w);
    sb_release(&text);
    sb_release(&url);
}

static const struct metric *metric_find(struct span goal, const struct run_numbers *before,
                                        const struct run_numbers *after, double values[2], struct err *err)
{
    if (span_is(goal, "memory")) {
        values[0] = before->rss_bytes;
        values[1] = after->rss_bytes;
        if (num_known(values[0]) && num_known(values[1]))
            return &resident;
        (void)err_set(err, ERR_VALUE,
                      "goal memory: both runs must hold accounting with the highest resident memory (time -v, rusage)");
        return NULL;
    }
    if (span_is(goal, "tail")) {
        (void)err_set(err, ERR_VALUE,
                      "goal tail: runs hold means, which say nothing about the slowest; compare both under load and "
                      "declare what was measured");
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        if (!serves(&metrics[i], goal))
            continue;
        values[0] = measured(&metrics[i], before->doc);
        values[1] = measured(&metrics[i], after->doc);
        if (num_known(values[0]) && num_known(values[1]))
            return &metrics[i];
    }
    (void)err_set(
        err, ERR_VALUE,
        "goal %.*s: both runs must say what it is measured by (op_s, or wall and CPU seconds, and ops); declare "
        "the missing one for the run",
        SPAN_FMT(span_sub(goal, 0, 30)));
    return NULL;
}

bool outcome_record(struct store *s, struct sql *db, struct arena *arena, const struct store_decision *d,
                    const struct outcome_order *order, struct span *ret_body, struct err *err)
{
    struct json *doc = NULL;
    struct run_numbers before = { 0 };
    struct run_numbers after = { 0 };
    struct outcome_order o = *order;
    struct gain g;
    double values[2];
    const struct metric *m = NULL;
    if (o.before.len == 0)
        o.before = d->run;
    bool ok = json_parse(d->doc, DOC_DEPTH_MAX, &doc, err);
    bool memory = ok && span_is(json_str(json_get(doc, "goal")), "memory");
    ok = ok && (o.before.len > 0 || err_set(err, ERR_VALUE, "before: the decision rests on no run; name one")) &&
         (!span_eq(o.before, o.after) || err_set(err, ERR_VALUE, "run: is the run that was decided on")) &&
         numbers_of(db, arena, d->project, o.before, memory, &before, err) &&
         numbers_of(db, arena, d->project, o.after, memory, &after, err) &&
         same_scenario(db, arena, d->project, &o, err) && foreseen(doc, &g, err);
    if (ok)
        m = metric_find(json_str(json_get(doc, "goal")), &before, &after, values, err);
    if (m) {
        struct sb body = { 0 };
        body_write(d, &o, m, &g, values, &body);
        *ret_body = arena_span(arena, sb_span(&body));
        struct store_entry e = { .project = d->project,
                                 .kind = SPAN("outcome"),
                                 .ref = d->id,
                                 .by = o.by,
                                 .at_us = o.now_us,
                                 .body = sb_span(&body) };
        ok = store_ledger_append(s, &e, err);
        sb_release(&body);
    }
    json_free(doc);
    json_free(before.doc);
    json_free(after.doc);
    return ok && m;
}

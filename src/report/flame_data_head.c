/* flame_data_head.c - HEAD: what the arrays are about, how large they are, and what the analysis of the run knows of it.
 * Unknown is null: the share of the whole is given where the analysis has it, for the execution that was profiled, and the
 * shares of the categories where they were counted from this very file. */
#include "report/flame_data_head.h"

#include "base/jsonw.h"

/* --- what the analysis says --- */

/* The file's entry in the analysis, or NULL. */
static const struct json *entry_of(const struct flame_data_set *set, const struct json *doc)
{
    for (const struct json *e = json_first(json_get(doc, "artefacts")); e; e = json_next(e)) {
        if (span_is(json_str(json_get(e, "sha256")), set->file->sha256) &&
            span_eq(json_str(json_get(e, "name")), set->file->name))
            return e;
    }
    return NULL;
}

static void share_write(struct jsonw *w, const char *key, double lo, double est, double hi)
{
    if (!num_known(lo) || !num_known(hi)) {
        jsonw_null(w, key);
        return;
    }
    jsonw_obj(w, key);
    jsonw_num(w, "lo", lo);
    jsonw_num(w, "est", est);
    jsonw_num(w, "hi", hi);
    jsonw_end_obj(w);
}

static double num_at(const struct json *obj, const char *key)
{
    return json_num(json_get(obj, key), NUM_UNKNOWN);
}

/* What CPU is of the whole: of a job's time, or of a request where requests overlap. The share that rules go by: that of
 * the process reads as 1 where threads share the job, of which each is less. */
static void whole_write(struct jsonw *w, const struct json *doc, const struct json *entry)
{
    const struct json *facts = json_get(doc, "facts");
    const struct json *time = json_get(doc, "time");
    bool request = span_is(json_str(json_get(facts, "concurrency")), "overlapping");
    double lo = num_at(facts, "cpu_share_lo");
    double est = num_at(facts, "cpu_share_est");
    double hi = num_at(facts, "cpu_share_hi");
    if (!entry || span_is(json_str(json_get(entry, "execution")), "other") || !num_known(lo) || !num_known(hi)) {
        jsonw_null(w, "whole");
        return;
    }
    jsonw_obj(w, "whole");
    jsonw_strz(w, "kind", request ? "request" : "wall");
    share_write(w, "cpu_share", lo, est, hi);
    jsonw_num(w, "wall_s", request ? num_at(facts, "op_s") : num_at(time, "wall_s"));
    jsonw_end_obj(w);
}

/* The CPU of the analysis was counted from this file, and from samples of this clock: counts of other things are no share
 * of it. */
static bool composed_of(const struct flame_data_set *set, const struct json *doc, const struct json *entry)
{
    const struct profile *p = set->file->profile;
    uint32_t usual = profile_column_default(p);
    bool like = set->column == usual || (usual < p->column_count && p->columns[set->column].is_time &&
                                         p->columns[set->column].clock == p->columns[usual].clock);
    return entry && like && json_count(json_get(doc, "cpu")) > 0 &&
           span_eq(json_str(json_path(doc, "sources.composition")), json_str(json_get(entry, "name")));
}

static void categories_write(struct jsonw *w, const struct json *cpu)
{
    const struct json *of[CAT_COUNT] = { 0 };
    for (const struct json *row = json_first(cpu); row; row = json_next(row)) {
        enum category c;
        if (category_from_name(json_str(json_get(row, "category")), &c))
            of[c] = row;
    }
    jsonw_arr(w, "categories");
    for (int c = 0; c < CAT_COUNT; c++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", category_name((enum category)c));
        jsonw_strz(w, "class", category_class_name(category_class_of((enum category)c)));
        jsonw_strz(w, "words", category_words((enum category)c));
        share_write(w, "share", num_at(of[c], "interval_lo"), num_at(of[c], "share_of_cpu"),
                    num_at(of[c], "interval_hi"));
        jsonw_num(w, "addressable_lo", num_at(of[c], "addressable_lo"));
        jsonw_num(w, "addressable_hi", num_at(of[c], "addressable_hi"));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* --- what the profile says --- */

static const char *clock_word(enum clock_kind clock)
{
    return clock == CLOCK_CPU || clock == CLOCK_WALL || clock == CLOCK_OFF ? clock_name(clock) : "unknown";
}

static void sets_write(struct jsonw *w, const struct flame_data_input *in, const struct flame_data_tree *tree)
{
    jsonw_arr(w, "sets");
    for (uint32_t k = 0; k < in->set_count; k++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", in->sets[k].id);
        jsonw_str(w, "name", in->sets[k].name);
        jsonw_num(w, "total", tree->sum[k]);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void threads_write(struct jsonw *w, const struct flame_data_input *in, const struct flame_data_tree *tree)
{
    jsonw_arr(w, "threads");
    for (uint32_t i = 0; i < tree->thread_count; i++) {
        const struct flame_data_thread *t = &tree->threads[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", t->name);
        jsonw_str(w, "process", t->process);
        if (t->tid >= 0 && in->set_count == 1)
            jsonw_int(w, "tid", t->tid);
        else
            jsonw_null(w, "tid");
        jsonw_num(w, "total", t->total[0] + t->total[1]);
        if (in->set_count > 1) {
            jsonw_arr(w, "totals");
            for (uint32_t k = 0; k < in->set_count; k++)
                jsonw_num(w, NULL, t->total[k]);
            jsonw_end_arr(w);
        }
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void columns_write(struct jsonw *w, const struct flame_data_set *set)
{
    const struct profile *p = set->file->profile;
    jsonw_arr(w, "columns");
    for (uint32_t i = 0; i < p->column_count; i++) {
        const struct profile_column *c = &p->columns[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "event", profile_str(p, c->event));
        jsonw_strz(w, "unit", unit_name(c->unit));
        jsonw_strz(w, "clock", clock_word(i == set->column ? set->clock : c->clock));
        jsonw_num(w, "total", c->total);
        jsonw_bool(w, "is_time", c->is_time);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* Seconds of one unit of the column: samples of a known rate are time, counts of anything else are not. */
static double seconds_per_unit(const struct flame_data_set *set)
{
    const struct profile_column *c = &set->file->profile->columns[set->column];
    double rate = num_known(c->rate_hz) ? c->rate_hz : set->file->rate_hz;
    if (c->unit == UNIT_SECONDS)
        return 1;
    return c->unit == UNIT_SAMPLES && c->is_time && rate > 0 ? 1 / rate : NUM_UNKNOWN;
}

static void measured_write(struct jsonw *w, const struct flame_data_set *set, bool composed, const struct json *doc)
{
    const struct profile *p = set->file->profile;
    const struct profile_column *c = &p->columns[set->column];
    jsonw_int(w, "column", set->column);
    jsonw_str(w, "event", profile_str(p, c->event));
    jsonw_strz(w, "unit", unit_name(c->unit));
    jsonw_num(w, "seconds_per_unit", seconds_per_unit(set));
    jsonw_strz(w, "clock", clock_word(set->clock));
    bool waits = set->clock == CLOCK_WALL || set->clock == CLOCK_OFF;
    jsonw_bool(w, "sees_wait", waits || (set->file->sees_wait && set->clock != CLOCK_CPU));
    if (p->samples_known)
        jsonw_int(w, "samples", (int64_t)p->sample_count);
    else
        jsonw_null(w, "samples");
    jsonw_num(w, "neff", composed ? json_num(json_path(doc, "samples.eff"), NUM_UNKNOWN) : NUM_UNKNOWN);
    jsonw_num(w, "rate_hz", set->file->rate_hz);
    jsonw_num(w, "duration_s", set->file->duration_s);
    jsonw_num(w, "dropped_share", set->file->dropped_share);
}

static void order_write(struct jsonw *w, const struct flame_data_input *in, const struct flame_data_tree *tree)
{
    const struct profile *p = in->sets[0].file->profile;
    if (tree->order_count == 0) {
        jsonw_null(w, "order");
        return;
    }
    uint32_t column = flame_data_order_column(p);
    bool seconds = column < p->column_count && p->columns[column].unit == UNIT_SECONDS;
    jsonw_obj(w, "order");
    jsonw_int(w, "count", tree->order_count);
    jsonw_bool(w, "thinned", tree->order_thinned);
    jsonw_strz(w, "unit", seconds ? "seconds" : "samples");
    jsonw_end_obj(w);
}

/* Corrections of the second set are numbered behind those of the first (flame_data_tree.c). */
static void rule_id(const struct flame_data_input *in, uint32_t rule, struct sb *out)
{
    uint32_t behind = classify_override_first() + OVERRIDES_MAX;
    if (rule >= behind && in->set_count > 1)
        classification_rule_id(in->sets[1].cls, rule - OVERRIDES_MAX, out);
    else
        classification_rule_id(in->sets[0].cls, rule, out);
}

static void rules_write(struct jsonw *w, const struct flame_data_input *in, const struct flame_data_tree *tree)
{
    struct sb id = { 0 };
    jsonw_arr(w, "rules");
    for (uint32_t i = 0; i < tree->rule_count; i++) {
        sb_reset(&id);
        rule_id(in, tree->rules[i], &id);
        jsonw_str(w, NULL, sb_span(&id));
    }
    jsonw_end_arr(w);
    sb_release(&id);
}

static void choices_write(struct jsonw *w, const struct flame_data_input *in)
{
    jsonw_arr(w, "artefacts");
    for (uint32_t i = 0; i < in->choice_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", in->choices[i].name);
        jsonw_int(w, "index", in->choices[i].index);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_int(w, "artefact", in->choice);
}

void flame_data_head(const struct flame_data_input *in, const struct flame_data_tree *tree, struct sb *out)
{
    struct jsonw w = { .out = out };
    const struct flame_data_set *shown = &in->sets[in->set_count - 1];
    const struct json *entry = entry_of(shown, in->doc);
    bool composed = composed_of(shown, in->doc, entry);
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/flame/1");
    jsonw_str(&w, "id", shown->id);
    jsonw_str(&w, "name", shown->name);
    jsonw_str(&w, "project", in->project);
    jsonw_str(&w, "run", in->run);
    if (in->doc)
        jsonw_int(&w, "revision", (int64_t)json_num(json_get(in->doc, "revision"), 0));
    else
        jsonw_null(&w, "revision");
    jsonw_int(&w, "nodes", tree->node_count);
    jsonw_int(&w, "frames", tree->frame_count);
    jsonw_int(&w, "strings", tree->strings.count);
    jsonw_int(&w, "rows", tree->row_count);
    sets_write(&w, in, tree);
    threads_write(&w, in, tree);
    columns_write(&w, shown);
    measured_write(&w, shown, composed, in->doc);
    whole_write(&w, in->doc, shown->file->profile->columns[shown->column].is_time ? entry : NULL);
    jsonw_bool(&w, "overlapping", span_is(json_str(json_path(in->doc, "facts.concurrency")), "overlapping"));
    categories_write(&w, composed ? json_get(in->doc, "cpu") : NULL);
    rules_write(&w, in, tree);
    order_write(&w, in, tree);
    jsonw_strz(&w, "merge", in->lines ? "line" : "function");
    choices_write(&w, in);
    jsonw_bool(&w, "overrides", in->overrides);
    jsonw_end_obj(&w);
}

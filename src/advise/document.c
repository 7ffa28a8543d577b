/* document.c - the analysis document of the contract, schema stet/analysis/1. Members keep one order, so that the same
 * input gives the same bytes. Additions beside the contract's members are finished words for the reports. */
#include "advise/artefact_words.h"
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdio.h>

#include "advise/words.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mask.h"
#include "import/importer.h"
#include "version.h"

/* Also for names of processes and threads: they are often the command line. */
static void write_command(struct jsonw *w, const char *key, struct span command)
{
    struct sb masked = { 0 };
    mask_command(command, &masked);
    jsonw_text(w, key, sb_span(&masked));
    sb_release(&masked);
}

static void write_count(struct jsonw *w, const char *key, double n)
{
    if (num_known(n) && n >= 0 && n < 9e15)
        jsonw_int(w, key, (int64_t)llround(n));
    else
        jsonw_null(w, key);
}

static void write_versions(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_obj(w, "versions");
    jsonw_strz(w, "stet", STET_VERSION);
    jsonw_strz(w, "classification", classify_version());
    if (c->in->overrides) {
        char version[13];
        classify_overrides_version(c->in->overrides, version);
        jsonw_strz(w, "overrides", version);
    }
    jsonw_arr(w, "policy");
    const char *last = NULL;
    for (uint32_t i = 0; i < c->policy->rule_count; i++) {
        const char *pack = c->policy->rules[i].rule->pack;
        if (pack != last)
            jsonw_strz(w, NULL, pack);
        last = pack;
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

/* --- artefacts --- */

static void write_events(const struct profile *p, struct jsonw *w)
{
    jsonw_arr(w, "events");
    for (uint32_t i = 0; p && i < p->column_count; i++) {
        const struct profile_column *col = &p->columns[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "event", profile_str(p, col->event));
        jsonw_strz(w, "unit", unit_name(col->unit));
        jsonw_strz(w, "clock", clock_name(col->clock));
        jsonw_num(w, "total", col->total);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* The evidence repeats what an importer said already. */
static bool stated(const struct artefact *a, const struct evidence_problem *p)
{
    for (uint32_t i = 0; i < a->problem_count; i++) {
        if (span_is(span_of(a->problems[i].code), p->code) && span_eq(a->problems[i].text, p->text))
            return true;
    }
    return false;
}

static void write_problems_of(const struct advise_ctx *c, const struct artefact *a, struct jsonw *w)
{
    jsonw_arr(w, "problems");
    for (uint32_t i = 0; i < a->problem_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", a->problems[i].code);
        jsonw_str(w, "text", a->problems[i].text);
        jsonw_str(w, "fix", a->problems[i].fix);
        jsonw_end_obj(w);
    }
    for (uint32_t i = 0; i < c->ev->problem_count; i++) {
        const struct evidence_problem *p = &c->ev->problems[i];
        bool first = a == c->in->artefacts[0];
        if ((!span_eq(p->artefact, a->name) && !(p->artefact.len == 0 && first)) || stated(a, p))
            continue;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", p->code);
        jsonw_str(w, "text", p->text);
        jsonw_str(w, "fix", p->fix);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_artefact_extras(const struct artefact *a, struct jsonw *w)
{
    const struct importer *imp = importer_find(span_of(a->format));
    struct sb words = { 0 };
    artefact_words(a, &words);
    jsonw_text(w, "tool", a->tool);
    jsonw_text(w, "tool_version", a->tool_version);
    jsonw_num(w, "rate_hz", a->rate_hz);
    write_command(w, "recorder", a->recorder);
    jsonw_num(w, "wall_s", a->acct_count ? a->acct[0].wall_s : NUM_UNKNOWN);
    jsonw_num(w, "cpu_s", a->acct_count ? a->acct[0].cpu_s : NUM_UNKNOWN);
    jsonw_num(w, "dropped_share", a->dropped_share);
    jsonw_bool(w, "clock_declared", a->clock_declared);
    jsonw_strz(w, "proves", imp ? imp->proves : NULL);
    jsonw_strz(w, "cannot", imp ? imp->cannot : NULL);
    jsonw_str(w, "words", sb_span(&words));
    sb_release(&words);
}

static void write_artefact(const struct advise_ctx *c, uint32_t i, struct jsonw *w)
{
    const struct artefact *a = c->in->artefacts[i];
    const struct evidence_artefact *e = &c->ev->artefacts[i];
    struct span command = a->command;
    for (uint32_t k = 0; k < a->acct_count && command.len == 0; k++)
        command = a->acct[k].command;
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", a->name);
    jsonw_strz(w, "format", a->format);
    jsonw_strz(w, "sha256", a->sha256);
    jsonw_int(w, "bytes", (int64_t)a->bytes);
    jsonw_strz(w, "clock", clock_name(a->clock));
    jsonw_bool(w, "sees_wait", a->sees_wait);
    jsonw_text(w, "runtime", span_of(runtime_name(a->runtime)));
    write_events(a->profile, w);
    write_count(w, "samples", a->profile && a->profile->samples_known ? (double)a->profile->sample_count : NUM_UNKNOWN);
    jsonw_num(w, "duration_s", a->duration_s);
    write_count(w, "threads", a->profile ? (double)a->profile->thread_count : NUM_UNKNOWN);
    jsonw_num(w, "lost_share", a->lost_share);
    write_command(w, "command", command);
    jsonw_strz(w, "execution", execution_name(e->execution));
    jsonw_text(w, "execution_reason", e->reason);
    write_problems_of(c, a, w);
    write_artefact_extras(a, w);
    jsonw_end_obj(w);
}

/* --- facts and inputs --- */

static bool fact_is_asked(const struct advise_ctx *c, enum fact_id id)
{
    for (uint32_t i = 0; i < c->policy->ask_count; i++) {
        if (c->policy->ask[i] == id)
            return true;
    }
    for (uint32_t i = 0; i < c->policy->rule_count; i++) {
        for (uint32_t k = 0; k < c->policy->rules[i].missing_count; k++) {
            if (c->policy->rules[i].missing[k] == id)
                return true;
        }
    }
    return false;
}

static void write_facts(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_obj(w, "facts");
    for (int id = 0; id < FACT_COUNT; id++) {
        const struct fact_info *info = &fact_infos[id];
        const struct fact_value *v = &c->facts->v[id];
        bool measured = info->group == FACTS_EVIDENCE || info->group == FACTS_TIME ||
                        info->group == FACTS_COMPOSITION || info->group == FACTS_DERIVED;
        if (!v->known && !measured && !fact_is_asked(c, (enum fact_id)id))
            continue;
        if (!v->known)
            jsonw_null(w, info->name);
        else if (info->kind == FACT_TEXT)
            jsonw_strz(w, info->name, v->text);
        else
            jsonw_num(w, info->name, v->num);
    }
    jsonw_end_obj(w);
}

static void write_inputs(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "inputs");
    for (uint32_t i = 0; i < c->ev->input_count; i++) {
        const struct evidence_number *n = &c->ev->inputs[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", n->name);
        if (n->is_text)
            jsonw_str(w, "value", n->text);
        else
            jsonw_num(w, "value", n->num);
        jsonw_strz(w, "origin", fact_origin_name(n->origin));
        jsonw_text(w, "by", n->by);
        jsonw_time(w, "at", n->at_us);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* --- CPU and time --- */

static void write_cpu(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "cpu");
    for (uint32_t i = 0; i < c->ev->cpu_count; i++) {
        const struct evidence_cpu *r = &c->ev->cpu[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "category", category_name(r->category));
        jsonw_strz(w, "class", category_class_name(category_class_of(r->category)));
        jsonw_num(w, "share_of_cpu", r->share);
        jsonw_num(w, "seconds", r->seconds);
        jsonw_num(w, "addressable_lo", r->addressable_lo);
        jsonw_num(w, "addressable_hi", r->addressable_hi);
        jsonw_num(w, "interval_lo", r->share_lo);
        jsonw_num(w, "interval_hi", r->share_hi);
        jsonw_strz(w, "words", category_words(r->category));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_parts(struct jsonw *w, const char *key, const struct evidence_part *parts, uint32_t n, bool idle)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "category", category_name(parts[i].category));
        if (!idle)
            jsonw_num(w, "share_of_wall", parts[i].share);
        jsonw_num(w, "seconds", parts[i].seconds);
        jsonw_strz(w, "words", category_words(parts[i].category));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_time(const struct advise_ctx *c, struct jsonw *w)
{
    const struct evidence_time *t = &c->ev->time;
    bool known = share_known(t->cpu_share);
    jsonw_obj(w, "time");
    jsonw_num(w, "wall_s", t->wall_s);
    jsonw_num(w, "cpu_s", t->cpu_s);
    ctx_json_share(w, "cpu_share", t->cpu_share);
    write_parts(w, "wait", t->wait, t->wait_count, false);
    write_parts(w, "idle", t->idle, t->idle_count, true);
    jsonw_num(w, "runq_share", known ? t->runq_share : NUM_UNKNOWN);
    jsonw_num(w, "throttled_share", known ? t->throttled_share : NUM_UNKNOWN);
    jsonw_num(w, "unknown_share", t->unknown_share);
    jsonw_end_obj(w);
}

static void write_components(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "components");
    for (uint32_t i = 0; i < c->ev->component_count; i++) {
        const struct evidence_component *k = &c->ev->components[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", k->name);
        jsonw_num(w, "share_of_cpu", k->share.est);
        jsonw_num(w, "native_share", k->native_share);
        jsonw_num(w, "ceiling_hi", k->ceiling_hi);
        jsonw_num(w, "gain_lo", k->gain.lo);
        jsonw_num(w, "gain_hi", k->gain.hi);
        jsonw_num(w, "share_lo", k->share.lo);
        jsonw_num(w, "share_hi", k->share.hi);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_top(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "top");
    for (uint32_t i = 0; i < c->ev->top_count; i++) {
        const struct evidence_frame *f = &c->ev->top[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "frame", f->frame);
        jsonw_text(w, "file", f->file);
        write_count(w, "line", f->line > 0 ? (double)f->line : NUM_UNKNOWN);
        jsonw_strz(w, "category", category_name(f->category));
        jsonw_num(w, "self_share", f->self_share);
        jsonw_num(w, "total_share", f->total_share);
        jsonw_strz(w, "words", category_words(f->category));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_pid(struct jsonw *w, int64_t pid)
{
    if (pid >= 0)
        jsonw_int(w, "pid", pid);
    else
        jsonw_null(w, "pid");
}

static void write_process(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_obj(w, "process");
    write_command(w, "name", c->ev->process.name);
    write_pid(w, c->ev->process.pid);
    jsonw_arr(w, "others");
    for (uint32_t i = 0; i < c->ev->other_count; i++) {
        jsonw_obj(w, NULL);
        write_command(w, "name", c->ev->others[i].name);
        write_pid(w, c->ev->others[i].pid);
        jsonw_num(w, "share_of_cpu", c->ev->others[i].cpu_weight);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_int(w, "others_total", c->ev->other_total);
    jsonw_end_obj(w);
}

static void write_threads(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "threads");
    for (uint32_t i = 0; i < c->ev->thread_count; i++) {
        const struct evidence_thread *t = &c->ev->threads[i];
        jsonw_obj(w, NULL);
        write_command(w, "process", t->process);
        write_command(w, "name", t->name);
        write_count(w, "samples", t->samples);
        jsonw_num(w, "cpu_share", t->cpu_share);
        jsonw_num(w, "share_of_cpu", t->cpu_part);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_speedup(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_obj(w, "speedup");
    ctx_json_share(w, "addr_share", c->ev->addr_share);
    ctx_json_share(w, "ceiling", c->ev->ceiling);
    jsonw_end_obj(w);
    ctx_json_share(w, "cpu_addressable", c->ev->cpu_count > 0 ? c->ev->q : SHARE_UNKNOWN);
}

/* --- verdict --- */

static void write_fact_names(struct jsonw *w, const char *key, const enum fact_id *ids, uint32_t n)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++)
        jsonw_strz(w, NULL, fact_infos[ids[i]].name);
    jsonw_end_arr(w);
}

static void write_verdict(const struct advise_ctx *c, struct jsonw *w)
{
    const struct policy_result *p = c->policy;
    jsonw_strz(w, "goal", policy_goal_name(c->in->goal));
    jsonw_bool(w, "goal_assumed", !c->in->goal_given);
    jsonw_strz(w, "verdict", policy_verdict_name(p->verdict));
    jsonw_bool(w, "migration_allowed", p->migration_allowed);
    jsonw_obj(w, "potential");
    jsonw_strz(w, "verdict", policy_verdict_name(p->potential.verdict));
    write_fact_names(w, "missing", p->potential.missing, p->potential.missing_count);
    jsonw_end_obj(w);
    jsonw_strz(w, "stage", policy_stage_name(p->stage));
    jsonw_bool(w, "asked", c->in->asked);
    jsonw_time(w, "as_of", c->in->as_of_us);
    jsonw_strz(w, "gate", policy_gate_name(c->decision ? c->decision->gate : p->gate));
}

static void write_summary(const struct advise_ctx *c, struct jsonw *w)
{
    struct sb summary = { 0 };
    struct sb headline = { 0 };
    summary_make(c, &summary, &headline);
    jsonw_str(w, "summary", sb_span(&summary));
    jsonw_str(w, "headline", sb_span(&headline));
    jsonw_strz(w, "reason_rule", c->policy->main >= 0 ? c->policy->rules[c->policy->main].rule->id : NULL);
    sb_release(&summary);
    sb_release(&headline);
}

static void write_next(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "next");
    for (uint32_t i = 0; i < c->next_count; i++) {
        const struct next_step *s = &c->next[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "why", s->why);
        jsonw_strz(w, "command", s->command ? s->command : s->text);
        write_fact_names(w, "settles", s->settles, s->settles_count);
        jsonw_bool(w, "decides", s->decides);
        jsonw_num(w, "takes_s", s->takes_s);
        jsonw_arr(w, "needs");
        for (uint32_t k = 0; k < s->needs_count; k++)
            jsonw_strz(w, NULL, s->needs[k]);
        jsonw_end_arr(w);
        jsonw_strz(w, "platform", s->platform);
        jsonw_strz(w, "text", s->command ? s->text : NULL);
        jsonw_strz(w, "settles_words", s->settles_words);
        jsonw_bool(w, "alternative", s->alternative);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_lines(const struct advise_ctx *c, struct jsonw *w)
{
    static const struct {
        enum fact_id fact;
        const char *words;
    } lines[] = {
        { FACT_cpu_bound_threshold, "CPU share from which a program counts as CPU-bound" },
        { FACT_wait_bound_threshold, "CPU share below which a program counts as waiting" },
        { FACT_min_useful_gain, "smallest useful gain" },
        { FACT_goal_gain, "gain that is wanted" },
    };
    jsonw_arr(w, "lines");
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const struct fact_value *v = &c->facts->v[lines[i].fact];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "fact", fact_infos[lines[i].fact].name);
        jsonw_num(w, "value", v->num);
        jsonw_strz(w, "owner", v->origin == ORIGIN_DEFAULT ? "default" : v->by);
        jsonw_strz(w, "words", lines[i].words);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* Work that overlaps, a request at a time: CPU per request and what waiting for the own CPU adds. */
static void write_operation(const struct advise_ctx *c, struct jsonw *w)
{
    double op_s = ctx_num(c, FACT_op_s);
    if (!ctx_overlapping(c) || !num_known(op_s) || !ctx_known(c, FACT_cpu_share_est)) {
        jsonw_null(w, "operation");
        return;
    }
    struct share cpu = { ctx_num(c, FACT_cpu_share_lo) * op_s, ctx_num(c, FACT_cpu_share_est) * op_s,
                         ctx_num(c, FACT_cpu_share_hi) * op_s };
    struct share queue = c->ev->queue_share;
    jsonw_obj(w, "operation");
    jsonw_num(w, "ops", ctx_num(c, FACT_ops));
    jsonw_num(w, "op_s", op_s);
    ctx_json_share(w, "cpu_s", cpu);
    ctx_json_share(w, "cpu_queue_s",
                   share_known(queue) ? (struct share){ queue.lo * op_s, queue.est * op_s, queue.hi * op_s } : queue);
    jsonw_end_obj(w);
}

/* A log of waits knows how long the run took and what was waited for, and still not what the rest was. */
static bool waits_of_known_wall(const struct advise_ctx *c)
{
    for (size_t i = 0; i < c->in->artefact_count; i++) {
        const struct artefact *a = c->in->artefacts[i];
        if (a->clock == CLOCK_OFF && a->duration_source != WALL_NONE)
            return true;
    }
    return false;
}

static void write_cannot_show(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "cannot_show");
    if (!share_known(c->ev->time.cpu_share) && waits_of_known_wall(c))
        jsonw_strz(w, NULL, "how much of the run was CPU: what ran between the waits was not counted");
    else if (!share_known(c->ev->time.cpu_share))
        jsonw_strz(w, NULL, "how long the program waited: no file of the set bounds the wall time");
    else if (c->ev->time.wait_count == 0 || c->ev->time.wait[0].category == CAT_W_OTHER)
        jsonw_strz(w, NULL, "what was waited for: network, database, disk or a lock");
    if (c->ev->cpu_count == 0)
        jsonw_strz(w, NULL, "what the CPU did: no stacks of CPU time are in the set");
    else if (ctx_num(c, FACT_native_visible) != 1)
        jsonw_strz(w, NULL, "time inside native libraries: their frames were not recorded");
    if (ctx_overlapping(c) && !ctx_known(c, FACT_ops))
        jsonw_strz(w, NULL, "how much of one request is computing: requests and response time are not given");
    if (c->in->goal == GOAL_LATENCY)
        jsonw_strz(w, NULL, "the slowest requests: shares are means and do not speak about the 99th percentile");
    jsonw_end_arr(w);
}

static void write_explain(const struct advise_ctx *c, struct jsonw *w)
{
    jsonw_arr(w, "explain");
    for (size_t i = 0; i < c->in->artefact_count; i++) {
        const struct artefact *a = c->in->artefacts[i];
        uint32_t column = a->profile ? profile_column_default(a->profile) : UINT32_MAX;
        if (column == UINT32_MAX)
            continue;
        struct classify_options opt = { .runtime = c->in->runtime != RUNTIME_UNKNOWN ? c->in->runtime : a->runtime,
                                        .clock = a->profile->columns[column].clock,
                                        .native_visible = a->native_visible == TRI_YES,
                                        .overrides = c->in->overrides };
        struct classification *cls = classify_profile(a->profile, &opt);
        struct sb frames = { 0 };
        classify_explain(a->profile, &opt, cls, c->in->explain, &frames);
        jsonw_obj(w, NULL);
        jsonw_str(w, "artefact", a->name);
        jsonw_raw(w, "frames", sb_span(&frames));
        jsonw_end_obj(w);
        sb_release(&frames);
        classification_free(cls);
    }
    jsonw_end_arr(w);
}

static void write_extras(const struct advise_ctx *c, struct jsonw *w)
{
    write_lines(c, w);
    write_operation(c, w);
    write_cannot_show(c, w);
    write_fact_names(w, "open", c->policy->ask, c->policy->ask_count);
    jsonw_obj(w, "samples");
    write_count(w, "raw", c->ev->n_raw);
    jsonw_num(w, "eff", c->ev->n_eff);
    jsonw_end_obj(w);
    jsonw_obj(w, "sources");
    jsonw_text(w, "cpu", c->ev->cpu_from);
    jsonw_text(w, "wall", c->ev->wall_from);
    jsonw_text(w, "composition", c->ev->composition_from);
    jsonw_end_obj(w);
    jsonw_bool(w, "two_executions", c->ev->two_executions);
    jsonw_text(w, "project", c->in->project);
    jsonw_text(w, "run", c->in->run);
    if (c->in->explain.len > 0)
        write_explain(c, w);
}

static void write_seed(const struct advise_ctx *c, struct jsonw *w)
{
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->in->seed);
    jsonw_raw(w, "seed", span_of(seed));
    /* Readers that keep numbers as doubles lose its last digits, and with them the way to the same draws. */
    if (c->in->seed > (uint64_t)1 << 53)
        jsonw_strz(w, "seed_text", seed);
}

void document_write(const struct advise_ctx *c, struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", c->decision ? "stet/decision/1" : "stet/analysis/1");
    jsonw_int(&w, "revision", (int64_t)c->in->revision);
    jsonw_null(&w, "superseded_by");
    write_versions(c, &w);
    overrides_write(c, &w);
    write_seed(c, &w);
    jsonw_arr(&w, "artefacts");
    for (uint32_t i = 0; i < c->in->artefact_count; i++)
        write_artefact(c, i, &w);
    jsonw_end_arr(&w);
    write_facts(c, &w);
    write_inputs(c, &w);
    write_cpu(c, &w);
    write_time(c, &w);
    write_components(c, &w);
    write_top(c, &w);
    write_process(c, &w);
    write_threads(c, &w);
    write_speedup(c, &w);
    policy_rules_json(&w, "rules", c->policy);
    if (c->in->project_policy || c->decision)
        policy_exemptions_json(&w, "exemptions", c->in->project_policy, c->in->as_of_us);
    policy_answers_json(&w, "answers", c->policy);
    write_verdict(c, &w);
    write_summary(c, &w);
    policy_flips_json(&w, "flips", c->policy);
    write_next(c, &w);
    write_extras(c, &w);
    if (c->decision)
        decide_members(c, &w);
    jsonw_end_obj(&w);
}

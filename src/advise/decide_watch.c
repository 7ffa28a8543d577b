/* decide_watch.c - what would open the decision again: conditions of the proposal, of the project and of the chosen
 * packs, each with its state now. And the waivers: leave to go on against the answer, for a time. */
#include "advise/decide_ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/probe.h"

/* --- watch list --- */

static const struct evidence_component *watched(const struct decide *d, const char *from, uint32_t i)
{
    char key[40];
    (void)snprintf(key, sizeof key, "%s:%u:0", from, (unsigned)i);
    for (uint32_t k = 0; k < d->ev->watched_count; k++) {
        if (span_is(d->ev->watched[k].name, key))
            return &d->ev->watched[k];
    }
    return NULL;
}

static void set_band(struct fact_set *f, enum fact_id lo, struct share s)
{
    facts_set_num(f, lo, s.lo, ORIGIN_COMPUTED, "the watched component");
    facts_set_num(f, lo + 1, s.est, ORIGIN_COMPUTED, "the watched component");
    facts_set_num(f, lo + 2, s.hi, ORIGIN_COMPUTED, "the watched component");
}

/* A condition about a component reads that component's shares, and none where no profile shows it. */
static void facts_of_component(const struct evidence_component *c, struct fact_set *f)
{
    struct share native = c ? (struct share){ c->native_share, c->native_share, c->native_share } : SHARE_UNKNOWN;
    set_band(f, FACT_component_cpu_share_lo, c ? c->share : SHARE_UNKNOWN);
    set_band(f, FACT_component_native_share_lo, native);
}

static enum watch_state state_of(enum sql_truth t)
{
    return t == SQL_TRUE ? WATCH_FIRED : t == SQL_FALSE ? WATCH_CLEAR : WATCH_UNKNOWN;
}

static bool condition(struct decide *d, struct decide_watch *w, bool of_component, const struct evidence_component *c,
                      struct err *err)
{
    CLEANUP(freep) struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_condition result;
    *f = d->ev->facts;
    if (of_component)
        facts_of_component(c, f);
    if (!policy_condition_eval(w->when, f, &result, err))
        return false;
    w->state = state_of(result.value);
    w->now = result.measured;
    w->line = result.line;
    if (result.has_deciding)
        w->fact = span_of(fact_infos[result.deciding].name);
    return true;
}

static void by_date(const struct decide *d, struct decide_watch *w)
{
    if (d->base.as_of_us != 0)
        w->state = d->base.as_of_us >= w->date_us ? WATCH_FIRED : WATCH_CLEAR;
}

static struct decide_watch *watch_add(struct decide *d, const char *from, const char *kind)
{
    struct decide_watch *w = &d->watch[d->watch_count++];
    *w = (struct decide_watch){ .kind = kind, .from = from, .now = NUM_UNKNOWN, .line = NUM_UNKNOWN };
    w->when = w->fact = SPAN("");
    return w;
}

static struct span id_or_number(struct decide *d, struct span id, uint32_t i)
{
    char text[24];
    (void)snprintf(text, sizeof text, "w%u", (unsigned)i + 1);
    return id.len > 0 ? id : arena_span(&d->arena, span_of(text));
}

static bool of_proposal(struct decide *d, struct err *err)
{
    for (uint32_t i = 0; i < d->p->watch_count; i++) {
        const struct proposal_watch *p = &d->p->watch[i];
        const char *kind = p->component.len > 0 && p->when.len > 0 ? "share"
                           : p->when.len > 0                       ? "condition"
                           : p->date_us != 0                       ? "date"
                                                                   : "manual";
        struct decide_watch *w = watch_add(d, "proposal", kind);
        w->id = id_or_number(d, p->id, i);
        w->title = p->title;
        w->when = p->when;
        w->component_count = decide_globs(d, p->component, &w->component);
        w->date_us = p->date_us;
        if (p->when.len > 0 && !condition(d, w, p->component.len > 0, watched(d, "watch", i), err))
            return err_wrap(err, "watch[%u].when", (unsigned)i);
        if (p->when.len == 0 && p->date_us != 0)
            by_date(d, w);
        else if (p->when.len == 0)
            w->state = WATCH_CLEAR; /* fires when somebody says so */
    }
    return true;
}

/* A proposal often repeats what its project watches. */
static bool of_proposal_too(const struct decide *d, const struct policy_watch *p)
{
    for (uint32_t i = 0; i < d->p->watch_count; i++) {
        const struct proposal_watch *w = &d->p->watch[i];
        if (span_is(w->id, p->id) && span_eq(w->when, p->when) && w->date_us == p->date_us)
            return true;
    }
    return false;
}

static bool of_project(struct decide *d, struct err *err)
{
    const struct policy_project *project = d->base.project_policy;
    for (uint32_t i = 0; project && i < project->watch_count; i++) {
        const struct policy_watch *p = &project->watch[i];
        bool part = p->component_count > 0;
        if (of_proposal_too(d, p))
            continue;
        const char *kind = p->kind == WATCH_WHEN && part ? "share" : watch_kind_name(p->kind);
        struct decide_watch *w = watch_add(d, "project", kind);
        w->id = span_of(p->id);
        w->title = span_of(p->title);
        w->component = p->component;
        w->component_count = p->component_count;
        w->when = p->kind == WATCH_WHEN ? p->when : SPAN("");
        w->date_us = p->kind == WATCH_DATE ? p->date_us : 0;
        if (p->kind == WATCH_WHEN && !condition(d, w, part, watched(d, "project", i), err))
            return err_wrap(err, "watch condition %s of the project", p->id);
        if (p->kind == WATCH_DATE)
            by_date(d, w);
        else if (p->kind == WATCH_MANUAL)
            w->state = WATCH_CLEAR;
    }
    return true;
}

/* Rules that re-open, and exceptions: what lifts another rule, and all of the pack of that name that speaks for a part. */
static bool is_watched(const struct policy_rule *r)
{
    if (span_starts(span_of(r->id), SPAN("EXEMPT-")))
        return false;
    for (uint32_t i = 0; i < r->effect_count; i++) {
        enum effect_kind k = r->effects[i].kind;
        bool exception = strcmp(r->pack, "exceptions") == 0 && (k == EFFECT_EXEMPT || k == EFFECT_FLOOR);
        if (k == EFFECT_REOPEN || exception)
            return true;
    }
    return false;
}

static void of_packs(struct decide *d)
{
    for (uint32_t i = 0; i < d->policy.rule_count; i++) {
        const struct policy_rule_result *r = &d->policy.rules[i];
        if (!is_watched(r->rule))
            continue;
        struct decide_watch *w = watch_add(d, "policy", "condition");
        w->id = span_of(r->rule->id);
        w->title = span_of(r->rule->reason);
        w->when = r->rule->predicate;
        w->state = state_of(r->value);
        w->now = r->measured;
        w->line = r->line;
        if (r->has_deciding)
            w->fact = span_of(fact_infos[r->deciding].name);
    }
}

bool decide_watch_list(struct decide *d, struct err *err)
{
    uint32_t most =
        d->p->watch_count + d->policy.rule_count + (d->base.project_policy ? d->base.project_policy->watch_count : 0);
    d->watch = ARENA_ARRAY(&d->arena, most + 1u, struct decide_watch);
    if (!of_proposal(d, err) || !of_project(d, err))
        return false;
    of_packs(d);
    for (uint32_t i = 0; i < d->watch_count; i++)
        d->watch_fired += d->watch[i].state == WATCH_FIRED;
    return true;
}

/* --- waivers --- */

bool decide_waiver_holds(const struct decide *d, const struct decide_waiver *w)
{
    return d->base.as_of_us != 0 && d->base.as_of_us <= w->until_us;
}

static bool rule_id_is_plain(struct span id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return id.len > 0 && id.len < 48;
}

/* Would the gate be open without the waived rules? Those of the whole gate need no rule. */
static bool open_without(struct decide *d, bool *ret_open, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { 0 };
    const struct policy_pack *packs[DECIDE_PACKS_MAX + 1];
    struct policy_pack *waived = NULL;
    struct policy_result result;
    struct policy_options opt = { .stage = STAGE_DECISION, .proposal_given = true };
    *ret_open = false;
    for (size_t i = 0; i < d->in->waiver_count; i++) {
        const struct decide_waiver *w = &d->in->waivers[i];
        if (decide_waiver_holds(d, w) && rule_id_is_plain(w->rule))
            sb_printf(&text, "WAIVED-%u | 1 | exempt:%.*s | input | Waived for a time.\n", (unsigned)i,
                      SPAN_FMT(w->rule));
    }
    if (text.len == 0)
        return true;
    if (!policy_pack_parse(sb_span(&text), "waivers", &waived, err))
        return err_wrap(err, "waivers");
    for (size_t i = 0; i < d->pack_count; i++)
        packs[i] = d->packs[i];
    packs[d->pack_count] = waived;
    bool ok = policy_evaluate(packs, d->pack_count + 1, &d->ev->facts, &opt, &result, err);
    if (ok) {
        *ret_open = result.gate == GATE_PASS;
        policy_result_release(&result);
    }
    policy_pack_free(waived);
    return ok;
}

bool decide_waive(struct decide *d, struct err *err)
{
    bool open = false;
    d->gate = d->not_asked ? GATE_INSUFFICIENT : d->policy.gate;
    for (size_t i = 0; i < d->in->waiver_count; i++)
        d->waivers_held += decide_waiver_holds(d, &d->in->waivers[i]);
    if (d->waivers_held == 0 || d->gate == GATE_PASS)
        return true;
    if (!open_without(d, &open, err))
        return false;
    for (size_t i = 0; i < d->in->waiver_count && !d->waived_by; i++) {
        const struct decide_waiver *w = &d->in->waivers[i];
        if (decide_waiver_holds(d, w) && (w->rule.len == 0 || open))
            d->waived_by = w;
    }
    if (d->waived_by)
        d->gate = GATE_WAIVED;
    return true;
}

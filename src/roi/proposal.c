/* proposal.c - the proposal document: its tables of members, and what the tables cannot say. */
#include "roi/proposal.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/sb.h"
#include "base/sha256.h"
#include "roi/canon.h"
#include "roi/fields.h"
#include "roi/speed.h"

enum { TEXT_BYTES_MAX = 1 << 20, DEPTH_MAX = 100, TITLE_MAX = 300, NAME_MAX_BYTES = 200, NOTE_MAX = 4000 };
enum { GLOB_MAX = 255, GLOBS_MAX = 64, COMPONENTS_MAX = 64, LIST_MAX = 200, ALTERNATIVES_MAX = 32 };

/* Bounds wide enough for any project, and such that no product of inputs leaves the range of a double. */
static const double usd_max = 1e12, year_max = 1e15, second_max = 1e9, some = QUANTITY_SOME;

#define KINDS "full_rewrite native_extension runtime_upgrade component_swap"
#define GOALS "latency throughput cost memory startup tail"

#define QUANTITY(of, member, lowest, highest)                                                                          \
    {                                                                                                                  \
        .name = #member, .type = FIELD_QUANTITY, .at = offsetof(struct of, member), .lo = (lowest), .hi = (highest)    \
    }
#define TEXT(of, member, most)                                                                                         \
    {                                                                                                                  \
        .name = #member, .type = FIELD_TEXT, .at = offsetof(struct of, member), .hi = (most)                           \
    }
#define WORD(of, member, list)                                                                                         \
    {                                                                                                                  \
        .name = #member, .type = FIELD_WORD, .at = offsetof(struct of, member), .words = (list)                        \
    }
#define FLAG(of, member)                                                                                               \
    {                                                                                                                  \
        .name = #member, .type = FIELD_BOOL, .at = offsetof(struct of, member)                                         \
    }
#define OWN(member, function)                                                                                          \
    {                                                                                                                  \
        .name = #member, .type = FIELD_OWN, .own = (function)                                                          \
    }
#define TEXTS(of, key, member, counted, most, bytes)                                                                   \
    {                                                                                                                  \
        .name = key, .type = FIELD_TEXTS, .at = offsetof(struct of, member), .count_at = offsetof(struct of, counted), \
        .lo = (most), .hi = (bytes)                                                                                    \
    }
#define LIST(of, member, counted, most, rows)                                                                          \
    {                                                                                                                  \
        .name = #member, .type = FIELD_LIST, .at = offsetof(struct of, member),                                        \
        .count_at = offsetof(struct of, counted), .hi = (most), .table = (rows)                                        \
    }
#define OBJECT(of, member, rows)                                                                                       \
    {                                                                                                                  \
        .name = #member, .type = FIELD_OBJECT, .at = offsetof(struct of, member), .table = (rows)                      \
    }
#define TABLE(of, rows)                                                                                                \
    {                                                                                                                  \
        rows, ARRAY_LEN(rows), sizeof(struct of)                                                                       \
    }

const char *proposal_kind_name(enum proposal_kind k)
{
    static const char *const names[] = { "full_rewrite", "native_extension", "runtime_upgrade", "component_swap" };
    return names[k];
}

static bool kind_find(struct span name, enum proposal_kind *ret)
{
    for (int k = PROPOSAL_FULL_REWRITE; k <= PROPOSAL_COMPONENT_SWAP; k++) {
        if (span_is(name, proposal_kind_name((enum proposal_kind)k))) {
            *ret = (enum proposal_kind)k;
            return true;
        }
    }
    return false;
}

/* --- members that a table row cannot express --- */

static void own_overrun(struct reader *r, const struct json *v, void *into)
{
    struct proposal_cost *c = into;
    struct span word;
    if (!fields_text(r, v, 100, &word) || !fields_word(r, word, "reference_class none"))
        return;
    c->overrun_given = true;
    c->overrun_none = span_is(word, "none");
}

static void own_class(struct reader *r, const struct json *v, void *into)
{
    struct proposal_component *c = into;
    if (!fields_text(r, v, 100, &c->workload_class) || c->workload_class.len == 0 ||
        speed_class_known(c->workload_class))
        return;
    (void)fields_word(r, c->workload_class, "numeric objects allocation serde glue native");
}

static void own_claim_evidence(struct reader *r, const struct json *v, void *into)
{
    struct proposal_claim *c = into;
    struct span word;
    if (!fields_text(r, v, 100, &word) || !fields_word(r, word, "own borrowed none"))
        return;
    c->evidence = span_is(word, "own")        ? CLAIM_EVIDENCE_OWN
                  : span_is(word, "borrowed") ? CLAIM_EVIDENCE_BORROWED
                                              : CLAIM_EVIDENCE_NONE;
}

/* "2027-03-31" is the beginning of that day, UTC. */
static void own_date(struct reader *r, const struct json *v, void *into)
{
    struct proposal_watch *w = into;
    struct span text;
    char full[48];
    if (!fields_text(r, v, 40, &text))
        return;
    (void)snprintf(full, sizeof full, "%.*s%s", SPAN_FMT(text), text.len == 10 ? "T00:00:00Z" : "");
    if (!clock_parse(span_of(full), &w->date_us))
        fields_fault(r, "want a date as 2027-03-31 or a UTC time as 2027-03-31T00:00:00Z");
}

static void own_schema(struct reader *r, const struct json *v, void *into)
{
    struct span word;
    (void)into;
    if (fields_text(r, v, 100, &word))
        (void)fields_word(r, word, "stet/proposal/1");
}

static void own_kind(struct reader *r, const struct json *v, void *into)
{
    struct proposal *p = into;
    struct span word;
    if (fields_text(r, v, 100, &word) && fields_word(r, word, KINDS))
        p->kind_given = kind_find(word, &p->kind);
}

static bool goal_is_known(struct span word)
{
    struct span rest = SPAN(GOALS), known;
    while (span_word(&rest, &known)) {
        if (span_eq(known, word))
            return true;
    }
    return false;
}

static void goal_set(struct proposal *p, struct span word)
{
    p->goal = span_is(word, "speed") || span_is(word, "performance") ? SPAN("latency")
              : span_is(word, "capacity")                            ? SPAN("throughput")
                                                                     : word;
    p->goal_foreign = p->goal.len > 0 && !goal_is_known(p->goal);
}

static void own_goal(struct reader *r, const struct json *v, void *into)
{
    struct span word = SPAN("");
    if (fields_text(r, v, 100, &word))
        goal_set(into, word);
}

/* A risk is a text, or an object with one. */
static void own_risks(struct reader *r, const struct json *v, void *into)
{
    struct proposal *p = into;
    size_t n = json_count(v), i = 0;
    if (json_kind_of(v) != JSON_ARR || n > LIST_MAX) {
        fields_fault(r, "want a list of at most %d texts, found %s", (int)LIST_MAX, fields_kind_word(v));
        return;
    }
    p->risks = ARENA_ARRAY(&p->arena, n + 1, struct span);
    p->risk_count = (uint32_t)n;
    for (const struct json *item = json_first(v); item; item = json_next(item), i++) {
        size_t mark = fields_enter(r, NULL, i);
        const struct json *text = json_get(item, "text") ? json_get(item, "text") : json_get(item, "title");
        (void)fields_text(r, json_kind_of(item) == JSON_OBJ && text ? text : item, NOTE_MAX, &p->risks[i]);
        fields_leave(r, mark);
    }
}

static void fact_read(struct reader *r, const struct json *m, struct fact_set *facts)
{
    struct err err = ERR_INIT;
    char num[40];
    struct span value = json_str(m);
    if (json_kind_of(m) == JSON_NUM || json_kind_of(m) == JSON_BOOL) {
        (void)snprintf(num, sizeof num, "%.17g",
                       json_kind_of(m) == JSON_NUM ? json_num(m, 0) : (json_bool(m, false) ? 1.0 : 0.0));
        value = span_of(num);
    } else if (json_kind_of(m) != JSON_STR) {
        fields_fault(r, "want a number, true, false or a word, found %s", fields_kind_word(m));
        return;
    }
    if (json_kind_of(m) == JSON_NUM && !isfinite(json_num(m, 0)))
        fields_fault(r, "is not a finite number");
    else if (!facts_declare(facts, json_key(m), value, "the proposal", &err))
        fields_fault(r, "%s", err.text);
}

static void own_facts(struct reader *r, const struct json *v, void *into)
{
    struct proposal *p = into;
    if (json_kind_of(v) != JSON_OBJ) {
        fields_fault(r, "want an object of facts, found %s", fields_kind_word(v));
        return;
    }
    size_t before = r->errors->count;
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", SPAN_FMT(span_sub(json_key(m), 0, sizeof name - 1)));
        size_t mark = fields_enter(r, span_is_utf8(span_of(name)) ? name : "?", 0);
        if (!json_is_null(m))
            fact_read(r, m, p->facts);
        fields_leave(r, mark);
    }
    struct err err = ERR_INIT;
    if (r->errors->count == before && !facts_check(p->facts, &err))
        fields_fault(r, "%s", err.text);
}

/* --- the tables --- */

static const struct field cost_rows[] = {
    QUANTITY(proposal_cost, loc, 0, 1e9),
    QUANTITY(proposal_cost, loc_factor, 0.01, 100),
    QUANTITY(proposal_cost, devs, 0, 1e4),
    QUANTITY(proposal_cost, months, some, 1200),
    QUANTITY(proposal_cost, rate_usd_year, 0, 1e8),
    QUANTITY(proposal_cost, salary_load, 0.1, 10),
    QUANTITY(proposal_cost, failure_probability, 0, 1),
    OWN(overrun, own_overrun),
    QUANTITY(proposal_cost, overrun_cap, 1, 1000),
    QUANTITY(proposal_cost, ramp_usd, 0, usd_max),
    QUANTITY(proposal_cost, dual_usd, 0, usd_max),
    QUANTITY(proposal_cost, opportunity_usd, 0, usd_max),
    QUANTITY(proposal_cost, maintenance_usd_year, 0, usd_max),
};
static const struct field_table cost_table = TABLE(proposal_cost, cost_rows);

static const struct field benefit_rows[] = {
    QUANTITY(proposal_benefit, ops_per_year, 0, year_max),
    QUANTITY(proposal_benefit, saved_s_per_op, 0, second_max),
    QUANTITY(proposal_benefit, op_s, 0, second_max),
    QUANTITY(proposal_benefit, usd_per_hour, 0, 1e6),
    QUANTITY(proposal_benefit, usable_share, 0, 1),
    QUANTITY(proposal_benefit, cpu_hours_year, 0, usd_max),
    QUANTITY(proposal_benefit, usd_per_cpu_hour, 0, 1e6),
    QUANTITY(proposal_benefit, mem_saved_gb, 0, 1e9),
    QUANTITY(proposal_benefit, usd_per_gb_hour, 0, 1e6),
    QUANTITY(proposal_benefit, node_cpu_share, some, 1e6),
    QUANTITY(proposal_benefit, node_mem_share, some, 1e6),
    QUANTITY(proposal_benefit, cpu_request_saved, 0, 1),
    QUANTITY(proposal_benefit, mem_request_saved, 0, 1),
    QUANTITY(proposal_benefit, node_usd_year, 0, usd_max),
    QUANTITY(proposal_benefit, latency_usd_year, 0, usd_max),
    QUANTITY(proposal_benefit, incidents_avoided_year, 0, 1e9),
    QUANTITY(proposal_benefit, usd_per_incident, 0, usd_max),
    QUANTITY(proposal_benefit, other_usd_year, 0, usd_max),
};
static const struct field_table benefit_table = TABLE(proposal_benefit, benefit_rows);

static const struct field component_rows[] = {
    TEXT(proposal_component, name, NAME_MAX_BYTES),
    TEXT(proposal_component, kind, NAME_MAX_BYTES),
    OWN(workload_class, own_class),
    TEXTS(proposal_component, "match", match, match_count, GLOBS_MAX, GLOB_MAX),
    QUANTITY(proposal_component, calls_per_op, 0, usd_max),
    QUANTITY(proposal_component, elements_per_call, 0, usd_max),
};
static const struct field_table component_table = TABLE(proposal_component, component_rows);

static const struct field claim_rows[] = {
    TEXT(proposal_claim, text, NOTE_MAX),
    QUANTITY(proposal_claim, factor, 0, usd_max),
    TEXT(proposal_claim, component, NAME_MAX_BYTES),
    TEXT(proposal_claim, operation, NAME_MAX_BYTES),
    OWN(evidence, own_claim_evidence),
};
static const struct field_table claim_table = TABLE(proposal_claim, claim_rows);

static const struct field phase_rows[] = {
    TEXT(proposal_phase, title, TITLE_MAX),
    QUANTITY(proposal_phase, months, 0, 1200),
    QUANTITY(proposal_phase, stop_loss_usd, 0, usd_max),
};
static const struct field_table phase_table = TABLE(proposal_phase, phase_rows);

static const struct field gap_rows[] = {
    TEXT(proposal_gap, id, NAME_MAX_BYTES),
    TEXT(proposal_gap, title, TITLE_MAX),
    WORD(proposal_gap, status, "open partial done"),
    FLAG(proposal_gap, booked),
};
static const struct field_table gap_table = TABLE(proposal_gap, gap_rows);

static const struct field operation_rows[] = {
    TEXT(proposal_operation, name, NAME_MAX_BYTES),
    QUANTITY(proposal_operation, op_s, 0, second_max),
    QUANTITY(proposal_operation, claimed_s, 0, second_max),
    QUANTITY(proposal_operation, share, 0, 1),
};
static const struct field_table operation_table = TABLE(proposal_operation, operation_rows);

static const struct field watch_rows[] = {
    TEXT(proposal_watch, id, NAME_MAX_BYTES),
    TEXT(proposal_watch, title, TITLE_MAX),
    TEXT(proposal_watch, when, 1000),
    TEXT(proposal_watch, component, NOTE_MAX),
    OWN(date, own_date),
    FLAG(proposal_watch, manual),
};
static const struct field_table watch_table = TABLE(proposal_watch, watch_rows);

static const struct field alternative_rows[] = {
    TEXT(proposal_alternative, title, TITLE_MAX),
    WORD(proposal_alternative, kind, KINDS " cache batch pool concurrency gc_tuning faster_runtime prototype other"),
    OBJECT(proposal_alternative, cost, &cost_table),
    OBJECT(proposal_alternative, benefit, &benefit_table),
    LIST(proposal_alternative, components, component_count, COMPONENTS_MAX, &component_table),
};
static const struct field_table alternative_table = TABLE(proposal_alternative, alternative_rows);

static const struct field proposal_rows[] = {
    OWN(schema, own_schema),
    TEXT(proposal, title, TITLE_MAX),
    TEXT(proposal, scope, TITLE_MAX),
    OWN(kind, own_kind),
    TEXT(proposal, from, 60),
    TEXT(proposal, to, 60),
    OWN(goal, own_goal),
    { .name = "goal_gain", .type = FIELD_NUMBER, .at = offsetof(struct proposal, goal_gain), .lo = 0, .hi = 1 },
    LIST(proposal, components, component_count, COMPONENTS_MAX, &component_table),
    OBJECT(proposal, cost, &cost_table),
    OBJECT(proposal, benefit, &benefit_table),
    QUANTITY(proposal, horizon_years, some, 100),
    QUANTITY(proposal, discount_rate, 0, 1),
    LIST(proposal, claims, claim_count, LIST_MAX, &claim_table),
    OWN(facts, own_facts),
    LIST(proposal, phases, phase_count, LIST_MAX, &phase_table),
    OWN(risks, own_risks),
    LIST(proposal, alternatives, alternative_count, ALTERNATIVES_MAX, &alternative_table),
    LIST(proposal, gaps, gap_count, LIST_MAX, &gap_table),
    LIST(proposal, operations, operation_count, LIST_MAX, &operation_table),
    LIST(proposal, watch, watch_count, LIST_MAX, &watch_table),
    TEXTS(proposal, "packs", packs, pack_count, LIST_MAX, NAME_MAX_BYTES),
};
static const struct field_table proposal_table = TABLE(proposal, proposal_rows);

/* --- reading --- */

static bool names_end(struct span text, size_t at)
{
    char c = at < text.len ? text.ptr[at] : ' ';
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
}

/* Some writers put NaN and Infinity where JSON has no such number: they are read as one that is not finite, so that
 * the field can be named. */
static void spell_numbers(struct span text, struct sb *out)
{
    static const struct span words[] = { { "NaN", 3 }, { "Infinity", 8 }, { "nan", 3 }, { "inf", 3 } };
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        size_t skip = 0;
        for (size_t k = 0; !quoted && k < ARRAY_LEN(words); k++) {
            if (span_starts(span_from(text, i), words[k]) && names_end(text, i + words[k].len))
                skip = words[k].len;
        }
        if (skip > 0 && (i == 0 || names_end(text, i - 1))) {
            sb_adds(out, "9e999");
            i += skip - 1;
            continue;
        }
        sb_addc(out, c);
        if (quoted && c == '\\' && i + 1 < text.len)
            sb_addc(out, text.ptr[++i]);
        else if (c == '"')
            quoted = !quoted;
    }
}

void field_errors_release(struct field_errors *e)
{
    free(e->items);
    *e = (struct field_errors){ .items = NULL };
}

void proposal_free(struct proposal *p)
{
    if (!p)
        return;
    arena_release(&p->arena);
    free(p);
}

static void take_num(struct quantity *q, const struct fact_set *facts, enum fact_id id, double least)
{
    double x = facts_num(facts, id);
    if (!quantity_known(q) && num_known(x) && x >= least)
        *q = quantity_const(x);
}

void proposal_take_facts(struct proposal *p, const struct fact_set *facts)
{
    take_num(&p->benefit.ops_per_year, facts, FACT_ops_per_year, 0);
    take_num(&p->benefit.op_s, facts, FACT_op_s, 0);
    take_num(&p->horizon_years, facts, FACT_horizon_years, some);
    take_num(&p->discount_rate, facts, FACT_discount_rate, 0);
    if (!num_known(p->goal_gain))
        p->goal_gain = facts_num(facts, FACT_goal_gain);
    if (p->goal.len == 0)
        goal_set(p, arena_span(&p->arena, facts_text(facts, FACT_goal)));
    if (p->scope.len == 0)
        p->scope = arena_span(&p->arena, facts_text(facts, FACT_scope));
}

static bool operation_is_known(const struct proposal *p, struct span name)
{
    for (uint32_t i = 0; i < p->operation_count; i++) {
        if (span_eq(p->operations[i].name, name))
            return true;
    }
    return name.len == 0;
}

/* A claim of an operation that is not there would be held against nothing, silently. */
static void check_claims(struct reader *r, const struct proposal *p)
{
    for (uint32_t i = 0; i < p->claim_count; i++) {
        if (operation_is_known(p, p->claims[i].operation))
            continue;
        size_t outer = fields_enter(r, "claims", 0), mark = fields_enter(r, NULL, i);
        (void)fields_enter(r, "operation", 0);
        fields_fault(r, "'%.*s' is no name of operations", SPAN_FMT(span_sub(p->claims[i].operation, 0, 80)));
        fields_leave(r, mark);
        fields_leave(r, outer);
    }
}

/* What no single field can say; told once each field is right. */
static void check_together(struct reader *r, const struct proposal *p)
{
    struct span stated = facts_text(p->facts, FACT_goal);
    if (stated.len > 0 && p->goal.len > 0 && !span_eq(stated, p->goal)) {
        size_t mark = fields_enter(r, "facts.goal", 0);
        fields_fault(r, "'%.*s' contradicts the goal of the proposal", SPAN_FMT(stated));
        fields_leave(r, mark);
    }
    for (uint32_t i = 0; i < p->component_count; i++) {
        if (p->components[i].name.len > 0)
            continue;
        size_t outer = fields_enter(r, "components", 0), mark = fields_enter(r, NULL, i);
        (void)fields_enter(r, "name", 0);
        fields_fault(r, "a component needs a name");
        fields_leave(r, mark);
        fields_leave(r, outer);
    }
    check_claims(r, p);
}

static struct proposal *proposal_read(const struct json *doc, struct field_errors *errors)
{
    struct proposal *p = xcalloc(1, sizeof *p);
    struct reader r = { .arena = &p->arena, .errors = errors, .unread_most = PROPOSAL_UNREAD_MAX };
    p->goal_gain = NUM_UNKNOWN;
    p->facts = ARENA_NEW(&p->arena, struct fact_set);
    p->unread = r.unread = ARENA_ARRAY(&p->arena, PROPOSAL_UNREAD_MAX, struct span);
    fields_read(&r, &proposal_table, doc, p);
    p->unread_count = r.unread_count;
    if (errors->count == 0)
        check_together(&r, p);
    proposal_take_facts(p, p->facts);
    return p;
}

static void hash_it(const struct json *doc, struct proposal *p)
{
    struct sb canonical = { 0 };
    canon_write(doc, &canonical);
    sha256_hex(sb_span(&canonical), p->sha256);
    sb_release(&canonical);
}

bool proposal_parse(struct span text, struct proposal **ret, struct field_errors *errors, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    struct sb spelled = { 0 };
    if (text.len > TEXT_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the proposal has %zu bytes, at most %d are read", text.len,
                       (int)TEXT_BYTES_MAX);
    spell_numbers(text, &spelled);
    bool ok = json_parse_wide(sb_span(&spelled), DEPTH_MAX, &doc, err);
    sb_release(&spelled);
    if (!ok)
        return false;
    if (json_kind_of(doc) != JSON_OBJ)
        return err_set(err, ERR_VALUE, "want one JSON object of schema stet/proposal/1, found %s",
                       fields_kind_word(doc));
    struct proposal *p = proposal_read(doc, errors);
    if (errors->count > 0) {
        size_t more = errors->count - 1 + errors->left_out;
        proposal_free(p);
        const struct field_error *first = &errors->items[0];
        if (more == 0)
            return err_set(err, ERR_VALUE, "%s: %s", first->field, first->text);
        return err_set(err, ERR_VALUE, "%s: %s (and %zu more)", first->field, first->text, more);
    }
    hash_it(doc, p);
    *ret = p;
    return true;
}

/* project.c - reading a project's document. Every field is judged by itself, so that all that is wrong is told at once.
 * Own rules become the text of a pack: arrays of rules are written as one row each, and pack.c reads both alike. */
#include "policy/project.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "policy/pack.h"

enum { TEXT_MAX = 300, RULES_MAX = 200, EXEMPTIONS_MAX = 100, WATCH_MAX = 200, GLOBS_MAX = 40, NAMES_MAX = 12 };

static const int64_t day_us = 86400ll * 1000000;

struct reading {
    struct policy_project *p;
    struct field_errors *errors;
    struct sql_sandbox *box;
    struct sb rules; /* text of the own pack */
    struct {
        const char **items;
        size_t count, cap;
    } ids; /* of the own rules, in the arena */
};

static void field_error(struct reading *r, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void field_error(struct reading *r, const char *field, const char *fmt, ...)
{
    if (r->errors->count == FIELD_ERRORS_MAX) {
        r->errors->left_out++;
        return;
    }
    struct field_error e = { .field = "" };
    (void)snprintf(e.field, sizeof e.field, "%s", field);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(e.text, sizeof e.text, fmt, args);
    va_end(args);
    VEC_PUSH(r->errors, e);
}

/* "exemptions[3].until" */
struct path {
    char text[160];
};

static struct path path_of(const char *list, size_t i, const char *member)
{
    struct path p;
    (void)snprintf(p.text, sizeof p.text, "%s[%zu]%s%.*s", list, i, member[0] ? "." : "", 100, member);
    return p;
}

/* --- members --- */

/* Every member is one of the names and stands there once. */
static void members_check(struct reading *r, const struct json *obj, const char *list, size_t at,
                          const char *const *names, size_t n)
{
    bool seen[NAMES_MAX] = { false };
    for (const struct json *m = json_first(obj); m; m = json_next(m)) {
        char key[60];
        (void)snprintf(key, sizeof key, "%.*s", SPAN_FMT(span_sub(json_key(m), 0, sizeof key - 1)));
        struct path path = list ? path_of(list, at, key) : (struct path){ "" };
        if (!list)
            (void)snprintf(path.text, sizeof path.text, "%s", key);
        size_t found = n, near = n, best = 3;
        for (size_t i = 0; i < n; i++) {
            size_t d = name_distance(json_key(m), span_of(names[i]));
            found = d == 0 ? i : found;
            near = d < best ? i : near;
            best = d < best ? d : best;
        }
        if (found == n)
            field_error(r, path.text, near < n ? "no such member, did you mean '%s'?" : "no such member%s",
                        near < n ? names[near] : "");
        else if (seen[found])
            field_error(r, path.text, "stands there twice");
        else
            seen[found] = true;
    }
}

/* A text of one line without bars, which a row of a pack can hold; "" and an error otherwise. */
static struct span line_of(struct reading *r, const struct json *v, const char *field, bool needed, size_t most)
{
    struct span none = SPAN(""), text = json_str(v);
    if (json_is_null(v)) {
        if (needed)
            field_error(r, field, "missing: want a text");
        return none;
    }
    if (json_kind_of(v) != JSON_STR) {
        field_error(r, field, "want a text");
        return none;
    }
    if (span_trim(text).len == 0 && needed)
        field_error(r, field, "is empty");
    if (text.len > most) {
        field_error(r, field, "%zu bytes, at most %zu are allowed", text.len, most);
        return none;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f || text.ptr[i] == '|') {
            field_error(r, field, "holds %s", text.ptr[i] == '|' ? "a bar, '|'" : "a line break or a control byte");
            return none;
        }
    }
    return span_trim(text);
}

static bool list_of(struct reading *r, const struct json *v, const char *field, size_t most, const char *what)
{
    if (json_is_null(v))
        return false;
    if (json_kind_of(v) != JSON_ARR) {
        field_error(r, field, "want an array of %s", what);
        return false;
    }
    if (json_count(v) > most) {
        field_error(r, field, "%zu entries, at most %zu are allowed", json_count(v), most);
        return false;
    }
    return true;
}

static bool object_of(struct reading *r, const struct json *v, const char *list, size_t at, const char *const *names,
                      size_t n)
{
    if (json_kind_of(v) != JSON_OBJ) {
        struct path path = path_of(list, at, "");
        field_error(r, path.text, "want an object");
        return false;
    }
    members_check(r, v, list, at, names, n);
    return true;
}

/* --- packs, goal, thresholds --- */

static void packs_read(struct reading *r, const struct json *v)
{
    size_t at = 0;
    if (!list_of(r, v, "packs", policy_builtin_count(), "names of packs"))
        return;
    r->p->packs = ARENA_ARRAY(&r->p->arena, json_count(v), const char *);
    for (const struct json *m = json_first(v); m; m = json_next(m), at++) {
        struct path path = path_of("packs", at, "");
        bool twice = false;
        if (json_kind_of(m) != JSON_STR || !policy_builtin_text(json_str(m)).ptr) {
            struct sb names = { .cap = 200 };
            for (size_t i = 0; i < policy_builtin_count(); i++)
                sb_printf(&names, "%s%s", i ? ", " : "", policy_builtin_name(i));
            field_error(r, path.text, "want the name of a built-in pack: %s", sb_cstr(&names));
            sb_release(&names);
            continue;
        }
        for (uint32_t i = 0; i < r->p->pack_count; i++)
            twice = twice || span_is(json_str(m), r->p->packs[i]);
        if (twice)
            field_error(r, path.text, "stands there twice");
        else if (!span_is(json_str(m), "standing")) /* always applies */
            r->p->packs[r->p->pack_count++] = arena_dup(&r->p->arena, json_str(m));
    }
}

static void goal_read(struct reading *r, const struct json *v)
{
    if (json_is_null(v))
        return;
    r->p->goal_given = json_kind_of(v) == JSON_STR && policy_goal_find(json_str(v), &r->p->goal);
    if (!r->p->goal_given)
        field_error(r, "goal", "want latency, throughput, cost, memory, startup or tail");
}

static double threshold_in_force(const struct policy_project *p, enum fact_id f, double otherwise)
{
    for (uint32_t i = 0; i < p->threshold_count; i++) {
        if (p->thresholds[i].fact == f)
            return p->thresholds[i].value;
    }
    return otherwise;
}

static void thresholds_read(struct reading *r, const struct json *v)
{
    static const enum fact_id facts[] = { FACT_goal_gain, FACT_min_useful_gain, FACT_cpu_bound_threshold,
                                          FACT_wait_bound_threshold };
    if (json_is_null(v))
        return;
    if (json_kind_of(v) != JSON_OBJ) {
        field_error(r, "thresholds", "want an object");
        return;
    }
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        char path[80];
        (void)snprintf(path, sizeof path, "thresholds.%.*s", SPAN_FMT(span_sub(json_key(m), 0, 60)));
        size_t i = 0;
        while (i < ARRAY_LEN(facts) && !span_is(json_key(m), fact_infos[facts[i]].name))
            i++;
        double x = json_num(m, NUM_UNKNOWN);
        if (i == ARRAY_LEN(facts))
            field_error(r, path, "want goal_gain, min_useful_gain, cpu_bound_threshold or wait_bound_threshold");
        else if (num_known(threshold_in_force(r->p, facts[i], NUM_UNKNOWN)))
            field_error(r, path, "stands there twice");
        else if (json_kind_of(m) != JSON_NULL && !(x >= 0 && x <= 1))
            field_error(r, path, "want a fraction from 0 to 1");
        else if (num_known(x))
            r->p->thresholds[r->p->threshold_count++] = (struct policy_threshold){ .fact = facts[i], .value = x };
    }
    double wait = threshold_in_force(r->p, FACT_wait_bound_threshold, 0.20);
    double cpu = threshold_in_force(r->p, FACT_cpu_bound_threshold, 0.50);
    if (wait > cpu)
        field_error(r, "thresholds", "wait_bound_threshold %g lies above cpu_bound_threshold %g", wait, cpu);
}

/* --- rules --- */

static const char *const rule_members[] = { "id", "when", "effect", "basis", "reason", "source", "remedy" };

static bool own_rule(const struct reading *r, struct span id)
{
    for (size_t i = 0; i < r->ids.count; i++) {
        if (span_is(id, r->ids.items[i]))
            return true;
    }
    return false;
}

/* What pack.c cannot know: ids of other packs and rules that an effect names. */
static void rule_in_company(struct reading *r, const struct policy_rule *rule, const char *at, const char *field_of_id,
                            const char *field_of_effect)
{
    const char *pack = pack_of_builtin_rule(span_of(rule->id));
    if (pack)
        field_error(r, field_of_id, "%srule %s stands in the built-in pack %s", at, rule->id, pack);
    else if (span_starts(span_of(rule->id), SPAN("EXEMPT-")))
        field_error(r, field_of_id, "%sids that begin with EXEMPT- are kept for exemptions", at);
    else if (own_rule(r, span_of(rule->id)))
        field_error(r, field_of_id, "%srule %s stands there twice", at, rule->id);
    for (uint32_t i = 0; i < rule->effect_count; i++) {
        const struct policy_effect *e = &rule->effects[i];
        if (e->kind == EFFECT_EXEMPT && !pack_of_builtin_rule(span_of(e->name)) && !own_rule(r, span_of(e->name)) &&
            strcmp(e->name, rule->id) != 0)
            field_error(r, field_of_effect, "%sthere is no rule '%s' to exempt", at, e->name);
    }
    VEC_PUSH(&r->ids, rule->id);
}

static void rules_from_text(struct reading *r, struct span text)
{
    CLEANUP(pack_reader_release) struct pack_reader reader = { .rest = text };
    struct pack_row row;
    struct err err = ERR_INIT;
    if (!policy_text_check(text, &err)) {
        field_error(r, "rules", "%s", err.text);
        return;
    }
    for (size_t n = 0; pack_row_next(&reader, &row); n++) {
        struct policy_rule rule;
        size_t field;
        char at[40];
        (void)snprintf(at, sizeof at, "line %llu: ", (unsigned long long)row.line);
        if (n == RULES_MAX) {
            field_error(r, "rules", "more than %d rules", RULES_MAX);
            return;
        }
        if (pack_fields_parse(&row, r->box, &r->p->arena, &rule, &field, &err))
            rule_in_company(r, &rule, at, "rules", "rules");
        else
            field_error(r, "rules", "%srule %s: %s", at, rule.id, err.text);
    }
    sb_add(&r->rules, text);
}

static void rule_from_object(struct reading *r, const struct json *v, size_t at)
{
    struct pack_row row = { .line = at + 1, .count = PACK_FIELDS };
    size_t before = r->errors->count, left_out = r->errors->left_out, field;
    for (size_t i = 0; i < PACK_FIELDS; i++) {
        struct path path = path_of("rules", at, rule_members[i]);
        row.field[i] =
            line_of(r, json_get(v, rule_members[i]), path.text, i < 5, i == 1 ? SQL_EXPRESSION_MAX : TEXT_MAX);
    }
    if (r->errors->count > before || r->errors->left_out > left_out)
        return;
    struct policy_rule rule;
    struct err err = ERR_INIT;
    struct path id = path_of("rules", at, "id"), effect = path_of("rules", at, "effect");
    if (pack_fields_parse(&row, r->box, &r->p->arena, &rule, &field, &err)) {
        rule_in_company(r, &rule, "", id.text, effect.text);
    } else {
        struct path path = path_of("rules", at, field < PACK_FIELDS ? rule_members[field] : "");
        field_error(r, path.text, "%s", err.text);
    }
    for (size_t i = 0; i < PACK_FIELDS; i++)
        sb_printf(&r->rules, "%s%.*s", i ? " | " : "", SPAN_FMT(row.field[i]));
    sb_addc(&r->rules, '\n');
}

static void rules_read(struct reading *r, const struct json *v)
{
    if (json_kind_of(v) == JSON_STR) {
        if (span_trim(json_str(v)).len > 0)
            rules_from_text(r, json_str(v));
        return;
    }
    if (!json_is_null(v) && json_kind_of(v) != JSON_ARR) {
        field_error(r, "rules", "want the text of a pack or an array of rules");
        return;
    }
    if (!list_of(r, v, "rules", RULES_MAX, "rules"))
        return;
    size_t at = 0;
    for (const struct json *m = json_first(v); m; m = json_next(m), at++) {
        if (object_of(r, m, "rules", at, rule_members, ARRAY_LEN(rule_members)))
            rule_from_object(r, m, at);
    }
}

/* --- exemptions --- */

/* A day counts to its end, a moment as it is. */
static bool until_parse(struct span text, int64_t *ret_first_us, int64_t *ret_last_us)
{
    char moment[32];
    if (text.len != 10) {
        bool fine = text.len < sizeof((struct policy_exemption *)0)->until && clock_parse(text, ret_first_us);
        *ret_last_us = fine ? *ret_first_us : 0;
        return fine;
    }
    (void)snprintf(moment, sizeof moment, "%.*sT00:00:00Z", SPAN_FMT(text));
    if (!clock_parse(span_of(moment), ret_first_us))
        return false;
    *ret_last_us = *ret_first_us + day_us - 1;
    return true;
}

static void exemption_read(struct reading *r, const struct json *v, size_t at)
{
    struct policy_exemption *e = &r->p->exemptions[r->p->exemption_count];
    struct path path = path_of("exemptions", at, "rule");
    struct span rule = line_of(r, json_get(v, "rule"), path.text, true, 47);
    if (rule.len > 0 && !pack_of_builtin_rule(rule) && !own_rule(r, rule))
        field_error(r, path.text, "there is no rule '%.*s'", SPAN_FMT(rule));
    for (uint32_t i = 0; i < r->p->exemption_count; i++) {
        if (span_is(rule, r->p->exemptions[i].rule))
            field_error(r, path.text, "rule %.*s is exempted twice", SPAN_FMT(rule));
    }
    path = path_of("exemptions", at, "owner");
    struct span owner = line_of(r, json_get(v, "owner"), path.text, true, 100);
    path = path_of("exemptions", at, "reason");
    struct span reason = line_of(r, json_get(v, "reason"), path.text, true, TEXT_MAX);
    path = path_of("exemptions", at, "until");
    struct span until = json_str(json_get(v, "until"));
    int64_t first = 0;
    if (json_is_null(json_get(v, "until")))
        field_error(r, path.text, "missing: an exemption has to end; want a day, as 2026-03-31, UTC");
    else if (!until_parse(until, &first, &e->until_us))
        field_error(r, path.text, "want a day of the calendar, as 2026-03-31, or a moment, as 2026-03-31T12:00:00Z");
    e->rule = arena_dup(&r->p->arena, rule);
    e->owner = arena_dup(&r->p->arena, owner);
    e->reason = arena_dup(&r->p->arena, reason);
    (void)snprintf(e->until, sizeof e->until, "%.*s", SPAN_FMT(until));
    r->p->exemption_count++;
}

static void exemptions_read(struct reading *r, const struct json *v)
{
    static const char *const members[] = { "rule", "owner", "reason", "until" };
    size_t at = 0;
    if (!list_of(r, v, "exemptions", EXEMPTIONS_MAX, "exemptions"))
        return;
    r->p->exemptions = ARENA_ARRAY(&r->p->arena, json_count(v), struct policy_exemption);
    for (const struct json *m = json_first(v); m; m = json_next(m), at++) {
        if (object_of(r, m, "exemptions", at, members, ARRAY_LEN(members)))
            exemption_read(r, m, at);
    }
}

/* --- watch list --- */

const char *watch_kind_name(enum watch_kind k)
{
    static const char *const names[] = { "condition", "date", "manual" };
    return names[k];
}

static void component_read(struct reading *r, const struct json *v, size_t at, struct policy_watch *w)
{
    struct path path = path_of("watch", at, "component");
    if (json_is_null(v))
        return;
    bool one = json_kind_of(v) == JSON_STR;
    if (!one && !list_of(r, v, path.text, GLOBS_MAX, "frame globs"))
        return;
    w->component = ARENA_ARRAY(&r->p->arena, one ? 1 : json_count(v), struct span);
    for (const struct json *m = one ? v : json_first(v); m; m = one ? NULL : json_next(m)) {
        struct span glob = line_of(r, m, path.text, true, TEXT_MAX);
        w->component[w->component_count++] = arena_span(&r->p->arena, glob);
    }
    if (w->component_count == 0)
        field_error(r, path.text, "is empty");
}

static void watch_kind_read(struct reading *r, const struct json *v, size_t at, struct policy_watch *w)
{
    const struct json *when = json_get(v, "when"), *date = json_get(v, "date");
    bool manual = json_bool(json_get(v, "manual"), false);
    struct path path = path_of("watch", at, "");
    int64_t last;
    if (!json_is_null(when) + !json_is_null(date) + manual != 1) {
        field_error(r, path.text, "want one of when, date and manual");
    } else if (!json_is_null(when)) {
        struct err err = ERR_INIT;
        path = path_of("watch", at, "when");
        w->kind = WATCH_WHEN;
        w->when = arena_span(&r->p->arena, line_of(r, when, path.text, true, SQL_EXPRESSION_MAX));
        if (w->when.len > 0 && !pack_predicate_parse(w->when, r->box, &r->p->arena, &w->expr, &err))
            field_error(r, path.text, "%s", err.text);
    } else if (!json_is_null(date)) {
        path = path_of("watch", at, "date");
        w->kind = WATCH_DATE;
        if (!until_parse(json_str(date), &w->date_us, &last))
            field_error(r, path.text, "want a day of the calendar, as 2026-06-30, UTC");
    } else {
        w->kind = WATCH_MANUAL;
    }
}

static void watch_entry_read(struct reading *r, const struct json *v, size_t at)
{
    struct policy_watch *w = &r->p->watch[r->p->watch_count];
    char own[24];
    (void)snprintf(own, sizeof own, "w%zu", at + 1);
    struct path path = path_of("watch", at, "id");
    struct span id = line_of(r, json_get(v, "id"), path.text, false, 40);
    w->id = arena_dup(&r->p->arena, id.len > 0 ? id : span_of(own));
    for (uint32_t i = 0; i < r->p->watch_count; i++) {
        if (strcmp(r->p->watch[i].id, w->id) == 0)
            field_error(r, path.text, "'%s' stands there twice", w->id);
    }
    path = path_of("watch", at, "title");
    w->title = arena_dup(&r->p->arena, line_of(r, json_get(v, "title"), path.text, true, TEXT_MAX));
    watch_kind_read(r, v, at, w);
    component_read(r, json_get(v, "component"), at, w);
    r->p->watch_count++;
}

static void watch_read(struct reading *r, const struct json *v)
{
    static const char *const members[] = { "id", "title", "when", "date", "manual", "component" };
    size_t at = 0;
    if (!list_of(r, v, "watch", WATCH_MAX, "conditions"))
        return;
    r->p->watch = ARENA_ARRAY(&r->p->arena, json_count(v), struct policy_watch);
    for (const struct json *m = json_first(v); m; m = json_next(m), at++) {
        if (object_of(r, m, "watch", at, members, ARRAY_LEN(members)))
            watch_entry_read(r, m, at);
    }
}

/* --- categories --- */

static bool override_read(struct reading *r, const struct json *v, size_t at, struct classify_override *ret)
{
    struct span pattern = json_str(json_get(v, "pattern"));
    struct path path = path_of("overrides", at, "kind");
    struct err err = ERR_INIT;
    size_t before = r->errors->count + r->errors->left_out;
    if (!override_kind_from_name(json_str(json_get(v, "kind")), &ret->kind))
        field_error(r, path.text, "want function, module, dso or file");
    path = path_of("overrides", at, "category");
    bool known = category_from_name(json_str(json_get(v, "category")), &ret->category);
    if (!known)
        field_error(r, path.text, "there is no category '%.*s'",
                    SPAN_FMT(span_sub(json_str(json_get(v, "category")), 0, 40)));
    path = path_of("overrides", at, "");
    if (known && !classify_override_check(pattern, ret->category, &err))
        field_error(r, path.text, "%s", err.text);
    path = path_of("overrides", at, "reason");
    ret->reason = arena_dup(&r->p->arena, line_of(r, json_get(v, "reason"), path.text, false, TEXT_MAX));
    ret->pattern = arena_dup(&r->p->arena, pattern);
    ret->by = "the project's document";
    return r->errors->count + r->errors->left_out == before;
}

static void overrides_read(struct reading *r, const struct json *v)
{
    static const char *const members[] = { "pattern", "kind", "category", "reason" };
    size_t at = 0;
    if (!list_of(r, v, "overrides", OVERRIDES_MAX / 2, "corrections"))
        return;
    struct classify_override *items = ARENA_ARRAY(&r->p->arena, json_count(v) + 1, struct classify_override);
    r->p->overrides.items = items;
    for (const struct json *m = json_first(v); m; m = json_next(m), at++) {
        struct classify_override *o = &items[r->p->overrides.count];
        if (object_of(r, m, "overrides", at, members, ARRAY_LEN(members)) && override_read(r, m, at, o))
            r->p->overrides.count++;
    }
}

/* --- the document --- */

bool policy_is_project(struct span text)
{
    struct span t = span_trim(text);
    return t.len > 0 && t.ptr[0] == '{';
}

static void document_read(struct reading *r, const struct json *doc)
{
    static const char *const members[] = { "schema", "packs", "rules", "thresholds", "exemptions",
                                           "goal",   "watch", "overrides" };
    if (json_kind_of(doc) != JSON_OBJ) {
        field_error(r, "", "want an object of schema stet/project/1");
        return;
    }
    members_check(r, doc, NULL, 0, members, ARRAY_LEN(members));
    if (!span_is(json_str(json_get(doc, "schema")), "stet/project/1"))
        field_error(r, "schema", "want \"stet/project/1\"");
    packs_read(r, json_get(doc, "packs"));
    rules_read(r, json_get(doc, "rules"));
    thresholds_read(r, json_get(doc, "thresholds"));
    exemptions_read(r, json_get(doc, "exemptions"));
    goal_read(r, json_get(doc, "goal"));
    watch_read(r, json_get(doc, "watch"));
    overrides_read(r, json_get(doc, "overrides"));
}

/* The own rules as a pack; they were judged one by one, so that only what concerns all of them can be left. */
static void own_pack(struct reading *r)
{
    struct err err = ERR_INIT;
    r->p->rules = arena_dup(&r->p->arena, sb_span(&r->rules));
    if (r->errors->count == 0 && r->ids.count > 0 &&
        !policy_pack_parse(span_of(r->p->rules), "project", &r->p->own, &err))
        field_error(r, "rules", "%s", err.text);
}

static bool verdict_of(const struct field_errors *errors, struct err *err)
{
    if (errors->count == 0)
        return true;
    const struct field_error *first = &errors->items[0];
    size_t more = errors->count - 1 + errors->left_out;
    (void)err_set(err, ERR_VALUE, "%s%s%s", first->field, first->field[0] ? ": " : "", first->text);
    if (more > 0) {
        size_t used = strlen(err->text);
        (void)snprintf(err->text + used, sizeof err->text - used, " (and %zu more)", more);
    }
    return false;
}

bool policy_project_parse(struct span text, struct policy_project **ret, struct field_errors *errors, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    CLEANUP(policy_project_freep) struct policy_project *p = xcalloc(1, sizeof *p);
    *errors = (struct field_errors){ 0 };
    if (text.len > LIMITS_DEFAULT.json_body_bytes)
        return err_set(err, ERR_LIMIT, "a project's document has at most %llu bytes",
                       (unsigned long long)LIMITS_DEFAULT.json_body_bytes);
    if (!json_parse(text, 10, &doc, err) || !policy_sandbox_open(NULL, &box, err))
        return false;
    struct reading r = { .p = p, .errors = errors, .box = box };
    sha256_hex(text, p->sha256);
    document_read(&r, doc);
    own_pack(&r);
    sb_release(&r.rules);
    free(r.ids.items);
    if (!verdict_of(errors, err))
        return false;
    *ret = p;
    p = NULL;
    return true;
}

void policy_project_free(struct policy_project *p)
{
    if (!p)
        return;
    policy_pack_free(p->own);
    arena_release(&p->arena);
    free(p);
}

void policy_project_freep(struct policy_project **p)
{
    policy_project_free(*p);
    *p = NULL;
}

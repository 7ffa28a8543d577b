/* What is told about the world, value by value: names, units, ranges, intervals, scopes and times. Every name is judged by
 * itself, so that all that is wrong is told at once. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "http/pages.h"
#include "http/watch.h"

enum { SOURCE_MAX = 200, UNIT_MAX = 20 };

void field_error_add(struct field_errors *e, const char *field, const char *fmt, ...)
{
    if (e->count == FIELD_ERRORS_MAX) {
        e->left_out++;
        return;
    }
    struct field_error one = { .field = "" };
    (void)snprintf(one.field, sizeof one.field, "%s", field);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(one.text, sizeof one.text, fmt, args);
    va_end(args);
    VEC_PUSH(e, one);
}

/* --- units --- */

/* Units that measure the same; factor: how many of the first of its kind one is. */
static const struct unit {
    const char *kind, *name;
    double factor;
} units[] = {
    { "time", "s", 1 },
    { "time", "ns", 1e-9 },
    { "time", "us", 1e-6 },
    { "time", "\xc2\xb5s", 1e-6 },
    { "time", "ms", 1e-3 },
    { "time", "min", 60 },
    { "time", "h", 3600 },
    { "time", "days", 86400 },
    { "time", "d", 86400 },
    { "time", "years", 31557600 },
    { "share", "share", 1 },
    { "share", "fraction", 1 },
    { "share", "1", 1 },
    { "share", "%", 1e-2 },
    { "share", "percent", 1e-2 },
    { "factor", "x", 1 },
    { "factor", "times", 1 },
    { "factor", "1", 1 },
    { "number", "1", 1 },
    { "number", "%", 1e-2 },
    { "money", "USD", 1 },
    { "money", "$", 1 },
    { "money", "kUSD", 1e3 },
    { "rate", "1/s", 1 },
    { "rate", "/s", 1 },
    { "rate", "1/min", 1.0 / 60 },
    { "rate", "1/h", 1.0 / 3600 },
    { "size", "bytes", 1 },
    { "size", "B", 1 },
    { "size", "kB", 1e3 },
    { "size", "KiB", 1024 },
    { "size", "MB", 1e6 },
    { "size", "MiB", 1048576 },
    { "size", "GB", 1e9 },
    { "size", "GiB", 1073741824 },
    { "cpus", "cores", 1 },
    { "cpus", "millicores", 1e-3 },
    { "samples", "samples", 1 },
    { "samples", "1", 1 },
    { "runs", "runs", 1 },
    { "runs", "1", 1 },
    { "operations", "operations", 1 },
    { "operations", "1", 1 },
    { "people", "people", 1 },
    { "people", "1", 1 },
};

/* The dictionary's own units begin their kinds or stand in one kind alone. */
static const struct unit *unit_own(const char *name)
{
    const char *kind = strcmp(name, "1") == 0 ? "number" : "";
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strcmp(units[i].name, name) == 0 && (kind[0] == '\0' || strcmp(units[i].kind, kind) == 0))
            return &units[i];
    }
    return NULL;
}

static const struct unit *unit_given(const struct unit *own, struct span name)
{
    for (size_t i = 0; own && i < ARRAY_LEN(units); i++) {
        if (span_is(name, units[i].name) && strcmp(units[i].kind, own->kind) == 0)
            return &units[i];
    }
    return NULL;
}

static double converted(double x, const struct unit *from, const struct unit *to)
{
    /* By the whole one of both ratios: 75 ms are 75 / 1000 s, not 75 * 0.001. */
    return from->factor >= to->factor ? x * (from->factor / to->factor) : x / (to->factor / from->factor);
}

static void unit_words(const struct unit *own, struct sb *out)
{
    for (size_t i = 0; own && i < ARRAY_LEN(units); i++) {
        if (strcmp(units[i].kind, own->kind) == 0)
            sb_printf(out, "%s%s", out->len > 0 ? ", " : "", units[i].name);
    }
}

/* --- one value --- */

struct telling {
    const struct fact_telling *of;
    struct arena *arena;
    struct store_givens *out;
    struct field_errors *errors;
    struct fact_set *check; /* one row at a time */
    bool seen[FACT_COUNT];
};

struct value {
    const char *name; /* as told */
    enum fact_id id;  /* lower end of a band that was told as a whole */
    bool band;
    const struct json *value, *lo, *hi;
    struct span unit, source, scope;
    int64_t time_us;
};

/* "op_ms" for op_s: the name says the unit that was meant. */
static bool unit_in_name(struct span name, enum fact_id *ret, struct span *ret_unit)
{
    static const char *const tails[] = { "s", "days", "years", "share", "ms" };
    size_t cut = span_rchr(name, '_');
    if (cut >= name.len || name.len > 60)
        return false;
    *ret_unit = span_from(name, cut + 1);
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        char other[80];
        (void)snprintf(other, sizeof other, "%.*s_%s", SPAN_FMT(span_sub(name, 0, cut)), tails[i]);
        if (fact_find(span_of(other), ret) && unit_given(unit_own(fact_infos[*ret].unit), *ret_unit))
            return true;
    }
    return false;
}

static void name_unknown(struct telling *t, const char *name)
{
    enum fact_id id;
    struct span unit;
    const char *near = fact_nearest(span_of(name));
    if (unit_in_name(span_of(name), &id, &unit))
        field_error_add(t->errors, name, "unknown fact; '%s' is in %s: tell it as that, with \"unit\":\"%.*s\"",
                        fact_infos[id].name, fact_infos[id].unit, SPAN_FMT(unit));
    else if (near)
        field_error_add(t->errors, name, "unknown fact, did you mean '%s'?", near);
    else
        field_error_add(t->errors, name, "unknown fact; `stet facts` lists them");
}

static bool name_read(struct telling *t, struct span key, struct value *v)
{
    char stem[80];
    v->name = arena_dup(t->arena, span_sub(key, 0, 60));
    (void)snprintf(stem, sizeof stem, "%s_lo", v->name);
    enum fact_id hi;
    if (key.len <= 60 && fact_find(key, &v->id))
        v->band = false;
    else if (key.len <= 60 && fact_find(span_of(stem), &v->id) && fact_band(v->id, FACT_HI, &hi))
        v->band = true;
    else {
        name_unknown(t, v->name);
        return false;
    }
    bool twice = t->seen[v->id] || (v->band && (t->seen[v->id + 1] || t->seen[v->id + 2]));
    for (unsigned i = 0; i < (v->band ? 3u : 1u); i++)
        t->seen[v->id + i] = true;
    if (twice)
        field_error_add(t->errors, v->name, "stands there twice");
    return !twice;
}

bool fact_scope_check(struct span scope, struct err *err)
{
    static const char *const kinds[] = { "run", "scenario", "commit" };
    struct span kind, key;
    if (span_is(scope, "project"))
        return true;
    if (span_split(scope, '=', &kind, &key)) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            if (!span_is(kind, kinds[i]))
                continue;
            bool ok = name_key(kinds[i], key, err);
            if (!ok)
                err->code = ERR_VALUE;
            return ok;
        }
    }
    return err_set(err, ERR_VALUE, "scope '%.*s': want project, run=R, scenario=S or commit=C",
                   SPAN_FMT(span_sub(scope, 0, 60)));
}

bool fact_time_read(struct span text, int64_t now_us, int64_t *ret_us, struct err *err)
{
    char day[40];
    bool short_form = text.len == 10;
    (void)snprintf(day, sizeof day, "%.*sT00:00:00Z", SPAN_FMT(span_sub(text, 0, 10)));
    if (!clock_parse(short_form ? span_of(day) : text, ret_us) || *ret_us <= 0)
        return err_set(err, ERR_VALUE, "time '%.*s': want a day (2026-03-01) or a moment (2026-03-01T10:00:00Z)",
                       SPAN_FMT(span_sub(text, 0, 40)));
    if (*ret_us > now_us + INT64_C(86400) * 1000000)
        return err_set(err, ERR_VALUE, "time '%.*s' lies in the future", SPAN_FMT(text));
    return true;
}

static bool text_member(struct telling *t, struct value *v, const struct json *m, size_t max, struct span *ret)
{
    struct span text = json_str(m);
    bool ok = json_kind_of(m) == JSON_STR && text.len <= max;
    for (size_t i = 0; ok && i < text.len; i++)
        ok = (unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f;
    if (!ok) {
        field_error_add(t->errors, v->name, "%.*s: want a text of one line, at most %zu bytes",
                        SPAN_FMT(span_sub(json_key(m), 0, 20)), max);
        return false;
    }
    *ret = arena_span(t->arena, span_trim(text));
    return true;
}

static bool member_read(struct telling *t, struct value *v, const struct json *m)
{
    struct err why = ERR_INIT;
    struct span text;
    if (span_is(json_key(m), "unit"))
        return text_member(t, v, m, UNIT_MAX, &v->unit);
    if (span_is(json_key(m), "source"))
        return text_member(t, v, m, SOURCE_MAX, &v->source);
    if (span_is(json_key(m), "scope") || span_is(json_key(m), "time")) {
        bool scope = span_is(json_key(m), "scope");
        if (!text_member(t, v, m, 120, &text))
            return false;
        if (scope ? fact_scope_check(text, &why) : fact_time_read(text, t->of->now_us, &v->time_us, &why)) {
            v->scope = scope ? text : v->scope;
            return true;
        }
        field_error_add(t->errors, v->name, "%s", why.text);
        return false;
    }
    const struct json **slot = span_is(json_key(m), "value") ? &v->value
                               : span_is(json_key(m), "lo")  ? &v->lo
                               : span_is(json_key(m), "hi")  ? &v->hi
                                                             : NULL;
    if (!slot) {
        field_error_add(t->errors, v->name, "'%.*s' is none of value, unit, lo, hi, source, time, scope",
                        SPAN_FMT(span_sub(json_key(m), 0, 30)));
        return false;
    }
    if (*slot) {
        field_error_add(t->errors, v->name, "%.*s stands there twice", SPAN_FMT(json_key(m)));
        return false;
    }
    *slot = m;
    return true;
}

/* --- numbers --- */

static bool number_read(struct telling *t, const struct value *v, const struct json *m, double *ret)
{
    const struct fact_info *info = &fact_infos[v->id];
    const struct unit *own = unit_own(info->unit);
    const struct unit *given = v->unit.len > 0 ? unit_given(own, v->unit) : own;
    struct sb words = { .cap = 100 };
    bool ok = false;
    *ret = NUM_UNKNOWN;
    if (json_is_null(m)) {
        ok = true;
    } else if (info->kind == FACT_BOOL ? v->unit.len > 0 : v->unit.len > 0 && !given) {
        unit_words(own, &words);
        field_error_add(t->errors, v->name, "unit '%.*s' does not fit: %s is in %s%s%s", SPAN_FMT(v->unit), info->name,
                        info->unit, words.len > 0 ? "; known are " : "", sb_cstr(&words));
    } else if (json_kind_of(m) == JSON_BOOL && info->kind == FACT_BOOL) {
        *ret = json_bool(m, false) ? 1 : 0;
        ok = true;
    } else if (json_kind_of(m) == JSON_NUM) {
        *ret = json_num(m, NUM_UNKNOWN);
        if (given && given != own)
            *ret = converted(*ret, given, own);
        ok = true;
    } else {
        field_error_add(t->errors, v->name, "want a number in %s or null%s", info->unit,
                        json_kind_of(m) == JSON_STR && info->kind == FACT_NUM
                            ? "; another unit stands in its own member: {\"value\":75,\"unit\":\"...\"}"
                            : "");
    }
    sb_release(&words);
    return ok;
}

static bool range_check(struct telling *t, const struct value *v, enum fact_id id, double x)
{
    const struct fact_info *info = &fact_infos[id];
    if (!num_known(x) ||
        (isfinite(x) && x >= info->lo && x <= info->hi && (info->kind != FACT_BOOL || x == 0 || x == 1)))
        return true;
    if (info->kind == FACT_BOOL)
        field_error_add(t->errors, v->name, "%g is neither true nor false", x);
    else
        field_error_add(
            t->errors, v->name, "%g lies outside %g to %g (%s)%s", x, info->lo, info->hi, info->unit,
            fact_is_share(id) && x > 1 && x <= 100 && v->unit.len == 0 ? "; percent stand with \"unit\":\"%\"" : "");
    return false;
}

static void row_add(struct telling *t, const struct value *v, enum fact_id id, struct span text, double lo, double hi)
{
    struct store_given g = { .scope = v->scope,
                             .name = span_of(fact_infos[id].name),
                             .value = arena_span(t->arena, text),
                             .unit = v->unit,
                             .source = v->source,
                             .by = t->of->by,
                             .lo = lo,
                             .hi = hi,
                             .time_us = v->time_us,
                             .given_us = t->of->now_us };
    VEC_PUSH(t->out, g);
}

static void number_add(struct telling *t, const struct value *v, enum fact_id id, double x, double lo, double hi)
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    jsonw_num(&w, NULL, x);
    row_add(t, v, id, sb_span(&text), lo, hi);
    sb_release(&text);
}

static void numbers_take(struct telling *t, const struct value *v)
{
    double x, lo, hi;
    enum fact_id end;
    if (!number_read(t, v, v->value, &x) || !number_read(t, v, v->lo, &lo) || !number_read(t, v, v->hi, &hi) ||
        !range_check(t, v, v->id, x) || !range_check(t, v, v->id, lo) || !range_check(t, v, v->id, hi))
        return;
    if (lo > hi || lo > x || x > hi) {
        field_error_add(t->errors, v->name, "want lo <= value <= hi, got %g, %g, %g", lo, x, hi);
        return;
    }
    if (v->band) {
        number_add(t, v, v->id, lo, lo, hi);
        number_add(t, v, v->id + 1, x, lo, hi);
        number_add(t, v, v->id + 2, hi, lo, hi);
        return;
    }
    bool interval = num_known(lo) || num_known(hi);
    if (interval && fact_band(v->id, FACT_LO, &end)) {
        struct span whole = span_of(fact_infos[v->id].name);
        field_error_add(t->errors, v->name, "is one end of a band: tell value, lo and hi as '%.*s'",
                        SPAN_FMT(span_sub(whole, 0, span_rchr(whole, '_'))));
        return;
    }
    if (interval && !num_known(x)) {
        field_error_add(t->errors, v->name, "an interval needs its value");
        return;
    }
    number_add(t, v, v->id, x, lo, hi);
}

static void text_take(struct telling *t, const struct value *v)
{
    struct err why = ERR_INIT;
    struct span text = json_is_null(v->value) ? SPAN("null") : json_str(v->value);
    if (v->unit.len > 0 || v->lo || v->hi)
        field_error_add(t->errors, v->name, "a word has no unit and no interval");
    else if (!json_is_null(v->value) && json_kind_of(v->value) != JSON_STR)
        field_error_add(t->errors, v->name, "want a text or null");
    else if (!facts_declare(t->check, span_of(fact_infos[v->id].name), text, "", &why))
        field_error_add(t->errors, v->name, "%s", why.text);
    else
        row_add(t, v, v->id, text, NUM_UNKNOWN, NUM_UNKNOWN);
}

static void member_take(struct telling *t, const struct json *m)
{
    struct value v = { .scope = t->of->scope, .source = t->of->source, .time_us = t->of->time_us };
    if (!name_read(t, json_key(m), &v))
        return;
    if (json_kind_of(m) == JSON_OBJ) {
        for (const struct json *k = json_first(m); k; k = json_next(k)) {
            if (!member_read(t, &v, k))
                return;
        }
        if (!v.value && !(v.band && v.lo && v.hi)) {
            field_error_add(t->errors, v.name, "want a member value (null: unknown again)");
            return;
        }
    } else {
        v.value = m;
    }
    if (fact_infos[v.id].kind == FACT_TEXT)
        text_take(t, &v);
    else
        numbers_take(t, &v);
}

void fact_body_read(const struct json *doc, const struct fact_telling *telling, struct arena *arena,
                    struct store_givens *ret, struct field_errors *errors)
{
    struct telling *t = xcalloc(1, sizeof *t);
    struct fact_set *check = xcalloc(1, sizeof *check);
    t->of = telling;
    t->arena = arena;
    t->out = ret;
    t->errors = errors;
    t->check = check;
    for (const struct json *m = json_first(doc); m; m = json_next(m))
        member_take(t, m);
    free(check);
    free(t);
}

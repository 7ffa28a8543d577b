/* facts.c - the dictionary and sets of values.
 * 1. An unknown fact has known = false, and neither 0 nor an empty text stands for it.
 * 2. After facts_check every number lies in its range, every band is ordered and no parts exceed their whole. */
#include "facts/facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"

const struct fact_info fact_infos[] = {
#define FACT_ROW(id, group_, kind_, unit_, lo_, hi_, price_, words_, meaning_, measured_)                              \
    [FACT_##id] = { #id, FACTS_##group_, FACT_##kind_, unit_, lo_, hi_, PRICE_##price_, words_, meaning_, measured_ },
#include "facts/facts.def"
#undef FACT_ROW
};
_Static_assert(ARRAY_LEN(fact_infos) == FACT_COUNT, "one row per fact");

enum { NAME_MAX_LEN = 48 };

/* Figures are typed and printed with few digits: this much above the whole is rounding. */
static const double rounding = 1e-3;

/* Lower ends (or plain values) of parts of one whole. */
struct whole {
    const char *of;
    double limit;
    enum fact_id part[4];
    size_t parts;
};

static const struct whole wholes[] = {
    { "the time of what the goal names", 1, { FACT_cpu_share_lo, FACT_cpu_queue_share_lo, FACT_wait_share_lo }, 3 },
    { "the time of what the goal names", 1, { FACT_cpu_share_est, FACT_cpu_queue_share_est, FACT_wait_share_est }, 3 },
    { "the time of what the goal names", 1, { FACT_wait_share_lo, FACT_gil_wait_share_lo, FACT_cpu_share_lo }, 3 },
    { "the run", 1, { FACT_throttled_share, FACT_runq_share }, 2 },
    { "all CPU samples", 1, { FACT_unknown_share, FACT_broken_share }, 2 },
    { "all CPU time", 1, { FACT_gc_cpu_share_lo, FACT_deser_cpu_share_lo }, 2 },
    { "the seven flags (three of ten are one fact seen twice)", 7, { FACT_green_n, FACT_red_n }, 2 },
};

const char *fact_group_name(enum fact_group g)
{
    static const char *const names[] = { "declared", "evidence",   "time", "composition",
                                         "derived",  "comparison", "roi",  "pack" };
    _Static_assert(ARRAY_LEN(names) == FACTS_GROUP_COUNT, "one name per group");
    return names[g];
}

const char *fact_origin_name(enum fact_origin o)
{
    static const char *const names[] = { "none", "file", "computed", "declared", "default" };
    return names[o];
}

const char *fact_kind_word(enum fact_kind k)
{
    static const char *const names[] = { "number", "boolean", "text" };
    return names[k];
}

const char *fact_price_words(enum fact_price p)
{
    static const char *const words[] = { "a declared statement", "accounting of a run",
                                         "a profile, longer or with native frames", "a load test",
                                         "a comparison of two versions" };
    return words[p];
}

bool fact_find(struct span name, enum fact_id *ret)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (span_is(name, fact_infos[i].name)) {
            *ret = (enum fact_id)i;
            return true;
        }
    }
    return false;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

size_t name_distance(struct span a, struct span b)
{
    size_t row[NAME_MAX_LEN + 1];
    if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN)
        return span_eq(a, b) ? 0 : NAME_MAX_LEN;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1));
            diagonal = above;
        }
    }
    return row[b.len];
}

const char *fact_nearest(struct span name)
{
    if (name.len == 0 || name.len > NAME_MAX_LEN)
        return NULL;
    size_t best = name.len / 3 > 2 ? name.len / 3 : 2;
    const char *found = NULL;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        struct span known = span_of(fact_infos[i].name);
        size_t d = name_distance(name, known);
        /* `cpu_share` for cpu_share_lo: a beginning is nearer than letters by chance. */
        if (known.len > name.len && name.len >= 4 && span_starts(known, name) && known.ptr[name.len] == '_')
            d = 1;
        /* `cpu_shar`: a slip in the name of a band whose end was left out. */
        if (span_ends(known, SPAN("_lo")) && name.len >= 4) {
            size_t stem = name_distance(name, span_sub(known, 0, known.len - 3)) + 1;
            d = stem < d ? stem : d;
        }
        if (d < best || (d == best && !found)) {
            best = d;
            found = fact_infos[i].name;
        }
    }
    return found;
}

bool fact_band(enum fact_id id, enum fact_end end, enum fact_id *ret)
{
    static const char *const tails[] = { "_lo", "_est", "_hi" };
    struct span name = span_of(fact_infos[id].name);
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        struct span tail = span_of(tails[i]);
        if (!span_ends(name, tail) || id < i || id - i + (size_t)end >= FACT_COUNT)
            continue;
        /* the rows of a band stand next to each other: lo, est, hi */
        size_t other = id - i + (size_t)end;
        struct span partner = span_of(fact_infos[other].name), stem = span_sub(name, 0, name.len - tail.len);
        if (!span_starts(partner, stem) || !span_is(span_from(partner, stem.len), tails[end]))
            return false;
        *ret = (enum fact_id)other;
        return true;
    }
    return false;
}

bool fact_is_share(enum fact_id id)
{
    return strcmp(fact_infos[id].unit, "share") == 0;
}

enum goal_set { FOR_TIME = 1, FOR_RATE = 2, FOR_COST = 4, FOR_MEMORY = 8, FOR_TAIL = 16, FOR_ALL = 31 };

/* Facts that serve some goals alone; all others serve every goal. */
static const struct {
    const char *prefix;
    unsigned goals;
} serving[] = {
    { "cpu_share", FOR_TIME | FOR_TAIL },
    { "cpu_queue_share", FOR_TIME | FOR_TAIL },
    { "wait_share", FOR_TIME | FOR_TAIL },
    { "io_busy_share", FOR_TIME | FOR_TAIL },
    { "user_facing_gain", FOR_TIME | FOR_TAIL },
    { "gc_pause", FOR_TIME | FOR_TAIL },
    { "tail_evidence", FOR_TAIL },
    { "util", FOR_RATE | FOR_COST },
    { "load_saturating", FOR_RATE | FOR_COST },
    { "sized_by", FOR_RATE | FOR_COST },
    { "billing", FOR_COST },
    { "mem_measured", FOR_MEMORY },
    { "mem_saving", FOR_MEMORY },
    { "annual_cost_extra", FOR_MEMORY },
};

static unsigned goal_bit(struct span goal)
{
    static const struct {
        const char *name;
        unsigned bit;
    } bits[] = { { "latency", FOR_TIME },    { "startup", FOR_TIME }, { "tail", FOR_TAIL },
                 { "throughput", FOR_RATE }, { "cost", FOR_COST },    { "memory", FOR_MEMORY } };
    for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
        if (span_is(goal, bits[i].name))
            return bits[i].bit;
    }
    return FOR_ALL;
}

bool fact_serves_goal(enum fact_id id, struct span goal)
{
    unsigned bit = goal_bit(goal);
    for (size_t i = 0; i < ARRAY_LEN(serving); i++) {
        if (span_starts(span_of(fact_infos[id].name), span_of(serving[i].prefix)))
            return (serving[i].goals & bit) != 0;
    }
    return true;
}

static void origin_note(struct fact_value *v, enum fact_origin origin, const char *by)
{
    v->known = true;
    v->origin = origin;
    (void)snprintf(v->by, sizeof v->by, "%s", by ? by : "");
}

void facts_set_num(struct fact_set *f, enum fact_id id, double value, enum fact_origin origin, const char *by)
{
    facts_clear(f, id);
    if (!num_known(value))
        return;
    f->v[id].num = value;
    origin_note(&f->v[id], origin, by);
}

void facts_set_text(struct fact_set *f, enum fact_id id, struct span value, enum fact_origin origin, const char *by)
{
    facts_clear(f, id);
    if (value.len == 0)
        return;
    struct fact_value *v = &f->v[id];
    (void)snprintf(v->text, sizeof v->text, "%.*s", SPAN_FMT(value));
    origin_note(v, origin, by);
}

void facts_clear(struct fact_set *f, enum fact_id id)
{
    f->v[id] = (struct fact_value){ .known = false, .num = NUM_UNKNOWN };
}

double facts_num(const struct fact_set *f, enum fact_id id)
{
    return f->v[id].known ? f->v[id].num : NUM_UNKNOWN;
}

struct span facts_text(const struct fact_set *f, enum fact_id id)
{
    return span_of(f->v[id].known ? f->v[id].text : "");
}

static bool word_allowed(const struct fact_info *info, struct span value)
{
    struct span rest = span_of(info->words), word;
    if (rest.len == 0)
        return true;
    while (span_word(&rest, &word)) {
        if (span_eq(word, value))
            return true;
    }
    return false;
}

static bool text_check(const struct fact_info *info, struct span value, struct err *err)
{
    const struct fact_value *v = NULL;
    if (value.len == 0 || value.len >= sizeof v->text || !span_is_utf8(value))
        return err_set(err, ERR_VALUE, "fact %s: want a word of 1 to %zu bytes", info->name, sizeof v->text - 1);
    if (!word_allowed(info, value))
        return err_set(err, ERR_VALUE, "fact %s: '%.*s' is none of: %s", info->name, SPAN_FMT(value), info->words);
    return true;
}

static bool num_check(const struct fact_info *info, double value, struct err *err)
{
    if (!isfinite(value))
        return err_set(err, ERR_VALUE, "fact %s: want a finite number", info->name);
    if (info->kind == FACT_BOOL && value != 0 && value != 1)
        return err_set(err, ERR_VALUE, "fact %s: %g is neither 0 nor 1", info->name, value);
    if (value < info->lo || value > info->hi)
        return err_set(err, ERR_VALUE, "fact %s: %g lies outside %g to %g (%s)", info->name, value, info->lo, info->hi,
                       info->unit);
    return true;
}

static bool unknown_name(struct span name, struct err *err)
{
    const char *near = fact_nearest(name);
    if (near)
        return err_set(err, ERR_VALUE, "unknown fact '%.*s', did you mean '%s'?", SPAN_FMT(span_sub(name, 0, 60)),
                       near);
    return err_set(err, ERR_VALUE, "unknown fact '%.*s'; `stet facts` lists them", SPAN_FMT(span_sub(name, 0, 60)));
}

static bool num_read(const struct fact_info *info, struct span text, double *ret)
{
    static const struct {
        const char *word;
        double value;
    } words[] = { { "true", 1 }, { "yes", 1 }, { "false", 0 }, { "no", 0 } };
    for (size_t i = 0; info->kind == FACT_BOOL && i < ARRAY_LEN(words); i++) {
        if (span_is(text, words[i].word)) {
            *ret = words[i].value;
            return true;
        }
    }
    return span_to_double(text, ret);
}

static bool is_measured(enum fact_id id)
{
    enum fact_group g = fact_infos[id].group;
    return g == FACTS_EVIDENCE || g == FACTS_TIME || g == FACTS_COMPOSITION;
}

bool facts_declare(struct fact_set *f, struct span name, struct span value, const char *by, struct err *err)
{
    enum fact_id id;
    if (!fact_find(name, &id))
        return unknown_name(name, err);
    const struct fact_info *info = &fact_infos[id];
    if (span_is(value, "null")) {
        facts_clear(f, id);
        return true;
    }
    if (info->kind == FACT_TEXT) {
        if (!text_check(info, value, err))
            return false;
        facts_set_text(f, id, value, ORIGIN_DECLARED, by);
    } else {
        double x;
        if (!num_read(info, value, &x))
            return err_set(err, ERR_VALUE, "fact %s: '%.*s' is not a number (%s)", info->name,
                           SPAN_FMT(span_sub(value, 0, 60)), info->unit);
        if (!num_check(info, x, err))
            return false;
        facts_set_num(f, id, x, ORIGIN_DECLARED, by);
    }
    if (is_measured(id))
        facts_set_num(f, FACT_declared_measures, 1, ORIGIN_COMPUTED, info->name);
    return true;
}

void facts_defaults(struct fact_set *f)
{
    static const struct {
        enum fact_id id;
        double value;
    } numbers[] = { { FACT_goal_gain, 0.30 },
                    { FACT_min_useful_gain, 0.10 },
                    { FACT_cpu_bound_threshold, 0.50 },
                    { FACT_wait_bound_threshold, 0.20 } };
    if (!f->v[FACT_goal].known)
        facts_set_text(f, FACT_goal, SPAN("latency"), ORIGIN_DEFAULT, "");
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (!f->v[numbers[i].id].known)
            facts_set_num(f, numbers[i].id, numbers[i].value, ORIGIN_DEFAULT, "");
    }
}

static bool band_check(const struct fact_set *f, enum fact_id id, struct err *err)
{
    for (enum fact_end end = FACT_LO; end <= FACT_HI; end++) {
        enum fact_id other;
        if (!fact_band(id, end, &other) || other <= id || !f->v[other].known)
            continue;
        /* rows of a band stand in the order lo, est, hi */
        if (f->v[id].num > f->v[other].num + 1e-12)
            return err_set(err, ERR_VALUE, "fact %s: %g lies above %s, %g", fact_infos[id].name, f->v[id].num,
                           fact_infos[other].name, f->v[other].num);
    }
    return true;
}

static bool whole_check(const struct fact_set *f, const struct whole *w, struct err *err)
{
    double sum = 0;
    struct sb names = { .cap = 200 };
    for (size_t i = 0; i < w->parts; i++) {
        if (!f->v[w->part[i]].known)
            continue;
        sum += f->v[w->part[i]].num;
        sb_printf(&names, "%s%s", names.len ? " + " : "", fact_infos[w->part[i]].name);
    }
    bool fine = sum <= w->limit + rounding;
    if (!fine)
        (void)err_set(err, ERR_VALUE, "facts %s are %g, above %s, %g", sb_cstr(&names), sum, w->of, w->limit);
    sb_release(&names);
    return fine;
}

bool facts_check(const struct fact_set *f, struct err *err)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &f->v[i];
        const struct fact_info *info = &fact_infos[i];
        if (!v->known)
            continue;
        if (info->kind == FACT_TEXT ? !text_check(info, span_of(v->text), err) : !num_check(info, v->num, err))
            return false;
        if (info->kind == FACT_NUM && !band_check(f, (enum fact_id)i, err))
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        if (!whole_check(f, &wholes[i], err))
            return false;
    }
    double raw = facts_num(f, FACT_samples_raw), eff = facts_num(f, FACT_samples_eff);
    if (eff > raw * (1 + rounding))
        return err_set(err, ERR_VALUE, "fact samples_eff: %g independent samples out of %g (samples_raw)", eff, raw);
    return true;
}

double facts_excess(double (*number)(const void *from, enum fact_id id), const void *from)
{
    double excess = 0;
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        double sum = 0;
        for (size_t k = 0; k < wholes[i].parts; k++) {
            double x = number(from, wholes[i].part[k]);
            sum += num_known(x) ? x : 0;
        }
        excess += fmax(0, sum - wholes[i].limit);
    }
    double raw = number(from, FACT_samples_raw), eff = number(from, FACT_samples_eff);
    if (eff > raw)
        excess += 1 + (eff - raw) / eff;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        double low = number(from, (enum fact_id)i);
        enum fact_id est, hi;
        if (!num_known(low) || !fact_band((enum fact_id)i, FACT_EST, &est) || !fact_band((enum fact_id)i, FACT_HI, &hi))
            continue;
        if (est > i && low > number(from, est))
            excess += 1;
        if (hi > i && low > number(from, hi))
            excess += 1;
    }
    return excess;
}

static bool json_value(struct fact_set *f, enum fact_id id, const struct json *v, enum fact_origin origin,
                       const char *by, struct err *err)
{
    const struct fact_info *info = &fact_infos[id];
    enum json_kind kind = json_kind_of(v);
    if (kind == JSON_NULL) {
        facts_clear(f, id);
        return true;
    }
    if (info->kind == FACT_TEXT) {
        if (kind != JSON_STR)
            return err_set(err, ERR_VALUE, "fact %s: want a text or null", info->name);
        if (!text_check(info, json_str(v), err))
            return false;
        facts_set_text(f, id, json_str(v), origin, by);
        return true;
    }
    if (kind != JSON_NUM && (kind != JSON_BOOL || info->kind != FACT_BOOL))
        return err_set(err, ERR_VALUE, "fact %s: want a number or null (%s)", info->name, info->unit);
    double x = kind == JSON_BOOL ? (json_bool(v, false) ? 1 : 0) : json_num(v, NUM_UNKNOWN);
    if (!num_check(info, x, err))
        return false;
    facts_set_num(f, id, x, origin, by);
    return true;
}

bool facts_from_json(struct fact_set *f, const struct json *obj, enum fact_origin origin, const char *by,
                     struct err *err)
{
    if (json_kind_of(obj) != JSON_OBJ)
        return err_set(err, ERR_VALUE, "facts: want one flat object of names and values");
    bool seen[FACT_COUNT] = { false };
    for (const struct json *v = json_first(obj); v; v = json_next(v)) {
        enum fact_id id;
        if (!fact_find(json_key(v), &id))
            return unknown_name(json_key(v), err);
        if (seen[id])
            return err_set(err, ERR_VALUE, "fact %s stands there twice", fact_infos[id].name);
        seen[id] = true;
        if (!json_value(f, id, v, origin, by, err))
            return false;
    }
    return facts_check(f, err);
}

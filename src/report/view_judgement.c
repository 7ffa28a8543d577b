#include "report/view_read.h"

#include "base/sb.h"
#include "facts/facts.h"
#include "report/fmt.h"

enum { RULES_MAX = 300, FLIPS_MAX = 5, NEXT_MAX = 12, ANSWERS_MAX = 8, INPUTS_MAX = 200, ASKS_MAX = 10, TEXTS_MAX = 16 };

static struct span taken(struct view *v, struct sb *sb)
{
    struct span kept = view_clean(v->arena, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

struct span read_value(struct view *v, struct span fact, const struct json *value)
{
    struct sb sb = { 0 };
    switch (json_kind_of(value)) {
    case JSON_NUM:
        fmt_fact(&sb, fact, json_num(value, 0));
        break;
    case JSON_BOOL:
        sb_adds(&sb, json_bool(value, false) ? "yes" : "no");
        break;
    case JSON_STR:
        sb_add(&sb, json_str(value));
        break;
    case JSON_NULL:
    case JSON_ABSENT:
    case JSON_ARR:
    case JSON_OBJ:
        sb_adds(&sb, "not known");
        break;
    }
    return taken(v, &sb);
}

/* A missing fact as people call it. */
struct span read_fact_words(struct span name)
{
    static const char *const rows[][2] = {
#define WORDS_ROW(fact, words) { fact, words },
#include "report/words.def"
#undef WORDS_ROW
    };
    struct span base = name;
    static const char *const ends[] = { "_lo", "_est", "_hi" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (span_ends(name, span_of(ends[i])))
            base = span_sub(name, 0, name.len - strlen(ends[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(base, rows[i][0]))
            return span_of(rows[i][1]);
    }
    return name;
}

static struct span plain_name(struct view *v, struct span name)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < name.len && i < 60; i++)
        sb_addc(&sb, name.ptr[i] == '_' || name.ptr[i] == '.' ? ' ' : name.ptr[i]);
    return taken(v, &sb);
}

struct span read_joined(struct view *v, const struct json *list, size_t max)
{
    struct sb sb = { 0 };
    size_t n = 0;
    EACH (item, list) {
        struct span words = span_sub(read_fact_words(json_str(item)), 0, 60);
        if (span_eq(words, json_str(item)))
            words = plain_name(v, words);
        if (span_find(sb_span(&sb), 0, words) < sb.len)
            continue;
        if (n++ == max) {
            sb_adds(&sb, " ...");
            break;
        }
        sb_printf(&sb, "%s%.*s", sb.len ? ", " : "", SPAN_FMT(words));
    }
    return taken(v, &sb);
}

static void texts_make(struct view *v, const struct json *list, struct view_pair **ret, size_t *count)
{
    *ret = ARENA_ARRAY(v->arena, TEXTS_MAX, struct view_pair);
    *count = 0;
    EACH (item, list) {
        if (*count == TEXTS_MAX)
            break;
        struct span text = view_clean(v->arena, json_str(item), 300);
        if (text.len > 0)
            (*ret)[(*count)++].value = text;
    }
}

/* --- rules --- */

/* A document may give numbers or words for these; numbers without a unit below one are shares. */
static struct span measure(struct view *v, const struct json *row, const char *key)
{
    const struct json *value = json_get(row, key);
    if (json_is_null(value))
        return SPAN("");
    struct span fact = json_str(json_get(row, "fact"));
    struct span unit = json_str(json_get(row, "unit"));
    if (json_kind_of(value) != JSON_NUM || (fact.len > 0 && unit.len == 0))
        return read_value(v, fact, value);
    struct sb sb = { 0 };
    double x = json_num(value, 0);
    double other = json_num(json_get(row, span_is(span_of(key), "line") ? "measured" : "line"), x);
    if (unit.len == 0 && x >= 0 && x <= 1 && other >= 0 && other <= 1)
        unit = SPAN("share");
    if (span_is(unit, "x") && span_starts(fact, SPAN("amdahl_ceiling")))
        fmt_ceiling(&sb, x);
    else
        fmt_unit(&sb, unit, x);
    return taken(v, &sb);
}

static struct span distance_words(struct view *v, const struct json *row)
{
    const struct json *given = json_get(row, "distance");
    if (json_kind_of(given) == JSON_STR)
        return view_clean(v->arena, json_str(given), 80);
    double measured = read_num(row, "measured");
    double line = read_num(row, "line");
    double factor = num_known(read_num(row, "factor")) ? read_num(row, "factor")
                    : measured > 0 && line > 0         ? (measured < line ? line / measured : measured / line)
                                                       : NUM_UNKNOWN;
    if (!num_known(factor) || factor <= 0)
        return SPAN("");
    struct span side = json_str(json_get(row, "side"));
    bool below = side.len > 0 ? span_is(side, "below") : measured < line;
    if (factor < 1)
        factor = 1 / factor;
    if (factor < 1.005)
        return SPAN("at the line");
    if (factor > 999.5)
        return below ? SPAN("more than 1,000 times below") : SPAN("more than 1,000 times above");
    struct sb sb = { 0 };
    sb_printf(&sb, factor < 10 ? (factor < 2 ? "%.2f" : "%.1f") : "%.0f", factor);
    sb_printf(&sb, " times %s", below ? "below" : "above");
    return taken(v, &sb);
}

static struct view_rule rule_of(struct view *v, const struct json *row)
{
    struct view_rule r = {
        .id = read_text(v, row, "id", 30),
        .reason = read_text(v, row, "reason", 300),
        .source = read_text(v, row, "source", 200),
        .remedy = read_text(v, row, "remedy", 200),
        .basis = read_text(v, row, "basis", 20),
        .effect = read_text(v, row, "effect", 60),
        .measured = measure(v, row, "measured"),
        .line = measure(v, row, "line"),
        .owner = read_text(v, row, "owner", 60),
        .distance = distance_words(v, row),
        .missing = read_joined(v, json_get(row, "missing"), 6),
    };
    if (r.reason.len == 0)
        r.reason = read_text(v, row, "text", 300);
    const struct json *value = json_get(row, "value");
    r.fired = read_rule_fired(row);
    r.open = json_is_null(value);
    /* A rule about something that is missing has measured nothing: unknown never reads as 0, and a line without a
     * number beside it says nothing. */
    if (json_is_null(json_get(row, "measured")) || (span_is(r.basis, "absence") && read_num(row, "measured") == 0))
        r.measured = r.line = r.distance = SPAN("");
    bool exempted = json_num(value, 0) == 1 && !r.fired;
    r.value = r.open ? SPAN("open") : r.fired ? SPAN("holds") : exempted ? SPAN("exempted") : SPAN("does not hold");
    return r;
}

static void rules_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "rules");
    v->rules = ARENA_ARRAY(v->arena, read_count(list, RULES_MAX), struct view_rule);
    EACH (row, list) {
        if (v->rules_count == RULES_MAX)
            break;
        v->rules[v->rules_count++] = rule_of(v, row);
    }
    const struct json *why = json_get(doc, "why");
    v->why = ARENA_ARRAY(v->arena, TEXTS_MAX, struct view_rule);
    EACH (row, why) {
        if (v->why_count == TEXTS_MAX)
            break;
        v->why[v->why_count++] = rule_of(v, row);
    }
    /* The rule that decided stands first. */
    for (int pass = 0; pass < 2 && !why; pass++) {
        for (size_t i = 0; i < v->rules_count && v->why_count < TEXTS_MAX; i++) {
            const struct view_rule *r = &v->rules[i];
            bool first = span_eq(r->id, v->reason_rule);
            if (r->fired && !span_starts(r->effect, SPAN("note")) && first == (pass == 0))
                v->why[v->why_count++] = *r;
        }
    }
}

/* --- the lines between the verdicts --- */

static void line_make(const struct json *doc, const char *fact, double otherwise, double *ret, struct span *ret_owner)
{
    *ret = json_num(json_get(json_get(doc, "facts"), fact), otherwise);
    *ret_owner = SPAN("default");
    EACH (row, json_get(doc, "lines")) {
        if (!span_is(json_str(json_get(row, "fact")), fact))
            continue;
        *ret = json_num(json_get(row, "value"), *ret);
        if (json_str(json_get(row, "owner")).len > 0)
            *ret_owner = json_str(json_get(row, "owner"));
        return;
    }
    EACH (row, json_get(doc, "inputs")) {
        if (!span_is(json_str(json_get(row, "name")), fact))
            continue;
        *ret = json_num(json_get(row, "value"), *ret);
        if (!span_is(json_str(json_get(row, "origin")), "default"))
            *ret_owner = json_str(json_get(row, "by"));
        return;
    }
}

/* "the CPU share reaches 20 % (now 3.0 %)": ends of an interval are one quantity for a reader. */
struct span read_flip(struct view *v, const struct json *row)
{
    static const char *const known[] = { "cpu_share", "cpu_queue_share", "wait_share" };
    struct span fact = json_str(json_get(row, "fact"));
    struct span what = fact;
    enum fact_id id;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (span_starts(fact, span_of(known[i])))
            what = read_fact_words(fact);
    }
    if (span_is(fact, "p_roi_pos_ceiling"))
        what = SPAN("the chance to pay back, if CPU were free,");
    else if (span_starts(fact, SPAN("p_roi_pos")))
        what = SPAN("the chance to pay back");
    if (span_eq(what, fact) && fact_find(fact, &id)) {
        what = span_of(fact_infos[id].meaning);
        static const char *const ends[] = { ", lower end", ", estimate", ", upper end" };
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            if (span_ends(what, span_of(ends[i])))
                what.len -= strlen(ends[i]);
        }
    }
    double now = read_num(row, "now");
    struct sb sb = { 0 };
    what = span_sub(what, 0, 200);
    /* In the middle of a sentence; a name of capitals keeps them. */
    if (what.len > 1 && what.ptr[0] >= 'A' && what.ptr[0] <= 'Z' && what.ptr[1] >= 'a')
        what = view_printf(v->arena, "%c%.*s", what.ptr[0] - 'A' + 'a', SPAN_FMT(span_from(what, 1)));
    sb_printf(&sb, "%.*s %s %.*s", SPAN_FMT(what), read_num(row, "at") < now ? "falls to" : "reaches",
              SPAN_FMT(read_value(v, fact, json_get(row, "at"))));
    if (!json_is_null(json_get(row, "now")))
        sb_printf(&sb, " (now %.*s)", SPAN_FMT(read_value(v, fact, json_get(row, "now"))));
    return taken(v, &sb);
}

static void flips_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "flips");
    v->flips = ARENA_ARRAY(v->arena, FLIPS_MAX, struct view_flip);
    EACH (row, list) {
        if (v->flips_count == FLIPS_MAX)
            break;
        struct span words = read_text(v, row, "words", 200);
        if (words.len == 0)
            words = read_flip(v, row);
        /* Two ends of one interval are one sentence: what stands before "(now ...)" decides. */
        struct span said = span_sub(words, 0, span_find(words, 0, SPAN(" (now ")));
        bool seen = false;
        for (size_t i = 0; i < v->flips_count; i++) {
            struct span old = v->flips[i].words;
            seen = seen || span_eq(span_sub(old, 0, span_find(old, 0, SPAN(" (now "))), said);
        }
        if (!seen)
            v->flips[v->flips_count++].words = words;
    }
}

static bool needs(const struct json *row, const char *what)
{
    EACH (item, json_get(row, "needs")) {
        if (span_is(json_str(item), what))
            return true;
    }
    return false;
}

static void next_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "next");
    v->next = ARENA_ARRAY(v->arena, NEXT_MAX, struct view_next);
    EACH (row, list) {
        if (v->next_count == NEXT_MAX)
            break;
        struct view_next *n = &v->next[v->next_count++];
        n->why = read_text(v, row, "why", 300);
        n->command = read_text(v, row, "command", 4000);
        n->text = read_text(v, row, "text", 300);
        n->platform = read_text(v, row, "platform", 40);
        n->decides = json_bool(json_get(row, "decides"), false);
        n->alternative = json_bool(json_get(row, "alternative"), false);
        n->settles = read_text(v, row, "settles_words", 200);
        if (n->settles.len == 0)
            n->settles = read_joined(v, json_get(row, "settles"), 6);
        struct sb sb = { 0 };
        double takes = read_num(row, "takes_s");
        /* More than a few months is no instruction. */
        if (takes >= 120 && takes < 1e7)
            sb_printf(&sb, "%.0f min", takes / 60);
        else if (takes > 0 && takes < 1e7)
            sb_printf(&sb, "%.0f s", takes < 1 ? 1 : takes);
        n->takes = taken(v, &sb);
        if (span_is(n->platform, "any"))
            n->platform = SPAN("");
        /* Looking at files again needs nothing of the program. */
        if (n->command.len > 0 && !span_starts(n->command, SPAN("stet "))) {
            sb_printf(&sb, "%s, %s", needs(row, "restart") ? "a restart" : "no restart",
                      needs(row, "root") ? "root" : "no root");
            if (needs(row, "tool"))
                sb_adds(&sb, ", a tool that may be missing");
            if (needs(row, "load"))
                sb_adds(&sb, ", under load");
        }
        n->needs = taken(v, &sb);
    }
}

/* --- answers by goal --- */

static struct span goal_words(struct span goal)
{
    static const char *const words[][2] = {
        { "latency", "response time" }, { "throughput", "capacity" }, { "cost", "cost of CPU" },
        { "memory", "memory" },         { "startup", "start-up" },    { "tail", "99th percentile" },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(goal, words[i][0]))
            return span_of(words[i][1]);
    }
    return goal;
}

static void answers_make(const struct json *doc, struct view *v)
{
    v->answers = ARENA_ARRAY(v->arena, ANSWERS_MAX, struct view_answer);
    EACH (row, json_get(doc, "answers")) {
        if (v->answers_count == ANSWERS_MAX)
            break;
        struct view_answer *a = &v->answers[v->answers_count++];
        struct span goal = read_text(v, row, "goal", 20);
        a->goal = goal_words(goal);
        a->asked = span_eq(goal, v->goal);
        a->state = view_state_of(json_str(json_get(row, "verdict")));
        a->today = read_text(v, row, "today", 80);
        a->best = read_text(v, row, "best", 80);
        a->words = read_text(v, row, "words", 160);
        if (a->words.len > 0)
            continue;
        struct span missing = read_joined(v, json_get(row, "missing"), 4);
        struct span head = a->asked ? v->headline : view_clean(v->arena, report_headline(row), 60);
        a->words = missing.len > 0 && a->state == VIEW_UNDECIDED
                       ? view_printf(v->arena, "not decided yet: needs %.*s", SPAN_FMT(missing))
                       : head;
    }
}

/* --- inputs --- */

static void inputs_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "inputs");
    v->inputs = ARENA_ARRAY(v->arena, read_count(list, INPUTS_MAX), struct view_input);
    struct view_pair *assumed = ARENA_ARRAY(v->arena, TEXTS_MAX, struct view_pair);
    size_t assumed_count = 0;
    EACH (row, list) {
        if (v->inputs_count == INPUTS_MAX)
            break;
        struct view_input *in = &v->inputs[v->inputs_count++];
        in->name = read_text(v, row, "name", 60);
        enum fact_id id;
        in->meaning = fact_find(in->name, &id) ? span_of(fact_infos[id].meaning) : SPAN("");
        in->value = read_value(v, in->name, json_get(row, "value"));
        in->origin = read_text(v, row, "origin", 20);
        in->by = read_text(v, row, "by", 100);
        in->if_wrong = read_text(v, row, "if_wrong", 120);
        if (span_is(in->origin, "default") && assumed_count < TEXTS_MAX)
            assumed[assumed_count++].value =
                view_printf(v->arena, "%.*s %.*s", SPAN_FMT(in->name), SPAN_FMT(in->value));
    }
    texts_make(v, json_get(doc, "assumed"), &v->assumed, &v->assumed_count);
    if (!json_get(doc, "assumed")) {
        v->assumed = assumed;
        v->assumed_count = assumed_count;
    }
}

static bool listed(const struct json *list, const char *name)
{
    EACH (item, list) {
        if (span_is(json_str(item), name))
            return true;
    }
    return false;
}

/* Anything in the document that waits for this fact. */
static bool asked_for(const struct json *doc, const char *name)
{
    if (listed(json_get(doc, "open"), name) || listed(json_get(doc, "not_given"), name) ||
        listed(json_path(doc, "potential.missing"), name))
        return true;
    struct span goal = json_str(json_get(doc, "goal"));
    EACH (row, json_get(doc, "answers")) {
        if (span_eq(json_str(json_get(row, "goal")), goal) && listed(json_get(row, "missing"), name))
            return true;
    }
    EACH (row, json_get(doc, "next")) {
        if (listed(json_get(row, "settles"), name))
            return true;
    }
    return false;
}

static const struct {
    const char *name, *label, *hint, *settles, *choices;
} ask_rows[] = {
#define ASK_ROW(fact, label, hint, settles, choices) { #fact, label, hint, settles, choices },
#include "report/asks.def"
#undef ASK_ROW
};

static void ask_add(struct view *v, const char *name, bool waited_for)
{
    for (size_t i = 0; i < ARRAY_LEN(ask_rows) && v->asks_count < ASKS_MAX; i++) {
        if (strcmp(ask_rows[i].name, name) != 0)
            continue;
        v->asks[v->asks_count++] =
            (struct view_ask){ span_of(ask_rows[i].name),    span_of(ask_rows[i].label),   span_of(ask_rows[i].hint),
                               span_of(ask_rows[i].settles), span_of(ask_rows[i].choices), waited_for };
    }
}

/* First what something waits for; then what a person alone can say of a recording, as long as nobody did. */
static void asks_make(const struct json *doc, struct view *v)
{
    static const char *const stated[] = { "load_representative", "environment", "load_model" };
    v->asks = ARENA_ARRAY(v->arena, ASKS_MAX, struct view_ask);
    for (size_t i = 0; i < ARRAY_LEN(ask_rows); i++) {
        if (asked_for(doc, ask_rows[i].name))
            ask_add(v, ask_rows[i].name, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(stated); i++) {
        if (!asked_for(doc, stated[i]) && json_is_null(json_get(json_get(doc, "facts"), stated[i])))
            ask_add(v, stated[i], false);
    }
}

/* --- what the reader has to know besides --- */

static void cannot_make(const struct json *doc, struct view *v)
{
    texts_make(v, json_get(doc, "cannot_show"), &v->cannot, &v->cannot_count);
    if (json_get(doc, "cannot_show"))
        return;
    for (size_t i = 0; i < v->files_count && v->cannot_count < TEXTS_MAX; i++) {
        struct span text = v->files[i].cannot;
        bool shown_elsewhere = text.len == 0;
        for (size_t k = 0; k < v->files_count; k++)
            shown_elsewhere = shown_elsewhere || (k != i && !span_eq(v->files[k].cannot, text));
        for (size_t k = 0; k < v->cannot_count; k++)
            shown_elsewhere = shown_elsewhere || span_eq(v->cannot[k].value, text);
        if (!shown_elsewhere)
            v->cannot[v->cannot_count++].value = text;
    }
}

static void versions_make(const struct json *doc, struct view *v)
{
    v->versions = ARENA_ARRAY(v->arena, TEXTS_MAX, struct view_pair);
    EACH (item, json_get(doc, "versions")) {
        if (v->versions_count + 3 >= TEXTS_MAX)
            break;
        struct span value =
            json_kind_of(item) == JSON_ARR ? read_joined(v, item, 8) : view_clean(v->arena, json_str(item), 60);
        v->versions[v->versions_count++] = (struct view_pair){ view_clean(v->arena, json_key(item), 30), value };
    }
    double seed = read_num(doc, "seed");
    struct span digits = read_text(v, doc, "seed_text", 24);
    if (digits.len > 0)
        v->versions[v->versions_count++] = (struct view_pair){ SPAN("seed"), digits };
    else if (num_known(seed))
        v->versions[v->versions_count++] = (struct view_pair){ SPAN("seed"), view_printf(v->arena, "%.0f", seed) };
    struct span as_of = read_text(v, doc, "as_of", 40);
    if (as_of.len > 0)
        v->versions[v->versions_count++] = (struct view_pair){ SPAN("as of"), as_of };
}

void view_judgement(const struct json *doc, struct view *v)
{
    rules_make(doc, v);
    line_make(doc, "wait_bound_threshold", 0.2, &v->wait_line, &v->wait_owner);
    line_make(doc, "cpu_bound_threshold", 0.5, &v->cpu_line, &v->cpu_owner);
    v->wait_owner = view_clean(v->arena, v->wait_owner, 60);
    v->cpu_owner = view_clean(v->arena, v->cpu_owner, 60);
    flips_make(doc, v);
    next_make(doc, v);
    answers_make(doc, v);
    inputs_make(doc, v);
    asks_make(doc, v);
    cannot_make(doc, v);
    versions_make(doc, v);
    texts_make(v, json_get(doc, "not_given"), &v->not_given, &v->not_given_count);
    texts_make(v, json_get(doc, "gate_reasons"), &v->reasons, &v->reasons_count);
    for (size_t i = 0; !json_get(doc, "gate_reasons") && i < v->why_count && i < 6; i++)
        v->reasons[v->reasons_count++].value = v->why[i].reason;
}

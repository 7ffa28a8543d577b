#include "report/view.h"

#include "report/view_read.h"

#include "base/sb.h"

enum { SUMMARY_MAX = 400 };

enum view_state view_state_of(struct span verdict)
{
    if (span_is(verdict, "full_migration") || span_is(verdict, "native_extension"))
        return VIEW_OPEN;
    if (span_is(verdict, "do_not_migrate") || span_is(verdict, "fix_wait_first") ||
        span_is(verdict, "optimise_in_place"))
        return VIEW_CLOSED;
    return VIEW_UNDECIDED;
}

const char *view_state_name(enum view_state s)
{
    static const char *const names[] = {
        [VIEW_UNDECIDED] = "undecided", [VIEW_CLOSED] = "closed", [VIEW_OPEN] = "open"
    };
    return names[s];
}

struct span read_text(struct view *v, const struct json *obj, const char *key, size_t max)
{
    return view_clean(v->arena, json_str(json_get(obj, key)), max);
}

double read_num(const struct json *obj, const char *key)
{
    return json_num(json_get(obj, key), NUM_UNKNOWN);
}

size_t read_count(const struct json *list, size_t max)
{
    size_t n = json_count(list);
    return n < max ? n : max;
}

struct view_share view_share_of(const struct json *v)
{
    return (struct view_share){ read_num(v, "lo"), read_num(v, "est"), read_num(v, "hi") };
}

const struct json *read_rule(const struct json *doc, const char *id)
{
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        if (span_is(json_str(json_get(r, "id")), id))
            return r;
    }
    return NULL;
}

bool read_rule_fired(const struct json *rule)
{
    return json_num(json_get(rule, "value"), 0) == 1 && !json_bool(json_get(rule, "exempted"), false);
}

bool read_fired(const struct json *doc, const char *id)
{
    return read_rule_fired(read_rule(doc, id));
}

static struct span verdict_words(struct span verdict)
{
    static const char *const words[][2] = {
        { "insufficient_evidence", "Not decided yet" },         { "do_not_migrate", "A rewrite would not pay" },
        { "fix_wait_first", "Fix the waiting first" },          { "optimise_in_place", "Optimise in place first" },
        { "native_extension", "Move one part to native code" }, { "full_migration", "A rewrite is supported" },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(verdict, words[i][0]))
            return span_of(words[i][1]);
    }
    return SPAN("");
}

struct span report_headline(const struct json *doc)
{
    struct span given = json_str(json_get(doc, "headline"));
    if (given.len > 0 && given.len <= 80)
        return given;
    struct span verdict = json_str(json_get(doc, "verdict"));
    struct span main_rule = json_str(json_get(doc, "reason_rule"));
    if (main_rule.len == 0)
        main_rule = json_str(json_get(json_first(json_get(doc, "why")), "id"));
    if (span_is(main_rule, "CPU-05"))
        return SPAN("CPU is not the limit");
    if (span_is(main_rule, "CPU-06"))
        return SPAN("Raise the quota first");
    if (span_is(main_rule, "CPU-07"))
        return SPAN("Add cores first");
    bool still_open = json_count(json_path(doc, "potential.missing")) > 0 && !read_fired(doc, "EV-10");
    if (read_fired(doc, "CPU-01") && still_open &&
        view_state_of(json_str(json_path(doc, "potential.verdict"))) == VIEW_OPEN)
        return SPAN("CPU-bound");
    return verdict_words(verdict).len > 0 ? verdict_words(verdict) : SPAN("Not decided yet");
}

static struct span default_question(struct view *v)
{
    struct span who = v->process.len > 0 ? v->process : SPAN("this program");
    if (span_is(v->goal, "throughput"))
        return view_printf(v->arena, "Would a rewrite let %.*s serve more at the same size?", SPAN_FMT(who));
    if (span_is(v->goal, "cost"))
        return view_printf(v->arena, "Would a rewrite make %.*s cheaper to run?", SPAN_FMT(who));
    if (span_is(v->goal, "memory"))
        return view_printf(v->arena, "Would a rewrite make %.*s need less memory?", SPAN_FMT(who));
    if (span_is(v->goal, "startup"))
        return view_printf(v->arena, "Would a rewrite make %.*s start sooner?", SPAN_FMT(who));
    if (span_is(v->goal, "tail"))
        return view_printf(v->arena, "Would a rewrite make the slowest answers of %.*s faster?", SPAN_FMT(who));
    return view_printf(v->arena, "Would a rewrite make %.*s faster?", SPAN_FMT(who));
}

/* True when what keeps the verdict down is evidence that is missing, rather than cost, volume or a statement. */
static bool evidence_missing(const struct json *doc)
{
    if (span_is(json_str(json_get(doc, "verdict")), "insufficient_evidence") && !read_fired(doc, "CPU-01"))
        return true;
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        struct span id = json_str(json_get(r, "id"));
        bool input_rule = false;
        static const char *const inputs[] = { "EV-11", "EV-12", "EV-13", "EV-14" };
        for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
            input_rule = input_rule || span_is(id, inputs[i]);
        if (read_rule_fired(r) && span_starts(id, SPAN("EV-")) && !input_rule &&
            span_is(json_str(json_get(r, "basis")), "absence"))
            return true;
    }
    return false;
}

static struct span default_gate_words(const struct json *doc, struct span gate)
{
    struct span verdict = json_str(json_get(doc, "verdict"));
    if (span_is(gate, "waived"))
        return SPAN("waived");
    if (span_is(gate, "pass")) {
        if (span_is(verdict, "native_extension"))
            return SPAN("open for that part");
        if (span_is(verdict, "full_migration"))
            return SPAN("open");
        return SPAN("evidence rule met, a rewrite may be proposed");
    }
    if (span_is(gate, "fail"))
        return span_is(verdict, "fix_wait_first") && span_is(json_str(json_get(doc, "goal")), "latency")
                   ? SPAN("closed, shown otherwise for response time")
                   : SPAN("closed, shown otherwise");
    return evidence_missing(doc) ? SPAN("closed, not enough evidence") : SPAN("closed, inputs not given");
}

/* The rule behind the verdict: named by the document, else the first that fired and decides something. */
static struct span reason_rule(const struct json *doc)
{
    struct span id = json_str(json_get(doc, "reason_rule"));
    if (id.len > 0)
        return id;
    id = json_str(json_get(json_first(json_get(doc, "why")), "id"));
    if (id.len > 0)
        return id;
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        if (read_rule_fired(r) && !span_starts(json_str(json_get(r, "effect")), SPAN("note")))
            return json_str(json_get(r, "id"));
    }
    return SPAN("");
}

static struct span process_name(struct view *v, const struct json *doc)
{
    const struct json *process = json_get(doc, "process");
    struct span name = read_text(v, process, "name", 60);
    return name.len > 0 ? name : SPAN("");
}

static void head_make(const struct json *doc, struct view *v)
{
    v->verdict = read_text(v, doc, "verdict", 40);
    v->state = view_state_of(v->verdict);
    v->headline = view_clean(v->arena, report_headline(doc), 60);
    v->summary = read_text(v, doc, "summary", SUMMARY_MAX);
    v->goal = read_text(v, doc, "goal", 20);
    v->process = process_name(v, doc);
    v->question = read_text(v, doc, "question", 200);
    if (v->question.len == 0)
        v->question = default_question(v);
    v->gate = read_text(v, doc, "gate", 20);
    v->gate_words = read_text(v, doc, "gate_words", 120);
    if (v->gate_words.len == 0)
        v->gate_words = default_gate_words(doc, v->gate);
    v->reason_rule = view_clean(v->arena, reason_rule(doc), 30);
    v->sure = read_text(v, doc, "sure", 300);
    v->asked = json_bool(json_get(doc, "asked"), false);
    v->revision = read_num(doc, "revision");
    v->superseded_by = read_num(doc, "superseded_by");
    /* A rewrite that may be proposed is open in all but name. */
    if (span_is(v->gate, "pass"))
        v->state = VIEW_OPEN;

    /* The headline is printed before the sentence: it need not begin with the same words. */
    v->sentence = v->summary;
    struct span prefix = view_printf(v->arena, "%.*s: ", SPAN_FMT(v->headline));
    struct span undecided = SPAN("Not decided yet: ");
    if (span_starts(v->sentence, prefix))
        v->sentence = span_from(v->sentence, prefix.len);
    else if (span_is(v->headline, "Not decided yet") && span_starts(v->sentence, undecided))
        v->sentence = span_from(v->sentence, undecided.len);
    /* What was the middle of a sentence begins one now; a file's name keeps its letters. */
    size_t word = span_chr(v->sentence, 0, ' ');
    bool is_name = span_chr(v->sentence, 0, '.') < word || span_chr(v->sentence, 0, '/') < word;
    char first = v->sentence.len > 0 ? v->sentence.ptr[0] : ' ';
    if (first >= 'a' && first <= 'z' && !is_name)
        v->sentence = view_printf(v->arena, "%c%.*s", first - 'a' + 'A', SPAN_FMT(span_from(v->sentence, 1)));
}

bool view_make(const struct json *doc, struct arena *a, struct view *ret, struct err *err)
{
    struct span schema = json_str(json_get(doc, "schema"));
    if (!span_starts(schema, SPAN("stet/analysis/")) && !span_starts(schema, SPAN("stet/decision/")))
        return err_set(err, ERR_VALUE, "not an analysis document: member schema is not stet/analysis/1");
    if (verdict_words(json_str(json_get(doc, "verdict"))).len == 0)
        return err_set(err, ERR_VALUE, "the analysis document names no known verdict");
    struct view v = { .arena = a };
    head_make(doc, &v);
    view_evidence(doc, &v);
    view_judgement(doc, &v);
    view_run(doc, &v);
    *ret = v;
    return true;
}

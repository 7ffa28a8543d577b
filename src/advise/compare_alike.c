/* compare_alike.c - what of two runs can be held against each other, and in words what cannot. Refused: stacks of another
 * clock or unit, a request's share against a job's. Said, but compared: another program, load, scenario, interpreter. */
#include "advise/compare_ctx.h"

#include <math.h>

#include "base/mask.h"

static const char *clock_words(enum clock_kind k)
{
    switch (k) {
    case CLOCK_CPU:
    case CLOCK_UNKNOWN:
        return "samples of running code";
    case CLOCK_WALL:
        return "samples of every state, running or waiting";
    case CLOCK_OFF:
        return "blocked time";
    case CLOCK_ACCT:
    case CLOCK_KIND_COUNT:
        break;
    }
    return "totals";
}

static const char *clock_fix(enum clock_kind base)
{
    switch (base) {
    case CLOCK_WALL:
        return "record both with all states (py-spy --idle, async-profiler -e wall, .cpuprofile)";
    case CLOCK_OFF:
        return "record the blocked time of both (offcputime, async-profiler -e wall), or on-CPU samples of both";
    case CLOCK_CPU:
    case CLOCK_UNKNOWN:
    case CLOCK_ACCT:
    case CLOCK_KIND_COUNT:
        break;
    }
    return "record both on-CPU (perf record, py-spy without --idle, a pprof CPU profile)";
}

/* A file whose clock nobody named counts as on-CPU for composition, and only for that. */
static enum clock_kind clock_as(enum clock_kind k)
{
    return k == CLOCK_UNKNOWN ? CLOCK_CPU : k;
}

static bool counts_time(enum unit_kind u)
{
    return u == UNIT_SAMPLES || u == UNIT_SECONDS;
}

static bool stacks_alike(struct compare *c)
{
    const struct evidence_whole *b = &c->in->base.evidence->whole, *h = &c->in->head.evidence->whole;
    if (clock_as(b->clock) != clock_as(h->clock)) {
        compare_refuse(c, "stacks", "clock_differs", clock_fix(b->clock),
                       "the stacks of %.*s are %s, those of %.*s %s: a share of one is no share of the other",
                       SPAN_FMT(b->artefact), clock_words(b->clock), SPAN_FMT(h->artefact), clock_words(h->clock));
        return false;
    }
    if (b->waits_unmarked != h->waits_unmarked && clock_as(b->clock) == CLOCK_CPU) {
        const struct evidence_whole *x = b->waits_unmarked ? b : h;
        compare_refuse(
            c, "stacks", "clock_unknown",
            "say what was sampled (--clock wall, or clock=wall with the upload), or record both on-CPU",
            "the stacks of %.*s hold frames that wait and nobody says what was sampled; those of %.*s are %s",
            SPAN_FMT(x->artefact), SPAN_FMT((x == b ? h : b)->artefact), clock_words((x == b ? h : b)->clock));
        return false;
    }
    if (b->waits_unmarked && h->waits_unmarked)
        compare_warn(
            c, "clock_unknown",
            "the stacks of both hold frames that wait and nobody says what was sampled: their shares are taken as "
            "shares of CPU and may hold waiting (say clock=wall with the upload, or --clock wall)");
    bool time = counts_time(b->unit) && counts_time(h->unit);
    if (!time && (b->unit != h->unit || !span_eq(b->event, h->event))) {
        compare_refuse(c, "stacks", "unit_differs",
                       "record the same event for both, of time where there is one (perf record -e cpu-clock)",
                       "the stacks of %.*s count %.*s (%s), those of %.*s %.*s (%s): their shares are of different "
                       "wholes",
                       SPAN_FMT(b->artefact), SPAN_FMT(b->event), unit_name(b->unit), SPAN_FMT(h->artefact),
                       SPAN_FMT(h->event), unit_name(h->unit));
        return false;
    }
    if ((b->clock == CLOCK_UNKNOWN) != (h->clock == CLOCK_UNKNOWN))
        compare_warn(c, "clock_assumed",
                     "what %.*s sampled is not stated; its stacks are taken as samples of running code",
                     SPAN_FMT(b->clock == CLOCK_UNKNOWN ? b->artefact : h->artefact));
    if (b->native_visible != h->native_visible)
        compare_warn(c, "native_differs",
                     "native frames were recorded in %s only: time inside native libraries is own time of the caller "
                     "in the other, so own shares of functions that call them differ by that alone",
                     b->native_visible ? "base" : "head");
    return true;
}

static void judge_stacks(struct compare *c)
{
    const struct evidence_whole *b = &c->in->base.evidence->whole, *h = &c->in->head.evidence->whole;
    if (b->known && h->known) {
        bool alike = stacks_alike(c);
        c->blocked = b->clock == CLOCK_OFF;
        c->can.functions = alike;
        c->can.cpu = alike && !c->blocked;
        return;
    }
    if (b->known || h->known)
        compare_refuse(c, "stacks", "stacks_missing", "add a profile of the same kind to it",
                       "%s holds no stacks: functions and kinds of CPU time cannot be compared",
                       b->known ? "head" : "base");
    else
        compare_refuse(c, "stacks", "stacks_missing", "add a profile of the same kind to both",
                       "neither holds stacks: functions and kinds of CPU time cannot be compared");
}

static const char *side_word(bool base, bool head)
{
    return !base && !head ? "either" : !base ? "base" : "head";
}

/* The first step that the analysis itself asks for. */
static struct span way_out(const struct compare_side *s)
{
    const struct json *step = json_first(json_get(s->doc, "next"));
    return json_str(json_get(step, "command"));
}

static void judge_time(struct compare *c)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    bool base = share_known(compare_share_of(json_path(b->doc, "time.cpu_share")));
    bool head = share_known(compare_share_of(json_path(h->doc, "time.cpu_share")));
    c->can.time = base && head;
    if (c->can.time)
        return;
    struct span fix = way_out(base ? h : b);
    compare_refuse(
        c, "time", "wall_unknown",
        fix.len > 0 ? arena_dup(&c->arena, fix) : "add CPU and wall seconds of the same run (perf stat, time -v)",
        "how long %s waited is not known, so what share of the time was CPU cannot be compared", side_word(base, head));
}

/* --- said, but compared --- */

static void warn_program(struct compare *c)
{
    struct span b = compare_command(&c->in->base), h = compare_command(&c->in->head);
    int same = evidence_same_program(b, h);
    struct sb x = { .cap = 200 }, y = { .cap = 200 };
    mask_command(span_sub(b, 0, 120), &x);
    mask_command(span_sub(h, 0, 120), &y);
    c->other_program = same == -1;
    if (c->other_program)
        compare_warn(c, "program_differs", "the commands differ: %s, and %s", sb_cstr(&x), sb_cstr(&y));
    else if (same == 0)
        compare_warn(c, "arguments_differ",
                     "the program ran with other arguments (%s, and %s): whether the work was the same is not known",
                     sb_cstr(&x), sb_cstr(&y));
    sb_release(&x);
    sb_release(&y);
    struct span rb = compare_fact_text(&c->in->base, "source_runtime"),
                rh = compare_fact_text(&c->in->head, "source_runtime");
    if (rb.len > 0 && rh.len > 0 && !span_eq(rb, rh))
        compare_warn(c, "runtime_differs",
                     "base runs on %.*s, head on %.*s: functions of one have no counterpart in the other", SPAN_FMT(rb),
                     SPAN_FMT(rh));
}

static struct span tool_of(const struct compare_side *s)
{
    const struct evidence_whole *x = &s->evidence->whole;
    return x->known && x->artefact_index < s->artefact_count ? s->artefacts[x->artefact_index]->tool : SPAN("");
}

static void warn_recorder(struct compare *c)
{
    struct span b = tool_of(&c->in->base), h = tool_of(&c->in->head);
    if (c->can.functions && b.len > 0 && h.len > 0 && !span_eq(b, h))
        compare_warn(
            c, "recorder_differs",
            "the stacks of base are of %.*s, those of head of %.*s: names and native frames that one shows and the "
            "other does not move shares from function to function",
            SPAN_FMT(span_sub(b, 0, 40)), SPAN_FMT(span_sub(h, 0, 40)));
}

static double in_flight(const struct compare_side *s)
{
    return compare_fact(s, "ops") * compare_fact(s, "op_s") / compare_fact(s, "wall_s");
}

static void warn_load(struct compare *c)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    if (b->scenario.len > 0 && h->scenario.len > 0 && !span_eq(b->scenario, h->scenario))
        compare_warn(c, "scenario_differs",
                     "two scenarios (%.*s, and %.*s): what differs may be the load and not the program",
                     SPAN_FMT(b->scenario), SPAN_FMT(h->scenario));
    double x = in_flight(b), y = in_flight(h);
    c->other_load = num_known(x) && num_known(y) && (x > 1.5 * y || y > 1.5 * x);
    if (c->other_load)
        compare_warn(c, "load_differs",
                     "the load differs: about %.*f operations in flight before, %.*f after; how busy the process was "
                     "follows from that, the share of one operation does not",
                     x < 9.95 ? 1 : 0, x, y < 9.95 ? 1 : 0, y);
    struct span gb = json_str(json_get(b->doc, "goal")), gh = json_str(json_get(h->doc, "goal"));
    if (!span_eq(gb, gh))
        compare_warn(c, "goal_differs",
                     "before was asked about %.*s, after about %.*s: the two answers are to two questions",
                     SPAN_FMT(gb), SPAN_FMT(gh));
}

static void warn_versions(struct compare *c)
{
    const struct json *b = json_get(c->in->base.doc, "versions"), *h = json_get(c->in->head.doc, "versions");
    if (!span_eq(json_str(json_get(b, "stet")), json_str(json_get(h, "stet"))) ||
        !span_eq(json_str(json_get(b, "classification")), json_str(json_get(h, "classification"))))
        compare_warn(
            c, "versions_differ",
            "the two were analysed by different versions of rules or categories: a part of what differs may be "
            "that; analyse both anew to tell");
}

void compare_alike(struct compare *c)
{
    judge_stacks(c);
    judge_time(c);
    c->can.seconds = num_known(json_num(json_path(c->in->base.doc, "time.cpu_s"), NUM_UNKNOWN)) &&
                     num_known(json_num(json_path(c->in->head.doc, "time.cpu_s"), NUM_UNKNOWN)) && c->can.time;
    warn_program(c);
    warn_recorder(c);
    warn_load(c);
    warn_versions(c);
}

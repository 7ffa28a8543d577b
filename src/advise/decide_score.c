/* decide_score.c - the score sheet: five green lights and five red flags, of which three pairs are the same fact seen
 * from both sides. Unknown counts in neither. */
#include "advise/decide_ctx.h"

#include <math.h>

enum { SIGNS = 5, INDEPENDENT = 7 };
enum answer { NO, YES, UNKNOWN };

static enum answer negate(enum answer a)
{
    return a == YES ? NO : a == NO ? YES : UNKNOWN;
}

static enum answer flag(const struct fact_set *f, enum fact_id id)
{
    double x = facts_num(f, id);
    return !num_known(x) ? UNKNOWN : x == 1 ? YES : NO;
}

static enum answer cpu_bound(const struct fact_set *f)
{
    double line = facts_num(f, FACT_cpu_bound_threshold);
    if (facts_num(f, FACT_cpu_share_lo) >= line)
        return YES;
    return facts_num(f, FACT_cpu_share_hi) < line ? NO : UNKNOWN;
}

static enum answer at_least_one(const struct fact_set *f, enum fact_id id)
{
    double x = facts_num(f, id);
    return !num_known(x) ? UNKNOWN : x >= 1 ? YES : NO;
}

struct sheet {
    enum answer green[SIGNS], red[SIGNS];
};

static struct sheet sheet_of(const struct fact_set *f)
{
    return (struct sheet){
        .green = { cpu_bound(f), flag(f, FACT_mem_constraint_critical), flag(f, FACT_us_latency_required),
                   flag(f, FACT_dep_sdk_ready), at_least_one(f, FACT_team_target_devs) },
        .red = { negate(cpu_bound(f)), flag(f, FACT_rapid_iteration), negate(flag(f, FACT_dep_sdk_ready)),
                 flag(f, FACT_complex_state), flag(f, FACT_team_present_only) },
    };
}

static double count(const enum answer *a)
{
    double n = 0;
    for (size_t i = 0; i < SIGNS; i++)
        n += a[i] == YES;
    return n;
}

void decide_score_facts(struct decide *d)
{
    struct fact_set *f = &d->ev->facts;
    struct sheet s = sheet_of(f);
    if (!decide_has_pack(d, "score-sheet"))
        return;
    if (!f->v[FACT_green_n].known)
        facts_set_num(f, FACT_green_n, count(s.green), ORIGIN_COMPUTED, "the score sheet");
    if (!f->v[FACT_red_n].known)
        facts_set_num(f, FACT_red_n, count(s.red), ORIGIN_COMPUTED, "the score sheet");
}

static void signs_json(struct jsonw *w, const char *key, const char *const *names, const enum answer *a)
{
    jsonw_arr(w, key);
    for (size_t i = 0; i < SIGNS; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", names[i]);
        if (a[i] == UNKNOWN)
            jsonw_null(w, "present");
        else
            jsonw_bool(w, "present", a[i] == YES);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void decide_score_json(const struct decide *d, struct jsonw *w)
{
    static const char *const green[SIGNS] = { "Computing is the larger part of the time", "Memory is a hard constraint",
                                              "Latency of microseconds is required",
                                              "All libraries that are needed exist for the target",
                                              "Somebody in the team knows the target" };
    static const char *const red[SIGNS] = { "Waiting is the larger part of the time", "The product changes fast",
                                            "A library that is needed does not exist for the target",
                                            "The program keeps complex state",
                                            "A small team that knows the present language alone" };
    if (!decide_has_pack(d, "score-sheet")) {
        jsonw_null(w, "score");
        return;
    }
    struct sheet s = sheet_of(&d->ev->facts);
    jsonw_obj(w, "score");
    signs_json(w, "green", green, s.green);
    signs_json(w, "red", red, s.red);
    jsonw_num(w, "green_n", facts_num(&d->ev->facts, FACT_green_n));
    jsonw_num(w, "red_n", facts_num(&d->ev->facts, FACT_red_n));
    jsonw_int(w, "independent", INDEPENDENT);
    jsonw_end_obj(w);
}

/* compare.h - two runs held against each other: what changed, whether it is more than noise, what cannot be compared and
 * why. Document of schema stet/compare/1. Unknown is null, never 0; a share of one kind is never held against another.
 *
 *  "base","head"   {"label","project","run","revision","profile","name","commit","branch","scenario","created","url",
 *                   "verdict","headline","gate","summary","goal","cpu_share":{lo,est,hi}|null of the process,
 *                   "rules_share": the one that the rules of the goal read, "concurrency","command","runtime",
 *                   "wall_s","cpu_s","ops","op_s","samples_eff","runs": N,
 *                   "stacks":{"artefact","profile": id of its upload|null,"clock","event","unit","functions","native_visible"}|null}
 *  "comparable"    {"time","seconds","cpu","functions": bool}
 *  "refusals"      [{"part":"time|seconds|stacks","code","text","fix"}] what was not compared, and what to send instead
 *  "warnings"      [{"code","text"}] what was compared although it differs
 *  "sentence"      what changed, at most 400 characters; "sentences" the same in parts
 *  "verdict","gate" {"base","head","changed": bool}
 *  "time"          {"cpu_share","rules_share": change|null,"wait":[change],"idle":[change in threads]}
 *  "cpu"           [change] one a category of CPU time; a family of its own
 *  "seconds"       [{"name","words","base","head","difference":{lo,est,hi},"factor":{lo,est,hi},"more_than_noise",...}]
 *  "rules"         [{"id","reason","effect","base","head","measured_base","measured_head","line"}] that answer otherwise
 *  "functions"     {"of":"cpu|blocked","looked_at","base_total","head_total","movers":[...],"only_base":[...],
 *                   "only_head":[...]}; each {"function","place","category","words","self": change,"total": change,
 *                   "seconds":{"base","head"}|null,"note"}
 *  "method"        {"level","family","assumed_spread","texts":[...]}
 *  a change is     {"name","words","base":{lo,est,hi}|null,"head","difference":{lo,est,hi}|null,"chance": x|null,
 *                   "more_than_noise": bool|null,"direction":"up|down|same"|null,"assumed": bool,"reason","settles"} */
#ifndef STET_ADVISE_COMPARE_H
#define STET_ADVISE_COMPARE_H

#include "base/json.h"
#include "base/sb.h"
#include "evidence/evidence.h"

/* A run of one side's commit and scenario, the side's own first. */
struct compare_run {
    struct share cpu_share, rules_share;
    double n_eff, wall_s, cpu_s;
};

struct compare_side {
    const struct json *doc;          /* analysis document; borrowed */
    const struct evidence *evidence; /* of the same artefacts, with functions; borrowed */
    struct artefact *const *artefacts;
    uint32_t artefact_count;
    const struct span *uploads; /* [artefact] id of the upload that holds it; NULL none */
    struct span label;          /* as it was asked for */
    struct span profile, project, run, name, commit, branch, scenario, url;
    int64_t created_us; /* 0 not stated */
    const struct compare_run *runs;
    uint32_t run_count; /* 0 or 1: this one alone */
};

struct compare_input {
    struct compare_side base, head;
};

/* compare_make - one comparison document.
 * Out:    *ret_json one JSON object appended
 * Errors: ERR_UNIT when nothing of the two can be compared: what differs, and what to send instead
 * Thread: re-entrant. Cost: O(functions log functions). Source: method sections 1.4, 4.1-4.4 */
bool compare_make(const struct compare_input *in, struct sb *ret_json, struct err *err) MUST_CHECK;

/* compare_evidence - the evidence of one side, as its document was made: with the facts that were declared for it.
 * In:     of artefacts, process, runtime and corrected categories; the rest is filled in
 * Owns:   *ret, free with evidence_free. Errors: as evidence_build */
bool compare_evidence(const struct json *doc, const struct evidence_input *of, struct evidence **ret,
                      struct err *err) MUST_CHECK;

#endif
